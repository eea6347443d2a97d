//! The arithmetic that rules share.
//!
//! - [`preemption`]: which pods the scheduler would evict for which others

pub mod preemption;
