//! On which nodes pods may stand, and how far apart.

use super::context::Context;
use super::place::Text;
use super::selector::Selector;
use super::tree::Node;

/// What a pod keeps away from: one term of `podAntiAffinity`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AntiAffinity {
    /// Whether it rather waits than to stand beside one.
    pub required: bool,
    /// The label of nodes that tells places apart: `kubernetes.io/hostname`.
    pub topology_key: Text,
    /// The pods it keeps away from; none matches nothing.
    pub selector: Option<Selector>,
}

/// Over what pods are spread: one of `topologySpreadConstraints`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpreadConstraint {
    /// The label of nodes that tells places apart.
    pub topology_key: Text,
    /// How many pods one place may have more than another.
    pub max_skew: Option<u32>,
    /// Whether a pod rather waits (`DoNotSchedule`, which is the default).
    pub required: bool,
    /// The pods that are counted; none matches nothing.
    pub selector: Option<Selector>,
}

/// A taint that a pod stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Toleration {
    /// The taint's key; none stands for all.
    pub key: Option<Text>,
    /// `Equal` or `Exists`; nothing is written for `Equal`.
    pub operator: Option<Text>,
    /// The taint's value.
    pub value: Option<Text>,
    /// The taint's effect; none stands for all.
    pub effect: Option<Text>,
}

impl AntiAffinity {
    pub(super) fn read(affinity: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Box<[Self]> {
        let Some(anti) = affinity.get("podAntiAffinity") else {
            return Box::default();
        };
        let required = anti.list("requiredDuringSchedulingIgnoredDuringExecution");
        let preferred = anti.list("preferredDuringSchedulingIgnoredDuringExecution");
        let terms = required.iter().map(|term| (true, term)).chain(
            preferred
                .iter()
                .filter_map(|term| Some((false, term.get("podAffinityTerm")?))),
        );
        terms
            .map(|(required, term)| Self {
                required,
                topology_key: context.name(term, "topologyKey"),
                selector: context.selector(term, "labelSelector"),
            })
            .collect()
    }
}

impl SpreadConstraint {
    pub(super) fn read(spec: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Box<[Self]> {
        let constraints = spec.list("topologySpreadConstraints").iter();
        constraints
            .map(|constraint| Self {
                topology_key: context.name(constraint, "topologyKey"),
                max_skew: context.number(constraint, "maxSkew"),
                required: constraint.text_of("whenUnsatisfiable") != Some("ScheduleAnyway"),
                selector: context.selector(constraint, "labelSelector"),
            })
            .collect()
    }
}

impl Toleration {
    pub(super) fn read(node: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        Self {
            key: context.text(node, "key"),
            operator: context.text(node, "operator"),
            value: context.text(node, "value"),
            effect: context.text(node, "effect"),
        }
    }
}
