//! One environment with everything that follows from it, up to its values files.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::components::{self, Described, Release, Scope};
use crate::contract::{Contract, split_path};
use crate::diagnostic::{Diagnostic, has_errors, nearest};
use crate::environment::{Environment, Section};
use crate::error::Error;
use crate::links::Links;
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
    environment: Environment,
    releases: Vec<Release>,
    links: Links,
    /// What templates see, one for each release.
    contexts: Vec<Value>,
    /// Whether nothing was wrong; else nothing is rendered.
    sound: bool,
}

impl Derived {
    /// Derives everything, and adds everything that is wrong to `found`.
    pub fn new(environment: Environment, catalog: &Catalog, found: &mut Vec<Diagnostic>) -> Self {
        let mut own = Vec::new();
        let releases = components::resolve(&environment, catalog, &mut own);
        let links = Links::derive(&environment, &releases);
        let contexts: Vec<Value> = releases
            .iter()
            .map(|release| {
                check_overrides(&environment, release, catalog, &mut own);
                derive(&environment, release, &links, &mut own)
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
            contexts,
            sound,
        }
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

    /// Returns the release of a component.
    pub fn release(&self, component: &str) -> Option<&Release> {
        self.releases
            .iter()
            .find(|release| release.component == component)
    }

    /// Returns where a component's values file goes, by a layout as in [`Request::layout`](super::Request::layout).
    pub fn path(&self, layout: &str, component: &str) -> String {
        layout
            .replace("{env}", &self.environment.name)
            .replace("{component}", component)
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
        let Some(release) = self.release(component) else {
            return Ok(None);
        };
        let template = release.template();
        let source = Source::new(template.clone(), render(release, data, catalog)?);
        let rendered = yaml::read(&source).map_err(|findings| broken(&template, &findings))?;
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
            .map(|release| render_by(release, data, catalog, engine))
            .transpose()
    }

    /// Returns what rules look at, computed once.
    pub fn inputs(&self, catalog: &Catalog) -> Inputs {
        let described: Vec<Described> = self
            .releases
            .iter()
            .map(|release| describe(&self.environment, release, &self.links))
            .collect();
        let workloads = workload::predict(&self.environment, &self.releases, &described, catalog);
        Inputs {
            described,
            workloads,
        }
    }

    /// Returns what rules may look at: the environment, what follows from it, and what will run by it.
    pub fn facts<'a>(&'a self, inputs: &'a Inputs, catalog: &'a Catalog) -> Facts<'a> {
        Facts {
            tier: self.environment.tier,
            form: Form::Predicted,
            environment: Some(&self.environment),
            releases: &self.releases,
            described: &inputs.described,
            links: Some(&self.links),
            workloads: &inputs.workloads,
            predicted: None,
            manifests: None,
            catalog,
        }
    }

    /// Returns the charts in use, with their versions.
    pub(super) fn charts(&self) -> Vec<(String, String)> {
        self.releases
            .iter()
            .map(|release| (release.chart.clone(), release.version.clone()))
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
        let files = self.produce_some(layout, catalog, |id| id == component)?;
        Ok(files.into_iter().next().map(|file| file.text.to_string()))
    }

    /// Renders and checks every values file; none if anything was wrong before.
    pub(super) fn produce(
        &self,
        layout: &str,
        catalog: &Catalog,
    ) -> Result<Vec<PlannedFile>, Error> {
        self.produce_some(layout, catalog, |_| true)
    }

