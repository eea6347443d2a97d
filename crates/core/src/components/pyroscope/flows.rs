//! What Pyroscope keeps, and for how long.

use super::PyroscopeSettings;
use crate::components::Described;
use crate::components::scope::Scope;
use crate::components::stores::{Paths, Style};

/// Adds retention, tenancy and stores.
pub(super) fn describe(scope: &Scope<'_>, described: &mut Described) {
    let settings: PyroscopeSettings = scope.settings(&mut Vec::new());
    described.retention = scope.retention(
        settings.retention,
        &["pyroscope.structuredConfig.limits.retention_period"],
    );
    described.tenancy = Some(scope.tenancy(
        "pyroscope.structuredConfig.multitenancy_enabled",
        "anonymous",
    ));
    let paths = Paths {
        backend: &["pyroscope.structuredConfig.storage.backend"],
        bucket: &["pyroscope.structuredConfig.storage.s3.bucket_name"],
        prefix: &[
            "pyroscope.structuredConfig.storage.prefix",
            "pyroscope.structuredConfig.storage.storage_prefix",
        ],
        client: &["pyroscope.structuredConfig.storage.s3"],
        path_style: &[(
            "pyroscope.structuredConfig.storage.s3.bucket_lookup_type",
            Style::Lookup,
        )],
    };
    let kept = scope
        .own_buckets()
        .filter_map(|bucket| scope.kept(bucket, &paths));
    described.stores.extend(kept);
}
