//! What rules may look at in one environment.

use crate::catalog::Catalog;
use crate::components::{ConfigText, Described, Flow, Release, Ring, RoleManifest};
use crate::environment::{
    Assumptions, Environment, Kind, MemoryRange, PolicyClass, Presence, PriorityClass, Tier,
};
use crate::links::Links;
use crate::manifest::Manifests;
use crate::source::Location;
use crate::workload::{Container, ContainerPlace, Form, Place, Workload};

/// Whom a finding is about; waivers go by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The component; none for the environment as a whole.
    pub component: Option<String>,
    /// The role; none for the component as a whole.
    pub role: Option<String>,
}

impl Subject {
    /// The environment as a whole.
    pub const ENVIRONMENT: Self = Self {
        component: None,
        role: None,
    };

    /// A component as a whole.
    pub fn component(id: impl Into<String>) -> Self {
        Self {
            component: Some(id.into()),
            role: None,
        }
    }
}

impl From<&Workload> for Subject {
    fn from(workload: &Workload) -> Self {
        Self {
            component: Some(workload.component.to_string()),
            role: Some(workload.role.to_string()),
        }
    }
}

impl From<&Ring> for Subject {
    fn from(ring: &Ring) -> Self {
        Self {
            component: Some(ring.component.clone()),
            role: Some(ring.role.clone()),
        }
    }
}

impl From<&Flow> for Subject {
    fn from(flow: &Flow) -> Self {
        Self {
            component: Some(flow.from.clone()),
            role: Some(flow.role.clone()),
        }
    }
}

/// What rules may look at in one environment, or in a stream of manifests that belongs to none.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The tier, which decides what is asked.
    pub tier: Tier,
    /// Whether the workloads are predicted or rendered.
    pub form: Form,
    /// The environment; none for a stream alone. Then what only an environment says is not known.
    pub environment: Option<&'a Environment>,
    /// Its releases.
    pub releases: &'a [Release],
    /// What components say of themselves, one for each release.
    pub described: &'a [Described],
    /// What its components know of each other.
    pub links: Option<&'a Links>,
    /// What runs.
    pub workloads: &'a [Workload],
    /// What was predicted, beside what was rendered; none in a prediction, and where nothing was.
    pub predicted: Option<&'a [Workload]>,
    /// What the sections would start that are switched off and come later.
    pub planned: &'a [Workload],
    /// The objects of the stream; none in a prediction.
    pub manifests: Option<&'a Manifests>,
    /// Templates, manifests and contracts.
    pub catalog: &'a Catalog,
}

impl<'a> Facts<'a> {
    /// Returns words about the keys of an environment, or those about a stream that has none, in Kubernetes' words.
    pub(crate) const fn words<'w>(&self, environment: &'w str, stream: &'w str) -> &'w str {
        match self.environment {
            Some(_) => environment,
            None => stream,
        }
    }

