//! Versions of charts and programs. To add a rule: a file here, its `mod` line, its table line.

mod family_not_allowed;
mod number;
mod skew;
mod unpinned;
mod value_without_effect;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &unpinned::RULE,
    &family_not_allowed::RULE,
    &value_without_effect::RULE,
    &skew::RULE,
];
