//! `probe/readiness-too-slow` (HW-PROBE-002): a pod that is killed before it is left alone.

use super::{alive, place, title, window};
use crate::environment::PolicyClass;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::sizing::probe::{Window, spoken};
use crate::workload::{Container, ProbeNumbers, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "probe/readiness-too-slow",
    entry: "HW-PROBE-002",
    summary: "Readiness reacts before liveness",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For every container with both probes: the longest time until readiness reacts, F x max(T, t) + min(T, t), is shorter than the longest pause that liveness bears, \
        (F-1) x max(T, t) + t. A pod with a liveness probe has a readiness probe. For classes `edge` and `s3proxy` readiness needs at least 2 failures (a warning).",
    why: "To leave a pod alone for a while can be undone, a restart drops what it was doing. One failure as the bound takes a proxy out for one slow answer, \
        and its load goes to the others.",
    source: "Kubernetes, `pkg/kubelet/prober/worker.go`; the probe cascade; Traefik's chart, whose readiness bears one failure.",
    fix: "Readiness 5/3/3 beside liveness 10/60/3 (period, timeout, failures). Where probes and work share one thread all pods can become unready together: \
        keep 2 failures or more, and room for one pod less (`probe/self-sustaining-restart`).",
    passes: "traefik: {probes: {readiness: {periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3}, liveness: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 5}}}",
    fails: "traefik: {probes: {readiness: {periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 5}, liveness: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3}}}",
    check: Check::Environment(check),
};

/// The fewest failures in a row that may take a proxy out.
const FAILURES: u32 = 2;

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        let is_asked = workload
            .containers
            .iter()
            .any(|container| container.readiness.is_some());
        for (container, liveness) in alive(workload) {
            verdict.applies();
            match &container.readiness {
                Some(readiness) => order(facts, workload, container, liveness, readiness, verdict),
                None if is_asked => {}
                None => missing(facts, workload, container, verdict),
            }
        }
        if let Some(PolicyClass::Edge | PolicyClass::S3proxy) = workload.class {
            for container in &workload.containers {
                if let Some(readiness) = &container.readiness {
                    verdict.applies();
                    nervous(facts, workload, container, readiness, verdict);
                }
            }
        }
    }
    verdict.lacks("nothing has a liveness probe");
}

fn order(
    facts: &Facts<'_>,
    workload: &Workload,
    container: &Container,
    liveness: &ProbeNumbers,
    readiness: &ProbeNumbers,
    verdict: &mut Verdict<'_>,
) {
    let (first, then) = (window(readiness), window(liveness));
    let reacts = first.kill() < then.safe();
    let (out, safe) = (spoken(first.kill()), spoken(then.safe()));
    let formula = || format!("{} < {}", first.kill_formula(), then.safe_formula());
    verdict.figure(|| Figure {
        subject: title(workload, container),
        value: format!("out of the Service after {out}"),
        bound: format!("before liveness can kill, {safe}"),
        formula: formula(),
        holds: reacts,
    });
    if reacts {
        return;
    }
    verdict.found(
        Finding::new(
            workload,
            format!(
                "readiness of {} may take {out} to react, and liveness kills from {safe}",
                title(workload, container)
            ),
        )
        .at(place(facts, workload, container, "probes.liveness"))
        .label(
            place(facts, workload, container, "probes.readiness")
                .filter(|_| container.place.is_none()),
            "this must react first",
        )
        .why(format!(
            "{} is not less than {}: the pod is killed while it still gets requests",
            first.kill_formula(),
            then.safe_formula()
        ))
        .help(match enough(first, then) {
            Some(failures) => format!(
                "raise liveness' `failureThreshold` to {failures}, or make readiness quicker"
            ),
            None => {
                "make readiness quicker: a shorter `periodSeconds` or fewer failures".to_owned()
            }
        }),
    );
}

/// Returns how many failures liveness needs to bear more than readiness needs to react.
fn enough(readiness: Window, liveness: Window) -> Option<u32> {
    let spacing = liveness.spacing().millis().max(1);
    let timeout = u64::from(liveness.timeout).saturating_mul(1000);
    let missing = readiness.kill().millis().checked_sub(timeout)?;
    let failures = u32::try_from(missing / spacing + 2).ok()?;
    let patient = Window {
        failures,
        ..liveness
    };
    // Times beyond some hundred years are all one.
    (patient.safe() > readiness.kill()).then_some(failures)
}

