//! What one environment brings to its cluster.

use crate::budget::Load;
use crate::components::{Ring, RingPurpose};
use crate::environment::{Kind, Nodes, PreemptionPolicy};
use crate::policy::Facts;
use crate::sizing::pod::Compute;
use crate::sizing::preemption::{self, Class, Policy};
use crate::sizing::quorum::{write_tolerance, write_tolerance_of_zones};
use crate::sizing::rollout::{DisruptionBudget, IntOrPercent};
use crate::source::Location;
use crate::workload::{Controller, Count, SpreadRule, Workload};

/// What one environment brings to its cluster.
#[derive(Clone, Debug)]
pub struct Occupant {
    /// The name of its cluster, where it says one.
    pub cluster: Option<String>,
    /// The nodes that its pods may land on, and where that is said.
    pub nodes: Option<(Nodes, Location)>,
    /// Its priority classes.
    pub classes: Vec<OwnClass>,
    /// What runs, that of the highest priority first: of what comes at one time, the scheduler takes that first.
    pub actors: Vec<Actor>,
    /// Where its name stands.
    pub place: Location,
}

/// A priority class of an environment.
#[derive(Clone, Debug)]
pub struct OwnClass {
    /// The class.
    pub class: Class,
    /// Whether every pod that runs was admitted again after it became the default.
    pub admitted_after: bool,
    /// Where it is said.
    pub place: Location,
}

/// A workload of an environment.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The workload, `<environment>/<component>/<role>`.
    pub workload: preemption::Workload,
    /// Its object, `<namespace>/<name>`: what a workload that is read from a running cluster is called.
    pub object: String,
    /// Whether it ran before the plan.
    pub already_running: bool,
    /// Where it stands among the workloads of the environment's digest.
    pub index: usize,
}

/// The slowest start of what reads back a log or blocks, where `assumptions.expectedStart` says nothing, in seconds.
///
/// Source: `assumptions.expectedStart`.
const START_SECONDS: u64 = 600;

/// The label whose values tell nodes apart.
const NODE: &str = "kubernetes.io/hostname";

impl Occupant {
    /// Takes of an environment what a simulation of its cluster needs; of a stream alone nothing is known.
    pub fn of(facts: &Facts<'_>) -> Option<Self> {
        let environment = facts.environment?;
        let model = &environment.model;
        let classes: Vec<OwnClass> = model
            .priority_classes
            .iter()
            .map(|(name, class)| OwnClass {
                class: Class {
                    name: name.clone(),
                    value: priority(class.value),
                    global_default: class.global_default,
                    policy: match class.preemption_policy {
                        PreemptionPolicy::PreemptLowerPriority => Policy::PreemptLowerPriority,
                        PreemptionPolicy::Never => Policy::Never,
                    },
                },
                admitted_after: class.admitted_after,
                place: environment.key_location(&format!("priorityClasses.{name}")),
            })
            .collect();
        let mut actors: Vec<Actor> = facts
            .workloads
            .iter()
            .enumerate()
            .filter(|(_, workload)| stays(workload))
            .map(|(index, workload)| Actor {
                workload: convert(facts, &environment.name, workload),
                object: format!("{}/{}", workload.namespace, workload.name),
                already_running: workload.already_running,
                index,
            })
            .collect();
        let defaults = model.priority_classes.values();
        let defaults = defaults.filter(|class| class.global_default);
        let default = defaults.map(|class| class.value).min().unwrap_or(0);
        let value = |actor: &Actor| -> i64 {
            let classes = &model.priority_classes;
            match &actor.workload.class {
                Some(name) => classes.get(name).map_or(0, |class| class.value),
                None => default,
            }
        };
        actors.sort_by_cached_key(|actor| std::cmp::Reverse(value(actor)));
        Some(Self {
            cluster: model.cluster.name.clone(),
            nodes: model
                .assumptions
                .nodes
                .clone()
                .map(|nodes| (nodes, environment.key_location("assumptions.nodes"))),
            classes,
            actors,
            place: environment.location("environment"),
        })
    }
}

/// Returns a priority as the API server keeps it; the environment's schema holds it within these bounds.
fn priority(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

/// Returns whether its pods stay until somebody takes them away: those of a Job end.
const fn stays(workload: &Workload) -> bool {
    !matches!(workload.controller, Controller::Job | Controller::CronJob)
}

/// Makes of a workload one of the simulator.
fn convert(facts: &Facts<'_>, environment: &str, workload: &Workload) -> preemption::Workload {
    let need = Load::of_pod(workload).need;
    let requests = Compute {
        cpu: need.cpu,
        memory: need.memory,
    };
    let zone = workload
        .zone
        .as_ref()
        .map(|zone| format!("-{zone}"))
        .unwrap_or_default();
    let id = format!(
        "{environment}/{}/{}{zone}",
        workload.component, workload.role
    );
    let kind = workload.kind.unwrap_or(Kind::Stateless);
    let base = preemption::Workload::new(id, workload.replicas, requests).role(kind);
    preemption::Workload {
        tier: facts.tier,
        controller: match workload.controller {
            Controller::StatefulSet => preemption::Controller::StatefulSet,
            Controller::DaemonSet => preemption::Controller::DaemonSet,
            Controller::Pod => preemption::Controller::None,
            Controller::Deployment | Controller::Job | Controller::CronJob => {
                preemption::Controller::Deployment
            }
        },
        class: workload.priority_class.as_ref().map(ToString::to_string),
        anti_affinity: (workload.spread.nodes == SpreadRule::Hard).then(|| NODE.to_owned()),
        budget: workload.disruptions.first().and_then(|budget| {
            match (budget.max_unavailable, budget.min_available) {
                (Some(most), _) => Some(DisruptionBudget::MaxUnavailable(count(most))),
                (None, Some(least)) => Some(DisruptionBudget::MinAvailable(count(least))),
                (None, None) => None,
            }
        }),
        write_tolerance: facts
            .rings()
            .filter(|ring| ring.purpose == RingPurpose::Writes)
            .find(|ring| ring.component == workload.component && ring.role == workload.role)
            .and_then(tolerance),
        ready_seconds: ready_seconds(facts, workload),
        grace_seconds: u64::from(workload.grace_seconds),
        ..base
    }
}

const fn count(count: Count) -> IntOrPercent {
    match count {
        Count::Pods(pods) => IntOrPercent::Count(pods),
        Count::Percent(percent) => IntOrPercent::Percent(percent),
    }
}

/// Returns how many members may be away with no failed write; with zones, if each were of another zone. None where writes
/// do not go through the ring.
fn tolerance(ring: &Ring) -> Option<u32> {
    let Ring {
        backend,
        architecture,
        replication_factor: factor,
        members,
        zones,
        ..
    } = *ring;
    let tolerance = match zones {
        Some(zones) => write_tolerance_of_zones(backend, architecture, factor, zones),
        None => write_tolerance(backend, architecture, factor, members),
    };
    tolerance.applies.then_some(tolerance.crash)
}

/// Returns how long a pod takes until it is ready: what reads back its log or blocks `assumptions.expectedStart`, others the delay of
/// their readiness probe.
fn ready_seconds(facts: &Facts<'_>, workload: &Workload) -> u64 {
    match workload.kind {
        Some(Kind::Ingester | Kind::StoreGateway) => facts
            .assumptions()
            .expected_start
            .map_or(START_SECONDS, |time| time.millis().div_ceil(1000)),
        _ => workload
            .main()
            .and_then(|container| container.readiness.as_ref())
            .map_or(0, |probe| u64::from(probe.initial_delay)),
    }
}
