//! A role with its numbers: what runs, how many, with what, and what guards it.
//!
//! There is one type for both forms. A workload is **predicted** from the environment and the role table in every
//! run, and **rendered** from manifests where there are any. Rules read both alike; what differs between the two is
//! itself a finding.

mod count;
mod overrides;
mod pod;
mod predict;
mod rendered;
mod shared;

pub use count::Count;
pub use pod::{
    Claim, Container, ContainerPlace, Disruption, Handler, ProbeNumbers, Resources, Spread,
    SpreadRule, Unread, Variable, Volume, VolumeKind,
};
pub use predict::predict;
pub use rendered::rendered;
pub use shared::{Name, Parts};

use crate::environment::{Kind, PolicyClass};

/// Where a workload comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// From the environment and the role table: what the values ask for.
    Predicted,
    /// From manifests: what a chart makes of it.
    Rendered,
}

impl Form {
    /// Returns the word shown to users.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Predicted => "predicted",
            Self::Rendered => "rendered",
        }
    }
}

/// The Kubernetes kind of an object that makes pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Controller {
    /// Pods that are alike; rolled with a surge.
    Deployment,
    /// Pods with names and volumes of their own; rolled one by one.
    StatefulSet,
    /// One pod a node.
    DaemonSet,
    /// Pods that end.
    Job,
    /// Jobs by the clock.
    CronJob,
    /// A pod without a controller.
    Pod,
}

impl Controller {
    /// Returns the kind as manifests spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
            Self::Pod => "Pod",
        }
    }

    /// Returns the controller of a manifest's kind.
    pub fn of(kind: &str) -> Option<Self> {
        [
            Self::Deployment,
            Self::StatefulSet,
            Self::DaemonSet,
            Self::Job,
            Self::CronJob,
            Self::Pod,
        ]
        .into_iter()
        .find(|controller| controller.name() == kind)
    }
}

/// One role of one release with its numbers.
///
/// A role that a chart splits over zones is several workloads of one component and role, each with its `zone`.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The component's id; of pods that are not ours, the name they go by (`app.kubernetes.io/name`).
    pub component: Name,
    /// The role's name; of pods that are not ours, the object's name.
    pub role: Name,
    /// What its pods are to rules; none where nothing tells.
    pub kind: Option<Kind>,
    /// Which resource policy it falls under; none where nothing tells.
    pub class: Option<PolicyClass>,
    /// The Kubernetes kind of the object.
    pub controller: Controller,
    /// The object's name.
    pub name: Name,
    /// Its namespace; empty where a manifest names none.
    pub namespace: Name,
    /// The zone that its pods are kept in, where the chart makes one object for each zone.
    pub zone: Option<Name>,
    /// Whether it ran before the plan, so that its pods already count as used.
    pub already_running: bool,
    /// How many pods at rest: with an autoscaler the fewest; of a DaemonSet one for each node.
    pub replicas: u32,
    /// The most pods that an autoscaler makes; none without one.
    pub most_replicas: Option<u32>,
    /// Whether one is meant, because two would do everything twice or only stand by.
    pub singleton: bool,
    /// How many pods may be made above the replicas during a rollout.
    pub max_surge: Count,
    /// How many pods may be missing during a rollout.
    pub max_unavailable: Count,
    /// Whether old pods all go before new ones come, or go only by hand (`Recreate`, `OnDelete`).
    pub rolls: Rolls,
    /// The containers, the program itself first.
    pub containers: Parts<Container>,
    /// Containers that run before the others; those that go on running are sidecars.
    pub init_containers: Parts<Container>,
    /// What the pod takes beside its containers.
    pub overhead: Resources,
    /// The volumes that each pod claims for itself.
    pub claims: Parts<Claim>,
    /// Other volumes.
    pub volumes: Parts<Volume>,
    /// Whether claims stay when the object is deleted; none where nothing tells (Kubernetes then keeps them).
    pub claims_kept: Option<bool>,
    /// Seconds between the request to stop and the kill.
    pub grace_seconds: u32,
    /// The disruption budgets that match its pods.
    pub disruptions: Parts<Disruption>,
    /// What keeps its pods apart.
    pub spread: Spread,
    /// The priority class of its pods.
    pub priority_class: Option<Name>,
    /// Whether its chart reads a priority class at all.
    pub reads_priority: bool,
    /// What its place is made of.
    pub place: Place,
}

/// How old pods give way to new ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rolls {
    /// A few at a time.
    #[default]
    Rolling,
    /// All old ones go first.
    Recreate,
    /// Only when somebody deletes them.
    OnDelete,
}

/// Where a finding about a workload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the environment: the role's settings, or the override of the chart's own path.
    /// Rules ask [`Facts::place`](crate::policy::Facts::place) for the exact line.
    Role,
    /// In a manifest: which of the stream's objects it is, counted from 0; containers have their own places.
    Manifest(usize),
}

impl Workload {
    /// Returns what findings call it: `mimir ingester`.
    pub fn title(&self) -> String {
        if self.role.is_empty() || self.role == self.component {
            self.component.to_string()
        } else {
            format!("{} {}", self.component, self.role)
        }
    }

    /// Returns the container that the role is about.
    pub fn main(&self) -> Option<&Container> {
        self.containers.first()
    }

    /// Returns all containers, those that run first included.
    pub fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().chain(&self.init_containers)
    }

    /// Returns whether it belongs to a policy class.
    pub fn is(&self, class: PolicyClass) -> bool {
        self.class == Some(class)
    }

    /// Returns whether its pods are of a kind.
    pub fn is_kind(&self, kind: Kind) -> bool {
        self.kind == Some(kind)
    }

    /// Returns whether it runs at all.
    pub fn runs(&self) -> bool {
        self.replicas > 0
    }
}
