//! `resources/go-runtime-mismatch` (HW-RES-005): a Go program that counts with other resources than it has.

use super::go_size::GoSize;
use super::{place, title};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::units::{Cpu, Memory};
use crate::workload::{Container, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "resources/go-runtime-mismatch",
    entry: "HW-RES-005",
    summary: "Go runtime settings agree with the resources",
    severities: Severities::WARNING,
    waivable: true,
    condition: "For the program of each pod that is written in Go: with a memory limit, `GOMEMLIMIT` is set to 80 to 95% of it, by the values, the chart or the program itself; \
        without one it is not set, or at most twice the memory request; with a CPU limit, `GOMAXPROCS` is its whole cores, at least 1, or the program is built with Go 1.25; \
        without one and on nodes with more than 8 times the requested cores (`assumptions.nodes`), `GOMAXPROCS` is set (else worth knowing). \
        A variable that refers to another value is taken to be right.",
    why: "A soft limit above the hard one never works, and one far below collects garbage all the time. The Go runtime takes its number of threads from the CPU limit or the node, \
        never from the request: a program that requests 200m on a node of 64 cores starts 64 of them.",
    source: "Go, package `runtime`, \"Environment Variables\"; Go 1.25 release notes, \"Container-aware GOMAXPROCS\". The charts of Loki and tempo-distributed set 85% of the limit and Traefik's 90%; \
        those of Tempo and Mimir set nothing.",
    fix: "Set `GOMEMLIMIT` to 85% of the memory limit in the container's environment.",
    passes: "ingester: {resources: {limits: {memory: 6Gi}}, env: [{name: GOMEMLIMIT, value: 5222MiB}]}",
    fails: "ingester: {resources: {limits: {memory: 6Gi}}, env: [{name: GOMEMLIMIT, value: 8GiB}]}",
    check: Check::Environment(check),
};

/// The least and the most of the memory limit that the soft limit may be, and what is offered, in percent.
const LEAST: u64 = 80;
const MOST: u64 = 95;
const OFFERED: u64 = 85;

/// How many times the requested cores a node may have until the number of threads should be said.
const SPARE_CORES: u64 = 8;

/// What is known of a Go program.
#[derive(Clone, Copy)]
struct Go {
    /// Whether it takes its soft limit from the kernel's by itself.
    limits_itself: bool,
    /// Whether it counts a CPU limit by itself.
    counts_limit: bool,
}

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        let Some(program) = workload.main() else {
            continue;
        };
        let Some(go) = go(facts, workload, program) else {
            continue;
        };
        verdict.applies();
        memory(facts, workload, program, go, verdict);
        threads(facts, workload, program, go, verdict);
    }
}

/// Programs that manifests tell by their image alone, and whether they set their soft limit themselves.
const IMAGES: &[(&str, bool)] = &[
    ("alloy", true),
    ("loki", false),
    ("mimir", false),
    ("pyroscope", false),
    ("tempo", false),
    ("traefik", false),
];

/// Returns what is known of a container's program; nothing where it is not written in Go, or nothing tells.
fn go(facts: &Facts<'_>, workload: &Workload, program: &Container) -> Option<Go> {
    if let Some(role) = facts.role(workload) {
        return role.pod.is_go(&workload.role).then(|| Go {
            limits_itself: role.pod.go_limits_itself,
            counts_limit: role.pod.go_counts_limit(),
        });
    }
    let image = program.image.as_deref().and_then(|image| {
        let (_, name) = image.rsplit_once('/').unwrap_or(("", image));
        let name = name.split([':', '@']).next()?;
        IMAGES.iter().find(|(known, _)| *known == name)
    });
    let says_so = || {
        program
            .env
            .iter()
            .any(|variable| matches!(variable.name.as_str(), "GOMEMLIMIT" | "GOMAXPROCS"))
    };
    (image.is_some() || says_so()).then(|| Go {
        limits_itself: image.is_some_and(|(_, itself)| *itself),
        counts_limit: false,
    })
}

