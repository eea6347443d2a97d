//! What comes later and shall fit into the same quota.

use super::load::{Load, pods_at_rest};
use super::scope::Scope;

/// Returns what comes later, by name.
///
/// The rows of `planned` come first. A row that bears the name of a component stands for that component: while the
/// component runs, its pods count as they are, and the row does not count again. A component that is switched off and
/// is planned by its manifest (`plannedWhenOff`) counts by its row, else by what its section would start at rest.
pub fn later(scope: &Scope<'_>) -> Vec<(String, Load)> {
    let rows = scope
        .environment
        .map_or(&[][..], |environment| &environment.model.planned);
    let runs = |name: &str| {
        scope
            .releases
            .iter()
            .any(|release| release.component == name)
    };
    let mut all: Vec<(String, Load)> = rows
        .iter()
        .filter(|row| !runs(&row.name))
        .map(|row| (row.name.clone(), Load::of_planned(row)))
        .collect();
    let stated = all.len();
    for workload in scope.planned {
        let name = &*workload.component;
        if rows.iter().any(|row| row.name == name) {
            continue;
        }
        let load = Load::of_pod(workload).times(pods_at_rest(workload));
        match all[stated..].iter_mut().find(|(known, _)| known == name) {
            Some((_, sum)) => *sum = sum.plus(load),
            None => all.push((name.to_owned(), load)),
        }
    }
    all
}
