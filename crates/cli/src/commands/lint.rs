//! `helmwright lint`: asks all rules of what will run, as predicted, as rendered, and of any manifests.

use std::collections::BTreeMap;

use helmwright::Environment;
use helmwright::components;
use helmwright::diagnostic::{Diagnostic, Severity, has_errors};
use helmwright::environment::Tier;
use helmwright::manifest::Manifests;
use helmwright::pipeline::Derived;
use helmwright::policy::{self, Asked, Change, Facts, Report, State, Waivers, rules};
use helmwright::workload::{self, Form, Workload};

use super::model::Model;
use super::rendered;
use crate::args::{Denied, Lint, TierName};
use crate::clock;
use crate::exit::Exit;
use crate::git::{LayersThen, Revision};
use crate::load::{self, stream};
use crate::outcome::{Failure, Outcome};
use crate::project::Project;

mod table;

use table::Table;

/// Runs the verb.
pub(crate) fn run(args: &Lint, project: &Project) -> Result<Outcome, Failure> {
    const NOTHING: &str = "nothing was checked";
    let asked = Asked {
        today: clock::today(),
        rows: true,
    };
    let mut linted = match args.tier {
        Some(tier) => alone(args, project, tier, &asked),
        None => environments(args, project, &asked),
    }
    .map_err(|failure| failure.closing(NOTHING))?;
    if args.deny == Some(Denied::Warnings) {
        linted.denies = true;
    }
    let warned = linted
        .report
        .diagnostics
        .iter()
        .any(|found| found.severity == Severity::Warning);
    let mut outcome = Outcome::new(linted.report.diagnostics).with(Table {
        rows: linted.report.rows,
        verbose: args.verbose,
    });
    if linted.denies && warned && outcome.exit == Exit::Success {
        outcome.exit = Exit::Findings;
        outcome = outcome.closing("warnings are denied");
    }
    if linted.lacking {
        outcome.exit = Exit::CouldNotRun;
        outcome = outcome.closing(linted.closing);
    }
    Ok(outcome)
}

/// What came of all questions.
struct Linted {
    report: Report,
    /// Whether something that was to be checked was not to be had.
    lacking: bool,
    closing: &'static str,
    denies: bool,
}

impl Linted {
    const fn new(report: Report) -> Self {
        Self {
            report,
            lacking: false,
            closing: "",
            denies: false,
        }
    }

    /// Adds what was said of a render, but what was said of its environment before.
    fn add(&mut self, mut report: Report) {
        let mut said: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for found in &self.report.diagnostics {
            said.entry((&found.id, &found.message))
                .or_default()
                .extend(found.environments.iter().map(String::as_str));
        }
        report.diagnostics.retain(|found| {
            said.get(&(&*found.id, found.message.as_str()))
                .is_none_or(|known| {
                    !found
                        .environments
                        .iter()
                        .all(|name| known.contains(&name.as_str()))
                })
        });
        self.report.extend(report);
    }
}

/// Asks about manifests that belong to no environment of the project.
fn alone(args: &Lint, project: &Project, tier: TierName, asked: &Asked) -> Result<Linted, Failure> {
    let catalog = load::catalog(project)?;
    let mut linted = Linted::new(Report::default());
    let mut objects = 0;
    for file in &args.manifests {
        let mut manifests = stream::manifests(file, &project.place(file).name)?;
        linted.report.diagnostics.append(&mut manifests.diagnostics);
        objects += manifests.objects.len();
        let workloads = workload::rendered(&manifests, None, &[], &catalog);
        let described = components::rendered(&manifests, &[], Vec::new());
        let facts = Facts {
            tier: match tier {
                TierName::Dev => Tier::Dev,
                TierName::Test => Tier::Test,
                TierName::Prod => Tier::Prod,
            },
            form: Form::Rendered,
            environment: None,
            releases: &[],
            described: &described,
            links: None,
            workloads: &workloads,
            planned: &[],
            predicted: None,
            manifests: Some(&manifests),
            catalog: &catalog,
        };
        linted
            .report
            .extend(policy::run(&facts, &Waivers::default(), asked));
    }
    if objects == 0 {
        linted.lacking = true;
        linted.closing = "nothing was checked";
    }
    Ok(linted)
}

