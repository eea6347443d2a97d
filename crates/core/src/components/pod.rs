//! What a chart makes of a role beyond its numbers: probes, rollout, grace, sidecars. Facts, for predictions.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::manifest::PerTier;
use super::network::RoleNetwork;
use crate::environment::{Probe, Probes, Resources};
use crate::units::{Cpu, Storage};
use crate::workload::{Count, Handler};

/// What a role's pods are, where neither the environment nor an override says otherwise.
///
/// It states what runs once our values are in. Rendering the real chart and comparing tells whether it is true.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PodFacts {
    /// What the program's container is called. Default: the role's name.
    pub container: Option<String>,
    /// Seconds between the request to stop and the kill. Default: Kubernetes' 30.
    pub grace: Option<u32>,
    /// How many pods a rollout makes above the replicas (`1`, `15%`). Default: Kubernetes' 25 %.
    #[serde(deserialize_with = "count")]
    #[schemars(with = "Option<SaidCount>")]
    pub surge: Option<Count>,
    /// How many pods may be missing during a rollout. Default: Kubernetes' 25 %.
    #[serde(deserialize_with = "count")]
    #[schemars(with = "Option<SaidCount>")]
    pub unavailable: Option<Count>,
    /// Whether its memory stays small whatever comes in, so that no limit is asked for though its kind has one.
    pub bounded_memory: bool,
    /// Whether our values have the old pod stopped before a new one starts where the role has a volume, which only one
    /// of them can hold.
    pub recreate_stored: bool,
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
    /// The role whose variables the chart gives to this one, too.
    pub env_of: Option<String>,
    /// Whether `GOMEMLIMIT` is the memory request where there is no limit.
    pub go_memory_request: bool,
    /// How `GOMAXPROCS` is computed. Default: it is not set.
    pub go_max_procs: Option<GoMaxProcs>,
    /// Whether the program is written in Go. Default: all but gateways (nginx) and caches (memcached) are.
    pub go: Option<bool>,
    /// Whether the program reads its memory limit and sets its own soft limit by it.
    pub go_limits_itself: bool,
    /// The Go version that the program's module names (`1.25`); from 1.25 on it counts a CPU limit by itself.
    pub go_version: Option<String>,
    /// What keeps the pods on different nodes.
    pub spread: Option<PerTier<SpreadFact>>,
    /// By which of a pod's two rules they are kept apart.
    pub spread_by: SpreadBy,
    /// From how many pods on they are kept apart. Default: any number.
    pub spread_from: u32,
    /// What keeps the pods in different zones.
    pub zones: Option<SpreadFact>,
    /// The disruption budget.
    pub budget: BudgetFacts,
    /// The name of the claim that `storage` becomes; `{namespace}` in it stands for the release's. Default: `data`.
    pub claim: Option<String>,
    /// Where the program sees that claim.
    pub mount: Option<String>,
    /// Whether the claim stays when the object is deleted. Default: Kubernetes keeps it.
    pub claim_kept: Option<bool>,
    /// When the chart takes `inMemory` beside the claim's size for a volume in memory. Default: it does not.
    pub in_memory: Option<InMemory>,
    /// Where the chart can be told to delete claims.
    pub claim_policy: Option<ClaimPolicy>,
    /// Volumes for data that are gone with the pod, where the role has no claim. Folders for temporary files, of an
    /// image's start scripts and of a list of running queries hold no data.
    pub scratch: Vec<ScratchFact>,
    /// Further claims of each pod.
    pub claims: Vec<ClaimFact>,
    /// Containers beside the program.
    pub sidecars: Vec<ContainerFact>,
    /// Containers that run before the program.
    pub init_containers: Vec<ContainerFact>,
    /// Where the chart reads what is not among the role's own paths.
    pub paths: PodPaths,
    /// How its pods are found, and whom they must reach.
    pub network: RoleNetwork,
}

