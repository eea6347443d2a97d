//! What a chart version accepts and reads, as a closed JSON Schema, and the walk that checks values against it.

mod build;
mod check;
mod editor;
mod kubernetes;
mod load;
mod objects;
mod own_reads;
pub(crate) mod path;
mod programs;
mod reads;
mod report;
mod schema;
mod shape;
mod share;
mod terms;
#[cfg(test)]
mod tests;
mod unknown;
mod upstream;
mod wording;
mod write;

use thiserror::Error;

use crate::diagnostic::Diagnostic;
use crate::yaml::Node;

pub(crate) use kubernetes::is_named as is_kubernetes_type;
pub(crate) use path::split as split_path;

pub use build::{BuildError, Built, Problem, ProblemKind};
pub(crate) use objects::broken;
pub use objects::{check_object, object_schema};
pub use programs::{Programs, ProgramsError};
pub use reads::{Read, Reads};
pub use schema::{Additional, Literal, Rare, Schema, Types};
pub use wording::Wording;

/// What one chart version accepts: its name, its version and the closed schema of its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The chart's name.
    pub chart: String,
    /// The chart's version.
    pub version: String,
    /// The schema of its values.
    pub schema: Schema,
}

/// Why a text is no contract.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not JSON, or not a schema.
    #[error("not a JSON Schema")]
    NotASchema(#[from] serde_json::Error),
    /// Its `title` is not `<chart> <version>`.
    #[error("the title `{0}` is not `<chart> <version>`")]
    Untitled(String),
}

impl Contract {
    /// Reads a contract from JSON text.
    ///
    /// # Errors
    ///
    /// - [`Error::NotASchema`] if the text is not JSON or a keyword has the wrong type.
    /// - [`Error::Untitled`] if `title` is not the chart's name, a space and its version.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::contract::Contract;
    ///
    /// let contract = Contract::from_json(
    ///     r#"{"title": "demo 1.2.3", "type": "object", "additionalProperties": false,
    ///         "properties": {"replicas": {"type": ["integer", "null"]}}}"#,
    /// )?;
    /// assert_eq!((&*contract.chart, &*contract.version), ("demo", "1.2.3"));
    /// assert!(contract.property(&["replicas"]).is_some());
    /// # Ok::<(), helmwright::contract::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let schema: Schema = serde_json::from_str(text)?;
        let title = schema
            .rare()
            .and_then(|rare| rare.title.as_deref())
            .unwrap_or_default();
        let (chart, version) = title
            .rsplit_once(' ')
            .ok_or_else(|| Error::Untitled(title.to_owned()))?;
        Ok(Self {
            chart: chart.to_owned(),
            version: version.to_owned(),
            schema,
        })
    }

    /// Returns the contract as JSON text; the same contract gives the same bytes.
    pub fn to_json(&self) -> String {
        write::to_json(&self.schema)
    }

    /// Checks values against the contract; every finding has its place.
    ///
    /// A key that only a template inside these values reads, such as `name: "{{ .Values.team }}"`, is no finding.
    pub fn check(&self, values: &Node) -> Vec<Diagnostic> {
        let found = self.schema.check(values, &self.wording());
        if found.is_empty() {
            return found;
        }
        own_reads::forgive(found, values, &self.wording())
    }

    /// Returns the words in which its findings speak.
    pub fn wording(&self) -> Wording {
        Wording::chart(&self.chart, &self.version)
    }

    /// Returns the schema at a path of keys, references followed; nothing below an open map or for an unknown key.
    pub fn property(&self, path: &[&str]) -> Option<&Schema> {
        path.iter()
            .try_fold(&self.schema, |schema, key| {
                schema.property(key, &self.schema)
            })
            .map(|schema| schema.resolve(&self.schema))
    }

    /// Returns whether a value at a path is one that the chart reads: listed and not dead, or inside of what is open.
    pub fn takes(&self, path: &[&str]) -> bool {
        let mut schema = &self.schema;
        for key in path {
            let resolved = schema.resolve(&self.schema);
            match schema.property(key, &self.schema) {
                Some(next) => schema = next,
                None => return resolved.additional == Additional::Any,
            }
            if schema.dead().is_some() || schema.resolve(&self.schema).dead().is_some() {
                return false;
            }
        }
        true
    }

    /// Returns whether the chart runs the value at a path through Helm's `tpl`.
    ///
    /// A map that goes through `tpl` as a whole takes its whole content along.
    pub fn is_template(&self, path: &[&str]) -> bool {
        let mut schema = &self.schema;
        for key in path {
            if schema.template || schema.resolve(&self.schema).template {
                return true;
            }
            match schema.property(key, &self.schema) {
                Some(next) => schema = next,
                None => return false,
            }
        }
        schema.template || schema.resolve(&self.schema).template
    }
}
