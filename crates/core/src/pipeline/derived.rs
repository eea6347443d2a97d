//! One environment with everything that follows from it, up to its values files.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::asking::{derive, describe, scope};
use super::neighbours::neighbours;
use super::outside::{gather, refused};
use super::overrides::{check_overrides, omitted, overrides};
use crate::catalog::Catalog;
use crate::components::{self, Described, Release, ReleaseChart, Scope};
use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, has_errors};
use crate::environment::Environment;
use crate::error::Error;
use crate::layout::Layout;
use crate::links::Links;
use crate::peers::{self, Peer, Peers};
use crate::plan::PlannedFile;
use crate::policy::Facts;
use crate::render::{Engine, context, escape_templates};
use crate::source::Source;
use crate::workload::{self, Form, Workload};
use crate::yaml::{self, Node};

/// An environment, its releases and links, and what each release's templates will see.
///
/// [`build`](super::build) goes through it; who wants to know why a value is as it is looks at it directly.
#[derive(Debug)]
pub struct Derived {
    pub(super) environment: Environment,
    pub(super) releases: Vec<Release>,
    pub(super) links: Links,
    /// The environments of the project, for what serves all of them.
    pub(super) peers: Peers,
    /// What components say of themselves, one for each release.
    pub(super) described: Vec<Described>,
    /// What templates see, one for each release.
    pub(super) contexts: Vec<Value>,
    /// Whether nothing was wrong; else nothing is rendered.
    pub(super) sound: bool,
}

impl Derived {
    /// Derives everything of an environment that stands alone, and adds everything that is wrong to `found`.
    pub fn new(environment: Environment, catalog: &Catalog, found: &mut Vec<Diagnostic>) -> Self {
        let alone = if peers::sees_others(&environment, catalog) {
            neighbours([&environment], catalog)
        } else {
            Peers::default()
        };
        Self::among(environment, alone, catalog, found)
    }

    /// Derives everything of an environment among those of its project, and adds everything that is wrong to `found`.
    pub fn among(
        environment: Environment,
        peers: Peers,
        catalog: &Catalog,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut own = Vec::new();
        let releases = components::resolve(&environment, catalog, &mut own);
        let links = Links::derive(&environment, &releases);
        let mut scopes: Vec<Scope<'_>> = releases
            .iter()
            .map(|release| scope(&environment, (release, &releases), &links, &peers, catalog))
            .collect();
        let described: Vec<Described> = scopes
            .iter()
            .map(|scope| describe(scope, catalog))
            .collect();
        let contexts: Vec<Value> = scopes
            .iter_mut()
            .map(|scope| {
                scope.others = &described;
                check_overrides(&environment, scope.release, catalog, &mut own);
                derive(scope, catalog, &mut own)
            })
            .collect();
        for diagnostic in &mut own {
            if !diagnostic.environments.contains(&environment.name) {
                diagnostic.environments.push(environment.name.clone());
            }
        }
        let sound = !has_errors(&own) && !has_errors(found);
        found.append(&mut own);
        Self {
            environment,
            releases,
            links,
            peers,
            described,
            contexts,
            sound,
        }
    }

    /// Derives a changed form of the same environment, among the same others.
    pub(crate) fn changed(
        &self,
        environment: Environment,
        catalog: &Catalog,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let own = &self.environment.name;
        let peers = self.peers.iter().map(|peer| {
            if peer.environment == *own {
                Peer::of(&environment, catalog)
            } else {
                peer.clone()
            }
        });
        let peers = peers.collect();
        Self::among(environment, peers, catalog, found)
    }

    /// Lets the values be looked at although something is wrong.
    pub(crate) fn despite_rules(mut self) -> Self {
        self.sound = true;
        self
    }

    /// Returns the environment.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Returns its releases, in the order of its components.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// Returns the releases that install a chart, each with that chart.
    pub fn installed(&self) -> impl Iterator<Item = (&Release, &ReleaseChart)> {
        self.releases
            .iter()
            .filter_map(|release| Some((release, release.chart.as_ref()?)))
    }

    /// Returns the release of a component.
    pub fn release(&self, component: &str) -> Option<&Release> {
        self.releases
            .iter()
            .find(|release| release.component == component)
    }

    /// Returns what its components say of themselves, one for each release.
    pub fn described(&self) -> &[Described] {
        &self.described
    }

    /// Returns the environments of its project, the own one among them; none where nothing of it may look at them.
    pub fn peers(&self) -> &Peers {
        &self.peers
    }

