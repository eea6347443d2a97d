//! Workloads from the environment and the role table: what the values ask for.

use super::{
    Claim, Container, Controller, Count, Disruption, Place, ProbeNumbers, Resources, Rolls, Spread,
    SpreadRule, Variable, Volume, VolumeKind, Workload,
};
use crate::catalog::Catalog;
use crate::components::{
    ContainerFact, Described, ProbeFacts, Release, Role, RoleManifest, SpreadFact,
};
use crate::environment::{Environment, Probe};
use crate::units::{Cpu, Memory, Storage};
use crate::yaml::Node;

/// Predicts what will run of one environment's releases.
///
/// Numbers are the environment's, else the role table's; an override at a path that the role table names wins over
/// both. `described` holds, for each release, what its component says of itself.
pub fn predict(
    environment: &Environment,
    releases: &[Release],
    described: &[Described],
    catalog: &Catalog,
) -> Vec<Workload> {
    let mut workloads = Vec::new();
    for (release, described) in releases.iter().zip(described) {
        let Some(manifest) = catalog.manifest(release.component) else {
            continue;
        };
        let Some(variant) = manifest.variants.get(&release.variant) else {
            continue;
        };
        for (name, role) in &release.roles {
            let Some(facts) = variant.roles.get(name) else {
                continue;
            };
            if described.absent.contains(&name.as_str()) {
                continue;
            }
            let one = One {
                environment,
                release,
                role,
                facts,
            };
            let workload = one.workload(manifest.policy_class);
            if workload.runs() {
                workloads.push(workload);
            }
        }
    }
    workloads
}

/// One role with all that is said of it.
struct One<'a> {
    environment: &'a Environment,
    release: &'a Release,
    role: &'a Role,
    facts: &'a RoleManifest,
}

