//! What one node's pods may use together, where limits lie above requests.

use crate::environment::Nodes;
use crate::units::{Cpu, Memory};
use crate::workload::{Controller, SpreadRule, Workload};

/// Pods that one node takes by their requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed {
    /// How many they are.
    pub pods: u64,
    /// What they request together.
    pub request: u64,
    /// What they may use together: the limit of each container, else its request.
    pub may_use: u64,
}

/// What one pod counts for.
struct Footprint<'a> {
    workload: &'a Workload,
    cpu: u64,
    request: u64,
    may_use: u64,
    most: u64,
}

/// Packs one node with pods that it takes by their requests, those first whose limits lie furthest above.
///
/// The result is one way that the scheduler may take, so its pods may really land there together. Pods of a DaemonSet
/// are on every node, pods that keep apart once, and of a role in zones only one zone's.
///
/// # Source
///
/// Kubernetes documentation, "Node-pressure Eviction": memory above the requests is lent, and the kernel takes it back by killing.
pub(super) fn pack(workloads: &[Workload], nodes: &Nodes) -> Packed {
    let mut free_cpu = nodes.cpu.millicores();
    let mut free = nodes.memory.bytes();
    let mut packed = Packed::default();
    let mut pods: Vec<Footprint<'_>> = workloads.iter().map(footprint).collect();
    // By the share of the gap in the request, largest first; what is on every node goes before all.
    pods.sort_by(|left, right| {
        let gap = |one: &Footprint<'_>, other: &Footprint<'_>| {
            u128::from(one.may_use - one.request) * u128::from(other.request.max(1))
        };
        let everywhere = |one: &Footprint<'_>| one.workload.controller == Controller::DaemonSet;
        everywhere(right)
            .cmp(&everywhere(left))
            .then(gap(right, left).cmp(&gap(left, right)))
    });
    for (index, one) in pods.iter().enumerate() {
        let zone = one.workload.zone.as_ref();
        let of_another_zone = zone.is_some()
            && pods[..index].iter().any(|before| {
                before.workload.component == one.workload.component
                    && before.workload.role == one.workload.role
                    && before.workload.zone.as_ref() != zone
            });
        if of_another_zone {
            continue;
        }
        let fits = |free: u64, each: u64| free.checked_div(each).unwrap_or(u64::MAX);
        let count = one
            .most
            .min(fits(free_cpu, one.cpu))
            .min(fits(free, one.request));
        packed.pods = packed.pods.saturating_add(count);
        packed.request = packed
            .request
            .saturating_add(count.saturating_mul(one.request));
        packed.may_use = packed
            .may_use
            .saturating_add(count.saturating_mul(one.may_use));
        free_cpu = free_cpu.saturating_sub(count.saturating_mul(one.cpu));
        free = free.saturating_sub(count.saturating_mul(one.request));
    }
    packed
}

fn footprint(workload: &Workload) -> Footprint<'_> {
    let mut one = Footprint {
        workload,
        cpu: 0,
        request: 0,
        may_use: 0,
        most: match (workload.controller, workload.spread.nodes) {
            (Controller::DaemonSet, _) | (_, SpreadRule::Hard) => 1,
            _ => u64::from(workload.most_replicas.unwrap_or(0).max(workload.replicas)),
        },
    };
    let lasting = workload.containers.iter().chain(
        workload
            .init_containers
            .iter()
            .filter(|first| first.restarts),
    );
    for container in lasting {
        let bytes = |memory: Option<Memory>| memory.map_or(0, Memory::bytes);
        let limit = bytes(container.limits.memory);
        let request = match container.requests.memory {
            Some(request) => request.bytes(),
            None => limit,
        };
        one.cpu = one
            .cpu
            .saturating_add(container.requests.cpu.map_or(0, Cpu::millicores));
        one.request = one.request.saturating_add(request);
        one.may_use = one.may_use.saturating_add(limit.max(request));
    }
    one
}
