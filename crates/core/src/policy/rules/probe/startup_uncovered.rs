//! `probe/startup-uncovered` (HW-PROBE-003): a pod that is killed while it starts.

use super::{expected, place, title, window};
use crate::environment::Kind;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::sizing::probe::spoken;
use crate::units::Duration;
use crate::workload::{Container, ProbeNumbers, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "probe/startup-uncovered",
    entry: "HW-PROBE-003",
    summary: "A startup probe (or no liveness) covers the slowest start",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For the program of a pod with a liveness probe: with a startup probe, its initial delay + F x max(T, t) is at least `assumptions.expectedStart`; \
        without one, liveness' initial delay + (F-1) x max(T, t) + t is. Ingesters and store-gateways: 600 s where nothing is said, and an error. \
        Other pods with a volume of their own: only where `assumptions.expectedStart` is said, and a warning.",
    why: "To read back a log takes longer the more was written, so a restart under load takes longest exactly when it must not be cut short: \
        the pod is killed, starts again, and has more to read.",
    source: "Grafana Mimir documentation, write-ahead log. The charts of Tempo give every component a liveness probe after 30 s or 60 s and no startup probe; Mimir's chart gives ingesters none at all.",
    fix: "Add a startup probe, drop liveness, or where the chart has neither let liveness begin late and bear more.",
    passes: "loki: {probes: {startup: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 90}}}",
    fails: "loki: {probes: {startup: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 12}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        let Some(expected) = expected::start(facts, workload) else {
            continue;
        };
        let Some(program) = workload.main() else {
            continue;
        };
        verdict.applies();
        if let Some(liveness) = &program.liveness {
            look(facts, workload, program, liveness, expected, verdict);
        }
    }
    verdict.lacks("nothing reads back what it kept");
}

fn look(
    facts: &Facts<'_>,
    workload: &Workload,
    program: &Container,
    liveness: &ProbeNumbers,
    expected: Duration,
    verdict: &mut Verdict<'_>,
) {
    let startup = program.startup.as_ref();
    let covered = match startup {
        Some(startup) => window(startup).startup_coverage(startup.initial_delay),
        None => window(liveness).first_restart(liveness.initial_delay),
    };
    let formula = || match startup {
        Some(startup) => window(startup).startup_coverage_formula(startup.initial_delay),
        None => window(liveness).first_restart_formula(liveness.initial_delay),
    };
    verdict.figure(|| Figure {
        subject: title(workload, program),
        value: format!("a start of {} is covered", spoken(covered)),
        bound: format!("at least {expected}"),
        formula: formula(),
        holds: covered >= expected,
    });
    if covered >= expected {
        return;
    }
    let severities = match workload.kind {
        Some(Kind::Ingester | Kind::StoreGateway) => Severities::ERROR,
        _ => Severities::WARNING,
    };
    let (which, help) = match startup {
        Some(startup) => (
            "probes.startup",
            format!(
                "raise its `failureThreshold` to {}",
                failures(startup, expected)
            ),
        ),
        None => (
            "probes.liveness",
            format!(
                "add a startup probe (every 10 s, 5 s to answer, {} failures) or drop liveness; where the chart has no startup probe raise `initialDelaySeconds` to {}",
                expected.millis().div_ceil(10_000),
                expected
                    .millis()
                    .saturating_sub(window(liveness).safe().millis())
                    .div_ceil(1000)
            ),
        ),
    };
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{} of {} covers a start of {}, shorter than {expected}",
                if startup.is_some() {
                    "startup"
                } else {
                    "liveness"
                },
                title(workload, program),
                spoken(covered),
            ),
        )
        .at(place(facts, workload, program, which))
        .why(format!(
            "{}: while it reads back what it kept it does not answer, is killed, and begins again",
            formula()
        ))
        .help(help)
        .weighing(severities),
    );
}

