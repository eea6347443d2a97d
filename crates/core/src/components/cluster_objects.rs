//! Objects that belong to the cluster or the namespace rather than to one component.

mod ends;
mod network_policies;
mod policy;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{ClusterWide, Component, Described};
use crate::diagnostic::Diagnostic;
use crate::environment::{Kind, PriorityClass};

pub(super) const COMPONENT: Component = Component {
    id: "cluster-objects",
    settings: SchemaGenerator::subschema_for::<ClusterObjectsSettings>,
    variant: |_| None,
    derive,
    describe,
};

/// Which objects the environment asks for; none by default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClusterObjectsSettings {
    /// Whether the environment's `priorityClasses` are created. They belong to the whole cluster: one environment of each
    /// cluster asks for them.
    pub priority_classes: bool,
    /// Whether the namespace gets a quota: `quotaRequest`, else `quota`.
    pub resource_quota: bool,
    /// Whether pods may only do what the environment's links need, and all else is refused.
    pub network_policies: bool,
    /// Where network policies let the pods go that ask the API server.
    pub api_server: ApiServer,
}

/// Where the cluster's API server is. It is no pod, so that no label finds it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ApiServer {
    /// Its addresses, such as `10.0.0.1/32`. Default: any.
    pub cidrs: Vec<String>,
    /// Its ports: of the Service, and of the server behind it.
    pub ports: Vec<u16>,
}

impl Default for ApiServer {
    fn default() -> Self {
        // Source: Kubernetes documentation, "Ports and Protocols"; the Service `kubernetes` listens on 443.
        Self {
            cidrs: Vec::new(),
            ports: vec![443, 6443],
        }
    }
}

fn describe(scope: &Scope<'_>) -> Described {
    let settings: ClusterObjectsSettings = scope.settings(&mut Vec::new());
    let place = scope.location("settings.priorityClasses");
    Described {
        cluster_wide: asked(scope, &settings)
            .map(|(name, _)| ClusterWide {
                kind: "PriorityClass",
                name: name.clone(),
                place: place.clone(),
            })
            .collect(),
        ..Described::default()
    }
}

/// Returns the priority classes that are created.
fn asked<'a>(
    scope: &Scope<'a>,
    settings: &ClusterObjectsSettings,
) -> impl Iterator<Item = (&'a String, &'a PriorityClass)> + use<'a> {
    let wanted = settings.priority_classes;
    let classes = scope.environment.model.priority_classes.iter();
    classes.filter(move |_| wanted)
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: ClusterObjectsSettings = scope.settings(found);
    let classes: Vec<Value> = asked(scope, &settings)
        .map(|(name, class)| {
            let kinds: Vec<&str> = class.kinds.iter().copied().map(Kind::name).collect();
            let description = if kinds.is_empty() {
                "For pods that name it.".to_owned()
            } else {
                format!("For pods of these kinds: {}.", kinds.join(", "))
            };
            json!({
                "name": name,
                "value": class.value,
                "global_default": class.global_default,
                "preemption_policy": class.preemption_policy,
                "description": description,
            })
        })
        .collect();
    if settings.priority_classes && classes.is_empty() {
        found.push(nothing(
            scope,
            "priorityClasses",
            "the environment has no priority classes to create",
            "add `priorityClasses:` with a value and kinds for each",
        ));
    }
    let policies = if settings.network_policies {
        network_policies::derive(scope, &settings.api_server)
    } else {
        Vec::new()
    };
    json!({
        "priority_classes": classes,
        "quota": settings.resource_quota.then(|| quota(scope, found)).flatten(),
        "network_policies": policies,
    })
}

/// Returns what the namespace may use: what is asked for, else what it has.
fn quota(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Option<Value> {
    let environment = scope.environment;
    let model = &environment.model;
    let Some(quota) = model.quota_request.as_ref().or(model.quota.as_ref()) else {
        found.push(nothing(
            scope,
            "resourceQuota",
            "the environment names no quota to create",
            "add `quota: {cpu, memory, storage}`, or `quotaRequest` where another is asked for",
        ));
        return None;
    };
    Some(json!({
        "name": scope.release.fullname,
        // A section of its own namespace brings no quota there: the environment's is of the environment's.
        "namespace": environment.namespace,
        "hard": {
            "requests.cpu": quota.cpu,
            "requests.memory": quota.memory,
            "requests.storage": quota.storage,
        },
    }))
}

fn nothing(scope: &Scope<'_>, setting: &str, message: &str, help: &str) -> Diagnostic {
    Diagnostic::error("environment/missing-key", message)
        .at(&scope.location(&format!("settings.{setting}")))
        .why("objects follow from what the environment says, and it says nothing of these")
        .help(format!("{help}; or remove the setting"))
}
