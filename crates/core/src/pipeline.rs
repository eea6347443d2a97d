//! The steps in order; the only module that knows them all.

mod derived;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use derived::Derived;

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Severity, has_errors, nearest, tidy};
use crate::environment::{Environment, LayerCache, Layers, Read};
use crate::error::Error;
use crate::plan::{Plan, PlannedFile};
use crate::policy::rules::bucket_shared;
use crate::source::{Location, Source};

/// Where values files go below the output folder, unless the project says otherwise.
pub const DEFAULT_LAYOUT: &str = "{env}/{component}/values.yaml";

/// What [`build`] is asked.
pub struct Request<'a> {
    /// Every environment file and layer, each under the name a user knows it by (`envs/prod.yaml`).
    pub files: Vec<Arc<Source>>,
    /// How `extends` targets are had.
    pub layers: &'a dyn Layers,
    /// Templates, manifests and contracts.
    pub catalog: &'a Catalog,
    /// Where values files go: a path with `{env}` and `{component}`. See [`DEFAULT_LAYOUT`].
    pub layout: &'a str,
    /// The environments to plan; empty for all. The others are read too.
    pub select: Vec<String>,
}

/// What [`build`] gives.
#[derive(Debug)]
pub struct Build {
    /// Everything that was found, sorted by file and position.
    pub diagnostics: Vec<Diagnostic>,
    /// The files to write; none if anything is wrong.
    pub plan: Option<Plan>,
    /// The names of all environments, sorted.
    pub environments: Vec<String>,
}

/// How a step is done for many items; the command line does it on all cores.
pub trait Executor {
    /// Returns what `step` makes of each item, in the items' order.
    fn map<T: Sync, R: Send>(&self, items: &[T], step: impl Fn(&T) -> R + Sync + Send) -> Vec<R>;
}

/// One item after the other.
pub struct Sequential;

impl Executor for Sequential {
    fn map<T: Sync, R: Send>(&self, items: &[T], step: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
        items.iter().map(step).collect()
    }
}

/// Reads environments, derives, renders, checks, and plans the files.
///
/// # Errors
///
/// Returns an error only for a mistake of ours: a template, manifest or contract that is broken.
/// What is wrong with the environments is in [`Build::diagnostics`].
pub fn build(request: &Request<'_>) -> Result<Build, Error> {
    build_with(request, &Sequential)
}

/// Does what [`build`] does, with the steps spread as `executor` likes. The result is the same.
///
/// # Errors
///
/// As [`build`].
pub fn build_with<E: Executor>(request: &Request<'_>, executor: &E) -> Result<Build, Error> {
    let cache = LayerCache::new(request.layers);
    let reads = executor.map(&request.files, |source| {
        let mut read = Environment::read_cached(source, &cache, request.catalog);
        let derived = read
            .environment
            .take()
            .map(|environment| Derived::new(environment, request.catalog, &mut read.diagnostics));
        (read, derived)
    });
    let mut diagnostics = Vec::new();
    let names = environment_names(&request.files, &reads, &mut diagnostics);
    let mut derived = Vec::new();
    for (read, one) in reads {
        diagnostics.extend(read.diagnostics);
        derived.extend(one);
    }
    derived.sort_by(|one, other| one.environment.name.cmp(&other.environment.name));
    bucket_shared::check(
        derived.iter().map(|one| (&one.environment, &one.links)),
        &mut diagnostics,
    );
    unknown_selection(&request.select, &names, &mut diagnostics);

    let selected: Vec<&Derived> = derived
        .iter()
        .filter(|one| request.select.is_empty() || request.select.contains(&one.environment.name))
        .collect();
    let produced = executor.map(&selected, |one| {
        one.produce(request.layout, request.catalog)
    });
    let mut files = BTreeMap::new();
    // Two environments of one name, say, meet in every file; that is reported already.
    let mut shared = Vec::new();
    for planned in produced {
        for file in planned? {
            add_file(&mut files, file, &mut shared);
        }
    }
    if !has_errors(&diagnostics) {
        diagnostics.append(&mut shared);
    }
    for (chart, version) in selected
        .iter()
        .flat_map(|one| &one.releases)
        .map(|release| (&release.chart, &release.version))
    {
        if let Some(text) = request.catalog.contract_text(chart, version) {
            let path = format!(".schemas/{chart}/{version}.schema.json");
            files.entry(path.clone()).or_insert_with(|| PlannedFile {
                path,
                text: Arc::from(text),
                environment: None,
            });
        }
    }
    if !request.select.is_empty() {
        soften_others(&request.select, &mut diagnostics);
    }
    tidy(&mut diagnostics);
    let plan = (!has_errors(&diagnostics)).then(|| Plan {
        files: files.into_values().collect(),
    });
    Ok(Build {
        diagnostics,
        plan,
        environments: names.into_iter().collect(),
    })
}

