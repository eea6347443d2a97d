//! What differs, by values path: the product of `diff` and `compare`, in its three shapes.

use helmwright::provenance::{Cause, Trace};
use helmwright::values::Change;
use helmwright::yaml::{self, Node};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::outcome::Product;
use crate::paths::Names;

mod json;
mod markdown;
mod text;

pub(crate) use json::place;
pub(crate) use markdown::plain;

/// Most causes that are named for one value; the narrowest come first.
const MOST_CAUSES: usize = 3;

/// Everything that differs.
pub(crate) struct Changes {
    /// What the two sides are called, such as `tree` and `model`.
    pub(crate) sides: [String; 2],
    /// What differs, by environment and component.
    pub(crate) groups: Vec<Group>,
    /// How many components were looked at.
    pub(crate) looked_at: usize,
}

/// One component of one environment.
pub(crate) struct Group {
    /// How it is called: `prod/tempo`, or `tempo`.
    pub(crate) name: String,
    /// The values file, if there is one.
    pub(crate) file: Option<String>,
    /// In a word how the two sides stand: `changed`, `missing`, `stale` and the like.
    pub(crate) state: &'static str,
    /// What a person is told beside the rows.
    pub(crate) note: String,
    /// The values that differ.
    pub(crate) rows: Vec<Row>,
}

/// One value that differs.
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
    /// The lines that differ, where both are texts of several lines.
    pub(crate) lines: Vec<(char, String)>,
    /// The lines of the environment that the new value follows from.
    pub(crate) causes: Vec<Place>,
}

/// A line of an environment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) key: String,
}

impl Place {
    /// Takes the place of a cause.
    pub(crate) fn of(cause: &Cause, names: &Names) -> Self {
        Self {
            file: names.shown(cause.location.source.name()).into_owned(),
            line: cause.location.start().line,
            key: cause.path.to_string(),
        }
    }

    /// Returns it as `envs/prod.yaml:41`.
    pub(crate) fn shown(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Returns the places of the narrowest causes, each line once.
pub(crate) fn places(causes: &[&Cause], names: &Names) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for cause in causes {
        let place = Place::of(cause, names);
        if places.len() < MOST_CAUSES && !places.iter().any(|known| known.shown() == place.shown())
        {
            places.push(place);
        }
    }
    places
}

impl Row {
    /// Makes a row of a change; the traces are those of the two sides, as far as there are any.
    pub(crate) fn of(change: &Change<'_>, traces: [Option<&Trace>; 2], names: &Names) -> Self {
        let lines = lines(change);
        let sides = [(traces[0], '-'), (traces[1], '+')].map(|(trace, sign)| {
            let Some(trace) = trace else {
                return Vec::new();
            };
            if lines.is_empty() {
                return trace.causes(&change.path);
            }
            let side: Vec<&str> = lines
                .iter()
                .filter(|(other, _)| *other == sign)
                .map(|(_, line)| line.as_str())
                .collect();
            trace.causes_of_lines(&change.path, &side)
        });
        // What both sides have is no reason for a difference.
        let shared = |cause: &Cause| {
            let same = |other: &&Cause| other.location == cause.location;
            sides.iter().all(|side| side.iter().any(same))
        };
        let mut causes = Vec::new();
        for side in &sides {
            let own: Vec<&Cause> = side
                .iter()
                .copied()
                .filter(|cause| !shared(cause))
                .collect();
            causes.extend(places(&own, names));
        }
        Self {
            path: change.path.to_string(),
            old: change.old.map(Node::to_json),
            new: change.new.map(Node::to_json),
            lines,
            causes,
        }
    }

    /// Returns `+`, `-` or `~`.
    pub(crate) const fn sign(&self) -> char {
        match (&self.old, &self.new) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        }
    }

    /// Returns the word for what happened to it.
    pub(crate) const fn word(&self) -> &'static str {
        match self.sign() {
            '+' => "added",
            '-' => "removed",
            _ => "changed",
        }
    }

    /// Returns the causes in one line; nothing if no line of the environment is one.
    pub(crate) fn because(&self) -> String {
        let places: Vec<String> = self.causes.iter().map(Place::shown).collect();
        places.join(", ")
    }
}

/// Returns a value as it is written on one line.
pub(crate) fn inline(value: &Value) -> String {
    yaml::flow(value)
}

/// Returns the lines that differ between two texts, if both or either have several lines.
fn lines(change: &Change<'_>) -> Vec<(char, String)> {
    let (Some(old), Some(new)) = (
        change.old.and_then(Node::as_str),
        change.new.and_then(Node::as_str),
    ) else {
        return Vec::new();
    };
    if !old.trim_end().contains('\n') && !new.trim_end().contains('\n') {
        return Vec::new();
    }
    TextDiff::from_lines(old, new)
        .iter_all_changes()
        .filter_map(|change| {
            let sign = match change.tag() {
                ChangeTag::Equal => return None,
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            Some((sign, change.value().trim_end_matches('\n').to_owned()))
        })
        .collect()
}

impl Changes {
    /// Says whether anything differs.
    pub(crate) fn any(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Counts the rows that were changed, added and removed.
    fn counts(&self) -> [(usize, &'static str); 3] {
        let count = |word: &str| {
            let rows = self.groups.iter().flat_map(|group| &group.rows);
            rows.filter(|row| row.word() == word).count()
        };
        ["changed", "added", "removed"].map(|word| (count(word), word))
    }

    /// Returns the last line: how much differs.
    fn summary(&self) -> String {
        if !self.any() {
            return format!("no difference in {}", plural(self.looked_at, "component"));
        }
        let counts: Vec<String> = self
            .counts()
            .iter()
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        format!(
            "{} of {} differ: {}",
            self.groups.len(),
            plural(self.looked_at, "component"),
            counts.join(", ")
        )
    }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

impl Product for Changes {
    fn text(&self) -> String {
        text::render(self)
    }

    fn json(&self) -> Value {
        json::render(self)
    }

    fn markdown(&self) -> Option<String> {
        Some(markdown::render(self))
    }
}
