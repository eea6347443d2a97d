//! `quota/policy-conflict` (HW-QUOTA-004): a quota that demands what the resource policy forbids or leaves out.

use super::{each_scope, place};
use crate::budget::{Bound, Dimension, Quota, Scope};
use crate::diagnostic::Severity;
use crate::environment::Presence;
use crate::manifest::Body;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};
use crate::workload::{Container, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "quota/policy-conflict",
    entry: "HW-QUOTA-004",
    summary: "Quota dimensions do not contradict the resource policy",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "A quota makes what it counts mandatory. Where it names `requests.cpu` or `requests.memory`, every container has that request, or gets it from a `LimitRange` of the namespace. Where it names `limits.cpu` or `limits.memory`, no container is of a class or kind that the resource policy denies that limit, whether a `LimitRange` would add one or not, and all others have it. Limits are named by rendered `ResourceQuota` objects only.",
    why: "A pod that lacks what the quota counts is refused when it is made.",
    source: "Kubernetes documentation, \"Resource Quotas\" and \"Limit Ranges\". With the rollout plan's policy the memory limits alone come to 32Gi to 64Gi, so a quota of 32Gi on limits would fit at the very bottom of the range and hold nothing else.",
    fix: "Count `requests.*` only, or give every container the limit on purpose.",
    passes: "quota: {cpu: 10, memory: 32Gi, storage: 96Gi}  # counts requests, which every container has",
    fails: "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: team}\nspec: {hard: {limits.cpu: \"10\", limits.memory: 32Gi}}",
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
    for dimension in Dimension::ALL {
        if let Some(bound) = quota.bound(dimension) {
            forbidden(facts, scope, dimension, &bound, verdict);
            missing(facts, scope, dimension, &bound, verdict);
        }
    }
}

/// Returns the containers of what runs in a namespace.
fn containers<'a>(scope: &Scope<'a>) -> impl Iterator<Item = (&'a Workload, &'a Container)> {
    scope
        .workloads()
        .filter(|workload| workload.runs())
        .flat_map(|workload| {
            workload
                .all_containers()
                .map(move |container| (workload, container))
        })
}

/// Finds a quota on limits that the policy denies to some pods.
fn forbidden(
    facts: &Facts<'_>,
    scope: &Scope<'_>,
    dimension: Dimension,
    bound: &Bound<'_>,
    verdict: &mut Verdict<'_>,
) {
    let denied: Vec<&Workload> = scope
        .workloads()
        .filter(|workload| workload.runs() && is_denied(facts, workload, dimension))
        .collect();
    let Some(first) = denied.first() else {
        return;
    };
    let given = if has_default(scope, dimension) {
        "a `LimitRange` adds one, which the policy does not want either"
    } else {
        "a pod without one is refused"
    };
    verdict.found(
        Finding::new(
            Subject::ENVIRONMENT,
            format!(
                "{} counts `{}`, which the resource policy denies to {}",
                words(bound),
                dimension.quota_key(),
                named(denied.len(), "workload", &first.title()),
            ),
        )
        .at(place(facts, bound, dimension))
        .why(format!("a quota makes what it counts mandatory: {given}"))
        .help(
            "count `requests.*` only, or put what may have the limit into a namespace of its own",
        ),
    );
}

/// Finds containers that lack what a quota makes mandatory.
fn missing(
    facts: &Facts<'_>,
    scope: &Scope<'_>,
    dimension: Dimension,
    bound: &Bound<'_>,
    verdict: &mut Verdict<'_>,
) {
    let mut count = 0_usize;
    let mut first = None;
    for (workload, container) in containers(scope) {
        if lacks(container, dimension) && !is_denied(facts, workload, dimension) {
            count += 1;
            first.get_or_insert((workload, container));
        }
    }
    let Some((workload, container)) = first.filter(|_| !has_default(scope, dimension)) else {
        return;
    };
    let what = dimension.quota_key();
    let title = format!("`{}` of {}", container.name, workload.title());
    let at = facts
        .container_place(workload, container)
        .or_else(|| facts.place(workload, "resources.requests"));
    verdict.found(
        Finding::new(
            Subject::ENVIRONMENT,
            format!(
                "{} counts `{what}`, and {} {} none",
                words(bound),
                named(count, "container", &title),
                if count == 1 { "has" } else { "have" },
            ),
        )
        .at(place(facts, bound, dimension))
        .label(at, "refused")
        .why("a quota makes what it counts mandatory: a pod without it is refused")
        .help(format!("write `{what}` for {title}")),
    );
}

fn words(bound: &Bound<'_>) -> String {
    match bound.origin {
        crate::budget::Origin::Object(hard) => format!("ResourceQuota `{}`", hard.name),
        origin => origin.words(),
    }
}

/// Returns how many there are, and which is the first: `3 containers (`a` of tempo and others)`.
fn named(count: usize, thing: &str, first: &str) -> String {
    match count {
        1 => format!("1 {thing} ({first})"),
        _ => format!("{count} {thing}s ({first} and others)"),
    }
}

