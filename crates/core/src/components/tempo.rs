//! Tempo: traces, and the metrics made from them.

mod flows;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Call, Component, Described, rings, settings};
use crate::diagnostic::Diagnostic;
use crate::environment::Kind;
use crate::links::Endpoint;
use crate::units::Duration;

pub(super) const COMPONENT: Component = Component {
    id: "tempo",
    settings: SchemaGenerator::subschema_for::<TempoSettings>,
    variant: |settings| {
        settings
            .get("kafka")
            .filter(|kafka| !kafka.is_null())
            .map(|_| "distributed-3")
    },
    derive,
    describe,
};

/// What only Tempo has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TempoSettings {
    /// How long traces are kept. Default: 7d.
    pub retention: Duration,
    /// How many ingesters hold each trace. Default: 3, or the number of ingesters where there are fewer.
    #[schemars(range(min = 1, max = 7))]
    pub replication_factor: Option<u32>,
    /// Metrics made from traces, written into this environment's Mimir.
    pub metrics_generator: MetricsGenerator,
    /// The Kafka that `distributed-3` writes through.
    pub kafka: Option<Kafka>,
}

impl Default for TempoSettings {
    fn default() -> Self {
        Self {
            retention: Duration::from_days(7),
            replication_factor: None,
            metrics_generator: MetricsGenerator::default(),
            kafka: None,
        }
    }
}

/// Metrics made from traces.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MetricsGenerator {
    /// Whether they are made. Default: yes; dashboards with a service map need them.
    pub enabled: bool,
    /// Whether rate, errors and duration are made from spans. Default: yes.
    pub span_metrics: bool,
    /// Whether the edges between services are made. Default: yes.
    pub service_graphs: bool,
    /// Span attributes that become labels of span metrics; each multiplies the number of series.
    pub dimensions: Vec<String>,
}

impl Default for MetricsGenerator {
    fn default() -> Self {
        Self {
            enabled: true,
            span_metrics: true,
            service_graphs: true,
            dimensions: Vec::new(),
        }
    }
}

impl MetricsGenerator {
    /// Returns what makes metrics; without any of it there is nothing to run.
    fn processors(&self) -> Vec<&'static str> {
        let all = [
            ("service-graphs", self.service_graphs),
            ("span-metrics", self.span_metrics),
        ];
        all.into_iter()
            .filter(|(_, on)| self.enabled && *on)
            .map(|(name, _)| name)
            .collect()
    }
}

/// A Kafka that is run elsewhere; no chart of ours brings one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kafka {
    /// `host:port` of a bootstrap server.
    pub address: String,
    /// The topic. Default: the component's id.
    #[serde(default)]
    pub topic: Option<String>,
    /// How many partitions the topic has. Readers are as many as partitions. Default: 3.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub partitions: Option<u32>,
}

impl Kafka {
    /// The number of partitions: Tempo's own default where the environment says nothing.
    pub(super) fn partition_count(&self) -> u32 {
        self.partitions.unwrap_or(3)
    }
}

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let settings: TempoSettings = scope.settings(&mut Vec::new());
    let mut described = Described {
        absent: if settings.metrics_generator.processors().is_empty() {
            vec!["metrics-generator"]
        } else {
            Vec::new()
        },
        rings: rings::tempo(scope),
        calls: settings
            .kafka
            .iter()
            .map(|kafka| Call::of_all_pods("Kafka", &kafka.address))
            .collect(),
        ..Described::default()
    };
    flows::describe(scope, &mut described);
    described
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: TempoSettings = scope.settings(found);
    let replication_factor =
        settings::replication_factor(scope, "ingester", settings.replication_factor);
    let generator = &settings.metrics_generator;
    let mimir = scope.links.endpoint("mimir", "push");
    if generator.enabled && mimir.is_none() {
        found.push(
            Diagnostic::error(
                "environment/missing-component",
                "Tempo's metrics-generator has no Mimir to write to",
            )
            .at(&scope.location("settings.metricsGenerator"))
            .why("the environment does not run `mimir`, and metrics stay inside their environment")
            .help(
                "add `mimir` to the components, or set `settings.metricsGenerator.enabled: false`",
            ),
        );
    }
    let processors = generator.processors();
    let partitions = settings.kafka.as_ref().map(Kafka::partition_count);
    if scope.release.variant == "distributed-3" {
        settings::require_kafka(scope, settings.kafka.is_some(), found);
        for role in ["block-builder", "live-store"] {
            if let Some(partitions) = partitions
                && scope.replicas(role) != partitions
            {
                found.push(
                    Diagnostic::error(
                        "environment/bad-value",
                        format!("{} pods of `{role}` read {partitions} partitions", scope.replicas(role)),
                    )
                    .at(&scope.location(&format!("roles.{role}.replicas")))
                    .why("each pod of it reads one partition: fewer pods leave spans unread, more have nothing to do")
                    .help(format!("set `roles.{role}.replicas: {partitions}`, or `settings.kafka.partitions`")),
                );
            }
        }
    }
    json!({
        "probes": probes(scope),
        "go_memory": settings::go_memory_limit(scope, "tempo"),
        "retention": settings.retention.to_go(),
        "replication_factor": replication_factor,
        "generator": {
            "enabled": !processors.is_empty(),
            "processors": processors,
            "dimensions": generator.dimensions,
            "span_metrics": generator.span_metrics,
            "url": mimir.map(Endpoint::url).unwrap_or_default(),
            "headers": {"X-Scope-OrgID": scope.environment.tenant},
            "queue": {
                "max_shards": flows::GENERATOR_QUEUE.max_shards,
                "max_backoff": flows::GENERATOR_QUEUE.max_backoff.to_go(),
                "sample_age_limit": flows::GENERATOR_QUEUE.sample_age_limit.to_go(),
            },
        },
        "kafka": {
            "address": settings.kafka.as_ref().map(|kafka| kafka.address.as_str()).unwrap_or_default(),
            "topic": settings.kafka.as_ref().and_then(|kafka| kafka.topic.as_deref()).unwrap_or("tempo"),
            "partitions": partitions,
        },
    })
}

/// Returns the probe that all pods share, and by role those that one has for itself.
fn probes(scope: &Scope<'_>) -> Value {
    let mut probes = serde_json::Map::new();
    let all = scope
        .role("distributor")
        .and_then(|role| role.usual.liveness.clone());
    probes.insert("all".to_owned(), json!(all));
    for role in scope.release.roles.values() {
        let filled = role.filled();
        // What reads back a log first is given the time in a probe of its own.
        let own = role.liveness.is_some() || role.kind == Kind::Ingester;
        probes.insert(
            role.name.replace('-', "_"),
            json!({
                "liveness": filled.liveness.filter(|_| own),
                "readiness": filled.readiness.filter(|_| role.readiness.is_some()),
            }),
        );
    }
    probes.into()
}
