//! The keys of a map, one after the other.

use std::collections::HashSet;

use super::finding;
use super::reader::Done;
use super::scalar;
use super::{Entry, Map, Node, Value};
use crate::diagnostic::Diagnostic;
use crate::source::Location;

/// A map that is being read.
pub(super) struct Mapping {
    pub(super) map: Map,
    pending: Pending,
    /// Keys that came by `<<` and may still be overridden.
    merged: HashSet<String>,
}

/// What the next node of a map is.
enum Pending {
    Key,
    Value {
        name: String,
        location: Location,
    },
    /// The value of `<<`.
    Merge(Location),
    /// The value of a key that was refused.
    Nothing,
}

impl Mapping {
    pub(super) fn new() -> Self {
        Self {
            map: Map::new(),
            pending: Pending::Key,
            merged: HashSet::new(),
        }
    }

    /// Returns whether the next node is a key.
    pub(super) const fn expects_key(&self) -> bool {
        matches!(self.pending, Pending::Key)
    }

    /// Takes the next node, a key or a value.
    pub(super) fn take(&mut self, done: Done, found: &mut Vec<Diagnostic>) {
        match std::mem::replace(&mut self.pending, Pending::Key) {
            Pending::Key => self.pending = after_key(done, found),
            Pending::Value { name, location } => {
                let entry = Entry {
                    key: location,
                    value: done.node,
                };
                self.set(name, entry, found);
            }
            Pending::Merge(sign) => self.merge(&sign, done.node, found),
            Pending::Nothing => {}
        }
    }

    /// Sets a key that stands in the map itself.
    fn set(&mut self, name: String, entry: Entry, found: &mut Vec<Diagnostic>) {
        match self.map.get(&name) {
            Some(earlier) if !self.merged.remove(&name) => {
                found.push(finding::duplicate_key(&entry.key, &earlier.key, &name));
            }
            _ => {
                self.map.insert(name, entry);
            }
        }
    }

    /// Adds what `<<` stands for.
    fn merge(&mut self, sign: &Location, node: Node, found: &mut Vec<Diagnostic>) {
        let parts = match node.value {
            Value::Map(part) => vec![part],
            Value::List(items) => {
                let mut parts: Vec<Map> = Vec::with_capacity(items.len());
                for item in items {
                    let Value::Map(part) = item.value else {
                        return found.push(finding::merge_value(&item.location));
                    };
                    parts.push(part);
                }
                // The first of several wins, so it is set last.
                parts.reverse();
                parts
            }
            _ => return found.push(finding::merge_value(&node.location)),
        };
        for (name, entry) in parts.into_iter().flatten() {
            match self.map.get(&name) {
                Some(explicit) if !self.merged.contains(&name) => {
                    found.push(finding::merge_order(sign, &explicit.key, &name));
                }
                _ => {
                    self.merged.insert(name.clone());
                    self.map.insert(name, entry);
                }
            }
        }
    }
}

/// Returns what follows a key.
fn after_key(done: Done, found: &mut Vec<Diagnostic>) -> Pending {
    let location = done.node.location;
    if done.merge_sign {
        return Pending::Merge(location);
    }
    let name = done.key.or_else(|| scalar::key_text(&done.node.value));
    if let Some(name) = name {
        return Pending::Value { name, location };
    }
    found.push(match done.node.value {
        Value::List(_) | Value::Map(_) => finding::key_is_collection(&location),
        Value::Null => finding::key_is_null(&location),
        _ => finding::key_is_too_large(&location),
    });
    Pending::Nothing
}
