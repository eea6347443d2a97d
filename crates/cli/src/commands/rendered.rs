//! What charts make of the values: each release rendered by the real Helm, as objects and workloads.

use std::path::PathBuf;

use helmwright::components::{Release, ReleaseChart};
use helmwright::diagnostic::Diagnostic;
use helmwright::effect::{Refusal, Rendered as Said};
use helmwright::manifest::{Manifests, Reader};
use helmwright::pipeline::Derived;
use helmwright::workload::{self, Workload};

use super::model::Model;
use crate::args::Rendering;
use crate::helm::cache::Cache;
use crate::helm::charts::Wanted;
use crate::helm::{self, Helm, Permits, Values};
use crate::outcome::Failure;
use crate::project::{Place, Project};

/// What one environment's charts make.
pub(super) struct Rendered {
    pub(super) manifests: Manifests,
    pub(super) workloads: Vec<Workload>,
}

/// What became of rendering all environments.
pub(super) struct Renders {
    /// One for each environment of the model; none where a release could not be rendered.
    pub(super) environments: Vec<Option<Rendered>>,
    /// Why not.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Whether a chart or its render was not to be had.
    pub(super) lacking: bool,
}

/// Renders every release of the model's environments with the values that would be written.
pub(super) fn render(
    model: &Model,
    project: &Project,
    with: &Rendering,
) -> Result<Renders, Failure> {
    let helm = Helm::find(with.helm.as_deref())?;
    let cache = Cache::of_user();
    let tools = Tools {
        helm: &helm,
        charts: project.charts_in(with.charts.as_deref()),
        cache: cache.as_ref(),
        permits: Permits::of_this_machine(),
    };
    let mut renders = Renders {
        environments: Vec::new(),
        diagnostics: Vec::new(),
        lacking: false,
    };
    for derived in &model.environments {
        let mut reader = Reader::new(&format!("{} as rendered", derived.environment().name));
        let mut texts = texts(model, project, derived, &tools)?;
        let objects = derived
            .objects(&project.layout, &model.catalog)
            .map_err(|error| model.catalog.failure(&error))?;
        texts.extend(objects.into_iter().map(|file| Ok(file.text.to_string())));
        let mut whole = true;
        for text in texts {
            match text {
                Ok(text) => {
                    reader.feed("---\n");
                    reader.feed(&text);
                    reader.feed("\n");
                }
                Err(found) => {
                    whole = false;
                    renders.diagnostics.extend(
                        found
                            .into_iter()
                            .map(|found| found.in_environment(&derived.environment().name)),
                    );
                }
            }
        }
        renders.lacking |= !whole;
        renders.environments.push(whole.then(|| {
            let mut manifests = reader.finish();
            renders.diagnostics.append(&mut manifests.diagnostics);
            let workloads = workload::rendered(
                &manifests,
                Some(derived.environment()),
                derived.releases(),
                &model.catalog,
            );
            Rendered {
                manifests,
                workloads,
            }
        }));
    }
    Ok(renders)
}

struct Tools<'a> {
    helm: &'a Helm,
    charts: Option<Place>,
    cache: Option<&'a Cache>,
    permits: Permits,
}

/// Returns what Helm prints for each release of an environment, or why it prints nothing.
fn texts(
    model: &Model,
    project: &Project,
    derived: &Derived,
    tools: &Tools<'_>,
) -> Result<Vec<Result<String, Vec<Diagnostic>>>, Failure> {
    let mut jobs: Vec<((&Release, &ReleaseChart), String)> = Vec::new();
    for (release, chart) in derived.installed() {
        let text = derived
            .values_text(&release.component, &project.layout, &model.catalog)
            .map_err(|error| model.catalog.failure(&error))?;
        // What cannot be derived was reported with the environment.
        jobs.extend(text.map(|text| ((release, chart), text)));
    }
    Ok(std::thread::scope(|scope| {
        let running: Vec<_> = jobs
            .iter()
            .map(|(release, values)| scope.spawn(move || one(derived, *release, values, tools)))
            .collect();
        running
            .into_iter()
            .map(|job| {
                job.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    }))
}

/// Renders one release.
fn one(
    derived: &Derived,
    (release, chart): (&Release, &ReleaseChart),
    values: &str,
    tools: &Tools<'_>,
) -> Result<String, Vec<Diagnostic>> {
    let _permit = tools.permits.take();
    let environment = derived.environment();
    let section = environment.model.components.get(&release.component);
    let folder = Wanted {
        chart: &chart.name,
        version: &chart.version,
        repository: &chart.repository,
        digest: section.and_then(|section| section.digest.as_deref()),
    }
    .find(tools.charts.as_ref(), tools.helm, tools.cache)?
    .path;
    let kubernetes = &environment.model.kubernetes;
    let said = tools.helm.template(
        &helm::Release {
            name: release.name.clone(),
            namespace: release.namespace.clone(),
            kube_version: kubernetes.version.clone(),
            api_versions: kubernetes.api_versions.clone(),
            chart: PathBuf::from(&folder),
        },
        Values::Text(values),
    );
    match said {
        Said::Text(text) => Ok(text),
        Said::Refused(said) => {
            let refusal = Refusal::read(&said, &chart.name);
            Err(vec![
                Diagnostic::error(
                    "helm/refused",
                    format!(
                        "Helm does not render {} {} with these values",
                        chart.name, chart.version
                    ),
                )
                .at(&environment.key_location(&format!("components.{}", release.component)))
                .why(refusal.message.clone())
                .help("`helmwright verify` shows the value that it stumbles over"),
            ])
        }
    }
}
