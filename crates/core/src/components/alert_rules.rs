//! Rules over what Mimir keeps, and whom its Alertmanager tells.

mod bundled;
mod check;
mod file;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Alerting, Component, Described, Flow, Signal};
use crate::diagnostic::Diagnostic;
use crate::links::Endpoint;
use file::RuleFile;

pub(super) const COMPONENT: Component = Component {
    id: "alert-rules",
    settings: SchemaGenerator::subschema_for::<AlertRulesSettings>,
    variant: |_| None,
    derive,
    describe,
};

/// Which rules there are, and how Mimir comes to know them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AlertRulesSettings {
    /// Files of rule groups as Prometheus has them, such as `rules/common.yaml`, relative to the file that names them. A
    /// file may begin with Mimir's `namespace`; without it the file's name is the namespace that the ruler keeps it under.
    pub groups: Vec<String>,
    /// Whether our own rules over the backends, the agents and their volumes come along. Default: yes.
    pub bundled: bool,
    /// Alerts of our own rules to leave out, by name.
    pub disabled: Vec<String>,
    /// How the rules come to Mimir. Default: job.
    pub delivery: Delivery,
    /// Whether all that the ruler holds besides these files is deleted, also what others put there. Default: no.
    pub prune: bool,
    /// The image of `mimirtool`, with its exact tag. Default: docker.io/grafana/mimirtool:3.0.4.
    pub image: String,
    /// The Secret that holds the whole configuration of the Alertmanager. Default: none, and nobody is told.
    pub alertmanager: Option<AlertmanagerSecret>,
}

impl Default for AlertRulesSettings {
    fn default() -> Self {
        Self {
            groups: Vec::new(),
            bundled: true,
            disabled: Vec::new(),
            delivery: Delivery::Job,
            prune: false,
            // The version of the Mimir that the default chart version runs.
            image: "docker.io/grafana/mimirtool:3.0.4".to_owned(),
            alertmanager: None,
        }
    }
}

/// How rules come to Mimir.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// A Job loads them by `mimirtool`.
    #[default]
    Job,
    /// They are written as objects `PrometheusRule`, for whoever reads those.
    Operator,
}

/// Where the configuration of the Alertmanager stands.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlertmanagerSecret {
    /// The name of a Secret in the same namespace.
    #[schemars(length(min = 1))]
    pub secret_name: String,
    /// Its key. Default: alertmanager.yaml.
    #[serde(default = "alertmanager_key")]
    #[schemars(length(min = 1))]
    pub key: String,
}

fn alertmanager_key() -> String {
    "alertmanager.yaml".to_owned()
}

/// The most bytes that a ConfigMap holds.
///
/// Source: Kubernetes documentation, `ConfigMap`: its data is at most 1 MiB.
const MOST: usize = 1 << 20;

/// Returns the address of Mimir that its tool is given: without a path, for the tool knows the API's own.
fn mimir(scope: &Scope<'_>) -> Option<String> {
    let rules = scope.links.endpoint("mimir", "rules")?;
    let root = Endpoint {
        path: String::new(),
        ..rules.clone()
    };
    Some(root.url())
}

/// Returns all files, ours first, with what is wrong with the user's.
fn rule_files(
    scope: &Scope<'_>,
    settings: &AlertRulesSettings,
    found: &mut Vec<Diagnostic>,
) -> Vec<RuleFile> {
    let mut files = Vec::new();
    if settings.bundled {
        files.extend(bundled::file(scope, &settings.disabled, found));
    }
    for source in scope.files("groups") {
        files.extend(file::read(source, settings.delivery, found));
    }
    check::told_twice(&files, found);
    files
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: AlertRulesSettings = scope.settings(found);
    let files = rule_files(scope, &settings, found);
    let address = mimir(scope);
    if address.is_none() {
        found.push(
            Diagnostic::error(
                "environment/missing-component",
                "there is no Mimir to load rules into",
            )
            .at(&scope.environment.key_location("components.alert-rules"))
            .why("the environment does not run `mimir`, whose ruler evaluates them")
            .help("add `mimir` to the components, or take `alert-rules` out"),
        );
    }
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    if bytes > MOST {
        found.push(
            Diagnostic::error(
                "rules/too-large",
                format!("the rule files have {bytes} bytes together"),
            )
            .at(&scope.location("settings.groups"))
            .why(format!(
                "they are carried by one ConfigMap, and Kubernetes takes no more than {MOST} bytes in it"
            ))
            .help("take recording rules out that nobody uses, or set `delivery: operator`"),
        );
    }
    let namespaces: Vec<&str> = files.iter().map(|file| file.namespace.as_str()).collect();
    let placed: Vec<Value> = files
        .iter()
        .map(|file| {
            json!({
                "key": file.key,
                "path": format!("/rules/{}", file.key),
                "text": file.text,
                "groups": file.groups,
                "object": format!("{}-{}", scope.release.fullname, file.slug()),
            })
        })
        .collect();
    json!({
        "delivery": match settings.delivery {
            Delivery::Job => "job",
            Delivery::Operator => "operator",
        },
        "rule_files": placed,
        "names": {
            "sync": format!("{}-sync", scope.release.fullname),
            "alertmanager": format!("{}-alertmanager", scope.release.fullname),
        },
        "arguments": {
            "address": format!("--address={}", address.unwrap_or_default()),
            "tenant": format!("--id={}", scope.environment.tenant),
            "namespaces": format!("--namespaces={}", namespaces.join(",")),
        },
        "checksum": checksum(&files),
        "prune": settings.prune,
        "image": settings.image,
        "alertmanager": settings.alertmanager.map(|secret| json!({
            "secret_name": secret.secret_name,
            "key": secret.key,
        })),
    })
}

/// Returns a text that differs where the rules do.
///
/// Source: FNV-1a with 64 bits; nobody gains by two sets of rules that meet in it.
fn checksum(files: &[RuleFile]) -> String {
    let parts = files.iter().flat_map(|file| [&file.key, &file.text]);
    let bytes = parts.flat_map(|part| part.bytes().chain([0xff]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn describe(scope: &Scope<'_>) -> Described {
    let settings: AlertRulesSettings = scope.settings(&mut Vec::new());
    let files = rule_files(scope, &settings, &mut Vec::new());
    let mut described = Described::default();
    let loads = settings.delivery == Delivery::Job && !files.is_empty();
    for (role, runs, endpoint, place) in [
        ("sync", loads, "rules", "settings.groups"),
        (
            "alertmanager",
            settings.alertmanager.is_some(),
            "alertmanager-configuration",
            "settings.alertmanager",
        ),
    ] {
        if !runs {
            described.absent.push(role);
        } else if let Some(endpoint) = scope.links.endpoint("mimir", endpoint) {
            described.flows.push(Flow {
                from: scope.release.component.clone(),
                role: role.to_owned(),
                name: "mimir".to_owned(),
                signal: Signal::Alerts,
                address: endpoint.url(),
                tenant: Some(scope.environment.tenant.clone()),
                cross_env: false,
                queue: None,
                setting: None,
                place: scope.key_location(place),
            });
        }
    }
    described.alerting = Some(Alerting {
        alerts: files.into_iter().flat_map(|file| file.alerts).collect(),
        configuration: settings.alertmanager.map(|secret| secret.secret_name),
        place: scope.key_location("settings.alertmanager"),
    });
    described
}
