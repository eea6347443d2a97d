//! The types of Kubernetes objects, as facts read from `schemas/kubernetes`.
//!
//! The facts are written by `cargo xtask kubernetes` from Kubernetes' published `swagger.json` and from published
//! schemas of custom resources; the words are explained there.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

use super::super::schema::{Additional, Schema, Types};
use super::super::terms;

/// The facts of the newest Kubernetes that we know.
const TEXT: &str = include_str!("../../../schemas/kubernetes/1.34.json");

/// Kinds and types.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Facts {
    /// From `<apiVersion> <kind>` to the name of a type, sorted: what charts print.
    #[serde(borrow)]
    pub(super) kinds: BTreeMap<&'static str, &'static str>,
    /// The same for what only we write: contracts of charts do not know them.
    #[serde(borrow)]
    pub(super) written: BTreeMap<&'static str, &'static str>,
    /// From the name of a type to its fields with their words.
    #[serde(borrow)]
    pub(super) types: BTreeMap<&'static str, Fields>,
    /// The same for the types that only `written` needs: no custom resource of a chart is said to copy one.
    #[serde(borrow, rename = "writtenTypes")]
    pub(super) written_types: BTreeMap<&'static str, Fields>,
}

/// The fields of a type with their words.
pub(super) type Fields = IndexMap<&'static str, &'static str>;

/// Returns the facts.
pub(super) fn facts() -> &'static Facts {
    static FACTS: LazyLock<Facts> = LazyLock::new(|| {
        serde_json::from_str(TEXT).expect("the facts are read by a test of this module")
    });
    &FACTS
}

