//! The committed contracts: built again from the charts where these are at hand, and fit for what they promise.
//!
//! `HELMWRIGHT_CHARTS` names a folder of `<chart>/<version>/{Chart.yaml,values.yaml,...}`; without it, the tests
//! that need charts say so and pass. `cargo xtask contracts` writes the contracts anew.

#![expect(
    clippy::disallowed_methods,
    reason = "the core does no I/O, its tests read the repository"
)]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]
#![expect(clippy::print_stderr, reason = "a test that was left out says so")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use helmwright::Catalog;
use helmwright::chart::Chart;
use helmwright::contract::Contract;
use helmwright::diagnostic::Diagnostic;
use helmwright::source::Source;
use helmwright::yaml;

/// No contract is larger, in bytes: `generate` copies those in use into every output tree.
const LARGEST: usize = 400_000;
/// All of them together are not larger, in bytes: they are part of the program.
const LARGEST_TOGETHER: usize = 4_000_000;

/// Returns chart and version of every contract that is shipped.
fn shipped() -> Vec<(String, String)> {
    let mut shipped = Vec::new();
    for chart in fs::read_dir(schemas().join("charts")).unwrap() {
        let chart = chart.unwrap();
        for file in fs::read_dir(chart.path()).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            if let Some(version) = file.strip_suffix(".schema.json") {
                let chart = chart.file_name().into_string().unwrap();
                shipped.push((chart, version.to_owned()));
            }
        }
    }
    shipped.sort();
    assert!(shipped.len() > 20, "{shipped:?}");
    shipped
}

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

fn contract_path(chart: &str, version: &str) -> PathBuf {
    schemas().join(format!("charts/{chart}/{version}.schema.json"))
}

fn charts() -> Option<PathBuf> {
    let folder = env::var_os("HELMWRIGHT_CHARTS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("left out: HELMWRIGHT_CHARTS is not set");
    }
    folder
}

fn show(findings: &[Diagnostic]) -> String {
    findings
        .iter()
        .map(|finding| {
            let place = finding.location().map(|location| format!("{location:?}"));
            format!(
                "{}: {} ({})\n",
                place.unwrap_or_default(),
                finding.message,
                finding.id
            )
        })
        .collect()
}

/// Reads the texts below a folder, paths from there.
fn texts(folder: &Path, below: &str, out: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            texts(&entry.path(), &format!("{path}/"), out);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            out.push((path, text));
        }
    }
}

fn load(charts: &Path, name: &str, version: &str) -> Option<Chart> {
    let mut files = Vec::new();
    texts(&charts.join(name).join(version), "", &mut files);
    if files.is_empty() {
        return None;
    }
    let mut chart = Chart::from_files(files)
        .unwrap_or_else(|findings| panic!("{name} {version}:\n{}", show(&findings)));
    let missing: Vec<_> = chart.missing().cloned().collect();
    for dependency in missing {
        if let Some(subchart) = load(charts, &dependency.name, &dependency.version) {
            chart.attach(subchart);
        }
    }
    Some(chart)
}

#[test]
fn contracts_accept_the_charts_own_defaults() {
    let Some(charts) = charts() else { return };
    for (name, version) in shipped() {
        let chart = load(&charts, &name, &version)
            .unwrap_or_else(|| panic!("{name} {version} is not in {}", charts.display()));
        let text = fs::read_to_string(contract_path(&name, &version)).unwrap();
        let contract = Contract::from_json(&text).unwrap();
        let found = contract.check(&chart.values);
        assert!(
            found.is_empty(),
            "{name} {version} refuses its own defaults:\n{}",
            show(&found)
        );
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::draft7::new(&json).unwrap();
        let refused: Vec<_> = validator
            .iter_errors(&chart.values.to_json())
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(refused.is_empty(), "{name} {version}: {refused:#?}");
    }
}

