//! The environment's JSON Schema: the typed model, with every component's settings put in.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::editor;
use super::model::Model;
use super::section::{RoleSettings, Section};
use crate::components;
use crate::components::Manifest;
use indexmap::IndexMap;

/// Returns `schemas/environment.schema.json`: draft-07, closed, every field described.
pub fn schema_json(manifests: &IndexMap<String, Manifest>) -> String {
    schema_with(manifests, [])
}

/// Returns the schema with components of the user's: each with its manifest and the schema of its settings, or without
/// them where they are broken; its section is then not looked at.
pub(crate) fn schema_with<'a>(
    manifests: &IndexMap<String, Manifest>,
    added: impl IntoIterator<Item = (&'a str, Option<(&'a Manifest, &'a Value)>)>,
) -> String {
    let mut generator = SchemaSettings::draft07().into_generator();
    let section = generator.subschema_for::<Section>();
    let role = generator.subschema_for::<RoleSettings>();
    let mut sections = Map::new();
    for component in components::ALL {
        let settings = (component.settings)(&mut generator);
        if let Some(manifest) = manifests.get(component.id) {
            sections.insert(
                component.id.to_owned(),
                component_schema(
                    manifest,
                    settings.to_value(),
                    &section.clone().to_value(),
                    &role.clone().to_value(),
                    &generator,
                ),
            );
        }
    }
    let mut definitions = Map::new();
    for (id, parts) in added {
        let schema = match parts {
            Some((manifest, settings)) => component_schema(
                manifest,
                hoisted(id, settings, &mut definitions),
                &section.clone().to_value(),
                &role.clone().to_value(),
                &generator,
            ),
            None => json!({
                "description": "Its files in the catalogue have mistakes.",
                "type": ["object", "null"],
            }),
        };
        sections.insert(id.to_owned(), schema);
    }
    sections.sort_keys();
    let mut root = generator.into_root_schema_for::<Model>().to_value();
    if let Some(all) = root.get_mut("definitions").and_then(Value::as_object_mut) {
        all.extend(definitions);
    }
    if let Some(components) = root.pointer_mut("/properties/components") {
        let description = components.get("description").cloned().unwrap_or_default();
        *components = json!({
            "description": description,
            "type": ["object", "null"],
            "properties": sections,
            "additionalProperties": false,
        });
    }
    if let Some(definitions) = root.get_mut("definitions").and_then(Value::as_object_mut) {
        definitions.remove("Section");
    }
    // A layer lacks what its environments bring, so nothing is required at the top.
    if let Some(root) = root.as_object_mut() {
        root.remove("required");
    }
    editor::fit(&mut root);
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

/// Moves a user's schema, and what it defines, among the definitions of the whole, under names of the component's own.
fn hoisted(id: &str, settings: &Value, definitions: &mut Map<String, Value>) -> Value {
    let renamed = |name: &str| format!("{id}.definitions.{name}");
    let mut settings = settings.clone();
    let mut own = Map::new();
    if let Some(map) = settings.as_object_mut() {
        for keyword in ["$schema", "$id"] {
            map.remove(keyword);
        }
        for keyword in ["definitions", "$defs"] {
            if let Some(Value::Object(defined)) = map.remove(keyword) {
                own.extend(defined);
            }
        }
    }
    refer(&mut settings, &renamed);
    for (name, mut schema) in own {
        refer(&mut schema, &renamed);
        definitions.insert(renamed(&name), schema);
    }
    let name = format!("{id}.settings");
    definitions.insert(name.clone(), settings);
    json!({"$ref": format!("#/definitions/{name}")})
}

/// Renames what references point at.
fn refer(schema: &mut Value, renamed: &impl Fn(&str) -> String) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref") {
                let name = target
                    .strip_prefix("#/definitions/")
                    .or_else(|| target.strip_prefix("#/$defs/"));
                if let Some(name) = name {
                    *target = format!("#/definitions/{}", renamed(name));
                }
            }
            map.values_mut().for_each(|value| refer(value, renamed));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| refer(value, renamed)),
        _ => {}
    }
}

/// Returns the schema of one component's section: what all sections have, with its own variants, roles and settings.
fn component_schema(
    manifest: &Manifest,
    settings: Value,
    section: &Value,
    role: &Value,
    generator: &schemars::SchemaGenerator,
) -> Value {
    let mut schema = section
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.rsplit('/').next())
        .and_then(|name| generator.definitions().get(name))
        .cloned()
        .unwrap_or_else(|| section.clone());
    let mut roles: IndexMap<&str, Vec<&str>> = IndexMap::new();
    let mut variants = Vec::new();
    for (id, variant) in &manifest.variants {
        variants.push(json!({
            "const": id,
            "description": match &variant.chart {
                Some(chart) => format!("{} Chart {chart} {}.", variant.summary, variant.versions.join(", ")),
                None => variant.summary.clone(),
            },
        }));
        for role in variant.roles.keys() {
            roles.entry(role).or_default().push(id);
        }
    }
    let roles: Map<String, Value> = roles
        .into_iter()
        .map(|(name, variants)| {
            let described = json!({
                "description": format!("In {}.", variants.join(", ")),
                "allOf": [role],
            });
            (name.to_owned(), described)
        })
        .collect();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let description = |key: &str| {
            properties
                .get(key)
                .and_then(|property| property.get("description"))
                .cloned()
                .unwrap_or_default()
        };
        let (on_variant, on_roles, on_settings, on_values) = (
            description("variant"),
            description("roles"),
            description("settings"),
            description("values"),
        );
        variants.push(json!({"type": "null", "description": "What the tier calls for."}));
        properties.insert(
            "variant".to_owned(),
            json!({"description": on_variant, "oneOf": variants}),
        );
        properties.insert(
            "roles".to_owned(),
            json!({"description": on_roles, "type": ["object", "null"], "properties": roles, "additionalProperties": false}),
        );
        properties.insert(
            "settings".to_owned(),
            json!({"description": on_settings, "anyOf": [settings, {"type": "null"}]}),
        );
        properties.insert(
            "values".to_owned(),
            json!({"description": on_values, "type": ["object", "null"]}),
        );
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(manifest.summary));
    }
    schema
}
