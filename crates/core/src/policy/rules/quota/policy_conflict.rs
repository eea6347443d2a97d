//! `quota/policy-conflict` (HW-QUOTA-004): a quota that demands what the resource policy forbids or leaves out.

use crate::budget::{Dimension, Quota};
use crate::diagnostic::Severity;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};
use crate::workload::{Container, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "quota/policy-conflict",
    entry: "HW-QUOTA-004",
    summary: "Quota dimensions do not contradict the resource policy",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "A quota makes what it counts mandatory. Where it names `limits.cpu` or `limits.memory`, every container has that limit or gets it from a `LimitRange`, and the policy does not forbid it; where it names `requests.cpu` or `requests.memory`, every container has that request. Limits are named by rendered `ResourceQuota` objects only.",
    why: "A pod that lacks what the quota counts is refused when it is made.",
    source: "Kubernetes documentation, \"Resource Quotas\". With the rollout plan's policy the memory limits alone come to 32Gi to 64Gi, so a quota of 32Gi on limits would fit at the very bottom of the range and hold nothing else.",
    fix: "Count `requests.*` only, or give every container the limit on purpose.",
    passes: "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: team}\nspec: {hard: {requests.cpu: \"10\", requests.memory: 32Gi, requests.storage: 96Gi}}",
    fails: "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: team}\nspec: {hard: {limits.cpu: \"10\", limits.memory: 32Gi}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let quota = Quota::of(facts.environment);
    if !quota.is_some() {
        verdict.lacks("no quota");
        return;
    }
    verdict.applies();
    for dimension in Dimension::ALL {
        let Some(bound) = quota.bound(dimension) else {
            continue;
        };
        let bare: Vec<(&Workload, &Container)> = facts
            .workloads
            .iter()
            .filter(|workload| workload.runs())
            .flat_map(|workload| {
                workload
                    .all_containers()
                    .filter(|container| lacks(container, dimension))
                    .map(move |container| (workload, container))
            })
            .collect();
        let Some((workload, container)) = bare.first() else {
            continue;
        };
        let what = dimension.quota_key();
        verdict.found(
            Finding::new(
                Subject::ENVIRONMENT,
                format!(
                    "the quota counts `{what}`, and {} container{} no such amount: `{}` of {}{}",
                    bare.len(),
                    if bare.len() == 1 { " has" } else { "s have" },
                    container.name,
                    workload.title(),
                    if bare.len() > 1 { " and others" } else { "" },
                ),
            )
            .at(facts.setting(&format!("{}.{}", bound.origin.key(), dimension.key())))
            .label(facts.place(workload, "resources.requests"), "refused")
            .why("a quota makes what it counts mandatory: a pod without it is refused")
            .help(format!(
                "give `{}` of {} the amount",
                container.name,
                workload.title()
            )),
        );
    }
}

/// Returns whether a container lacks what a quota on a dimension makes mandatory.
fn lacks(container: &Container, dimension: Dimension) -> bool {
    match dimension {
        Dimension::Cpu => container.requests.cpu.is_none() && container.limits.cpu.is_none(),
        Dimension::Memory => {
            container.requests.memory.is_none() && container.limits.memory.is_none()
        }
        Dimension::CpuLimits => container.limits.cpu.is_none(),
        Dimension::MemoryLimits => container.limits.memory.is_none(),
        Dimension::Storage | Dimension::Pods | Dimension::Claims => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, look, prod};

    const QUOTA: &str = "quota: {cpu: 10, memory: 32Gi, storage: 1Gi}";

    #[test]
    fn a_quota_on_requests_passes_where_all_request() {
        assert_eq!(asked(&RULE, &prod("traefik", QUOTA)), Vec::<String>::new());
    }

    #[test]
    fn a_container_without_the_request_is_refused() {
        let found = look(&prod("traefik", QUOTA), |facts| {
            let mut workloads = facts.workloads.to_vec();
            workloads[0].containers[0].requests.memory = None;
            workloads[0].containers[0].limits.memory = None;
            let facts = Facts {
                workloads: &workloads,
                ..*facts
            };
            crate::policy::tests::said(&RULE, &facts)
        });
        assert_eq!(
            found,
            [
                "error: the quota counts `requests.memory`, and 1 container has no such amount: `traefik` of traefik"
            ]
        );
    }

    #[test]
    fn without_a_quota_there_is_nothing_to_contradict() {
        assert!(!applies(&RULE, &prod("traefik", "")));
    }
}
