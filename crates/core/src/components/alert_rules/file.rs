//! A file of rule groups: what it holds, and what Mimir would refuse in it.
//!
//! Expressions are not looked into: Mimir reads them when the rules are loaded, and the Job fails with what it says.

use std::sync::{Arc, OnceLock};

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Delivery, check};
use crate::contract::{Schema, Wording};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::source::{Location, Source, Span};
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
    check::name(&file, found);
    if delivery == Delivery::Operator
        && let Some(node) = namespace
    {
        found.push(check::mimir_only("namespace", &node.location));
    }
    for group in items(root.get("groups")) {
        check::group(group, delivery, found);
    }
    Some(file)
}

pub(super) fn items(node: Option<&Node>) -> &[Node] {
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
pub(super) fn written(node: &Node) -> &str {
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
