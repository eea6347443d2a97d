//! The walker's findings, and its agreement with an independent JSON Schema validator.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Contract, Schema, Wording};
use crate::diagnostic::Diagnostic;
use crate::source::{Location, Source, Span};
use crate::yaml::{Entry, Map, Node, Value};

/// Makes a tree whose scalars point at themselves in a text that lists them one a line.
pub(super) fn node(json: &Json) -> Node {
    fn build(json: &Json, source: &Arc<Source>) -> Node {
        let text = json.to_string();
        let start = source
            .text()
            .find(&format!("\n{text}\n"))
            .map_or(0, |at| at + 1);
        let here = |length: usize| Location::new(source, Span::new(start, start + length));
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(bool) => Value::Bool(*bool),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Integer(whole.into()),
                None => Value::Float(number.as_f64().unwrap()),
            },
            Json::String(text) => Value::String(text.clone()),
            Json::Array(items) => {
                Value::List(items.iter().map(|item| build(item, source)).collect())
            }
            Json::Object(map) => Value::Map(
                map.iter()
                    .map(|(key, value)| {
                        let entry = Entry {
                            key: here(0),
                            value: build(value, source),
                        };
                        (key.clone(), entry)
                    })
                    .collect::<Map>(),
            ),
        };
        let length = if matches!(json, Json::Array(_) | Json::Object(_)) {
            0
        } else {
            text.len()
        };
        Node::new(value, here(length))
    }
    fn scalars(json: &Json, out: &mut String) {
        match json {
            Json::Array(items) => items.iter().for_each(|item| scalars(item, out)),
            Json::Object(map) => map.values().for_each(|value| scalars(value, out)),
            scalar => {
                out.push_str(&scalar.to_string());
                out.push('\n');
            }
        }
    }
    let mut text = String::from("\n");
    scalars(json, &mut text);
    build(json, &Source::new("values.yaml", text))
}

fn stack() -> Json {
    json!({
        "title": "stack 1.2.3",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "replicas": {"type": ["integer", "null"], "minimum": 0, "default": 1},
            "name": {"type": ["string", "null"]},
            "kind": {"enum": ["Deployment", "DaemonSet", null]},
            "resources": {"$ref": "#/definitions/resources"},
            "labels": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
            "config": {"type": ["object", "null"], "x-open": "goes to the program", "x-template": true},
            "hosts": {"type": ["array", "null"], "items": {"type": "string"}},
            "old": {"enum": [{"size": "1Gi"}, null], "x-dead": "the StatefulSet has no volume"},
            "alertmanager": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {
                    "enabled": {"type": ["boolean", "null"]},
                    "alertmanagerSpec": {
                        "type": ["object", "null"],
                        "additionalProperties": false,
                        "properties": {"secrets": {"type": ["array", "null"]}}
                    }
                }
            }
        },
        "definitions": {
            "resources": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {"limits": {"$ref": "#/definitions/amounts"}, "requests": {"$ref": "#/definitions/amounts"}}
            },
            "amounts": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "patternProperties": {"/": {"type": ["string", "integer"]}, "^hugepages-": {"type": "string"}},
                "properties": {
                    "cpu": {"type": ["string", "number", "null"], "format": "cpu-quantity"},
                    "memory": {"type": ["string", "integer", "null"], "format": "memory-quantity"}
                }
            }
        }
    })
}

fn contract() -> Contract {
    Contract::from_json(&stack().to_string()).unwrap()
}

fn findings(values: &Json) -> Vec<Diagnostic> {
    contract().check(&node(values))
}

fn only(values: &Json) -> Diagnostic {
    let mut found = findings(values);
    assert_eq!(found.len(), 1, "{found:#?}");
    let finding = found.remove(0);
    assert!(
        finding.help.is_some(),
        "a finding without help is unfinished"
    );
    finding
}

#[test]
fn accepts_what_fits() {
    let values = json!({
        "replicas": 2.0, "name": null, "kind": "DaemonSet", "labels": {"a": "b"}, "hosts": ["a"],
        "config": {"any": {"thing": 1}}, "old": {"size": "1Gi"},
        "resources": {"limits": {"memory": "1Gi", "nvidia.com/gpu": 1, "hugepages-2Mi": "4Mi"}, "requests": {"cpu": 0.5}}
    });
    assert_eq!(findings(&values), []);
}

#[test]
fn offers_the_key_that_was_meant() {
    let finding = only(&json!({"replica": 1}));
    assert_eq!(finding.id, "contract/unknown-key");
    assert_eq!(finding.message, "chart stack 1.2.3 has no key `replica`");
    assert_eq!(finding.help.as_deref(), Some("did you mean `replicas`?"));
    // Values that were never a text have nothing to edit.
    assert_eq!(finding.fix, None);
}