/// Asks about environments of the project, as predicted and as rendered.
fn environments(args: &Lint, project: &Project, asked: &Asked) -> Result<Linted, Failure> {
    let mut model = Model::look(project, &args.environments)?;
    // Rules are asked about those that were named; that others cannot be read at all is said.
    model.build.diagnostics.retain(|found| {
        rules::find(&found.id).is_none()
            || args.environments.is_empty()
            || found.environments.is_empty()
            || found
                .environments
                .iter()
                .any(|name| args.environments.contains(name))
    });
    let mut linted = Linted::new(Report {
        rows: std::mem::take(&mut model.build.rows),
        diagnostics: model.diagnostics(),
    });
    let waivers: Vec<Waivers> = model
        .environments
        .iter()
        .map(|derived| {
            // What is wrong with them was found with the environment.
            let today = asked.today.as_deref();
            Waivers::read(derived.environment(), today, &mut Vec::new())
        })
        .collect();
    if args.render {
        let renders = rendered::render(&model, project, &args.with)?;
        linted.report.diagnostics.extend(renders.diagnostics);
        linted.lacking |= renders.lacking;
        linted.closing = "not every release was rendered";
        for ((derived, waivers), rendered) in model
            .environments
            .iter()
            .zip(&waivers)
            .zip(&renders.environments)
        {
            if let Some(rendered) = rendered {
                let report = ask(
                    derived,
                    (&rendered.manifests, &rendered.workloads),
                    waivers,
                    &model,
                    asked,
                );
                linted.add(report);
            }
        }
    }
    if !args.manifests.is_empty() {
        streams(args, project, &model, &waivers, asked, &mut linted)?;
    }
    if let Some(name) = &args.against {
        let report = change(name, project, &model, &waivers, asked)?;
        linted.report.extend(report);
    }
    for (derived, waivers) in model.environments.iter().zip(&waivers) {
        let unused = waivers.unused(&derived.environment().name, &linted.report.rows);
        linted.report.diagnostics.extend(unused);
    }
    Ok(linted)
}

/// Asks about manifests that stand for one environment of the project.
fn streams(
    args: &Lint,
    project: &Project,
    model: &Model,
    waivers: &[Waivers],
    asked: &Asked,
    linted: &mut Linted,
) -> Result<(), Failure> {
    let ([derived], [waivers]) = (model.environments.as_slice(), waivers) else {
        let names = model.build.environments.join(", ");
        return Err(Diagnostic::error(
            "lint/which-environment",
            "the manifests are of no environment in particular",
        )
        .why("what rules ask depends on the environment, and there are several")
        .help(format!(
            "name one of {names}, or its tier alone with `--tier`: dev, test or prod"
        ))
        .into());
    };
    let mut objects = 0;
    for file in &args.manifests {
        let mut manifests = stream::manifests(file, &project.place(file).name)?;
        linted.report.diagnostics.append(&mut manifests.diagnostics);
        objects += manifests.objects.len();
        let workloads = workload::rendered(
            &manifests,
            Some(derived.environment()),
            derived.releases(),
            &model.catalog,
        );
        linted.add(ask(
            derived,
            (&manifests, &workloads),
            waivers,
            model,
            asked,
        ));
    }
    if objects == 0 {
        linted.lacking = true;
        linted.closing = "no manifest was checked";
    }
    Ok(())
}

/// Asks all rules of what was rendered for one environment.
fn ask(
    derived: &Derived,
    (manifests, workloads): (&Manifests, &[Workload]),
    waivers: &Waivers,
    model: &Model,
    asked: &Asked,
) -> Report {
    let inputs = derived.inputs(&model.catalog);
    let described =
        components::rendered(manifests, derived.releases(), derived.described().to_vec());
    let facts = Facts {
        form: Form::Rendered,
        described: &described,
        workloads,
        predicted: Some(&inputs.workloads),
        manifests: Some(manifests),
        ..derived.facts(&inputs, &model.catalog)
    };
    policy::run(&facts, waivers, asked)
}

/// Asks what changed since a revision.
fn change(
    name: &str,
    project: &Project,
    model: &Model,
    waivers: &[Waivers],
    asked: &Asked,
) -> Result<Report, Failure> {
    let revision = Revision::find(project, name)?;
    let layers = LayersThen::new(&revision);
    let mut before = Vec::new();
    let mut unread = Vec::new();
    for source in revision.environments()? {
        let read = Environment::read(&source, &layers, &model.catalog);
        match read.environment {
            Some(environment) => {
                let derived = Derived::new(environment, &model.catalog, &mut Vec::new());
                before.extend(state(&derived, model));
            }
            None if has_errors(&read.diagnostics) => unread.push(source.name().to_owned()),
            None => {}
        }
    }
    let after: Vec<State> = model
        .environments
        .iter()
        .filter_map(|derived| state(derived, model))
        .collect();
    let named: Vec<(&str, &Waivers)> = model
        .environments
        .iter()
        .map(|derived| derived.environment().name.as_str())
        .zip(waivers)
        .collect();
    let change = Change {
        before_name: name.to_owned(),
        before,
        after,
    };
    let mut report = policy::run_change(&change, &named, asked);
    for file in unread {
        report.diagnostics.push(
            Diagnostic::warning(
                "git/not-compared",
                format!("`{file}` is not compared: it cannot be read by this version"),
            )
            .why("an environment that was wrong then has no state to start from")
            .help("compare with a revision whose environments pass"),
        );
    }
    Ok(report)
}

/// Returns what rules compare of one environment.
fn state(derived: &Derived, model: &Model) -> Option<State> {
    let inputs = derived.inputs(&model.catalog);
    let facts = derived.facts(&inputs, &model.catalog);
    State::new(&facts)
}
