//! Alloy: the agent on every node, which takes telemetry in and sends it on.

mod flows;
mod http;
mod logs;
mod profiles;
mod queue;
mod remote_write;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Callers, Component, Described, Door};
use crate::diagnostic::Diagnostic;
use crate::units::{Duration, Memory, Storage};

pub(super) use flows::by_text;
pub use logs::{Logs, LogsWrite, Stage};
pub use profiles::Profiles;
pub use queue::QueueConfig;
pub use remote_write::Destination;

pub(super) const COMPONENT: Component = Component {
    id: "alloy",
    settings: SchemaGenerator::subschema_for::<AlloySettings>,
    variant: |_| None,
    derive,
    describe,
};

/// What only Alloy has.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AlloySettings {
    /// The ports for traces and metrics.
    pub otlp: Otlp,
    /// When the agent refuses data rather than run out of memory.
    pub memory_limiter: MemoryLimiter,
    /// How traces and metrics are put together before they are sent.
    pub batch: Batch,
    /// Where metrics go. Default: this environment's Mimir alone. An empty list: nowhere.
    pub remote_write: Option<Vec<Destination>>,
    /// The log on disk that metrics wait in until they are sent.
    pub wal: Wal,
    /// What is done with the output of pods.
    pub logs: Logs,
    /// The port for profiles.
    pub profiles: Profiles,
}

/// The ports for traces and metrics.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Otlp {
    /// The port for OTLP over gRPC. Default: 4317.
    #[schemars(range(min = 1024, max = 65535))]
    pub grpc_port: u16,
    /// The port for OTLP over HTTP. Default: 4318.
    #[schemars(range(min = 1024, max = 65535))]
    pub http_port: u16,
    /// Whether both are also ports of the node, for senders that know its address and not the Service. Default: no.
    pub host_ports: bool,
}

impl Default for Otlp {
    fn default() -> Self {
        // Source: OTLP specification, default ports.
        Self {
            grpc_port: 4317,
            http_port: 4318,
            host_ports: false,
        }
    }
}

/// When the agent refuses data rather than run out of memory.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MemoryLimiter {
    /// How often memory is looked at. Default: 1s.
    pub check_interval: Duration,
    /// The share of the memory limit above which data is refused and memory collected, in percent. Default: 75.
    #[schemars(range(min = 1, max = 100))]
    pub limit_percentage: u8,
    /// How far below that share refusing begins, in percent of the memory limit. Default: 20.
    #[schemars(range(min = 1, max = 99))]
    pub spike_limit_percentage: u8,
}

impl Default for MemoryLimiter {
    fn default() -> Self {
        // The interval and the distance are the component's own advice. The limit lies below `GO_MEMORY_SHARE`,
        // so that data is refused before the collector works all the time.
        Self {
            check_interval: Duration::from_millis(1000),
            limit_percentage: 75,
            spike_limit_percentage: 20,
        }
    }
}

/// How traces and metrics are put together before they are sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Batch {
    /// How long a batch waits for more. Default: 200ms.
    pub timeout: Duration,
    /// How many spans or points send a batch at once. Default: 2000.
    #[schemars(range(min = 1))]
    pub send_batch_size: u32,
    /// The most spans or points in a batch; 0 for no limit. Default: 3000.
    pub send_batch_max_size: u32,
}

impl Default for Batch {
    fn default() -> Self {
        // Source: the defaults of `otelcol.processor.batch`, Alloy 1.18.
        Self {
            timeout: Duration::from_millis(200),
            send_batch_size: 2000,
            send_batch_max_size: 3000,
        }
    }
}

/// The log on disk that metrics wait in until they are sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Wal {
    /// The most disk of the node that the agent may fill; beyond it the kubelet evicts the pod. Default: 2Gi.
    pub size_limit: Storage,
}

impl Default for Wal {
    fn default() -> Self {
        // Two hours of 100,000 series every 15 s at some 16 bytes a sample, and as much again.
        Self {
            size_limit: Storage::from_bytes(2 << 30),
        }
    }
}

/// The port of the agent's own page and metrics, which is the chart's default.
const OWN_PORT: u16 = 12345;

/// Where the agent says whether it works.
const READY: &str = "/-/ready";

/// The share of the memory limit, in percent, that the Go runtime shall keep below.
const GO_MEMORY_SHARE: u64 = 85;

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let mut described = Described::default();
    flows::describe(scope, &mut described);
    if !described.flows.is_empty() {
        described.doors.extend(doors(scope));
    }
    described
}

