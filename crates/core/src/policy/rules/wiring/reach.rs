//! Whether a Service of the own namespace is there, and has the port that is asked.

use super::crosses_environments::{Wrong, backend_of};
use crate::components::{Flow, Signal};
use crate::manifest::{Body, Service};
use crate::policy::{Address, Facts};

/// Looks for the Service of an address, and its port; `component` is whose it is by its name.
///
/// Services of the stream say which ports they have. Of a prediction the endpoints of components are known, and no other
/// Service of a chart.
pub(super) fn look<'a>(
    facts: &Facts<'a>,
    flow: &'a Flow,
    address: &Address<'a>,
    component: Option<&str>,
) -> Option<Wrong> {
    let right = backend_of(flow.signal)?;
    // Behind `dnssrv+` stands the name of a record, which says the port.
    if flow.cross_env || flow.address.starts_with("dns") {
        return None;
    }
    let name = address.own_service(facts)?;
    let port = address.effective_port();
    let lacks = |ports: Vec<u32>| {
        let port = port.filter(|port| !ports.contains(&u32::from(*port)))?;
        let ports: Vec<String> = ports.iter().map(u32::to_string).collect();
        Some((
            format!(
                "{} sends {} to port {port} of `{name}`, which does not have it",
                flow.from,
                flow.signal.name()
            ),
            format!(
                "`{name}` has {} {}",
                if ports.len() == 1 { "port" } else { "ports" },
                ports.join(", ")
            ),
            help(facts, flow, address, right),
        ))
    };
    if let Some(service) = rendered(facts, name) {
        // A name that stands for pods, or for another name, takes any port.
        return if service.is_headless || service.ports.is_empty() {
            None
        } else {
            lacks(service.ports.iter().map(|port| port.number).collect())
        };
    }
    let mut linked: Vec<u32> = facts
        .links
        .into_iter()
        .flat_map(|links| links.endpoints())
        .filter(|(_, _, endpoint)| {
            let host = endpoint.host.split('.').next().unwrap_or_default();
            host.eq_ignore_ascii_case(name)
        })
        .map(|(_, _, endpoint)| u32::from(endpoint.port))
        .collect();
    if !linked.is_empty() {
        linked.sort_unstable();
        linked.dedup();
        return lacks(linked);
    }
    if let Some(component) = component
        && !is_rendered(facts, component)
    {
        return None;
    }
    Some((
        format!(
            "{} sends {} to Service `{name}`, which this environment does not have",
            flow.from,
            flow.signal.name()
        ),
        "no component of the environment has a Service of that name, and what is sent there is lost".to_owned(),
        help(facts, flow, address, right),
    ))
}

/// Returns a Service of the stream that lies in the own namespace.
fn rendered<'a>(facts: &Facts<'a>, name: &str) -> Option<&'a Service> {
    let own = facts.environment?.namespace.as_str();
    facts.manifests?.objects.iter().find_map(|object| {
        let Body::Service(service) = &object.body else {
            return None;
        };
        let is_it = object.name.eq_ignore_ascii_case(name)
            && object
                .namespace
                .as_deref()
                .is_none_or(|namespace| namespace == own);
        is_it.then_some(&**service)
    })
}

/// Returns whether the stream has Services of a component, and so all of them.
fn is_rendered(facts: &Facts<'_>, component: &str) -> bool {
    let Some(manifests) = facts.manifests else {
        return false;
    };
    let names: Vec<&str> = facts
        .releases
        .iter()
        .filter(|release| release.component == component)
        .map(|release| release.fullname.as_str())
        .collect();
    manifests.objects.iter().any(|object| {
        matches!(object.body, Body::Service(_))
            && names.iter().any(|name| object.name.starts_with(name))
    })
}

/// Says what the address of the environment's own backend is.
fn help(facts: &Facts<'_>, flow: &Flow, address: &Address<'_>, right: &str) -> String {
    let is_traces = flow.signal == Signal::Traces;
    let is_http = address.scheme.is_some();
    let endpoint = match (is_traces, is_http) {
        (true, false) => "otlp-grpc",
        (true, true) => "otlp-http",
        (false, _) if address.path.starts_with("/otlp") => "otlp-http",
        (false, _) => "push",
    };
    let own = facts
        .links
        .and_then(|links| links.endpoint(right, endpoint));
    match own {
        Some(endpoint) => {
            let written = match (is_traces, is_http) {
                (true, false) => endpoint.address(),
                (true, true) => format!("{}://{}", endpoint.scheme, endpoint.address()),
                (false, _) => endpoint.url(),
            };
            format!(
                "write `{written}`, or leave the address out, and it is computed; what others install is declared with `crossEnv: true`"
            )
        }
        None => format!(
            "enable {right} in this environment, or declare a destination that others install with `crossEnv: true`"
        ),
    }
}
