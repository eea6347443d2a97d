//! What a chart reads and its values.yaml does not show: one short reviewed list per chart, as data.

use indexmap::IndexMap;
use serde::Deserialize;
use thiserror::Error;

use super::kubernetes;
use super::schema::{Additional, Literal, Schema, Types};
use super::terms::{closed_map, open_map, term};

/// A chart's list of additions.
///
/// It is YAML: a list of sections, each for some versions and some places.
///
/// ```yaml
/// - versions: ["2.2.4"]            # exact versions; none means all
///   under: [ingester, querier]     # the paths below stand under each of these; none means the top
///   keys: {hostAliases: host-aliases}              # read by templates, not listed; `ports."*"` for any name
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

/// The last step of a path under `keys` that stands for keys of the user's choice.
const ANY_KEY: &str = "*";

/// Why a list of additions is wrong: our mistake, not the user's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdditionsError {
    /// It is not YAML of the right form.
    #[error("not a list of additions")]
    Form(#[from] serde_yaml::Error),
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

/// A type by its term, a closed map by its keys, or a list by its element.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Shape {
    Term(String),
    Map(IndexMap<String, Self>),
    /// One element: what every element of the list is.
    List(Vec<Self>),
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

    /// Changes the schema of one version of the chart, and returns the paths that lead nowhere in it.
    pub(super) fn apply(
        &self,
        version: &str,
        root: &mut Schema,
    ) -> Result<Vec<String>, AdditionsError> {
        let mut lost = Vec::new();
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
                section.apply(prefix, root, &mut lost)?;
            }
        }
        lost.sort();
        lost.dedup();
        Ok(lost)
    }
}

impl Section {
    fn apply(
        &self,
        prefix: &str,
        root: &mut Schema,
        lost: &mut Vec<String>,
    ) -> Result<(), AdditionsError> {
        let whole = |path: &str| match (prefix, path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}.{path}"),
        };
        for (path, shape) in &self.keys {
            let path = whole(path);
            let Some((parent, key)) = parent(root, &path) else {
                lost.push(path);
                continue;
            };
            let mut schema = shape.schema(&path)?;
            if key == ANY_KEY {
                parent.additional = Additional::Schema(Box::new(schema));
                continue;
            }
            if let Some(known) = parent.listed(&key) {
                schema.default.clone_from(&known.default);
                schema.template = known.template;
            }
            parent.set(&key, schema);
        }
        for (path, shape) in &self.closed {
            let path = whole(path);
            let Some(node) = at(root, &path, true) else {
                lost.push(path);
                continue;
            };
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
            let Some(node) = at(root, &whole(path), true) else {
                lost.push(whole(path));
                continue;
            };
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
            match at(root, &whole(path), false) {
                Some(node) => node.template = true,
                None => lost.push(whole(path)),
            }
        }
        for (path, why) in &self.dead {
            let path = whole(path);
            let Some((parent, key)) = parent(root, &path) else {
                lost.push(path);
                continue;
            };
            match parent.listed_mut(&key) {
                Some(known) => kill(known, why, true),
                None => parent.set(&key, dead(why, None)),
            }
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
            Self::List(shapes) => {
                let mut list = Schema::of(Types::ARRAY.with(Types::NULL));
                if let Some(element) = shapes.first() {
                    list.items = Some(Box::new(element.schema(&format!("{path}[]"))?));
                }
                Ok(list)
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

/// Makes the schema of a key that is never read: it takes the chart's own default, which Helm puts there, and null.
fn dead(why: &str, default: Option<Literal>) -> Schema {
    let mut dead = Schema::default();
    let rare = dead.rare_mut();
    rare.dead = Some(why.into());
    let default = default.filter(|default| *default != Literal::Null);
    rare.allowed = Some(default.into_iter().chain([Literal::Null]).collect());
    dead
}

/// Marks a schema, or all leaves of a map, as never read; a leaf whose default is not known as a fact stays as it is.
fn kill(schema: &mut Schema, why: &str, named: bool) {
    use serde_json::Value as Json;
    if !schema.properties.is_empty() {
        for (_, property) in &mut schema.properties {
            kill(property, why, false);
        }
        return;
    }
    // An empty default is written nowhere; the type tells which kind of empty.
    let types = reference_of(schema).map_or(schema.types, |named| named.types);
    let default = match schema.default.take() {
        Some(default) => default,
        None if types.holds(Types::OBJECT) => {
            Literal::from_json(&Json::Object(serde_json::Map::new()))
        }
        None if reference_of(schema).is_some() => Literal::from_json(&Json::Array(Vec::new())),
        // A leaf that the list names itself and the chart sets nowhere.
        None if named => Literal::Null,
        None => return,
    };
    *schema = dead(why, Some(default));
}

/// Returns the schema at a path, Kubernetes types written out on the way; with `create`, a missing last step becomes a map.
fn at<'a>(root: &'a mut Schema, path: &str, create: bool) -> Option<&'a mut Schema> {
    let (parent, key) = parent(root, path)?;
    if create && parent.listed(&key).is_none() {
        parent.set(&key, closed_map());
    }
    let node = parent.listed_mut(&key)?;
    if create {
        write_out(node);
    }
    Some(node)
}

/// Returns the map that holds the last step of a path, and that step.
fn parent<'a>(root: &'a mut Schema, path: &str) -> Option<(&'a mut Schema, String)> {
    let mut steps = split(path);
    let last = steps.pop().unwrap_or_default();
    let mut schema = root;
    for step in steps {
        write_out(schema);
        schema = schema.listed_mut(&step)?;
    }
    write_out(schema);
    Some((schema, last))
}

/// Returns the Kubernetes type that a schema refers to, if it does.
fn reference_of(schema: &Schema) -> Option<Schema> {
    let reference = schema.rare()?.reference.as_deref()?;
    kubernetes::named(reference.strip_prefix("#/definitions/")?)
}

/// Replaces a reference by what it stands for.
fn write_out(schema: &mut Schema) {
    if let Some(named) = reference_of(schema) {
        *schema = Schema {
            default: schema.default.take(),
            template: schema.template,
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
