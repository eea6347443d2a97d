//! Whether a type of Kubernetes fits what a chart has by default.

use crate::yaml::{Node, Value};

use super::super::Wording;
use super::super::build::schema_definitions;
use super::super::check::types_of;
use super::super::kubernetes;
use super::super::schema::{Additional, Schema, Types};
use super::dead::alive_tree;
use super::scalar::{SCALARS, is_empty};

/// Returns a Kubernetes type if the chart's default fits it, with what the chart adds to it.
pub(super) fn fitting(
    known: Schema,
    default: Option<&Node>,
    own: &[(Box<str>, Schema)],
) -> Option<Schema> {
    let Some(node) = default else {
        return Some(known);
    };
    if node.value == Value::Null || fits(&known, node, own) {
        return Some(known);
    }
    let named = target_of(&known, own);
    // A text that holds YAML, for `tpl`.
    if let Value::String(_) = node.value {
        if named.types.meets(SCALARS) {
            return Some(widened(named, Types::STRING));
        }
        return None;
    }
    if is_empty(node) {
        // An empty map where a list goes, or the reverse: both say nothing.
        let also = if named.types.meets(Types::ARRAY) {
            Types::OBJECT
        } else {
            Types::ARRAY
        };
        let mut schema = widened(named, also);
        if also == Types::OBJECT && schema.properties.is_empty() {
            schema.additional = Additional::Refused;
        }
        return Some(schema);
    }
    let map = node.as_map().filter(|_| !named.properties.is_empty())?;
    let mut schema = named;
    let mut fitting = 0;
    for (key, entry) in map {
        match schema.listed(key).cloned() {
            Some(property) if fits(&property, &entry.value, own) => fitting += 1,
            Some(property) => match self::fitting(property, Some(&entry.value), own) {
                Some(other) => {
                    fitting += 1;
                    schema.set(key, other);
                }
                None => schema.set(key, alive_tree(key, Some(&entry.value))),
            },
            None => schema.set(key, alive_tree(key, Some(&entry.value))),
        }
    }
    (fitting > 0 && fits(&schema, node, own)).then_some(schema)
}

fn widened(mut schema: Schema, types: Types) -> Schema {
    schema.types = schema.types.with(types);
    schema
}

/// Returns whether a default fits a schema made of Kubernetes types.
fn fits(schema: &Schema, node: &Node, own: &[(Box<str>, Schema)]) -> bool {
    let mut root = schema.clone();
    let definitions = schema_definitions(schema, own);
    root.rare_mut().definitions = definitions;
    let own = match &node.value {
        Value::List(_) => Types::ARRAY,
        Value::Map(_) => Types::OBJECT,
        _ => Types::default(),
    };
    let takes = types_of(&root, &root, 4);
    (own.is_any() || takes.is_any() || takes.meets(own))
        && root.check(node, &Wording::chart("default", "")).is_empty()
}

/// Returns the type that a schema refers to, or the schema itself.
pub(in super::super) fn target_of(schema: &Schema, own: &[(Box<str>, Schema)]) -> Schema {
    let name = schema
        .rare()
        .and_then(|rare| rare.reference.as_deref()?.strip_prefix("#/definitions/"));
    let own = name.and_then(|name| own.iter().find(|(known, _)| **known == *name));
    own.map(|(_, schema)| schema.clone())
        .or_else(|| reference_of(schema))
        .unwrap_or_else(|| schema.clone())
}

/// Returns the Kubernetes type that a schema refers to, if it does.
pub(super) fn reference_of(schema: &Schema) -> Option<Schema> {
    let reference = schema.rare()?.reference.as_deref()?;
    kubernetes::named(reference.strip_prefix("#/definitions/")?)
}

/// Replaces a reference by what it stands for.
pub(super) fn write_out(schema: &mut Schema) {
    if let Some(named) = reference_of(schema) {
        *schema = Schema {
            default: schema.default.take(),
            template: schema.template,
            ..named
        };
    }
}
