//! Containers of a prediction: the program, what the chart sets beside it, and what an override adds.

use super::One;
use crate::components::ContainerFact;
use crate::environment::ResourceAmounts;
use crate::units::{Cpu, Memory};
use crate::workload::overrides::Said;
use crate::workload::{Container, ContainerPlace, Name, Resources, Variable};
use crate::yaml::{Node, Value};

impl One<'_> {
    /// Returns the containers, the program first, and those that run before them.
    pub(super) fn containers(&self) -> (Vec<Container>, Vec<Container>) {
        let pod = &self.facts.pod;
        let mut containers = vec![self.program()];
        containers.extend(pod.sidecars.iter().filter_map(|fact| self.sidecar(fact)));
        containers.extend(self.further(pod.paths.extra_containers.as_deref(), "extraContainers"));
        let mut first: Vec<Container> = pod
            .init_containers
            .iter()
            .filter_map(|fact| self.sidecar(fact))
            .collect();
        first.extend(self.further(pod.paths.init_containers.as_deref(), "initContainers"));
        (containers, first)
    }

    /// Returns the container that the role is about.
    fn program(&self) -> Container {
        let pod = &self.facts.pod;
        let paths = &self.facts.values;
        let said = self.said(paths.resources.as_deref());
        let requests = amounts(said.key("requests"), &self.role.resources.requests);
        let limits = amounts(said.key("limits"), &self.role.resources.limits);
        Container {
            name: pod
                .container
                .clone()
                .unwrap_or_else(|| self.role.name.clone())
                .into(),
            image: None,
            requests,
            limits,
            restarts: false,
            env: self.variables(requests, limits),
            liveness: self.probe(
                paths.liveness.as_deref(),
                self.role.liveness.as_ref(),
                pod.liveness.as_ref(),
            ),
            readiness: self.probe(
                paths.readiness.as_deref(),
                self.role.readiness.as_ref(),
                pod.readiness.as_ref(),
            ),
            startup: self.probe(
                paths.startup.as_deref(),
                self.role.startup.as_ref(),
                pod.startup.as_ref(),
            ),
            place: None,
        }
    }

    /// Returns the variables that bound the Go runtime. A list in an override takes the place of ours, and its
    /// entries win over what the chart computes.
    fn variables(&self, requests: Resources, limits: Resources) -> Vec<Variable> {
        let pod = &self.facts.pod;
        let list = match &pod.paths.env {
            Some(path) => self.overrides.at(path),
            None => self.beside("extraEnv"),
        };
        let ours = pod.paths.env_is_ours;
        let ours_is_gone = ours && !matches!(list, Said::Nothing);
        // Ours is a share of the limit that the environment sets, whatever an override makes of the limit.
        let lender = pod.env_of.as_deref();
        let lender = lender.and_then(|role| self.release.roles.get(role));
        let limit = match lender {
            Some(lender) => lender.resources.limits.memory,
            None if ours => self.role.resources.limits.memory,
            None => limits.memory,
        };
        let memory = || {
            let percent = pod.go_memory_percent.filter(|_| !ours_is_gone);
            match (percent, limit) {
                (Some(percent), Some(limit)) => {
                    let mebibytes = (limit.bytes() / 100 * u64::from(percent)) >> 20;
                    Some(format!("{mebibytes}MiB"))
                }
                _ => requests
                    .memory
                    .filter(|_| pod.go_memory_request)
                    .map(|memory| memory.bytes().to_string()),
            }
        };
        let processors = || pod.go_max_procs?.of(requests.cpu, limits.cpu);
        let mut variables = Vec::new();
        let named = |name: &str| {
            let items = list.items()?;
            let item = items
                .iter()
                .find(|item| item.get("name").and_then(Node::as_str) == Some(name))?;
            Some(Variable {
                name: name.to_owned(),
                value: item.get("value").and_then(|value| Said::Is(value).text()),
            })
        };
        variables.extend(named("GOMAXPROCS").or_else(|| {
            Some(Variable {
                name: "GOMAXPROCS".to_owned(),
                value: processors()?.map(|count| count.to_string()),
            })
        }));
        variables.extend(named("GOMEMLIMIT").or_else(|| {
            Some(Variable {
                name: "GOMEMLIMIT".to_owned(),
                value: Some(memory()?),
            })
        }));
        variables
    }

    /// Returns a container that the chart sets beside the program; none where it is switched off.
    fn sidecar(&self, fact: &ContainerFact) -> Option<Container> {
        let switch = fact.switch.as_deref();
        let on = switch
            .and_then(|path| self.overrides.switch(path))
            .or_else(|| self.setting(fact.setting.as_deref()?))
            .unwrap_or(!fact.off);
        if !on {
            return None;
        }
        let said = self.said(fact.at.as_deref());
        Some(Container {
            name: fact.name.as_str().into(),
            requests: amounts(said.key("requests"), &fact.resources.requests),
            limits: amounts(said.key("limits"), &fact.resources.limits),
            liveness: self.probe(None, None, fact.liveness.as_ref()),
            readiness: self.probe(None, None, fact.readiness.as_ref()),
            ..Container::default()
        })
    }

    /// Returns what the environment sets for a switch among the component's settings.
    fn setting(&self, path: &str) -> Option<bool> {
        let sections = &self.environment.model.components;
        let settings = &sections.get(&self.release.component)?.settings;
        path.split('.')
            .try_fold(settings, |value, key| value.get(key))?
            .as_bool()
    }

    /// Returns the containers that an override adds.
    fn further(&self, path: Option<&str>, key: &str) -> Vec<Container> {
        let said = match path {
            Some(path) => self.overrides.at(path),
            None => self.beside(key),
        };
        let items = said.items().unwrap_or_default();
        items.iter().map(written).collect()
    }
}

/// Reads a container that stands whole in an override.
fn written(node: &Node) -> Container {
    let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let resources = Said::Is(node).key("resources");
    let nothing = ResourceAmounts::default();
    Container {
        name: text("name").unwrap_or_default().into(),
        image: text("image").map(Name::from),
        requests: amounts(resources.key("requests"), &nothing),
        limits: amounts(resources.key("limits"), &nothing),
        restarts: text("restartPolicy").as_deref() == Some("Always"),
        env: match node.get("env").map(|env| &env.value) {
            Some(Value::List(items)) => items
                .iter()
                .filter_map(|item| {
                    Some(Variable {
                        name: item.get("name")?.as_str()?.to_owned(),
                        value: item.get("value").and_then(|value| Said::Is(value).text()),
                    })
                })
                .collect(),
            _ => Vec::new(),
        },
        liveness: super::probe::written(Said::Is(node).key("livenessProbe")),
        readiness: super::probe::written(Said::Is(node).key("readinessProbe")),
        startup: super::probe::written(Said::Is(node).key("startupProbe")),
        place: Some(ContainerPlace::Override(node.location.clone())),
    }
}

/// Returns amounts with an override merged into them.
fn amounts(said: Said<'_>, other: &ResourceAmounts) -> Resources {
    Resources {
        cpu: said.key("cpu").or::<Cpu>(other.cpu),
        memory: said.key("memory").or::<Memory>(other.memory),
        ..Resources::default()
    }
}
