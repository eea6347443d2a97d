//! Workloads from the pods of a cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{DraftPod, DraftWorkload, Placed};
use super::dump::{effect, policy};
use super::time::seconds;
use crate::environment::Kind;
use crate::manifest::{
    Body, DisruptionBudget as BudgetObject, Labels, Manifests, NodeRequirement, Object, Placement,
    Pod, Pods, Text,
};
use crate::sizing::pod::{Compute, InitContainer, pod_request};
use crate::sizing::preemption::{
    Class, Controller, Operator, Requirement, Running, Toleration, Workload,
};
use crate::sizing::rollout::{DisruptionBudget, IntOrPercent};
use crate::source::Location;
use crate::workload::Count;

/// What brings pods back: namespace, kind, name.
type Owner = (String, String, String);

/// Workloads and their pods.
pub(super) struct Derived<'a> {
    manifests: &'a Manifests,
    /// The names of classes that pods without a class get.
    defaults: Vec<&'a str>,
    owners: BTreeMap<Owner, Group<'a>>,
}

/// The pods of one owner.
#[derive(Default)]
struct Group<'a> {
    /// The owner itself, if it is in the stream.
    owner: Option<(&'a Object, &'a Pods)>,
    pods: Vec<PodOf<'a>>,
}

struct PodOf<'a> {
    object: &'a Object,
    placement: &'a Placement,
    pod: &'a Pod,
}

