//! What we bring along: manifests, templates, contracts. And what a user adds.

mod manifest;
mod outside;
mod settings;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use crate::assets::Lazy;
use crate::components::{self, Manifest};
use crate::contract::{Contract, Programs, ProgramsError, Reads, Schema, Wording};
use crate::diagnostic::Diagnostic;
use crate::environment;
use crate::error::Error;
use crate::render::{Engine, noted};
use crate::source::Source;
use crate::yaml::Node;

use outside::Outside;
pub(crate) use settings::Settings;

/// Everything that is not the user's environment: manifests, templates and contracts.
///
/// Contracts are parsed when first asked for, templates when first rendered.
#[derive(Debug)]
pub struct Catalog {
    manifests: IndexMap<String, Manifest>,
    engine: Engine,
    templates: Vec<String>,
    /// What lies among the templates and is none, by path: dashboards.
    texts: BTreeMap<String, Cow<'static, str>>,
    contracts: BTreeMap<(String, String), Asset>,
    /// Who reads the values of a chart, by `<chart>/<version>`.
    reads: BTreeMap<String, Lazy>,
    programs: BTreeMap<String, Lazy>,
    /// Which chart version runs which program, read when it is first asked.
    index: OnceLock<Programs>,
    environment: EnvironmentSchema,
    /// What the user adds.
    outside: Outside,
}

#[derive(Debug)]
struct Asset {
    text: Lazy,
    parsed: OnceLock<Result<Arc<Contract>, String>>,
}

/// The schema that environment files are checked against.
#[derive(Debug)]
pub struct EnvironmentSchema {
    text: Cow<'static, str>,
    schema: Schema,
}

impl EnvironmentSchema {
    fn read(text: Cow<'static, str>) -> Result<Self, Error> {
        let schema = serde_json::from_str(&text).map_err(|error| Error::Schema {
            name: "schemas/environment.schema.json".to_owned(),
            detail: error.to_string(),
        })?;
        Ok(Self { text, schema })
    }

    /// Checks a document, all layers merged.
    pub fn check(&self, document: &Node) -> Vec<Diagnostic> {
        self.schema.check(document, &Wording::environment())
    }

