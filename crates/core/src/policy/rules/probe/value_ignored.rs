//! `probe/value-ignored` (HW-PROBE-004): liveness that asks about dependencies, and probes that a chart makes of other numbers.

use super::{alive, place, title, window};
use crate::environment::{Environment, Probe};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::units::Duration;
use crate::workload::{Container, Form, ProbeNumbers, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "probe/value-ignored",
    entry: "HW-PROBE-004",
    summary: "Liveness asks about the process, not its dependencies, and the chart really renders what we set",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For every container whose liveness and readiness ask for the same path: liveness bears at least 3 times as long as readiness needs to react (else a warning). \
        In rendered workloads of an environment: every number that a role's `probes` or an override of the chart's own key sets is that of the rendered probe (else an error).",
    why: "A path such as `/ready` says no when the ring or the bucket is away, so liveness on it restarts pods that only wait. \
        Numbers that a template does not read change nothing, and nobody is told.",
    source: "The charts of Tempo ask `/ready` for both probes. In the probe cascade the numbers were fixed in the template, and no value could loosen them; \
        the remote-write incident left open whether the probe keys stood where the chart read them.",
    fix: "Let liveness ask for a path of its own or connect to the port; where the chart allows neither let it bear 3 times as long. Use a chart version that reads the numbers.",
    passes: "ingester: {probes: {readiness: {timeoutSeconds: 1}, liveness: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 10}}}",
    fails: "ingester: {probes: {readiness: {timeoutSeconds: 1}, liveness: {periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3}}}",
    check: Check::Environment(check),
};

/// How many times as long liveness must bear what readiness on the same path reacts to.
const TIMES: u32 = 3;

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        for (container, liveness) in alive(workload) {
            verdict.applies();
            if let Some(readiness) = &container.readiness {
                apart(facts, workload, container, liveness, readiness, verdict);
            }
        }
        if let (Form::Rendered, Some(environment)) = (facts.form, facts.environment)
            && let Some(program) = workload.main()
        {
            rendered(facts, environment, workload, program, verdict);
        }
    }
    verdict.lacks("nothing has a liveness probe");
}

fn apart(
    facts: &Facts<'_>,
    workload: &Workload,
    container: &Container,
    liveness: &ProbeNumbers,
    readiness: &ProbeNumbers,
    verdict: &mut Verdict<'_>,
) {
    let (Some(path), Some(other)) = (liveness.path(), readiness.path()) else {
        return;
    };
    if path != other {
        return;
    }
    let (safe, out) = (window(liveness).safe(), window(readiness).kill());
    let wanted = out
        .checked_mul(TIMES)
        .unwrap_or(Duration::from_millis(u64::MAX));
    let formula = || {
        format!(
            "{} >= {TIMES} x ({})",
            window(liveness).safe_formula(),
            window(readiness).kill_formula()
        )
    };
    verdict.figure(|| Figure {
        subject: title(workload, container),
        value: format!("`{path}` for both, liveness bears {safe}"),
        bound: format!("at least {TIMES} times readiness' {out}, {wanted}"),
        formula: formula(),
        holds: safe >= wanted,
    });
    if safe >= wanted {
        return;
    }
    let spacing = window(liveness).spacing().millis().max(1);
    let timeout = u64::from(liveness.timeout).saturating_mul(1000);
    let failures = wanted
        .millis()
        .saturating_sub(timeout)
        .div_ceil(spacing)
        .saturating_add(1);
    verdict.found(
        Finding::new(
            workload,
            format!(
                "liveness and readiness of {} both ask for `{path}`, and liveness bears {safe}, shorter than {TIMES} times readiness' {out}",
                title(workload, container)
            ),
        )
        .at(place(facts, workload, container, "probes.liveness"))
        .why(format!(
            "not {}: what makes the pod unready for a while restarts it too, though its process is well",
            formula()
        ))
        .help(format!(
            "raise liveness' `failureThreshold` to {failures}, or let it ask for a path of its own"
        ))
        .weighing(Severities::WARNING),
    );
}

