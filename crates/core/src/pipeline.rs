//! The steps in order; the only module that knows them all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::components::{self, Release, Scope};
use crate::diagnostic::{Diagnostic, Severity, has_errors, nearest, tidy};
use crate::environment::{Environment, LayerCache, Layers, Read};
use crate::error::Error;
use crate::links::Links;
use crate::plan::{Plan, PlannedFile};
use crate::policy::rules::{bucket_name, bucket_shared};
use crate::render::{context, escape_templates};
use crate::source::{Location, Source};
use crate::yaml;

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
    for result in produced {
        let produced = result?;
        diagnostics.extend(produced.diagnostics);
        for file in produced.files {
            add_file(&mut files, file, &mut diagnostics);
        }
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
/// Paths follow [`DEFAULT_LAYOUT`]. What is wrong is added to `found`; the files are whole only if nothing is.
///
/// # Errors
///
/// As [`build`].
pub fn render(
    environment: Environment,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) -> Result<Vec<PlannedFile>, Error> {
    let produced = Derived::new(environment, catalog, found).produce(DEFAULT_LAYOUT, catalog)?;
    found.extend(produced.diagnostics);
    Ok(produced.files)
}

/// An environment with everything that follows from it.
struct Derived {
    environment: Environment,
    releases: Vec<Release>,
    links: Links,
}

/// What became of one environment.
#[derive(Default)]
struct Produced {
    diagnostics: Vec<Diagnostic>,
    files: Vec<PlannedFile>,
}

impl Derived {
    fn new(environment: Environment, catalog: &Catalog, found: &mut Vec<Diagnostic>) -> Self {
        let before = found.len();
        let releases = components::resolve(&environment, catalog, found);
        let links = Links::derive(&environment, &releases);
        bucket_name::check(&environment, &links, found);
        touch(&mut found[before..], &environment.name);
        Self {
            environment,
            releases,
            links,
        }
    }

    fn produce(&self, layout: &str, catalog: &Catalog) -> Result<Produced, Error> {
        let mut produced = Produced::default();
        for release in &self.releases {
            let path = layout
                .replace("{env}", &self.environment.name)
                .replace("{component}", release.component);
            let text = self.values(release, &path, catalog, &mut produced.diagnostics)?;
            produced.files.push(PlannedFile {
                path,
                text: Arc::from(text),
                environment: Some(self.environment.name.clone()),
            });
        }
        touch(&mut produced.diagnostics, &self.environment.name);
        Ok(produced)
    }

    /// Returns the whole text of one values file.
    fn values(
        &self,
        release: &Release,
        path: &str,
        catalog: &Catalog,
        found: &mut Vec<Diagnostic>,
    ) -> Result<String, Error> {
        let Some(contract) = catalog.contract(&release.chart, &release.version) else {
            return Err(Error::Missing(format!(
                "schemas/charts/{}/{}.schema.json",
                release.chart, release.version
            )));
        };
        let contract = contract?;
        let body = self.body(release, catalog, found)?;
        let template = format!(
            "templates/{}/{}/values.yaml.j2",
            release.component, release.variant
        );
        let source = Source::new(template.clone(), body);
        // The template's text is never trusted: it is read back and checked.
        let rendered = yaml::read(&source).map_err(|findings| broken(&template, &findings))?;
        let wrong = contract.check(&rendered);
        if has_errors(&wrong) {
            return Err(broken(&template, &wrong));
        }
        let escaped = escape_templates(source.text(), &rendered, &contract);
        let mut text = self.header(release, path);
        let overrides = self
            .environment
            .node(&["components", release.component, "values"])
            .filter(|node| node.as_map().is_some_and(|map| !map.is_empty()));
        match overrides {
            None => text.push_str(&escaped),
            Some(overrides) => {
                let mut refused = contract.check(overrides);
                found.append(&mut refused);
                let rendered = yaml::read(&Source::new(template.clone(), escaped))
                    .map_err(|findings| broken(&template, &findings))?;
                text.push_str(&yaml::document(&yaml::merge(rendered, overrides)));
            }
        }
        Ok(text)
    }

    /// Renders a release's templates: the other files of its variant first, which the values then carry.
    fn body(
        &self,
        release: &Release,
        catalog: &Catalog,
        found: &mut Vec<Diagnostic>,
    ) -> Result<String, Error> {
        let empty = crate::environment::Section::default();
        let scope = Scope {
            environment: &self.environment,
            section: self
                .environment
                .model
                .components
                .get(release.component)
                .unwrap_or(&empty),
            release,
            links: &self.links,
        };
        let Some(component) = components::find(release.component) else {
            return Err(Error::Missing(format!("component {}", release.component)));
        };
        let derived = (component.derive)(&scope, found);
        let mut data = scope.context(&derived);
        let folder = format!("{}/{}", release.component, release.variant);
        let mut files = serde_json::Map::new();
        for name in catalog.templates_in(&folder) {
            if name == "values.yaml.j2" {
                continue;
            }
            let text = catalog
                .engine()
                .render(&format!("{folder}/{name}"), &context(&data))?;
            files.insert(name.trim_end_matches(".j2").to_owned(), text.into());
        }
        if let Some(data) = data.as_object_mut() {
            data.insert("files".to_owned(), files.into());
        }
        catalog
            .engine()
            .render(&format!("{folder}/values.yaml.j2"), &context(&data))
    }

    /// Returns the lines above the values: the editor's schema line, then where the file comes from.
    fn header(&self, release: &Release, path: &str) -> String {
        let up = "../".repeat(path.matches('/').count());
        let mut text = String::new();
        let _ = write!(
            text,
            "# yaml-language-server: $schema={up}.schemas/{chart}/{version}.schema.json\n\
             #\n\
             # {component} of environment {environment}: chart {chart} {version}, release {name} in namespace {namespace}.\n\
             # Made by helmwright from {files}.\n\
             # Do not edit: change those files, then run `helmwright generate`.\n\n",
            chart = release.chart,
            version = release.version,
            component = release.component,
            environment = self.environment.name,
            name = release.name,
            namespace = release.namespace,
            files = self.environment.files.join(", "),
        );
        text
    }
}

/// A finding about what we wrote ourselves is our mistake.
fn broken(template: &str, findings: &[Diagnostic]) -> Error {
    let detail = findings
        .iter()
        .map(|finding| {
            let place = finding.location().map(|location| {
                let start = location.start();
                format!(
                    " (its line {}: `{}`)",
                    start.line,
                    location.text().lines().next().unwrap_or_default()
                )
            });
            format!("{}{}", finding.message, place.unwrap_or_default())
        })
        .collect::<Vec<_>>()
        .join("; ");
    Error::Output {
        name: template.to_owned(),
        detail: format!("does not pass: {detail}"),
    }
}

fn touch(diagnostics: &mut [Diagnostic], environment: &str) {
    for diagnostic in diagnostics {
        if !diagnostic
            .environments
            .iter()
            .any(|name| name == environment)
        {
            diagnostic.environments.push(environment.to_owned());
        }
    }
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
