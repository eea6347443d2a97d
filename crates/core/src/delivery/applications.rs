//! Argo CD: an Application for each release, and one for each environment that holds those.

use serde_json::{Value, json};

use super::{Delivered, Writer, labels, object_name, place, with};
use crate::environment::{ArgoCd, ArgoCdOrder, ArgoCdStyle, Environment, Tier};
use crate::error::Error;
use crate::layout::Layout;
use crate::plan::PlannedFile;

/// The folder below the output that holds Argo CD's objects.
pub(super) const FOLDER: &str = "argocd";

/// The cluster that Argo CD runs in.
const OWN_CLUSTER: &str = "https://kubernetes.default.svc";

/// Returns the Applications of one environment; none where an ApplicationSet makes them.
pub(super) fn files(
    environment: &Environment,
    delivered: &[Delivered<'_>],
    layout: Layout<'_>,
    writer: &Writer<'_>,
) -> Result<Vec<PlannedFile>, Error> {
    let settings = &environment.model.delivery.argocd;
    if settings.style == ArgoCdStyle::Applicationset {
        return Ok(Vec::new());
    }
    let common = json!({
        "namespace": settings.namespace,
        "project": settings.project,
        "repo_url": settings.repo_url,
        "target_revision": settings.target_revision,
        "automated": automated(settings, environment.tier),
    });
    let name = &environment.name;
    let root = with(
        common.clone(),
        json!({
            "name": name,
            "environment": name,
            "path": place::within(&settings.path, &format!("{FOLDER}/{name}")),
            "sync_options": options(settings, false),
        }),
    );
    let mut files = vec![writer.write("argocd", "root", format!("{FOLDER}/{name}.yaml"), &root)?];
    // Argo CD decrypts nothing, so what a team has encrypted is not its to apply.
    for one in delivered.iter().filter(|one| one.is_installed()) {
        let release = one.release;
        let chart = release.chart.as_ref().map(|chart| {
            let values = layout.values(name, &release.component);
            json!({
                "repository": address(&chart.repository),
                "name": chart.name,
                "version": chart.version,
                "values": format!("$values/{}", place::within(&settings.path, &values)),
            })
        });
        let directory = include(&one.objects).map(|include| {
            let folder = layout.folder(name, &release.component);
            json!({
                "path": place::or_root(place::within(&settings.path, &folder)),
                "include": include,
            })
        });
        let data = with(
            common.clone(),
            json!({
                "name": object_name(name, &release.name),
                "labels": labels(name, release),
                "sync_wave": settings.ordered_by() == ArgoCdOrder::AppOfApps,
                "wave": release.wave.to_string(),
                "cascade": environment.model.delivery.cascades(environment.tier),
                "destination": destination(settings, &release.namespace),
                "release": release.name,
                "chart": chart,
                "directory": directory,
                "sync_options": options(settings, true),
            }),
        );
        let path = format!("{FOLDER}/{name}/{}.yaml", release.component);
        files.push(writer.write("argocd", "application", path, &data)?);
    }
    Ok(files)
}

/// Returns the key and the value that name the cluster.
pub(super) fn cluster(settings: &ArgoCd) -> (&'static str, &str) {
    let destination = &settings.destination;
    match &destination.name {
        Some(name) => ("name", name),
        None => (
            "server",
            destination.server.as_deref().unwrap_or(OWN_CLUSTER),
        ),
    }
}

fn destination(settings: &ArgoCd, namespace: &str) -> Value {
    let (key, cluster) = cluster(settings);
    json!({ key: cluster, "namespace": namespace })
}

/// Returns whether Argo CD brings the cluster to what Git says by itself.
pub(crate) fn is_automated(settings: &ArgoCd, tier: Tier) -> bool {
    let automated = settings.sync_policy.automated;
    automated.unwrap_or(tier != Tier::Prod)
}

/// Returns what Argo CD does by itself; null where it does nothing.
pub(super) fn automated(settings: &ArgoCd, tier: Tier) -> Value {
    let policy = &settings.sync_policy;
    if !is_automated(settings, tier) {
        return Value::Null;
    }
    json!({
        "prune": policy.prune.unwrap_or(true),
        "selfHeal": policy.self_heal.unwrap_or(true),
    })
}

/// Returns the options of a sync.
pub(super) fn options(settings: &ArgoCd, makes_namespace: bool) -> Vec<&'static str> {
    let policy = &settings.sync_policy;
    [
        (
            "CreateNamespace=true",
            policy.create_namespace && makes_namespace,
        ),
        ("ServerSideApply=true", policy.server_side_apply),
    ]
    .into_iter()
    .filter_map(|(option, is_set)| is_set.then_some(option))
    .collect()
}

/// Returns the address of a chart repository as Argo CD writes it: one of OCI has no scheme there.
fn address(repository: &str) -> &str {
    repository.strip_prefix("oci://").unwrap_or(repository)
}

/// Returns the pattern that takes just these files of a folder; none for no files.
fn include(paths: &[String]) -> Option<String> {
    let names: Vec<&str> = paths.iter().map(|path| place::file_name(path)).collect();
    match names.as_slice() {
        [] => None,
        [name] => Some((*name).to_owned()),
        names => Some(format!("{{{}}}", names.join(","))),
    }
}
