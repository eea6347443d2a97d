//! One file per rule. To add one: a file here, and its `mod` line.

pub mod bucket_name;
pub mod bucket_shared;
