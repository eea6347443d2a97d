//! Pyroscope: profiles.

mod flows;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::scope::{ACCESS_KEY_VARIABLE, SECRET_KEY_VARIABLE, Scope};
use super::{Component, Described, rings, settings};
use crate::diagnostic::Diagnostic;
use crate::units::Duration;

pub(super) const COMPONENT: Component = Component {
    id: "pyroscope",
    settings: SchemaGenerator::subschema_for::<PyroscopeSettings>,
    variant: |_| None,
    derive,
    describe,
};

/// What only Pyroscope has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PyroscopeSettings {
    /// How long profiles are kept. Default: 7d.
    pub retention: Duration,
}

impl Default for PyroscopeSettings {
    fn default() -> Self {
        Self {
            retention: Duration::from_days(7),
        }
    }
}

/// How often the index looks for what is too old, where the chart says nothing of it: what it says elsewhere.
const CLEANUP: &str = "1m";

/// The argument by which members of the index know how many they are.
const EXPECTED_PEERS: &str = "metastore.raft.bootstrap-expect-peers";

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let mut described = Described {
        rings: rings::pyroscope(scope),
        ..Described::default()
    };
    flows::describe(scope, &mut described);
    described
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: PyroscopeSettings = scope.settings(found);
    let monolithic = scope.release.variant == "monolithic";
    if !monolithic {
        peers(scope, found);
    }
    let memory: Map<String, Value> = scope
        .release
        .roles
        .keys()
        .map(|role| {
            let limit = settings::go_memory_limit(scope, role);
            (role.replace('-', "_"), limit.into())
        })
        .collect();
    let mut env = scope.store_key();
    if monolithic && let Some(limit) = settings::go_memory_limit(scope, "pyroscope") {
        env.insert("GOMEMLIMIT".to_owned(), limit.into());
    }
    json!({
        "retention": settings.retention,
        "cleanup": monolithic.then_some(CLEANUP),
        "domain_suffix": format!(".{}", settings::rooted_domain(scope)),
        "bucket_lookup": bucket_lookup(scope),
        "ring_spread": settings::spread(scope),
        "env": env,
        "go_memory": memory,
    })
}

/// Returns how Pyroscope addresses buckets; it has words of its own for it.
fn bucket_lookup(scope: &Scope<'_>) -> &'static str {
    match &scope.environment.model.object_store {
        Some(store) if !store.uses_path_style() => "virtual-hosted-style",
        _ => "path-style",
    }
}

/// Reports overrides after which the index waits for members that never come, or starts with fewer than there are.
fn peers(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let replicas = scope.overridden_number("architecture.microservices.v2.metastore.replicaCount");
    let members = replicas.unwrap_or_else(|| scope.replicas("metastore"));
    let arguments = scope.overridden("architecture.microservices.v2.metastore.extraArgs");
    let said = arguments.and_then(|arguments| arguments.get(EXPECTED_PEERS));
    let expected = match said.map(|node| node.to_json()) {
        Some(said) => said.as_u64().or_else(|| said.as_str()?.parse().ok()),
        None => Some(u64::from(scope.replicas("metastore"))),
    };
    if expected == Some(u64::from(members)) {
        return;
    }
    let place = match (
        said,
        scope.overridden("architecture.microservices.v2.metastore.replicaCount"),
    ) {
        (Some(node), _) | (None, Some(node)) => node.location.clone(),
        (None, None) => scope.key_location("roles.metastore.replicas"),
    };
    found.push(
        Diagnostic::error(
            "environment/bad-value",
            format!("{members} members of the index expect {} of them", expected.map_or_else(|| "another number".to_owned(), |number| number.to_string())),
        )
        .at(&place)
        .why("they form their group once all that are expected are there: with more it never starts, with fewer it starts as two groups")
        .help(format!("set `roles.metastore.replicas` in place of the override; `{EXPECTED_PEERS}` follows")),
    );
}

impl Scope<'_> {
    /// Returns the environment variables that carry the object store's key, by name, for charts that take a map.
    fn store_key(&self) -> Map<String, Value> {
        let Some(store) = &self.environment.model.object_store else {
            return Map::new();
        };
        let credentials = &store.credentials;
        [
            (ACCESS_KEY_VARIABLE, &credentials.access_key_id_key),
            (SECRET_KEY_VARIABLE, &credentials.secret_access_key_key),
        ]
        .into_iter()
        .map(|(variable, key)| {
            let from = json!({"name": credentials.secret_name, "key": key});
            let value = json!({"valueFrom": {"secretKeyRef": from}});
            (variable.to_owned(), value)
        })
        .collect()
    }
}
