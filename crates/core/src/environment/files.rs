//! Files that settings name: dashboards, rule groups. Read with the environment, so that deriving reads nothing.

use std::sync::Arc;

use super::layers::{Cache, normalise};
use super::read::Environment;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::yaml::{Node, Value};

impl Environment {
    /// Returns the files that a setting names, in its order; those that could not be read are left out.
    pub fn texts(&self, setting: &Node) -> Vec<&Arc<Source>> {
        named(setting)
            .into_iter()
            .filter_map(|(node, path)| {
                let name = normalise(node.location.source.name(), path).ok()?;
                self.texts.get(&name)
            })
            .collect()
    }

    /// Reads every file that settings name, and reports those that are not there.
    pub(super) fn load_files(
        &mut self,
        cache: &Cache<'_>,
        catalog: &Catalog,
        found: &mut Vec<Diagnostic>,
    ) {
        let mut loaded = Vec::new();
        for (id, section) in &self.model.components {
            if section.enabled == Some(false) {
                continue;
            }
            let settings = catalog
                .manifest(id)
                .map_or(&[][..], |manifest| &manifest.file_settings);
            for setting in settings {
                let mut path = vec!["components", id.as_str(), "settings"];
                path.extend(setting.split('.'));
                let Some(node) = self.document.at(&path) else {
                    continue;
                };
                for (node, path) in named(node) {
                    match load(node, path, cache) {
                        Ok((name, source)) => loaded.push((name, source)),
                        Err(mut diagnostics) => found.append(&mut diagnostics),
                    }
                }
            }
        }
        self.texts.extend(loaded);
    }
}

/// Returns the paths that a setting holds: one, or a list of them. What is neither, the schema reports.
fn named(setting: &Node) -> Vec<(&Node, &str)> {
    match &setting.value {
        Value::List(items) => items
            .iter()
            .filter_map(|item| Some((item, item.as_str()?)))
            .collect(),
        _ => setting
            .as_str()
            .map(|path| (setting, path))
            .into_iter()
            .collect(),
    }
}

fn load(
    node: &Node,
    path: &str,
    cache: &Cache<'_>,
) -> Result<(String, Arc<Source>), Vec<Diagnostic>> {
    const WHY: &str = "what is written takes its content from that file";
    let name = normalise(node.location.source.name(), path).map_err(|why| {
        vec![
            Diagnostic::error(
                "environment/bad-value",
                format!("`{path}` is not a relative path"),
            )
            .at(&node.location)
            .why(why)
            .help("write the path relative to this file, such as `rules/common.yaml`"),
        ]
    })?;
    match cache.text(&name)? {
        Some(source) => Ok((name, source)),
        None => Err(vec![
            Diagnostic::error(
                "environment/file-missing",
                format!("there is no file `{name}`"),
            )
            .at(&node.location)
            .why(WHY)
            .help(format!(
                "create `{name}`, or correct the path; it is relative to this file"
            )),
        ]),
    }
}
