//! Which line of a template writes a value, found by rendering the template with its line numbers in comments.

use serde_json::Value as Json;

use crate::catalog::Catalog;
use crate::pipeline::Derived;
use crate::render::Engine;
use crate::source::Source;
use crate::values::Path;
use crate::yaml::{self, Node};

/// A line of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The template's file, such as `templates/tempo/pods.yaml.j2`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// What begins a note in the rendered text.
const NOTE: &str = " #@templates/";

/// The rendered text with notes.
#[derive(Debug, Default)]
pub(super) struct Placements {
    rendered: Option<(String, Node)>,
}

impl Placements {
    /// Renders a component's templates with notes; where that fails, no line is known.
    pub(super) fn of(derived: &Derived, component: &str, data: &Json, catalog: &Catalog) -> Self {
        let texts: Vec<(String, String)> = catalog
            .template_names()
            .filter(|name| name.split('/').next() == Some(component))
            .filter_map(|name| {
                let text = catalog.engine().source(name)?;
                Some((name.to_owned(), noted(name, &text)))
            })
            .collect();
        let engine = Engine::new(move |name| {
            let (_, text) = texts.iter().find(|(known, _)| known == name)?;
            Some(text.clone())
        });
        let rendered = derived
            .text_by(component, data, catalog, &engine)
            .ok()
            .flatten()
            .and_then(|text| {
                let node = yaml::read(&Source::new("rendered", text.clone())).ok()?;
                Some((text, node))
            });
        Self { rendered }
    }

    /// Returns the line that writes the value at a path.
    pub(super) fn line(&self, path: &Path) -> Option<Placement> {
        let (text, node) = self.rendered.as_ref()?;
        let location = &path.find(node)?.location;
        // What an expression writes over several lines has its note behind the last of them.
        let note = text
            .lines()
            .skip(location.start().line - 1)
            .find_map(|line| line.rsplit_once(NOTE))?
            .1;
        let (file, line) = note.trim_end().rsplit_once(':')?;
        Some(Placement {
            file: format!("templates/{file}"),
            line: line.parse().ok()?,
        })
    }
}

/// Notes file and number behind each line of a YAML template that writes something.
fn noted(name: &str, text: &str) -> String {
    if !name.ends_with(".yaml.j2") {
        return text.to_owned();
    }
    let mut noted = String::with_capacity(text.len() * 2);
    for (index, line) in text.lines().enumerate() {
        noted.push_str(line);
        // A line of a statement alone writes nothing, and a note would make it write.
        if !line.contains("{%") && !line.contains("{#") && !line.trim().is_empty() {
            noted.push_str(&format!("{NOTE}{name}:{}", index + 1));
        }
        noted.push('\n');
    }
    noted
}
