//! What we say about a user's input: what, where, why, and what now.
//!
//! Nothing here draws; `crates/cli` has one reporter per format.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::source::Location;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; changes nothing.
    Info,
    /// Probably wrong; output is still written.
    Warning,
    /// Wrong; nothing is written.
    Error,
}

impl Severity {
    /// Returns the lower-case word shown to users and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its name, `<group>/<problem>`: interface for waivers, JSON and `explain`.
    pub id: Cow<'static, str>,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where; the first label is the place itself, further ones are related places.
    pub labels: Vec<Label>,
    /// Why it is wrong.
    pub why: Option<String>,
    /// What to do now.
    pub help: Option<String>,
    /// An edit that mends it, where one edit does.
    pub fix: Option<Fix>,
    /// The environments it touches; empty when it touches all or none in particular.
    pub environments: Vec<String>,
}

/// A place and what is said about it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub location: Location,
    /// A few words beside the marked text; may be empty.
    pub message: String,
}

/// A change of the user's text that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative: "replace `512m` by `512Mi`".
    pub title: String,
    /// The changes, each in one file.
    pub edits: Vec<Edit>,
    /// Whether it may be applied unseen.
    pub safe: bool,
}

/// One replaced range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The range to replace.
    pub location: Location,
    /// The new text.
    pub replacement: String,
}

impl Diagnostic {
    /// Starts a finding of any severity.
    pub fn new(
        severity: Severity,
        id: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            severity,
            message: message.into(),
            labels: Vec::new(),
            why: None,
            help: None,
            fix: None,
            environments: Vec::new(),
        }
    }

    /// Starts an error.
    pub fn error(id: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, id, message)
    }

    /// Starts a warning.
    pub fn warning(id: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, id, message)
    }

    /// Adds a place; the first one added is the place of the finding.
    #[must_use]
    pub fn at(self, location: &Location) -> Self {
        self.label(location, "")
    }

    /// Adds a place with a few words.
    #[must_use]
    pub fn label(mut self, location: &Location, message: impl Into<String>) -> Self {
        self.labels.push(Label {
            location: location.clone(),
            message: message.into(),
        });
        self
    }

    /// Says why it is wrong.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Says what to do now.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers one replacement at the finding's place or elsewhere.
    #[must_use]
    pub fn fix(
        mut self,
        title: impl Into<String>,
        location: &Location,
        replacement: impl Into<String>,
        safe: bool,
    ) -> Self {
        self.fix = Some(Fix {
            title: title.into(),
            edits: vec![Edit {
                location: location.clone(),
                replacement: replacement.into(),
            }],
            safe,
        });
        self
    }

    /// Names an environment that it touches.
    #[must_use]
    pub fn in_environment(mut self, environment: impl Into<String>) -> Self {
        self.environments.push(environment.into());
        self
    }

    /// Returns the place of the finding.
    pub fn location(&self) -> Option<&Location> {
        self.labels.first().map(|label| &label.location)
    }

    /// Orders by file, position, then name and message; findings without a place come first.
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |diagnostic: &Self| {
            diagnostic.location().map(|location| {
                (
                    location.source.name().to_owned(),
                    // Offsets of two excerpts of one file are not comparable, their first places are.
                    location.source.first(),
                    location.span.start,
                    location.span.end,
                )
            })
        };
        key(self)
            .cmp(&key(other))
            .then_with(|| self.id.cmp(&other.id))
            .then_with(|| self.message.cmp(&other.message))
    }
}

/// Sorts findings by file and position and drops repeated ones, joining the environments they touch.
pub fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(Diagnostic::order);
    diagnostics.dedup_by(|later, earlier| {
        let same = later.id == earlier.id
            && later.message == earlier.message
            && later.location() == earlier.location();
        if same {
            for environment in later.environments.drain(..) {
                if !earlier.environments.contains(&environment) {
                    earlier.environments.push(environment);
                }
            }
            earlier.severity = earlier.severity.max(later.severity);
        }
        same
    });
}

/// Returns whether any finding is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Returns the candidate nearest to a misspelled name, if one is near enough to be meant.
///
/// # Examples
///
/// ```
/// use helmwright::diagnostic::nearest;
///
/// assert_eq!(nearest("replica", ["replicas", "resources"]), Some("replicas"));
/// assert_eq!(nearest("zone", ["replicas", "resources"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let wanted = fold(name);
    candidates
        .into_iter()
        .map(|candidate| {
            let folded = fold(candidate);
            let distance = strsim::damerau_levenshtein(&wanted, &folded);
            (
                distance,
                wanted.chars().count().max(folded.chars().count()),
                candidate,
            )
        })
        // A third of the letters may differ: `deploymnt` is `deployment`, `zone` is not `nodes`.
        .filter(|(distance, length, _)| distance * 3 <= *length)
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., candidate)| candidate)
}

/// Returns whether two different names are one slip of the finger apart: a letter too many, too few, wrong, or
/// exchanged with its neighbour; capitals, hyphens and underscores do not count. Short names are too near each
/// other to tell.
///
/// # Examples
///
/// ```
/// use helmwright::diagnostic::is_slip;
///
/// assert!(is_slip("namespaec", "namespace"));
/// assert!(is_slip("retention_period", "retentionPeriod"));
/// assert!(!is_slip("livenessProbe", "livenessPath"));
/// assert!(!is_slip("cpu", "gpu"));
/// ```
pub fn is_slip(name: &str, meant: &str) -> bool {
    let fold = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let (name_folded, meant_folded) = (fold(name), fold(meant));
    name != meant
        && meant_folded.chars().count() >= 4
        && strsim::damerau_levenshtein(&name_folded, &meant_folded) <= 1
}
