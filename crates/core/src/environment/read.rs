//! From text to a typed environment, every finding with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layers::{self, Cache, Layers};
use super::model::{Kind, Model, Tier};
use super::validate;
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, has_errors};
use crate::source::{Location, Source};
use crate::yaml::{self, Node, Value};

/// One environment: the typed model and the document it came from.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its name, the value of `environment`.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// The namespace of its releases.
    pub namespace: String,
    /// The tenant of all it writes and reads.
    pub tenant: String,
    /// Everything else, typed.
    pub model: Model,
    /// The files it was read from, the lowest layer first.
    pub files: Vec<String>,
    pub(super) document: Node,
    /// The files that settings name, by their normalised paths.
    pub(super) texts: BTreeMap<String, Arc<Source>>,
}

/// What reading one file gave.
#[derive(Debug, Default)]
pub struct Read {
    /// The environment; none for a layer, and none if anything was wrong.
    pub environment: Option<Environment>,
    /// The name under `environment` and where it stands, also when the rest is wrong.
    pub name: Option<(String, Location)>,
    /// Everything that was found.
    pub diagnostics: Vec<Diagnostic>,
}

impl Environment {
    /// Reads one environment file with all it extends.
    ///
    /// A file without `environment` is a layer: it is checked, and gives no environment.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "bundled")] {
    /// use helmwright::{Catalog, Environment, environment::NoLayers, source::Source};
    ///
    /// let source = Source::new("envs/dev.yaml", "environment: dev\nnamespaec: team-dev\n");
    /// let read = Environment::read(&source, &NoLayers, Catalog::bundled());
    /// assert!(read.diagnostics.iter().any(|found| found.id == "environment/unknown-key"));
    /// # }
    /// ```
    pub fn read(source: &Arc<Source>, layers: &dyn Layers, catalog: &Catalog) -> Read {
        Self::read_cached(source, &Cache::new(layers), catalog)
    }

    pub(crate) fn read_cached(source: &Arc<Source>, cache: &Cache<'_>, catalog: &Catalog) -> Read {
        let own = match yaml::read(source) {
            Ok(node) => node,
            Err(diagnostics) => {
                return Read {
                    diagnostics,
                    ..Read::default()
                };
            }
        };
        let mut found = Vec::new();
        let is_environment = own
            .as_map()
            .is_some_and(|map| map.contains_key("environment"));
        let document = layers::resolve(&own, cache, &mut found);
        found.extend(catalog.environment_schema().check(&document));
        if !is_environment {
            // A layer need not be complete: what is missing, the environments bring.
            found.retain(|diagnostic| diagnostic.id != "environment/missing-key");
            return Read {
                diagnostics: found,
                ..Read::default()
            };
        }
        let name = own
            .get("environment")
            .and_then(|node| Some((node.as_str()?.to_owned(), node.location.clone())));
        validate::document(&document, &mut found);
        let mut environment = if has_errors(&found) {
            None
        } else {
            typed(source, document, &mut found)
        };
        if let Some(environment) = &mut environment {
            environment.load_files(cache, catalog, &mut found);
        }
        for diagnostic in &mut found {
            diagnostic
                .environments
                .extend(name.as_ref().map(|(name, _)| name.clone()));
        }
        Read {
            environment: environment.filter(|_| !has_errors(&found)),
            name,
            diagnostics: found,
        }
    }

    /// Returns the environment that a changed document describes; none if the types refuse it.
    ///
    /// The schema is not asked: this is for asking what would follow from another value.
    pub(crate) fn with_document(&self, document: Node) -> Option<Self> {
        let mut found = Vec::new();
        let source = Source::new(self.files.last()?.as_str(), "");
        let mut environment = typed(&source, document, &mut found)?;
        environment.texts.clone_from(&self.texts);
        (!has_errors(&found)).then_some(environment)
    }

    /// Returns the place of the value at a dotted path, or of the deepest value on the way there.
    pub fn location(&self, path: &str) -> Location {
        deepest(&self.document, path).0
    }

    /// Returns the place of the key at a dotted path, or of the deepest key on the way there.
    pub fn key_location(&self, path: &str) -> Location {
        deepest(&self.document, path).1
    }

    /// Returns the node at a path of keys.
    pub fn node(&self, path: &[&str]) -> Option<&Node> {
        self.document.at(path)
    }

