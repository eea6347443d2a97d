//! The steps in order; the only module that knows them all.

mod asking;
mod derived;
mod neighbours;
mod output;
mod outside;
mod overrides;
mod runbook;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use derived::{Derived, Inputs};
pub use neighbours::neighbours;

use crate::catalog::Catalog;
use crate::components::ClusterWide;
use crate::delivery::{self, Project};
use crate::diagnostic::{Diagnostic, Severity, has_errors, nearest, tidy};
use crate::environment::{Environment, LayerCache, Layers};
use crate::error::Error;
use crate::layout::Layout;
use crate::peers::{self, Peer, Peers};
use crate::plan::{Plan, PlannedFile};
use crate::policy::{self, Asked, Digest, Row, Waivers};
use crate::source::{Location, Source};

pub use crate::layout::DEFAULT_LAYOUT;

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
    /// What is wanted of the rules.
    pub asked: Asked,
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
    /// What came of each rule, if that was asked.
    pub rows: Vec<Row>,
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
    // Each environment goes all the way by itself, so that only its files are kept.
    let outcomes = executor.map(&request.files, |source| {
        Outcome::of(source, &cache, request)
    });
    let mut diagnostics = request.catalog.findings().to_vec();
    let mut read = Vec::new();
    for outcome in outcomes {
        read.push(outcome?);
    }
    shared_twice(&mut read);
    finish_waiting(&mut read, request)?;
    cluster_twice(&mut read);
    for outcome in &mut read {
        diagnostics.append(&mut outcome.diagnostics);
    }
    let names = environment_names(&read, &mut diagnostics);
    let name = |one: &Outcome| one.name.as_ref().map(|(name, _)| name.clone());
    read.sort_by_cached_key(name);
    let mut rows: Vec<Row> = read.iter_mut().flat_map(|one| one.rows.drain(..)).collect();
    let compared: Vec<(&Digest, &Waivers)> = read
        .iter()
        .filter_map(|one| {
            one.digest
                .as_ref()
                .map(|(digest, waivers)| (digest, waivers))
        })
        .collect();
    let report = policy::run_project(&compared, &request.asked);
    let told = |found: &Diagnostic| request.asked.rows || found.severity > Severity::Info;
    diagnostics.extend(report.diagnostics.into_iter().filter(told));
    rows.extend(report.rows);
    unknown_selection(&request.select, &names, &mut diagnostics);
    let layout = Layout::new(request.layout);
    let projects: Vec<Project> = read
        .iter_mut()
        .filter_map(|one| one.project.take())
        .collect();
    let unread = read.iter().find_map(|one| one.unread.as_ref());
    let for_all =
        delivery::project_files(&projects, unread, layout, request.catalog, &mut diagnostics)?;
    // Two environments of one name, say, meet in every file; that is reported already.
    let mut shared = Vec::new();
    let mut files = BTreeMap::new();
    let of_each = read.iter_mut().flat_map(|one| one.files.drain(..));
    for file in of_each.chain(for_all) {
        add_file(&mut files, file, &mut shared);
    }
    if !has_errors(&diagnostics) {
        diagnostics.append(&mut shared);
    }
    let charts: BTreeSet<_> = read.iter().flat_map(|one| &one.charts).collect();
    for (chart, version) in charts {
        if let Some(text) = request.catalog.contract_text(chart, version) {
            let path = format!(".schemas/{chart}/{version}.schema.json");
            let file = PlannedFile {
                path: path.clone(),
                text: Arc::from(text),
                environment: None,
            };
            files.insert(path, file);
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
        rows,
    })
}

