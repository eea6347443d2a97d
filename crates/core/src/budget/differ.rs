//! What was said to run against what runs, role by role.

use std::collections::BTreeMap;

use super::dimension::Dimension;
use super::load::{Load, pods_at_rest};
use crate::environment::PlanRow;
use crate::workload::Workload;

/// A component and one of its roles.
pub type Key<'a> = (&'a str, &'a str);

/// How something said differs from what runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The component's id.
    pub component: String,
    /// The role's name.
    pub role: String,
    /// What is said; none where nothing is.
    pub said: Option<Load>,
    /// What runs; none where nothing does.
    pub runs: Option<Load>,
    /// The amounts that differ, where both are there.
    pub amounts: Vec<Dimension>,
}

/// What is compared of a role. A plan says nothing of claims, only of their sizes.
const COMPARED: [Dimension; 4] = [
    Dimension::Pods,
    Dimension::Cpu,
    Dimension::Memory,
    Dimension::Storage,
];

/// Adds up workloads by component and role, zones together.
pub fn by_role<'a>(workloads: impl IntoIterator<Item = &'a Workload>) -> BTreeMap<Key<'a>, Load> {
    let mut roles: BTreeMap<Key<'a>, Load> = BTreeMap::new();
    for workload in workloads {
        let load = Load::of_pod(workload).times(pods_at_rest(workload));
        let sum = roles
            .entry((&workload.component, &workload.role))
            .or_default();
        *sum = sum.plus(load);
    }
    roles
}

/// Adds up a plan's rows by component and role.
pub fn by_row(rows: &[PlanRow]) -> BTreeMap<Key<'_>, Load> {
    let mut roles: BTreeMap<Key<'_>, Load> = BTreeMap::new();
    for row in rows {
        let sum = roles.entry((&row.component, &row.role)).or_default();
        *sum = sum.plus(of_row(row));
    }
    roles
}

/// Returns the totals that a plan's row states.
pub fn of_row(row: &PlanRow) -> Load {
    let mut load = Load::ZERO;
    load.need.cpu = row.cpu;
    load.need.memory = row.memory;
    load.need.storage = row.storage.unwrap_or_default();
    load.need.pods = u64::from(row.replicas);
    load
}

/// Compares what is said with what runs, by component and role.
pub fn compare(said: &BTreeMap<Key<'_>, Load>, runs: &BTreeMap<Key<'_>, Load>) -> Vec<Difference> {
    let mut keys: Vec<&Key<'_>> = said.keys().chain(runs.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .filter_map(|key| {
            let (said, runs) = (said.get(key), runs.get(key));
            let amounts: Vec<Dimension> = match (said, runs) {
                (Some(said), Some(runs)) => COMPARED
                    .into_iter()
                    .filter(|dimension| dimension.of(said) != dimension.of(runs))
                    .collect(),
                _ => Vec::new(),
            };
            let same = amounts.is_empty() && said.is_some() && runs.is_some();
            (!same).then(|| Difference {
                component: key.0.to_owned(),
                role: key.1.to_owned(),
                said: said.copied(),
                runs: runs.copied(),
                amounts,
            })
        })
        .collect()
}
