//! s3proxy: encrypts what backends write, on its way to the object store.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Call, Component, Described};
use crate::diagnostic::Diagnostic;

pub(super) const COMPONENT: Component = Component {
    id: "s3proxy",
    settings: SchemaGenerator::subschema_for::<S3proxySettings>,
    variant: |_| None,
    derive,
    describe,
};

/// What only s3proxy has. Backends talk to it where `objectStore.endpoint` names it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct S3proxySettings {
    /// The store behind it. Default: the SeaweedFS that this environment runs, else `objectStore`, unless that names the
    /// proxy itself.
    pub upstream: Option<Upstream>,
    /// The Secret with the access key and the key that everything is encrypted with.
    pub credentials: ProxyCredentials,
    /// Where several pods keep what they must know of each other's uploads; one pod keeps it in memory.
    pub redis: Option<Redis>,
    /// How much it logs. Default: INFO.
    pub log_level: LogLevel,
}

/// The store behind the proxy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Upstream {
    /// Host and port of its S3 interface, without scheme or bucket.
    #[schemars(length(min = 1))]
    pub endpoint: String,
    /// Whether it speaks TLS. Default: no.
    #[serde(default)]
    pub tls: bool,
}

/// The Secret with the proxy's keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProxyCredentials {
    /// The Secret's name. Default: that of `objectStore.credentials`.
    pub secret_name: Option<String>,
    /// The key in it that holds the access key id. Default: that of `objectStore.credentials`.
    pub access_key_id_key: Option<String>,
    /// The key in it that holds the secret access key. Default: that of `objectStore.credentials`.
    pub secret_access_key_key: Option<String>,
    /// The key in it that holds what everything is encrypted with. Default: encrypt-key.
    pub encrypt_key_key: String,
}

impl Default for ProxyCredentials {
    fn default() -> Self {
        Self {
            secret_name: None,
            access_key_id_key: None,
            secret_access_key_key: None,
            encrypt_key_key: "encrypt-key".to_owned(),
        }
    }
}

/// A Redis that is run elsewhere; the chart's own starts six more containers, most of them without requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Redis {
    /// Its address, such as `redis://redis.team.svc:6379/0`, without a password.
    #[schemars(regex(pattern = "^rediss?://[^@]+$"))]
    pub url: String,
    /// The Secret that holds its password under `redis-password`. Default: it asks for none.
    #[serde(default)]
    pub secret_name: Option<String>,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// Every request.
    Debug,
    /// What is worth knowing.
    #[default]
    Info,
    /// What may be wrong.
    Warning,
    /// What failed.
    Error,
}

impl LogLevel {
    const fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let settings: S3proxySettings = scope.settings(&mut Vec::new());
    let upstream = upstream(scope, &settings, &mut Vec::new());
    let mut calls = vec![Call::of_all_pods("the object store", &upstream)];
    if let Some(redis) = &settings.redis {
        calls.push(Call::of_all_pods("Redis", redis_address(&redis.url)));
    }
    Described {
        calls: calls
            .into_iter()
            .filter(|call| !call.address.is_empty())
            .collect(),
        ..Described::default()
    }
}

/// Returns `host:port` of a Redis' URL, which names a database behind it.
fn redis_address(url: &str) -> &str {
    let bare = url.split_once("://").map_or(url, |(_, bare)| bare);
    bare.split('/').next().unwrap_or_default()
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: S3proxySettings = scope.settings(found);
    let upstream = upstream(scope, &settings, found);
    if settings.redis.is_none() && scope.replicas("s3proxy") > 1 {
        found.push(
            Diagnostic::error(
                "environment/missing-key",
                format!(
                    "{} pods of s3proxy know nothing of each other's uploads",
                    scope.replicas("s3proxy")
                ),
            )
            .at(&scope.key_location("settings.redis"))
            .why("parts of one upload reach several pods, and without a Redis each keeps what it knows in its own memory")
            .help("add `settings.redis.url`, or run one pod: `roles.s3proxy.replicas: 1`"),
        );
    }
    let store = scope.environment.model.object_store.as_ref();
    let said = &settings.credentials;
    let known = store.map(|store| &store.credentials);
    let or = |own: &Option<String>, other: Option<&String>| {
        own.as_ref().or(other).cloned().unwrap_or_default()
    };
    if said.secret_name.is_none() && known.is_none() {
        found.push(
            Diagnostic::error("environment/missing-key", "s3proxy has no Secret to take its keys from")
                .at(&scope.key_location("settings.credentials"))
                .why("without one the chart writes keys of its own into a Secret, in clear text and empty")
                .help("add `settings.credentials.secretName`, or `objectStore.credentials`"),
        );
    }
    json!({
        "upstream": upstream,
        "region": store.map_or("us-east-1", |store| store.region.as_str()),
        "secret": {
            "name": or(&said.secret_name, known.map(|known| &known.secret_name)),
            "access_key_id": or(&said.access_key_id_key, known.map(|known| &known.access_key_id_key)),
            "secret_access_key": or(&said.secret_access_key_key, known.map(|known| &known.secret_access_key_key)),
            "encrypt_key": said.encrypt_key_key,
        },
        "redis": settings.redis.as_ref().map(|redis| json!({"url": redis.url, "secret": redis.secret_name})),
        "log_level": settings.log_level.name(),
    })
}

/// Returns the URL of the store behind the proxy.
fn upstream(scope: &Scope<'_>, settings: &S3proxySettings, found: &mut Vec<Diagnostic>) -> String {
    let own = scope.links.endpoint("s3proxy", "s3");
    let is_own = |address: &str| own.is_some_and(|own| own.is_named(address));
    if let Some(upstream) = &settings.upstream {
        if is_own(&upstream.endpoint) {
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    "s3proxy would send everything to itself",
                )
                .at(&scope.location("settings.upstream.endpoint"))
                .why("the address is that of its own Service")
                .help("name the store behind it"),
            );
        }
        let scheme = if upstream.tls { "https" } else { "http" };
        return format!("{scheme}://{}", upstream.endpoint);
    }
    if let Some(store) = scope.links.endpoint("seaweedfs", "s3") {
        return store.url();
    }
    match &scope.environment.model.object_store {
        Some(store) if !is_own(&store.endpoint) => {
            let scheme = if store.tls { "https" } else { "http" };
            format!("{scheme}://{}", store.endpoint)
        }
        _ => {
            found.push(
                Diagnostic::error("environment/missing-key", "s3proxy has no store behind it")
                    .at(&scope.key_location("settings.upstream"))
                    .why("`objectStore.endpoint` is the proxy itself, or there is none, and this environment runs no SeaweedFS")
                    .help("add `settings.upstream.endpoint: <host>:<port>`"),
            );
            String::new()
        }
    }
}
