//! Which disruption budgets are about which pods.

use std::collections::HashMap;

use crate::manifest::{DisruptionBudget, Manifests, Object, PodIndex, Selector};
use crate::workload::shared::Pool;
use crate::workload::{Disruption, Place, Workload};

/// How many budgets of one workload are kept. Two are a mistake already; a stream that holds one release a thousand
/// times is no reason to keep a million of them.
const MOST: usize = 8;

/// Gives each workload the disruption budgets that match its pods; workloads are in the order of the stream.
pub(super) fn add(manifests: &Manifests, workloads: &mut [Workload]) {
    let budgets = || manifests.objects.iter().filter_map(selecting);
    let index = PodIndex::new(manifests, budgets().map(|(.., selector)| selector));
    let mut pool = Pool::default();
    // Budgets that mean the same pods are looked up once: a stream may hold one release many times in one namespace.
    let mut groups: HashMap<(Option<&str>, &Selector), Group> = HashMap::new();
    for (object, budget, selector) in budgets() {
        let group = groups
            .entry((object.namespace.as_deref(), selector))
            .or_insert_with(|| Group::of(index.selected(object, selector), workloads));
        if group.told == MOST {
            continue;
        }
        group.told += 1;
        for at in &group.workloads {
            let workload = &mut workloads[*at];
            if workload.disruptions.len() < MOST {
                let mut disruptions = workload.disruptions.clone();
                disruptions.push(Disruption {
                    name: object.name.to_string(),
                    max_unavailable: budget.max_unavailable,
                    min_available: budget.min_available,
                    evicts_unhealthy: budget.unhealthy_policy.as_deref() == Some("AlwaysAllow"),
                    matches: Some(group.pods),
                });
                workload.disruptions = pool.share(disruptions);
            }
        }
    }
}

/// The workloads that budgets of one selector match.
struct Group {
    workloads: Box<[usize]>,
    /// How many pods they have together.
    pods: u32,
    /// How many budgets they got from here.
    told: usize,
}

impl Group {
    fn of(objects: impl Iterator<Item = usize>, workloads: &[Workload]) -> Self {
        let found = objects.filter_map(|object| {
            let place = |workload: &Workload| match workload.place {
                Place::Manifest(object) => object,
                Place::Role => 0,
            };
            workloads.binary_search_by_key(&object, place).ok()
        });
        let found: Box<[usize]> = found.collect();
        let pods = found
            .iter()
            .fold(0_u32, |sum, at| sum.saturating_add(workloads[*at].replicas));
        Self {
            workloads: found,
            pods,
            told: 0,
        }
    }
}

/// Returns an object's disruption budget with what it selects, if it is one that selects.
fn selecting(object: &Object) -> Option<(&Object, &DisruptionBudget, &Selector)> {
    let budget = object.disruption_budget()?;
    Some((object, budget, budget.selector.as_ref()?))
}
