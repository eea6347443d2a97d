//! One file per verb.

use std::sync::Arc;

use helmwright::diagnostic::{Diagnostic, Severity};
use helmwright::environment::Layers;
use helmwright::source::Source;

use crate::args::{Cli, ContractVerb, Format, SimulateVerb, Verb};
use crate::clock;
use crate::load;
use crate::outcome::{Failure, Outcome};
use crate::parallel::Parallel;
use crate::project::{Home, Project};
use crate::report::View;
use crate::write::survey::Scope;
use helmwright::pipeline::{self, Build, Request};
use helmwright::policy::Asked;

mod adopt;
mod buckets;
mod budget;
mod check;
mod compare;
mod completions;
mod contract;
mod diff;
mod explain;
mod fix;
mod generate;
mod graph;
mod init;
mod lint;
mod man;
mod model;
mod objects;
mod rendered;
mod rules;
mod schema;
mod secrets;
mod simulate;
mod upgrade;
mod validate;
mod verify;

/// Runs the verb of a command line.
pub(crate) fn run(cli: &Cli) -> (Outcome, View) {
    let findings_are_product = matches!(
        cli.verb,
        Verb::Check(_) | Verb::Lint(_) | Verb::Validate(_) | Verb::Verify(_) | Verb::Upgrade(_)
    );
    let has_markdown = matches!(
        cli.verb,
        Verb::Diff(_) | Verb::Compare(_) | Verb::Budget(_) | Verb::Graph(_)
    );
    if cli.global.format == Format::Markdown && !has_markdown {
        let wrong = Diagnostic::error("input/no-markdown", "this verb has no Markdown")
            .why("`--format markdown` is for the comment of a pull request, and for a quota request")
            .help(
                "use `--format text` or `json`, or one of `helmwright diff`, `compare` and `budget`",
            );
        let outcome = Outcome::from(Failure::from(wrong));
        return (outcome, View::new(&cli.global, findings_are_product));
    }
    if let Some(wrong) = wrong_shape(cli) {
        let outcome = Outcome::from(Failure::from(wrong));
        return (outcome, View::new(&cli.global, findings_are_product));
    }
    let mut view = View::new(&cli.global, findings_are_product);
    view.short = matches!(cli.verb, Verb::Lint(_));
    // These need no project, and so no project file that can be read.
    let outcome = match &cli.verb {
        Verb::Init(args) => Some(init::run(args, &cli.global)),
        Verb::Completions(args) => Some(Ok(completions::run(args))),
        Verb::Man(args) => Some(man::run(args)),
        Verb::Rules(_) => Some(Ok(rules::run())),
        _ => None,
    };
    if let Some(outcome) = outcome {
        return (outcome.unwrap_or_else(Outcome::from), view);
    }
    if let Err(failure) = clock::check() {
        return (Outcome::from(failure), view);
    }
    let outcome = Home::find(&cli.global).and_then(|home| {
        view.names = home.names();
        let mut project = Project::open(&cli.global, &home)?;
        view.names = project.names.clone();
        let warnings = std::mem::take(&mut project.diagnostics);
        let outcome = match &cli.verb {
            Verb::Init(_) | Verb::Completions(_) | Verb::Man(_) | Verb::Rules(_) => {
                return Ok(Outcome::new(warnings));
            }
            Verb::Generate(args) => generate::run(args, &project),
            Verb::Fix(args) => fix::run(args, &project),
            Verb::Check(args) => check::run(args, &project),
            Verb::Lint(args) => lint::run(args, &project),
            Verb::Simulate(args) => match &args.verb {
                SimulateVerb::Preemption(args) => simulate::run(args, &project),
            },
            Verb::Validate(args) => validate::run(args, &project),
            Verb::Verify(args) => verify::run(args, &project),
            Verb::Diff(args) => diff::run(args, &project),
            Verb::Compare(args) => compare::run(args, &project),
            Verb::Explain(args) => explain::run(args, &project),
            Verb::Budget(args) => budget::run(args, &project),
            Verb::Graph(args) => graph::run(args, &project),
            Verb::Buckets(args) => buckets::run(args, &project),
            Verb::Secrets(args) => secrets::run(args, &project),
            Verb::Contract(args) => match &args.verb {
                ContractVerb::Build(args) => contract::build(args, &project),
                ContractVerb::List => contract::list(&project),
            },
            Verb::Schema(args) => schema::run(args, &project),
            Verb::Adopt(args) => adopt::run(args, &project),
            Verb::Upgrade(args) => upgrade::run(args, &project),
        };
        Ok(outcome.unwrap_or_else(Outcome::from).and(warnings))
    });
    (outcome.unwrap_or_else(Outcome::from), view)
}

/// Returns what is wrong with asking for a drawing of a verb that draws nothing, or for another shape of one that does.
fn wrong_shape(cli: &Cli) -> Option<Diagnostic> {
    let format = cli.global.format;
    let draws = matches!(cli.verb, Verb::Graph(_));
    match (draws, format) {
        (true, Format::Text | Format::Markdown) => Some(
            Diagnostic::error(
                "input/no-drawing",
                format!("a graph has no shape `{}`", format.name()),
            )
            .why("it is drawn by another program, in that program's language")
            .help("use `--format mermaid`, `dot` or `json`"),
        ),
        (false, Format::Mermaid | Format::Dot) => Some(
            Diagnostic::error("input/no-drawing", "this verb draws nothing")
                .why(format!(
                    "`--format {}` is for the graph of who sends what where",
                    format.name()
                ))
                .help("use `--format text` or `json`, or `helmwright graph`"),
        ),
        _ => None,
    }
}

/// Reads the environments and builds the plan, for the verbs that need both.
fn build(project: &Project, select: &[String]) -> Result<Build, Failure> {
    build_over(project, project, select, false, |source| source)
}

/// Does what [`build`] does, and keeps what came of each rule.
fn build_asking(project: &Project, select: &[String]) -> Result<Build, Failure> {
    build_over(project, project, select, true, |source| source)
}

/// Does what [`build`] does, with some texts in place of those on the disk.
fn build_over(
    project: &Project,
    layers: &dyn Layers,
    select: &[String],
    rows: bool,
    now: impl Fn(Arc<Source>) -> Arc<Source>,
) -> Result<Build, Failure> {
    let catalog = load::catalog(project)?;
    let environments = load::environments(&project.envs)?;
    let request = Request {
        files: environments.files.into_iter().map(now).collect(),
        layers,
        catalog: &catalog,
        layout: &project.layout,
        select: select.to_vec(),
        asked: Asked {
            today: clock::today(),
            rows,
        },
    };
    let mut build =
        pipeline::build_with(&request, &Parallel).map_err(|error| catalog.failure(&error))?;
    build.diagnostics.extend(environments.diagnostics);
    let errors = build
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .count();
    let unknown = select
        .iter()
        .filter(|name| !build.environments.contains(name))
        .count();
    if errors > 0 {
        build.plan = None;
        if errors == unknown {
            // The core says which. Nothing is wrong but a name on the command line: that is wrong usage.
            return Err(Failure::new(build.diagnostics));
        }
    }
    if errors == 0 && build.environments.is_empty() {
        return Err(load::no_environments(&project.envs).into());
    }
    Ok(build)
}

/// Returns the part of the tree that a run is about.
fn scope(project: &Project, build: &Build, select: &[String], compare: bool) -> Scope {
    Scope {
        layout: project.layout.clone(),
        select: select.to_vec(),
        environments: build.environments.clone(),
        compare,
    }
}
