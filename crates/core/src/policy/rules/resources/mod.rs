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

use super::container::{is_program, place};
use crate::policy::Rule;
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
