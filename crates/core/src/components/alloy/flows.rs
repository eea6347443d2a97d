//! What an agent sends: by its settings, or by the configuration that an override puts in their place.

use super::{AlloySettings, Destination, http, profiles};
use crate::alloy::{Block, Config, Expression, Value};
use crate::components::described::within;
use crate::components::overrides::Said;
use crate::components::scope::Scope;
use crate::components::{ConfigText, Described, Flow, Language, LogPaths, Queue, Signal};
use crate::source::Location;
use crate::units::Duration;

/// Adds flows, logs and texts.
pub(super) fn describe(scope: &Scope<'_>, described: &mut Described) {
    // The older name still wins over the newer one, because the chart merges it over.
    let content = scope.first_said(&["agent.configMap.content", "alloy.configMap.content"]);
    let elsewhere = matches!(
        scope.first_said(&["agent.configMap.create", "alloy.configMap.create"]),
        Said::Set(node) if node.value == crate::yaml::Value::Bool(false)
    );
    if elsewhere {
        // The configuration is made by somebody else, and nothing is known of it.
        return;
    }
    match content {
        Said::Nothing => by_settings(scope, described),
        // The chart's own configuration sends nothing.
        Said::Removed(_) => {}
        Said::Set(node) => {
            if let Some(text) = node.as_str() {
                by_text(text, &node.location, described);
                declared(scope, described);
            }
        }
    }
}

fn by_settings(scope: &Scope<'_>, described: &mut Described) {
    let settings: AlloySettings = scope.settings(&mut Vec::new());
    let flow = |name: &str, signal: Signal, address: String, place: Location| Flow {
        from: scope.release.component.to_owned(),
        role: "alloy".to_owned(),
        name: name.to_owned(),
        signal,
        address,
        tenant: Some(scope.environment.tenant.clone()),
        cross_env: false,
        queue: None,
        setting: None,
        place,
    };
    let usual = [Destination::mimir()];
    let mimir = scope.links.endpoint("mimir", "push");
    let destinations = settings.remote_write.as_deref();
    for (index, destination) in destinations.unwrap_or(&usual).iter().enumerate() {
        let url = destination.url.as_deref();
        // What is no URL was reported, and says nothing of where it leads.
        if url.is_some_and(|url| http::url_problem(url).is_some()) {
            continue;
        }
        let Some(address) = url.map(str::to_owned).or_else(|| Some(mimir?.url())) else {
            continue;
        };
        let setting = format!("settings.remoteWrite.{index}");
        let queue = &destination.queue_config;
        let mut sent = flow(
            &destination.name,
            Signal::Metrics,
            address,
            scope.key_location(&setting),
        );
        if destination.tenant.is_some() {
            sent.tenant.clone_from(&destination.tenant);
        }
        sent.cross_env = destination.cross_env;
        sent.setting = Some(format!("components.{}.{setting}", scope.release.component));
        sent.queue = Some(Queue {
            capacity: queue.capacity,
            max_shards: queue.max_shards,
            max_samples_per_send: queue.max_samples_per_send,
            max_backoff: queue.max_backoff,
            sample_age_limit: queue.sample_age_limit,
            remote_timeout: destination.remote_timeout,
        });
        described.flows.push(sent);
    }
    if let Some(tempo) = scope.links.endpoint("tempo", "otlp-grpc") {
        let place = scope.key_location("settings.otlp");
        described
            .flows
            .push(flow("tempo", Signal::Traces, tempo.address(), place));
    }
    if let Some(pyroscope) = profiles::destination(scope, &settings.profiles) {
        let place = scope.key_location("settings.profiles");
        described
            .flows
            .push(flow("pyroscope", Signal::Profiles, pyroscope.url(), place));
    }
    let loki = scope
        .links
        .endpoint("loki", "push")
        .filter(|_| settings.logs.enabled != Some(false));
    let place = scope.key_location("settings.logs.enabled");
    if let Some(loki) = loki {
        described
            .flows
            .push(flow("loki", Signal::Logs, loki.url(), place.clone()));
    }
    described.logs = Some(LogPaths {
        scraped: loki.is_some(),
        otlp: false,
        place,
    });
}

/// Marks what the settings declare to leave the environment on purpose, for a text has no word for it.
fn declared(scope: &Scope<'_>, described: &mut Described) {
    let settings: AlloySettings = scope.settings(&mut Vec::new());
    let across: Vec<&str> = settings
        .remote_write
        .iter()
        .flatten()
        .filter(|destination| destination.cross_env)
        .filter_map(|destination| destination.url.as_deref())
        .collect();
    for flow in &mut described.flows {
        flow.cross_env = across.contains(&flow.address.as_str());
    }
}