impl PodFacts {
    /// Returns the numbers of its probes.
    pub fn probes(&self) -> Probes {
        let numbers = |facts: &Option<ProbeFacts>| facts.as_ref().map(ProbeFacts::numbers);
        Probes {
            liveness: numbers(&self.liveness),
            readiness: numbers(&self.readiness),
            startup: numbers(&self.startup),
        }
    }
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProbeFacts {
    /// The path that is asked for; none for a bare connection.
    pub path: Option<String>,
    /// Whether a command is run instead.
    pub exec: bool,
    /// Seconds before the first probe.
    pub initial_delay_seconds: Option<u32>,
    /// Seconds between probes.
    pub period_seconds: Option<u32>,
    /// Seconds until a probe counts as failed.
    pub timeout_seconds: Option<u32>,
    /// Failures in a row until something is done.
    pub failure_threshold: Option<u32>,
    /// Whether there is none unless the environment or an override asks for one.
    pub on_request: bool,
    /// Where the chart looks for it before the role's own path. The first place that holds anything is taken whole.
    pub before: Vec<String>,
    /// Where the chart looks for it after the role's own path. The numbers above are what the last place holds.
    pub after: Vec<String>,
    /// Whether our values write these numbers around those that the environment sets.
    pub filled: bool,
    /// What runs where an override removes this one. Default: nothing.
    pub otherwise: Option<Box<Self>>,
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

/// How a chart computes `GOMAXPROCS` from the CPU that a container asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GoMaxProcs {
    /// Twice the request, at least eight.
    Doubled,
    /// Twice the request, or four more, whichever is greater.
    PlusFour,
    /// The request, and as much again but at least three and at most six, and one.
    ///
    /// The chart adds the request as it is written, and reads one in millicores as none.
    Ring,
    /// The limit, by reference; not set without one.
    Limit,
}

impl GoMaxProcs {
    /// Returns what it comes to; none where it is not set, and none inside where it is a reference.
    pub fn of(self, request: Option<Cpu>, limit: Option<Cpu>) -> Option<Option<u64>> {
        const CORE: u64 = 1000;
        if self == Self::Limit {
            return limit.map(|_| None);
        }
        let request = request?.millicores();
        let cores = |millicores: u64| millicores.div_ceil(CORE);
        let doubled = cores(request.saturating_mul(2));
        Some(Some(match self {
            Self::Doubled => doubled.max(8),
            Self::PlusFour => doubled.max(cores(request.saturating_add(4 * CORE))),
            Self::Ring => {
                let read = if request % CORE == 0 { request } else { 0 };
                let again = request.clamp(3 * CORE, 6 * CORE);
                cores(read.saturating_add(again).saturating_add(CORE))
            }
            Self::Limit => return None,
        }))
    }
}

/// How strictly pods are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SpreadFact {
    /// Not at all.
    None,
    /// Where it can be done.
    Soft,
    /// Else they wait.
    Hard,
}

/// By which of a pod's rules its like are kept away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SpreadBy {
    /// By spread constraints.
    #[default]
    Constraints,
    /// By the affinity.
    Affinity,
    /// By the affinity where it must hold, by constraints where it should.
    Strictness,
}

/// What a chart makes of a disruption budget.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BudgetFacts {
    /// From how many replicas on there is one. Default: any number.
    pub from: u32,
    /// How many pods may be away where nobody says. Default: without a number there is no budget.
    pub usual: Option<u32>,
    /// Whether it is off unless our values write a number or an override switches it on.
    pub off: bool,
    /// Whether the chart counts the replicas that are set also where an autoscaler decides on them.
    pub counts_set: bool,
    /// What follows the release's full name in its name. Default: as the workload's.
    pub suffix: Option<String>,
}

/// When a chart keeps a role's data in memory, if it is told so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum InMemory {
    /// In place of the claim.
    WhenOn,
    /// Where the claim is switched off.
    WhenOff,
}

/// Where a chart is told to delete claims together with the object: a switch, and `whenDeleted` beside it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimPolicy {
    /// The map that holds both. Default: the volume's.
    #[serde(default)]
    pub map: Option<String>,
    /// The switch's key.
    pub switch: String,
    /// Whether claims are deleted where only the switch is set.
    #[serde(default)]
    pub deletes: bool,
}

