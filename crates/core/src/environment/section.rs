//! One component's part of an environment: what all components have in common.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Cpu, Memory, Storage};

/// One component of an environment.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Section {
    /// Whether the environment runs it. Default: yes, if the section is there.
    pub enabled: Option<bool>,
    /// Whether it ran before the plan; its pods then count as used, not as new.
    pub already_running: bool,
    /// The Helm release's name. Default: the component's id.
    pub release: Option<String>,
    /// The namespace it goes to. Default: the environment's.
    pub namespace: Option<String>,
    /// The chart, where a variant can be had from more than one. Default: the variant's.
    pub chart: Option<String>,
    /// The chart's exact version. Default: the newest that the variant serves.
    pub version: Option<String>,
    /// The chart archive's digest (`sha256:...`), where the archive is pinned too.
    pub digest: Option<String>,
    /// The repository that the chart comes from. Default: the chart's own.
    pub repository: Option<String>,
    /// The shape of the component. Default: what the tier calls for.
    pub variant: Option<String>,
    /// Replicas, resources and the like, by role.
    pub roles: IndexMap<String, RoleSettings>,
    /// What only this component has.
    pub settings: serde_json::Value,
    /// Keys that are not written, as paths in the chart's own words (`tempo.extraArgs."config.expand-env"`): the chart's
    /// defaults hold there. For values that mean what they meant before.
    pub omit: Vec<String>,
    /// Overrides in the chart's own words, merged over the values as Helm merges files.
    pub values: serde_json::Value,
}

/// What an environment says about one role.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RoleSettings {
    /// How many pods.
    #[schemars(range(min = 0, max = 1000))]
    pub replicas: Option<u32>,
    /// Scaling by load, where the chart can.
    pub autoscaling: Option<Autoscaling>,
    /// Requests and limits of the role's main container.
    pub resources: Option<Resources>,
    /// The role's volume.
    pub storage: Option<RoleStorage>,
    /// The role's disruption budget. Default: `maxUnavailable: 1` above one replica, none at one.
    pub pdb: Option<Pdb>,
    /// Numbers of the role's probes; what is not set stays as the chart has it.
    pub probes: Option<Probes>,
    /// The priority class. Default: the one whose `kinds` name the role's kind.
    pub priority_class: Option<String>,
}

/// Scaling by load.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Autoscaling {
    /// The fewest pods.
    #[schemars(range(min = 1))]
    pub min_replicas: u32,
    /// The most pods.
    #[schemars(range(min = 1))]
    pub max_replicas: u32,
    /// The CPU use to aim at, in percent of the request.
    #[schemars(range(min = 1, max = 1000))]
    #[serde(default)]
    pub target_cpu: Option<u32>,
    /// The memory use to aim at, in percent of the request.
    #[schemars(range(min = 1, max = 1000))]
    #[serde(default)]
    pub target_memory: Option<u32>,
}

/// Requests and limits of one container.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Resources {
    /// What the scheduler reserves.
    #[serde(skip_serializing_if = "ResourceAmounts::is_empty")]
    pub requests: ResourceAmounts,
    /// What the kernel enforces.
    #[serde(skip_serializing_if = "ResourceAmounts::is_empty")]
    pub limits: ResourceAmounts,
}

/// CPU and memory, each optional.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ResourceAmounts {
    /// CPU, such as `100m` or `2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Cpu>,
    /// Memory, such as `512Mi`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
}

impl ResourceAmounts {
    /// Returns whether neither is set.
    pub fn is_empty(&self) -> bool {
        self.cpu.is_none() && self.memory.is_none()
    }
}

/// A role's volume.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleStorage {
    /// Its size, per pod.
    pub size: Storage,
    /// Its storage class. Default: the cluster's.
    #[serde(default)]
    pub class: Option<String>,
}

/// A disruption budget; one of the two.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pdb {
    /// How many pods may be away.
    pub max_unavailable: u32,
}

/// Numbers of a role's probes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Probes {
    /// When to restart a pod.
    pub liveness: Option<Probe>,
    /// When to take a pod out of its Service.
    pub readiness: Option<Probe>,
    /// How long a start may take.
    pub startup: Option<Probe>,
}

/// Numbers of one probe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Probe {
    /// Seconds before the first probe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_delay_seconds: Option<u32>,
    /// Seconds between probes.
    #[schemars(range(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_seconds: Option<u32>,
    /// Seconds until a probe counts as failed.
    #[schemars(range(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Failures in a row until something is done.
    #[schemars(range(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_threshold: Option<u32>,
}

impl Probe {
    /// Returns the same numbers, with those that are not set taken from `defaults`.
    #[must_use]
    pub fn or(self, defaults: &Self) -> Self {
        Self {
            initial_delay_seconds: self
                .initial_delay_seconds
                .or(defaults.initial_delay_seconds),
            period_seconds: self.period_seconds.or(defaults.period_seconds),
            timeout_seconds: self.timeout_seconds.or(defaults.timeout_seconds),
            failure_threshold: self.failure_threshold.or(defaults.failure_threshold),
        }
    }
}
