//! `resources/limit-far-above-request` (HW-RES-004): a limit below its request, or so far above it that it guards nothing.

use super::{node, place, title, vertical};
use crate::diagnostic::Severity;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Subject, Verdict};
use crate::units::Memory;
use crate::workload::{Container, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "resources/limit-far-above-request",
    entry: "HW-RES-004",
    summary: "Limits are at least the requests, and the memory gap is bounded",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For every container: `limits >= requests`, for CPU and memory (an error in every tier); `limits.memory / requests.memory` at most 2 (above it a warning), \
        and at most 4 (an error). With `assumptions.nodes`: pods that one node takes by their requests may use at most 1.5 times its allocatable memory, \
        each counted with the larger of limit and request (a warning). \
        In manifests: a VerticalPodAutoscaler that sets requests alone has a `maxAllowed.memory` of at most the limit.",
    why: "The API server refuses a limit below its request. A limit far above it is refused by nobody: the scheduler packs nodes by the requests, the kernel allows the limits, \
        and the node runs out of memory before any limit is reached. Then the limit no longer keeps what it was set for.",
    source: "The rollout plan requests 1Gi for each ingester under a policy of 4 to 8Gi: six of them may use 24 to 48Gi under a quota of 32Gi. \
        In the observability-stack change an autoscaler moves the requests while the limit stays at 1.5Gi.",
    fix: "Raise the request towards the limit (4Gi under 6Gi for an ingester), or lower the limit.",
    passes: "ingester: {resources: {requests: {cpu: 200m, memory: 4Gi}, limits: {memory: 6Gi}}}",
    fails: "ingester: {resources: {requests: {cpu: 200m, memory: 1Gi}, limits: {memory: 8Gi}}}",
    check: Check::Environment(check),
};

/// The largest ratio of limit to request that is no finding, and the largest that is no error.
const WIDE: u64 = 2;
const TOO_WIDE: u64 = 4;

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        for container in workload.all_containers() {
            verdict.applies();
            below(facts, workload, container, verdict);
            gap(facts, workload, container, verdict);
        }
    }
    overcommit(facts, verdict);
    vertical::check(facts, verdict);
}

/// Finds limits below requests, which the API server refuses.
fn below(facts: &Facts<'_>, workload: &Workload, container: &Container, verdict: &mut Verdict<'_>) {
    let mut found =
        |name: &str, key: &str, request: String, limit: String| {
            verdict.found(
            Finding::new(
                workload,
                format!(
                    "{} has a {name} limit of {limit}, below its request of {request}",
                    title(workload, container)
                ),
            )
            .at(place(facts, workload, container, &format!("resources.limits.{key}")))
            .why("the API server refuses such a pod, so none would start")
            .help(format!(
                "raise `limits.{key}` to {request} or more, or lower `requests.{key}` to {limit}"
            ))
            .weighing(Severities::everywhere(Severity::Error)),
        );
        };
    let (requests, limits) = (&container.requests, &container.limits);
    if let (Some(request), Some(limit)) = (requests.cpu, limits.cpu)
        && limit < request
    {
        found("CPU", "cpu", request.to_string(), limit.to_string());
    }
    if let (Some(request), Some(limit)) = (requests.memory, limits.memory)
        && limit < request
    {
        found("memory", "memory", request.to_string(), limit.to_string());
    }
}

