//! What is said of a simulation that did not end well.

use super::{Ran, Scene};
use crate::diagnostic::{Diagnostic, Severity};
use crate::environment::Tier;
use crate::policy::{Severities, Subject};
use crate::sizing::preemption::{Edit, Eviction, Outcome, Remedy, Stale, Verdict};

/// How many workloads a message names.
const NAMED: usize = 3;

/// What is to be said of a simulation.
#[derive(Clone, Debug)]
pub struct Told {
    /// Whom it is about.
    pub subject: Subject,
    /// The finding, as it weighs in that tier.
    pub diagnostic: Diagnostic,
}

impl Ran {
    /// Returns its verdicts as one word or several: `AVALANCHE and CASCADE`.
    pub fn word(&self, scene: &Scene, strictly: bool) -> String {
        names(&self.verdicts(scene, strictly))
    }

    /// Returns how much it weighs, by tier, and the tier that weighs it: the most important one of the workloads that a verdict is
    /// about; nothing where it is safe.
    pub fn weight(&self, scene: &Scene, strictly: bool) -> Option<(Severities, Tier)> {
        let weights = self.verdicts(scene, strictly).into_iter();
        let weights = weights.filter_map(|verdict| {
            let severities = severities(verdict.severity()?);
            let tier = self.tier(scene, verdict, strictly);
            Some((severities, tier.unwrap_or(scene.tier)))
        });
        // The first of equals is the verdict that says most.
        weights.reduce(|one, other| {
            if other.0.of(other.1) > one.0.of(one.1) {
                other
            } else {
                one
            }
        })
    }

    /// Returns the most important tier of the workloads that a verdict is about.
    fn tier(&self, scene: &Scene, verdict: Verdict, strictly: bool) -> Option<Tier> {
        let all = self.report.workloads.iter();
        all.filter(|one| match verdict {
            Verdict::QuorumLoss => self.lost_quorum(scene, one, strictly),
            Verdict::Capacity => one.pending > 0,
            _ => one.evicted > 0,
        })
        .filter_map(|one| scene.workload(&one.id))
        .map(|workload| workload.tier)
        .max()
    }

    /// Returns what is to be said; nothing where it is safe.
    ///
    /// `strictly` is as for [`hit`](Self::hit). What is hit is told with the first event of the longest chain, and `remedy` is what to do.
    pub fn told(&self, scene: &Scene, remedy: Option<&Remedy>, strictly: bool) -> Option<Told> {
        let (severities, tier) = self.weight(scene, strictly)?;
        let hit = self.hit(scene, strictly);
        let mut diagnostic = Diagnostic::new(
            severities.of(tier).unwrap_or(Severity::Info),
            "priority/avalanche",
            format!(
                "{} ends in {}: {}",
                self.run.what(),
                self.word(scene, strictly),
                consequences(&hit)
            ),
        );
        let preemptor = self.report.first_of_chain();
        let victim = hit.iter().find_map(|one| scene.place(&one.id));
        if let Some(place) = victim {
            diagnostic = diagnostic.at(place);
        }
        if let Some(first) = preemptor
            && let Some(place) = scene.place(&first.preemptor)
            && victim != Some(place)
        {
            diagnostic = diagnostic.label(place, "outranks it");
        }
        diagnostic = diagnostic
            .why(self.reason(scene, &hit, strictly))
            .help(self.help(scene, &hit, remedy));
        for one in &hit {
            let name = scene.environment(&one.id).map(str::to_owned);
            if let Some(name) = name.filter(|name| !diagnostic.environments.contains(name)) {
                diagnostic = diagnostic.in_environment(name);
            }
        }
        Some(Told {
            subject: Subject::ENVIRONMENT,
            diagnostic,
        })
    }

    /// Returns what to do.
    fn help(&self, scene: &Scene, hit: &[&Outcome], remedy: Option<&Remedy>) -> String {
        if let Some(remedy) = remedy {
            return format!(
                "{}; then it ends in {}",
                edit(&remedy.edit),
                names(&remedy.report.worst())
            );
        }
        let bare = hit.iter().all(|one| {
            let tolerance = scene.workload(&one.id).map(|one| one.write_tolerance);
            tolerance == Some(Some(0)) && one.evicted == 0 && one.pending == 0
        });
        if bare {
            "keep three copies on at least three ingesters: a ring that can lose no member loses writes at each restart"
        } else {
            "no single change of classes, and not one more node, makes it safe: ask for less, or for more nodes"
        }
        .to_owned()
    }

