//! Why a simulation cannot be run.

use thiserror::Error;

/// What is wrong with a cluster or a plan.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// One name stands for two things.
    #[error("there are two {what} of the name `{name}`")]
    Twice {
        /// `nodes`, `classes` or `workloads`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Nothing has the name.
    #[error("{place} names the {what} `{name}`, which does not exist{}", near.as_ref().map_or_else(String::new, |near| format!("; did you mean `{near}`?")))]
    Unknown {
        /// Where it is named.
        place: String,
        /// `node`, `class` or `workload`.
        what: &'static str,
        /// The name.
        name: String,
        /// A name that is nearly the same.
        near: Option<String>,
    },
    /// A DaemonSet has no number of pods that could be changed.
    #[error("{place} scales the DaemonSet `{id}`, which has one pod on each node")]
    DaemonSet {
        /// Where.
        place: String,
        /// The workload.
        id: String,
    },
    /// More runs on a node than it has.
    #[error("the pods on node `{node}` request more {resource} than it has")]
    Overcommitted {
        /// The node.
        node: String,
        /// `CPU`, `memory` or `pods`.
        resource: &'static str,
    },
    /// More pods than the simulator counts.
    #[error("there are more than {limit} pods")]
    TooMany {
        /// How many there may be.
        limit: u32,
    },
}
