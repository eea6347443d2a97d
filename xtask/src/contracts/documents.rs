//! The values that people write: a chart's ci and example files, and our own goldens.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use helmwright::source::Source;
use helmwright::yaml::{self, Entry, Map, Node, Value};

use super::charts::{Found, entries, file_name};
use super::suites;
use crate::cargo::root;

/// A file of values.
pub(crate) struct Document {
    /// Its path in the chart, or in this repository.
    pub(crate) name: String,
    pub(crate) values: Node,
}

/// The files of a chart that hold values, and those that could not be taken.
pub(crate) struct Documents {
    /// The chart's own `values.yaml`.
    pub(crate) defaults: Document,
    pub(crate) written: Vec<Document>,
    /// Files that hold no values, and why.
    pub(crate) left_out: Vec<(String, String)>,
    /// Files that are values and that our reader refuses, and why.
    pub(crate) unreadable: Vec<(String, String)>,
    /// What the chart's own unit tests set, a test at a time, those that expect a failure left out; and the ci files
    /// and unit tests of its subcharts, under their keys.
    pub(crate) unit_tests: Vec<Document>,
}

/// Folders of a chart that hold no values: their files are templates, tests or what was rendered.
const OTHERS: [&str; 6] = [
    "templates",
    "charts",
    "crds",
    "rendered",
    "dashboards",
    "mixins",
];

/// Reads the values files of a chart.
pub(crate) fn read(found: &Found) -> Result<Documents> {
    let mut documents = Documents {
        defaults: Document {
            name: "values.yaml".to_owned(),
            values: found.chart.values.clone(),
        },
        written: Vec::new(),
        left_out: Vec::new(),
        unreadable: Vec::new(),
        unit_tests: Vec::new(),
    };
    walk(&found.folder, "", &mut documents)?;
    let title = format!("{} {}", found.chart.name, found.chart.version);
    goldens(&title, &mut documents)?;
    subcharts(found, &mut documents)?;
    Ok(documents)
}

/// Adds what the authors of subcharts hold right.
fn subcharts(found: &Found, documents: &mut Documents) -> Result<()> {
    for dependency in &found.chart.dependencies {
        let folder = found.folder.join("charts").join(&dependency.name);
        let mut theirs = Documents {
            defaults: Document {
                name: String::new(),
                values: found.chart.values.clone(),
            },
            written: Vec::new(),
            left_out: Vec::new(),
            unreadable: Vec::new(),
            unit_tests: Vec::new(),
        };
        walk(&folder, "", &mut theirs)?;
        for Document { name, values } in theirs.written.into_iter().chain(theirs.unit_tests) {
            let location = values.location.clone();
            let entry = Entry {
                key: location.clone(),
                value: values,
            };
            let map = Map::from_iter([(dependency.key().to_owned(), entry)]);
            documents.unit_tests.push(Document {
                name: format!("charts/{}/{name}", dependency.name),
                values: Node::new(Value::Map(map), location),
            });
        }
    }
    Ok(())
}

fn walk(folder: &Path, below: &str, documents: &mut Documents) -> Result<()> {
    for path in entries(folder)? {
        let name = file_name(&path);
        let place = format!("{below}{name}");
        if path.is_dir() {
            if !(below.is_empty() && OTHERS.contains(&&*name)) {
                walk(&path, &format!("{place}/"), documents)?;
            }
        } else if holds_values(below, &name) {
            take(&path, place, documents)?;
        } else if name.ends_with("_test.yaml") {
            suites::take(&path, &place, documents)?;
        }
    }
    Ok(())
}

/// Returns whether a file holds values, by its place: anything under `ci` or `values`, what is named so,
/// and other YAML beside `values.yaml`, such as `small.yaml`.
fn holds_values(below: &str, name: &str) -> bool {
    let Some(stem) = name
        .strip_suffix(".yaml")
        .or_else(|| name.strip_suffix(".yml"))
    else {
        return false;
    };
    if below.is_empty() {
        return !matches!(stem, "Chart" | "values") && !stem.starts_with('.');
    }
    let of_values = |part: &str| part == "ci" || part == "values";
    below.split('/').any(of_values)
        || stem == "values"
        || stem.ends_with("-values")
        || stem.starts_with("values-")
}

fn take(path: &Path, name: String, documents: &mut Documents) -> Result<()> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let source = Source::new(name.as_str(), text.as_str());
    let is_manifest = |node: &Node| node.get("apiVersion").is_some() && node.get("kind").is_some();
    if yaml::read_all(&source).is_ok_and(|all| all.iter().any(is_manifest)) {
        documents
            .left_out
            .push((name, "Kubernetes objects, no values".to_owned()));
        return Ok(());
    }
    match yaml::read(&source) {
        Ok(values) if values.as_map().is_some() => {
            documents.written.push(Document { name, values });
        }
        Ok(values) if values.value == Value::Null => {
            documents.left_out.push((name, "empty".to_owned()));
        }
        Ok(values) => {
            let kind = values.value.type_name();
            documents.left_out.push((name, format!("{kind}, no map")));
        }
        Err(findings) => {
            let why: Vec<String> = findings
                .iter()
                .map(|finding| {
                    let line = finding.location().map_or(0, |place| place.start().line);
                    format!("line {line}: {}", finding.message)
                })
                .collect();
            documents.unreadable.push((name, why.join("; ")));
        }
    }
    Ok(())
}

/// Adds our own generated values for a chart version, told by the line that they begin with.
fn goldens(title: &str, documents: &mut Documents) -> Result<()> {
    let top = root().join("tests/golden");
    for environment in entries(&top)? {
        for release in entries(&environment)? {
            let path = release.join("values.yaml");
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            if text
                .lines()
                .take(6)
                .any(|line| line.contains(&format!("chart {title},")))
            {
                let name = path.strip_prefix(root()).unwrap_or(&path);
                take(&path, name.to_string_lossy().into_owned(), documents)?;
            }
        }
    }
    Ok(())
}
