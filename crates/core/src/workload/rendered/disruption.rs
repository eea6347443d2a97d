//! Which disruption budgets are about which pods.

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
    for (object, budget, selector) in budgets() {
        let matched: Vec<usize> = index
            .selected(object, selector)
            .filter_map(|at| {
                workloads
                    .binary_search_by_key(&Some(at), |one| match one.place {
                        Place::Manifest(object) => Some(object),
                        Place::Role => None,
                    })
                    .ok()
            })
            .collect();
        let pods = matched
            .iter()
            .fold(0_u32, |sum, at| sum.saturating_add(workloads[*at].replicas));
        for at in matched {
            let workload = &mut workloads[at];
            if workload.disruptions.len() < MOST {
                let mut disruptions = workload.disruptions.clone();
                disruptions.push(Disruption {
                    name: object.name.to_string(),
                    max_unavailable: budget.max_unavailable,
                    min_available: budget.min_available,
                    evicts_unhealthy: budget.unhealthy_policy.as_deref() == Some("AlwaysAllow"),
                    matches: Some(pods),
                });
                workload.disruptions = pool.share(disruptions);
            }
        }
    }
}

/// Returns an object's disruption budget with what it selects, if it is one that selects.
fn selecting(object: &Object) -> Option<(&Object, &DisruptionBudget, &Selector)> {
    let budget = object.disruption_budget()?;
    Some((object, budget, budget.selector.as_ref()?))
}
