//! Which chart, component and variant old values are for.

use std::collections::BTreeMap;

use super::findings;
use super::input::Old;
use crate::catalog::Catalog;
use crate::components::{self, Variant};
use crate::contract::Contract;
use crate::diagnostic::Diagnostic;
use crate::source::Location;
use crate::yaml::{Node, Value};

/// A shape that a component could take.
pub(super) struct Shape<'a> {
    pub(super) component: &'static str,
    pub(super) variant_id: &'a str,
    pub(super) variant: &'a Variant,
    /// Whether it keeps its data in an object store.
    pub(super) has_buckets: bool,
}

/// Returns the variants that serve a chart at a version.
///
/// # Errors
///
/// Returns the versions of the chart that are served, if this one is not.
pub(super) fn shapes<'a>(
    chart: &str,
    version: &str,
    catalog: &'a Catalog,
) -> Result<Vec<Shape<'a>>, Vec<String>> {
    let mut shapes = Vec::new();
    let mut served = Vec::new();
    for component in components::ALL {
        let Some(manifest) = catalog.manifest(component.id) else {
            continue;
        };
        for (id, variant) in manifest
            .variants
            .iter()
            .filter(|(_, variant)| variant.chart.as_deref() == Some(chart))
        {
            for known in &variant.versions {
                if !served.contains(known) {
                    served.push(known.clone());
                }
            }
            let fits = variant
                .versions
                .iter()
                .any(|known| major(known) == major(version));
            if fits && catalog.has_contract(chart, version) {
                shapes.push(Shape {
                    component: component.id,
                    variant_id: id,
                    variant,
                    has_buckets: !manifest.buckets.is_empty(),
                });
            }
        }
    }
    if shapes.is_empty() {
        return Err(served);
    }
    Ok(shapes)
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

/// Takes the part of a chart that wraps this one: what stands under the chart's name, and `global`.
pub(super) fn unwrap(old: &mut Old, contract: &Contract) -> Option<Diagnostic> {
    let map = old.values.as_map()?;
    let name = [contract.chart.as_str()].into_iter().find(|name| {
        map.get(*name)
            .is_some_and(|entry| entry.value.as_map().is_some())
    })?;
    let inner = map.get(name)?;
    // Tempo and Loki have a key of their own name themselves.
    let only = map.keys().all(|key| key == name || key == "global");
    if contract.property(&[name]).is_some() {
        let strange = |node: &Node| {
            let found = contract.check(node);
            found
                .iter()
                .filter(|found| found.id == "contract/unknown-key")
                .count()
        };
        let others_are_its_own = map
            .keys()
            .any(|key| key != name && key != "global" && contract.property(&[key]).is_some());
        if others_are_its_own || strange(&inner.value) >= strange(&old.values) {
            return None;
        }
    }
    let warning = findings::umbrella(name, &inner.key, map.len() > 1 && !only);
    let mut values = inner.value.clone();
    if let (Some(global), Value::Map(inside)) = (map.get("global"), &mut values.value) {
        // The wrapping chart's `global` wins, as Helm has it.
        let together = match inside.get("global") {
            Some(own) => crate::yaml::merge(own.value.clone(), &global.value),
            None => global.value.clone(),
        };
        let entry = crate::yaml::Entry {
            key: global.key.clone(),
            value: together,
        };
        inside.insert("global".to_owned(), entry);
    }
    old.values = values;
    Some(warning)
}

/// Reports values whose keys most are not the chart's.
pub(super) fn check(old: &Old, contract: &Contract, catalog: &Catalog) -> Option<Diagnostic> {
    let keys: Vec<&str> = old.values.as_map()?.keys().map(String::as_str).collect();
    let known = |contract: &Contract| {
        keys.iter()
            .filter(|key| contract.property(&[key]).is_some())
            .count()
    };
    let own = known(contract);
    if own * 2 >= keys.len() {
        return None;
    }
    let better = catalog
        .contracts()
        .into_iter()
        .filter_map(|(chart, version)| {
            let other = catalog.contract(&chart, &version)?.ok()?;
            Some((known(&other), chart, version))
        })
        .filter(|(count, ..)| *count > own)
        .max_by_key(|(count, ..)| *count);
    let better = better
        .as_ref()
        .map(|(_, chart, version)| (chart.as_str(), version.as_str()));
    Some(findings::other_chart(
        old,
        &contract.chart,
        keys.len() - own,
        keys.len(),
        better,
    ))
}

/// Removes the keys at some places.
pub(super) fn without(node: &mut Node, keys: &[Location]) {
    match &mut node.value {
        Value::Map(map) => {
            map.retain(|_, entry| !keys.contains(&entry.key));
            map.values_mut()
                .for_each(|entry| without(&mut entry.value, keys));
        }
        Value::List(items) => items.iter_mut().for_each(|item| without(item, keys)),
        _ => {}
    }
}

/// Removes some paths.
pub(super) fn without_paths(mut node: Node, paths: &[super::path::Path]) -> Node {
    for path in paths {
        let Some((last, parents)) = path.split_last() else {
            continue;
        };
        let owner = parents
            .iter()
            .try_fold(&mut node, |node, key| match &mut node.value {
                Value::Map(map) => map.get_mut(key).map(|entry| &mut entry.value),
                _ => None,
            });
        if let Some(Value::Map(map)) = owner.map(|node| &mut node.value) {
            map.shift_remove(last);
        }
    }
    node
}

/// Returns the namespace that addresses of the form `<service>.<namespace>.svc` name most.
pub(super) fn namespace(values: &Node) -> Option<String> {
    let mut counts = BTreeMap::new();
    count(values, &mut counts);
    let most = counts.values().copied().max();
    counts
        .into_iter()
        .find(|(_, number)| Some(*number) == most)
        .map(|(name, _)| name)
}

fn count(node: &Node, counts: &mut BTreeMap<String, usize>) {
    match &node.value {
        Value::Map(map) => map.values().for_each(|entry| count(&entry.value, counts)),
        Value::List(items) => items.iter().for_each(|item| count(item, counts)),
        Value::String(text) => {
            for (at, _) in text.match_indices(".svc") {
                let host: &str = &text[..at];
                let start = host
                    .rfind(|letter: char| {
                        !(letter.is_ascii_alphanumeric() || letter == '-' || letter == '.')
                    })
                    .map_or(0, |at| at + 1);
                if let Some((_, namespace)) = host[start..].rsplit_once('.')
                    && !namespace.is_empty()
                {
                    *counts.entry(namespace.to_owned()).or_default() += 1;
                }
            }
        }
        _ => {}
    }
}