#[test]
fn says_where_a_key_is_read() {
    let finding = only(&json!({"alertmanager": {"secrets": ["a"]}}));
    assert_eq!(
        finding.help.as_deref(),
        Some("the chart reads it at `alertmanager.alertmanagerSpec.secrets`")
    );
    let finding = only(&json!({"alertmanager": {"replicas": 2}}));
    assert_eq!(
        finding.help.as_deref(),
        Some("the chart reads it at `replicas`")
    );
    let finding = only(&json!({"alertmanager": {"zone.a": 2}}));
    assert_eq!(
        finding.message,
        "chart stack 1.2.3 has no key `alertmanager.\"zone.a\"`"
    );
    assert_eq!(
        finding.help.as_deref(),
        Some("the keys here are `enabled`, `alertmanagerSpec`")
    );
}

#[test]
fn mends_quotes() {
    let finding = only(&json!({"labels": {"a": true}}));
    assert_eq!(
        finding.message,
        "chart stack 1.2.3 wants text at `labels.a`, not `true`"
    );
    let fix = finding.fix.unwrap();
    assert!(fix.safe);
    assert_eq!(fix.edits[0].replacement, "\"true\"");
    assert_eq!(fix.edits[0].location.text(), "true");
    let finding = only(&json!({"replicas": "2"}));
    assert_eq!(finding.fix.unwrap().edits[0].replacement, "2");
    let finding = only(&json!({"replicas": "two"}));
    assert_eq!(
        finding.help.as_deref(),
        Some("write a whole number; the default is `1`")
    );
}

#[test]
fn explains_bad_values() {
    let finding = only(&json!({"resources": {"limits": {"memory": "512m"}}}));
    assert_eq!(finding.id, "contract/bad-value");
    assert_eq!(finding.help.as_deref(), Some("did you mean `512Mi`?"));
    assert!(
        finding
            .message
            .starts_with("`resources.limits.memory`: `m` means thousandths")
    );
    let finding = only(&json!({"replicas": -1}));
    assert_eq!(finding.message, "`replicas` is -1, less than 0");
    let finding = only(&json!({"kind": "Daemonset"}));
    assert!(
        finding
            .help
            .unwrap()
            .starts_with("did you mean `DaemonSet`?")
    );
}

#[test]
fn says_why_a_key_is_dead() {
    let finding = only(&json!({"old": {"size": "2Gi"}}));
    assert_eq!(finding.id, "contract/dead-key");
    assert_eq!(
        finding.why.as_deref(),
        Some("the StatefulSet has no volume")
    );
}

#[test]
fn collects_everything() {
    let values =
        json!({"replica": 1, "name": 3, "resources": {"limitz": {}, "limits": {"memory": "4GB"}}});
    let ids: Vec<_> = findings(&values)
        .into_iter()
        .map(|finding| finding.id)
        .collect();
    assert_eq!(
        ids,
        [
            "contract/unknown-key",
            "contract/wrong-type",
            "contract/unknown-key",
            "contract/bad-value"
        ]
    );
}

#[test]
fn looks_properties_up() {
    let contract = contract();
    let memory = contract
        .property(&["resources", "limits", "memory"])
        .unwrap();
    assert_eq!(memory.format.as_deref(), Some("memory-quantity"));
    assert!(contract.property(&["config", "any"]).is_none());
    assert!(contract.is_template(&["config", "any", "thing"]));
    assert!(!contract.is_template(&["name"]));
}

#[derive(schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Environment {
    /// Where it stands in the rollout.
    tier: Tier,
    store: Option<Store>,
    memory: Option<crate::units::Memory>,
    backend: Option<Backend>,
}

#[derive(schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
enum Tier {
    /// For trying things out.
    Dev,
    /// For users.
    Prod,
}

#[derive(schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Store {
    /// Host and port.
    endpoint: String,
    path_style: Option<bool>,
}

#[derive(schemars::JsonSchema)]
#[serde(rename_all = "camelCase", tag = "type", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
enum Backend {
    /// An object store.
    S3 {
        /// Its bucket.
        bucket: String,
    },
    /// A folder.
    File {
        /// Its path.
        path: String,
    },
}

fn environment_schema() -> Json {
    let generator = schemars::generate::SchemaSettings::draft07().into_generator();
    generator.into_root_schema_for::<Environment>().to_value()
}

fn environment_findings(values: &Json) -> Vec<String> {
    let schema: Schema = serde_json::from_str(&environment_schema().to_string()).unwrap();
    schema
        .check(&node(values), &Wording::environment())
        .into_iter()
        .map(|finding| {
            format!(
                "{}: {}; {}",
                finding.id,
                finding.message,
                finding.help.unwrap()
            )
        })
        .collect()
}

