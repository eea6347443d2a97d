//! Components that a user adds: the same parts as ours, read with every mistake said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::manifest;
use super::settings::{Settings, place_of};
use crate::components::{self, Manifest};
use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, nearest, tidy};
use crate::render::Engine;
use crate::source::{Location, Source, Span};
use crate::yaml::Node;

/// The components of a user's, as far as they could be read.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    /// By id; broken ones too, so that environments that name them are not blamed.
    pub(super) components: IndexMap<String, Component>,
    /// Contracts that came with them, by chart and version.
    pub(super) contracts: Vec<(String, String, Arc<Source>, Arc<Contract>)>,
    /// Everything that is wrong with them.
    pub(super) findings: Vec<Diagnostic>,
}

/// One component of a user's.
#[derive(Debug)]
pub(crate) struct Component {
    /// None where it is broken.
    pub(super) manifest: Option<Manifest>,
    /// The manifest with its places.
    document: Option<Node>,
    /// None where they are broken.
    pub(super) settings: Option<Settings>,
    /// Its templates by name, as in `opencost/deployment/values.yaml.j2`.
    pub(super) templates: BTreeMap<String, Arc<Source>>,
    /// What renders them.
    pub(super) engine: Engine,
    /// Whether anything is wrong with any of its files, so that nothing is rendered.
    pub(super) broken: bool,
}

/// The files of one folder.
#[derive(Default)]
struct Folder {
    manifest: Option<Arc<Source>>,
    settings: Option<Arc<Source>>,
    templates: BTreeMap<String, Arc<Source>>,
    contracts: Vec<(String, Arc<Source>)>,
}

/// The longest id: it becomes part of object names, which have 63 bytes.
const LONGEST_ID: usize = 40;

impl Outside {
    /// Reads a user's files, each under its path from the catalogue's folder on.
    ///
    /// `has_contract` says which chart versions are known without these files.
    pub(super) fn read(
        files: impl IntoIterator<Item = (String, Arc<Source>)>,
        ours: &IndexMap<String, Manifest>,
        has_contract: impl Fn(&str, &str) -> bool,
    ) -> Self {
        let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
        for (path, source) in files {
            let Some((id, rest)) = path.split_once('/') else {
                continue;
            };
            let folder = folders.entry(id.to_owned()).or_default();
            if rest == "component.yaml" {
                folder.manifest = Some(source);
            } else if rest == "settings.schema.json" {
                folder.settings = Some(source);
            } else if let Some(name) = rest
                .strip_prefix("schemas/")
                .and_then(|rest| rest.strip_suffix(".schema.json"))
            {
                folder.contracts.push((name.to_owned(), source));
            } else if rest.ends_with(".j2") {
                folder.templates.insert(path, source);
            }
        }
        let mut outside = Self::default();
        for (id, folder) in &mut folders {
            for (name, source) in folder.contracts.drain(..) {
                outside.contract(id, &name, source);
            }
        }
        let brought: BTreeSet<(String, String)> = outside
            .contracts
            .iter()
            .map(|(chart, version, ..)| (chart.clone(), version.clone()))
            .collect();
        let has_contract = |chart: &str, version: &str| {
            has_contract(chart, version)
                || brought.contains(&(chart.to_owned(), version.to_owned()))
        };
        for (id, folder) in folders {
            if folder.manifest.is_some()
                || folder.settings.is_some()
                || !folder.templates.is_empty()
            {
                outside.component(id, folder, ours, &has_contract);
            }
        }
        outside.check_links(ours);
        outside.check_names();
        outside
    }

    /// Checks the paths of roles by contracts, which are all known now.
    pub(super) fn with_paths_checked(
        mut self,
        contract: impl Fn(&str, &str) -> Option<Arc<Contract>>,
    ) -> Self {
        for component in self.components.values() {
            if let (Some(manifest), Some(document)) = (&component.manifest, &component.document) {
                manifest::check_paths(manifest, document, &contract, &mut self.findings);
            }
        }
        // Only environment files are mended for the user.
        for finding in &mut self.findings {
            finding.fix = None;
        }
        tidy(&mut self.findings);
        for component in self.components.values_mut() {
            let files: BTreeSet<&str> = component
                .templates
                .values()
                .map(|source| source.name())
                .chain(
                    component
                        .document
                        .iter()
                        .map(|document| document.location.source.name()),
                )
                .collect();
            component.broken = component.manifest.is_none()
                || component.settings.is_none()
                || self.findings.iter().any(|finding| {
                    finding
                        .location()
                        .is_some_and(|place| files.contains(place.source.name()))
                });
        }
        self
    }

