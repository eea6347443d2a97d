//! What an environment asks of a role that its chart cannot do.
//!
//! A role table says where a chart reads each setting, for all versions of a variant alike. Whether the version at hand
//! reads it there, its contract tells: what it does not have is refused, whatever a later version may do.

use super::manifest;
use super::release::ReleaseChart;
use crate::catalog::Catalog;
use crate::contract::{Contract, split_path};
use crate::diagnostic::Diagnostic;
use crate::environment::{Environment, Probe, RoleSettings};

/// The section that asks.
pub(super) struct Section<'a> {
    pub(super) environment: &'a Environment,
    pub(super) component: &'a str,
    /// What it installs; none where the component is plain objects.
    pub(super) chart: Option<&'a ReleaseChart>,
    pub(super) catalog: &'a Catalog,
}

impl Section<'_> {
    /// Reports what is asked of a role and cannot be done.
    pub(super) fn check(
        &self,
        name: &str,
        manifest: &manifest::Role,
        settings: &RoleSettings,
        found: &mut Vec<Diagnostic>,
    ) {
        let paths = &manifest.values;
        let replicas = paths
            .replicas
            .as_deref()
            .filter(|_| !manifest.fixed_replicas);
        let asked = [
            ("replicas", settings.replicas.is_some(), replicas),
            (
                "autoscaling",
                settings.autoscaling.is_some(),
                paths.autoscaling.as_deref(),
            ),
            (
                "resources",
                settings.resources.is_some(),
                paths.resources.as_deref(),
            ),
            (
                "storage",
                settings.storage.is_some(),
                paths.storage.as_deref(),
            ),
            ("pdb", settings.pdb.is_some(), paths.pdb.as_deref()),
            (
                "priorityClass",
                settings.priority_class.is_some(),
                paths.priority_class.as_deref(),
            ),
        ];
        for (what, _, path) in asked.into_iter().filter(|(_, set, _)| *set) {
            self.one(name, what, path.map(str::to_owned), found);
        }
        let probes = settings.probes.clone().unwrap_or_default();
        let probes = [
            ("liveness", probes.liveness, &paths.liveness),
            ("readiness", probes.readiness, &paths.readiness),
            ("startup", probes.startup, &paths.startup),
        ];
        for (what, probe, path) in probes {
            let Some(probe) = probe else {
                continue;
            };
            match path {
                // The probe as a whole is out of reach, so its numbers need no finding each.
                None => self.one(name, &format!("probes.{what}"), None, found),
                Some(path) => {
                    for number in numbers(&probe) {
                        let what = format!("probes.{what}.{number}");
                        self.one(name, &what, Some(format!("{path}.{number}")), found);
                    }
                }
            }
        }
    }

    /// Reports one setting, unless the chart reads it at a path.
    fn one(&self, role: &str, what: &str, path: Option<String>, found: &mut Vec<Diagnostic>) {
        let chart = self.chart.map_or(self.component, |chart| &chart.name);
        let (chart, help) = match (path, self.chart) {
            // What we write whole takes all that its role table names.
            (Some(_), None) => return,
            (None, _) => (
                chart.to_owned(),
                format!("remove `{what}` here, or choose a variant whose chart reads it"),
            ),
            (Some(path), Some(release)) => {
                let takes = |version: &str| {
                    let contract = self.catalog.contract(&release.name, version);
                    contract
                        .and_then(Result::ok)
                        .is_none_or(|one| takes(&one, &path))
                };
                if takes(&release.version) {
                    return;
                }
                let chart = format!("{} {}", release.name, release.version);
                (chart, self.help(release, what, takes))
            }
        };
        let at = format!("components.{}.roles.{role}.{what}", self.component);
        found.push(
            Diagnostic::error(
                "environment/unsupported-setting",
                format!("chart {chart} has no way to set `{what}` for `{role}`"),
            )
            .at(&self.environment.key_location(&at))
            .why("a value that no template reads would be dropped without a word")
            .help(help),
        );
    }

    /// Says which versions read a setting, by the contracts at hand.
    fn help(&self, release: &ReleaseChart, what: &str, takes: impl Fn(&str) -> bool) -> String {
        let name = &release.name;
        let contracts = self.catalog.contracts();
        let versions: Vec<String> = contracts
            .into_iter()
            .filter(|(chart, version)| chart == name && takes(version))
            .map(|(_, version)| version)
            .collect();
        if versions.is_empty() {
            format!(
                "remove `{what}` here; no version of {name} with a contract at hand reads it. For one that does: \
                 `helmwright contract build <chart folder> --to <schemas>/{name}/<version>.schema.json`, then pass `--schemas <schemas>`"
            )
        } else {
            format!(
                "remove `{what}` here, or set `version: {}`, whose contract has it",
                versions.join("` or `version: ")
            )
        }
    }
}

/// Returns the numbers that are set, by the keys that charts have for them.
fn numbers(probe: &Probe) -> impl Iterator<Item = &'static str> {
    [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("periodSeconds", probe.period_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("failureThreshold", probe.failure_threshold),
    ]
    .into_iter()
    .filter(|(_, number)| number.is_some())
    .map(|(key, _)| key)
}

fn takes(contract: &Contract, path: &str) -> bool {
    let keys = split_path(path);
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    contract.takes(&keys)
}
