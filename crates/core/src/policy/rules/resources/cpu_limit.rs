//! `resources/cpu-limit` (HW-RES-001): a CPU limit on a backend.

use crate::diagnostic::Severity;
use crate::environment::Presence;
use crate::manifest::Body;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};
use crate::workload::Workload;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "resources/cpu-limit",
    entry: "HW-RES-001",
    summary: "Backend components set no CPU limit",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "No container of a pod whose policy class forbids it has `limits.cpu`. By default the class `backend` does. \
        In manifests: no LimitRange beside such pods gives containers without a CPU limit one, by `default.cpu` or, without that, by `max.cpu`.",
    why: "A CPU limit stops a container for the rest of its 100 ms window even when the node is idle, which shows as latency on the write path. \
        A store-gateway without a limit has starved its neighbours, but only because they requested nothing: see `resources/missing-request`.",
    source: "The rollout plan's resource policy; Kubernetes documentation, \"Resource Management for Pods and Containers\" and \"Limit Ranges\".",
    fix: "Remove `limits.cpu` and set `requests.cpu` to what the component really uses. If one runs away with a node's CPU, waive the rule for it, with a reason and an end.",
    passes: "ingester: {resources: {requests: {cpu: 200m, memory: 4Gi}, limits: {memory: 6Gi}}}",
    fails: "querier: {resources: {requests: {cpu: 100m, memory: 512Mi}, limits: {cpu: 500m}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    injected(facts, verdict);
    for workload in facts.workloads {
        if !is_bound(facts, workload) {
            continue;
        }
        verdict.applies();
        for container in workload.all_containers() {
            let Some(limit) = container.limits.cpu else {
                continue;
            };
            let place = facts
                .container_place(workload, container)
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

fn is_bound(facts: &Facts<'_>, workload: &Workload) -> bool {
    workload
        .class
        .is_some_and(|class| facts.cpu_limit(class) == Presence::Forbidden)
}

/// Finds ranges of a namespace by which admission gives such pods a limit that nobody wrote.
fn injected(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let Some(manifests) = facts.manifests else {
        return;
    };
    for object in &manifests.objects {
        let Body::LimitRange(limits) = &object.body else {
            continue;
        };
        let limit = limits
            .iter()
            .filter(|limit| &*limit.of == "Container")
            .find_map(|limit| limit.default.cpu().or_else(|| limit.max.cpu()));
        let Some(limit) = limit else {
            continue;
        };
        // What names no namespace goes where the rest goes.
        let namespace = object.namespace.as_deref().unwrap_or_default();
        let pods = facts.workloads.iter().find(|workload| {
            let is_beside = namespace.is_empty()
                || workload.namespace.is_empty()
                || workload.namespace == namespace;
            is_beside
                && is_bound(facts, workload)
                && workload
                    .all_containers()
                    .any(|container| container.limits.cpu.is_none())
        });
        let Some(pods) = pods else {
            continue;
        };
        verdict.found(
            Finding::new(
                Subject::ENVIRONMENT,
                format!(
                    "LimitRange `{}` gives every container without a CPU limit one of {limit}",
                    object.name
                ),
            )
            .at(Some(manifests.location(object, &object.place)))
            .why(format!(
                "admission writes it into {} and all others of the namespace, as if it stood in their values",
                pods.title()
            ))
            .help("remove `default.cpu` and `max.cpu` from the range, or run backends in a namespace without it"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Reader;
    use crate::policy::tests::{asked, look, said, with};
    use crate::workload::Form;

    #[test]
    fn a_range_that_injects_a_limit_fails() {
        let ranged = |component: &str, limits: &str| {
            let mut reader = Reader::new("stream");
            reader.feed(&format!(
                "apiVersion: v1\nkind: LimitRange\nmetadata: {{name: usual}}\nspec: {{limits: [{limits}]}}\n"
            ));
            let manifests = reader.finish();
            look(&with(component, component, ""), |facts| {
                said(
                    &RULE,
                    &Facts {
                        form: Form::Rendered,
                        manifests: Some(&manifests),
                        ..*facts
                    },
                )
            })
        };
        let found =
            ["error: LimitRange `usual` gives every container without a CPU limit one of 1"];
        let nothing = Vec::<String>::new();
        assert_eq!(
            ranged("loki", "{type: Container, default: {cpu: 1}}"),
            found
        );
        assert_eq!(ranged("loki", "{type: Container, max: {cpu: 1}}"), found);
        assert_eq!(
            ranged("loki", "{type: Container, default: {memory: 1Gi}}"),
            nothing
        );
        assert_eq!(ranged("loki", "{type: Pod, max: {cpu: 1}}"), nothing);
        assert_eq!(
            ranged("traefik", "{type: Container, default: {cpu: 1}}"),
            nothing
        );
    }

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
