//! Queues of metrics. To add a rule: a file here, its `mod` line, its table line.

mod backoff_outlives_samples;
mod fan_in;
mod queue_memory;
mod retry_storm;
mod senders;
mod shards_out_of_range;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &fan_in::RULE,
    &shards_out_of_range::RULE,
    &backoff_outlives_samples::RULE,
    &queue_memory::RULE,
    &retry_storm::RULE,
];
