//! Who writes metrics into this environment's Mimir, and how much that takes.

use crate::components::{Flow, Queue};
use crate::policy::{Address, Facts, Whose};
use crate::sizing::remote_write::{self, Receiver};
use crate::source::Location;

/// Connections that one pod of the proxy takes.
///
/// Source: nginx, `worker_connections` of one worker as the chart's configuration has it twice over; the proxies of the
/// remote-write incident were counted with it.
const CONNECTIONS: u64 = 1024;

/// Pushes at a time that one distributor takes.
///
/// Source: Mimir 3.0 configuration reference, `distributor.instance_limits.max_inflight_push_requests`.
const IN_FLIGHT: u64 = 2000;

/// What all receivers of metrics take together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capacity {
    /// Pushes at a time.
    pub(super) pushes: u64,
    receiver: Option<Receiver>,
}

impl Capacity {
    /// Returns what the receivers of this environment take; none where it runs no Mimir.
    pub(super) fn of(facts: &Facts<'_>) -> Option<Self> {
        let said = facts.assumptions().receiver.as_ref();
        let replicas = |role| -> u64 {
            facts
                .workloads_of("mimir", role)
                .map(|workload| u64::from(workload.replicas))
                .sum()
        };
        let distributors = replicas("distributor");
        if distributors == 0 {
            return None;
        }
        if let Some(pushes) = said.and_then(|receiver| receiver.capacity) {
            return Some(Self {
                pushes,
                receiver: None,
            });
        }
        let in_flight = said
            .and_then(|receiver| receiver.in_flight_pushes)
            .unwrap_or(IN_FLIGHT);
        let connections = said
            .and_then(|receiver| receiver.connection_budget)
            .unwrap_or(CONNECTIONS);
        let (proxies, connections) = match replicas("gateway") {
            // Nobody stands in front, so the distributors take what they take.
            0 => (distributors, in_flight),
            proxies => (proxies, connections),
        };
        let receiver = Receiver {
            proxies,
            connections,
            distributors,
            in_flight,
        };
        Some(Self {
            pushes: receiver.capacity(),
            receiver: Some(receiver),
        })
    }

    /// Returns how it came about.
    pub(super) fn formula(self) -> String {
        self.receiver.map_or_else(
            || {
                format!(
                    "{} pushes, as `assumptions.receiver.capacity` says",
                    self.pushes
                )
            },
            Receiver::formula,
        )
    }
}

/// Pods that write metrics.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender<'a> {
    /// What they send; none for agents elsewhere.
    pub(super) flow: Option<&'a Flow>,
    /// How many pods.
    pub(super) pods: u64,
    /// The most shards of each.
    pub(super) max_shards: u64,
}

impl Sender<'_> {
    /// Returns it as the calculators take it.
    pub(super) const fn sized(self) -> remote_write::Senders {
        remote_write::Senders {
            pods: self.pods,
            max_shards: self.max_shards,
            endpoints: 1,
        }
    }

    /// Returns what findings call it.
    pub(super) fn title(&self) -> String {
        match self.flow {
            Some(flow) => title(flow),
            None => "agents elsewhere".to_owned(),
        }
    }
}

/// Returns what findings call one destination of a component.
pub(super) fn title(flow: &Flow) -> String {
    if flow.name.is_empty() || flow.name == flow.role {
        format!("{} {}", flow.from, flow.role)
    } else {
        format!("{} to `{}`", flow.from, flow.name)
    }
}

/// Returns everything that has a queue of samples.
pub(super) fn queues<'a>(facts: &Facts<'a>) -> impl Iterator<Item = (&'a Flow, Queue)> {
    facts.flows().filter_map(|flow| Some((flow, flow.queue?)))
}

/// Returns how many pods send a flow: those of its role, at least one.
pub(super) fn pods(facts: &Facts<'_>, flow: &Flow) -> u64 {
    facts
        .workloads
        .iter()
        .filter(|workload| workload.component == flow.from && workload.role == flow.role)
        .map(|workload| u64::from(workload.most_replicas.unwrap_or(workload.replicas)))
        .sum::<u64>()
        .max(1)
}

/// Returns whether a flow goes to this environment's own Mimir.
pub(super) fn arrives<'a>(facts: &Facts<'a>, flow: &'a Flow) -> bool {
    matches!(
        Address::read(&flow.address).whose(facts),
        Whose::Component("mimir", _)
    )
}

/// Returns all that write into this environment's Mimir, agents elsewhere included.
pub(super) fn writers<'a>(facts: &Facts<'a>) -> Vec<Sender<'a>> {
    let mut writers: Vec<Sender<'a>> = queues(facts)
        .filter(|(flow, _)| arrives(facts, flow))
        .map(|(flow, queue)| Sender {
            flow: Some(flow),
            pods: pods(facts, flow),
            max_shards: u64::from(queue.max_shards),
        })
        .collect();
    if let Some(senders) = &facts.assumptions().senders {
        let own = writers
            .iter()
            .find(|writer| writer.flow.is_some_and(|flow| flow.setting.is_some()))
            .or(writers.first())
            // Alloy's own.
            .map_or(50, |writer| writer.max_shards);
        writers.push(Sender {
            flow: None,
            pods: u64::from(senders.clusters).saturating_mul(u64::from(senders.pods_each)),
            max_shards: senders.max_shards.map_or(own, u64::from),
        });
    }
    writers
}

/// Returns the place of a setting of a destination; where an override replaces the settings, of what it says.
pub(super) fn place(facts: &Facts<'_>, flow: &Flow, key: &str) -> Location {
    match (&flow.setting, facts.environment) {
        (Some(setting), Some(environment)) => environment.key_location(&format!("{setting}.{key}")),
        _ => flow.place.clone(),
    }
}

/// Says how many agents were counted where nobody said it.
pub(super) fn guess(facts: &Facts<'_>) -> &'static str {
    if facts.assumptions().nodes.is_some() || facts.form == crate::workload::Form::Rendered {
        ""
    } else {
        "; one agent counted, for `assumptions.nodes.count` is not said"
    }
}