fn missing(
    facts: &Facts<'_>,
    workload: &Workload,
    container: &Container,
    verdict: &mut Verdict<'_>,
) {
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{} has a liveness probe and no readiness probe",
                title(workload, container)
            ),
        )
        .at(place(facts, workload, container, "probes.readiness"))
        .why("nothing takes the pod out of its Service before it is killed, so it gets requests until then")
        .help("give it a readiness probe that reacts first, such as every 5 s with 3 s to answer and 3 failures"),
    );
}

fn nervous(
    facts: &Facts<'_>,
    workload: &Workload,
    container: &Container,
    readiness: &ProbeNumbers,
    verdict: &mut Verdict<'_>,
) {
    if readiness.failures >= FAILURES {
        return;
    }
    verdict.found(
        Finding::new(
            workload,
            format!(
                "readiness of {} takes it out after {} failure, fewer than {FAILURES}",
                title(workload, container),
                readiness.failures
            ),
        )
        .at(place(
            facts,
            workload,
            container,
            "probes.readiness.failureThreshold",
        ))
        .why("one slow answer sends its load to the other pods, whose answers are then slow too")
        .help("raise `failureThreshold` to 3")
        .weighing(Severities::WARNING),
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::tests::{applies, asked, environment, figures, look, said, with};

    fn traefik(tier: &str, probes: &str) -> String {
        format!(
            "{}    roles: {{traefik: {{probes: {probes}}}}}\n",
            environment(tier, "traefik", "")
        )
    }

    const QUICK: &str = "{readiness: {periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3}, \
        liveness: {periodSeconds: 10, timeoutSeconds: 60, failureThreshold: 3}}";
    const SLOW: &str = "{readiness: {periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 5}, \
        liveness: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3}}";

    #[test]
    fn readiness_reacts_first() {
        assert_eq!(asked(&RULE, &traefik("prod", QUICK)), Vec::<String>::new());
        assert_eq!(
            asked(&RULE, &traefik("prod", SLOW)),
            ["error: readiness of traefik may take 2m35s to react, and liveness kills from 25s"]
        );
        assert_eq!(
            asked(&RULE, &traefik("test", SLOW)),
            ["warning: readiness of traefik may take 2m35s to react, and liveness kills from 25s"]
        );
    }

    #[test]
    fn one_failure_is_too_few_for_a_proxy() {
        assert_eq!(
            asked(
                &RULE,
                &traefik(
                    "prod",
                    "{readiness: {failureThreshold: 1}, liveness: {timeoutSeconds: 5}}"
                )
            ),
            ["warning: readiness of traefik takes it out after 1 failure, fewer than 2"]
        );
    }

    #[test]
    fn liveness_alone_is_found() {
        let found = look(&traefik("prod", QUICK), |facts| {
            let mut workloads = facts.workloads.to_vec();
            workloads[0].containers[0].readiness = None;
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
            ["error: traefik has a liveness probe and no readiness probe"]
        );
    }

    #[test]
    fn without_liveness_there_is_nothing_to_compare() {
        let nothing = look(&with("mimir", "querier", ""), |facts| {
            let mut workloads = facts.workloads.to_vec();
            for container in workloads.iter_mut().flat_map(|one| &mut one.containers) {
                container.liveness = None;
            }
            said(
                &RULE,
                &Facts {
                    workloads: &workloads,
                    ..*facts
                },
            )
        });
        assert_eq!(nothing, Vec::<String>::new());
        assert!(applies(&RULE, &traefik("prod", QUICK)));
    }

    #[test]
    fn both_windows_are_shown() {
        assert_eq!(
            figures(&RULE, &traefik("prod", QUICK)),
            [
                "traefik: out of the Service after 18s (before liveness can kill, 3m): \
              3 x max(5, 3) + min(5, 3) = 18 s < (3-1) x max(10, 60) + 60 = 180 s"
            ]
        );
    }

    proptest! {
            #[test]
            fn what_help_says_helps(period in 1_u32.., timeout in 1_u32.., failures in 1_u32.., others in (1_u32.., 1_u32.., 1_u32..)) {
                let liveness = Window { period, timeout, failures };
                let readiness = Window { period: others.0, timeout: others.1, failures: others.2 };
                if let Some(failures) = enough(readiness, liveness) {
                    let patient = Window { failures, ..liveness };
    prop_assert!(patient.safe() > readiness.kill());
                }
            }
        }
}
