//! Made contracts, two versions and one change each.

use super::*;
use crate::contract::Contract;
use crate::source::Source;
use crate::yaml::{self, Node};
use serde_json::{Value as Json, json};

/// Makes the closed schema of default values; a text that begins with `open:` stands for a map that takes any key,
/// `dead` for a key that is not read.
fn schema(value: &Json) -> Json {
    let name = match value {
        Json::Null => return json!({"x-default": null}),
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_i64() => "integer",
        Json::Number(_) => "number",
        Json::String(text) if text.starts_with("open:") => {
            return json!({"type": ["object", "null"], "x-open": text});
        }
        Json::String(text) if text == "dead" => return json!({"x-dead": "nothing reads it"}),
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(map) => {
            let mut properties = serde_json::Map::new();
            let mut required = Vec::new();
            for (key, value) in map {
                let name = key.trim_end_matches('!');
                if name != key {
                    required.push(name);
                    properties.insert(name.to_owned(), json!({"type": "string"}));
                } else {
                    properties.insert(key.clone(), schema(value));
                }
            }
            return json!({
                "type": ["object", "null"], "additionalProperties": false, "properties": properties,
                "required": required,
            });
        }
    };
    json!({"type": [name, "null"], "default": value})
}

fn read(name: &str, text: &str) -> Node {
    yaml::read(&Source::new(name, text)).unwrap()
}

fn contract(version: &str, values: &str) -> Contract {
    let mut schema = schema(&read("values.yaml", values).to_json());
    schema["title"] = format!("demo {version}").into();
    Contract::from_json(&schema.to_string()).unwrap()
}

pub(super) fn upgrade(from: &str, to: &str, mine: &str) -> Upgrade {
    compare(
        &contract("1.0.0", from),
        &contract("2.0.0", to),
        &read("mine.yaml", mine),
    )
}

/// Returns `path kind -> place sureness, place sureness`, one line a change.
fn told(from: &str, to: &str, mine: &str) -> Vec<String> {
    let shown = |change: &Change| {
        let places: Vec<String> = change
            .proposals
            .iter()
            .map(|one| format!("{} {}", one.path, one.sureness.name()))
            .collect();
        format!(
            "{} {} {}",
            change.path,
            change.kind.name(),
            places.join(", ")
        )
        .trim_end()
        .to_owned()
    };
    upgrade(from, to, mine).changes.iter().map(shown).collect()
}

#[test]
fn what_both_versions_read_is_fine() {
    let chart = "a: 1\nb: {c: x}\n";
    assert_eq!(told(chart, chart, "a: 2\nb: {c: y}\n"), [""; 0]);
    assert!(!upgrade(chart, chart, "a: 2\n").breaks());
    assert_eq!(upgrade(chart, chart, "a: 2\nb: {c: y}\n").keys, 2);
}

#[test]
fn a_key_dies_at_the_highest_place() {
    let from = "a: {b: {c: 1, d: x}}\nk: 1\n";
    assert_eq!(told(from, "k: 1\n", "a: {b: {c: 2, d: y}}\n"), ["a dies"]);
    assert_eq!(
        told(from, "a: {b: {d: x}}\nk: 1\n", "a: {b: {c: 2, d: y}}\n"),
        ["a.b.c dies"]
    );
    assert_eq!(
        told(from, "a: dead\nk: 1\n", "a: {b: {c: 2}}\n"),
        ["a dies"]
    );
    // Null at a dead key says nothing.
    assert_eq!(told("k: 1\n", "k: dead\n", "k: null\n"), [""; 0]);
    assert_eq!(told("k: 1\n", "j: 1\n", "k: null\n"), ["k dies"]);
}

