//! What was, against what shall be.

use super::digest::Digest;
use crate::environment::PriorityClass;

/// Two states of a project: an earlier revision and now.
#[derive(Debug)]
pub struct Change {
    /// What the earlier state is called, such as a git revision.
    pub before_name: String,
    /// The environments then.
    pub before: Vec<State>,
    /// The environments now.
    pub after: Vec<State>,
}

/// One environment in one of the states.
#[derive(Clone, Debug)]
pub struct State {
    /// What rules that compare need of it.
    pub digest: Digest,
    /// Its priority classes, by name.
    pub classes: Vec<(String, PriorityClass)>,
    /// The class that each workload names, in the order of the digest's workloads.
    pub named: Vec<Option<String>>,
}