    /// Reads one component.
    fn component(
        &mut self,
        id: String,
        folder: Folder,
        ours: &IndexMap<String, Manifest>,
        has_contract: &impl Fn(&str, &str) -> bool,
    ) {
        let some_file = folder
            .manifest
            .iter()
            .chain(&folder.settings)
            .chain(folder.templates.values())
            .next();
        let Some(some_file) = some_file.map(Arc::clone) else {
            return;
        };
        let found = &mut self.findings;
        if ours.contains_key(&id) {
            found.push(
                Diagnostic::error(
                    "catalog/built-in-id",
                    format!("`{id}` is a component of helmwright's own"),
                )
                .at(&whole(folder.manifest.as_ref().unwrap_or(&some_file)))
                .why("two components of one id would write the same files, and rules know the built-in one")
                .help(format!(
                    "call the folder and the `id` otherwise, such as `my-{id}`"
                )),
            );
            return;
        }
        if !is_id(&id) {
            found.push(
                Diagnostic::error("catalog/bad-value", format!("`{id}` cannot be an id"))
                    .at(&whole(&some_file))
                    .why("an id becomes a key of environments, a folder and part of object names")
                    .help(format!(
                        "call the folder with 1 to {LONGEST_ID} lower-case letters, digits and hyphens, beginning with a letter"
                    )),
            );
            return;
        }
        for (name, source) in &folder.templates {
            let odd = |char: char| !(char.is_ascii_alphanumeric() || "/._-".contains(char));
            if name.contains(odd) {
                found.push(
                    Diagnostic::error(
                        "catalog/bad-value",
                        "a template's name has letters that a file of objects cannot have",
                    )
                    .at(&whole(source))
                    .why(
                        "a file of objects is called as its template, and names reach object names",
                    )
                    .help("rename it with letters, digits, `.`, `_` and `-`"),
                );
            }
        }
        let (manifest, document) = match &folder.manifest {
            Some(source) => manifest::read(&id, source, &folder.templates, has_contract, found),
            None => {
                found.push(
                    Diagnostic::error(
                        "catalog/no-manifest",
                        format!("the folder `{id}` has no component.yaml"),
                    )
                    .at(&whole(&some_file))
                    .why("it says what the component is: variants, charts, versions, roles")
                    .help("add `component.yaml`, or move the files out of the catalogue"),
                );
                (None, None)
            }
        };
        let settings = match &folder.settings {
            Some(source) => Settings::read(source, found),
            None => Some(Settings::none()),
        };
        let engine = Engine::outside(folder.templates.clone());
        engine.check(found);
        let component = Component {
            manifest,
            document,
            settings,
            templates: folder.templates,
            engine,
            broken: false,
        };
        self.components.insert(id, component);
    }

    /// Reads a contract that came with a component.
    fn contract(&mut self, id: &str, name: &str, source: Arc<Source>) {
        let Some((chart, version)) = name.split_once('/').filter(|(_, rest)| !rest.contains('/'))
        else {
            self.findings.push(
                Diagnostic::error(
                    "catalog/broken-contract",
                    "the contract lies in no chart's folder",
                )
                .at(&whole(&source))
                .why("chart and version are read off its path")
                .help(format!(
                    "move it to `{id}/schemas/<chart>/<version>.schema.json`"
                )),
            );
            return;
        };
        let wrong = match Contract::from_json(source.text()) {
            Ok(contract) if contract.chart == chart && contract.version == version => {
                self.contracts.push((
                    chart.to_owned(),
                    version.to_owned(),
                    source,
                    Arc::new(contract),
                ));
                return;
            }
            Ok(contract) => Diagnostic::error(
                "catalog/broken-contract",
                format!(
                    "this is the contract of {} {}",
                    contract.chart, contract.version
                ),
            )
            .at(&whole(&source))
            .why(format!("its path says {chart} {version}")),
            Err(error) => {
                let place = match &error {
                    crate::contract::Error::NotASchema(error) => place_of(error, &source),
                    crate::contract::Error::Untitled(_) => whole(&source),
                };
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                Diagnostic::error("catalog/broken-contract", "the contract cannot be read")
                    .at(&place)
                    .why(cause.unwrap_or_else(|| error.to_string()))
            }
        };
        self.findings.push(wrong.help(format!(
            "build it anew: `helmwright contract build <chart> --to {}`",
            source.name()
        )));
    }

    /// Reports links to components and endpoints that are not there.
    fn check_links(&mut self, ours: &IndexMap<String, Manifest>) {
        let known: BTreeMap<&str, Option<&Manifest>> = ours
            .iter()
            .map(|(id, manifest)| (id.as_str(), Some(manifest)))
            .chain(
                self.components
                    .iter()
                    .map(|(id, component)| (id.as_str(), component.manifest.as_ref())),
            )
            .collect();
        let mut found = Vec::new();
        let mut misled = Vec::new();
        for (id, component) in &self.components {
            if let (Some(manifest), Some(document)) = (&component.manifest, &component.document) {
                let before = found.len();
                manifest::check_links(manifest, document, &known, &mut found);
                if found.len() > before {
                    misled.push(id.clone());
                }
            }
        }
        self.findings.append(&mut found);
        // What an environment lacks can only be said of links that lead somewhere.
        for id in misled {
            if let Some(component) = self.components.get_mut(&id) {
                component.manifest = None;
            }
        }
    }

