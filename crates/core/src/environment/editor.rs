//! Fits the environment schema to editors, which see one file and not its layers.
//!
//! - A key that is needed may come from a lower layer, so `required` becomes `x-required`, which only we read.
//!   Lists are replaced whole: what their elements need stays `required`.
//! - Null takes a lower layer's value back, so every other key admits it.
//! - Language servers show the innermost description, so a definition's makes way for that of the key; and they show
//!   no type and no default, so these are written out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::contract::Schema;

/// Changes a schema so that a layer alone is no error in an editor.
pub(super) fn fit(root: &mut Value) {
    let in_lists = reached_from_lists(root);
    each_schema(root, &mut |schema| {
        let needed: BTreeSet<String> = names(schema.get("required")).collect();
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            return;
        };
        for (key, property) in properties {
            if !needed.contains(key) {
                admit_null(property);
            }
        }
    });
    each_schema(root, &mut |schema| {
        if let Some(other) = schema
            .get_mut("additionalProperties")
            .filter(|other| other.is_object())
        {
            admit_null(other);
        }
    });
    if let Some(definitions) = root.get_mut("definitions").and_then(Value::as_object_mut) {
        for (name, definition) in definitions {
            if let Some(definition) = definition.as_object_mut() {
                rename(definition, "description", "x-description");
                if !in_lists.contains(name) {
                    rename(definition, "required", "x-required");
                }
            }
        }
    }
    each_schema(root, &mut drop_null_default);
    describe(root);
}

/// Writes type and default behind every key's description.
fn describe(root: &mut Value) {
    let Ok(whole) = serde_json::from_value::<Schema>(root.clone()) else {
        return;
    };
    each_schema(root, &mut |schema| {
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            return;
        };
        for property in properties.values_mut() {
            let Ok(read) = serde_json::from_value::<Schema>(property.clone()) else {
                continue;
            };
            let Some(property) = property.as_object_mut() else {
                continue;
            };
            let said = property.get("description").and_then(Value::as_str);
            let mut summary = read.summary(&whole);
            // A description that tells the default itself tells more.
            if said.is_some_and(|said| said.contains("Default:")) {
                summary =
                    summary.and_then(|words| words.split(", default").next().map(str::to_owned));
            }
            let words = [said.map(str::to_owned), summary];
            let text = words.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
            if text.is_empty() {
                continue;
            }
            // Of alternatives the servers show the plain description.
            if property.contains_key("anyOf") {
                rename(property, "description", "x-description");
                property.insert("description".to_owned(), json!(text));
                if let Some(own) = property.remove("x-description") {
                    property.insert("x-description".to_owned(), own);
                }
            }
            property.insert("markdownDescription".to_owned(), json!(text));
        }
    });
}

/// Takes away defaults that say nothing, and over which language servers stumble.
fn drop_null_default(schema: &mut Map<String, Value>) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// Lets a schema admit null besides what it admits.
fn admit_null(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    let null = json!({"type": "null"});
    for keyword in ["anyOf", "oneOf"] {
        if let Some(branches) = map.get_mut(keyword).and_then(Value::as_array_mut) {
            let admits = |branch: &Value| branch.get("type").is_some_and(holds_null);
            if !branches.iter().any(admits) {
                branches.push(null);
            }
            return;
        }
    }
    if let Some(branches) = map.remove("allOf") {
        let mut branches = branches.as_array().cloned().unwrap_or_default();
        let inner = match branches.len() {
            1 => branches.remove(0),
            _ => json!({"allOf": branches}),
        };
        map.insert("anyOf".to_owned(), Value::Array(vec![inner, null]));
    } else if let Some(reference) = map.remove("$ref") {
        map.insert(
            "anyOf".to_owned(),
            Value::Array(vec![json!({"$ref": reference}), null]),
        );
    } else if let Some(types) = map.get_mut("type")
        && !holds_null(types)
    {
        let mut all = match &*types {
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        };
        all.push(json!("null"));
        *types = Value::Array(all);
        if let Some(allowed) = map.get_mut("enum").and_then(Value::as_array_mut) {
            allowed.push(Value::Null);
        }
    }
}

fn holds_null(types: &Value) -> bool {
    names(Some(types)).any(|name| name == "null")
}

/// Returns the texts of a list, or a text that stands alone.
fn names(value: Option<&Value>) -> impl Iterator<Item = String> {
    let texts: Vec<String> = match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    };
    texts.into_iter()
}

fn rename(map: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = map.remove(from) {
        map.insert(to.to_owned(), value);
    }
}

/// Visits every map of a document of schemas; those that are no schemas have none of the keywords.
fn each_schema(value: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            visit(map);
            for value in map.values_mut() {
                each_schema(value, visit);
            }
        }
        Value::Array(items) => {
            for item in items {
                each_schema(item, visit);
            }
        }
        _ => {}
    }
}

/// Returns the definitions that elements of lists are made of.
fn reached_from_lists(root: &Value) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut left = Vec::new();
    items(root, &mut left);
    while let Some(schema) = left.pop() {
        let mut targets = Vec::new();
        references(schema, &mut targets);
        for name in targets {
            if reached.insert(name.to_owned())
                && let Some(target) = root.get("definitions").and_then(|all| all.get(name))
            {
                left.push(target);
            }
        }
    }
    reached
}

fn items<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("items"));
            for value in map.values() {
                items(value, found);
            }
        }
        Value::Array(all) => {
            for value in all {
                items(value, found);
            }
        }
        _ => {}
    }
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            let target = map.get("$ref").and_then(Value::as_str);
            found.extend(target.and_then(|target| target.strip_prefix("#/definitions/")));
            for value in map.values() {
                references(value, found);
            }
        }
        Value::Array(all) => {
            for value in all {
                references(value, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_alone_is_no_error_and_null_takes_back() {
        let mut root = json!({
            "properties": {
                "store": {"description": "The store.", "allOf": [{"$ref": "#/definitions/Store"}]},
                "rows": {"type": "array", "items": {"$ref": "#/definitions/Row"}},
            },
            "definitions": {
                "Store": {"description": "A store.", "required": ["a"], "properties": {
                    "a": {"type": "string"}, "b": {"type": "integer", "default": 3},
                }},
                "Row": {"required": ["a"], "properties": {"a": {"type": "string"}}},
            },
        });
        fit(&mut root);
        let expected = json!({
            "properties": {
                "store": {
                    "description": "The store.", "x-description": "The store.",
                    "anyOf": [{"$ref": "#/definitions/Store"}, {"type": "null"}],
                    "markdownDescription": "The store.",
                },
                "rows": {
                    "type": ["array", "null"], "items": {"$ref": "#/definitions/Row"},
                    "markdownDescription": "`array`",
                },
            },
            "definitions": {
                "Store": {"x-description": "A store.", "x-required": ["a"], "properties": {
                    "a": {"type": "string", "markdownDescription": "`string`"},
                    "b": {"type": ["integer", "null"], "default": 3, "markdownDescription": "`integer`, default `3`"},
                }},
                "Row": {"required": ["a"], "properties": {"a": {"type": "string", "markdownDescription": "`string`"}}},
            },
        });
        assert_eq!(root, expected);
    }
}
