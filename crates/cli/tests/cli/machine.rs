//! What programs read has the form that is written down.

use serde_json::{Value, json};

use super::{DEV, Sandbox};

/// The schema that is shipped, for the whole object or for one definition of it.
fn validator(definition: Option<&str>) -> jsonschema::Validator {
    let text = include_str!("../../../../schemas/report.schema.json");
    let mut schema: Value = serde_json::from_str(text).unwrap();
    if let Some(name) = definition {
        assert!(schema["definitions"].get(name).is_some(), "{name}");
        schema = json!({
            "$schema": schema["$schema"], "definitions": schema["definitions"], "$ref": format!("#/definitions/{name}"),
        });
    }
    jsonschema::draft7::options().build(&schema).unwrap()
}

#[track_caller]
pub(super) fn fits(value: &Value, definition: Option<&str>, what: &str) {
    let wrong: Vec<String> = validator(definition)
        .iter_errors(value)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}\n{value:#}");
}

/// Findings of many kinds: with fixes, with related places, without any place.
const WRONG: &str = "environment: dev\nnamespaec: a\nquota: {memory: 4GB}\n\
                     components: {traefik: {version: 41}, temp: {}}\n";

#[test]
fn every_verb_prints_the_object_of_the_schema() {
    let good = Sandbox::generated();
    good.write("envs/test.yaml", DEV.replace("dev", "test"));
    let wrong = Sandbox::new();
    wrong.write("envs/dev.yaml", WRONG);
    for sandbox in [&good, &wrong] {
        sandbox.write(
            "chart/Chart.yaml",
            "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        );
        sandbox.write("chart/values.yaml", "replicas: 1\n");
    }
    let runs: [(&[&str], &str); 23] = [
        (&["init", "new"], "init"),
        (&["generate", "--dry-run"], "generate"),
        (&["generate"], "generate"),
        (&["fix"], "fix-result"),
        (&["check"], "check"),
        (&["validate", "gitops/dev/traefik/values.yaml"], "validate"),
        (
            &[
                "upgrade", "traefik", "--from", "41.3.0", "--to", "37.1.2", "--all",
            ],
            "upgrade",
        ),
        (
            &[
                "upgrade",
                "traefik",
                "--from",
                "37.1.2",
                "--to",
                "41.3.0",
                "--values",
                "envs/dev.yaml",
            ],
            "upgrade",
        ),
        (&["diff"], "diff"),
        (&["compare", "dev", "test"], "compare"),
        (&["explain", "dev/traefik:deployment.replicas"], "explain"),
        (&["explain", "storage/bucket-name"], "explain"),
        (&["budget"], "budget"),
        (&["simulate", "preemption"], "simulate"),
        (&["graph"], "graph"),
        (&["buckets"], "buckets"),
        (&["secrets"], "secrets"),
        (
            &[
                "adopt",
                "gitops/dev/traefik/values.yaml",
                "--env",
                "new",
                "--dry-run",
            ],
            "adopt",
        ),
        (&["contract", "list"], "contract-list"),
        (
            &["contract", "build", "chart", "--to", "shop.json"],
            "contract-build",
        ),
        (&["schema", "environment"], ""),
        (&["completions", "bash"], "text"),
        (&["man"], "text"),
    ];
    for (arguments, definition) in runs {
        for sandbox in [&good, &wrong] {
            for flag in ["--format", "--message-format"] {
                let mut arguments = arguments.to_vec();
                arguments.extend([flag, "json"]);
                let run = sandbox.run(&arguments);
                let object: Value = serde_json::from_str(&run.out)
                    .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", run.out));
                let what = format!("{arguments:?}");
                fits(&object, None, &what);
                if !definition.is_empty() && !object["result"].is_null() {
                    fits(&object["result"], Some(definition), &what);
                }
                assert!(run.code != 0 || !object["result"].is_null(), "{what}");
            }
        }
    }
}

/// The properties that SARIF 2.1.0 requires of the objects we write, by the specification's section 3.
#[test]
fn sarif_has_what_its_specification_requires() {
    let sandbox = Sandbox::new();
    sandbox.write("envs/dev.yaml", WRONG);
    let run = sandbox.run(&["check", "--message-format", "sarif"]).ends(1);
    let log: Value = serde_json::from_str(&run.out).unwrap();
    let text =
        json!({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}});
    let region = json!({
        "type": "object", "required": ["startLine"], "additionalProperties": false,
        "properties": {
            "startLine": {"type": "integer", "minimum": 1}, "startColumn": {"type": "integer", "minimum": 1},
            "endLine": {"type": "integer", "minimum": 1}, "endColumn": {"type": "integer", "minimum": 1},
        },
    });
    let artifact = json!({"type": "object", "required": ["uri"], "properties": {"uri": {"type": "string", "pattern": "^[^ \\\\]+$"}}});
    let location = json!({
        "type": "object", "required": ["physicalLocation"], "additionalProperties": false,
        "properties": {
            "message": text,
            "physicalLocation": {"type": "object", "required": ["artifactLocation"], "properties": {"artifactLocation": artifact, "region": region}},
        },
    });
    let change = json!({
        "type": "object", "required": ["artifactLocation", "replacements"], "additionalProperties": false,
        "properties": {"artifactLocation": artifact, "replacements": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["deletedRegion"], "additionalProperties": false,
            "properties": {"deletedRegion": region, "insertedContent": text},
        }}},
    });
    let fix = json!({
        "type": "object", "required": ["artifactChanges"], "additionalProperties": false,
        "properties": {"description": text, "artifactChanges": {"type": "array", "minItems": 1, "items": change}},
    });
    let result = json!({
        "type": "object", "required": ["message", "ruleId", "ruleIndex", "level"], "additionalProperties": false,
        "properties": {
            "message": text, "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0},
            "level": {"enum": ["none", "note", "warning", "error"]},
            "locations": {"type": "array", "items": location},
            "relatedLocations": {"type": "array", "items": location},
            "properties": {"type": "object"},
            "fixes": {"type": "array", "items": fix},
        },
    });
    let driver = json!({
        "type": "object", "required": ["name"],
        "properties": {"rules": {"type": "array", "uniqueItems": true, "items": {"type": "object", "required": ["id"]}}},
    });
    let run = json!({
        "type": "object", "required": ["tool", "results"], "additionalProperties": false,
        "properties": {
            "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            "tool": {"type": "object", "required": ["driver"], "properties": {"driver": driver}},
            "results": {"type": "array", "minItems": 4, "items": result},
        },
    });
    let schema = json!({
        "type": "object", "required": ["version", "runs"], "additionalProperties": false,
        "properties": {
            "$schema": {"type": "string"}, "version": {"const": "2.1.0"},
            "runs": {"type": "array", "minItems": 1, "items": run},
        },
    });
    let wrong: Vec<String> = jsonschema::draft7::options()
        .build(&schema)
        .unwrap()
        .iter_errors(&log)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{log:#}");
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}
