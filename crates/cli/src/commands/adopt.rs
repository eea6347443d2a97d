//! `helmwright adopt`: makes an environment of values that a team already has.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use helmwright::adopt::{self, Adopted, Difference, Old, Request};
use helmwright::chart::Chart;
use helmwright::diagnostic::{Diagnostic, has_errors};
use helmwright::source::Source;
use helmwright::yaml;
use serde_json::{Value, json};

use super::contract::attach_neighbours;
use crate::args::Adopt;
use crate::clock;
use crate::load;
use crate::load::file::{self, Unread, whole};
use crate::outcome::{Failure, Outcome, Product};
use crate::project::{Place, Project};
use crate::report::visible;
use crate::write::target::write_alone;

/// How long rules that adopted values break are waived, in days: a quarter of a year to mend them.
const GRACE_DAYS: i64 = 90;

/// Runs the verb.
pub(crate) fn run(args: &Adopt, project: &Project) -> Result<Outcome, Failure> {
    const NOTHING: &str = "nothing was written";
    let catalog = load::catalog(project)?;
    let mut files = Vec::new();
    let mut unread = Vec::new();
    let mut unfit = Vec::new();
    for path in &args.files {
        let place = project.place(path);
        let read = if path.as_os_str() == "-" {
            file::read_stdin()
        } else {
            file::read(&place.path, &place.name)
        };
        match read {
            Ok(source) => files.push(source),
            Err(Unread::Unfit(found)) => unfit.push(found),
            Err(missing) => unread.push(missing.diagnostic()),
        }
    }
    if !unread.is_empty() {
        return Err(Failure::new(unread).after(unfit).closing(NOTHING));
    }
    let named = args
        .chart
        .as_ref()
        .map(|chart| (chart.name.as_str(), chart.version.as_str()));
    let mut old = match adopt::read(&files, named) {
        Ok(old) if unfit.is_empty() => old,
        Ok(_) => return Ok(Outcome::new(unfit).closing(NOTHING)),
        Err(found) => {
            unfit.extend(found);
            return Ok(Outcome::new(unfit).closing(NOTHING));
        }
    };
    old.namespace = args.namespace.clone().or(old.namespace);
    let chart = match &args.charts {
        Some(folder) => chart(&project.place(folder), &old)?,
        None => None,
    };
    let (place, existing) = environment(project, &args.env)?;
    let is_new = existing.is_none();
    // A file elsewhere is called by its own name: what is written must not tell where it was made.
    let adopted_from: Vec<&str> = old
        .files
        .iter()
        .map(|name| match name.strip_prefix('/') {
            Some(rest) => rest.rsplit('/').next().unwrap_or(rest),
            None => name.as_str(),
        })
        .collect();
    let adopted_from = adopted_from.join(", ");
    let request = Request {
        old,
        environment: &args.env,
        file: &place.name,
        existing,
        layers: project,
        catalog: &catalog,
        chart: chart.as_ref(),
    };
    let mut adopted = adopt::adopt(&request).map_err(|error| catalog.failure(&error))?;
    if let Some(until) = clock::in_days(GRACE_DAYS) {
        adopt::waive(&mut adopted, &request, &until);
    }
    if is_new && let Some(text) = &mut adopted.text {
        *text = format!(
            "# Adopted by helmwright from {}.\n\n{text}",
            visible(&adopted_from)
        );
    }
    let diagnostics = std::mem::take(&mut adopted.diagnostics);
    let fine = !has_errors(&diagnostics);
    let written = match &adopted.text {
        Some(text) if fine && !args.dry_run => {
            write_alone(&place, text)?;
            true
        }
        _ => false,
    };
    let closing = match (written, args.dry_run) {
        (true, _) => "the environment was written; `helmwright generate` makes its values files",
        (false, true) => "",
        (false, false) => NOTHING,
    };
    let outcome = Outcome::new(diagnostics).closing(closing);
    Ok(if adopted.text.is_some() {
        outcome.with(Summary {
            environment: args.env.clone(),
            file: place.name,
            written,
            dry_run: args.dry_run,
            adopted,
        })
    } else {
        outcome
    })
}

