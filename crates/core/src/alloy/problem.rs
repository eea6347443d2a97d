//! Something that Alloy would refuse, with its place in the text.

use crate::source::Span;

/// Something that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one sentence.
    pub message: String,
    /// Why that is wrong.
    pub why: &'static str,
    /// What to do.
    pub help: String,
    /// Where in the text.
    pub span: Span,
    /// Whether Alloy refuses it.
    pub weight: Weight,
}

/// Whether Alloy refuses what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It runs, and part of it does nothing.
    Idle,
    /// Alloy does not start, or keeps what it ran before.
    Refused,
}

impl Problem {
    pub(super) fn refused(
        message: impl Into<String>,
        why: &'static str,
        help: impl Into<String>,
        span: Span,
    ) -> Self {
        Self {
            message: message.into(),
            why,
            help: help.into(),
            span,
            weight: Weight::Refused,
        }
    }
}
