//! Buckets and keys. To add a rule: a file here, its `mod` line, its table line.

mod bucket_name;
mod bucket_shared;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[&bucket_name::RULE, &bucket_shared::RULE];
