//! What rules about containers share: whether one is the role's program, and where something about it stands.

use crate::policy::Facts;
use crate::source::Location;
use crate::workload::{Container, Workload};

/// Returns whether a container is the one that its role is about.
pub(super) fn is_program(workload: &Workload, container: &Container) -> bool {
    workload
        .main()
        .is_some_and(|main| std::ptr::eq(main, container))
}

/// Returns where something about a container stands: its own line in a manifest, else the setting of the role. What the
/// environment says of a role is about its program, so a container beside it is the role's as a whole.
pub(super) fn place(
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