    /// Returns how it came to that, in numbers.
    fn reason(&self, scene: &Scene, hit: &[&Outcome], strictly: bool) -> String {
        if let Some(first) = self.report.first_of_chain() {
            let more = self.report.log.len() - 1;
            let follow = match more {
                0 => "nothing follows from it".to_owned(),
                1 => "one more preemption comes after it".to_owned(),
                _ => format!("{more} more preemptions come with it"),
            };
            return format!("it begins when {}; {follow}", eviction(first));
        }
        let lost = hit
            .iter()
            .find(|one| self.lost_quorum(scene, one, strictly));
        if let Some(one) = lost {
            let tolerance = scene
                .workload(&one.id)
                .and_then(|workload| workload.write_tolerance);
            return format!(
                "{} of {} pods of `{}` are away at one time, and writes bear the loss of {}",
                one.most_away,
                one.replicas,
                one.id,
                tolerance.unwrap_or_default()
            );
        }
        "what all pods request does not fit on the nodes, and nobody may be evicted for it"
            .to_owned()
    }
}

const fn severities(severity: Severity) -> Severities {
    match severity {
        Severity::Error => Severities::ERROR.off_in_dev(),
        Severity::Warning => Severities::WARNING.off_in_dev(),
        Severity::Info => Severities::INFO.off_in_dev(),
    }
}

/// Returns verdicts in one sentence.
pub fn names(verdicts: &[Verdict]) -> String {
    let names: Vec<String> = verdicts
        .iter()
        .map(|verdict| verdict.name().to_owned())
        .collect();
    listed(&names)
}

/// Returns things in one sentence: `a, b and c`.
pub fn listed(names: &[String]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// Returns some of many names in one sentence: `a, b, c and 8 more`.
fn some(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    listed(&names)
}

/// Returns what became of the workloads that were hit.
fn consequences(hit: &[&Outcome]) -> String {
    let mut parts: Vec<String> = hit
        .iter()
        .take(NAMED)
        .map(|one| {
            if one.evicted > 0 {
                format!(
                    "{} of {} pods of `{}` evicted",
                    one.evicted, one.replicas, one.id
                )
            } else if one.pending > 0 {
                format!(
                    "{} of {} pods of `{}` wait",
                    one.pending, one.replicas, one.id
                )
            } else {
                format!(
                    "{} of {} pods of `{}` away",
                    one.most_away, one.replicas, one.id
                )
            }
        })
        .collect();
    if hit.len() > NAMED {
        parts.push(format!("{} workloads more", hit.len() - NAMED));
    }
    if parts.is_empty() {
        parts.push("no workload loses pods for good".to_owned());
    }
    listed(&parts)
}

/// Returns one preemption as a sentence.
pub fn eviction(one: &Eviction) -> String {
    let mut victims: Vec<(&str, i32, u32)> = Vec::new();
    for victim in &one.victims {
        let same = |(workload, priority, _): &&mut (&str, i32, u32)| {
            *workload == victim.workload && *priority == victim.priority
        };
        match victims.iter_mut().find(same) {
            Some((.., count)) => *count += 1,
            None => victims.push((&victim.workload, victim.priority, 1)),
        }
    }
    let victims: Vec<String> = victims
        .into_iter()
        .map(|(workload, priority, count)| {
            let pods = if count == 1 {
                "one pod".to_owned()
            } else {
                format!("{count} pods")
            };
            format!("{pods} of `{workload}` with {priority}")
        })
        .collect();
    format!(
        "`{}` with priority {} evicts {} on {}",
        one.preemptor,
        one.priority,
        listed(&victims),
        one.node
    )
}

/// Returns a change as an order, of many workloads the first ones.
pub fn edit(edit: &Edit) -> String {
    match edit {
        Edit::ExplicitClass(given) => {
            let mut by_class: Vec<(&str, Vec<String>)> = Vec::new();
            for (workload, class) in given {
                let name = format!("`{workload}`");
                match by_class.iter_mut().find(|(known, _)| known == class) {
                    Some((_, names)) => names.push(name),
                    None => by_class.push((class, vec![name])),
                }
            }
            let parts: Vec<String> = by_class
                .into_iter()
                .map(|(class, names)| format!("the priority class `{class}` to {}", some(names)))
                .collect();
            let them = if given.len() == 1 { "it" } else { "them" };
            format!("first of all give {}, and restart {them}", listed(&parts))
        }
        Edit::Never(classes) => {
            let names: Vec<String> = classes.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "set `preemptionPolicy: Never` on {}, under a new name where the class exists, for a policy cannot be changed",
                listed(&names)
            )
        }
        Edit::OneMoreNode { like } => format!("add one more node like `{like}`"),
    }
}

/// Returns the cheap test's finding about a workload as a sentence.
pub fn stale(one: &Stale) -> String {
    let consequence = match (one.preempts, one.pods) {
        (false, _) => "they may not preempt, so they only wait".to_owned(),
        (true, 1) => "if it finds no place, it evicts the old one".to_owned(),
        (true, pods) => format!(
            "if one finds no place, all {pods} are evicted in turn, about {} away at a time",
            one.away
        ),
    };
    let old = match one.pods {
        1 => "its old one has".to_owned(),
        pods => format!("its {pods} old ones have"),
    };
    format!(
        "`{}` is stale: a new pod gets {}, {old} {}; {consequence}",
        one.workload, one.new, one.running
    )
}
