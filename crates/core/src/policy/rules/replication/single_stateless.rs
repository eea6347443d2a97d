//! `replication/single-stateless` (HW-HA-007): a role whose only pod is away in every rollout.

use super::members;
use crate::environment::{Kind, PolicyClass};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::workload::{Controller, Count, Rolls, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/single-stateless",
    entry: "HW-HA-007",
    summary: "What keeps nothing runs at least two pods and rolls without an empty moment",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "For every stateless role and every edge of the classes `backend` and `edge`, singletons by design left out: at least 2 replicas, with an autoscaler its least; and replicas - maxUnavailable >= 1 during a rollout, which does not begin by stopping all.",
    why: "With one pod every rollout, drain and crash interrupts what it does: for a gateway or an edge that is everything behind it.",
    source: "The rollout plan wants two of each so that updates do not interrupt. Singletons are compactors, schedulers of background work and the overrides-exporter, which would do everything twice. An edge of one pod was found to be a single point of failure, and became three.",
    fix: "Set `replicas: 2`, or `autoscaling.minReplicas: 2`.",
    passes: "mimir: {roles: {distributor: {replicas: 2}}}",
    fails: "tempo: {roles: {distributor: {autoscaling: {minReplicas: 1, maxReplicas: 4}}}}",
    check: Check::Environment(check),
};

/// The fewest pods that leave one while the other is away.
const LEAST: u32 = 2;

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        let asked = workload.is(PolicyClass::Backend) || workload.is(PolicyClass::Edge);
        let keeps_nothing = workload.is_kind(Kind::Stateless) || workload.is_kind(Kind::Edge);
        let rolls = matches!(
            workload.controller,
            Controller::Deployment | Controller::StatefulSet
        );
        if !asked || !keeps_nothing || !rolls || workload.singleton {
            continue;
        }
        let (away, surge) = moves(workload);
        let left = workload.replicas.saturating_sub(away);
        verdict.figure(|| Figure {
            subject: workload.title(),
            value: format!(
                "{left} of {} left while it rolls{}",
                members::many(workload.replicas, "pod"),
                if surge == 0 && left > 0 && left.saturating_mul(2) <= workload.replicas {
                    ", half of what it can do"
                } else {
                    ""
                }
            ),
            bound: format!("at least {LEAST} pods, at least 1 left"),
            formula: format!(
                "{} replicas - maxUnavailable {} = {left}; maxSurge {} = {surge} more",
                workload.replicas, workload.max_unavailable, workload.max_surge
            ),
            holds: workload.replicas >= LEAST && left >= 1,
        });
        if workload.replicas < LEAST {
            verdict.found(single(facts, workload));
        } else if workload.rolls == Rolls::Recreate {
            verdict.found(
                empty(facts, workload)
                    .why("its strategy is `Recreate`: all old pods stop before the first new one starts")
                    .help("use `RollingUpdate`"),
            );
        } else if left < 1 {
            verdict.found(
                empty(facts, workload)
                    .why(format!(
                        "{} replicas - maxUnavailable {} = 0",
                        workload.replicas, workload.max_unavailable
                    ))
                    .help("set `maxUnavailable: 1`, or run more pods"),
            );
        }
    }
    verdict.lacks("no stateless role and no edge of the backend and edge classes");
}

/// Returns how many pods may be away during a rollout, and how many come on top.
///
/// Source: Kubernetes API reference, `RollingUpdateDeployment`: the surge is rounded up, what may be away is rounded
/// down, and where both come to nothing one may be away.
fn moves(workload: &Workload) -> (u32, u32) {
    if workload.controller == Controller::StatefulSet {
        let away = match workload.max_unavailable {
            Count::Pods(pods) => pods,
            share => share.rounded_up(workload.replicas),
        };
        return (away.max(1), 0);
    }
    let away = workload.max_unavailable.rounded_down(workload.replicas);
    let surge = workload.max_surge.rounded_up(workload.replicas);
    if away == 0 && surge == 0 {
        (1, 0)
    } else {
        (away, surge)
    }
}

