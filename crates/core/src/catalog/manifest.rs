//! `component.yaml` of a component from outside, checked by its own schema and against what lies beside it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::outside::whole;
use crate::components::{Manifest, Variant, manifest_schema_json};
use crate::contract::{Schema, Wording, split_path};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::{Location, Source};
use crate::yaml::{self, Entry, Node, Value};

/// What says whether a contract of a chart version is at hand.
pub(super) type HasContract<'a> = &'a dyn Fn(&str, &str) -> bool;

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        serde_json::from_str(&manifest_schema_json()).expect("it is a schema that schemars wrote")
    })
}

/// Reads a manifest; none where anything is wrong with it. The document is there where it is a map.
pub(super) fn read(
    id: &str,
    source: &Arc<Source>,
    templates: &BTreeMap<String, Arc<Source>>,
    has_contract: HasContract<'_>,
    found: &mut Vec<Diagnostic>,
) -> (Option<Manifest>, Option<Node>) {
    let document = match yaml::read(source) {
        Ok(document) => as_written(document),
        Err(findings) => {
            found.extend(findings);
            return (None, None);
        }
    };
    let before = found.len();
    found.extend(schema().check(&document, &Wording::catalog("the manifest")));
    if found.len() > before {
        return (None, Some(document));
    }
    let manifest: Manifest = match serde_json::from_value(document.to_json()) {
        Ok(manifest) => manifest,
        Err(error) => {
            found.push(
                Diagnostic::error("catalog/bad-value", "the manifest cannot be used")
                    .at(&whole(source))
                    .why(error.to_string())
                    .help(
                        "correct the value; `helmwright schema component` prints what is accepted",
                    ),
            );
            return (None, Some(document));
        }
    };
    let check = Check {
        id,
        document: &document,
        templates,
        has_contract,
    };
    check.manifest(&manifest, found);
    ((found.len() == before).then_some(manifest), Some(document))
}

const QUOTES: [char; 2] = ['"', '\''];

/// Gives keys back that Helm would read as switches: `off`.
fn as_written(mut node: Node) -> Node {
    match &mut node.value {
        Value::Map(map) => {
            *map = std::mem::take(map)
                .into_iter()
                .map(|(key, entry)| {
                    let key = match key.as_str() {
                        "true" | "false" => entry.key.text().trim_matches(QUOTES).to_owned(),
                        _ => key,
                    };
                    let value = as_written(entry.value);
                    let key_at = entry.key;
                    (key, Entry { key: key_at, value })
                })
                .collect();
        }
        Value::List(items) => {
            *items = std::mem::take(items).into_iter().map(as_written).collect();
        }
        _ => {}
    }
    node
}

/// A manifest that has its form, and what lies beside it.
struct Check<'a> {
    id: &'a str,
    document: &'a Node,
    templates: &'a BTreeMap<String, Arc<Source>>,
    has_contract: HasContract<'a>,
}

