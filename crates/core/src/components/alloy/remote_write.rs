//! Where metrics go: destinations, each with its queue and its secrets.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

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
    fn mimir() -> Self {
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

/// How samples wait for their turn. There is one queue for each destination and agent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct QueueConfig {
    /// How many samples each shard holds. Default: 10000.
    #[schemars(range(min = 1))]
    pub capacity: u32,
    /// The most shards, which is also the most connections. Default: 10.
    #[schemars(range(min = 1))]
    pub max_shards: u32,
    /// The fewest shards. Default: 1.
    #[schemars(range(min = 1))]
    pub min_shards: u32,
    /// The most samples in one push. Default: 2000.
    #[schemars(range(min = 1))]
    pub max_samples_per_send: u32,
    /// How long a sample waits for a push to fill. Default: 5s.
    pub batch_send_deadline: Duration,
    /// The pause after the first failed push; it doubles with each further one. Default: 30ms.
    pub min_backoff: Duration,
    /// The longest pause. Default: 5m.
    pub max_backoff: Duration,
    /// Whether a push that was refused for its rate is tried again. Default: yes.
    pub retry_on_http_429: bool,
    /// The age from which samples are dropped instead of sent; 0s for none. Default: 30m.
    pub sample_age_limit: Duration,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            // Alloy's own, 1.18: five pushes for each shard.
            capacity: 10_000,
            // Alloy's own is 50, which lets a fleet flood one receiver after an outage; 3 was too few to drain.
            max_shards: 10,
            min_shards: 1,
            max_samples_per_send: 2_000,
            batch_send_deadline: Duration::from_millis(5_000),
            min_backoff: Duration::from_millis(30),
            // A receiver that comes back shall not meet every sender every five seconds, Alloy's own number.
            max_backoff: Duration::from_millis(5 * 60_000),
            retry_on_http_429: true,
            // Six of the longest pauses: a shard that just began to wait has time left to send what it holds.
            sample_age_limit: Duration::from_millis(30 * 60_000),
        }
    }
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

/// `max_keepalive_time` of the write-ahead log by default, Alloy 1.18.
const LONGEST_KEEPALIVE: Duration = Duration::from_millis(8 * 3_600_000);

/// Above `min_keepalive_time`, 5m by default; Alloy refuses a longest time that is no longer than the shortest.
const SHORTEST_KEEPALIVE: Duration = Duration::from_millis(10 * 60_000);

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
        keepalive: keepalive(destinations),
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
                .filter(|(name, _)| is_header_name(name)),
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

/// Returns how long unsent samples are worth their disk: until every destination would drop them for their age.
fn keepalive(destinations: &[Destination]) -> Duration {
    let ages = || {
        destinations
            .iter()
            .map(|destination| destination.queue_config.sample_age_limit)
    };
    if ages().any(|age| age == Duration::ZERO) {
        return LONGEST_KEEPALIVE;
    }
    ages()
        .max()
        .unwrap_or(SHORTEST_KEEPALIVE)
        .max(SHORTEST_KEEPALIVE)
}

/// One destination's place in the environment file.
struct Place<'a> {
    scope: &'a Scope<'a>,
    index: usize,
}

impl Place<'_> {
    fn of(&self, path: &str) -> crate::source::Location {
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
    if let Some(why) = destination.url.as_deref().and_then(url_problem) {
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
        && !is_header_value(tenant)
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
        } else if RESERVED_HEADERS
            .iter()
            .any(|reserved| header.eq_ignore_ascii_case(reserved))
        {
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("header `{header}` is not yours to set"),
                )
                .at(&place.of(&path))
                .why("the push protocol sets it itself")
                .help("remove the header"),
            );
        } else if !is_header_name(header) || !is_header_value(value) {
            found.push(bad_header(place, &path, &format!("header `{header}`")));
        }
    }
    check_queue(place, destination, found);
}

