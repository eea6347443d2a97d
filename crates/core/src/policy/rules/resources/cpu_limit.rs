//! `resources/cpu-limit` (HW-RES-001): a CPU limit on a backend.

use crate::diagnostic::Severity;
use crate::environment::Presence;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "resources/cpu-limit",
    entry: "HW-RES-001",
    summary: "Backend components set no CPU limit",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "No container of a pod whose policy class forbids it has `limits.cpu`. By default the class `backend` does.",
    why: "A CPU limit stops a container for the rest of its 100 ms window even when the node is idle, which shows as latency on the write path.",
    source: "The rollout plan's resource policy; Kubernetes documentation, \"Resource Management for Pods and Containers\".",
    fix: "Remove `limits.cpu` and set `requests.cpu` to what the component really uses. If one runs away with a node's CPU, waive the rule for it, with a reason and an end.",
    passes: "ingester: {resources: {requests: {cpu: 200m, memory: 4Gi}, limits: {memory: 6Gi}}}",
    fails: "querier: {resources: {requests: {cpu: 100m, memory: 512Mi}, limits: {cpu: 500m}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        let forbidden = workload
            .class
            .is_some_and(|class| facts.cpu_limit(class) == Presence::Forbidden);
        if !forbidden {
            continue;
        }
        verdict.applies();
        for container in workload.all_containers() {
            let Some(limit) = container.limits.cpu else {
                continue;
            };
            let place = container
                .place
                .clone()
                .or_else(|| facts.place(workload, "resources.limits.cpu"));
            verdict.found(
                Finding::new(
                    workload,
                    format!(
                        "container `{}` of {} has a CPU limit of {limit}",
                        container.name,
                        workload.title()
                    ),
                )
                .at(place)
                .why("the kernel stops it for the rest of each 100 ms window in which it used that much, also on an idle node")
                .help("remove `limits.cpu`; a request is what protects it and its neighbours"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{asked, with};

    #[test]
    fn a_memory_limit_passes_and_a_cpu_limit_fails() {
        assert_eq!(
            asked(&RULE, &with("mimir", "querier", "")),
            Vec::<String>::new()
        );
        let found = asked(
            &RULE,
            &with(
                "mimir",
                "querier",
                "{resources: {requests: {cpu: 100m, memory: 512Mi}, limits: {cpu: 500m}}}",
            ),
        );
        assert_eq!(
            found,
            ["error: container `querier` of mimir querier has a CPU limit of 500m"]
        );
    }
}
