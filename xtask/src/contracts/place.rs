//! Places in a tree of values.

use helmwright::yaml::{Node, Value};

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// Writes a path with every list index as `[]`: the same place in several files, and in several elements, is one.
pub(crate) fn pattern(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Index(_) => text.push_str("[]"),
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                if key.is_empty() || key.contains(['.', '"', ' ']) {
                    text.push_str(&format!("{key:?}"));
                } else {
                    text.push_str(key);
                }
            }
        }
    }
    if text.is_empty() {
        "(top)".to_owned()
    } else {
        text
    }
}

/// Returns the node at a path.
pub(crate) fn at<'a>(node: &'a Node, path: &[Step]) -> Option<&'a Node> {
    path.iter()
        .try_fold(node, |node, step| match (step, &node.value) {
            (Step::Key(key), Value::Map(map)) => map.get(key).map(|entry| &entry.value),
            (Step::Index(index), Value::List(items)) => items.get(*index),
            _ => None,
        })
}

/// Returns the node at a path, to change it.
pub(crate) fn at_mut<'a>(node: &'a mut Node, path: &[Step]) -> Option<&'a mut Node> {
    path.iter()
        .try_fold(node, |node, step| match (step, &mut node.value) {
            (Step::Key(key), Value::Map(map)) => map.get_mut(key).map(|entry| &mut entry.value),
            (Step::Index(index), Value::List(items)) => items.get_mut(*index),
            _ => None,
        })
}

/// Returns the paths of all nodes below one, each before those below it.
pub(crate) fn paths(node: &Node) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    collect(node, &mut Vec::new(), &mut found);
    found
}

fn collect(node: &Node, path: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let mut below = |step, node: &Node| {
        path.push(step);
        found.push(path.clone());
        collect(node, path, found);
        path.pop();
    };
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in map {
                below(Step::Key(key.clone()), &entry.value);
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                below(Step::Index(index), item);
            }
        }
        _ => {}
    }
}
