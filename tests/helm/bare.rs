//! Bare charts: no template but one of ours.

use std::fs;
use std::path::{Path, PathBuf};

use helmwright::chart::Chart;
use helmwright::{Catalog, Contract};
use helmwright_tests::mutants::stated_defaults;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A chart version to judge: its values file and our contract.
pub(crate) struct Subject {
    pub(crate) chart: String,
    pub(crate) version: String,
    pub(crate) values: String,
    pub(crate) schema: String,
}

/// Returns every chart version that has a contract, with a values file made of the defaults that it
/// states; and, where `HELMWRIGHT_CHARTS` names a folder, with the charts' own values files, and every
/// other chart there with a contract built on the spot.
pub(crate) fn subjects() -> Vec<Subject> {
    let bundled = Catalog::bundled();
    let Some(folder) = std::env::var_os("HELMWRIGHT_CHARTS").map(PathBuf::from) else {
        return bundled
            .contracts()
            .into_iter()
            .map(|(chart, version)| {
                let schema = bundled.contract_text(&chart, &version).unwrap().to_owned();
                let root: Value = serde_json::from_str(&schema).unwrap();
                let values = stated_defaults(&root, &root).to_string();
                Subject {
                    chart,
                    version,
                    values,
                    schema,
                }
            })
            .collect();
    };
    let mut subjects = Vec::new();
    for chart in folders(&folder) {
        for version in folders(&folder.join(&chart)) {
            let place = folder.join(&chart).join(&version);
            let values = fs::read_to_string(place.join("values.yaml")).unwrap();
            let schema = match bundled.contract_text(&chart, &version) {
                Some(schema) => schema.to_owned(),
                None => built(&place),
            };
            subjects.push(Subject {
                chart: chart.clone(),
                version,
                values,
                schema,
            });
        }
    }
    for (chart, version) in bundled.contracts() {
        let is_there = subjects
            .iter()
            .any(|subject| subject.chart == chart && subject.version == version);
        assert!(is_there, "{} has no {chart} {version}", folder.display());
    }
    subjects
}

/// Builds the contract of a chart that none is bundled for.
fn built(place: &Path) -> String {
    let files = ["Chart.yaml", "values.yaml", "values.schema.json"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), fs::read_to_string(place.join(name)).ok()?)));
    let read =
        Chart::from_files(files).unwrap_or_else(|found| panic!("{}: {found:?}", place.display()));
    let built =
        Contract::build(&read).unwrap_or_else(|error| panic!("{}: {error}", place.display()));
    built.to_json()
}

/// Returns the names of the folders in a folder, sorted.
fn folders(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Returns chart and version from a values file's first line.
pub(crate) fn schema_line(text: &str) -> Option<(String, String)> {
    let path = text
        .lines()
        .next()?
        .strip_prefix("# yaml-language-server: $schema=")?;
    let (folder, file) = path.rsplit_once('/')?;
    let chart = folder.rsplit('/').next()?;
    Some((
        chart.to_owned(),
        file.strip_suffix(".schema.json")?.to_owned(),
    ))
}

/// A chart in a folder of its own, gone when dropped.
pub(crate) struct BareChart {
    folder: TempDir,
    chart: String,
}

const PRINT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: printed\ndata:\n  values: {{ .Values | toJson | b64enc | quote }}\n";

impl BareChart {
    /// Makes a chart with a subject's values and contract, and a closed subchart.
    pub(crate) fn new(subject: &Subject) -> Self {
        let folder = TempDir::new().unwrap();
        let mut schema: Value = serde_json::from_str(&subject.schema).unwrap();
        let closed = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {"global": {"type": ["object", "null"]}, "size": {"type": ["integer", "null"]}},
        });
        schema["properties"]["closed"] = closed.clone();
        write_chart(
            folder.path(),
            &subject.chart,
            &subject.values,
            Some(&schema),
        );
        let inner = folder.path().join("charts/closed");
        write_chart(
            &inner,
            "closed",
            "size: 1\n",
            Some(&json!({"$schema": "http://json-schema.org/draft-07/schema#", "allOf": [closed]})),
        );
        Self {
            folder,
            chart: subject.chart.clone(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns a chart that has this one below it.
    pub(crate) fn umbrella(&self) -> Self {
        let folder = TempDir::new().unwrap();
        write_chart(folder.path(), "umbrella", "{}\n", None);
        copy(self.path(), &folder.path().join("charts").join(&self.chart));
        Self {
            folder,
            chart: "umbrella".to_owned(),
        }
    }
}

/// Returns a chart that prints what it sees of these defaults.
pub(crate) fn printer(defaults: &str) -> BareChart {
    let folder = TempDir::new().unwrap();
    write_chart(folder.path(), "printer", defaults, None);
    BareChart {
        folder,
        chart: "printer".to_owned(),
    }
}

fn write_chart(folder: &Path, name: &str, values: &str, schema: Option<&Value>) {
    fs::create_dir_all(folder.join("templates")).unwrap();
    fs::write(
        folder.join("Chart.yaml"),
        format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n"),
    )
    .unwrap();
    fs::write(folder.join("values.yaml"), values).unwrap();
    fs::write(folder.join("templates/print.yaml"), PRINT).unwrap();
    if let Some(schema) = schema {
        fs::write(folder.join("values.schema.json"), schema.to_string()).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
