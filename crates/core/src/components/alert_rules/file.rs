//! A file of rule groups: what it holds, and what Mimir would refuse in it.
//!
//! Expressions are not looked into: Mimir reads them when the rules are loaded, and the Job fails with what it says.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map as JsonMap, Value as Json, json};

use super::Delivery;
use crate::contract::{Schema, Wording};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::source::{Location, Source, Span};
use crate::units::{Duration, DurationError};
use crate::yaml::{self, Node, Value};

/// A file of rule groups.
#[derive(Clone, Debug)]
pub(super) struct RuleFile {
    /// Its name among the others: a key of a ConfigMap.
    pub(super) key: String,
    /// Its text.
    pub(super) text: String,
    /// The namespace that the ruler keeps it under.
    pub(super) namespace: String,
    /// Its groups as data.
    pub(super) groups: Json,
    /// The alerts that it raises.
    pub(super) alerts: Vec<String>,
    /// The names of its groups, with their places.
    pub(super) names: Vec<(String, Location)>,
    /// Where its namespace is said, or else where it begins.
    pub(super) place: Location,
}

impl RuleFile {
    /// Returns its name as a part of an object's name.
    pub(super) fn slug(&self) -> String {
        let stem = self
            .key
            .rsplit_once('.')
            .map_or(&*self.key, |(stem, _)| stem);
        let plain: String = stem
            .chars()
            .map(|letter| match letter {
                letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
                _ => '-',
            })
            .collect();
        plain.trim_matches('-').to_owned()
    }
}

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

/// The form of a file.
///
/// Source: Prometheus 3 documentation, recording and alerting rules, and Mimir's additions to a group.
fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let scalar = json!({"type": ["string", "integer", "number", "boolean", "null"]});
        let texts = json!({"type": ["object", "null"], "additionalProperties": scalar});
        let time = json!({"type": ["string", "integer"]});
        let form = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["groups"],
            "properties": {
                "namespace": {"type": "string", "minLength": 1},
                "groups": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["name", "rules"],
                    "properties": {
                        "name": {"type": "string", "minLength": 1},
                        "interval": time,
                        "query_offset": time,
                        "evaluation_delay": time,
                        "limit": {"type": "integer"},
                        "labels": texts,
                        "source_tenants": {"type": "array", "items": {"type": "string"}},
                        "align_evaluation_time_on_interval": {"type": "boolean"},
                        "rules": {"type": "array", "items": {
                            "type": "object",
                            "additionalProperties": false,
                            "required": ["expr"],
                            "properties": {
                                "record": {"type": "string", "minLength": 1},
                                "alert": {"type": "string", "minLength": 1},
                                "expr": {"type": ["string", "integer", "number"]},
                                "for": time,
                                "keep_firing_for": time,
                                "labels": texts,
                                "annotations": texts,
                            },
                        }},
                    },
                }},
            },
        });
        // A form of ours, which a test reads.
        serde_json::from_value(form).unwrap_or_default()
    })
}

/// Reads a file of the user's; none if anything is wrong with it.
pub(super) fn read(
    source: &Arc<Source>,
    delivery: Delivery,
    found: &mut Vec<Diagnostic>,
) -> Option<RuleFile> {
    let mut own = Vec::new();
    let file = look(source, delivery, &mut own);
    let sound = !has_errors(&own);
    found.append(&mut own);
    file.filter(|_| sound)
}

fn look(source: &Arc<Source>, delivery: Delivery, found: &mut Vec<Diagnostic>) -> Option<RuleFile> {
    let root = match yaml::read(source) {
        Ok(root) => root,
        Err(mut findings) => {
            found.append(&mut findings);
            return None;
        }
    };
    let start = Location::new(source, Span::new(0, 0));
    if root.as_map().is_none() || root.get("groups").is_none() {
        found.push(
            Diagnostic::error("rules/no-groups", "the file has no rule groups")
                .at(&start)
                .why("a file of rules is a map with the list `groups`, each with a `name` and `rules`")
                .help("begin it with `groups:`; a `PrometheusRule` has that list under `spec`"),
        );
        return None;
    }
    found.extend(schema().check(&root, &Wording::rule_file()));
    let namespace = root.get("namespace");
    let key = source.name().rsplit('/').next().unwrap_or_default();
    let stem = key.rsplit_once('.').map_or(key, |(stem, _)| stem);
    let file = RuleFile {
        key: key.to_owned(),
        text: source.text().to_owned(),
        namespace: namespace.and_then(Node::as_str).unwrap_or(stem).to_owned(),
        groups: Json::Array(items(root.get("groups")).iter().map(group_data).collect()),
        alerts: alerts(&root),
        names: names(&root),
        place: namespace.map_or(start, |node| node.location.clone()),
    };
    check_name(&file, found);
    if delivery == Delivery::Operator
        && let Some(node) = namespace
    {
        found.push(mimir_only("namespace", &node.location));
    }
    for group in items(root.get("groups")) {
        check_group(group, delivery, found);
    }
    Some(file)
}

/// Reports a name that cannot stand in a ConfigMap or on a command line.
fn check_name(file: &RuleFile, found: &mut Vec<Diagnostic>) {
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

fn check_group(group: &Node, delivery: Delivery, found: &mut Vec<Diagnostic>) {
    let name = group.get("name").and_then(Node::as_str).unwrap_or_default();
    check_times(group, found);
    check_labels(group.get("labels"), found);
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
        check_rule(rule, found);
    }
}