    /// Renders and checks the values files of some components.
    pub(super) fn produce_some(
        &self,
        layout: &str,
        catalog: &Catalog,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<PlannedFile>, Error> {
        self.releases
            .iter()
            .zip(&self.contexts)
            .filter(|(release, _)| wanted(release.component))
            .filter(|_| self.sound)
            .map(|(release, data)| {
                let path = self.path(layout, release.component);
                let text = self.values(release, data, &path, catalog)?;
                Ok(PlannedFile {
                    path,
                    text: Arc::from(text),
                    environment: Some(self.environment.name.clone()),
                })
            })
            .collect()
    }

    /// Returns the whole text of one values file.
    fn values(
        &self,
        release: &Release,
        data: &Value,
        path: &str,
        catalog: &Catalog,
    ) -> Result<String, Error> {
        let contract = contract(release, catalog)?;
        let template = release.template();
        let source = Source::new(template.clone(), render(release, data, catalog)?);
        // The template's text is never trusted: it is read back and checked.
        let rendered = yaml::read(&source).map_err(|findings| broken(&template, &findings))?;
        let wrong = contract.check(&rendered);
        if has_errors(&wrong) {
            return Err(broken(&template, &wrong));
        }
        let mut escaped = escape_templates(source.text(), &rendered, &contract);
        let omitted = omitted(&self.environment, release);
        if !omitted.is_empty() {
            escaped = yaml::omit(&Source::new(template.clone(), escaped), &omitted)
                .map_err(|findings| broken(&template, &findings))?;
        }
        let mut text = self.header(release, path);
        match overrides(&self.environment, release) {
            None => text.push_str(&escaped),
            Some(overrides) => {
                let rendered = yaml::read(&Source::new(template.clone(), escaped))
                    .map_err(|findings| broken(&template, &findings))?;
                text.push_str(&yaml::splice(rendered, overrides)?);
            }
        }
        Ok(text)
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

/// What rules look at in one environment, beside the environment itself.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// What components say of themselves, one for each release.
    pub described: Vec<Described>,
    /// What will run.
    pub workloads: Vec<Workload>,
}

/// Returns what one release's component says of itself.
fn describe(environment: &Environment, release: &Release, links: &Links) -> Described {
    let empty = Section::default();
    let scope = scope(environment, release, links, &empty);
    components::find(release.component)
        .map(|component| (component.describe)(&scope))
        .unwrap_or_default()
}

/// Returns what a component may look at.
fn scope<'a>(
    environment: &'a Environment,
    release: &'a Release,
    links: &'a Links,
    empty: &'a Section,
) -> Scope<'a> {
    Scope {
        environment,
        section: environment
            .model
            .components
            .get(release.component)
            .unwrap_or(empty),
        release,
        links,
    }
}

/// Computes what one release's templates see.
fn derive(
    environment: &Environment,
    release: &Release,
    links: &Links,
    found: &mut Vec<Diagnostic>,
) -> Value {
    let empty = Section::default();
    let scope = scope(environment, release, links, &empty);
    let derived = components::find(release.component)
        .map(|component| (component.derive)(&scope, found))
        .unwrap_or_default();
    scope.context(&derived)
}

/// Renders a release's templates: the other files of its variant first, which the values then carry.
fn render(release: &Release, data: &Value, catalog: &Catalog) -> Result<String, Error> {
    render_by(release, data, catalog, catalog.engine())
}

fn render_by(
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

/// Returns the overrides of one release, if the environment has any.
fn overrides<'a>(environment: &'a Environment, release: &Release) -> Option<&'a Node> {
    environment
        .node(&["components", release.component, "values"])
        .filter(|node| node.as_map().is_some_and(|map| !map.is_empty()))
}

/// Returns the paths that one release's values shall not have.
fn omitted(environment: &Environment, release: &Release) -> Vec<Vec<String>> {
    environment
        .model
        .components
        .get(release.component)
        .map(|section| section.omit.iter().map(|path| split_path(path)).collect())
        .unwrap_or_default()
}

/// Reports paths to omit that the chart does not have.
fn check_omitted(
    environment: &Environment,
    release: &Release,
    contract: &Contract,
    found: &mut Vec<Diagnostic>,
) {
    for (index, path) in omitted(environment, release).iter().enumerate() {
        let known = path
            .first()
            .is_some_and(|key| contract.property(&[key]).is_some());
        if !known {
            let names = contract.schema.properties.iter().map(|(name, _)| &**name);
            let near = nearest(path.first().map_or("", String::as_str), names);
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("chart {} has no key to omit there", release.chart),
                )
                .at(&environment
                    .location(&format!("components.{}.omit.{index}", release.component)))
                .why("a path names keys of the chart's values, from the top")
                .help(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "remove it".to_owned(),
                }),
            );
        }
    }
}

/// Checks overrides by the contract. A contract that cannot be loaded is reported where it is needed next.
fn check_overrides(
    environment: &Environment,
    release: &Release,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) {
    let Ok(contract) = contract(release, catalog) else {
        return;
    };
    check_omitted(environment, release, &contract, found);
    if let Some(overrides) = overrides(environment, release) {
        found.extend(contract.check(overrides));
    }
}

fn contract(release: &Release, catalog: &Catalog) -> Result<Arc<Contract>, Error> {
    catalog
        .contract(&release.chart, &release.version)
        .unwrap_or_else(|| {
            Err(Error::Missing(format!(
                "schemas/charts/{}/{}.schema.json",
                release.chart, release.version
            )))
        })
}

/// A finding about what we wrote ourselves is our mistake.
fn broken(template: &str, findings: &[Diagnostic]) -> Error {
    let detail = findings
        .iter()
        .map(|finding| {
            let place = finding.location().map(|location| {
                format!(
                    " (its line {}: `{}`)",
                    location.start().line,
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
