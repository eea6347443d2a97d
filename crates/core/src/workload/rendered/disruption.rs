//! Which disruption budgets are about which pods.

use std::collections::BTreeMap;

use super::share_namespace;
use crate::manifest::{DisruptionBudget, Labels, Manifests, Object, Pods, Selector};
use crate::workload::{Disruption, Workload};

/// How many budgets of one workload are kept. Two are a mistake already; a stream that holds one release a thousand
/// times is no reason to keep a million of them.
const MOST: usize = 8;

/// A workload with the object that it was made of.
type Made<'a> = (Workload, &'a Object, &'a Pods);

/// Gives each workload the disruption budgets that match its pods.
pub(super) fn add(manifests: &Manifests, workloads: &mut [Made<'_>]) {
    let budgets: Vec<(&Object, &DisruptionBudget)> = manifests
        .objects
        .iter()
        .filter_map(|object| Some((object, object.disruption_budget()?)))
        .collect();
    if budgets.is_empty() {
        return;
    }
    let index = Index::of(workloads);
    for (object, budget) in budgets {
        let Some(selector) = &budget.selector else {
            continue;
        };
        let candidates = index.candidates(selector);
        let matched: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|at| {
                let (_, owner, pods) = &workloads[*at];
                share_namespace(object, owner) && selector.matches(&pods.pod.labels)
            })
            .collect();
        let pods = matched.iter().fold(0_u32, |sum, at| {
            sum.saturating_add(workloads[*at].0.replicas)
        });
        for at in matched {
            let workload = &mut workloads[at].0;
            if workload.disruptions.len() < MOST {
                workload.disruptions.push(Disruption {
                    name: object.name.to_string(),
                    max_unavailable: budget.max_unavailable,
                    min_available: budget.min_available,
                    evicts_unhealthy: budget.unhealthy_policy.as_deref() == Some("AlwaysAllow"),
                    matches: Some(pods),
                });
            }
        }
    }
}

/// Workloads by the labels of their pods, so that a budget need not look at all.
struct Index {
    all: Vec<usize>,
    by_label: BTreeMap<(String, String), Vec<usize>>,
}

impl Index {
    fn of(workloads: &[Made<'_>]) -> Self {
        let mut by_label: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (at, (_, _, pods)) in workloads.iter().enumerate() {
            for (name, value) in pods.pod.labels.iter() {
                let label = (name.to_owned(), value.to_owned());
                by_label.entry(label).or_default().push(at);
            }
        }
        Self {
            all: (0..workloads.len()).collect(),
            by_label,
        }
    }

    /// Returns the fewest workloads among which are all that a selector matches.
    fn candidates(&self, selector: &Selector) -> &[usize] {
        let labels: &Labels = &selector.labels;
        let lists = labels.iter().map(|(name, value)| {
            let label = (name.to_owned(), value.to_owned());
            self.by_label.get(&label).map_or(&[][..], Vec::as_slice)
        });
        lists.min_by_key(|list| list.len()).unwrap_or(&self.all)
    }
}
