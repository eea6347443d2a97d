//! What a simulation comes to.

use crate::diagnostic::Severity;

/// What can be said of a plan; several can hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// None of the others.
    Safe,
    /// Pods are pending at the end, and nothing protected was evicted.
    Capacity,
    /// A protected pod was evicted for one of the same rank or below.
    Inversion,
    /// A pod that replaced a victim evicted others itself.
    Cascade,
    /// More members of a ring were away at one time than writes tolerate.
    QuorumLoss,
    /// A workload lost more than half of its pods, or its own replacements evicted its pods.
    Avalanche,
    /// The simulation did not come to an end within its steps.
    NonTerminating,
}

impl Verdict {
    /// Returns its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "SAFE",
            Self::Capacity => "CAPACITY",
            Self::Inversion => "INVERSION",
            Self::Cascade => "CASCADE",
            Self::QuorumLoss => "QUORUM_LOSS",
            Self::Avalanche => "AVALANCHE",
            Self::NonTerminating => "NON_TERMINATING",
        }
    }

    /// Returns how much it weighs in production; nothing for a safe plan.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Safe => None,
            Self::Capacity => Some(Severity::Info),
            Self::Inversion | Self::Cascade => Some(Severity::Warning),
            Self::QuorumLoss | Self::Avalanche | Self::NonTerminating => Some(Severity::Error),
        }
    }
}
