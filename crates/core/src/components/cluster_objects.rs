//! Objects that belong to the cluster or the namespace rather than to one component.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Component, Described};
use crate::diagnostic::Diagnostic;
use crate::environment::Kind;

pub(super) const COMPONENT: Component = Component {
    id: "cluster-objects",
    settings: SchemaGenerator::subschema_for::<ClusterObjectsSettings>,
    variant: |_| None,
    derive,
    describe: |_| Described::default(),
};

/// Which objects the environment asks for; none by default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClusterObjectsSettings {
    /// Whether the environment's `priorityClasses` are created. They belong to the whole cluster: one environment of each
    /// cluster asks for them.
    pub priority_classes: bool,
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: ClusterObjectsSettings = scope.settings(found);
    let classes = scope.environment.model.priority_classes.iter();
    let classes: Vec<Value> = classes
        .filter(|_| settings.priority_classes)
        .map(|(name, class)| {
            let kinds: Vec<&str> = class.kinds.iter().copied().map(Kind::name).collect();
            json!({
                "name": name,
                "value": class.value,
                "global_default": class.global_default,
                "preemption_policy": class.preemption_policy,
                "description": format!("For pods of these kinds: {}.", kinds.join(", ")),
            })
        })
        .collect();
    json!({"priority_classes": classes})
}