/// Returns where applications hand in their telemetry.
fn doors(scope: &Scope<'_>) -> Vec<Door> {
    let settings: AlloySettings = scope.settings(&mut Vec::new());
    let otlp = &settings.otlp;
    let door = |name: &str, port| Door {
        role: "alloy".to_owned(),
        name: format!("OTLP over {name} from pods of any namespace"),
        port,
        // Through a port of the node a pod comes with the node's address, which no label finds.
        callers: if otlp.host_ports {
            Callers::Anyone
        } else {
            Callers::Pods
        },
    };
    let mut doors = vec![door("gRPC", otlp.grpc_port), door("HTTP", otlp.http_port)];
    if profiles::destination(scope, &settings.profiles).is_some() {
        doors.push(Door {
            role: "alloy".to_owned(),
            name: "profiles from pods of any namespace".to_owned(),
            port: settings.profiles.port,
            callers: Callers::Pods,
        });
    }
    doors
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: AlloySettings = scope.settings(found);
    check(scope, &settings, found);
    let tenant = &scope.environment.tenant;
    let remote_write = remote_write::derive(scope, settings.remote_write.as_deref(), found);
    let traces = scope.links.endpoint("tempo", "otlp-grpc").map(|tempo| {
        json!({
            "address": tempo.address(),
            "headers": {"X-Scope-OrgID": tenant},
        })
    });
    let logs = logs::derive(scope, &settings.logs, found);
    let profiles = profiles::derive(scope, &settings, found);
    if traces.is_none()
        && remote_write.destinations.is_empty()
        && logs.is_none()
        && profiles.is_none()
        && found.is_empty()
    {
        found.push(
            Diagnostic::warning("environment/missing-component", "Alloy has nobody to send anything to")
                .at(&scope.location("settings"))
                .why("the environment runs none of `tempo`, `mimir`, `loki` and `pyroscope`, and no destination is named")
                .help("add a backend to the components, or name a destination under `settings.remoteWrite`"),
        );
    }
    let memory = scope
        .role("alloy")
        .and_then(|role| role.resources.limits.memory);
    let otlp = &settings.otlp;
    json!({
        "otlp": {
            "receives": traces.is_some() || !remote_write.destinations.is_empty(),
            "grpc": {"port": otlp.grpc_port, "endpoint": format!("0.0.0.0:{}", otlp.grpc_port)},
            "http": {"port": otlp.http_port, "endpoint": format!("0.0.0.0:{}", otlp.http_port)},
            "host_ports": otlp.host_ports,
        },
        "memory_limiter": {
            "check_interval": settings.memory_limiter.check_interval.to_go(),
            "limit_percentage": settings.memory_limiter.limit_percentage,
            "spike_limit_percentage": settings.memory_limiter.spike_limit_percentage,
        },
        "batch": {
            "timeout": settings.batch.timeout.to_go(),
            "send_batch_size": settings.batch.send_batch_size,
            "send_batch_max_size": settings.batch.send_batch_max_size,
        },
        "traces": traces,
        "remote_write": remote_write.destinations,
        "wal": {
            "size_limit": settings.wal.size_limit,
            "max_keepalive": remote_write.keepalive.to_go(),
        },
        "logs": logs,
        "profiles": profiles,
        "only_namespace": only_namespace(scope, &settings.logs),
        "volumes": remote_write.volumes,
        "mounts": remote_write.mounts,
        "go_memory_limit": memory.and_then(go_memory_limit),
        "liveness": liveness(scope),
    })
}

/// Returns the one namespace that the agent looks at; none where it reads others too.
///
/// For one namespace a Role is enough. The chart's ClusterRole goes by the release's full name, which two
/// environments of one cluster may well share, and Helm then refuses the second.
fn only_namespace<'a>(scope: &'a Scope<'_>, logs: &Logs) -> Option<&'a str> {
    let own = scope.environment.namespace.as_str();
    logs.namespaces
        .iter()
        .all(|namespace| namespace == own)
        .then_some(own)
}

/// Returns what the Go runtime is told of a memory limit, in its own spelling.
fn go_memory_limit(memory: Memory) -> Option<String> {
    let mebibytes = (memory.bytes() / 100 * GO_MEMORY_SHARE) >> 20;
    (mebibytes > 0).then(|| format!("{mebibytes}MiB"))
}

