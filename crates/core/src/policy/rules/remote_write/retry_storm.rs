//! `remote-write/retry-storm` (HW-RW-005): the read path at ten times its queries, as when an outage ends.

use super::senders::{self, Capacity};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::sizing::remote_write::{Senders, fan_in, fan_in_formula};
use crate::workload::Workload;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "remote-write/retry-storm",
    entry: "HW-RW-005",
    summary: "The read path bears the queries that come when an outage ends",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For the receivers of queries of each backend and for the proxy in front of them: replicas x `assumptions.queriesPerPod` is at least `assumptions.stormFactor` (10) x `assumptions.queries`. Without the first two it does not apply. What the writers send while they catch up is shown beside it; where that is too much, `remote-write/fan-in` says so.",
    why: "Dashboards, alerts and scripts all ask again what they could not ask during the outage. A read path that falls over once more gives them a reason to go on.",
    source: "The pod-priority outage: after the pods were back, ten times the usual queries kept the proxy and the query path down.",
    fix: "Run more pods of what is too small, or limit how much each sender of queries may retry.",
    passes: "assumptions: {queries: 10, queriesPerPod: 60}   # two pods bear 120, 100 come",
    fails: "assumptions: {queries: 20, queriesPerPod: 60}   # two pods bear 120, 200 come",
    check: Check::Environment(check),
};

/// The roles that a backend's queries pass, the proxy first; of a single binary that one.
const READERS: [(&str, &[&str]); 3] = [
    ("mimir", &["gateway", "query-frontend"]),
    ("tempo", &["query-frontend", "tempo"]),
    ("loki", &["gateway", "query-frontend", "loki"]),
];

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let assumptions = facts.assumptions();
    let (Some(queries), Some(each)) = (assumptions.queries, assumptions.queries_per_pod) else {
        return verdict.lacks("`assumptions.queries` or `assumptions.queriesPerPod` is not said");
    };
    let factor = assumptions.storm_factor.unwrap_or(10.0);
    let storm = queries * factor;
    for (component, roles) in READERS {
        for role in roles {
            let mut pods = 0_u32;
            let mut first: Option<&Workload> = None;
            for workload in facts.workloads_of(component, role) {
                pods = pods.saturating_add(workload.replicas);
                first = first.or(Some(workload));
            }
            let Some(workload) = first.filter(|_| pods > 0) else {
                continue;
            };
            let borne = f64::from(pods) * each;
            let formula =
                || format!("{factor} x {queries} queries/s = {storm}; {pods} x {each} = {borne}");
            verdict.figure(|| Figure {
                subject: workload.title(),
                value: format!("{borne} queries/s"),
                bound: format!("at least {storm}"),
                formula: formula(),
                holds: borne >= storm,
            });
            if borne < storm {
                // A small whole number of pods; where it is none, no number helps.
                let needed = (storm / each).ceil();
                verdict.found(
                    Finding::new(
                        workload,
                        format!(
                            "{pods} pods of {} bear {borne} queries/s, and {storm} come when an outage ends",
                            workload.title()
                        ),
                    )
                    .at(facts.place(workload, "replicas"))
                    .why(formula())
                    .help(if needed.is_finite() && needed > 0.0 {
                        format!("run {needed} pods of it, or limit how often queries are tried again")
                    } else {
                        "let `assumptions.queriesPerPod` be above zero".to_owned()
                    }),
                );
            }
        }
    }
    let writers = senders::writers(facts);
    if let Some(capacity) = Capacity::of(facts).filter(|_| !writers.is_empty()) {
        let sized: Vec<Senders> = writers.iter().map(|writer| writer.sized()).collect();
        let pushes = fan_in(&sized);
        verdict.figure(|| Figure {
            subject: "mimir, writers that catch up".to_owned(),
            value: format!("{pushes} pushes at a time"),
            bound: format!("at most {}", capacity.pushes),
            formula: format!("{}; {}", fan_in_formula(&sized), capacity.formula()),
            holds: pushes <= capacity.pushes,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, prod};

    #[test]
    fn ten_times_the_queries_are_borne_or_not() {
        let rest = "assumptions: {queries: 1, queriesPerPod: 60}";
        assert_eq!(asked(&RULE, &prod("mimir", rest)), Vec::<String>::new());
        let rest = "assumptions: {queries: 20, queriesPerPod: 60}";
        let found = asked(&RULE, &prod("mimir", rest));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].ends_with("bear 120 queries/s, and 200 come when an outage ends"),
            "{found:?}"
        );
    }

    #[test]
    fn without_numbers_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("mimir", "")));
        assert!(!applies(
            &RULE,
            &prod("traefik", "assumptions: {queries: 1, queriesPerPod: 60}")
        ));
    }
}
