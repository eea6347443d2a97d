//! What was, against what shall be.

use super::digest::Digest;
use super::facts::Facts;
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

impl State {
    /// Takes of an environment what rules that compare need; of a stream alone there is nothing to compare.
    pub fn new(facts: &Facts<'_>) -> Option<Self> {
        let environment = facts.environment?;
        Some(Self {
            digest: Digest::new(facts)?,
            classes: environment
                .model
                .priority_classes
                .iter()
                .map(|(name, class)| (name.clone(), class.clone()))
                .collect(),
            named: facts
                .workloads
                .iter()
                .map(|workload| workload.priority_class.clone().map(String::from))
                .collect(),
        })
    }
}
