//! `priority/avalanche` (HW-PRIO-005): what the environments of a cluster do to each other's pods.

use crate::diagnostic::Severity;
use crate::policy::scene::{Run, Scene, scenes};
use crate::policy::{Check, Digest, Figure, Finding, Rule, Severities, Verdict};
use crate::sizing::preemption::Standard;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "priority/avalanche",
    entry: "HW-PRIO-005",
    summary: "The preemption simulator reports no avalanche and no inversion",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "Environments that share a cluster are simulated together on the nodes that `assumptions.nodes` says: their plan (all that is not `alreadyRunning`), and after it the loss of the largest node, one more ingester, a restart of everything, and the plan backwards. Each must end in SAFE or CAPACITY. AVALANCHE, QUORUM_LOSS and NON_TERMINATING are errors, CASCADE and INVERSION are warnings, and that pods wait (CAPACITY) is worth knowing; the tier of the workloads that are hit weighs them. A ring that tolerates no loss is not told again for what its own restart does. It does not apply where no nodes are known.",
    why: "Comparing classes misses fragmentation, and chains of replacements that evict each other. Disruption budgets do not stop preemption, they only order the victims.",
    source: "The pod-priority outage. Kubernetes documentation, \"Pod Priority and Preemption\", and the preemption of kube-scheduler.",
    fix: "The finding names the first preemption of the longest chain and the smallest change that breaks it: a class for what runs without one, `preemptionPolicy: Never` on the class that evicts, or one more node. `helmwright simulate preemption` shows every step.",
    passes: "assumptions: {nodes: {count: 8, cpu: 16, memory: 60Gi}}",
    fails: "assumptions: {nodes: {count: 3, cpu: 4, memory: 8Gi}}\npriorityClasses:\n  medium: {value: 2000, globalDefault: true}   # while ingesters without a class run",
    check: Check::Project(check),
};

fn check(environments: &[&Digest], verdict: &mut Verdict<'_>) {
    for group in scenes(environments) {
        let known = group.iter().any(|digest| digest.occupant.nodes.is_some());
        if !known {
            continue;
        }
        match Scene::of(&group) {
            Ok(scene) => simulate(&scene, verdict),
            Err(found) => {
                let why = found.first().map(|found| found.message.clone());
                verdict.lacks(why.unwrap_or_default());
            }
        }
    }
    verdict.lacks("no nodes are known: `assumptions.nodes`");
}

fn simulate(scene: &Scene, verdict: &mut Verdict<'_>) {
    verdict.applies();
    // Among equals nobody is evicted; what is left is the ring that had too many members on the node that is lost.
    let runs: &[Run] = if scene.may_evict() {
        &Run::ALL
    } else {
        &[Run::After(Standard::LoseNode)]
    };
    for run in runs {
        let ran = match scene.run(*run) {
            Ok(ran) => ran,
            Err(refused) => return verdict.lacks(refused.message),
        };
        let severity = ran
            .weight(scene, false)
            .and_then(|(severities, tier)| severities.of(tier));
        verdict.figure(|| {
            let nodes = scene.before.nodes.len();
            let workloads = scene.after.workloads.len();
            Figure {
                subject: scene.environments.join(", "),
                value: format!("{} ends in {}", run.what(), ran.word(scene, false)),
                bound: "SAFE or CAPACITY".to_owned(),
                formula: format!(
                    "{workloads} workloads on {nodes} nodes: {} preemptions",
                    ran.report.log.len()
                ),
                holds: severity.is_none_or(|severity| severity == Severity::Info),
            }
        });
        let Some(severity) = severity else {
            continue;
        };
        if let Some(told) = ran.told(scene, ran.remedy(scene).as_ref(), false) {
            verdict.found(Finding {
                subject: told.subject,
                severities: Some(Severities::everywhere(severity)),
                diagnostic: told.diagnostic,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{compared, environment, prod};

    /// Three nodes that hold production, and a default class that came after it.
    const TIGHT: &str = "assumptions: {nodes: {count: 3, cpu: 2, memory: 5.5Gi}}\n\
                         priorityClasses: {medium: {value: 2000, globalDefault: true}}";

    fn running(text: &str) -> String {
        format!("{text}    alreadyRunning: true\n")
    }

    fn applies(texts: &[&str]) -> bool {
        use crate::policy::tests::look;
        let digests: Vec<Digest> = texts
            .iter()
            .map(|text| look(text, |facts| Digest::new(facts).unwrap()))
            .collect();
        let all: Vec<&Digest> = digests.iter().collect();
        let mut verdict = Verdict::new(&RULE, crate::environment::Tier::Prod, true);
        check(&all, &mut verdict);
        verdict.applies
    }

    #[test]
    fn room_for_all_passes() {
        let roomy = TIGHT.replace("count: 3", "count: 12");
        let old = running(&prod("mimir", &roomy));
        let new = environment("test", "mimir", &roomy);
        let found = compared(&RULE, &[&old, &new]);
        // The only ingester of test is away while it restarts, whatever outranks it: that is another rule's.
        assert_eq!(found, Vec::<String>::new());
        assert!(applies(&[&old, &new]));
    }

    #[test]
    fn a_new_environment_that_starts_the_avalanche_is_found() {
        let old = running(&prod("mimir", TIGHT));
        let new = environment("test", "mimir", TIGHT);
        let found = compared(&RULE, &[&old, &new]);
        assert!(
            found[0].starts_with("error: the plan ends in AVALANCHE")
                && found[0].contains("of `prod/mimir/ingester` evicted"),
            "{found:#?}"
        );
    }

    #[test]
    fn who_was_admitted_after_the_default_is_no_victim() {
        let after = TIGHT.replace(
            "globalDefault: true",
            "globalDefault: true, admittedAfter: true",
        );
        let old = running(&prod("mimir", &after));
        let new = environment("test", "mimir", &after);
        let found = compared(&RULE, &[&old, &new]);
        assert!(
            found.iter().all(|one| !one.contains("evicted")),
            "{found:#?}"
        );
    }

    #[test]
    fn in_dev_nobody_asks() {
        let old = running(&environment("dev", "mimir", TIGHT));
        assert_eq!(compared(&RULE, &[&old]), Vec::<String>::new());
    }

    #[test]
    fn without_nodes_it_does_not_apply() {
        let classes = "priorityClasses: {medium: {value: 2000, globalDefault: true}}";
        assert!(!applies(&[&prod("mimir", classes)]));
        assert!(!applies(&[]));
    }

    #[test]
    fn other_clusters_are_simulated_apart() {
        let old = running(&prod("mimir", TIGHT));
        let new = format!(
            "cluster: {{name: lab}}\n{}",
            environment("test", "mimir", TIGHT)
        );
        let found = compared(&RULE, &[&old, &new]);
        assert!(
            found.iter().all(|one| !one.contains("the plan ends")),
            "{found:#?}"
        );
    }
}
