//! What a contract says of a place.

use crate::contract::{Additional, Schema, Types};

/// A place as one version of a chart sees it.
#[derive(Clone, Copy, Debug)]
pub(super) enum State<'a> {
    /// It is read.
    Read(&'a Schema),
    /// It lies in a map that takes any key, for this reason.
    Open(&'a str),
    /// It is known and not read.
    Dead(&'a Schema),
    /// There is no such key.
    Unknown,
}

/// Alternatives nest no deeper than this in a sane schema.
const BRANCHES: u8 = 8;

impl<'a> State<'a> {
    /// Returns the state of a schema that stands in a document.
    pub(super) fn of(schema: &'a Schema, root: &'a Schema) -> Self {
        let resolved = schema.resolve(root);
        if schema.dead().is_some() {
            Self::Dead(schema)
        } else if resolved.dead().is_some() {
            Self::Dead(resolved)
        } else {
            Self::Read(schema)
        }
    }

    /// Returns the state of a key below.
    pub(super) fn step(self, key: &str, root: &'a Schema) -> Self {
        let Self::Read(schema) = self else {
            return self;
        };
        match schema.property(key, root) {
            Some(property) => Self::of(property, root),
            None => match open(schema, root, BRANCHES) {
                Some(why) => Self::Open(why),
                None => Self::Unknown,
            },
        }
    }

    /// Returns whether the place is known not to be read.
    pub(super) const fn is_gone(self) -> bool {
        matches!(self, Self::Dead(_) | Self::Unknown)
    }
}

/// Returns why a map takes any key; none if it does not.
fn open<'a>(schema: &'a Schema, root: &'a Schema, steps: u8) -> Option<&'a str> {
    let schema = schema.resolve(root);
    let takes_maps = schema.types.is_any() || schema.types.holds(Types::OBJECT);
    if schema.additional != Additional::Any || !takes_maps {
        return None;
    }
    let why = schema.open().unwrap_or("no keys are listed there");
    let (Some(rare), Some(steps)) = (schema.rare(), steps.checked_sub(1)) else {
        return Some(why);
    };
    let all = rare
        .all_of
        .iter()
        .all(|branch| open(branch, root, steps).is_some());
    let mut some = rare.any_of.iter().chain(&rare.one_of).peekable();
    let any = some.peek().is_none() || some.any(|branch| open(branch, root, steps).is_some());
    (all && any).then_some(why)
}

/// Returns the types that a schema admits, seen through references and alternatives.
pub(super) fn types(schema: &Schema, root: &Schema) -> Types {
    types_within(schema, root, BRANCHES)
}

fn types_within(schema: &Schema, root: &Schema, steps: u8) -> Types {
    let schema = schema.resolve(root);
    let (false, Some(rare), Some(steps)) =
        (!schema.types.is_any(), schema.rare(), steps.checked_sub(1))
    else {
        return schema.types;
    };
    let mut union = Types::default();
    for branch in rare.any_of.iter().chain(&rare.one_of).chain(&rare.all_of) {
        let types = types_within(branch, root, steps);
        if types.is_any() {
            return types;
        }
        union = union.with(types);
    }
    union
}

/// Returns whether a schema takes a map.
pub(super) fn takes_maps(schema: &Schema, root: &Schema) -> bool {
    let types = types(schema, root);
    types.is_any() || types.holds(Types::OBJECT)
}

/// Returns whether a schema is one of the Kubernetes types, which all charts share.
pub(super) fn is_kubernetes(schema: &Schema) -> bool {
    schema
        .rare()
        .and_then(|rare| rare.reference.as_deref())
        .and_then(|reference| reference.strip_prefix("#/definitions/"))
        .is_some_and(crate::contract::is_kubernetes_type)
}

/// Returns the keys that a schema lists, seen through references and alternatives.
pub(super) fn keys<'a>(schema: &'a Schema, root: &'a Schema) -> Vec<(&'a str, &'a Schema)> {
    let mut found = Vec::new();
    collect(schema, root, BRANCHES, &mut found);
    found
}

fn collect<'a>(
    schema: &'a Schema,
    root: &'a Schema,
    steps: u8,
    found: &mut Vec<(&'a str, &'a Schema)>,
) {
    let schema = schema.resolve(root);
    for (name, property) in &schema.properties {
        if found.iter().all(|(known, _)| *known != &**name) {
            found.push((name, property));
        }
    }
    if let (Some(rare), Some(steps)) = (schema.rare(), steps.checked_sub(1)) {
        for branch in rare.all_of.iter().chain(&rare.any_of).chain(&rare.one_of) {
            collect(branch, root, steps, found);
        }
    }
}
