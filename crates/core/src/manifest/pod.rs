//! What makes pods, and the pods.

use std::sync::Arc;

use super::container::Container;
use super::context::Context;
use super::finding;
use super::labels::Labels;
use super::place::{Place, Text};
use super::placement::{AntiAffinity, SpreadConstraint, Toleration};
use super::quantity::Amounts;
use super::selector::Selector;
use super::tree::{NULL, Node};
use super::volume::{Claim, Volume};
use crate::workload::Count;
use crate::yaml::Value;

/// What makes pods: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob, or the pod itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pods {
    /// How many; none where nothing is written. Of a Job how many at a time.
    pub replicas: Option<u32>,
    /// Where that number stands.
    pub replicas_place: Option<Place>,
    /// How pods are replaced: `RollingUpdate`, `Recreate`, `OnDelete`.
    pub strategy: Option<Text>,
    /// How many may be above the replicas during a rollout.
    pub max_surge: Option<Count>,
    /// How many may be missing during a rollout.
    pub max_unavailable: Option<Count>,
    /// The first pod that a rollout of a StatefulSet replaces.
    pub partition: Option<u32>,
    /// Seconds that a pod must be ready for before it counts.
    pub min_ready: Option<u32>,
    /// Whether a StatefulSet starts and stops its pods together (`Parallel`).
    pub is_parallel: bool,
    /// Whether a Job or CronJob is suspended.
    pub is_suspended: bool,
    /// How many pods of a Job must end well.
    pub completions: Option<u32>,
    /// Which pods it takes for its own.
    pub selector: Option<Selector>,
    /// The headless Service of a StatefulSet.
    pub service: Option<Text>,
    /// The volumes that each pod claims for itself.
    pub claims: Box<[Claim]>,
    /// What becomes of claims when a StatefulSet is deleted: `Retain`, `Delete`.
    pub claims_when_deleted: Option<Text>,
    /// What becomes of claims when it is made smaller.
    pub claims_when_scaled: Option<Text>,
    /// The pods.
    pub pod: Pod,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pod {
    /// Its labels.
    pub labels: Labels,
    /// Its annotations, those of programs that rules know: who scrapes it, who may evict it.
    pub annotations: Labels,
    /// Its containers.
    pub containers: Box<[Arc<Container>]>,
    /// Containers that run before the others, sidecars among them.
    pub init_containers: Box<[Arc<Container>]>,
    /// Its volumes, without the claims of its own.
    pub volumes: Box<[Volume]>,
    /// What it keeps away from.
    pub anti_affinity: Box<[AntiAffinity]>,
    /// Over what it is spread.
    pub spread: Box<[SpreadConstraint]>,
    /// Labels that its node must have.
    pub node_selector: Labels,
    /// Whether it asks more of its node by `nodeAffinity`.
    pub has_node_affinity: bool,
    /// Taints that it stands.
    pub tolerations: Box<[Toleration]>,
    /// What it takes beside its containers.
    pub overhead: Amounts,
    /// Whether it shares the node's network.
    pub host_network: bool,
    /// Its priority class.
    pub priority_class: Option<Text>,
    /// Whether it may evict others, of a pod of a dump: `Never`, `PreemptLowerPriority`.
    pub preemption_policy: Option<Text>,
    /// Seconds between the request to stop and the kill.
    pub grace: Option<u32>,
}

/// Names that annotations which are kept begin with.
const ANNOTATIONS: [&str; 4] = [
    "prometheus.io/",
    "k8s.grafana.com/",
    "cluster-autoscaler.kubernetes.io/",
    "karpenter.sh/",
];

impl Pods {
    /// Reads an object of one of the kinds.
    pub(super) fn read(root: &Node<'_>, kind: &str, context: &mut Context<'_, '_, '_>) -> Self {
        let spec = root.get("spec").unwrap_or(root);
        let job = match kind {
            "CronJob" => spec.at(&["jobTemplate", "spec"]).unwrap_or(spec),
            _ => spec,
        };
        let (metadata, pod) = match kind {
            "Pod" => (root.get("metadata"), Some(spec)),
            _ => {
                let template = job.get("template");
                (
                    template.and_then(|template| template.get("metadata")),
                    template.and_then(|template| template.get("spec")),
                )
            }
        };
        let key = match kind {
            "Job" | "CronJob" => "parallelism",
            _ => "replicas",
        };
        let strategy = match kind {
            "Deployment" => spec.get("strategy"),
            _ => spec.get("updateStrategy"),
        };
        let rolling = strategy.and_then(|strategy| strategy.get("rollingUpdate"));
        if let Some(rolling) = rolling {
            stands_still(rolling, kind, context);
        }
        let retention = spec.get("persistentVolumeClaimRetentionPolicy");
        Self {
            replicas: context.number(job, key),
            replicas_place: job.field(key).map(|field| context.place_of(field)),
            strategy: strategy.and_then(|strategy| context.text(strategy, "type")),
            max_surge: rolling.and_then(|rolling| context.count(rolling, "maxSurge")),
            max_unavailable: rolling.and_then(|rolling| context.count(rolling, "maxUnavailable")),
            partition: rolling.and_then(|rolling| context.number(rolling, "partition")),
            min_ready: context.number(spec, "minReadySeconds"),
            is_parallel: spec.text_of("podManagementPolicy") == Some("Parallel"),
            is_suspended: spec.is_true("suspend"),
            completions: context.number(job, "completions"),
            selector: context.selector(spec, "selector"),
            service: context.text(spec, "serviceName"),
            claims: spec
                .list("volumeClaimTemplates")
                .iter()
                .map(|claim| Claim::read(claim, context))
                .collect(),
            claims_when_deleted: retention.and_then(|policy| context.text(policy, "whenDeleted")),
            claims_when_scaled: retention.and_then(|policy| context.text(policy, "whenScaled")),
            pod: Pod::read(metadata, pod, root, context),
        }
    }
}

