//! The types of a chart's own custom resources, from the definitions that the chart brings.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value as Json;

use super::super::schema::{Additional, Literal, Schema, Types};
use super::super::terms::{closed_map, open_map};
use super::super::write::to_json;
use super::facts;
use super::same::same_as;

/// Why a map of a custom resource takes any key.
const ANY_KEY: &str = "the custom resource takes any key here";

/// Why a map of a very large custom resource takes any key.
const TOO_LARGE: &str = "the custom resource is too large to be written out";

/// Objects of fewer bytes are written in place.
const SMALL: usize = 160;

/// When definitions have this many bytes, further objects are closed no deeper than their own keys: a contract has
/// 400 kB at most, and the charts' own values need most of it.
const LARGEST: usize = 200_000;

/// The custom resources that a chart brings along.
///
/// A text is parsed when one of its kinds is first asked for.
#[derive(Debug, Default)]
pub(crate) struct Crds<'a> {
    /// One document each that defines a kind.
    documents: Vec<Document<'a>>,
    named: RefCell<Named>,
}

/// Schemas by the names that references give.
pub(crate) type Definitions = Vec<(Box<str>, Schema)>;

/// A text that defines a custom resource.
#[derive(Debug)]
struct Document<'a> {
    text: &'a str,
    parsed: OnceCell<Option<Definition>>,
}

/// Definitions by name, and the names by what they define.
#[derive(Debug, Default)]
struct Named {
    names: BTreeMap<String, Box<str>>,
    schemas: BTreeMap<Box<str>, Schema>,
    /// How many bytes the definitions have, written out.
    bytes: usize,
}

/// Reads definitions of custom resources, each text with the name of its file; texts of other kinds are passed over.
///
/// Documents that are no YAML are passed over too: they may be templates.
pub(crate) fn from_crds<'a>(texts: &[(&str, &'a str)]) -> Crds<'a> {
    let documents = texts
        .iter()
        .flat_map(|(_, text)| documents(text))
        .filter(|text| text.contains("CustomResourceDefinition"))
        .map(|text| Document {
            text,
            parsed: OnceCell::new(),
        });
    Crds {
        documents: documents.collect(),
        named: RefCell::default(),
    }
}

/// Returns the documents of a stream: a line of dashes can stand in none of them, as all content is indented.
fn documents(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n---").map(|document| {
        // The rest of the line of dashes: nothing, or a comment.
        match document.strip_prefix("---") {
            Some(rest) => rest,
            None => document,
        }
    })
}

impl Crds<'_> {
    /// Returns what a custom resource takes at a place, and the definitions that its references need beside those
    /// of [`super::named`]; nothing if the chart does not define the kind or it has no such place.
    ///
    /// A definition keeps its name for as long as `self` lives: give them to one document.
    pub(crate) fn at(
        &self,
        kind: &str,
        api_version: Option<&str>,
        path: &[Box<str>],
    ) -> Option<(Schema, Definitions)> {
        let definition = self.definition(kind, api_version)?;
        let mut spec = definition.version(api_version)?;
        if let Some((first, _)) = path.split_first()
            && matches!(&**first, "apiVersion" | "kind" | "metadata")
        {
            return Some((super::at(Some(""), None, path)?, Vec::new()));
        }
        for step in path {
            spec = spec.below(step)?;
        }
        let key = path.iter().rev().find(|step| ***step != *"[]");
        let mut named = self.named.borrow_mut();
        let schema = named.convert(spec, key.map_or(kind, |key| key), 0);
        let mut needed = BTreeSet::new();
        named.collect(&schema, &mut needed);
        let definitions = needed
            .into_iter()
            .filter_map(|name| Some((name.clone(), named.schemas.get(&name)?.clone())))
            .collect();
        Some((schema, definitions))
    }

    fn definition(&self, kind: &str, api_version: Option<&str>) -> Option<&Definition> {
        self.documents.iter().find_map(|document| {
            // Most kinds are never asked for; their texts are long.
            let mentioned = document.text.match_indices(kind).any(|(at, _)| {
                let before = document.text.get(..at).unwrap_or_default();
                let after = document.text.get(at + kind.len()..).unwrap_or_default();
                before.trim_end_matches([' ', '"', '\'']).ends_with("kind:")
                    && !after.starts_with(|next: char| next.is_ascii_alphanumeric())
            });
            if !mentioned {
                return None;
            }
            let parsed = document
                .parsed
                .get_or_init(|| Definition::read(document.text));
            parsed.as_ref().filter(|definition| {
                let spec = &definition.spec;
                definition.kind == "CustomResourceDefinition"
                    && spec.names.kind == kind
                    && api_version.is_none_or(|version| {
                        version.rsplit_once('/').map(|(group, _)| group) == Some(&*spec.group)
                    })
            })
        })
    }
}

