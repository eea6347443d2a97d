//! Requests that a VerticalPodAutoscaler may raise above limits that stay.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::title;
use crate::manifest::{Body, ContainerPolicy, Object, VerticalAutoscaler};
use crate::policy::{Facts, Finding, Verdict};
use crate::workload::{Container, Workload};

/// Finds autoscalers that set requests alone and may raise them above a limit.
pub(super) fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let Some(manifests) = facts.manifests else {
        return;
    };
    let named = OnceCell::new();
    for object in &manifests.objects {
        let Body::VerticalAutoscaler(scaler) = &object.body else {
            continue;
        };
        if scaler.mode.as_deref() == Some("Off") {
            continue;
        }
        let named = named.get_or_init(|| {
            let mut named: HashMap<&str, Vec<&Workload>> = HashMap::new();
            for workload in facts.workloads {
                named.entry(&workload.name).or_default().push(workload);
            }
            named
        });
        let targets = named.get(&*scaler.target.name).into_iter().flatten();
        for workload in targets.filter(|one| is_target(object, scaler, one)) {
            for container in &workload.containers {
                if let Some(policy) = policy(scaler, container) {
                    look(facts, object, policy, workload, container, verdict);
                }
            }
        }
    }
}

fn is_target(object: &Object, scaler: &VerticalAutoscaler, workload: &Workload) -> bool {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    workload.controller.name() == &*scaler.target.kind
        && (namespace.is_empty()
            || workload.namespace.is_empty()
            || workload.namespace == namespace)
}

/// Returns what holds for a container: the policy of its name, else the one for all others.
fn policy<'a>(
    scaler: &'a VerticalAutoscaler,
    container: &Container,
) -> Option<&'a ContainerPolicy> {
    let named = |name: &str| {
        scaler
            .policies
            .iter()
            .find(|policy| &*policy.container == name)
    };
    named(&container.name)
        .or_else(|| named("*"))
        .filter(|policy| policy.mode.as_deref() != Some("Off"))
        .filter(|policy| policy.controlled_values.as_deref() == Some("RequestsOnly"))
}

fn look(
    facts: &Facts<'_>,
    object: &Object,
    policy: &ContainerPolicy,
    workload: &Workload,
    container: &Container,
    verdict: &mut Verdict<'_>,
) {
    let Some(limit) = container.limits.memory else {
        return;
    };
    let most = policy.max_allowed.memory();
    if most.is_some_and(|most| most <= limit) {
        return;
    }
    let up_to = match most {
        Some(most) => format!("to {most}"),
        None => "without bound".to_owned(),
    };
    verdict.found(
        Finding::new(
            workload,
            format!(
                "VerticalPodAutoscaler `{}` may raise the memory request of {} {up_to}, above its limit of {limit}",
                object.name,
                title(workload, container)
            ),
        )
        .at(facts
            .manifests
            .map(|manifests| manifests.location(object, &object.place)))
        .label(facts.container_place(workload, container), "the limit stays as it is here")
        .why("it sets requests alone (`RequestsOnly`), and a pod whose request is above its limit is refused")
        .help(format!("set `maxAllowed.memory` to {limit} or less")),
    );
}

#[cfg(test)]
mod tests {
    use super::super::limit_far_above_request::RULE;
    use super::*;
    use crate::manifest::Reader;
    use crate::policy::tests::{look as of, said, with};
    use crate::workload::Form;

    /// Asks of Loki, whose limit is 4Gi, with this policy for its containers.
    fn scaled(spec: &str) -> Vec<String> {
        let mut reader = Reader::new("stream");
        reader.feed(&format!(
            "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {{name: loki}}\n\
             spec: {{targetRef: {{kind: StatefulSet, name: loki}}, {spec}}}\n"
        ));
        let manifests = reader.finish();
        of(&with("loki", "loki", ""), |facts| {
            said(
                &RULE,
                &Facts {
                    form: Form::Rendered,
                    manifests: Some(&manifests),
                    ..*facts
                },
            )
        })
    }

    #[test]
    fn requests_stay_below_the_limit() {
        let policy = |most: &str, values: &str| {
            scaled(&format!(
                "resourcePolicy: {{containerPolicies: [{{containerName: '*', maxAllowed: {most}, controlledValues: {values}}}]}}"
            ))
        };
        let nothing = Vec::<String>::new();
        assert_eq!(policy("{memory: 4Gi}", "RequestsOnly"), nothing);
        assert_eq!(policy("{memory: 5Gi}", "RequestsAndLimits"), nothing);
        assert_eq!(
            policy("{memory: 5Gi}", "RequestsOnly"),
            [
                "error: VerticalPodAutoscaler `loki` may raise the memory request of container `loki` of loki to 5Gi, above its limit of 4Gi"
            ]
        );
        assert_eq!(
            policy("{cpu: 1}", "RequestsOnly"),
            [
                "error: VerticalPodAutoscaler `loki` may raise the memory request of container `loki` of loki without bound, above its limit of 4Gi"
            ]
        );
    }

    #[test]
    fn what_only_recommends_raises_nothing() {
        let policies = "resourcePolicy: {containerPolicies: [{containerName: '*', controlledValues: RequestsOnly}]}";
        assert_eq!(
            scaled(&format!("updatePolicy: {{updateMode: 'Off'}}, {policies}")),
            Vec::<String>::new()
        );
        assert_eq!(
            scaled(
                "resourcePolicy: {containerPolicies: [{containerName: loki, mode: 'Off', controlledValues: RequestsOnly}]}"
            ),
            Vec::<String>::new()
        );
    }
}
