//! Plans: what happens to a cluster, in order.

use super::{Class, Cluster, Workload};

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "plans are short, and a box would be in everybody's way"
)]
pub enum Event {
    /// These are the PriorityClasses from now on. Pods keep the priority they have.
    SetClasses(Vec<Class>),
    /// A workload is new, or is changed. If its pods change, they are replaced one by one.
    Apply(Workload),
    /// A workload is taken away.
    Remove(String),
    /// A workload's pods are replaced one by one.
    Restart(String),
    /// A workload has another number of pods.
    Scale(String, u32),
    /// A workload has one pod more.
    AddReplica(String),
    /// A node is gone, and its pods with it.
    LoseNode(String),
    /// A node takes no pods any more, and its pods are moved as far as their budgets allow.
    Drain(String),
}

/// Returns the plan that leads from one state to another: first the classes, then the workloads in the order of `after`, last what is no
/// longer there.
pub fn rollout(before: &Cluster, after: &Cluster) -> Vec<Event> {
    let mut plan = Vec::new();
    if before.classes != after.classes {
        plan.push(Event::SetClasses(after.classes.clone()));
    }
    for workload in &after.workloads {
        if before.workload(&workload.id) != Some(workload) {
            plan.push(Event::Apply(workload.clone()));
        }
    }
    for workload in &before.workloads {
        if after.workload(&workload.id).is_none() {
            plan.push(Event::Remove(workload.id.clone()));
        }
    }
    plan
}

/// Returns the plan that takes a plan back: each step undone, the last one first.
///
/// A lost or drained node does not come back.
pub fn backwards(before: &Cluster, plan: &[Event]) -> Vec<Event> {
    let mut now = before.clone();
    let mut undone = Vec::new();
    for event in plan {
        undone.extend(undo(&now, event));
        now.follow(event);
    }
    undone.reverse();
    undone
}

/// Returns the event that undoes one, given what was before it.
fn undo(before: &Cluster, event: &Event) -> Option<Event> {
    match event {
        Event::SetClasses(_) => Some(Event::SetClasses(before.classes.clone())),
        Event::Apply(workload) => Some(before.workload(&workload.id).map_or_else(
            || Event::Remove(workload.id.clone()),
            |earlier| Event::Apply(earlier.clone()),
        )),
        Event::Remove(id) => before.workload(id).cloned().map(Event::Apply),
        Event::Restart(id) => Some(Event::Restart(id.clone())),
        Event::Scale(id, _) | Event::AddReplica(id) => before
            .workload(id)
            .map(|workload| Event::Scale(id.clone(), workload.replicas)),
        Event::LoseNode(_) | Event::Drain(_) => None,
    }
}

/// The events that every environment should survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// The largest node is lost.
    LoseNode,
    /// Each set of ingesters has one more.
    AddIngester,
    /// All workloads are restarted, in their order.
    RestartAll,
    /// The rollout is taken back.
    Reverse,
}

impl Standard {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [
        Self::LoseNode,
        Self::AddIngester,
        Self::RestartAll,
        Self::Reverse,
    ];

    /// Returns its word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoseNode => "lose-node",
            Self::AddIngester => "add-ingester",
            Self::RestartAll => "restart-all",
            Self::Reverse => "reverse",
        }
    }

    /// Returns its plan, and where it begins: the rollout from `before` to `after`, then what happens to the state that it leaves. The
    /// second number is for [`Options::judge_from`](super::Options::judge_from).
    ///
    /// To examine a state as it is, hand it in twice.
    pub fn plan(self, before: &Cluster, after: &Cluster) -> (Vec<Event>, usize) {
        let mut plan = rollout(before, after);
        let start = plan.len();
        match self {
            Self::LoseNode => plan.extend(
                before
                    .largest_node()
                    .map(|node| Event::LoseNode(node.name.clone())),
            ),
            Self::AddIngester => plan.extend(
                after
                    .workloads
                    .iter()
                    .filter(|workload| workload.role == crate::environment::Kind::Ingester)
                    .map(|workload| Event::AddReplica(workload.id.clone())),
            ),
            Self::RestartAll => plan.extend(
                after
                    .workloads
                    .iter()
                    .map(|workload| Event::Restart(workload.id.clone())),
            ),
            Self::Reverse => {
                let back = backwards(before, &plan);
                plan.extend(back);
            }
        }
        (plan, start)
    }
}

impl Cluster {
    /// Returns a workload.
    pub fn workload(&self, id: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.id == id)
    }

    /// Returns the node with the most CPU, then memory; the first by name of several.
    pub fn largest_node(&self) -> Option<&super::Node> {
        self.nodes.iter().min_by_key(|node| {
            (
                std::cmp::Reverse((node.allocatable.cpu, node.allocatable.memory)),
                &node.name,
            )
        })
    }

    /// Changes what is wanted as an event does; pods are not looked at.
    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::SetClasses(classes) => self.classes.clone_from(classes),
            Event::Apply(workload) => match self.find(&workload.id) {
                Some(earlier) => earlier.clone_from(workload),
                None => self.workloads.push(workload.clone()),
            },
            Event::Remove(id) => self.workloads.retain(|workload| workload.id != *id),
            Event::Scale(id, replicas) => {
                if let Some(workload) = self.find(id) {
                    workload.replicas = *replicas;
                }
            }
            Event::AddReplica(id) => {
                if let Some(workload) = self.find(id) {
                    workload.replicas = workload.replicas.saturating_add(1);
                }
            }
            Event::Restart(_) | Event::LoseNode(_) | Event::Drain(_) => {}
        }
    }

    fn find(&mut self, id: &str) -> Option<&mut Workload> {
        self.workloads.iter_mut().find(|workload| workload.id == id)
    }
}
