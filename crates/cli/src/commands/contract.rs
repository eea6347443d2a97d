//! `helmwright contract`: builds and lists contracts.

use std::path::Path;

use serde_json::{Value, json};

use crate::args::ContractBuild;
use crate::load;
use crate::load::file::whole;
use crate::outcome::{Failure, Outcome, Product, Text};
use crate::project::{Place, Project};
use crate::write::target::write_alone;
use helmwright::Catalog;
use helmwright::chart::Chart;
use helmwright::contract::{BuildError, Contract};
use helmwright::diagnostic::Diagnostic;

/// Runs `contract build`.
pub(crate) fn build(args: &ContractBuild, project: &Project) -> Result<Outcome, Failure> {
    let place = project.place(&args.chart);
    let files = load::chart::read(&place)?;
    let mut chart = match Chart::from_files(files) {
        Ok(chart) => chart,
        Err(found) => return Ok(Outcome::new(found)),
    };
    attach_neighbours(&mut chart, &place.path);
    let additions = Catalog::bundled()
        .additions(&chart.name)
        .map_err(|error| Failure::fault(&error))?;
    let built = match Contract::build(&chart, &additions) {
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
    let missing = built.missing.iter().map(|subchart| {
        Diagnostic::warning(
            "chart/missing-subchart",
            format!("the subchart {subchart} is not at hand"),
        )
        .at(&whole(&place.name))
        .why("its part of the contract takes any key, so a misspelled one is not seen")
        .help("fetch it with `helm dependency update`, and build the contract again")
    });
    let lost = built.lost.iter().map(|path| {
        Diagnostic::warning(
            "chart/moved-key",
            format!("`{path}` is not in {} {}", chart.name, chart.version),
        )
        .at(&whole(&place.name))
        .why("the reviewed list for this chart was made for other versions, where it is")
        .help("look where the chart reads it now; the contract leaves the entry out")
    });
    let outcome = Outcome::new(missing.chain(lost).collect());
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

/// Attaches subcharts that lie beside a chart, where folders are `<name>/<version>/`: a folder of charts as
/// `helm pull --untar` and a rename fill it. What is not there, or cannot be read, is reported as missing.
pub(super) fn attach_neighbours(chart: &mut Chart, folder: &Path) {
    let Some(charts) = folder
        .canonicalize()
        .ok()
        .and_then(|folder| Some(folder.parent()?.parent()?.to_path_buf()))
    else {
        return;
    };
    for dependency in chart.missing().cloned().collect::<Vec<_>>() {
        let path = charts.join(&dependency.name).join(&dependency.version);
        if !path.join("Chart.yaml").is_file() {
            continue;
        }
        let name = format!("{}/{}", dependency.name, dependency.version);
        let place = Place { path, name };
        if let Ok(files) = load::chart::read(&place)
            && let Ok(mut subchart) = Chart::from_files(files)
        {
            attach_neighbours(&mut subchart, &place.path);
            chart.attach(subchart);
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
