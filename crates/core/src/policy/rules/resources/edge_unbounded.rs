//! `resources/edge-unbounded` (HW-RES-006): a proxy with the resources of a backend, or with none.

use super::{place, title};
use crate::environment::PolicyClass;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Verdict};
use crate::units::{Cpu, Memory};
use crate::workload::{Container, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "resources/edge-unbounded",
    entry: "HW-RES-006",
    summary: "Edge proxies and s3proxy follow their own resource profile",
    severities: Severities::ERROR,
    waivable: true,
    condition: "Class `edge`, the program of each pod: a memory limit; no CPU limit, or one of at least 1 core and twice the request. Its requests are `resources/missing-request`, how many pods it has is `replication/single-stateless`. \
        Class `s3proxy`: the memory limit equals the request; no CPU limit, or one of at least a core for each worker (`assumptions.workers`, 1 where nothing is said).",
    why: "A flood of connections must not eat the node, so the proxy has a memory limit where a backend has none: a backend's damage is latency, an edge proxy's is everyone's node. \
        A proxy that encrypts in one thread is stalled twice as long by a CPU limit of half a core, and that is what its probes then see.",
    source: "The remote-write incident, where the edge proxy crash-looped under connections and got requests and a memory limit, and a CPU limit of one core a day later; \
        the probe cascade, whose proxy shipped with a CPU limit of 500m.",
    fix: "Give each class its own profile; never copy a backend's resources to the edge.",
    passes: "traefik: {resources: {requests: {cpu: 200m, memory: 256Mi}, limits: {cpu: 1, memory: 512Mi}}}",
    fails: "traefik: {resources: {}}",
    check: Check::Environment(check),
};

/// The least CPU limit of an edge proxy: one core.
const CORE: u64 = 1000;

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        let Some(program) = workload.main() else {
            continue;
        };
        match workload.class {
            Some(PolicyClass::Edge) => {
                verdict.applies();
                edge(facts, workload, program, verdict);
            }
            Some(PolicyClass::S3proxy) => {
                verdict.applies();
                s3proxy(facts, workload, program, verdict);
            }
            _ => {}
        }
    }
}

fn edge(facts: &Facts<'_>, workload: &Workload, program: &Container, verdict: &mut Verdict<'_>) {
    let (requests, limits) = (&program.requests, &program.limits);
    // Kubernetes takes a limit as the request where none is set.
    let cpu = requests.cpu.or(limits.cpu).filter(|cpu| *cpu > Cpu::ZERO);
    let memory = requests
        .memory
        .or(limits.memory)
        .filter(|memory| *memory > Memory::ZERO);
    if limits.memory.is_none() && !limits.unread.memory {
        let limit = match memory.and_then(|memory| memory.checked_mul(2)) {
            Some(twice) => twice.to_string(),
            None => "512Mi".to_owned(),
        };
        let request = |amount: Option<String>, usual: &str| amount.unwrap_or(usual.to_owned());
        verdict.found(
            Finding::new(
                workload,
                format!("{} has no memory limit", title(workload, program)),
            )
            .at(place(facts, workload, program, "resources"))
            .why("it takes what comes in from outside: without a limit a flood of connections eats the node")
            .help(format!(
                "write `resources: {{requests: {{cpu: {}, memory: {}}}, limits: {{memory: {limit}}}}}`",
                request(cpu.map(|cpu| cpu.to_string()), "200m"),
                request(memory.map(|memory| memory.to_string()), "256Mi"),
            )),
        );
    }
    if let Some(limit) = limits.cpu {
        let twice = requests
            .cpu
            .map_or(0, |request| request.millicores().saturating_mul(2));
        let least = Cpu::from_millicores(twice.max(CORE));
        if limit < least {
            verdict.found(
                Finding::new(
                    workload,
                    format!(
                        "{} has a CPU limit of {limit}, below {least}",
                        title(workload, program)
                    ),
                )
                .at(place(facts, workload, program, "resources.limits.cpu"))
                .why(format!(
                    "max(1, 2 x {}) = {least}: a proxy that is stopped for the rest of each 100 ms window holds up all that is behind it",
                    requests.cpu.unwrap_or(Cpu::ZERO)
                ))
                .help(format!("raise `limits.cpu` to {least}, or remove it")),
            );
        }
    }
}

