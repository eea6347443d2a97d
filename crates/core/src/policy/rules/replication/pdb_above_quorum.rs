//! `replication/pdb-above-quorum` (HW-HA-004): a drain that may take more ingesters than writes survive.

use super::members;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::workload::{Disruption, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/pdb-above-quorum",
    entry: "HW-HA-004",
    summary: "A disruption budget never allows more than the write quorum bears",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "For every budget over ingesters: `maxUnavailable`, or pods - `minAvailable`, percentages rounded up, is at most `min(members, RF) - W`. With zones a budget over one zone may allow all of it, and one over all zones allows 1. Where writes go through Kafka there is no such bound.",
    why: "What matters is the quorum of one piece's copies, not of the whole ring: six ingesters with three copies bear the loss of one, not of four.",
    source: "dskit, `ring/replication_strategy.go`; Kubernetes documentation, \"Specifying a Disruption Budget\". A chart for Tempo 2 computes replicas - (floor(RF/2) + 1), which is 4 of 6.",
    fix: "Set `pdb: {maxUnavailable: 1}`, and three copies.",
    passes: "tempo: {roles: {ingester: {replicas: 6, pdb: {maxUnavailable: 1}}}}",
    fails: "tempo: {roles: {ingester: {replicas: 6, pdb: {maxUnavailable: 4}}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let repeated = members::Repeated::default();
    for (index, workload) in facts.workloads.iter().enumerate() {
        if workload.disruptions.is_empty() {
            continue;
        }
        let Some(ring) = members::ring_of(facts, workload)
            .filter(|_| workload.is_kind(crate::environment::Kind::Ingester))
        else {
            continue;
        };
        let Some(count) = members::count(facts, ring) else {
            continue;
        };
        let tolerance = members::tolerance(ring, count);
        // A ring that cannot write at all is `replication/too-few-replicas`.
        if !tolerance.applies || !tolerance.works {
            continue;
        }
        for disruption in &workload.disruptions {
            let in_one_zone = workload.zone.is_some()
                && disruption.matches.unwrap_or(workload.replicas) <= workload.replicas;
            if workload.zone.is_some() && !in_one_zone && repeated.is(facts, index) {
                continue;
            }
            let pods = disruption.matches.unwrap_or(if in_one_zone {
                workload.replicas
            } else {
                count
            });
            let allowed = disruption.allowed(pods);
            let bound = match (ring.zones, in_one_zone, tolerance.crash) {
                (Some(_), true, 1..) => pods,
                (Some(_), false, 1..) => 1,
                (_, _, crash) => crash,
            };
            verdict.figure(|| Figure {
                subject: workload.title(),
                value: format!("{allowed} of {} may be evicted", members::many(pods, "pod")),
                bound: format!("at most {bound}"),
                formula: format!("{}; {}", said(disruption, pods), tolerance.formula()),
                holds: allowed <= bound,
            });
            if allowed > bound {
                verdict.found(
                    Finding::new(
                        workload,
                        format!(
                            "a drain may take {allowed} of {} of {}, and writes survive the loss of {bound}",
                            members::many(pods, "pod"),
                            workload.title()
                        ),
                    )
                    .at(facts.place(workload, "pdb.maxUnavailable"))
                    .why(format!("{}; {}", said(disruption, pods), tolerance.formula()))
                    .help(help(facts, workload, bound)),
                );
            }
        }
    }
    verdict.lacks("no budget over ingesters whose replication factor is known");
}

fn help(facts: &Facts<'_>, workload: &Workload, bound: u32) -> String {
    if bound == 0 {
        format!(
            "keep three copies on at least three ingesters, and then {}; with what is there now each drain interrupts writes",
            facts.words(
                "`pdb: {maxUnavailable: 1}`",
                "`maxUnavailable: 1` in the PodDisruptionBudget"
            )
        )
    } else if facts.environment.is_none() {
        "set `maxUnavailable: 1` in the PodDisruptionBudget, and no `minAvailable`".to_owned()
    } else {
        format!(
            "set `roles.{}.pdb: {{maxUnavailable: {}}}`",
            workload.role,
            bound.min(1)
        )
    }
}

/// Returns what a budget says, with its pods.
fn said(disruption: &Disruption, pods: u32) -> String {
    match (disruption.max_unavailable, disruption.min_available) {
        (Some(most), _) => format!("maxUnavailable {most} of {pods}"),
        (None, Some(least)) => format!("{pods} - minAvailable {least}"),
        (None, None) => format!("no bound on {pods}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, figures, prod, with};

    #[test]
    fn one_of_six_passes_and_shows_why() {
        let text = with("mimir", "ingester", "{replicas: 6}");
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
        assert_eq!(
            figures(&RULE, &text),
            [
                "mimir ingester: 1 of 6 pods may be evicted (at most 1): maxUnavailable 1 of 6; write quorum floor(3/2)+1 = 2 of 3 copies, so 1 may be away"
            ]
        );
    }

    #[test]
    fn four_of_six_fails_by_tier() {
        let roles = "    roles: {ingester: {replicas: 6, pdb: {maxUnavailable: 4}}}\n";
        let said =
            "a drain may take 4 of 6 pods of mimir ingester, and writes survive the loss of 1";
        for (tier, word) in [("prod", "error"), ("test", "warning")] {
            let text = environment(tier, "mimir", "") + roles;
            assert_eq!(asked(&RULE, &text), [format!("{word}: {said}")]);
        }
        let dev = environment("dev", "mimir", "") + roles;
        assert_eq!(asked(&RULE, &dev), Vec::<String>::new());
    }

    #[test]
    fn an_override_of_the_budget_counts() {
        let text = with("mimir", "ingester", "{replicas: 6}")
            + "    values: {ingester: {podDisruptionBudget: {maxUnavailable: 50%}}}\n";
        assert_eq!(asked(&RULE, &text).len(), 1);
    }

    #[test]
    fn behind_kafka_it_does_not_apply() {
        let text = prod("mimir", "") + "    settings: {kafka: {address: 'kafka:9092'}}\n";
        assert!(!applies(&RULE, &text));
    }
}
