//! The namespace's budget. To add a rule: a file here, its `mod` line, its table line.

mod exceeded;
mod headroom;
mod no_rollout_room;
mod plan_differs;
mod policy_conflict;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &exceeded::RULE,
    &headroom::RULE,
    &no_rollout_room::RULE,
    &policy_conflict::RULE,
    &plan_differs::RULE,
];

/// Joins words as a sentence lists them: `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
