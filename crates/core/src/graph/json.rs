//! The graph as data for other tools.

use serde_json::{Value, json};

use super::{Edge, Graph, Group, GroupKind};
use crate::components::Queue;

impl Graph {
    /// Returns the graph as the `result` of the JSON that the command line prints.
    pub fn json(&self) -> Value {
        let groups = |kind: GroupKind, make: fn(&Group) -> Value| -> Vec<Value> {
            self.groups
                .iter()
                .filter(|group| group.kind == kind)
                .map(make)
                .collect()
        };
        let nodes: Vec<Value> = self
            .nodes
            .iter()
            .map(|node| {
                json!({
                    "id": node.id,
                    "kind": node.kind.name(),
                    "name": node.name,
                    "variant": (!node.variant.is_empty()).then_some(&node.variant),
                    "environment": node.environment,
                    "namespace": node.namespace,
                    "group": node.group,
                })
            })
            .collect();
        json!({
            "environments": groups(GroupKind::Environment, |group| {
                json!({"id": group.id, "name": group.name, "namespace": group.detail})
            }),
            "stores": groups(GroupKind::Store, |group| {
                json!({"id": group.id, "name": group.name, "endpoint": group.detail})
            }),
            "nodes": nodes,
            "edges": self.edges.iter().map(edge).collect::<Vec<_>>(),
        })
    }
}

fn edge(edge: &Edge) -> Value {
    let signals: Vec<&str> = edge.signals.iter().map(|signal| signal.name()).collect();
    json!({
        "from": edge.from,
        "to": edge.to,
        "kind": edge.kind.name(),
        "name": edge.name,
        "signals": signals,
        "protocol": edge.protocol,
        "port": edge.port,
        "path": edge.path,
        "tenant": edge.tenant,
        "fromRole": edge.from_role,
        "toRole": edge.to_role,
        "endpoint": edge.endpoint,
        "crossesEnvironments": edge.crosses,
        "queue": edge.queue.as_ref().map(queue),
    })
}

fn queue(queue: &Queue) -> Value {
    json!({
        "capacity": queue.capacity,
        "maxShards": queue.max_shards,
        "maxSamplesPerSend": queue.max_samples_per_send,
        "maxBackoff": queue.max_backoff.to_go(),
        "sampleAgeLimit": queue.sample_age_limit.to_go(),
        "remoteTimeout": queue.remote_timeout.to_go(),
    })
}
