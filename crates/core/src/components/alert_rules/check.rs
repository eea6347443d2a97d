//! What Mimir would refuse in a file of rule groups, beyond its form.

use std::collections::BTreeMap;

use super::Delivery;
use super::file::{RuleFile, items, written};
use crate::diagnostic::Diagnostic;
use crate::source::{Location, Span};
use crate::units::{Duration, DurationError};
use crate::yaml::{Node, Value};

/// Keys of a group that only Mimir knows.
///
/// Source: Mimir 3.0 documentation, the ruler's HTTP API; Prometheus' own groups have none of them.
const MIMIR_ONLY: [&str; 3] = [
    "align_evaluation_time_on_interval",
    "evaluation_delay",
    "source_tenants",
];

/// Keys that hold a span of time, of groups and of rules.
const TIMES: [&str; 5] = [
    "evaluation_delay",
    "for",
    "interval",
    "keep_firing_for",
    "query_offset",
];

/// Keys that only a rule with `alert` has.
const OF_ALERTS: [&str; 3] = ["annotations", "for", "keep_firing_for"];

/// Reports a name that cannot stand in a ConfigMap or on a command line.
pub(super) fn name(file: &RuleFile, found: &mut Vec<Diagnostic>) {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if !file.key.chars().all(plain) || file.slug().is_empty() {
        found.push(
            Diagnostic::error(
                "rules/bad-value",
                format!("`{}` cannot be the name of a rule file", file.key),
            )
            .at(&Location::new(&file.place.source, Span::new(0, 0)))
            .why("it becomes a key of a ConfigMap, which takes letters, digits, `-`, `_` and `.`")
            .help("rename the file"),
        );
    } else if file.namespace.contains(',') {
        found.push(
            Diagnostic::error(
                "rules/bad-value",
                format!("the namespace `{}` holds a comma", file.namespace),
            )
            .at(&file.place)
            .why(
                "the tool that loads the rules takes a list of namespaces with commas between them",
            )
            .help("use another character"),
        );
    }
}

/// Reports what is wrong with one group and its rules.
pub(super) fn group(group: &Node, delivery: Delivery, found: &mut Vec<Diagnostic>) {
    let name = group.get("name").and_then(Node::as_str).unwrap_or_default();
    times(group, found);
    label_names(group.get("labels"), found);
    for (key, entry) in group.as_map().into_iter().flatten() {
        if delivery == Delivery::Operator && MIMIR_ONLY.contains(&key.as_str()) {
            found.push(mimir_only(key, &entry.key));
        }
    }
    let rules = items(group.get("rules"));
    if rules.is_empty()
        && matches!(
            group.get("rules").map(|node| &node.value),
            Some(Value::List(_))
        )
    {
        found.push(
            Diagnostic::error("rules/bad-value", format!("group `{name}` has no rules"))
                .at(&group.location)
                .why("Mimir refuses a group without rules, and with it the whole file")
                .help("add a rule, or remove the group"),
        );
    }
    for rule in rules {
        self::rule(rule, found);
    }
}

fn rule(rule: &Node, found: &mut Vec<Diagnostic>) {
    let Some(map) = rule.as_map() else {
        return;
    };
    times(rule, found);
    label_names(rule.get("labels"), found);
    label_names(rule.get("annotations"), found);
    if let Some(expr) = rule.get("expr")
        && expr.as_str().is_some_and(|text| text.trim().is_empty())
    {
        found.push(
            Diagnostic::error("rules/bad-value", "the expression is empty")
                .at(&expr.location)
                .why("there is nothing to evaluate, and Mimir refuses the whole file")
                .help("write the expression, or remove the rule"),
        );
    }
    match (map.get("alert"), map.get("record")) {
        (None, None) => found.push(
            Diagnostic::error(
                "rules/alert-or-record",
                "the rule has neither `alert` nor `record`",
            )
            .at(&rule.location)
            .why("without one of them nobody can say what comes of its expression")
            .help(
                "name the alert that it raises by `alert`, or the series that it makes by `record`",
            ),
        ),
        (Some(alert), Some(record)) => found.push(
            Diagnostic::error(
                "rules/alert-or-record",
                "the rule has both `alert` and `record`",
            )
            .label(&record.key, "the series that it makes")
            .label(&alert.key, "the alert that it raises")
            .why("a rule does one of the two, and Mimir refuses the whole file")
            .help("make two rules of it, the alert's expression being the name of the series"),
        ),
        (None, Some(record)) => {
            let series = record.value.as_str().unwrap_or_default();
            if series.contains(['{', '}']) {
                found.push(
                    Diagnostic::error(
                        "rules/bad-value",
                        format!("`{series}` is no name of a series"),
                    )
                    .at(&record.value.location)
                    .why("labels are not part of a name, and Mimir refuses the whole file")
                    .help("put labels under `labels`, and the selection into `expr`"),
                );
            }
            for (key, entry) in map
                .iter()
                .filter(|(key, _)| OF_ALERTS.contains(&key.as_str()))
            {
                found.push(
                    Diagnostic::error(
                        "rules/bad-value",
                        format!("a rule with `record` has no `{key}`"),
                    )
                    .at(&entry.key)
                    .why("only alerts have it, and Mimir refuses the whole file")
                    .help("remove it, or make the rule an alert"),
                );
            }
        }
        (Some(_), None) => {}
    }
}