/// Reads a whole configuration; `place` is where the text stands.
pub(in crate::components) fn by_text(text: &str, place: &Location, described: &mut Described) {
    described.texts.push(ConfigText {
        component: "alloy".to_owned(),
        language: Language::Alloy,
        text: text.to_owned(),
        place: place.clone(),
    });
    // What Helm makes of a template in it is only known once it is rendered.
    if text.contains("{{") {
        return;
    }
    let config = Config::read(text);
    let at = |block: &Block| within(place, text, block.span);
    for block in config.named("prometheus.remote_write") {
        for endpoint in block.blocks("endpoint") {
            let Some(address) = endpoint.text("url") else {
                continue;
            };
            described.flows.push(Flow {
                queue: Some(queue(endpoint)),
                ..flow(
                    block,
                    endpoint,
                    Signal::Metrics,
                    address,
                    header(endpoint),
                    at(endpoint),
                )
            });
        }
    }
    for (block, signal) in [
        ("loki.write", Signal::Logs),
        ("pyroscope.write", Signal::Profiles),
    ]
    .iter()
    .flat_map(|(name, signal)| config.named(name).map(move |block| (block, *signal)))
    {
        for endpoint in block.blocks("endpoint") {
            let Some(address) = endpoint.text("url") else {
                continue;
            };
            let tenant = endpoint.text("tenant_id").map(str::to_owned);
            let tenant = tenant.or_else(|| header(endpoint));
            described
                .flows
                .push(flow(block, endpoint, signal, address, tenant, at(endpoint)));
        }
    }
    for name in ["otelcol.exporter.otlp", "otelcol.exporter.otlphttp"] {
        for block in config.named(name) {
            let Some(client) = block.block("client") else {
                continue;
            };
            let Some(address) = client.text("endpoint") else {
                continue;
            };
            for signal in signals(&config, &block.id()) {
                let (tenant, place) = (header(client), at(client));
                described
                    .flows
                    .push(flow(block, client, signal, address, tenant, place));
            }
        }
    }
    let otlp = config.components().any(|block| {
        block.name == "otelcol.receiver.otlp"
            && block
                .block("output")
                .and_then(|output| output.attribute("logs"))
                .is_some_and(|logs| !logs.references().is_empty())
    });
    let scraped = STDOUT.iter().any(|name| {
        config
            .named(name)
            .any(|block| reaches(&config, block, "loki.write", 0))
    });
    described.logs = Some(LogPaths {
        scraped,
        otlp,
        place: place.clone(),
    });
}

/// What reads the output of pods.
const STDOUT: [&str; 5] = [
    "loki.source.kubernetes",
    "loki.source.podlogs",
    "loki.source.file",
    "loki.source.docker",
    "otelcol.receiver.filelog",
];

fn flow(
    block: &Block,
    endpoint: &Block,
    signal: Signal,
    address: &str,
    tenant: Option<String>,
    place: Location,
) -> Flow {
    Flow {
        from: "alloy".to_owned(),
        role: "alloy".to_owned(),
        name: endpoint
            .text("name")
            .or(block.label.as_deref())
            .unwrap_or_default()
            .to_owned(),
        signal,
        address: address.to_owned(),
        tenant,
        cross_env: false,
        queue: None,
        setting: None,
        place,
    }
}

/// Returns the tenant that a block's headers name.
fn header(block: &Block) -> Option<String> {
    block
        .attribute("headers")?
        .get("X-Scope-OrgID")?
        .as_str()
        .map(str::to_owned)
}

/// Reads a queue, what is not said as Alloy has it.
///
/// Source: Alloy 1.18 documentation, `prometheus.remote_write`, block `queue_config`.
fn queue(endpoint: &Block) -> Queue {
    let block = endpoint.block("queue_config");
    let number = |key: &str, usual: u32| {
        block
            .and_then(|block| match &block.attribute(key)?.value {
                Value::Number(text) => text.parse().ok(),
                _ => None,
            })
            .unwrap_or(usual)
    };
    let time = |block: Option<&Block>, key: &str, millis: u64| {
        block
            .and_then(|block| block.text(key)?.parse().ok())
            .unwrap_or(Duration::from_millis(millis))
    };
    Queue {
        capacity: number("capacity", 10_000),
        max_shards: number("max_shards", 50),
        max_samples_per_send: number("max_samples_per_send", 2_000),
        max_backoff: time(block, "max_backoff", 5_000),
        sample_age_limit: time(block, "sample_age_limit", 0),
        remote_timeout: time(Some(endpoint), "remote_timeout", 30_000),
    }
}

/// Returns what reaches an exporter, by the outputs that name it.
fn signals(config: &Config, id: &str) -> Vec<Signal> {
    let named = |value: &Expression| {
        value.references().iter().any(|(parts, _)| {
            parts
                .join(".")
                .strip_prefix(id)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    };
    [
        ("traces", Signal::Traces),
        ("metrics", Signal::Metrics),
        ("logs", Signal::Logs),
    ]
    .into_iter()
    .filter(|(key, _)| {
        config.components().any(|block| {
            block
                .block("output")
                .and_then(|output| output.attribute(key))
                .is_some_and(named)
        })
    })
    .map(|(_, signal)| signal)
    .collect()
}

/// Returns whether what a component sends comes to one of a name.
fn reaches(config: &Config, from: &Block, name: &str, depth: usize) -> bool {
    if from.name == name {
        return true;
    }
    // A chain this long is a circle.
    if depth > 16 {
        return false;
    }
    let targets = ["forward_to", "output"].into_iter().filter_map(|key| {
        from.attribute(key)
            .map(Expression::references)
            .or_else(|| from.block(key).map(Block::references))
    });
    targets.flatten().any(|(parts, _)| {
        let whole = parts.join(".");
        config.components().any(|block| {
            whole
                .strip_prefix(&block.id())
                .is_some_and(|rest| rest.starts_with('.'))
                && reaches(config, block, name, depth + 1)
        })
    })
}
