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