/// What became of one file: of an environment or of a layer.
#[derive(Default)]
struct Outcome {
    /// The environment's name and where it stands.
    name: Option<(String, Location)>,
    diagnostics: Vec<Diagnostic>,
    files: Vec<PlannedFile>,
    /// What other environments are compared with, and what this one waives.
    digest: Option<(Digest, Waivers)>,
    rows: Vec<Row>,
    /// The charts in use, with their versions.
    charts: Vec<(String, String)>,
    /// What is delivered together with other environments.
    project: Option<Project>,
    /// Where the file is wrong, if nothing follows from it.
    unread: Option<Location>,
    /// How others see it.
    peer: Option<Peer>,
    /// The components of it that serve all environments, and where they stand.
    shared: Vec<(String, Location)>,
    /// The cluster it runs in, and the objects of the whole cluster that it writes.
    cluster: (Option<String>, Vec<ClusterWide>),
    /// An environment that must see the others before anything follows from it.
    waiting: Option<Environment>,
}

impl Outcome {
    fn of(
        source: &Arc<Source>,
        cache: &LayerCache<'_>,
        request: &Request<'_>,
    ) -> Result<Self, Error> {
        let mut read = Environment::read_cached(source, cache, request.catalog);
        let mut outcome = Self {
            name: read.name,
            diagnostics: read.diagnostics,
            ..Self::default()
        };
        if read.environment.is_none() && has_errors(&outcome.diagnostics) {
            outcome.unread = Some(Location::of_file(source));
        }
        if let Some(environment) = read.environment.take() {
            outcome.shared = peers::shared(&environment, request.catalog)
                .map(|id| {
                    (
                        id.to_owned(),
                        environment.key_location(&format!("components.{id}")),
                    )
                })
                .collect();
            if !peers::sees_others(&environment, request.catalog) {
                outcome.follow(environment, Peers::default(), request)?;
            } else {
                outcome.peer = Some(Peer::of(&environment, request.catalog));
                outcome.waiting = Some(environment);
            }
        }
        Ok(outcome)
    }

    /// Does all that follows from an environment.
    fn follow(
        &mut self,
        environment: Environment,
        peers: Peers,
        request: &Request<'_>,
    ) -> Result<(), Error> {
        let found = &mut self.diagnostics;
        let selected = request.select.is_empty() || request.select.contains(&environment.name);
        let derived = Derived::among(environment, peers, request.catalog, found);
        let layout = Layout::new(request.layout);
        delivery::check(derived.environment(), layout, found);
        self.project = Project::of(derived.environment(), derived.releases());
        let today = request.asked.today.as_deref();
        let mut waivers = Waivers::read(derived.environment(), today, found);
        waivers.know_roles(derived.environment(), request.catalog, found);
        let inputs = derived.inputs(request.catalog);
        let facts = derived.facts(&inputs, request.catalog);
        let report = policy::run(&facts, &waivers, &request.asked);
        self.digest = Digest::new(&facts).map(|digest| (digest, waivers));
        // What is only worth knowing is told where rules are asked for.
        let rows = request.asked.rows && selected;
        let told = |one: &Diagnostic| rows || one.severity > Severity::Info;
        found.extend(report.diagnostics.into_iter().filter(told));
        if selected {
            if !has_errors(found) {
                match derived.produce(&inputs, layout, request.catalog) {
                    Ok(files) => self.files = files,
                    Err(Error::Outside(wrong)) => found.extend(wrong),
                    Err(error) => return Err(error),
                }
            }
            self.charts = derived.charts();
            self.rows = report.rows;
        }
        let cluster = &derived.environment().model.cluster;
        let wide = derived.described().iter();
        let wide = wide.flat_map(|one| one.cluster_wide.iter().cloned());
        self.cluster = (cluster.name.clone(), wide.collect());
        self.peer = Some(derived.into_peer());
        Ok(())
    }
}

/// Finishes the environments that had to wait for the others.
fn finish_waiting(read: &mut [Outcome], request: &Request<'_>) -> Result<(), Error> {
    if read.iter().all(|one| one.waiting.is_none()) {
        return Ok(());
    }
    let peers = peers::sorted(read.iter_mut().filter_map(|one| one.peer.take()).collect());
    let waiting = read.iter().filter_map(|one| one.waiting.as_ref());
    let peers = neighbours::with_reads(peers, waiting, request.catalog);
    for outcome in read {
        if let Some(environment) = outcome.waiting.take() {
            outcome.follow(environment, Arc::clone(&peers), request)?;
        }
    }
    Ok(())
}

