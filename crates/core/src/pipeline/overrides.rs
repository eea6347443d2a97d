//! What an environment says in a chart's own words: overrides, and keys that are left out.

use super::derived::contract;
use crate::catalog::Catalog;
use crate::components::Release;
use crate::contract::{Contract, split_path};
use crate::diagnostic::{Diagnostic, nearest};
use crate::environment::Environment;
use crate::yaml::Node;

/// Returns the overrides of one release, if the environment has any.
pub(super) fn overrides<'a>(environment: &'a Environment, release: &Release) -> Option<&'a Node> {
    environment
        .node(&["components", &release.component, "values"])
        .filter(|node| node.as_map().is_some_and(|map| !map.is_empty()))
}

/// Returns the paths that one release's values shall not have.
pub(super) fn omitted(environment: &Environment, release: &Release) -> Vec<Vec<String>> {
    environment
        .model
        .components
        .get(&release.component)
        .map(|section| section.omit.iter().map(|path| split_path(path)).collect())
        .unwrap_or_default()
}

/// Reports paths to omit that the chart does not have.
fn check_omitted(
    environment: &Environment,
    release: &Release,
    contract: &Contract,
    found: &mut Vec<Diagnostic>,
) {
    for (index, path) in omitted(environment, release).iter().enumerate() {
        let known = path
            .first()
            .is_some_and(|key| contract.property(&[key]).is_some());
        if !known {
            let names = contract.schema.properties.iter().map(|(name, _)| &**name);
            let near = nearest(path.first().map_or("", String::as_str), names);
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("chart {} has no key to omit there", release.chart_name()),
                )
                .at(&environment
                    .location(&format!("components.{}.omit.{index}", release.component)))
                .why("a path names keys of the chart's values, from the top")
                .help(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "remove it".to_owned(),
                }),
            );
        }
    }
}

/// Checks overrides by the contract. A contract that cannot be loaded is reported where it is needed next.
pub(super) fn check_overrides(
    environment: &Environment,
    release: &Release,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) {
    if release.chart.is_none() {
        return;
    }
    let Ok(contract) = contract(release, catalog) else {
        return;
    };
    check_omitted(environment, release, &contract, found);
    if let Some(overrides) = overrides(environment, release) {
        found.extend(contract.check(overrides));
    }
}
