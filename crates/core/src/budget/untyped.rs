//! What runs although nobody typed it.

use super::load::Load;
use super::scope::Scope;
use crate::sizing::budget::Need;
use crate::workload::{Container, Workload};

/// Something that asks for room and that the environment does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untyped {
    /// The component's id.
    pub component: String,
    /// The role's name.
    pub role: String,
    /// What it is.
    pub what: Addition,
    /// What it asks for, of all pods at rest.
    pub load: Load,
}

/// What a chart adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addition {
    /// A whole role, without its sidecars.
    Role,
    /// A container beside the program.
    Sidecar(String),
    /// A claim of each pod.
    Claim(String),
    /// An object that was not predicted.
    Object,
    /// A claim that is an object of its own; the component is its name.
    Volume,
}

impl Untyped {
    /// Lists what of some workloads the environment does not name; `predicted` is beside what was rendered.
    pub fn all(scope: &Scope<'_>, predicted: Option<&[Workload]>) -> Vec<Self> {
        let mut all = Vec::new();
        let Some(environment) = scope.environment else {
            return all;
        };
        for workload in scope.workloads() {
            let one = |what: Addition, load: Load| Self {
                component: workload.component.to_string(),
                role: workload.role.to_string(),
                what,
                load: load.times(super::load::pods_at_rest(workload)),
            };
            let known = |other: &Workload| {
                other.component == workload.component && other.role == workload.role
            };
            if predicted.is_some_and(|predicted| !predicted.iter().any(known)) {
                all.push(one(Addition::Object, Load::of_pod(workload)));
                continue;
            }
            let named = environment
                .model
                .components
                .get(&*workload.component)
                .and_then(|section| section.roles.get(&*workload.role));
            if named.is_none() {
                let mut load = Load::of_pod(workload);
                for sidecar in sidecars(workload) {
                    load.need = less(load.need, alone(sidecar).need);
                }
                all.push(one(Addition::Role, load));
            }
            for sidecar in sidecars(workload) {
                let what = Addition::Sidecar(sidecar.name.to_string());
                all.push(one(what, alone(sidecar)));
            }
            let Some(named) = named else {
                continue;
            };
            // The first claim is the role's own, and typed if its size is.
            let typed = usize::from(named.storage.is_some());
            for claim in workload.claims.iter().skip(typed) {
                let mut load = Load::ZERO;
                load.need.storage = claim.size;
                load.need.claims = 1;
                all.push(one(Addition::Claim(claim.name.clone()), load));
            }
        }
        for (object, claim, _) in scope.claims() {
            // One that a role's pods share is that role's volume, and typed if its size is.
            let typed = scope.holder(object).and_then(|holder| {
                let section = environment.model.components.get(&*holder.component)?;
                section.roles.get(&*holder.role)?.storage.as_ref()
            });
            if typed.is_some() {
                continue;
            }
            let mut load = Load::ZERO;
            load.need.storage = claim.size().unwrap_or_default();
            load.need.claims = 1;
            all.push(Self {
                component: object.name.to_string(),
                role: String::new(),
                what: Addition::Volume,
                load,
            });
        }
        all
    }
}

/// Returns the containers that stay beside the program.
fn sidecars(workload: &Workload) -> impl Iterator<Item = &Container> {
    let staying = workload.init_containers.iter().filter(|one| one.restarts);
    workload.containers.iter().skip(1).chain(staying)
}

/// Returns the CPU and memory that remain without a part, which is listed by itself.
fn less(whole: Need, part: Need) -> Need {
    Need {
        cpu: whole.cpu.checked_sub(part.cpu).unwrap_or_default(),
        memory: whole.memory.checked_sub(part.memory).unwrap_or_default(),
        ..whole
    }
}

/// Returns what a container asks for by itself; it is no pod of its own.
fn alone(container: &Container) -> Load {
    let mut load = Load::ZERO;
    load.need.cpu = container.requests.cpu.unwrap_or_default();
    load.need.memory = container.requests.memory.unwrap_or_default();
    load
}
