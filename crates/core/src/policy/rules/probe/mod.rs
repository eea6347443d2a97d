//! Health checks. To add a rule: a file here, its `mod` line, its table line.

mod expected;
mod liveness_impatient;
mod readiness_too_slow;
mod self_sustaining_restart;
mod startup_uncovered;
mod value_ignored;

use super::container::{is_program, place};
use crate::policy::Rule;
use crate::sizing::probe::Window;
use crate::workload::{Container, ProbeNumbers, Workload};

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &liveness_impatient::RULE,
    &readiness_too_slow::RULE,
    &startup_uncovered::RULE,
    &value_ignored::RULE,
    &self_sustaining_restart::RULE,
];

/// Returns the numbers that decide how long a pause a probe bears.
const fn window(probe: &ProbeNumbers) -> Window {
    Window {
        period: probe.period,
        timeout: probe.timeout,
        failures: probe.failures,
    }
}

/// Returns the containers that stay, with the liveness probe of each that has one.
fn alive(workload: &Workload) -> impl Iterator<Item = (&Container, &ProbeNumbers)> {
    let beside = workload.init_containers.iter().filter(|one| one.restarts);
    workload
        .containers
        .iter()
        .chain(beside)
        .filter_map(|container| Some((container, container.liveness.as_ref()?)))
}

/// Returns what findings call a container: the role, where it is the role's program.
fn title(workload: &Workload, container: &Container) -> String {
    if is_program(workload, container) {
        workload.title()
    } else {
        format!("container `{}` of {}", container.name, workload.title())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::environment::Assumptions;
    use crate::policy::tests::{environment, example, look, shown};
    use crate::units::Duration;
    use crate::workload::Handler;

    #[test]
    fn examples_are_what_they_say() {
        for (rule, component) in [
            (&liveness_impatient::RULE, "traefik"),
            (&readiness_too_slow::RULE, "traefik"),
            (&startup_uncovered::RULE, "loki"),
            (&value_ignored::RULE, "tempo"),
        ] {
            example(rule, component);
        }
    }

    fn probe() -> impl Strategy<Value = Option<ProbeNumbers>> {
        proptest::option::of(
            (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
                |(initial_delay, period, timeout, failures)| ProbeNumbers {
                    handler: Handler::Http {
                        path: "/ready".to_owned(),
                    },
                    initial_delay,
                    period,
                    timeout,
                    failures,
                    successes: 1,
                    timeout_is_default: timeout % 2 == 0,
                },
            ),
        )
    }

    fn time() -> impl Strategy<Value = Option<Duration>> {
        proptest::option::of(any::<u64>().prop_map(Duration::from_millis))
    }

    proptest! {
        #[test]
        fn no_probe_is_too_much_for_any_rule(
            liveness in probe(),
            readiness in probe(),
            startup in probe(),
            expected_pause in time(),
            max_detect in time(),
            expected_start in time(),
        ) {
            look(&environment("prod", "loki", ""), |facts| {
                let mut workloads = facts.workloads.to_vec();
                let program = &mut workloads[0].containers[0];
                (program.liveness, program.readiness, program.startup) = (liveness, readiness, startup);
                let mut environment = facts.environment.unwrap().clone();
                environment.model.assumptions = Assumptions {
                    expected_pause,
                    max_detect,
                    expected_start,
                    ..Assumptions::default()
                };
                for rule in RULES {
                    shown(
                        rule,
                        &crate::policy::Facts {
                            environment: Some(&environment),
                            workloads: &workloads,
                            ..*facts
                        },
                    );
                }
            });
        }
    }
}
