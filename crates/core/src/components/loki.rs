//! loki.
use super::Component;
/// Settings.
#[derive(Default, serde::Deserialize, schemars::JsonSchema)]
pub struct Settings {}
pub(super) const COMPONENT: Component = Component {
    id: "loki",
    settings: schemars::SchemaGenerator::subschema_for::<Settings>,
    variant: |_| None,
    derive: |_, _| serde_json::json!({}),
};