/// A custom resource definition: what we read of it.
#[derive(Debug, Deserialize)]
struct Definition {
    kind: String,
    spec: DefinitionSpec,
}

#[derive(Debug, Deserialize)]
struct DefinitionSpec {
    group: String,
    names: Names,
    #[serde(default)]
    versions: Vec<Version>,
    /// The form before `apiextensions.k8s.io/v1`: one schema for all versions.
    validation: Option<Validation>,
}

#[derive(Debug, Deserialize)]
struct Names {
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Version {
    name: String,
    #[serde(default)]
    storage: bool,
    schema: Option<Validation>,
}

#[derive(Debug, Deserialize)]
struct Validation {
    #[serde(rename = "openAPIV3Schema")]
    schema: Spec,
}

/// A schema as a custom resource has it; descriptions and finer rules are passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Spec {
    #[serde(rename = "type")]
    pub(super) types: Option<Box<str>>,
    pub(super) properties: IndexMap<Box<str>, Self>,
    pub(super) items: Option<Box<Self>>,
    #[serde(rename = "additionalProperties")]
    additional: Option<Others>,
    #[serde(rename = "enum")]
    allowed: Option<Vec<Json>>,
    #[serde(rename = "x-kubernetes-int-or-string")]
    pub(super) integer_or_string: bool,
    #[serde(rename = "x-kubernetes-preserve-unknown-fields")]
    pub(super) open: bool,
    #[serde(rename = "x-kubernetes-embedded-resource")]
    pub(super) embedded: bool,
    pattern: Option<Box<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Others {
    Admitted(bool),
    Schema(Box<Spec>),
}

impl Definition {
    fn read(text: &str) -> Option<Self> {
        if let Ok(definition) = serde_yaml::from_str(text) {
            return Some(definition);
        }
        // A chart may wrap a definition in a few lines of template.
        let is_template = |line: &&str| !line.trim_start().starts_with("{{");
        let plain: Vec<&str> = text.lines().filter(is_template).collect();
        serde_yaml::from_str(&plain.join("\n")).ok()
    }

    /// Returns the schema of a version; of the stored one if none is asked for.
    fn version(&self, api_version: Option<&str>) -> Option<&Spec> {
        let wanted = api_version.and_then(|version| version.rsplit('/').next());
        let versions = &self.spec.versions;
        let version = match wanted {
            Some(name) => versions.iter().find(|version| version.name == name),
            None => versions.iter().find(|version| version.storage),
        };
        version
            .and_then(|version| version.schema.as_ref())
            .or(self.spec.validation.as_ref())
            .map(|validation| &validation.schema)
    }
}

impl Spec {
    /// Returns the schema of a key, or of an element for `[]`.
    fn below(&self, step: &str) -> Option<&Self> {
        if step == "[]" {
            return self.items.as_deref();
        }
        self.properties.get(step).or_else(|| self.values())
    }

    /// Returns what holds for keys of the user's choice.
    pub(super) fn values(&self) -> Option<&Self> {
        match &self.additional {
            Some(Others::Schema(schema)) => Some(schema),
            _ => None,
        }
    }

    fn takes_any_key(&self) -> bool {
        self.open
            || self.embedded
            || matches!(self.additional, Some(Others::Admitted(true)))
            || self.properties.is_empty()
    }

    /// Whether it is an amount such as `1Gi`: only the pattern tells.
    pub(super) fn is_quantity(&self) -> bool {
        let pattern = self.pattern.as_deref();
        self.integer_or_string && pattern.is_some_and(|pattern| pattern.contains("[KMGTPE]i"))
    }

