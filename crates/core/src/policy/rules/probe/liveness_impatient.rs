//! `probe/liveness-impatient` (HW-PROBE-001): a liveness probe that kills a healthy process, or never finds a dead one.

use super::{alive, expected, place, title, window};
use crate::diagnostic::Severity;
use crate::environment::PolicyClass;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::sizing::probe::{SUCCESS_THRESHOLD, Window, spoken};
use crate::units::Duration;
use crate::workload::{Container, ProbeNumbers, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "probe/liveness-impatient",
    entry: "HW-PROBE-001",
    summary: "Liveness tolerates the longest healthy pause",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For every liveness probe with period T, timeout t, failure threshold F and E = max(T, t): (F-1) x E + t is at least `assumptions.expectedPause` \
        (without it 20 s for backends and others, 30 s at the edge, 60 s for the S3 proxy), and F x E + min(T, t) at most `assumptions.maxDetect` (300 s). \
        `timeoutSeconds` must be set; a number that is missing or zero is Kubernetes' default. An error for classes `edge` and `s3proxy`, a warning for others. A `successThreshold` other than 1 is an error everywhere, of startup probes too: Kubernetes refuses it.",
    why: "The kubelet runs one probe of a container at a time and restarts it after F failures in a row. A process that is busy for longer than that is killed while it works, \
        its clients come back to the next pod, and that one is busy too.",
    source: "Kubernetes, `pkg/kubelet/prober/worker.go`. The probe cascade: 10/5/3 bears 25 s, with a timeout of 60 s it bears 180 s. \
        The remote-write incident: Traefik's 10/2/3 bears 22 s, 10/5/5 bears 45 s.",
    fix: "Raise `failureThreshold` first where the process answers slowly in bursts; raise `timeoutSeconds` where one stall is long.",
    passes: "traefik: {probes: {liveness: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 5}}}",
    fails: "traefik: {probes: {liveness: {periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let mut probes = false;
    for workload in facts.workloads {
        for (container, probe) in alive(workload) {
            probes = true;
            refused(facts, workload, container, ("liveness", probe), verdict);
            if let Some(startup) = &container.startup {
                refused(facts, workload, container, ("startup", startup), verdict);
            }
            look(facts, workload, container, probe, verdict);
        }
    }
    if !probes {
        verdict.lacks("nothing has a liveness probe");
    }
}

/// Finds what the API server does not take.
fn refused(
    facts: &Facts<'_>,
    workload: &Workload,
    container: &Container,
    (which, probe): (&str, &ProbeNumbers),
    verdict: &mut Verdict<'_>,
) {
    if probe.successes == SUCCESS_THRESHOLD {
        return;
    }
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{which} of {} has a `successThreshold` of {}, which must be {SUCCESS_THRESHOLD}",
                title(workload, container),
                probe.successes
            ),
        )
        .at(place(
            facts,
            workload,
            container,
            &format!("probes.{which}"),
        ))
        .why("the API server refuses any other for liveness and startup, and the object with it")
        .help(format!(
            "remove `successThreshold`, or write {SUCCESS_THRESHOLD}"
        ))
        .weighing(Severities::everywhere(Severity::Error)),
    );
}

fn look(
    facts: &Facts<'_>,
    workload: &Workload,
    container: &Container,
    probe: &ProbeNumbers,
    verdict: &mut Verdict<'_>,
) {
    let severities = match workload.class {
        Some(PolicyClass::Edge | PolicyClass::S3proxy) => Severities::ERROR,
        _ => Severities::WARNING,
    };
    let numbers = window(probe);
    let (pause, max_detect) = (
        expected::pause(facts, workload),
        expected::max_detect(facts),
    );
    let is_impatient = numbers.safe() < pause;
    let is_blind = numbers.kill() > max_detect;
    let (safe, kill) = (spoken(numbers.safe()), spoken(numbers.kill()));
    verdict.figure(|| Figure {
        subject: title(workload, container),
        value: format!("safe {safe}"),
        bound: format!("at least {pause}, the longest healthy pause"),
        formula: numbers.safe_formula(),
        holds: !is_impatient,
    });
    verdict.figure(|| Figure {
        subject: title(workload, container),
        value: format!("a dead process is found after {kill}"),
        bound: format!("at most {max_detect}"),
        formula: numbers.kill_formula(),
        holds: !is_blind,
    });
    let found = |message: String| {
        Finding::new(workload, message)
            .at(place(facts, workload, container, "probes.liveness"))
            .weighing(severities)
    };
    if is_impatient {
        verdict.found(
            found(format!(
                "liveness of {} bears a pause of {safe}, shorter than {pause}",
                title(workload, container)
            ))
            .why(format!(
                "(F-1) x max(T, t) + t = {}: a process that is busy for longer is killed while it works",
                numbers.safe_formula()
            ))
            .help(patience(numbers, pause, max_detect)),
        );
    } else if probe.timeout_is_default {
        verdict.found(
            found(format!(
                "liveness of {} has no timeout, so Kubernetes takes 1 s",
                title(workload, container)
            ))
            .why("one slow answer counts as a failure; nobody decided that a second is enough")
            .help("set `timeoutSeconds`, such as to 5"),
        );
    }
    if is_blind {
        let failures = most_failures(numbers, max_detect);
        verdict.found(
            found(format!(
                "liveness of {} finds a dead process after {kill}, later than {max_detect}",
                title(workload, container)
            ))
            .why(format!(
                "F x max(T, t) + min(T, t) = {}",
                numbers.kill_formula()
            ))
            .help(match failures {
                Some(failures) => format!("lower `failureThreshold` to {failures}"),
                None => "lower `periodSeconds` and `timeoutSeconds`".to_owned(),
            }),
        );
    }
}

