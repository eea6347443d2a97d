//! An environment as it would be with another version of a chart.

use super::{Change, Kind, Upgrade, compare};
use crate::catalog::Catalog;
use crate::components::Release;
use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, Severity};
use crate::error::Error;
use crate::pipeline::Derived;
use crate::provenance;
use crate::values;
use crate::yaml::{Entry, Map, Node, Value};

/// One component of one environment, tried with another version of its chart.
#[derive(Debug)]
pub struct Rehearsal {
    /// What is set today: what our template writes, with the environment's overrides over it.
    pub now: Node,
    /// The environment's overrides alone; empty if it has none.
    pub overrides: Node,
    /// What would be written for the new version; none if no template of ours serves it, or something is wrong.
    pub then: Option<Node>,
    /// How many values our template would write otherwise, overrides left out.
    pub rewritten: usize,
    /// What is wrong with the environment's own lines once the version is changed; overrides left out.
    pub findings: Vec<Diagnostic>,
}

impl Rehearsal {
    /// Returns the values that somebody has to look after: the overrides, or all where no template of ours serves
    /// the new version.
    pub fn mine(&self) -> &Node {
        if self.is_served() {
            &self.overrides
        } else {
            &self.now
        }
    }

    /// Compares what somebody has to look after with the new version.
    ///
    /// What a template of ours sets is marked, and has its place in the environment's line that it follows from, if
    /// one does.
    ///
    /// # Errors
    ///
    /// As [`build`](crate::build).
    pub fn upgrade(
        &self,
        derived: &Derived,
        catalog: &Catalog,
        component: &str,
        from: &Contract,
        to: &Contract,
    ) -> Result<Upgrade, Error> {
        let mut upgrade = compare(from, to, self.mine());
        // What our template sets, nobody needs to add.
        upgrade.changes.retain(|change| {
            let set = self.then.as_ref().and_then(|then| change.path.find(then));
            change.kind != Kind::BecomesRequired || set.is_none()
        });
        let template = derived
            .release(component)
            .map(Release::template)
            .unwrap_or_default();
        let is_ours = |change: &Change| {
            let key = change.key.as_ref();
            key.is_some_and(|key| key.source.name() == template)
        };
        if !upgrade.changes.iter().any(is_ours) {
            return Ok(upgrade);
        }
        let traces = provenance::trace(derived, catalog, &[component])?;
        for change in upgrade.changes.iter_mut().filter(|change| is_ours(change)) {
            let causes = traces
                .get(component)
                .map(|trace| trace.causes(&change.path));
            let first = causes.unwrap_or_default().into_iter().next();
            change.key = first.map(|cause| cause.location.clone());
            change.ours = true;
        }
        Ok(upgrade)
    }

    /// Returns whether a template of ours serves the new version.
    pub fn is_served(&self) -> bool {
        !self
            .findings
            .iter()
            .any(|finding| finding.id.starts_with("version/"))
    }
}

/// Tries one component of an environment with another version of its chart; none if it is not run, or broken.
///
/// # Errors
///
/// As [`build`](crate::build).
pub fn rehearse(
    derived: &Derived,
    catalog: &Catalog,
    component: &str,
    version: &str,
) -> Result<Option<Rehearsal>, Error> {
    let Some(now) = derived.tree(component, catalog)? else {
        return Ok(None);
    };
    let environment = derived.environment();
    let mut document = environment.document().clone();
    let overrides = document.at(&["components", component, "values"]).cloned();
    set_version(&mut document, component, version);
    // Overrides are compared key by key elsewhere, with what is known of both versions.
    remove(&mut document, &["components", component, "values"]);
    let overrides = overrides
        .filter(|node| node.as_map().is_some())
        .unwrap_or_else(|| Node::new(Value::Map(Map::new()), document.location.clone()));
    let mut findings = Vec::new();
    let changed = environment
        .with_document(document)
        .map(|environment| derived.changed(environment, catalog, &mut findings));
    let then = match &changed {
        Some(changed) => changed.tree(component, catalog)?,
        None => None,
    };
    findings.retain(|finding| finding.severity == Severity::Error);
    // Without this component, others miss what they had from it; that it is not served says it all.
    let is_unserved = |finding: &Diagnostic| finding.id.starts_with("version/");
    if findings.iter().any(is_unserved) {
        findings.retain(is_unserved);
    }
    for finding in &mut findings {
        if !finding.environments.contains(&environment.name) {
            finding.environments.push(environment.name.clone());
        }
    }
    let template = derived.release(component).map(Release::template);
    let is_ours = |change: &values::Change<'_>| {
        change
            .old
            .is_none_or(|old| Some(old.location.source.name()) == template.as_deref())
    };
    let rewritten = then.as_ref().map_or(0, |then| {
        values::compare(&now, then)
            .iter()
            .filter(|change| is_ours(change))
            .count()
    });
    Ok(Some(Rehearsal {
        now,
        overrides,
        then,
        rewritten,
        findings,
    }))
}

/// Writes another version into an environment's document.
fn set_version(document: &mut Node, component: &str, version: &str) {
    let location = document.location.clone();
    let Some(section) = section(document, &["components", component]) else {
        return;
    };
    if section.value == Value::Null {
        section.value = Value::Map(Map::new());
    }
    let Value::Map(map) = &mut section.value else {
        return;
    };
    let (key, place) = map.get("version").map_or_else(
        || (location.clone(), location.clone()),
        |entry| (entry.key.clone(), entry.value.location.clone()),
    );
    let value = Node::new(Value::String(version.to_owned()), place);
    map.insert("version".to_owned(), Entry { key, value });
}

fn remove(document: &mut Node, path: &[&str]) {
    if let Some((last, above)) = path.split_last()
        && let Some(Node {
            value: Value::Map(map),
            ..
        }) = section(document, above)
    {
        map.shift_remove(*last);
    }
}

fn section<'n>(node: &'n mut Node, path: &[&str]) -> Option<&'n mut Node> {
    path.iter()
        .try_fold(node, |node, key| match &mut node.value {
            Value::Map(map) => map.get_mut(*key).map(|entry| &mut entry.value),
            _ => None,
        })
}
