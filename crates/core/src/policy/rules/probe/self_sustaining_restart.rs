//! `probe/self-sustaining-restart` (HW-PROBE-005): one restart that overloads the others, which are restarted in turn.

use crate::environment::{Assumptions, PolicyClass};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::units::{Cpu, Duration};
use crate::workload::Workload;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "probe/self-sustaining-restart",
    entry: "HW-PROBE-005",
    summary: "The service survives one restarted pod at peak (no self-sustaining cascade)",
    severities: Severities::WARNING,
    waivable: true,
    condition: "For each proxy (class `s3proxy`, else class `edge`), with `assumptions.peakLoad` and `capacityPerPod`: \
        peakLoad x retryFactor / ((N-1) x capacityPerPod) is at most 0.8; from 1 on it is an error. N is the replicas, with an autoscaler the most; retryFactor is 1.5 where nothing is said; \
        with a CPU limit the capacity counts min(1, limit / workers).",
    why: "A pod that is killed drops what it was doing, its clients try again, and the next pod is hit harder. From 1 on the survivors cannot keep up, fail their own probes, \
        and it goes on after the load that began it is gone. Patience only buys time; capacity ends it.",
    source: "The probe cascade: the proxy went on restarting after the upload that began it had ended.",
    fix: "More replicas, or more workers in each with the memory that they need, fewer requests at a time from each client, and a liveness probe that bears more.",
    passes: "assumptions: {peakLoad: 150, capacityPerPod: 100}\ncomponents: {traefik: {roles: {traefik: {replicas: 4}}}}",
    fails: "assumptions: {peakLoad: 150, capacityPerPod: 100}\ncomponents: {traefik: {roles: {traefik: {replicas: 3}}}}",
    check: Check::Environment(check),
};

/// The largest share of the survivors' capacity that is no finding, and the one from which they are overloaded.
const FULL: f64 = 0.8;
const OVERLOADED: f64 = 1.0;

/// How many times the peak comes back as retries, where nothing is said.
const RETRIES: f64 = 1.5;

/// How long a pod takes from its restart to its first answer, where nothing is said.
const RESTART: Duration = Duration::from_millis(30_000);

/// What is known of the load.
struct Load {
    peak: f64,
    capacity: f64,
    retries: f64,
    workers: u32,
    restart: Duration,
}

impl Load {
    /// Reads the assumptions; nothing where they say too little or what cannot be.
    fn read(assumptions: &Assumptions) -> Option<Self> {
        let is_sound = |number: &f64| number.is_finite() && *number > 0.0;
        Some(Self {
            peak: assumptions.peak_load.filter(is_sound)?,
            capacity: assumptions.capacity_per_pod.filter(is_sound)?,
            retries: assumptions.retry_factor.filter(is_sound).unwrap_or(RETRIES),
            workers: assumptions.workers.unwrap_or(1).max(1),
            restart: assumptions.restart_time.unwrap_or(RESTART),
        })
    }

    /// Returns what one pod serves under its CPU limit.
    fn of_pod(&self, limit: Option<Cpu>) -> f64 {
        let share = limit.map_or(1.0, |limit| {
            limit.millicores() as f64 / 1000.0 / f64::from(self.workers)
        });
        self.capacity * share.min(1.0)
    }
}

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let Some(load) = Load::read(facts.assumptions()) else {
        verdict.lacks("no `assumptions.peakLoad` and `assumptions.capacityPerPod`");
        return;
    };
    let class = if facts.of_class(PolicyClass::S3proxy).next().is_some() {
        PolicyClass::S3proxy
    } else {
        PolicyClass::Edge
    };
    for workload in facts.of_class(class) {
        look(facts, workload, &load, verdict);
    }
    verdict.lacks("no proxy runs");
}

