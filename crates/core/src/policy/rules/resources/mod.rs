//! Requests and limits. To add a rule: a file here, its `mod` line, its table line.

mod cpu_limit;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[&cpu_limit::RULE];