fn memory(
    facts: &Facts<'_>,
    workload: &Workload,
    program: &Container,
    go: Go,
    verdict: &mut Verdict<'_>,
) {
    let variable = program.env.iter().find(|one| one.name == "GOMEMLIMIT");
    let said = match variable.map(|variable| variable.value.as_deref()) {
        // A reference: nothing here says to what.
        Some(None) => return,
        Some(Some(text)) => match GoSize::read(text) {
            Some(size) => Some((text, size)),
            None => return malformed(facts, workload, program, text, verdict),
        },
        None => None,
    };
    let said = said.and_then(|(text, size)| match size {
        GoSize::Bytes(bytes) => Some((text, bytes)),
        GoSize::Off => None,
    });
    let Some(limit) = program.limits.memory else {
        if let Some((text, bytes)) = said {
            above_request(facts, workload, program, text, bytes, verdict);
        }
        return;
    };
    let percent_of = |percent: u64| {
        let bytes = u128::from(limit.bytes()) * u128::from(percent) / 100;
        GoSize::spell(u64::try_from(bytes).unwrap_or(u64::MAX))
    };
    let offered = percent_of(OFFERED);
    let Some((text, bytes)) = said else {
        if go.limits_itself && variable.is_none() {
            return;
        }
        verdict.found(
            Finding::new(
                workload,
                format!(
                    "{} has a memory limit of {limit} and no GOMEMLIMIT",
                    title(workload, program)
                ),
            )
            .at(place(facts, workload, program, "resources.limits.memory"))
            .why("Go collects garbage when the heap has doubled, whatever the limit is, so the kernel kills it with memory that could have been freed")
            .help(format!(
                "set the environment variable `GOMEMLIMIT` to {offered}, {OFFERED}% of the limit"
            )),
        );
        return;
    };
    let of_limit = |percent: u64| u128::from(limit.bytes()) * u128::from(percent);
    let hundredfold = u128::from(bytes) * 100;
    let (low, high) = (hundredfold < of_limit(LEAST), hundredfold > of_limit(MOST));
    let share = || match u128::from(limit.bytes()) {
        0 => "more than all".to_owned(),
        whole => format!("{}%", hundredfold / whole),
    };
    verdict.figure(|| Figure {
        subject: title(workload, program),
        value: format!("GOMEMLIMIT is {} of the memory limit", share()),
        bound: format!("{LEAST}% to {MOST}%"),
        formula: format!("{} / {limit}", GoSize::spell(bytes)),
        holds: !low && !high,
    });
    if !low && !high {
        return;
    }
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{} has a GOMEMLIMIT of {text}, {} of its memory limit of {limit}; {LEAST}% to {MOST}% is asked for",
                title(workload, program),
                share()
            ),
        )
        .at(place(facts, workload, program, "resources.limits.memory"))
        .why(if high {
            "the kernel kills the program before its soft limit makes it free anything"
        } else {
            "the program collects garbage all the time, with memory that it may have and does not use"
        })
        .help(format!("set it to {offered}, {OFFERED}% of the limit")),
    );
}

fn malformed(
    facts: &Facts<'_>,
    workload: &Workload,
    program: &Container,
    text: &str,
    verdict: &mut Verdict<'_>,
) {
    let near = match text.parse::<Memory>() {
        Ok(memory) => format!("write {}", GoSize::spell(memory.bytes())),
        Err(_) => "write a whole number with `B`, `KiB`, `MiB`, `GiB` or `TiB`".to_owned(),
    };
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{} has a GOMEMLIMIT of `{text}`, which is no size to Go",
                title(workload, program)
            ),
        )
        .at(place(facts, workload, program, "resources.limits.memory"))
        .why("Go spells units `KiB`, `MiB` and `GiB`, not as Kubernetes does; with any other text the program ends at its start")
        .help(near),
    );
}

