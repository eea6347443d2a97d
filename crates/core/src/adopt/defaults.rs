//! What a chart has where values say nothing: from its own files, or as far as its contract states it.

use serde_json::Value as Json;

use crate::chart::Chart;
use crate::contract::{Contract, Schema};
use crate::source::{Location, Source, Span};
use crate::yaml::{Entry, Map, Node, Value};

/// A chart's defaults.
pub(super) struct Defaults {
    tree: Node,
    /// Whether the tree is the chart's own, and so tells what is absent too.
    pub(super) exact: bool,
}

impl Defaults {
    /// Takes the chart's own defaults, those of its subcharts under their names, as Helm does.
    pub(super) fn of_chart(chart: &Chart) -> Self {
        Self {
            tree: chart.defaults(),
            exact: true,
        }
    }

    /// Takes what the contract states: scalars, and lists and maps that are empty.
    pub(super) fn of_contract(contract: &Contract) -> Self {
        let source = Source::new("contract", "");
        let place = Location::new(&source, Span::default());
        Self {
            tree: stated(&contract.schema, &contract.schema, &place, DEEPEST)
                .unwrap_or_else(|| Node::new(Value::Map(Map::default()), place)),
            exact: false,
        }
    }

    /// Returns all that is known.
    pub(super) fn tree(&self) -> &Node {
        &self.tree
    }

    /// Returns what the chart has at a path of keys, if that is known.
    pub(super) fn at(&self, path: &[String]) -> Option<&Node> {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let node = self.tree.at(&keys)?;
        // A map that is put together from its children may have more than they say.
        let pieced = !self.exact && node.as_map().is_some_and(|map| !map.is_empty());
        (!pieced).then_some(node)
    }
}

/// Values nest no deeper; a definition that refers to itself ends here.
const DEEPEST: u8 = 32;

/// Returns the defaults that a schema states, as a tree.
fn stated(schema: &Schema, root: &Schema, place: &Location, steps: u8) -> Option<Node> {
    let steps = steps.checked_sub(1)?;
    if let Some(default) = &schema.default {
        return Some(from_json(&default.to_json(), place));
    }
    let schema = schema.resolve(root);
    if let Some(default) = &schema.default {
        return Some(from_json(&default.to_json(), place));
    }
    let mut map = Map::default();
    for (name, property) in &schema.properties {
        if let Some(value) = stated(property, root, place, steps) {
            let key = place.clone();
            map.insert(name.to_string(), Entry { key, value });
        }
    }
    (!map.is_empty()).then(|| Node::new(Value::Map(map), place.clone()))
}

/// Makes a node of data, all of it at one place.
pub(super) fn from_json(json: &Json, place: &Location) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => number.as_i64().map_or_else(
            || Value::Float(number.as_f64().unwrap_or_default()),
            |number| Value::Integer(number.into()),
        ),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => {
            Value::List(items.iter().map(|item| from_json(item, place)).collect())
        }
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(name, value)| {
                    let entry = Entry {
                        key: place.clone(),
                        value: from_json(value, place),
                    };
                    (name.clone(), entry)
                })
                .collect(),
        ),
    };
    Node::new(value, place.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stated_defaults_become_a_tree() {
        let contract = Contract::from_json(
            r#"{"title": "demo 1.0.0", "type": "object", "additionalProperties": false, "properties": {
                "a": {"type": ["object", "null"], "properties": {
                    "b": {"type": ["integer", "null"], "default": 3},
                    "c": {"type": ["string", "null"]}}},
                "d": {"type": ["array", "null"]}}}"#,
        )
        .unwrap();
        let defaults = Defaults::of_contract(&contract);
        assert_eq!(defaults.tree().to_json().to_string(), r#"{"a":{"b":3}}"#);
        let at = |path: &str| {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            defaults.at(&path).is_some()
        };
        assert_eq!(
            ["a.b", "a.c", "a", "d"].map(at),
            [true, false, false, false]
        );
    }
}
