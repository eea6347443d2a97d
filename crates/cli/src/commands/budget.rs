//! `helmwright budget`: what a namespace needs, at rest and in the worst rollout, against its quota.

use helmwright::budget::{Budget as Measured, Load, Scope, later};
use helmwright::diagnostic::Diagnostic;
use helmwright::environment::{Nodes, Tier};
use helmwright::pipeline::Derived;
use helmwright::policy::{Check, rules};
use serde_json::Value;

use super::model::Model;
use super::rendered::{self, Rendered};
use crate::args::Budget;
use crate::exit::Exit;
use crate::outcome::{Failure, Outcome, Product};
use crate::project::Project;

mod json;
mod markdown;
mod sheet;
mod text;
mod words;

/// Runs the verb.
pub(crate) fn run(args: &Budget, project: &Project) -> Result<Outcome, Failure> {
    let model = Model::look(project, &args.environments)?;
    // The budget shows what is wrong with it by its numbers; `lint` is who judges.
    let mut diagnostics: Vec<Diagnostic> = model
        .diagnostics()
        .into_iter()
        .filter(|found| !is_asked(&found.id))
        .collect();
    let mut accounts = Vec::new();
    let mut lacking = false;
    if args.render {
        let renders = rendered::render(&model, project, &args.with)?;
        diagnostics.extend(renders.diagnostics);
        lacking = renders.lacking;
        for (derived, rendered) in model.environments.iter().zip(&renders.environments) {
            if rendered.is_some() {
                accounts.push(Account::of(derived, &model, rendered.as_ref()));
            }
        }
    } else {
        accounts.extend(
            model
                .environments
                .iter()
                .map(|derived| Account::of(derived, &model, None)),
        );
    }
    let mut outcome = Outcome::new(diagnostics).with(Accounts { accounts });
    if lacking {
        outcome.exit = Exit::CouldNotRun;
        outcome = outcome.closing("not every release was rendered");
    }
    Ok(outcome)
}

/// Returns whether a finding is a rule's that looks at what was derived, and so hides nothing.
fn is_asked(id: &str) -> bool {
    rules::find(id).is_some_and(|rule| !matches!(rule.check, Check::Elsewhere))
}

/// The budgets of all environments that were asked for.
struct Accounts {
    accounts: Vec<Account>,
}

/// The budget of one environment, with what else is told of it.
struct Account {
    environment: String,
    namespace: String,
    tier: Tier,
    /// What comes later, by name.
    planned: Vec<(String, Load)>,
    nodes: Option<Nodes>,
    budget: Measured,
}

impl Account {
    /// Measures an environment as predicted, or as rendered.
    fn of(derived: &Derived, model: &Model, rendered: Option<&Rendered>) -> Self {
        let environment = derived.environment();
        let inputs = derived.inputs(&model.catalog);
        let predicted = inputs.workloads;
        let mut scope = Scope {
            environment: Some(environment),
            releases: derived.releases(),
            workloads: &predicted,
            planned: &inputs.planned,
            manifests: None,
            namespace: &environment.namespace,
            index: None,
        };
        let mut beside = None;
        if let Some(rendered) = rendered {
            scope.workloads = &rendered.workloads;
            scope.manifests = Some(&rendered.manifests);
            beside = Some(predicted.as_slice());
        }
        Self {
            environment: environment.name.clone(),
            namespace: environment.namespace.clone(),
            tier: environment.tier,
            planned: later(&scope),
            nodes: environment.model.assumptions.nodes.clone(),
            budget: Measured::of(&scope, beside),
        }
    }
}

impl Product for Accounts {
    fn text(&self) -> String {
        let texts: Vec<String> = self.accounts.iter().map(text::render).collect();
        texts.join("\n")
    }

    fn json(&self) -> Value {
        json::render(&self.accounts)
    }

    fn markdown(&self) -> Option<String> {
        let texts: Vec<String> = self.accounts.iter().map(markdown::render).collect();
        Some(texts.join("\n"))
    }
}
