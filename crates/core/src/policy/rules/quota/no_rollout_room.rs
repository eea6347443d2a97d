//! `quota/no-rollout-room` (HW-QUOTA-003): what a rollout adds does not fit, in the namespace or on one node.

use super::{each_scope, place, write};
use crate::budget::{Dimension, Load, Quota, Scope, Totals, hole_for, min_headroom};
use crate::environment::{Kind, Nodes};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Subject, Verdict};
use crate::sizing::amount::Shown;
use crate::workload::Workload;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "quota/no-rollout-room",
    entry: "HW-QUOTA-003",
    summary: "There is room for the rollout, in the namespace and on one node",
    severities: Severities::ERROR,
    waivable: true,
    condition: "(a) What is needed at rest plus what rollouts add is at most the quota. A Deployment adds `maxSurge` pods, a share rounded up, 25% where nothing is set; a StatefulSet adds none. All that one sync may roll are added, or the worst `assumptions.rollout.concurrency` of them, and one more ingester for each backend where `assumptions.rollout.extraReplicaDuringUpdate` is set. (b) Some single node has room for one more pod of each ingester role after all others are packed; it must where one more is declared, else it should. (b) needs `assumptions.nodes`.",
    why: "A rollout that finds no room stands still half way. Room in total is not room: an ingester needs it on one machine.",
    source: "In the pod-priority outage the cluster had far more than an ingester's 4 cores and 15 GB free, and no one machine had; that led to priorities, and priorities to the outage.",
    fix: "Ask for more quota, let the Deployment replace pods in place (`maxSurge: 0`, `maxUnavailable: 1`), or keep a hole on a node with a placeholder pod of low priority.",
    passes: "assumptions:\n  nodes: {count: 4, cpu: 8, memory: 32Gi}",
    fails: "assumptions:\n  nodes: {count: 3, cpu: 1, memory: 3Gi}\n  rollout: {extraReplicaDuringUpdate: true}",
    check: Check::Environment(check),
};

/// How many ingesters are packed onto nodes, each with all other pods; no namespace has as many.
const INGESTERS: usize = 64;

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    each_scope(facts, |scope| measure(facts, scope, verdict));
}

fn measure(facts: &Facts<'_>, scope: &Scope<'_>, verdict: &mut Verdict<'_>) {
    let quota = Quota::of(scope);
    let nodes = facts.assumptions().nodes.as_ref();
    if !quota.is_some() && nodes.is_none() {
        verdict.lacks("neither a quota nor `assumptions.nodes`");
        return;
    }
    let totals = Totals::of(scope);
    if quota.is_some() {
        verdict.applies();
        in_namespace(facts, &quota, &totals, verdict);
    }
    if let Some(nodes) = nodes {
        let ingesters = scope
            .workloads()
            .filter(|one| one.is_kind(Kind::Ingester) && one.runs())
            .take(INGESTERS);
        for workload in ingesters {
            on_a_node((facts, scope), workload, nodes, &totals, verdict);
        }
    }
}

fn in_namespace(facts: &Facts<'_>, quota: &Quota, totals: &Totals, verdict: &mut Verdict<'_>) {
    let (at_rest, worst) = (totals.at_rest(), totals.worst());
    for dimension in Dimension::ALL {
        let Some(bound) = quota.bound(dimension) else {
            continue;
        };
        let (rest, required) = (dimension.of(&at_rest), dimension.of(&worst));
        let fits = required <= bound.units;
        verdict.figure(|| Figure {
            subject: dimension.name().to_owned(),
            value: format!("{} in the worst rollout", dimension.shown(required)),
            bound: format!("at most {}", dimension.shown(bound.units)),
            formula: formula(dimension, totals, &at_rest),
            holds: fits,
        });
        // What does not fit at rest is another rule's to say.
        if fits || rest > bound.units {
            continue;
        }
        let headroom = min_headroom(facts.environment);
        let smallest = dimension.smallest_quota(required, headroom);
        verdict.found(
            Finding::new(
                Subject::ENVIRONMENT,
                format!(
                    "{dimension}: {} needed in the worst rollout, and {} is {}",
                    dimension.shown(required),
                    bound.origin.words(),
                    dimension.shown(bound.units)
                ),
            )
            .at(place(facts, &bound, dimension))
            .why(format!(
                "{}; it fits at rest, so the rollout stands still half way",
                formula(dimension, totals, &at_rest)
            ))
            .help(match smallest {
                Some(smallest) => format!(
                    "{} or more, which keeps {headroom} free, or roll fewer workloads at a time{}",
                    write(&bound, dimension, smallest),
                    facts.words(" with `assumptions.rollout.concurrency`", "")
                ),
                None => "no quota is large enough for this: look for a number that is too large"
                    .to_owned(),
            }),
        );
    }
}

