//! The typed environment file: what a platform team writes.
//!
//! Doc comments here are also the descriptions in `schemas/environment.schema.json`,
//! so they speak to the person who edits an environment file.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::assumptions::Assumptions;
use super::delivery::Delivery;
use super::section::Section;
use super::waiver::Waiver;
use crate::units::{Cpu, Memory, Storage};

/// One environment, or a layer that environments extend (a file without `environment`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(title = "helmwright environment")]
pub struct Model {
    /// The environment's name, a DNS label such as `dev`. A file without it is a layer.
    pub environment: Option<String>,
    /// How much the environment matters: rules are strictest in prod.
    pub tier: Option<Tier>,
    /// Files this one builds on, relative to it; later ones win over earlier ones, and this file over all.
    pub extends: Vec<String>,
    /// The Kubernetes namespace that every release of this environment goes to.
    pub namespace: Option<String>,
    /// The cluster it runs in.
    pub cluster: Cluster,
    /// What the cluster's API server offers.
    pub kubernetes: Kubernetes,
    /// The S3-compatible store that holds blocks, chunks and rules.
    pub object_store: Option<ObjectStore>,
    /// How bucket names are made. Names are computed, never typed.
    pub buckets: BucketNaming,
    /// The tenant (`X-Scope-OrgID`) of everything this environment writes and reads.
    pub tenant: Option<String>,
    /// The namespace's quota today.
    pub quota: Option<Amounts>,
    /// The quota that is asked for, where it differs from today's; budgets are measured against it.
    pub quota_request: Option<Amounts>,
    /// What already runs in the namespace and counts against the quota.
    pub already_used: Option<Amounts>,
    /// What comes later and shall fit into the same quota. A row with the name of a component stands for it, and does not
    /// count while the component runs.
    pub planned: Vec<Planned>,
    /// The plan's own rows, where a written plan is to be checked as data.
    pub plan: Vec<PlanRow>,
    /// Which containers may, must or must not have limits.
    pub resource_policy: ResourcePolicy,
    /// Priority classes by name, with the kinds of pods that carry them.
    pub priority_classes: IndexMap<String, PriorityClass>,
    /// What is known or guessed about load and nodes; sizing starts from it.
    pub assumptions: Assumptions,
    /// Which variants of a component each tier may run, where it differs from the usual table.
    pub allowed_variants: IndexMap<String, TierVariants>,
    /// Differences of versions between environments that are meant for a while.
    pub allowed_skew: Vec<AllowedSkew>,
    /// Rules that are knowingly not kept, each with its reason and its end.
    pub waivers: Vec<Waiver>,
    /// What brings the files to the cluster.
    pub delivery: Delivery,
    /// The components to run, by id.
    pub components: IndexMap<String, Section>,
}

/// How much an environment matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// For trying things; may lose data.
    Dev,
    /// As production, smaller.
    Test,
    /// What people rely on.
    Prod,
}

impl Tier {
    /// Returns the word in environment files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Prod => "prod",
        }
    }
}

/// The cluster an environment runs in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Cluster {
    /// The cluster's name; it becomes the `cluster` label of metrics and logs.
    pub name: Option<String>,
    /// The DNS domain of Services in the cluster.
    pub domain: String,
    /// The failure domains (zones) that nodes really lie in.
    #[schemars(range(min = 1))]
    pub zones: u32,
    /// The Service of the cluster's DNS server, which nginx gateways resolve names by.
    pub dns_service: String,
    /// The namespace of that Service.
    pub dns_namespace: String,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            name: None,
            domain: "cluster.local".to_owned(),
            zones: 1,
            dns_service: "kube-dns".to_owned(),
            dns_namespace: "kube-system".to_owned(),
        }
    }
}

/// What the cluster's API server offers; handed to Helm when charts are rendered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Kubernetes {
    /// The server's version, such as `1.34.0`; charts look at it.
    pub version: String,
    /// API versions beyond Kubernetes' own, such as `monitoring.coreos.com/v1`.
    pub api_versions: Vec<String>,
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self {
            version: "1.34.0".to_owned(),
            api_versions: Vec::new(),
        }
    }
}

