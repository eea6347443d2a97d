//! Paths of keys into values and environments.

use serde_json::{Map, Value};

/// Keys from the root down.
pub(super) type Path = Vec<String>;

/// Writes a path as people write it, keys with dots in quotes.
pub(super) fn show(path: &[String]) -> String {
    path.iter()
        .map(|key| {
            if key.is_empty()
                || key.contains(|letter: char| letter == '.' || letter.is_whitespace())
            {
                format!("{key:?}")
            } else {
                key.clone()
            }
        })
        .collect::<Vec<_>>()
        .join(".")
}

/// Splits a dotted path whose keys have no dots.
pub(super) fn split(path: &str) -> Path {
    path.split('.').map(str::to_owned).collect()
}

/// Sets a value in a document, making maps on the way, and lists where a part is a number.
pub(super) fn set(document: &mut Value, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *document = value;
        return;
    };
    if let Ok(index) = first.parse::<usize>() {
        if !document.is_array() {
            *document = Value::Array(Vec::new());
        }
        if let Value::Array(items) = document {
            while items.len() <= index {
                items.push(Value::Null);
            }
            if let Some(item) = items.get_mut(index) {
                set(item, rest, value);
            }
        }
        return;
    }
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    if let Value::Object(map) = document {
        set(map.entry(first.clone()).or_insert(Value::Null), rest, value);
    }
}

/// Removes a value from a document, and the maps on the way that are empty then.
pub(super) fn remove(document: &mut Value, path: &[String]) {
    let (Some((first, rest)), Value::Object(map)) = (path.split_first(), document) else {
        return;
    };
    if rest.is_empty() {
        map.shift_remove(first);
    } else if let Some(inner) = map.get_mut(first) {
        remove(inner, rest);
        if inner.as_object().is_some_and(Map::is_empty) {
            map.shift_remove(first);
        }
    }
}
