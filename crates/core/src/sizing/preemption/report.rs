//! What a simulation found.

use std::collections::BTreeSet;

use super::state::{Entry, State, WorkloadState};
use super::{Controller, Stale, Verdict};

/// What a simulation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Everything that can be said of the plan.
    pub verdicts: BTreeSet<Verdict>,
    /// Every preemption, in order.
    pub log: Vec<Eviction>,
    /// What became of each workload, in the order of the cluster and then of the plan.
    pub workloads: Vec<Outcome>,
    /// The longest chain of preemptions that led to each other, as indexes of the log, the first event first.
    pub chain: Vec<usize>,
    /// Workloads whose new pods outrank their running ones at some time of the plan.
    pub stale: Vec<Stale>,
}

/// One preemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// The event of the plan that led to it, counted from 0; nothing for what happened before the plan.
    pub event: Option<usize>,
    /// Its step, counted over placings and preemptions.
    pub step: u64,
    /// The time, in seconds.
    pub at: u64,
    /// The workload of the pod that preempted.
    pub preemptor: String,
    /// That pod's priority.
    pub priority: i32,
    /// The node.
    pub node: String,
    /// The pods that were evicted.
    pub victims: Vec<Victim>,
    /// How many of them against their budget.
    pub pdb_violations: u32,
    /// How many preemptions led to this one.
    pub depth: u32,
    /// The preemption whose victim the preemptor replaced, as an index of the log.
    pub cause: Option<usize>,
}

/// An evicted pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Victim {
    /// Its workload.
    pub workload: String,
    /// Its priority.
    pub priority: i32,
}

/// What became of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its id.
    pub id: String,
    /// How many pods it wants at the end.
    pub replicas: u32,
    /// How many of its pods were evicted.
    pub evicted: u32,
    /// The fewest pods that were ready at one time. For a workload that the plan brings, the time before its first pods are ready does not count.
    pub min_ready: u32,
    /// The most pods that were away at one time, of those that were ready together before.
    pub most_away: u32,
    /// How many of its pods run at the end.
    pub final_running: u32,
    /// How many of its pods wait for a place at the end.
    pub pending: u32,
    /// Whether its pods must not be evicted for anything of the same rank or below.
    pub protected: bool,
}

impl Report {
    /// Returns what became of a workload.
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.workloads.iter().find(|outcome| outcome.id == id)
    }

    /// Returns the verdicts that weigh most, in the order of their words' list in [`Verdict`].
    pub fn worst(&self) -> Vec<Verdict> {
        let most = self.verdicts.iter().map(|verdict| verdict.severity()).max();
        self.verdicts
            .iter()
            .copied()
            .filter(|verdict| Some(verdict.severity()) == most)
            .collect()
    }

    /// Returns whether nothing worse is said than that pods wait for a place.
    pub fn is_acceptable(&self) -> bool {
        self.verdicts
            .iter()
            .all(|verdict| matches!(verdict, Verdict::Safe | Verdict::Capacity))
    }

    /// Returns how many protected pods were evicted.
    pub fn protected_evicted(&self) -> u32 {
        let protected = self.workloads.iter().filter(|outcome| outcome.protected);
        protected.fold(0, |sum, outcome| sum.saturating_add(outcome.evicted))
    }

    /// Returns the first preemption of the longest chain.
    pub fn first_of_chain(&self) -> Option<&Eviction> {
        self.chain.first().and_then(|first| self.log.get(*first))
    }
}

/// Makes the report of a state at the end of its plan.
pub(super) fn report(state: &State, stale: Vec<Stale>) -> Report {
    let name = |pod: usize| {
        let workload = &state.places.workloads[state.pods[pod].workload];
        workload.spec.id.clone()
    };
    let log = state
        .log
        .iter()
        .map(|entry| Eviction {
            event: entry.event,
            step: entry.step,
            at: entry.at,
            preemptor: name(entry.preemptor),
            priority: state.pods[entry.preemptor].priority,
            node: state.places.nodes[entry.node].node.name.clone(),
            victims: entry
                .victims
                .iter()
                .map(|victim| Victim {
                    workload: name(*victim),
                    priority: state.pods[*victim].priority,
                })
                .collect(),
            pdb_violations: entry.violations,
            depth: entry.depth,
            cause: entry.cause,
        })
        .collect();
    Report {
        verdicts: verdicts(state),
        log,
        workloads: state.places.workloads.iter().map(outcome).collect(),
        chain: chain(&state.log),
        stale,
    }
}

fn outcome(workload: &WorkloadState) -> Outcome {
    Outcome {
        id: workload.spec.id.clone(),
        replicas: workload.desired,
        evicted: workload.evicted,
        min_ready: workload.ring.least(),
        most_away: workload.ring.away(),
        final_running: workload.bound,
        pending: pending(workload),
        protected: workload.spec.protected,
    }
}

fn pending(workload: &WorkloadState) -> u32 {
    let pods = u32::try_from(workload.pods.len()).unwrap_or(u32::MAX);
    pods.saturating_sub(workload.bound)
}

fn verdicts(state: &State) -> BTreeSet<Verdict> {
    let mut verdicts = BTreeSet::new();
    let workload = |pod: usize| &state.places.workloads[state.pods[pod].workload];
    if state.endless {
        verdicts.insert(Verdict::NonTerminating);
    }
    let mut protected = false;
    for entry in &state.log {
        let preemptor = workload(entry.preemptor);
        if entry.depth > 0 {
            verdicts.insert(Verdict::Cascade);
        }
        for victim in &entry.victims {
            let same = state.pods[*victim].workload == state.pods[entry.preemptor].workload;
            if entry.depth > 0 && same {
                verdicts.insert(Verdict::Avalanche);
            }
            let victim = workload(*victim);
            protected |= victim.spec.protected;
            if victim.spec.protected && victim.spec.rank() >= preemptor.spec.rank() {
                verdicts.insert(Verdict::Inversion);
            }
        }
    }
    for workload in &state.places.workloads {
        let lost = u64::from(workload.evicted) * 2 > u64::from(workload.before);
        if lost && workload.spec.controller != Controller::None {
            verdicts.insert(Verdict::Avalanche);
        }
        let tolerance = workload.spec.write_tolerance;
        if tolerance.is_some_and(|tolerance| workload.ring.away() > tolerance) {
            verdicts.insert(Verdict::QuorumLoss);
        }
    }
    let waiting = state.places.workloads.iter().any(|one| pending(one) > 0);
    // Pending pods are never safe, whatever else was in order.
    if waiting && (!protected || verdicts.is_empty()) {
        verdicts.insert(Verdict::Capacity);
    }
    if verdicts.is_empty() {
        verdicts.insert(Verdict::Safe);
    }
    verdicts
}

/// Returns the longest chain of preemptions that led to each other; of several the one that ended first.
fn chain(log: &[Entry]) -> Vec<usize> {
    let mut at = (0..log.len()).min_by_key(|index| std::cmp::Reverse(log[*index].depth));
    let mut chain = Vec::new();
    while let Some(index) = at {
        chain.push(index);
        at = log[index].cause;
    }
    chain.reverse();
    chain
}
