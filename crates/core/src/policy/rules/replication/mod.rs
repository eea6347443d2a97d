//! Rings, budgets of disruption, spreading. To add a rule: a file here, its `mod` line, its table line.

mod ephemeral_wal;
mod gossip;
mod members;
mod no_write_tolerance;
mod pdb_above_quorum;
mod pdb_blocks_drain;
mod replicas_share_node;
mod single_stateless;
mod split_ring;
mod too_few_replicas;
mod uneven_zones;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &no_write_tolerance::RULE,
    &too_few_replicas::RULE,
    &uneven_zones::RULE,
    &pdb_above_quorum::RULE,
    &pdb_blocks_drain::RULE,
    &replicas_share_node::RULE,
    &single_stateless::RULE,
    &ephemeral_wal::RULE,
    &split_ring::RULE,
];