    /// Reports names in templates that nothing gives a value.
    fn check_names(&mut self) {
        let mut found = Vec::new();
        for (id, component) in &self.components {
            let (Some(manifest), Some(settings)) = (&component.manifest, &component.settings)
            else {
                continue;
            };
            for (template, source) in &component.templates {
                for name in component.engine.names(template) {
                    let variant = template.split('/').nth(1).unwrap_or_default();
                    let Some((unknown, near)) = unknown(&name, manifest, variant, settings) else {
                        continue;
                    };
                    found.push(
                        Diagnostic::error(
                            "catalog/unknown-name",
                            format!("nothing gives `{unknown}` a value"),
                        )
                        .at(&mention(source, &unknown))
                        .why("a name without a value would become nothing without a word")
                        .help(match near {
                            Some(near) => format!("did you mean `{near}`?"),
                            None if unknown.starts_with("settings.") => {
                                format!("add it to `{id}/settings.schema.json`")
                            }
                            None => format!("templates see {}", NAMES.join(", ")),
                        }),
                    );
                }
            }
        }
        self.findings.append(&mut found);
    }
}

/// What every template sees.
const NAMES: [&str; 11] = [
    "environment",
    "tier",
    "namespace",
    "cluster",
    "tenant",
    "release",
    "role",
    "store",
    "settings",
    "links",
    "go_memory_limit",
];

/// Returns the part of a name that nothing gives a value, and the one that is probably meant.
fn unknown(
    name: &str,
    manifest: &Manifest,
    variant: &str,
    settings: &Settings,
) -> Option<(String, Option<String>)> {
    let parts: Vec<&str> = name.split('.').collect();
    let among = |known: Vec<String>, at: usize| -> Option<(String, Option<String>)> {
        let part = parts.get(at)?;
        if known.iter().any(|known| known == part) {
            return None;
        }
        let before = parts[..at].join(".");
        let whole = |part: &str| match before.as_str() {
            "" => part.to_owned(),
            before => format!("{before}.{part}"),
        };
        let near = nearest(part, known.iter().map(String::as_str)).map(whole);
        Some((whole(part), near))
    };
    let first = *parts.first()?;
    if !NAMES.contains(&first) && first != "files" {
        return among(NAMES.map(str::to_owned).to_vec(), 0);
    }
    match first {
        "settings" => {
            let mut schema = settings.schema();
            for (at, part) in parts.iter().enumerate().skip(1) {
                let resolved = schema.resolve(settings.schema());
                if resolved.properties.is_empty() {
                    return None;
                }
                let next = resolved.property(part, settings.schema());
                match next {
                    Some(next) => schema = next,
                    None => {
                        let known = resolved.properties.iter();
                        return among(known.map(|(name, _)| name.to_string()).collect(), at);
                    }
                }
            }
            None
        }
        "links" => among(manifest.links.keys().cloned().collect(), 1).or_else(|| {
            let parts = components::LINK_PARTS.map(str::to_owned).to_vec();
            among(parts, 2)
        }),
        "role" | "go_memory_limit" => {
            let variant = manifest.variants.get(variant)?;
            let roles = variant.roles.keys();
            among(roles.map(|name| name.replace('-', "_")).collect(), 1)
        }
        _ => None,
    }
}

/// Returns the first place where a template says a name; the whole file where it is not found.
fn mention(source: &Arc<Source>, name: &str) -> Location {
    let text = source.text();
    let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == '.';
    text.match_indices(name)
        .find(|(at, _)| {
            let (before, after) = (&text[..*at], &text[at + name.len()..]);
            let in_tag = before
                .rfind("{{")
                .max(before.rfind("{%"))
                .is_some_and(|open| {
                    !before[open..].contains("}}") && !before[open..].contains("%}")
                });
            in_tag
                && !before.ends_with(is_part)
                && !after.starts_with(|char: char| char.is_alphanumeric() || char == '_')
        })
        .map_or_else(
            || whole(source),
            |(at, _)| {
                let span = Span::new(at, at + name.len());
                Location::new(source, span)
            },
        )
}

fn is_id(id: &str) -> bool {
    id.len() <= LONGEST_ID
        && id.starts_with(|char: char| char.is_ascii_lowercase())
        && !id.ends_with('-')
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Returns the place that means a whole file.
pub(super) fn whole(source: &Arc<Source>) -> Location {
    Location::of_file(source)
}