fn s3proxy(facts: &Facts<'_>, workload: &Workload, program: &Container, verdict: &mut Verdict<'_>) {
    let (requests, limits) = (&program.requests, &program.limits);
    let request = requests.memory.or(limits.memory);
    let unread = requests.unread.memory || limits.unread.memory;
    if !unread && (request != limits.memory || request.is_none()) {
        let shown = |memory: Option<Memory>| match memory {
            Some(memory) => memory.to_string(),
            None => "none".to_owned(),
        };
        let wanted = request.max(limits.memory);
        verdict.found(
            Finding::new(
                workload,
                format!(
                    "{} has a memory request of {} and a limit of {}; they must be equal",
                    title(workload, program),
                    shown(request),
                    shown(limits.memory)
                ),
            )
            .at(place(facts, workload, program, "resources.limits.memory"))
            .why("it holds whole parts of uploads in memory; what is above the request is the node's, and is taken back by killing it in the middle of one")
            .help(match wanted {
                Some(wanted) => format!("write {wanted} for both"),
                None => "set both to the same amount, such as 512Mi".to_owned(),
            }),
        );
    }
    let workers = u64::from(facts.assumptions().workers.unwrap_or(1).max(1));
    let least = Cpu::from_millicores(workers.saturating_mul(CORE));
    if let Some(limit) = limits.cpu
        && limit < least
    {
        verdict.found(
            Finding::new(
                workload,
                format!(
                    "{} has a CPU limit of {limit}, below a core for each worker: {least}",
                    title(workload, program)
                ),
            )
            .at(place(facts, workload, program, "resources.limits.cpu"))
            .why(format!(
                "workers {workers} x 1 core = {least}: encrypting stalls the one thread that also answers the probes, and a limit makes each stall longer"
            ))
            .help(format!("remove `limits.cpu`, or raise it to {least}")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, look, said, with};
    use crate::workload::Resources;

    fn traefik(tier: &str, settings: &str) -> Vec<String> {
        let text = format!(
            "{}    roles: {{traefik: {settings}}}\n",
            environment(tier, "traefik", "")
        );
        asked(&RULE, &text)
    }

    #[test]
    fn the_edge_has_requests_and_a_memory_limit() {
        assert_eq!(
            asked(&RULE, &with("traefik", "traefik", "")),
            Vec::<String>::new()
        );
        assert_eq!(
            traefik("prod", "{resources: {}}"),
            ["error: container `traefik` of traefik has no memory limit"]
        );
        assert_eq!(
            traefik(
                "test",
                "{resources: {requests: {cpu: 100m, memory: 128Mi}}}"
            ),
            ["warning: container `traefik` of traefik has no memory limit"]
        );
    }

    #[test]
    fn a_cpu_limit_is_a_core_and_twice_the_request() {
        let limited = |request: &str, limit: &str| {
            traefik(
                "prod",
                &format!(
                    "{{resources: {{requests: {{cpu: {request}, memory: 256Mi}}, limits: {{cpu: {limit}, memory: 512Mi}}}}}}"
                ),
            )
        };
        assert_eq!(limited("200m", "1"), Vec::<String>::new());
        assert_eq!(
            limited("200m", "500m"),
            ["error: container `traefik` of traefik has a CPU limit of 500m, below 1"]
        );
        assert_eq!(
            limited("800m", "1"),
            ["error: container `traefik` of traefik has a CPU limit of 1, below 1600m"]
        );
    }

    #[test]
    fn how_many_run_is_told_by_another_rule() {
        assert_eq!(traefik("prod", "{replicas: 1}"), Vec::<String>::new());
    }

    fn s3proxy(workers: u32, request: &str, limit: (&str, &str)) -> Vec<String> {
        let text = format!(
            "{}    roles: {{traefik: {{replicas: 2}}}}\n",
            environment(
                "prod",
                "traefik",
                &format!("assumptions: {{workers: {workers}}}\n")
            )
        );
        look(&text, |facts| {
            let mut workload = facts.workloads[0].clone();
            workload.class = Some(PolicyClass::S3proxy);
            workload.containers[0].requests.memory = request.parse().ok();
            workload.containers[0].limits = Resources {
                cpu: limit.0.parse().ok(),
                memory: limit.1.parse().ok(),
                ..Resources::default()
            };
            let workloads = [workload];
            said(
                &RULE,
                &Facts {
                    workloads: &workloads,
                    ..*facts
                },
            )
        })
    }

    #[test]
    fn the_encrypting_proxy_has_what_it_requests_and_a_core_for_each_worker() {
        assert_eq!(s3proxy(1, "512Mi", ("", "512Mi")), Vec::<String>::new());
        assert_eq!(s3proxy(2, "512Mi", ("2", "512Mi")), Vec::<String>::new());
        assert_eq!(
            s3proxy(1, "512Mi", ("500m", "512Mi")),
            [
                "error: container `traefik` of traefik has a CPU limit of 500m, below a core for each worker: 1"
            ]
        );
        assert_eq!(
            s3proxy(2, "256Mi", ("1500m", "512Mi")),
            [
                "error: container `traefik` of traefik has a memory request of 256Mi and a limit of 512Mi; they must be equal",
                "error: container `traefik` of traefik has a CPU limit of 1500m, below a core for each worker: 2",
            ]
        );
    }

    #[test]
    fn backends_have_their_own_rules() {
        assert!(!applies(&RULE, &with("mimir", "querier", "")));
    }
}
