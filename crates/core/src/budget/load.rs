//! What pods ask for and what they may use: of one pod, of a workload, of a namespace.

use crate::environment::{Amounts, Planned};
use crate::sizing::amount::Amount;
use crate::sizing::budget::Need;
use crate::sizing::pod::{Compute, InitContainer, Limits, pod_request};
use crate::workload::{Controller, Resources, Rolls, Workload};

/// What some pods ask for, and what they may use at most.
///
/// Sums that do not fit are the largest amount there is, which no quota holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests, claims and pods.
    pub need: Need,
    /// Limits.
    pub limits: Limits,
}

impl Load {
    /// Nothing.
    pub const ZERO: Self = Self {
        need: Need::ZERO,
        limits: Limits {
            cpu: crate::units::Cpu::ZERO,
            memory: crate::units::Memory::ZERO,
            without_cpu: 0,
            without_memory: 0,
        },
    };

    /// Returns what one pod of a workload asks for.
    ///
    /// Requests count by the rule of Kubernetes for pods with init containers and sidecars
    /// ([`pod_request`]); limits are those of the containers that stay.
    pub fn of_pod(workload: &Workload) -> Self {
        let mut need = Need::of_pod(request(workload));
        for claim in &workload.claims {
            need = need.saturating_add(Need {
                storage: claim.size,
                claims: 1,
                ..Need::ZERO
            });
        }
        let staying = workload
            .containers
            .iter()
            .chain(workload.init_containers.iter().filter(|one| one.restarts));
        let limits = staying.fold(Limits::default(), |sum, container| {
            let one = Limits::of_container(container.limits.cpu, container.limits.memory);
            add_limits(sum, one)
        });
        Self { need, limits }
    }

    /// Makes a load of the amounts that an environment states.
    pub fn of_amounts(amounts: &Amounts) -> Self {
        Self {
            need: Need {
                cpu: amounts.cpu,
                memory: amounts.memory,
                storage: amounts.storage,
                ..Need::ZERO
            },
            ..Self::ZERO
        }
    }

    /// Makes a load of what an environment plans for later.
    pub fn of_planned(planned: &Planned) -> Self {
        Self {
            need: Need {
                cpu: planned.cpu,
                memory: planned.memory,
                storage: planned.storage,
                ..Need::ZERO
            },
            ..Self::ZERO
        }
    }

    /// Returns the sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            need: self.need.saturating_add(other.need),
            limits: add_limits(self.limits, other.limits),
        }
    }

    /// Returns so many times the load.
    #[must_use]
    pub fn times(self, pods: u32) -> Self {
        let limits = &self.limits;
        Self {
            need: self.need.saturating_mul(u64::from(pods)),
            limits: Limits {
                cpu: scaled(limits.cpu, pods),
                memory: scaled(limits.memory, pods),
                without_cpu: limits.without_cpu.saturating_mul(u64::from(pods)),
                without_memory: limits.without_memory.saturating_mul(u64::from(pods)),
            },
        }
    }
}

impl std::iter::Sum for Load {
    fn sum<I: Iterator<Item = Self>>(loads: I) -> Self {
        loads.fold(Self::ZERO, Self::plus)
    }
}

/// Returns how many pods of a workload there are all the time: those of a Job end.
pub const fn pods_at_rest(workload: &Workload) -> u32 {
    match workload.controller {
        Controller::Job | Controller::CronJob => 0,
        _ => workload.replicas,
    }
}

/// Returns how many pods a rollout of a workload makes above those at rest.
///
/// A Deployment makes `maxSurge`, a share rounded up; so does a DaemonSet that sets one. A StatefulSet replaces its pods
/// one by one. A Job's pods run while it runs.
///
/// # Source
///
/// Kubernetes documentation, "Deployments" and "Perform a Rolling Update on a DaemonSet".
pub const fn surge_pods(workload: &Workload) -> u32 {
    match (workload.controller, workload.rolls) {
        (Controller::Deployment | Controller::DaemonSet, Rolls::Rolling) => {
            workload.max_surge.rounded_up(workload.replicas)
        }
        (Controller::Job | Controller::CronJob, _) => workload.replicas,
        _ => 0,
    }
}

/// The most containers whose amounts are added without a list of their own.
const FEW: usize = 8;

fn request(workload: &Workload) -> Compute {
    let most = Compute {
        cpu: Amount::from_units(u64::MAX),
        memory: Amount::from_units(u64::MAX),
    };
    let overhead = compute(workload.overhead);
    let count = workload.containers.len();
    let request = if workload.init_containers.is_empty() && count <= FEW {
        let mut amounts = [Compute::ZERO; FEW];
        for (amount, container) in amounts.iter_mut().zip(&workload.containers) {
            *amount = compute(container.requests);
        }
        pod_request(&amounts, &[], overhead)
    } else {
        let containers: Vec<Compute> = workload
            .containers
            .iter()
            .map(|container| compute(container.requests))
            .collect();
        let init: Vec<InitContainer> = workload
            .init_containers
            .iter()
            .map(|container| InitContainer {
                request: compute(container.requests),
                restartable: container.restarts,
            })
            .collect();
        pod_request(&containers, &init, overhead)
    };
    request.unwrap_or(most)
}

fn compute(resources: Resources) -> Compute {
    Compute {
        cpu: resources.cpu.unwrap_or_default(),
        memory: resources.memory.unwrap_or_default(),
    }
}

fn add_limits(left: Limits, right: Limits) -> Limits {
    Limits {
        cpu: joined(left.cpu, right.cpu),
        memory: joined(left.memory, right.memory),
        without_cpu: left.without_cpu.saturating_add(right.without_cpu),
        without_memory: left.without_memory.saturating_add(right.without_memory),
    }
}

fn joined<A: Amount>(left: A, right: A) -> A {
    A::from_units(left.units().saturating_add(right.units()))
}

fn scaled<A: Amount>(amount: A, times: u32) -> A {
    A::from_units(amount.units().saturating_mul(u64::from(times)))
}