#[test]
fn speaks_for_environments() {
    assert_eq!(
        environment_findings(&json!({"tier": "dev", "store": null})),
        [""; 0]
    );
    assert_eq!(
        environment_findings(&json!({"store": {"endpoint": "a:1", "pathstyle": true}})),
        [
            "environment/missing-key: the environment needs a key `tier`; add `tier:` with text",
            "environment/unknown-key: the environment has no key `store.pathstyle`; did you mean `store.pathStyle`?",
        ]
    );
    assert_eq!(
        environment_findings(&json!({"tier": "prd"})),
        [
            "environment/bad-value: `tier` is `prd`, which is not one of the allowed values; did you mean `prod`? Allowed: `dev`, `prod`"
        ]
    );
    assert_eq!(
        environment_findings(&json!({"tier": "dev", "store": "x", "memory": "4GB"})),
        [
            "environment/wrong-type: the environment wants a map at `store`, not the text `x`; write a map",
            "environment/bad-value: `memory`: `GB` is no suffix of a memory quantity (`Ki`, `Mi`, `Gi`, `Ti`, `Pi`, `Ei` are powers of 1024; `k`, `M`, `G`, `T`, `P`, `E` are powers of 1000); did you mean `4G`?",
        ]
    );
    assert_eq!(
        environment_findings(&json!({"tier": "dev", "backend": {"type": "file", "pth": "/x"}})),
        [
            "environment/missing-key: the environment needs a key `backend.path`; add `path:` with text",
            "environment/unknown-key: the environment has no key `backend.pth`; did you mean `backend.path`?",
        ]
    );
}

/// Values made of the words that the schemas know and a few that they do not.
fn values() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-2..5_i64).prop_map(Json::from),
        Just(json!(1.5)),
        Just(json!(2.0)),
        prop::sample::select(vec![
            "",
            "dev",
            "prod",
            "Deployment",
            "s3",
            "file",
            "1Gi",
            "100m",
            "x"
        ])
        .prop_map(Json::from),
    ];
    let key = prop::sample::select(vec![
        "replicas",
        "name",
        "kind",
        "resources",
        "labels",
        "config",
        "hosts",
        "alertmanager",
        "enabled",
        "limits",
        "requests",
        "alertmanagerSpec",
        "secrets",
        "cpu",
        "memory",
        "hugepages-2Mi",
        "a/b",
        "tier",
        "store",
        "endpoint",
        "pathStyle",
        "backend",
        "type",
        "bucket",
        "path",
        "other",
    ]);
    scalar.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|pairs| Json::Object(
                pairs
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()
            )),
        ]
    })
}

/// Drops what the two readers treat differently on purpose: our formats and patterns.
fn without_formats(schema: &Json) -> Json {
    match schema {
        Json::Object(map) => map
            .iter()
            .filter(|(key, value)| {
                !(matches!(key.as_str(), "format" | "pattern") && value.is_string())
            })
            .map(|(key, value)| (key.clone(), without_formats(value)))
            .collect(),
        Json::Array(items) => items.iter().map(without_formats).collect(),
        other => other.clone(),
    }
}

fn agrees(schema: &Json, wording: &Wording, value: &Json) -> Result<(), TestCaseError> {
    let schema = without_formats(schema);
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let ours: Schema = serde_json::from_str(&schema.to_string()).unwrap();
    let found = ours.check(&node(value), wording);
    prop_assert_eq!(
        validator.is_valid(value),
        found.is_empty(),
        "{}: {:#?}",
        value,
        found
    );
    Ok(())
}

/// Puts a value at one of the places where the schema looks.
fn placed(value: Json, place: usize) -> Json {
    match place {
        0 => value,
        1 => json!({"resources": value}),
        2 => json!({"resources": {"limits": value}}),
        3 => json!({"alertmanager": value}),
        4 => json!({"tier": "dev", "store": value}),
        5 => json!({"tier": "dev", "backend": value}),
        6 => json!({"labels": value}),
        _ => json!({"hosts": value, "tier": "prod"}),
    }
}

proptest! {
    #[test]
    fn agrees_with_a_validator_on_charts(value in values(), place in 0..8_usize) {
        agrees(&stack(), &Wording::chart("stack", "1.2.3"), &placed(value, place))?;
    }

    #[test]
    fn agrees_with_a_validator_on_environments(value in values(), place in 0..8_usize) {
        // Without null for "not set", which only environments have.
        agrees(&environment_schema(), &Wording::chart("environment", "1"), &placed(value, place))?;
    }
}
