//! `settings.schema.json`: what a component from outside may be told, and what holds where it is told nothing.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::outside::whole;
use crate::contract::{Literal, Schema, Types, Wording};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::{Location, Source, Span};
use crate::yaml::{self, Node, Value};

/// The schema of one component's `settings`.
#[derive(Debug)]
pub(crate) struct Settings {
    /// As it was written.
    json: Json,
    schema: Schema,
}

/// Keywords that are checked, by what they hold.
const KEYWORDS: [(&str, Holds); 20] = [
    ("type", Holds::Types),
    ("properties", Holds::Schemas),
    ("additionalProperties", Holds::Schema),
    ("patternProperties", Holds::Schemas),
    ("items", Holds::Schema),
    ("required", Holds::Names),
    ("enum", Holds::List),
    ("const", Holds::Anything),
    ("minimum", Holds::Number),
    ("maximum", Holds::Number),
    ("minLength", Holds::Length),
    ("format", Holds::Format),
    ("anyOf", Holds::SchemaList),
    ("oneOf", Holds::SchemaList),
    ("allOf", Holds::SchemaList),
    ("not", Holds::Schema),
    ("$ref", Holds::Reference),
    ("definitions", Holds::Schemas),
    ("$defs", Holds::Schemas),
    ("default", Holds::Anything),
];

/// Keywords that say something to people and editors alone.
const NOTES: [&str; 10] = [
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "markdownDescription",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
];

/// Formats that are checked.
const FORMATS: [&str; 6] = [
    "cpu-quantity",
    "memory-quantity",
    "storage-quantity",
    "prometheus-duration",
    "go-duration",
    "date",
];

/// How deep a schema is followed, and values are filled.
const DEEPEST: u8 = 32;
/// How many values are filled in at most: a schema that refers to itself has no end.
const MOST_FILLED: usize = 10_000;

/// What a keyword holds.
#[derive(Clone, Copy)]
enum Holds {
    Types,
    Schema,
    Schemas,
    SchemaList,
    Names,
    List,
    Number,
    Length,
    Format,
    Reference,
    Anything,
}

impl Settings {
    /// Returns the schema of a component that has no settings.
    pub(crate) fn none() -> Self {
        let json = json!({"type": "object", "properties": {}, "additionalProperties": false});
        Self {
            schema: serde_json::from_value(json.clone()).unwrap_or_default(),
            json,
        }
    }

    /// Reads a schema; none if anything is wrong with it.
    pub(crate) fn read(source: &Arc<Source>, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let json: Json = match serde_json::from_str(source.text()) {
            Ok(json) => json,
            Err(error) => {
                found.push(
                    broken("the settings' schema is not JSON")
                        .at(&place_of(&error, source))
                        .why(error.to_string())
                        .help("mend the line"),
                );
                return None;
            }
        };
        let before = found.len();
        let node = match yaml::read(source) {
            Ok(node) => node,
            Err(findings) => {
                // Tabs and the like are JSON all the same; a key that is there twice is a mistake in either.
                found.extend(
                    findings
                        .into_iter()
                        .filter(|finding| finding.id == "yaml/duplicate-key"),
                );
                node_of(&json, &Location::of_file(source))
            }
        };
        let mut walk = Walk { root: &json, found };
        walk.schema(&node, 0);
        if node.get("type").and_then(Node::as_str) != Some("object") {
            walk.found.push(
                broken("the settings' schema does not say `\"type\": \"object\"`")
                    .at(&node.get("type").unwrap_or(&node).location)
                    .why("the settings of a component are a map")
                    .help("add it at the top"),
            );
        }
        if found.len() > before {
            return None;
        }
        let schema: Schema = match serde_json::from_value(json.clone()) {
            Ok(schema) => schema,
            Err(error) => {
                found.push(
                    broken("the settings' schema cannot be used")
                        .at(&Location::of_file(source))
                        .why(error.to_string())
                        .help("mend it"),
                );
                return None;
            }
        };
        let settings = Self { json, schema };
        settings.check_defaults(&settings.schema, &node, found, 0);
        (found.len() == before).then_some(settings)
    }

    /// Returns the schema as it was written.
    pub(crate) fn json(&self) -> &Json {
        &self.json
    }

    /// Returns the schema.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns settings with every key of the schema: what is set, else its default, else null.
    ///
    /// A map that is not set has its keys where any of them has a default.
    pub(crate) fn filled(&self, set: &Json) -> Json {
        let mut left = MOST_FILLED;
        let set = Some(set).filter(|set| !set.is_null());
        let empty = Json::Object(Map::new());
        self.fill(&self.schema, Some(set.unwrap_or(&empty)), 0, &mut left)
    }

