//! `extends`: the only layering there is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::diagnostic::Diagnostic;
use crate::source::{Location, Source};
use crate::yaml::{self, Node, Value};

/// How the text of an `extends` target is had. The command line reads files; tests and other tools may do otherwise.
pub trait Layers: Sync {
    /// Returns the text named `name`, a normalised relative path such as `envs/base.yaml`, or none if there is none.
    ///
    /// # Errors
    ///
    /// Returns findings when the text is there and cannot be read (not UTF-8, too large, no permission).
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>>;
}

/// No layers at all: for environments that stand alone.
pub struct NoLayers;

impl Layers for NoLayers {
    fn load(&self, _: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        Ok(None)
    }
}

/// Layers that were read once and are shared by all environments that extend them.
pub(crate) struct Cache<'a> {
    layers: &'a dyn Layers,
    read: Mutex<BTreeMap<String, Arc<Loaded>>>,
    /// Files that settings name, by name.
    texts: Mutex<BTreeMap<String, Arc<Source>>>,
}

/// What became of one layer's text.
pub(crate) enum Loaded {
    Missing,
    Broken(Vec<Diagnostic>),
    Document(Node),
}

impl<'a> Cache<'a> {
    pub(crate) fn new(layers: &'a dyn Layers) -> Self {
        Self {
            layers,
            read: Mutex::default(),
            texts: Mutex::default(),
        }
    }

    /// Returns a text that is no layer: a file that a setting names.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        let lock = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = lock().get(name) {
            return Ok(Some(Arc::clone(source)));
        }
        let source = self.layers.load(name)?;
        if let Some(source) = &source {
            lock().insert(name.to_owned(), Arc::clone(source));
        }
        Ok(source)
    }

    fn get(&self, name: &str) -> Arc<Loaded> {
        let lock = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = lock().get(name) {
            return Arc::clone(loaded);
        }
        let loaded = Arc::new(match self.layers.load(name) {
            Err(diagnostics) => Loaded::Broken(diagnostics),
            Ok(None) => Loaded::Missing,
            Ok(Some(source)) => match yaml::read(&source) {
                Ok(node) => Loaded::Document(node),
                Err(diagnostics) => Loaded::Broken(diagnostics),
            },
        });
        Arc::clone(lock().entry(name.to_owned()).or_insert(loaded))
    }
}

/// Merges a document with everything it extends, the document itself last.
pub(crate) fn resolve(document: &Node, cache: &Cache<'_>, found: &mut Vec<Diagnostic>) -> Node {
    let mut chain = vec![document.location.source.name().to_owned()];
    extend(document, cache, &mut chain, found)
}

fn extend(
    document: &Node,
    cache: &Cache<'_>,
    chain: &mut Vec<String>,
    found: &mut Vec<Diagnostic>,
) -> Node {
    let mut below: Option<Node> = None;
    for (target, location) in targets(document) {
        let name = match normalise(document.location.source.name(), target) {
            Ok(name) => name,
            Err(why) => {
                found.push(
                    Diagnostic::error(
                        "environment/extends-outside",
                        format!("`{target}` is not a relative path"),
                    )
                    .at(location)
                    .why(why)
                    .help("write the path relative to this file, such as `base.yaml`"),
                );
                continue;
            }
        };
        if chain.contains(&name) {
            let mut circle: Vec<&str> = chain.iter().map(String::as_str).collect();
            circle.push(&name);
            found.push(
                Diagnostic::error(
                    "environment/extends-cycle",
                    format!("`{target}` extends itself"),
                )
                .at(location)
                .why(format!(
                    "the layers go in a circle: {}",
                    circle.join(" -> ")
                ))
                .help("remove this line, or the one that leads back here"),
            );
            continue;
        }
        match &*cache.get(&name) {
            Loaded::Missing => found.push(
                Diagnostic::error(
                    "environment/extends-missing",
                    format!("there is no file `{name}`"),
                )
                .at(location)
                .why("an environment is read together with everything it extends")
                .help(format!(
                    "create `{name}`, or correct the path; it is relative to this file"
                )),
            ),
            Loaded::Broken(diagnostics) => found.extend(diagnostics.iter().cloned()),
            Loaded::Document(layer) => {
                if let Some(entry) = layer.as_map().and_then(|map| map.get("environment")) {
                    found.push(
                        Diagnostic::error(
                            "environment/extends-environment",
                            format!("`{name}` is an environment, not a layer"),
                        )
                        .label(location, "extended here")
                        .label(&entry.key, "it names itself here")
                        .why("what two environments share belongs to neither of them")
                        .help(
                            "move the shared part to a file without `environment:` and extend that",
                        ),
                    );
                }
                chain.push(name);
                let resolved = extend(layer, cache, chain, found);
                chain.pop();
                below = Some(match below {
                    Some(node) => yaml::merge(node, &resolved),
                    None => resolved,
                });
            }
        }
    }
    match below {
        Some(node) => yaml::merge(node, document),
        None => document.clone(),
    }
}

/// Returns the `extends` entries that are texts; the schema check reports the others.
fn targets(document: &Node) -> Vec<(&str, &Location)> {
    match document.get("extends").map(|node| &node.value) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(|item| item.as_str().map(|text| (text, &item.location)))
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns the path of `target` as seen from where the user stands, given the file that names it.
pub(super) fn normalise(from: &str, target: &str) -> Result<String, &'static str> {
    if target.trim().is_empty() {
        return Err("the path is empty");
    }
    if target.starts_with(['/', '\\', '~']) || target.get(1..2) == Some(":") {
        return Err("an absolute path means another file on every machine");
    }
    if target.contains(['\\', '\0']) {
        return Err("paths are written with `/`");
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let rooted = if from.starts_with('/') { "/" } else { "" };
    Ok(format!("{rooted}{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        assert_eq!(
            normalise("envs/prod.yaml", "base.yaml"),
            Ok("envs/base.yaml".to_owned())
        );
        assert_eq!(
            normalise("tests/envs/raw.yaml", "../../envs/base.yaml"),
            Ok("envs/base.yaml".to_owned())
        );
        assert_eq!(
            normalise("prod.yaml", "../a.yaml"),
            Ok("../a.yaml".to_owned())
        );
        assert!(normalise("envs/prod.yaml", "/etc/passwd").is_err());
        assert!(normalise("envs/prod.yaml", "C:/base.yaml").is_err());
    }
}
