//! The cheap test: does a new pod of a workload outrank its running ones?

use std::collections::BTreeMap;

use super::cluster::admit;
use super::{Cluster, Controller, Event, Policy};

/// A workload whose new pods outrank its running ones.
///
/// If new pods may preempt and one of them finds no place, it evicts an old one; that one's replacement outranks the remaining old ones as well,
/// and so on until no old pod is left. There are as many evictions as old pods, and as many pods wait at the end as at the beginning. Budgets
/// change the order only. With a time between evictions `g` and a time to become ready `s`, about `min(pods, ceil(s / g))` are away together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The workload.
    pub workload: String,
    /// The event of the plan that made it so, counted from 0; nothing if it was so before.
    pub event: Option<usize>,
    /// The lowest priority of its running pods.
    pub running: i32,
    /// How many pods have less than a new one would get.
    pub pods: u32,
    /// The priority a new pod gets.
    pub new: i32,
    /// Whether new pods may preempt.
    pub preempts: bool,
    /// Whether the workload is protected: such a one must not be stale at any moment at which a pod could find no place.
    pub protected: bool,
    /// About how many pods would be away together, given one eviction after the other.
    pub away: u32,
}

/// Returns the workloads that are stale at some time of a plan, each once, in the order in which they become so.
///
/// No pod is placed: what is restarted or changed counts as re-admitted.
pub fn stale(cluster: &Cluster, plan: &[Event]) -> Vec<Stale> {
    let mut now = cluster.clone();
    let mut running: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    match &cluster.running {
        Some(pods) => {
            for pod in pods {
                running
                    .entry(pod.workload.clone())
                    .or_default()
                    .push(pod.priority);
            }
        }
        None => {
            for workload in &cluster.workloads {
                let (priority, _) = admit(&cluster.classes, workload.class.as_deref());
                let pods = match workload.controller {
                    Controller::DaemonSet => {
                        let nodes = cluster.nodes.iter();
                        nodes.filter(|node| workload.suits(node)).count()
                    }
                    _ => workload.replicas as usize,
                };
                let pods = vec![priority; pods];
                running.insert(workload.id.clone(), pods);
            }
        }
    }
    let mut found = Vec::new();
    examine(&now, &running, None, &mut found);
    for (index, event) in plan.iter().enumerate() {
        let restarted = match event {
            Event::Restart(id) | Event::Remove(id) => Some(id),
            Event::Apply(workload) => now
                .workload(&workload.id)
                .is_none_or(|earlier| earlier.pods_differ(workload))
                .then_some(&workload.id),
            _ => None,
        };
        now.follow(event);
        if let Some(id) = restarted {
            running.remove(id);
        }
        if matches!(event, Event::SetClasses(_)) {
            examine(&now, &running, Some(index), &mut found);
        }
    }
    found
}

fn examine(
    now: &Cluster,
    running: &BTreeMap<String, Vec<i32>>,
    event: Option<usize>,
    found: &mut Vec<Stale>,
) {
    for workload in &now.workloads {
        let (new, policy) = admit(&now.classes, workload.class.as_deref());
        let pods = running.get(&workload.id).map_or(&[][..], Vec::as_slice);
        let old = pods.iter().filter(|priority| **priority < new);
        let count = u32::try_from(old.clone().count()).unwrap_or(u32::MAX);
        let Some(least) = old.min().copied() else {
            continue;
        };
        if found.iter().any(|one| one.workload == workload.id) {
            continue;
        }
        let together = workload
            .ready_seconds
            .div_ceil(workload.grace_seconds.max(1));
        found.push(Stale {
            workload: workload.id.clone(),
            event,
            running: least,
            pods: count,
            new,
            preempts: policy == Policy::PreemptLowerPriority,
            protected: workload.protected,
            away: u32::try_from(together).unwrap_or(u32::MAX).clamp(1, count),
        });
    }
}
