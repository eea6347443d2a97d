//! Rings, budgets of disruption, spreading. To add a rule: a file here, its `mod` line, its table line.

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[];
