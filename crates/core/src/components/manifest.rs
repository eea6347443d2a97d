//! `component.yaml`: what a component is, as data.

use indexmap::IndexMap;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;

use super::described::{Callers, Signal};
use super::network::VariantNetwork;
use super::pod::PodFacts;
use crate::environment::{Kind, PolicyClass, Resources, RoleStorage, Tier};

/// A component's manifest, `templates/<id>/component.yaml`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// Whether it looks at the other environments although each runs its own.
    #[serde(default)]
    pub sees_others: bool,
    /// Whether it follows from what all others of the environment come to, and so is derived last.
    #[serde(default)]
    pub last: bool,
    /// What its buckets are for; one bucket each.
    #[serde(default)]
    pub buckets: Vec<String>,
    /// Where it reaches others, by the names that its templates use. Components of ours look at links in their code.
    #[serde(default)]
    pub links: IndexMap<String, LinkRule>,
    /// The metric that counts the members of its rings, by `name` and `state`.
    #[serde(default)]
    pub ring_metric: Option<String>,
    /// What to look at while it is rolled out.
    #[serde(default)]
    pub watch: Vec<Watched>,
    /// The shapes it comes in, by id.
    pub variants: IndexMap<String, Variant>,
}

/// Something to look at while a component is rolled out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Watched {
    /// What to ask, in PromQL.
    pub query: String,
    /// What a good answer is.
    pub good: String,
    /// The variants that have it; none for all.
    #[serde(default)]
    pub variants: Vec<String>,
}

impl Watched {
    /// Returns whether a variant has it.
    pub fn serves(&self, variant: &str) -> bool {
        self.variants.is_empty() || self.variants.iter().any(|one| one == variant)
    }
}

/// Returns the JSON Schema of a manifest: draft-07, closed, every field described.
pub fn manifest_schema_json() -> String {
    let generator = SchemaSettings::draft07().into_generator();
    let root = generator.into_root_schema_for::<Manifest>();
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

/// One shape of a component.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// How its pods are found and call each other.
    #[serde(default)]
    pub network: VariantNetwork,
}

/// One kind of pod of a variant.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
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

/// Where a component reaches another one of its environment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkRule {
    /// The other component's id.
    pub component: String,
    /// Which of its endpoints.
    pub endpoint: String,
    /// Whether an environment may lack it; templates then see `none`.
    #[serde(default)]
    pub optional: bool,
    /// What it sends there.
    #[serde(default)]
    pub sends: Option<Signal>,
    /// What it asks for there.
    #[serde(default)]
    pub reads: Option<Signal>,
    /// The role whose pods do. Default: the variant's first.
    #[serde(default)]
    pub role: Option<String>,
    /// Whether its requests name no tenant.
    #[serde(default)]
    pub without_tenant: bool,
}

/// How an endpoint's address is made: `<scheme>://<fullname><suffix>.<namespace>.svc.<domain>:<port><path>`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// The role whose pods answer. Default: the only one there is, or the one that the Service's name ends in.
    #[serde(default)]
    pub role: Option<String>,
    /// The port of those pods. Default: the Service's.
    #[serde(default)]
    pub target: Option<u16>,
    /// Who calls it besides the environment's components. Components of ours say that in their code.
    #[serde(default)]
    pub callers: Option<Callers>,
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
