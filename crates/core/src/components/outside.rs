//! Components from a catalogue of the user's: what code derives for ours, their manifest and schema say.

use serde_json::{Map, Value, json};

use super::described::{Call, Described, Door, Flow, Reading};
use super::manifest::{LinkRule, Manifest};
use super::scope::Scope;
use super::settings::go_memory_limit;
use crate::diagnostic::Diagnostic;
use crate::links::Endpoint;

/// What a template may ask of a link.
pub(crate) const LINK_PARTS: [&str; 6] = ["url", "address", "scheme", "host", "port", "path"];

/// Returns what the templates of a component from outside see beside what all see: `settings`, each key of their schema
/// with a value, `links`, and for each role what a Go program shall keep to.
pub(crate) fn derive(
    scope: &Scope<'_>,
    manifest: &Manifest,
    settings: Value,
    found: &mut Vec<Diagnostic>,
) -> Value {
    let mut links = Map::new();
    for (name, rule) in &manifest.links {
        let endpoint = scope.links.endpoint(&rule.component, &rule.endpoint);
        if endpoint.is_none() && !rule.optional {
            found.push(missing(scope, name, rule));
        }
        links.insert(name.clone(), endpoint.map_or(Value::Null, parts));
    }
    let go_memory: Map<String, Value> = scope
        .release
        .roles
        .keys()
        .map(|role| (role.replace('-', "_"), json!(go_memory_limit(scope, role))))
        .collect();
    json!({"settings": settings, "links": links, "go_memory_limit": go_memory})
}

/// Returns what rules may know of a component from outside.
pub(crate) fn describe(scope: &Scope<'_>, manifest: &Manifest) -> Described {
    let mut described = Described::default();
    let first = || scope.release.roles.keys().next();
    for (name, rule) in &scope.release.endpoint_rules {
        if let (Some(callers), Some(role)) = (rule.callers, rule.role.as_ref().or_else(first)) {
            described.doors.push(Door {
                role: role.clone(),
                name: name.clone(),
                port: rule.target.unwrap_or(rule.port),
                callers,
            });
        }
    }
    let place = scope
        .environment
        .key_location(&format!("components.{}", scope.release.component));
    let from = &scope.release.component;
    let tenant = |rule: &LinkRule| (!rule.without_tenant).then(|| scope.environment.tenant.clone());
    for (name, rule) in &manifest.links {
        let Some(endpoint) = scope.links.endpoint(&rule.component, &rule.endpoint) else {
            continue;
        };
        if let Some(signal) = rule.sends {
            described.flows.push(Flow {
                from: from.clone(),
                role: role(scope, rule),
                name: name.clone(),
                signal,
                address: address(endpoint),
                tenant: tenant(rule),
                cross_env: false,
                queue: None,
                setting: None,
                place: place.clone(),
            });
        }
        if let Some(signal) = rule.reads {
            described.reads.push(Reading {
                from: from.clone(),
                role: role(scope, rule),
                name: name.clone(),
                signal,
                environment: scope.environment.name.clone(),
                component: rule.component.clone(),
                namespace: namespace_of(scope, &rule.component),
                address: address(endpoint),
                port: endpoint.port,
                tenant: tenant(rule),
                place: place.clone(),
            });
        }
        if rule.sends.is_none() && rule.reads.is_none() {
            described.calls.push(Call {
                roles: rule.role.iter().cloned().collect(),
                name: name.clone(),
                address: address(endpoint),
            });
        }
    }
    described
}

/// Returns the namespace that a component runs in.
fn namespace_of(scope: &Scope<'_>, component: &str) -> String {
    scope
        .releases
        .iter()
        .find(|release| release.component == component)
        .map_or(&scope.environment.namespace, |release| &release.namespace)
        .clone()
}

/// Returns the role that sends and asks.
fn role(scope: &Scope<'_>, rule: &LinkRule) -> String {
    let first = || scope.release.roles.keys().next().cloned();
    rule.role.clone().or_else(first).unwrap_or_default()
}

fn address(endpoint: &Endpoint) -> String {
    match endpoint.scheme.as_str() {
        "grpc" => endpoint.address(),
        _ => endpoint.url(),
    }
}

fn parts(endpoint: &Endpoint) -> Value {
    json!({
        "url": address(endpoint),
        "address": endpoint.address(),
        "scheme": endpoint.scheme,
        "host": endpoint.host,
        "port": endpoint.port,
        "path": endpoint.path,
    })
}

fn missing(scope: &Scope<'_>, name: &str, rule: &LinkRule) -> Diagnostic {
    let id = &scope.release.component;
    let runs = scope
        .releases
        .iter()
        .any(|release| release.component == rule.component);
    let (message, help) = if runs {
        (
            format!(
                "`{id}` needs the endpoint `{}` of `{}`, and the variant in use has none",
                rule.endpoint, rule.component
            ),
            format!("choose another variant of `{}`", rule.component),
        )
    } else {
        (
            format!(
                "`{id}` needs `{}`, which this environment does not run",
                rule.component
            ),
            format!(
                "add `{}` to `components`, or let the link be `optional: true` in the manifest of `{id}`",
                rule.component
            ),
        )
    };
    Diagnostic::error("environment/missing-link", message)
        .at(&scope.environment.key_location(&format!("components.{id}")))
        .why(format!(
            "its manifest says so: link `{name}` leads to the endpoint `{}`",
            rule.endpoint
        ))
        .help(help)
}
