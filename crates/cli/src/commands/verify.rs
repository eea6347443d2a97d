//! `helmwright verify`: renders the real charts with the real Helm, and proves the effect of every value.

use std::sync::Arc;

use helmwright::diagnostic::{Diagnostic, has_errors};
use helmwright::pipeline::Derived;
use helmwright::source::{Location, Source};
use helmwright::yaml;

use super::model::{Model, Seen};
use super::objects::Objects;
use crate::args::Verify;
use crate::exit::Exit;
use crate::helm::cache::Cache;
use crate::helm::{Helm, Permits};
use crate::load::file;
use crate::outcome::{Failure, Outcome};
use crate::project::Project;
use crate::write::findings::drift;
use crate::write::survey::Survey;
use crate::write::target::Target;

mod findings;
mod job;
mod progress;
mod stored;
mod table;

use job::{Ended, Job, Tools};
use progress::Progress;
use table::{Row, Table};

/// Runs the verb.
pub(crate) fn run(args: &Verify, project: &Project) -> Result<Outcome, Failure> {
    const NOTHING: &str = "nothing was verified";
    let refuse = |failure: Failure| failure.closing(NOTHING);
    // Without Helm there is nothing to do here, whatever the environments say.
    let helm = Helm::find(args.helm.as_deref()).map_err(refuse)?;
    let model = match Model::read(project, &args.environments).map_err(refuse)? {
        Seen::Sound(model) => model,
        Seen::Broken(outcome) => return Ok(outcome.closing(NOTHING)),
    };
    let mut diagnostics = model.diagnostics();
    let plan = model.plan();
    let target = Target::new(&project.out).quietly(project.quiet);
    let scope = super::scope(project, &model.build, &args.environments, false);
    let survey = Survey::take(&target, &plan, &scope)
        .map_err(|failure| refuse(failure).after(diagnostics.clone()))?;
    // Only the very bytes that `generate` wrote are worth a proof.
    let drifted = drift(&target, &survey);
    if has_errors(&drifted) {
        diagnostics.extend(drifted);
        return Ok(Outcome::new(diagnostics).closing(NOTHING));
    }
    let mut jobs = Vec::new();
    for derived in &model.environments {
        jobs.extend(jobs_of(derived, project, &target)?);
    }
    let cache = Cache::of_user();
    let tools = Tools {
        helm: &helm,
        charts: project.charts_in(args.charts.as_deref()),
        cache: cache.as_ref(),
        fresh: args.fresh,
        permits: Permits::of_this_machine(),
        progress: Progress::new(jobs.len(), project.quiet),
        catalog: &model.catalog,
    };
    let ended: Vec<Ended> = std::thread::scope(|scope| {
        let tools = &tools;
        let running: Vec<_> = jobs
            .iter()
            .map(|job| scope.spawn(move || job.run(tools)))
            .collect();
        running
            .into_iter()
            .map(|job| {
                job.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    tools.progress.end();
    let mut rows = Vec::new();
    let mut lacking = false;
    for (job, ended) in jobs.iter().zip(ended) {
        let (found, row) = match ended {
            Ended::Lacking(found) => {
                lacking = true;
                (found, Row::lacking(job))
            }
            Ended::Refused(refusal) => (
                findings::refused(job, &refusal, &model.catalog),
                Row::refused(job),
            ),
            Ended::Proven { report, stored } => (
                findings::of(job, &report, &model.catalog)
                    .map_err(|error| model.catalog.failure(&error))?,
                Row::proven(job, report, stored),
            ),
        };
        let name = &job.derived.environment().name;
        diagnostics.extend(found.into_iter().map(|found| {
            if found.environments.is_empty() {
                found.in_environment(name)
            } else {
                found
            }
        }));
        rows.push(row);
    }
    for derived in &model.environments {
        for release in derived.releases() {
            let Some(objects) = objects_of(derived, &release.component, project, &target, &model)?
            else {
                continue;
            };
            let environment = &derived.environment().name;
            diagnostics.extend(
                objects
                    .found
                    .iter()
                    .map(|found| found.clone().in_environment(environment)),
            );
            rows.push(Row::objects(environment, &release.component, objects));
        }
    }
    rows.sort_by(|one, other| one.place().cmp(&other.place()));
    let mut outcome = Outcome::new(diagnostics).with(Table {
        helm: helm.version.clone(),
        rows,
        defaults: args.defaults,
    });
    if lacking {
        outcome.exit = Exit::CouldNotRun;
        outcome = outcome.closing("not every release was verified");
    }
    Ok(outcome)
}

/// Returns the releases of an environment with their values files, as they lie on the disk.
fn jobs_of<'m>(
    derived: &'m Derived,
    project: &Project,
    target: &Target,
) -> Result<Vec<Job<'m>>, Failure> {
    derived
        .installed()
        .map(|(release, chart)| {
            let path = derived.path(&project.layout, &release.component);
            let place = project.out.child(std::path::Path::new(&path));
            let source = file::read(&place.path, &target.name(&path))
                .map_err(|unread| unread.diagnostic())?;
            let values = yaml::read(&source).map_err(Failure::new)?;
            Ok(Job {
                derived,
                release,
                chart,
                path: std::path::absolute(&place.path).unwrap_or(place.path),
                source,
                values,
            })
        })
        .collect()
}

/// Returns the objects of a component, as they lie on the disk; none if it has no such files.
fn objects_of(
    derived: &Derived,
    component: &str,
    project: &Project,
    target: &Target,
    model: &Model,
) -> Result<Option<Objects>, Failure> {
    let planned = derived
        .objects_for(component, &project.layout, &model.catalog)
        .map_err(|error| model.catalog.failure(&error))?;
    let mut all: Option<Objects> = None;
    for file in planned {
        let place = project.out.child(std::path::Path::new(&file.path));
        let source = file::read(&place.path, &target.name(&file.path))
            .map_err(|unread| unread.diagnostic())?;
        all.get_or_insert_default().join(Objects::read(&source));
    }
    Ok(all)
}

/// Returns the place of a values path in a file: its key, or the element itself.
fn place_of(
    source: &Arc<Source>,
    values: &yaml::Node,
    path: &helmwright::values::Path,
) -> Location {
    use helmwright::values::Step;
    let mut node = values;
    let mut place = Location::of_file(source);
    for step in path.steps() {
        let next = match (step, &node.value) {
            (Step::Key(key), yaml::Value::Map(map)) => {
                map.get(key).map(|entry| (&entry.key, &entry.value))
            }
            (Step::Index(index), yaml::Value::List(items)) => {
                items.get(*index).map(|item| (&item.location, item))
            }
            _ => None,
        };
        let Some((at, below)) = next else {
            break;
        };
        place = at.clone();
        node = below;
    }
    place
}

/// Makes a finding about a release that has no place of its own.
fn about(job: &Job<'_>, found: Diagnostic) -> Diagnostic {
    found
        .at(&Location::of_file(&job.source))
        .in_environment(&job.derived.environment().name)
}
