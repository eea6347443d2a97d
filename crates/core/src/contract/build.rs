//! Builds a contract from a chart: its values, its own schema's facts, its subcharts, Kubernetes types and reviewed additions.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::chart::{Chart, Dependency};
use crate::units::check_format;
use crate::yaml::{Map, Node, Value};

use super::additions::{Additions, AdditionsError};
use super::check::types_of;
use super::kubernetes;
use super::schema::{Additional, Literal, Schema, Types};
use super::terms::{closed_map, open_map, term};
use super::upstream::Upstream;
use super::{Contract, Wording};

/// Why a map whose default is empty takes any key.
const EMPTY: &str = "empty in values.yaml";
/// Why `global` takes any key.
const GLOBAL: &str = "shared by all charts of a release, whatever they read of it";

/// A contract, and what could not be known.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The contract.
    pub contract: Contract,
    /// The subcharts that were not at hand, as `<name> <version>`; their part of the contract is open and says so.
    pub missing: Vec<String>,
    /// The paths of the additions that lead nowhere in this version of the chart.
    pub lost: Vec<String>,
}

/// Why no contract could be built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The chart's own `values.schema.json` is no schema.
    #[error("the chart's own `{file}` is not a JSON Schema")]
    OwnSchema {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Our list of additions does not fit the chart.
    #[error(transparent)]
    Additions(#[from] AdditionsError),
}

impl Contract {
    /// Builds the contract of a chart.
    ///
    /// Every map of `values.yaml` that has keys is closed with them; an empty one is open and says why, unless its
    /// name tells a Kubernetes type. Every property also admits null, by which Helm removes a default. Subcharts
    /// stand under their names, `global` is open, and `additions` say what the values do not show.
    ///
    /// # Errors
    ///
    /// - [`BuildError::OwnSchema`] if the chart ships a schema that cannot be read.
    /// - [`BuildError::Additions`] if an entry of `additions` does not fit this chart: our mistake.
    pub fn build(chart: &Chart, additions: &Additions) -> Result<Built, BuildError> {
        let mut missing = Vec::new();
        let mut schema = chart_schema(chart, &mut missing)?;
        let lost = additions.apply(&chart.version, &mut schema)?;
        let title = format!("{} {}", chart.name, chart.version);
        let definitions = definitions_for(&schema);
        let rare = schema.rare_mut();
        rare.title = Some(title.into());
        rare.definitions = definitions;
        missing.sort();
        missing.dedup();
        Ok(Built {
            contract: Self {
                chart: chart.name.clone(),
                version: chart.version.clone(),
                schema,
            },
            missing,
            lost,
        })
    }
}

/// Returns the Kubernetes types that a schema refers to, with those that they refer to, sorted by name.
fn definitions_for(schema: &Schema) -> Vec<(Box<str>, Schema)> {
    let mut names = BTreeSet::new();
    collect_references(schema, &mut names);
    names
        .into_iter()
        .filter_map(|name| Some((Box::from(name.as_str()), kubernetes::named(&name)?)))
        .collect()
}

fn collect_references(schema: &Schema, names: &mut BTreeSet<String>) {
    let below = schema.properties.iter().map(|(_, schema)| schema);
    for schema in below.chain(schema.items.as_deref()) {
        collect_references(schema, names);
    }
    if let Additional::Schema(other) = &schema.additional {
        collect_references(other, names);
    }
    let name = schema
        .rare()
        .and_then(|rare| rare.reference.as_deref()?.strip_prefix("#/definitions/"));
    if let Some(name) = name
        && names.insert(name.to_owned())
        && let Some(definition) = kubernetes::named(name)
    {
        collect_references(&definition, names);
    }
}

/// Returns the closed map of a chart's values, its subcharts in it.
fn chart_schema(chart: &Chart, missing: &mut Vec<String>) -> Result<Schema, BuildError> {
    let own =
        match &chart.schema {
            Some(source) => Some(serde_json::from_str::<Schema>(source.text()).map_err(
                |error| BuildError::OwnSchema {
                    file: source.name().to_owned(),
                    source: error,
                },
            )?),
            None => None,
        };
    let own = own.as_ref().map_or(Upstream::nothing(), Upstream::new);
    let empty = Map::new();
    let values = chart.values.as_map().unwrap_or(&empty);
    let mut root = closed_map();
    for (key, entry) in values {
        if !chart
            .dependencies
            .iter()
            .any(|dependency| dependency.key() == key)
        {
            root.set(key, value_schema(key, &entry.value, own.child(key)));
        }
    }
    for (key, schema) in own.unlisted(values) {
        root.set(key, schema);
    }
    for dependency in &chart.dependencies {
        let mut schema = match chart.subchart(dependency) {
            Some(subchart) => chart_schema(subchart, missing)?,
            None => {
                missing.push(format!("{} {}", dependency.name, dependency.version));
                open_map(&format!(
                    "subchart {} {} was not at hand",
                    dependency.name, dependency.version
                ))
            }
        };
        if let Some(entry) = values.get(dependency.key()) {
            overlay(&mut schema, &entry.value);
        }
        root.set(dependency.key(), schema);
    }
    for dependency in &chart.dependencies {
        switches(&mut root, dependency);
    }
    open_global(&mut root);
    Ok(root)
}

/// Adds the keys that switch a subchart on.
fn switches(root: &mut Schema, dependency: &Dependency) {
    for path in dependency.conditions() {
        let mut schema = &mut *root;
        let mut steps = path.split('.').peekable();
        while let Some(step) = steps.next() {
            if schema.listed(step).is_none() {
                let last = steps.peek().is_none();
                schema.set(step, if last { boolean() } else { closed_map() });
            }
            match schema.listed_mut(step) {
                Some(next) => schema = next,
                None => break,
            }
        }
    }
    if !dependency.tags.is_empty() {
        let mut tags = root.listed("tags").cloned().unwrap_or_else(closed_map);
        for tag in &dependency.tags {
            tags.set(tag, boolean());
        }
        root.set("tags", tags);
    }
}

fn boolean() -> Schema {
    Schema::of(Types::BOOLEAN.with(Types::NULL))
}

/// Helm puts `global` into every chart's values itself, so it stays open whatever is known of it.
fn open_global(root: &mut Schema) {
    let mut global = open_map(GLOBAL);
    if let Some(known) = root.listed("global") {
        global.properties = known.properties.clone();
    }
    root.set("global", global);
}

/// Lays a parent's values over the schema of a subchart: new keys are added, defaults replaced, types widened.
fn overlay(schema: &mut Schema, node: &Node) {
    let Some(map) = node.as_map() else { return };
    for (key, entry) in map {
        let fresh = value_schema(key, &entry.value, Upstream::nothing());
        match schema.listed_mut(key) {
            None => schema.set(key, fresh),
            Some(known) if entry.value.as_map().is_some_and(|map| !map.is_empty()) => {
                if known.properties.is_empty() && !known.types.is_any() {
                    // A Kubernetes type, or a map that takes anything: only the default changes.
                    if known.rare().is_none() {
                        *known = fresh;
                    } else {
                        known.default = fresh.default;
                    }
                } else if known.types.is_any() {
                    *known = fresh;
                } else {
                    overlay(known, &entry.value);
                }
            }
            Some(known) => {
                if !known.types.is_any() {
                    known.types = known.types.with(fresh.types);
                }
                known.default = fresh.default;
            }
        }
    }
}

/// Returns what a key may hold, from its default and from the chart's own schema.
pub(super) fn value_schema(key: &str, node: &Node, own: Upstream<'_>) -> Schema {
    let mut schema = match &node.value {
        Value::Null => {
            let mut schema = own
                .convert()
                .filter(|schema| !schema.types.is_any())
                .or_else(|| kubernetes::by_key(key).and_then(term))
                .unwrap_or_default();
            schema.default = Some(Literal::Null);
            return schema;
        }
        Value::Bool(_) => Schema::of(Types::BOOLEAN),
        Value::Integer(_) if kubernetes::is_integer_or_string(key) => {
            Schema::of(Types::INTEGER.with(Types::STRING))
        }
        Value::Integer(_) => Schema::of(Types::INTEGER),
        Value::Float(_) => Schema::of(Types::NUMBER),
        Value::String(text) => text_schema(key, text),
        Value::List(items) => return list_schema(key, items, node, own),
        Value::Map(map) => return map_schema(key, map, node, own),
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

/// Returns the default as a fact; texts of several lines are configuration or prose, and stay in the chart.
fn default_of(node: &Node) -> Option<Literal> {
    fn has_lines(node: &Node) -> bool {
        match &node.value {
            Value::String(text) => text.contains('\n'),
            Value::List(items) => items.iter().any(has_lines),
            Value::Map(map) => map.values().any(|entry| has_lines(&entry.value)),
            _ => false,
        }
    }
    (!has_lines(node)).then(|| Literal::from_json(&node.to_json()))
}

fn list_schema(key: &str, items: &[Node], node: &Node, own: Upstream<'_>) -> Schema {
    // A chart that describes the elements itself may mean its own by a Kubernetes name, such as `volumes`.
    if !own.describes_items()
        && let Some(mut known) = kubernetes_schema(key, node)
    {
        known.default = if items.is_empty() {
            None
        } else {
            default_of(node)
        };
        return known;
    }
    let mut schema = Schema::of(Types::ARRAY);
    let all_text = items
        .iter()
        .all(|item| matches!(item.value, Value::String(_)));
    if all_text && !items.is_empty() {
        schema.items = Some(Box::new(Schema::of(Types::STRING)));
    }
    own.refine(&mut schema);
    schema.types = schema.types.with(Types::NULL);
    if all_text && !items.is_empty() {
        schema.default = default_of(node);
    }
    schema
}

fn map_schema(key: &str, map: &Map, node: &Node, own: Upstream<'_>) -> Schema {
    if !own.is_closed()
        && let Some(mut known) = kubernetes_schema(key, node)
    {
        known.default = if map.is_empty() {
            None
        } else {
            default_of(node)
        };
        return known;
    }
    let mut schema = if map.is_empty() && !own.is_closed() {
        open_map(EMPTY)
    } else {
        closed_map()
    };
    for (key, entry) in map {
        schema.set(key, value_schema(key, &entry.value, own.child(key)));
    }
    for (key, unlisted) in own.unlisted(map) {
        schema.set(key, unlisted);
    }
    if let Some(others) = own.others() {
        schema.additional = Additional::Schema(Box::new(others));
        schema.rare = None;
    }
    own.widen(&mut schema);
    schema
}

/// Returns the Kubernetes type that a key's name tells, if the default fits it: the default wins.
///
/// Keys of the default that Kubernetes does not have, such as `enabled`, are the chart's own and are added.
fn kubernetes_schema(key: &str, node: &Node) -> Option<Schema> {
    let reference = term(kubernetes::by_key(key)?)?;
    let name = reference
        .rare()?
        .reference
        .as_deref()?
        .strip_prefix("#/definitions/")?
        .to_owned();
    let named = kubernetes::named(&name)?;
    if fits(&named, node) {
        return Some(reference);
    }
    let map = node.as_map().filter(|_| !named.properties.is_empty())?;
    let known = map.keys().filter(|key| named.listed(key).is_some()).count();
    if known == 0 && !map.contains_key("enabled") {
        return None;
    }
    let mut widened = named;
    for (key, entry) in map {
        if widened.listed(key).is_none() {
            widened.set(key, value_schema(key, &entry.value, Upstream::nothing()));
        }
    }
    fits(&widened, node).then_some(widened)
}

/// Returns whether a default fits a schema made of Kubernetes types.
fn fits(schema: &Schema, node: &Node) -> bool {
    let mut root = schema.clone();
    let definitions = definitions_for(schema);
    root.rare_mut().definitions = definitions;
    types_of(&root, &root, 4).meets(types_in(node))
        && root.check(node, &Wording::chart("default", "")).is_empty()
}

fn types_in(node: &Node) -> Types {
    match &node.value {
        Value::List(_) => Types::ARRAY,
        Value::Map(_) => Types::OBJECT,
        _ => Types::default(),
    }
}
