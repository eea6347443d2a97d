//! Data sources: one for each backend of each environment, linked within that environment.

use serde_json::{Value, json};

use super::{GrafanaSettings, TenantSecret, did_you_mean};
use crate::components::scope::Scope;
use crate::components::{Reading, Signal};
use crate::diagnostic::Diagnostic;
use crate::links::Endpoint;
use crate::peers::Peer;
use crate::yaml;

/// One kind of backend.
struct Backend {
    /// The component that it is.
    component: &'static str,
    /// What people call it.
    shown: &'static str,
    /// The type of its data source.
    kind: &'static str,
    /// What it keeps.
    signal: Signal,
}

/// The backends in the order of their links: from a trace to all others.
const BACKENDS: [Backend; 4] = [
    Backend {
        component: "tempo",
        shown: "Tempo",
        kind: "tempo",
        signal: Signal::Traces,
    },
    Backend {
        component: "mimir",
        shown: "Mimir",
        kind: "prometheus",
        signal: Signal::Metrics,
    },
    Backend {
        component: "loki",
        shown: "Loki",
        kind: "loki",
        signal: Signal::Logs,
    },
    Backend {
        component: "pyroscope",
        shown: "Pyroscope",
        kind: "grafana-pyroscope-datasource",
        signal: Signal::Profiles,
    },
];

/// The name of the endpoint that answers queries.
const QUERY: &str = "query";

/// One data source.
pub(super) struct Source<'a> {
    /// `tempo-dev`.
    pub(super) uid: String,
    /// `Tempo (dev)`.
    name: String,
    backend: &'static Backend,
    peer: &'a Peer,
    endpoint: &'a Endpoint,
}

/// Returns the uid of an environment's backend.
fn uid(component: &str, environment: &str) -> String {
    format!("{component}-{environment}")
}

/// Returns the environment variable that carries an environment's tenant into the pod.
fn variable(environment: &str) -> String {
    let name: String = environment
        .chars()
        .map(|one| match one {
            'a'..='z' | 'A'..='Z' | '0'..='9' => one.to_ascii_uppercase(),
            _ => '_',
        })
        .collect();
    format!("TENANT_{name}")
}

/// Returns all data sources, by environment and backend.
pub(super) fn sources<'a>(scope: &Scope<'a>) -> Vec<Source<'a>> {
    let of = |peer: &'a Peer| {
        BACKENDS.iter().filter_map(move |backend| {
            Some(Source {
                uid: uid(backend.component, &peer.environment),
                name: format!("{} ({})", backend.shown, peer.environment),
                backend,
                peer,
                endpoint: peer.links.endpoint(backend.component, QUERY)?,
            })
        })
    };
    scope.peers.iter().flat_map(of).collect()
}

/// Returns whom Grafana asks, for network policies and pictures.
pub(super) fn readings(scope: &Scope<'_>) -> Vec<Reading> {
    sources(scope)
        .into_iter()
        .map(|source| Reading {
            from: scope.release.component.clone(),
            role: "grafana".to_owned(),
            name: source.name,
            signal: source.backend.signal,
            environment: source.peer.environment.clone(),
            component: source.backend.component.to_owned(),
            namespace: source
                .peer
                .releases
                .iter()
                .find(|release| release.component == source.backend.component)
                .map_or_else(
                    || source.peer.namespace.clone(),
                    |release| release.namespace.clone(),
                ),
            address: source.endpoint.url(),
            port: source.endpoint.port,
            tenant: Some(source.peer.tenant.clone()),
            place: scope.key_location("settings"),
        })
        .collect()
}

/// Returns the environment variables with tenants, each with its Secret, and reports keys of environments that there
/// are not.
pub(super) fn tenants(
    scope: &Scope<'_>,
    secret: &TenantSecret,
    found: &mut Vec<Diagnostic>,
) -> Vec<Value> {
    let names: Vec<&str> = scope
        .peers
        .iter()
        .map(|peer| peer.environment.as_str())
        .collect();
    for name in secret.keys.keys() {
        // An environment that is looked at alone does not know the others.
        if names.len() > 1 && !names.contains(&name.as_str()) {
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("there is no environment `{name}` whose tenant a key could hold"),
                )
                .at(&scope.key_location(&format!("settings.tenants.keys.{name}")))
                .why("keys go by the names of environments, and this one would be read by nothing")
                .help(did_you_mean(name, &names)),
            );
        }
    }
    let sources = sources(scope);
    let is_asked = |name: &str| sources.iter().any(|source| source.peer.environment == name);
    names
        .into_iter()
        .filter(|name| is_asked(name))
        .map(|name| {
            json!({
                "variable": variable(name),
                "secret": secret.secret_name,
                "key": secret.keys.get(name).map_or(name, String::as_str),
            })
        })
        .collect()
}

