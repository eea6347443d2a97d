//! The committed contracts: built again from the charts where these are at hand, and fit for what they promise.
//!
//! `HELMWRIGHT_CHARTS` names a folder of `<chart>/<version>/{Chart.yaml,values.yaml,...}`; without it, the tests
//! that need charts say so and pass. `HELMWRIGHT_BLESS=1` writes the contracts anew.

#![expect(
    clippy::disallowed_methods,
    reason = "the core does no I/O, its tests read the repository"
)]
#![expect(clippy::panic, reason = "helpers of tests, which fail by panicking")]
#![expect(clippy::print_stderr, reason = "a test that was left out says so")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use helmwright::chart::Chart;
use helmwright::contract::{Additions, Contract};
use helmwright::diagnostic::Diagnostic;
use helmwright::source::Source;
use helmwright::yaml;

/// Every contract that is shipped.
const SHIPPED: &[(&str, &str)] = &[
    ("alloy", "1.11.1"),
    ("loki", "18.11.0"),
    ("mimir-distributed", "6.0.6"),
    ("tempo", "2.2.4"),
    ("tempo-distributed", "2.26.2"),
    ("tempo-distributed", "3.3.0"),
    ("traefik", "37.1.2"),
    ("traefik", "41.3.0"),
];

/// No contract is larger, in bytes: `generate` copies those in use into every output tree.
const LARGEST: usize = 400_000;

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

fn additions(chart: &str) -> Additions {
    let path = schemas().join(format!("additions/{chart}.yaml"));
    fs::read_to_string(&path).map_or_else(
        |_| Additions::default(),
        |text| {
            Additions::from_yaml(&text).unwrap_or_else(|error| {
                panic!("{chart}: {error}: {:?}", std::error::Error::source(&error))
            })
        },
    )
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

fn load(charts: &Path, name: &str, version: &str) -> Option<Chart> {
    let folder = charts.join(name).join(version);
    let files = ["Chart.yaml", "values.yaml", "values.schema.json"]
        .into_iter()
        .filter_map(|file| Some((file, fs::read_to_string(folder.join(file)).ok()?)));
    let files: Vec<_> = files.collect();
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
fn contracts_are_those_of_the_charts() {
    let Some(charts) = charts() else { return };
    let bless = env::var_os("HELMWRIGHT_BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, version) in SHIPPED {
        let chart = load(&charts, name, version)
            .unwrap_or_else(|| panic!("{name} {version} is not in {}", charts.display()));
        let built = Contract::build(&chart, &additions(name))
            .unwrap_or_else(|error| panic!("{name} {version}: {error}"));
        assert!(
            built.lost.is_empty(),
            "{name} {version}: the list names {:?}",
            built.lost
        );
        let text = built.contract.to_json();
        assert!(
            text.len() < LARGEST,
            "{name} {version} has {} bytes",
            text.len()
        );
        eprintln!(
            "{name} {version}: {} bytes, not at hand: {:?}",
            text.len(),
            built.missing
        );

        let found = built.contract.check(&chart.values);
        assert!(
            found.is_empty(),
            "{name} {version} refuses its own defaults:\n{}",
            show(&found)
        );
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::draft7::new(&json).unwrap();
        let values = chart.values.to_json();
        let refused: Vec<_> = validator
            .iter_errors(&values)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(refused.is_empty(), "{name} {version}: {refused:#?}");

        let path = contract_path(name, version);
        if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            if bless {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text).unwrap();
            } else {
                wrong.push(format!("{name} {version}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "differ from the charts, run with HELMWRIGHT_BLESS=1: {wrong:?}"
    );
}

#[test]
fn committed_contracts_come_back_as_they_are() {
    for (name, version) in SHIPPED {
        let text = fs::read_to_string(contract_path(name, version)).unwrap();
        let contract = Contract::from_json(&text).unwrap();
        assert_eq!((&*contract.chart, &*contract.version), (*name, *version));
        assert_eq!(contract.to_json(), text, "{name} {version}");
    }
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
    for (name, version) in SHIPPED {
        let text = fs::read_to_string(contract_path(name, version)).unwrap();
        let contract = Contract::from_json(&text).unwrap();
        let mut schema: serde_json::Value = serde_json::from_str(&text).unwrap();
        without_formats(&mut schema);
        let validator = jsonschema::draft7::new(&schema).unwrap();
        let chart = load(&charts, name, version).unwrap();
        let mut refused = 0;
        for mutant in mutants(&chart.values.to_json()) {
            let source = Source::new("values.yaml", mutant.to_string());
            let found = contract.check(&yaml::read(&source).unwrap());
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