/// Says how a probe bears a pause and still finds a dead process in time.
fn patience(numbers: Window, pause: Duration, max_detect: Duration) -> String {
    let whole = |time: Duration| time.millis().div_ceil(1000);
    let spacing = whole(numbers.spacing()).max(1);
    let missing = whole(pause).saturating_sub(u64::from(numbers.timeout));
    let failures = missing.div_ceil(spacing).saturating_add(1);
    let enough = u32::try_from(failures)
        .map(|failures| Window {
            failures,
            ..numbers
        })
        .ok()
        .filter(|window| window.kill() <= max_detect);
    match enough {
        Some(_) => format!("raise `failureThreshold` to {failures}"),
        None => {
            let failures = u64::from(numbers.failures.max(1));
            let timeout = whole(pause).div_ceil(failures);
            format!(
                "raise `timeoutSeconds` to {timeout}, which bears {failures} stalls of that length"
            )
        }
    }
}

/// Returns the most failures with which a dead process is found in time.
fn most_failures(numbers: Window, max_detect: Duration) -> Option<u64> {
    let shorter = u64::from(numbers.period.min(numbers.timeout)).saturating_mul(1000);
    let spacing = numbers.spacing().millis().max(1);
    let failures = max_detect.millis().checked_sub(shorter)? / spacing;
    (failures > 0).then_some(failures)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::tests::{asked, environment, figures, said, with};
    use crate::workload::Handler;

    fn traefik(tier: &str, rest: &str, probe: &str) -> String {
        format!(
            "{}    roles: {{traefik: {{probes: {{liveness: {probe}}}}}}}\n",
            environment(tier, "traefik", rest)
        )
    }

    fn probe(period: u32, timeout: u32, failures: u32) -> ProbeNumbers {
        ProbeNumbers {
            handler: Handler::Tcp,
            initial_delay: 0,
            period,
            timeout,
            failures,
            successes: 1,
            timeout_is_default: false,
        }
    }

    /// Asks of one workload of a class with this liveness probe.
    fn of_class(class: PolicyClass, liveness: Option<ProbeNumbers>) -> Vec<String> {
        crate::policy::tests::look(&with("mimir", "querier", ""), |facts| {
            let mut workload = facts
                .workloads
                .iter()
                .find(|workload| workload.role == "querier")
                .unwrap()
                .clone();
            workload.class = Some(class);
            workload.containers[0].liveness = liveness.clone();
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
    fn each_class_has_its_pause() {
        use PolicyClass::{Backend, Edge, S3proxy};
        let nothing = Vec::<String>::new();
        assert_eq!(of_class(Backend, Some(probe(10, 5, 3))), nothing);
        assert_eq!(
            of_class(Edge, Some(probe(10, 5, 3))),
            ["error: liveness of mimir querier bears a pause of 25s, shorter than 30s"]
        );
        assert_eq!(of_class(Edge, Some(probe(10, 5, 5))), nothing);
        assert_eq!(
            of_class(S3proxy, Some(probe(10, 5, 3))),
            ["error: liveness of mimir querier bears a pause of 25s, shorter than 1m"]
        );
        assert_eq!(of_class(S3proxy, Some(probe(10, 60, 3))), nothing);
        assert_eq!(
            of_class(Backend, Some(probe(5, 1, 3))),
            ["warning: liveness of mimir querier bears a pause of 11s, shorter than 20s"]
        );
        assert_eq!(of_class(Edge, None), nothing);
    }

    #[test]
    fn a_dead_process_is_found_in_time() {
        assert_eq!(
            of_class(PolicyClass::Backend, Some(probe(30, 1, 10))),
            ["warning: liveness of mimir querier finds a dead process after 5m1s, later than 5m"]
        );
        assert_eq!(
            most_failures(window(&probe(30, 1, 10)), expected_detect()),
            Some(9)
        );
        assert_eq!(
            most_failures(window(&probe(600, 1, 1)), expected_detect()),
            None
        );
    }

    #[test]
    fn one_success_is_enough() {
        let twice = probe(10, 5, 3).with_successes(Some(2));
        assert_eq!(
            of_class(PolicyClass::Backend, Some(twice)),
            ["error: liveness of mimir querier has a `successThreshold` of 2, which must be 1"]
        );
        let unset = probe(10, 5, 3).with_successes(Some(0));
        assert_eq!(
            of_class(PolicyClass::Backend, Some(unset)),
            Vec::<String>::new()
        );
    }

    #[test]
    fn zero_is_the_default_and_endless_is_said_in_words() {
        let zero = crate::environment::Probe {
            initial_delay_seconds: None,
            period_seconds: Some(0),
            timeout_seconds: Some(0),
            failure_threshold: Some(0),
        };
        assert_eq!(
            ProbeNumbers::new(Handler::Tcp, &zero),
            ProbeNumbers {
                timeout_is_default: true,
                ..probe(10, 1, 3)
            }
        );
        assert_eq!(
            of_class(
                PolicyClass::Backend,
                Some(probe(2_147_483_647, 5, 2_147_483_647))
            ),
            [
                "warning: liveness of mimir querier finds a dead process after more than a year, later than 5m"
            ]
        );
    }

    fn expected_detect() -> Duration {
        "300s".parse().unwrap()
    }

    #[test]
    fn a_timeout_is_decided() {
        let unset = ProbeNumbers {
            timeout_is_default: true,
            ..probe(10, 1, 3)
        };
        assert_eq!(
            of_class(PolicyClass::Backend, Some(unset)),
            ["warning: liveness of mimir querier has no timeout, so Kubernetes takes 1 s"]
        );
        assert_eq!(
            of_class(PolicyClass::Backend, Some(probe(10, 1, 3))),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_environment_knows_its_pauses() {
        let probe = "{periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 5}";
        assert_eq!(
            asked(&RULE, &traefik("prod", "", probe)),
            Vec::<String>::new()
        );
        assert_eq!(
            asked(
                &RULE,
                &traefik("test", "assumptions: {expectedPause: 60s}\n", probe)
            ),
            ["warning: liveness of traefik bears a pause of 45s, shorter than 1m"]
        );
    }

    #[test]
    fn windows_are_shown_also_when_they_hold() {
        let probe = "{periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 5}";
        assert_eq!(
            figures(&RULE, &traefik("prod", "", probe)),
            [
                "traefik: safe 45s (at least 30s, the longest healthy pause): (5-1) x max(10, 5) + 5 = 45 s",
                "traefik: a dead process is found after 55s (at most 5m): 5 x max(10, 5) + min(10, 5) = 55 s",
            ]
        );
    }

    #[test]
    fn help_says_the_number() {
        let help = |numbers: &ProbeNumbers, pause: &str| {
            patience(window(numbers), pause.parse().unwrap(), expected_detect())
        };
        assert_eq!(
            help(&probe(10, 5, 3), "30s"),
            "raise `failureThreshold` to 4"
        );
        assert_eq!(
            help(&probe(10, 5, 3), "60s"),
            "raise `failureThreshold` to 7"
        );
        assert_eq!(
            help(&probe(10, 5, 3), "299s"),
            "raise `timeoutSeconds` to 100, which bears 3 stalls of that length"
        );
    }

    proptest! {
            #[test]
            fn any_probe_gets_an_answer(period in 1_u32.., timeout in 1_u32.., failures in 1_u32.., pause: u64, most: u64) {
                let numbers = window(&probe(period, timeout, failures));
                let (pause, most) = (Duration::from_millis(pause), Duration::from_millis(most));
                prop_assert!(!patience(numbers, pause, most).is_empty());
                if let Some(failures) = most_failures(numbers, most).and_then(|failures| u32::try_from(failures).ok()) {
                    let lower = Window { failures, ..numbers };
    prop_assert!(lower.kill() <= most);
                }
            }

            #[test]
            fn what_help_says_helps(period in 1..100_u32, timeout in 1..100_u32, failures in 1..20_u32, pause in 1..250_u64) {
                let numbers = window(&probe(period, timeout, failures));
                let pause = Duration::from_millis(pause * 1000);
                let help = patience(numbers, pause, expected_detect());
                if let Some(failures) = help.strip_prefix("raise `failureThreshold` to ") {
                    let failures = failures.parse().unwrap();
                    let patient = Window { failures, ..numbers };
    prop_assert!(patient.safe() >= pause);
                } else {
                    let number = help.split(['`', ' ', ',']).find_map(|word| word.parse().ok());
                    let patient = Window { timeout: number.unwrap(), ..numbers };
    prop_assert!(patient.safe() >= pause);
                }
            }
        }
}
