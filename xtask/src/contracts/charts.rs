//! The charts of a folder, `<chart>/<version>/`, with their subcharts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use helmwright::chart::Chart;

/// Charts that only stand inside others: they count there, and have no contract of their own.
const SUBCHARTS: [&str; 6] = [
    "grafana-agent-operator",
    "kube-state-metrics",
    "minio",
    "prometheus-node-exporter",
    "prometheus-windows-exporter",
    "rollout-operator",
];

/// A chart that was found.
pub(crate) struct Found {
    pub(crate) chart: Chart,
    /// Its folder.
    pub(crate) folder: PathBuf,
}

/// Reads the charts of a folder that have templates, subcharts of others left out, in the order of their names:
/// `<chart>/<version>/`, or `<chart>/` alone. `only` is a chart's name, or `<chart>@<version>`. What cannot be read is
/// said, and told in the second list.
pub(crate) fn find(folder: &Path, only: Option<&str>) -> Result<(Vec<Found>, Vec<String>)> {
    let (mut found, mut broken) = (Vec::new(), Vec::new());
    for by_name in entries(folder)? {
        let name = file_name(&by_name);
        if !by_name.is_dir() || SUBCHARTS.contains(&&*name) {
            continue;
        }
        let folders = if by_name.join("Chart.yaml").is_file() {
            vec![by_name]
        } else {
            entries(&by_name)?
        };
        for by_version in folders {
            let version = file_name(&by_version);
            let asked = only.is_none_or(|only| only == name || only == format!("{name}@{version}"));
            if !asked || !by_version.join("Chart.yaml").is_file() {
                continue;
            }
            if !by_version.join("templates").is_dir() {
                println!("{}: left out, it has no templates", by_version.display());
                continue;
            }
            let chart = read(&by_version).and_then(|mut chart| {
                attach(&mut chart, folder)?;
                Ok(chart)
            });
            match chart {
                Ok(chart) => found.push(Found {
                    chart,
                    folder: by_version,
                }),
                Err(error) => {
                    println!("{error:#}");
                    broken.push(format!("{} cannot be read", by_version.display()));
                }
            }
        }
    }
    Ok((found, broken))
}

fn read(folder: &Path) -> Result<Chart> {
    let mut files = Vec::new();
    walk(folder, "", &mut files)?;
    Chart::from_files(files).map_err(|found| {
        let why: Vec<_> = found
            .iter()
            .map(|finding| finding.message.as_str())
            .collect();
        anyhow::anyhow!("{}: {}", folder.display(), why.join("; "))
    })
}

/// Reads the texts of a folder and those below it.
fn walk(folder: &Path, below: &str, files: &mut Vec<(String, String)>) -> Result<()> {
    for path in entries(folder)? {
        let name = format!("{below}{}", file_name(&path));
        if path.is_dir() {
            walk(&path, &format!("{name}/"), files)?;
        } else if path.extension().is_some_and(|end| end == "tgz") {
            bail!("{} is packed: unpack it beside itself", path.display());
        } else {
            let bytes =
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.push((name, text));
            }
        }
    }
    Ok(())
}

/// Attaches subcharts that stand beside their parent.
fn attach(chart: &mut Chart, folder: &Path) -> Result<()> {
    for dependency in chart.missing().cloned().collect::<Vec<_>>() {
        let beside = folder.join(&dependency.name).join(&dependency.version);
        if beside.join("Chart.yaml").is_file() {
            let mut subchart = read(&beside)?;
            attach(&mut subchart, folder)?;
            chart.attach(subchart);
        }
    }
    Ok(())
}

/// Returns what a folder holds, sorted; nothing if there is no such folder.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = match fs::read_dir(folder) {
        Err(error) if is_none(error.kind()) => return Ok(Vec::new()),
        listed => listed,
    };
    let mut paths = listed
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<Vec<_>, _>>()
        })
        .with_context(|| format!("cannot list {}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Where a chart version was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) repository: String,
    pub(crate) commit: String,
}

/// Reads the rows `| chart | version | repository | commit |` of a `SOURCES.md`, if the folder has one.
pub(crate) fn sources(folder: &Path) -> BTreeMap<(String, String), Origin> {
    let text = fs::read_to_string(folder.join("SOURCES.md")).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let mut cells = line
                .strip_prefix('|')?
                .split('|')
                .map(|cell| cell.trim().to_owned());
            let (chart, version) = (cells.next()?, cells.next()?);
            let (repository, commit) = (cells.next()?, cells.next()?);
            let is_commit =
                commit.len() >= 7 && commit.chars().all(|letter| letter.is_ascii_hexdigit());
            is_commit.then_some(((chart, version), Origin { repository, commit }))
        })
        .collect()
}

/// Returns whether there is no such folder.
fn is_none(error: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind;
    matches!(error, ErrorKind::NotFound | ErrorKind::NotADirectory)
}
