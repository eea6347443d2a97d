//! `version/family-not-allowed` (HW-VER-002): a shape of a chart that the tier may not run.

use crate::environment::Tier;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "version/family-not-allowed",
    entry: "HW-VER-002",
    summary: "Each tier runs the shapes of a chart that it may",
    severities: Severities::ERROR,
    waivable: true,
    condition: "The variant of each component is among those that `allowedVariants` names for the tier; where it names none, tempo is `monolithic` in dev and test and distributed in prod, and all others are free. A monolith runs one pod, unless its pods share what they store: loki's do, tempo's do not.",
    why: "A monolith in prod cannot scale its parts by themselves, and a distributed chart in dev starts two dozen pods for nobody.",
    source: "The rollout plan chooses charts by environment. The tempo chart joins its pods to no ring.",
    fix: "Choose another variant, or change `allowedVariants`.",
    passes: "tempo: {variant: distributed-2}   # in prod",
    fails: "tempo: {variant: monolithic}   # in prod",
    check: Check::Environment(check),
};

/// The variants of a component that a tier may run where nobody says otherwise; none: any.
const fn usual(component: &str, tier: Tier) -> Option<&'static [&'static str]> {
    match (component.as_bytes(), tier) {
        (b"tempo", Tier::Prod) => Some(&["distributed-2", "distributed-3"]),
        (b"tempo", Tier::Dev | Tier::Test) => Some(&["monolithic"]),
        _ => None,
    }
}

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let Some(environment) = facts.environment else {
        return verdict.lacks("no environment, and so no variants");
    };
    for release in facts.releases {
        verdict.applies();
        let component = release.component.as_str();
        let said = environment.model.allowed_variants.get(component);
        let named: Option<Vec<&str>> = match said {
            Some(tiers) => match facts.tier {
                Tier::Dev => &tiers.dev,
                Tier::Test => &tiers.test,
                Tier::Prod => &tiers.prod,
            }
            .as_ref()
            .map(|variants| variants.iter().map(String::as_str).collect()),
            None => usual(component, facts.tier).map(<[&str]>::to_vec),
        };
        let place = || Some(environment.key_location(&format!("components.{component}.variant")));
        if let Some(allowed) = named
            && !allowed.contains(&release.variant.as_str())
        {
            verdict.found(
                Finding::new(
                    Subject::component(component),
                    format!(
                        "{} does not run variant `{}` of {component}",
                        facts.tier.name(),
                        release.variant
                    ),
                )
                .at(place())
                .why(if said.is_some() {
                    "`allowedVariants` names others for this tier".to_owned()
                } else {
                    "by the usual table; `allowedVariants` may name others".to_owned()
                })
                .help(if allowed.is_empty() {
                    format!("remove {component}, or allow a variant")
                } else {
                    format!(
                        "choose `{}`, or allow it under `allowedVariants.{component}`",
                        allowed.join("` or `")
                    )
                }),
            );
        }
        if release.variant != "monolithic" || component == "loki" {
            continue;
        }
        for workload in facts.workloads_of(component, component) {
            let pods = workload.most_replicas.unwrap_or(workload.replicas);
            if pods > 1 {
                verdict.found(
                    Finding::new(
                        workload,
                        format!(
                            "{pods} pods of the monolith {component} do not know of each other"
                        ),
                    )
                    .at(facts.place(workload, "replicas"))
                    .why("each would answer from what it took in itself, and miss the rest")
                    .help("run one pod, or the distributed variant"),
                );
            }
        }
    }
    verdict.lacks("no component runs");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, prod};

    fn tempo(tier: &str, rest: &str, variant: &str) -> String {
        format!(
            "{}    variant: {variant}\n",
            environment(tier, "tempo", rest)
        )
    }

    #[test]
    fn the_usual_table_and_the_environment_s_own() {
        assert_eq!(
            asked(&RULE, &tempo("prod", "", "distributed-2")),
            Vec::<String>::new()
        );
        assert_eq!(
            asked(&RULE, &tempo("dev", "", "monolithic")),
            Vec::<String>::new()
        );
        assert_eq!(asked(&RULE, &prod("loki", "")), Vec::<String>::new());
        assert_eq!(
            asked(&RULE, &tempo("prod", "", "monolithic")),
            ["error: prod does not run variant `monolithic` of tempo"]
        );
        let own = "allowedVariants: {tempo: {prod: [monolithic]}}";
        assert_eq!(
            asked(&RULE, &tempo("prod", own, "monolithic")),
            Vec::<String>::new()
        );
        assert_eq!(asked(&RULE, &tempo("prod", own, "distributed-2")).len(), 1);
    }

    #[test]
    fn a_monolith_of_two_pods_is_found() {
        let env = tempo("dev", "", "monolithic") + "    roles: {tempo: {replicas: 2}}\n";
        assert_eq!(
            asked(&RULE, &env),
            ["info: 2 pods of the monolith tempo do not know of each other"]
        );
    }

    #[test]
    fn it_applies_to_every_release() {
        assert!(applies(&RULE, &prod("traefik", "")));
    }
}