fn check_queue(place: &Place<'_>, destination: &Destination, found: &mut Vec<Diagnostic>) {
    let name = &destination.name;
    let queue = &destination.queue_config;
    let mut wrong = |key: &str, message: String, why: &str, help: String| {
        found.push(
            Diagnostic::error("environment/bad-value", message)
                .at(&place.of(&format!("queueConfig.{key}")))
                .why(why)
                .help(help),
        );
    };
    if queue.min_shards > queue.max_shards {
        wrong(
            "minShards",
            format!(
                "`minShards` {} is above `maxShards` {} for `{name}`",
                queue.min_shards, queue.max_shards
            ),
            "Alloy does not check it, and the queue would never run as told",
            format!(
                "set `minShards` to {} or less, or raise `maxShards`",
                queue.max_shards
            ),
        );
    }
    if queue.min_backoff > queue.max_backoff {
        wrong(
            "minBackoff",
            format!(
                "`minBackoff` {} is above `maxBackoff` {} for `{name}`",
                queue.min_backoff, queue.max_backoff
            ),
            "the pause begins at the one and ends at the other",
            format!(
                "set `minBackoff` to {} or less, or raise `maxBackoff`",
                queue.max_backoff
            ),
        );
    }
    if queue.min_backoff == Duration::ZERO {
        wrong(
            "minBackoff",
            format!("`minBackoff` is zero for `{name}`"),
            "the pause doubles from there, so a failed push would be tried again without any",
            "set `minBackoff: 30ms`".to_owned(),
        );
    }
    if queue.capacity < queue.max_samples_per_send {
        wrong(
            "capacity",
            format!(
                "`capacity` {} is below `maxSamplesPerSend` {} for `{name}`",
                queue.capacity, queue.max_samples_per_send
            ),
            "a shard would never hold enough for a full push",
            format!(
                "set `capacity` to {} or more: 3 to 10 pushes",
                u64::from(queue.max_samples_per_send) * 3
            ),
        );
    }
    if queue.sample_age_limit > Duration::ZERO && queue.max_backoff >= queue.sample_age_limit {
        found.push(
            Diagnostic::error(
                "remote-write/backoff-outlives-samples",
                format!(
                    "`maxBackoff` {} is not below `sampleAgeLimit` {} for `{name}`",
                    queue.max_backoff, queue.sample_age_limit
                ),
            )
            .at(&place.of("queueConfig.maxBackoff"))
            .why("a shard may sleep past the limit, and then drops what it held although the receiver is back")
            .help("let `sampleAgeLimit` be at least five times `maxBackoff`, such as 30m and 5m"),
        );
    }
}

fn bad_header(place: &Place<'_>, path: &str, what: &str) -> Diagnostic {
    Diagnostic::error("environment/bad-value", format!("{what} cannot be sent"))
        .at(&place.of(path))
        .why("HTTP takes letters, digits and hyphens in names, and no control characters in values")
        .help("remove what does not belong there, such as a line break")
}

/// Headers that the push protocol or HTTP itself sets.
///
/// Source: the list that Prometheus refuses in `remote_write.headers`.
const RESERVED_HEADERS: [&str; 14] = [
    "Accept-Encoding",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Host",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Transfer-Encoding",
    "User-Agent",
    "WWW-Authenticate",
    "X-Prometheus-Remote-Read-Version",
    "X-Prometheus-Remote-Write-Version",
];

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

/// Follows RFC 9110, section 5.6.2, in a narrow form: no sign but the hyphen and `_`.
fn is_header_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_header_value(text: &str) -> bool {
    !text.is_empty()
        && !text
            .bytes()
            .any(|byte| byte.is_ascii_control() && byte != b'\t')
}

/// Returns what is wrong with a push URL.
fn url_problem(url: &str) -> Option<&'static str> {
    let Some(rest) = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))
    else {
        return Some("it begins neither with `http://` nor with `https://`");
    };
    if url.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Some("it holds white space or a control character");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some(
            "a user and a password never stand in an address; use `basicAuth`, with the password in a Secret",
        );
    }
    let (host, port) = match authority
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        // An IPv6 address stands in brackets, since it holds colons itself.
        Some((host, after)) => (host, after.strip_prefix(':')),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return Some("it names no host");
    }
    if port.is_some_and(|port| !matches!(port.parse::<u16>(), Ok(1..))) {
        return Some("what follows the host's colon is not a port from 1 to 65535");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_urls_have_a_scheme_a_host_and_no_user() {
        for fine in [
            "http://mimir-gateway.obs.svc.cluster.local/api/v1/push",
            "https://mimir.example.org:8443/api/v1/push?a=b@c",
            "https://[2001:db8::1]:9009/api/v1/push",
        ] {
            assert_eq!(url_problem(fine), None, "{fine}");
        }
        for wrong in [
            "mimir:9009/api/v1/push",
            "http:///api/v1/push",
            "https://:443/push",
            "https://user:word@mimir/push",
            "https://user@mimir/push",
            "https://mimir:http/push",
            "https://mimir:0/push",
            "https://mi mir/push",
            "ftp://mimir/push",
        ] {
            assert!(url_problem(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn names_fit_labels_folders_and_volumes() {
        for fine in ["mimir", "control_room", "a1_b2"] {
            assert!(is_name(fine), "{fine}");
        }
        for wrong in ["", "_a", "a_", "a__b", "1a", "Mimir", "control-room", "a.b"] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_log_on_disk_outlives_the_oldest_sample_that_is_still_sent() {
        let aged = |minutes: u64| Destination {
            queue_config: QueueConfig {
                sample_age_limit: Duration::from_millis(minutes * 60_000),
                ..QueueConfig::default()
            },
            ..Destination::mimir()
        };
        assert_eq!(keepalive(&[aged(30), aged(45)]).to_go(), "45m");
        assert_eq!(keepalive(&[aged(2)]).to_go(), "10m");
        assert_eq!(keepalive(&[aged(30), aged(0)]).to_go(), "8h");
        assert_eq!(keepalive(&[]).to_go(), "10m");
    }
}
