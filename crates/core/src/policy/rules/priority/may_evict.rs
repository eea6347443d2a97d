//! `priority/may-evict` (HW-PRIO-004): a class whose pods may evict others without being meant to.

use super::classes;
use crate::environment::{Kind, Tier};
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "priority/may-evict",
    entry: "HW-PRIO-004",
    summary: "Classes that are not meant to evict say so",
    severities: Severities::WARNING.off_in_dev(),
    waivable: true,
    condition: "A class that workloads of dev or test carry, or pods that are no ingester, store-gateway, alerting or edge, has `preemptionPolicy: Never`, unless `mayPreempt: true` says that it is meant to evict; a class with `mayPreempt: false` has it too.",
    why: "With `Never` a pod keeps its place in the queue and evicts nobody, so that a shortage shows as pending pods, which is visible and harmless.",
    source: "The pod-priority outage, played again with `Never` on the default class: nothing is evicted. Kubernetes documentation, \"Non-preempting PriorityClass\".",
    fix: "Set `preemptionPolicy: Never`. The policy of a class that exists cannot be changed: make a new one and move the workloads to it.",
    passes: "priorityClasses: {obs-batch: {value: 500, kinds: [batch, ui], preemptionPolicy: Never}}",
    fails: "priorityClasses: {obs-batch: {value: 500, kinds: [batch, ui]}}",
    check: Check::Environment(check),
};

/// Returns whether pods of a kind are worth another's place.
const fn is_worth_it(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Ingester | Kind::StoreGateway | Kind::Alerting | Kind::Edge
    )
}

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let classes = classes::known(facts);
    if classes.is_empty() {
        return verdict.lacks("no priority classes");
    }
    for class in &classes {
        let carried: Vec<_> = facts
            .workloads
            .iter()
            .filter(|workload| workload.priority_class.as_deref() == Some(class.name))
            .collect();
        if carried.is_empty() && class.may_preempt != Some(false) {
            continue;
        }
        verdict.applies();
        let unworthy = carried
            .iter()
            .find(|workload| workload.kind.is_some_and(|kind| !is_worth_it(kind)));
        let why = match (class.may_preempt, unworthy) {
            (Some(true), _) => continue,
            (Some(false), _) => "`mayPreempt: false` says that it is not meant to".to_owned(),
            (None, Some(workload)) => {
                format!("{} carries it, and can wait for room", workload.title())
            }
            (None, None) if facts.tier != Tier::Prod => {
                format!(
                    "{} of tier {}, and can wait for room",
                    facts.words("this environment is", "what carries it is"),
                    facts.tier.name()
                )
            }
            (None, None) => continue,
        };
        if class.evicts {
            verdict.found(
                Finding::new(
                    Subject::ENVIRONMENT,
                    format!("pods of class `{}` may evict others", class.name),
                )
                .at(class.place.clone())
                .why(why)
                .help(facts.words(
                    "set `preemptionPolicy: Never` in a new class, for that of an old one cannot be changed; or say `mayPreempt: true`",
                    "set `preemptionPolicy: Never` in a new class, for that of an old one cannot be changed",
                )),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, prod};

    fn class(more: &str, kind: &str) -> String {
        format!("priorityClasses: {{one: {{value: 500, kinds: [{kind}]{more}}}}}")
    }

    #[test]
    fn never_and_a_worthy_kind_pass() {
        for text in [
            class(", preemptionPolicy: Never", "stateless"),
            class("", "ingester"),
            class(", mayPreempt: true", "stateless"),
        ] {
            assert_eq!(asked(&RULE, &prod("mimir", &text)), Vec::<String>::new());
            assert!(applies(&RULE, &prod("mimir", &text)));
        }
        assert!(!applies(&RULE, &prod("mimir", "")));
    }

    #[test]
    fn stateless_pods_that_may_evict_are_found() {
        for text in [
            class("", "stateless"),
            class(", mayPreempt: false", "ingester"),
        ] {
            assert_eq!(
                asked(&RULE, &prod("mimir", &text)),
                ["warning: pods of class `one` may evict others"]
            );
        }
    }

    #[test]
    fn no_class_of_test_is_worth_another_s_place() {
        assert_eq!(
            asked(&RULE, &environment("test", "mimir", &class("", "ingester"))),
            ["info: pods of class `one` may evict others"]
        );
    }
}
