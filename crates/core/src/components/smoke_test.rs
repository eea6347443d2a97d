//! A Job that pushes one trace, one metric and one log line through the whole stack, and reads each back.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Component, Described, Flow, Reading, Signal};
use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::links::Endpoint;
use crate::units::Duration;

pub(super) const COMPONENT: Component = Component {
    id: "smoke-test",
    settings: SchemaGenerator::subschema_for::<SmokeTestSettings>,
    variant: |_| None,
    derive,
    describe,
};

/// How the push is made and waited for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SmokeTestSettings {
    /// How long all three may take to arrive. Default: 3m.
    pub timeout: Duration,
    /// The image, with a shell, curl, and its exact tag. Default: docker.io/curlimages/curl:8.20.0.
    pub image: String,
}

impl Default for SmokeTestSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_millis(3 * 60_000),
            image: "docker.io/curlimages/curl:8.20.0".to_owned(),
        }
    }
}

/// Between two tries, in seconds.
const PAUSE: u64 = 5;

/// How often Kubernetes starts the pod, the first time among them.
const TRIES: u64 = 2;

/// What may pass before a pod runs, in seconds: a place on a node, and the image.
const START: u64 = 120;

/// The longest time that a metric may take to arrive: a query sees samples of the last five minutes.
///
/// Source: Mimir 3.0 documentation, `querier.lookback-delta`.
const LONGEST: Duration = Duration::from_millis(4 * 60_000);

/// The shortest time that makes sense: agents find new pods, and send batches, within seconds.
const SHORTEST: Duration = Duration::from_millis(15_000);

/// One signal's way: what keeps it, and where it is asked.
struct Way {
    signal: Signal,
    backend: &'static str,
    /// The environment variable that says where.
    variable: &'static str,
    /// The endpoint that takes what agents send.
    takes: &'static str,
}

const WAYS: [Way; 3] = [
    Way {
        signal: Signal::Traces,
        backend: "tempo",
        variable: "TEMPO_URL",
        takes: "otlp-grpc",
    },
    Way {
        signal: Signal::Metrics,
        backend: "mimir",
        variable: "MIMIR_URL",
        takes: "push",
    },
    Way {
        signal: Signal::Logs,
        backend: "loki",
        variable: "LOKI_URL",
        takes: "push",
    },
];

/// Returns the ways that lead somewhere: the backend is run, and the agents send there.
fn ways<'a>(scope: &'a Scope<'_>) -> Vec<(&'static Way, &'a Endpoint)> {
    WAYS.iter()
        .filter_map(|way| Some((way, scope.links.endpoint(way.backend, "query")?)))
        .filter(|(way, _)| is_fed(scope, way))
        .collect()
}

/// Returns whether the agents send to a way's backend. What is not known of them is taken for yes.
fn is_fed(scope: &Scope<'_>, way: &Way) -> bool {
    let agents = scope
        .releases
        .iter()
        .zip(scope.others)
        .find(|(release, _)| release.component == "alloy");
    let Some((_, agents)) = agents else {
        return true;
    };
    // Without a flow and without a word on logs, somebody else made their configuration.
    if agents.flows.is_empty() && agents.logs.is_none() {
        return true;
    }
    let Some(takes) = scope.links.endpoint(way.backend, way.takes) else {
        return false;
    };
    agents.flows.iter().any(|flow| {
        let host = Address::read(&flow.address).host;
        flow.signal == way.signal && host == takes.host
    })
}