/// Returns the data sources as templates place them.
pub(super) fn shown(
    scope: &Scope<'_>,
    settings: &GrafanaSettings,
    sources: &[Source<'_>],
    found: &mut Vec<Diagnostic>,
) -> Vec<Value> {
    let first = first(scope, settings, sources, found);
    let beside = |source: &Source<'_>, component: &str| {
        let wanted = uid(component, &source.peer.environment);
        sources
            .iter()
            .any(|other| other.uid == wanted)
            .then_some(wanted)
    };
    sources
        .iter()
        .map(|source| {
            json!({
                "name": source.name,
                "uid": source.uid,
                "kind": source.backend.kind,
                "backend": source.backend.component,
                "url": source.endpoint.url(),
                "first": first.as_deref() == Some(source.uid.as_str()),
                // Grafana puts the variable's value here when it reads the file.
                "tenant": format!("$__env{{{}}}", variable(&source.peer.environment)),
                "traces": beside(source, "tempo"),
                "metrics": beside(source, "mimir"),
                "logs": beside(source, "loki"),
                "profiles": beside(source, "pyroscope"),
                "profile_type": literal(&settings.profile_type),
                "sample_interval": settings.sample_interval.to_go(),
            })
        })
        .collect()
}

/// Returns the uid of the one data source that is shown first.
fn first(
    scope: &Scope<'_>,
    settings: &GrafanaSettings,
    sources: &[Source<'_>],
    found: &mut Vec<Diagnostic>,
) -> Option<String> {
    if let Some(wanted) = &settings.default_datasource {
        let uids: Vec<&str> = sources.iter().map(|source| source.uid.as_str()).collect();
        if !uids.contains(&wanted.as_str()) {
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("there is no data source `{wanted}` to show first"),
                )
                .at(&scope.location("settings.defaultDatasource"))
                .why("data sources follow from the backends that environments run, as `<backend>-<environment>`")
                .help(did_you_mean(wanted, &uids)),
            );
        }
        return Some(wanted.clone());
    }
    let own = uid("mimir", &scope.environment.name);
    let is = |wanted: &dyn Fn(&Source<'_>) -> bool| sources.iter().find(|source| wanted(source));
    is(&|source| source.uid == own)
        .or_else(|| is(&|source| source.backend.component == "mimir"))
        .or_else(|| sources.first())
        .map(|source| source.uid.clone())
}

/// Returns the data sources that go, as Grafana's file has their names, and reports those that are ours.
pub(super) fn retired(
    scope: &Scope<'_>,
    names: &[String],
    sources: &[Source<'_>],
    found: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let list = scope.setting(&["retire"]).map(|node| &node.value);
    for (at, name) in names.iter().enumerate() {
        let item = match list {
            Some(yaml::Value::List(items)) => items.get(at),
            _ => None,
        };
        if sources.iter().any(|source| source.name == *name) {
            found.push(
                Diagnostic::error(
                    "environment/bad-value",
                    format!("`{name}` is to be deleted and made at once"),
                )
                .at(&item.map_or_else(
                    || scope.location("settings.retire"),
                    |item| item.location.clone(),
                ))
                .why("it is the data source of a backend that runs; Grafana would make it anew at each start, and links and alerts to it would break")
                .help("remove the line; a data source goes with its backend"),
            );
        }
    }
    names.iter().map(|name| literal(name)).collect()
}

/// Writes a text so that Grafana reads it as it is: a dollar begins a variable, two are one dollar.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_names_that_a_shell_takes() {
        assert_eq!(variable("dev"), "TENANT_DEV");
        assert_eq!(variable("eu-west-1"), "TENANT_EU_WEST_1");
    }

    #[test]
    fn dollars_that_are_meant_are_doubled() {
        assert_eq!(literal("a $b ${c} $$"), "a $$b $${c} $$$$");
    }
}
