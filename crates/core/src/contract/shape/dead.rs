//! Keys that are never read, and keys that go along with what is passed on whole.

use serde_json::Value as Json;

use crate::yaml::{Node, Value};

use super::super::Rare;
use super::super::schema::{Additional, Literal, Schema, Types};
use super::super::terms::{closed_map, open_map};
use super::super::upstream::Upstream;
use super::scalar::{SCALARS, default_of, has_lines, is_scalar, scalar};

/// Why a key that no template reads is there at all.
pub(super) const DEAD: &str = "no template of the chart reads it";

/// Why a map below one that is passed on whole takes any key.
const ALONG: &str = "part of what is passed on whole";

/// A default longer than this is told key by key.
const LONGEST_DEFAULT: usize = 2000;

/// Makes the schema of a key that is never read: it takes the chart's own default, which Helm puts there, and null.
fn dead(why: &str, default: Option<Literal>) -> Schema {
    let mut dead = Schema::default();
    let rare = dead.rare_mut();
    rare.dead = Some(why.into());
    let mut allowed: Vec<Literal> = default
        .into_iter()
        .filter(|default| *default != Literal::Null)
        .collect();
    // Helm takes keys out of a default whose own default is null.
    if let Some(Literal::Other(value)) = allowed.first() {
        let plain = Literal::Other(Box::new(without_nulls(value)));
        if allowed.first() != Some(&plain) {
            allowed.push(plain);
        }
    }
    allowed.push(Literal::Null);
    rare.allowed = Some(allowed);
    dead
}

fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        other => other.clone(),
    }
}

/// Makes the schema of a value that is never read, nor anything below it.
pub(super) fn dead_tree(why: &str, default: Option<&Node>) -> Schema {
    let Some(node) = default else {
        return dead(why, None);
    };
    let is_short = || node.to_json().to_string().len() <= LONGEST_DEFAULT;
    if !has_lines(node) && is_short() {
        return dead(why, default_of(node));
    }
    match &node.value {
        Value::Map(map) => {
            let mut schema = closed_map();
            for (key, entry) in map {
                let below = dead_tree(why, Some(&entry.value));
                schema.properties.push((key.as_str().into(), below));
            }
            schema
        }
        // A long text is not copied here, so it cannot be told from another one.
        Value::String(_) => Schema::of(Types::STRING.with(Types::NULL)),
        _ => Schema::default(),
    }
}

/// Takes back that keys are dead or unknown in what goes on whole: they go along.
pub(super) fn revive(schema: &mut Schema, default: Option<&Node>) {
    let map = default.and_then(Node::as_map);
    for (key, property) in &mut schema.properties {
        let node = map
            .and_then(|map| map.get(&**key))
            .map(|entry| &entry.value);
        if property.dead() == Some(DEAD) {
            *property = alive_tree(key, node);
        } else {
            loosen(property, node);
        }
    }
}

fn loosen(schema: &mut Schema, default: Option<&Node>) {
    if schema.rare().is_some() {
        return;
    }
    revive(schema, default);
    if let Some(items) = &mut schema.items {
        loosen(items, None);
    }
    match &mut schema.additional {
        Additional::Refused => {
            schema.additional = Additional::Any;
            schema.rare_mut().open = Some(ALONG.into());
        }
        Additional::Schema(other) => loosen(other, None),
        Additional::Any => {}
    }
}

pub(super) fn alive_tree(key: &str, default: Option<&Node>) -> Schema {
    match default.map(|node| &node.value) {
        Some(Value::Map(map)) => {
            let mut schema = open_map(ALONG);
            for (key, entry) in map {
                let below = alive_tree(key, Some(&entry.value));
                schema.properties.push((key.as_str().into(), below));
            }
            schema
        }
        Some(Value::List(items)) => {
            let mut schema = Schema::of(Types::ARRAY.with(Types::NULL));
            if !items.is_empty() && items.iter().all(is_scalar) {
                schema.items = Some(Box::new(Schema::of(SCALARS.with(Types::NULL))));
            }
            schema
        }
        Some(Value::Null) | None => Schema {
            default: default.map(|_| Literal::Null),
            ..Schema::default()
        },
        Some(_) => scalar(key, default, Upstream::nothing()),
    }
}

/// Elements of a list have no defaults: a list replaces another one whole.
pub(super) fn forget_defaults(schema: &mut Schema) {
    schema.default = None;
    if schema.dead().is_some()
        && let Some(rare) = schema.rare.as_mut()
    {
        // Another element holds another value.
        rare.allowed = None;
        rare.dead = None;
        if *rare.as_ref() == Rare::default() {
            schema.rare = None;
        }
    }
    for (_, property) in &mut schema.properties {
        forget_defaults(property);
    }
    if let Some(items) = &mut schema.items {
        forget_defaults(items);
    }
}
