//! What is said about values that Helm refuses, or that do nothing.

use helmwright::diagnostic::Diagnostic;
use helmwright::effect::{Kind, Refusal, Report, Verdict, known_part};
use helmwright::explain::Explainer;
use helmwright::values::Path;
use helmwright::yaml::Value;
use helmwright::{Catalog, Error};

use super::job::Job;
use super::{about, place_of};

/// Returns what is wrong with a release that Helm renders.
pub(super) fn of(
    job: &Job<'_>,
    report: &Report,
    catalog: &Catalog,
) -> Result<Vec<Diagnostic>, Error> {
    let wrong: Vec<_> = report
        .leaves
        .iter()
        .filter(|leaf| {
            matches!(
                leaf.verdict,
                Verdict::Dead | Verdict::Undecided | Verdict::Default { read: false }
            )
        })
        .collect();
    if wrong.is_empty() {
        return Ok(Vec::new());
    }
    let explainer = Explainer::new(job.derived, catalog, &job.release.component)?;
    let chart = format!("{} {}", job.chart.name, job.chart.version);
    let told = wrong.into_iter().map(|leaf| {
        let path = &leaf.path;
        let place = place_of(&job.source, &job.values, path);
        let found = match leaf.verdict {
            Verdict::Dead => Diagnostic::error(
                "version/value-without-effect",
                format!("`{path}` has no effect: chart {chart} renders the same without it"),
            )
            .label(&place, "changed and left out, nothing differs")
            .why(match switch(job, explainer.as_ref(), path) {
                Some(switch) => format!(
                    "`{switch}` is false, and with it the chart may have no use for this value"
                ),
                None => "the chart does not read it, or not with what else is set; it says something that is not so".to_owned(),
            }),
            Verdict::Default { .. } => Diagnostic::warning(
                "effect/unread-default",
                format!("`{path}` repeats a default of chart {chart} that nothing reads"),
            )
            .label(&place, "changed, nothing differs")
            .why("what it says is true by chance only: another value would change nothing"),
            _ => Diagnostic::warning(
                "effect/undecided",
                format!("whether `{path}` has an effect could not be told"),
            )
            .label(&place, "no change of it tells")
            .why(format!("chart {chart} takes none of the other values that were tried, or there were too many to try")),
        };
        origin(found, job, explainer.as_ref(), path)
    });
    Ok(told.collect())
}

/// Returns the nearest switch above a value that is off, in the values or by the chart's default.
fn switch(job: &Job<'_>, explainer: Option<&Explainer<'_>>, path: &Path) -> Option<Path> {
    let keys = path.keys();
    (0..keys.len()).rev().find_map(|depth| {
        let above = keys.get(..depth)?.iter();
        let switch = above
            .fold(Path::default(), |path, key| path.key(key))
            .key("enabled");
        if switch == *path {
            return None;
        }
        let is_off = match switch.find(&job.values) {
            Some(node) => node.value == Value::Bool(false),
            None => {
                let facts = explainer.and_then(|explainer| explainer.facts(&switch));
                facts.and_then(|facts| facts.default).as_deref() == Some("false")
            }
        };
        is_off.then_some(switch)
    })
}

/// Says who set a value, and what to do about it there.
fn origin(
    found: Diagnostic,
    job: &Job<'_>,
    explainer: Option<&Explainer<'_>>,
    path: &Path,
) -> Diagnostic {
    let name = job.name();
    let told = explainer.and_then(|explainer| explainer.explain(path).into_iter().next());
    let cause = told.as_ref().and_then(|told| told.causes.first());
    let written = told.as_ref().and_then(|told| told.written.as_ref());
    match (cause, written) {
        (Some(cause), None) => found
            .label(&cause.location, "set here")
            .help(format!(
                "take it out of `values:`, or look for the key that is meant in `helmwright schema {}@{}`",
                job.chart.name, job.chart.version
            )),
        (Some(cause), Some(written)) => found
            .label(&cause.location, "it follows from this")
            .help(format!(
                "list it under `omit:` of the component, or mend {}:{}; `helmwright explain {name}:{path}` says more",
                written.file, written.line
            )),
        (None, Some(written)) => found.help(format!(
            "list it under `omit:` of the component, or mend {}:{}, which writes it",
            written.file, written.line
        )),
        (None, None) => found.help("list it under `omit:` of the component"),
    }
}

/// Says what Helm says, at the values that it is about.
pub(super) fn refused(job: &Job<'_>, refusal: &Refusal, catalog: &Catalog) -> Vec<Diagnostic> {
    let chart = format!("{} {}", job.chart.name, job.chart.version);
    let told = Told {
        job,
        explainer: Explainer::new(job.derived, catalog, &job.release.component)
            .ok()
            .flatten(),
    };
    if refusal.kind == Kind::Schema && !refusal.paths.is_empty() {
        // A schema says everything at once.
        let each = refusal.paths.iter().zip(&refusal.said);
        return each
            .map(|(path, said)| {
                let message = format!("the schema of chart {chart} refuses `{path}`: {said}");
                let found = Diagnostic::error("helm/refused", message);
                told.at(found, std::slice::from_ref(path), "this value")
                    .why("Helm checks the values by the chart's own schema before it renders")
            })
            .collect();
    }
    let message = match (refusal.kind, &refusal.place) {
        (Kind::Schema, _) => format!("the schema of chart {chart} refuses the values"),
        (Kind::Template, Some(place)) => format!("chart {chart} refuses the values in {place}"),
        (Kind::Template, None) => format!("chart {chart} refuses the values"),
        (Kind::Other, _) => format!("Helm does not render chart {chart}"),
    };
    let why = if refusal.message.is_empty() {
        "it says nothing"
    } else {
        &refusal.message
    };
    let found = Diagnostic::error("helm/refused", message).why(why);
    if refusal.kind == Kind::Other {
        return vec![about(job, found).help(
            "see that the chart is whole, with its subcharts under `charts/`, and try `helm template` by hand",
        )];
    }
    vec![told.at(found, &refusal.paths, "this value")]
}

/// What is known of a release's values.
struct Told<'j> {
    job: &'j Job<'j>,
    explainer: Option<Explainer<'j>>,
}

impl Told<'_> {
    /// Puts a finding at the first of some paths that the values have, or have a part of.
    fn at(&self, found: Diagnostic, paths: &[Path], label: &str) -> Diagnostic {
        let job = self.job;
        let known = paths
            .iter()
            .map(|path| known_part(path, &job.values))
            .find(|path| !path.steps().is_empty());
        let Some(path) = known else {
            return about(job, found).help(
                "the message names no value that the file has; one that is missing may be the reason: see the chart's README or template",
            );
        };
        let found = found.label(&place_of(&job.source, &job.values, &path), label);
        let told = self
            .explainer
            .as_ref()
            .and_then(|explainer| explainer.explain(&path).into_iter().next());
        let found = match told.as_ref().and_then(|told| told.causes.first()) {
            Some(cause) => found.label(&cause.location, "it follows from this"),
            None => found,
        };
        found.help(format!(
            "set what the chart asks for; `helmwright explain {}:{path}` says where the value comes from",
            job.name()
        ))
    }
}