    /// Returns the whole document, layers merged.
    pub fn document(&self) -> &Node {
        &self.document
    }

    /// Returns the priority class whose `kinds` name a kind of pod.
    pub fn priority_class_of(&self, kind: Kind) -> Option<String> {
        self.model
            .priority_classes
            .iter()
            .find(|(_, class)| class.kinds.contains(&kind))
            .map(|(name, _)| name.clone())
    }
}

/// Turns a checked document into its typed form.
fn typed(source: &Arc<Source>, document: Node, found: &mut Vec<Diagnostic>) -> Option<Environment> {
    // The schema has passed, so what serde still refuses is something that only the types know.
    let model: Model = match serde_json::from_value(without_nulls(&document, false)) {
        Ok(model) => model,
        Err(error) => {
            found.push(
                Diagnostic::error("environment/bad-value", error.to_string())
                    .at(&Location::of_file(source))
                    .help("`helmwright schema environment` prints what is accepted"),
            );
            return None;
        }
    };
    let name = model.environment.clone()?;
    let tier = model.tier.or_else(|| tier_named(&name));
    let (Some(tier), Some(namespace)) = (tier, model.namespace.clone()) else {
        for (key, set, help) in [
            (
                "tier",
                tier.is_some(),
                "add `tier: dev`, `tier: test` or `tier: prod`",
            ),
            (
                "namespace",
                model.namespace.is_some(),
                "add `namespace:` with the namespace that releases go to",
            ),
        ] {
            if !set {
                found.push(
                    Diagnostic::error(
                        "environment/missing-key",
                        format!("environment `{name}` has no `{key}`"),
                    )
                    .at(&deepest(&document, "environment").1)
                    .why("nothing can be derived without it")
                    .help(help),
                );
            }
        }
        return None;
    };
    let mut files = Vec::new();
    collect_files(&document, &mut files);
    files.retain(|file| file != source.name());
    files.push(source.name().to_owned());
    let environment = Environment {
        tenant: model.tenant.clone().unwrap_or_else(|| name.clone()),
        name,
        tier,
        namespace,
        model,
        files,
        document,
        texts: BTreeMap::new(),
    };
    validate::environment(&environment, found);
    Some(environment)
}

fn tier_named(name: &str) -> Option<Tier> {
    [Tier::Dev, Tier::Test, Tier::Prod]
        .into_iter()
        .find(|tier| tier.name() == name)
}

/// Returns the data without nulls (null means "not set"), except in overrides, where it removes a default.
fn without_nulls(node: &Node, keep: bool) -> serde_json::Value {
    match &node.value {
        Value::Map(map) => serde_json::Value::Object(
            map.iter()
                .filter(|(_, entry)| keep || entry.value.value != Value::Null)
                .map(|(key, entry)| {
                    (
                        key.clone(),
                        without_nulls(&entry.value, keep || key == "values"),
                    )
                })
                .collect(),
        ),
        Value::List(items) => items.iter().map(|item| without_nulls(item, keep)).collect(),
        _ => node.to_json(),
    }
}

/// Collects the names of all files that any value of the merged document came from, in order of first use.
fn collect_files(node: &Node, files: &mut Vec<String>) {
    let name = node.location.source.name();
    if !files.iter().any(|file| file == name) {
        files.push(name.to_owned());
    }
    match &node.value {
        Value::Map(map) => map
            .values()
            .for_each(|entry| collect_files(&entry.value, files)),
        Value::List(items) => items.iter().for_each(|item| collect_files(item, files)),
        _ => {}
    }
}

/// Returns the places of the value and of the key at a dotted path, as deep as the path can be followed.
///
/// Within a list a part is the number of an item, counted from 0; an item is its own key.
fn deepest(document: &Node, path: &str) -> (Location, Location) {
    let mut node = document;
    let mut key = &document.location;
    for part in path.split('.') {
        (key, node) = match &node.value {
            Value::Map(map) => match map.get(part) {
                Some(entry) => (&entry.key, &entry.value),
                None => break,
            },
            Value::List(items) => match part.parse().ok().and_then(|index: usize| items.get(index))
            {
                Some(item) => (&item.location, item),
                None => break,
            },
            _ => break,
        };
    }
    (node.location.clone(), key.clone())
}
