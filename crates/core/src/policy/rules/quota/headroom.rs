//! `quota/headroom` (HW-QUOTA-002): too little of the quota stays free.

use super::{each_scope, place, write};
use crate::budget::{Bound, Dimension, Quota, Scope, Totals, min_headroom};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Subject, Verdict};
use crate::sizing::{Ratio, budget};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "quota/headroom",
    entry: "HW-QUOTA-002",
    summary: "Headroom is stated the same way everywhere and is large enough",
    severities: Severities::WARNING,
    waivable: true,
    condition: "`(quota - required) / quota` is at least `assumptions.minHeadroom` (a fifth where nothing is said), for each thing that the quota counts, at rest and in the worst rollout. Below half of that it is an error in prod. The figure at rest alone proves nothing.",
    why: "A plan's headroom is spent by the first rollout: the new pods of each Deployment, and one more ingester where an update needs it, come on top of what runs.",
    source: "The rollout plan states 35.2%, 20.9% and 24.0% and says nothing of rollouts: with one more pod for each Deployment 13.1% of the memory is free, with one more ingester for each backend 6.9%.",
    fix: "Ask for a larger quota, or roll fewer workloads at a time (`assumptions.rollout.concurrency`, sync waves).",
    passes: "quotaRequest: {cpu: 10000m, memory: 44Gi, storage: 96Gi}\nalreadyUsed: {cpu: 2630m, memory: 15Gi, storage: 30Gi}",
    fails: "quotaRequest: {cpu: 10000m, memory: 32Gi, storage: 96Gi}\nalreadyUsed: {cpu: 2630m, memory: 15Gi, storage: 30Gi}",
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
    verdict.applies();
    let totals = Totals::of(scope);
    let least = min_headroom(facts.environment);
    let (at_rest, worst) = (totals.at_rest(), totals.worst());
    for dimension in Dimension::ALL {
        let Some(bound) = quota.bound(dimension) else {
            continue;
        };
        let moments = [
            ("at rest", dimension.of(&at_rest)),
            ("in the worst rollout", dimension.of(&worst)),
        ];
        for (when, required) in moments {
            let Some(free) = budget::headroom(bound.units, required) else {
                continue;
            };
            verdict.figure(|| Figure {
                subject: format!("{dimension} {when}"),
                value: format!("{free} free"),
                bound: format!("at least {least}"),
                formula: dimension.headroom_formula(bound.units, required),
                holds: free >= least,
            });
        }
        // What does not fit at all is another rule's to say, at rest and in a rollout.
        let fitting = moments
            .into_iter()
            .rev()
            .find(|(_, required)| *required <= bound.units);
        let Some((when, required)) = fitting else {
            continue;
        };
        let Some(free) = budget::headroom(bound.units, required) else {
            continue;
        };
        if free < least {
            let found = short(facts, dimension, bound, (when, free), &totals);
            let half = Ratio::new(least.part(), least.whole().saturating_mul(2));
            verdict.found(if half.is_some_and(|half| free < half) {
                found.weighing(Severities::ERROR)
            } else {
                found
            });
        }
    }
}

fn short(
    facts: &Facts<'_>,
    dimension: Dimension,
    bound: Bound<'_>,
    (when, free): (&str, Ratio),
    totals: &Totals,
) -> Finding {
    let least = min_headroom(facts.environment);
    let (at_rest, worst) = (totals.at_rest(), totals.worst());
    let worst = dimension.of(&worst);
    let help = match dimension.smallest_quota(worst, least) {
        Some(smallest) => format!(
            "{} or more ({}), or roll fewer workloads at a time{}",
            write(&bound, dimension, smallest),
            dimension.minimum_formula(worst, least),
            facts.words(" with `assumptions.rollout.concurrency`", ""),
        ),
        None => "no quota is large enough for this: lower `assumptions.minHeadroom`".to_owned(),
    };
    Finding::new(
        Subject::ENVIRONMENT,
        format!(
            "{dimension}: {} of {} stays free {when}, and {least} is the least",
            apart(free, least),
            bound.origin.words(),
        ),
    )
    .at(place(facts, &bound, dimension))
    .why(format!(
        "{} in the worst rollout, {} at rest",
        dimension.headroom_formula(bound.units, worst),
        dimension.headroom_formula(bound.units, dimension.of(&at_rest)),
    ))
    .help(help)
}

/// Shows a ratio below a bound with as many decimals as tell the two apart.
fn apart(free: Ratio, least: Ratio) -> String {
    let text = free.to_string();
    if text == least.to_string() {
        format!("{free:.4}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, figures, prod};

    // Two pods of 200m and 256Mi, one more in a rollout: 400m and 512Mi at rest, 600m and 768Mi in it.
    fn traefik(quota: &str) -> String {
        prod("traefik", quota)
    }

    #[test]
    fn a_fifth_free_in_the_worst_rollout_passes() {
        let text = traefik("quota: {cpu: 750m, memory: 1Gi, storage: 1Gi}");
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
        assert_eq!(
            figures(&RULE, &text)[..2],
            [
                "CPU at rest: 46.7% free (at least 20.0%): (750m - 400m) / 750m = 46.7%",
                "CPU in the worst rollout: 20.0% free (at least 20.0%): (750m - 600m) / 750m = 20.0%",
            ]
        );
    }

    #[test]
    fn headroom_at_rest_alone_does_not_pass() {
        let text = traefik("quota: {cpu: 749m, memory: 1Gi, storage: 1Gi}");
        assert_eq!(
            asked(&RULE, &text),
            [
                "warning: CPU: 19.9% of the quota stays free in the worst rollout, and 20.0% is the least"
            ]
        );
        let text = traefik("quota: {cpu: 650m, memory: 1Gi, storage: 1Gi}");
        assert_eq!(
            asked(&RULE, &text),
            [
                "error: CPU: 7.7% of the quota stays free in the worst rollout, and 20.0% is the least"
            ]
        );
    }

    #[test]
    fn tiers_weigh_it() {
        for (tier, quota, expected) in [
            ("test", "450m", "info: "),
            ("dev", "450m", "info: "),
            ("test", "410m", "warning: "),
            ("dev", "410m", "info: "),
        ] {
            let quota = format!("quota: {{cpu: {quota}, memory: 2Gi, storage: 1Gi}}");
            let found = asked(&RULE, &environment(tier, "traefik", &quota));
            assert_eq!(found.len(), 1, "{tier} {found:?}");
            assert!(found[0].starts_with(expected), "{tier} {found:?}");
        }
    }

    #[test]
    fn a_bound_of_the_environments_own() {
        let rest =
            "quota: {cpu: 650m, memory: 1Gi, storage: 1Gi}\nassumptions: {minHeadroom: 0.05}";
        assert_eq!(asked(&RULE, &traefik(rest)), Vec::<String>::new());
    }

    #[test]
    fn what_does_not_fit_is_said_once() {
        assert_eq!(
            asked(
                &RULE,
                &traefik("quota: {cpu: 300m, memory: 1Gi, storage: 1Gi}")
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn without_a_quota_there_is_no_headroom() {
        assert!(!applies(&RULE, &traefik("")));
    }

    #[test]
    fn a_share_just_below_the_bound_is_told_apart() {
        let free = Ratio::rest(10_000, 8_004).unwrap();
        assert_eq!(apart(free, Ratio::per_mille(200)), "19.9600%");
    }
}
