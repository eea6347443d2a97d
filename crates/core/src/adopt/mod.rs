//! Values that a team already has, turned into an environment that means the same.
//!
//! [`read`] takes the files, [`adopt`] makes the environment. What the model can say becomes model; the rest goes
//! under `components.<id>.values`; and the values that the environment generates are compared with the old ones as the
//! chart's templates see them, in Helm 3 and in Helm 4. Nothing is taken on trust: a part of the model is kept only if
//! rendering it leaves less to override.
//!
//! ```
//! # #[cfg(feature = "bundled")] {
//! use helmwright::environment::NoLayers;
//! use helmwright::{Catalog, adopt, source::Source};
//!
//! let file = Source::new("old.yaml", "deployment: {replicas: 3}\nlog: {level: WARN}\n");
//! let old = adopt::read(&[file], Some(("traefik", "41.3.0"))).unwrap();
//! let adopted = adopt::adopt(&adopt::Request {
//!     old,
//!     environment: "prod",
//!     file: "envs/prod.yaml",
//!     existing: None,
//!     layers: &NoLayers,
//!     catalog: Catalog::bundled(),
//!     chart: None,
//! })?;
//! assert!(adopted.text.unwrap().contains("replicas: 3"));
//! # }
//! # Ok::<(), helmwright::Error>(())
//! ```

mod buckets;
mod compare;
mod defaults;
mod doors;
mod draft;
mod fields;
mod findings;
mod fit;
mod input;
mod path;
mod roles;
mod search;
mod secrets;
mod start;
mod waive;

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::catalog::Catalog;
use crate::chart::Chart;
use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, has_errors, tidy};
use crate::environment::Layers;
use crate::error::Error;
use crate::source::{Location, Source};
use crate::yaml::{self, Node};

use compare::Proof;
use defaults::Defaults;
use draft::{Unrendered, Workshop};
use search::Search;

pub use compare::Difference;
pub use input::{Old, read};
pub use waive::waive;

/// What [`adopt`] is asked.
pub struct Request<'a> {
    /// What the team has.
    pub old: Old,
    /// The environment's name.
    pub environment: &'a str,
    /// The environment file's name, such as `envs/prod.yaml`; layers are found from there.
    pub file: &'a str,
    /// The environment file, if it is there: the component is added to it.
    pub existing: Option<Arc<Source>>,
    /// How `extends` targets are had.
    pub layers: &'a dyn Layers,
    /// Templates, manifests and contracts.
    pub catalog: &'a Catalog,
    /// The chart's own files; with them the proof is exact.
    pub chart: Option<&'a Chart>,
}

/// What [`adopt`] gives.
#[derive(Debug)]
pub struct Adopted {
    /// Everything that was found.
    pub diagnostics: Vec<Diagnostic>,
    /// The whole text of the environment file; none if nothing could be made.
    pub text: Option<String>,
    /// The component's id.
    pub component: String,
    /// Its variant.
    pub variant: String,
    /// The chart and its version.
    pub chart: String,
    /// See `chart`.
    pub version: String,
    /// How many values of the environment say what old values said.
    pub fields: usize,
    /// How many old values stay under `values:`.
    pub overrides: usize,
    /// What the old files set and the chart never read.
    pub left_out: Vec<String>,
    /// What means something else than before, against the intention.
    pub different: Vec<Difference>,
    /// What differs on purpose: secrets that became references.
    pub intended: Vec<Difference>,
    /// What we would write and the old values left to the chart: paths under `omit:`.
    pub omitted: Vec<String>,
    /// Whether the environment that is there cannot be extended, so that the text is that of one with this component alone.
    pub alone: bool,
    /// Whether it was proven against the chart's own defaults, or only against those that its contract states.
    pub exact: bool,
}

/// Makes an environment of old values, and proves that they mean the same.
///
/// # Errors
///
/// Returns an error only for a mistake of ours; what is wrong with the files is in [`Adopted::diagnostics`].
pub fn adopt(request: &Request<'_>) -> Result<Adopted, Error> {
    let old = &request.old;
    let mut adopted = Adopted {
        diagnostics: old.warnings.clone(),
        text: None,
        component: String::new(),
        variant: String::new(),
        chart: old.chart.clone().unwrap_or_default(),
        version: old.version.clone().unwrap_or_default(),
        fields: 0,
        overrides: 0,
        left_out: Vec::new(),
        different: Vec::new(),
        intended: Vec::new(),
        omitted: Vec::new(),
        alone: false,
        exact: request.chart.is_some(),
    };
    if let Err(wrong) = work(request, request.existing.clone(), &mut adopted)? {
        let cannot_extend = wrong.id == "adopt/cannot-extend";
        if cannot_extend {
            adopted.diagnostics = old.warnings.clone();
            adopted.left_out.clear();
            adopted.alone = true;
            // What would have been added is still worth seeing.
            if let Err(wrong) = work(request, None, &mut adopted)? {
                adopted.diagnostics.push(wrong);
            }
        }
        adopted.diagnostics.push(wrong);
    }
    tidy(&mut adopted.diagnostics);
    Ok(adopted)
}