#[test]
fn the_same_name_one_step_away_is_certain() {
    let mine = "ports: {web: {tls: {options: strict}}}\n";
    let from = "ports: {web: {tls: {enabled: true, options: ''}}}\n";
    assert_eq!(
        told(
            from,
            "ports: {web: {http: {tls: {enabled: true, options: ''}}}}\n",
            mine
        ),
        ["ports.web.tls moves ports.web.http.tls certain"]
    );
    assert_eq!(
        told(from, "ports: {tls: {enabled: true, options: ''}}\n", mine),
        ["ports.web.tls moves ports.tls certain"]
    );
    assert_eq!(
        told(
            "server: {threadLimit: 8}\n",
            "servers: {threadLimit: 8}\n",
            "server: {threadLimit: 9}\n"
        ),
        // The whole map went, and that is said once.
        ["server moves servers likely"]
    );
    assert_eq!(
        told(
            "log: {a: {server: {threadLimit: 8}}}\nk: 1\n",
            "log: {a: {http: {threadLimit: 8}}}\nk: 1\n",
            "log: {a: {server: {threadLimit: 9}}}\n"
        ),
        ["log.a.server.threadLimit moves log.a.http.threadLimit certain"]
    );
}

#[test]
fn a_common_name_needs_the_same_form() {
    let more = "a: {up: true}\nb: {up: true}\nc: {up: true}\nd: {up: true}\n";
    let from = format!("x: {{up: true, k: 1}}\n{more}");
    let to = format!("x: {{w: {{up: true}}, k: 1}}\n{more}");
    assert_eq!(
        told(&from, &to, "x: {up: false}\n"),
        ["x.up moves x.w.up likely"]
    );
    let from = format!("x: {{up: true}}\n{more}");
    assert_eq!(told(&from, more, "x: {up: false}\n"), ["x dies"]);
}

#[test]
fn the_same_words_are_likely() {
    assert_eq!(
        told(
            "logs: {access: {enabled: false}, general: {level: INFO}}\n",
            "log: {level: INFO}\naccessLog: {enabled: false, otlp: {enabled: false}}\n",
            "logs: {access: {enabled: true}, general: {level: WARN}}\n"
        ),
        [
            "logs.access.enabled moves accessLog.enabled likely",
            "logs.general.level moves log.level likely"
        ]
    );
    assert_eq!(
        told(
            "web: {redirectTo: x}\n",
            "web: {redirections: {entryPoint: {to: x}}}\n",
            "web: {redirectTo: secure}\n"
        ),
        ["web.redirectTo moves web.redirections.entryPoint.to likely"]
    );
}

#[test]
fn a_name_like_it_in_the_same_map_is_likely_if_new() {
    let mine = "certResolvers: {le: {}}\n";
    let (old, new) = (
        "certResolvers: 'open: x'\n",
        "certificatesResolvers: 'open: x'\n",
    );
    assert_eq!(
        told(old, new, mine),
        ["certResolvers moves certificatesResolvers likely"]
    );
    assert_eq!(
        told(&format!("{old}{new}"), new, mine),
        ["certResolvers moves certificatesResolvers guess"]
    );
}

#[test]
fn a_telling_default_leads_to_the_one_place_that_has_it() {
    let scheduler = "scheduler: {config: {compaction: {block_retention: 48h}}}\n";
    let others = "overrides: {block_retention: ''}\n";
    let from = format!(
        "compactor: {{replicas: 1, config: {{compaction: {{block_retention: 48h}}}}}}\n{scheduler}{others}"
    );
    assert_eq!(
        told(
            &from,
            &format!("{scheduler}{others}"),
            "compactor: {replicas: 2, config: {compaction: {block_retention: 96h}}}\n"
        ),
        [
            "compactor.replicas dies",
            "compactor.config.compaction.block_retention moves scheduler.config.compaction.block_retention likely"
        ]
    );
}

#[test]
fn flags_spell_their_place() {
    assert_eq!(
        told(
            "args: []\n",
            "global: {checkNewVersion: true, sendUsage: true}\n",
            "args: [--global.checknewversion=false, --global.sendusage, other]\n"
        ),
        ["args moves global.checkNewVersion likely, global.sendUsage likely"]
    );
}

