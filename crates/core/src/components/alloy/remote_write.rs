//! Where metrics go: destinations, each with its queue and its secrets.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::http;
use super::queue::{self, QueueConfig};
use crate::components::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::links::Endpoint;
use crate::units::Duration;

/// One place that metrics are sent to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Destination {
    /// A name for it: lower-case letters, digits and `_`, such as `control_room`. It labels the queue's metrics.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The whole URL of its push interface. Default: this environment's Mimir.
    #[serde(default)]
    pub url: Option<String>,
    /// The tenant (`X-Scope-OrgID`) to write as. Default: the environment's.
    #[serde(default)]
    pub tenant: Option<String>,
    /// Further headers, none of them secret.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// A user and a password, the password from a Secret.
    #[serde(default)]
    pub basic_auth: Option<BasicAuth>,
    /// A bearer token from a Secret.
    #[serde(default)]
    pub bearer_token_secret: Option<SecretKey>,
    /// The certificate authority that the destination's certificate is checked by, from a Secret. Default: the usual ones.
    #[serde(default)]
    pub ca_secret: Option<SecretKey>,
    /// Whether the destination belongs to no environment or to another one, such as a control room. Default: no.
    #[serde(default)]
    pub cross_env: bool,
    /// How long one push may take. Default: 30s.
    #[serde(default = "Destination::default_remote_timeout")]
    pub remote_timeout: Duration,
    /// Whether exemplars are sent, which lead from a metric to a trace. Default: yes.
    #[serde(default = "Destination::yes")]
    pub send_exemplars: bool,
    /// Whether native histograms are sent; the destination must take them. Default: no.
    #[serde(default)]
    pub send_native_histograms: bool,
    /// How samples wait for their turn.
    #[serde(default)]
    pub queue_config: QueueConfig,
}

impl Destination {
    /// The component's own default, Alloy 1.18.
    const fn default_remote_timeout() -> Duration {
        Duration::from_millis(30_000)
    }

    const fn yes() -> bool {
        true
    }

    /// The one that stands where the environment names none.
    pub(super) fn mimir() -> Self {
        Self {
            name: "mimir".to_owned(),
            url: None,
            tenant: None,
            headers: IndexMap::new(),
            basic_auth: None,
            bearer_token_secret: None,
            ca_secret: None,
            cross_env: false,
            remote_timeout: Self::default_remote_timeout(),
            send_exemplars: true,
            send_native_histograms: false,
            queue_config: QueueConfig::default(),
        }
    }
}

/// A user and a password.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BasicAuth {
    /// The user.
    pub username: String,
    /// Where the password is.
    pub password_secret: SecretKey,
}

/// One key of a Secret in the environment's namespace. The agent reads it as a file, anew for each push.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKey {
    /// The Secret's name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The key in the Secret.
    #[schemars(length(min = 1))]
    pub key: String,
}

/// What templates place of all destinations.
pub(super) struct RemoteWrite {
    /// The destinations in the environment's order.
    pub(super) destinations: Vec<Value>,
    /// One volume for each destination that has secrets.
    pub(super) volumes: Vec<Value>,
    /// Where the volumes are mounted.
    pub(super) mounts: Vec<Value>,
    /// How long the write-ahead log keeps what was not sent.
    pub(super) keepalive: Duration,
}

/// Where secrets are mounted. Not below `/etc/alloy`, which is itself a mount of the chart's.
const SECRETS: &str = "/etc/alloy-secrets";