impl One<'_> {
    fn workload(&self, class: crate::environment::PolicyClass) -> Workload {
        let Self {
            environment,
            release,
            role,
            facts,
        } = self;
        let pod = &facts.pod;
        let paths = &facts.values;
        let controller = Controller::of(&facts.workload).unwrap_or(Controller::Deployment);
        let replicas = match controller {
            Controller::DaemonSet => environment
                .model
                .assumptions
                .nodes
                .as_ref()
                .map_or(role.replicas, |nodes| nodes.count),
            _ => self
                .number(paths.replicas.as_deref(), "")
                .unwrap_or(role.replicas),
        };
        let (max_surge, max_unavailable) = self.rollout(controller);
        let max_away = self.budget(role.max_unavailable);
        let mut containers = vec![self.program()];
        containers.extend(pod.sidecars.iter().map(beside));
        let storage = self
            .text(paths.storage.as_deref(), "size")
            .and_then(|text| text.parse::<Storage>().ok())
            .or(role.storage);
        let mut claims: Vec<Claim> = storage
            .map(|size| Claim {
                name: pod.claim.clone().unwrap_or_else(|| "data".to_owned()),
                size,
                class: role.storage_class.clone(),
            })
            .into_iter()
            .collect();
        claims.extend(pod.claims.iter().map(|claim| Claim {
            name: claim.name.clone(),
            size: claim.size,
            class: None,
        }));
        let switched_off = self.switch(paths.storage.as_deref()) == Some(false);
        let mut volumes: Vec<Volume> = pod.scratch.iter().map(|path| scratch(path)).collect();
        if switched_off {
            claims.clear();
            volumes.push(scratch("data"));
        }
        let spread = pod.spread.map(|spread| spread.get(environment.tier));
        Workload {
            component: release.component.to_owned(),
            role: role.name.clone(),
            kind: Some(facts.kind),
            class: Some(class),
            controller,
            name: format!("{}{}", release.fullname, facts.suffix),
            namespace: release.namespace.clone(),
            zone: None,
            already_running: environment
                .model
                .components
                .get(release.component)
                .is_some_and(|section| section.already_running),
            replicas,
            most_replicas: role.autoscaling.as_ref().map(|scaling| scaling.max),
            singleton: pod.singleton,
            max_surge,
            max_unavailable,
            rolls: Rolls::Rolling,
            containers,
            init_containers: pod.init_containers.iter().map(beside).collect(),
            overhead: Resources::default(),
            claims,
            volumes,
            claims_kept: pod.claim_kept,
            grace_seconds: self
                .beside("terminationGracePeriodSeconds")
                .or(pod.grace)
                .unwrap_or(30),
            disruptions: max_away
                .map(|most| Disruption {
                    name: format!("{}{}", release.fullname, facts.suffix),
                    max_unavailable: Some(most),
                    min_available: None,
                    evicts_unhealthy: false,
                    matches: None,
                })
                .into_iter()
                .collect(),
            spread: Spread {
                nodes: match spread {
                    Some(SpreadFact::Hard) => SpreadRule::Hard,
                    Some(SpreadFact::Soft) => SpreadRule::Soft,
                    Some(SpreadFact::None) | None => SpreadRule::None,
                },
                zones: SpreadRule::None,
                misses_itself: false,
            },
            priority_class: self
                .text(paths.priority_class.as_deref(), "")
                .or_else(|| role.priority_class.clone())
                .filter(|_| paths.priority_class.is_some()),
            reads_priority: paths.priority_class.is_some(),
            place: Place::Role,
        }
    }

    /// Returns the container that the role is about.
    fn program(&self) -> Container {
        let pod = &self.facts.pod;
        let paths = &self.facts.values;
        let amounts = |part: &str, said: &crate::environment::ResourceAmounts| Resources {
            cpu: self
                .text(paths.resources.as_deref(), &format!("{part}.cpu"))
                .and_then(|text| text.parse::<Cpu>().ok())
                .or(said.cpu),
            memory: self
                .text(paths.resources.as_deref(), &format!("{part}.memory"))
                .and_then(|text| text.parse::<Memory>().ok())
                .or(said.memory),
        };
        let limits = amounts("limits", &self.role.resources.limits);
        let probe = |path: Option<&str>, said: Option<&Probe>, facts: Option<&ProbeFacts>| {
            self.probe(path, said, facts)
        };
        let mut env = Vec::new();
        if let (Some(percent), Some(limit)) = (pod.go_memory_percent, limits.memory) {
            env.push(Variable {
                name: "GOMEMLIMIT".to_owned(),
                // In bytes, which Go takes without a unit.
                value: Some((limit.bytes() / 100 * u64::from(percent)).to_string()),
            });
        }
        if let Some(count) = pod.go_max_procs {
            env.push(Variable {
                name: "GOMAXPROCS".to_owned(),
                value: Some(count.to_string()),
            });
        } else if pod.go_max_procs_of_limit && limits.cpu.is_some() {
            env.push(Variable {
                name: "GOMAXPROCS".to_owned(),
                value: None,
            });
        }
        Container {
            name: pod
                .container
                .clone()
                .unwrap_or_else(|| self.role.name.clone()),
            image: None,
            requests: amounts("requests", &self.role.resources.requests),
            limits,
            restarts: false,
            env,
            liveness: probe(
                paths.liveness.as_deref(),
                self.role.liveness.as_ref(),
                pod.liveness.as_ref(),
            ),
            readiness: probe(
                paths.readiness.as_deref(),
                self.role.readiness.as_ref(),
                pod.readiness.as_ref(),
            ),
            startup: probe(
                paths.startup.as_deref(),
                self.role.startup.as_ref(),
                pod.startup.as_ref(),
            ),
            place: None,
        }
    }

    /// Joins what an override, the environment and the chart say of one probe; none where the chart has none and
    /// nobody asks for one.
    fn probe(
        &self,
        path: Option<&str>,
        said: Option<&Probe>,
        facts: Option<&ProbeFacts>,
    ) -> Option<ProbeNumbers> {
        let over = |key: &str| self.number(path, key);
        let overridden = Probe {
            initial_delay_seconds: over("initialDelaySeconds"),
            period_seconds: over("periodSeconds"),
            timeout_seconds: over("timeoutSeconds"),
            failure_threshold: over("failureThreshold"),
        };
        let nothing_said = overridden == Probe::default() && said.is_none();
        if facts.is_none() && nothing_said {
            return None;
        }
        let usual = facts.map(ProbeFacts::numbers).unwrap_or_default();
        let numbers = overridden.or(said.unwrap_or(&Probe::default())).or(&usual);
        let handler = self
            .text(path, "httpGet.path")
            .map(|path| super::Handler::Http { path })
            .or_else(|| facts.map(ProbeFacts::handler))
            .unwrap_or(super::Handler::Tcp);
        Some(ProbeNumbers::new(handler, &numbers))
    }

    fn rollout(&self, controller: Controller) -> (Count, Count) {
        let pod = &self.facts.pod;
        let said = |text: &Option<String>| text.as_deref().and_then(Count::read);
        match controller {
            Controller::Deployment => (
                said(&pod.surge).unwrap_or(Count::QUARTER),
                said(&pod.unavailable).unwrap_or(Count::QUARTER),
            ),
            _ => (
                said(&pod.surge).unwrap_or(Count::Pods(0)),
                said(&pod.unavailable).unwrap_or(Count::Pods(1)),
            ),
        }
    }

    /// Returns how many pods may be away by the disruption budget; charts take a bare number or a map.
    fn budget(&self, said: Option<u32>) -> Option<Count> {
        let path = self.facts.values.pdb.as_deref();
        self.text(path, "")
            .or_else(|| self.text(path, "maxUnavailable"))
            .and_then(|text| Count::read(&text))
            .or(said.map(Count::Pods))
            .filter(|_| path.is_some())
    }

    /// Returns the override at a path of the chart, with more keys below it.
    fn node(&self, path: Option<&str>, below: &str) -> Option<&Node> {
        let mut node = self
            .environment
            .node(&["components", self.release.component, "values"])?;
        let parts = crate::contract::split_path(path?);
        let more = below.split('.').filter(|part| !part.is_empty());
        for part in parts.iter().map(String::as_str).chain(more) {
            node = node.get(part)?;
        }
        Some(node)
    }

    /// Returns the scalar of an override as text.
    fn text(&self, path: Option<&str>, below: &str) -> Option<String> {
        match self.node(path, below)?.to_json() {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn number(&self, path: Option<&str>, below: &str) -> Option<u32> {
        self.text(path, below)?.parse().ok()
    }

    fn switch(&self, path: Option<&str>) -> Option<bool> {
        self.node(path, "enabled")?.to_json().as_bool()
    }

    /// Returns a number that the chart reads beside the role's other values.
    fn beside(&self, key: &str) -> Option<u32> {
        let root = self.facts.values.resources.as_deref()?;
        let (parent, _) = root.rsplit_once('.')?;
        self.number(Some(parent), key)
    }
}

fn scratch(name: &str) -> Volume {
    Volume {
        name: name.to_owned(),
        kind: VolumeKind::EmptyDir,
        mounts: Vec::new(),
    }
}

/// Makes a container of what the role table says of one beside the program.
fn beside(fact: &ContainerFact) -> Container {
    let amounts = |said: &crate::environment::ResourceAmounts| Resources {
        cpu: said.cpu,
        memory: said.memory,
    };
    Container {
        name: fact.name.clone(),
        requests: amounts(&fact.resources.requests),
        limits: amounts(&fact.resources.limits),
        ..Container::default()
    }
}
