//! What Tempo sends and keeps.

use super::TempoSettings;
use crate::components::overrides::{PROMETHEUS_QUEUE, Said, prometheus_flow};
use crate::components::scope::Scope;
use crate::components::stores::{Paths, Style};
use crate::components::{Described, Flow, Queue, Signal};
use crate::links::Endpoint;
use crate::units::Duration;
use crate::yaml::Value;

/// Adds flows, retention and stores.
pub(super) fn describe(scope: &Scope<'_>, described: &mut Described) {
    let settings: TempoSettings = scope.settings(&mut Vec::new());
    let variant = scope.release.variant.as_str();
    let monolithic = variant == "monolithic";
    let retention: &[&str] = match variant {
        "monolithic" => &["tempo.retention"],
        "distributed-2" => &[
            "tempo.structuredConfig.compactor.compaction.block_retention",
            "compactor.config.compaction.block_retention",
        ],
        _ => &[
            "tempo.structuredConfig.backend_scheduler.provider.compaction.compaction.block_retention",
            "backendScheduler.config.provider.compaction.compaction.block_retention",
        ],
    };
    described.retention = scope.retention(settings.retention, retention);
    let tenancy = if monolithic {
        "tempo.multitenancyEnabled"
    } else {
        "multitenancyEnabled"
    };
    described.tenancy = Some(scope.tenancy(tenancy, "single-tenant"));
    generator(scope, &settings, monolithic, described);
    let paths = if monolithic {
        Paths {
            backend: &["tempo.storage.trace.backend"],
            bucket: &["tempo.storage.trace.s3.bucket"],
            prefix: &["tempo.storage.trace.s3.prefix"],
            client: &["tempo.storage.trace.s3"],
            path_style: &[("tempo.storage.trace.s3.forcepathstyle", Style::Flag)],
        }
    } else {
        Paths {
            backend: &[
                "tempo.structuredConfig.storage.trace.backend",
                "storage.trace.backend",
            ],
            bucket: &[
                "tempo.structuredConfig.storage.trace.s3.bucket",
                "storage.trace.s3.bucket",
            ],
            prefix: &[
                "tempo.structuredConfig.storage.trace.s3.prefix",
                "storage.trace.s3.prefix",
            ],
            client: &[
                "tempo.structuredConfig.storage.trace.s3",
                "storage.trace.s3",
            ],
            path_style: &[
                (
                    "tempo.structuredConfig.storage.trace.s3.forcepathstyle",
                    Style::Flag,
                ),
                ("storage.trace.s3.forcepathstyle", Style::Flag),
            ],
        }
    };
    let kept = scope
        .own_buckets()
        .filter_map(|bucket| scope.kept(bucket, &paths));
    described.stores.extend(kept);
}

/// The queue that we write: that of the agents, for the receiver is the same, and Prometheus' own lets a generator try
/// samples of any age again and again.
pub(super) const GENERATOR_QUEUE: Queue = Queue {
    max_shards: 10,
    max_backoff: Duration::from_millis(5 * 60_000),
    sample_age_limit: Duration::from_millis(30 * 60_000),
    ..PROMETHEUS_QUEUE
};

/// Adds where the metrics that are made from traces go.
fn generator(
    scope: &Scope<'_>,
    settings: &TempoSettings,
    monolithic: bool,
    described: &mut Described,
) {
    let generator = &settings.metrics_generator;
    let (enabled, clients, role) = if monolithic {
        (
            "tempo.metricsGenerator.enabled",
            "tempo.metricsGenerator.storage.remote_write",
            "tempo",
        )
    } else {
        (
            "metricsGenerator.enabled",
            "metricsGenerator.config.storage.remote_write",
            "metrics-generator",
        )
    };
    let written = generator.enabled && (generator.span_metrics || generator.service_graphs);
    if !scope.said(enabled).bool(written, false) {
        return;
    }
    match scope.said(clients) {
        // Without a client what is made goes nowhere.
        Said::Removed(_) => {}
        Said::Set(node) => {
            if let Value::List(items) = &node.value {
                let flows = items
                    .iter()
                    .filter_map(|client| prometheus_flow(scope, role, "metrics-generator", client));
                described.flows.extend(flows);
            }
        }
        Said::Nothing if !written => {}
        Said::Nothing => {
            let Some(mimir) = scope.links.endpoint("mimir", "push").map(Endpoint::url) else {
                return;
            };
            described.flows.push(Flow {
                from: scope.release.component.to_owned(),
                role: role.to_owned(),
                name: "metrics-generator".to_owned(),
                signal: Signal::Metrics,
                address: mimir,
                tenant: Some(scope.environment.tenant.clone()),
                cross_env: false,
                queue: Some(GENERATOR_QUEUE),
                setting: None,
                place: scope.key_location("settings.metricsGenerator"),
            });
        }
    }
}
