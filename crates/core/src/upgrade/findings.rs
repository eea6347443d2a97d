//! What an upgrade does to keys that are set, as findings.

use super::edit::{self, Page};
use super::{Change, Kind, Proposal, Sureness, Upgrade};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::fix::Mended;

impl Upgrade {
    /// Returns what happens to the keys that are set, as findings with the edits that mend them.
    ///
    /// What our own templates set is left out: it is not the user's to mend, and that no template serves the new
    /// version is a finding by itself. The edits are for the text that each key stands in, a values file or an environment's overrides. One is
    /// [safe](Fix::safe) where the move is [certain](Sureness::Certain).
    pub fn findings(&self) -> Vec<Diagnostic> {
        self.changes
            .iter()
            .filter(|change| !change.ours)
            .map(|change| self.finding(change))
            .collect()
    }

    /// Returns one change as a finding.
    pub fn finding(&self, change: &Change) -> Diagnostic {
        let path = &change.path;
        let to = &self.to;
        let (id, severity, message) = match &change.kind {
            Kind::Dies | Kind::Removed => (
                "upgrade/dies",
                Severity::Error,
                format!("chart {to} does not read `{path}`"),
            ),
            Kind::Moves => (
                "upgrade/moves",
                Severity::Error,
                format!("chart {to} does not read `{path}` there"),
            ),
            Kind::ChangesType { to: wanted, .. } => (
                "upgrade/type",
                Severity::Error,
                format!("chart {to} wants {wanted} at `{path}`"),
            ),
            Kind::ChangesDefault { to: now, .. } => (
                "upgrade/default",
                Severity::Info,
                format!(
                    "chart {to} has another default at `{path}`: `{}`",
                    now.shown()
                ),
            ),
            Kind::BecomesRequired => (
                "upgrade/required",
                Severity::Error,
                format!("chart {to} needs `{path}`"),
            ),
            Kind::Ignored => (
                "upgrade/ignored",
                Severity::Warning,
                format!(
                    "chart {to} does not read `{path}`, and {} did not either",
                    self.from
                ),
            ),
            Kind::Unlisted => (
                "upgrade/unlisted",
                Severity::Warning,
                format!("chart {to} does not list `{path}` any more"),
            ),
            Kind::Wakes | Kind::New => (
                "upgrade/wakes",
                Severity::Warning,
                format!("`{path}` had no effect, and has one in chart {to}"),
            ),
        };
        let mut finding = Diagnostic::new(severity, id, message)
            .why(change.evidence.clone())
            .help(help(change));
        if let Some(key) = &change.key {
            finding = finding.at(key);
        }
        finding.fix = fix(change);
        finding
    }
}

/// Returns what to do now.
fn help(change: &Change) -> String {
    let told = |proposal: &Proposal| {
        format!(
            "`{}` ({}: {})",
            proposal.path,
            proposal.sureness.name(),
            proposal.why
        )
    };
    let places: Vec<String> = change.proposals.iter().map(told).collect();
    match (&change.kind, places.as_slice()) {
        (Kind::Moves, [one]) => format!("move it to {one}"),
        (Kind::Moves, _) => format!("it may belong to one of {}", places.join(", ")),
        (Kind::ChangesType { .. }, [one]) => format!("write the value at {one}"),
        (Kind::ChangesType { .. }, [_, ..]) => {
            format!("write the value at one of {}", places.join(", "))
        }
        (Kind::ChangesType { to, .. }, []) => format!("write {to}"),
        (Kind::ChangesDefault { .. }, _) => {
            "keep the line to keep the old value, or remove it to follow the chart".to_owned()
        }
        (Kind::BecomesRequired, _) => "add it".to_owned(),
        (Kind::Wakes | Kind::New, _) => {
            "see that its value is what you want now, or remove it".to_owned()
        }
        (Kind::Unlisted, _) => {
            "see what the new chart has in its place, and remove or rename it".to_owned()
        }
        (Kind::Ignored, []) => "remove it: it never had an effect".to_owned(),
        (Kind::Ignored, _) => format!(
            "remove it, or move it to {}; there it will have an effect",
            places.join(" or ")
        ),
        (Kind::Dies | Kind::Removed, _) => {
            "remove it; if you need what it did, look how the new version does that".to_owned()
        }
    }
}

/// Returns the edit that mends a change, where its text allows one.
fn fix(change: &Change) -> Option<Fix> {
    let page = Page::find(change.key.as_ref()?, &change.path)?;
    let (title, edits) = page.edits(change)?;
    let safe = change
        .proposals
        .first()
        .is_some_and(|best| best.sureness == Sureness::Certain);
    Some(Fix { title, edits, safe })
}

/// Returns the texts with all edits that are at least [likely](Sureness::Likely): moves to one place, and keys
/// that are read no more taken out.
///
/// Changes of several [`Upgrade`]s may come together, as when two environments share a layer.
pub fn mend<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Vec<Mended> {
    edit::mend(changes)
}