/// Returns the failures with which a startup probe covers a start.
fn failures(startup: &ProbeNumbers, expected: Duration) -> u64 {
    let delay = u64::from(startup.initial_delay).saturating_mul(1000);
    expected
        .millis()
        .saturating_sub(delay)
        .div_ceil(window(startup).spacing().millis().max(1))
        .max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::tests::{applies, asked, environment, figures, look, said, with};
    use crate::sizing::probe::Window;
    use crate::workload::Handler;

    fn ingester(tier: &str, rest: &str, probes: &str) -> Vec<String> {
        let text = format!(
            "{}    roles: {{loki: {{probes: {probes}}}}}\n",
            environment(tier, "loki", rest)
        );
        asked(&RULE, &text)
    }

    const LATE: &str = "{startup: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 90}, liveness: {periodSeconds: 10, timeoutSeconds: 5}}";
    const EARLY: &str = "{startup: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 12}, liveness: {periodSeconds: 10, timeoutSeconds: 5}}";

    #[test]
    fn a_startup_probe_covers_the_log() {
        assert_eq!(ingester("prod", "", LATE), Vec::<String>::new());
        assert_eq!(
            ingester("prod", "", EARLY),
            ["error: startup of loki covers a start of 2m, shorter than 10m"]
        );
        assert_eq!(
            ingester("dev", "", EARLY),
            ["info: startup of loki covers a start of 2m, shorter than 10m"]
        );
        assert_eq!(
            ingester("prod", "assumptions: {expectedStart: 2m}\n", EARLY),
            Vec::<String>::new()
        );
    }

    /// Asks of an ingester with this liveness probe and no startup probe.
    fn alone(kind: Kind, rest: &str, liveness: Option<ProbeNumbers>) -> Vec<String> {
        let text = format!("{}    roles: {{}}\n", environment("prod", "mimir", rest));
        look(&text, |facts| {
            let mut workload = facts
                .workloads
                .iter()
                .find(|workload| workload.role == "ingester")
                .unwrap()
                .clone();
            workload.kind = Some(kind);
            workload.containers[0].liveness = liveness.clone();
            workload.containers[0].startup = None;
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

    fn probe(initial_delay: u32) -> ProbeNumbers {
        ProbeNumbers {
            handler: Handler::Tcp,
            initial_delay,
            period: 10,
            timeout: 5,
            failures: 3,
            successes: 1,
            timeout_is_default: false,
        }
    }

    #[test]
    fn without_one_liveness_begins_late_or_not_at_all() {
        assert_eq!(
            alone(Kind::Ingester, "", Some(probe(60))),
            ["error: liveness of mimir ingester covers a start of 1m25s, shorter than 10m"]
        );
        assert_eq!(
            alone(Kind::Ingester, "", Some(probe(575))),
            Vec::<String>::new()
        );
        assert_eq!(alone(Kind::Ingester, "", None), Vec::<String>::new());
    }

    #[test]
    fn others_only_where_their_start_is_said() {
        assert_eq!(
            alone(Kind::Batch, "", Some(probe(60))),
            Vec::<String>::new()
        );
        assert_eq!(
            alone(
                Kind::Batch,
                "assumptions: {expectedStart: 5m}\n",
                Some(probe(60))
            ),
            ["warning: liveness of mimir ingester covers a start of 1m25s, shorter than 5m"]
        );
        assert!(!applies(&RULE, &with("traefik", "traefik", "")));
    }

    #[test]
    fn the_start_is_shown_also_when_it_is_covered() {
        let text = format!(
            "{}    roles: {{loki: {{probes: {LATE}}}}}\n",
            environment("prod", "loki", "")
        );
        assert_eq!(
            figures(&RULE, &text),
            ["loki: a start of 15m is covered (at least 10m): 0 + 90 x max(10, 5) = 900 s"]
        );
    }

    proptest! {
        #[test]
        fn what_help_says_helps(delay: u32, period in 1_u32.., timeout in 1_u32.., expected in 0..10_000_000_000_u64) {
            let startup = ProbeNumbers { period, timeout, ..probe(delay) };
            let expected = Duration::from_millis(expected);
            if let Ok(failures) = u32::try_from(failures(&startup, expected)) {
                let covered = Window { failures, ..window(&startup) }.startup_coverage(delay);
                prop_assert!(covered >= expected);
            }
        }
    }
}