fn single(facts: &Facts<'_>, workload: &Workload) -> Finding {
    let scaled = workload.most_replicas.is_some();
    let title = workload.title();
    let path = if scaled {
        "autoscaling.minReplicas"
    } else {
        "replicas"
    };
    Finding::new(
        workload,
        if scaled {
            format!("{title} may be scaled down to 1 pod; at least {LEAST} should run")
        } else {
            format!("{title} runs 1 pod; at least {LEAST} should run")
        },
    )
    .at(facts.place(workload, path))
    .why("while it restarts nobody does its work: in every rollout, drain and crash")
    .help(match (facts.environment.is_some(), scaled) {
        (true, _) => format!("set `roles.{}.{path}: {LEAST}`", workload.role),
        (false, true) => format!("set `minReplicas: {LEAST}` in its HorizontalPodAutoscaler"),
        (false, false) => format!("set `replicas: {LEAST}`"),
    })
}

fn empty(facts: &Facts<'_>, workload: &Workload) -> Finding {
    Finding::new(
        workload,
        format!(
            "a rollout of {} stops all of its {} at once",
            workload.title(),
            members::many(workload.replicas, "pod")
        ),
    )
    .at(facts.place(workload, "replicas"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, figures, look, with};

    #[test]
    fn two_pass_and_show_what_is_left() {
        let text = with("mimir", "distributor", "{replicas: 2}");
        let found = asked(&RULE, &text);
        assert!(
            !found.iter().any(|found| found.contains("distributor")),
            "{found:?}"
        );
        let figures = figures(&RULE, &text);
        assert!(
            figures
                .iter()
                .any(|figure| figure.starts_with("mimir distributor: ")),
            "{figures:?}"
        );
    }

    #[test]
    fn one_fails_by_tier() {
        for (tier, word) in [
            ("prod", Some("error")),
            ("test", Some("warning")),
            ("dev", None),
        ] {
            let text = environment(tier, "mimir", "") + "    roles: {gateway: {replicas: 1}}\n";
            let expected =
                word.map(|word| format!("{word}: mimir gateway runs 1 pod; at least 2 should run"));
            let found = asked(&RULE, &text);
            assert_eq!(
                found.iter().find(|found| found.contains("gateway")),
                expected.as_ref()
            );
        }
    }

    #[test]
    fn an_autoscaler_counts_with_its_least() {
        let text = with(
            "traefik",
            "traefik",
            "{autoscaling: {minReplicas: 1, maxReplicas: 4, targetCpu: 70}}",
        );
        assert_eq!(
            asked(&RULE, &text),
            ["error: traefik may be scaled down to 1 pod; at least 2 should run"]
        );
    }

    #[test]
    fn a_rollout_that_stops_all_fails() {
        let found = look(&with("traefik", "traefik", "{replicas: 2}"), |facts| {
            let mut workloads = facts.workloads.to_vec();
            workloads[0].max_unavailable = Count::Pods(2);
            let facts = Facts {
                workloads: &workloads,
                ..*facts
            };
            let mut verdict = Verdict::new(&RULE, facts.tier, true);
            check(&facts, &mut verdict);
            verdict.findings.len()
        });
        assert_eq!(found, 1);
    }

    #[test]
    fn collectors_do_not_count() {
        let text = environment("prod", "alloy", "")
            + "  mimir: {}\n  loki: {}\n  tempo: {settings: {metricsGenerator: {enabled: false}}}\n";
        let found = asked(&RULE, &text);
        assert!(
            !found.iter().any(|found| found.contains("alloy")),
            "{found:?}"
        );
        assert!(!applies(&RULE, &environment("prod", "loki", "")));
    }

    #[test]
    fn a_stream_is_told_in_kubernetes_words() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mimir-querier}\nspec: {replicas: 1, template: {metadata: {labels: {app.kubernetes.io/name: mimir, app.kubernetes.io/component: querier}}, spec: {containers: [{name: querier}]}}}\n";
        let mut reader = crate::manifest::Reader::new("stream");
        reader.feed(text);
        let manifests = reader.finish();
        let catalog = crate::catalog::Catalog::bundled();
        let workloads = crate::workload::rendered(&manifests, None, &[], catalog);
        let help = crate::policy::tests::look(&crate::policy::tests::prod("mimir", ""), |facts| {
            let facts = Facts {
                environment: None,
                releases: &[],
                workloads: &workloads,
                ..*facts
            };
            let mut verdict = Verdict::new(&RULE, facts.tier, true);
            check(&facts, &mut verdict);
            verdict.findings.pop().and_then(|(_, found)| found.help)
        });
        assert_eq!(help.as_deref(), Some("set `replicas: 2`"));
    }
}
