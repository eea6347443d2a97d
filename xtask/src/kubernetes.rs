//! `cargo xtask kubernetes`: the types of Kubernetes objects as compact facts, from published schemas.
//!
//! The facts are names of fields and their types, nothing else. A type is written as a word:
//! `string`, `integer`, `number`, `boolean`, `integer|string`, `quantity`, `map` (any keys), `list`, `any`;
//! `[T]` is a list of T, `{T}` a map of T by any key, and every other word names another type.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value as Json};

use crate::cargo::root;
use names::{
    CRD_KINDS, CUSTOM_OPEN, HAND_MADE, HAND_MADE_KINDS, KINDS, LEFT_OPEN, SHARED, VENDORS, WRITTEN,
    name_of, single,
};

/// The fields of a type with their words.
type Fields = BTreeMap<String, String>;

/// Facts under construction.
#[derive(Default)]
struct Facts {
    /// From `<apiVersion> <kind>` to the name of a type: what charts print.
    kinds: BTreeMap<String, String>,
    /// The same for what only we write: charts are not read by them.
    written: BTreeMap<String, String>,
    types: BTreeMap<String, Fields>,
    /// The types that only custom resources have, and the API versions that they are of.
    custom: BTreeMap<String, String>,
}

/// Where a map of fields stands in a custom resource.
struct Owner<'a> {
    /// The API version of the kind.
    api_version: &'a str,
    /// The name of the kind's type.
    kind: &'a str,
    /// The key above.
    key: &'a str,
}

impl Owner<'_> {
    /// Returns whether a field is closed no further, though its schema goes on.
    fn leaves_open(&self, key: &str) -> bool {
        let is_open = CUSTOM_OPEN
            .iter()
            .any(|(kind, keys)| *kind == self.kind && keys.contains(&key));
        is_open || VENDORS.contains(&(self.kind, self.key))
    }
}

/// Writes `schemas/kubernetes/<version>.json` from Kubernetes' `swagger.json` and from schemas of custom resources,
/// `<group>/<kind>_<version>.json` each.
pub(crate) fn run(version: &str, files: &[&str]) -> Result<()> {
    let mut facts = Facts::default();
    for (types, fields) in HAND_MADE {
        let fields = fields
            .iter()
            .map(|(key, word)| ((*key).to_owned(), (*word).to_owned()));
        facts.types.insert((*types).to_owned(), fields.collect());
    }
    for (kind, name) in HAND_MADE_KINDS {
        facts.add_kind((*kind).to_owned(), (*name).to_owned());
    }
    // Kubernetes' own types first: custom resources share them where they are the same.
    let mut custom = Vec::new();
    for file in files {
        let document = read(file)?;
        if let Some(kind) = custom_resource(file) {
            custom.push((kind, document));
            continue;
        }
        let definitions = document["definitions"].as_object();
        facts.add_swagger(definitions.with_context(|| format!("{file} has no `definitions`"))?)?;
    }
    // Names depend on who comes first.
    custom.sort_by(|(left, _), (right, _)| left.cmp(right));
    for ((api_version, kind), document) in custom {
        facts.add_custom(&api_version, kind, &document);
    }
    facts.check()?;
    let path = root().join(format!("schemas/kubernetes/{version}.json"));
    std::fs::create_dir_all(path.parent().context("the path has a folder")?)?;
    std::fs::write(&path, facts.text(version))
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!(
        "{}: {} kinds, {} types",
        path.display(),
        facts.kinds.len() + facts.written.len(),
        facts.types.len()
    );
    Ok(())
}

fn read(file: &str) -> Result<Json> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    serde_json::from_str(&text).with_context(|| format!("{file} is not JSON"))
}

/// Returns the API version and the kind that a file of a custom resource is named after.
fn custom_resource(file: &str) -> Option<(String, &'static str)> {
    let path = Path::new(file);
    let group = path.parent()?.file_name()?.to_str()?;
    let (name, version) = path.file_stem()?.to_str()?.rsplit_once('_')?;
    let kind = CRD_KINDS.iter().find(|kind| kind.to_lowercase() == name)?;
    Some((format!("{group}/{version}"), kind))
}

impl Facts {
    fn add_swagger(&mut self, definitions: &Map<String, Json>) -> Result<()> {
        for (api_version, kinds) in KINDS {
            for kind in *kinds {
                let id = definitions
                    .iter()
                    .find(|(_, schema)| is_kind(schema, api_version, kind));
                let (id, _) = id.with_context(|| format!("no {api_version} {kind}"))?;
                let name = self.define(id, definitions)?;
                self.kinds.insert(format!("{api_version} {kind}"), name);
            }
        }
        Ok(())
    }

