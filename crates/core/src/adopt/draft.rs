//! An environment in the making, and what it renders to.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::path::{self, Path};
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::environment::{Environment, Layers};
use crate::error::Error;
use crate::pipeline;
use crate::source::Source;
use crate::yaml::{self, Node, Value};

/// Where a draft becomes values.
pub(super) struct Workshop<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) layers: &'a dyn Layers,
    /// The environment file's name, which layers are found by.
    pub(super) file: &'a str,
    /// The environment's name.
    pub(super) environment: &'a str,
    /// The component's id.
    pub(super) component: &'a str,
    /// The file that is extended, if there is one.
    pub(super) existing: Option<Arc<Source>>,
}

/// What is added: to nothing, or to a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    document: Json,
}

impl Draft {
    /// Sets a value at a dotted path.
    pub(super) fn set(&mut self, at: &str, value: Json) {
        path::set(&mut self.document, &path::split(at), value);
    }

    /// Returns the draft with one more value.
    pub(super) fn with(&self, at: &str, value: Json) -> Self {
        let mut draft = self.clone();
        draft.set(at, value);
        draft
    }

    /// Returns the draft with several more values.
    pub(super) fn with_all(&self, values: &[(String, Json)]) -> Self {
        let mut draft = self.clone();
        for (at, value) in values {
            draft.set(at, value.clone());
        }
        draft
    }

    /// Returns the draft without a value, and without the maps that are empty then.
    pub(super) fn without(&self, at: &str) -> Self {
        let mut draft = self.clone();
        path::remove(&mut draft.document, &path::split(at));
        draft
    }

    pub(super) fn get(&self, at: &str) -> Option<&Json> {
        at.split('.')
            .try_fold(&self.document, |value, key| value.get(key))
    }

    fn object(&self) -> Map<String, Json> {
        self.document.as_object().cloned().unwrap_or_default()
    }
}

/// Why a draft became no values.
pub(super) enum Unrendered {
    /// It is not right.
    Wrong(Vec<Diagnostic>),
    /// It cannot be added to the file, for this reason.
    Unfit(&'static str),
}

impl Workshop<'_> {
    /// Renders a draft and returns the component's values.
    ///
    /// # Errors
    ///
    /// A broken template or contract is our mistake.
    pub(super) fn values(&self, draft: &Draft) -> Result<Result<Node, Unrendered>, Error> {
        let text = match self.text(draft) {
            Ok(text) => text,
            Err(why) => return Ok(Err(Unrendered::Unfit(why))),
        };
        let source = Source::new(self.file, text);
        let mut read = Environment::read(&source, self.layers, self.catalog);
        let Some(environment) = read.environment.take() else {
            return Ok(Err(Unrendered::Wrong(read.diagnostics)));
        };
        let mut found = Vec::new();
        let Some(file) =
            pipeline::render_one(environment, self.component, self.catalog, &mut found)?
        else {
            return Ok(Err(Unrendered::Wrong(found)));
        };
        let values = Source::new(file.path, &*file.text);
        Ok(yaml::read(&values).map_err(Unrendered::Wrong))
    }

    /// Returns the whole text of the environment file.
    ///
    /// # Errors
    ///
    /// Returns why a draft cannot be added to the file that is there.
    pub(super) fn text(&self, draft: &Draft) -> Result<String, &'static str> {
        match &self.existing {
            None => {
                let mut text = yaml::block(&Json::Object(draft.object()), 0);
                text.push('\n');
                Ok(text)
            }
            Some(source) => extend(source, &draft.object(), self.component),
        }
    }
}

/// Adds a section to a file's `components`, and keys that it does not have to its end. Nothing else is touched.
fn extend(
    source: &Arc<Source>,
    added: &Map<String, Json>,
    component: &str,
) -> Result<String, &'static str> {
    let Ok(node) = yaml::read(source) else {
        return Err("the file cannot be read");
    };
    let Value::Map(map) = &node.value else {
        return Err("the file holds no map");
    };
    let mut text = source.text().to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let mut end = String::new();
    for (name, value) in added {
        match map.get(name) {
            None => {
                end.push('\n');
                end.push_str(&yaml::block(&json!({name.as_str(): value}), 0));
                end.push('\n');
            }
            Some(entry) if name == "components" => {
                let Some(section) = value.get(component) else {
                    continue;
                };
                let Value::Map(sections) = &entry.value.value else {
                    return Err("its `components` is not a map in block style");
                };
                if sections.contains_key(component) {
                    return Err("it has this component already");
                }
                let Some((_, first)) = sections.first() else {
                    return Err("its `components` is empty, and written in a line");
                };
                let place = &entry.value.location;
                let column = first.key.start().column - 1;
                if place.text().starts_with('{') || column == 0 {
                    return Err("its `components` is written in a line");
                }
                let after = place.span.end;
                let at = text
                    .get(after..)
                    .and_then(|rest| rest.find('\n'))
                    .map_or(text.len(), |length| after + length + 1);
                let body = yaml::block(&json!({component: section}), column);
                let indent = " ".repeat(column);
                text.insert_str(at, &format!("{indent}{body}\n"));
            }
            Some(_) => return Err("it says something else about what this component needs"),
        }
    }
    text.push_str(&end);
    Ok(text)
}

/// Returns every leaf of a tree with its path; list items go by number.
pub(super) fn leaves(node: &Node) -> Vec<(Path, &Node)> {
    fn walk<'a>(node: &'a Node, path: &mut Path, found: &mut Vec<(Path, &'a Node)>) {
        match &node.value {
            Value::Map(map) if !map.is_empty() => {
                for (name, entry) in map {
                    path.push(name.clone());
                    walk(&entry.value, path, found);
                    path.pop();
                }
            }
            Value::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    path.push(index.to_string());
                    walk(item, path, found);
                    path.pop();
                }
            }
            _ => found.push((path.clone(), node)),
        }
    }
    let mut found = Vec::new();
    walk(node, &mut Vec::new(), &mut found);
    found
}

/// Returns the node at a path in which list items go by number.
pub(super) fn at<'a>(node: &'a Node, path: &[String]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, key| match &node.value {
        Value::List(items) => items.get(key.parse::<usize>().ok()?),
        _ => node.get(key),
    })
}

/// The order of an environment's parts.
const PARTS: [&str; 10] = [
    "environment",
    "tier",
    "extends",
    "namespace",
    "tenant",
    "cluster",
    "objectStore",
    "buckets",
    "priorityClasses",
    "components",
];

/// The order of a component's parts.
const SECTION: [&str; 7] = [
    "variant", "version", "release", "settings", "roles", "omit", "values",
];

impl Draft {
    /// Returns it with its parts in the order in which people look for them.
    pub(super) fn sorted(&self, component: &str) -> Self {
        let mut document = super::ordered(self.object(), &PARTS);
        if let Some(Json::Object(section)) = document
            .get_mut("components")
            .and_then(|components| components.get_mut(component))
        {
            *section = super::ordered(std::mem::take(section), &SECTION);
        }
        Self {
            document: Json::Object(document),
        }
    }

    /// Counts its values.
    pub(super) fn leaves(&self) -> usize {
        super::json_leaves(&self.document)
    }
}
