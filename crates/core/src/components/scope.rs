//! What a component may look at while it derives: the environment, its own section, the links.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::described::Described;
use super::release::Release;
use super::role::Role;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::environment::{Environment, Section};
use crate::links::Links;
use crate::peers::Peer;
use crate::secrets::Needed;
use crate::source::{Location, Source};
use crate::yaml::{self, Node};

/// The view of one component.
pub struct Scope<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The component's own section.
    pub section: &'a Section,
    /// Its release.
    pub release: &'a Release,
    /// All releases of the environment.
    pub releases: &'a [Release],
    /// What all components say of themselves, one for each release; empty while they are asked.
    ///
    /// This is for what stands around the others, such as network policies. A backend or an agent looks at links.
    pub others: &'a [Described],
    /// What it must know of others.
    pub links: &'a Links,
    /// The other environments, the own one among them; only components that serve all of them may look.
    pub peers: &'a [Peer],
    /// Manifests, templates, and the texts that lie beside them.
    pub catalog: &'a Catalog,
    /// The Secrets that all others refer to; only for components that are derived last, and only when they are written.
    pub references: &'a [Needed],
}

/// The environment variables that carry an access key into a pod. Programs expand them in their configuration.
pub(super) const ACCESS_KEY_VARIABLE: &str = "S3_ACCESS_KEY_ID";
/// See [`ACCESS_KEY_VARIABLE`].
pub(super) const SECRET_KEY_VARIABLE: &str = "S3_SECRET_ACCESS_KEY";

impl<'a> Scope<'a> {
    /// Returns the component's settings, typed. They have passed their schema; what the types
    /// still refuse is reported and replaced by the defaults.
    pub fn settings<T: DeserializeOwned + Default>(&self, found: &mut Vec<Diagnostic>) -> T {
        let settings = &self.section.settings;
        if settings.is_null() {
            return T::default();
        }
        T::deserialize(settings).unwrap_or_else(|error| {
            found.push(
                Diagnostic::error("environment/bad-value", error.to_string())
                    .at(&self.location("settings"))
                    .why(format!(
                        "`{}` cannot be derived from it",
                        self.release.component
                    ))
                    .help("`helmwright schema environment` prints what is accepted"),
            );
            T::default()
        })
    }

    /// Returns the place of a value in the component's own section.
    pub fn location(&self, path: &str) -> Location {
        self.environment
            .location(&format!("components.{}.{path}", self.release.component))
    }

    /// Returns the user's files that a setting names, in its order. What cannot be read was reported.
    ///
    /// The component's manifest lists such settings under `fileSettings`.
    pub fn files(&self, setting: &str) -> Vec<&'a Arc<Source>> {
        let mut path = vec!["components", self.release.component.as_str(), "settings"];
        path.extend(setting.split('.'));
        self.environment
            .node(&path)
            .map(|node| self.environment.texts(node))
            .unwrap_or_default()
    }

    /// Returns one of the component's settings as it stands in the environment.
    pub fn setting(&self, path: &[&str]) -> Option<&'a Node> {
        let settings = ["components", self.release.component.as_str(), "settings"];
        self.environment.node(&settings)?.at(path)
    }

    /// Returns a role of this release. Manifests name every role that a component asks for.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.release.roles.get(name)
    }

    /// Returns how many pods a role has; none if the variant has no such role.
    pub fn replicas(&self, name: &str) -> u32 {
        self.role(name).map_or(0, |role| role.replicas)
    }

    /// Returns the override at a dotted path of the chart's values.
    pub fn overridden(&self, path: &str) -> Option<&'a Node> {
        let mut node = self
            .environment
            .node(&["components", &self.release.component, "values"])?;
        for key in path.split('.') {
            node = node.get(key)?;
        }
        Some(node)
    }

    /// Returns the whole number that an override sets at a dotted path of the chart's values.
    pub fn overridden_number(&self, path: &str) -> Option<u32> {
        match &self.overridden(path)?.value {
            yaml::Value::Integer(number) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    /// Returns the switch that an override sets at a dotted path of the chart's values.
    pub fn overridden_switch(&self, path: &str) -> Option<bool> {
        match self.overridden(path)?.value {
            yaml::Value::Bool(on) => Some(on),
            _ => None,
        }
    }

    /// Returns what every template sees.
    pub fn context(&self, derived: &Value) -> Value {
        let environment = self.environment;
        let roles: IndexMap<String, &Role> = self
            .release
            .roles
            .iter()
            .map(|(name, role)| (name.replace('-', "_"), role))
            .collect();
        let labels: IndexMap<String, &IndexMap<String, String>> = self
            .release
            .network
            .roles
            .iter()
            .map(|(name, role)| (name.replace('-', "_"), &role.labels))
            .collect();
        let mut context = json!({
            "environment": environment.name,
            "tier": environment.tier.name(),
            "namespace": self.release.namespace,
            "cluster": {
                "name": environment.model.cluster.name.as_deref().unwrap_or(&environment.namespace),
                "domain": environment.model.cluster.domain,
                "dns_service": environment.model.cluster.dns_service,
                "dns_namespace": environment.model.cluster.dns_namespace,
            },
            "tenant": environment.tenant,
            "release": {
                "name": self.release.name,
                "fullname": self.release.fullname,
                "chart": self.release.chart_name(),
                "version": self.release.chart_version(),
                "variant": self.release.variant,
            },
            "role": roles,
            "labels": labels,
            "store": self.store(),
        });
        if let (Some(context), Some(derived)) = (context.as_object_mut(), derived.as_object()) {
            context.extend(derived.clone());
        }
        context
    }

    /// Returns what templates say of the object store; none if the environment has none.
    fn store(&self) -> Option<Store> {
        let store = self.environment.model.object_store.as_ref()?;
        let secret = |variable: &str, key: &str| {
            json!({
                "name": variable,
                "valueFrom": {"secretKeyRef": {"name": store.credentials.secret_name, "key": key}},
            })
        };
        Some(Store {
            endpoint: store.endpoint.clone(),
            region: store.region.clone(),
            insecure: !store.tls,
            path_style: store.uses_path_style(),
            buckets: self
                .links
                .buckets()
                .iter()
                .filter(|bucket| bucket.component == self.release.component)
                .map(|bucket| (bucket.purpose.clone(), bucket.name.clone()))
                .collect(),
            access_key_id: format!("${{{ACCESS_KEY_VARIABLE}}}"),
            secret_access_key: format!("${{{SECRET_KEY_VARIABLE}}}"),
            env: vec![
                secret(ACCESS_KEY_VARIABLE, &store.credentials.access_key_id_key),
                secret(
                    SECRET_KEY_VARIABLE,
                    &store.credentials.secret_access_key_key,
                ),
            ],
        })
    }
}

/// The object store as templates place it.
#[derive(Serialize)]
struct Store {
    /// `host:port`.
    endpoint: String,
    region: String,
    /// Whether the endpoint speaks plain HTTP.
    insecure: bool,
    path_style: bool,
    /// This component's bucket names, by purpose.
    buckets: IndexMap<String, String>,
    /// A reference to the environment variable, not the key.
    access_key_id: String,
    /// A reference to the environment variable, not the key.
    secret_access_key: String,
    /// Environment variables for the pods that need the key, each from the Secret.
    env: Vec<Value>,
}