impl Check<'_> {
    fn manifest(&self, manifest: &Manifest, found: &mut Vec<Diagnostic>) {
        if manifest.id != self.id {
            found.push(
                Diagnostic::error(
                    "catalog/other-id",
                    format!("the `id` is `{}` in the folder `{}`", manifest.id, self.id),
                )
                .at(&self.place(&["id"]))
                .why("environments, templates and output know a component by one name")
                .help(format!("write `id: {}`, or rename the folder", self.id)),
            );
        }
        if manifest.variants.is_empty() {
            found.push(
                Diagnostic::error("catalog/missing-key", "the manifest has no variant")
                    .at(&self.place(&["variants"]))
                    .why("a variant names the chart, its versions and its roles, or that there is no chart")
                    .help("add one, such as `deployment:` with `summary`, `chart`, `repository`, `versions`, `name` and `roles`"),
            );
        }
        if !manifest.buckets.is_empty() && manifest.signal.is_none() {
            found.push(
                Diagnostic::error(
                    "catalog/missing-key",
                    "the manifest has buckets and no `signal`",
                )
                .at(&self.place(&["buckets"]))
                .why("a bucket's name says what kind of data is in it")
                .help("add `signal:`: traces, metrics, logs, profiles or a word of your own"),
            );
        }
        for (name, variant) in &manifest.variants {
            self.variant(name, variant, found);
        }
    }

    fn variant(&self, name: &str, variant: &Variant, found: &mut Vec<Diagnostic>) {
        let folder = format!("{}/{name}", self.id);
        let objects = format!("{folder}/objects/");
        let Some(chart) = &variant.chart else {
            let writes = self
                .templates
                .keys()
                .any(|template| template.starts_with(&objects) && template.ends_with(".yaml.j2"));
            if !writes {
                found.push(
                    Diagnostic::error(
                        "catalog/no-template",
                        format!("variant `{name}` has no chart and writes no object"),
                    )
                    .at(&self.key(&["variants", name]))
                    .why("a variant writes a chart's values, or objects of Kubernetes, or both")
                    .help(format!(
                        "add `chart:`, or templates of objects as `{objects}<name>.yaml.j2`"
                    )),
                );
            }
            return;
        };
        let values = format!("{folder}/values.yaml.j2");
        if !self.templates.contains_key(&values) {
            let near = nearest(&values, self.templates.keys().map(String::as_str));
            found.push(
                Diagnostic::error(
                    "catalog/no-template",
                    format!("variant `{name}` has no template `{values}`"),
                )
                .at(&self.key(&["variants", name]))
                .why("it writes the values of the chart")
                .help(match near {
                    Some(near) => format!("add it; is it `{near}`?"),
                    None => "add it".to_owned(),
                }),
            );
        }
        for key in ["repository", "versions"] {
            let set = match key {
                "repository" => variant.repository.is_some(),
                _ => !variant.versions.is_empty(),
            };
            if !set {
                found.push(
                    Diagnostic::error(
                        "catalog/missing-key",
                        format!("variant `{name}` has a chart and no `{key}`"),
                    )
                    .at(&self.key(&["variants", name]))
                    .why("a release is one chart of one repository at one exact version")
                    .help(format!("add `{key}:`")),
                );
            }
        }
        for (index, version) in variant.versions.iter().enumerate() {
            if !(self.has_contract)(chart, version) {
                found.push(
                    Diagnostic::error(
                        "catalog/no-contract",
                        format!("no contract for chart {chart} {version} is at hand"),
                    )
                    .at(&self.item(&["variants", name, "versions"], index))
                    .why("without it nobody knows which values this version reads")
                    .help(format!(
                        "build it from the chart's files: `helmwright contract build <chart> --to <catalogue>/{}/schemas/{chart}/{version}.schema.json`",
                        self.id
                    )),
                );
            }
        }
        for (name, rule) in &variant.endpoints {
            if rule.port == 0 {
                found.push(
                    Diagnostic::error("catalog/bad-value", format!("endpoint `{name}` has port 0"))
                        .at(&self.key(&["variants", name, "endpoints", name]))
                        .why("others reach it there")
                        .help("write the Service's port"),
                );
            }
        }
    }

    fn place(&self, path: &[&str]) -> Location {
        self.document
            .at(path)
            .unwrap_or(self.document)
            .location
            .clone()
    }

    fn key(&self, path: &[&str]) -> Location {
        key_of(self.document, path)
    }

    fn item(&self, path: &[&str], index: usize) -> Location {
        match self.document.at(path).map(|node| &node.value) {
            Some(Value::List(items)) => items
                .get(index)
                .map_or_else(|| self.place(path), |item| item.location.clone()),
            _ => self.place(path),
        }
    }
}

/// Returns the place of a key, or of the document where it has none.
fn key_of(document: &Node, path: &[&str]) -> Location {
    path.split_last()
        .and_then(|(last, above)| document.at(above)?.as_map()?.get(*last))
        .map_or_else(|| document.location.clone(), |entry| entry.key.clone())
}