#[test]
fn places_that_are_as_good_are_less_sure() {
    assert_eq!(
        told(
            "a: {special: 1, k: 1}\n",
            "a: {b: {special: 1}, c: {special: 1}, k: 1}\n",
            "a: {special: 2}\n"
        ),
        ["a.special moves a.b.special likely, a.c.special likely"]
    );
}

#[test]
fn a_place_that_the_value_does_not_fit_is_not_proposed() {
    assert_eq!(
        told(
            "a: {special: 1}\n",
            "a: {b: {special: x}}\n",
            "a: {special: 2}\n"
        ),
        ["a.special dies"]
    );
    assert_eq!(
        told(
            "a: {special: {x: 1, w: 1, z: 1}}\n",
            "a: {b: {special: {p: 1, q: 1, z: 1}}}\n",
            "a: {special: {x: 2}}\n"
        ),
        ["a.special dies"]
    );
}

#[test]
fn a_type_changes() {
    let found = upgrade("a: 1\n", "a: x\n", "a: 2\n");
    let Kind::ChangesType { from, to } = &found.changes[0].kind else {
        panic!("{found:?}");
    };
    assert_eq!((from.as_str(), to.as_str()), ("a whole number", "text"));
    assert_eq!(
        told(
            "e: true\n",
            "e: {default: true, inner: false}\n",
            "e: false\n"
        ),
        ["e type e.default likely"]
    );
    // What was wrong before is none of the upgrade's.
    assert_eq!(told("a: 1\n", "a: 2\n", "a: x\n"), [""; 0]);
    assert_eq!(told("l: []\n", "l: {}\n", "l: [1]\n"), ["l type"]);
}

#[test]
fn defaults_change_for_who_wrote_them_down_and_are_told_to_who_is_near() {
    let (from, to) = (
        "a: {b: 1, c: 1, d: 1}\ne: 1\n",
        "a: {b: 2, c: 2, d: 1}\ne: 2\n",
    );
    let found = upgrade(from, to, "a: {b: 1}\n");
    assert_eq!(found.changes[0].kind.name(), "default");
    assert!(!found.breaks());
    let beside: Vec<String> = found
        .beside
        .iter()
        .map(|at| found.general[*at].path.to_string())
        .collect();
    assert_eq!(beside, ["a.c"]);
    assert_eq!(upgrade(from, to, "a: {b: 3}\n").changes.len(), 0);
    assert_eq!(found.general.len(), 3);
}

#[test]
fn a_key_becomes_required() {
    let to = "a: {b: 1, c!: x}\n";
    assert_eq!(told("a: {b: 1}\n", to, "a: {b: 2}\n"), ["a.c required"]);
    assert_eq!(told("a: {b: 1}\n", to, "{}\n"), [""; 0]);
    assert_eq!(told("a: {b: 1, c: x}\n", to, "a: {c: y}\n"), [""; 0]);
    assert_eq!(told(to, to, "a: {b: 2}\n"), [""; 0]);
}

#[test]
fn what_no_version_reads_is_told_and_breaks_nothing() {
    let found = upgrade("a: 1\n", "a: 1\n", "b: 1\n");
    assert_eq!(found.changes[0].kind, Kind::Ignored);
    assert!(!found.breaks());
    assert_eq!(told("a: dead\n", "a: 1\n", "a: 2\n"), ["a wakes"]);
}

#[test]
fn what_was_put_in_the_wrong_place_is_led_to_the_right_one() {
    let chart = "a: {spec: {secrets: [], replicas: 1}, budget: {enabled: false, min: 1}}\nkubeState: {up: true}\n";
    assert_eq!(
        told(
            chart,
            chart,
            "a: {secrets: [x], spec: {budget: {enabled: true}}}\n"
        ),
        [
            "a.secrets ignored a.spec.secrets likely",
            "a.spec.budget ignored a.budget likely"
        ]
    );
    assert_eq!(
        told(chart, chart, "kube-state: {up: false}\nother: {up: true}\n"),
        ["kube-state ignored kubeState likely", "other ignored"]
    );
    // To move it would change what is installed, and that is not an upgrade's to do.
    assert_eq!(
        mend(&upgrade(chart, chart, "a: {secrets: [x]}\n").changes).len(),
        0
    );
}