impl<'a> Derived<'a> {
    /// Groups pods by what brings them back.
    pub(super) fn new(manifests: &'a Manifests, classes: &'a [Placed<Class>]) -> Self {
        let defaults = classes.iter().filter(|class| class.value.global_default);
        let mut owners: BTreeMap<Owner, Group<'a>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for object in &manifests.objects {
            let Body::Pods(body) = &object.body else {
                continue;
            };
            if !seen.insert((object.kind(), &object.namespace, &object.name)) {
                // The same object again, which the reader of the stream has told.
                continue;
            }
            let namespace = object.namespace.as_deref().unwrap_or("default").to_owned();
            if let Some(placement) = object.placement() {
                let ended = matches!(placement.phase.as_deref(), Some("Succeeded" | "Failed"));
                if ended || placement.is_leaving {
                    continue;
                }
                let (kind, name) = owner(object);
                let group = owners.entry((namespace, kind, name)).or_default();
                group.pods.push(PodOf {
                    object,
                    placement,
                    pod: &body.pod,
                });
            } else if matches!(object.kind(), "Deployment" | "StatefulSet" | "DaemonSet") {
                let key = (namespace, object.kind().to_owned(), object.name.to_string());
                owners.entry(key).or_default().owner = Some((object, body));
            }
        }
        Self {
            manifests,
            defaults: defaults.map(|class| class.value.name.as_str()).collect(),
            owners,
        }
    }

    /// Returns the workloads, and the pods in the order in which they were started.
    pub(super) fn finish(self) -> (Vec<DraftWorkload>, Option<Vec<DraftPod>>) {
        let mut names: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (namespace, _, name) in self.owners.keys() {
            *names.entry((namespace, name)).or_default() += 1;
        }
        let mut workloads = Vec::new();
        let mut running: Vec<(Option<&Text>, DraftPod)> = Vec::new();
        for (owner, group) in &self.owners {
            let (namespace, kind, name) = owner;
            let id = match names.get(&(namespace.as_str(), name.as_str())) {
                Some(1) => format!("{namespace}/{name}"),
                _ => format!("{namespace}/{}/{name}", kind.to_lowercase()),
            };
            let Some(workload) = self.workload(&id, owner, group) else {
                continue;
            };
            for pod in &group.pods {
                let drafted = self.pod(&id, pod, &workload.value);
                running.push((pod.placement.started.as_ref(), drafted));
            }
            workloads.push(workload);
        }
        // Those that were never started wait, and come last.
        running.sort_by(|(one, _), (other, _)| (one.is_none(), one).cmp(&(other.is_none(), other)));
        let running = running.into_iter().map(|(_, pod)| pod).collect();
        (workloads, Some(running))
    }

    fn at(&self, object: &Object) -> Location {
        object.location(&self.manifests.name, &object.place)
    }

    fn workload(&self, id: &str, owner: &Owner, group: &Group<'_>) -> Option<DraftWorkload> {
        let (namespace, kind, name) = owner;
        let newest = group.pods.iter().max_by_key(|one| &one.placement.started);
        let (object, pod) = match (group.owner, newest) {
            (Some((object, pods)), _) => (object, &pods.pod),
            (None, Some(newest)) => (newest.object, newest.pod),
            (None, None) => return None,
        };
        let controller = match kind.as_str() {
            "StatefulSet" => Controller::StatefulSet,
            "DaemonSet" => Controller::DaemonSet,
            "Pod" | "Node" => Controller::None,
            _ => Controller::Deployment,
        };
        let there = u32::try_from(group.pods.len()).unwrap_or(u32::MAX);
        let wanted = group.owner.map(|(_, pods)| pods.replicas.unwrap_or(1));
        let labels = group
            .owner
            .map_or(&object.labels, |(_, pods)| &pods.pod.labels);
        let (budget, both_at) = self.budget(namespace, labels, wanted.unwrap_or(there));
        let named = pod.priority_class.as_deref();
        // Admission writes the default class into a pod, so a pod alone does not tell.
        let class = named.filter(|class| group.owner.is_some() || !self.defaults.contains(class));
        let ready = group.pods.iter().filter_map(|one| {
            let ready = seconds(one.placement.ready.as_deref()?)?;
            u64::try_from(ready - seconds(one.placement.started.as_deref()?)?).ok()
        });
        let value = Workload::new(id, wanted.unwrap_or(there), requests(pod));
        let value = Workload {
            controller,
            class: class.map(str::to_owned),
            node_selector: pod
                .node_selector
                .iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            node_affinity: newest.map_or_else(Vec::new, |newest| terms(newest.placement)),
            tolerations: tolerations(newest.map_or(pod, |newest| newest.pod)),
            anti_affinity: anti_affinity(pod, labels),
            budget,
            ready_seconds: ready.min().unwrap_or(0),
            grace_seconds: pod.grace.map_or(Workload::GRACE_SECONDS, u64::from),
            ..value.role(role(labels, name, controller))
        };
        let at = self.at(object);
        Some(DraftWorkload {
            value,
            class_at: at.clone(),
            at,
            both_at,
        })
    }

    fn pod(&self, id: &str, pod: &PodOf<'_>, workload: &Workload) -> DraftPod {
        let PodOf {
            object,
            placement,
            pod,
        } = pod;
        let at = self.at(object);
        let node_at = placement
            .node_place
            .as_ref()
            .map(|place| object.location(&self.manifests.name, place));
        let requests = requests(pod);
        DraftPod {
            value: Running {
                workload: id.to_owned(),
                node: placement.node.as_deref().map(str::to_owned),
                priority: placement.priority.unwrap_or(0),
                policy: policy(pod.preemption_policy.as_deref()),
                requests: (requests != workload.requests).then_some(requests),
            },
            title: format!("pod `{}`", object.name),
            node_at: node_at.unwrap_or_else(|| at.clone()),
            at,
            class: pod.priority_class.as_deref().map(str::to_owned),
        }
    }

    /// Returns the strictest budget of a workload's pods, and where one states both numbers.
    fn budget(
        &self,
        namespace: &str,
        labels: &Labels,
        replicas: u32,
    ) -> (Option<DisruptionBudget>, Option<Location>) {
        let mut strictest: Option<DisruptionBudget> = None;
        let mut both = None;
        for object in &self.manifests.objects {
            let Some(budget) = object.disruption_budget() else {
                continue;
            };
            let selects = budget
                .selector
                .as_ref()
                .is_some_and(|one| one.matches(labels));
            if !selects || object.namespace.as_deref().unwrap_or("default") != namespace {
                continue;
            }
            if budget.max_unavailable.is_some() && budget.min_available.is_some() {
                both = Some(self.at(object));
            }
            let stated = stated(budget);
            let allowed = |budget: &DisruptionBudget| budget.allowed(replicas);
            strictest = strictest.into_iter().chain(stated).min_by_key(allowed);
        }
        (strictest, both)
    }
}

fn stated(budget: &BudgetObject) -> Option<DisruptionBudget> {
    let count = |count: Count| match count {
        Count::Pods(pods) => IntOrPercent::Count(pods),
        Count::Percent(percent) => IntOrPercent::Percent(percent),
    };
    let most = budget
        .max_unavailable
        .map(count)
        .map(DisruptionBudget::MaxUnavailable);
    most.or_else(|| {
        budget
            .min_available
            .map(count)
            .map(DisruptionBudget::MinAvailable)
    })
}

