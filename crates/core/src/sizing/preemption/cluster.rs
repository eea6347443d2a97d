//! Nodes, classes and running pods.

use std::collections::BTreeMap;

use super::{Taint, Workload};
use crate::sizing::pod::Compute;

/// What the simulator starts from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The nodes, each name once.
    pub nodes: Vec<Node>,
    /// The PriorityClasses, each name once.
    pub classes: Vec<Class>,
    /// The workloads, each id once.
    pub workloads: Vec<Workload>,
    /// The pods that exist, in the order in which they were started; those without a node are placed first of all. Without them, pods of all
    /// workloads are placed under the classes above. What a workload lacks to its replicas is placed next, and may evict.
    pub running: Option<Vec<Running>>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// What pods may request of it in all.
    pub allocatable: Compute,
    /// How many pods it takes.
    pub pods: u32,
    /// Its labels. The label `kubernetes.io/hostname` is the name unless it is given.
    pub labels: BTreeMap<String, String>,
    /// What keeps pods away that do not tolerate it.
    pub taints: Vec<Taint>,
}

impl Node {
    /// The number of pods that a kubelet takes unless told otherwise.
    ///
    /// # Source
    ///
    /// Kubernetes documentation, "Kubelet Configuration (v1beta1)", `maxPods`.
    pub const PODS: u32 = 110;

    /// Makes a node without labels and taints that takes [`Self::PODS`] pods.
    pub fn new(name: impl Into<String>, allocatable: Compute) -> Self {
        Self {
            name: name.into(),
            allocatable,
            pods: Self::PODS,
            labels: BTreeMap::new(),
            taints: Vec::new(),
        }
    }

    /// Returns the value of a label; its name is a label, too.
    pub fn label(&self, key: &str) -> Option<&String> {
        let given = self.labels.get(key);
        given.or_else(|| (key == HOSTNAME).then_some(&self.name))
    }
}

/// The label that every node has.
pub(super) const HOSTNAME: &str = "kubernetes.io/hostname";

/// A PriorityClass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// The priority; higher goes first.
    pub value: i32,
    /// Whether pods without a class get it.
    pub global_default: bool,
    /// Whether its pods may evict others.
    pub policy: Policy,
}

impl Class {
    /// Makes a class that is no default and may preempt.
    pub fn new(name: impl Into<String>, value: i32) -> Self {
        Self {
            name: name.into(),
            value,
            global_default: false,
            policy: Policy::default(),
        }
    }

    /// Makes it the class of pods that name none.
    #[must_use]
    pub const fn global_default(mut self) -> Self {
        self.global_default = true;
        self
    }

    /// Forbids its pods to evict others.
    #[must_use]
    pub const fn never(mut self) -> Self {
        self.policy = Policy::Never;
        self
    }
}

/// Whether a pod may evict pods of lower priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// It may: `PreemptLowerPriority`.
    #[default]
    PreemptLowerPriority,
    /// It waits: `Never`.
    Never,
}

impl Policy {
    /// Returns the word of the Kubernetes API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreemptLowerPriority => "PreemptLowerPriority",
            Self::Never => "Never",
        }
    }
}

/// A pod that exists before the plan, with the priority it was admitted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The workload's id.
    pub workload: String,
    /// The node; without one the pod waits for a place.
    pub node: Option<String>,
    /// The priority it was admitted with.
    pub priority: i32,
    /// The policy it was admitted with; only a pod that waits for a place needs it.
    pub policy: Policy,
    /// What it requests, where that is not what its workload requests now.
    pub requests: Option<Compute>,
}

/// Returns the priority and the policy that a new pod gets.
///
/// The class it names; without one the default class; without a default 0. With several defaults the lowest value wins.
///
/// # Source
///
/// Kubernetes, admission plugin Priority: "if more than one PriorityClass is marked as default, the one with the lowest value is used".
pub(super) fn admit(classes: &[Class], class: Option<&str>) -> (i32, Policy) {
    let class = match class {
        Some(name) => classes.iter().find(|class| class.name == name),
        None => classes
            .iter()
            .filter(|class| class.global_default)
            .min_by_key(|class| class.value),
    };
    class.map_or((0, Policy::default()), |class| (class.value, class.policy))
}