/// Finds numbers that were set and that the rendered probe does not have.
fn rendered(
    facts: &Facts<'_>,
    environment: &Environment,
    workload: &Workload,
    program: &Container,
    verdict: &mut Verdict<'_>,
) {
    let Some(role) = facts.role(workload) else {
        return;
    };
    let settings = environment
        .model
        .components
        .get(&*workload.component)
        .and_then(|section| section.roles.get(&*workload.role))
        .and_then(|role| role.probes.as_ref());
    let paths = &role.values;
    let probes = [
        (
            "liveness",
            settings.and_then(|probes| probes.liveness.as_ref()),
            paths.liveness.as_deref(),
            program.liveness.as_ref(),
        ),
        (
            "readiness",
            settings.and_then(|probes| probes.readiness.as_ref()),
            paths.readiness.as_deref(),
            program.readiness.as_ref(),
        ),
        (
            "startup",
            settings.and_then(|probes| probes.startup.as_ref()),
            paths.startup.as_deref(),
            program.startup.as_ref(),
        ),
    ];
    for (name, said, path, probe) in probes {
        let overridden = overridden(environment, &workload.component, path);
        let asked = match said {
            Some(said) => overridden.or(said),
            None => overridden,
        };
        if asked == Probe::default() {
            continue;
        }
        verdict.applies();
        let numbers = [
            (
                "initialDelaySeconds",
                asked.initial_delay_seconds,
                probe.map(|probe| probe.initial_delay),
            ),
            (
                "periodSeconds",
                asked.period_seconds,
                probe.map(|probe| probe.period),
            ),
            (
                "timeoutSeconds",
                asked.timeout_seconds,
                probe.map(|probe| probe.timeout),
            ),
            (
                "failureThreshold",
                asked.failure_threshold,
                probe.map(|probe| probe.failures),
            ),
        ];
        for (key, asked, is) in numbers {
            let Some(asked) = asked.filter(|asked| Some(*asked) != is) else {
                continue;
            };
            ignored(
                facts,
                environment,
                workload,
                program,
                (name, key),
                asked,
                is,
                verdict,
            );
        }
    }
}

/// Returns what an override of the chart's own key says of a probe.
fn overridden(environment: &Environment, component: &str, path: Option<&str>) -> Probe {
    let node = path.and_then(|path| {
        let parts = crate::contract::split_path(path);
        let mut keys = vec!["components", component, "values"];
        keys.extend(parts.iter().map(String::as_str));
        environment.node(&keys)
    });
    let number = |key: &str| {
        let value = node?.get(key)?.to_json().as_u64()?;
        u32::try_from(value).ok()
    };
    Probe {
        initial_delay_seconds: number("initialDelaySeconds"),
        period_seconds: number("periodSeconds"),
        timeout_seconds: number("timeoutSeconds"),
        failure_threshold: number("failureThreshold"),
    }
}

