//! `helmwright contract`: builds and lists contracts.

use serde_json::{Value, json};

use crate::args::ContractBuild;
use crate::load;
use crate::load::file::whole;
use crate::outcome::{Failure, Outcome, Product, Text};
use crate::project::Project;
use crate::write::target::write_alone;
use helmwright::Catalog;
use helmwright::chart::Chart;
use helmwright::contract::{Additions, BuildError, Contract};
use helmwright::diagnostic::Diagnostic;

/// Runs `contract build`.
pub(crate) fn build(args: &ContractBuild, project: &Project) -> Result<Outcome, Failure> {
    let place = project.place(&args.chart);
    let files = load::chart::read(&place)?;
    let chart = match Chart::from_files(files) {
        Ok(chart) => chart,
        Err(found) => return Ok(Outcome::new(found)),
    };
    let mut notes = Vec::new();
    let catalog = Catalog::bundled();
    let additions = catalog
        .additions(&chart.name)
        .map_err(|error| Failure::fault(&error))?;
    let built = match Contract::build(&chart, &additions) {
        // The list was reviewed for the versions that we bring along; this one may have lost a key of it.
        Err(BuildError::Additions(unfit)) if !catalog.has_contract(&chart.name, &chart.version) => {
            notes.push(
                Diagnostic::warning(
                    "contract/additions-unfit",
                    format!("what is known of {} does not fit version {}", chart.name, chart.version),
                )
                .at(&whole(&place.name))
                .why(format!("{unfit}, so the contract has only the keys of the chart's values"))
                .help("a key that templates read and values do not list is refused; use a version that `helmwright contract list` names, or add the key to the contract"),
            );
            Contract::build(&chart, &Additions::default())
        }
        built => built,
    };
    let built = match built {
        Ok(built) => built,
        Err(BuildError::OwnSchema { file, source }) => {
            let found = Diagnostic::error("chart/broken-schema", format!("the chart's own `{file}` is no JSON Schema"))
                .at(&whole(&place.name))
                .why(source.to_string())
                .help("mend the file, or remove it: the contract is then built from the chart's values alone");
            return Ok(Outcome::new(vec![found]));
        }
        Err(error) => return Err(Failure::fault(&error)),
    };
    let text = built.contract.to_json();
    notes.extend(built.missing.iter().map(|subchart| {
        Diagnostic::warning(
            "chart/missing-subchart",
            format!("the subchart {subchart} is not at hand"),
        )
        .at(&whole(&place.name))
        .why("its part of the contract takes any key, so a misspelled one is not seen")
        .help("fetch it with `helm dependency update`, and build the contract again")
    }));
    let outcome = Outcome::new(notes);
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