/// Reports spans of time that Prometheus does not read.
fn times(node: &Node, found: &mut Vec<Diagnostic>) {
    for key in TIMES {
        let Some(time) = node.get(key) else {
            continue;
        };
        let Err(error) = written(time).parse::<Duration>() else {
            continue;
        };
        // Of another type, and told already.
        if !matches!(time.value, Value::String(_) | Value::Integer(_)) {
            continue;
        }
        let finding = Diagnostic::error("rules/bad-value", format!("`{key}`: {error}"))
            .at(&time.location)
            .why("Mimir cannot read it, and refuses the whole file")
            .help(match DurationError::near(&error) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write it like `5m` or `1h30m`".to_owned(),
            });
        found.push(finding);
    }
}

/// Reports names of labels that Prometheus does not take.
fn label_names(labels: Option<&Node>, found: &mut Vec<Diagnostic>) {
    for (name, entry) in labels.and_then(Node::as_map).into_iter().flatten() {
        let fine = !name.is_empty()
            && name != "__name__"
            && name.bytes().enumerate().all(|(at, byte)| {
                byte.is_ascii_alphabetic() || byte == b'_' || (at > 0 && byte.is_ascii_digit())
            });
        if !fine {
            found.push(
                Diagnostic::error("rules/bad-value", format!("`{name}` is no name of a label"))
                    .at(&entry.key)
                    .why("Mimir's ruler takes letters, digits and `_`, and no digit first")
                    .help("rename it"),
            );
        }
    }
}

/// Reports a key that is lost where objects are written.
pub(super) fn mimir_only(key: &str, place: &Location) -> Diagnostic {
    Diagnostic::error(
        "rules/mimir-only",
        format!("`{key}` has no place in a PrometheusRule"),
    )
    .at(place)
    .why("only Mimir's own rule files have it, and with `delivery: operator` none is written")
    .help("remove it, or set `delivery: job`")
}

/// Reports namespaces, files and groups of one name.
pub(super) fn told_twice(files: &[RuleFile], found: &mut Vec<Diagnostic>) {
    let mut report = |what: String, again: &Location, first: &Location, why: &str, help: &str| {
        found.push(
            Diagnostic::error("rules/duplicate-name", what)
                .label(again, "again here")
                .label(first, "first here")
                .why(why)
                .help(help),
        );
    };
    let mut namespaces: BTreeMap<&str, &Location> = BTreeMap::new();
    let mut keys: BTreeMap<String, &Location> = BTreeMap::new();
    for file in files {
        let mut groups: BTreeMap<&str, &Location> = BTreeMap::new();
        for (name, place) in &file.names {
            match groups.get(name.as_str()) {
                Some(first) => report(
                    format!("two groups are named `{name}`"),
                    place,
                    first,
                    "the ruler keeps one group under each name of a namespace",
                    "give one of them another name",
                ),
                None => {
                    groups.insert(name, place);
                }
            }
        }
        if let Some(first) = namespaces.get(file.namespace.as_str()) {
            report(
                format!("two files are of the namespace `{}`", file.namespace),
                &file.place,
                first,
                "the ruler keeps the groups of a namespace together, and its tool takes each from one file",
                "put the groups into one file, or begin one of the files with another `namespace:`",
            );
            continue;
        }
        namespaces.insert(&file.namespace, &file.place);
        let slug = file.slug();
        if let Some(first) = keys.get(&slug) {
            report(
                format!("two rule files are called `{}`", file.key),
                &Location::new(&file.place.source, Span::new(0, 0)),
                first,
                "they stand side by side in one place, where folders do not tell them apart",
                "rename one of them",
            );
            continue;
        }
        keys.insert(slug, &file.place);
    }
}