/// The S3-compatible store of an environment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectStore {
    /// The product, which decides what a client must be told.
    pub provider: Provider,
    /// The name of the running store, such as `seaweedfs-ha`.
    pub instance: String,
    /// Host and port of its S3 interface, without scheme or bucket.
    pub endpoint: String,
    /// The region that clients sign with; self-hosted stores take any.
    #[serde(default = "ObjectStore::default_region")]
    pub region: String,
    /// Whether buckets are addressed by path. Default: yes, unless the provider is `aws`.
    #[serde(default)]
    pub path_style: Option<bool>,
    /// Whether the endpoint speaks TLS.
    #[serde(default)]
    pub tls: bool,
    /// Where the access key comes from. Only ever a reference to a Secret.
    pub credentials: Credentials,
}

impl ObjectStore {
    fn default_region() -> String {
        "us-east-1".to_owned()
    }

    /// Returns whether buckets are addressed by path, which in-cluster stores need.
    pub fn uses_path_style(&self) -> bool {
        self.path_style.unwrap_or(self.provider != Provider::Aws)
    }
}

/// A product with an S3 interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// SeaweedFS and its S3 gateway.
    Seaweedfs,
    /// MinIO.
    Minio,
    /// Ceph's RADOS gateway.
    Ceph,
    /// Amazon S3.
    Aws,
    /// Any other store with an S3 interface.
    S3,
}

/// A reference to the Secret that holds an access key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credentials {
    /// The Secret's name, in the environment's namespace.
    pub secret_name: String,
    /// The key in the Secret that holds the access key id.
    #[serde(default = "Credentials::default_access_key")]
    pub access_key_id_key: String,
    /// The key in the Secret that holds the secret access key.
    #[serde(default = "Credentials::default_secret_key")]
    pub secret_access_key_key: String,
}

impl Credentials {
    fn default_access_key() -> String {
        "access-key-id".to_owned()
    }

    fn default_secret_key() -> String {
        "secret-access-key".to_owned()
    }
}

/// How bucket names are made: the segments joined by hyphens.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BucketNaming {
    /// What every name begins with.
    pub prefix: String,
    /// The environment's segment. Default: the environment's name.
    pub environment: Option<String>,
    /// The order of the segments.
    pub segments: Vec<BucketSegment>,
    /// Other words for the signals, where a team calls them differently (`traces: spans`).
    pub types: IndexMap<String, String>,
}

impl Default for BucketNaming {
    fn default() -> Self {
        use BucketSegment::{Environment, Prefix, Purpose, Type};
        Self {
            prefix: "dts".to_owned(),
            environment: None,
            segments: vec![Prefix, Type, Environment, Purpose],
            types: IndexMap::new(),
        }
    }
}

/// One part of a bucket name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BucketSegment {
    /// The fixed prefix, such as `dts`.
    Prefix,
    /// The signal: traces, metrics, logs, profiles.
    Type,
    /// The environment.
    Environment,
    /// What is in it: blocks, chunks, ruler, alertmanager.
    Purpose,
}

/// Amounts of the three things a quota counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Amounts {
    /// CPU requests.
    pub cpu: Cpu,
    /// Memory requests.
    pub memory: Memory,
    /// Storage requests of volume claims.
    pub storage: Storage,
}

/// Something that comes later and is already counted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Planned {
    /// What it is, such as `pyroscope`.
    pub name: String,
    /// Its CPU requests.
    pub cpu: Cpu,
    /// Its memory requests.
    pub memory: Memory,
    /// Its storage requests.
    pub storage: Storage,
}

/// One row of a written plan: totals of one role.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanRow {
    /// The component's id.
    pub component: String,
    /// The role's name.
    pub role: String,
    /// The kind of pod.
    pub kind: Kind,
    /// How many pods.
    pub replicas: u32,
    /// The row's CPU requests in total.
    pub cpu: Cpu,
    /// The row's memory requests in total.
    pub memory: Memory,
    /// The row's storage requests in total.
    #[serde(default)]
    pub storage: Option<Storage>,
}

