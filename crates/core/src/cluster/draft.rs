//! A cluster with the places where its parts stand.

use crate::sizing::preemption::{Class, Cluster, Node, Running, Workload};
use crate::source::Location;

/// A cluster that may contradict itself.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) nodes: Vec<Placed<Node>>,
    pub(super) classes: Vec<Placed<Class>>,
    pub(super) workloads: Vec<DraftWorkload>,
    pub(super) running: Option<Vec<DraftPod>>,
    /// Where the whole stands.
    pub(super) whole: Option<Location>,
}

/// A thing and where its name stands.
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) at: Location,
}

/// A workload and where it stands.
pub(super) struct DraftWorkload {
    pub(super) value: Workload,
    pub(super) at: Location,
    /// Where its class is named.
    pub(super) class_at: Location,
    /// Where its budget states both numbers.
    pub(super) both_at: Option<Location>,
}

/// Pods that run, and where they are named.
pub(super) struct DraftPod {
    pub(super) value: Running,
    /// What findings call it.
    pub(super) title: String,
    pub(super) at: Location,
    pub(super) node_at: Location,
    /// The class it names.
    pub(super) class: Option<String>,
}

impl Draft {
    pub(super) fn into_cluster(self) -> Cluster {
        Cluster {
            nodes: self.nodes.into_iter().map(|node| node.value).collect(),
            classes: self.classes.into_iter().map(|class| class.value).collect(),
            workloads: self.workloads.into_iter().map(|one| one.value).collect(),
            running: self
                .running
                .map(|pods| pods.into_iter().map(|pod| pod.value).collect()),
        }
    }
}
