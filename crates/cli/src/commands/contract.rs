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
use helmwright::contract::{BuildError, Built, Contract, Problem, ProblemKind};
use helmwright::diagnostic::Diagnostic;

/// Runs `contract build`.
pub(crate) fn build(args: &ContractBuild, project: &Project) -> Result<Outcome, Failure> {
    let place = project.place(&args.chart);
    let (built, found) = match of_files(&place)? {
        Ok(built) => built,
        Err(found) => return Ok(Outcome::new(found)),
    };
    let text = if args.reads {
        built.to_json_with_reads()
    } else {
        built.to_json()
    };
    let outcome = Outcome::new(found);
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

/// A contract with what is to be said of it, or what is wrong with the chart.
pub(super) type FromFiles = Result<(Built, Vec<Diagnostic>), Vec<Diagnostic>>;

/// Builds the contract of a chart's folder or archive.
pub(super) fn of_files(place: &Place) -> Result<FromFiles, Failure> {
    let files = load::chart::read(place)?;
    let mut chart = match Chart::from_files(files) {
        Ok(chart) => chart,
        Err(found) => return Ok(Err(found)),
    };
    attach_neighbours(&mut chart, &place.path);
    let mut built = match Contract::build(&chart) {
        Ok(built) => built,
        Err(BuildError::OwnSchema { file, source }) => {
            let found = Diagnostic::error("chart/broken-schema", format!("the chart's own `{file}` is no JSON Schema"))
                .at(&whole(&place.name))
                .why(source.to_string())
                .help("mend the file, or remove it: the contract is then built from the chart's values alone");
            return Ok(Err(vec![found]));
        }
        Err(error) => return Err(Failure::fault(&error)),
    };
    Catalog::bundled()
        .close_programs(&mut built.contract)
        .map_err(|error| Failure::fault(&error))?;
    let missing = built.missing.iter().map(|subchart| {
        Diagnostic::warning(
            "chart/missing-subchart",
            format!("the subchart {subchart} is not at hand"),
        )
        .at(&whole(&place.name))
        .why("its part of the contract takes any key, so a misspelled one is not seen")
        .help("fetch it with `helm dependency update`, and build the contract again")
    });
    let problems = built
        .problems
        .iter()
        .map(|problem| problem_found(problem, &place.name));
    let found = problems.chain(missing).collect();
    Ok(Ok((built, found)))
}

/// Says what of a chart's templates could not be read.
fn problem_found(problem: &Problem, chart: &str) -> Diagnostic {
    let name = if problem.file.is_empty() {
        chart.to_owned()
    } else {
        format!("{chart}/{}", problem.file)
    };
    let at = match (problem.line, problem.column) {
        (0, _) => name.clone(),
        (line, 0) => format!("{name}:{line}"),
        (line, column) => format!("{name}:{line}:{column}"),
    };
    match &problem.kind {
        ProblemKind::Broken(message) => Diagnostic::warning(
            "chart/broken-template",
            format!("{at} is no template: {message}"),
        )
        .why("what only this file reads is taken for never read; the other files were read")
        .help("mend the template; `helm template` refuses it, too"),
        ProblemKind::Endless => Diagnostic::warning(
            "chart/endless-templates",
            format!("the templates do not end; the reading stopped at {at}"),
        )
        .why("named templates call each other without end, or nearly so")
        .help("look for a template that includes itself; Helm fails on it, too"),
        ProblemKind::NoTemplates => {
            return Diagnostic::warning(
                "chart/no-templates",
                format!("{} has no templates here", problem.file),
            )
            .at(&whole(chart))
            .why("all that its values list is taken for read, and maps without keys take any")
            .help("build the contract from the whole chart, as `helm pull --untar` brings it");
        }
        _ => Diagnostic::warning(
            "chart/computed-name",
            format!("{at} calls a template whose name is computed from values"),
        )
        .why("what that template reads is not known here, so some of its keys may be missing from the contract")
        .help("write the name as it stands, or choose between fixed names with `if`"),
    }
    .at(&whole(&name))
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
    let catalog = load::catalog(project)?;
    Ok(Outcome::new(catalog.findings().to_vec()).with(List {
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