/// Does the work; what stops it is returned.
fn work(
    request: &Request<'_>,
    existing: Option<Arc<Source>>,
    adopted: &mut Adopted,
) -> Result<Result<(), Diagnostic>, Error> {
    let old = &request.old;
    let (chart, version) = match (&old.chart, &old.version) {
        (Some(chart), Some(version)) => (chart, version),
        _ => return Ok(Err(findings::no_chart(old))),
    };
    let shapes = match fit::shapes(chart, version, request.catalog) {
        Ok(shapes) => shapes,
        Err(served) => return Ok(Err(findings::unserved(old, chart, version, &served))),
    };
    let contract = match request.catalog.contract(chart, version) {
        Some(contract) => contract?,
        None => return Ok(Err(findings::unserved(old, chart, version, &[]))),
    };
    let mut old = old.clone();
    if let Some(warning) = fit::unwrap(&mut old, &contract) {
        adopted.diagnostics.push(warning);
    }
    let old = &old;
    if let Some(wrong) = fit::check(old, &contract, request.catalog) {
        return Ok(Err(wrong));
    }
    if let Some(wrong) = secrets::check(&old.values, &contract) {
        return Ok(Err(wrong));
    }
    let values = read_only(&old.values, &contract, adopted);
    let defaults = match request.chart {
        Some(chart) => Defaults::of_chart(chart),
        None => Defaults::of_contract(&contract),
    };

    // The shape whose model leaves least to override is the one that was meant.
    let mut best: Option<Outcome> = None;
    let mut reason = None;
    for shape in &shapes {
        let workshop = Workshop {
            catalog: request.catalog,
            layers: request.layers,
            file: request.file,
            environment: request.environment,
            component: shape.component,
            existing: existing.clone(),
        };
        let start = start::Start {
            workshop: &workshop,
            shape,
            old,
            values: &values,
            version,
            alone: shapes.len() == 1,
        };
        match start.run(&defaults)? {
            Ok(outcome) if best.as_ref().is_none_or(|best| outcome.cost < best.cost) => {
                best = Some(outcome);
            }
            Ok(_) => {}
            Err(wrong) => reason = reason.or(Some(wrong)),
        }
    }
    let Some(outcome) = best else {
        return Ok(Err(match (reason, &existing) {
            (Some(Unrendered::Unfit(why)), Some(source)) => findings::cannot_extend(source, why),
            (Some(Unrendered::Wrong(found)), _) => findings::not_rendered(&found, old),
            _ => findings::not_rendered(&[], old),
        }));
    };
    outcome.report(adopted, &old.values);
    Ok(Ok(()))
}

/// Returns the values without what the chart never read; the rest of what is wrong with them stays an error.
fn read_only(values: &Node, contract: &Contract, adopted: &mut Adopted) -> Node {
    let mut gone = Vec::new();
    for found in contract.check(values) {
        let is_unread = found.id.ends_with("/unknown-key") || found.id.ends_with("/dead-key");
        match found.location().filter(|_| is_unread) {
            Some(place) => {
                gone.push(place.clone());
                adopted.left_out.push(quoted(&found.message));
                adopted.diagnostics.push(findings::left_out(found));
            }
            None => adopted.diagnostics.push(found),
        }
    }
    let mut values = values.clone();
    fit::without(&mut values, &gone);
    values
}

/// Returns what stands between the last backticks of a message: the path it is about.
fn quoted(message: &str) -> String {
    message.rsplit('`').nth(1).unwrap_or(message).to_owned()
}

/// The best that one shape can do.
struct Outcome {
    component: String,
    variant: String,
    text: String,
    fields: usize,
    overrides: usize,
    cost: usize,
    omitted: Vec<String>,
    proof: Proof,
    exact: bool,
    found: Vec<Diagnostic>,
}

