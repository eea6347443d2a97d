//! Health checks. To add a rule: a file here, its `mod` line, its table line.

mod expected;
mod liveness_impatient;
mod readiness_too_slow;
mod self_sustaining_restart;
mod startup_uncovered;
mod value_ignored;

use crate::policy::{Facts, Rule};
use crate::sizing::probe::Window;
use crate::source::Location;
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

fn is_program(workload: &Workload, container: &Container) -> bool {
    workload
        .main()
        .is_some_and(|main| std::ptr::eq(main, container))
}

/// Returns where something about a container's probes stands.
fn place(
    facts: &Facts<'_>,
    workload: &Workload,
    container: &Container,
    what: &str,
) -> Option<Location> {
    container.place.clone().or_else(|| {
        let what = if is_program(workload, container) {
            what
        } else {
            ""
        };
        facts.place(workload, what)
    })
}
