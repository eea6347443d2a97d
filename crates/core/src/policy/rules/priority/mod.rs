//! Priorities and preemption. To add a rule: a file here, its `mod` line, its table line.

mod avalanche;
mod classes;
mod default_class;
mod may_evict;
mod unsafe_order;
mod write_path_outranked;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &write_path_outranked::RULE,
    &default_class::RULE,
    &unsafe_order::RULE,
    &may_evict::RULE,
    &avalanche::RULE,
];