    fn fill(&self, schema: &Schema, set: Option<&Json>, depth: u8, left: &mut usize) -> Json {
        let schema = schema.resolve(&self.schema);
        let Some(less) = left.checked_sub(1).filter(|_| depth < DEEPEST) else {
            return set.cloned().unwrap_or_default();
        };
        *left = less;
        match set.filter(|set| !set.is_null()) {
            Some(Json::Object(map)) => {
                let mut filled = map.clone();
                for (key, property) in &schema.properties {
                    let value = self.fill(property, map.get(&**key), depth + 1, left);
                    filled.insert(key.to_string(), value);
                }
                Json::Object(filled)
            }
            Some(Json::Array(items)) => match &schema.items {
                Some(item) => items
                    .iter()
                    .map(|value| self.fill(item, Some(value), depth + 1, left))
                    .collect(),
                None => Json::Array(items.clone()),
            },
            Some(other) => other.clone(),
            None => match &schema.default {
                Some(Literal::Null) => Json::Null,
                Some(default) => self.fill(schema, Some(&default.to_json()), depth + 1, left),
                None => {
                    let mut filled = Map::new();
                    for (key, property) in &schema.properties {
                        let value = self.fill(property, None, depth + 1, left);
                        filled.insert(key.to_string(), value);
                    }
                    if filled.values().all(Json::is_null) {
                        Json::Null
                    } else {
                        Json::Object(filled)
                    }
                }
            },
        }
    }

    /// Reports defaults that their own schema refuses.
    fn check_defaults(&self, schema: &Schema, node: &Node, found: &mut Vec<Diagnostic>, depth: u8) {
        if depth >= DEEPEST {
            return;
        }
        if let Some(default) = node.get("default") {
            let mut alone = schema.clone();
            if let Some(root) = self.schema.rare() {
                alone.rare_mut().definitions.clone_from(&root.definitions);
            }
            found.extend(alone.check(default, &Wording::catalog("the settings' schema")));
        }
        for (key, property) in &schema.properties {
            if let Some(node) = node.at(&["properties", key]) {
                self.check_defaults(property, node, found, depth + 1);
            }
        }
        if let (Some(items), Some(node)) = (&schema.items, node.get("items")) {
            self.check_defaults(items, node, found, depth + 1);
        }
        let definitions = schema.rare().map_or(&[][..], |rare| &rare.definitions);
        for (key, definition) in definitions {
            let node = node
                .at(&["definitions", key])
                .or_else(|| node.at(&["$defs", key]));
            if let Some(node) = node {
                self.check_defaults(definition, node, found, depth + 1);
            }
        }
    }
}

/// A walk through a schema as it is written.
struct Walk<'a> {
    root: &'a Json,
    found: &'a mut Vec<Diagnostic>,
}