    /// Returns the types of a scalar.
    pub(super) fn scalar(&self) -> Types {
        if self.is_quantity() {
            return Types::STRING.with(Types::NUMBER);
        }
        if self.integer_or_string {
            return Types::STRING.with(Types::INTEGER);
        }
        self.types
            .as_deref()
            .and_then(Types::named)
            .unwrap_or_default()
    }
}

impl Named {
    /// Returns the schema of a place; objects that are not small become definitions.
    fn convert(&mut self, spec: &Spec, key: &str, depth: usize) -> Schema {
        if let Some(word) = same_as(spec)
            && let Some(schema) = facts::schema(word)
        {
            return schema;
        }
        match spec.types.as_deref() {
            Some("array") => {
                let mut list = Schema::of(Types::ARRAY.with(Types::NULL));
                if let Some(items) = &spec.items {
                    if let Some(word) = same_as(items)
                        && let Some(known) = facts::list(word)
                    {
                        return known;
                    }
                    list.items = Some(Box::new(self.convert(items, key, depth + 1)));
                }
                list
            }
            Some("object") => self.object(spec, key, depth),
            _ => scalar(spec),
        }
    }

    fn object(&mut self, spec: &Spec, key: &str, depth: usize) -> Schema {
        if spec.properties.is_empty()
            && let Some(values) = spec.values()
        {
            let value = self.convert(values, key, depth + 1);
            return facts::map_of(value);
        }
        if depth > 1 && self.bytes > LARGEST {
            return open_map(TOO_LARGE);
        }
        let mut map = if spec.takes_any_key() {
            open_map(ANY_KEY)
        } else {
            closed_map()
        };
        let is_resource = ["metadata", "spec"]
            .iter()
            .all(|key| spec.properties.contains_key(*key));
        for (key, property) in &spec.properties {
            let schema = match &**key {
                // Nobody but the operator writes it.
                "status" if is_resource => open_map(ANY_KEY),
                "metadata" if is_resource && property.properties.is_empty() => {
                    Schema::reference_to("object-meta")
                }
                _ => self.convert(property, key, depth + 1),
            };
            map.properties.push((key.clone(), schema));
        }
        if map.properties.is_empty() {
            return map;
        }
        self.intern(map, key)
    }

    /// Returns a reference to the definition of this schema, which is made now if there is none.
    fn intern(&mut self, schema: Schema, key: &str) -> Schema {
        let content = to_json(&schema);
        if content.len() < SMALL {
            return schema;
        }
        if let Some(name) = self.names.get(&content) {
            return Schema::reference_to(name);
        }
        let word = kebab(key);
        let digits = format!("{:016x}", fnv(content.as_bytes()));
        // Four digits tell definitions of one key apart; more where they do not.
        let name = (4..=digits.len())
            .map(|length| format!("{word}-{}", digits.get(..length).unwrap_or_default()))
            .find(|name| !self.schemas.contains_key(&**name) && !facts::is_named(name))
            .unwrap_or_else(|| format!("{word}-{digits}-{}", self.schemas.len()));
        self.bytes += content.len();
        let reference = Schema::reference_to(&name);
        self.names.insert(content, name.as_str().into());
        self.schemas.insert(name.into(), schema);
        reference
    }

    /// Collects the names of our own definitions that a schema refers to.
    fn collect(&self, schema: &Schema, names: &mut BTreeSet<Box<str>>) {
        let below = schema.properties.iter().map(|(_, schema)| schema);
        for schema in below.chain(schema.items.as_deref()) {
            self.collect(schema, names);
        }
        if let Additional::Schema(other) = &schema.additional {
            self.collect(other, names);
        }
        let name = schema
            .rare()
            .and_then(|rare| rare.reference.as_deref()?.strip_prefix("#/definitions/"));
        if let Some(name) = name
            && let Some(definition) = self.schemas.get(name)
            && names.insert(name.into())
        {
            self.collect(definition, names);
        }
    }
}

fn scalar(spec: &Spec) -> Schema {
    let types = spec.scalar();
    if types.is_any() {
        return Schema::default();
    }
    let mut schema = Schema::of(types.with(Types::NULL));
    if let Some(allowed) = &spec.allowed {
        let literals = allowed.iter().map(Literal::from_json);
        schema.rare_mut().allowed = Some(literals.chain([Literal::Null]).collect());
    }
    schema
}

/// Returns a key in small letters with dashes, `tlsConfig` as `tls-config`; what is no letter or digit is left out.
fn kebab(key: &str) -> String {
    let letters: Vec<char> = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut out = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let is_small = |at: usize| {
            letters
                .get(at)
                .is_some_and(|other| !other.is_ascii_uppercase())
        };
        if letter.is_ascii_uppercase() && at > 0 && (is_small(at - 1) || is_small(at + 1)) {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// The FNV-1a hash: the same on every machine and by every compiler.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