/// Finds memory limits far above requests.
fn gap(facts: &Facts<'_>, workload: &Workload, container: &Container, verdict: &mut Verdict<'_>) {
    // Without a request the limit is the request; a request of zero is another rule's.
    let (Some(request), Some(limit)) = (container.requests.memory, container.limits.memory) else {
        return;
    };
    let (asked, most) = (request.bytes(), limit.bytes());
    if asked == 0 || most < asked {
        return;
    }
    let is_above = |times: u64| u128::from(most) > u128::from(asked) * u128::from(times);
    let bound = if is_above(TOO_WIDE) { TOO_WIDE } else { WIDE };
    let formula = || format!("{limit} / {request} = {}", ratio(most, asked));
    verdict.figure(|| Figure {
        subject: title(workload, container),
        value: format!("limit is {} times the request", ratio(most, asked)),
        bound: format!("at most {WIDE}"),
        formula: formula(),
        holds: !is_above(WIDE),
    });
    if !is_above(WIDE) {
        return;
    }
    let (enough, lower) = (most.div_ceil(WIDE), asked.saturating_mul(WIDE));
    let severities = if is_above(TOO_WIDE) {
        Severities::ERROR
    } else {
        Severities::WARNING
    };
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{} has a memory limit of {limit}, {} times its request of {request}; at most {bound} is allowed",
                title(workload, container),
                ratio(most, asked),
            ),
        )
        .at(place(facts, workload, container, "resources.limits.memory"))
        .why(format!(
            "{}: the scheduler packs nodes by the request, the kernel allows the limit, so the node runs out of memory first",
            formula()
        ))
        .help(format!(
            "raise `requests.memory` to {} or more, or lower `limits.memory` to {}",
            Memory::from_bytes(enough),
            Memory::from_bytes(lower)
        ))
        .weighing(severities),
    );
}

/// Finds nodes that requests fill and limits overfill.
fn overcommit(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let Some(nodes) = &facts.assumptions().nodes else {
        return;
    };
    let packed = node::pack(facts.workloads, nodes);
    let allocatable = nodes.memory.bytes();
    let holds = u128::from(packed.may_use) * 2 <= u128::from(allocatable) * 3;
    let gibibytes = |bytes: u64| Memory::from_bytes(bytes >> 20 << 20);
    let formula = || {
        format!(
            "{} pods request {} of {} and may use {}: {} times",
            packed.pods,
            gibibytes(packed.request),
            nodes.memory,
            gibibytes(packed.may_use),
            ratio(packed.may_use, allocatable)
        )
    };
    verdict.figure(|| Figure {
        subject: "one node".to_owned(),
        value: format!(
            "its pods may use {} times its memory",
            ratio(packed.may_use, allocatable)
        ),
        bound: "at most 1.5".to_owned(),
        formula: formula(),
        holds,
    });
    if holds {
        return;
    }
    verdict.found(
        Finding::new(
            Subject::ENVIRONMENT,
            format!(
                "pods that one node takes by their requests may use {} of its {} of memory, more than 1.5 times",
                gibibytes(packed.may_use),
                nodes.memory
            ),
        )
        .at(facts.setting("assumptions.nodes.memory"))
        .why(formula())
        .help("raise the memory requests of the roles with the widest gap, or lower their limits")
        .weighing(Severities::WARNING),
    );
}