impl Outcome {
    /// Writes down what became of it.
    fn report(self, adopted: &mut Adopted, values: &Node) {
        adopted.component = self.component;
        adopted.variant = self.variant;
        adopted.fields = self.fields;
        adopted.overrides = self.overrides;
        adopted.diagnostics.extend(self.found);
        let encrypted_or_leaking = has_errors(&adopted.diagnostics)
            && adopted.diagnostics.iter().any(|found| {
                found.id == "storage/inline-credential"
                    && found.severity == crate::diagnostic::Severity::Error
            });
        // What holds a secret is not even shown.
        if !encrypted_or_leaking {
            adopted.text = Some(self.text);
        }
        for (path, difference) in self.proof.different {
            let nothing = || "not there".to_owned();
            adopted.diagnostics.push(findings::different(
                &difference.path,
                &difference
                    .before
                    .clone()
                    .map_or_else(nothing, |value| format!("`{value}`")),
                &difference
                    .after
                    .clone()
                    .map_or_else(nothing, |value| format!("`{value}`")),
                place_of(values, &path).as_ref(),
                self.exact,
            ));
            adopted.different.push(difference);
        }
        adopted.intended = self
            .proof
            .intended
            .into_iter()
            .map(|(_, difference)| difference)
            .collect();
        adopted.omitted = self.omitted;
    }
}

/// Returns the place of a path in the old values, or of the deepest part that is there.
fn place_of(values: &Node, path: &[String]) -> Option<Location> {
    let mut node = values;
    let mut place = None;
    for key in path {
        let Some(entry) = node.as_map().and_then(|map| map.get(key)) else {
            break;
        };
        place = Some(entry.key.clone());
        node = &entry.value;
    }
    place.or_else(|| Some(values.location.clone()))
}

/// Puts the parts of an environment in the order in which people look for them.
fn ordered(document: Map<String, Json>, order: &[&str]) -> Map<String, Json> {
    let mut rest = document;
    let mut sorted = Map::new();
    for key in order {
        if let Some(value) = rest.shift_remove(*key) {
            sorted.insert((*key).to_owned(), value);
        }
    }
    sorted.extend(rest);
    sorted
}

/// Proves a finished search by what the environment really generates.
fn finish(
    mut search: Search<'_>,
    variant: &str,
    before: &Node,
    mut found: Vec<Diagnostic>,
    fixed: usize,
) -> Result<Outcome, Error> {
    let component = search.workshop.component;
    let overrides = std::mem::take(&mut search.gap.overrides);
    let place = before.location.clone();
    let omitted: Vec<String> = search
        .gap
        .omit
        .iter()
        .map(|path| path::show(path))
        .collect();
    if !omitted.is_empty() {
        let omit = omitted
            .iter()
            .map(|path| Json::from(path.as_str()))
            .collect();
        search
            .draft
            .set(&format!("components.{component}.omit"), omit);
    }
    if !overrides.is_empty() {
        let values = Json::Object(overrides.clone());
        search
            .draft
            .set(&format!("components.{component}.values"), values);
    }
    let after = search.workshop.values(&search.draft)?;
    let after = match after {
        Ok(after) => after,
        Err(wrong) => {
            // The contract refuses an override: said where it stands in the old file. The proof is ours alone then.
            if let Unrendered::Wrong(wrong) = wrong {
                found.extend(wrong.into_iter().filter(|found| {
                    !found.id.starts_with("contract/") && found.id != "storage/inline-credential"
                }));
            }
            let over = defaults::from_json(&Json::Object(overrides.clone()), &place);
            let model = fit::without_paths(search.model.clone(), &search.gap.omit);
            yaml::merge(model, &over)
        }
    };
    let proof = compare::prove(before, &after, search.defaults, &search.gap.intended);
    let text = search
        .workshop
        .text(&search.draft.sorted(component))
        .unwrap_or_default();
    let values: usize = overrides.values().map(json_leaves).sum();
    Ok(Outcome {
        component: component.to_owned(),
        variant: variant.to_owned(),
        fields: search
            .draft
            .leaves()
            .saturating_sub(fixed + values + usize::from(!omitted.is_empty())),
        overrides: values,
        omitted,
        cost: search.gap.cost,
        text,
        proof,
        exact: search.defaults.exact,
        found,
    })
}

fn json_leaves(value: &Json) -> usize {
    match value {
        Json::Object(map) => map.values().map(json_leaves).sum::<usize>().max(1),
        _ => 1,
    }
}
