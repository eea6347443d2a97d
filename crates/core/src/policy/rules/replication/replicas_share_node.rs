//! `replication/replicas-share-node` (HW-HA-006): copies that are lost with one node.

use super::members;
use crate::diagnostic::Severity;
use crate::environment::Kind;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::workload::{Controller, Form, SpreadRule, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/replicas-share-node",
    entry: "HW-HA-006",
    summary: "Replicas of one role do not share a node",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "Ingesters with two or more pods have a hard rule over nodes: a required anti-affinity on `kubernetes.io/hostname`, or a spread with `DoNotSchedule` and `maxSkew: 1`. A soft rule is a warning in prod; other roles without any are worth knowing in prod. The rule's selector matches the pods it is on, which manifests tell. Where `assumptions.nodes` is known, there are as many nodes as pods with a hard rule, and one more with `rollout.extraReplicaDuringUpdate`. Of a role with one workload for each zone, zones or nodes are kept apart.",
    why: "Two of three ingesters on one node make a quorum loss of one node's failure.",
    source: "Grafana Mimir documentation, \"Planning capacity and production tips\"; the Mimir chart's default is `ScheduleAnyway`, and its own comment recommends hard rules for production.",
    fix: "A hard rule for ingesters, a soft one for what keeps nothing; both come with tier `prod`.",
    passes: "tier: prod   # ingesters wait for a node of their own",
    fails: "mimir: {values: {ingester: {topologySpreadConstraints: null}}}   # found in the rendered form",
    check: Check::Environment(check),
};

/// A soft rule for ingesters.
const SOFT: Severities = Severities::WARNING.off_in_dev();

/// No rule for what keeps nothing.
const OTHERS: Severities = Severities {
    prod: Some(Severity::Info),
    test: None,
    dev: None,
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let repeated = members::Repeated::default();
    for (index, workload) in facts.workloads.iter().enumerate() {
        let spreads = matches!(
            workload.controller,
            Controller::Deployment | Controller::StatefulSet
        );
        if !spreads || workload.kind.is_none() {
            continue;
        }
        if workload.zone.is_some() {
            if !repeated.is(facts, index) {
                zones(facts, workload, verdict);
            }
            continue;
        }
        let split = members::ring_of(facts, workload).is_some_and(|ring| ring.zones.is_some());
        if workload.replicas < 2 || (split && facts.form == Form::Predicted) {
            continue;
        }
        verdict.applies();
        let rule = if workload.spread.misses_itself {
            SpreadRule::None
        } else {
            workload.spread.nodes
        };
        match (rule, workload.is_kind(Kind::Ingester)) {
            (SpreadRule::Hard, _) => nodes(facts, workload, verdict),
            (SpreadRule::None, true) => verdict.found(together(facts, workload)),
            (SpreadRule::Soft, true) => verdict.found(together(facts, workload).weighing(SOFT)),
            (SpreadRule::None, false) => verdict.found(together(facts, workload).weighing(OTHERS)),
            (SpreadRule::Soft, false) => {}
        }
    }
    verdict.lacks("no role has two pods");
}

fn together(facts: &Facts<'_>, workload: &Workload) -> Finding {
    let title = workload.title();
    let replicas = workload.replicas;
    let ingester = workload.is_kind(Kind::Ingester);
    let message = match (workload.spread.misses_itself, workload.spread.nodes) {
        (true, _) => format!("what keeps the {replicas} pods of {title} apart does not match them"),
        (false, SpreadRule::Soft) => format!(
            "the {replicas} pods of {title} are kept on different nodes only where that is easy"
        ),
        (false, _) => format!("nothing keeps the {replicas} pods of {title} on different nodes"),
    };
    Finding::new(workload, message)
        .at(facts.place(workload, "replicas"))
        .why(if ingester {
            "two of them on one node are lost together, and with them the quorum of what both hold"
        } else {
            "all of them on one node are lost together"
        })
        .help(if ingester {
            facts.words(
                "require `kubernetes.io/hostname` to differ (`DoNotSchedule`, `maxSkew: 1`), with a selector that matches these pods; tier `prod` does",
                "require `kubernetes.io/hostname` to differ (`DoNotSchedule`, `maxSkew: 1`), with a selector that matches these pods",
            )
        } else {
            "prefer different nodes (`ScheduleAnyway`), with a selector that matches these pods"
        })
}

/// Looks whether there are nodes enough for pods that will not share one.
fn nodes(facts: &Facts<'_>, workload: &Workload, verdict: &mut Verdict<'_>) {
    let assumptions = facts.assumptions();
    let Some(nodes) = &assumptions.nodes else {
        return;
    };
    let extra = assumptions.rollout.extra_replica_during_update && workload.is_kind(Kind::Ingester);
    let needed = workload.replicas.saturating_add(u32::from(extra));
    verdict.figure(|| Figure {
        subject: workload.title(),
        value: members::many(nodes.count, "node"),
        bound: format!("at least {needed}"),
        formula: format!(
            "{} on nodes of their own{}",
            members::many(workload.replicas, "pod"),
            if extra {
                ", and one more during a rollout"
            } else {
                ""
            }
        ),
        holds: nodes.count >= needed,
    });
    if nodes.count < needed {
        let severities = if workload.is_kind(Kind::Ingester) {
            RULE.severities
        } else {
            SOFT
        };
        verdict.found(
            Finding::new(
                workload,
                format!(
                    "{} of {} need {needed} nodes, and there {} {}",
                    members::many(workload.replicas, "pod"),
                    workload.title(),
                    if nodes.count == 1 { "is" } else { "are" },
                    nodes.count
                ),
            )
            .at(facts.place(workload, "replicas"))
            .label(
                facts.setting("assumptions.nodes.count"),
                "the nodes there are",
            )
            .why("they will not share a node, so what finds none stays pending")
            .help(
                match fitting(
                    facts,
                    workload,
                    nodes.count.saturating_sub(u32::from(extra)),
                ) {
                    Some(pods) => format!("run {pods} pods, or add nodes until there are {needed}"),
                    None => format!("add nodes until there are {needed}"),
                },
            )
            .weighing(severities),
        );
    }
}

