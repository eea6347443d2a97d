//! Requests and limits. To add a rule: a file here, its `mod` line, its table line.

mod cpu_limit;
mod edge_unbounded;
mod go_runtime_mismatch;
mod go_size;
mod limit_far_above_request;
mod memory_limit_misplaced;
mod missing_request;
mod node;
mod vertical;

use crate::policy::{Facts, Rule};
use crate::source::Location;
use crate::workload::{Container, Workload};

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &cpu_limit::RULE,
    &missing_request::RULE,
    &memory_limit_misplaced::RULE,
    &limit_far_above_request::RULE,
    &go_runtime_mismatch::RULE,
    &edge_unbounded::RULE,
];

/// Returns what findings call a container: ``container `ingester` of mimir ingester``.
fn title(workload: &Workload, container: &Container) -> String {
    format!("container `{}` of {}", container.name, workload.title())
}

/// Returns whether a container is the one that its role is about.
fn is_program(workload: &Workload, container: &Container) -> bool {
    workload
        .main()
        .is_some_and(|main| std::ptr::eq(main, container))
}

/// Returns where something about a container stands: its own line in a manifest, else the setting of the role. What the
/// environment says of a role is about its program, so a container beside it is the role's as a whole.
fn place(
    facts: &Facts<'_>,
    workload: &Workload,
    container: &Container,
    what: &str,
) -> Option<Location> {
    facts.container_place(workload, container).or_else(|| {
        let what = if is_program(workload, container) {
            what
        } else {
            ""
        };
        facts.place(workload, what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::example;

    #[test]
    fn examples_are_what_they_say() {
        for (rule, component) in [
            (&cpu_limit::RULE, "mimir"),
            (&missing_request::RULE, "mimir"),
            (&memory_limit_misplaced::RULE, "mimir"),
            (&limit_far_above_request::RULE, "mimir"),
            (&edge_unbounded::RULE, "traefik"),
        ] {
            example(rule, component);
        }
    }
}
