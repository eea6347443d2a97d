//! Ten kinds of broken values, made for any contract: the places to break are found in it.

use serde_json::{Map, Value, json};

use super::bare::Subject;

pub(crate) const KINDS: [&str; 10] = [
    "an unknown key at the top",
    "a misspelled key below the top",
    "a key one level too high",
    "an unknown key under resources",
    "an unknown key in a subchart",
    "a text for a boolean",
    "a text for a number",
    "a map for a text",
    "a text for a map",
    "a map for a list",
];

/// One broken values file.
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) values: Value,
}

/// Returns a case of every kind that the contract has a place for.
pub(crate) fn cases(subject: &Subject) -> Vec<Case> {
    let schema: Value = serde_json::from_str(&subject.schema).unwrap();
    let mut places = Vec::new();
    collect(&schema, &schema, &mut Vec::new(), &mut places);
    let find = |wanted: &dyn Fn(&Place) -> bool| places.iter().find(|place| wanted(place));
    let typed = |name: &'static str| {
        move |place: &Place| place.types == [name, "null"] || place.types == [name]
    };
    let mut cases = Vec::new();
    let mut add =
        |kind, values: Option<Value>| cases.extend(values.map(|values| Case { kind, values }));
    add(KINDS[0], Some(json!({"definitelyNotAKey": 1})));
    add(
        KINDS[1],
        find(&|place| {
            place.closed && !place.path.is_empty() && place.keys.iter().any(|key| key == "enabled")
        })
        .map(|place| at(&place.path, json!({"enabeld": true}))),
    );
    add(
        KINDS[2],
        find(&|place| {
            place.path.len() == 2
                && place.types.first() == Some(&"integer")
                && schema["properties"].get(place.path[1].as_str()).is_none()
        })
        .map(|place| json!({place.path[1].as_str(): 1})),
    );
    add(
        KINDS[3],
        find(&|place| place.closed && place.path.last().is_some_and(|key| key == "resources"))
            .map(|place| at(&place.path, json!({"limitz": {"cpu": 1}}))),
    );
    add(KINDS[4], Some(json!({"closed": {"sise": 1}})));
    add(
        KINDS[5],
        find(&typed("boolean")).map(|place| at(&place.path, json!("true"))),
    );
    add(
        KINDS[6],
        find(&typed("integer")).map(|place| at(&place.path, json!("many"))),
    );
    add(
        KINDS[7],
        find(&typed("string")).map(|place| at(&place.path, json!({"a": 1}))),
    );
    add(
        KINDS[8],
        find(&|place| place.closed && !place.path.is_empty())
            .map(|place| at(&place.path, json!("text"))),
    );
    add(
        KINDS[9],
        find(&typed("array")).map(|place| at(&place.path, json!({"a": 1}))),
    );
    cases
}

/// A place in a contract.
struct Place {
    path: Vec<String>,
    types: Vec<&'static str>,
    closed: bool,
    keys: Vec<String>,
}

fn collect(root: &Value, schema: &Value, path: &mut Vec<String>, places: &mut Vec<Place>) {
    let schema = match schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix('#'))
    {
        Some(pointer) => root.pointer(pointer).unwrap_or(schema),
        None => schema,
    };
    let names = [
        "boolean", "integer", "string", "array", "object", "number", "null",
    ];
    let types = match schema.get("type") {
        Some(Value::String(name)) => names
            .iter()
            .copied()
            .filter(|known| known == name)
            .collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|name| names.iter().copied().find(|known| name == known))
            .collect(),
        _ => Vec::new(),
    };
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_else(Map::new);
    if schema.get("x-dead").is_none() && schema.get("anyOf").is_none() {
        places.push(Place {
            path: path.clone(),
            types,
            closed: schema.get("additionalProperties") == Some(&json!(false)),
            keys: properties.keys().cloned().collect(),
        });
    }
    if path.len() < 6 {
        for (key, property) in &properties {
            path.push(key.clone());
            collect(root, property, path, places);
            path.pop();
        }
    }
}

fn at(path: &[String], value: Value) -> Value {
    path.iter()
        .rev()
        .fold(value, |inner, key| json!({key.as_str(): inner}))
}