    /// Returns how other environments see this one.
    pub(super) fn into_peer(self) -> Peer {
        let reads = self.described.into_iter().flat_map(|one| one.reads);
        Peer::new(
            &self.environment,
            &self.releases,
            self.links,
            reads.collect(),
        )
    }

    /// Returns where a component's values file goes, by a layout as in [`Request::layout`](super::Request::layout).
    pub fn path(&self, layout: &str, component: &str) -> String {
        Layout::new(layout).values(&self.environment.name, component)
    }

    /// Returns what its components know of each other.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Returns what a component's templates see; none if it is not run, or anything was wrong.
    pub fn context(&self, component: &str) -> Option<&Value> {
        let at = self
            .releases
            .iter()
            .position(|release| release.component == component)?;
        self.contexts.get(at).filter(|_| self.sound)
    }

    /// Returns a component's values as data, overrides merged; none if it is not run, or anything was wrong.
    ///
    /// What the template wrote has places in the rendered text; an override has its place in the environment's file.
    ///
    /// # Errors
    ///
    /// As [`build`](super::build).
    pub fn tree(&self, component: &str, catalog: &Catalog) -> Result<Option<Node>, Error> {
        match self.context(component) {
            Some(data) => self.tree_with(component, data, catalog),
            None => Ok(None),
        }
    }

    /// Returns the values that would come of another context.
    pub(crate) fn tree_with(
        &self,
        component: &str,
        data: &Value,
        catalog: &Catalog,
    ) -> Result<Option<Node>, Error> {
        let Some(release) = self
            .release(component)
            .filter(|release| release.chart.is_some())
        else {
            return Ok(None);
        };
        let template = release.template();
        let source = Source::new(template, render(release, data, catalog)?);
        let refused = |findings| refused(self, release, data, findings, catalog);
        let rendered = yaml::read(&source).map_err(refused)?;
        Ok(Some(match overrides(&self.environment, release) {
            Some(overrides) => yaml::merge(rendered, overrides),
            None => rendered,
        }))
    }

    /// Returns the text that other templates than the catalogue's would write.
    pub(crate) fn text_by(
        &self,
        component: &str,
        data: &Value,
        catalog: &Catalog,
        engine: &Engine,
    ) -> Result<Option<String>, Error> {
        self.release(component)
            .filter(|release| release.chart.is_some())
            .map(|release| render_by(release, data, catalog, engine))
            .transpose()
    }

    /// Returns what rules look at, computed once.
    pub fn inputs(&self, catalog: &Catalog) -> Inputs {
        Inputs {
            workloads: workload::predict(
                &self.environment,
                &self.releases,
                &self.described,
                catalog,
            ),
            planned: self.planned(catalog),
        }
    }

    /// Returns what the sections would start that are switched off and come later.
    fn planned(&self, catalog: &Catalog) -> Vec<Workload> {
        let releases = components::planned(&self.environment, catalog);
        if releases.is_empty() {
            return Vec::new();
        }
        let links = Links::derive(&self.environment, &releases);
        let described: Vec<Described> = releases
            .iter()
            .map(|release| {
                let view = (release, releases.as_slice());
                describe(
                    &scope(&self.environment, view, &links, &self.peers, catalog),
                    catalog,
                )
            })
            .collect();
        workload::predict(&self.environment, &releases, &described, catalog)
    }