/// Returns kind and name of what brings a pod back: of a ReplicaSet with a hash in its name, its Deployment.
fn owner(object: &Object) -> (String, String) {
    let Some(owner) = object.owner() else {
        return ("Pod".to_owned(), object.name.to_string());
    };
    if &*owner.kind == "Node" {
        // The kubelet keeps such a pod from a file of its own; each is one by itself.
        return ("Node".to_owned(), object.name.to_string());
    }
    let hash = object.labels.get("pod-template-hash");
    let deployment = hash
        .filter(|_| &*owner.kind == "ReplicaSet")
        .and_then(|hash| owner.name.strip_suffix(hash)?.strip_suffix('-'));
    match deployment {
        Some(name) => ("Deployment".to_owned(), name.to_owned()),
        None => (owner.kind.to_string(), owner.name.to_string()),
    }
}

/// Returns what the scheduler counts for a pod.
fn requests(pod: &Pod) -> Compute {
    let of = |amounts: &crate::manifest::Amounts| Compute {
        cpu: amounts.cpu().unwrap_or_default(),
        memory: amounts.memory().unwrap_or_default(),
    };
    let containers: Vec<Compute> = pod.containers.iter().map(|one| of(&one.requests)).collect();
    let init: Vec<InitContainer> = pod
        .init_containers
        .iter()
        .map(|container| InitContainer {
            request: of(&container.requests),
            restartable: container.is_sidecar,
        })
        .collect();
    pod_request(&containers, &init, of(&pod.overhead)).unwrap_or_default()
}

fn tolerations(pod: &Pod) -> Vec<Toleration> {
    let tolerations = pod.tolerations.iter();
    tolerations
        .map(|one| Toleration {
            key: one.key.as_deref().map(str::to_owned),
            value: match one.operator.as_deref() {
                Some("Exists") => None,
                _ => Some(one.value.as_deref().unwrap_or_default().to_owned()),
            },
            effect: one.effect.as_deref().map(effect),
        })
        .collect()
}

/// Returns the label that keeps pods of one workload apart.
fn anti_affinity(pod: &Pod, labels: &Labels) -> Option<String> {
    let mut terms = pod.anti_affinity.iter();
    let term = terms.find(|term| {
        let selects = term
            .selector
            .as_ref()
            .is_some_and(|one| one.matches(labels));
        term.required && selects
    })?;
    Some(term.topology_key.to_string())
}

/// Returns what a pod asks of its node. The one node that a pod of a DaemonSet is for is left out: the simulator knows it.
fn terms(placement: &Placement) -> Vec<Vec<Requirement>> {
    let terms = placement.node_terms.iter();
    terms
        .map(|term| term.labels.iter().filter_map(requirement).collect())
        .collect()
}

fn requirement(one: &NodeRequirement) -> Option<Requirement> {
    let operator = match &*one.operator {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::Gt,
        "Lt" => Operator::Lt,
        _ => return None,
    };
    Some(Requirement {
        key: one.key.to_string(),
        operator,
        values: one.values.iter().map(ToString::to_string).collect(),
    })
}

/// Returns what pods are, from the labels that charts give them.
///
/// # Source
///
/// The charts of Mimir, Loki and Tempo name a role in `app.kubernetes.io/component`; a single binary has the program's name only.
fn role(labels: &Labels, name: &str, controller: Controller) -> Kind {
    let component = labels
        .get("app.kubernetes.io/component")
        .unwrap_or_default();
    let program = labels.get("app.kubernetes.io/name").unwrap_or(name);
    match component {
        "store-gateway" => Kind::StoreGateway,
        "alertmanager" | "ruler" => Kind::Alerting,
        "compactor" | "backend-worker" | "backend-scheduler" | "bloom-builder" => Kind::Batch,
        _ if component.starts_with("ingester")
            || matches!(
                component,
                "live-store" | "segment-writer" | "single-binary" | "write"
            ) =>
        {
            Kind::Ingester
        }
        _ if component.is_empty() && controller == Controller::StatefulSet => match program {
            "tempo" | "loki" | "mimir" | "pyroscope" => Kind::Ingester,
            "alertmanager" => Kind::Alerting,
            _ => Kind::Stateless,
        },
        _ => match program {
            "alloy" => Kind::Collector,
            "grafana" => Kind::Ui,
            "traefik" => Kind::Edge,
            _ => Kind::Stateless,
        },
    }
}
