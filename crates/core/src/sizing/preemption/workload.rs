//! Workloads: pods of one kind and what brings them back.

use std::collections::BTreeMap;

use super::{Node, Requirement, TaintEffect, Toleration};
use crate::environment::{Kind, Tier};
use crate::sizing::pod::Compute;
use crate::sizing::rollout::DisruptionBudget;

/// Pods of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its id, such as `prod/mimir/ingester`.
    pub id: String,
    /// The tier of its environment.
    pub tier: Tier,
    /// What its pods are.
    pub role: Kind,
    /// What brings its pods back.
    pub controller: Controller,
    /// How many pods; a DaemonSet has one on each node that takes it, and this is not read.
    pub replicas: u32,
    /// What one pod requests.
    pub requests: Compute,
    /// The PriorityClass it names.
    pub class: Option<String>,
    /// Labels that a node must have.
    pub node_selector: BTreeMap<String, String>,
    /// What else it asks of its node: one of these lists must hold, each with all its requirements. None at all asks nothing.
    pub node_affinity: Vec<Vec<Requirement>>,
    /// Taints it can live with.
    pub tolerations: Vec<Toleration>,
    /// The label of nodes, such as `kubernetes.io/hostname`, of which each value holds at most one of its pods.
    pub anti_affinity: Option<String>,
    /// How many pods may be away.
    pub budget: Option<DisruptionBudget>,
    /// For members of a ring: how many may be away with no failed write.
    pub write_tolerance: Option<u32>,
    /// Seconds from a pod's start until it is ready.
    pub ready_seconds: u64,
    /// Seconds that a pod takes to stop.
    pub grace_seconds: u64,
    /// Whether its pods must not be evicted for anything of the same rank or below.
    pub protected: bool,
}

impl Workload {
    /// The time a pod gets to stop unless told otherwise, in seconds.
    ///
    /// # Source
    ///
    /// Kubernetes API reference, PodSpec, `terminationGracePeriodSeconds`.
    pub const GRACE_SECONDS: u64 = 30;

    /// Makes a stateless Deployment of a production environment, without class, constraints and budget.
    pub fn new(id: impl Into<String>, replicas: u32, requests: Compute) -> Self {
        Self {
            id: id.into(),
            tier: Tier::Prod,
            role: Kind::Stateless,
            controller: Controller::Deployment,
            replicas,
            requests,
            class: None,
            node_selector: BTreeMap::new(),
            node_affinity: Vec::new(),
            tolerations: Vec::new(),
            anti_affinity: None,
            budget: None,
            write_tolerance: None,
            ready_seconds: 0,
            grace_seconds: Self::GRACE_SECONDS,
            protected: false,
        }
    }

    /// Names its PriorityClass.
    #[must_use]
    pub fn class(mut self, name: impl Into<String>) -> Self {
        self.class = Some(name.into());
        self
    }

    /// Says what its pods are, and protects what holds data or sends alerts.
    #[must_use]
    pub const fn role(mut self, role: Kind) -> Self {
        self.role = role;
        self.protected = is_protected(role);
        self
    }

    /// Returns where it stands: what sends alerts above what holds data, that above all else; then by tier.
    ///
    /// A pod may evict protected pods of lower rank only.
    pub const fn rank(&self) -> (u8, Tier) {
        let role = match self.role {
            Kind::Alerting => 2,
            Kind::Ingester | Kind::StoreGateway => 1,
            _ => 0,
        };
        (role, self.tier)
    }

    /// Returns whether selector, affinity and tolerations let it on a node.
    pub(super) fn suits(&self, node: &Node) -> bool {
        let selected = self
            .node_selector
            .iter()
            .all(|(key, value)| node.label(key) == Some(value));
        let liked = self.node_affinity.is_empty()
            || self
                .node_affinity
                .iter()
                .any(|term| term.iter().all(|requirement| requirement.holds(node)));
        selected
            && liked
            && node.taints.iter().all(|taint| {
                taint.effect == TaintEffect::PreferNoSchedule
                    || self.tolerations.iter().any(|one| one.covers(taint))
            })
    }

    /// Returns whether the same nodes suit another workload.
    pub(super) fn suits_alike(&self, other: &Self) -> bool {
        self.node_selector == other.node_selector
            && self.node_affinity == other.node_affinity
            && self.tolerations == other.tolerations
    }

    /// Returns whether new pods differ from those of another version of it.
    pub(super) fn pods_differ(&self, other: &Self) -> bool {
        self.requests != other.requests
            || self.class != other.class
            || !self.suits_alike(other)
            || self.anti_affinity != other.anti_affinity
    }
}

/// Returns whether pods of a kind must not be evicted for anything of the same rank or below.
pub const fn is_protected(role: Kind) -> bool {
    matches!(role, Kind::Ingester | Kind::StoreGateway | Kind::Alerting)
}

/// What brings the pods of a workload back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    /// A Deployment, or anything that is like one.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet: a pod on each node that takes it, and back on that node.
    DaemonSet,
    /// Nothing: an evicted pod is gone.
    None,
}