    /// Returns what rules may look at: the environment, what follows from it, and what will run by it.
    pub fn facts<'a>(&'a self, inputs: &'a Inputs, catalog: &'a Catalog) -> Facts<'a> {
        Facts {
            tier: self.environment.tier,
            form: Form::Predicted,
            environment: Some(&self.environment),
            releases: &self.releases,
            described: &self.described,
            links: Some(&self.links),
            workloads: &inputs.workloads,
            planned: &inputs.planned,
            predicted: None,
            manifests: None,
            catalog,
        }
    }

    /// Returns the charts in use, with their versions.
    pub(super) fn charts(&self) -> Vec<(String, String)> {
        self.releases
            .iter()
            .filter_map(|release| release.chart.as_ref())
            .map(|chart| (chart.name.clone(), chart.version.clone()))
            .collect()
    }

    /// Returns the whole text of a component's values file; none if it is not run, or anything was wrong.
    ///
    /// # Errors
    ///
    /// As [`build`](super::build).
    pub fn values_text(
        &self,
        component: &str,
        layout: &str,
        catalog: &Catalog,
    ) -> Result<Option<String>, Error> {
        let files = self.produce_values(Layout::new(layout), catalog, |id| id == component)?;
        Ok(files.into_iter().next().map(|file| file.text.to_string()))
    }

    /// Renders and checks the values files of some components.
    pub(super) fn produce_values(
        &self,
        layout: Layout<'_>,
        catalog: &Catalog,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<PlannedFile>, Error> {
        self.produce_read(layout, catalog, wanted, |_, _| {})
    }

    /// Does what [`produce_values`](Self::produce_values) does, and shows each release's values as they are read again.
    pub(super) fn produce_read(
        &self,
        layout: Layout<'_>,
        catalog: &Catalog,
        wanted: impl Fn(&str) -> bool,
        mut show: impl FnMut(&Release, &Node),
    ) -> Result<Vec<PlannedFile>, Error> {
        let files = self
            .releases
            .iter()
            .zip(&self.contexts)
            .filter(|(release, _)| release.chart.is_some() && wanted(&release.component))
            .filter(|(release, _)| self.sound && !catalog.is_broken(&release.component))
            .map(|(release, data)| {
                let path = layout.values(&self.environment.name, &release.component);
                let (text, values) = self.values(release, data, &path, catalog)?;
                show(release, &values);
                Ok(PlannedFile {
                    path,
                    text: Arc::from(text),
                    environment: Some(self.environment.name.clone()),
                })
            });
        gather(files)
    }

    /// Returns the whole text of one values file, and what it says with the overrides merged.
    fn values(
        &self,
        release: &Release,
        data: &Value,
        path: &str,
        catalog: &Catalog,
    ) -> Result<(String, Node), Error> {
        let contract = contract(release, catalog)?;
        let template = release.template();
        let source = Source::new(template.clone(), render(release, data, catalog)?);
        let refused = |findings| refused(self, release, data, findings, catalog);
        // The template's text is never trusted: it is read back and checked.
        let rendered = yaml::read(&source).map_err(refused)?;
        let wrong = contract.check(&rendered);
        if has_errors(&wrong) {
            return Err(refused(wrong));
        }
        let mut escaped = escape_templates(source.text(), &rendered, &contract);
        let omitted = omitted(&self.environment, release);
        if !omitted.is_empty() {
            escaped =
                yaml::omit(&Source::new(template.clone(), escaped), &omitted).map_err(refused)?;
        }
        let mut text = self.header(release, path);
        let values = match overrides(&self.environment, release) {
            None => {
                text.push_str(&escaped);
                rendered
            }
            Some(overrides) => {
                let read = yaml::read(&Source::new(template, escaped)).map_err(refused)?;
                text.push_str(&yaml::splice(read, overrides)?);
                yaml::merge(rendered, overrides)
            }
        };
        Ok((text, values))
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
            chart = release.chart_name(),
            version = release.chart_version(),
            component = release.component,
            environment = self.environment.name,
            name = release.name,
            namespace = release.namespace,
            files = self.environment.files.join(", "),
        );
        text
    }
}

/// What rules look at in one environment, beside the environment itself.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// What will run.
    pub workloads: Vec<Workload>,
    /// What the sections would start that are switched off and come later.
    pub planned: Vec<Workload>,
}

/// Renders a release's templates: the other files of its variant first, which the values then carry.
fn render(release: &Release, data: &Value, catalog: &Catalog) -> Result<String, Error> {
    render_by(
        release,
        data,
        catalog,
        catalog.engine_of(&release.component),
    )
}

pub(super) fn render_by(
    release: &Release,
    data: &Value,
    catalog: &Catalog,
    engine: &Engine,
) -> Result<String, Error> {
    let folder = format!("{}/{}", release.component, release.variant);
    let mut data = data.clone();
    let mut files = Map::new();
    for name in catalog
        .templates_in(&folder)
        .filter(|name| *name != "values.yaml.j2")
    {
        let text = engine.render(&format!("{folder}/{name}"), &context(&data))?;
        files.insert(name.trim_end_matches(".j2").to_owned(), text.into());
    }
    if let Some(data) = data.as_object_mut() {
        data.insert("files".to_owned(), files.into());
    }
    engine.render(&format!("{folder}/values.yaml.j2"), &context(&data))
}

pub(super) fn contract(release: &Release, catalog: &Catalog) -> Result<Arc<Contract>, Error> {
    catalog
        .contract(release.chart_name(), release.chart_version())
        .unwrap_or_else(|| {
            Err(Error::Missing(format!(
                "schemas/charts/{}/{}.schema.json",
                release.chart_name(),
                release.chart_version()
            )))
        })
}
