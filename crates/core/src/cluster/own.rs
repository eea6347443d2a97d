//! Reading our own form.

use std::sync::{Arc, OnceLock};

use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use super::draft::{Draft, DraftPod, DraftWorkload, Placed};
use super::model::{
    BudgetEntry, ClassEntry, ClusterFile, ControllerEntry, CountEntry, EffectEntry, NodeEntry,
    PolicyEntry, WorkloadEntry,
};
use crate::contract::{Schema, Wording};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::environment::{Kind, Tier};
use crate::sizing::pod::Compute;
use crate::sizing::preemption::{
    Class, Controller, Node, Policy, Running, Taint, TaintEffect, Toleration, Workload,
};
use crate::sizing::rollout::{DisruptionBudget, IntOrPercent};
use crate::source::{Location, Source};
use crate::yaml::{self, Node as Yaml, Value};

/// Returns the JSON Schema of the form: draft-07, closed, every field described.
pub fn schema_json() -> String {
    let generator = SchemaSettings::draft07().into_generator();
    let root = generator.into_root_schema_for::<ClusterFile>();
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        serde_json::from_str(&schema_json()).expect("it is a schema that schemars wrote")
    })
}

/// Reads a cluster in our own form; none if it does not have the form.
pub(super) fn read(source: &Arc<Source>, found: &mut Vec<Diagnostic>) -> Option<Draft> {
    let document = match yaml::read(source) {
        Ok(document) => document,
        Err(diagnostics) => {
            found.extend(diagnostics);
            return None;
        }
    };
    if document.value == Value::Null {
        return Some(Draft {
            whole: Some(document.location),
            ..Draft::default()
        });
    }
    found.extend(schema().check(&document, &Wording::cluster()));
    if has_errors(found) {
        return None;
    }
    let mut json = document.to_json();
    drop_nulls(&mut json);
    match serde_json::from_value::<ClusterFile>(json) {
        Ok(file) => Some(draft(file, &document)),
        Err(error) => {
            // The schema and the types are one, but a number can be too large for its type.
            found.push(
                Diagnostic::error(
                    "cluster/bad-value",
                    format!("the file cannot be used: {error}"),
                )
                .at(&document.location)
                .help("correct the value"),
            );
            None
        }
    }
}

