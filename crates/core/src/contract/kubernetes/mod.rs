//! Kubernetes types that charts pass through: closed again, so that a slip inside them is found.
//!
//! The types come from Kubernetes' own published schemas (see [`facts`]). What Kubernetes requires is not required
//! here: values are merged, and the chart adds the rest. Every property admits null, as everywhere in a contract.

mod crds;
#[cfg(test)]
mod crds_tests;
mod facts;
mod landing;
mod object;
mod same;
#[cfg(test)]
mod tests;

use super::schema::Schema;

pub(crate) use crds::{Crds, Definitions, from_crds};
pub(crate) use landing::at;
pub(super) use object::{any_object, kinds, of_kind};

/// Where the values of a key are a known Kubernetes type whatever the chart.
///
/// The name of the type is one that [`named`] knows, or a plain term.
const KEYS: &[(&str, &str)] = &[
    ("affinity", "affinity"),
    ("annotations", "strings"),
    ("behavior", "hpa-behavior"),
    ("containerSecurityContext", "container-security-context"),
    ("deploymentStrategy", "strategy"),
    ("dnsConfig", "dns-config"),
    ("env", "env"),
    ("envFrom", "env-from"),
    ("extraContainers", "containers"),
    ("extraEnv", "env"),
    ("extraEnvFrom", "env-from"),
    ("extraInitContainers", "containers"),
    ("extraVolumeMounts", "volume-mounts"),
    ("extraVolumes", "volumes"),
    ("hostAliases", "host-aliases"),
    ("initContainers", "containers"),
    ("labels", "strings"),
    ("lifecycle", "lifecycle"),
    ("livenessProbe", "probe"),
    ("nodeSelector", "strings"),
    ("persistentVolumeClaimRetentionPolicy", "claim-retention"),
    ("podDisruptionBudget", "disruption-budget"),
    ("podSecurityContext", "pod-security-context"),
    ("priorityClassName", "string"),
    ("readinessProbe", "probe"),
    ("resources", "resources"),
    ("runtimeClassName", "string"),
    ("schedulerName", "string"),
    ("securityContext", "security-context"),
    ("startupProbe", "probe"),
    ("strategy", "strategy"),
    ("terminationGracePeriodSeconds", "integer"),
    ("tolerations", "tolerations"),
    ("topologySpreadConstraints", "topology-spread"),
    ("updateStrategy", "strategy"),
    ("volumeMounts", "volume-mounts"),
    ("volumes", "volumes"),
];

/// Keys whose number may also be a percentage or a port's name.
const INTEGER_OR_STRING: &[&str] = &[
    "maxSurge",
    "maxUnavailable",
    "minAvailable",
    "port",
    "targetPort",
];

/// Returns the term of the Kubernetes type that a key of this name has, if it has one.
pub(super) fn by_key(key: &str) -> Option<&'static str> {
    if let Some((_, term)) = KEYS.iter().find(|(name, _)| *name == key) {
        return Some(term);
    }
    // `podAnnotations`, `serviceLabels`: a map of texts under any such name, but for Prometheus' own.
    const OTHER: [&str; 4] = [
        "honorLabels",
        "podTargetLabels",
        "sourceLabels",
        "targetLabels",
    ];
    let is_map = key.ends_with("Annotations") || key.ends_with("Labels");
    (is_map && !OTHER.contains(&key)).then_some("strings")
}

/// Returns whether the number under a key may also be text, such as a percentage.
pub(super) fn is_integer_or_string(key: &str) -> bool {
    INTEGER_OR_STRING.contains(&key)
}

/// Returns the schema of a type's name; nothing if there is no such type.
pub(super) fn named(name: &str) -> Option<Schema> {
    facts::named(name)
}

/// Returns whether [`named`] knows a name.
pub(crate) fn is_named(name: &str) -> bool {
    facts::is_named(name)
}
