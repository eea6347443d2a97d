//! Builds a contract from a chart: what its templates read, with its values, its own schema's facts, its subcharts
//! and the types of the places where values land.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::chart::Chart;
use crate::templates::{self, Reading};

use super::Contract;
use super::kubernetes;
use super::reads::Reads;
use super::schema::{Additional, Schema, Types};
use super::shape::Shaper;
use super::terms::{closed_map, open_map};

/// Why `global` takes any key.
const GLOBAL: &str = "shared by all charts of a release, whatever they read of it";

/// A contract, and what could not be known.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The contract.
    pub contract: Contract,
    /// Who reads each value.
    pub reads: Reads,
    /// The subcharts that were not at hand, as `<name> <version>`; their part of the contract is open and says so.
    pub missing: Vec<String>,
    /// Templates that could not be read, or not to their end; what only they read is not in the contract.
    pub problems: Vec<Problem>,
}

impl Built {
    /// Returns the contract as JSON text, what stands in it twice written once; the same chart gives the same bytes.
    pub fn to_json(&self) -> String {
        super::write::to_json(&self.shared())
    }

    /// Returns the same with who reads each value, under the keyword `x-reads`; see [`Reads`].
    pub fn to_json_with_reads(&self) -> String {
        super::write::to_json_with(&self.shared(), &self.reads)
    }

    fn shared(&self) -> Schema {
        let mut schema = self.contract.schema.clone();
        super::share::share(&mut schema);
        schema
    }
}

/// A template that could not be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The template, from the chart's own folder.
    pub file: String,
    /// The line, from 1; 0 where it is not known.
    pub line: usize,
    /// The column, from 1; 0 where it is not known.
    pub column: usize,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// It is no Go template; the words are the parser's.
    Broken(String),
    /// The templates call each other without end, or nearly so.
    Endless,
    /// It calls a template whose name is computed from values.
    ComputedName,
    /// The chart named instead of a file has no templates, so all that its values list is taken for read.
    NoTemplates,
}

/// Why no contract could be built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The chart's own `values.schema.json` is no schema.
    #[error("the chart's own `{file}` is not a JSON Schema")]
    OwnSchema {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Contract {
    /// Builds the contract of a chart from its templates.
    ///
    /// A map is closed with the keys that some template reads, listed in `values.yaml` or not. A listed key that no
    /// template reads is dead. What is passed on whole is Kubernetes' type of the place where it lands, or open with
    /// its reason. Every property also admits null, by which Helm removes a default. Subcharts stand under their
    /// names, and `global` is open.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError::OwnSchema`] if the chart ships a schema that cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::chart::Chart;
    /// use helmwright::contract::Contract;
    ///
    /// let chart = Chart::from_files([
    ///     ("Chart.yaml", "name: demo\nversion: 1.0.0\n"),
    ///     ("values.yaml", "replicas: 1\nlegacy: false\n"),
    ///     ("templates/web.yaml", "kind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n"),
    /// ])
    /// .map_err(|_| "a broken chart")?;
    /// let built = Contract::build(&chart)?;
    /// assert!(built.contract.property(&["legacy"]).is_some_and(|schema| schema.dead().is_some()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(chart: &Chart) -> Result<Built, BuildError> {
        let reading = templates::read(chart);
        let mut own = Vec::new();
        own_schemas(chart, &mut own)?;
        let mut missing = Vec::new();
        collect_missing(chart, &mut missing);
        let defaults = chart.defaults();
        let shaper = Shaper::new(chart, &reading, &own);
        let mut schema = shaper.top(&defaults);
        finish(chart, &mut schema, 0);
        let definitions = schema_definitions(&schema, &shaper.finish());
        let rare = schema.rare_mut();
        rare.title = Some(format!("{} {}", chart.name, chart.version).into());
        rare.definitions = definitions;
        missing.sort();
        missing.dedup();
        Ok(Built {
            contract: Self {
                chart: chart.name.clone(),
                version: chart.version.clone(),
                schema,
            },
            reads: Reads::of(&reading),
            missing,
            problems: problems(&reading),
        })
    }
}

/// Returns all definitions that a schema refers to, of custom resources and of Kubernetes, sorted by name.
pub(super) fn schema_definitions(
    schema: &Schema,
    own: &[(Box<str>, Schema)],
) -> Vec<(Box<str>, Schema)> {
    let find = |name: &str| {
        let own = own.iter().find(|(known, _)| **known == *name);
        own.map(|(_, schema)| schema.clone())
            .or_else(|| kubernetes::named(name))
    };
    let mut names = BTreeSet::new();
    collect_references(schema, &find, &mut names);
    names
        .into_iter()
        .filter_map(|name| Some((Box::from(name.as_str()), find(&name)?)))
        .collect()
}