/// What a pod is, as far as rules and policies care.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Takes writes and holds them until they are in the object store.
    Ingester,
    /// Serves blocks from the object store through a local index.
    StoreGateway,
    /// Keeps nothing: distributors, queriers, frontends, gateways, caches.
    Stateless,
    /// Works in the background: compactors and their like.
    Batch,
    /// Sends alerts.
    Alerting,
    /// Stands between users and everything else.
    Edge,
    /// Encrypts on the way to the object store.
    S3proxy,
    /// Collects telemetry on every node.
    Collector,
    /// Shows things to people.
    Ui,
}

impl Kind {
    /// Returns the word in environment files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingester => "ingester",
            Self::StoreGateway => "store-gateway",
            Self::Stateless => "stateless",
            Self::Batch => "batch",
            Self::Alerting => "alerting",
            Self::Edge => "edge",
            Self::S3proxy => "s3proxy",
            Self::Collector => "collector",
            Self::Ui => "ui",
        }
    }
}

/// Which containers may, must or must not have limits, by policy class and by kind of pod.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ResourcePolicy {
    /// CPU limits by policy class.
    pub cpu_limit: IndexMap<PolicyClass, Presence>,
    /// Memory limits by kind of pod, with a range per tier. Kinds that are not named get none.
    pub memory_limit: IndexMap<Kind, TierRanges>,
}

/// A group of pods that share a resource policy.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PolicyClass {
    /// Tempo, Mimir, Loki and Pyroscope, and the object store where the environment runs its own.
    Backend,
    /// Reverse proxies.
    Edge,
    /// The encrypting proxy before the object store.
    S3proxy,
    /// Agents on every node.
    Collector,
    /// What people look at.
    Ui,
}

/// Whether something must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// It must be set.
    Required,
    /// It may be set.
    Optional,
    /// It must not be set.
    Forbidden,
}

/// A range per tier.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TierRanges {
    /// In dev.
    pub dev: Option<MemoryRange>,
    /// In test.
    pub test: Option<MemoryRange>,
    /// In prod.
    pub prod: Option<MemoryRange>,
}

/// The least and the most memory, both included.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemoryRange {
    /// The least.
    pub min: Memory,
    /// The most.
    pub max: Memory,
}

/// A PriorityClass of the cluster.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriorityClass {
    /// The priority; higher goes first. User classes end at 1000000000.
    #[schemars(range(min = -2_147_483_648_i64, max = 1_000_000_000))]
    pub value: i64,
    /// The kinds of pods that carry it, unless a role names another.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// Whether its pods may evict others.
    #[serde(default)]
    pub preemption_policy: PreemptionPolicy,
    /// Whether it is the default of pods without a class. A default above zero outranks what already runs.
    #[serde(default)]
    pub global_default: bool,
    /// Whether every pod that runs was admitted again after the class became the default.
    #[serde(default)]
    pub admitted_after: bool,
    /// Whether its pods are meant to evict others. Default: only those of the write path, of alerts and of the edge.
    #[serde(default)]
    pub may_preempt: Option<bool>,
}

/// The variants of one component that each tier may run; a tier that is not named may run any.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TierVariants {
    /// In dev.
    pub dev: Option<Vec<String>>,
    /// In test.
    pub test: Option<Vec<String>>,
    /// In prod.
    pub prod: Option<Vec<String>>,
}

/// A difference of versions between environments that is meant for a while.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllowedSkew {
    /// The component's id.
    pub component: String,
    /// Why it is meant.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// The last day on which it is meant, as `2027-01-31`.
    #[schemars(extend("format" = "date"))]
    pub until: String,
}

/// Whether pods may evict others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum PreemptionPolicy {
    /// Pods may evict lower ones, as Kubernetes does by default.
    #[default]
    PreemptLowerPriority,
    /// Pods go first in the queue and evict nobody.
    Never,
}