fn look(facts: &Facts<'_>, workload: &Workload, load: &Load, verdict: &mut Verdict<'_>) {
    let limit = workload.main().and_then(|program| program.limits.cpu);
    let each = load.of_pod(limit);
    let pods = workload.most_replicas.unwrap_or(0).max(workload.replicas);
    let survivors = pods.saturating_sub(1);
    let together = f64::from(survivors) * each;
    let arrives = load.peak * load.retries;
    // Without survivors the division has no answer, and the pods no capacity.
    let share = if together > 0.0 {
        arrives / together
    } else {
        f64::INFINITY
    };
    let formula = || {
        format!(
            "{} x {} / (({pods}-1) x {}{}) = {}",
            load.peak,
            load.retries,
            load.capacity,
            match limit {
                Some(limit) => format!(" x min(1, {limit} / {})", load.workers),
                None => String::new(),
            },
            shown(share)
        )
    };
    verdict.figure(|| Figure {
        subject: workload.title(),
        value: format!("{} of what the others serve", shown(share)),
        bound: format!("at most {FULL}"),
        formula: formula(),
        holds: share <= FULL,
    });
    if share <= FULL {
        return;
    }
    let is_overloaded = share >= OVERLOADED;
    let needed = if each > 0.0 {
        Some((arrives / (FULL * each)).ceil() + 1.0).filter(|pods| *pods <= f64::from(u32::MAX))
    } else {
        None
    };
    let message = if survivors == 0 {
        format!(
            "{} has no pod left when one restarts at peak",
            workload.title()
        )
    } else {
        format!(
            "when one pod of {} restarts at peak, the others get {} times what they serve; at most {FULL} is allowed",
            workload.title(),
            shown(share)
        )
    };
    let why = if is_overloaded && survivors > 0 {
        let backlog = (share - OVERLOADED) * together * load.restart.seconds();
        format!(
            "{}: they fail their probes in turn, and each round leaves ({} - 1) x {} x {} = {} requests more to do",
            formula(),
            shown(share),
            shown(together),
            load.restart,
            shown(backlog)
        )
    } else {
        format!("{}: peak x retries / (others x what one serves)", formula())
    };
    verdict.found(
        Finding::new(workload, message)
            .at(facts.place(workload, "replicas"))
            .label(facts.setting("assumptions.peakLoad"), "the load at peak")
            .why(why)
            .help(match needed {
                Some(pods) => format!(
                    "run {pods} replicas, or let each serve more (workers, and the memory that they need), or lower what clients send at a time"
                ),
                None => "let each pod serve more: raise or remove its CPU limit".to_owned(),
            })
            .weighing(if is_overloaded {
                Severities::ERROR
            } else {
                Severities::WARNING
            }),
    );
}

