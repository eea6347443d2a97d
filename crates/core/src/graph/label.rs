//! What is written at nodes, groups and edges, line by line, in the words of every drawing.

use super::{Edge, EdgeKind, Graph, Group, GroupKind, Node, NodeKind};
use crate::policy::Address;

impl Graph {
    /// Returns the lines at a group.
    pub(super) fn group_lines(&self, group: &Group) -> Vec<String> {
        vec![match group.kind {
            GroupKind::Environment => format!("{}, namespace {}", group.name, group.detail),
            GroupKind::Store if group.name == group.detail => {
                format!("object store {}", group.name)
            }
            // The port stands at what is kept there.
            GroupKind::Store => {
                let host = Address::read(&group.detail).host;
                format!("object store {}, {host}", group.name)
            }
        }]
    }

    /// Returns the lines at a node.
    pub(super) fn node_lines(&self, node: &Node) -> Vec<String> {
        match node.kind {
            NodeKind::Clients => vec!["programs that send OTLP".to_owned()],
            NodeKind::Pods => vec!["output of pods".to_owned()],
            NodeKind::Visitors => vec!["requests from outside".to_owned()],
            NodeKind::Bucket | NodeKind::Outside => vec![node.name.clone()],
            NodeKind::Component => {
                let mut lines = vec![node.name.clone()];
                if !node.variant.is_empty() {
                    lines.push(node.variant.clone());
                }
                let home = self
                    .groups
                    .iter()
                    .find(|group| Some(&group.id) == node.group.as_ref());
                if let Some(namespace) = &node.namespace
                    && home.is_some_and(|home| home.detail != *namespace)
                {
                    lines.push(format!("namespace {namespace}"));
                }
                lines
            }
        }
    }

    /// Returns the lines at an edge: what, how, as whom, from which role to which.
    pub(super) fn edge_lines(&self, edge: &Edge) -> Vec<String> {
        let mut lines = Vec::new();
        let signals: Vec<&str> = edge.signals.iter().map(|signal| signal.name()).collect();
        lines.push(match edge.kind {
            EdgeKind::Keeps | EdgeKind::Calls => edge.name.clone(),
            EdgeKind::Reads | EdgeKind::Sends if signals.is_empty() => edge.name.clone(),
            EdgeKind::Reads => format!("reads {}", signals.join(", ")),
            EdgeKind::Sends => signals.join(", "),
        });
        let mut how = edge.protocol.clone();
        if let Some(port) = edge.port {
            how.push_str(&format!(" {port}"));
        }
        if !edge.path.is_empty() {
            how.push_str(&format!(" {}", edge.path));
        }
        lines.push(how);
        if let Some(tenant) = &edge.tenant {
            lines.push(format!("tenant {tenant}"));
        }
        let named = |role: &Option<String>, id: &str| {
            let component = self.node(id).map(|node| node.name.as_str());
            role.clone().filter(|role| Some(role.as_str()) != component)
        };
        match (
            named(&edge.from_role, &edge.from),
            named(&edge.to_role, &edge.to),
        ) {
            (Some(from), Some(to)) => lines.push(format!("{from} to {to}")),
            (Some(from), None) => lines.push(format!("from {from}")),
            (None, Some(to)) => lines.push(format!("to {to}")),
            (None, None) => {}
        }
        lines.retain(|line| !line.is_empty());
        lines
    }
}