/// Reports what serves all environments and is run by two of them.
fn shared_twice(read: &mut [Outcome]) {
    let mut first: BTreeMap<String, (Location, String)> = BTreeMap::new();
    let mut order: Vec<&mut Outcome> = read.iter_mut().collect();
    order.sort_by_cached_key(|one| one.name.as_ref().map(|(name, _)| name.clone()));
    for outcome in order {
        let name = outcome.name.as_ref().map(|(name, _)| name.clone());
        let name = name.unwrap_or_default();
        for (id, place) in &outcome.shared {
            let Some((other, environment)) = first.get(id) else {
                first.insert(id.clone(), (place.clone(), name.clone()));
                continue;
            };
            outcome.diagnostics.push(
                Diagnostic::error(
                    "environment/shared-twice",
                    format!("`{id}` serves all environments, and `{environment}` runs it already"),
                )
                .label(place, "again here")
                .label(other, "first here")
                .why("two of them would show the same data under the same names, and each would claim the other's")
                .help("keep it in one environment; a `namespace` of its own sets it apart from what that environment runs")
                .in_environment(&name),
            );
        }
    }
}

/// Reports objects of a whole cluster that two of its environments write.
fn cluster_twice(read: &mut [Outcome]) {
    let mut first: BTreeMap<(Option<String>, &str, String), (Location, String)> = BTreeMap::new();
    let mut order: Vec<&mut Outcome> = read.iter_mut().collect();
    order.sort_by_cached_key(|one| one.name.as_ref().map(|(name, _)| name.clone()));
    for outcome in order {
        let name = outcome.name.as_ref().map(|(name, _)| name.clone());
        let name = name.unwrap_or_default();
        let (cluster, objects) = &outcome.cluster;
        for object in objects {
            let key = (cluster.clone(), object.kind, object.name.clone());
            let Some((other, environment)) = first.get(&key) else {
                first.insert(key, (object.place.clone(), name.clone()));
                continue;
            };
            outcome.diagnostics.push(
                Diagnostic::error(
                    "environment/cluster-twice",
                    format!(
                        "{} `{}` of the cluster is written by `{environment}` already",
                        object.kind, object.name
                    ),
                )
                .label(&object.place, "again here")
                .label(other, "first here")
                .why(match cluster {
                    Some(cluster) => format!("both environments run in cluster `{cluster}`, which has one object of that name: whichever is delivered last decides what is in it"),
                    None => "neither environment names its cluster, so both count as one, which has one object of that name: whichever is delivered last decides what is in it".to_owned(),
                })
                .help("ask for it in one environment of the cluster; name clusters that differ with `cluster.name`")
                .in_environment(&name),
            );
        }
    }
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
    derived.produce_values(Layout::default(), catalog, |_| true)
}

/// Renders the values file of one component, as [`render`] does; none if anything is wrong.
pub(crate) fn render_one(
    environment: Environment,
    component: &str,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<PlannedFile>, Error> {
    let derived = Derived::new(environment, catalog, found);
    let files = derived.produce_values(Layout::default(), catalog, |id| id == component)?;
    Ok(files.into_iter().next())
}

/// Returns the names of all environments; two files with one name are reported.
fn environment_names(read: &[Outcome], found: &mut Vec<Diagnostic>) -> BTreeSet<String> {
    let mut names: BTreeMap<&str, &Location> = BTreeMap::new();
    for (name, place) in read.iter().filter_map(|one| one.name.as_ref()) {
        let Some(first) = names.get(name.as_str()) else {
            names.insert(name, place);
            continue;
        };
        found.push(
            Diagnostic::error(
                "environment/duplicate-name",
                format!("environment `{name}` is in two files"),
            )
            .label(place, "again here")
            .label(first, "first here")
            .why("both would write the same files")
            .help("give one of them another `environment:` name, or make it a layer by removing the line")
            .in_environment(name),
        );
    }
    names.into_keys().map(str::to_owned).collect()
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