    /// Returns what is known or guessed about load and nodes.
    pub fn assumptions(&self) -> &'a Assumptions {
        match self.environment {
            Some(environment) => &environment.model.assumptions,
            None => &UNKNOWN,
        }
    }

    /// Returns the workloads of a kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'a Workload> {
        self.workloads
            .iter()
            .filter(move |workload| workload.is_kind(kind))
    }

    /// Returns the workloads of a policy class.
    pub fn of_class(&self, class: PolicyClass) -> impl Iterator<Item = &'a Workload> {
        self.workloads
            .iter()
            .filter(move |workload| workload.is(class))
    }

    /// Returns all rings.
    pub fn rings(&self) -> impl Iterator<Item = &'a Ring> {
        self.described.iter().flat_map(|one| &one.rings)
    }

    /// Returns everything that is sent.
    pub fn flows(&self) -> impl Iterator<Item = &'a Flow> {
        self.described.iter().flat_map(|one| &one.flows)
    }

    /// Returns the configurations in languages of the programs' own.
    pub fn texts(&self) -> impl Iterator<Item = &'a ConfigText> {
        self.described.iter().flat_map(|one| &one.texts)
    }

    /// Returns the workloads of a component's role.
    pub fn workloads_of(
        &self,
        component: &'a str,
        role: &'a str,
    ) -> impl Iterator<Item = &'a Workload> {
        self.workloads
            .iter()
            .filter(move |workload| workload.component == component && workload.role == role)
    }

    /// Returns whether a class of pods may have a CPU limit; the usual table where the environment says nothing:
    /// backends must not, all others may.
    pub fn cpu_limit(&self, class: PolicyClass) -> Presence {
        self.environment
            .and_then(|environment| {
                environment
                    .model
                    .resource_policy
                    .cpu_limit
                    .get(&class)
                    .copied()
            })
            .unwrap_or(match class {
                PolicyClass::Backend => Presence::Forbidden,
                _ => Presence::Optional,
            })
    }

    /// Returns the range of memory limits of a kind of pod in this tier; none: it is to have no memory limit.
    pub fn memory_limit(&self, kind: Kind) -> Option<MemoryRange> {
        let policy = self
            .environment
            .map(|environment| &environment.model.resource_policy.memory_limit)
            .filter(|policy| !policy.is_empty());
        match policy {
            Some(policy) => {
                let ranges = policy.get(&kind)?;
                match self.tier {
                    Tier::Dev => ranges.dev.clone(),
                    Tier::Test => ranges.test.clone(),
                    Tier::Prod => ranges.prod.clone(),
                }
            }
            None => usual_memory_limit(kind, self.tier),
        }
    }

    /// Returns the priority class of a name, of the environment or of the stream.
    pub fn priority_class(&self, name: &str) -> Option<&'a PriorityClass> {
        self.environment?.model.priority_classes.get(name)
    }

    /// Returns the priority of a workload's pods: its class's value, else zero.
    pub fn priority(&self, workload: &Workload) -> i64 {
        workload
            .priority_class
            .as_deref()
            .and_then(|name| self.priority_class(name))
            .map_or(0, |class| class.value)
    }

    /// Returns the role table's entry of a workload.
    pub(crate) fn role(&self, workload: &Workload) -> Option<&'a RoleManifest> {
        let release = self
            .releases
            .iter()
            .find(|release| release.component == workload.component)?;
        self.catalog
            .manifest(&release.component)?
            .variants
            .get(&release.variant)?
            .roles
            .get(&*workload.role)
    }

    /// Returns the place of something about a workload: `resources.limits.cpu`, `replicas`, `probes.liveness`, `grace`.
    ///
    /// In a prediction it is the override of the chart's own path, else the role's setting, or the deepest key of the
    /// environment on the way there. In a stream it is the object.
    pub fn place(&self, workload: &Workload, what: &str) -> Option<Location> {
        if let Place::Manifest(index) = workload.place {
            let manifests = self.manifests?;
            let object = manifests.objects.get(index)?;
            return Some(manifests.location(object, &object.place));
        }
        let environment = self.environment?;
        let component = &workload.component;
        let (first, rest) = what.split_once('.').unwrap_or((what, ""));
        let paths = self.role(workload).map(|role| &role.values);
        // Charts read it beside the role's resources.
        let grace = paths
            .and_then(|paths| paths.resources.as_deref()?.rsplit_once('.'))
            .filter(|_| first == "grace")
            .map(|(parent, _)| format!("{parent}.terminationGracePeriodSeconds"));
        let path = paths.and_then(|paths| match first {
            "grace" => grace.as_deref(),
            "replicas" => paths.replicas.as_deref(),
            "resources" => paths.resources.as_deref(),
            "storage" => paths.storage.as_deref(),
            "pdb" => paths.pdb.as_deref(),
            "autoscaling" => paths.autoscaling.as_deref(),
            "priorityClass" => paths.priority_class.as_deref(),
            "probes" => match rest.split('.').next().unwrap_or_default() {
                "liveness" => paths.liveness.as_deref(),
                "readiness" => paths.readiness.as_deref(),
                "startup" => paths.startup.as_deref(),
                _ => None,
            },
            _ => None,
        });
        if let Some(path) = path {
            let below = if first == "probes" {
                rest.split_once('.').map_or("", |(_, rest)| rest)
            } else {
                rest
            };
            let mut keys = vec!["components", component.as_str(), "values"];
            let parts = crate::contract::split_path(path);
            keys.extend(parts.iter().map(String::as_str));
            if environment.node(&keys).is_some() {
                let deeper = below.split('.').filter(|key| !key.is_empty());
                for key in deeper {
                    keys.push(key);
                    if environment.node(&keys).is_none() {
                        keys.pop();
                        break;
                    }
                }
                return environment.node(&keys).map(|node| node.location.clone());
            }
        }
        Some(environment.key_location(&format!(
            "components.{component}.roles.{}.{what}",
            workload.role
        )))
    }

    /// Returns the place of a workload's container, where it has one of its own.
    pub fn container_place(&self, workload: &Workload, container: &Container) -> Option<Location> {
        let place = match container.place.as_ref()? {
            ContainerPlace::Override(place) => return Some(place.clone()),
            ContainerPlace::Manifest(place) => place,
        };
        let Place::Manifest(index) = workload.place else {
            return None;
        };
        let manifests = self.manifests?;
        Some(manifests.location(manifests.objects.get(index)?, place))
    }

    /// Returns the place of something in the environment's own file.
    pub fn setting(&self, path: &str) -> Option<Location> {
        self.environment
            .map(|environment| environment.key_location(path))
    }
}

/// What is known where there is no environment.
static UNKNOWN: std::sync::LazyLock<Assumptions> = std::sync::LazyLock::new(Assumptions::default);

/// The ranges of memory limits where an environment says nothing of them.
///
/// Source: the rollout plan's 4 to 8 GiB and 2 to 4 GiB in prod, made smaller for the other tiers.
fn usual_memory_limit(kind: Kind, tier: Tier) -> Option<MemoryRange> {
    const MIB: u64 = 1 << 20;
    let (min, max) = match (kind, tier) {
        (Kind::Ingester, Tier::Dev) => (512, 2048),
        (Kind::Ingester, Tier::Test) => (1024, 4096),
        (Kind::Ingester, Tier::Prod) => (4096, 8192),
        (Kind::StoreGateway, Tier::Dev) => (256, 1024),
        (Kind::StoreGateway, Tier::Test) => (512, 2048),
        (Kind::StoreGateway, Tier::Prod) => (2048, 4096),
        _ => return None,
    };
    let memory = |mebibytes: u64| crate::units::Memory::from_bytes(mebibytes * MIB);
    Some(MemoryRange {
        min: memory(min),
        max: memory(max),
    })
}
