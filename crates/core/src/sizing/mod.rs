//! The arithmetic that rules share: quorum, probe windows, the remote-write range and the budget.
//!
//! Everything here is a pure function of its arguments: no environment, no workload, no diagnostic. Units are in the
//! types, integers stay integers (rounded display values are never added), and nothing overflows: a sum that does not fit is
//! nothing or the largest value, and the documentation says which. Each result can be shown with its working: `formula`
//! gives the formula with the numbers filled in, for a rule that passes as well as for one that fails.
//!
//! - [`quorum`]: how many members of a ring may be away
//! - [`preemption`]: which pods the scheduler would evict for which others
//! - [`probe`]: how long a process may pause before the kubelet restarts it
//! - [`remote_write`]: how many shards carry the samples, and how many the receiver bears
//! - [`pod`]: what one pod asks for and may use
//! - [`budget`]: what many pods ask for, at rest and in a rollout, against a quota
//! - [`amount`]: amounts of any unit, shown as operators write them
//! - [`rollout`]: how many pods a rolling update adds, and how many a disruption budget lets go
//! - [`Ratio`]: an exact fraction, shown as a percentage

pub mod amount;
pub mod budget;
pub mod pod;
pub mod preemption;
pub mod probe;
pub mod quorum;
mod ratio;
pub mod remote_write;
pub mod rollout;

pub use ratio::Ratio;
