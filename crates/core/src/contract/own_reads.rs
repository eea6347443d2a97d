//! Keys that no template of the chart reads, but one inside the values themselves.

use crate::diagnostic::Diagnostic;
use crate::source::Location;
use crate::templates::paths_in;
use crate::yaml::{Node, Value};

use super::Wording;

/// Leaves out the findings about keys that a template inside the values reads.
pub(super) fn forgive(found: Vec<Diagnostic>, values: &Node, wording: &Wording) -> Vec<Diagnostic> {
    let mut paths = Vec::new();
    collect(values, &mut paths);
    if paths.is_empty() {
        return found;
    }
    let mut read = Vec::new();
    for path in &paths {
        mark(values, path, &mut read);
    }
    let unread = [wording.id("unknown-key"), wording.id("dead-key")];
    found
        .into_iter()
        .filter(|finding| {
            !unread.contains(&finding.id)
                || !finding.location().is_some_and(|place| {
                    read.iter().any(|key| {
                        key.span == place.span && key.source.name() == place.source.name()
                    })
                })
        })
        .collect()
}

/// Collects the paths that texts name.
fn collect(node: &Node, paths: &mut Vec<Vec<String>>) {
    match &node.value {
        Value::String(text) => {
            for path in paths_in(text) {
                if !path.is_empty() && !paths.contains(&path) {
                    paths.push(path);
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, paths)),
        Value::Map(map) => map.values().for_each(|entry| collect(&entry.value, paths)),
        _ => {}
    }
}

/// Notes the keys on a path, and all below its end.
fn mark(values: &Node, path: &[String], read: &mut Vec<Location>) {
    let Some((first, rest)) = path.split_first() else {
        mark_all(values, read);
        return;
    };
    if let Some(entry) = values.as_map().and_then(|map| map.get(first)) {
        read.push(entry.key.clone());
        mark(&entry.value, rest, read);
    }
}

fn mark_all(node: &Node, read: &mut Vec<Location>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| mark_all(item, read)),
        Value::Map(map) => {
            for entry in map.values() {
                read.push(entry.key.clone());
                mark_all(&entry.value, read);
            }
        }
        _ => {}
    }
}
