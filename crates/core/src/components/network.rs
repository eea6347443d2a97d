//! How a release's pods are found, and whom they must be able to reach: facts for network policies.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::manifest::Variant;

/// What a variant's chart makes of the labels and ports of all its pods.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VariantNetwork {
    /// The labels that its pods carry. `{name}` stands for the chart's own name, `{release}` for the release's,
    /// `{namespace}` for its namespace and `{role}` for the role's; what says `{role}` tells roles apart.
    /// Default: `app.kubernetes.io/name` and `app.kubernetes.io/instance`, as `helm create` has them.
    pub labels: IndexMap<String, String>,
    /// The ports on which pods of one release call each other, by what they are for. `gossip` is open over UDP too.
    pub members: IndexMap<String, u16>,
}

/// What is special about the pods of one role.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RoleNetwork {
    /// Labels that differ from the variant's, or come on top of them.
    pub labels: IndexMap<String, String>,
    /// Whether its program reads or writes the object store.
    pub store: bool,
    /// Whether it asks the API server.
    pub api: bool,
    /// Whether it calls whom others name: what a proxy routes to, the receivers of alerts. An environment does not know
    /// them.
    pub anywhere: bool,
}

/// How the pods of a release are found, and what they call.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The labels that all its pods carry.
    pub labels: IndexMap<String, String>,
    /// The ports on which its pods call each other.
    pub members: IndexMap<String, u16>,
    /// Its roles, by name.
    pub roles: IndexMap<String, RoleNetwork>,
}

impl Network {
    /// Returns the facts of a release, with its names filled in.
    pub(super) fn of(variant: &Variant, release: &str, namespace: &str) -> Self {
        let usual = [
            ("app.kubernetes.io/name", "{name}"),
            ("app.kubernetes.io/instance", "{release}"),
        ];
        let mut patterns: IndexMap<String, String> = variant.network.labels.clone();
        if patterns.is_empty() {
            patterns = usual
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
        }
        let fill = |pattern: &str, role: &str| {
            pattern
                .replace("{name}", &variant.name)
                .replace("{release}", release)
                .replace("{namespace}", namespace)
                .replace("{role}", role)
        };
        let overridden = |key: &str| {
            let mut roles = variant.roles.values();
            roles.any(|role| role.pod.network.labels.contains_key(key))
        };
        let common: IndexMap<String, String> = patterns
            .iter()
            .filter(|(key, pattern)| !pattern.contains("{role}") && !overridden(key))
            .map(|(key, pattern)| (key.clone(), fill(pattern, "")))
            .collect();
        let roles = variant
            .roles
            .iter()
            .map(|(name, role)| {
                let own = &role.pod.network;
                let mut labels: IndexMap<String, String> = patterns
                    .iter()
                    .map(|(key, pattern)| (key.clone(), fill(pattern, name)))
                    .collect();
                for (key, pattern) in &own.labels {
                    labels.insert(key.clone(), fill(pattern, name));
                }
                let facts = RoleNetwork {
                    labels,
                    ..own.clone()
                };
                (name.clone(), facts)
            })
            .collect();
        Self {
            labels: common,
            members: variant.network.members.clone(),
            roles,
        }
    }

    /// Returns the labels of one role's pods.
    pub fn labels_of(&self, role: &str) -> Option<&IndexMap<String, String>> {
        self.roles.get(role).map(|role| &role.labels)
    }
}
