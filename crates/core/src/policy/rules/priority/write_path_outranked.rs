//! `priority/write-path-outranked` (HW-PRIO-001): pods that may evict those which hold what is not stored yet.

use std::collections::BTreeMap;

use super::classes;
use crate::environment::{Kind, Tier};
use crate::policy::{
    Check, Digest, Facts, Figure, Finding, Rule, Severities, Subject, Verdict, WorkloadDigest,
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "priority/write-path-outranked",
    entry: "HW-PRIO-001",
    summary: "The stateful write path outranks everything it could be displaced by",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "Every ingester's priority is above that of each stateless, batch, ui and collector workload of its environment, and of each other environment on the same nodes (those that name no other cluster) that matters no more; no ingester of such an environment is above it. Alerting and the edge may be higher. It does not apply where no priority classes are known.",
    why: "The scheduler makes room for a pod by evicting pods of lower priority. A distributor that displaces an ingester trades what can be started again at once for what must be read back first, or is lost.",
    source: "The pod-priority outage: a new cluster's ingesters outranked those of production, which carried no class, and took their places one by one. Kubernetes documentation, \"Pod Priority and Preemption\".",
    fix: "Give the kinds `ingester` and `store-gateway` a class of their own, with a value above that of all others but alerting and the edge, and use the same classes in every environment on the same nodes.",
    passes: "priorityClasses:\n  obs-ingester: {value: 3000, kinds: [ingester, store-gateway]}\n  obs-stateless: {value: 1000, kinds: [stateless, collector, batch, ui]}",
    fails: "priorityClasses:\n  obs-all: {value: 2000, kinds: [ingester, stateless]}",
    check: Check::EnvironmentAndProject(check, compare),
};

/// Returns whether pods of a kind have no business above an ingester.
const fn is_below(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Stateless | Kind::Batch | Kind::Ui | Kind::Collector
    )
}

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let classes = classes::known(facts);
    if classes.is_empty() {
        return verdict.lacks("no priority classes");
    }
    for ingester in facts.of_kind(Kind::Ingester) {
        let Some(own) = classes::priority(ingester, &classes) else {
            continue;
        };
        let above = facts
            .workloads
            .iter()
            .filter(|other| other.kind.is_some_and(is_below))
            .filter_map(|other| Some((other, classes::priority(other, &classes)?)))
            .filter(|(_, priority)| *priority >= own);
        // The first of the highest, so that the order of the environment decides among equals.
        let worst = above
            .clone()
            .min_by_key(|(_, priority)| std::cmp::Reverse(*priority));
        verdict.figure(|| Figure {
            subject: ingester.title(),
            value: format!("priority {own}"),
            bound: "above every stateless, batch, ui and collector pod".to_owned(),
            formula: match worst {
                Some((other, priority)) => format!("{own} <= {priority} of {}", other.title()),
                None => format!("{own} > all others"),
            },
            holds: worst.is_none(),
        });
        let Some((other, priority)) = worst else {
            continue;
        };
        let more = above.count() - 1;
        let others = match more {
            0 => String::new(),
            1 => " and 1 other".to_owned(),
            _ => format!(" and {more} others"),
        };
        verdict.found(
            Finding::new(
                ingester,
                format!(
                    "{}{others} with priority {priority} may take the place of {} with {own}",
                    other.title(),
                    ingester.title()
                ),
            )
            .at(facts.place(ingester, "priorityClass"))
            .label(facts.place(other, "priorityClass"), other.title())
            .why(format!(
                "the scheduler evicts the lower one for the higher, and of two equals the one that came later; {own} is not above {priority}"
            ))
            .help(facts.words(
                "give the kind `ingester` a class with a higher value than that of the kinds `stateless`, `batch`, `ui` and `collector`",
                "set its `priorityClassName` to a PriorityClass with a higher value than that of stateless, batch, UI and collector pods",
            )),
        );
    }
}

/// One environment's workload, for comparing.
type Seen<'a> = (&'a Digest, &'a WorkloadDigest);