/// Returns the pods that the nodes hold, where that many are enough for what else is asked of them.
fn fitting(facts: &Facts<'_>, workload: &Workload, pods: u32) -> Option<u32> {
    let copies = members::ring_of(facts, workload).map_or(1, |ring| ring.replication_factor);
    (pods >= copies.max(2)).then_some(pods)
}

/// Looks at a role with one workload for each zone: pods of different zones must not share a node.
fn zones(facts: &Facts<'_>, workload: &Workload, verdict: &mut Verdict<'_>) {
    verdict.applies();
    let spread = workload.spread;
    if spread.nodes == SpreadRule::None && spread.zones == SpreadRule::None {
        verdict.found(
            Finding::new(
                workload,
                format!(
                    "nothing seen here keeps the zones of {} on different nodes",
                    workload.title()
                ),
            )
            .at(facts.place(workload, "replicas"))
            .why("pods of two zones on one node are lost together, unless a node selector holds each zone where it belongs")
            .help("set the zones' `topologyKey: kubernetes.io/hostname`, or a node selector for each zone and waive this")
            .weighing(SOFT),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Verdict;
    use crate::policy::tests::look;
    use crate::policy::tests::{applies, asked, environment, helps, prod};
    use crate::workload::Spread;

    /// Asks about workloads that keep their pods apart so.
    fn spread(text: &str, spread: Spread) -> Vec<String> {
        look(text, |facts| {
            let mut workloads = facts.workloads.to_vec();
            for workload in &mut workloads {
                workload.spread = spread;
            }
            let facts = Facts {
                workloads: &workloads,
                ..*facts
            };
            let mut verdict = Verdict::new(&RULE, facts.tier, true);
            check(&facts, &mut verdict);
            verdict
                .findings
                .iter()
                .filter(|(subject, _)| subject.role.as_deref() == Some("ingester"))
                .map(|(_, found)| format!("{}: {}", found.severity.name(), found.message))
                .collect()
        })
    }

    const HARD: Spread = Spread {
        nodes: SpreadRule::Hard,
        zones: SpreadRule::None,
        misses_itself: false,
    };

    #[test]
    fn a_hard_rule_passes_and_none_fails() {
        let text = prod("mimir", "");
        assert_eq!(spread(&text, HARD), Vec::<String>::new());
        assert_eq!(
            spread(&text, Spread::default()),
            ["error: nothing keeps the 3 pods of mimir ingester on different nodes"]
        );
        let blind = Spread {
            misses_itself: true,
            ..HARD
        };
        assert_eq!(
            spread(&text, blind),
            ["error: what keeps the 3 pods of mimir ingester apart does not match them"]
        );
    }

    #[test]
    fn a_soft_rule_weighs_by_tier() {
        let soft = Spread {
            nodes: SpreadRule::Soft,
            ..HARD
        };
        for (tier, expected) in [
            ("prod", Some("warning")),
            ("test", Some("info")),
            ("dev", None),
        ] {
            let text = environment(tier, "mimir", "") + "    roles: {ingester: {replicas: 3}}\n";
            let found = spread(&text, soft);
            assert_eq!(
                found.first().and_then(|found| found.split(':').next()),
                expected
            );
        }
    }

    #[test]
    fn there_must_be_nodes_enough() {
        let nodes = "assumptions: {nodes: {count: 2, cpu: 4, memory: 16Gi}}";
        assert_eq!(
            spread(&prod("mimir", nodes), HARD),
            ["error: 3 pods of mimir ingester need 3 nodes, and there are 2"]
        );
        let rollout = "assumptions: {nodes: {count: 3, cpu: 4, memory: 16Gi}, rollout: {extraReplicaDuringUpdate: true}}";
        assert_eq!(
            spread(&prod("mimir", rollout), HARD),
            ["error: 3 pods of mimir ingester need 4 nodes, and there are 3"]
        );
    }

    #[test]
    fn one_pod_each_does_not_apply() {
        let text = environment("dev", "mimir", "");
        assert!(!applies(&RULE, &text));
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
    }

    #[test]
    fn help_is_what_other_rules_take() {
        let told = |count: u32| {
            let nodes = format!("assumptions: {{nodes: {{count: {count}, cpu: 4, memory: 16Gi}}}}");
            let text = format!(
                "{}    roles: {{ingester: {{replicas: 5}}}}\n",
                prod("mimir", &nodes)
            );
            helps(&RULE, &text)
        };
        let all = "add nodes until there are 5".to_owned();
        assert!(told(2).contains(&all));
        assert!(told(4).contains(&format!("run 4 pods, or {all}")));
    }
}