/// Reports links that lead nowhere, and roles of links that are none.
pub(super) fn check_links(
    manifest: &Manifest,
    document: &Node,
    known: &BTreeMap<&str, Option<&Manifest>>,
    found: &mut Vec<Diagnostic>,
) {
    const WHY: &str = "the template would be given an address that nobody knows";
    let place = |name: &str, key: &str| {
        document.at(&["links", name, key]).map_or_else(
            || key_of(document, &["links", name]),
            |node| node.location.clone(),
        )
    };
    for (name, link) in &manifest.links {
        match known.get(link.component.as_str()) {
            None => {
                let near = nearest(&link.component, known.keys().copied());
                found.push(
                    Diagnostic::error(
                        "catalog/unknown-link",
                        format!(
                            "link `{name}` leads to `{}`, which is no component",
                            link.component
                        ),
                    )
                    .at(&place(name, "component"))
                    .why(WHY)
                    .help(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!(
                            "there are {}",
                            known.keys().copied().collect::<Vec<_>>().join(", ")
                        ),
                    }),
                );
            }
            // What is broken is said where it stands.
            Some(None) => {}
            Some(Some(other)) => {
                let endpoints: Vec<&str> = other
                    .variants
                    .values()
                    .flat_map(|variant| variant.endpoints.keys().map(String::as_str))
                    .collect();
                if !endpoints.contains(&link.endpoint.as_str()) {
                    let near = nearest(&link.endpoint, endpoints.iter().copied());
                    let mut all = endpoints;
                    all.sort_unstable();
                    all.dedup();
                    found.push(
                        Diagnostic::error(
                            "catalog/unknown-link",
                            format!("`{}` has no endpoint `{}`", link.component, link.endpoint),
                        )
                        .at(&place(name, "endpoint"))
                        .why(WHY)
                        .help(match near {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => format!("it has {}", all.join(", ")),
                        }),
                    );
                }
            }
        }
        if let Some(role) = &link.role {
            let roles: Vec<&str> = manifest
                .variants
                .values()
                .flat_map(|variant| variant.roles.keys().map(String::as_str))
                .collect();
            if !roles.contains(&role.as_str()) {
                let near = nearest(role, roles.iter().copied());
                found.push(
                    Diagnostic::error(
                        "catalog/unknown-link",
                        format!("no variant has the role `{role}`, which link `{name}` names"),
                    )
                    .at(&place(name, "role"))
                    .why("what is sent and asked for is drawn and let through for its pods")
                    .help(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "name a role of the component".to_owned(),
                    }),
                );
            }
        }
    }
}

/// Reports paths of roles that the chart's contract does not have.
pub(super) fn check_paths(
    manifest: &Manifest,
    document: &Node,
    contract: impl Fn(&str, &str) -> Option<Arc<crate::contract::Contract>>,
    found: &mut Vec<Diagnostic>,
) {
    for (name, variant) in &manifest.variants {
        let (Some(chart), Some(version)) = (&variant.chart, variant.versions.first()) else {
            continue;
        };
        let Some(contract) = contract(chart, version) else {
            continue;
        };
        for role in variant.roles.keys() {
            let Some(paths) = document
                .at(&["variants", name, "roles", role, "values"])
                .and_then(Node::as_map)
            else {
                continue;
            };
            for entry in paths.values() {
                let Some(path) = entry.value.as_str() else {
                    continue;
                };
                let keys = split_path(path);
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                let Some(depth) = (0..keys.len()).find(|depth| {
                    let above = contract.property(&keys[..*depth]);
                    above.is_some_and(|above| {
                        above.open().is_none()
                            && !above.properties.is_empty()
                            && above.property(keys[*depth], &contract.schema).is_none()
                    })
                }) else {
                    continue;
                };
                let known = contract
                    .property(&keys[..depth])
                    .map(|above| above.properties.iter().map(|(name, _)| &**name).collect())
                    .unwrap_or_else(Vec::new);
                let near = nearest(keys[depth], known);
                found.push(
                    Diagnostic::error(
                        "catalog/bad-value",
                        format!("chart {chart} {version} has no key `{path}`"),
                    )
                    .at(&entry.value.location)
                    .why("what an environment says of the role would reach nothing, and rules would believe it")
                    .help(match near {
                        Some(near) => {
                            let mut meant = keys.clone();
                            meant[depth] = near;
                            format!("did you mean `{}`?", meant.join("."))
                        }
                        None => format!("`helmwright schema {chart}@{version}` lists all keys"),
                    }),
                );
            }
        }
    }
}