/// Renders the values files of one environment: the step of [`build`] between reading and planning.
///
/// Paths follow [`DEFAULT_LAYOUT`]. What is wrong is added to `found`; with any error there are no files.
///
/// # Errors
///
/// As [`build`].
pub fn render(
    environment: Environment,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) -> Result<Vec<PlannedFile>, Error> {
    let derived = Derived::new(environment, catalog, found);
    derived.produce(DEFAULT_LAYOUT, catalog)
}

/// Returns the names of all environments; two files with one name are reported.
fn environment_names<T>(
    files: &[Arc<Source>],
    reads: &[(Read, T)],
    found: &mut Vec<Diagnostic>,
) -> BTreeSet<String> {
    let mut names: BTreeMap<String, &Arc<Source>> = BTreeMap::new();
    for (source, (read, _)) in files.iter().zip(reads) {
        let Some(name) = &read.name else { continue };
        let Some(first) = names.get(name) else {
            names.insert(name.clone(), source);
            continue;
        };
        found.push(
            Diagnostic::error(
                "environment/duplicate-name",
                format!("environment `{name}` is in two files"),
            )
            .at(&Location::of_file(source))
            .label(&Location::of_file(first), "the other one")
            .why("both would write the same files")
            .help("give one of them another `environment:` name, or make it a layer by removing the line")
            .in_environment(name),
        );
    }
    names.into_keys().collect()
}

fn unknown_selection(select: &[String], names: &BTreeSet<String>, found: &mut Vec<Diagnostic>) {
    for name in select.iter().filter(|name| !names.contains(*name)) {
        let all = names.iter().cloned().collect::<Vec<_>>().join(", ");
        let near = nearest(name, names.iter().map(String::as_str));
        found.push(
            Diagnostic::error(
                "environment/not-found",
                format!("there is no environment `{name}`"),
            )
            .why("environments go by their `environment:` value, not by their file's name")
            .help(match near {
                Some(near) => format!("did you mean `{near}`? There are: {all}"),
                None if names.is_empty() => {
                    "no file in the folder has an `environment:` line".to_owned()
                }
                None => format!("there are: {all}"),
            }),
        );
    }
}

/// Makes warnings of errors that touch only environments that nobody asked for.
fn soften_others(select: &[String], diagnostics: &mut [Diagnostic]) {
    for diagnostic in diagnostics {
        let elsewhere = !diagnostic.environments.is_empty()
            && !diagnostic
                .environments
                .iter()
                .any(|name| select.contains(name));
        if elsewhere && diagnostic.severity == Severity::Error {
            diagnostic.severity = Severity::Warning;
        }
    }
}

/// Adds a file to the plan, or reports that two would be one.
fn add_file(
    files: &mut BTreeMap<String, PlannedFile>,
    file: PlannedFile,
    found: &mut Vec<Diagnostic>,
) {
    if let Some(first) = files.get(&file.path) {
        found.push(
            Diagnostic::error(
                "plan/path-shared",
                format!("two values files would be `{}`", file.path),
            )
            .why(format!(
                "environments `{}` and `{}` meet there",
                first.environment.as_deref().unwrap_or_default(),
                file.environment.as_deref().unwrap_or_default()
            ))
            .help("let the layout hold both `{env}` and `{component}`"),
        );
        return;
    }
    files.insert(file.path.clone(), file);
}
