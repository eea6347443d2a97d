//! Rings, budgets of disruption, spreading. To add a rule: a file here, its `mod` line, its table line.

mod members;
mod no_write_tolerance;
mod too_few_replicas;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[&no_write_tolerance::RULE, &too_few_replicas::RULE];
