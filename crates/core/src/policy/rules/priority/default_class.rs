//! `priority/default-class` (HW-PRIO-002): a priority that pods get without asking.

use super::classes;
use crate::diagnostic::{Severity, nearest};
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "priority/default-class",
    entry: "HW-PRIO-002",
    summary: "No workload relies on a default priority, and no class with a value above 0 is the default",
    severities: Severities::everywhere(Severity::Error),
    waivable: false,
    condition: "Where priority classes are known: every workload names one of them, and a chart that reads none gets a warning; no class with a value above 0 is `globalDefault`, unless `admittedAfter` says that all that runs was admitted after it; at most one class is the default; a value is at most 1000000000 and no name begins with `system-`. Without any class it does not apply: then all pods have priority 0.",
    why: "A default counts only for pods that are admitted later; those that run keep 0. So a pod's own replacement outranks its siblings, evicts one of them, whose replacement evicts the next. And classes belong to the whole cluster: one team's default changes everybody's pods.",
    source: "The pod-priority outage. Kubernetes documentation, \"Pod Priority and Preemption\".",
    fix: "Remove `globalDefault`, give every kind a class, or let the default class have `preemptionPolicy: Never`.",
    passes: "priorityClasses: {obs-stateless: {value: 1000, kinds: [stateless]}}",
    fails: "priorityClasses: {medium: {value: 2000, globalDefault: true}}",
    check: Check::Environment(check),
};

/// The highest value that a class of a user's may have.
///
/// Source: Kubernetes API reference, `PriorityClass`.
const HIGHEST: i64 = 1_000_000_000;

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let classes = classes::known(facts);
    if classes.is_empty() {
        return verdict.lacks("no priority classes");
    }
    verdict.applies();
    for workload in facts.workloads {
        let finding = match workload.priority_class.as_deref() {
            Some(name) if classes::is_system(name) => continue,
            Some(name) if classes.iter().any(|class| class.name == name) => continue,
            Some(name) => {
                let near = nearest(name, classes.iter().map(|class| class.name));
                Finding::new(
                    workload,
                    format!("{} names the priority class `{name}`, which nobody defines", workload.title()),
                )
                .why("the API server refuses a pod whose class does not exist")
                .help(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => facts
                        .words(
                            "name one of `priorityClasses`, or add it there",
                            "set `priorityClassName` to a PriorityClass that there is, or create this one",
                        )
                        .to_owned(),
                })
            }
            None if !workload.reads_priority => Finding::new(
                workload,
                format!("{} cannot be given a priority class", workload.title()),
            )
            .weighing(Severities::everywhere(Severity::Warning))
            .why("its chart reads none, so its pods have the default priority, whatever becomes the default")
            .help("see that no class is `globalDefault`"),
            None => Finding::new(
                workload,
                format!("{} names no priority class", workload.title()),
            )
            .why("its pods have the default priority, which changes when a class becomes the default")
            .help(match workload.kind {
                Some(kind) if facts.environment.is_some() => format!(
                    "add `{}` to the `kinds` of one of `priorityClasses`, or set the role's `priorityClass`",
                    kind.name()
                ),
                _ => "set `priorityClassName` in its pods".to_owned(),
            }),
        };
        verdict.found(finding.at(facts.place(workload, "priorityClass")));
    }
    let mut default = None;
    for class in &classes {
        if class.is_default && class.value > 0 && class.evicts && !class.admitted_after {
            verdict.found(
                Finding::new(
                    Subject::ENVIRONMENT,
                    format!(
                        "priority class `{}` with value {} is the default of all pods",
                        class.name, class.value
                    ),
                )
                .at(class.place.clone())
                .why("pods that run keep priority 0, so the replacement of one outranks and evicts the others")
                .help(facts.words(
                    "remove `globalDefault: true`; or set `preemptionPolicy: Never`; or, if all that runs was admitted after it, `admittedAfter: true`",
                    "remove `globalDefault: true`, or make a new class with `preemptionPolicy: Never`",
                )),
            );
        }
        if class.is_default {
            if let Some(first) = default {
                verdict.found(
                    Finding::new(
                        Subject::ENVIRONMENT,
                        format!("`{first}` and `{}` are both the default class", class.name),
                    )
                    .at(class.place.clone())
                    .why("Kubernetes then takes the lower of the two, whichever that is by then")
                    .help("leave `globalDefault` to one of them, or to none"),
                );
            }
            default.get_or_insert(class.name);
        }
        if class.value > HIGHEST || class.name.starts_with("system-") {
            verdict.found(
                Finding::new(
                    Subject::ENVIRONMENT,
                    format!("`{}` with value {} is kept for Kubernetes itself", class.name, class.value),
                )
                .at(class.place.clone())
                .why(format!("classes of users end at {HIGHEST}, and names that begin with `system-` are reserved"))
                .help("choose another name and a value up to 1000000000"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, prod, with};

    const ALL: &str = "priorityClasses: {edge: {value: 4000, kinds: [edge]}}";

    #[test]
    fn a_named_class_passes() {
        assert_eq!(asked(&RULE, &prod("traefik", ALL)), Vec::<String>::new());
        assert!(applies(&RULE, &prod("traefik", ALL)));
        assert!(!applies(&RULE, &prod("traefik", "")));
    }

    #[test]
    fn no_class_and_an_unknown_class_fail_in_every_tier() {
        for tier in ["dev", "prod"] {
            let found = asked(
                &RULE,
                &environment(
                    tier,
                    "traefik",
                    "priorityClasses: {low: {value: 1, kinds: [batch]}}",
                ),
            );
            assert_eq!(found, ["error: traefik names no priority class"]);
        }
        let text = with("traefik", "traefik", "{priorityClass: edgy}")
            .replace("objectStore", &format!("{ALL}\nobjectStore"));
        assert_eq!(
            asked(&RULE, &text),
            ["error: traefik names the priority class `edgy`, which nobody defines"]
        );
    }

    #[test]
    fn a_default_above_zero_fails() {
        let default = |more: &str| {
            prod(
                "traefik",
                &format!(
                    "priorityClasses: {{medium: {{value: 2000, kinds: [edge], globalDefault: true{more}}}}}"
                ),
            )
        };
        assert_eq!(
            asked(&RULE, &default("")),
            ["error: priority class `medium` with value 2000 is the default of all pods"]
        );
        assert!(asked(&RULE, &default(", preemptionPolicy: Never")).is_empty());
        assert!(asked(&RULE, &default(", admittedAfter: true")).is_empty());
    }

    #[test]
    fn two_defaults_fail() {
        let text = prod(
            "traefik",
            "priorityClasses: {a: {value: 0, kinds: [edge], globalDefault: true}, b: {value: -1, globalDefault: true}}",
        );
        assert_eq!(
            asked(&RULE, &text),
            ["error: `a` and `b` are both the default class"]
        );
    }
}
