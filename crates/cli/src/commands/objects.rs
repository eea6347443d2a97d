//! Files of Kubernetes objects: what is in them, and whether each object fits its kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use helmwright::contract;
use helmwright::diagnostic::Diagnostic;
use helmwright::source::{Location, Source};
use helmwright::yaml::{self, Entry, Map, Node, Value};

/// The objects of a file.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// How many there are of each kind, as `batch/v1 Job`.
    pub(super) kinds: BTreeMap<String, usize>,
    /// What is wrong with them.
    pub(super) found: Vec<Diagnostic>,
}

impl Objects {
    /// Reads a stream, and checks each object by its kind; those of a `List` one by one.
    pub(super) fn read(source: &Arc<Source>) -> Self {
        let mut objects = Self::default();
        match yaml::read_all(source) {
            Ok(nodes) => nodes.iter().for_each(|node| objects.add(node)),
            Err(found) => objects.found = found,
        }
        objects
    }

    fn add(&mut self, node: &Node) {
        if let Some(items) = items(node) {
            return items.iter().for_each(|item| self.add(item));
        }
        self.found.extend(contract::check_object(node));
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        if let (Some(version), Some(kind)) = (text("apiVersion"), text("kind")) {
            *self.kinds.entry(format!("{version} {kind}")).or_default() += 1;
        }
    }

    /// Returns how many objects there are.
    pub(super) fn count(&self) -> usize {
        self.kinds.values().sum()
    }

    /// Adds the objects of another file.
    pub(super) fn join(&mut self, other: Self) {
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        self.found.extend(other.found);
    }
}

/// Returns what kinds there are in a few words, without their groups: `1 Job, 2 NetworkPolicy`.
pub(super) fn in_words(kinds: &BTreeMap<String, usize>) -> String {
    let words: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| {
            let kind = kind.rsplit(' ').next().unwrap_or(kind);
            format!("{count} {kind}")
        })
        .collect();
    words.join(", ")
}

/// Returns the objects of a `List`, as `kubectl get` prints one.
fn items(node: &Node) -> Option<&[Node]> {
    if node.get("kind").and_then(Node::as_str) != Some("List") {
        return None;
    }
    match &node.get("items")?.value {
        Value::List(items) => Some(items),
        _ => None,
    }
}

/// Reads a stream of objects as one tree, each object under its kind and name, so that two streams can be compared
/// whatever their order; none if it cannot be read.
pub(super) fn by_name(source: &Arc<Source>) -> Option<Node> {
    let mut map = Map::new();
    for object in yaml::read_all(source).ok()? {
        let text = |node: Option<&Node>| {
            node.and_then(Node::as_str)
                .map(str::to_owned)
                .unwrap_or_default()
        };
        let kind = text(object.get("kind"));
        let name = text(object.at(&["metadata", "name"]));
        let namespace = text(object.at(&["metadata", "namespace"]));
        let name = if namespace.is_empty() {
            format!("{kind} {name}")
        } else {
            format!("{kind} {namespace}/{name}")
        };
        let key = object.location.clone();
        map.insert(name, Entry { key, value: object });
    }
    Some(Node::new(Value::Map(map), Location::of_file(source)))
}

/// Returns whether a text holds objects, by its first lines: keys of values may be called so too, further in.
pub(super) fn is_objects(source: &Source) -> bool {
    let begins = |key: &str| source.text().lines().any(|line| line.starts_with(key));
    // JSON, as `kubectl get -o json` prints it.
    let json = || source.text().contains("\"apiVersion\"") && source.text().contains("\"kind\"");
    (begins("apiVersion:") && begins("kind:"))
        || (source.text().trim_start().starts_with('{') && json())
}
