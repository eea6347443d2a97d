//! `resources/memory-limit-misplaced` (HW-RES-003): a memory limit where none belongs, or none where one does.

use super::{place, title};
use crate::environment::{MemoryRange, PolicyClass};
use crate::policy::{Check, Facts, Finding, Rule, Severities, Verdict};
use crate::units::Memory;
use crate::workload::{Container, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "resources/memory-limit-misplaced",
    entry: "HW-RES-003",
    summary: "Memory limits sit on ingesters and store-gateways, within range, and nowhere else in the backend class",
    severities: Severities::ERROR,
    waivable: true,
    condition: "The program of a kind that `resourcePolicy.memoryLimit` names has `limits.memory` within the tier's range. Without a policy: ingesters \
        512Mi to 2Gi in dev, 1Gi to 4Gi in test, 4Gi to 8Gi in prod; store-gateways 256Mi to 1Gi, 512Mi to 2Gi, 2Gi to 4Gi. \
        No container of another pod of class `backend` has one (a warning). \
        Ingesters whose memory does not grow with what comes in may do without: Pyroscope's segment-writers and metastore, SeaweedFS' masters.",
    why: "These two roles can grow without bound and take their node with them, and one killed replica comes back where a node does not. \
        That holds only while the ring bears the loss of one: see `replication/no-write-tolerance`. Everywhere else a limit only kills what would have come down again.",
    source: "The rollout plan's resource policy: 4 to 8Gi and 2 to 4Gi in prod, made smaller for dev and test, whose whole budgets are less.",
    fix: "Set the limit within the range. If the role needs more, raise the range in `resourcePolicy`, for all environments, and not the limit in one.",
    passes: "store-gateway: {resources: {requests: {cpu: 100m, memory: 2Gi}, limits: {memory: 3Gi}}}",
    fails: "ingester: {resources: {requests: {cpu: 200m, memory: 1Gi}, limits: {memory: 2Gi}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        let range = workload.kind.and_then(|kind| facts.memory_limit(kind));
        let bounded = facts
            .role(workload)
            .is_some_and(|role| role.pod.bounded_memory);
        let limited = || {
            workload
                .main()
                .is_some_and(|program| program.limits.memory.is_some())
        };
        if range.is_some() && bounded && !limited() {
            verdict.applies();
            continue;
        }
        match range {
            Some(range) => {
                verdict.applies();
                if let Some(program) = workload.main() {
                    within(facts, workload, program, &range, verdict);
                }
            }
            None if workload.is(PolicyClass::Backend) => {
                verdict.applies();
                for container in workload.all_containers() {
                    absent(facts, workload, container, verdict);
                }
            }
            None => {}
        }
    }
}

fn within(
    facts: &Facts<'_>,
    workload: &Workload,
    program: &Container,
    range: &MemoryRange,
    verdict: &mut Verdict<'_>,
) {
    let limit = program.limits.memory;
    if limit.is_some_and(|limit| (range.min..=range.max).contains(&limit)) {
        return;
    }
    // An amount that cannot be read is another finding.
    if program.limits.unread.memory {
        return;
    }
    let (min, max) = (range.min, range.max);
    let tier = facts.tier.name();
    let wanted = nearest(limit.or(program.requests.memory), range);
    let (message, why) = match limit {
        None => (
            format!("{} has no memory limit", title(workload, program)),
            format!(
                "what it holds grows with what comes in, until the node has no memory left; in {tier} {min} to {max} is asked for"
            ),
        ),
        Some(limit) => (
            format!(
                "{} has a memory limit of {limit}, {} {}",
                title(workload, program),
                if limit < min { "below" } else { "above" },
                if limit < min { min } else { max },
            ),
            format!(
                "in {tier} the range is {min} to {max}: below it a busy hour kills the pod, above it the pod can take its node with it"
            ),
        ),
    };
    verdict.found(
        Finding::new(workload, message)
            .at(place(facts, workload, program, "resources.limits.memory"))
            .why(why)
            .help(format!(
                "write `limits: {{memory: {wanted}}}`{}",
                facts.words(", or change the range in `resourcePolicy.memoryLimit`", "")
            )),
    );
}

