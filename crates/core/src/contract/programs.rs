//! Closes the maps that charts hand to their programs, from each program's own reference.

use std::borrow::Cow;
use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;
use thiserror::Error;

use crate::units::check_format;

use super::path::split;
use super::schema::{Additional, Literal, Schema, Types, find};

/// Which chart version runs which program, and where in its values the program's configuration stands.
///
/// It is YAML, by the chart's name:
///
/// ```yaml
/// demo:
///   programs: {"1.2.3": demo/3.0.0}     # chart version: reference, a file beside this one
///   places:                             # values path: part of the reference, and the path in it
///     - at: {demo.structuredConfig: config, demo.server: config.server}
///       template: true                  # what stands there goes through Helm's tpl
///     - versions: ["1.2.3"]             # only these; none means all
///       at: {demo.overrides: runtime.overrides}
///       open: {demo.receivers: "a plugin reads it"}
/// ```
///
/// A reference is a JSON Schema. Its part `config` is the schema itself, any other the definition `part-<name>`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Programs {
    charts: BTreeMap<String, Chart>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Chart {
    programs: BTreeMap<String, String>,
    places: Vec<Section>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Section {
    versions: Vec<String>,
    template: bool,
    at: IndexMap<String, String>,
    open: IndexMap<String, String>,
}

/// Why the references cannot be used: our mistake, not the user's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProgramsError {
    /// The index is not YAML of the right form.
    #[error("not an index of programs")]
    Index(#[from] serde_yaml::Error),
    /// A reference is not there.
    #[error("there is no reference `{0}`")]
    Missing(String),
    /// A reference is no JSON Schema.
    #[error("the reference `{name}` is not a JSON Schema")]
    Reference {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// The name of the part of a reference that is the reference itself.
const WHOLE: &str = "config";

impl Programs {
    /// Reads an index from YAML text.
    ///
    /// # Errors
    ///
    /// Returns [`ProgramsError::Index`] if the text is not such an index.
    pub fn from_yaml(text: &str) -> Result<Self, ProgramsError> {
        Ok(serde_yaml::from_str(text)?)
    }

    /// Returns the name of the reference for a chart version, such as `tempo/2.10.8`, if there is one.
    pub fn reference(&self, chart: &str, version: &str) -> Option<&str> {
        Some(self.charts.get(chart)?.programs.get(version)?)
    }

    /// Closes the maps of one chart version's values that its program reads, and returns the paths of the index
    /// that lead nowhere: values paths without a map above them, and paths that the reference does not have.
    ///
    /// `file` gives the text of a reference by its name. What the chart lists in these maps keeps its default, and
    /// what only the chart knows stays. The schemas that a reference names become definitions of `root`, under the
    /// program's name. Call it last: nothing else may replace the definitions afterwards.
    ///
    /// # Errors
    ///
    /// - [`ProgramsError::Missing`] if `file` has no such text.
    /// - [`ProgramsError::Reference`] if the text is no JSON Schema.
    pub fn apply<'a>(
        &self,
        chart: &str,
        version: &str,
        root: &mut Schema,
        file: impl Fn(&str) -> Option<Cow<'a, str>>,
    ) -> Result<Vec<String>, ProgramsError> {
        let mut lost = Vec::new();
        let Some(chart) = self.charts.get(chart) else {
            return Ok(lost);
        };
        let Some(name) = chart.programs.get(version) else {
            return Ok(lost);
        };
        let text = file(name).ok_or_else(|| ProgramsError::Missing(name.clone()))?;
        let document =
            serde_json::from_str::<Schema>(&text).map_err(|source| ProgramsError::Reference {
                name: name.clone(),
                source,
            })?;
        let prefix = name.split('/').next().unwrap_or(name);
        let reference = Reference {
            document: &document,
            prefix,
        };
        let sections = chart.places.iter().filter(|section| {
            section.versions.is_empty() || section.versions.iter().any(|known| known == version)
        });
        for section in sections {
            for (path, part) in &section.at {
                let Some(program) = reference.part(part) else {
                    lost.push(part.clone());
                    continue;
                };
                let Some(node) = at(root, path) else {
                    lost.push(path.clone());
                    continue;
                };
                reference.graft(node, program, section.template);
                node.template |= section.template;
            }
            for (path, why) in &section.open {
                match at(root, path) {
                    Some(node) => {
                        if !node.types.is_any() {
                            node.types = node.types.with(Types::OBJECT);
                        }
                        node.additional = Additional::Any;
                        node.template |= section.template;
                        node.rare_mut().open = Some(why.as_str().into());
                    }
                    None => lost.push(path.clone()),
                }
            }
        }
        reference.define(root);
        Ok(lost)
    }
}

/// A program's reference under the name of its program.
struct Reference<'a> {
    document: &'a Schema,
    prefix: &'a str,
}

impl Reference<'_> {
    /// Returns the schema at a part and the keys below it.
    fn part(&self, path: &str) -> Option<&Schema> {
        let mut steps = split(path).into_iter();
        let first = steps.next()?;
        let part = if first == WHOLE {
            self.document
        } else {
            let definitions = &self.document.rare()?.definitions;
            find(definitions, &format!("part-{first}"))?
        };
        steps.try_fold(part, |schema, step| schema.property(&step, self.document))
    }

    /// Replaces a node by what the program takes there, keeping what only the chart knows.
    ///
    /// `template` says whether all of it goes through `tpl` anyway.
    fn graft(&self, node: &mut Schema, program: &Schema, template: bool) {
        if node.dead().is_some() {
            return;
        }
        if !self.adds(node, program, template) {
            let own = node.template && !template;
            *node = self.own(program);
            node.template |= own;
            return;
        }
        let default = node.default.take();
        let own = node.template;
        let listed = std::mem::take(&mut node.properties);
        // What is changed here must stand here; elsewhere the reference does.
        let mut schema = self.own(program.resolve(self.document));
        for (key, mut known) in listed {
            if let Some(property) = program.property(&key, self.document) {
                self.graft(&mut known, property, template);
            }
            schema.set(&key, known);
        }
        if let Some(default) = &default {
            admit(&mut schema, default);
        }
        schema.default = default;
        schema.template |= own;
        *node = schema;
    }

    /// Returns whether the chart knows anything of a node that the program does not: a default, a key, a template.
    fn adds(&self, node: &Schema, program: &Schema, template: bool) -> bool {
        let default = node.default.as_ref();
        default.is_some_and(|default| *default != Literal::Null)
            || node.dead().is_some()
            || node.template && !template && node.properties.is_empty()
            || node.properties.iter().any(|(key, known)| {
                program
                    .property(key, self.document)
                    .is_none_or(|property| self.adds(known, property, template))
            })
    }

    /// Returns a schema of the reference as one of the contract: its references under the program's name.
    fn own(&self, schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        if let Some(rare) = &mut schema.rare {
            rare.title = None;
            rare.definitions = Vec::new();
        }
        rename(&mut schema, self.prefix);
        schema
    }

    /// Adds the definitions that the contract now refers to.
    fn define(&self, root: &mut Schema) {
        let Some(rare) = self.document.rare() else {
            return;
        };
        let mut wanted = Vec::new();
        references(root, &mut wanted);
        let mut known = BTreeMap::new();
        while let Some(name) = wanted.pop() {
            let own = name
                .strip_prefix(self.prefix)
                .and_then(|rest| rest.strip_prefix('.'))
                .and_then(|rest| find(&rare.definitions, rest));
            if let Some(schema) = own
                && !known.contains_key(&name)
            {
                let schema = self.own(schema);
                references(&schema, &mut wanted);
                known.insert(name, schema);
            }
        }
        if known.is_empty() {
            return;
        }
        let definitions = &mut root.rare_mut().definitions;
        definitions.retain(|(name, _)| !known.contains_key(&**name));
        definitions.extend(
            known
                .into_iter()
                .map(|(name, schema)| (name.into(), schema)),
        );
        definitions.sort_by(|(left, _), (right, _)| left.cmp(right));
    }
}

