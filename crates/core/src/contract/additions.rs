//! What a chart reads and its values.yaml does not show: one short reviewed list per chart, as data.

use indexmap::IndexMap;
use serde::Deserialize;
use thiserror::Error;

use super::kubernetes;
use super::schema::{Literal, Schema};
use super::terms::{closed_map, open_map, term};

/// A chart's list of additions.
///
/// It is YAML: a list of sections, each for some versions and some places.
///
/// ```yaml
/// - versions: ["2.2.4"]            # exact versions; none means all
///   under: [ingester, querier]     # the paths below stand under each of these; none means the top
///   keys: {hostAliases: host-aliases}              # read by templates, not listed
///   closed: {config.s3: {bucket: string}}          # a map into the program, with what is known of it
///   open: {podSpec: "merged into the pod"}         # a map with keys that is passed on as it stands
///   template: [config]                             # goes through Helm's tpl
///   dead: {persistence: "no template reads it"}    # listed, but never read
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Additions {
    sections: Vec<Section>,
}

/// Why a list of additions is wrong: our mistake, not the user's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdditionsError {
    /// It is not YAML of the right form.
    #[error("not a list of additions")]
    Form(#[from] serde_yaml::Error),
    /// A path leads nowhere in this version of the chart.
    #[error("`{path}` is not in the chart")]
    NoSuchPath {
        /// The path.
        path: String,
    },
    /// A word is no type.
    #[error("`{term}` at `{path}` is no type")]
    NoSuchTerm {
        /// The path.
        path: String,
        /// The word.
        term: String,
    },
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Section {
    versions: Vec<String>,
    under: Vec<String>,
    keys: IndexMap<String, Shape>,
    closed: IndexMap<String, Shape>,
    open: IndexMap<String, String>,
    template: Vec<String>,
    dead: IndexMap<String, String>,
}

/// A type by its term, or a closed map by its keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Shape {
    Term(String),
    Map(IndexMap<String, Self>),
}

impl Additions {
    /// Reads a list from YAML text.
    ///
    /// # Errors
    ///
    /// Returns [`AdditionsError::Form`] if the text is not such a list.
    pub fn from_yaml(text: &str) -> Result<Self, AdditionsError> {
        Ok(serde_yaml::from_str(text)?)
    }

    /// Returns the exact versions that the list names, each once, in its order.
    pub fn versions(&self) -> Vec<&str> {
        let mut versions = Vec::new();
        for version in self.sections.iter().flat_map(|section| &section.versions) {
            if !versions.contains(&version.as_str()) {
                versions.push(version);
            }
        }
        versions
    }

    /// Changes the schema of one version of the chart.
    pub(super) fn apply(&self, version: &str, root: &mut Schema) -> Result<(), AdditionsError> {
        let top = [String::new()];
        for section in &self.sections {
            if !section.versions.is_empty()
                && !section.versions.iter().any(|known| known == version)
            {
                continue;
            }
            let under = if section.under.is_empty() {
                &top
            } else {
                &*section.under
            };
            for prefix in under {
                section.apply(prefix, root)?;
            }
        }
        Ok(())
    }
}

impl Section {
    fn apply(&self, prefix: &str, root: &mut Schema) -> Result<(), AdditionsError> {
        let whole = |path: &str| match (prefix, path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}.{path}"),
        };
        for (path, shape) in &self.keys {
            let path = whole(path);
            let (parent, key) = parent(root, &path)?;
            parent.set(&key, shape.schema(&path)?);
        }
        for (path, shape) in &self.closed {
            let path = whole(path);
            let node = at(root, &path, true)?;
            let schema = shape.schema(&path)?;
            let mut properties = schema.properties;
            for (key, known) in std::mem::take(&mut node.properties) {
                match properties.iter_mut().find(|(name, _)| *name == key) {
                    // The default stays a fact, the type comes from the list.
                    Some((_, listed)) => listed.default = known.default.or(listed.default.take()),
                    None => properties.push((key, known)),
                }
            }
            *node = Schema {
                properties,
                default: node.default.take(),
                template: node.template,
                ..closed_map()
            };
        }
        for (path, why) in &self.open {
            let node = at(root, &whole(path), true)?;
            let open = open_map(why);
            let default = node.default.take();
            *node = Schema {
                properties: std::mem::take(&mut node.properties),
                types: node.types.with(open.types),
                template: node.template,
                default,
                ..open
            };
        }
        for path in &self.template {
            at(root, &whole(path), false)?.template = true;
        }
        for (path, why) in &self.dead {
            let path = whole(path);
            let (parent, key) = parent(root, &path)?;
            let default = parent.listed(&key).and_then(default_tree);
            let mut dead = Schema::default();
            let rare = dead.rare_mut();
            rare.dead = Some(why.as_str().into());
            let mut allowed: Vec<Literal> = default
                .into_iter()
                .filter(|default| *default != Literal::Null)
                .collect();
            allowed.push(Literal::Null);
            rare.allowed = Some(allowed);
            parent.set(&key, dead);
        }
        Ok(())
    }
}

