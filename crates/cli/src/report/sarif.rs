//! Findings as SARIF 2.1.0, which code-scanning services read.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use helmwright::diagnostic::{Diagnostic, Fix, Label, Severity};
use helmwright::source::Location;
use serde_json::{Value, json};

use super::json::lines;
use crate::paths::Names;

/// Returns the log as text, with a newline at its end.
pub(crate) fn render(diagnostics: &[Diagnostic], names: &Names) -> String {
    let ids: BTreeSet<&str> = diagnostics.iter().map(|found| found.id.as_ref()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|found| result(found, &ids, names))
        .collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "helmwright",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>(),
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn result(found: &Diagnostic, ids: &[&str], names: &Names) -> Value {
    let level = match found.severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let mut message = found.message.clone();
    for (name, words) in [("why", &found.why), ("help", &found.help)] {
        if let Some(words) = words {
            let _ = write!(message, "\n{name}: {words}");
        }
    }
    let mut result = json!({
        "ruleId": found.id,
        "level": level,
        "message": {"text": message},
    });
    if let Ok(index) = ids.binary_search(&found.id.as_ref()) {
        result["ruleIndex"] = index.into();
    }
    if let Some((first, related)) = found.labels.split_first() {
        result["locations"] = json!([place(first, names)]);
        if !related.is_empty() {
            result["relatedLocations"] = related.iter().map(|label| place(label, names)).collect();
        }
    }
    if let Some(fix) = &found.fix {
        result["fixes"] = json!([changes(fix, names)]);
    }
    if !found.environments.is_empty() {
        result["properties"] = json!({"environments": found.environments});
    }
    result
}

fn place(label: &Label, names: &Names) -> Value {
    let mut place =
        json!({"physicalLocation": {"artifactLocation": artifact(&label.location, names)}});
    if let Some(region) = region(&label.location) {
        place["physicalLocation"]["region"] = region;
    }
    if !label.message.is_empty() {
        place["message"] = json!({"text": label.message});
    }
    place
}

fn changes(fix: &Fix, names: &Names) -> Value {
    let changes: Vec<Value> = fix
        .edits
        .iter()
        .filter_map(|edit| {
            Some(json!({
                "artifactLocation": artifact(&edit.location, names),
                "replacements": [{
                    "deletedRegion": region(&edit.location)?,
                    "insertedContent": {"text": edit.replacement},
                }],
            }))
        })
        .collect();
    json!({"description": {"text": fix.title}, "artifactChanges": changes})
}

fn region(location: &Location) -> Option<Value> {
    lines(location).map(|range| {
        json!({
            "startLine": range.start.line,
            "startColumn": range.start.column,
            "endLine": range.end.line,
            "endColumn": range.end.column,
        })
    })
}

fn artifact(location: &Location, names: &Names) -> Value {
    json!({"uri": uri(&names.path(location.source.name()))})
}

/// Returns a file name as a URI reference: everything but plain characters and `/` in percent form.
fn uri(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    if name.starts_with('/') {
        format!("file://{uri}")
    } else {
        uri
    }
}

#[cfg(test)]
mod tests {
    use helmwright::source::{Source, Span};

    use super::*;

    #[test]
    fn places_are_uris_and_regions() {
        let source = Source::new("envs/a b.yaml", "x: 512m\n");
        let here = Location::new(&source, Span::new(3, 7));
        let found = [
            Diagnostic::error("b/b", "m")
                .label(&here, "l")
                .label(&here, "r")
                .why("w")
                .help("h")
                .fix("t", &here, "512Mi", true),
            Diagnostic::warning("a/a", "m")
                .at(&Location::of_file(&Source::new("/x", "")))
                .in_environment("dev"),
        ];
        let log: Value = serde_json::from_str(&render(&found, &Names::default())).unwrap();
        let results = &log["runs"][0]["results"];
        let physical = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "envs/a%20b.yaml");
        assert_eq!(
            physical["region"],
            json!({"startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 8})
        );
        assert_eq!(results[0]["ruleIndex"], 1);
        assert_eq!(results[0]["message"]["text"], "m\nwhy: w\nhelp: h");
        assert_eq!(results[0]["relatedLocations"][0]["message"]["text"], "r");
        assert_eq!(
            results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"],
            "512Mi"
        );
        assert_eq!(
            results[1]["locations"][0]["physicalLocation"],
            json!({"artifactLocation": {"uri": "file:///x"}})
        );
        assert_eq!(results[1]["properties"]["environments"][0], "dev");
    }
}
