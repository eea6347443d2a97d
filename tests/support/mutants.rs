//! Mistakes in values: what goldens, known cases and contracts themselves state, with one thing wrong in each.

use std::collections::BTreeSet;
use std::fs;

use helmwright::source::Source;
use helmwright::yaml::{self, Node};
use serde_json::{Map, Value, json};

use crate::overrides::goldens;
use crate::root;

/// One place of some values alone, with or without a mistake.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The values.
    pub values: Value,
    /// The keys and indices down to the mistake.
    pub path: Vec<Step>,
    /// What was done.
    pub kind: &'static str,
}

/// A key, or the first element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key of a map.
    Key(String),
    /// The element of a list; lists have one only.
    Element,
}

/// What stands where something else belongs.
fn strangers() -> [Value; 6] {
    [
        json!("some text"),
        json!(7),
        json!(true),
        json!(["a list"]),
        json!({"neverHeardOf": "a map"}),
        json!({}),
    ]
}

/// Returns values for a chart version: our goldens, the known traps, and the defaults that its contract states.
///
/// # Panics
///
/// If one of the files cannot be read.
pub fn documents(chart: &str, version: &str, contract: &Value) -> Vec<Value> {
    let folder = format!("/{chart}/{version}.schema.json");
    let mut found: Vec<Value> = goldens()
        .iter()
        .filter(|golden| {
            let first = golden.text.lines().next().unwrap_or_default();
            first.ends_with(&folder)
        })
        .map(|golden| crate::overrides::read(&golden.file, &golden.text).to_json())
        .collect();
    let traps = fs::read_to_string(root().join("tests/dead_keys.yaml")).unwrap_or_default();
    let traps = yaml::read(&Source::new("tests/dead_keys.yaml", traps));
    let traps = traps.map(|traps| traps.to_json()).unwrap_or_default();
    let name = format!("{chart}@{version}");
    found.extend(
        traps
            .as_array()
            .into_iter()
            .flatten()
            .filter(|case| case["chart"] == *name)
            .map(|case| case["values"].clone()),
    );
    found.push(stated_defaults(contract, contract));
    found.iter_mut().for_each(without_templates);
    found
}

/// Returns the values that a contract states as defaults; `root` is the whole contract.
pub fn stated_defaults(schema: &Value, root: &Value) -> Value {
    let target = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| root.pointer(reference.strip_prefix('#')?));
    if let Some(target) = target {
        return stated_defaults(target, root);
    }
    if let Some(default) = schema.get("default") {
        return default.clone();
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .filter(|(key, _)| key.as_str() != "global")
        .map(|(key, property)| (key.clone(), stated_defaults(property, root)))
        .filter(|(_, value)| !value.as_object().is_some_and(Map::is_empty))
        .collect::<Map<_, _>>()
        .into()
}

/// Puts plain words in place of templates: what they become is not judged by our walk, but by others.
fn without_templates(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("{{") || text.contains("${") => {
            "text".clone_into(text);
        }
        Value::Array(items) => items.iter_mut().for_each(without_templates),
        Value::Object(map) => map.values_mut().for_each(without_templates),
        _ => {}
    }
}

/// Returns every place of some documents alone, as it is and with each mistake; nothing twice.
pub fn mutants(documents: &[Value]) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for document in documents {
        places(document, &mut Vec::new(), &mut |path, value| {
            for mutant in at(path, value) {
                if seen.insert(mutant.values.to_string()) {
                    found.push(mutant);
                }
            }
        });
    }
    found
}

/// Returns about so many of them, the same ones every time, of all kinds and from all over the values.
pub fn some(mutants: Vec<Mutant>, count: usize) -> Vec<Mutant> {
    let one_in = mutants.len().div_ceil(count.max(1)).max(1) as u64;
    // FNV-1a: the same text gives the same number on every machine.
    let hash = |text: &str| {
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    mutants
        .into_iter()
        .filter(|mutant| (hash(&mutant.values.to_string()) >> 8).is_multiple_of(one_in))
        .collect()
}

fn places(value: &Value, path: &mut Vec<Step>, visit: &mut impl FnMut(&[Step], &Value)) {
    if !path.is_empty() {
        visit(path, value);
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                path.push(Step::Key(key.clone()));
                places(value, path, visit);
                path.pop();
            }
        }
        Value::Array(items) => {
            for item in items {
                path.push(Step::Element);
                places(item, path, visit);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Returns a place as it is, misspelled, one map too high, and with values of other types.
fn at(path: &[Step], value: &Value) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut add = |kind, path: Vec<Step>, value: &Value| {
        found.push(Mutant {
            values: nested(&path, value),
            path,
            kind,
        });
    };
    add("as it is", path.to_vec(), value);
    if let Some((Step::Key(key), above)) = path.split_last() {
        let misspelled = |key: String| {
            let mut path = above.to_vec();
            path.push(Step::Key(key));
            path
        };
        let letters: Vec<char> = key.chars().collect();
        let shorter: String = letters.iter().skip(1).collect();
        let doubled: String = letters.iter().chain(letters.last()).collect();
        if !shorter.is_empty() {
            add("a letter lost", misspelled(shorter), value);
        }
        add("a letter doubled", misspelled(doubled), value);
        let holder = above.iter().rposition(|step| matches!(step, Step::Key(_)));
        if let Some(holder) = holder {
            let mut higher = above[..holder].to_vec();
            higher.push(Step::Key(key.clone()));
            add("one map too high", higher, value);
        }
    }
    for stranger in strangers() {
        if std::mem::discriminant(&stranger) != std::mem::discriminant(value) {
            add("another type", path.to_vec(), &stranger);
        }
    }
    found
}

fn nested(path: &[Step], value: &Value) -> Value {
    path.iter()
        .rev()
        .fold(value.clone(), |inner, step| match step {
            Step::Key(key) => json!({key.as_str(): inner}),
            Step::Element => json!([inner]),
        })
}

/// Reads values as our walk takes them.
pub fn node(values: &Value) -> Node {
    crate::overrides::read("mutant.yaml", &values.to_string())
}