fn collect_references(
    schema: &Schema,
    find: &impl Fn(&str) -> Option<Schema>,
    names: &mut BTreeSet<String>,
) {
    let below = schema.properties.iter().map(|(_, schema)| schema);
    let branches = schema
        .rare()
        .into_iter()
        .flat_map(|rare| rare.any_of.iter().chain(&rare.one_of).chain(&rare.all_of))
        .chain(
            schema
                .rare()
                .into_iter()
                .flat_map(|rare| rare.pattern_properties.iter().map(|(_, schema)| schema)),
        );
    for schema in below.chain(schema.items.as_deref()).chain(branches) {
        collect_references(schema, find, names);
    }
    if let Additional::Schema(other) = &schema.additional {
        collect_references(other, find, names);
    }
    let name = schema
        .rare()
        .and_then(|rare| rare.reference.as_deref()?.strip_prefix("#/definitions/"));
    if let Some(name) = name
        && names.insert(name.to_owned())
        && let Some(definition) = find(name)
    {
        collect_references(&definition, find, names);
    }
}

/// Reads the schemas that charts ship themselves: each with the path of its chart's values.
fn own_schemas(chart: &Chart, found: &mut Vec<(Vec<String>, Schema)>) -> Result<(), BuildError> {
    fn walk(
        chart: &Chart,
        path: &mut Vec<String>,
        found: &mut Vec<(Vec<String>, Schema)>,
    ) -> Result<(), BuildError> {
        if let Some(source) = &chart.schema {
            let schema =
                serde_json::from_str(source.text()).map_err(|error| BuildError::OwnSchema {
                    file: source.name().to_owned(),
                    source: error,
                })?;
            found.push((path.clone(), schema));
        }
        for (key, subchart) in templates::below(chart) {
            path.push(key.to_owned());
            walk(subchart, path, found)?;
            path.pop();
        }
        Ok(())
    }
    walk(chart, &mut Vec::new(), found)
}

/// Collects the subcharts that are not at hand.
fn collect_missing(chart: &Chart, missing: &mut Vec<String>) {
    for dependency in chart.missing() {
        missing.push(format!("{} {}", dependency.name, dependency.version));
    }
    for (_, subchart) in templates::below(chart) {
        collect_missing(subchart, missing);
    }
}

/// Adds what Helm itself reads: the keys that switch subcharts, their values, and `global`.
fn finish(chart: &Chart, schema: &mut Schema, depth: usize) {
    for dependency in chart.missing() {
        let why = format!(
            "subchart {} {} was not at hand",
            dependency.name, dependency.version
        );
        let mut open = open_map(&why);
        if let Some(known) = schema.listed(dependency.key()) {
            open.properties.clone_from(&known.properties);
        }
        for path in dependency.conditions() {
            if let Some(("enabled", "")) = path
                .strip_prefix(dependency.key())
                .and_then(|rest| rest.strip_prefix('.'))
                .map(|rest| (rest, ""))
            {
                open.set("enabled", boolean());
            }
        }
        schema.set(dependency.key(), open);
    }
    for dependency in &chart.dependencies {
        for path in dependency.conditions() {
            let mut at = &mut *schema;
            let mut steps = path.split('.').peekable();
            while let Some(step) = steps.next() {
                let is_last = steps.peek().is_none();
                if at.listed(step).is_none() {
                    at.set(step, if is_last { boolean() } else { closed_map() });
                }
                match at.listed_mut(step) {
                    Some(next) => {
                        if is_last && next.types.is_any() && next.rare().is_none() {
                            *next = boolean();
                        }
                        at = next;
                    }
                    None => break,
                }
            }
        }
        if depth == 0 && !dependency.tags.is_empty() {
            let mut tags = schema.listed("tags").cloned().unwrap_or_else(closed_map);
            for tag in &dependency.tags {
                tags.set(tag, boolean());
            }
            schema.set("tags", tags);
        }
    }
    for (key, subchart) in templates::below(chart) {
        if let Some(below) = schema.listed_mut(key) {
            finish(subchart, below, depth + 1);
        }
    }
    // Helm puts `global` into every chart's values itself, so it stays open whatever is known of it.
    let mut global = open_map(GLOBAL);
    if let Some(known) = schema.listed("global") {
        global.properties.clone_from(&known.properties);
    }
    schema.set("global", global);
}

fn boolean() -> Schema {
    Schema::of(Types::BOOLEAN.with(Types::NULL))
}

fn problems(reading: &Reading) -> Vec<Problem> {
    let file = |number: u32| {
        reading
            .files
            .get(number as usize)
            .map_or_else(String::new, |name| name.to_string())
    };
    let at = |site: &templates::Site, kind| Problem {
        file: file(site.file),
        line: site.line as usize,
        column: 0,
        kind,
    };
    let broken = reading.broken.iter().map(|broken| Problem {
        file: broken.file.clone(),
        line: broken.line,
        column: broken.column,
        kind: ProblemKind::Broken(broken.message.clone()),
    });
    broken
        .chain(
            reading
                .cut
                .iter()
                .map(|site| at(site, ProblemKind::Endless)),
        )
        .chain(
            reading
                .unknown_calls
                .iter()
                .map(|site| at(site, ProblemKind::ComputedName)),
        )
        .chain(reading.bare.iter().map(|chart| Problem {
            file: chart.clone(),
            line: 0,
            column: 0,
            kind: ProblemKind::NoTemplates,
        }))
        .collect()
}
