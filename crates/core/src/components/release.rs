//! One chart at one version under one name in one namespace.

use indexmap::IndexMap;

use super::find;
use super::manifest::{EndpointRule, Manifest, Variant};
use super::network::Network;
use super::role::Role;
use super::unsupported;
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, nearest};
use crate::environment::{Environment, Section};

/// A chart at one exact version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseChart {
    /// The chart's name.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
}

/// What an environment installs for one component.
#[derive(Clone, Debug)]
pub struct Release {
    /// The component's id.
    pub component: String,
    /// The release's name.
    pub name: String,
    /// What the chart's objects are called: Helm's usual rule for names.
    pub fullname: String,
    /// The namespace.
    pub namespace: String,
    /// The variant's id.
    pub variant: String,
    /// What is installed; none where the component is plain objects of Kubernetes.
    pub chart: Option<ReleaseChart>,
    /// When it is brought to the cluster: lower waves first.
    pub wave: i32,
    /// The signal it keeps.
    pub signal: Option<String>,
    /// What its buckets are for.
    pub bucket_purposes: Vec<String>,
    /// Its roles, by name.
    pub roles: IndexMap<String, Role>,
    /// Where the chart keeps the values of each role, as dotted paths.
    pub role_roots: Vec<(String, String)>,
    /// Where others reach it.
    pub endpoint_rules: IndexMap<String, EndpointRule>,
    /// How its pods are found, and what they call.
    pub network: Network,
}

impl Release {
    /// Returns the name of the template that its values are written by.
    pub fn template(&self) -> String {
        format!(
            "templates/{}/{}/values.yaml.j2",
            self.component, self.variant
        )
    }

    /// Returns the chart's name; empty where there is no chart.
    pub fn chart_name(&self) -> &str {
        self.chart.as_ref().map_or("", |chart| &chart.name)
    }

    /// Returns the chart's version; empty where there is no chart.
    pub fn chart_version(&self) -> &str {
        self.chart.as_ref().map_or("", |chart| &chart.version)
    }
}

/// Decides every release of an environment.
pub fn resolve(
    environment: &Environment,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) -> Vec<Release> {
    environment
        .model
        .components
        .iter()
        .filter(|(_, section)| section.enabled != Some(false))
        .filter_map(|(id, section)| {
            let manifest = catalog.manifest(id)?;
            release(manifest, section, environment, catalog, found)
        })
        .collect()
}

/// Decides the releases of the sections that are switched off and come later, by their manifests.
///
/// What is wrong with them is reported once they are switched on.
pub fn planned(environment: &Environment, catalog: &Catalog) -> Vec<Release> {
    environment
        .model
        .components
        .iter()
        .filter(|(_, section)| section.enabled == Some(false))
        .filter_map(|(id, section)| {
            let manifest = catalog
                .manifest(id)
                .filter(|manifest| manifest.planned_when_off)?;
            release(manifest, section, environment, catalog, &mut Vec::new())
        })
        .collect()
}

