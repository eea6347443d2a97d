//! Which line of a template writes a value, found by rendering the template with its line numbers in comments.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::catalog::Catalog;
use crate::pipeline::Derived;
use crate::render::{Engine, noted, written_by};
use crate::source::Source;
use crate::values::Path;
use crate::yaml::{self, Node};

/// A line of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The template's file, such as `templates/tempo/pods.yaml.j2`, or the user's own.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// The rendered text with notes.
#[derive(Debug, Default)]
pub(super) struct Placements {
    rendered: Option<(String, Node)>,
    /// The names of the user's files, by template.
    outside: BTreeMap<String, String>,
}

impl Placements {
    /// Renders a component's templates with notes; where that fails, no line is known.
    pub(super) fn of(derived: &Derived, component: &str, data: &Json, catalog: &Catalog) -> Self {
        let names = || {
            catalog
                .template_names()
                .filter(|name| name.split('/').next() == Some(component))
        };
        let engine = match catalog.noted_engine(component) {
            Some(engine) => engine,
            None => {
                let texts: Vec<(String, String)> = names()
                    .filter_map(|name| {
                        let text = catalog.engine().source(name)?;
                        Some((name.to_owned(), noted(name, &text)))
                    })
                    .collect();
                Engine::new(move |name| {
                    let (_, text) = texts.iter().find(|(known, _)| known == name)?;
                    Some(text.clone())
                })
            }
        };
        let outside = names()
            .filter_map(|name| {
                let file = catalog.outside_template(name)?;
                Some((name.to_owned(), file.name().to_owned()))
            })
            .collect();
        let rendered = derived
            .text_by(component, data, catalog, &engine)
            .ok()
            .flatten()
            .and_then(|text| {
                let node = yaml::read(&Source::new("rendered", text.clone())).ok()?;
                Some((text, node))
            });
        Self { rendered, outside }
    }

    /// Returns the line that writes the value at a path.
    pub(super) fn line(&self, path: &Path) -> Option<Placement> {
        let (text, node) = self.rendered.as_ref()?;
        let location = &path.find(node)?.location;
        let (file, line) = written_by(text, location.start().line)?;
        Some(Placement {
            file: match self.outside.get(file) {
                Some(own) => own.clone(),
                None => format!("templates/{file}"),
            },
            line,
        })
    }
}
