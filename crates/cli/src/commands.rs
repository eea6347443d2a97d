//! One file per verb.

use helmwright::diagnostic::{Diagnostic, has_errors, nearest};

use crate::args::{Cli, ContractVerb, Verb};
use crate::core_api::pipeline::{self, Build, Request};
use crate::load;
use crate::outcome::{Failure, Outcome};
use crate::parallel::Parallel;
use crate::project::{Home, Project};
use crate::report::View;
use crate::write::survey::Scope;

mod check;
mod contract;
mod generate;
mod schema;
mod validate;

/// Runs the verb of a command line.
pub(crate) fn run(cli: &Cli) -> (Outcome, View) {
    let findings_are_product = matches!(cli.verb, Verb::Check(_) | Verb::Validate(_));
    let mut view = View::new(&cli.global, findings_are_product);
    let outcome = Home::find(&cli.global).and_then(|home| {
        view.names = home.names();
        let mut project = Project::open(&cli.global, &home)?;
        let warnings = std::mem::take(&mut project.diagnostics);
        let outcome = match &cli.verb {
            Verb::Generate(args) => generate::run(args, &project),
            Verb::Check(args) => check::run(args, &project),
            Verb::Validate(args) => validate::run(args, &project),
            Verb::Contract(args) => match &args.verb {
                ContractVerb::Build(args) => contract::build(args, &project),
                ContractVerb::List => contract::list(&project),
            },
            Verb::Schema(args) => schema::run(args, &project),
        };
        Ok(outcome.unwrap_or_else(Outcome::from).and(warnings))
    });
    (outcome.unwrap_or_else(Outcome::from), view)
}

/// Reads the environments and builds the plan, for the verbs that need both.
fn build(project: &Project, select: &[String]) -> Result<Build, Failure> {
    let catalog = load::catalog(project.schemas.as_ref())?;
    let environments = load::environments(&project.envs)?;
    let request = Request {
        files: environments.files,
        layers: project,
        catalog: &catalog,
        layout: &project.layout,
        select: select.to_vec(),
    };
    let mut build =
        pipeline::build_with(&request, &Parallel).map_err(|error| Failure::fault(&error))?;
    build.diagnostics.extend(environments.diagnostics);
    if has_errors(&build.diagnostics) {
        build.plan = None;
    } else {
        // With an error, the environment may be there and only its name unreadable.
        known(&build.environments, select)?;
    }
    Ok(build)
}

/// Refuses names of environments that there are not.
fn known(environments: &[String], select: &[String]) -> Result<(), Failure> {
    let unknown: Vec<Diagnostic> = select
        .iter()
        .filter(|name| !environments.contains(name))
        .map(|name| {
            let help = match nearest(name, environments.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known environments: {}", environments.join(", ")),
            };
            Diagnostic::error("environment/unknown", format!("there is no environment `{name}`"))
                .why("an environment's name is what its file says after `environment:`, not the file's name")
                .help(help)
        })
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(unknown))
    }
}

/// Returns the part of the tree that a run is about.
fn scope(project: &Project, build: &Build, select: &[String]) -> Scope {
    Scope {
        layout: project.layout.clone(),
        select: select.to_vec(),
        environments: build.environments.clone(),
    }
}
