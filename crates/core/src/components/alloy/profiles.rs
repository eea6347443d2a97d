//! Profiles: taken in as the clients of Pyroscope push them, and sent on to this environment's Pyroscope.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::AlloySettings;
use crate::components::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::links::Endpoint;

/// The port for profiles.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Profiles {
    /// Whether profiles are taken in. Default: yes, if the environment runs `pyroscope`.
    pub enabled: Option<bool>,
    /// The port that clients of Pyroscope push to. Default: 4040, Pyroscope's own.
    #[schemars(range(min = 1024, max = 65535))]
    pub port: u16,
}

impl Default for Profiles {
    fn default() -> Self {
        Self {
            enabled: None,
            port: 4040,
        }
    }
}

/// Returns where profiles go; none where the agent takes none.
pub(super) fn destination<'a>(scope: &'a Scope<'_>, profiles: &Profiles) -> Option<&'a Endpoint> {
    scope
        .links
        .endpoint("pyroscope", "push")
        .filter(|_| profiles.enabled != Some(false))
}

/// Computes what the configuration says of profiles, and reports ports and destinations that do not fit.
pub(super) fn derive(
    scope: &Scope<'_>,
    settings: &AlloySettings,
    found: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let profiles = &settings.profiles;
    let destination = destination(scope, profiles);
    if destination.is_none() {
        if profiles.enabled == Some(true) {
            found.push(
                Diagnostic::error(
                    "environment/missing-component",
                    "profiles have nowhere to go",
                )
                .at(&scope.location("settings.profiles.enabled"))
                .why("the environment does not run `pyroscope`")
                .help("add `pyroscope` to the components, or remove the line"),
            );
        }
        return None;
    }
    let taken = [
        (settings.otlp.grpc_port, "OTLP over gRPC"),
        (settings.otlp.http_port, "OTLP over HTTP"),
        (super::OWN_PORT, "Alloy's own page and metrics"),
    ];
    if let Some((port, what)) = taken.iter().find(|(port, _)| *port == profiles.port) {
        found.push(
            Diagnostic::error("environment/bad-value", format!("port {port} is taken"))
                .at(&scope.key_location("settings.profiles.port"))
                .why(format!("it is the port for {what}"))
                .help("choose another port; the usual one for profiles is 4040"),
        );
    }
    destination.map(|pyroscope| {
        json!({
            "port": profiles.port,
            "url": pyroscope.url(),
            "headers": {"X-Scope-OrgID": scope.environment.tenant},
        })
    })
}
