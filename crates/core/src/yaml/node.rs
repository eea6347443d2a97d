//! The tree that a YAML text is read into, every node with its place.

use indexmap::IndexMap;

use crate::source::Location;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where the value stands (not its key).
    pub location: Location,
}

/// A YAML value, read the way Helm reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `false` and YAML 1.1's other words for them.
    Bool(bool),
    /// A whole number, exactly as written. Helm hands it to templates as a 64-bit float, which
    /// keeps 53 bits.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    String(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the text.
    Map(Map),
}

/// A mapping from names to entries, in the order of the text.
pub type Map = IndexMap<String, Entry>;

/// One key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the key stands.
    pub key: Location,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// Makes a node.
    pub fn new(value: Value, location: Location) -> Self {
        Self { value, location }
    }

    /// Returns the mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key).map(|entry| &entry.value)
    }

    /// Returns the node at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the same data without places.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(bool) => Json::Bool(*bool),
            Value::Integer(number) => i64::try_from(*number)
                .map(Json::from)
                .or_else(|_| u64::try_from(*number).map(Json::from))
                .unwrap_or_else(|_| {
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "JSON has no larger whole numbers; Helm reads them as floats too"
                    )]
                    let float = *number as f64;
                    Json::from(float)
                }),
            Value::Float(number) => Json::from(*number),
            Value::String(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Map(map) => Json::Object(
                map.iter()
                    .map(|(key, entry)| (key.clone(), entry.value.to_json()))
                    .collect(),
            ),
        }
    }
}

impl Value {
    /// Returns the word for its type that JSON Schema and our messages use.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Integer(_) => "integer",
            Self::Float(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "array",
            Self::Map(_) => "object",
        }
    }
}