fn check_rule(rule: &Node, found: &mut Vec<Diagnostic>) {
    let Some(map) = rule.as_map() else {
        return;
    };
    check_times(rule, found);
    check_labels(rule.get("labels"), found);
    check_labels(rule.get("annotations"), found);
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
fn check_times(node: &Node, found: &mut Vec<Diagnostic>) {
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
fn check_labels(labels: Option<&Node>, found: &mut Vec<Diagnostic>) {
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

fn mimir_only(key: &str, place: &Location) -> Diagnostic {
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

fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn rules(root: &Node) -> impl Iterator<Item = &Node> {
    items(root.get("groups"))
        .iter()
        .flat_map(|group| items(group.get("rules")))
}

/// Returns the alerts that a file raises.
fn alerts(root: &Node) -> Vec<String> {
    rules(root)
        .filter_map(|rule| rule.get("alert")?.as_str().map(str::to_owned))
        .collect()
}

/// Returns the names of a file's groups.
fn names(root: &Node) -> Vec<(String, Location)> {
    items(root.get("groups"))
        .iter()
        .filter_map(|group| {
            let name = group.get("name")?;
            Some((name.as_str()?.to_owned(), name.location.clone()))
        })
        .collect()
}

/// Makes a file of ours, whose text is known to be right.
pub(super) fn ours(namespace: &str, text: String, place: Location) -> Option<RuleFile> {
    let root = yaml::read(&Source::new(format!("{namespace}.yaml"), text.clone())).ok()?;
    Some(RuleFile {
        key: format!("{namespace}.yaml"),
        text,
        namespace: namespace.to_owned(),
        groups: Json::Array(items(root.get("groups")).iter().map(group_data).collect()),
        alerts: alerts(&root),
        names: names(&root),
        place,
    })
}

/// Returns a scalar as it is written.
fn written(node: &Node) -> &str {
    node.as_str().unwrap_or_else(|| node.location.text())
}

/// Returns a group as an object of Kubernetes takes it, where what Prometheus reads as text must be text.
fn group_data(group: &Node) -> Json {
    data(group, |key, node| match key {
        "rules" => Json::Array(
            items(Some(node))
                .iter()
                .map(|rule| data(rule, text_data))
                .collect(),
        ),
        _ => text_data(key, node),
    })
}

fn text_data(key: &str, node: &Node) -> Json {
    match (key, &node.value) {
        ("labels" | "annotations", Value::Map(_)) => {
            data(node, |_, node| Json::String(written(node).to_owned()))
        }
        (_, Value::Map(_) | Value::List(_)) | ("limit", _) => node.to_json(),
        _ => Json::String(written(node).to_owned()),
    }
}

fn data(node: &Node, each: impl Fn(&str, &Node) -> Json) -> Json {
    let map = node.as_map().into_iter().flatten();
    Json::Object(
        map.filter(|(_, entry)| entry.value.value != Value::Null)
            .map(|(key, entry)| (key.clone(), each(key, &entry.value)))
            .collect::<JsonMap<_, _>>(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::Catalog;

    fn found(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let source = Source::new("rules/a.yaml", text);
        let file = read(&source, Delivery::Job, &mut found);
        assert_eq!(file.is_none(), has_errors(&found), "{text}");
        found.iter().map(|one| one.id.to_string()).collect()
    }

    #[test]
    fn what_prometheus_takes_passes() {
        for fine in [
            "groups: []",
            "groups: [{name: a, rules: [{record: a:b, expr: 1}]}]",
            "groups: [{name: a, limit: 3, rules: [{alert: A, expr: up, for: 0, labels: {a: 1, b: yes}}]}]",
            "namespace: a\ngroups: [{name: a, source_tenants: [b], rules: [{alert: A, expr: up}]}]",
        ] {
            assert_eq!(found(fine), [""; 0], "{fine}");
        }
    }

    #[test]
    fn scalars_become_texts_where_an_object_wants_them() {
        let mut findings = Vec::new();
        let text = "groups: [{name: a, limit: 3, rules: [{alert: A, expr: 1, for: 0, labels: {a: 010, b: yes}, annotations: null}]}]";
        let file = read(
            &Source::new("a.yaml", text),
            Delivery::Operator,
            &mut findings,
        )
        .unwrap();
        assert_eq!(
            file.groups,
            json!([{"name": "a", "limit": 3, "rules": [
                {"alert": "A", "expr": "1", "for": "0", "labels": {"a": "010", "b": "yes"}},
            ]}])
        );
    }

    #[test]
    fn every_file_of_ours_passes() {
        let texts: Vec<_> = Catalog::bundled().texts_in("alert-rules/rules").collect();
        assert!(texts.len() >= 6);
        for (name, text) in texts {
            assert_eq!(found(text), [""; 0], "{name}");
        }
    }

    #[test]
    fn names_of_objects_are_plain() {
        let file = |key: &str| ours(key, "groups: []".to_owned(), place()).unwrap().slug();
        assert_eq!(file("Team_A.rules"), "team-a-rules");
        assert_eq!(file("--a--"), "a");
    }

    fn place() -> Location {
        Location::new(&Source::new("a", ""), Span::new(0, 0))
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(text in "\\PC*") {
            found(&text);
        }

        #[test]
        fn any_shape_gives_an_answer(
            groups in "(\\[|\\{|name: |rules: |- |groups: |alert: |record: |expr: |for: |labels: |a|1|,|\\}|\\]|\n|  ){0,40}"
        ) {
            found(&format!("groups:\n{groups}"));
        }
    }
}
