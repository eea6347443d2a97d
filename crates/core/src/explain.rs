//! Why a value is as it is: the environment's lines behind it, the formula with its numbers, the template's line,
//! and what the contract says.

mod formula;
mod placement;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::catalog::Catalog;
use crate::contract::{Contract, Literal, Read, Reads};
use crate::error::Error;
use crate::pipeline::Derived;
use crate::provenance::{self, Cause, Trace};
use crate::values::{Path, Step, compare, leaves};
use crate::yaml::Node;

pub use formula::Formula;
pub use placement::Placement;

/// Everything that is known of the values of one component in one environment.
#[derive(Debug)]
pub struct Explainer<'a> {
    derived: &'a Derived,
    component: &'a str,
    tree: Node,
    trace: Trace,
    placements: placement::Placements,
    /// By path in the values: what the template was given for it.
    inputs: BTreeMap<Path, Vec<Path>>,
    contract: Option<std::sync::Arc<Contract>>,
    reads: Reads,
}

/// Why one value is as it is.
#[derive(Clone, Debug)]
pub struct Explanation<'a> {
    /// Where it lies.
    pub path: Path,
    /// What it is.
    pub value: &'a Node,
    /// The environment's lines that it follows from, the narrowest first; none for what is ours alone.
    pub causes: Vec<&'a Cause>,
    /// Who says so.
    pub layer: Layer,
    /// The template's line that writes it; none for an override.
    pub written: Option<Placement>,
    /// How it was computed, where it was.
    pub formulas: Vec<Formula>,
}

/// Who decides a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// An override under `values:`.
    Override,
    /// Lines of the environment, or what follows from them.
    Environment,
    /// What we give the template by ourselves: no line of the environment changes it.
    Default,
    /// The template alone.
    Template,
}

/// What the contract says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The chart and its version.
    pub chart: String,
    /// The types it may have, in words.
    pub types: String,
    /// The chart's own value.
    pub default: Option<String>,
    /// Why the map takes any key.
    pub open: Option<String>,
    /// Why it has no effect.
    pub dead: Option<String>,
    /// Whether the chart runs the value through Helm's `tpl`.
    pub template: bool,
    /// Which of the chart's templates reads it first.
    pub read: Option<Read>,
}

impl<'a> Explainer<'a> {
    /// Looks into one component; none if the environment does not run it, or has errors.
    ///
    /// # Errors
    ///
    /// As [`build`](crate::build).
    pub fn new(
        derived: &'a Derived,
        catalog: &Catalog,
        component: &'a str,
    ) -> Result<Option<Self>, Error> {
        let (Some(release), Some(data), Some(tree)) = (
            derived.release(component),
            derived.context(component),
            derived.tree(component, catalog)?,
        ) else {
            return Ok(None);
        };
        let trace = provenance::trace(derived, catalog, &[component])?
            .remove(component)
            .unwrap_or_default();
        let contract = catalog
            .contract(release.chart_name(), release.chart_version())
            .transpose()?;
        Ok(Some(Self {
            placements: placement::Placements::of(derived, component, data, catalog),
            inputs: inputs(derived, component, data, &tree, catalog),
            derived,
            component,
            tree,
            trace,
            contract,
            reads: catalog.reads(release.chart_name(), release.chart_version())?,
        }))
    }

    /// Returns the values as data.
    pub fn tree(&self) -> &Node {
        &self.tree
    }

    /// Explains the value at a path, or every value below it, in the order of the text.
    pub fn explain(&self, path: &Path) -> Vec<Explanation<'_>> {
        leaves(&self.tree)
            .into_iter()
            .filter(|(leaf, _)| leaf.is_within(path))
            .map(|(path, node)| self.leaf(path, node))
            .collect()
    }

    fn leaf<'s>(&'s self, path: Path, value: &'s Node) -> Explanation<'s> {
        let causes = self.trace.causes(&path);
        let own = self
            .derived
            .release(self.component)
            .is_none_or(|release| value.location.source.name() == release.template());
        let given: Vec<&Path> = self
            .inputs
            .iter()
            .filter(|(changed, _)| changed.is_within(&path) || path.is_within(changed))
            .flat_map(|(_, given)| given)
            .collect();
        let layer = if !own {
            Layer::Override
        } else if !causes.is_empty() {
            Layer::Environment
        } else if !given.is_empty() {
            Layer::Default
        } else {
            Layer::Template
        };
        let mut formulas: Vec<Formula> = Vec::new();
        for key in given.iter().filter(|_| own) {
            let found = formula::of(self.derived, self.component, key);
            formulas.extend(found.filter(|found| !formulas.contains(found)));
        }
        let written = own.then(|| self.placements.line(&path)).flatten();
        Explanation {
            path,
            value,
            causes,
            layer,
            written,
            formulas,
        }
    }

    /// Returns what the contract says of a path; nothing for what lies below an open map.
    pub fn facts(&self, path: &Path) -> Option<Facts> {
        let contract = self.contract.as_ref()?;
        let root = &contract.schema;
        let schema = path.steps().iter().try_fold(root, |schema, step| {
            let schema = schema.resolve(root);
            match step {
                Step::Key(key) => schema.property(key, root),
                Step::Index(_) => schema.items.as_deref(),
            }
        })?;
        let resolved = schema.resolve(root);
        Some(Facts {
            chart: format!("{} {}", contract.chart, contract.version),
            types: resolved.types.words(),
            default: schema
                .default
                .as_ref()
                .or(resolved.default.as_ref())
                .map(Literal::shown),
            open: resolved.open().map(str::to_owned),
            dead: resolved.dead().map(str::to_owned),
            template: contract.is_template(&path.keys()),
            read: self.reads.at(&path.keys()),
        })
    }
}

/// Finds what the template was given for each value, by changing one thing at a time and rendering again.
fn inputs(
    derived: &Derived,
    component: &str,
    data: &Json,
    tree: &Node,
    catalog: &Catalog,
) -> BTreeMap<Path, Vec<Path>> {
    let mut keys = Vec::new();
    collect(data, &Path::default(), &mut keys);
    let mut found: BTreeMap<Path, Vec<Path>> = BTreeMap::new();
    for key in keys {
        let mut changed = data.clone();
        if !change(&mut changed, key.steps()) {
            continue;
        }
        let Ok(Some(other)) = derived.tree_with(component, &changed, catalog) else {
            continue;
        };
        for change in compare(tree, &other) {
            found.entry(change.path).or_default().push(key.clone());
        }
    }
    found
}

fn collect(data: &Json, path: &Path, keys: &mut Vec<Path>) {
    match data {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                collect(value, &path.key(key), keys);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &path.index(index), keys);
            }
        }
        _ => keys.push(path.clone()),
    }
}

/// Makes another value of what is at a path.
fn change(data: &mut Json, steps: &[Step]) -> bool {
    let Some(value) = steps.iter().try_fold(data, |data, step| match step {
        Step::Key(key) => data.get_mut(key),
        Step::Index(index) => data.get_mut(*index),
    }) else {
        return false;
    };
    *value = match value {
        Json::Bool(bool) => Json::Bool(!*bool),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Json::from(number.saturating_add(1)),
            None => Json::from(0),
        },
        Json::String(text) => Json::from(format!("{text}x")),
        Json::Null => Json::from(2),
        Json::Array(_) | Json::Object(_) => return false,
    };
    true
}