fn above_request(
    facts: &Facts<'_>,
    workload: &Workload,
    program: &Container,
    text: &str,
    bytes: u64,
    verdict: &mut Verdict<'_>,
) {
    let Some(request) = program.requests.memory else {
        return;
    };
    let most = request.bytes().saturating_mul(2);
    if bytes <= most {
        return;
    }
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{} has a GOMEMLIMIT of {text} and no memory limit; at most twice its request of {request} is allowed",
                title(workload, program)
            ),
        )
        .at(place(facts, workload, program, "resources.requests.memory"))
        .why("the program keeps garbage that the scheduler has not reserved memory for, and the node runs out of it")
        .help(format!(
            "remove `GOMEMLIMIT`, or set it to {} or less",
            GoSize::spell(most)
        )),
    );
}

fn threads(
    facts: &Facts<'_>,
    workload: &Workload,
    program: &Container,
    go: Go,
    verdict: &mut Verdict<'_>,
) {
    let said = match program.env.iter().find(|one| one.name == "GOMAXPROCS") {
        Some(variable) => match variable.value.as_deref() {
            None => return,
            // Go passes over what is no number above zero.
            Some(text) => text.parse::<u64>().ok().filter(|count| *count > 0),
        },
        None => None,
    };
    if let Some(limit) = program.limits.cpu {
        let wanted = (limit.millicores() / 1000).max(1);
        if said == Some(wanted) || said.is_none() && go.counts_limit {
            return;
        }
        let has = match said {
            Some(count) => format!("GOMAXPROCS {count}"),
            None => "no GOMAXPROCS".to_owned(),
        };
        verdict.found(
            Finding::new(
                workload,
                format!(
                    "{} has a CPU limit of {limit} and {has}; its whole cores are {wanted}",
                    title(workload, program)
                ),
            )
            .at(place(facts, workload, program, "resources.limits.cpu"))
            .why("before Go 1.25 a program starts a thread for each core of the node; together they use up the limit at the begin of each 100 ms window, and all wait for its end")
            .help(format!("set the environment variable `GOMAXPROCS` to {wanted}, or remove the limit")),
        );
        return;
    }
    let Some(nodes) = &facts.assumptions().nodes else {
        return;
    };
    let cores = nodes.cores.map_or(nodes.cpu.millicores() / 1000, u64::from);
    let request = program.requests.cpu.unwrap_or(Cpu::ZERO);
    let asked = request.millicores().div_ceil(1000).max(1);
    if said.is_some() || cores <= asked.saturating_mul(SPARE_CORES) {
        return;
    }
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{} requests {request} of CPU on nodes of {cores} cores and sets no GOMAXPROCS",
                title(workload, program)
            ),
        )
        .at(place(facts, workload, program, "resources.requests.cpu"))
        .why(format!(
            "{cores} > {SPARE_CORES} x {asked}: Go starts {cores} threads that collect garbage, for the share of {asked}"
        ))
        .help(format!(
            "set the environment variable `GOMAXPROCS`, such as to {}",
            asked.saturating_mul(SPARE_CORES).min(cores)
        ))
        .weighing(Severities::INFO),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{look, said, with};
    use crate::workload::{Form, Variable};

    /// Asks of one container with these variables; of a stream, where nothing else tells what it is.
    fn stream(limits: (&str, &str), env: &[(&str, &str)]) -> Vec<String> {
        let text = with("mimir", "querier", "");
        look(&text, |facts| {
            let mut workload = facts
                .workloads
                .iter()
                .find(|workload| workload.role == "ingester")
                .unwrap()
                .clone();
            let program = &mut workload.containers[0];
            program.image = Some("docker.io/grafana/mimir:3.0.4".into());
            program.limits.cpu = limits.0.parse().ok();
            program.limits.memory = limits.1.parse().ok();
            program.env = env
                .iter()
                .map(|(name, value)| Variable {
                    name: (*name).to_owned(),
                    value: Some((*value).to_owned()),
                })
                .collect();
            let workloads = [workload];
            said(
                &RULE,
                &Facts {
                    form: Form::Rendered,
                    environment: None,
                    releases: &[],
                    workloads: &workloads,
                    ..*facts
                },
            )
        })
    }

    const NAME: &str = "container `ingester` of mimir ingester";

    #[test]
    fn a_soft_limit_lies_just_below_the_hard_one() {
        for good in ["5222MiB", "5GiB", "5476083302", "6120328396"] {
            assert_eq!(
                stream(("", "6Gi"), &[("GOMEMLIMIT", good)]),
                Vec::<String>::new(),
                "{good}"
            );
        }
        assert_eq!(
            stream(("", "6Gi"), &[("GOMEMLIMIT", "8GiB")]),
            [format!(
                "warning: {NAME} has a GOMEMLIMIT of 8GiB, 133% of its memory limit of 6Gi; 80% to 95% is asked for"
            )]
        );
        assert_eq!(
            stream(("", "6Gi"), &[("GOMEMLIMIT", "4GiB")]),
            [format!(
                "warning: {NAME} has a GOMEMLIMIT of 4GiB, 66% of its memory limit of 6Gi; 80% to 95% is asked for"
            )]
        );
        for none in [&[][..], &[("GOMEMLIMIT", "off")]] {
            assert_eq!(
                stream(("", "6Gi"), none),
                [format!(
                    "warning: {NAME} has a memory limit of 6Gi and no GOMEMLIMIT"
                )]
            );
        }
        assert_eq!(
            stream(("", "6Gi"), &[("GOMEMLIMIT", "5Gi")]),
            [format!(
                "warning: {NAME} has a GOMEMLIMIT of `5Gi`, which is no size to Go"
            )]
        );
    }

    #[test]
    fn without_a_limit_it_is_bound_by_the_request() {
        assert_eq!(
            stream(("", ""), &[("GOMEMLIMIT", "4GiB")]),
            Vec::<String>::new()
        );
        assert_eq!(stream(("", ""), &[]), Vec::<String>::new());
        assert_eq!(
            stream(("", ""), &[("GOMEMLIMIT", "5GiB")]),
            [format!(
                "warning: {NAME} has a GOMEMLIMIT of 5GiB and no memory limit; at most twice its request of 2Gi is allowed"
            )]
        );
    }

    #[test]
    fn threads_follow_the_cpu_limit() {
        assert_eq!(
            stream(("2500m", ""), &[("GOMAXPROCS", "2")]),
            Vec::<String>::new()
        );
        assert_eq!(
            stream(("500m", ""), &[("GOMAXPROCS", "1")]),
            Vec::<String>::new()
        );
        assert_eq!(
            stream(("2", ""), &[("GOMAXPROCS", "8")]),
            [format!(
                "warning: {NAME} has a CPU limit of 2 and GOMAXPROCS 8; its whole cores are 2"
            )]
        );
        assert_eq!(
            stream(("2", ""), &[]),
            [format!(
                "warning: {NAME} has a CPU limit of 2 and no GOMAXPROCS; its whole cores are 2"
            )]
        );
    }

    #[test]
    fn threads_are_worth_a_word_on_large_nodes() {
        let nodes = |cores: u32| {
            format!("assumptions: {{nodes: {{count: 3, cpu: {cores}, memory: 64Gi}}}}\n")
        };
        let large = |cores: u32| {
            let text = crate::policy::tests::prod("mimir", &nodes(cores));
            crate::policy::tests::asked(&RULE, &text)
                .into_iter()
                .any(|found| found == "info: container `query-scheduler` of mimir query-scheduler requests 50m of CPU on nodes of 64 cores and sets no GOMAXPROCS")
        };
        assert!(large(64));
        assert!(!large(8));
    }

    #[test]
    fn other_languages_are_left_alone() {
        let found = look(&with("mimir", "gateway", ""), |facts| {
            let gateways: Vec<Workload> = facts.workloads_of("mimir", "gateway").cloned().collect();
            let mut gateways = gateways;
            for gateway in &mut gateways {
                gateway.containers[0].limits.memory = "64Mi".parse().ok();
            }
            assert_eq!(gateways.len(), 1);
            said(
                &RULE,
                &Facts {
                    workloads: &gateways,
                    ..*facts
                },
            )
        });
        assert_eq!(found, Vec::<String>::new());
    }
}