/// Returns whether the agents read the output of this pod.
fn is_read(scope: &Scope<'_>) -> bool {
    let alloy = scope.environment.model.components.get("alloy");
    let named = alloy
        .and_then(|section| section.settings.pointer("/logs/namespaces"))
        .and_then(Value::as_array)
        .filter(|namespaces| !namespaces.is_empty());
    match named {
        Some(namespaces) => namespaces
            .iter()
            .any(|namespace| namespace.as_str() == Some(&scope.release.namespace)),
        None => scope.release.namespace == scope.environment.namespace,
    }
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: SmokeTestSettings = scope.settings(found);
    let timeout = settings.timeout;
    if !(SHORTEST..=LONGEST).contains(&timeout) {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("a smoke test cannot wait {timeout}"),
            )
            .at(&scope.location("settings.timeout"))
            .why("agents take some seconds to send what they got, and after five minutes a query sees the metric no more")
            .help(format!("set `timeout` between {SHORTEST} and {LONGEST}")),
        );
    }
    let alloy = scope.links.endpoint("alloy", "otlp-http");
    let mut ways = ways(scope);
    let section = scope.environment.key_location("components.smoke-test");
    if alloy.is_none() {
        found.push(
            Diagnostic::error(
                "environment/missing-component",
                "the smoke test has no agent to push to",
            )
            .at(&section)
            .why("it pushes through Alloy, as every program does, and the environment does not run `alloy`")
            .help("add `alloy` to the components, or take `smoke-test` out"),
        );
    } else if ways.is_empty() {
        found.push(
            Diagnostic::error(
                "environment/missing-component",
                "the smoke test has nothing to read back",
            )
            .at(&section)
            .why("the environment runs neither `tempo`, `mimir` nor `loki`, or its agents send to none of them")
            .help("add a backend to the components, or take `smoke-test` out"),
        );
    }
    if !is_read(scope) && ways.iter().any(|(way, _)| way.signal == Signal::Logs) {
        ways.retain(|(way, _)| way.signal != Signal::Logs);
        found.push(
            Diagnostic::warning(
                "environment/bad-value",
                format!(
                    "the agents do not read the output of pods in `{}`",
                    scope.release.namespace
                ),
            )
            .at(&scope.location("namespace"))
            .why("so the smoke test leaves its log line out")
            .help("let it run in a namespace of `alloy`'s `settings.logs.namespaces`"),
        );
    }
    let signals: Vec<&str> = ways.iter().map(|(way, _)| way.signal.name()).collect();
    let backends: Vec<Value> = ways
        .iter()
        .map(|(way, query)| json!({"variable": way.variable, "url": query.url()}))
        .collect();
    let seconds = timeout.millis() / 1000;
    json!({
        "script": script(scope),
        "image": settings.image,
        "alloy": alloy.map(Endpoint::url).unwrap_or_default(),
        "signals": signals.join(" "),
        "backends": backends,
        // Environment variables are texts.
        "timeout": seconds.to_string(),
        "pause": PAUSE.to_string(),
        "deadline": (seconds + START).saturating_mul(TRIES),
    })
}

/// Returns the script, which is the same everywhere.
fn script(scope: &Scope<'_>) -> String {
    scope
        .catalog
        .texts_in("smoke-test")
        .find(|(name, _)| *name == "push-and-read.sh")
        .map(|(_, text)| text.to_owned())
        .unwrap_or_default()
}

fn describe(scope: &Scope<'_>) -> Described {
    let place = scope.environment.key_location("components.smoke-test");
    let mut described = Described::default();
    let from = scope.release.component.clone();
    let role = from.clone();
    let alloy = scope.links.endpoint("alloy", "otlp-http");
    for (way, query) in ways(scope) {
        // Log lines are read from the pod's output, and sent by nobody.
        if let Some(alloy) = alloy.filter(|_| way.signal != Signal::Logs) {
            described.flows.push(Flow {
                from: from.clone(),
                role: role.clone(),
                name: "alloy".to_owned(),
                signal: way.signal,
                address: alloy.url(),
                tenant: None,
                cross_env: false,
                queue: None,
                setting: None,
                place: place.clone(),
            });
        }
        described.reads.push(Reading {
            from: from.clone(),
            role: role.clone(),
            name: way.backend.to_owned(),
            signal: way.signal,
            environment: scope.environment.name.clone(),
            component: way.backend.to_owned(),
            namespace: namespace_of(scope, way.backend),
            address: query.url(),
            port: query.port,
            tenant: Some(scope.environment.tenant.clone()),
            place: place.clone(),
        });
    }
    described
}

/// Returns the namespace that a component runs in.
fn namespace_of(scope: &Scope<'_>, component: &str) -> String {
    scope
        .releases
        .iter()
        .find(|release| release.component == component)
        .map_or(&scope.environment.namespace, |release| &release.namespace)
        .clone()
}
