//! `quota/exceeded` (HW-QUOTA-001): more is asked for than the namespace's quota holds.

use super::{each_scope, listed, place, write};
use crate::budget::{Bound, Dimension, Quota, Scope, Totals, min_headroom};
use crate::diagnostic::Severity;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "quota/exceeded",
    entry: "HW-QUOTA-001",
    summary: "The namespace fits its quota",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "`alreadyUsed` + the requests of all pods that come new + `planned` is at most the quota, for CPU, memory and storage: `quotaRequest` where there is one, else `quota`. What an environment's quota does not state (pods, volume claims, limits) is held against a rendered `ResourceQuota` that states it. Components with `alreadyRunning: true` are inside `alreadyUsed`. Where a request is pending and today's quota is too small, that is worth knowing.",
    why: "A quota refuses pods when they are made, so an overrun shows as a replica that is missing in the middle of a rollout.",
    source: "The rollout plan had to ask for more of everything: its first phase alone lacked 1530m, 6Gi and 7Gi. Kubernetes documentation, \"Resource Quotas\".",
    fix: "Ask for the smallest quota that keeps the headroom, which `helmwright budget` computes, and write it as `quotaRequest`; or ask for less.",
    passes: "quota: {cpu: 10000m, memory: 32Gi, storage: 96Gi}\nalreadyUsed: {cpu: 2630m, memory: 8.5Gi, storage: 55Gi}",
    fails: "quota: {cpu: 4000m, memory: 16Gi, storage: 64Gi}\nalreadyUsed: {cpu: 2630m, memory: 8.5Gi, storage: 55Gi}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    each_scope(facts, |scope| measure(facts, scope, verdict));
}

fn measure(facts: &Facts<'_>, scope: &Scope<'_>, verdict: &mut Verdict<'_>) {
    let quota = Quota::of(scope);
    if !quota.is_some() {
        verdict.lacks("no quota");
        return;
    }
    let totals = Totals::of(scope);
    let at_rest = totals.at_rest();
    for dimension in Dimension::ALL {
        let Some(bound) = quota.bound(dimension) else {
            continue;
        };
        let required = dimension.of(&at_rest);
        let fits = required <= bound.units;
        verdict.figure(|| Figure {
            subject: dimension.name().to_owned(),
            value: format!("{} at rest", dimension.shown(required)),
            bound: format!("at most {}", dimension.shown(bound.units)),
            formula: formula(dimension, &totals),
            holds: fits,
        });
        if !fits {
            verdict.found(exceeded(facts, &totals, dimension, bound));
        }
    }
    pending(facts, &quota, &totals, verdict);
}

/// Returns what is needed at rest with its parts: `2630m used + 2900m new + 950m planned = 6480m`.
fn formula(dimension: Dimension, totals: &Totals) -> String {
    let shown = |units| dimension.shown(units);
    if !Dimension::REQUESTS.contains(&dimension) {
        let all = dimension.of(&totals.at_rest());
        return format!("{} of all workloads that are known", shown(all));
    }
    format!(
        "{} used + {} new + {} planned = {}",
        shown(dimension.of(&totals.used)),
        shown(dimension.of(&totals.new)),
        shown(dimension.of(&totals.planned)),
        shown(dimension.of(&totals.at_rest()))
    )
}

fn exceeded(facts: &Facts<'_>, totals: &Totals, dimension: Dimension, bound: Bound<'_>) -> Finding {
    let required = dimension.of(&totals.at_rest());
    let headroom = min_headroom(facts.environment);
    let smallest = dimension.smallest_quota(dimension.of(&totals.worst()), headroom);
    let help = match smallest {
        Some(smallest) => format!(
            "{} or more, which keeps {headroom} free in the worst rollout; or ask for less in the roles that `helmwright budget` lists",
            write(&bound, dimension, smallest)
        ),
        None => "no quota is large enough for this: look for a number that is too large".to_owned(),
    };
    Finding::new(
        Subject::ENVIRONMENT,
        format!(
            "{dimension}: {} needed at rest, and {} is {}",
            dimension.shown(required),
            bound.origin.words(),
            dimension.shown(bound.units)
        ),
    )
    .at(place(facts, &bound, dimension))
    .why(format!(
        "{}, which leaves {}; pods beyond it are refused",
        formula(dimension, totals),
        dimension.balance(bound.units, required)
    ))
    .help(help)
}

