//! What runs in one cluster by its environments, ready for the simulator of preemption.
//!
//! - [`Occupant`]: what one environment brings to its cluster; each [`Digest`](super::Digest) holds one
//! - [`Scene`]: one cluster with all its environments, before and after the plan that they are
//! - [`Ran`]: one simulation of a scene, and what is to be said of it
//!
//! The simulator itself is [`sizing::preemption`](crate::sizing::preemption).

mod finding;
mod occupant;
mod ran;
mod stage;
#[cfg(test)]
mod tests;

pub use finding::{Told, edit, eviction, listed, names, stale};
pub use occupant::{Actor, Occupant};
pub use ran::{Ran, Run};
pub use stage::{Scene, scenes};
