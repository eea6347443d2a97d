//! `helmwright graph`: who sends which signal where, through which port, as which tenant, into which bucket.

use helmwright::graph::Graph;
use helmwright::pipeline::Derived;
use serde_json::Value;

use super::model::{Model, Seen};
use crate::args::{self, Format};
use crate::outcome::{Failure, Outcome, Product};
use crate::project::Project;

/// Runs the verb.
pub(crate) fn run(args: &args::Graph, project: &Project) -> Result<Outcome, Failure> {
    let model = match Model::read(project, &args.environments)? {
        Seen::Sound(model) => model,
        Seen::Broken(outcome) => return Ok(outcome.closing("nothing was drawn")),
    };
    let environments: Vec<&Derived> = model.environments.iter().collect();
    Ok(Outcome::new(model.diagnostics()).with(Drawing {
        graph: Graph::of(&environments, &model.catalog),
        format: args.format,
    }))
}

struct Drawing {
    graph: Graph,
    format: Format,
}

impl Product for Drawing {
    fn text(&self) -> String {
        match self.format {
            Format::Dot => self.graph.dot(),
            _ => self.graph.mermaid(),
        }
    }

    fn json(&self) -> Value {
        self.graph.json()
    }
}