fn release(
    manifest: &Manifest,
    section: &Section,
    environment: &Environment,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) -> Option<Release> {
    let id = manifest.id.as_str();
    let path = |key: &str| format!("components.{id}.{key}");
    let (variant_id, variant) = choose_variant(manifest, section, environment, found)?;
    let chart = match &variant.chart {
        Some(_) => Some(chart(
            manifest,
            (variant_id, variant),
            section,
            environment,
            catalog,
            found,
        )?),
        None => {
            without_chart(id, section, environment, found);
            None
        }
    };
    let name = section.release.clone().unwrap_or_else(|| id.to_owned());
    let asking = unsupported::Section {
        environment,
        component: id,
        chart: chart.as_ref(),
        catalog,
    };
    for (role, settings) in &section.roles {
        match variant.roles.get(role) {
            Some(known) => asking.check(role, known, settings, found),
            None => found.push(unknown_role(
                environment,
                &path(&format!("roles.{role}")),
                id,
                variant_id,
                variant,
                role,
            )),
        }
    }
    if !manifest.buckets.is_empty() && environment.model.object_store.is_none() {
        found.push(
            Diagnostic::error(
                "environment/missing-key",
                format!("`{id}` keeps its data in an object store, and the environment names none"),
            )
            .at(&environment.key_location(&format!("components.{id}")))
            .why("buckets, endpoint and credentials are derived from `objectStore`")
            .help("add `objectStore:` with `provider`, `instance`, `endpoint` and `credentials.secretName`"),
        );
    }
    let namespace = section
        .namespace
        .clone()
        .unwrap_or_else(|| environment.namespace.clone());
    Some(Release {
        component: id.to_owned(),
        network: Network::of(variant, &name, &namespace),
        fullname: if variant.fixed_name {
            variant.name.clone()
        } else {
            fullname(&name, &variant.name)
        },
        name,
        namespace,
        variant: variant_id.to_owned(),
        chart,
        wave: manifest.wave,
        signal: manifest.signal.clone(),
        bucket_purposes: manifest.buckets.clone(),
        roles: variant
            .roles
            .iter()
            .map(|(name, role)| {
                let settings = section.roles.get(name);
                (
                    name.clone(),
                    Role::resolve(name, role, settings, environment, environment.tier),
                )
            })
            .collect(),
        role_roots: variant
            .roles
            .iter()
            .filter_map(|(name, role)| Some((name.clone(), role.values.root()?)))
            .collect(),
        endpoint_rules: variant
            .endpoints
            .iter()
            .map(|(name, rule)| (name.clone(), rule.with(&section.settings)))
            .collect(),
    })
}

/// Decides the chart of a release; none, and a finding, where no variant is made for it.
fn chart(
    manifest: &Manifest,
    (variant_id, variant): (&str, &Variant),
    section: &Section,
    environment: &Environment,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) -> Option<ReleaseChart> {
    let id = manifest.id.as_str();
    let chart = section.chart.clone().or_else(|| variant.chart.clone())?;
    let version = section
        .version
        .clone()
        .or_else(|| variant.versions.first().cloned())?;
    if !serves(variant, &chart, &version, catalog) {
        let has_contract = catalog.has_contract(&chart, &version);
        let wrong = unserved(
            environment,
            &format!("components.{id}.version"),
            id,
            variant_id,
            variant,
            [&chart, &version],
            has_contract,
        );
        let other = manifest.variants.iter().find(|(_, other)| {
            other.chart.as_ref() == Some(&chart) && serves(other, &chart, &version, catalog)
        });
        found.push(wrong.help(match (has_contract, other) {
            (false, _) => format!(
                "use one of these, or add the version: `helmwright contract build <chart folder> --to <schemas>/{chart}/{version}.schema.json`, then pass `--schemas <schemas>`"
            ),
            (true, Some((other, _))) => {
                format!("use one of these, or variant `{other}`, which is made for {version}")
            }
            (true, None) => "use one of these; no variant is made for that version".to_owned(),
        }));
        return None;
    }
    Some(ReleaseChart {
        name: chart,
        version,
        repository: section
            .repository
            .clone()
            .or_else(|| variant.repository.clone())
            .unwrap_or_default(),
    })
}

/// Reports what only a chart could have, of a component that is plain objects.
fn without_chart(
    id: &str,
    section: &Section,
    environment: &Environment,
    found: &mut Vec<Diagnostic>,
) {
    let set = [
        ("chart", section.chart.is_some()),
        ("version", section.version.is_some()),
        ("digest", section.digest.is_some()),
        ("repository", section.repository.is_some()),
        ("omit", !section.omit.is_empty()),
        ("values", !section.values.is_null()),
    ];
    for (key, _) in set.into_iter().filter(|(_, set)| *set) {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("`{id}` has no chart, and so no `{key}`"),
            )
            .at(&environment.key_location(&format!("components.{id}.{key}")))
            .why("it is plain objects of Kubernetes, which we write whole")
            .help("remove the line; what can be chosen stands under `settings`"),
        );
    }
}

