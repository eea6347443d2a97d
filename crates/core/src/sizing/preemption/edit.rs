//! What would make a plan safe.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::HOSTNAME;
use super::{Class, Cluster, Event, Options, Policy, Report, Stale, Verdict, simulate};

/// A change of a cluster or a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Stale workloads name a class, and are re-admitted with it before anything else happens: workload and class.
    ExplicitClass(Vec<(String, String)>),
    /// These classes do not preempt. The policy of a class cannot be changed: it takes a new class.
    Never(Vec<String>),
    /// One more node like the largest one.
    OneMoreNode {
        /// The node it is like.
        like: String,
    },
}

/// A change and what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The change.
    pub edit: Edit,
    /// What the simulation says with it.
    pub report: Report,
}

/// Tries the changes there are, in the order of their price: explicit classes on stale workloads, `Never` on the classes that
/// preempt, one more node. A change that does not apply is left out; nothing is tried where the plan is safe.
pub fn remedies(cluster: &Cluster, plan: &[Event], options: &Options) -> Vec<Remedy> {
    let Ok(report) = simulate(cluster, plan, options) else {
        return Vec::new();
    };
    if report.verdicts.contains(&Verdict::Safe) {
        return Vec::new();
    }
    let start = || Attempt {
        cluster: cluster.clone(),
        plan: plan.to_vec(),
        options: *options,
    };
    let attempts = [
        start().explicit_class(&report),
        start().never(&report),
        start().one_more_node(),
    ];
    attempts
        .into_iter()
        .flatten()
        .filter_map(|(edit, attempt)| {
            let report = simulate(&attempt.cluster, &attempt.plan, &attempt.options).ok()?;
            Some(Remedy { edit, report })
        })
        .collect()
}

/// Returns the first change that makes a plan safe; where none does, the first with which nothing worse is left than pods that wait for a place.
pub fn smallest_edit(cluster: &Cluster, plan: &[Event], options: &Options) -> Option<Remedy> {
    let mut remedies = remedies(cluster, plan, options);
    let is_safe = |remedy: &Remedy| remedy.report.verdicts.contains(&Verdict::Safe);
    let best = remedies.iter().position(is_safe).or_else(|| {
        remedies
            .iter()
            .position(|remedy| remedy.report.is_acceptable())
    })?;
    Some(remedies.swap_remove(best))
}

/// A changed simulation.
struct Attempt {
    cluster: Cluster,
    plan: Vec<Event>,
    options: Options,
}

impl Attempt {
    /// Gives each stale workload the class that holds against what preempted it, at the moment it becomes stale.
    fn explicit_class(mut self, report: &Report) -> Option<(Edit, Self)> {
        let mut threats: BTreeMap<&str, i32> = BTreeMap::new();
        for eviction in &report.log {
            for victim in &eviction.victims {
                let threat = threats.entry(&victim.workload).or_insert(i32::MIN);
                *threat = eviction.priority.max(*threat);
            }
        }
        let mut given = Vec::new();
        let mut inserted: BTreeMap<usize, Vec<Event>> = BTreeMap::new();
        for stale in report.stale.iter().filter(|stale| stale.preempts) {
            let at = stale.event.map_or(0, |event| event + 1);
            let mut now = self.cluster.clone();
            for event in &self.plan[..at] {
                now.follow(event);
            }
            let threat = threats.get(stale.workload.as_str()).copied();
            let class = holding(&now.classes, stale, threat.unwrap_or(stale.new));
            let (Some(class), Some(workload)) = (class, now.workload(&stale.workload)) else {
                continue;
            };
            let mut workload = workload.clone();
            workload.class = Some(class.clone());
            given.push((workload.id.clone(), class));
            inserted.entry(at).or_default().push(Event::Apply(workload));
        }
        if given.is_empty() {
            return None;
        }
        for (at, event) in self.plan.iter_mut().enumerate() {
            if let Event::Apply(workload) = event
                && workload.class.is_none()
                && let Some((_, class)) = given.iter().find(|(id, _)| *id == workload.id)
                && inserted.keys().any(|inserted| *inserted <= at)
            {
                workload.class = Some(class.clone());
            }
        }
        for (at, events) in inserted.into_iter().rev() {
            if at <= self.options.judge_from && self.options.judge_from > 0 {
                self.options.judge_from += events.len();
            }
            self.plan.splice(at..at, events);
        }
        Some((Edit::ExplicitClass(given), self))
    }

    /// Forbids the classes of the pods that preempted first to preempt.
    fn never(mut self, report: &Report) -> Option<(Edit, Self)> {
        let mut names = BTreeSet::new();
        for eviction in report.log.iter().filter(|eviction| eviction.depth == 0) {
            let mut now = self.cluster.clone();
            for event in self
                .plan
                .iter()
                .take(eviction.event.map_or(0, |event| event + 1))
            {
                now.follow(event);
            }
            let class = now
                .workload(&eviction.preemptor)
                .and_then(|workload| workload.class.clone())
                .or_else(|| {
                    let default = now.classes.iter().filter(|class| class.global_default);
                    default
                        .min_by_key(|class| class.value)
                        .map(|class| class.name.clone())
                });
            names.extend(class);
        }
        if names.is_empty() {
            return None;
        }
        let forbid = |classes: &mut Vec<Class>| {
            for class in classes
                .iter_mut()
                .filter(|class| names.contains(&class.name))
            {
                class.policy = Policy::Never;
            }
        };
        forbid(&mut self.cluster.classes);
        for event in &mut self.plan {
            if let Event::SetClasses(classes) = event {
                forbid(classes);
            }
        }
        Some((Edit::Never(names.into_iter().collect()), self))
    }

    fn one_more_node(mut self) -> Option<(Edit, Self)> {
        let like = self.cluster.largest_node()?;
        let mut node = like.clone();
        let like = like.name.clone();
        while self
            .cluster
            .nodes
            .iter()
            .any(|other| other.name == node.name)
        {
            node.name.push_str("-more");
        }
        node.labels.remove(HOSTNAME);
        self.cluster.nodes.push(node);
        Some((Edit::OneMoreNode { like }, self))
    }
}

/// Returns the lowest class that a workload holds with against a priority: above it for a protected one if there is such a class, else at least as high.
fn holding(classes: &[Class], stale: &Stale, threat: i32) -> Option<String> {
    let lowest = |above: bool| {
        classes
            .iter()
            .filter(|class| class.value > threat || !above && class.value == threat)
            .min_by_key(|class| class.value)
    };
    let above = stale.protected.then(|| lowest(true)).flatten();
    above
        .or_else(|| lowest(false))
        .map(|class| class.name.clone())
}
