//! What only a dump of a cluster has: nodes, and where pods run.

use super::context::Context;
use super::place::{Place, Text};
use super::quantity::Amounts;
use super::tree::{NULL, Node};

/// A node of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterNode {
    /// What pods may request of it: `cpu`, `memory`, `pods`.
    pub allocatable: Amounts,
    /// What keeps pods away that do not tolerate it.
    pub taints: Box<[Taint]>,
}

/// What keeps pods away from a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: Text,
    /// Its value.
    pub value: Option<Text>,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: Option<Text>,
}

/// Where a pod of a dump runs, and with what priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The node; none for a pod that waits.
    pub node: Option<Text>,
    /// Where the node is named.
    pub node_place: Option<Place>,
    /// The priority it was admitted with.
    pub priority: Option<i32>,
    /// `Pending`, `Running`, `Succeeded`, `Failed`.
    pub phase: Option<Text>,
    /// When it was started, as RFC 3339 writes it.
    pub started: Option<Text>,
    /// When it was ready last, as RFC 3339 writes it.
    pub ready: Option<Text>,
    /// Whether it is being deleted.
    pub is_leaving: bool,
    /// What it asks of its node: one of these must hold.
    pub node_terms: Box<[NodeTerm]>,
}

/// What a pod asks of its node; all of it must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeTerm {
    /// Requirements on labels.
    pub labels: Box<[NodeRequirement]>,
    /// Requirements on fields: the name of the one node that a pod of a DaemonSet is for.
    pub fields: Box<[NodeRequirement]>,
}

/// A requirement on a label or field of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRequirement {
    /// The label or field.
    pub key: Text,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`.
    pub operator: Text,
    /// With what it is compared.
    pub values: Box<[Text]>,
}

impl ClusterNode {
    pub(super) fn read(root: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        let status = root.get("status").unwrap_or(&NULL);
        let spec = root.get("spec").unwrap_or(&NULL);
        Self {
            allocatable: context.amounts(status, "allocatable"),
            taints: spec
                .list("taints")
                .iter()
                .map(|taint| Taint {
                    key: context.name(taint, "key"),
                    value: context.text(taint, "value"),
                    effect: context.text(taint, "effect"),
                })
                .collect(),
        }
    }
}

impl Placement {
    pub(super) fn read(root: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        let spec = root.get("spec").unwrap_or(&NULL);
        let status = root.get("status").unwrap_or(&NULL);
        let ready = status.list("conditions").iter().find(|condition| {
            condition.text_of("type") == Some("Ready")
                && condition.text_of("status") == Some("True")
        });
        let priority = spec.get("priority").and_then(|node| {
            let priority = node.text().and_then(|text| text.parse().ok());
            if priority.is_none() {
                context.bad_value(node, "priority", "no priority", "write a whole number");
            }
            priority
        });
        let terms = spec
            .at(&[
                "affinity",
                "nodeAffinity",
                "requiredDuringSchedulingIgnoredDuringExecution",
            ])
            .unwrap_or(&NULL);
        Self {
            node: context.text(spec, "nodeName"),
            node_place: spec.field("nodeName").map(|field| context.place_of(field)),
            priority,
            phase: context.text(status, "phase"),
            started: context.text(status, "startTime"),
            ready: ready.and_then(|ready| context.text(ready, "lastTransitionTime")),
            is_leaving: root.at(&["metadata", "deletionTimestamp"]).is_some(),
            node_terms: terms
                .list("nodeSelectorTerms")
                .iter()
                .map(|term| NodeTerm {
                    labels: requirements(term, "matchExpressions", context),
                    fields: requirements(term, "matchFields", context),
                })
                .collect(),
        }
    }
}

fn requirements(
    term: &Node<'_>,
    key: &str,
    context: &mut Context<'_, '_, '_>,
) -> Box<[NodeRequirement]> {
    let requirements = term.list(key).iter();
    requirements
        .map(|requirement| NodeRequirement {
            key: context.name(requirement, "key"),
            operator: context.name(requirement, "operator"),
            values: context.texts(requirement, "values"),
        })
        .collect()
}
