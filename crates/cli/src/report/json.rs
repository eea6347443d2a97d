//! Findings and product for programs: one versioned object.

use std::borrow::Cow;
use std::ops::Range;

use helmwright::diagnostic::{Diagnostic, Edit, Label};
use helmwright::source::{Location, Position};
use serde::Serialize;
use serde_json::Value;

use crate::outcome::Outcome;
use crate::paths::Names;

/// Version of the object; it rises when a field is renamed, removed or means something else.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Object<'o> {
    version: u32,
    diagnostics: Vec<Finding<'o>>,
    result: Value,
}

#[derive(Serialize)]
struct Finding<'o> {
    id: &'o str,
    severity: &'static str,
    message: &'o str,
    #[serde(flatten)]
    place: Option<Place<'o>>,
    label: Option<&'o str>,
    why: Option<&'o str>,
    help: Option<&'o str>,
    fix: Option<Fix<'o>>,
    related: Vec<Related<'o>>,
    environments: &'o [String],
}

/// A place; `start` and `end` are null where the whole file is meant. Columns count characters, from 1.
#[derive(Serialize)]
struct Place<'o> {
    file: Cow<'o, str>,
    start: Option<Point>,
    end: Option<Point>,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Related<'o> {
    #[serde(flatten)]
    place: Place<'o>,
    message: &'o str,
}

#[derive(Serialize)]
struct Fix<'o> {
    title: &'o str,
    safe: bool,
    edits: Vec<Replacement<'o>>,
}

#[derive(Serialize)]
struct Replacement<'o> {
    #[serde(flatten)]
    place: Place<'o>,
    replacement: &'o str,
}

/// Returns the object as text, without a newline at its end.
pub(crate) fn object(outcome: &Outcome, names: &Names) -> String {
    let object = Object {
        version: VERSION,
        diagnostics: outcome
            .diagnostics
            .iter()
            .map(|found| finding(found, names))
            .collect(),
        result: outcome
            .product
            .as_ref()
            .map_or(Value::Null, |product| product.json()),
    };
    serde_json::to_string_pretty(&object).unwrap_or_default()
}

fn finding<'o>(found: &'o Diagnostic, names: &Names) -> Finding<'o> {
    let first = found.labels.first();
    Finding {
        id: &found.id,
        severity: found.severity.name(),
        message: &found.message,
        place: first.map(|label| place(&label.location, names)),
        label: first
            .map(|label| label.message.as_str())
            .filter(|message| !message.is_empty()),
        why: found.why.as_deref(),
        help: found.help.as_deref(),
        fix: found.fix.as_ref().map(|fix| Fix {
            title: &fix.title,
            safe: fix.safe,
            edits: fix
                .edits
                .iter()
                .map(|edit| replacement(edit, names))
                .collect(),
        }),
        related: found
            .labels
            .iter()
            .skip(1)
            .map(|label| related(label, names))
            .collect(),
        environments: &found.environments,
    }
}

fn replacement<'o>(edit: &'o Edit, names: &Names) -> Replacement<'o> {
    Replacement {
        place: place(&edit.location, names),
        replacement: &edit.replacement,
    }
}

fn related<'o>(label: &'o Label, names: &Names) -> Related<'o> {
    Related {
        place: place(&label.location, names),
        message: &label.message,
    }
}

fn place<'o>(location: &'o Location, names: &Names) -> Place<'o> {
    let range = lines(location);
    let point = |position: Position| Point {
        line: position.line,
        column: position.column,
    };
    Place {
        file: names.path(location.source.name()),
        start: range.clone().map(|range| point(range.start)),
        end: range.map(|range| point(range.end)),
    }
}

/// Returns line and column of both ends, unless the file has no text that they could lie in.
pub(crate) fn lines(location: &Location) -> Option<Range<Position>> {
    (!location.source.text().is_empty()).then(|| location.start()..location.end())
}

#[cfg(test)]
mod tests {
    use helmwright::source::{Source, Span};

    use super::*;

    #[test]
    fn has_every_field() {
        let source = Source::new("envs/dev.yaml", "a: 1\nmemory: 512m\n");
        let place = Location::new(&source, Span::new(13, 17));
        let found = vec![
            Diagnostic::error("environment/wrong-unit", "a\u{1b}b")
                .label(&place, "here")
                .label(&Location::of_file(&Source::new("gitops/x", "")), "there")
                .why("w")
                .help("h")
                .fix("replace it", &place, "512Mi", true)
                .in_environment("dev"),
        ];
        let object: Value =
            serde_json::from_str(&object(&Outcome::new(found), &Names::default())).unwrap();
        let expected = serde_json::json!({
            "version": 1,
            "diagnostics": [{
                "id": "environment/wrong-unit", "severity": "error", "message": "a\u{1b}b",
                "file": "envs/dev.yaml", "start": {"line": 2, "column": 9}, "end": {"line": 2, "column": 13},
                "label": "here", "why": "w", "help": "h",
                "fix": {"title": "replace it", "safe": true, "edits": [{
                    "file": "envs/dev.yaml", "start": {"line": 2, "column": 9}, "end": {"line": 2, "column": 13},
                    "replacement": "512Mi",
                }]},
                "related": [{"file": "gitops/x", "start": null, "end": null, "message": "there"}],
                "environments": ["dev"],
            }],
            "result": null,
        });
        assert_eq!(object, expected);
    }
}
