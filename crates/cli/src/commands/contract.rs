//! `helmwright contract`: builds and lists contracts.

use serde_json::{Value, json};

use crate::args::ContractBuild;
use crate::core_api::chart::Chart;
use crate::core_api::contract::Contract;
use crate::load;
use crate::outcome::{Failure, Outcome, Product, Text};
use crate::project::Project;
use crate::write::target::write_alone;

/// Runs `contract build`.
pub(crate) fn build(args: &ContractBuild, project: &Project) -> Result<Outcome, Failure> {
    let files = load::chart::read(&project.place(&args.chart))?;
    let chart = match Chart::from_files(files) {
        Ok(chart) => chart,
        Err(found) => return Ok(Outcome::new(found)),
    };
    let built = Contract::build(&chart);
    let text = built.contract.to_json();
    let outcome = Outcome::new(built.notes);
    match &args.to {
        None => Ok(outcome.with(Text {
            text,
            is_json: true,
        })),
        Some(path) => {
            let place = project.place(path);
            write_alone(&place, &text)?;
            Ok(outcome
                .with(Written { file: place.name })
                .closing("the contract was written"))
        }
    }
}

/// A contract went to a file.
struct Written {
    file: String,
}

impl Product for Written {
    fn text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        json!({"file": self.file})
    }
}

/// Runs `contract list`.
pub(crate) fn list(project: &Project) -> Result<Outcome, Failure> {
    let catalog = load::catalog(project.schemas.as_ref())?;
    Ok(Outcome::new(Vec::new()).with(List {
        contracts: catalog.contracts(),
    }))
}

/// The contracts at hand, as `--chart` takes them.
struct List {
    contracts: Vec<(String, String)>,
}

impl Product for List {
    fn text(&self) -> String {
        self.contracts
            .iter()
            .map(|(chart, version)| format!("{chart}@{version}\n"))
            .collect()
    }

    fn json(&self) -> Value {
        let contracts: Vec<Value> = self
            .contracts
            .iter()
            .map(|(chart, version)| json!({"chart": chart, "version": version}))
            .collect();
        json!({"contracts": contracts})
    }
}
