//! What Loki sends and keeps.

use super::LokiSettings;
use crate::components::overrides::{Said, prometheus_flow};
use crate::components::scope::Scope;
use crate::components::stores::{Paths, Style};
use crate::components::{Described, Flow, Signal};
use crate::yaml::Value;

/// Adds flows, retention and stores.
pub(super) fn describe(scope: &Scope<'_>, described: &mut Described) {
    let settings: LokiSettings = scope.settings(&mut Vec::new());
    described.retention = scope.retention(
        settings.retention,
        &[
            "loki.structuredConfig.limits_config.retention_period",
            "loki.limits_config.retention_period",
        ],
    );
    described.tenancy = Some(scope.tenancy("loki.auth_enabled", "fake"));
    ruler(scope, described);
    for bucket in scope.own_buckets() {
        let name = format!("loki.storage.bucketNames.{}", bucket.purpose);
        let paths = Paths {
            backend: &["loki.storage.type"],
            bucket: &[&name],
            prefix: &[],
            client: &["loki.storage.s3"],
            path_style: &[("loki.storage.s3.s3ForcePathStyle", Style::Flag)],
        };
        described.stores.extend(scope.kept(bucket, &paths));
    }
}

/// Adds where the ruler sends alerts and what it records; the template says nothing of either.
fn ruler(scope: &Scope<'_>, described: &mut Described) {
    let role = if scope.release.variant == "monolithic" {
        "loki"
    } else {
        "ruler"
    };
    if let Said::Set(node) = scope.said("loki.rulerConfig.alertmanager_url")
        && let Some(address) = node.as_str().filter(|address| !address.is_empty())
    {
        described.flows.push(Flow {
            from: scope.release.component.to_owned(),
            role: role.to_owned(),
            name: "alertmanager".to_owned(),
            signal: Signal::Alerts,
            address: address.to_owned(),
            tenant: Some(scope.environment.tenant.clone()),
            cross_env: false,
            queue: None,
            setting: None,
            place: node.location.clone(),
        });
    }
    let Said::Set(write) = scope.said("loki.rulerConfig.remote_write") else {
        return;
    };
    if !matches!(
        write.get("enabled").map(|node| &node.value),
        Some(Value::Bool(true))
    ) {
        return;
    }
    let many = write.get("clients").and_then(|clients| clients.as_map());
    let clients = many
        .into_iter()
        .flatten()
        .map(|(_, entry)| &entry.value)
        .chain(write.get("client"));
    for client in clients {
        described
            .flows
            .extend(prometheus_flow(scope, role, "ruler", client));
    }
}