/// Returns what is needed in a rollout with its parts.
fn formula(dimension: Dimension, totals: &Totals, at_rest: &Load) -> String {
    let shown = |units| dimension.shown(units);
    let how_many = match totals.concurrency {
        Some(most) if most < totals.surging => {
            format!("the worst {most} of {} workloads that roll", totals.surging)
        }
        _ => match totals.surging {
            1 => "1 workload that rolls".to_owned(),
            all => format!("{all} workloads that roll"),
        },
    };
    let mut text = format!(
        "{} at rest + {} of {how_many}",
        shown(dimension.of(at_rest)),
        shown(dimension.of(&totals.surge)),
    );
    if totals.extra_declared {
        text.push_str(&format!(
            " + {} of one more ingester for each backend",
            shown(dimension.of(&totals.extra))
        ));
    }
    text.push_str(&format!(" = {}", shown(dimension.of(&totals.worst()))));
    text
}

fn on_a_node(
    (facts, scope): (&Facts<'_>, &Scope<'_>),
    workload: &Workload,
    nodes: &Nodes,
    totals: &Totals,
    verdict: &mut Verdict<'_>,
) {
    let hole = hole_for(workload, scope, totals, nodes);
    let need = Load::of_pod(workload).need;
    let room = format!("{} and {}", Shown(hole.free.cpu), Shown(hole.free.memory));
    let asked = format!("{} and {}", Shown(need.cpu), Shown(need.memory));
    verdict.figure(|| Figure {
        subject: workload.title(),
        value: format!("{room} free on one node"),
        bound: format!("at least {asked}"),
        formula: format!(
            "{} nodes of {} and {}, all other pods packed as tightly as they go",
            nodes.count,
            Shown(nodes.cpu),
            Shown(nodes.memory)
        ),
        holds: hole.fits,
    });
    if hole.fits {
        return;
    }
    let found = Finding::new(
        workload,
        format!(
            "no node has room for one more {}: it asks for {asked}, and the largest hole is {room}",
            workload.title()
        ),
    )
    .at(facts.place(workload, "resources.requests.memory"))
    .label(facts.setting("assumptions.nodes"), "the nodes")
    .why(format!(
        "{} nodes of {} and {}, with all other pods packed as tightly as they go; what is free in total does not help",
        nodes.count,
        Shown(nodes.cpu),
        Shown(nodes.memory)
    ))
    .help("add a node, or keep the room with a placeholder pod of low priority that this one may evict");
    verdict.found(if totals.extra_declared {
        found
    } else {
        found.weighing(Severities::WARNING)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, figures, prod, with};

    #[test]
    fn a_rollout_that_fits_passes() {
        let text = prod("traefik", "quota: {cpu: 600m, memory: 1Gi, storage: 1Gi}");
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
        assert_eq!(
            figures(&RULE, &text)[0],
            "CPU: 600m in the worst rollout (at most 600m): 400m at rest + 200m of 1 workload that rolls = 600m"
        );
    }

    #[test]
    fn a_rollout_that_does_not_fit_fails() {
        let text = prod("traefik", "quota: {cpu: 599m, memory: 1Gi, storage: 1Gi}");
        assert_eq!(
            asked(&RULE, &text),
            ["error: CPU: 600m needed in the worst rollout, and the quota is 599m"]
        );
        // At rest it does not fit either: said once, by the other rule.
        let text = prod("traefik", "quota: {cpu: 300m, memory: 1Gi, storage: 1Gi}");
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
    }

    fn ingesters(assumptions: &str) -> String {
        let mut text = with(
            "tempo",
            "ingester",
            "{replicas: 3, resources: {requests: {cpu: 1, memory: 2Gi}}}",
        );
        text.insert_str(0, &format!("assumptions: {assumptions}\n"));
        text
    }

    #[test]
    fn room_in_total_is_not_room_on_a_node() {
        let room = ingesters("{nodes: {count: 5, cpu: 3, memory: 4Gi}}");
        assert_eq!(asked(&RULE, &room), Vec::<String>::new());
        // Four times 2400Mi hold three ingesters and the rest, and no hole of 2Gi.
        let tight = ingesters("{nodes: {count: 4, cpu: 3, memory: 2400Mi}}");
        let found = asked(&RULE, &tight);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("warning: no node has room for one more tempo ingester"),
            "{found:?}"
        );
        let must = ingesters(
            "{nodes: {count: 4, cpu: 3, memory: 2400Mi}, rollout: {extraReplicaDuringUpdate: true}}",
        );
        assert!(asked(&RULE, &must)[0].starts_with("error: "));
    }

    #[test]
    fn with_neither_quota_nor_nodes_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("traefik", "")));
        assert!(!applies(
            &RULE,
            &prod(
                "traefik",
                "assumptions: {nodes: {count: 3, cpu: 1, memory: 1Gi}}"
            )
        ));
    }
}