/// Makes a schema take the chart's own default, which Helm puts there and the program gets to see or not.
fn admit(schema: &mut Schema, default: &Literal) {
    let own = default.types();
    let takes = schema.types.is_any()
        || schema.types.meets(own)
        || own == Types::INTEGER && schema.types.meets(Types::NUMBER);
    if !takes {
        schema.types = schema.types.with(own);
    }
    if let (Some(format), Literal::Text(text)) = (&schema.format, default)
        && check_format(format, text).is_err()
        && !text.contains("{{")
    {
        schema.format = None;
    }
}

/// Returns the node at a path; a missing last step becomes one that takes anything.
fn at<'a>(root: &'a mut Schema, path: &str) -> Option<&'a mut Schema> {
    let mut steps = split(path);
    let last = steps.pop()?;
    let mut schema = root;
    for step in steps {
        schema = schema.listed_mut(&step)?;
    }
    if schema.listed(&last).is_none() {
        schema.set(&last, Schema::default());
    }
    schema.listed_mut(&last)
}

/// Calls `visit` with the schemas right below one.
fn below<'a>(schema: &'a mut Schema, visit: &mut impl FnMut(&'a mut Schema)) {
    for (_, property) in &mut schema.properties {
        visit(property);
    }
    if let Some(items) = &mut schema.items {
        visit(items);
    }
    if let Additional::Schema(other) = &mut schema.additional {
        visit(other);
    }
    if let Some(rare) = &mut schema.rare {
        for branch in rare
            .any_of
            .iter_mut()
            .chain(&mut rare.one_of)
            .chain(&mut rare.all_of)
        {
            visit(branch);
        }
        for (_, property) in &mut rare.pattern_properties {
            visit(property);
        }
    }
}

/// Puts the program's name before the name in every reference.
fn rename(schema: &mut Schema, prefix: &str) {
    if let Some(rare) = &mut schema.rare
        && let Some(reference) = &mut rare.reference
        && let Some(name) = reference.strip_prefix("#/definitions/")
    {
        *reference = format!("#/definitions/{prefix}.{name}").into();
    }
    below(schema, &mut |part| rename(part, prefix));
}

/// Collects the names that a schema refers to.
fn references(schema: &Schema, names: &mut Vec<String>) {
    let reference = schema.rare().and_then(|rare| rare.reference.as_deref());
    if let Some(name) = reference.and_then(|text| text.strip_prefix("#/definitions/")) {
        names.push(name.to_owned());
    }
    for part in parts(schema) {
        references(part, names);
    }
}

/// Returns the schemas right below one.
fn parts(schema: &Schema) -> Vec<&Schema> {
    let mut parts: Vec<&Schema> = schema.properties.iter().map(|(_, part)| part).collect();
    parts.extend(schema.items.as_deref());
    if let Additional::Schema(other) = &schema.additional {
        parts.push(other);
    }
    if let Some(rare) = schema.rare() {
        parts.extend(rare.any_of.iter().chain(&rare.one_of).chain(&rare.all_of));
        parts.extend(rare.pattern_properties.iter().map(|(_, part)| part));
    }
    parts
}

#[cfg(test)]
#[path = "programs_tests.rs"]
mod tests;
