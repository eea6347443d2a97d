//! What a namespace needs: at rest, and in the worst rollout.

use std::collections::BTreeMap;

use super::dimension::Dimension;
use super::later::later;
use super::load::{Load, pods_at_rest, surge_pods};
use super::scope::Scope;
use crate::environment::{Environment, Kind, Rollout};
use crate::sizing::Ratio;
use crate::sizing::amount::Amount;
use crate::workload::Workload;

/// What a namespace needs.
///
/// 1. at rest: what is used already + what is new + what is planned
/// 2. worst rollout: at rest + the pods that updates add, of all workloads or of the worst `assumptions.rollout.concurrency`
///    of them, each amount by itself, + one more ingester for each backend where that is declared
///
/// A component that ran before the plan is inside `alreadyUsed`, so its pods at rest are not added again. The pods that a
/// rollout adds to it are nobody's yet, so they are. Environments state CPU, memory and storage of what is used and planned,
/// and nothing else: pods, claims and limits are those of the known workloads, and so the least there can be.
///
/// # Source
///
/// The rollout plan's quota request; Kubernetes documentation, "Resource Quotas" and "Deployments".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// What is used already, as the environment states it.
    pub used: Load,
    /// What already running components ask for; inside `used`.
    pub running: Load,
    /// What comes new.
    pub new: Load,
    /// What comes later.
    pub planned: Load,
    /// What rollouts add.
    pub surge: Load,
    /// How many workloads add pods in a rollout.
    pub surging: u32,
    /// How many of them roll at a time; none for all.
    pub concurrency: Option<u32>,
    /// One more ingester for each backend.
    pub extra: Load,
    /// Whether a rollout needs them.
    pub extra_declared: bool,
    /// What autoscalers may add to the pods at rest.
    pub scaled: Load,
}

impl Totals {
    /// Adds up what runs in a namespace.
    pub fn of(scope: &Scope<'_>) -> Self {
        let model = scope.environment.map(|environment| &environment.model);
        let mut totals = Self::default();
        if let Some(model) = model {
            totals.used = model
                .already_used
                .as_ref()
                .map(Load::of_amounts)
                .unwrap_or_default();
            totals.planned = later(scope).into_iter().map(|(_, load)| load).sum();
            let Rollout {
                concurrency,
                extra_replica_during_update,
            } = model.assumptions.rollout;
            totals.concurrency = concurrency;
            totals.extra_declared = extra_replica_during_update;
        }
        totals.add_workloads(scope);
        totals.add_claims(scope);
        totals
    }

    /// Adds the claims that are objects of their own.
    fn add_claims(&mut self, scope: &Scope<'_>) {
        for (_, claim, already_running) in scope.claims() {
            let mut load = Load::ZERO;
            load.need.storage = claim.size().unwrap_or_default();
            load.need.claims = 1;
            if already_running {
                self.running = self.running.plus(load);
            } else {
                self.new = self.new.plus(load);
            }
        }
    }

    pub(super) fn add_workloads(&mut self, scope: &Scope<'_>) {
        let mut surges = Vec::new();
        let mut largest: BTreeMap<&str, Load> = BTreeMap::new();
        for workload in scope.workloads() {
            let pod = Load::of_pod(workload);
            let at_rest = pod.times(pods_at_rest(workload));
            if workload.already_running {
                self.running = self.running.plus(at_rest);
            } else {
                self.new = self.new.plus(at_rest);
            }
            let surge = surge_pods(workload);
            if surge > 0 {
                self.surging = self.surging.saturating_add(1);
                let surge = pod.times(surge);
                match self.concurrency {
                    Some(_) => surges.push(surge),
                    None => self.surge = self.surge.plus(surge),
                }
            }
            if let Some(most) = workload.most_replicas {
                let more = most.saturating_sub(workload.replicas);
                self.scaled = self.scaled.plus(pod.times(more));
            }
            if is_ingester(workload) {
                // One pod of the largest ingesters of each backend, each amount by itself.
                let largest = largest.entry(&workload.component).or_default();
                largest.need = largest.need.max(pod.need);
                if pod.limits.memory > largest.limits.memory {
                    largest.limits = pod.limits;
                }
            }
        }
        self.extra = largest.into_values().fold(self.extra, Load::plus);
        if let Some(concurrency) = self.concurrency {
            self.surge = worst_of(&mut surges, concurrency);
        }
    }

    /// Returns what is needed while nothing changes.
    pub fn at_rest(&self) -> Load {
        let mut load = self.used.plus(self.new).plus(self.planned);
        // Of what is used only requests are stated.
        load.need.pods = load.need.pods.saturating_add(self.running.need.pods);
        load.need.claims = load.need.claims.saturating_add(self.running.need.claims);
        load.limits = self.new.plus(self.running).limits;
        load
    }

    /// Returns what is needed in the worst rollout.
    pub fn worst(&self) -> Load {
        let load = self.at_rest().plus(self.surge);
        if self.extra_declared {
            load.plus(self.extra)
        } else {
            load
        }
    }
}

/// Returns the least share of a quota that is to stay free: `assumptions.minHeadroom`, else a fifth.
pub fn min_headroom(environment: Option<&Environment>) -> Ratio {
    const WHOLE: u32 = 1_000_000;
    let said = environment.and_then(|environment| environment.model.assumptions.min_headroom);
    match said {
        // Reading an environment refuses anything but 0 to 1.
        Some(share) => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 0 to 1000000"
            )]
            let part = (share.clamp(0.0, 1.0) * f64::from(WHOLE)).round() as u64;
            Ratio::new(part, u64::from(WHOLE)).unwrap_or(Ratio::per_mille(200))
        }
        None => Ratio::per_mille(200),
    }
}

/// Returns whether there could be one more of it that holds data.
fn is_ingester(workload: &Workload) -> bool {
    workload.is_kind(Kind::Ingester) && workload.runs() && !workload.singleton
}

/// Returns the worst that so many of some loads come to, each amount by itself.
fn worst_of(loads: &mut [Load], concurrency: u32) -> Load {
    let most = usize::try_from(concurrency).unwrap_or(usize::MAX);
    let mut worst = Load::ZERO;
    let mut top = |dimension: Dimension| {
        loads.sort_unstable_by_key(|load| std::cmp::Reverse(dimension.of(load)));
        loads
            .iter()
            .take(most)
            .fold(0_u64, |sum, load| sum.saturating_add(dimension.of(load)))
    };
    worst.need.cpu = Amount::from_units(top(Dimension::Cpu));
    worst.need.memory = Amount::from_units(top(Dimension::Memory));
    worst.need.storage = Amount::from_units(top(Dimension::Storage));
    worst.need.pods = top(Dimension::Pods);
    worst.need.claims = top(Dimension::Claims);
    worst.limits.cpu = Amount::from_units(top(Dimension::CpuLimits));
    worst.limits.memory = Amount::from_units(top(Dimension::MemoryLimits));
    worst
}
