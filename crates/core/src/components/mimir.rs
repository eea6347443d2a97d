//! Mimir: metrics, the rules over them, and the alerts they raise.

mod flows;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Call, Component, Described, rings, settings};
use crate::diagnostic::Diagnostic;
use crate::units::Duration;

pub(super) const COMPONENT: Component = Component {
    id: "mimir",
    settings: SchemaGenerator::subschema_for::<MimirSettings>,
    variant: |settings| {
        settings
            .get("kafka")
            .filter(|kafka| !kafka.is_null())
            .map(|_| "kafka")
    },
    derive,
    describe,
};

/// What only Mimir has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MimirSettings {
    /// How long metrics are kept. Default: 30d.
    pub retention: Duration,
    /// How many ingesters hold each series. Default: 3, or 1 where there are fewer than three ingesters.
    #[schemars(range(min = 1, max = 7))]
    pub replication_factor: Option<u32>,
    /// The most series that the tenant may have in memory at once, over all ingesters. Default: Mimir's own, 150000.
    #[schemars(range(min = 1))]
    pub max_series: Option<u64>,
    /// The most samples per second that the tenant may send. Default: Mimir's own, 10000.
    /// Bursts may hold ten times as many.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub ingestion_rate: Option<u64>,
    /// The Kafka that the variant `kafka` writes through.
    pub kafka: Option<MimirKafka>,
}

impl Default for MimirSettings {
    fn default() -> Self {
        Self {
            retention: Duration::from_days(30),
            replication_factor: None,
            max_series: None,
            ingestion_rate: None,
            kafka: None,
        }
    }
}

/// A Kafka that is run elsewhere; the chart's own is for demonstrations.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MimirKafka {
    /// `host:port` of a bootstrap server.
    pub address: String,
    /// The topic. Default: mimir-ingest.
    #[serde(default)]
    pub topic: Option<String>,
    /// How many partitions the topic gets if Mimir creates it; at least as many as there are ingesters.
    /// Default: the chart's own, 100.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10000))]
    pub partitions: Option<u32>,
}

/// The chart's topic.
const DEFAULT_TOPIC: &str = "mimir-ingest";

/// How many times the rate a burst may hold.
///
/// Source: the ratio in the per-tenant limits that Mimir's own deployment configuration ships.
const BURST: u64 = 10;

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let settings: MimirSettings = scope.settings(&mut Vec::new());
    let mut described = Described {
        rings: rings::mimir(scope),
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
    let settings: MimirSettings = scope.settings(found);
    let kafka = settings.kafka.as_ref();
    if scope.release.variant == "kafka" {
        settings::require_kafka(scope, kafka.is_some(), found);
        too_few_partitions(scope, kafka.and_then(|kafka| kafka.partitions), found);
    }
    json!({
        "retention": settings.retention,
        "rooted_domain": settings::rooted_domain(scope),
        "ring_label": settings::ring_label(scope),
        "bucket_lookup": bucket_lookup(scope),
        "copies": {
            "ingester": settings::replication_factor(scope, "ingester", settings.replication_factor),
            // One copy of a block is enough to answer, so there is no quorum to keep.
            "store_gateway": settings::copies_without_quorum(scope, "store-gateway"),
            "alertmanager": settings::replication_factor(scope, "alertmanager", None),
        },
        "ingester_spread": settings::spread(scope),
        "go_memory": {
            "ingester": settings::go_memory_limit(scope, "ingester"),
            "store_gateway": settings::go_memory_limit(scope, "store-gateway"),
        },
        "overrides_exporter_liveness": scope
            .role("overrides-exporter")
            .map(|role| role.filled().liveness),
        "limits": {
            "series": settings.max_series,
            "rate": settings.ingestion_rate,
            "burst": settings.ingestion_rate.map(|rate| rate.saturating_mul(BURST)),
        },
        "kafka": {
            "address": kafka.map(|kafka| kafka.address.as_str()).unwrap_or_default(),
            "topic": kafka.and_then(|kafka| kafka.topic.as_deref()).unwrap_or(DEFAULT_TOPIC),
            "partitions": kafka.and_then(|kafka| kafka.partitions),
        },
    })
}

/// Returns how Mimir addresses buckets.
fn bucket_lookup(scope: &Scope<'_>) -> &'static str {
    match &scope.environment.model.object_store {
        Some(store) if !store.uses_path_style() => "virtual-hosted",
        _ => "path",
    }
}

fn too_few_partitions(scope: &Scope<'_>, partitions: Option<u32>, found: &mut Vec<Diagnostic>) {
    let ingesters = scope.replicas("ingester");
    if let Some(partitions) = partitions
        && partitions < ingesters
    {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("{ingesters} ingesters cannot share {partitions} partitions"),
            )
            .at(&scope.location("settings.kafka.partitions"))
            .why("each ingester reads the partition of its own number, and starts with an error if there is none")
            .help(format!("set `settings.kafka.partitions: {ingesters}` or more, or run fewer ingesters")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_defaults_and_are_closed() {
        let empty: MimirSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(empty.retention, Duration::from_days(30));
        assert_eq!(empty.replication_factor, None);
        assert!(serde_json::from_str::<MimirSettings>(r#"{"replicationFactr": 3}"#).is_err());
    }
}