#[test]
fn contracts_are_those_of_the_charts() {
    let Some(charts) = charts() else { return };
    let mut wrong = Vec::new();
    for (name, version) in shipped() {
        let has_templates = |chart: &Chart| {
            chart
                .files
                .iter()
                .any(|(path, _)| path.starts_with("templates/"))
        };
        let Some(chart) = load(&charts, &name, &version).filter(has_templates) else {
            eprintln!("left out: {name} {version} has no templates there");
            continue;
        };
        let mut built =
            Contract::build(&chart).unwrap_or_else(|error| panic!("{name} {version}: {error}"));
        let lost = Catalog::bundled()
            .close_programs(&mut built.contract)
            .unwrap();
        assert_eq!(lost, [""; 0], "{name} {version}");
        let path = contract_path(&name, &version);
        let reads = path.with_file_name(format!("{version}.reads.json"));
        if fs::read_to_string(&path).ok() != Some(built.to_json())
            || fs::read_to_string(&reads).ok() != Some(built.reads.to_json())
        {
            wrong.push(format!("{name} {version}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "differ from the charts, run `cargo xtask contracts`: {wrong:?}"
    );
}

#[test]
fn committed_contracts_come_back_as_they_are() {
    let mut together = 0;
    for (name, version) in shipped() {
        let text = fs::read_to_string(contract_path(&name, &version)).unwrap();
        assert!(
            text.len() < LARGEST,
            "{name} {version}: {} bytes",
            text.len()
        );
        together += text.len();
        let contract = Contract::from_json(&text).unwrap();
        assert_eq!((&contract.chart, &contract.version), (&name, &version));
        assert_eq!(contract.to_json(), text, "{name} {version}");
        let reads = Catalog::bundled().reads(&name, &version).unwrap();
        assert!(!reads.is_empty(), "{name} {version}");
    }
    assert!(together < LARGEST_TOGETHER, "{together} bytes");
}

/// Makes broken copies of some values: each scalar in turn replaced, each map given a key.
fn mutants(values: &serde_json::Value) -> Vec<serde_json::Value> {
    fn places(value: &serde_json::Value, path: &str, out: &mut Vec<String>) {
        out.push(path.to_owned());
        if let Some(map) = value.as_object() {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{path}/{key}"), out);
            }
        }
    }
    let mut paths = Vec::new();
    places(values, "", &mut paths);
    // Thirty places a chart keep the test short.
    paths
        .iter()
        .step_by(paths.len().div_ceil(30))
        .enumerate()
        .map(|(at, path)| {
            let mut mutant = values.clone();
            let place = mutant
                .pointer_mut(path)
                .expect("the path was collected from these values");
            match (at % 3, place.as_object_mut()) {
                (0, Some(map)) => drop(map.insert("neverHeardOf".to_owned(), true.into())),
                (1, _) => *place = serde_json::json!(["a list"]),
                (_, _) => *place = serde_json::json!("some text"),
            }
            mutant
        })
        .collect()
}

#[test]
fn contracts_mean_the_same_to_another_validator() {
    let Some(charts) = charts() else { return };
    for (name, version) in shipped() {
        let text = fs::read_to_string(contract_path(&name, &version)).unwrap();
        let contract = Contract::from_json(&text).unwrap();
        let mut schema: serde_json::Value = serde_json::from_str(&text).unwrap();
        without_formats(&mut schema);
        let validator = jsonschema::draft7::new(&schema).unwrap();
        let chart = load(&charts, &name, &version).unwrap();
        let mut refused = 0;
        for mutant in mutants(&chart.values.to_json()) {
            let source = Source::new("values.yaml", mutant.to_string());
            // As a schema alone: the contract also forgives what templates inside the values read.
            let found = contract
                .schema
                .check(&yaml::read(&source).unwrap(), &contract.wording());
            // A wrong spelling of a quantity is ours to refuse: the other validator does not know our formats.
            let found: Vec<_> = found
                .into_iter()
                .filter(|finding| {
                    finding.id != "contract/bad-value" || finding.message.contains("allowed")
                })
                .collect();
            assert_eq!(
                validator.is_valid(&mutant),
                found.is_empty(),
                "{name} {version}: {}\n{mutant}",
                show(&found)
            );
            refused += usize::from(!found.is_empty());
        }
        assert!(
            refused > 10,
            "{name} {version} refused only {refused} mutants"
        );
    }
}

fn without_formats(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(map) => {
            if map.get("format").is_some_and(serde_json::Value::is_string) {
                map.shift_remove("format");
            }
            map.values_mut().for_each(without_formats);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_formats),
        _ => {}
    }
}
