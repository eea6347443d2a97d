//! What ties pods to nodes: taints, tolerations, requirements on labels.

use super::Node;

/// What keeps pods away from a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value; may be empty.
    pub value: String,
    /// What it does.
    pub effect: TaintEffect,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaintEffect {
    /// New pods are kept away.
    NoSchedule,
    /// New pods are kept away if there is another node; the simulator does not look at it.
    PreferNoSchedule,
    /// Pods are kept away and sent away; the simulator keeps them away.
    NoExecute,
}

/// Taints that a workload can live with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toleration {
    /// The taint's key; none means any.
    pub key: Option<String>,
    /// The taint's value; none means any: the operator `Exists`.
    pub value: Option<String>,
    /// The taint's effect; none means any.
    pub effect: Option<TaintEffect>,
}

impl Toleration {
    pub(super) fn covers(&self, taint: &Taint) -> bool {
        self.key.as_ref().is_none_or(|key| *key == taint.key)
            && self
                .value
                .as_ref()
                .is_none_or(|value| *value == taint.value)
            && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}

/// What is asked of a label of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub values: Vec<String>,
}

/// How a label of nodes is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// It is one of the values.
    In,
    /// It is none of the values, or not there.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
    /// As a whole number it is above the value.
    Gt,
    /// As a whole number it is below the value.
    Lt,
}

impl Requirement {
    /// Returns whether a node meets it.
    ///
    /// # Source
    ///
    /// Kubernetes documentation, "Assigning Pods to Nodes", section "Operators".
    pub fn holds(&self, node: &Node) -> bool {
        let label = node.label(&self.key);
        let listed = label.is_some_and(|label| self.values.contains(label));
        let number = || label?.parse::<i64>().ok();
        let bound = || self.values.first()?.parse::<i64>().ok();
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::Gt => number()
                .zip(bound())
                .is_some_and(|(number, bound)| number > bound),
            Operator::Lt => number()
                .zip(bound())
                .is_some_and(|(number, bound)| number < bound),
        }
    }
}
