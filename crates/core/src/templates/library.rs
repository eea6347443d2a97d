//! All templates of a chart and its subcharts: files, named templates, and what of them cannot be read.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use gotmpl::TemplateError;
use gotmpl::parse::{DefineNode, ListNode, Parser};

use crate::chart::{Chart, Dependency};

use super::limits::{MAX_TEMPLATES, refused};
use super::place::{PlaceId, Places};

/// A template that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The file, from the chart's own folder.
    pub file: String,
    /// The line, from 1; 0 where it is not known.
    pub line: usize,
    /// The column, from 1; 0 where it is not known.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl Broken {
    pub(super) fn new(file: &str, error: TemplateError) -> Self {
        let (line, column, message) = match error {
            TemplateError::Lex {
                line, col, message, ..
            }
            | TemplateError::Parse {
                line, col, message, ..
            } => (line, col, message),
            other => (0, 0, other.to_string()),
        };
        Self {
            file: file.to_owned(),
            line,
            column,
            message,
        }
    }
}

/// The body of a template, and the file it stands in.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) file: u32,
    pub(super) nodes: ListNode,
}

/// A chart whose templates take part in a release.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) chart: &'a Chart,
    /// Where its templates lie, as Helm names them: `parent/charts/child`.
    pub(super) folder: String,
    /// Its `.Values`.
    pub(super) values: PlaceId,
    /// The part above.
    pub(super) parent: Option<usize>,
    /// The parts below, by the names their values stand under.
    pub(super) below: Vec<(String, usize)>,
    /// The names of the templates to render, in Helm's order.
    pub(super) files: Vec<Rc<str>>,
}

/// The templates of a release.
#[derive(Debug, Default)]
pub(super) struct Library<'a> {
    pub(super) parts: Vec<Part<'a>>,
    /// Files under `parent/charts/child/templates/x.yaml`, named templates under their names.
    pub(super) bodies: BTreeMap<Rc<str>, Rc<Body>>,
    /// The files' names from the chart's own folder.
    pub(super) names: Vec<Arc<str>>,
    pub(super) broken: Vec<Broken>,
    /// How many bytes all templates have together.
    length: usize,
}

/// Subcharts lie no deeper than this.
const DEEPEST: usize = 8;

impl<'a> Library<'a> {
    pub(super) fn new(chart: &'a Chart, places: &mut Places) -> Self {
        let mut library = Self::default();
        let folder = chart.name.clone();
        library.add(chart, folder, Places::TOP, None, places, 0);
        library
    }

    /// Adds a chart; those below it first, since what a parent defines wins.
    fn add(
        &mut self,
        chart: &'a Chart,
        folder: String,
        values: PlaceId,
        parent: Option<usize>,
        places: &mut Places,
        depth: usize,
    ) -> usize {
        let number = self.parts.len();
        self.parts.push(Part {
            chart,
            folder,
            values,
            parent,
            below: Vec::new(),
            files: Vec::new(),
        });
        if depth < DEEPEST {
            for (key, subchart) in below(chart) {
                let folder = format!("{}/charts/{key}", self.parts[number].folder);
                let values = places.child(values, key);
                let part = self.add(subchart, folder, values, Some(number), places, depth + 1);
                self.parts[number].below.push((key.to_owned(), part));
            }
        }
        self.read(number);
        number
    }

    fn read(&mut self, number: usize) {
        let chart = self.parts[number].chart;
        let folder = self.parts[number].folder.clone();
        // The user knows files by their place in the chart, without the chart's own name before them.
        let shown = folder.split_once('/').map_or("", |(_, rest)| rest);
        for (path, text) in &chart.files {
            if !path.starts_with("templates/") {
                continue;
            }
            let name = if shown.is_empty() {
                path.to_string()
            } else {
                format!("{shown}/{path}")
            };
            let Some(file) = self.name(&name) else { return };
            self.length = self.length.saturating_add(text.len());
            if self.length > MAX_TEMPLATES {
                let most = MAX_TEMPLATES / 1024 / 1024;
                let error =
                    parse_error(format!("all templates together have more than {most} MiB"));
                self.broken.push(Broken::new(&name, error));
                continue;
            }
            let Some(nodes) = self.parse(file, &name, text) else {
                continue;
            };
            let full: Rc<str> = format!("{folder}/{path}").into();
            let base = path.rsplit('/').next().unwrap_or(path);
            self.bodies
                .insert(Rc::clone(&full), Rc::new(Body { file, nodes }));
            if !base.starts_with('_') && !chart.is_library {
                self.parts[number].files.push(full);
            }
        }
    }

    /// Numbers a file.
    pub(super) fn name(&mut self, name: &str) -> Option<u32> {
        let number = u32::try_from(self.names.len()).ok()?;
        self.names.push(name.into());
        Some(number)
    }

    /// Parses a text and keeps the templates that it names; what cannot be read is noted.
    pub(super) fn parse(&mut self, file: u32, name: &str, text: &str) -> Option<ListNode> {
        let parsed = parse(text);
        match parsed {
            Ok((nodes, defines)) => {
                for define in defines {
                    let body = Body {
                        file,
                        nodes: define.body,
                    };
                    self.bodies
                        .insert(define.name.as_str().into(), Rc::new(body));
                }
                Some(nodes)
            }
            Err(error) => {
                self.broken.push(Broken::new(name, error));
                None
            }
        }
    }
}

/// Parses a text as a template, with the templates that it names.
pub(super) fn parse(text: &str) -> Result<(ListNode, Vec<DefineNode>), TemplateError> {
    match refused(text) {
        Some(message) => Err(parse_error(message)),
        None => Parser::new(text, "{{", "}}").and_then(Parser::parse),
    }
}

fn parse_error(message: String) -> TemplateError {
    TemplateError::Parse {
        name: None,
        line: 0,
        col: 0,
        message,
    }
}

/// Returns the charts below one, by the names that their values stand under.
///
/// A chart that lies inside without being asked for takes part, too, under its own name.
pub(crate) fn below(chart: &Chart) -> Vec<(&str, &Chart)> {
    let asked = chart
        .dependencies
        .iter()
        .filter_map(|dependency: &Dependency| {
            Some((dependency.key(), chart.subchart(dependency)?))
        });
    let mut below: Vec<(&str, &Chart)> = Vec::new();
    for (key, subchart) in asked {
        if !below.iter().any(|(known, _)| *known == key) {
            below.push((key, subchart));
        }
    }
    for subchart in &chart.subcharts {
        let is_asked = chart
            .dependencies
            .iter()
            .any(|dependency| dependency.name == subchart.name);
        if !is_asked {
            below.push((&subchart.name, subchart));
        }
    }
    below
}