/// Says what today's quota lacks until the one that is asked for is there.
fn pending(facts: &Facts<'_>, quota: &Quota, totals: &Totals, verdict: &mut Verdict<'_>) {
    // What is planned comes later than the request is decided.
    let now = totals.used.plus(totals.new);
    let short = |dimension: &Dimension| {
        quota
            .superseded(*dimension)
            .is_some_and(|today| dimension.of(&now) > today)
    };
    if !Dimension::REQUESTS.iter().any(short) {
        return;
    }
    let lacking: Vec<String> = Dimension::REQUESTS
        .into_iter()
        .filter(short)
        .filter_map(|dimension| {
            let today = quota.superseded(dimension)?;
            let missing = dimension.of(&now).saturating_sub(today);
            Some(format!("{} of {dimension}", dimension.shown(missing)))
        })
        .collect();
    verdict.found(
        Finding::new(
            Subject::ENVIRONMENT,
            format!("today's quota lacks {}", listed(&lacking)),
        )
        .at(facts.setting("quota"))
        .label(facts.setting("quotaRequest"), "asked for")
        .why("used + new does not fit before the request is granted; what is planned is not counted here")
        .help("wait for the quota before the sync; `helmwright budget --format markdown` writes the request")
        .weighing(Severities::INFO),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, figures, prod};

    fn traefik(quota: &str) -> String {
        prod("traefik", quota)
    }

    #[test]
    fn what_fits_passes_with_its_numbers() {
        let text = traefik(
            "quota: {cpu: 4, memory: 4Gi, storage: 1Gi}\nalreadyUsed: {cpu: 1, memory: 1Gi, storage: 0}",
        );
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
        assert_eq!(
            figures(&RULE, &text)[0],
            "CPU: 1400m at rest (at most 4000m): 1000m used + 400m new + 0m planned = 1400m"
        );
    }

    #[test]
    fn what_does_not_fit_fails_everywhere() {
        let text = traefik("quota: {cpu: 300m, memory: 4Gi, storage: 1Gi}");
        assert_eq!(
            asked(&RULE, &text),
            ["error: CPU: 400m needed at rest, and the quota is 300m"]
        );
        let dev = text.replace("environment: prod", "environment: dev");
        assert_eq!(asked(&RULE, &dev).len(), 0, "one replica fits");
    }

    #[test]
    fn a_request_supersedes_and_today_is_worth_knowing() {
        let text = traefik(
            "quota: {cpu: 300m, memory: 4Gi, storage: 1Gi}\nquotaRequest: {cpu: 2, memory: 4Gi, storage: 1Gi}",
        );
        assert_eq!(
            asked(&RULE, &text),
            ["info: today's quota lacks 100m of CPU"]
        );
        let text = traefik(
            "quota: {cpu: 2, memory: 4Gi, storage: 1Gi}\nquotaRequest: {cpu: 300m, memory: 4Gi, storage: 1Gi}",
        );
        assert_eq!(
            asked(&RULE, &text),
            ["error: CPU: 400m needed at rest, and the quota that is asked for is 300m"]
        );
    }

    #[test]
    fn what_runs_already_is_not_counted_twice() {
        let text = traefik(
            "quota: {cpu: 1, memory: 4Gi, storage: 1Gi}\nalreadyUsed: {cpu: 800m, memory: 1Gi, storage: 0}",
        );
        assert_eq!(asked(&RULE, &text).len(), 1);
        let running = format!("{text}    alreadyRunning: true\n");
        assert_eq!(asked(&RULE, &running), Vec::<String>::new());
    }

    #[test]
    fn a_rendered_quota_counts_what_an_environment_does_not_state() {
        let mut reader = crate::manifest::Reader::new("stream");
        reader.feed(
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: team}\n\
             spec: {hard: {pods: '1', limits.memory: 512Mi, requests.cpu: '3'}}\n",
        );
        let manifests = reader.finish();
        let found = crate::policy::tests::look(
            &traefik("quota: {cpu: 4, memory: 4Gi, storage: 1Gi}"),
            |facts| {
                crate::policy::tests::said(
                    &RULE,
                    &Facts {
                        manifests: Some(&manifests),
                        ..*facts
                    },
                )
            },
        );
        assert_eq!(
            found,
            [
                "error: pods: 2 needed at rest, and `pods` of ResourceQuota `team` is 1",
                "error: memory limits: 1Gi needed at rest, and `limits.memory` of ResourceQuota `team` is 512Mi",
            ]
        );
    }

    #[test]
    fn a_stream_alone_is_held_against_its_own_quota() {
        let mut reader = crate::manifest::Reader::new("stream");
        reader.feed(
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: team, namespace: a}\n\
             spec: {hard: {requests.cpu: 100m}}\n",
        );
        let manifests = reader.finish();
        let found = crate::policy::tests::look(&traefik(""), |facts| {
            let mut workloads = facts.workloads.to_vec();
            let mut verdicts = Vec::new();
            for namespace in ["a", "b"] {
                workloads[0].namespace = namespace.into();
                let facts = Facts {
                    environment: None,
                    manifests: Some(&manifests),
                    workloads: &workloads,
                    ..*facts
                };
                verdicts.push(crate::policy::tests::said(&RULE, &facts).len());
            }
            verdicts
        });
        assert_eq!(found, [1, 0]);
    }

    #[test]
    fn without_a_quota_there_is_nothing_to_hold() {
        assert!(!applies(&RULE, &traefik("")));
    }
}