impl Walk<'_> {
    fn schema(&mut self, node: &Node, depth: u8) {
        if matches!(node.value, Value::Bool(_)) {
            return;
        }
        let Some(map) = node.as_map() else {
            self.wrong(node, "a schema is a map, `true` or `false`");
            return;
        };
        if depth >= DEEPEST {
            self.wrong(node, "the schema is nested too deep");
            return;
        }
        for (keyword, entry) in map {
            if NOTES.contains(&keyword.as_str()) || keyword.starts_with("x-") {
                continue;
            }
            let known = KEYWORDS.iter().find(|(known, _)| known == keyword);
            let Some((_, holds)) = known else {
                let near = nearest(keyword, KEYWORDS.map(|(known, _)| known));
                self.found.push(
                    Diagnostic::error(
                        "catalog/unsupported-keyword",
                        format!("the keyword `{keyword}` is not supported"),
                    )
                    .at(&entry.key)
                    .why("nobody would check it, and settings that it forbids would pass")
                    .help(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!(
                            "use {}, or leave it out",
                            KEYWORDS.map(|(known, _)| known).join(", ")
                        ),
                    }),
                );
                continue;
            };
            self.keyword(keyword, *holds, &entry.value, depth);
        }
    }

    fn keyword(&mut self, keyword: &str, holds: Holds, node: &Node, depth: u8) {
        let texts = |node: &Node| match &node.value {
            Value::List(items) => items.iter().all(|item| item.as_str().is_some()),
            _ => false,
        };
        match holds {
            Holds::Anything => {}
            Holds::Schema => self.schema(node, depth + 1),
            Holds::Schemas => {
                match node.as_map() {
                    Some(map) => {
                        for (name, entry) in map {
                            let odd = |letter: char| r"\.+*?()|[]{}$".contains(letter);
                            if keyword == "patternProperties" && name.contains(odd) {
                                self.wrong(
                                &entry.value,
                                &format!("the pattern `{name}` is more than a text, or `^` and a text"),
                            );
                            }
                            self.schema(&entry.value, depth + 1);
                        }
                    }
                    None => self.wrong(node, &format!("`{keyword}` is a map of schemas")),
                }
            }
            Holds::SchemaList => match &node.value {
                Value::List(items) if !items.is_empty() => {
                    for item in items {
                        self.schema(item, depth + 1);
                    }
                }
                _ => self.wrong(node, &format!("`{keyword}` is a list of schemas")),
            },
            Holds::Types => {
                let one = |node: &Node| {
                    node.as_str()
                        .is_some_and(|name| Types::named(name).is_some())
                };
                let fits = match &node.value {
                    Value::List(items) => !items.is_empty() && items.iter().all(one),
                    _ => one(node),
                };
                if !fits {
                    self.wrong(node, "a type is `string`, `integer`, `number`, `boolean`, `array`, `object` or `null`, or a list of them");
                }
            }
            Holds::Names if !texts(node) => {
                self.wrong(node, &format!("`{keyword}` is a list of names"));
            }
            Holds::List if !matches!(&node.value, Value::List(items) if !items.is_empty()) => {
                self.wrong(node, &format!("`{keyword}` is a list of values"));
            }
            Holds::Number if !matches!(node.value, Value::Integer(_) | Value::Float(_)) => {
                self.wrong(node, &format!("`{keyword}` is a number"));
            }
            Holds::Length if !matches!(node.value, Value::Integer(length) if (0..1 << 32).contains(&length)) =>
            {
                self.wrong(
                    node,
                    &format!("`{keyword}` is a whole number of at least 0"),
                );
            }
            Holds::Format => {
                let name = node.as_str().unwrap_or_default();
                if !FORMATS.contains(&name) {
                    let help = match nearest(name, FORMATS) {
                        Some(near) => format!("; did you mean `{near}`?"),
                        None => String::new(),
                    };
                    self.wrong(
                        node,
                        &format!(
                            "`{name}` is none of the formats that are checked: {}{help}",
                            FORMATS.join(", ")
                        ),
                    );
                }
            }
            Holds::Reference => {
                let pointer = node.as_str().and_then(|text| text.strip_prefix('#'));
                let leads = pointer.is_some_and(|pointer| {
                    let name = pointer
                        .strip_prefix("/definitions/")
                        .or_else(|| pointer.strip_prefix("/$defs/"));
                    name.is_some_and(|name| !name.contains(['/', '~']))
                        && self.root.pointer(pointer).is_some()
                });
                if !leads {
                    self.wrong(
                        node,
                        "a reference is `#/definitions/NAME`, and the schema has that definition",
                    );
                }
            }
            Holds::Names | Holds::List | Holds::Number | Holds::Length => {}
        }
    }

    fn wrong(&mut self, node: &Node, what: &str) {
        self.found.push(
            broken(what)
                .at(&node.location)
                .why("settings are checked by this schema, and what it means there is not known")
                .help("mend it; the form is JSON Schema, draft-07"),
        );
    }
}

fn broken(what: &str) -> Diagnostic {
    Diagnostic::error("catalog/broken-schema", what.to_owned())
}

/// Returns where a JSON text goes wrong.
pub(super) fn place_of(error: &serde_json::Error, source: &Arc<Source>) -> Location {
    let line = crate::render::line(source, error.line());
    let start = source
        .text()
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let at = (start + error.column().saturating_sub(1)).min(source.text().len());
    let at = source.text().floor_char_boundary(at);
    if at < line.span.end {
        let next = source.text().ceil_char_boundary(at + 1);
        Location::new(source, Span::new(at, next))
    } else if line.span.end > line.span.start {
        line
    } else {
        whole(source)
    }
}

/// Returns data as a tree whose every part stands at one place.
fn node_of(json: &Json, place: &Location) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Integer(number.into()),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(|item| node_of(item, place)).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(key, value)| {
                    let entry = yaml::Entry {
                        key: place.clone(),
                        value: node_of(value, place),
                    };
                    (key.clone(), entry)
                })
                .collect(),
        ),
    };
    Node::new(value, place.clone())
}
