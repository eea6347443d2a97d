//! What came of asking one rule.

use super::facts::Subject;
use super::finding::Finding;
use super::rule::Rule;
use super::waivers::Waived;
use crate::diagnostic::{Diagnostic, Severity};
use crate::environment::Tier;

/// A number that a rule computed, with how: shown also when nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it is about, such as `mimir ingester`.
    pub subject: String,
    /// The measured value, such as `1 of 3 copies may be away`.
    pub value: String,
    /// The bound it is held against, such as `at least 1`.
    pub bound: String,
    /// The formula with its inputs filled in.
    pub formula: String,
    /// Whether the bound holds.
    pub holds: bool,
}

/// How many findings of one rule and weight are kept, and how many figures of one rule: nobody reads more, and a stream
/// may hold a hundred thousand pods that are wrong alike.
pub(super) const MOST: usize = 1_000;

/// Says whether a waiver covers a finding.
pub(super) type Cover<'r> = dyn Fn(&Subject, &Diagnostic) -> Option<Waived> + 'r;

/// How a rule ended for one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The tier does not ask for it.
    Off,
    /// Its subject is not there.
    NotApplicable,
    /// Its subject is there, and nothing is wrong.
    Passed,
    /// Something was found, all of it waived.
    Waived,
    /// Something was found.
    Found,
}

impl Status {
    /// Returns the words shown to users.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::NotApplicable => "not applicable",
            Self::Passed => "passed",
            Self::Waived => "waived",
            Self::Found => "found",
        }
    }
}

const WEIGHTS: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Error];

/// Takes what a rule finds.
///
/// A rule that says nothing was not applicable: one that looked and found nothing wrong says [`applies`](Self::applies).
pub struct Verdict<'r> {
    pub(super) rule: &'r Rule,
    pub(super) tier: Tier,
    /// The tiers of the environments that are looked at together; empty where there is one.
    pub(super) tiers: Vec<(String, Tier)>,
    /// Whether anybody will look at figures.
    pub(super) wants_figures: bool,
    /// The day as `2026-11-20`; none where nobody said it.
    pub(super) today: Option<String>,
    pub(super) applies: bool,
    pub(super) reason: Option<String>,
    pub(super) figures: Vec<Figure>,
    /// What no waiver covers.
    pub(super) findings: Vec<(Subject, Diagnostic)>,
    pub(super) waived: Vec<Waived>,
    cover: Option<&'r Cover<'r>>,
    counts: [usize; 3],
}

impl<'r> Verdict<'r> {
    pub(super) const fn new(rule: &'r Rule, tier: Tier, wants_figures: bool) -> Self {
        Self {
            rule,
            tier,
            tiers: Vec::new(),
            wants_figures,
            today: None,
            applies: false,
            reason: None,
            figures: Vec::new(),
            findings: Vec::new(),
            waived: Vec::new(),
            cover: None,
            counts: [0; 3],
        }
    }

    /// Lets findings about several environments be weighed by the tiers of those they touch.
    pub(super) fn of(mut self, tiers: &[(String, Tier)]) -> Self {
        self.tiers = tiers.to_vec();
        self
    }

    /// Asks waivers about what is found, if they may cover the rule.
    pub(super) fn covered_by(mut self, cover: &'r Cover<'r>) -> Self {
        self.cover = Some(cover).filter(|_| self.rule.waivable);
        self
    }

    /// Returns how many findings of each weight are not kept.
    pub(super) fn left_out(&self) -> impl Iterator<Item = (Severity, usize)> {
        WEIGHTS
            .into_iter()
            .zip(self.counts)
            .map(|(severity, count)| (severity, count.saturating_sub(MOST)))
            .filter(|(_, count)| *count > 0)
    }

    /// Returns the tier that weighs findings.
    pub const fn tier(&self) -> Tier {
        self.tier
    }

    /// Returns whether a day, written as `2027-01-31`, is behind; without a word what day it is, none is.
    pub fn is_over(&self, day: &str) -> bool {
        // Days of this form sort as they follow each other.
        self.today.as_deref().is_some_and(|today| day < today)
    }

    /// Says that the rule's subject is there.
    pub const fn applies(&mut self) {
        self.applies = true;
    }

    /// Returns whether the rule's subject was there so far.
    pub const fn has_applied(&self) -> bool {
        self.applies
    }

    /// Says why the rule has nothing to look at, such as "no object store"; without a word it is "nothing it is about runs".
    pub fn lacks(&mut self, what: impl Into<String>) {
        self.reason.get_or_insert_with(|| what.into());
    }

    /// Shows a computed number; it is only made when somebody will look at it.
    pub fn figure(&mut self, figure: impl FnOnce() -> Figure) {
        self.applies = true;
        if self.wants_figures && self.figures.len() < MOST {
            self.figures.push(figure());
        }
    }

    /// Returns whether no further finding of the rule's own weight is kept: a rule that compares all with all need not
    /// write a million of them.
    pub fn is_full(&self) -> bool {
        let severity = self.rule.severities.of(self.tier);
        let mut weights = WEIGHTS.iter().zip(self.counts);
        weights.any(|(weight, count)| Some(*weight) == severity && count >= MOST)
    }

    /// Counts a finding of the rule's own weight that is not written.
    pub fn pass_over(&mut self) {
        let severity = self.rule.severities.of(self.tier);
        for (weight, count) in WEIGHTS.iter().zip(&mut self.counts) {
            if Some(*weight) == severity {
                *count += 1;
            }
        }
    }

    /// Reports something that is wrong.
    pub fn found(&mut self, finding: Finding) {
        self.applies = true;
        let severities = finding.severities.unwrap_or(self.rule.severities);
        // Of several environments the most important one that is touched decides.
        let touched = &finding.diagnostic.environments;
        let tier = self
            .tiers
            .iter()
            .filter(|(name, _)| touched.contains(name))
            .map(|(_, tier)| *tier)
            .max()
            .unwrap_or(self.tier);
        let Some(severity) = severities.of(tier) else {
            return;
        };
        let mut diagnostic = finding.diagnostic;
        diagnostic.id = self.rule.id.into();
        diagnostic.severity = severity;
        if let Some(waived) = self
            .cover
            .and_then(|cover| cover(&finding.subject, &diagnostic))
        {
            self.keep_waived(waived);
            return;
        }
        let weights = WEIGHTS.iter().zip(&mut self.counts);
        for (_, count) in weights.filter(|(weight, _)| **weight == severity) {
            *count += 1;
            if *count <= MOST {
                self.findings.push((finding.subject, diagnostic));
                return;
            }
        }
    }

    /// Keeps what is waived, and of every waiver the first one in any case: a waiver that covers nothing is told.
    fn keep_waived(&mut self, waived: Waived) {
        let same =
            |other: &Waived| other.reason == waived.reason && other.expires == waived.expires;
        if self.waived.len() < MOST || !self.waived.iter().any(same) {
            self.waived.push(waived);
        }
    }
}
