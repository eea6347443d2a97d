//! Who sends what where. To add a rule: a file here, its `mod` line, its table line.

mod alloy_broken_reference;
mod crosses_environments;
mod datasource_incomplete;
mod files;
mod logs_twice;
mod no_dead_mans_switch;
mod not_durable;
mod tenant_mismatch;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &crosses_environments::RULE,
    &logs_twice::RULE,
    &alloy_broken_reference::RULE,
    &datasource_incomplete::RULE,
    &tenant_mismatch::RULE,
    &not_durable::RULE,
    &no_dead_mans_switch::RULE,
];

#[cfg(test)]
mod tests {
    pub(super) use crate::policy::tests::rendered;
}
