//! `replication/pdb-blocks-drain` (HW-HA-005): a budget that lets no pod go.

use super::members;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Verdict};
use crate::workload::{Disruption, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/pdb-blocks-drain",
    entry: "HW-HA-005",
    summary: "Every disruption budget allows at least one eviction",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For every budget over a workload that runs: `maxUnavailable`, or matched pods - `minAvailable`, percentages rounded up, is at least 1. No two budgets match the same pod.",
    why: "A budget that allows nothing blocks node drains and cluster upgrades for ever, and over one pod it gives no availability either: it makes a stuck drain of a short restart. Where two budgets match a pod, its eviction is refused.",
    source: "Kubernetes API reference, `policy/v1`; Kubernetes documentation, \"Disruptions\".",
    fix: "Take the budget from a single pod and expect its short restart; else set `maxUnavailable: 1`.",
    passes: "mimir: {roles: {ingester: {replicas: 3, pdb: {maxUnavailable: 1}}}}",
    fails: "mimir: {roles: {ingester: {replicas: 3, pdb: {maxUnavailable: 0}}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for (index, workload) in facts.workloads.iter().enumerate() {
        for disruption in &workload.disruptions {
            verdict.applies();
            let shared = disruption.matches.unwrap_or(0) > workload.replicas;
            if shared && members::is_repeated(facts, index) {
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
    verdict.lacks("no disruption budget");
}

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
    } else {
        format!("set `roles.{}.pdb: {{maxUnavailable: 1}}`", workload.role)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, with};

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

    #[test]
    fn without_budgets_it_does_not_apply() {
        assert!(!applies(&RULE, &environment("dev", "tempo", "")));
    }
}