/// Returns the whole liveness probe where the environment sets numbers; the chart has none of its own.
fn liveness(scope: &Scope<'_>) -> Option<Value> {
    let numbers = scope.role("alloy")?.liveness.as_ref()?;
    let mut probe = json!({"httpGet": {"path": READY, "port": "http-metrics"}});
    if let (Some(probe), Ok(Value::Object(numbers))) =
        (probe.as_object_mut(), serde_json::to_value(numbers))
    {
        probe.extend(numbers);
    }
    Some(probe)
}

/// Reports settings that each are fine and do not go together.
fn check(scope: &Scope<'_>, settings: &AlloySettings, found: &mut Vec<Diagnostic>) {
    let otlp = &settings.otlp;
    if otlp.grpc_port == otlp.http_port {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("gRPC and HTTP share port {}", otlp.grpc_port),
            )
            .at(&scope.location("settings.otlp.httpPort"))
            .why("only one of the two can listen")
            .help("give one of them another port; the usual ones are 4317 and 4318"),
        );
    }
    for (key, port) in [("grpcPort", otlp.grpc_port), ("httpPort", otlp.http_port)] {
        if port == OWN_PORT {
            found.push(
                Diagnostic::error("environment/bad-value", format!("port {port} is taken"))
                    .at(&scope.location(&format!("settings.otlp.{key}")))
                    .why("Alloy serves its own page and metrics there")
                    .help("choose another port; the usual ones are 4317 and 4318"),
            );
        }
    }
    let limiter = &settings.memory_limiter;
    if limiter.spike_limit_percentage >= limiter.limit_percentage {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!(
                    "`spikeLimitPercentage` {} leaves nothing of `limitPercentage` {}",
                    limiter.spike_limit_percentage, limiter.limit_percentage
                ),
            )
            .at(&scope.location("settings.memoryLimiter.spikeLimitPercentage"))
            .why("refusing begins at the difference of the two, which would be zero")
            .help("set `spikeLimitPercentage` to about a quarter of `limitPercentage`"),
        );
    }
    if limiter.check_interval == Duration::ZERO {
        found.push(
            Diagnostic::error("environment/bad-value", "`checkInterval` is zero")
                .at(&scope.location("settings.memoryLimiter.checkInterval"))
                .why("Alloy refuses a memory limiter that never looks")
                .help("set `checkInterval: 1s`"),
        );
    }
    let batch = &settings.batch;
    if batch.send_batch_max_size > 0 && batch.send_batch_max_size < batch.send_batch_size {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!(
                    "`sendBatchMaxSize` {} is below `sendBatchSize` {}",
                    batch.send_batch_max_size, batch.send_batch_size
                ),
            )
            .at(&scope.location("settings.batch.sendBatchMaxSize"))
            .why("Alloy refuses to load such a batch")
            .help("raise `sendBatchMaxSize`, lower `sendBatchSize`, or set `sendBatchMaxSize: 0` for no limit"),
        );
    }
    let Some(role) = scope.role("alloy") else {
        return;
    };
    if role.resources.limits.memory.is_none() {
        found.push(
            Diagnostic::warning("environment/bad-value", "the agent has no memory limit")
                .at(&scope.location("roles.alloy.resources"))
                .why("the memory limiter takes its percentages of the limit; without one, of the whole node's memory")
                .help("set `limits.memory`, such as `1Gi`"),
        );
    }
}

/// Returns whether a text can be the name of a label, and so of a value that was read from a line.
///
/// Alloy takes the keys of its objects as they stand between the quotes, escapes and all, so a key that
/// needs an escape cannot be written; and Loki and Mimir take no other label names.
fn is_label_name(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| {
        byte.is_ascii_alphabetic() || byte == b'_' || (at > 0 && byte.is_ascii_digit())
    }) && !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_table_states_what_is_derived() {
        let manifest = crate::catalog::Catalog::bundled()
            .manifest("alloy")
            .unwrap();
        let pod = &manifest.variants["daemonset"].roles["alloy"].pod;
        assert_eq!(pod.go_memory_percent.map(u64::from), Some(GO_MEMORY_SHARE));
        let liveness = pod.liveness.as_ref().unwrap();
        assert!(liveness.on_request);
        assert_eq!(liveness.path.as_deref(), Some(READY));
    }
}
