//! What a scalar may be, and defaults as facts.

use crate::units::check_format;
use crate::yaml::{Node, Value};

use super::super::kubernetes;
use super::super::schema::{Literal, Schema, Types};
use super::super::upstream::Upstream;

/// The types of scalars.
pub(super) const SCALARS: Types = Types::STRING
    .with(Types::BOOLEAN)
    .with(Types::INTEGER)
    .with(Types::NUMBER);

/// Returns what a scalar may be, from its default and the chart's own schema.
pub(super) fn scalar(key: &str, default: Option<&Node>, own: Upstream<'_>) -> Schema {
    let Some(node) = default else {
        return Schema::of(SCALARS.with(Types::NULL));
    };
    let mut schema = match &node.value {
        Value::Bool(_) => Schema::of(Types::BOOLEAN),
        Value::Integer(_) if kubernetes::is_integer_or_string(key) => {
            Schema::of(Types::INTEGER.with(Types::STRING))
        }
        Value::Integer(_) => Schema::of(Types::INTEGER),
        Value::Float(_) => Schema::of(Types::NUMBER),
        Value::String(text) => text_schema(key, text),
        _ => Schema::default(),
    };
    own.refine(&mut schema);
    schema.types = schema.types.with(Types::NULL);
    // A default password is a fact nobody should find in two places.
    if !key.to_lowercase().ends_with("password") {
        schema.default = default_of(node);
    }
    schema
}

fn text_schema(key: &str, text: &str) -> Schema {
    let mut schema = Schema::of(Types::STRING);
    if kubernetes::is_integer_or_string(key) {
        schema.types = schema.types.with(Types::INTEGER);
    }
    // `size: 10Gi` is a volume's size; a bare number or a word under that name is not.
    let is_size = key == "size" && text.ends_with(|last: char| last.is_ascii_alphabetic());
    if is_size && check_format("storage-quantity", text).is_ok() {
        schema.format = Some("storage-quantity".into());
    }
    schema
}

pub(super) fn is_scalar(node: &Node) -> bool {
    !matches!(node.value, Value::List(_) | Value::Map(_))
}

pub(super) fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// Returns the default as a fact; texts of several lines are configuration or prose, and stay in the chart.
pub(super) fn default_of(node: &Node) -> Option<Literal> {
    (!has_lines(node)).then(|| Literal::from_json(&node.to_json()))
}

pub(super) fn has_lines(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains('\n'),
        Value::List(items) => items.iter().any(has_lines),
        Value::Map(map) => map.values().any(|entry| has_lines(&entry.value)),
        _ => false,
    }
}
