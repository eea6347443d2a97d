//! Our own rules: over the backends that the environment runs, the agents, volumes, and the alert that is always raised.

use serde_json::{Value, json};

use super::file::{self, RuleFile};
use crate::components::scope::Scope;
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Source;
use crate::yaml;

/// The namespace of the ruler that they are kept under.
const NAMESPACE: &str = "bundled";

/// Files that go with no component.
const EVERYWHERE: [&str; 2] = ["always", "platform"];

/// Returns our rules as one file, without those that are left out; none where none is left.
pub(super) fn file(
    scope: &Scope<'_>,
    disabled: &[String],
    found: &mut Vec<Diagnostic>,
) -> Option<RuleFile> {
    let mut names = Vec::new();
    let mut groups = Vec::new();
    for (file, text) in scope.catalog.texts_in("alert-rules/rules") {
        // Each of our files is read by a test.
        let Ok(root) = yaml::read(&Source::new(file, text)) else {
            continue;
        };
        let component = file.trim_end_matches(".yaml");
        let runs = EVERYWHERE.contains(&component)
            || scope
                .releases
                .iter()
                .any(|release| release.component == component);
        for mut group in list(&root.to_json()["groups"]) {
            let mut rules = list(&group["rules"]);
            names.extend(rules.iter().map(|rule| name(rule).to_owned()));
            rules.retain(|rule| !disabled.iter().any(|off| off == name(rule)));
            if runs && !rules.is_empty() {
                group["rules"] = json!(rules);
                groups.push(group);
            }
        }
    }
    for (index, off) in disabled.iter().enumerate() {
        if !names.contains(off) {
            found.push(unknown(scope, index, off, &names));
        }
    }
    if groups.is_empty() {
        return None;
    }
    let text = format!(
        "{}\n",
        yaml::block(&json!({"groups": groups}), 0).trim_end()
    );
    file::ours(NAMESPACE, text, scope.key_location("settings.bundled"))
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn name(rule: &Value) -> &str {
    rule["alert"].as_str().unwrap_or_default()
}

fn unknown(scope: &Scope<'_>, index: usize, off: &str, names: &[String]) -> Diagnostic {
    let near = nearest(off, names.iter().map(String::as_str));
    Diagnostic::error(
        "environment/bad-value",
        format!("none of our rules raises `{off}`"),
    )
    .at(&scope.location(&format!("settings.disabled.{index}")))
    .why("only our own alerts can be left out by name; those of a file are left out of that file")
    .help(match near {
        Some(near) => format!("did you mean `{near}`? There are: {}", names.join(", ")),
        None => format!("there are: {}", names.join(", ")),
    })
}