#[expect(clippy::too_many_arguments, reason = "what is said of one number")]
fn ignored(
    facts: &Facts<'_>,
    environment: &Environment,
    workload: &Workload,
    program: &Container,
    (name, key): (&str, &str),
    asked: u32,
    is: Option<u32>,
    verdict: &mut Verdict<'_>,
) {
    let has = match is {
        Some(is) => format!("the rendered one has {is}"),
        None => "there is no such probe in what the chart renders".to_owned(),
    };
    let chart = facts
        .releases
        .iter()
        .find(|release| release.component == workload.component)
        .map(|release| format!("chart {} {}", release.chart_name(), release.chart_version()))
        .unwrap_or_else(|| "the chart".to_owned());
    let setting = environment.key_location(&format!(
        "components.{}.roles.{}.probes.{name}.{key}",
        workload.component, workload.role
    ));
    verdict.found(
        Finding::new(
            workload,
            format!(
                "{name} of {} is set to `{key}: {asked}`, and {has}",
                workload.title()
            ),
        )
        .at(Some(setting))
        .label(
            facts.container_place(workload, program),
            "the rendered container",
        )
        .why(format!(
            "{chart} does not read the number there, so the probe goes on as before"
        ))
        .help("use a chart version whose template reads it, or remove the number"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{asked, environment, figures, look, said, with};
    use crate::workload::Handler;

    fn traefik(probes: &str) -> String {
        format!(
            "{}    roles: {{traefik: {{probes: {probes}}}}}\n",
            environment("prod", "traefik", "")
        )
    }

    fn http(path: &str, failures: u32) -> ProbeNumbers {
        ProbeNumbers {
            handler: Handler::Http {
                path: path.to_owned(),
            },
            initial_delay: 0,
            period: 10,
            timeout: 5,
            failures,
            successes: 1,
            timeout_is_default: false,
        }
    }

    /// Asks of one workload with these two probes.
    fn both(liveness: ProbeNumbers, readiness: ProbeNumbers) -> Vec<String> {
        look(&with("mimir", "querier", ""), |facts| {
            let mut workload = facts.workloads[0].clone();
            workload.containers[0].liveness = Some(liveness);
            workload.containers[0].readiness = Some(readiness);
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
    fn liveness_has_a_path_of_its_own_or_three_times_the_patience() {
        let nothing = Vec::<String>::new();
        assert_eq!(both(http("/healthz", 3), http("/ready", 3)), nothing);
        assert_eq!(
            both(http("/ready", 3), http("/ready", 3)),
            [
                "warning: liveness and readiness of mimir alertmanager both ask for `/ready`, and liveness bears 25s, shorter than 3 times readiness' 35s"
            ]
        );
        assert_eq!(both(http("/ready", 11), http("/ready", 3)), nothing);
        assert_eq!(both(http("/ready", 10), http("/ready", 3)).len(), 1);
        let tcp = ProbeNumbers {
            handler: Handler::Tcp,
            ..http("", 3)
        };
        assert_eq!(both(tcp, http("/ready", 3)), nothing);
    }

    /// Asks of the rendered form, whose Traefik has these liveness numbers.
    fn rendered_with(text: &str, liveness: Option<ProbeNumbers>) -> Vec<String> {
        look(text, |facts| {
            let mut workloads = facts.workloads.to_vec();
            workloads[0].containers[0].liveness = liveness.clone();
            workloads[0].containers[0].readiness = None;
            said(
                &RULE,
                &Facts {
                    form: Form::Rendered,
                    workloads: &workloads,
                    ..*facts
                },
            )
        })
    }

    #[test]
    fn numbers_that_are_set_are_rendered() {
        let text = traefik("{liveness: {timeoutSeconds: 60, failureThreshold: 3}}");
        let patient = ProbeNumbers {
            timeout: 60,
            ..http("/ping", 3)
        };
        assert_eq!(rendered_with(&text, Some(patient)), Vec::<String>::new());
        assert_eq!(
            rendered_with(&text, Some(http("/ping", 3))),
            [
                "error: liveness of traefik is set to `timeoutSeconds: 60`, and the rendered one has 5"
            ]
        );
        assert_eq!(
            rendered_with(&text, None),
            [
                "error: liveness of traefik is set to `timeoutSeconds: 60`, and there is no such probe in what the chart renders",
                "error: liveness of traefik is set to `failureThreshold: 3`, and there is no such probe in what the chart renders",
            ]
        );
    }

    #[test]
    fn an_override_counts_as_set() {
        let text = format!(
            "{}    values: {{livenessProbe: {{timeoutSeconds: 60}}}}\n",
            environment("prod", "traefik", "")
        );
        assert_eq!(
            rendered_with(&text, Some(http("/ping", 3))),
            [
                "error: liveness of traefik is set to `timeoutSeconds: 60`, and the rendered one has 5"
            ]
        );
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
    }

    #[test]
    fn without_probes_there_is_nothing_to_say() {
        let text = environment("prod", "traefik", "");
        assert_eq!(rendered_with(&text, None), Vec::<String>::new());
    }

    #[test]
    fn a_shared_path_is_shown_also_when_it_holds() {
        let shown = look(&with("mimir", "querier", ""), |facts| {
            let mut workload = facts.workloads[0].clone();
            workload.containers[0].liveness = Some(http("/ready", 11));
            workload.containers[0].readiness = Some(http("/ready", 3));
            let workloads = [workload];
            crate::policy::tests::shown(
                &RULE,
                &Facts {
                    workloads: &workloads,
                    ..*facts
                },
            )
        });
        assert_eq!(
            shown,
            [
                "mimir alertmanager: `/ready` for both, liveness bears 1m45s (at least 3 times readiness' 35s, 1m45s): \
              (11-1) x max(10, 5) + 5 = 105 s >= 3 x (3 x max(10, 5) + min(10, 5) = 35 s)"
            ]
        );
        assert_eq!(
            figures(&RULE, &environment("prod", "alloy", "")),
            Vec::<String>::new()
        );
    }
}
