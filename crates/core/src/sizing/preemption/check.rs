//! What must hold before a simulation makes sense.

use std::collections::{BTreeMap, BTreeSet};

use super::{Class, Cluster, Controller, Event, Problem, Workload};
use crate::diagnostic::nearest;

/// The most pods that are simulated: ten times the largest cluster that the speed was measured with.
const MAX_PODS: u32 = 200_000;

/// Checks the cluster and every event of the plan.
pub(super) fn check(cluster: &Cluster, plan: &[Event]) -> Result<(), Problem> {
    let mut names = Names {
        nodes: once("nodes", cluster.nodes.iter().map(|node| node.name.as_str()))?,
        classes: classes(&cluster.classes)?,
        workloads: BTreeMap::new(),
    };
    once(
        "workloads",
        cluster.workloads.iter().map(|one| one.id.as_str()),
    )?;
    for workload in &cluster.workloads {
        names.add(workload, &format!("workload `{}`", workload.id))?;
    }
    running(cluster, &names)?;
    names.count()?;
    for (index, event) in plan.iter().enumerate() {
        names.follow(event, &format!("step {} of the plan", index + 1))?;
        names.count()?;
    }
    Ok(())
}

/// What can be named at one moment.
struct Names<'a> {
    nodes: BTreeSet<&'a str>,
    classes: BTreeSet<&'a str>,
    workloads: BTreeMap<&'a str, (Controller, u32, Option<&'a str>)>,
}

impl<'a> Names<'a> {
    fn add(&mut self, workload: &'a Workload, place: &str) -> Result<(), Problem> {
        let class = workload.class.as_deref();
        if let Some(class) = class {
            known(&self.classes, "class", class, place)?;
        }
        let entry = (workload.controller, workload.replicas, class);
        self.workloads.insert(&workload.id, entry);
        Ok(())
    }

    fn find(
        &mut self,
        id: &str,
        place: &str,
    ) -> Result<&mut (Controller, u32, Option<&'a str>), Problem> {
        let near = nearest(id, self.workloads.keys().copied()).map(str::to_owned);
        self.workloads.get_mut(id).ok_or_else(|| Problem::Unknown {
            place: place.to_owned(),
            what: "workload",
            name: id.to_owned(),
            near,
        })
    }

    /// Sees to it that the pods can be counted.
    fn count(&self) -> Result<(), Problem> {
        let pods: u64 = self
            .workloads
            .values()
            .map(|(controller, replicas, _)| match controller {
                Controller::DaemonSet => self.nodes.len() as u64,
                _ => u64::from(*replicas),
            })
            .sum();
        if pods > u64::from(MAX_PODS) {
            return Err(Problem::TooMany { limit: MAX_PODS });
        }
        Ok(())
    }

    fn follow(&mut self, event: &'a Event, place: &str) -> Result<(), Problem> {
        match event {
            Event::SetClasses(now) => {
                self.classes = classes(now)?;
                for (id, (.., class)) in &self.workloads {
                    if let Some(class) = class {
                        let place = format!("after {place}, workload `{id}`");
                        known(&self.classes, "class", class, &place)?;
                    }
                }
            }
            Event::Apply(workload) => self.add(workload, place)?,
            Event::Remove(id) => {
                self.find(id, place)?;
                self.workloads.remove(id.as_str());
            }
            Event::Restart(id) => {
                self.find(id, place)?;
            }
            Event::Scale(id, replicas) => self.scale(id, place, |_| *replicas)?,
            Event::AddReplica(id) => self.scale(id, place, |now| now.saturating_add(1))?,
            Event::LoseNode(name) => {
                known(&self.nodes, "node", name, place)?;
                self.nodes.remove(name.as_str());
            }
            Event::Drain(name) => known(&self.nodes, "node", name, place)?,
        }
        Ok(())
    }

    fn scale(&mut self, id: &str, place: &str, to: impl Fn(u32) -> u32) -> Result<(), Problem> {
        let (controller, replicas, _) = self.find(id, place)?;
        if *controller == Controller::DaemonSet {
            return Err(Problem::DaemonSet {
                place: place.to_owned(),
                id: id.to_owned(),
            });
        }
        *replicas = to(*replicas);
        Ok(())
    }
}

/// Checks the pods that run: their names, and that the nodes hold them.
fn running(cluster: &Cluster, names: &Names<'_>) -> Result<(), Problem> {
    let Some(running) = &cluster.running else {
        return Ok(());
    };
    if running.len() > MAX_PODS as usize {
        return Err(Problem::TooMany { limit: MAX_PODS });
    }
    let workloads: BTreeMap<&str, &Workload> = cluster
        .workloads
        .iter()
        .map(|workload| (workload.id.as_str(), workload))
        .collect();
    let ids: BTreeSet<&str> = workloads.keys().copied().collect();
    let mut used: BTreeMap<&str, (u64, u64, u32)> = BTreeMap::new();
    for pod in running {
        let place = "a running pod";
        known(&ids, "workload", &pod.workload, place)?;
        let (Some(node), Some(workload)) = (&pod.node, workloads.get(pod.workload.as_str())) else {
            continue;
        };
        known(&names.nodes, "node", node, place)?;
        let (cpu, memory, pods) = used.entry(node).or_default();
        let requests = pod.requests.unwrap_or(workload.requests);
        *cpu = cpu.saturating_add(requests.cpu.millicores());
        *memory = memory.saturating_add(requests.memory.bytes());
        *pods = pods.saturating_add(1);
    }
    for node in &cluster.nodes {
        let Some((cpu, memory, pods)) = used.get(node.name.as_str()) else {
            continue;
        };
        let resource = if *cpu > node.allocatable.cpu.millicores() {
            "CPU"
        } else if *memory > node.allocatable.memory.bytes() {
            "memory"
        } else if *pods > node.pods {
            "pods"
        } else {
            continue;
        };
        return Err(Problem::Overcommitted {
            node: node.name.clone(),
            resource,
        });
    }
    Ok(())
}

fn classes(classes: &[Class]) -> Result<BTreeSet<&str>, Problem> {
    once("classes", classes.iter().map(|class| class.name.as_str()))
}

/// Collects names, each of which must be there once.
fn once<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<&'a str>, Problem> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Problem::Twice {
                what,
                name: name.to_owned(),
            });
        }
    }
    Ok(seen)
}

fn known(
    names: &BTreeSet<&str>,
    what: &'static str,
    name: &str,
    place: &str,
) -> Result<(), Problem> {
    if names.contains(name) {
        return Ok(());
    }
    Err(Problem::Unknown {
        place: place.to_owned(),
        what,
        name: name.to_owned(),
        near: nearest(name, names.iter().copied()).map(str::to_owned),
    })
}
