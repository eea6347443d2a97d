//! What is known or guessed about load and nodes. Sizing starts from it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::{Cpu, Duration, Memory, Storage};

/// What is known or guessed about load and nodes. All optional: a rule that needs what is not said does not apply.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Assumptions {
    /// The nodes that pods of this environment may land on.
    pub nodes: Option<Nodes>,
    /// Active series that one agent sends. Default: 100000.
    pub series_per_agent: Option<u64>,
    /// How often metrics are scraped or exported. Default: 15s.
    pub scrape_interval: Option<Duration>,
    /// How long one push takes under load, 95th percentile. Default: 1s.
    pub push_latency: Option<Duration>,
    /// How long one push takes when the receiver is slow. Default: five times `pushLatency`.
    pub degraded_latency: Option<Duration>,
    /// How many times the usual rate a sender must reach to catch up after an outage. Default: 2.
    #[schemars(range(min = 1))]
    pub catch_up: Option<f64>,
    /// The longest outage of a receiver that shall lose nothing. Default: unknown.
    pub longest_outage: Option<Duration>,
    /// Whether samples may be lost in an outage longer than the senders' age limit. Default: no.
    pub accept_data_loss: bool,
    /// Memory of one queued sample, in bytes. Default: 150.
    pub bytes_per_sample: Option<u32>,
    /// Agents elsewhere that write into this environment.
    pub senders: Option<Senders>,
    /// What this environment's receivers of metrics take.
    pub receiver: Option<Receiver>,
    /// Peak requests per second at the busiest proxy. Default: unknown, rules that need it do not apply.
    pub peak_load: Option<f64>,
    /// Requests per second that one pod of that proxy serves. Default: unknown.
    pub capacity_per_pod: Option<f64>,
    /// Worker processes of one pod of that proxy, each of which can use a core. Default: 1.
    #[schemars(range(min = 1))]
    pub workers: Option<u32>,
    /// How many times the peak comes back as retries when one pod restarts. Default: 1.5.
    pub retry_factor: Option<f64>,
    /// How long a pod of that proxy takes from its restart to its first answer. Default: 30s.
    pub restart_time: Option<Duration>,
    /// Queries per second at the read path's proxy on an ordinary day. Default: unknown.
    pub queries: Option<f64>,
    /// Queries per second that one pod of the read path's proxy serves. Default: unknown.
    pub queries_per_pod: Option<f64>,
    /// How many times the ordinary queries come when an outage ends. Default: 10.
    pub storm_factor: Option<f64>,
    /// The longest pause of a healthy process. Default: 20s for backends, 30s at the edge, 60s for the S3 proxy.
    pub expected_pause: Option<Duration>,
    /// The longest time that a dead process may go unnoticed. Default: 300s.
    pub max_detect: Option<Duration>,
    /// The slowest start of pods that read back a log. Default: 600s for ingesters.
    pub expected_start: Option<Duration>,
    /// What comes in each day, by component: `loki: 1Gi`.
    pub ingest_per_day: IndexMap<String, Storage>,
    /// The least share of the quota that stays free, from 0 to 1. Default: 0.2.
    #[schemars(range(min = 0, max = 1))]
    pub min_headroom: Option<f64>,
    /// How rollouts go.
    pub rollout: Rollout,
    /// The monitor outside the cluster that waits for a heartbeat.
    pub external_monitor: Option<Monitor>,
    /// How the Kafka that writes go through keeps a topic. Default: unknown.
    pub kafka: Option<KafkaTopic>,
}

/// Nodes of one size.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Nodes {
    /// How many.
    #[schemars(range(min = 1))]
    pub count: u32,
    /// Allocatable CPU of each.
    pub cpu: Cpu,
    /// Allocatable memory of each.
    pub memory: Memory,
    /// Cores of each, where they are more than what is allocatable.
    #[serde(default)]
    pub cores: Option<u32>,
}

/// Agents elsewhere that write into this environment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Senders {
    /// How many clusters.
    pub clusters: u32,
    /// Agents in each.
    pub pods_each: u32,
    /// The most shards of each agent. Default: as this environment's own agents.
    #[serde(default)]
    pub max_shards: Option<u32>,
}

/// What the receivers of metrics take.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Receiver {
    /// Pushes at a time that all receivers take together. Default: computed from the two below.
    pub capacity: Option<u64>,
    /// Connections that one pod of the proxy in front takes. Default: 1024.
    pub connection_budget: Option<u64>,
    /// Pushes at a time that one distributor takes. Default: 2000, Mimir's own.
    pub in_flight_pushes: Option<u64>,
}

/// How rollouts go.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rollout {
    /// How many workloads are rolled at a time. Default: all that one sync may touch.
    #[schemars(range(min = 1))]
    pub concurrency: Option<u32>,
    /// Whether a rollout of ingesters needs room for one more. Default: no.
    pub extra_replica_during_update: bool,
}

/// The monitor outside the cluster.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Monitor {
    /// How long it waits for a heartbeat.
    pub period: Duration,
    /// How long it waits beyond that.
    #[serde(default)]
    pub grace: Option<Duration>,
}

/// How a Kafka keeps a topic.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KafkaTopic {
    /// How many brokers hold each record (`replication.factor`).
    #[schemars(range(min = 1))]
    pub replication: u32,
    /// How many of them must have it before a write counts (`min.insync.replicas`).
    #[schemars(range(min = 1))]
    pub min_in_sync: u32,
}
