//! Whose mistake it is when a template's text is refused: ours, or the user's where the template is the user's.

use std::sync::Arc;

use serde_json::Value;

use super::derived::{Derived, render_by};
use crate::catalog::Catalog;
use crate::components::Release;
use crate::contract::broken;
use crate::diagnostic::{Diagnostic, Label};
use crate::error::Error;
use crate::render::{self, context, line, written_by};
use crate::source::{Location, Source};

/// Takes what could be made, or everything that a user must mend; a mistake of ours ends it.
pub(super) fn gather<T>(made: impl IntoIterator<Item = Result<T, Error>>) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    let mut wrong = Vec::new();
    for one in made {
        match one {
            Ok(one) => all.push(one),
            Err(Error::Outside(findings)) => wrong.extend(findings),
            Err(error) => return Err(error),
        }
    }
    if wrong.is_empty() {
        Ok(all)
    } else {
        Err(Error::Outside(wrong))
    }
}

/// Says what is wrong with the values that a template wrote.
pub(super) fn refused(
    derived: &Derived,
    release: &Release,
    data: &Value,
    findings: Vec<Diagnostic>,
    catalog: &Catalog,
) -> Error {
    let template = release.template();
    let Some(engine) = catalog.noted_engine(&release.component) else {
        return broken(&template, &findings);
    };
    let noted = render_by(release, data, catalog, &engine).unwrap_or_default();
    Mapping {
        template: template.trim_start_matches("templates/"),
        rendered: &template,
        noted: &noted,
        environment: &derived.environment().name,
        catalog,
    }
    .error(findings)
}

/// Says what is wrong with the objects that a template wrote.
pub(super) fn refused_object(
    derived: &Derived,
    template: &str,
    data: &Value,
    source: &Arc<Source>,
    findings: Vec<Diagnostic>,
    catalog: &Catalog,
) -> Error {
    let id = template.split('/').next().unwrap_or_default();
    let Some(engine) = catalog.noted_engine(id) else {
        return broken(source.name(), &findings);
    };
    let noted = engine.render(template, &context(data)).unwrap_or_default();
    Mapping {
        template,
        rendered: source.name(),
        noted: &render::without_empty(&noted),
        environment: &derived.environment().name,
        catalog,
    }
    .error(findings)
}

/// From places in a rendered text to lines of the user's templates.
struct Mapping<'a> {
    /// The template that was rendered.
    template: &'a str,
    /// What the rendered text is called.
    rendered: &'a str,
    /// The rendered text with notes.
    noted: &'a str,
    environment: &'a str,
    catalog: &'a Catalog,
}

impl Mapping<'_> {
    fn error(&self, findings: Vec<Diagnostic>) -> Error {
        Error::Outside(
            findings
                .into_iter()
                .map(|finding| self.mapped(finding))
                .collect(),
        )
    }

    /// Points a finding at the line that wrote what it is about, and shows what was written.
    fn mapped(&self, mut finding: Diagnostic) -> Diagnostic {
        let mut labels = Vec::new();
        let mut shown: Option<Arc<Source>> = None;
        for label in finding.labels {
            if label.location.source.name() != self.rendered {
                labels.push(label);
                continue;
            }
            if let Some(place) = self.place(&label.location) {
                labels.push(Label {
                    location: place,
                    message: label.message.clone(),
                });
            }
            let source = shown.get_or_insert_with(|| {
                let name = format!("{} rendered for {}", self.file(), self.environment);
                Source::new(name, label.location.source.text())
            });
            labels.push(Label {
                location: Location::new(source, label.location.span),
                message: "this is what it wrote".to_owned(),
            });
        }
        finding.labels = labels;
        // An edit of the rendered text would be gone with the next run.
        finding.fix = None;
        finding.in_environment(self.environment)
    }

    fn file(&self) -> &str {
        self.catalog
            .outside_template(self.template)
            .map_or(self.rendered, |source| source.name())
    }

    fn place(&self, rendered: &Location) -> Option<Location> {
        let whole = || {
            self.catalog
                .outside_template(self.template)
                .map(Location::of_file)
        };
        written_by(self.noted, rendered.start().line)
            .and_then(|(file, number)| {
                let source = self.catalog.outside_template(file)?;
                Some(line(source, number))
            })
            .or_else(whole)
    }
}