pub(super) fn derive(
    scope: &Scope<'_>,
    destinations: Option<&[Destination]>,
    found: &mut Vec<Diagnostic>,
) -> RemoteWrite {
    let usual = [Destination::mimir()];
    let destinations = destinations.unwrap_or(&usual);
    let mimir = scope.links.endpoint("mimir", "push").map(Endpoint::url);
    let mut names: IndexMap<&str, usize> = IndexMap::new();
    let mut derived = RemoteWrite {
        destinations: Vec::new(),
        volumes: Vec::new(),
        mounts: Vec::new(),
        keepalive: queue::keepalive(
            destinations
                .iter()
                .map(|destination| &destination.queue_config),
        ),
    };
    for (index, destination) in destinations.iter().enumerate() {
        let place = Place { scope, index };
        if let Some(first) = names.insert(&destination.name, index) {
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("two destinations are called `{}`", destination.name),
                )
                .at(&place.of("name"))
                .label(
                    &Place {
                        scope,
                        index: first,
                    }
                    .of("name"),
                    "the other one",
                )
                .why("their queues could not be told apart, in metrics and on disk")
                .help("give one of them another name"),
            );
        }
        check(&place, destination, found);
        let Some(url) = destination.url.as_ref().or(mimir.as_ref()) else {
            found.push(no_mimir(&place));
            continue;
        };
        let folder = format!("{SECRETS}/{}", destination.name);
        let secrets = secrets(destination);
        if !secrets.is_empty() {
            let volume = format!("remote-write-{}", destination.name.replace('_', "-"));
            derived
                .mounts
                .push(json!({"name": volume, "mountPath": folder, "readOnly": true}));
            derived.volumes.push(json!({
                "name": volume,
                "projected": {"sources": secrets.iter().map(|(file, secret)| json!({
                    "secret": {"name": secret.name, "items": [{"key": secret.key, "path": file}]},
                })).collect::<Vec<_>>()},
            }));
        }
        let file =
            |name: &str, secret: Option<&SecretKey>| secret.map(|_| format!("{folder}/{name}"));
        let tenant = destination
            .tenant
            .as_ref()
            .unwrap_or(&scope.environment.tenant);
        let mut headers = IndexMap::from([("X-Scope-OrgID", tenant)]);
        headers.extend(
            destination
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                // The others were reported, and cannot all be written.
                .filter(|(name, _)| http::is_header_name(name)),
        );
        let queue = &destination.queue_config;
        derived.destinations.push(json!({
            "name": destination.name,
            "url": url,
            "headers": headers,
            "remote_timeout": destination.remote_timeout.to_go(),
            "send_exemplars": destination.send_exemplars,
            "send_native_histograms": destination.send_native_histograms,
            "basic_auth": destination.basic_auth.as_ref().map(|auth| json!({
                "username": auth.username,
                "password_file": format!("{folder}/{PASSWORD}"),
            })),
            "bearer_token_file": file(TOKEN, destination.bearer_token_secret.as_ref()),
            "ca_file": file(CA, destination.ca_secret.as_ref()),
            "queue": {
                "capacity": queue.capacity,
                "max_shards": queue.max_shards,
                "min_shards": queue.min_shards,
                "max_samples_per_send": queue.max_samples_per_send,
                "batch_send_deadline": queue.batch_send_deadline.to_go(),
                "min_backoff": queue.min_backoff.to_go(),
                "max_backoff": queue.max_backoff.to_go(),
                "retry_on_http_429": queue.retry_on_http_429,
                "sample_age_limit": queue.sample_age_limit.to_go(),
            },
        }));
    }
    derived
}

/// Names of the files that secrets become.
const PASSWORD: &str = "password";
/// See [`PASSWORD`].
const TOKEN: &str = "token";
/// See [`PASSWORD`].
const CA: &str = "ca.crt";

fn secrets(destination: &Destination) -> Vec<(&'static str, &SecretKey)> {
    [
        (
            PASSWORD,
            destination
                .basic_auth
                .as_ref()
                .map(|auth| &auth.password_secret),
        ),
        (TOKEN, destination.bearer_token_secret.as_ref()),
        (CA, destination.ca_secret.as_ref()),
    ]
    .into_iter()
    .filter_map(|(file, secret)| Some((file, secret?)))
    .collect()
}

