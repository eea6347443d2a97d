//! Tests of closing what charts hand to their programs.

use super::*;
use crate::contract::{Contract, Wording};
use crate::yaml;

const INDEX: &str = r#"
demo:
  programs: {"1.0.0": demo/3.0.0}
  places:
    - template: true
      at:
        demo.config: config
        demo.server: config.server
        demo.nowhere.x: config
        demo.other: config.missing
    - at: {demo.overrides: runtime.overrides}
      open: {demo.receivers: "a plugin reads it"}
    - versions: ["2.0.0"]
      at: {gone: config}
"#;
const REFERENCE: &str = r##"{"title": "demo 3.0.0", "type": ["object", "null"], "additionalProperties": false,
    "properties": {"server": {"$ref": "#/definitions/server"},
        "relay": {"$ref": "#/definitions/server"}},
    "definitions": {
        "duration": {"type": ["string", "integer", "null"], "minimum": 0, "maximum": 0, "format": "go-duration"},
        "unused": {"type": "string"},
        "server": {"type": ["object", "null"], "additionalProperties": false, "properties": {
            "port": {"type": ["integer", "null"]}, "timeout": {"$ref": "#/definitions/duration"},
            "log": {"type": ["string", "null"]}}},
        "part-runtime": {"type": ["object", "null"], "additionalProperties": false, "properties": {
            "overrides": {"type": ["object", "null"], "additionalProperties": {"$ref": "#/definitions/server"}}}}}}"##;

fn contract() -> (Contract, Vec<String>) {
    let mut contract = Contract::from_json(
        r#"{"title": "demo 1.0.0", "type": "object", "additionalProperties": false, "properties": {
            "demo": {"type": ["object", "null"], "additionalProperties": false, "properties": {
                "config": {"type": ["object", "null"], "x-open": "empty in values.yaml"},
                "server": {"type": ["object", "null"], "additionalProperties": false, "properties": {
                    "port": {"type": ["string", "null"], "default": "80"},
                    "own": {"type": ["boolean", "null"], "default": true}}},
                "overrides": {"type": ["object", "null"]},
                "receivers": {"type": ["object", "null"], "additionalProperties": false}}}}}"#,
    )
    .unwrap();
    let programs = Programs::from_yaml(INDEX).unwrap();
    assert_eq!(programs.reference("demo", "1.0.0"), Some("demo/3.0.0"));
    let lost = programs
        .apply("demo", "1.0.0", &mut contract.schema, |name| {
            (name == "demo/3.0.0").then_some(REFERENCE.into())
        })
        .unwrap();
    (contract, lost)
}

fn findings(values: &str) -> Vec<String> {
    let (contract, _) = contract();
    let document = yaml::read(&crate::source::Source::new("values.yaml", values)).unwrap();
    let found = contract
        .schema
        .check(&document, &Wording::chart("demo", "1.0.0"));
    found.into_iter().map(|finding| finding.message).collect()
}

#[test]
fn closes_what_goes_to_the_program() {
    let (contract, lost) = contract();
    assert_eq!(lost, ["demo.nowhere.x", "config.missing"]);
    let names: Vec<_> = contract
        .schema
        .rare()
        .unwrap()
        .definitions
        .iter()
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(names, ["demo.duration", "demo.server"]);
    assert!(contract.is_template(&["demo", "config", "server", "log"]));
    assert!(!contract.is_template(&["demo", "overrides", "team", "log"]));
    assert_eq!(findings("demo: {config: {relay: {prot: 1}}}").len(), 1);
    assert_eq!(
        findings("demo: {overrides: {team: {log: a, prot: 1}}}").len(),
        1
    );
    assert!(
        findings("demo: {config: {relay: {port: 1}}, receivers: {any: {thing: 1}}}").is_empty()
    );
}

#[test]
fn keeps_what_the_chart_knows() {
    // Its own keys, its defaults even where the program would not take them.
    assert!(findings("demo: {server: {own: true, port: '80', log: a}}").is_empty());
    assert_eq!(findings("demo: {server: {own: 1, prot: 2}}").len(), 2);
}

#[test]
fn durations_have_units() {
    assert!(findings("demo: {config: {server: {timeout: 0}}}").is_empty());
    assert!(findings("demo: {config: {server: {timeout: 1.5s}}}").is_empty());
    let found = findings("demo: {config: {server: {timeout: 30}}}");
    assert_eq!(found, ["`demo.config.server.timeout`: `30` has no unit"]);
    assert_eq!(findings("demo: {config: {server: {timeout: 7d}}}").len(), 1);
}

#[test]
fn templates_may_stand_for_anything_where_they_are_filled_in() {
    assert!(findings("demo: {config: {server: {port: '{{ .Values.port }}'}}}").is_empty());
    assert_eq!(
        findings("demo: {overrides: {a: {port: '{{ .Values.port }}'}}}").len(),
        1
    );
}

#[test]
fn says_what_is_missing() {
    let programs = Programs::from_yaml(INDEX).unwrap();
    let mut root = Schema::default();
    let error = programs
        .apply("demo", "1.0.0", &mut root, |_| None)
        .unwrap_err();
    assert!(matches!(error, ProgramsError::Missing(name) if name == "demo/3.0.0"));
    assert!(
        programs
            .apply("demo", "9.0.0", &mut root, |_| None)
            .unwrap()
            .is_empty()
    );
    assert!(Programs::from_yaml("demo: {place: []}").is_err());
}
