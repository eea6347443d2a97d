//! Loki: logs.

mod flows;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Component, Described, rings, settings};
use crate::diagnostic::Diagnostic;
use crate::environment::{Kind, Probe};
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

/// Survives a pause of (6 - 1) x 30 s + 5 s = 155 s, and finds a dead process after 6 x 30 s + 5 s = 185 s.
///
/// The chart's ten failures need 301 s, and give an answer one second.
const LIVENESS: Probe = Probe {
    initial_delay_seconds: None,
    period_seconds: Some(30),
    timeout_seconds: Some(5),
    failure_threshold: Some(6),
};

/// Takes a pod out after 3 x 10 s + 3 s = 33 s, before liveness may restart it.
const READINESS: Probe = Probe {
    initial_delay_seconds: Some(15),
    period_seconds: Some(10),
    timeout_seconds: Some(3),
    failure_threshold: Some(3),
};

/// Gives a start 90 x 10 s = 900 s: a long write-ahead log is read back before anything else happens.
const STARTUP: Probe = Probe {
    initial_delay_seconds: None,
    period_seconds: Some(10),
    timeout_seconds: Some(5),
    failure_threshold: Some(90),
};

/// The caches, by role.
const CACHES: [&str; 2] = ["chunks-cache", "results-cache"];

/// What memcached needs beside the items it holds: a sixth of the pod's memory.
///
/// Source: the chart requests 1.2 times what it lets memcached allocate.
const CACHE_SHARE: (u64, u64) = (5, 6);

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let mut described = Described {
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
        "canary": {
            "enabled": settings.canary,
            "priority_class": scope.environment.priority_class_of(Kind::Collector),
        },
        "probes": probes(scope, ring, monolithic),
    })
}

/// Returns the probes that all pods share, and by role those that one has for itself.
fn probes(scope: &Scope<'_>, ring: &str, monolithic: bool) -> Value {
    let mut probes = serde_json::Map::new();
    for role in scope.release.roles.values() {
        let startup = match &role.startup {
            None if role.name != ring => None,
            set => Some(set.clone().unwrap_or_default().or(&STARTUP)),
        };
        let own = json!({
            "liveness": role.liveness.clone().map(|probe| probe.or(&LIVENESS)),
            "readiness": role.readiness.clone().map(|probe| probe.or(&READINESS)),
            "startup": startup,
        });
        probes.insert(role.name.replace('-', "_"), own);
    }
    let only = scope.role(ring).filter(|_| monolithic);
    let shared = |own: Option<Probe>, usual: &Probe| json!(own.unwrap_or_default().or(usual));
    probes.insert(
        "liveness".to_owned(),
        shared(only.and_then(|role| role.liveness.clone()), &LIVENESS),
    );
    probes.insert(
        "readiness".to_owned(),
        shared(only.and_then(|role| role.readiness.clone()), &READINESS),
    );
    probes.insert(
        "startup".to_owned(),
        shared(only.and_then(|role| role.startup.clone()), &STARTUP),
    );
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
