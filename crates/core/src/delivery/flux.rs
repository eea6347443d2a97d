//! Flux: a HelmRelease for each chart, and a Kustomization of Flux for each release, which brings them in order.

use serde_json::{Value, json};

use super::{Delivered, Writer, labels, object_name, place};
use crate::components::{Release, ReleaseChart};
use crate::environment::{Environment, Flux};
use crate::error::Error;
use crate::layout::{EXAMPLE, Layout};
use crate::plan::PlannedFile;

/// The folder below the output that holds what Flux is to apply first.
pub(super) const FOLDER: &str = "flux";

/// Returns what delivers one environment.
pub(super) fn files(
    environment: &Environment,
    delivered: &[Delivered<'_>],
    layout: Layout<'_>,
    writer: &Writer<'_>,
) -> Result<Vec<PlannedFile>, Error> {
    let delivered: Vec<&Delivered<'_>> = delivered
        .iter()
        .filter(|one| one.is_installed() || !one.examples.is_empty())
        .collect();
    let mut files = Vec::new();
    for one in &delivered {
        files.extend(release_files(environment, one, &delivered, layout, writer)?);
    }
    let settings = &environment.model.delivery.flux;
    let name = &environment.name;
    let mut namespaces: Vec<&str> = delivered
        .iter()
        .map(|one| one.release.namespace.as_str())
        .filter(|_| settings.create_namespace)
        .collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let releases: Vec<Value> = delivered
        .iter()
        .map(|one| {
            let folder = layout.folder(name, &one.release.component);
            let before = nearest_before(one, &delivered, |_| true);
            json!({
                "name": object_name(name, &one.release.name),
                "labels": labels(name, one.release),
                "path": format!("./{}", place::within(&settings.path, &folder)),
                "depends_on": before
                    .iter()
                    .map(|release| json!({"name": object_name(name, &release.name)}))
                    .collect::<Vec<_>>(),
                "decryption": decryption(settings, one),
            })
        })
        .collect();
    let data = json!({
        "namespace": settings.namespace,
        "namespaces": namespaces,
        "interval": settings.interval,
        "timeout": settings.timeout,
        "source": {"kind": settings.source.kind, "name": settings.source.name},
        "releases": releases,
        "cascade": environment.model.delivery.cascades(environment.tier),
    });
    files.push(writer.write(
        "flux",
        "environment",
        format!("{FOLDER}/{name}.yaml"),
        &data,
    )?);
    Ok(files)
}

/// Returns what lies beside the values of one release.
fn release_files(
    environment: &Environment,
    one: &Delivered<'_>,
    delivered: &[&Delivered<'_>],
    layout: Layout<'_>,
    writer: &Writer<'_>,
) -> Result<Vec<PlannedFile>, Error> {
    let release = one.release;
    let name = &environment.name;
    let folder = layout.folder(name, &release.component);
    let mut files = Vec::new();
    let mut resources = Vec::new();
    let mut config_map = Value::Null;
    if let Some(chart) = &release.chart {
        let path = layout.object(name, &release.component, "helmrelease");
        resources.push(place::file_name(&path).to_owned());
        let values = layout.values(name, &release.component);
        let config_map_name = format!("{}-values", release.name);
        config_map = json!({
            "name": config_map_name,
            "namespace": release.namespace,
            "file": format!("values.yaml={}", place::file_name(&values)),
        });
        let settings = &environment.model.delivery.flux;
        let before = nearest_before(one, delivered, |other| other.chart.is_some());
        let data = json!({
            "release": release.name,
            "namespace": release.namespace,
            "labels": labels(name, release),
            "interval": settings.interval,
            "timeout": settings.timeout,
            "retries": settings.retries,
            "chart": address(chart),
            "depends_on": before
                .iter()
                .map(|other| json!({"name": other.name, "namespace": other.namespace}))
                .collect::<Vec<_>>(),
            "config_map": config_map_name,
        });
        files.push(writer.write("flux", "helmrelease", path, &data)?);
        let path = format!("{folder}/kustomizeconfig.yaml");
        files.push(writer.write("flux", "kustomizeconfig", path, &json!({}))?);
    }
    resources.extend(
        one.objects
            .iter()
            .map(|path| place::file_name(path).to_owned()),
    );
    // The copies that the team has filled: until they are there, kustomize names the missing one.
    resources.extend(one.examples.iter().map(|path| {
        let copy = path.strip_suffix(EXAMPLE).unwrap_or(path);
        place::file_name(copy).to_owned()
    }));
    let data = json!({"resources": resources, "config_map": config_map});
    let path = format!("{folder}/kustomization.yaml");
    files.push(writer.write("flux", "kustomization", path, &data)?);
    Ok(files)
}

/// Returns the releases of the nearest wave before one's own.
fn nearest_before<'a>(
    one: &Delivered<'_>,
    delivered: &[&Delivered<'a>],
    counts: impl Fn(&Release) -> bool,
) -> Vec<&'a Release> {
    let before = || {
        delivered
            .iter()
            .map(|other| other.release)
            .filter(|other| other.wave < one.release.wave && counts(other))
    };
    let nearest = before().map(|other| other.wave).max();
    before()
        .filter(|other| Some(other.wave) == nearest)
        .collect()
}

/// Returns where a chart is had: an OCI registry keeps each chart under an address of its own.
fn address(chart: &ReleaseChart) -> Value {
    let repository = chart.repository.trim_end_matches('/');
    let oci = repository.starts_with("oci://");
    json!({
        "oci": oci,
        "url": if oci { format!("{repository}/{}", chart.name) } else { chart.repository.clone() },
        "name": chart.name,
        "version": chart.version,
    })
}

/// Returns what decrypts the files of a release that SOPS has encrypted; null where none are.
fn decryption(settings: &Flux, one: &Delivered<'_>) -> Value {
    match &settings.decryption_secret {
        Some(name) => json!({"provider": "sops", "secretRef": {"name": name}}),
        // Keys of a cloud's own service need no Secret.
        None if !one.examples.is_empty() => json!({"provider": "sops"}),
        None => Value::Null,
    }
}