/// Shows a number with two decimals, rounded up so that what is above a bound never looks like the bound.
fn shown(number: f64) -> String {
    let rounded = (number * 100.0).ceil() / 100.0;
    if rounded.is_finite() {
        format!("{rounded}")
    } else if number.is_finite() {
        format!("{number:e}")
    } else {
        "any number".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::tests::{applies, asked, environment, figures, look, said, with};

    fn traefik(tier: &str, assumptions: &str, settings: &str) -> String {
        format!(
            "{}    roles: {{traefik: {settings}}}\n",
            environment(tier, "traefik", &format!("assumptions: {assumptions}\n"))
        )
    }

    #[test]
    fn three_survivors_carry_what_two_cannot() {
        let load = "{peakLoad: 150, capacityPerPod: 100}";
        assert_eq!(
            asked(&RULE, &traefik("prod", load, "{replicas: 4}")),
            Vec::<String>::new()
        );
        let text = traefik("prod", load, "{replicas: 3}");
        assert_eq!(
            asked(&RULE, &text),
            [
                "error: when one pod of traefik restarts at peak, the others get 1.13 times what they serve; at most 0.8 is allowed"
            ]
        );
        assert_eq!(
            figures(&RULE, &text),
            [
                "traefik: 1.13 of what the others serve (at most 0.8): 150 x 1.5 / ((3-1) x 100) = 1.13"
            ]
        );
        assert_eq!(
            asked(&RULE, &traefik("prod", load, "{replicas: 1}")),
            ["error: traefik has no pod left when one restarts at peak"]
        );
        assert_eq!(
            asked(&RULE, &traefik("test", load, "{replicas: 3}")),
            [
                "warning: when one pod of traefik restarts at peak, the others get 1.13 times what they serve; at most 0.8 is allowed"
            ]
        );
    }

    #[test]
    fn nearly_full_is_a_warning() {
        assert_eq!(
            asked(
                &RULE,
                &traefik(
                    "prod",
                    "{peakLoad: 180, capacityPerPod: 100}",
                    "{replicas: 4}"
                )
            ),
            [
                "warning: when one pod of traefik restarts at peak, the others get 0.9 times what they serve; at most 0.8 is allowed"
            ]
        );
        assert_eq!(
            asked(
                &RULE,
                &traefik(
                    "prod",
                    "{peakLoad: 180, capacityPerPod: 100, retryFactor: 1}",
                    "{replicas: 4}"
                )
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_cpu_limit_takes_capacity() {
        let half = "{replicas: 4, resources: {requests: {cpu: 100m, memory: 256Mi}, limits: {cpu: 1, memory: 512Mi}}}";
        let text = traefik(
            "prod",
            "{peakLoad: 150, capacityPerPod: 100, workers: 2}",
            half,
        );
        assert_eq!(
            figures(&RULE, &text),
            [
                "traefik: 1.5 of what the others serve (at most 0.8): 150 x 1.5 / ((4-1) x 100 x min(1, 1 / 2)) = 1.5"
            ]
        );
    }

    #[test]
    fn help_and_why_hold_the_numbers() {
        let text = traefik(
            "prod",
            "{peakLoad: 150, capacityPerPod: 100}",
            "{replicas: 3}",
        );
        look(&text, |facts| {
            let mut verdict = Verdict::new(&RULE, facts.tier, false);
            check(facts, &mut verdict);
            let (_, found) = &verdict.findings[0];
            let (why, help) = (
                found.why.as_deref().unwrap(),
                found.help.as_deref().unwrap(),
            );
            assert!(help.starts_with("run 4 replicas"), "{help}");
            assert!(
                why.ends_with("each round leaves (1.13 - 1) x 200 x 30s = 750 requests more to do"),
                "{why}"
            );
        });
    }

    #[test]
    fn an_unknown_load_says_nothing() {
        assert!(!applies(&RULE, &with("traefik", "traefik", "")));
        assert!(!applies(
            &RULE,
            &environment(
                "prod",
                "mimir",
                "assumptions: {peakLoad: 1, capacityPerPod: 1}\n"
            )
        ));
    }

    proptest! {
        #[test]
        fn any_load_gets_an_answer(peak: f64, capacity: f64, retries: f64, workers: u32, replicas: u32, limit: u64) {
            let assumptions = Assumptions {
                peak_load: Some(peak),
                capacity_per_pod: Some(capacity),
                retry_factor: Some(retries),
                workers: Some(workers),
                ..Assumptions::default()
            };
            let Some(load) = Load::read(&assumptions) else {
                return Ok(());
            };
            look(&with("traefik", "traefik", ""), |facts| {
                let mut workload = facts.workloads[0].clone();
                workload.replicas = replicas;
                workload.containers[0].limits.cpu = Some(Cpu::from_millicores(limit));
                let mut verdict = Verdict::new(&RULE, facts.tier, true);
                super::look(facts, &workload, &load, &mut verdict);
                assert!(!verdict.figures[0].formula.contains("inf"), "{:?}", verdict.figures);
                assert!(!verdict.figures[0].formula.contains("NaN"), "{:?}", verdict.figures);
            });
            let _ = said;
        }
    }
}