/// Chooses the named variant, else the one that the settings, the version or the tier call for.
fn choose_variant<'a>(
    manifest: &'a Manifest,
    section: &Section,
    environment: &Environment,
    found: &mut Vec<Diagnostic>,
) -> Option<(&'a str, &'a Variant)> {
    let entry = |id: &str| {
        manifest
            .variants
            .get_key_value(id)
            .map(|(id, variant)| (id.as_str(), variant))
    };
    if let Some(id) = &section.variant {
        if let Some(found) = entry(id) {
            return Some(found);
        }
        let names: Vec<&str> = manifest.variants.keys().map(String::as_str).collect();
        found.push(
            Diagnostic::error(
                "environment/unknown-variant",
                format!("component `{}` has no variant `{id}`", manifest.id),
            )
            .at(&environment.location(&format!("components.{}.variant", manifest.id)))
            .why("a variant is one shape of the chart, with a template of its own")
            .help(match nearest(id, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? There are: {}", names.join(", ")),
                None => format!("there are: {}", names.join(", ")),
            }),
        );
        return None;
    }
    if let Some(id) =
        find(&manifest.id).and_then(|component| (component.variant)(&section.settings))
    {
        return entry(id);
    }
    if let Some(version) = &section.version {
        let exact = manifest
            .variants
            .iter()
            .find(|(_, variant)| variant.versions.contains(version));
        let by_major = || {
            manifest.variants.iter().find(|(_, variant)| {
                variant
                    .versions
                    .iter()
                    .any(|served| major(served) == major(version))
            })
        };
        if let Some((id, variant)) = exact.or_else(by_major) {
            return Some((id, variant));
        }
    }
    manifest
        .variants
        .iter()
        .find(|(_, variant)| variant.default_in.contains(&environment.tier))
        .or_else(|| manifest.variants.first())
        .map(|(id, variant)| (id.as_str(), variant))
}

/// Returns whether a variant's template is made for a chart version: the variant serves its major
/// version, and a contract is at hand to check the result against.
fn serves(variant: &Variant, chart: &str, version: &str, catalog: &Catalog) -> bool {
    let same_major = variant
        .versions
        .iter()
        .any(|served| major(served) == major(version));
    same_major && catalog.has_contract(chart, version)
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

fn unserved(
    environment: &Environment,
    path: &str,
    id: &str,
    variant_id: &str,
    variant: &Variant,
    [chart, version]: [&str; 2],
    has_contract: bool,
) -> Diagnostic {
    let message = if has_contract {
        format!("variant `{variant_id}` of `{id}` is not made for chart {chart} {version}")
    } else {
        format!("no contract for chart {chart} {version} is at hand")
    };
    Diagnostic::error("version/unserved", message)
        .at(&environment.location(path))
        .why(format!(
            "variant `{variant_id}` of `{id}` serves {} {}; another version may read other keys",
            variant.chart.as_deref().unwrap_or_default(),
            variant.versions.join(", ")
        ))
}

fn unknown_role(
    environment: &Environment,
    path: &str,
    id: &str,
    variant_id: &str,
    variant: &Variant,
    role: &str,
) -> Diagnostic {
    let names: Vec<&str> = variant.roles.keys().map(String::as_str).collect();
    Diagnostic::error(
        "environment/unknown-role",
        format!("variant `{variant_id}` of `{id}` has no role `{role}`"),
    )
    .at(&environment.key_location(path))
    .why("its chart starts no such pod")
    .help(match nearest(role, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? There are: {}", names.join(", ")),
        None => format!("there are: {}", names.join(", ")),
    })
}

/// Applies the rule that all these charts share: the release's name, if it holds the chart's; else both.
fn fullname(release: &str, name: &str) -> String {
    let full = if release.contains(name) {
        release.to_owned()
    } else {
        format!("{release}-{name}")
    };
    // Helm cuts at 63 bytes and drops a hyphen left at the end; names are ASCII by then.
    full.chars()
        .take(63)
        .collect::<String>()
        .trim_end_matches('-')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_names_follow_helm() {
        assert_eq!(fullname("tempo", "tempo"), "tempo");
        assert_eq!(fullname("obs", "tempo"), "obs-tempo");
        assert_eq!(fullname("my-mimir", "mimir"), "my-mimir");
    }
}