/// Returns whether the policy denies a workload the limit that a dimension counts.
fn is_denied(facts: &Facts<'_>, workload: &Workload, dimension: Dimension) -> bool {
    let Some(class) = workload.class else {
        return false;
    };
    match dimension {
        Dimension::CpuLimits => facts.cpu_limit(class) == Presence::Forbidden,
        Dimension::MemoryLimits => {
            class == crate::environment::PolicyClass::Backend
                && workload
                    .kind
                    .is_some_and(|kind| facts.memory_limit(kind).is_none())
        }
        _ => false,
    }
}

/// Returns whether a container lacks what a quota on a dimension makes mandatory. A limit stands for a request.
const fn lacks(container: &Container, dimension: Dimension) -> bool {
    let (requests, limits) = (&container.requests, &container.limits);
    match dimension {
        Dimension::Cpu => requests.cpu.is_none() && limits.cpu.is_none(),
        Dimension::Memory => requests.memory.is_none() && limits.memory.is_none(),
        Dimension::CpuLimits => limits.cpu.is_none(),
        Dimension::MemoryLimits => limits.memory.is_none(),
        Dimension::Storage | Dimension::Pods | Dimension::Claims => false,
    }
}

/// Returns whether a `LimitRange` gives containers what they lack.
fn has_default(scope: &Scope<'_>, dimension: Dimension) -> bool {
    scope.objects().any(|object| {
        let Body::LimitRange(limits) = &object.body else {
            return false;
        };
        limits
            .iter()
            .filter(|limit| &*limit.of == "Container")
            .any(|limit| match dimension {
                // A default limit is the default request too.
                Dimension::Cpu => {
                    limit.default_request.cpu().is_some() || limit.default.cpu().is_some()
                }
                Dimension::Memory => {
                    limit.default_request.memory().is_some() || limit.default.memory().is_some()
                }
                Dimension::CpuLimits => limit.default.cpu().is_some(),
                Dimension::MemoryLimits => limit.default.memory().is_some(),
                _ => false,
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Manifests, Reader};
    use crate::policy::tests::{applies, asked, look, prod, said};

    const QUOTA: &str = "quota: {cpu: 10, memory: 32Gi, storage: 1Gi}";

    fn read(text: &str) -> Manifests {
        let mut reader = Reader::new("stream");
        reader.feed(text);
        reader.finish()
    }

    /// Returns what is said of an environment whose stream holds some objects.
    fn beside(component: &str, objects: &str) -> Vec<String> {
        let manifests = read(objects);
        assert!(manifests.diagnostics.is_empty(), "{manifests:?}");
        look(&prod(component, ""), |facts| {
            said(
                &RULE,
                &Facts {
                    manifests: Some(&manifests),
                    ..*facts
                },
            )
        })
    }

    fn quota(hard: &str) -> String {
        format!(
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: team}}\nspec: {{hard: {hard}}}\n"
        )
    }

    #[test]
    fn a_quota_on_requests_passes_where_all_request() {
        assert_eq!(asked(&RULE, &prod("traefik", QUOTA)), Vec::<String>::new());
        assert_eq!(
            beside(
                "mimir",
                &quota("{requests.cpu: '10', memory: 32Gi, pods: 9}")
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_container_without_the_request_is_refused() {
        let found = look(&prod("traefik", QUOTA), |facts| {
            let mut workloads = facts.workloads.to_vec();
            workloads[0].containers[0].requests.memory = None;
            workloads[0].containers[0].limits.memory = None;
            said(
                &RULE,
                &Facts {
                    workloads: &workloads,
                    ..*facts
                },
            )
        });
        assert_eq!(
            found,
            [
                "error: the quota counts `requests.memory`, and 1 container (`traefik` of traefik) has none"
            ]
        );
    }

    #[test]
    fn a_quota_on_limits_contradicts_the_policy_of_backends() {
        let found = beside("mimir", &quota("{limits.cpu: '10', limits.memory: 64Gi}"));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with(
                "error: ResourceQuota `team` counts `limits.cpu`, which the resource policy denies to "
            ),
            "{found:?}"
        );
        assert!(found[1].contains("`limits.memory`"), "{found:?}");
    }

    #[test]
    fn examples_are_what_they_say() {
        assert_eq!(
            asked(&RULE, &prod("mimir", RULE.passes)),
            Vec::<String>::new()
        );
        assert_eq!(beside("mimir", RULE.fails).len(), 2);
    }

    #[test]
    fn a_quota_on_limits_suits_what_may_have_them() {
        let hard = quota("{limits.cpu: '10', limits.memory: 64Gi}");
        assert_eq!(
            beside("traefik", &hard),
            [
                "error: ResourceQuota `team` counts `limits.cpu`, and 1 container (`traefik` of traefik) has none"
            ]
        );
        let range = "---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: usual}\n\
                     spec: {limits: [{type: Container, default: {cpu: '1'}}]}\n";
        assert_eq!(
            beside("traefik", &format!("{hard}{range}")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn without_a_quota_there_is_nothing_to_contradict() {
        assert!(!applies(&RULE, &prod("traefik", "")));
    }
}