/// One destination's place in the environment file.
pub(super) struct Place<'a> {
    scope: &'a Scope<'a>,
    index: usize,
}

impl Place<'_> {
    pub(super) fn of(&self, path: &str) -> crate::source::Location {
        self.scope
            .location(&format!("settings.remoteWrite.{}.{path}", self.index))
    }
}

fn no_mimir(place: &Place<'_>) -> Diagnostic {
    Diagnostic::error("environment/missing-component", "Alloy has no Mimir to send metrics to")
        .at(&place.of("url"))
        .why("the environment does not run `mimir`, and metrics stay inside their environment unless it names another destination")
        .help("add `mimir` to the components, name a `url` under `settings.remoteWrite`, or set `settings.remoteWrite: []`")
}

fn check(place: &Place<'_>, destination: &Destination, found: &mut Vec<Diagnostic>) {
    let name = &destination.name;
    if !is_name(name) {
        found.push(
            Diagnostic::error("environment/invalid-name", format!("`{name}` cannot name a destination"))
                .at(&place.of("name"))
                .why("it becomes a label, a folder and part of a volume's name")
                .help("use up to 40 lower-case letters, digits and single `_` between them, beginning with a letter"),
        );
    }
    if let Some(why) = destination.url.as_deref().and_then(http::url_problem) {
        found.push(
            Diagnostic::error(
                "environment/invalid-endpoint",
                format!("the address of `{name}` is no push URL"),
            )
            .at(&place.of("url"))
            .why(why)
            .help("write the whole URL, such as `https://mimir.example.org/api/v1/push`"),
        );
    }
    if destination.basic_auth.is_some() && destination.bearer_token_secret.is_some() {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("`{name}` has two ways to sign in"),
            )
            .at(&place.of("bearerTokenSecret"))
            .why("Alloy takes at most one for each destination")
            .help("keep `basicAuth` or `bearerTokenSecret`"),
        );
    }
    if let Some(tenant) = destination.tenant.as_deref()
        && !http::is_header_value(tenant)
    {
        found.push(bad_header(place, "tenant", "the tenant"));
    }
    for (header, value) in &destination.headers {
        let path = format!("headers.{header}");
        if header.eq_ignore_ascii_case("X-Scope-OrgID") {
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    "the tenant's header is set by hand",
                )
                .at(&place.of(&path))
                .why("it is made from `tenant`, and would be there twice")
                .help("set `tenant` instead"),
            );
        } else if header.eq_ignore_ascii_case("Authorization") {
            found.push(
                Diagnostic::error(
                    "storage/inline-credential",
                    "a header holds a credential in clear text",
                )
                .at(&place.of(&path))
                .why("the agent's configuration is a ConfigMap, which many may read")
                .help(
                    "put it into a Secret, and name that under `basicAuth` or `bearerTokenSecret`",
                ),
            );
        } else if http::is_reserved(header) {
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("header `{header}` is not yours to set"),
                )
                .at(&place.of(&path))
                .why("the push protocol sets it itself")
                .help("remove the header"),
            );
        } else if !http::is_header_name(header) || !http::is_header_value(value) {
            found.push(bad_header(place, &path, &format!("header `{header}`")));
        }
    }
    queue::check(place, name, &destination.queue_config, found);
}

fn bad_header(place: &Place<'_>, path: &str, what: &str) -> Diagnostic {
    Diagnostic::error("environment/bad-value", format!("{what} cannot be sent"))
        .at(&place.of(path))
        .why("HTTP takes letters, digits and hyphens in names, and no control characters in values")
        .help("remove what does not belong there, such as a line break")
}

fn is_name(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.split('_').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_labels_folders_and_volumes() {
        for fine in ["mimir", "control_room", "a1_b2"] {
            assert!(is_name(fine), "{fine}");
        }
        for wrong in ["", "_a", "a_", "a__b", "1a", "Mimir", "control-room", "a.b"] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