    /// Returns the schema itself.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the schema's JSON text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Catalog {
    /// Returns what this library brings along.
    #[cfg(feature = "bundled")]
    pub fn bundled() -> &'static Self {
        static BUNDLED: OnceLock<Catalog> = OnceLock::new();
        BUNDLED.get_or_init(|| {
            Self::from_lazy(crate::assets::all())
                .expect("the bundled assets are read by a test of this crate")
        })
    }

    /// Returns what this library brings along, and further contracts by `<chart>/<version>.schema.json`.
    /// Where both have one, the caller's wins.
    ///
    /// # Errors
    ///
    /// Never for the bundled part; contracts are parsed when they are used.
    #[cfg(feature = "bundled")]
    pub fn bundled_with(
        contracts: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Error> {
        let own = contracts.into_iter().map(|(path, text)| {
            (
                Cow::Owned(format!("schemas/charts/{path}")),
                Lazy::Text(Cow::Owned(text)),
            )
        });
        Self::from_lazy(crate::assets::all().chain(own))
    }

    /// Makes a catalogue from files by path: `templates/<id>/component.yaml`, `templates/<id>/<variant>/*.j2`,
    /// `schemas/environment.schema.json`, `schemas/charts/<chart>/<version>.schema.json`.
    ///
    /// # Errors
    ///
    /// Returns an error that names the file if a manifest or the environment schema cannot be read, or is missing.
    pub fn from_assets(
        assets: impl IntoIterator<Item = (Cow<'static, str>, Cow<'static, str>)>,
    ) -> Result<Self, Error> {
        Self::from_lazy(
            assets
                .into_iter()
                .map(|(path, text)| (path, Lazy::Text(text))),
        )
    }

    /// Adds components of the user's, made of the same parts as ours: each file under its path from the catalogue's
    /// folder on, as `<id>/component.yaml`, `<id>/settings.schema.json`, `<id>/<variant>/values.yaml.j2`,
    /// `<id>/<variant>/objects/<name>.yaml.j2` and `<id>/schemas/<chart>/<version>.schema.json`.
    ///
    /// Whatever is wrong with them is in [`findings`](Self::findings), and among those of every
    /// [`build`](crate::build); what can be used, is used.
    ///
    /// # Errors
    ///
    /// An environment schema of ours that cannot be read is our mistake.
    ///
    /// # Examples
    ///
    /// A component that is one plain object, and no chart:
    ///
    /// ```
    /// # #[cfg(feature = "bundled")] {
    /// use helmwright::environment::NoLayers;
    /// use helmwright::source::Source;
    /// use helmwright::{Catalog, Request, pipeline::DEFAULT_LAYOUT};
    ///
    /// let files = [
    ///     ("notice/component.yaml", "\
    /// id: notice
    /// summary: Says who owns the namespace.
    /// policyClass: ui
    /// wave: 4
    /// variants:
    ///   objects: {summary: Plain objects., name: notice}
    /// "),
    ///     ("notice/settings.schema.json", r#"{
    ///       "type": "object", "additionalProperties": false,
    ///       "properties": {"owner": {"type": "string", "default": "platform"}}
    ///     }"#),
    ///     ("notice/objects/objects/notice.yaml.j2", "\
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: {{ release.fullname }}
    ///   namespace: {{ namespace }}
    /// data:
    ///   owner: {{ settings.owner }}
    /// "),
    /// ];
    /// let files = files.map(|(path, text)| {
    ///     (path.to_owned(), Source::new(format!("catalog/{path}"), text))
    /// });
    /// let catalog = Catalog::bundled_with([])?.with_components(files)?;
    /// assert!(catalog.findings().is_empty());
    ///
    /// let text = "environment: dev\nnamespace: team-dev\ncomponents: {notice: {settings: {owner: us}}}\n";
    /// let built = helmwright::build(&Request {
    ///     files: vec![Source::new("envs/dev.yaml", text)],
    ///     layers: &NoLayers,
    ///     catalog: &catalog,
    ///     layout: DEFAULT_LAYOUT,
    ///     select: Vec::new(),
    ///     asked: Default::default(),
    /// })?;
    /// let plan = built.plan.expect("nothing is wrong");
    /// let file = plan.files.iter().find(|file| file.path == "dev/notice/notice.yaml");
    /// assert!(file.is_some_and(|file| file.text.contains("owner: us")));
    /// # }
    /// # Ok::<(), helmwright::Error>(())
    /// ```
    pub fn with_components(
        mut self,
        files: impl IntoIterator<Item = (String, Arc<Source>)>,
    ) -> Result<Self, Error> {
        let outside = Outside::read(files, &self.manifests, |chart, version| {
            self.has_contract(chart, version)
        });
        self.outside = outside;
        for (chart, version, source, contract) in std::mem::take(&mut self.outside.contracts) {
            let asset = Asset {
                text: Lazy::Text(Cow::Owned(source.text().to_owned())),
                parsed: OnceLock::from(Ok(contract)),
            };
            self.contracts.insert((chart, version), asset);
        }
        let outside = std::mem::take(&mut self.outside);
        self.outside = outside.with_paths_checked(|chart, version| {
            self.contract(chart, version).and_then(Result::ok)
        });
        for (id, component) in &self.outside.components {
            if let (Some(manifest), Some(_)) = (&component.manifest, &component.settings) {
                self.manifests.insert(id.clone(), manifest.clone());
            }
            self.templates.extend(component.templates.keys().cloned());
        }
        let added = self.outside.components.iter().map(|(id, component)| {
            let settings = component.settings.as_ref().map(Settings::json);
            (id.as_str(), component.manifest.as_ref().zip(settings))
        });
        let text = environment::schema_with(&self.manifests, added);
        self.environment = EnvironmentSchema::read(Cow::Owned(text))?;
        Ok(self)
    }

    /// Returns everything that is wrong with the components of the user's.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.outside.findings
    }

    /// Adds findings about files of the user's that gave no text.
    pub fn add_findings(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        self.outside.findings.extend(found);
    }

    /// Returns whether a component is one of the user's.
    pub fn is_outside(&self, id: &str) -> bool {
        self.outside.components.contains_key(id)
    }

    /// Returns whether a component is one of the user's that cannot be rendered, as its findings say.
    pub(crate) fn is_broken(&self, id: &str) -> bool {
        self.outside
            .components
            .get(id)
            .is_some_and(|component| component.broken)
    }

    /// Returns an engine whose templates say which of their lines wrote what, if the component is one of the user's.
    pub(crate) fn noted_engine(&self, id: &str) -> Option<Engine> {
        let component = self.outside.components.get(id)?;
        let noted = component.templates.iter().map(|(name, source)| {
            let text = noted(name, source.text());
            (name.clone(), Source::new(source.name(), text))
        });
        Some(Engine::outside(noted.collect()))
    }

    /// Returns the schema of a component's settings, if it is one of the user's.
    pub(crate) fn settings(&self, id: &str) -> Option<&Settings> {
        self.outside.components.get(id)?.settings.as_ref()
    }

    /// Returns the user's file of a template, if it is the user's.
    pub(crate) fn outside_template(&self, name: &str) -> Option<&Arc<Source>> {
        let (id, _) = name.split_once('/')?;
        self.outside.components.get(id)?.templates.get(name)
    }

    fn from_lazy(
        assets: impl IntoIterator<Item = (Cow<'static, str>, Lazy)>,
    ) -> Result<Self, Error> {
        let mut manifests = BTreeMap::new();
        let mut templates: BTreeMap<String, Cow<'static, str>> = BTreeMap::new();
        let mut texts = BTreeMap::new();
        let mut contracts = BTreeMap::new();
        let mut reads = BTreeMap::new();
        let mut programs = BTreeMap::new();
        let mut environment = None;
        for (path, text) in assets {
            if path == "schemas/environment.schema.json" {
                environment = Some(EnvironmentSchema::read(text.into_text())?);
            } else if let Some(rest) = path.strip_prefix("schemas/charts/") {
                if let Some(name) = rest.strip_suffix(".reads.json") {
                    reads.insert(name.to_owned(), text);
                } else if let Some((chart, version)) = contract_name(rest) {
                    let asset = Asset {
                        text,
                        parsed: OnceLock::new(),
                    };
                    contracts.insert((chart.to_owned(), version.to_owned()), asset);
                }
            } else if let Some(file) = path.strip_prefix("schemas/programs/") {
                programs.insert(file.to_owned(), text);
            } else if let Some(rest) = path.strip_prefix("templates/") {
                if let Some(id) = rest.strip_suffix("/component.yaml") {
                    let manifest =
                        serde_yaml::from_str(text.get()).map_err(|source| Error::Manifest {
                            name: path.to_string(),
                            source,
                        })?;
                    manifests.insert(id.to_owned(), manifest);
                } else if rest.ends_with(".j2") {
                    templates.insert(rest.to_owned(), text.into_text());
                } else {
                    texts.insert(rest.to_owned(), text.into_text());
                }
            }
        }
        let manifests = components::ALL
            .iter()
            .map(|component| {
                manifests
                    .remove(component.id)
                    .map(|manifest| (component.id.to_owned(), manifest))
                    .ok_or_else(|| {
                        Error::Missing(format!("templates/{}/component.yaml", component.id))
                    })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            manifests,
            templates: templates.keys().cloned().collect(),
            texts,
            engine: Engine::new(move |name| {
                templates.get(name).map(|text| text.clone().into_owned())
            }),
            contracts,
            reads,
            programs,
            index: OnceLock::new(),
            environment: environment
                .ok_or_else(|| Error::Missing("schemas/environment.schema.json".to_owned()))?,
            outside: Outside::default(),
        })
    }

    /// Returns the manifest of a component.
    pub fn manifest(&self, id: &str) -> Option<&Manifest> {
        self.manifests.get(id)
    }

    /// Returns all manifests by component id.
    pub fn manifests(&self) -> &IndexMap<String, Manifest> {
        &self.manifests
    }

    /// Returns the engine of our own templates.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the engine of one component's templates.
    pub(crate) fn engine_of(&self, id: &str) -> &Engine {
        self.outside
            .components
            .get(id)
            .map_or(&self.engine, |component| &component.engine)
    }

    /// Returns the names of all templates, sorted, as in `tempo/pods.yaml.j2`.
    pub fn template_names(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().map(String::as_str)
    }

    /// Returns the file names of a variant's templates, sorted.
    pub fn templates_in(&self, folder: &str) -> impl Iterator<Item = &str> {
        self.templates.iter().filter_map(move |name| {
            let name = name.strip_prefix(folder)?.strip_prefix('/')?;
            (name.ends_with(".j2") && !name.contains('/')).then_some(name)
        })
    }

    /// Returns the texts of a folder of templates that are no templates, sorted by name: `grafana/dashboards`.
    pub fn texts_in(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().filter_map(move |(name, text)| {
            let name = name.strip_prefix(folder)?.strip_prefix('/')?;
            (!name.contains('/')).then_some((name, &**text))
        })
    }

    /// Returns the schema of environment files.
    pub fn environment_schema(&self) -> &EnvironmentSchema {
        &self.environment
    }

    /// Returns who reads the values of a chart version, as far as that was kept with its contract.
    ///
    /// # Errors
    ///
    /// Reads that are no JSON of their form are our mistake.
    pub fn reads(&self, chart: &str, version: &str) -> Result<Reads, Error> {
        let Some(text) = self.reads.get(&format!("{chart}/{version}")) else {
            return Ok(Reads::default());
        };
        Reads::from_json(text.get()).map_err(|error| Error::Schema {
            name: format!("schemas/charts/{chart}/{version}.reads.json"),
            detail: error.to_string(),
        })
    }

    /// Closes the maps of a contract that the chart hands to its program, where we know the program, and returns
    /// the paths of our index that lead nowhere. See [`Programs::apply`].
    ///
    /// # Errors
    ///
    /// An index or a reference that cannot be read is our mistake.
    pub fn close_programs(&self, contract: &mut Contract) -> Result<Vec<String>, Error> {
        const INDEX: &str = "index.yaml";
        let fault = |error: ProgramsError| Error::Schema {
            name: "schemas/programs".to_owned(),
            detail: error.to_string(),
        };
        let Some(index) = self.programs.get(INDEX) else {
            return Ok(Vec::new());
        };
        Programs::from_yaml(index.get())
            .and_then(|programs| {
                let Contract {
                    chart,
                    version,
                    schema,
                } = contract;
                programs.apply(chart, version, schema, |name| {
                    let text = self.programs.get(&format!("{name}.schema.json"))?;
                    Some(Cow::Borrowed(text.get()))
                })
            })
            .map_err(fault)
    }

    /// Returns the program that a chart version runs, such as `tempo/2.10.8`; none where the index does not say it.
    pub fn program(&self, chart: &str, version: &str) -> Option<&str> {
        // An index that cannot be read is our mistake, and said where contracts are closed by it.
        self.index
            .get_or_init(|| {
                self.programs
                    .get("index.yaml")
                    .and_then(|index| Programs::from_yaml(index.get()).ok())
                    .unwrap_or_default()
            })
            .reference(chart, version)
    }

    /// Returns whether a contract for a chart version is at hand.
    pub fn has_contract(&self, chart: &str, version: &str) -> bool {
        self.asset(chart, version).is_some()
    }

    /// Returns the contract of a chart version, if one is at hand.
    pub fn contract(&self, chart: &str, version: &str) -> Option<Result<Arc<Contract>, Error>> {
        let asset = self.asset(chart, version)?;
        let parsed = asset.parsed.get_or_init(|| {
            Contract::from_json(asset.text.get())
                .map(Arc::new)
                .map_err(|error| error.to_string())
        });
        Some(parsed.clone().map_err(|detail| Error::Schema {
            name: format!("schemas/charts/{chart}/{version}.schema.json"),
            detail,
        }))
    }

    /// Returns the JSON text of a contract.
    pub fn contract_text(&self, chart: &str, version: &str) -> Option<&str> {
        self.asset(chart, version).map(|asset| asset.text.get())
    }

    /// Adds a contract, in place of one for the same chart version.
    pub fn add_contract(&mut self, contract: Contract) {
        let key = (contract.chart.clone(), contract.version.clone());
        let asset = Asset {
            text: Lazy::Text(Cow::Owned(contract.to_json())),
            parsed: OnceLock::from(Ok(Arc::new(contract))),
        };
        self.contracts.insert(key, asset);
    }

    /// Returns chart and version of all contracts at hand, sorted.
    pub fn contracts(&self) -> Vec<(String, String)> {
        self.contracts.keys().cloned().collect()
    }

    fn asset(&self, chart: &str, version: &str) -> Option<&Asset> {
        self.contracts.get(&(chart.to_owned(), version.to_owned()))
    }
}

/// Returns chart and version of `<chart>/<version>.schema.json`.
fn contract_name(path: &str) -> Option<(&str, &str)> {
    path.strip_suffix(".schema.json")?.split_once('/')
}
