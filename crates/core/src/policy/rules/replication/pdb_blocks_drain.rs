//! `replication/pdb-blocks-drain` (HW-HA-005): a budget that lets no pod go.

use super::members;
use crate::diagnostic::Severity;
use crate::manifest::{Manifests, PodIndex};
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};
use crate::workload::{Disruption, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/pdb-blocks-drain",
    entry: "HW-HA-005",
    summary: "Every disruption budget allows at least one eviction",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For every budget over a workload that runs: `maxUnavailable`, or matched pods - `minAvailable`, percentages rounded up, is at least 1. No two budgets match the same pod. In manifests every budget matches a pod; and budgets that also hold pods which are not healthy (no `unhealthyPodEvictionPolicy: AlwaysAllow`) are worth knowing in prod and test, once.",
    why: "A budget that allows nothing blocks node drains and cluster upgrades for ever, and over one pod it gives no availability either: it makes a stuck drain of a short restart. Where two budgets match a pod, its eviction is refused.",
    source: "Kubernetes API reference, `policy/v1`; Kubernetes documentation, \"Disruptions\".",
    fix: "Take the budget from a single pod and expect its short restart; else set `maxUnavailable: 1`.",
    passes: "mimir: {roles: {ingester: {replicas: 3, pdb: {maxUnavailable: 1}}}}",
    fails: "mimir: {roles: {ingester: {replicas: 3, pdb: {maxUnavailable: 0}}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let repeated = members::Repeated::default();
    for (index, workload) in facts.workloads.iter().enumerate() {
        for disruption in &workload.disruptions {
            verdict.applies();
            let shared = disruption.matches.unwrap_or(0) > workload.replicas;
            if shared && repeated.is(facts, index) {
                continue;
            }
            let pods = disruption.matches.unwrap_or(workload.replicas);
            if disruption.allowed(pods) == 0 {
                verdict.found(blocking(facts, workload, disruption, pods));
            }
        }
        if let [first, second, ..] = workload.disruptions.as_slice() {
            verdict.found(
                Finding::new(
                    workload,
                    format!(
                        "two budgets match the pods of {}: `{}` and `{}`",
                        workload.title(),
                        first.name,
                        second.name
                    ),
                )
                .at(facts.place(workload, "pdb"))
                .why("the API server refuses to evict a pod that more than one budget matches, so no drain ends")
                .help("remove one of them, or narrow its selector"),
            );
        }
    }
    if let Some(manifests) = facts.manifests {
        unmatched(manifests, verdict);
        unhealthy(facts, verdict);
    }
    verdict.lacks("no disruption budget");
}

/// Looks for budgets that guard nothing.
fn unmatched(manifests: &Manifests, verdict: &mut Verdict<'_>) {
    let budgets = || {
        let objects = manifests.objects.iter();
        objects.filter_map(|object| Some((object, object.disruption_budget()?.selector.as_ref())))
    };
    let pods = PodIndex::new(manifests, budgets().filter_map(|(_, selector)| selector));
    for (object, selector) in budgets() {
        verdict.applies();
        if selector.is_some_and(|selector| pods.selected(object, selector).next().is_some()) {
            continue;
        }
        let owner = object.labels.get("app.kubernetes.io/name");
        verdict.found(
            Finding::new(
                owner.map_or(Subject::ENVIRONMENT, Subject::component),
                format!("the disruption budget `{}` matches no pod", object.name),
            )
            .at(Some(object.location(&manifests.name, &object.place)))
            .why("it guards nothing, so a drain may take all pods that it was made for")
            .help("let its selector and the pods' labels agree, or remove it"),
        );
    }
}

/// Looks whether a pod that is not healthy can hold up a drain.
fn unhealthy(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let holding = || {
        facts
            .workloads
            .iter()
            .filter(|workload| workload.disruptions.iter().any(|one| !one.evicts_unhealthy))
    };
    let Some(first) = holding().next() else {
        return;
    };
    let count = u32::try_from(holding().count()).unwrap_or(u32::MAX);
    verdict.found(
        Finding::new(
            Subject::ENVIRONMENT,
            format!(
                "budgets over {} also hold pods that are not healthy",
                members::many(count, "workload")
            ),
        )
        .at(facts.place(first, "pdb"))
        .why("a pod that crashes in a loop counts as away, so the budget may then refuse every eviction")
        .help("set `unhealthyPodEvictionPolicy: AlwaysAllow` where the chart lets you")
        .weighing(UNHEALTHY),
    );
}

/// A recommendation of Kubernetes that most charts have no key for.
const UNHEALTHY: Severities = Severities {
    prod: Some(Severity::Info),
    test: Some(Severity::Info),
    dev: None,
};

