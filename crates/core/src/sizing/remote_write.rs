//! How many shards carry the samples of a sender, and how many its receiver bears.
