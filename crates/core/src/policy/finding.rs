//! What a rule found, before it is known what it weighs.

use super::facts::Subject;
use super::rule::Severities;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Location;

/// A finding of a rule: a [`Diagnostic`] to be, and whom it is about.
///
/// The rule that finds it gives its name and its weight; [`Finding::weighing`] sets another weight than the rule's.
#[derive(Clone, Debug)]
pub struct Finding {
    pub(super) subject: Subject,
    pub(super) severities: Option<Severities>,
    pub(super) diagnostic: Diagnostic,
}

impl Finding {
    /// Starts a finding: whom it is about, and what is wrong in one sentence, the measured value and its bound in it.
    pub fn new(subject: impl Into<Subject>, message: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            severities: None,
            diagnostic: Diagnostic::new(Severity::Info, "", message),
        }
    }

    /// Adds a place; the first one added is the place of the finding.
    #[must_use]
    pub fn at(mut self, location: Option<Location>) -> Self {
        if let Some(location) = location {
            self.diagnostic = self.diagnostic.at(&location);
        }
        self
    }

    /// Adds a place with a few words.
    #[must_use]
    pub fn label(mut self, location: Option<Location>, words: impl Into<String>) -> Self {
        if let Some(location) = location {
            self.diagnostic = self.diagnostic.label(&location, words);
        }
        self
    }

    /// Says why it is wrong, with the formula and its numbers where there is one.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.why(why);
        self
    }

    /// Says what to do now.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.help(help);
        self
    }

    /// Offers a change of the environment that mends it.
    #[must_use]
    pub fn fix(
        mut self,
        title: impl Into<String>,
        location: &Location,
        replacement: impl Into<String>,
    ) -> Self {
        // What a team runs is the team's to decide, so no rule's change is applied unseen.
        self.diagnostic = self.diagnostic.fix(title, location, replacement, false);
        self
    }

    /// Weighs other than the rule does.
    #[must_use]
    pub fn weighing(mut self, severities: Severities) -> Self {
        self.severities = Some(severities);
        self
    }

    /// Names an environment that it touches, beside the one that is looked at.
    #[must_use]
    pub fn in_environment(mut self, environment: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.in_environment(environment);
        self
    }
}