fn blocking(facts: &Facts<'_>, workload: &Workload, disruption: &Disruption, pods: u32) -> Finding {
    let said = match (disruption.max_unavailable, disruption.min_available) {
        (Some(most), _) => format!("maxUnavailable {most} of {pods} = 0"),
        (None, Some(least)) => format!(
            "{pods} - minAvailable {least} = {pods} - {} = 0",
            least.rounded_up(pods)
        ),
        (None, None) => "nothing is said".to_owned(),
    };
    Finding::new(
        workload,
        format!(
            "the disruption budget of {} lets none of {} go",
            workload.title(),
            members::many(pods, "pod")
        ),
    )
    .at(facts.place(workload, "pdb.maxUnavailable"))
    .why(format!(
        "{said}; a drain of its node waits for ever, and with it a cluster upgrade"
    ))
    .help(if pods < 2 {
        "remove the budget: a single pod is away for a moment in any case".to_owned()
    } else if facts.environment.is_none() {
        "set `maxUnavailable: 1` in the PodDisruptionBudget, and no `minAvailable`".to_owned()
    } else {
        format!("set `roles.{}.pdb: {{maxUnavailable: 1}}`", workload.role)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Reader;
    use crate::policy::tests::{applies, asked, environment, look, with};
    use crate::workload::Count;

    #[test]
    fn one_away_passes() {
        let text = with("mimir", "ingester", "{replicas: 3}");
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
        assert!(applies(&RULE, &text));
    }

    #[test]
    fn none_away_fails_in_every_tier() {
        for (tier, word) in [("prod", "error"), ("test", "warning"), ("dev", "info")] {
            let text = environment(tier, "mimir", "")
                + "    roles: {ingester: {replicas: 3, pdb: {maxUnavailable: 0}}}\n";
            assert_eq!(
                asked(&RULE, &text),
                [format!(
                    "{word}: the disruption budget of mimir ingester lets none of 3 pods go"
                )]
            );
        }
    }

    /// Asks about workloads with these budgets, and about a stream.
    fn rendered(disruptions: &[Disruption], stream: &str) -> Vec<String> {
        let mut reader = Reader::new("stream");
        reader.feed(stream);
        let manifests = reader.finish();
        look(&with("mimir", "ingester", ""), |facts| {
            let mut workloads = facts.workloads.to_vec();
            workloads.retain(|workload| workload.role == "ingester");
            workloads[0].disruptions = disruptions.to_vec().into();
            let facts = Facts {
                workloads: &workloads,
                manifests: Some(&manifests),
                ..*facts
            };
            let mut verdict = Verdict::new(&RULE, facts.tier, true);
            check(&facts, &mut verdict);
            verdict
                .findings
                .iter()
                .map(|(_, found)| format!("{}: {}", found.severity.name(), found.message))
                .collect()
        })
    }

    const BUDGET: Disruption = Disruption {
        name: String::new(),
        max_unavailable: None,
        min_available: Some(Count::Percent(50)),
        evicts_unhealthy: true,
        matches: Some(3),
    };

    #[test]
    fn least_numbers_are_turned_around() {
        assert_eq!(rendered(&[BUDGET], ""), Vec::<String>::new());
        for least in [Count::Pods(3), Count::Percent(100), Count::Percent(67)] {
            let budget = Disruption {
                min_available: Some(least),
                ..BUDGET
            };
            assert_eq!(
                rendered(&[budget], ""),
                ["error: the disruption budget of mimir ingester lets none of 3 pods go"],
                "{least}"
            );
        }
    }

    #[test]
    fn two_budgets_over_one_pod_fail() {
        let named = |name: &str| Disruption {
            name: name.to_owned(),
            ..BUDGET
        };
        assert_eq!(
            rendered(&[named("a"), named("b")], ""),
            ["error: two budgets match the pods of mimir ingester: `a` and `b`"]
        );
    }

    #[test]
    fn a_budget_over_nothing_fails() {
        let budget = "
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: lost}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: a}}}
";
        let pod = |app: &str| {
            format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, labels: {{app: {app}}}}}\n\
                 spec: {{containers: [{{name: c, image: x}}]}}\n"
            )
        };
        assert_eq!(
            rendered(&[], &format!("{budget}{}", pod("b"))),
            ["error: the disruption budget `lost` matches no pod"]
        );
        assert_eq!(
            rendered(&[], &format!("{budget}{}", pod("a"))),
            Vec::<String>::new()
        );
    }

    #[test]
    fn pods_that_are_not_healthy_may_go() {
        let holding = Disruption {
            evicts_unhealthy: false,
            ..BUDGET
        };
        assert_eq!(
            rendered(&[holding], ""),
            ["info: budgets over 1 workload also hold pods that are not healthy"]
        );
    }

    #[test]
    fn without_budgets_it_does_not_apply() {
        assert!(!applies(&RULE, &environment("dev", "tempo", "")));
    }
}