#[test]
fn a_name_among_any_names_is_told_if_it_was_the_charts() {
    let contract = |version: &str, names: &str| {
        Contract::from_json(&format!(
            r#"{{"title": "demo {version}", "properties": {{"paths": {{"type": "object",
                "properties": {names}, "additionalProperties": {{"type": "string"}}}}}}}}"#
        ))
        .unwrap()
    };
    let (from, to) = (
        contract("1", r#"{"a": {}, "b": {}}"#),
        contract("2", r#"{"b": {}}"#),
    );
    let found = compare(
        &from,
        &to,
        &read("mine.yaml", "paths: {a: x, b: x, own: x}\n"),
    );
    let told: Vec<_> = found
        .changes
        .iter()
        .map(|one| (one.path.to_string(), one.kind.name()))
        .collect();
    assert_eq!(told, [("paths.a".to_owned(), "unlisted")]);
    assert!(!found.breaks());
}

#[test]
fn a_key_that_is_only_asked_for_is_told() {
    let contract = |version: &str, key: &str| {
        Contract::from_json(&format!(
            r#"{{"title": "demo {version}", "properties": {{"minio": {{"properties": {{"enabled": {key}}}}}}}}}"#
        ))
        .unwrap()
    };
    let (from, to) = (
        contract("1", r#"{"type": "boolean", "default": false}"#),
        contract("2", "{}"),
    );
    let found = compare(&from, &to, &read("mine.yaml", "minio: {enabled: true}\n"));
    assert_eq!(found.changes[0].kind, Kind::Unlisted);
    assert!(
        compare(&to, &to, &read("mine.yaml", "minio: {enabled: true}\n"))
            .changes
            .is_empty()
    );
}

#[test]
fn of_open_maps_nothing_is_said_but_how_many() {
    let found = upgrade(
        "a: 'open: free'\n",
        "a: 'open: free'\n",
        "a: {b: 1, c: {d: 2}}\n",
    );
    assert_eq!(found.changes.len(), 0);
    assert_eq!(found.unsaid.len(), 1);
    assert_eq!(found.unsaid[0].values, 2);
    // What the new version closes, it refuses all the same.
    assert_eq!(
        told("a: 'open: free'\n", "a: {b: 1}\n", "a: {b: 2, c: 3}\n"),
        ["a.c dies"]
    );
}

#[test]
fn the_general_list_names_the_highest_places() {
    let found = upgrade(
        "a: {b: 1, c: 1}\nd: 1\n",
        "a: {b: 1, x: {w: 1}}\nd: t\n",
        "{}\n",
    );
    let general: Vec<String> = found
        .general
        .iter()
        .map(|change| format!("{} {}", change.path, change.kind.name()))
        .collect();
    assert_eq!(general, ["a.x new", "a.c removed", "d type", "d default"]);
}

#[test]
fn every_finding_has_place_reason_and_help() {
    let found = upgrade(
        "a: 1\nb: {c: {d: 1, e: 1}}\nf: 1\ng: dead\n",
        "a: x\nb: {h: {c: {d: 1, e: 1}}, i!: x}\nf: 2\ng: 1\n",
        "a: 1\nb: {c: {d: 2}}\nf: 1\ng: 2\nz: 1\n",
    );
    let findings = found.findings();
    let mut ids: Vec<&str> = findings.iter().map(|finding| &*finding.id).collect();
    ids.sort_unstable();
    assert_eq!(
        ids,
        [
            "upgrade/default",
            "upgrade/ignored",
            "upgrade/moves",
            "upgrade/required",
            "upgrade/type",
            "upgrade/wakes"
        ]
    );
    for finding in findings {
        assert!(finding.location().is_some() && finding.why.is_some() && finding.help.is_some());
    }
}
