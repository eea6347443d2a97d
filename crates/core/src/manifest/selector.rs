//! Which pods are meant: labels and expressions, as Kubernetes matches them.

use super::context::Context;
use super::labels::Labels;
use super::place::Text;
use super::tree::Node;

/// A label selector. Without any condition it matches everything; whether "no selector" means all or none is the
/// affair of the field it stands in.
///
/// # Examples
///
/// ```
/// use helmwright::manifest::{Labels, Reader};
///
/// let mut reader = Reader::new("stream");
/// reader.feed("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: {selector: ");
/// reader.feed("{matchLabels: {app: mimir}, matchExpressions: [{key: zone, operator: NotIn, values: [b]}]}}}");
/// let manifests = reader.finish();
/// let selector = manifests.objects[0].disruption_budget().unwrap().selector.as_ref().unwrap();
/// let labels = |pairs: &[(&'static str, &'static str)]| pairs.iter().copied().collect::<Labels>();
/// assert!(selector.matches(&labels(&[("app", "mimir"), ("zone", "a")])));
/// assert!(selector.matches(&labels(&[("app", "mimir")])));
/// assert!(!selector.matches(&labels(&[("app", "mimir"), ("zone", "b")])));
/// ```
///
/// # Source
///
/// Kubernetes documentation, "Labels and Selectors": `NotIn` and `DoesNotExist` match pods without the label, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selector {
    /// Labels that must be there with this value.
    pub labels: Labels,
    /// Further conditions; all must hold.
    pub expressions: Box<[Expression]>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expression {
    /// The label's name.
    pub key: Text,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub values: Box<[Text]>,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// It is one of the values.
    In,
    /// It is none of the values, or not there.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}

impl Selector {
    /// Returns whether labels meet all conditions.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.labels
            .iter()
            .all(|(name, value)| labels.get(name) == Some(value))
            && self
                .expressions
                .iter()
                .all(|expression| expression.holds(labels))
    }

    /// Returns whether it has no condition.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    pub(super) fn read(node: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        let mut expressions = Vec::new();
        for expression in node.list("matchExpressions") {
            let operator = match expression.text_of("operator") {
                Some("In") => Operator::In,
                Some("NotIn") => Operator::NotIn,
                Some("Exists") => Operator::Exists,
                Some("DoesNotExist") => Operator::DoesNotExist,
                _ => {
                    let at = expression.get("operator").unwrap_or(expression);
                    context.bad_value(
                        at,
                        "operator",
                        "no operator of a selector",
                        "write `In`, `NotIn`, `Exists` or `DoesNotExist`",
                    );
                    continue;
                }
            };
            expressions.push(Expression {
                key: context.name(expression, "key"),
                operator,
                values: context.texts(expression, "values"),
            });
        }
        Self {
            labels: context.labels(node, "matchLabels"),
            expressions: expressions.into_boxed_slice(),
        }
    }
}

impl Expression {
    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let listed = value.is_some_and(|value| self.values.iter().any(|one| **one == *value));
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}