impl Shape {
    fn schema(&self, path: &str) -> Result<Schema, AdditionsError> {
        match self {
            Self::Term(text) => {
                if let Some(why) = text.strip_prefix("open: ") {
                    return Ok(open_map(why));
                }
                term(text).ok_or_else(|| AdditionsError::NoSuchTerm {
                    path: path.to_owned(),
                    term: text.clone(),
                })
            }
            Self::Map(shapes) => {
                let mut map = closed_map();
                for (key, shape) in shapes {
                    map.set(key, shape.schema(&format!("{path}.{key}"))?);
                }
                Ok(map)
            }
        }
    }
}

/// Returns the default of a schema, put together from those of its properties.
fn default_tree(schema: &Schema) -> Option<Literal> {
    if let Some(default) = &schema.default {
        return Some(default.clone());
    }
    let types = schema.types;
    if schema.properties.is_empty() {
        // An empty list or map is no scalar fact, but it is the default all the same.
        return if types.holds(super::Types::ARRAY) {
            Some(Literal::Other(Box::new(serde_json::Value::Array(
                Vec::new(),
            ))))
        } else if types.holds(super::Types::OBJECT)
            || schema.rare().is_some_and(|rare| rare.reference.is_some())
        {
            Some(Literal::Other(Box::new(serde_json::Value::Object(
                serde_json::Map::new(),
            ))))
        } else {
            None
        };
    }
    let map = schema
        .properties
        .iter()
        .filter_map(|(key, property)| Some((key.to_string(), default_tree(property)?.to_json())))
        .collect();
    Some(Literal::Other(Box::new(serde_json::Value::Object(map))))
}

/// Returns the schema at a path, Kubernetes types written out on the way; with `create`, a missing last step becomes a map.
fn at<'a>(
    root: &'a mut Schema,
    path: &str,
    create: bool,
) -> Result<&'a mut Schema, AdditionsError> {
    let (parent, key) = parent(root, path)?;
    if create && parent.listed(&key).is_none() {
        parent.set(&key, closed_map());
    }
    let node = parent
        .listed_mut(&key)
        .ok_or_else(|| AdditionsError::NoSuchPath {
            path: path.to_owned(),
        })?;
    if create {
        write_out(node);
    }
    Ok(node)
}

/// Returns the map that holds the last step of a path, and that step.
fn parent<'a>(
    root: &'a mut Schema,
    path: &str,
) -> Result<(&'a mut Schema, String), AdditionsError> {
    let mut steps = split(path);
    let last = steps.pop().unwrap_or_default();
    let mut schema = root;
    for step in steps {
        write_out(schema);
        schema = schema
            .listed_mut(&step)
            .ok_or_else(|| AdditionsError::NoSuchPath {
                path: path.to_owned(),
            })?;
    }
    write_out(schema);
    Ok((schema, last))
}

/// Replaces a reference by what it stands for.
fn write_out(schema: &mut Schema) {
    let name = schema
        .rare()
        .and_then(|rare| rare.reference.as_deref()?.strip_prefix("#/definitions/"));
    if let Some(named) = name.and_then(kubernetes::named) {
        let default = schema.default.take();
        let template = schema.template;
        *schema = Schema {
            default,
            template,
            ..named
        };
    }
}

/// Splits `a.b."c.d"` into its steps.
fn split(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut quoted = false;
    for letter in path.chars() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => steps.push(String::new()),
            _ => {
                if let Some(step) = steps.last_mut() {
                    step.push(letter);
                }
            }
        }
    }
    steps
}
