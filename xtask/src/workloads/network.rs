//! Whether the facts that network policies are made of are true of what a chart renders.

use std::collections::{BTreeMap, BTreeSet};

use helmwright::components::Release;
use helmwright::source::Source;
use helmwright::workload::Workload;
use helmwright::yaml::{self, Node, Value};

/// The pods of one object of a stream.
struct Pods<'a> {
    name: &'a str,
    labels: BTreeMap<&'a str, &'a str>,
    /// The Secrets that its variables come from.
    secrets: BTreeSet<&'a str>,
    account: &'a str,
    /// Ports by their names.
    ports: BTreeMap<&'a str, i128>,
}

/// Compares the facts of a release with what is rendered: labels, and where `ours` says that no override changed it, who
/// has the key of the object store and who may ask the API server.
///
/// Returns how many facts were looked at, and a line for each that is not true.
pub(super) fn differences(
    release: &Release,
    (store, ours): (Option<&str>, bool),
    text: &str,
    predicted: &[&Workload],
) -> (usize, Vec<String>) {
    // What a chart writes twice, or for Helm alone, is none of our affair here.
    let documents: Vec<Node> = text
        .split("\n---")
        .filter_map(|document| {
            yaml::read(&Source::new("rendered", document.trim_start_matches('\n'))).ok()
        })
        .collect();
    let pods: Vec<Pods<'_>> = documents.iter().filter_map(Pods::of).collect();
    let bound: BTreeSet<&str> = documents.iter().flat_map(accounts).collect();
    let mut count = 0;
    let mut lines = Vec::new();
    let mut ask = |fits: bool, line: &dyn Fn() -> String| {
        count += 1;
        if !fits {
            lines.push(line());
        }
    };
    let (network, empty) = (&release.network, BTreeMap::new());
    for workload in predicted {
        let Some(own) = pods.iter().find(|pods| *pods.name == *workload.name) else {
            continue;
        };
        let Some(facts) = network.roles.get(&*workload.role) else {
            continue;
        };
        let name = own.name;
        let fits = |pods: &Pods<'_>| pods.carries(&facts.labels);
        ask(fits(own) && own.carries(&network.labels), &|| {
            format!(
                "{name}: labels {:?}: rendered {:?}",
                facts.labels, own.labels
            )
        });
        for other in pods.iter().filter(|other| other.name != own.name) {
            ask(!fits(other), &|| {
                format!("{name}: its labels are also those of {}", other.name)
            });
        }
        if !ours {
            continue;
        }
        if let Some(store) = store {
            let reads = own.secrets.contains(store);
            ask(reads == facts.store, &|| {
                format!(
                    "{name}: store {}: it has the store's key: {reads}",
                    facts.store
                )
            });
        }
        let may = bound.contains(own.account);
        ask(may == facts.api, &|| {
            format!(
                "{name}: api {}: its account is given rights: {may}",
                facts.api
            )
        });
    }
    let services: Vec<&Node> = documents
        .iter()
        .filter(|node| kind(node) == "Service")
        .collect();
    for (name, rule) in &release.endpoint_rules {
        let service = format!("{}{}", release.fullname, rule.suffix);
        let found = services
            .iter()
            .find(|node| text_at(node, &["metadata", "name"]) == service);
        let Some(found) = found else {
            continue;
        };
        let selector = found
            .at(&["spec", "selector"])
            .map_or_else(|| empty.clone(), texts);
        let target = list(found.at(&["spec", "ports"]))
            .iter()
            .find(|port| port.get("port").and_then(number) == Some(rule.port.into()));
        let answering: Vec<&Pods<'_>> = pods
            .iter()
            .filter(|pods| {
                selector
                    .iter()
                    .all(|(key, value)| pods.labels.get(key) == Some(value))
            })
            .collect();
        let wanted = i128::from(rule.target.unwrap_or(rule.port));
        let answers = |pods: &Pods<'_>| {
            let port = target.and_then(|port| port.get("targetPort"));
            let port = port.and_then(|port| match port.as_str() {
                Some(name) => pods.ports.get(name).copied(),
                None => number(port),
            });
            port.or(Some(rule.port.into())) == Some(wanted)
        };
        ask(
            target.is_none() || answering.iter().all(|pods| answers(pods)),
            &|| format!("endpoint {name}: target {wanted}: the pods listen elsewhere"),
        );
        let role = rule
            .role
            .as_deref()
            .or_else(|| rule.suffix.strip_prefix('-'));
        if let Some(facts) = role.and_then(|role| network.roles.get(role)) {
            ask(
                answering.iter().all(|pods| pods.carries(&facts.labels)),
                &|| format!("endpoint {name}: other pods answer than those of the role"),
            );
        }
    }
    (count, lines)
}

impl<'a> Pods<'a> {
    fn of(node: &'a Node) -> Option<Self> {
        let template = match kind(node) {
            "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => node.at(&["spec", "template"])?,
            _ => return None,
        };
        let containers = list(template.at(&["spec", "containers"]));
        let variables = containers.iter().flat_map(|one| list(one.get("env")));
        let named = containers.iter().flat_map(|one| list(one.get("ports")));
        Some(Self {
            name: text_at(node, &["metadata", "name"]),
            labels: template
                .at(&["metadata", "labels"])
                .map(texts)
                .unwrap_or_default(),
            secrets: variables
                .filter_map(|one| one.at(&["valueFrom", "secretKeyRef", "name"])?.as_str())
                .collect(),
            account: text_at(template, &["spec", "serviceAccountName"]),
            ports: named
                .filter_map(|port| {
                    Some((
                        port.get("name")?.as_str()?,
                        number(port.get("containerPort")?)?,
                    ))
                })
                .collect(),
        })
    }

    fn carries<'l>(&self, labels: impl IntoIterator<Item = (&'l String, &'l String)>) -> bool {
        labels
            .into_iter()
            .all(|(key, value)| self.labels.get(key.as_str()) == Some(&value.as_str()))
    }
}

/// Returns the accounts that an object gives rights to.
fn accounts(node: &Node) -> Vec<&str> {
    match kind(node) {
        "RoleBinding" | "ClusterRoleBinding" => list(node.get("subjects"))
            .iter()
            .map(|subject| text_at(subject, &["name"]))
            .collect(),
        _ => Vec::new(),
    }
}

fn kind(node: &Node) -> &str {
    text_at(node, &["kind"])
}

fn text_at<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    node.at(path).and_then(Node::as_str).unwrap_or_default()
}

fn texts(node: &Node) -> BTreeMap<&str, &str> {
    let entries = node.as_map().into_iter().flatten();
    entries
        .filter_map(|(key, entry)| Some((key.as_str(), entry.value.as_str()?)))
        .collect()
}

fn number(node: &Node) -> Option<i128> {
    match node.value {
        Value::Integer(number) => Some(number),
        _ => None,
    }
}

fn list(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}