/// A name, the types whose fields it has, and fields of its own with their words.
type Union = (
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

/// Types that are several of Kubernetes' own in one: charts use one name for them, or add a switch of their own.
const UNIONS: &[Union] = &[
    (
        "claim-retention",
        &["stateful-set-claim-retention"],
        &[("enabled", "boolean")],
    ),
    ("probe-with-switch", &["probe"], &[("enabled", "boolean")]),
    (
        "rolling-update",
        &["deployment-rolling-update", "stateful-set-rolling-update"],
        &[],
    ),
    // Charts use this one name for a pod's and for a container's.
    (
        "security-context",
        &["container-security-context", "pod-security-context"],
        &[],
    ),
    (
        "strategy",
        &[],
        &[("rollingUpdate", "rolling-update"), ("type", "string")],
    ),
];

/// Maps of amounts: extended resources carry a domain (`nvidia.com/gpu`), huge pages a prefix.
const AMOUNTS: &[(&str, &str)] = &[
    ("cpu", "cpu-quantity"),
    ("memory", "memory-quantity"),
    ("ephemeral-storage", "storage-quantity"),
    ("storage", "storage-quantity"),
];

/// Lists that have a name, and their elements.
const LISTS: &[(&str, &str)] = &[
    ("containers", "container"),
    ("dns-options", "dns-option"),
    ("env", "env-variable"),
    ("env-from", "env-from-source"),
    ("host-aliases", "host-alias"),
    ("resource-claims", "resource-claim"),
    ("strings-list", "string"),
    ("tolerations", "toleration"),
    ("topology-spread", "topology-spread-constraint"),
    ("volume-mounts", "volume-mount"),
    ("volumes", "volume"),
];

/// Charts of Mimir take one topology spread constraint as a map, or a list of them.
const ONE_OR_LIST: &str = "topology-spread-or-one";

/// Returns the word of a field, as Kubernetes has it or as we know better.
fn better(name: &str, key: &str, word: &'static str) -> &'static str {
    match (name, key) {
        ("empty-dir-volume", "sizeLimit") => "storage-quantity",
        // A quota counts objects too, by any name.
        ("resource-quota-spec", _) => word,
        _ if word == "{quantity}" => "amounts",
        _ => word,
    }
}

/// Returns the fields of a type by its name.
pub(super) fn field_words(name: &str) -> Option<Fields> {
    if name == "amounts" {
        return Some(AMOUNTS.iter().copied().collect());
    }
    if let Some((_, parts, own)) = UNIONS.iter().find(|(union, ..)| *union == name) {
        let mut all: Fields = own.iter().copied().collect();
        for part in *parts {
            all.extend(field_words(part)?);
        }
        all.sort_keys();
        return Some(all);
    }
    let facts = facts();
    let (name, fields) = facts
        .types
        .get_key_value(name)
        .or_else(|| facts.written_types.get_key_value(name))?;
    let better = |(key, word): (&&'static str, &&'static str)| (*key, better(name, key, word));
    Some(fields.iter().map(better).collect())
}

/// Returns whether [`named`] knows a name.
pub(super) fn is_named(name: &str) -> bool {
    name == "strings"
        || name == "amounts"
        || name == ONE_OR_LIST
        || LISTS.iter().any(|(list, _)| *list == name)
        || UNIONS.iter().any(|(union, ..)| *union == name)
        || facts().types.contains_key(name)
        || facts().written_types.contains_key(name)
}

/// Returns the schema of a type's name; nothing if there is no such type.
pub(super) fn named(name: &str) -> Option<Schema> {
    if name == ONE_OR_LIST {
        let mut either = named("topology-spread-constraint")?;
        either.types = either.types.with(Types::ARRAY);
        either.items = Some(Box::new(schema("topology-spread-constraint")?));
        return Some(either);
    }
    if name == "strings" {
        return Some(map_of(Schema::of(Types::STRING.with(Types::NULL))));
    }
    if let Some((_, element)) = LISTS.iter().find(|(list, _)| *list == name) {
        return Some(list_of(schema(element)?));
    }
    let mut map = terms::closed_map();
    for (key, word) in field_words(name)? {
        map.properties.push((key.into(), schema(word)?));
    }
    if name == "amounts" {
        let amount = || Schema::of(Types::STRING.with(Types::INTEGER).with(Types::NULL));
        map.rare_mut().pattern_properties =
            vec![("/".into(), amount()), ("^hugepages-".into(), amount())];
    }
    Some(map)
}

/// Returns the schema of a word; types with a name become references.
pub(super) fn schema(word: &str) -> Option<Schema> {
    if let Some(element) = within(word, '[', ']') {
        return list(element);
    }
    match within(word, '{', '}') {
        Some("string") => Some(Schema::reference_to("strings")),
        Some(value) => Some(map_of(schema(value)?)),
        None if word == "quantity" => Some(Schema::of(
            Types::STRING.with(Types::NUMBER).with(Types::NULL),
        )),
        None => terms::term(word),
    }
}

/// Returns the schema of a list by the word of its elements.
pub(super) fn list(element: &str) -> Option<Schema> {
    match LISTS.iter().find(|(_, known)| *known == element) {
        Some((list, _)) => Some(Schema::reference_to(list)),
        None => Some(list_of(schema(element)?)),
    }
}

/// Returns the word of a place below another: `step` is a key, or `[]` for an element of a list.
///
/// Nothing is known below a map that takes anything.
pub(super) fn below(word: &'static str, step: &str) -> Option<&'static str> {
    if let Some(element) = within(word, '[', ']') {
        return (step == "[]").then_some(element);
    }
    if let Some(value) = within(word, '{', '}') {
        return (step != "[]").then_some(value);
    }
    if word == "strings" {
        return (step != "[]").then_some("string");
    }
    if let Some((_, element)) = LISTS.iter().find(|(list, _)| *list == word) {
        return (step == "[]").then_some(*element);
    }
    field_words(word)?.get(step).copied()
}

pub(super) fn within(word: &str, open: char, close: char) -> Option<&str> {
    word.strip_prefix(open)?.strip_suffix(close)
}

fn list_of(element: Schema) -> Schema {
    let mut list = Schema::of(Types::ARRAY.with(Types::NULL));
    if element != Schema::default() {
        list.items = Some(Box::new(element));
    }
    list
}

pub(super) fn map_of(value: Schema) -> Schema {
    let mut map = Schema::of(Types::OBJECT.with(Types::NULL));
    map.additional = Additional::Schema(Box::new(value));
    map
}
