//! Argo CD: one ApplicationSet for all environments, which makes the Applications from each `release.json`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::project::Project;
use super::{Writer, applications, place, texts};
use crate::environment::{ArgoCd, ArgoCdOrder, Tier};
use crate::error::Error;
use crate::layout::Layout;
use crate::plan::PlannedFile;

/// The name of the ApplicationSet.
const NAME: &str = "helmwright";

/// The part of the template that is written in Argo CD's own language.
const PATCH: &str = "patch.yaml.gotmpl";

/// What the ApplicationSet must know of an environment.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) settings: ArgoCd,
    pub(super) tier: Tier,
    pub(super) cascade: bool,
    pub(super) waves: BTreeSet<i32>,
}

/// Returns the ApplicationSet of all environments that want one.
pub(super) fn file(
    projects: &[(&Project, &Part)],
    layout: Layout<'_>,
    writer: &Writer<'_>,
) -> Result<Option<PlannedFile>, Error> {
    // What they share is the same everywhere, or the plan is refused.
    let Some((_, first)) = projects.first() else {
        return Ok(None);
    };
    let patch = writer
        .catalog
        .texts_in(&format!("delivery/{}", applications::FOLDER))
        .find_map(|(name, text)| (name == PATCH).then_some(text))
        .ok_or_else(|| Error::Missing(format!("templates/delivery/argocd/{PATCH}")))?;
    let generators: Vec<Value> = projects
        .iter()
        .map(|(project, part)| generator(&project.environment, part, layout))
        .collect();
    let data = json!({
        "name": NAME,
        "namespace": first.settings.namespace,
        "generators": generators,
        "steps": steps(projects),
        "application": {
            "name": "{{ .environment }}-{{ .release }}",
            "labels": {
                "environment": "{{ .environment }}",
                "component": "{{ .component }}",
                "wave": "{{ .wave }}",
            },
            "project": "{{ .values.project }}",
            "namespace": "{{ .namespace }}",
        },
        "patch": patch,
    });
    let path = format!("{}/applicationset.yaml", applications::FOLDER);
    writer
        .write("argocd", "applicationset", path, &data)
        .map(Some)
}

/// Returns what finds the releases of one environment, and what they have in common.
fn generator(environment: &str, part: &Part, layout: Layout<'_>) -> Value {
    let settings = &part.settings;
    let automated = applications::automated(settings, part.tier);
    let does = |key: &str| automated[key].as_bool().unwrap_or_default().to_string();
    let (cluster_by, cluster) = applications::cluster(settings);
    let options = applications::options(settings, true).join(", ");
    let releases = layout.release(environment, "*");
    json!({
        "repo_url": settings.repo_url,
        "revision": settings.target_revision,
        "files": place::within(&settings.path, &releases),
        "values": texts([
            ("automated", (!automated.is_null()).to_string()),
            ("cascade", part.cascade.to_string()),
            ("cluster", cluster.to_owned()),
            ("clusterBy", cluster_by.to_owned()),
            ("folder", place::prefix(&settings.path)),
            ("project", settings.project.clone()),
            ("prune", does("prune")),
            ("repoURL", settings.repo_url.clone().unwrap_or_default()),
            ("revision", settings.target_revision.clone()),
            ("selfHeal", does("selfHeal")),
            ("syncOptions", format!("[{options}]")),
        ]),
    })
}

/// Returns the steps of the rolling sync: environment by environment, the ones that matter least first, and in each wave by
/// wave.
fn steps(projects: &[(&Project, &Part)]) -> Vec<Value> {
    let mut order: Vec<&(&Project, &Part)> = projects
        .iter()
        .filter(|(_, part)| part.settings.ordered_by() == ArgoCdOrder::RollingSync)
        .collect();
    order.sort_by_key(|(project, part)| (part.tier, &project.environment));
    let step = |environment: &str, part: &Part, wave: i32| {
        let mut step = json!({
            "matchExpressions": [
                {"key": "environment", "operator": "In", "values": [environment]},
                {"key": "wave", "operator": "In", "values": [wave.to_string()]},
            ],
        });
        // Steps sync by themselves; with none at a time a person does.
        if applications::automated(&part.settings, part.tier).is_null() {
            step["maxUpdate"] = json!(0);
        }
        step
    };
    order
        .into_iter()
        .flat_map(|(project, part)| {
            part.waves
                .iter()
                .map(move |wave| step(&project.environment, part, *wave))
        })
        .collect()
}