    /// Defines a type and all that it refers to, and returns its name.
    fn define(&mut self, id: &str, definitions: &Map<String, Json>) -> Result<String> {
        let name = name_of(id);
        let schema = definitions
            .get(id)
            .with_context(|| format!("no definition {id}"))?;
        let Some(properties) = schema["properties"].as_object() else {
            bail!("{id} is no map of fields");
        };
        let is_object = schema.get("x-kubernetes-group-version-kind").is_some();
        let known = self.types.insert(name.clone(), Fields::new());
        if known.as_ref().is_some_and(|known| known.keys().len() == 0) {
            // Under construction: a type that holds itself.
            return Ok(name);
        }
        let mut fields = Fields::new();
        for (key, property) in properties {
            let word = match key.as_str() {
                "status" if is_object => "map".to_owned(),
                _ => self.word(property, definitions)?,
            };
            fields.insert(key.clone(), word);
        }
        if let Some(known) = known
            && known != fields
        {
            bail!("two types are named {name}: {known:?} and {fields:?}");
        }
        self.types.insert(name.clone(), fields);
        Ok(name)
    }

    fn word(&mut self, schema: &Json, definitions: &Map<String, Json>) -> Result<String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let id = reference.trim_start_matches("#/definitions/");
            let last = id.rsplit('.').next().unwrap_or(id);
            if last == "Quantity" {
                return Ok("quantity".into());
            }
            if LEFT_OPEN.contains(&last) {
                return Ok("map".into());
            }
            let target = definitions
                .get(id)
                .with_context(|| format!("no definition {id}"))?;
            if target.get("properties").is_some() {
                return self.define(id, definitions);
            }
            return self.word(target, definitions);
        }
        Ok(match schema["type"].as_str() {
            Some("array") => match schema.get("items") {
                Some(items) => format!("[{}]", self.word(items, definitions)?),
                None => "list".into(),
            },
            Some("object") => match schema.get("additionalProperties") {
                Some(values) => format!("{{{}}}", self.word(values, definitions)?),
                None => "map".into(),
            },
            _ => scalar(schema),
        })
    }

    fn add_custom(&mut self, api_version: &str, kind: &str, schema: &Json) {
        let mut name = names::kebab(kind);
        if self.types.contains_key(&name) {
            // A kind named like a part of a pod: `Probe`.
            name = format!("{name}-object");
        }
        let mut fields = Fields::new();
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let word = match key.as_str() {
                "metadata" => "object-meta".to_owned(),
                "status" => "map".to_owned(),
                _ => self.custom_word(
                    property,
                    key,
                    &Owner {
                        api_version,
                        kind: &name,
                        key: "",
                    },
                ),
            };
            fields.insert(key.clone(), word);
        }
        self.types.insert(name.clone(), fields);
        self.add_kind(format!("{api_version} {kind}"), name);
    }

    fn add_kind(&mut self, kind: String, name: String) {
        let is_written = WRITTEN.iter().any(|group| {
            kind.strip_prefix(group)
                .is_some_and(|rest| rest.starts_with('/'))
        });
        let kinds = if is_written {
            &mut self.written
        } else {
            &mut self.kinds
        };
        kinds.insert(kind, name);
    }

    /// Returns the word of a schema that is written out in place; `key` and `owner` give a name to a map of fields.
    fn custom_word(&mut self, schema: &Json, key: &str, owner: &Owner<'_>) -> String {
        if schema["x-kubernetes-int-or-string"] == true {
            // Only the pattern tells a quantity: it lists the suffixes.
            let is_quantity = schema["pattern"]
                .as_str()
                .is_some_and(|pattern| pattern.contains("[KMGTPE]i"));
            return if is_quantity {
                "quantity"
            } else {
                "integer|string"
            }
            .into();
        }
        if owner.leaves_open(key) {
            return "map".into();
        }
        if schema["x-kubernetes-preserve-unknown-fields"] == true {
            return if schema["type"] == "object" {
                "map"
            } else {
                "any"
            }
            .into();
        }
        let types = |types: &Json| types["type"].as_str().map(str::to_owned);
        if let Some(either) = schema["anyOf"].as_array()
            && either
                .iter()
                .map(types)
                .eq([Some("integer".into()), Some("string".into())])
        {
            return "integer|string".into();
        }
        match schema["type"].as_str() {
            Some("array") => match schema.get("items") {
                Some(items) => format!("[{}]", self.custom_word(items, &single(key), owner)),
                None => "list".into(),
            },
            Some("object") => {
                let values = schema.get("additionalProperties");
                if let Some(values) = values.filter(|values| values.is_object()) {
                    return format!("{{{}}}", self.custom_word(values, &single(key), owner));
                }
                let Some(properties) = schema["properties"].as_object() else {
                    return "map".into();
                };
                let below = Owner {
                    api_version: owner.api_version,
                    kind: owner.kind,
                    key,
                };
                let fields: Fields = properties
                    .iter()
                    .map(|(key, property)| (key.clone(), self.custom_word(property, key, &below)))
                    .collect();
                self.intern(fields, key, owner)
            }
            _ => scalar(schema),
        }
    }

    /// Returns the name of the type with these fields, which it gets now if none has them.
    fn intern(&mut self, fields: Fields, key: &str, owner: &Owner<'_>) -> String {
        let same = self
            .types
            .iter()
            .filter(|(name, _)| {
                self.custom
                    .get(*name)
                    .is_some_and(|known| known == owner.api_version)
                    || SHARED.contains(&name.as_str())
            })
            .find(|(_, known)| **known == fields);
        if let Some((name, _)) = same {
            return name.clone();
        }
        let kind = owner.kind;
        let name = [
            format!("{kind} {key}"),
            format!("{kind} {} {key}", owner.key),
        ]
        .into_iter()
        .chain((2..).map(|number| format!("{kind} {} {key} {number}", owner.key)))
        .map(|words| {
            words
                .split_whitespace()
                .map(names::kebab)
                .collect::<Vec<_>>()
                .join("-")
        })
        .find(|name| !self.types.contains_key(name))
        .unwrap_or_default();
        self.types.insert(name.clone(), fields);
        self.custom
            .insert(name.clone(), owner.api_version.to_owned());
        name
    }

    /// Returns the names of types, and of all that they hold.
    fn reached<'a>(&'a self, names: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<&str> = names.map(String::as_str).collect();
        while let Some(name) = waiting.pop() {
            let Some((name, fields)) = self.types.get_key_value(name) else {
                continue;
            };
            if reached.insert(name.as_str()) {
                let words = fields.values();
                waiting.extend(words.map(|word| word.trim_matches(['[', ']', '{', '}'])));
            }
        }
        reached
    }

    /// Every word leads to a type.
    fn check(&self) -> Result<()> {
        for (name, fields) in &self.types {
            for (key, word) in fields {
                let inner = word.trim_matches(['[', ']', '{', '}']);
                let is_plain = [
                    "string",
                    "integer",
                    "number",
                    "boolean",
                    "integer|string",
                    "quantity",
                    "map",
                    "list",
                    "any",
                ]
                .contains(&inner);
                if !is_plain && !self.types.contains_key(inner) {
                    bail!("{name}.{key}: no type {inner}");
                }
            }
        }
        Ok(())
    }

    /// Returns the facts as JSON text, one line a type.
    fn text(&self, version: &str) -> String {
        let mut out = format!("{{\n \"kubernetes\": {}", Json::from(version));
        for (title, kinds) in [("kinds", &self.kinds), ("written", &self.written)] {
            let lines: Vec<String> = kinds
                .iter()
                .map(|(kind, name)| format!("\n  {}: {}", Json::from(&**kind), Json::from(&**name)))
                .collect();
            // Writing to a text cannot fail.
            let _ = write!(out, ",\n \"{title}\": {{{}\n }}", lines.join(","));
        }
        let printed = self.reached(self.kinds.values());
        for (title, is_printed) in [("types", true), ("writtenTypes", false)] {
            let lines: Vec<String> = self
                .types
                .iter()
                .filter(|(name, _)| printed.contains(name.as_str()) == is_printed)
                .map(|(name, fields)| {
                    let fields: Vec<String> = fields
                        .iter()
                        .map(|(key, word)| {
                            format!("{}: {}", Json::from(&**key), Json::from(&**word))
                        })
                        .collect();
                    format!("\n  {}: {{{}}}", Json::from(&**name), fields.join(", "))
                })
                .collect();
            let _ = write!(out, ",\n \"{title}\": {{{}\n }}", lines.join(","));
        }
        out.push_str("\n}\n");
        out
    }
}

/// Returns whether a schema is that of an object of Kubernetes.
fn is_kind(schema: &Json, api_version: &str, kind: &str) -> bool {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let kinds = schema["x-kubernetes-group-version-kind"].as_array();
    kinds.is_some_and(|kinds| {
        kinds.len() == 1
            && kinds.iter().all(|known| {
                known["group"] == group && known["version"] == version && known["kind"] == kind
            })
    })
}

fn scalar(schema: &Json) -> String {
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("int-or-string")) => "integer|string",
        (Some("string"), _) => "string",
        (Some("integer"), _) => "integer",
        (Some("number"), _) => "number",
        (Some("boolean"), _) => "boolean",
        _ => "any",
    }
    .to_owned()
}
