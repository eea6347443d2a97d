//! Whether some single node has room for one more pod.

use super::load::{Load, pods_at_rest};
use super::scope::Scope;
use super::totals::Totals;
use crate::environment::Nodes;
use crate::sizing::amount::Amount;
use crate::sizing::pod::Compute;
use crate::units::{Cpu, Memory};
use crate::workload::{Controller, SpreadRule, Workload};

/// What is left of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// What is free on the node that comes closest.
    pub free: Compute,
    /// Whether one more pod fits there.
    pub fits: bool,
}

/// What is on one node, as far as it matters here.
#[derive(Clone, Copy)]
struct Node {
    free: Compute,
    /// Whether it holds a pod of the role in question.
    holds: bool,
}

/// Finds the node with the most room for one more pod of a role, after all pods are packed as tightly as they go.
///
/// Pods are placed largest first, each on the fullest node that has room, one a node where the role demands it. It is the
/// best that a scheduler could do: a hole that is missing here is missing everywhere, one that is found may be split in
/// truth. What is used already but not known pod by pod, and what is planned, is spread evenly over the nodes.
///
/// # Source
///
/// The pod-priority outage: the cluster had room for an ingester in total, and no machine had.
pub fn hole_for(workload: &Workload, scope: &Scope<'_>, totals: &Totals, nodes: &Nodes) -> Hole {
    let mut order: Vec<(&Workload, Compute)> = scope
        .workloads()
        .map(|one| (one, of_pod(one)))
        .filter(|(one, _)| pods_at_rest(one) > 0)
        .collect();
    order.sort_by_key(|(_, pod)| std::cmp::Reverse((pod.memory, pod.cpu)));
    // With one node more than pods there is always an empty one, so more are not looked at.
    let pods = order
        .iter()
        .filter(|(one, _)| one.controller != Controller::DaemonSet)
        .fold(1_u32, |sum, (one, _)| sum.saturating_add(pods_at_rest(one)));
    let shown = nodes.count.clamp(1, pods.saturating_add(1));
    let mut room = share(totals, nodes);
    for (_, pod) in order
        .iter()
        .filter(|(one, _)| one.controller == Controller::DaemonSet)
    {
        room = less(room, *pod);
    }
    let empty = Node {
        free: room,
        holds: false,
    };
    let mut all = vec![empty; usize::try_from(shown).unwrap_or(usize::MAX)];
    for (one, pod) in order
        .iter()
        .filter(|(one, _)| one.controller != Controller::DaemonSet)
    {
        let asked = std::ptr::eq(*one, workload);
        let alone = one.spread.nodes == SpreadRule::Hard;
        let mut left = pods_at_rest(one);
        all.sort_by_key(|node| (node.free.memory, node.free.cpu));
        for node in &mut all {
            let take = if alone { left.min(1) } else { left };
            let placed = times_in(node.free, *pod, take);
            if placed > 0 {
                node.free = less(node.free, scaled(*pod, placed));
                node.holds |= asked;
                left -= placed;
            }
            if left == 0 {
                break;
            }
        }
    }
    let pod = of_pod(workload);
    let hard = workload.spread.nodes == SpreadRule::Hard;
    let mut best = Hole {
        free: Compute::ZERO,
        fits: false,
    };
    for node in all.iter().filter(|node| !(hard && node.holds)) {
        let fits = times_in(node.free, pod, 1) == 1;
        let better =
            (fits, node.free.memory, node.free.cpu) > (best.fits, best.free.memory, best.free.cpu);
        if better {
            best = Hole {
                free: node.free,
                fits,
            };
        }
    }
    best
}

fn of_pod(workload: &Workload) -> Compute {
    let need = Load::of_pod(workload).need;
    Compute {
        cpu: need.cpu,
        memory: need.memory,
    }
}

/// Returns what a node has for the pods that are known: without its part of what is not known pod by pod.
fn share(totals: &Totals, nodes: &Nodes) -> Compute {
    let part = |used: u64, running: u64, planned: u64| {
        used.saturating_sub(running)
            .saturating_add(planned)
            .div_ceil(u64::from(nodes.count.max(1)))
    };
    let (used, running, planned) = (totals.used.need, totals.running.need, totals.planned.need);
    let cpu = part(used.cpu.units(), running.cpu.units(), planned.cpu.units());
    let memory = part(
        used.memory.units(),
        running.memory.units(),
        planned.memory.units(),
    );
    less(
        Compute {
            cpu: nodes.cpu,
            memory: nodes.memory,
        },
        Compute {
            cpu: Cpu::from_units(cpu),
            memory: Memory::from_units(memory),
        },
    )
}

fn less(from: Compute, taken: Compute) -> Compute {
    Compute {
        cpu: Cpu::from_units(from.cpu.units().saturating_sub(taken.cpu.units())),
        memory: Memory::from_units(from.memory.units().saturating_sub(taken.memory.units())),
    }
}

fn scaled(pod: Compute, times: u32) -> Compute {
    Compute {
        cpu: Cpu::from_units(pod.cpu.units().saturating_mul(u64::from(times))),
        memory: Memory::from_units(pod.memory.units().saturating_mul(u64::from(times))),
    }
}

/// Returns how many pods fit into some room, no more than are wanted.
fn times_in(free: Compute, pod: Compute, wanted: u32) -> u32 {
    let fit = |free: u64, pod: u64| free.checked_div(pod).unwrap_or(u64::MAX);
    let most =
        fit(free.cpu.units(), pod.cpu.units()).min(fit(free.memory.units(), pod.memory.units()));
    u32::try_from(most).unwrap_or(u32::MAX).min(wanted)
}
