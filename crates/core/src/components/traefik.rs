//! Traefik: the proxy at the edge.

use indexmap::IndexMap;
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::role::Role;
use super::scope::Scope;
use super::{Callers, Component, Described, Door};
use crate::diagnostic::{Diagnostic, nearest};

pub(super) const COMPONENT: Component = Component {
    id: "traefik",
    settings: SchemaGenerator::subschema_for::<TraefikSettings>,
    variant: |_| None,
    derive,
    describe,
};

/// What only Traefik has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TraefikSettings {
    /// The doors for traffic, by name. Default: `web` (80, redirected) and `websecure` (443, TLS).
    pub entry_points: IndexMap<String, EntryPoint>,
    /// How much Traefik says. Default: INFO.
    pub log_level: LogLevel,
    /// Whether every request is logged. Default: no.
    pub access_log: bool,
    /// How the proxy is reached from outside. Default: LoadBalancer.
    pub service_type: ServiceType,
    /// The name of its IngressClass. Default: `<release>-<environment>`, so that environments on one cluster stay apart.
    pub ingress_class: Option<String>,
}

impl Default for TraefikSettings {
    fn default() -> Self {
        let door = |port, exposed_port, redirect_to: Option<&str>, tls| EntryPoint {
            port,
            exposed_port,
            redirect_to: redirect_to.map(str::to_owned),
            tls,
        };
        Self {
            entry_points: IndexMap::from([
                ("web".to_owned(), door(8000, 80, Some("websecure"), false)),
                ("websecure".to_owned(), door(8443, 443, None, true)),
            ]),
            log_level: LogLevel::default(),
            access_log: false,
            service_type: ServiceType::default(),
            ingress_class: None,
        }
    }
}

/// A door for traffic.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntryPoint {
    /// The port in the pod; above 1023, since Traefik runs without privileges.
    #[schemars(range(min = 1024, max = 65535))]
    pub port: u16,
    /// The port of the Service.
    #[schemars(range(min = 1, max = 65535))]
    pub exposed_port: u16,
    /// The entry point that all requests are sent on to.
    #[serde(default)]
    pub redirect_to: Option<String>,
    /// Whether it speaks TLS.
    #[serde(default)]
    pub tls: bool,
}

/// How much Traefik says.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What helps to find a mistake.
    Debug,
    /// What happens.
    #[default]
    Info,
    /// What looks wrong.
    Warn,
    /// What is wrong.
    Error,
    /// What ends the process.
    Fatal,
}

/// A kind of Service.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub enum ServiceType {
    /// An address outside the cluster.
    #[default]
    LoadBalancer,
    /// An address inside the cluster only.
    ClusterIP,
    /// A port on every node.
    NodePort,
}

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let settings: TraefikSettings = scope.settings(&mut Vec::new());
    let doors = settings.entry_points.iter().map(|(name, door)| Door {
        role: "traefik".to_owned(),
        name: format!("requests at entry point {name}"),
        port: door.port,
        callers: Callers::Anyone,
    });
    Described {
        doors: doors.collect(),
        ..Described::default()
    }
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: TraefikSettings = scope.settings(found);
    let names: Vec<&str> = settings.entry_points.keys().map(String::as_str).collect();
    let mut ports: IndexMap<u16, &str> = IndexMap::from([(8080, "traefik"), (9100, "metrics")]);
    for (name, door) in &settings.entry_points {
        if let Some(target) = &door.redirect_to
            && !names.contains(&target.as_str())
        {
            let help = match nearest(target, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? There are: {}", names.join(", ")),
                None => format!("there are: {}", names.join(", ")),
            };
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("there is no entry point `{target}` to redirect to"),
                )
                .at(&scope.location(&format!("settings.entryPoints.{name}.redirectTo")))
                .why("Traefik would answer every request with an error")
                .help(help),
            );
        }
        if let Some(other) = ports.insert(door.port, name) {
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("entry points `{other}` and `{name}` share port {}", door.port),
                )
                .at(&scope.location(&format!("settings.entryPoints.{name}.port")))
                .why("only one can listen; 8080 and 9100 are the chart's own, for probes and metrics")
                .help("give one of them another port"),
            );
        }
    }
    let environment = scope.environment;
    let probes = scope.role("traefik").map(Role::filled).unwrap_or_default();
    json!({
        "entry_points": settings.entry_points.iter().map(|(name, door)| json!({
            "name": name,
            "port": door.port,
            "exposed_port": door.exposed_port,
            "redirect_to": door.redirect_to,
            "tls": door.tls,
        })).collect::<Vec<_>>(),
        "log_level": settings.log_level,
        "access_log": settings.access_log,
        "liveness": probes.liveness,
        "readiness": probes.readiness,
        // The chart's label for one installation, which is not the release's name alone.
        "instance": format!("{}-{}", scope.release.name, scope.release.namespace),
        "service_type": settings.service_type,
        "ingress_class": settings.ingress_class.unwrap_or_else(|| format!("{}-{}", scope.release.name, environment.name)),
    })
}
