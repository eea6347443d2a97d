//! What several rules of this group ask of a ring: who is in it, and how many of them may be away.

use std::cell::OnceCell;
use std::collections::HashSet;

use crate::components::Ring;
use crate::environment::Kind;
use crate::policy::Facts;
use crate::sizing::quorum::{Architecture, Backend, Tolerance};
use crate::workload::{Form, Workload};

/// Returns how many members a ring has; none where the stream of manifests does not hold it.
pub(super) fn count(facts: &Facts<'_>, ring: &Ring) -> Option<u32> {
    if facts.form == Form::Predicted {
        return Some(ring.members);
    }
    facts
        .workloads_of(&ring.component, &ring.role)
        .map(|workload| workload.replicas)
        .reduce(u32::saturating_add)
}

/// Returns the ring that a workload's pods are members of.
pub(super) fn ring_of<'a>(facts: &Facts<'a>, workload: &Workload) -> Option<&'a Ring> {
    facts
        .rings()
        .find(|ring| ring.component == workload.component && ring.role == workload.role)
}

/// Returns how many members of a ring, or whole zones of it, may be away without a failed write.
pub(super) fn tolerance(ring: &Ring, members: u32) -> Tolerance {
    ring.tolerance(members)
}

/// Returns what findings call a ring: `mimir ingester`.
pub(super) fn title(ring: &Ring) -> String {
    if ring.role == ring.component {
        ring.component.clone()
    } else {
        format!("{} {}", ring.component, ring.role)
    }
}

/// Returns whether the chart fixes the number of a ring's members, so that nobody can add one.
pub(super) fn is_fixed(facts: &Facts<'_>, ring: &Ring) -> bool {
    facts
        .workloads_of(&ring.component, &ring.role)
        .next()
        .and_then(|workload| facts.role(workload))
        .is_some_and(|role| role.fixed_replicas)
}

/// Returns whose strategy decides on the writes of a workload; of a stream alone the component's name tells.
pub(super) fn backend(facts: &Facts<'_>, workload: &Workload) -> Option<Backend> {
    if !workload.is_kind(Kind::Ingester) {
        return None;
    }
    if let Some(ring) = ring_of(facts, workload) {
        return Some(ring.backend);
    }
    match workload.component.as_str() {
        "mimir" => Some(Backend::Mimir),
        "loki" => Some(Backend::Loki),
        "tempo" => Some(Backend::Tempo),
        "pyroscope" => Some(Backend::Pyroscope),
        _ => None,
    }
}

/// Returns whether writes are safe in Kafka before a workload's pods see them; of a stream alone the role's name tells.
pub(super) fn reads_kafka(facts: &Facts<'_>, workload: &Workload) -> bool {
    ring_of(facts, workload).map_or(workload.role == "live-store", |ring| {
        ring.architecture == Architecture::Kafka
    })
}

/// The roles that several workloads are of: of a role that has one for each zone, only the first is told.
#[derive(Default)]
pub(super) struct Repeated(OnceCell<Vec<bool>>);

impl Repeated {
    /// Returns whether a workload before the one of an index is of the same role.
    pub(super) fn is(&self, facts: &Facts<'_>, index: usize) -> bool {
        let repeated = self.0.get_or_init(|| {
            let mut seen = HashSet::new();
            let roles = facts.workloads.iter();
            roles
                .map(|workload| !seen.insert((&*workload.component, &*workload.role)))
                .collect()
        });
        repeated.get(index).copied().unwrap_or_default()
    }
}

/// Returns the name of what a backend's ring spreads, in the plural.
pub(super) const fn pieces(backend: Backend) -> &'static str {
    match backend {
        Backend::Mimir => "series",
        Backend::Loki => "streams",
        Backend::Tempo => "traces",
        Backend::Pyroscope => "profiles",
        Backend::Raft => "entries",
    }
}

/// Returns a number of things: `1 pod`, `3 pods`.
pub(super) fn many(count: u32, thing: &str) -> String {
    match (count, thing.strip_suffix('y')) {
        (1, _) => format!("1 {thing}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {thing}s"),
    }
}
