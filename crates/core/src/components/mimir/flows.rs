//! What Mimir sends and keeps.

use super::MimirSettings;
use crate::components::overrides::Said;
use crate::components::scope::Scope;
use crate::components::stores::{Paths, Style};
use crate::components::{Described, Flow, Signal};

/// Adds flows, retention and stores.
pub(super) fn describe(scope: &Scope<'_>, described: &mut Described) {
    let settings: MimirSettings = scope.settings(&mut Vec::new());
    described.retention = scope.retention(
        settings.retention,
        &["mimir.structuredConfig.limits.compactor_blocks_retention_period"],
    );
    described.tenancy =
        Some(scope.tenancy("mimir.structuredConfig.multitenancy_enabled", "anonymous"));
    // The chart's own address is its own alertmanager, and need not be looked at.
    if let Said::Set(node) = scope.said("mimir.structuredConfig.ruler.alertmanager_url")
        && let Some(address) = node.as_str().filter(|address| !address.is_empty())
    {
        described.flows.push(Flow {
            from: scope.release.component.to_owned(),
            role: "ruler".to_owned(),
            name: "alertmanager".to_owned(),
            signal: Signal::Alerts,
            address: address.to_owned(),
            // The ruler sends each tenant's alerts as that tenant.
            tenant: Some(scope.environment.tenant.clone()),
            cross_env: false,
            queue: None,
            setting: None,
            place: node.location.clone(),
        });
    }
    for bucket in scope.own_buckets() {
        let at = format!("mimir.structuredConfig.{}_storage", bucket.purpose);
        let [backend, name, prefix, client] = [
            format!("{at}.backend"),
            format!("{at}.s3.bucket_name"),
            format!("{at}.storage_prefix"),
            format!("{at}.s3"),
        ];
        let lookup = format!("{client}.bucket_lookup_type");
        let paths = Paths {
            backend: &[&backend, "mimir.structuredConfig.common.storage.backend"],
            bucket: &[&name],
            prefix: &[&prefix],
            client: &[&client, "mimir.structuredConfig.common.storage.s3"],
            path_style: &[
                (&lookup, Style::Lookup),
                (
                    "mimir.structuredConfig.common.storage.s3.bucket_lookup_type",
                    Style::Lookup,
                ),
            ],
        };
        if let Some(mut store) = scope.kept(bucket, &paths) {
            // What is named for all holds where a purpose names none.
            if store.bucket.is_empty() {
                store.bucket = scope
                    .said("mimir.structuredConfig.common.storage.s3.bucket_name")
                    .text("");
            }
            described.stores.push(store);
        }
    }
}
