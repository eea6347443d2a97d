//! What guards and bounds pods: budgets, autoscalers, quotas, ranges and priorities.

use super::context::Context;
use super::place::Text;
use super::quantity::Amounts;
use super::selector::Selector;
use super::tree::{NULL, Node};
use crate::workload::Count;
use crate::yaml::Value;

/// A PodDisruptionBudget.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DisruptionBudget {
    /// How many pods must be there.
    pub min_available: Option<Count>,
    /// How many may be away.
    pub max_unavailable: Option<Count>,
    /// The pods that it guards; none matches nothing, an empty one all of the namespace.
    pub selector: Option<Selector>,
    /// `IfHealthyBudget` or `AlwaysAllow`.
    pub unhealthy_policy: Option<Text>,
}

/// An object that another one acts on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Its kind.
    pub kind: Text,
    /// Its name.
    pub name: Text,
}

/// A HorizontalPodAutoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Autoscaler {
    /// What it scales.
    pub target: Target,
    /// The fewest pods; one if nothing is written.
    pub min: Option<u32>,
    /// The most pods.
    pub max: Option<u32>,
}

/// A VerticalPodAutoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VerticalAutoscaler {
    /// Whose requests it sets.
    pub target: Target,
    /// `Off` if it only recommends.
    pub mode: Option<Text>,
    /// What holds for which containers.
    pub policies: Box<[ContainerPolicy]>,
}

/// What a VerticalPodAutoscaler may do to a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContainerPolicy {
    /// The container's name; `*` for all others.
    pub container: Text,
    /// The most it may ask for.
    pub max_allowed: Amounts,
    /// The least it may ask for.
    pub min_allowed: Amounts,
    /// `RequestsOnly` or `RequestsAndLimits`.
    pub controlled_values: Option<Text>,
    /// `Off` if it is left alone.
    pub mode: Option<Text>,
}

/// A ResourceQuota.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    /// The most of each resource.
    pub hard: Amounts,
    /// Whether it counts some pods only.
    pub is_scoped: bool,
}

/// One entry of a LimitRange.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    /// `Container`, `Pod` or `PersistentVolumeClaim`.
    pub of: Text,
    /// The least.
    pub min: Amounts,
    /// The most.
    pub max: Amounts,
    /// The limit of a container that sets none.
    pub default: Amounts,
    /// The request of a container that sets none.
    pub default_request: Amounts,
    /// How many times its request a limit may be.
    pub max_ratio: Amounts,
}

/// A PriorityClass.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PriorityClass {
    /// Its value.
    pub value: i64,
    /// Whether pods that name no class get it.
    pub global_default: bool,
    /// `Never` or `PreemptLowerPriority`.
    pub preemption_policy: Option<Text>,
}

fn target(spec: &Node<'_>, key: &str, context: &mut Context<'_, '_, '_>) -> Target {
    let node = spec.get(key).unwrap_or(&NULL);
    Target {
        kind: context.name(node, "kind"),
        name: context.name(node, "name"),
    }
}

impl DisruptionBudget {
    pub(super) fn read(spec: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        if let (Some(most), Some(_)) = (spec.get("maxUnavailable"), spec.get("minAvailable")) {
            let what = "beside `minAvailable`, and only one of them is allowed";
            context.bad_value(most, "maxUnavailable", what, "leave one of the two out");
        }
        Self {
            min_available: context.count(spec, "minAvailable"),
            max_unavailable: context.count(spec, "maxUnavailable"),
            selector: context.selector(spec, "selector"),
            unhealthy_policy: context.text(spec, "unhealthyPodEvictionPolicy"),
        }
    }
}

impl Autoscaler {
    pub(super) fn read(spec: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        Self {
            target: target(spec, "scaleTargetRef", context),
            min: context.number(spec, "minReplicas"),
            max: context.number(spec, "maxReplicas"),
        }
    }
}

impl VerticalAutoscaler {
    pub(super) fn read(spec: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        let policies = spec.get("resourcePolicy").unwrap_or(&NULL);
        Self {
            target: target(spec, "targetRef", context),
            mode: spec
                .get("updatePolicy")
                .and_then(|policy| context.text(policy, "updateMode")),
            policies: policies
                .list("containerPolicies")
                .iter()
                .map(|policy| ContainerPolicy {
                    container: context.name(policy, "containerName"),
                    max_allowed: context.amounts(policy, "maxAllowed"),
                    min_allowed: context.amounts(policy, "minAllowed"),
                    controlled_values: context.text(policy, "controlledValues"),
                    mode: context.text(policy, "mode"),
                })
                .collect(),
        }
    }
}

impl Quota {
    pub(super) fn read(spec: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        Self {
            hard: context.amounts(spec, "hard"),
            is_scoped: !spec.list("scopes").is_empty() || spec.get("scopeSelector").is_some(),
        }
    }
}

impl Limit {
    pub(super) fn read(spec: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Vec<Self> {
        let limits = spec.list("limits").iter();
        limits
            .map(|limit| Self {
                of: context.name(limit, "type"),
                min: context.amounts(limit, "min"),
                max: context.amounts(limit, "max"),
                default: context.amounts(limit, "default"),
                default_request: context.amounts(limit, "defaultRequest"),
                max_ratio: context.amounts(limit, "maxLimitRequestRatio"),
            })
            .collect()
    }
}

impl PriorityClass {
    pub(super) fn read(root: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        let value = root.get("value").map(Node::value);
        let number = match value {
            Some(Value::Integer(number)) => i32::try_from(number).ok().map(i64::from),
            Some(_) => None,
            None => Some(0),
        };
        if let (None, Some(node)) = (number, root.get("value")) {
            context.bad_value(
                node,
                "value",
                "no priority",
                "write a whole number up to 1000000000; what is above it is the system's",
            );
        }
        Self {
            value: number.unwrap_or(0),
            global_default: root.is_true("globalDefault"),
            preemption_policy: context.text(root, "preemptionPolicy"),
        }
    }
}
