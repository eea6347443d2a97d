//! The priority classes that are known: of the environment, and of the stream.

use crate::environment::PreemptionPolicy;
use crate::manifest::Body;
use crate::policy::Facts;
use crate::source::Location;
use crate::workload::Workload;

/// One priority class.
#[derive(Clone, Debug)]
pub(super) struct Class<'a> {
    pub(super) name: &'a str,
    pub(super) value: i64,
    pub(super) is_default: bool,
    /// Whether its pods may evict others.
    pub(super) evicts: bool,
    /// Whether the environment says that all that runs was admitted after it became the default.
    pub(super) admitted_after: bool,
    /// Whether the environment says that it is meant to evict, or not.
    pub(super) may_preempt: Option<bool>,
    pub(super) place: Option<Location>,
}

/// Returns every class that is known.
pub(super) fn known<'a>(facts: &Facts<'a>) -> Vec<Class<'a>> {
    let mut classes: Vec<Class<'a>> = facts
        .environment
        .into_iter()
        .flat_map(|environment| {
            environment
                .model
                .priority_classes
                .iter()
                .map(move |(name, class)| Class {
                    name,
                    value: class.value,
                    is_default: class.global_default,
                    evicts: class.preemption_policy == PreemptionPolicy::PreemptLowerPriority,
                    admitted_after: class.admitted_after,
                    may_preempt: class.may_preempt,
                    place: facts.setting(&format!("priorityClasses.{name}")),
                })
        })
        .collect();
    for object in facts
        .manifests
        .iter()
        .flat_map(|manifests| &manifests.objects)
    {
        if let Body::PriorityClass(class) = &object.body
            && !classes.iter().any(|known| *known.name == *object.name)
        {
            classes.push(Class {
                name: &object.name,
                value: class.value,
                is_default: class.global_default,
                evicts: class.preemption_policy.as_deref() != Some("Never"),
                admitted_after: false,
                may_preempt: None,
                place: facts
                    .manifests
                    .map(|manifests| manifests.location(object, &object.place)),
            });
        }
    }
    classes
}

/// Returns whether Kubernetes itself brings a class.
pub(super) fn is_system(name: &str) -> bool {
    matches!(name, "system-cluster-critical" | "system-node-critical")
}

/// Returns the priority of a workload's pods by the classes that are known; none where its class is not.
pub(super) fn priority(workload: &Workload, classes: &[Class<'_>]) -> Option<i64> {
    match workload.priority_class.as_deref() {
        // Kubernetes' own, `scheduling` API: two billion and a thousand more.
        Some("system-cluster-critical") => Some(2_000_000_000),
        Some("system-node-critical") => Some(2_000_001_000),
        Some(name) => classes
            .iter()
            .find(|class| class.name == name)
            .map(|class| class.value),
        None => Some(
            classes
                .iter()
                .find(|class| class.is_default)
                .map_or(0, |class| class.value),
        ),
    }
}
