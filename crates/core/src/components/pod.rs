//! What a chart makes of a role beyond its numbers: probes, rollout, grace, sidecars. Facts, for predictions.

use serde::Deserialize;

use super::manifest::PerTier;
use crate::environment::{Probe, Resources};
use crate::units::Storage;
use crate::workload::Handler;

/// What a role's pods are, where neither the environment nor an override says otherwise.
///
/// It states what runs once our values are in. Rendering the real chart and comparing tells whether it is true.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PodFacts {
    /// What the program's container is called. Default: the role's name.
    pub container: Option<String>,
    /// Seconds between the request to stop and the kill. Default: Kubernetes' 30.
    pub grace: Option<u32>,
    /// How many pods a rollout makes above the replicas (`1`, `15%`). Default: Kubernetes' 25 %.
    pub surge: Option<String>,
    /// How many pods may be missing during a rollout. Default: Kubernetes' 25 %.
    pub unavailable: Option<String>,
    /// Whether one is meant, because two would do everything twice or only stand by.
    pub singleton: bool,
    /// When the chart restarts a pod.
    pub liveness: Option<ProbeFacts>,
    /// When the chart takes a pod out of its Service.
    pub readiness: Option<ProbeFacts>,
    /// How long a start may take.
    pub startup: Option<ProbeFacts>,
    /// The percentage of the memory limit that `GOMEMLIMIT` is set to, by the chart or by our values.
    pub go_memory_percent: Option<u32>,
    /// Whether `GOMAXPROCS` is set.
    pub go_max_procs: Option<u32>,
    /// Whether the chart sets `GOMAXPROCS` from the CPU limit, where there is one.
    pub go_max_procs_of_limit: bool,
    /// Whether the program is written in Go. Default: all but gateways (nginx) and caches (memcached) are.
    pub go: Option<bool>,
    /// Whether the program reads its memory limit and sets its own soft limit by it.
    pub go_limits_itself: bool,
    /// The Go version that the program's module names (`1.25`); from 1.25 on it counts a CPU limit by itself.
    pub go_version: Option<String>,
    /// What keeps the pods on different nodes.
    pub spread: Option<PerTier<SpreadFact>>,
    /// The name of the claim that `storage` becomes. Default: `data`.
    pub claim: Option<String>,
    /// Whether the claim stays when the object is deleted. Default: Kubernetes keeps it.
    pub claim_kept: Option<bool>,
    /// A volume for data that is gone with the pod, where the role has no claim.
    pub scratch: Option<String>,
    /// Further claims of each pod.
    pub claims: Vec<ClaimFact>,
    /// Containers beside the program.
    pub sidecars: Vec<ContainerFact>,
    /// Containers that run before the program.
    pub init_containers: Vec<ContainerFact>,
}

impl PodFacts {
    /// Returns whether the program of a role is written in Go.
    pub fn is_go(&self, role: &str) -> bool {
        self.go
            .unwrap_or_else(|| role != "gateway" && !role.ends_with("-cache"))
    }

    /// Returns whether the Go runtime counts the CPU limit of its container by itself.
    ///
    /// Source: Go 1.25 release notes, "Container-aware GOMAXPROCS".
    pub fn go_counts_limit(&self) -> bool {
        let minor = self
            .go_version
            .as_deref()
            .and_then(|version| version.strip_prefix("1."))
            .and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
        minor.is_some_and(|minor| minor >= 25)
    }
}

/// One probe of a chart.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbeFacts {
    /// The path that is asked for; none for a bare connection.
    #[serde(default)]
    pub path: Option<String>,
    /// Whether a command is run instead.
    #[serde(default)]
    pub exec: bool,
    /// Seconds before the first probe.
    #[serde(default)]
    pub initial_delay_seconds: Option<u32>,
    /// Seconds between probes.
    #[serde(default)]
    pub period_seconds: Option<u32>,
    /// Seconds until a probe counts as failed.
    #[serde(default)]
    pub timeout_seconds: Option<u32>,
    /// Failures in a row until something is done.
    #[serde(default)]
    pub failure_threshold: Option<u32>,
}

impl ProbeFacts {
    /// Returns its numbers.
    pub fn numbers(&self) -> Probe {
        Probe {
            initial_delay_seconds: self.initial_delay_seconds,
            period_seconds: self.period_seconds,
            timeout_seconds: self.timeout_seconds,
            failure_threshold: self.failure_threshold,
        }
    }

    /// Returns how it asks.
    pub fn handler(&self) -> Handler {
        match &self.path {
            Some(path) => Handler::Http { path: path.clone() },
            None if self.exec => Handler::Exec,
            None => Handler::Tcp,
        }
    }
}

/// How strictly pods are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpreadFact {
    /// Not at all.
    None,
    /// Where it can be done.
    Soft,
    /// Else they wait.
    Hard,
}

/// One more claim.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimFact {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size: Storage,
}

/// One more container.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerFact {
    /// Its name.
    pub name: String,
    /// What it asks for.
    #[serde(default)]
    pub resources: Resources,
}
