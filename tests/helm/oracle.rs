//! The two Helms, and how they are asked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use helmwright::yaml;
use serde_json::{Number, Value};
use tempfile::TempDir;

use super::bare;

/// A real Helm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Helm {
    Three,
    Four,
}

pub(crate) const HELMS: [Helm; 2] = [Helm::Three, Helm::Four];

impl Helm {
    fn binary(self) -> PathBuf {
        let variable = match self {
            Self::Three => "HELMWRIGHT_HELM3",
            Self::Four => "HELMWRIGHT_HELM4",
        };
        std::env::var_os(variable)
            .map(PathBuf::from)
            .unwrap_or_else(|| {
                panic!("{variable} is not set; `cargo xtask test` builds Helm and sets it")
            })
    }

    /// The same Helm, as our merge names it.
    pub(crate) fn merge(self) -> yaml::Helm {
        match self {
            Self::Three => yaml::Helm::V3,
            Self::Four => yaml::Helm::V4,
        }
    }

    pub(crate) fn version(self) -> String {
        let output = Command::new(self.binary())
            .args(["version", "--short"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Renders a chart with one values file; the error is what Helm says.
    pub(crate) fn template(self, chart: &Path, values: &str) -> Result<String, String> {
        self.template_all(chart, &[values])
    }

    /// Renders a chart with several values files, the last of which wins.
    fn template_all(self, chart: &Path, values: &[&str]) -> Result<String, String> {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(self.binary());
        command.args(["template", "judged", "--kube-version", "1.34.0"]);
        for (index, text) in values.iter().enumerate() {
            let file = folder.path().join(format!("{index}.yaml"));
            fs::write(&file, text).unwrap();
            command.arg("--values").arg(file);
        }
        let output = command
            .arg(chart)
            .env("HELM_CACHE_HOME", chart)
            .env("HELM_CONFIG_HOME", chart)
            .env("HELM_DATA_HOME", chart)
            .output()
            .unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Returns what a chart with these defaults sees as `.Values`.
    pub(crate) fn values(self, defaults: &str, values: &[&str]) -> Result<Value, String> {
        let chart = bare::printer(defaults);
        let printed = self.template_all(chart.path(), values)?;
        let encoded = printed
            .lines()
            .find_map(|line| line.trim().strip_prefix("values: "))
            .ok_or("the printer printed nothing")?;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(encoded.trim_matches('"'))
            .map_err(|error| error.to_string())?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        Ok(super::plain(&value))
    }
}

/// As [`Helm::values`], for inputs that Helm must read.
pub(crate) fn print_values(helm: Helm, defaults: &str, values: &str) -> Value {
    helm.values(defaults, &[values])
        .unwrap_or_else(|error| panic!("{helm:?}: {error}\n{values}"))
}

/// Returns a float as the whole number that it is, if it is one: Helm's JSON does not tell them apart.
pub(crate) fn number(number: &Number) -> Value {
    let float = number.as_f64().unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "checked by converting back"
    )]
    if float.fract() == 0.0 && (float as i64) as f64 == float && float.abs() < 9.0e15 {
        return Value::from(float as i64);
    }
    Value::from(float)
}
