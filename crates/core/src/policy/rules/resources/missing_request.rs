//! `resources/missing-request` (HW-RES-002): a container that reserves nothing.

use super::{is_program, place, title};
use crate::diagnostic::Severity;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Verdict};
use crate::workload::{Container, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "resources/missing-request",
    entry: "HW-RES-002",
    summary: "Every container requests CPU and memory, both above zero",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "`requests.cpu > 0` and `requests.memory > 0` for every container of every class: sidecars, init containers, DaemonSets and jobs too. \
        `0` and `0m` count as missing; what is there and cannot be read is another finding, `manifest/quantity`. Where only a limit is set Kubernetes takes it as the request; that passes, and is worth knowing.",
    why: "Requests are what the scheduler, the quota and the autoscaler count. Where nothing has a CPU limit, the CPU request is also all that protects a pod \
        from its neighbours: it is its weight when CPU is short. One pod without requests undoes that for the whole node, and is evicted first itself.",
    source: "The rollout plan's resource policy; a BestEffort edge proxy that was the first to be evicted; Kubernetes documentation, \"Pod Quality of Service Classes\".",
    fix: "Set `requests.cpu` and `requests.memory` of the role to what it uses, 95th percentile. A sidecar takes them from the chart's own keys for it.",
    passes: "distributor: {resources: {requests: {cpu: 100m, memory: 256Mi}}}",
    fails: "distributor: {resources: {requests: {cpu: 100m}}}",
    check: Check::Environment(check),
};

/// What a container reserves of one resource.
enum Request {
    Set,
    /// Nothing is said, and Kubernetes copies this limit.
    Implied(String),
    Missing,
}

impl Request {
    /// `unread` is whether the request, or a limit that would stand for it, is there and cannot be read.
    fn of<T: PartialOrd + ToString>(
        said: Option<T>,
        limit: Option<T>,
        unread: bool,
        zero: &T,
    ) -> Self {
        match (said, limit) {
            (None, _) if unread => Self::Set,
            (Some(said), _) if said > *zero => Self::Set,
            (None, Some(limit)) if limit > *zero => Self::Implied(limit.to_string()),
            _ => Self::Missing,
        }
    }
}

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        for container in workload.all_containers() {
            verdict.applies();
            look(facts, workload, container, verdict);
        }
    }
}

fn look(facts: &Facts<'_>, workload: &Workload, container: &Container, verdict: &mut Verdict<'_>) {
    let (requests, limits) = (&container.requests, &container.limits);
    let cpu = Request::of(
        requests.cpu,
        limits.cpu,
        requests.unread.cpu || limits.unread.cpu,
        &crate::units::Cpu::ZERO,
    );
    let memory = Request::of(
        requests.memory,
        limits.memory,
        requests.unread.memory || limits.unread.memory,
        &crate::units::Memory::ZERO,
    );
    let missing = match (&cpu, &memory) {
        (Request::Missing, Request::Missing) => Some(("neither CPU nor memory", "requests")),
        (Request::Missing, _) => Some(("no CPU", "requests.cpu")),
        (_, Request::Missing) => Some(("no memory", "requests.memory")),
        _ => None,
    };
    if let Some((what, key)) = missing {
        verdict.found(
            Finding::new(
                workload,
                format!("{} requests {what}", title(workload, container)),
            )
            .at(place(facts, workload, container, &format!("resources.{key}")))
            .why("what requests nothing counts as nothing to the scheduler and the quota, gets CPU only when nobody else wants it, and is evicted first")
            .help(help(facts, workload, container)),
        );
    }
    for (name, key, request) in [("CPU", "cpu", cpu), ("memory", "memory", memory)] {
        if let Request::Implied(limit) = request {
            verdict.found(
                Finding::new(
                    workload,
                    format!(
                        "{} requests {name} only by its limit of {limit}",
                        title(workload, container)
                    ),
                )
                .at(place(facts, workload, container, &format!("resources.limits.{key}")))
                .why("Kubernetes takes the limit as the request where none is set, so raising the one reserves more without a word")
                .help(format!("write `requests: {{{key}: {limit}}}` beside it"))
                .weighing(Severities::INFO),
            );
        }
    }
}

/// Says what to write: what the role starts with where nothing is said of it.
fn help(facts: &Facts<'_>, workload: &Workload, container: &Container) -> String {
    let usual = facts
        .role(workload)
        .filter(|_| is_program(workload, container))
        .map(|role| &role.resources.requests);
    match usual.and_then(|usual| Some((usual.cpu?, usual.memory?))) {
        Some((cpu, memory)) => format!(
            "write both in `resources.requests`; this role begins with `{{cpu: {cpu}, memory: {memory}}}` where nothing is said"
        ),
        None => "set both in `resources.requests` to what it uses, such as `{cpu: 10m, memory: 64Mi}` for a small sidecar".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, look, said, with};
    use crate::workload::Resources;

    #[test]
    fn both_are_needed_in_every_tier() {
        assert_eq!(
            asked(&RULE, &with("mimir", "distributor", "")),
            Vec::<String>::new()
        );
        let text = with(
            "mimir",
            "distributor",
            "{resources: {requests: {cpu: 100m}}}",
        );
        let found = ["error: container `distributor` of mimir distributor requests no memory"];
        assert_eq!(asked(&RULE, &text), found);
        let text = format!(
            "{}    roles: {{distributor: {{resources: {{requests: {{cpu: 100m}}}}}}}}\n",
            environment("dev", "mimir", "")
        );
        assert_eq!(asked(&RULE, &text), found);
    }

    #[test]
    fn zero_is_nothing_and_a_limit_is_a_request() {
        assert_eq!(
            asked(
                &RULE,
                &with(
                    "mimir",
                    "querier",
                    "{resources: {requests: {cpu: 0, memory: 0}}}"
                ),
            ),
            ["error: container `querier` of mimir querier requests neither CPU nor memory"]
        );
        assert_eq!(
            asked(
                &RULE,
                &with(
                    "traefik",
                    "traefik",
                    "{resources: {requests: {cpu: 100m}, limits: {memory: 512Mi}}}",
                ),
            ),
            ["info: container `traefik` of traefik requests memory only by its limit of 512Mi"]
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_missing() {
        let found = look(&with("mimir", "querier", ""), |facts| {
            let mut workload = facts.workloads[0].clone();
            let requests = &mut workload.containers[0].requests;
            requests.cpu = None;
            requests.unread.cpu = true;
            let workloads = [workload];
            said(
                &RULE,
                &Facts {
                    workloads: &workloads,
                    ..*facts
                },
            )
        });
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn sidecars_and_init_containers_count() {
        let found = look(&with("mimir", "querier", ""), |facts| {
            let mut workload = facts.workloads[0].clone();
            let bare = |name: &str| Container {
                name: name.into(),
                ..Container::default()
            };
            workload.containers.push(bare("sidecar"));
            workload.init_containers.push(Container {
                requests: Resources {
                    cpu: Some("10m".parse().unwrap()),
                    ..Resources::default()
                },
                ..bare("first")
            });
            let workloads = [workload];
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
                "error: container `sidecar` of mimir alertmanager requests neither CPU nor memory",
                "error: container `first` of mimir alertmanager requests no memory",
            ]
        );
    }

    #[test]
    fn nothing_runs_nothing_is_asked() {
        let nothing = look(&with("mimir", "querier", ""), |facts| {
            said(
                &RULE,
                &Facts {
                    workloads: &[],
                    ..*facts
                },
            )
        });
        assert_eq!(nothing, Vec::<String>::new());
        assert!(applies(&RULE, &with("alloy", "alloy", "")));
    }
}