/// A volume that is gone with the pod.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScratchFact {
    /// Its name.
    pub name: String,
    /// Where the program sees it.
    pub mount: String,
}

/// One more claim.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimFact {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size: Storage,
}

/// One more container.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerFact {
    /// Its name.
    pub name: String,
    /// What it asks for.
    #[serde(default)]
    pub resources: Resources,
    /// Where the chart reads what it asks for.
    #[serde(default)]
    pub at: Option<String>,
    /// Where it is switched on and off.
    #[serde(default)]
    pub switch: Option<String>,
    /// The setting that switches it on and off by our values, as a dotted path into `settings`.
    #[serde(default)]
    pub setting: Option<String>,
    /// Whether our values, or the chart's own, switch it off.
    #[serde(default)]
    pub off: bool,
    /// When it is restarted.
    #[serde(default)]
    pub liveness: Option<ProbeFacts>,
    /// When it gets no requests.
    #[serde(default)]
    pub readiness: Option<ProbeFacts>,
}

/// Where a chart reads what is not among the role's own paths. Most charts keep it in one map, beside the priority
/// class, under Kubernetes' own names.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PodPaths {
    /// The map that holds affinity, spread, grace and further containers. Default: the one with the priority class.
    pub pod: Option<String>,
    /// How pods are rolled. Default: `strategy` in the map.
    pub strategy: Option<String>,
    /// How many pods a rollout makes above the replicas. Default: `rollingUpdate.maxSurge` in the strategy.
    pub surge: Option<String>,
    /// How many pods may be missing during a rollout. Default: `rollingUpdate.maxUnavailable` in the strategy.
    pub unavailable: Option<String>,
    /// The grace period. Default: `terminationGracePeriodSeconds` in the map.
    pub grace: Option<String>,
    /// Further containers. Default: `extraContainers` in the map.
    pub extra_containers: Option<String>,
    /// Containers that run first. Default: `initContainers` in the map.
    pub init_containers: Option<String>,
    /// The list of environment variables. Default: `extraEnv` in the map.
    pub env: Option<String>,
    /// Whether that list is where our values write `GOMEMLIMIT`, so that another list drops it.
    pub env_is_ours: bool,
    /// Where the chart looks for a priority class after the role's own path, first to last.
    pub priority_class: Vec<String>,
}

impl PodPaths {
    /// Returns the path of a key of the map that holds what belongs to the pod.
    pub fn beside(&self, priority_class: Option<&str>, key: &str) -> String {
        let map = self.pod.as_deref().or_else(|| {
            let (map, _) = priority_class?.rsplit_once('.')?;
            Some(map)
        });
        match map {
            Some(map) if !map.is_empty() => format!("{map}.{key}"),
            _ => key.to_owned(),
        }
    }
}

/// A number of pods as a manifest writes it.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum SaidCount {
    /// So many pods.
    Pods(u32),
    /// So many percent of the replicas, such as `15%`.
    Text(String),
}

/// Reads a number of pods or a share of them.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Count>, D::Error> {
    match SaidCount::deserialize(deserializer)? {
        SaidCount::Pods(pods) => Ok(Some(Count::Pods(pods))),
        SaidCount::Text(text) => Count::read(&text)
            .map(Some)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no number of pods"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_max_procs_follow_the_chart() {
        let of = |how: GoMaxProcs, request: &str| how.of(request.parse().ok(), None);
        assert_eq!(of(GoMaxProcs::Doubled, "100m"), Some(Some(8)));
        assert_eq!(of(GoMaxProcs::Doubled, "4500m"), Some(Some(9)));
        assert_eq!(of(GoMaxProcs::PlusFour, "100m"), Some(Some(5)));
        assert_eq!(of(GoMaxProcs::PlusFour, "6"), Some(Some(12)));
        assert_eq!(of(GoMaxProcs::Ring, "200m"), Some(Some(4)));
        assert_eq!(of(GoMaxProcs::Ring, "2"), Some(Some(6)));
        assert_eq!(of(GoMaxProcs::Limit, "2"), None);
        let limit = "2".parse().ok();
        assert_eq!(GoMaxProcs::Limit.of(None, limit), Some(None));
    }
}
