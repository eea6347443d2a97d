//! Our own form of a cluster, as types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::environment::{Kind, Tier};
use crate::units::{Cpu, Memory};

/// A cluster: what it has, what is wanted, and what runs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ClusterFile {
    /// The nodes.
    pub(super) nodes: Vec<NodeEntry>,
    /// The PriorityClasses.
    pub(super) priority_classes: Vec<ClassEntry>,
    /// The workloads.
    pub(super) workloads: Vec<WorkloadEntry>,
    /// The pods that run, in the order in which they were started. Without it pods of all workloads are placed under the classes above.
    pub(super) running: Option<Vec<RunningEntry>>,
}

/// One node, or several that are alike.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NodeEntry {
    /// Its name; with `count`, what the names begin with: `worker-1`, `worker-2`.
    #[schemars(length(min = 1))]
    pub(super) name: String,
    /// How many there are of it.
    #[schemars(range(min = 1, max = 10_000))]
    pub(super) count: Option<u32>,
    /// The CPU that pods may request of it.
    pub(super) cpu: Cpu,
    /// The memory that pods may request of it.
    pub(super) memory: Memory,
    /// How many pods it takes. Default: 110.
    #[schemars(range(min = 1, max = 10_000))]
    pub(super) pods: Option<u32>,
    /// Its labels.
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    /// What keeps pods away that do not tolerate it.
    #[serde(default)]
    pub(super) taints: Vec<TaintEntry>,
}

/// A taint.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TaintEntry {
    /// Its key.
    pub(super) key: String,
    /// Its value.
    #[serde(default)]
    pub(super) value: String,
    /// What it does.
    pub(super) effect: EffectEntry,
}

/// What a taint does.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub(super) enum EffectEntry {
    /// New pods are kept away.
    NoSchedule,
    /// New pods are kept away if there is another node.
    PreferNoSchedule,
    /// Pods are kept away and sent away.
    NoExecute,
}

/// A toleration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TolerationEntry {
    /// The taint's key; without it all keys.
    pub(super) key: Option<String>,
    /// The taint's value; without it all values.
    pub(super) value: Option<String>,
    /// The taint's effect; without it all effects.
    pub(super) effect: Option<EffectEntry>,
}

/// A PriorityClass.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ClassEntry {
    /// Its name.
    #[schemars(length(min = 1))]
    pub(super) name: String,
    /// The priority; higher goes first.
    #[schemars(range(min = -2_147_483_648_i64, max = 2_147_483_647_i64))]
    pub(super) value: i32,
    /// Whether pods without a class get it.
    #[serde(default)]
    pub(super) global_default: bool,
    /// Whether its pods may evict others.
    #[serde(default)]
    pub(super) preemption_policy: PolicyEntry,
}

/// Whether pods may evict others.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub(super) enum PolicyEntry {
    /// They may.
    #[default]
    PreemptLowerPriority,
    /// They wait.
    Never,
}

/// A workload.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WorkloadEntry {
    /// Its id, such as `prod/mimir/ingester`.
    #[schemars(length(min = 1))]
    pub(super) id: String,
    /// The tier of its environment. Default: prod.
    pub(super) tier: Option<Tier>,
    /// What its pods are. Default: stateless.
    pub(super) role: Option<Kind>,
    /// What brings its pods back. Default: Deployment.
    #[serde(default)]
    pub(super) kind: ControllerEntry,
    /// How many pods; of a DaemonSet it is not read.
    #[serde(default)]
    #[schemars(range(max = 100_000))]
    pub(super) replicas: u32,
    /// The CPU that one pod requests.
    #[serde(default)]
    pub(super) cpu: Cpu,
    /// The memory that one pod requests.
    #[serde(default)]
    pub(super) memory: Memory,
    /// The PriorityClass it names.
    pub(super) priority_class: Option<String>,
    /// Labels that a node must have.
    #[serde(default)]
    pub(super) node_selector: BTreeMap<String, String>,
    /// Taints it can live with.
    #[serde(default)]
    pub(super) tolerations: Vec<TolerationEntry>,
    /// The label of nodes, such as `kubernetes.io/hostname`, of which each value holds at most one of its pods.
    pub(super) anti_affinity: Option<String>,
    /// The disruption budget.
    pub(super) pdb: Option<BudgetEntry>,
    /// For members of a ring: of how many copies a write makes, more than half must be written.
    #[schemars(range(min = 1, max = 100))]
    pub(super) replication_factor: Option<u32>,
    /// For members of a ring: how many may be away with no failed write; instead of what follows from `replicationFactor`.
    pub(super) write_tolerance: Option<u32>,
    /// Seconds from a pod's start until it is ready.
    #[serde(default)]
    pub(super) ready_seconds: u32,
    /// Seconds that a pod takes to stop. Default: 30.
    pub(super) grace_seconds: Option<u32>,
    /// Whether its pods must not be evicted for anything of the same rank or below. Default: if it is an ingester or store-gateway, or sends alerts.
    pub(super) protected: Option<bool>,
}

/// What brings pods back.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub(super) enum ControllerEntry {
    /// A Deployment, or anything like it.
    #[default]
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet.
    DaemonSet,
    /// Nothing: a pod by itself.
    Pod,
}

/// A disruption budget; one of the two.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BudgetEntry {
    /// How many pods may be away: a number or a percentage.
    pub(super) max_unavailable: Option<CountEntry>,
    /// How many pods must stay: a number or a percentage.
    pub(super) min_available: Option<CountEntry>,
}

/// A number of pods or a percentage of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum CountEntry {
    /// So many pods.
    Pods(u32),
    /// So many percent.
    Percent(#[schemars(regex(pattern = r"^[0-9]{1,4}%$"))] String),
}

/// Pods that run, or wait for a place.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RunningEntry {
    /// The workload's id.
    pub(super) workload: String,
    /// The node; without it the simulator places the pods first of all.
    pub(super) node: Option<String>,
    /// How many pods. Default: 1.
    #[schemars(range(min = 1, max = 100_000))]
    pub(super) count: Option<u32>,
    /// The priority they were admitted with.
    #[schemars(range(min = -2_147_483_648_i64, max = 2_147_483_647_i64))]
    pub(super) priority: i32,
}
