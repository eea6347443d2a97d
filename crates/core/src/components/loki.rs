//! Loki: logs.

mod flows;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Component, Described, rings, settings};
use crate::diagnostic::Diagnostic;
use crate::environment::Probes;
use crate::units::Duration;

pub(super) const COMPONENT: Component = Component {
    id: "loki",
    settings: SchemaGenerator::subschema_for::<LokiSettings>,
    variant: |_| None,
    derive,
    describe,
};

/// What only Loki has. Caches are roles: give `chunks-cache` or `results-cache` replicas to run them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LokiSettings {
    /// How long logs are kept. Default: 14d.
    pub retention: Duration,
    /// How many ingesters hold each stream. Default: 3, or 1 where there are fewer than three ingesters.
    #[schemars(range(min = 1, max = 7))]
    pub replication_factor: Option<u32>,
    /// The day, as `2024-04-01`, from which logs are written in the schema tsdb v13. Default: 2024-04-01.
    /// It must lie before the first log and must not change afterwards: older logs would become unreadable.
    #[schemars(extend("format" = "date"))]
    pub schema_from: String,
    /// Whether one small pod on every node writes lines and looks for them, to measure what gets lost. Default: no.
    pub canary: bool,
}

impl Default for LokiSettings {
    fn default() -> Self {
        Self {
            retention: Duration::from_days(14),
            replication_factor: None,
            schema_from: "2024-04-01".to_owned(),
            canary: false,
        }
    }
}

/// The caches, by role.
const CACHES: [&str; 2] = ["chunks-cache", "results-cache"];

/// What memcached needs beside the items it holds: a sixth of the pod's memory.
///
/// Source: the chart requests 1.2 times what it lets memcached allocate.
const CACHE_SHARE: (u64, u64) = (5, 6);

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let settings: LokiSettings = scope.settings(&mut Vec::new());
    let mut described = Described {
        absent: if settings.canary {
            Vec::new()
        } else {
            vec!["canary"]
        },
        rings: rings::loki(scope),
        ..Described::default()
    };
    flows::describe(scope, &mut described);
    described
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: LokiSettings = scope.settings(found);
    let monolithic = scope.release.variant == "monolithic";
    let ring = if monolithic { "loki" } else { "ingester" };
    json!({
        "retention": settings.retention,
        "replication_factor": settings::replication_factor(scope, ring, settings.replication_factor),
        "schema_from": settings.schema_from,
        "ring_label": settings::ring_label(scope),
        "hard_spread": settings::spread(scope) == "DoNotSchedule",
        "caches": caches(scope),
        "canary": {"enabled": settings.canary},
        "probes": probes(scope, ring, monolithic),
    })
}

/// Returns the probes that all pods share, and by role those that one has for itself.
fn probes(scope: &Scope<'_>, ring: &str, monolithic: bool) -> Value {
    let mut probes = serde_json::Map::new();
    for role in scope.release.roles.values() {
        let filled = role.filled();
        let own = json!({
            "liveness": filled.liveness.filter(|_| role.liveness.is_some()),
            "readiness": filled.readiness.filter(|_| role.readiness.is_some()),
            // A start of any other pod reads nothing back.
            "startup": filled.startup.filter(|_| role.startup.is_some() || role.name == ring),
        });
        probes.insert(role.name.replace('-', "_"), own);
    }
    let shared = scope.role(ring).map_or_else(Probes::default, |role| {
        if monolithic {
            role.filled()
        } else {
            role.usual.clone()
        }
    });
    probes.insert("liveness".to_owned(), json!(shared.liveness));
    probes.insert("readiness".to_owned(), json!(shared.readiness));
    probes.insert("startup".to_owned(), json!(shared.startup));
    probes.into()
}

/// Returns for each cache whether it runs, and how many MiB memcached may fill.
fn caches(scope: &Scope<'_>) -> Value {
    let mut caches = serde_json::Map::new();
    for name in CACHES {
        let memory = scope
            .role(name)
            .and_then(|role| role.resources.requests.memory.as_ref());
        let bytes = memory.map_or(0, |memory| memory.bytes());
        let allocated = bytes / CACHE_SHARE.1 * CACHE_SHARE.0 / (1 << 20);
        caches.insert(
            name.replace('-', "_"),
            json!({"on": scope.replicas(name) > 0, "allocated": allocated}),
        );
    }
    caches.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_defaults_and_are_closed() {
        let empty: LokiSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(empty.retention, Duration::from_days(14));
        assert_eq!(empty.replication_factor, None);
        assert!(serde_json::from_str::<LokiSettings>(r#"{"caches": {}}"#).is_err());
    }
}
