//! Which types of Kubernetes a custom resource copies: they are referred to, not written out again.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::super::schema::Types;
use super::crds::Spec;
use super::facts::{facts, field_words, within};

/// Types by their sorted keys.
static BY_KEYS: LazyLock<BTreeMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let mut by_keys: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for (name, fields) in &facts().types {
        let mut keys: Vec<&str> = fields.keys().copied().collect();
        keys.sort_unstable();
        by_keys.entry(keys.join(" ")).or_default().push(name);
    }
    by_keys
});

/// Returns the name of the type that has just the fields of this schema.
pub(super) fn same_as(spec: &Spec) -> Option<&'static str> {
    if spec.properties.is_empty() || spec.open || spec.embedded {
        return None;
    }
    let mut keys: Vec<&str> = spec.properties.keys().map(|key| &**key).collect();
    keys.sort_unstable();
    let candidates = BY_KEYS.get(&keys.join(" "))?;
    // One field tells little: only what all custom resources mean by it.
    let mut candidates = candidates
        .iter()
        .copied()
        .filter(|name| spec.properties.len() > 1 || *name == "name-ref");
    candidates.find(|name| agrees(spec, name))
}

/// Returns whether a word of ours says what the schema says.
fn agrees(spec: &Spec, word: &str) -> bool {
    if let Some(element) = within(word, '[', ']') {
        return spec
            .items
            .as_deref()
            .is_some_and(|items| agrees(items, element));
    }
    if let Some(value) = within(word, '{', '}') {
        return spec.values().is_some_and(|values| agrees(values, value));
    }
    let scalar = spec.scalar();
    match word {
        "string" => scalar == Types::STRING,
        "integer" => scalar == Types::INTEGER,
        "number" => scalar == Types::NUMBER,
        "boolean" => scalar == Types::BOOLEAN,
        "integer|string" => scalar == Types::STRING.with(Types::INTEGER),
        "quantity" | "cpu-quantity" | "memory-quantity" | "storage-quantity" => {
            spec.integer_or_string
        }
        "amounts" => spec.values().is_some_and(|values| values.integer_or_string),
        // What we leave open ourselves.
        "map" => spec.types.as_deref() == Some("object"),
        "any" => true,
        // Where a custom resource holds an object of Kubernetes, it leaves out what metadata is.
        "object-meta" if spec.properties.is_empty() => spec.types.as_deref() == Some("object"),
        name => field_words(name).is_some_and(|fields| {
            fields.len() == spec.properties.len()
                && spec.properties.iter().all(|(key, property)| {
                    fields
                        .get(&**key)
                        .is_some_and(|word| agrees(property, word))
                })
        }),
    }
}
