//! What a chart's unit tests (helm-unittest) set: more values that its authors hold right.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use helmwright::source::Source;
use helmwright::yaml::{self, Entry, Map, Node, Value};

use super::documents::{Document, Documents};

/// Takes every test of a suite; what cannot be read is left out and said.
pub(crate) fn take(path: &Path, name: &str, documents: &mut Documents) -> Result<()> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let Ok(suites) = yaml::read_all(&Source::new(name, text.as_str())) else {
        let why = "a unit test that cannot be read".to_owned();
        documents.left_out.push((name.to_owned(), why));
        return Ok(());
    };
    for suite in suites {
        let Some(Value::List(tests)) = suite.get("tests").map(|tests| &tests.value) else {
            continue;
        };
        for test in tests {
            if expects_failure(test) {
                continue;
            }
            let mut values = Node::new(Value::Map(Map::new()), test.location.clone());
            for set in [suite.get("set"), test.get("set")].into_iter().flatten() {
                for (path, entry) in set.as_map().into_iter().flatten() {
                    put(&mut values, path, entry);
                }
            }
            if values.as_map().is_some_and(|map| !map.is_empty()) {
                let line = test.location.start().line;
                let name = format!("{name}:{line}");
                documents.unit_tests.push(Document { name, values });
            }
        }
    }
    Ok(())
}

fn expects_failure(test: &Node) -> bool {
    match test.get("asserts").map(|asserts| &asserts.value) {
        Some(Value::List(asserts)) => asserts
            .iter()
            .any(|assert| assert.get("failedTemplate").is_some()),
        _ => false,
    }
}

/// Puts a value at a path such as `a.b[0].c` or `a["b.c"].d`; the elements of lists are left out.
fn put(values: &mut Node, path: &str, entry: &Entry) {
    let Some((first, rest)) = keys(path).and_then(|mut keys| {
        let last = keys.pop()?;
        Some((keys, last))
    }) else {
        return;
    };
    let mut node = values;
    for key in first {
        let Value::Map(map) = &mut node.value else {
            return;
        };
        let below = map.entry(key).or_insert_with(|| Entry {
            key: entry.key.clone(),
            value: Node::new(Value::Map(Map::new()), entry.value.location.clone()),
        });
        node = &mut below.value;
    }
    if let Value::Map(map) = &mut node.value {
        map.insert(rest, entry.clone());
    }
}

fn keys(path: &str) -> Option<Vec<String>> {
    let mut keys = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('[') {
            let (key, after) = quoted.split_once(']')?;
            let key = key.trim_matches(['"', '\'']);
            if key.parse::<usize>().is_ok() {
                return None;
            }
            keys.push(key.to_owned());
            rest = after.strip_prefix('.').unwrap_or(after);
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            keys.push(rest[..end].to_owned());
            rest = &rest[end..];
            rest = rest.strip_prefix('.').unwrap_or(rest);
        }
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_tests_are_read() {
        assert_eq!(keys("a.b").unwrap(), ["a", "b"]);
        assert_eq!(keys("a[\"b.c\"].d").unwrap(), ["a", "b.c", "d"]);
        assert_eq!(keys("a[0].d"), None);
    }
}
