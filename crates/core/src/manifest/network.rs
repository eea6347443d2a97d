//! Services and network policies, as far as gossip needs them.

use std::sync::Arc;

use super::context::Context;
use super::labels::Labels;
use super::place::Text;
use super::selector::Selector;
use super::tree::Node;

/// A Service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Service {
    /// The labels of its pods; none of them: it has no pods of its own.
    pub selector: Labels,
    /// Its ports.
    pub ports: Arc<Vec<ServicePort>>,
    /// Whether its name stands for each pod (`clusterIP: None`).
    pub is_headless: bool,
    /// Whether pods that are not ready have a name, too.
    pub publishes_not_ready: bool,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServicePort {
    /// Its name.
    pub name: Option<Text>,
    /// Its number.
    pub number: u32,
    /// The number or name of the pods' port, if it differs.
    pub target: Option<Text>,
    /// `TCP`, `UDP` or `SCTP`; nothing is written for TCP.
    pub protocol: Option<Text>,
}

/// A NetworkPolicy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NetworkPolicy {
    /// The pods that it is about; an empty selector stands for all of the namespace.
    pub pods: Selector,
    /// What it closes: `Ingress`, `Egress`; nothing is written for ingress, and egress where there are such rules.
    pub types: Box<[Text]>,
    /// What may come in.
    pub ingress: Box<[NetworkRule]>,
    /// What may go out.
    pub egress: Box<[NetworkRule]>,
}

/// What may pass.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NetworkRule {
    /// The ports; none of them stands for all.
    pub ports: Box<[PolicyPort]>,
    /// The pods of the same namespace at the other end, by selectors; none of them and `anywhere` stands for all.
    pub pods: Box<[Selector]>,
    /// Whether the other end may be anything.
    pub anywhere: bool,
}

/// A port that is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyPort {
    /// Its number or name; none stands for all.
    pub port: Option<Text>,
    /// The last one of a range.
    pub end: Option<u32>,
    /// `TCP`, `UDP` or `SCTP`; nothing is written for TCP.
    pub protocol: Option<Text>,
}

impl Service {
    pub(super) fn read(spec: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        let ports = spec.list("ports").iter();
        let ports: Vec<ServicePort> = ports
            .filter_map(|port| {
                Some(ServicePort {
                    name: context.text(port, "name"),
                    number: context.number(port, "port")?,
                    target: context.text(port, "targetPort"),
                    protocol: context.text(port, "protocol"),
                })
            })
            .collect();
        Self {
            ports: context.collector.pools.ports.share(ports),
            selector: context.labels(spec, "selector"),
            is_headless: spec.text_of("clusterIP") == Some("None"),
            publishes_not_ready: spec.is_true("publishNotReadyAddresses"),
        }
    }
}

impl NetworkPolicy {
    pub(super) fn read(spec: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        Self {
            pods: context.selector(spec, "podSelector").unwrap_or_default(),
            types: context.texts(spec, "policyTypes"),
            ingress: rules(spec, "ingress", "from", context),
            egress: rules(spec, "egress", "to", context),
        }
    }
}

fn rules(
    spec: &Node<'_>,
    key: &str,
    peers: &str,
    context: &mut Context<'_, '_, '_>,
) -> Box<[NetworkRule]> {
    let rules = spec.list(key).iter();
    rules
        .map(|rule| NetworkRule {
            ports: rule
                .list("ports")
                .iter()
                .map(|port| PolicyPort {
                    port: context.text(port, "port"),
                    end: context.number(port, "endPort"),
                    protocol: context.text(port, "protocol"),
                })
                .collect(),
            anywhere: rule.list(peers).is_empty(),
            pods: rule
                .list(peers)
                .iter()
                .filter(|peer| peer.get("namespaceSelector").is_none())
                .filter_map(|peer| context.selector(peer, "podSelector"))
                .collect(),
        })
        .collect()
}
