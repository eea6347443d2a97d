//! Grafana: what the backends of all environments keep, on one screen.

mod dashboards;
mod datasources;

use indexmap::IndexMap;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::role::Role;
use super::scope::Scope;
use super::{Callers, Component, Described, Door};
use crate::diagnostic::{Diagnostic, nearest};
use crate::environment::Resources;
use crate::units::Duration;

pub(super) const COMPONENT: Component = Component {
    id: "grafana",
    settings: SchemaGenerator::subschema_for::<GrafanaSettings>,
    variant: |settings| {
        let delivery = settings.get("dashboards")?.get("delivery")?.as_str()?;
        [SIDECAR, INLINE].into_iter().find(|one| *one == delivery)
    },
    derive,
    describe,
};

/// The variant that fetches dashboards from ConfigMaps.
const SIDECAR: &str = "sidecar";
/// The variant that has them in its values.
const INLINE: &str = "inline";

/// What only Grafana has. Its data sources follow from what all environments run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GrafanaSettings {
    /// The Secret with the first administrator's name and password.
    pub admin: AdminSecret,
    /// The Secret with the tenant of each environment, which data sources send along.
    pub tenants: TenantSecret,
    /// The uid of the data source that is shown first. Default: this environment's Mimir, else the first there is.
    pub default_datasource: Option<String>,
    /// How often applications send a sample, and so the least time between two points of a graph. Default: 1m, which
    /// is what OpenTelemetry's libraries do.
    pub sample_interval: Duration,
    /// The profile that a span leads to. Default: process_cpu:cpu:nanoseconds:cpu:nanoseconds, which is CPU time.
    pub profile_type: String,
    /// Which dashboards there are, and how they reach Grafana.
    pub dashboards: Dashboards,
    /// Names of data sources of earlier days, such as one for each namespace. Grafana deletes them at its start.
    pub retire: Vec<String>,
}

impl Default for GrafanaSettings {
    fn default() -> Self {
        Self {
            admin: AdminSecret::default(),
            tenants: TenantSecret::default(),
            default_datasource: None,
            sample_interval: Duration::from_millis(60_000),
            profile_type: "process_cpu:cpu:nanoseconds:cpu:nanoseconds".to_owned(),
            dashboards: Dashboards::default(),
            retire: Vec::new(),
        }
    }
}

/// A Secret with a name and a password.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AdminSecret {
    /// The Secret's name. Default: grafana-admin.
    #[schemars(length(min = 1))]
    pub secret_name: String,
    /// The key that holds the name. Default: admin-user.
    #[schemars(length(min = 1))]
    pub user_key: String,
    /// The key that holds the password. Default: admin-password.
    #[schemars(length(min = 1))]
    pub password_key: String,
}

impl Default for AdminSecret {
    fn default() -> Self {
        Self {
            secret_name: "grafana-admin".to_owned(),
            user_key: "admin-user".to_owned(),
            password_key: "admin-password".to_owned(),
        }
    }
}

/// A Secret with the tenant of each environment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TenantSecret {
    /// The Secret's name. Default: grafana-tenants.
    #[schemars(length(min = 1))]
    pub secret_name: String,
    /// The key that holds an environment's tenant, by environment. Default: the environment's name.
    pub keys: IndexMap<String, String>,
}

impl Default for TenantSecret {
    fn default() -> Self {
        Self {
            secret_name: "grafana-tenants".to_owned(),
            keys: IndexMap::new(),
        }
    }
}

/// Which dashboards there are, and how they reach Grafana.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dashboards {
    /// How dashboards reach Grafana. Default: sidecar.
    pub delivery: Delivery,
    /// The folder that they are shown in. Default: Telemetry.
    #[schemars(length(min = 1), regex(pattern = r"^[^/]+$"))]
    pub folder: String,
    /// Whether those that come with helmwright are there: traces, services, namespaces. Default: yes.
    pub bundled: bool,
    /// Further dashboards, as Grafana exports them: JSON files, each a path relative to this file.
    pub files: Vec<String>,
}

impl Default for Dashboards {
    fn default() -> Self {
        Self {
            delivery: Delivery::default(),
            folder: "Telemetry".to_owned(),
            bundled: true,
            files: Vec::new(),
        }
    }
}

