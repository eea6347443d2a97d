//! `component.yaml`: what a component is, as data.

use indexmap::IndexMap;
use serde::Deserialize;

use super::pod::PodFacts;
use crate::environment::{Kind, PolicyClass, Resources, RoleStorage, Tier};

/// A component's manifest, `templates/<id>/component.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The component's id, which is also its folder's name.
    pub id: String,
    /// One line on what it does.
    pub summary: String,
    /// The signal it keeps: traces, metrics, logs; none for what keeps nothing.
    #[serde(default)]
    pub signal: Option<String>,
    /// Which resource policy its pods fall under.
    pub policy_class: PolicyClass,
    /// When it is brought to the cluster: lower waves first. What others need before they start comes earlier:
    /// 0 objects of the cluster and Secrets, 1 the object store, 2 its buckets, 3 what keeps data, 4 the rest,
    /// 5 what talks to all of that once it runs.
    #[serde(default)]
    pub wave: i32,
    /// Whether one serves all environments, so that exactly one of them runs it.
    #[serde(default)]
    pub shared: bool,
    /// Whether a section that is there and switched off stands for something that comes later, so that budgets count it
    /// as planned.
    #[serde(default)]
    pub planned_when_off: bool,
    /// The settings that name files of the user's, as dotted paths into `settings`; each holds one path or a list.
    #[serde(default)]
    pub file_settings: Vec<String>,
    /// What its buckets are for; one bucket each.
    #[serde(default)]
    pub buckets: Vec<String>,
    /// The shapes it comes in, by id.
    pub variants: IndexMap<String, Variant>,
}

/// One shape of a component.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Variant {
    /// One line on what makes it different.
    pub summary: String,
    /// The chart's name; none where the component is plain objects of Kubernetes.
    #[serde(default)]
    pub chart: Option<String>,
    /// The repository that the chart comes from.
    #[serde(default)]
    pub repository: Option<String>,
    /// The chart versions it serves; the first is the default.
    #[serde(default)]
    pub versions: Vec<String>,
    /// The tiers whose default it is.
    #[serde(default)]
    pub default_in: Vec<Tier>,
    /// The name that the chart builds object names from.
    pub name: String,
    /// Whether objects bear that name alone, whatever the release is called.
    #[serde(default)]
    pub fixed_name: bool,
    /// Its roles, by name.
    #[serde(default)]
    pub roles: IndexMap<String, Role>,
    /// Where others reach it, by name.
    #[serde(default)]
    pub endpoints: IndexMap<String, EndpointRule>,
}

/// One kind of pod of a variant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// What it is to rules and policies.
    pub kind: Kind,
    /// The Kubernetes kind of its workload.
    pub workload: String,
    /// What follows the release's full name in the workload's name.
    #[serde(default)]
    pub suffix: String,
    /// Whether the workload's name begins with the release's name and not with its full name.
    #[serde(default)]
    pub release_name: bool,
    /// Pods by tier, where the environment says nothing.
    pub replicas: PerTier<u32>,
    /// Whether the chart fixes the number of pods, so that an environment cannot set it.
    #[serde(default)]
    pub fixed_replicas: bool,
    /// Resources where the environment says nothing. Every role has requests.
    pub resources: Resources,
    /// Resources in tiers that need others.
    #[serde(default)]
    pub resources_in: IndexMap<Tier, Resources>,
    /// Its volume where the environment says nothing; none: the role keeps nothing on disk.
    #[serde(default)]
    pub storage: Option<RoleStorage>,
    /// Where the chart reads the role's values, by what they are.
    pub values: RolePaths,
    /// What else its pods are, once our values and the chart's defaults are in.
    #[serde(default)]
    pub pod: PodFacts,
}

/// Where a chart reads one role's values; what is missing the chart does not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RolePaths {
    /// The number of pods.
    pub replicas: Option<String>,
    /// Requests and limits.
    pub resources: Option<String>,
    /// The volume.
    pub storage: Option<String>,
    /// The disruption budget.
    pub pdb: Option<String>,
    /// The autoscaler.
    pub autoscaling: Option<String>,
    /// The liveness probe.
    pub liveness: Option<String>,
    /// The readiness probe.
    pub readiness: Option<String>,
    /// The startup probe.
    pub startup: Option<String>,
    /// The priority class.
    pub priority_class: Option<String>,
}

impl Role {
    /// Returns the name of its workload in a release.
    pub(crate) fn workload_name(&self, release: &super::Release) -> String {
        let start = if self.release_name {
            &release.name
        } else {
            &release.fullname
        };
        format!("{start}{}", self.suffix)
    }

    /// Returns the resources of a tier where the environment says nothing.
    pub fn usual_resources(&self, tier: Tier) -> &Resources {
        self.resources_in.get(&tier).unwrap_or(&self.resources)
    }
}

impl RolePaths {
    /// Returns the map that holds the role's values, if they share one.
    pub(super) fn root(&self) -> Option<String> {
        let paths = [
            &self.resources,
            &self.replicas,
            &self.storage,
            &self.priority_class,
        ];
        let (root, _) = paths.into_iter().flatten().next()?.split_once('.')?;
        Some(root.to_owned())
    }
}

/// A value for each tier.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerTier<T> {
    /// In dev.
    pub dev: T,
    /// In test.
    pub test: T,
    /// In prod.
    pub prod: T,
}

impl<T: Copy> PerTier<T> {
    /// Returns the value of a tier.
    pub const fn get(&self, tier: Tier) -> T {
        match tier {
            Tier::Dev => self.dev,
            Tier::Test => self.test,
            Tier::Prod => self.prod,
        }
    }
}

/// How an endpoint's address is made: `<scheme>://<fullname><suffix>.<namespace>.svc.<domain>:<port><path>`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointRule {
    /// The URL's scheme; `grpc` stands for plain gRPC, which clients take as `host:port`.
    pub scheme: String,
    /// What follows the release's full name in the Service's name.
    #[serde(default)]
    pub suffix: String,
    /// The Service's port.
    pub port: u16,
    /// The setting that moves the port, as a dotted path into the component's `settings`.
    #[serde(default)]
    pub port_setting: Option<String>,
    /// The URL's path.
    #[serde(default)]
    pub path: String,
}

impl EndpointRule {
    /// Returns the rule with the port that the settings say.
    #[must_use]
    pub(super) fn with(&self, settings: &serde_json::Value) -> Self {
        let set = self.port_setting.as_ref().and_then(|path| {
            let value = path
                .split('.')
                .try_fold(settings, |value, key| value.get(key))?;
            u16::try_from(value.as_u64()?).ok()
        });
        Self {
            port: set.unwrap_or(self.port),
            ..self.clone()
        }
    }
}
