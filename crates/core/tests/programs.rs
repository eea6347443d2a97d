//! The references of programs: every chart version of the index is closed by them, and no values file that comes
//! with the charts, nor any of ours, is refused for it.
//!
//! `HELMWRIGHT_CHARTS` names a folder of `<chart>/<version>/`; without it, the tests that need charts say so and pass.

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

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use helmwright::catalog::Catalog;
use helmwright::chart::Chart;
use helmwright::contract::Contract;
use helmwright::source::Source;
use helmwright::yaml;

/// Every chart version that the index names, with the environment's component whose goldens are for it.
const CHARTS: &[(&str, &str, Option<&str>)] = &[
    ("loki", "18.11.0", Some("loki")),
    ("mimir-distributed", "5.8.0", None),
    ("mimir-distributed", "6.0.6", Some("mimir")),
    ("pyroscope", "2.2.1", None),
    ("tempo", "1.26.7", None),
    ("tempo", "2.2.4", None),
    ("tempo-distributed", "1.64.0", None),
    ("tempo-distributed", "2.26.2", None),
    ("tempo-distributed", "3.3.0", Some("tempo")),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn build(folder: &Path) -> Contract {
    let mut files = Vec::new();
    read(folder, folder, &mut files);
    let chart =
        Chart::from_files(files).unwrap_or_else(|found| panic!("{}: {found:?}", folder.display()));
    Contract::build(&chart).unwrap().contract
}

/// Reads the texts below a folder.
fn read(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(root, &path, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let name = path.strip_prefix(root).unwrap().to_string_lossy();
            files.push((name.into_owned(), text));
        }
    }
}

/// Returns the values files of a chart: those at its top and in `ci`.
fn values_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = [
        folder.to_owned(),
        folder.join("ci"),
        folder.join("ci/offline"),
    ]
    .iter()
    .filter_map(|folder| fs::read_dir(folder).ok())
    .flatten()
    .map(|entry| entry.unwrap().path())
    .filter(|file| file.extension().is_some_and(|end| end == "yaml"))
    .filter(|file| !file.ends_with("Chart.yaml"))
    .collect();
    files.sort();
    files
}

fn messages(contract: &Contract, file: &Path) -> BTreeSet<String> {
    let source = Source::new("values.yaml", fs::read_to_string(file).unwrap());
    // One of the files writes a key twice, which is refused before any contract is asked.
    let Ok(values) = yaml::read(&source) else {
        return BTreeSet::new();
    };
    let found = contract.check(&values);
    found.into_iter().map(|finding| finding.message).collect()
}

#[test]
fn nothing_that_charts_ship_is_refused() {
    let Some(charts) = env::var_os("HELMWRIGHT_CHARTS").map(PathBuf::from) else {
        eprintln!("left out: HELMWRIGHT_CHARTS is not set");
        return;
    };
    let mut wrong = Vec::new();
    for (name, version, component) in CHARTS {
        let folder = charts.join(name).join(version);
        let open = build(&folder);
        let mut closed = open.clone();
        let lost = Catalog::bundled().close_programs(&mut closed).unwrap();
        let (before, after) = (open.to_json().len(), closed.to_json().len());
        let mut files = values_files(&folder);
        if let Some(component) = component {
            for environment in ["dev", "test", "prod"] {
                files.push(root().join(format!(
                    "tests/golden/{environment}/{component}/values.yaml"
                )));
            }
        }
        for file in &files {
            let known = messages(&open, file);
            for message in messages(&closed, file).difference(&known) {
                wrong.push(format!("{}: {message}", file.display()));
            }
        }
        eprintln!(
            "{name} {version}: {before} -> {after} bytes, {} files, lost {lost:?}",
            files.len()
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