/// Reports a rollout that may neither stop a pod nor start one more, which the API server refuses.
fn stands_still(rolling: &Node<'_>, kind: &str, context: &mut Context<'_, '_, '_>) {
    let is_zero = |key: &str| {
        let value = rolling.get(key)?.value();
        Some(value == Value::Integer(0) || matches!(value, Value::String(text) if text == "0%"))
    };
    // Source: Kubernetes API reference, `RollingUpdateDeployment`, `RollingUpdateDaemonSet`: the surge is a quarter
    // and none where nothing is said.
    let no_surge = match kind {
        "Deployment" => is_zero("maxSurge") == Some(true),
        "DaemonSet" => is_zero("maxSurge") != Some(false),
        _ => false,
    };
    if let (true, Some(true), Some(away)) = (
        no_surge,
        is_zero("maxUnavailable"),
        rolling.get("maxUnavailable"),
    ) {
        let what = "not allowed without a `maxSurge` above zero: no pod could be replaced";
        context.bad_value(away, "maxUnavailable", what, "set one of the two to `1`");
    }
}

impl Pod {
    fn read(
        metadata: Option<&Node<'_>>,
        spec: Option<&Node<'_>>,
        root: &Node<'_>,
        context: &mut Context<'_, '_, '_>,
    ) -> Self {
        let spec = spec.unwrap_or(&NULL);
        let metadata = metadata.unwrap_or(&NULL);
        let containers = containers(spec, "containers", context);
        if containers.is_empty() {
            let at = root.at(&["metadata", "name"]).unwrap_or(root);
            let at = context
                .collector
                .location(context.document, at.start, at.end);
            let diagnostic = finding::incomplete(&at, &context.title);
            context.collector.find(diagnostic);
        }
        let affinity = spec.get("affinity").unwrap_or(&NULL);
        Self {
            labels: context.labels(metadata, "labels"),
            annotations: metadata
                .get("annotations")
                .map_or(&[][..], Node::fields)
                .iter()
                .filter(|field| {
                    ANNOTATIONS
                        .iter()
                        .any(|prefix| field.key.starts_with(prefix))
                })
                .filter_map(|field| {
                    let value = field.value.text()?;
                    Some((context.share(&field.key), context.share(value)))
                })
                .collect(),
            containers,
            init_containers: self::containers(spec, "initContainers", context),
            volumes: spec
                .list("volumes")
                .iter()
                .map(|volume| Volume::read(volume, context))
                .collect(),
            anti_affinity: AntiAffinity::read(affinity, context),
            spread: SpreadConstraint::read(spec, context),
            node_selector: context.labels(spec, "nodeSelector"),
            has_node_affinity: affinity
                .at(&[
                    "nodeAffinity",
                    "requiredDuringSchedulingIgnoredDuringExecution",
                ])
                .is_some(),
            tolerations: spec
                .list("tolerations")
                .iter()
                .map(|toleration| Toleration::read(toleration, context))
                .collect(),
            overhead: context.amounts(spec, "overhead"),
            host_network: spec.is_true("hostNetwork"),
            priority_class: context.text(spec, "priorityClassName"),
            preemption_policy: context.text(spec, "preemptionPolicy"),
            grace: context.number(spec, "terminationGracePeriodSeconds"),
        }
    }

    /// Returns all containers, those that run first last.
    pub fn all_containers(&self) -> impl Iterator<Item = &Container> {
        let all = self.containers.iter().chain(&self.init_containers);
        all.map(|container| &**container)
    }
}

fn containers(
    spec: &Node<'_>,
    key: &str,
    context: &mut Context<'_, '_, '_>,
) -> Box<[Arc<Container>]> {
    let containers = spec.list(key).iter().filter(|node| node.is_map());
    containers
        .map(|container| {
            let container = Container::read(container, context);
            context.collector.pools.containers.share(container)
        })
        .collect()
}