fn absent(
    facts: &Facts<'_>,
    workload: &Workload,
    container: &Container,
    verdict: &mut Verdict<'_>,
) {
    let Some(limit) = container.limits.memory else {
        return;
    };
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{} has a memory limit of {limit}, where its kind has none",
                title(workload, container)
            ),
        )
        .at(place(facts, workload, container, "resources.limits.memory"))
        .why("a query that needs more for a moment kills the pod and all else it was doing; a request of the right size keeps it in its place")
        .help(match facts.environment {
            Some(_) => format!(
                "remove `limits.memory` and request what it really uses, or name the kind in `resourcePolicy.memoryLimit` with a range that {limit} is in"
            ),
            None => "remove `limits.memory` and request what it really uses".to_owned(),
        })
        .weighing(Severities::WARNING),
    );
}

/// Returns the amount of a range that is nearest to what is there.
fn nearest(said: Option<Memory>, range: &MemoryRange) -> Memory {
    match said {
        Some(said) if said > range.max => range.max,
        Some(said) if said > range.min => said,
        _ => range.min,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, with};

    fn ingester(tier: &str, resources: &str) -> Vec<String> {
        let text = format!(
            "{}    roles: {{ingester: {{resources: {resources}}}}}\n",
            environment(tier, "mimir", "")
        );
        asked(&RULE, &text)
            .into_iter()
            .filter(|found| found.contains("ingester"))
            .collect()
    }

    #[test]
    fn the_range_is_the_tiers() {
        let two = "{requests: {cpu: 200m, memory: 1Gi}, limits: {memory: 2Gi}}";
        assert_eq!(
            ingester("prod", two),
            ["error: container `ingester` of mimir ingester has a memory limit of 2Gi, below 4Gi"]
        );
        assert_eq!(ingester("test", two), Vec::<String>::new());
        let ten = "{requests: {cpu: 200m, memory: 8Gi}, limits: {memory: 10Gi}}";
        assert_eq!(
            ingester("prod", ten),
            ["error: container `ingester` of mimir ingester has a memory limit of 10Gi, above 8Gi"]
        );
        assert_eq!(
            ingester("test", ten),
            [
                "warning: container `ingester` of mimir ingester has a memory limit of 10Gi, above 4Gi"
            ]
        );
        let four = "{requests: {cpu: 200m, memory: 2Gi}, limits: {memory: 4Gi}}";
        assert_eq!(ingester("prod", four), Vec::<String>::new());
    }

    #[test]
    fn ingesters_need_one_and_queriers_must_not_have_one() {
        let none = "{requests: {cpu: 200m, memory: 1Gi}}";
        assert_eq!(
            ingester("prod", none),
            ["error: container `ingester` of mimir ingester has no memory limit"]
        );
        let limited = "{resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {memory: 1Gi}}}";
        assert_eq!(
            asked(&RULE, &with("mimir", "querier", limited)),
            [
                "warning: container `querier` of mimir querier has a memory limit of 1Gi, where its kind has none"
            ]
        );
    }

    #[test]
    fn a_policy_replaces_the_ranges() {
        let policy = "resourcePolicy: {memoryLimit: {ingester: {prod: {min: 1Gi, max: 2Gi}}, stateless: {prod: {min: 64Mi, max: 2Gi}}}}\n";
        let text = format!(
            "{}    roles: {{querier: {{resources: {{requests: {{cpu: 100m, memory: 1Gi}}, limits: {{memory: 1Gi}}}}}}}}\n",
            environment("prod", "mimir", policy)
        );
        let found = asked(&RULE, &text);
        let about = |role: &str| found.iter().any(|found| found.contains(role));
        assert!(
            about("mimir ingester has a memory limit of 4Gi, above 2Gi"),
            "{found:?}"
        );
        assert!(about("mimir distributor has no memory limit"), "{found:?}");
        assert!(
            about("mimir store-gateway has a memory limit of 2Gi, where its kind has none"),
            "{found:?}"
        );
        assert!(!about("querier"), "{found:?}");
    }

    #[test]
    fn other_classes_may_have_one() {
        assert!(!applies(&RULE, &with("traefik", "traefik", "")));
    }
}
