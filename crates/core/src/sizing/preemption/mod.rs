//! Who is evicted if this is applied? A simulator of the Kubernetes scheduler's preemption.
//!
//! A pod that fits nowhere may evict pods of lower priority. The evicted pods come back with the priority that a pod gets
//! *now*, which need not be the one they were admitted with, and may evict others in turn. Budgets of disruption do not stop this:
//! they only order the victims.
//!
//! The algorithm follows the default plugins of kube-scheduler (PrioritySort, NodeResourcesFit, DefaultPreemption) closely enough
//! for a verdict. It is deterministic: where the scheduler samples nodes from a random offset, all nodes are looked at in the order of
//! their names, which is the same below a hundred nodes.
//!
//! - [`Cluster`]: nodes, classes, workloads and the pods that run; [`crate::cluster`] reads one from a file
//! - [`Event`]: one step of a plan; [`Standard`] makes the plans that every environment should survive
//! - [`simulate`]: carries out a plan and returns a [`Report`] with its [`Verdict`]s
//! - [`stale()`]: the cheap test without a simulation
//! - [`remedies`] and [`smallest_edit`]: what would make the plan safe
//!
//! ```
//! use helmwright::sizing::preemption::{
//!     Class, Cluster, Event, Node, Options, Verdict, Workload, simulate,
//! };
//! use helmwright::sizing::pod::Compute;
//!
//! let big = Compute { cpu: "4".parse()?, memory: "8Gi".parse()? };
//! let cluster = Cluster {
//!     nodes: vec![Node::new("one", Compute { cpu: "8".parse()?, memory: "16Gi".parse()? })],
//!     workloads: vec![Workload::new("prod/mimir/ingester", 2, big)],
//!     ..Cluster::default()
//! };
//! let plan = [
//!     Event::SetClasses(vec![Class::new("high", 3000)]),
//!     Event::Apply(Workload::new("dev/mimir/ingester", 1, big).class("high")),
//! ];
//! let report = simulate(&cluster, &plan, &Options::default())?;
//! assert_eq!(report.outcome("prod/mimir/ingester").map(|outcome| outcome.evicted), Some(1));
//! assert_eq!(report.worst(), [Verdict::Capacity]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is left out
//!
//! Volumes and their zones, ports of the host, spread constraints, preferred affinities, and affinities between different
//! workloads. One budget covers one workload. Victims are gone at once as far as placing goes; the time they take only moves the clock
//! from which ready pods are counted.
//!
//! # Source
//!
//! Kubernetes documentation, "Pod Priority and Preemption":
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/>, and the sources of kube-scheduler,
//! `pkg/scheduler/framework/preemption` and `plugins/defaultpreemption`.

mod act;
mod best;
mod check;
mod cluster;
mod constraint;
mod edit;
mod event;
mod node;
mod places;
mod problem;
mod queue;
mod report;
mod shape;
mod stale;
mod state;
mod step;
mod timeline;
mod verdict;
mod workload;

pub use cluster::{Class, Cluster, Node, Policy, Running};
pub use constraint::{Operator, Requirement, Taint, TaintEffect, Toleration};
pub use edit::{Edit, Remedy, remedies, smallest_edit};
pub use event::{Event, Standard, backwards, rollout};
pub use problem::Problem;
pub use report::{Eviction, Outcome, Report, Victim};
pub use stale::{Stale, stale};
pub use verdict::Verdict;
pub use workload::{Controller, Workload, is_protected};

/// How a simulation is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How nodes are scored.
    pub score: Score,
    /// How many steps (a pod placed, or a preemption) one event may take; none means fifty for each pod there can be.
    pub max_steps: Option<usize>,
    /// The event from which on the run is judged, counted from 0. What earlier events do is carried out, but neither
    /// logged nor counted: they make the state that is examined.
    pub judge_from: usize,
}

/// How the scheduler chooses among nodes that have room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Score {
    /// The emptiest node: the scheduler's default.
    #[default]
    LeastAllocated,
    /// The fullest node: bin packing.
    MostAllocated,
}

/// Carries out a plan and says who was evicted.
///
/// # Errors
///
/// A plan or cluster that names what is not there, names one thing twice, or has more on a node than the node has.
pub fn simulate(cluster: &Cluster, plan: &[Event], options: &Options) -> Result<Report, Problem> {
    check::check(cluster, plan)?;
    let mut state = state::State::new(cluster, plan, options);
    state.begin(cluster);
    for (index, event) in plan.iter().enumerate() {
        state.event(index, event);
    }
    if options.judge_from > 0 && options.judge_from >= plan.len() {
        state.restart_judgement();
    }
    Ok(report::report(&state, stale::stale(cluster, plan)))
}

#[cfg(test)]
mod event_tests;
#[cfg(test)]
mod naive_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
