//! The real Helm: finding it, having it render, having it fetch.

use std::path::{Path, PathBuf};
use std::time::Duration;

use helmwright::diagnostic::Diagnostic;
use helmwright::effect::Rendered;

use crate::outcome::Failure;
use crate::process::{Ended, Limits, run};

pub(crate) mod cache;
pub(crate) mod charts;
mod permits;

pub(crate) use permits::Permits;

/// Names the program, where `--helm` does not.
pub(crate) const VARIABLE: &str = "HELMWRIGHT_HELM";

/// The longest a render may take. The slowest chart known to us takes 0.3 s.
const RENDER: Limits = Limits {
    time: Duration::from_secs(60),
    bytes: 64 * 1024 * 1024,
};

/// The longest a download may take, with its answer.
const PULL: Limits = Limits {
    time: Duration::from_secs(120),
    bytes: 1024 * 1024,
};

/// A program that says it is Helm.
#[derive(Clone, Debug)]
pub(crate) struct Helm {
    program: PathBuf,
    /// What it says of itself, such as `v3.21.2+g1234567`.
    pub(crate) version: String,
}

/// What is rendered, all but its values.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) kube_version: String,
    pub(crate) api_versions: Vec<String>,
    /// The chart's folder or archive, as an absolute path.
    pub(crate) chart: PathBuf,
}

/// Where values come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Values<'a> {
    File(&'a Path),
    Text(&'a str),
}

impl Helm {
    /// Finds Helm: the one named, else that of the variable, else `helm` on the path.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, Failure> {
        let variable = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        let program = match (named, variable) {
            (Some(path), _) => path.to_owned(),
            (None, Some(path)) => PathBuf::from(path),
            (None, None) => PathBuf::from("helm"),
        };
        let shown = program.display();
        let help = format!(
            "install Helm 3 or 4, or name it with `--helm PATH` or the variable {VARIABLE}; \
             `helmwright check` needs no Helm"
        );
        let ended = run(&program, &["version", "--short"], None, RENDER);
        let unusable = |why: String| {
            Diagnostic::error(
                "helm/unusable",
                format!("`{shown}` is no Helm that can be used"),
            )
            .why(why)
            .help(help.clone())
        };
        match ended {
            Ended::NotStarted(error) => Err(Diagnostic::error(
                "helm/not-found",
                format!("there is no Helm: `{shown}` cannot be started"),
            )
            .why(error.to_string())
            .help(help)
            .into()),
            Ended::Success(text) => {
                let version = text.trim().to_owned();
                if version.starts_with("v3.") || version.starts_with("v4.") {
                    Ok(Self { program, version })
                } else {
                    let first = version.lines().next().unwrap_or_default();
                    Err(unusable(format!(
                        "asked for its version it says `{first}`, and 3 and 4 are known"
                    ))
                    .into())
                }
            }
            other => {
                Err(unusable(format!("asked for its version it fails: {}", other.said())).into())
            }
        }
    }

    /// Renders a chart, `CustomResourceDefinition`s included.
    pub(crate) fn template(&self, release: &Release, values: Values<'_>) -> Rendered {
        let chart = release.chart.to_string_lossy();
        let mut arguments = vec![
            "template",
            &release.name,
            &chart,
            "--namespace",
            &release.namespace,
            "--kube-version",
            &release.kube_version,
            "--include-crds",
        ];
        for version in &release.api_versions {
            arguments.extend(["--api-versions", version]);
        }
        let file;
        let input = match values {
            Values::File(path) => {
                file = path.to_string_lossy().into_owned();
                arguments.extend(["--values", &file]);
                None
            }
            Values::Text(text) => {
                arguments.extend(["--values", "-"]);
                Some(text)
            }
        };
        match run(&self.program, &arguments, input, RENDER) {
            Ended::Success(text) => Rendered::Text(text),
            other => Rendered::Refused(other.said()),
        }
    }

    /// Fetches a chart's archive into a folder; the error is what Helm says.
    pub(crate) fn pull(
        &self,
        chart: &str,
        version: &str,
        repository: &str,
        folder: &Path,
    ) -> Result<(), String> {
        let folder = folder.to_string_lossy();
        let whole;
        let mut arguments = vec!["pull"];
        if repository.starts_with("oci://") {
            whole = format!("{}/{chart}", repository.trim_end_matches('/'));
            arguments.push(&whole);
        } else {
            arguments.extend([chart, "--repo", repository]);
        }
        arguments.extend(["--version", version, "--destination", &folder]);
        match run(&self.program, &arguments, None, PULL) {
            Ended::Success(_) => Ok(()),
            other => Err(other.said()),
        }
    }
}