/// Shows a ratio with two decimals at most, rounded up so that what is above a bound never looks like the bound.
fn ratio(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "any number of".to_owned();
    }
    let hundredths = (u128::from(part) * 100).div_ceil(u128::from(whole));
    match hundredths % 100 {
        0 => format!("{}", hundredths / 100),
        rest if rest % 10 == 0 => format!("{}.{}", hundredths / 100, rest / 10),
        rest => format!("{}.{rest:02}", hundredths / 100),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::tests::{asked, environment, figures, look, said, with};

    fn ingester(tier: &str, request: &str, limit: &str) -> Vec<String> {
        let text = format!(
            "{}    roles: {{ingester: {{resources: {{requests: {{cpu: 200m, memory: {request}}}, limits: {{memory: {limit}}}}}}}}}\n",
            environment(tier, "mimir", "")
        );
        asked(&RULE, &text)
    }

    #[test]
    fn twice_passes_and_more_weighs_more() {
        assert_eq!(ingester("prod", "2Gi", "4Gi"), Vec::<String>::new());
        let name = "container `ingester` of mimir ingester";
        assert_eq!(
            ingester("prod", "2Gi", "6Gi"),
            [format!(
                "warning: {name} has a memory limit of 6Gi, 3 times its request of 2Gi; at most 2 is allowed"
            )]
        );
        for (tier, weight) in [("prod", "error"), ("test", "warning"), ("dev", "info")] {
            assert_eq!(
                ingester(tier, "1Gi", "8Gi"),
                [format!(
                    "{weight}: {name} has a memory limit of 8Gi, 8 times its request of 1Gi; at most 4 is allowed"
                )]
            );
        }
    }

    #[test]
    fn a_limit_below_its_request_is_an_error_in_every_tier() {
        let found = "error: container `ingester` of mimir ingester has a memory limit of 1Gi, below its request of 2Gi";
        assert_eq!(ingester("prod", "2Gi", "1Gi"), [found]);
        assert_eq!(ingester("dev", "2Gi", "1Gi"), [found]);
        assert_eq!(
            asked(
                &RULE,
                &with(
                    "traefik",
                    "traefik",
                    "{resources: {requests: {cpu: 2, memory: 256Mi}, limits: {cpu: 500m, memory: 512Mi}}}"
                ),
            ),
            [
                "error: container `traefik` of traefik has a CPU limit of 500m, below its request of 2"
            ]
        );
    }

    #[test]
    fn a_node_that_limits_overfill_is_found() {
        let text = |limit: &str| {
            format!(
                "{}    roles: {{ingester: {{replicas: 3, resources: {{requests: {{cpu: 200m, memory: 4Gi}}, limits: {{memory: {limit}}}}}}}}}\n",
                environment(
                    "prod",
                    "mimir",
                    "assumptions: {nodes: {count: 1, cpu: 8, memory: 12Gi}}\n"
                )
            )
        };
        assert_eq!(asked(&RULE, &text("5Gi")), Vec::<String>::new());
        let found = look(&text("8Gi"), |facts| {
            let mut workloads = facts.workloads.to_vec();
            for workload in &mut workloads {
                workload.spread = crate::workload::Spread::default();
            }
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
                "warning: pods that one node takes by their requests may use 24Gi of its 12Gi of memory, more than 1.5 times"
            ]
        );
    }

    #[test]
    fn the_ratio_is_shown_also_when_it_holds() {
        let shown = figures(&RULE, &with("mimir", "ingester", ""));
        assert!(
            shown.contains(&"container `ingester` of mimir ingester: limit is 2 times the request (at most 2): 4Gi / 2Gi = 2".to_owned()),
            "{shown:?}"
        );
    }

    proptest! {
        #[test]
        fn any_numbers_give_an_answer(part: u64, whole: u64) {
            let shown = ratio(part, whole);
            prop_assert!(!shown.is_empty());
            if whole > 0 && part > whole {
                prop_assert_ne!(shown, "1");
            }
        }

        #[test]
        fn a_packed_node_holds_its_requests(request: u64, limit: u64, replicas: u32, cpu: u64, memory: u64) {
            let packed = look_at(request, limit, replicas, cpu, memory);
            prop_assert!(packed.request <= memory);
            prop_assert!(packed.may_use >= packed.request);
        }
    }

    fn look_at(request: u64, limit: u64, replicas: u32, cpu: u64, memory: u64) -> node::Packed {
        thread_local! {
            static ONE: Workload = look(&with("mimir", "querier", ""), |facts| facts.workloads[0].clone());
        }
        let mut workload = ONE.with(Clone::clone);
        workload.replicas = replicas;
        workload.containers[0].requests.memory = Some(Memory::from_bytes(request));
        workload.containers[0].limits.memory = Some(Memory::from_bytes(limit));
        let nodes = crate::environment::Nodes {
            count: 1,
            cpu: crate::units::Cpu::from_millicores(cpu),
            memory: Memory::from_bytes(memory),
            cores: None,
        };
        node::pack(&[workload], &nodes)
    }
}
