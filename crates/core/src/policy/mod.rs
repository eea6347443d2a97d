//! What the platform demands: rules over workloads and links, each in a file of its own.
//!
//! A rule reads [`Facts`] and gives a [`Verdict`]: findings, the figures it computed, or that its subject is not
//! there. [`run`] asks all rules about one environment, [`run_project`] those that compare environments,
//! [`run_change`] those that compare with an earlier state. [`Waivers`] then say which findings are known and meant.

mod address;
mod catalogue;
mod change;
mod digest;
mod facts;
mod finding;
mod rule;
pub mod rules;
mod run;
pub mod scene;
#[cfg(test)]
pub(crate) mod tests;
mod verdict;
mod waivers;

pub use address::{Address, Whose};
pub use catalogue::catalogue;
pub use change::{Change, State};
pub use digest::{BucketDigest, Digest, GossipDigest, ReleaseDigest, StoreDigest, WorkloadDigest};
pub use facts::{Facts, Subject};
pub use finding::Finding;
pub use rule::{Check, Group, Rule, Severities};
pub use run::{Asked, Report, Row, run, run_change, run_project};
pub use verdict::{Figure, Status, Verdict};
pub use waivers::{Waived, Waivers};
