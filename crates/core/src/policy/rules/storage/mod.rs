//! Buckets and keys. To add a rule: a file here, its `mod` line, its table line.

mod blocks_not_apart;
mod bucket_name;
mod bucket_shared;
mod client_mismatch;
mod inline_credential;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &bucket_name::RULE,
    &bucket_shared::RULE,
    &blocks_not_apart::RULE,
    &inline_credential::RULE,
    &client_mismatch::RULE,
];