/// Takes away keys that are null: they are not set.
fn drop_nulls(json: &mut Json) {
    match json {
        Json::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn draft(file: ClusterFile, document: &Yaml) -> Draft {
    let place = |list: &str, index: usize, key: &str| -> Location {
        let item = match document.get(list).map(|node| &node.value) {
            Some(Value::List(items)) => items.get(index),
            _ => None,
        };
        let item = item.unwrap_or(document);
        item.get(key).unwrap_or(item).location.clone()
    };
    let nodes = file.nodes.into_iter().enumerate();
    let nodes = nodes.flat_map(|(index, entry)| {
        let at = place("nodes", index, "name");
        each_node(entry).map(move |value| Placed {
            value,
            at: at.clone(),
        })
    });
    let classes = file.priority_classes.into_iter().enumerate();
    let classes = classes.map(|(index, entry)| Placed {
        value: class(entry),
        at: place("priorityClasses", index, "name"),
    });
    let workloads = file.workloads.into_iter().enumerate();
    let workloads = workloads.map(|(index, entry)| {
        let both = entry
            .pdb
            .as_ref()
            .is_some_and(|pdb| pdb.max_unavailable.is_some() && pdb.min_available.is_some());
        DraftWorkload {
            value: workload(entry),
            at: place("workloads", index, "id"),
            class_at: place("workloads", index, "priorityClass"),
            both_at: both.then(|| place("workloads", index, "pdb")),
        }
    });
    let running = file.running.map(|entries| {
        let entries = entries.into_iter().enumerate();
        let pods = entries.flat_map(|(index, entry)| {
            let at = place("running", index, "workload");
            let node_at = place("running", index, "node");
            (0..entry.count.unwrap_or(1)).map(move |_| DraftPod {
                title: format!("a pod of `{}`", entry.workload),
                value: Running {
                    workload: entry.workload.clone(),
                    node: entry.node.clone(),
                    priority: entry.priority,
                    policy: Policy::default(),
                    requests: None,
                },
                at: at.clone(),
                node_at: node_at.clone(),
                class: None,
            })
        });
        pods.collect()
    });
    Draft {
        nodes: nodes.collect(),
        classes: classes.collect(),
        workloads: workloads.collect(),
        running,
        whole: Some(document.location.clone()),
    }
}

fn each_node(entry: NodeEntry) -> impl Iterator<Item = Node> {
    let count = entry.count;
    (1..=count.unwrap_or(1)).map(move |index| Node {
        name: match count {
            Some(_) => format!("{}-{index}", entry.name),
            None => entry.name.clone(),
        },
        allocatable: Compute {
            cpu: entry.cpu,
            memory: entry.memory,
        },
        pods: entry.pods.unwrap_or(Node::PODS),
        labels: entry.labels.clone(),
        taints: entry
            .taints
            .iter()
            .map(|taint| Taint {
                key: taint.key.clone(),
                value: taint.value.clone(),
                effect: effect(taint.effect),
            })
            .collect(),
    })
}

const fn effect(entry: EffectEntry) -> TaintEffect {
    match entry {
        EffectEntry::NoSchedule => TaintEffect::NoSchedule,
        EffectEntry::PreferNoSchedule => TaintEffect::PreferNoSchedule,
        EffectEntry::NoExecute => TaintEffect::NoExecute,
    }
}

fn class(entry: ClassEntry) -> Class {
    Class {
        name: entry.name,
        value: entry.value,
        global_default: entry.global_default,
        policy: match entry.preemption_policy {
            PolicyEntry::PreemptLowerPriority => Policy::PreemptLowerPriority,
            PolicyEntry::Never => Policy::Never,
        },
    }
}

fn workload(entry: WorkloadEntry) -> Workload {
    let requests = Compute {
        cpu: entry.cpu,
        memory: entry.memory,
    };
    let role = entry.role.unwrap_or(Kind::Stateless);
    let workload = Workload::new(entry.id, entry.replicas, requests).role(role);
    Workload {
        tier: entry.tier.unwrap_or(Tier::Prod),
        controller: match entry.kind {
            ControllerEntry::Deployment => Controller::Deployment,
            ControllerEntry::StatefulSet => Controller::StatefulSet,
            ControllerEntry::DaemonSet => Controller::DaemonSet,
            ControllerEntry::Pod => Controller::None,
        },
        class: entry.priority_class,
        node_selector: entry.node_selector,
        tolerations: entry
            .tolerations
            .into_iter()
            .map(|toleration| Toleration {
                key: toleration.key,
                value: toleration.value,
                effect: toleration.effect.map(effect),
            })
            .collect(),
        anti_affinity: entry.anti_affinity,
        budget: entry.pdb.as_ref().and_then(budget),
        write_tolerance: entry.write_tolerance.or_else(|| {
            // floor(RF / 2) + 1 copies must be written.
            let factor = entry.replication_factor?;
            Some(factor.saturating_sub(factor / 2 + 1))
        }),
        ready_seconds: entry.ready_seconds.into(),
        grace_seconds: entry
            .grace_seconds
            .map_or(Workload::GRACE_SECONDS, u64::from),
        protected: entry.protected.unwrap_or(workload.protected),
        ..workload
    }
}

fn budget(entry: &BudgetEntry) -> Option<DisruptionBudget> {
    let count = |entry: &CountEntry| match entry {
        CountEntry::Pods(pods) => Some(IntOrPercent::Count(*pods)),
        CountEntry::Percent(text) => text.parse().ok(),
    };
    match (&entry.max_unavailable, &entry.min_available) {
        (Some(most), _) => count(most).map(DisruptionBudget::MaxUnavailable),
        (None, Some(least)) => count(least).map(DisruptionBudget::MinAvailable),
        (None, None) => None,
    }
}