/// Reads the chart's own files from a folder of charts.
fn chart(folder: &Place, old: &Old) -> Result<Option<Chart>, Failure> {
    let (Some(name), Some(version)) = (&old.chart, &old.version) else {
        return Ok(None);
    };
    let mut place = folder.child(&Path::new(name).join(version));
    if !place.path.join("Chart.yaml").is_file() {
        // As `helm pull --untar` leaves it, if it is of that version.
        place = folder.child(Path::new(name));
    }
    if !place.path.join("Chart.yaml").is_file() {
        return Err(Diagnostic::error(
            "adopt/no-chart-files",
            format!("chart {name} {version} is not in this folder"),
        )
        .at(&whole(&folder.name))
        .why(format!("there is no `{name}/{version}/Chart.yaml`, nor `{name}/Chart.yaml`"))
        .help(format!(
            "fetch it with `helm pull {name} --repo URL --version {version} --untar`, or leave `--charts` out"
        ))
        .into());
    }
    let mut chart = Chart::from_files(load::chart::read(&place)?).map_err(Failure::new)?;
    if chart.version != *version {
        return Err(Diagnostic::error(
            "adopt/no-chart-files",
            format!("this is chart {name} {}, not {version}", chart.version),
        )
        .at(&whole(&place.name))
        .why("another version has other defaults, and the proof would be of those")
        .help(format!(
            "fetch version {version}, or adopt into `--chart {name}@{}`",
            chart.version
        ))
        .into());
    }
    attach_neighbours(&mut chart, &place.path);
    Ok(Some(chart))
}

/// Returns where the environment is or will be, and its text if it is there.
fn environment(project: &Project, name: &str) -> Result<(Place, Option<Arc<Source>>), Failure> {
    if std::fs::metadata(&project.envs.path).is_ok_and(|metadata| metadata.is_dir())
        && let Ok(environments) = load::environments(&project.envs)
    {
        for source in environments.files {
            let is_it = yaml::read(&source).is_ok_and(|node| {
                node.get("environment").and_then(yaml::Node::as_str) == Some(name)
            });
            if is_it {
                let place = project.layer(source.name());
                return Ok((place, Some(source)));
            }
        }
    }
    let place = project.envs.child(Path::new(&format!("{name}.yaml")));
    if std::fs::symlink_metadata(&place.path).is_ok() {
        return Err(Diagnostic::error(
            "adopt/file-in-the-way",
            format!("this file is there, and is not environment `{name}`"),
        )
        .at(&whole(&place.name))
        .why("it would be overwritten")
        .help("choose another `--env`, or move the file away")
        .into());
    }
    Ok((place, None))
}

/// What came of it.
struct Summary {
    environment: String,
    file: String,
    written: bool,
    dry_run: bool,
    adopted: Adopted,
}

impl Product for Summary {
    fn text(&self) -> String {
        if self.dry_run || self.adopted.alone {
            return self.adopted.text.clone().unwrap_or_default();
        }
        let adopted = &self.adopted;
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{}: {} `{}` of chart {} {}",
            visible(&self.file),
            adopted.component,
            adopted.variant,
            adopted.chart,
            adopted.version
        );
        let mut line = |count: usize, words: &str| {
            let _ = writeln!(text, "{count:>5} {words}");
        };
        line(adopted.fields, "in the model");
        line(adopted.overrides, "under `values:`");
        line(adopted.omitted.len(), "under `omit:`, left to the chart");
        line(
            adopted.left_out.len(),
            "left out: the chart never read them",
        );
        line(
            adopted.intended.len(),
            "different on purpose: secrets became references",
        );
        line(adopted.different.len(), "different");
        let _ = writeln!(
            text,
            "      compared as templates see them, in Helm 3 and 4, against the {}",
            if adopted.exact {
                "chart's own defaults"
            } else {
                "defaults that the contract states; `--charts` compares against all"
            }
        );
        text
    }

    fn json(&self) -> Value {
        let adopted = &self.adopted;
        let list = |differences: &[Difference]| {
            differences
                .iter()
                .map(|one| json!({"path": one.path, "before": one.before, "after": one.after}))
                .collect::<Vec<_>>()
        };
        json!({
            "environment": self.environment,
            "file": self.file,
            "written": self.written,
            "component": adopted.component,
            "variant": adopted.variant,
            "chart": adopted.chart,
            "version": adopted.version,
            "inModel": adopted.fields,
            "underValues": adopted.overrides,
            "leftOut": adopted.left_out,
            "intended": list(&adopted.intended),
            "different": list(&adopted.different),
            "omitted": adopted.omitted,
            "exact": adopted.exact,
            "text": adopted.text,
        })
    }

    fn is_talk(&self) -> bool {
        !(self.dry_run || self.adopted.alone)
    }
}
