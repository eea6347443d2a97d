//! Helm's two ways of laying values over values.

use super::{Entry, Map, Node, Value};

/// Which major version of Helm is meant, where they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Helm {
    /// Helm 3 (3.21).
    #[default]
    V3,
    /// Helm 4 (4.2).
    V4,
}

/// Lays one values file over another, as Helm does with several `-f` files.
///
/// Maps merge key by key; lists and scalars replace. A `null` replaces too and stays, so that it
/// later removes the chart's default ([`coalesce`]). A node of the result has the place of the file
/// that won; a merged map has the place it has in `over`. Keys keep the order of `base`, new
/// ones follow in the order of `over`.
///
/// Source: `MergeMaps` of Helm 4.2, `mergeMaps` of Helm 3.21 (`pkg/cli/values`).
///
/// # Examples
///
/// ```
/// use helmwright::source::Source;
/// use helmwright::yaml;
///
/// let read = |text| yaml::read(&Source::new("values.yaml", text)).unwrap();
/// let merged = yaml::merge(read("a: {b: 1, c: 2}"), &read("a: {c: null}"));
/// assert_eq!(merged.to_json().to_string(), r#"{"a":{"b":1,"c":null}}"#);
/// ```
#[must_use]
pub fn merge(base: Node, over: &Node) -> Node {
    let (Value::Map(mut map), Value::Map(changes)) = (base.value, &over.value) else {
        return over.clone();
    };
    for (name, change) in changes {
        match map.get_mut(name) {
            Some(entry) => {
                let value = std::mem::replace(
                    &mut entry.value,
                    Node::new(Value::Null, change.value.location.clone()),
                );
                entry.value = merge(value, &change.value);
                entry.key = change.key.clone();
            }
            None => {
                map.insert(name.clone(), change.clone());
            }
        }
    }
    Node::new(Value::Map(map), over.location.clone())
}

/// Returns what a chart's templates see as `.Values` in Helm 3: its own `values.yaml` under the
/// values the user gave.
///
/// - The user's lists and scalars replace, maps merge.
/// - A `null` of the user removes the key of the chart. Where the chart has no such key it stays
///   `null`; below the top level also where the chart's default is `null` itself.
/// - A map of the user over a scalar or list of the chart wins, and the other way round, too. (Helm
///   prints a warning for the first. Its text for the second is the same, and still the user wins.)
/// - A `null` among the chart's own defaults stays in Helm 3 and goes in Helm 4; that is the
///   only difference between the two, see [`coalesce_for`].
///
/// Values for subcharts lie under their names and are coalesced again with the subchart's own
/// defaults; do so with the subchart's `defaults` and the part of `values` under its name. Under
/// such a name, and in `global`, Helm keeps the user's `null` until then.
///
/// A node has the place of the side that won. A map on both sides has the user's place.
///
/// Source: `CoalesceValues`, Helm 3.21 `pkg/chartutil/coalesce.go`, Helm 4.2
/// `pkg/chart/common/util/coalesce.go`; checked against both programs.
///
/// # Examples
///
/// ```
/// use helmwright::source::Source;
/// use helmwright::yaml;
///
/// let read = |text| yaml::read(&Source::new("values.yaml", text)).unwrap();
/// let values = yaml::coalesce(&read("a: {b: 1, c: 2}\nd: 3"), &read("a: {c: null}"));
/// assert_eq!(values.to_json().to_string(), r#"{"a":{"b":1},"d":3}"#);
/// ```
#[must_use]
pub fn coalesce(defaults: &Node, values: &Node) -> Node {
    coalesce_for(Helm::V3, defaults, values)
}

/// Returns what a chart's templates see as `.Values` in one major version of Helm.
///
/// See [`coalesce`] for the rules.
#[must_use]
pub fn coalesce_for(helm: Helm, defaults: &Node, values: &Node) -> Node {
    let (Value::Map(defaults_map), Value::Map(values_map)) = (&defaults.value, &values.value)
    else {
        // No values file at all is an empty one.
        let node = if values.value == Value::Null {
            defaults
        } else {
            values
        };
        return if helm == Helm::V4 && values.value == Value::Null {
            without_nulls(node)
        } else {
            node.clone()
        };
    };
    let mut map = Map::new();
    for (name, default) in defaults_map {
        let entry = match values_map.get(name) {
            Some(value) => match coalesce_top(helm, &default.value, &value.value) {
                Some(node) => Entry {
                    key: value.key.clone(),
                    value: node,
                },
                None => continue,
            },
            None if helm == Helm::V3 => default.clone(),
            None if default.value.value == Value::Null => continue,
            None => Entry {
                key: default.key.clone(),
                value: without_nulls(&default.value),
            },
        };
        map.insert(name.clone(), entry);
    }
    append_new(&mut map, defaults_map, values_map);
    Node::new(Value::Map(map), values.location.clone())
}

/// Coalesces the value of one top-level key that both sides have; nothing means removed.
fn coalesce_top(helm: Helm, default: &Node, value: &Node) -> Option<Node> {
    match (&default.value, &value.value) {
        (_, Value::Null) => None,
        (Value::Map(_), Value::Map(_)) => Some(match helm {
            Helm::V3 => coalesce_tables(default, value),
            Helm::V4 => coalesce_tables(&without_nulls(default), value),
        }),
        _ => Some(value.clone()),
    }
}

/// Coalesces two maps below the top level.
fn coalesce_tables(default: &Node, value: &Node) -> Node {
    let (Value::Map(defaults), Value::Map(values)) = (&default.value, &value.value) else {
        return value.clone();
    };
    let mut map = Map::new();
    for (name, default) in defaults {
        let entry = match values.get(name) {
            None => default.clone(),
            Some(entry)
                if entry.value.value == Value::Null && default.value.value != Value::Null =>
            {
                continue;
            }
            Some(entry) => Entry {
                key: entry.key.clone(),
                value: coalesce_tables(&default.value, &entry.value),
            },
        };
        map.insert(name.clone(), entry);
    }
    append_new(&mut map, defaults, values);
    Node::new(Value::Map(map), value.location.clone())
}

/// Adds the user's keys that the chart does not have.
fn append_new(map: &mut Map, defaults: &Map, values: &Map) {
    for (name, entry) in values {
        if !defaults.contains_key(name) {
            map.insert(name.clone(), entry.clone());
        }
    }
}

/// Returns a tree without the keys whose value is `null`, in maps of maps; lists stay as they are.
fn without_nulls(node: &Node) -> Node {
    let Value::Map(map) = &node.value else {
        return node.clone();
    };
    let kept = map
        .iter()
        .filter(|(_, entry)| entry.value.value != Value::Null)
        .map(|(name, entry)| {
            let entry = Entry {
                key: entry.key.clone(),
                value: without_nulls(&entry.value),
            };
            (name.clone(), entry)
        })
        .collect();
    Node::new(Value::Map(kept), node.location.clone())
}
