//! One simulation of a scene.

use super::Scene;
use crate::sizing::preemption::{
    Class, Cluster, Event, Options, Outcome, Policy, Problem, Remedy, Report, Standard, Verdict,
    rollout, simulate, smallest_edit,
};

/// What is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// The plan that the environments are.
    Plan,
    /// One of the standard events, after the plan.
    After(Standard),
}

impl Run {
    /// The plan, then each standard event.
    pub const ALL: [Self; 5] = [
        Self::Plan,
        Self::After(Standard::LoseNode),
        Self::After(Standard::AddIngester),
        Self::After(Standard::RestartAll),
        Self::After(Standard::Reverse),
    ];

    /// Returns its word: `plan`, `lose-node`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::After(event) => event.name(),
        }
    }

    /// Returns what is done, as the beginning of a sentence.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Plan => "the plan",
            Self::After(Standard::LoseNode) => "the loss of the largest node",
            Self::After(Standard::AddIngester) => "one more ingester in each ring",
            Self::After(Standard::RestartAll) => "the restart of all workloads",
            Self::After(Standard::Reverse) => "the plan backwards",
        }
    }
}

/// One simulation and what it found.
#[derive(Clone, Debug)]
pub struct Ran {
    /// What was carried out.
    pub run: Run,
    /// All its events; of a standard event the plan comes first.
    pub plan: Vec<Event>,
    /// The event from which on it is judged.
    pub judged_from: usize,
    /// What the simulator found.
    pub report: Report,
}

impl Ran {
    pub(super) fn of(scene: &Scene, run: Run) -> Result<Self, Problem> {
        let (mut plan, mut judged_from) = match run {
            Run::Plan => (rollout(&scene.before, &scene.after), 0),
            Run::After(event) => event.plan(&scene.before, &scene.after),
        };
        if run != Run::Plan && judged_from == 0 {
            // Something must stand before what is judged, or else what missing pods do to others is judged with it.
            plan.insert(0, Event::SetClasses(scene.before.classes.clone()));
            judged_from = 1;
        }
        let options = options(judged_from);
        let report = simulate(&scene.before, &plan, &options)?;
        Ok(Self {
            run,
            plan,
            judged_from,
            report,
        })
    }

    /// Returns the smallest change that makes it safe, or at least harmless; none if it is safe, or none does.
    ///
    /// Up to four more simulations are run.
    pub fn remedy(&self, scene: &Scene) -> Option<Remedy> {
        let remedy = smallest_edit(&scene.before, &self.plan, &options(self.judged_from))?;
        // Where pods only wait, a change after which they wait as well is none.
        let better =
            !self.report.is_acceptable() || remedy.report.verdicts.contains(&Verdict::Safe);
        better.then_some(remedy)
    }

    /// Returns the workloads that lost pods or writes, or whose pods wait, those that lost most first.
    ///
    /// Unless asked `strictly`, a ring that tolerates nothing is not among them for what it does by itself: each restart interrupts its
    /// writes, whoever outranks it, which is what `replication/no-write-tolerance` is about.
    pub fn hit<'a>(&'a self, scene: &'a Scene, strictly: bool) -> Vec<&'a Outcome> {
        let mut hit: Vec<&Outcome> = self
            .report
            .workloads
            .iter()
            .filter(|one| {
                one.evicted > 0 || one.pending > 0 || self.lost_quorum(scene, one, strictly)
            })
            .collect();
        hit.sort_by_key(|one| {
            let lost = self.lost_quorum(scene, one, strictly);
            std::cmp::Reverse((
                one.evicted > 0,
                lost,
                one.protected,
                one.evicted,
                one.pending,
            ))
        });
        hit
    }

    /// Returns whether a ring lost its write quorum; `strictly` also where it tolerates nothing and nobody was evicted.
    pub fn lost_quorum(&self, scene: &Scene, one: &Outcome, strictly: bool) -> bool {
        let tolerance = scene
            .workload(&one.id)
            .and_then(|workload| workload.write_tolerance);
        tolerance.is_some_and(|tolerance| {
            one.most_away > tolerance && (strictly || tolerance > 0 || one.evicted > 0)
        })
    }

    /// Returns the verdicts, the heaviest one first; `strictly` as for [`hit`](Self::hit).
    pub fn verdicts(&self, scene: &Scene, strictly: bool) -> Vec<Verdict> {
        let lost = || {
            let mut all = self.report.workloads.iter();
            all.any(|one| self.lost_quorum(scene, one, strictly))
        };
        let mut verdicts: Vec<Verdict> = self
            .report
            .verdicts
            .iter()
            .copied()
            .filter(|verdict| *verdict != Verdict::QuorumLoss || lost())
            .collect();
        if verdicts.is_empty() {
            verdicts.push(Verdict::Safe);
        }
        verdicts.reverse();
        verdicts
    }
}

fn options(judge_from: usize) -> Options {
    Options {
        judge_from,
        ..Options::default()
    }
}

impl Scene {
    /// Returns a workload as it is after the plan, else as it was before.
    pub fn workload(&self, id: &str) -> Option<&crate::sizing::preemption::Workload> {
        self.after.workload(id).or_else(|| self.before.workload(id))
    }

    /// Returns whether any pod may evict any other: the cheapest test of all.
    ///
    /// A pod evicts pods of lower priority only, and only if its class lets it. Where all that ever run are equals, nothing needs to
    /// be simulated to know that nobody is evicted.
    pub fn may_evict(&self) -> bool {
        let mut lowest = i32::MAX;
        let mut highest = i32::MIN;
        let mut note = |priority: i32, policy: Policy| {
            lowest = lowest.min(priority);
            if policy == Policy::PreemptLowerPriority {
                highest = highest.max(priority);
            }
        };
        for pod in self.before.running.iter().flatten() {
            note(pod.priority, pod.policy);
        }
        for state in [&self.before, &self.after] {
            for workload in &state.workloads {
                let (priority, policy) = admitted(state, workload.class.as_deref());
                note(priority, policy);
            }
        }
        highest > lowest
    }
}

/// Returns what a new pod gets: the class it names, else the lowest default, else zero.
fn admitted(cluster: &Cluster, class: Option<&str>) -> (i32, Policy) {
    let found: Option<&Class> = match class {
        Some(name) => cluster.classes.iter().find(|class| class.name == name),
        None => cluster
            .classes
            .iter()
            .filter(|class| class.global_default)
            .min_by_key(|class| class.value),
    };
    found.map_or((0, Policy::default()), |class| (class.value, class.policy))
}
