//! One network policy: whom some pods let in, and whom they may call.

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::components::Release;

/// The labels of some pods.
pub(super) type Labels = IndexMap<String, String>;

/// One line of a policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    /// What it is for.
    why: String,
    /// Who is at the other end; empty for anybody.
    peers: Vec<Value>,
    /// Ports and protocols; empty for all.
    ports: Vec<Value>,
}

impl Rule {
    pub(super) fn new(why: impl Into<String>, peers: Vec<Value>, ports: Vec<Value>) -> Self {
        Self {
            why: why.into(),
            peers,
            ports,
        }
    }

    /// Returns what stands in the policy, with the peers under `key`.
    fn json(&self, key: &str) -> Value {
        let mut allow = serde_json::Map::new();
        if !self.peers.is_empty() {
            allow.insert(key.to_owned(), self.peers.clone().into());
        }
        if !self.ports.is_empty() {
            allow.insert("ports".to_owned(), self.ports.clone().into());
        }
        json!({"why": self.why, "allow": allow})
    }
}

/// What the pods of one role do beyond what all pods of the release do.
#[derive(Debug, Default)]
pub(super) struct Policy {
    pub(super) ingress: Vec<Rule>,
    pub(super) egress: Vec<Rule>,
}

impl Policy {
    pub(super) fn sends(&mut self, rule: Rule) {
        add(&mut self.egress, rule);
    }

    pub(super) fn takes(&mut self, rule: Rule) {
        add(&mut self.ingress, rule);
    }
}

/// Adds a rule, or its reason to one that allows the same.
fn add(rules: &mut Vec<Rule>, rule: Rule) {
    match rules
        .iter_mut()
        .find(|one| one.peers == rule.peers && one.ports == rule.ports)
    {
        Some(same) if same.why == rule.why => {}
        Some(same) => same.why = format!("{} and {}", same.why, rule.why),
        None => rules.push(rule),
    }
}

pub(super) fn write(
    release: &Release,
    name: &str,
    why: &str,
    labels: &Labels,
    policy: &Policy,
) -> Value {
    let rules = |rules: &[Rule], key| rules.iter().map(|rule| rule.json(key)).collect::<Vec<_>>();
    json!({
        "name": name,
        "namespace": release.namespace,
        "why": why,
        "selector": labels,
        "ingress": rules(&policy.ingress, "from"),
        "egress": rules(&policy.egress, "to"),
    })
}

pub(super) fn tcp(ports: &[u16]) -> Vec<Value> {
    ports.iter().map(|port| on("TCP", *port)).collect()
}

pub(super) fn on(protocol: &str, port: u16) -> Value {
    json!({"protocol": protocol, "port": port})
}

pub(super) fn in_namespace(name: &str) -> Value {
    json!({"namespaceSelector": named(name)})
}

/// Selects a namespace by the label that the API server itself gives it.
///
/// Source: Kubernetes documentation, "Well-Known Labels", `kubernetes.io/metadata.name`.
pub(super) fn named(namespace: &str) -> Value {
    json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}})
}