/// Looks at environments that may share nodes: each is held against the highest of all that matter no more.
fn compare(environments: &[&Digest], verdict: &mut Verdict<'_>) {
    let mut clusters: BTreeMap<&str, Vec<&Digest>> = BTreeMap::new();
    for &digest in environments.iter().filter(|digest| digest.names_classes) {
        clusters.entry(&digest.cluster).or_default().push(digest);
    }
    for digests in clusters.values().filter(|digests| digests.len() > 1) {
        let tops = [
            (highest(digests, |kind| kind == Kind::Ingester), 1),
            (highest(digests, is_below), 0),
        ];
        for &one in digests {
            let lowest = one
                .workloads
                .iter()
                .filter(|workload| workload.kind == Some(Kind::Ingester))
                .min_by_key(|workload| workload.priority);
            let Some(ingester) = lowest else {
                continue;
            };
            verdict.applies();
            for (tops, above) in &tops {
                // The two highest of each tier are enough: one of them is another environment's.
                let worst = tops
                    .iter()
                    .filter(|(other, _)| {
                        other.environment != one.environment && other.tier <= one.tier
                    })
                    .max_by_key(|(_, workload)| workload.priority);
                if let Some((other, workload)) =
                    worst.filter(|(_, workload)| workload.priority >= ingester.priority + above)
                {
                    verdict.found(crossing((one, ingester), (other, workload)));
                }
            }
        }
    }
}

/// Returns the highest workloads of some kinds in each tier: of the two environments that have the highest.
fn highest<'a>(digests: &[&'a Digest], wanted: fn(Kind) -> bool) -> Vec<Seen<'a>> {
    let mut tops: Vec<Seen<'a>> = Vec::new();
    for tier in [Tier::Dev, Tier::Test, Tier::Prod] {
        let mut best: Vec<Seen<'a>> = digests
            .iter()
            .filter(|digest| digest.tier == tier)
            .filter_map(|&digest| {
                let top = digest
                    .workloads
                    .iter()
                    .filter(|workload| workload.kind.is_some_and(wanted))
                    .max_by_key(|workload| workload.priority)?;
                Some((digest, top))
            })
            .collect();
        best.sort_by_key(|(_, workload)| std::cmp::Reverse(workload.priority));
        tops.extend(best.into_iter().take(2));
    }
    tops
}

fn crossing((one, ingester): Seen<'_>, (other, above): Seen<'_>) -> Finding {
    Finding::new(
        Subject::ENVIRONMENT,
        format!(
            "{} of `{}` with priority {} may take the place of {} of `{}` with {}",
            above.title,
            other.environment,
            above.priority,
            ingester.title,
            one.environment,
            ingester.priority
        ),
    )
    .at(ingester.place.clone())
    .label(
        above.place.clone(),
        format!("{} of `{}`", above.title, other.environment),
    )
    .why("neither environment says that it runs in a cluster of its own, so both may land on the same nodes")
    .help("use the same classes in both, or name their clusters with `cluster.name`")
    .in_environment(&one.environment)
    .in_environment(&other.environment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, compared, environment, prod};

    const APART: &str = "priorityClasses: {high: {value: 3000, kinds: [ingester, store-gateway]}, low: {value: 1000, kinds: [stateless, batch, alerting]}}";
    const TOGETHER: &str = "priorityClasses: {all: {value: 2000, kinds: [ingester, stateless]}, high: {value: 3000, kinds: [batch]}}";

    #[test]
    fn ingesters_above_the_rest_pass() {
        assert_eq!(asked(&RULE, &prod("mimir", APART)), Vec::<String>::new());
        assert!(applies(&RULE, &prod("mimir", APART)));
    }

    #[test]
    fn equals_and_higher_ones_are_found() {
        let found = asked(&RULE, &prod("mimir", TOGETHER));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("error: mimir compactor and ")
                && found[0].ends_with(
                    " others with priority 3000 may take the place of mimir ingester with 2000"
                ),
            "{found:?}"
        );
        assert!(asked(&RULE, &environment("dev", "mimir", TOGETHER)).is_empty());
    }

    #[test]
    fn without_classes_there_is_nothing_to_compare() {
        assert!(!applies(&RULE, &prod("mimir", "")));
        assert!(!applies(&RULE, &prod("traefik", APART)));
    }

    #[test]
    fn environments_on_the_same_nodes_are_compared() {
        let own = prod("mimir", APART);
        let higher = environment(
            "dev",
            "mimir",
            "priorityClasses: {top: {value: 9000, kinds: [ingester, stateless]}}",
        );
        let found = compared(&RULE, &[&own, &higher]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].contains("of `dev` with priority 9000"),
            "{found:?}"
        );
        let apart = format!("cluster: {{name: lab}}\n{higher}");
        assert!(compared(&RULE, &[&own, &apart]).is_empty());
        let same = environment("dev", "mimir", APART);
        assert!(compared(&RULE, &[&own, &same]).is_empty());
    }
}