/// How dashboards reach Grafana.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// As ConfigMaps beside the values, each up to 1 MiB, which a sidecar fetches; others may add theirs.
    #[default]
    Sidecar,
    /// In the values: one ConfigMap of the chart, all together up to 1 MiB.
    Inline,
}

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let settings: GrafanaSettings = scope.settings(&mut Vec::new());
    Described {
        reads: datasources::readings(scope),
        doors: scope
            .links
            .endpoint("grafana", "http")
            .map(|endpoint| Door {
                role: "grafana".to_owned(),
                name: "its pages".to_owned(),
                port: endpoint.target,
                callers: Callers::Edge,
            })
            .into_iter()
            .collect(),
        retires: settings.retire,
        ..Described::default()
    }
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: GrafanaSettings = scope.settings(found);
    let sources = datasources::sources(scope);
    let uids: Vec<&str> = sources.iter().map(|source| source.uid.as_str()).collect();
    delivered_otherwise(scope, &settings, found);
    lonely(scope, found);
    let dashboards = dashboards::all(scope, &settings.dashboards, &uids, found);
    let probes = scope.role("grafana").map(Role::filled).unwrap_or_default();
    json!({
        "admin": {
            "secret": settings.admin.secret_name,
            "user_key": settings.admin.user_key,
            "password_key": settings.admin.password_key,
        },
        "tenants": datasources::tenants(scope, &settings.tenants, found),
        "datasources": datasources::shown(scope, &settings, &sources, found),
        "retired": datasources::retired(scope, &settings.retire, &sources, found),
        "dashboards": dashboards,
        "folder": settings.dashboards.folder,
        "fetcher": beside(scope),
        "role_name": format!("{}-dashboards", scope.release.fullname),
        "probes": {
            "liveness": probes.liveness,
            "readiness": probes.readiness,
            "startup": probes.startup,
        },
    })
}

/// Returns what the container beside or before Grafana asks for, as the role table has it.
fn beside(scope: &Scope<'_>) -> Resources {
    scope
        .catalog
        .manifest(&scope.release.component)
        .and_then(|manifest| manifest.variants.get(&scope.release.variant))
        .and_then(|variant| variant.roles.get("grafana"))
        .and_then(|role| {
            let pod = &role.pod;
            pod.sidecars.iter().chain(&pod.init_containers).next()
        })
        .map(|container| container.resources.clone())
        .unwrap_or_default()
}

/// Reports a variant that is named, and is not the one that the settings call for.
fn delivered_otherwise(scope: &Scope<'_>, settings: &GrafanaSettings, found: &mut Vec<Diagnostic>) {
    let asked = match settings.dashboards.delivery {
        Delivery::Sidecar => SIDECAR,
        Delivery::Inline => INLINE,
    };
    let variant = scope.release.variant.as_str();
    if scope.setting(&["dashboards", "delivery"]).is_some() && variant != asked {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!(
                    "dashboards are to be delivered as `{asked}`, and the variant is `{variant}`"
                ),
            )
            .at(&scope.location("settings.dashboards.delivery"))
            .why("the variant says how dashboards reach Grafana, and the setting chooses it")
            .help("remove the line `variant:`"),
        );
    }
}

/// Reports several pods without a database that they share.
fn lonely(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let Some(role) = scope.role("grafana") else {
        return;
    };
    let most = role
        .autoscaling
        .as_ref()
        .map_or(role.replicas, |scaling| scaling.max);
    let database = scope.environment.node(&[
        "components",
        &scope.release.component,
        "values",
        "grafana.ini",
        "database",
    ]);
    if most > 1 && database.is_none() {
        let path = match role.autoscaling {
            Some(_) => "roles.grafana.autoscaling",
            None => "roles.grafana.replicas",
        };
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("{most} pods of Grafana share no database"),
            )
            .at(&scope.location(path))
            .why("each would keep sessions and what users make in a file of its own, and a user would see now one, now another")
            .help("run one pod, or name a database under `values.\"grafana.ini\".database`, its password as `$__env{NAME}`"),
        );
    }
}

/// Offers the near one of some names, and says which there are.
fn did_you_mean(name: &str, names: &[&str]) -> String {
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? There are: {}", names.join(", ")),
        None if names.is_empty() => "there is none".to_owned(),
        None => format!("there are: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_defaults_and_are_closed() {
        let empty: GrafanaSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(empty.dashboards.delivery, Delivery::Sidecar);
        assert!(empty.dashboards.bundled);
        assert!(serde_json::from_str::<GrafanaSettings>(r#"{"tenant": {}}"#).is_err());
    }

    #[test]
    fn the_delivery_chooses_the_variant() {
        let of = |text: &str| (COMPONENT.variant)(&serde_json::from_str(text).unwrap());
        assert_eq!(of("{}"), None);
        assert_eq!(
            of(r#"{"dashboards": {"delivery": "inline"}}"#),
            Some(INLINE)
        );
        assert_eq!(
            of(r#"{"dashboards": {"delivery": "sidecar"}}"#),
            Some(SIDECAR)
        );
    }
}
