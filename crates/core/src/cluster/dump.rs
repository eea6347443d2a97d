//! Reading what `kubectl get ... -o json` or `-o yaml` prints.

use std::sync::Arc;

use super::derive::Derived;
use super::draft::{Draft, Placed};
use super::finding;
use crate::diagnostic::Diagnostic;
use crate::manifest::{Amounts, Body, ClusterNode, Manifests, Object, PriorityClass, Reader};
use crate::sizing::pod::Compute;
use crate::sizing::preemption::{Class, Node, Policy, Taint, TaintEffect};
use crate::source::{Location, Source};

/// How much of the text the reader gets at a time; it keeps at most one object of it.
const PIECE: usize = 1024 * 1024;

/// Reads the objects of a cluster.
pub(super) fn read(source: &Arc<Source>, found: &mut Vec<Diagnostic>) -> Option<Draft> {
    let mut reader = Reader::new(source.name());
    let mut rest = source.text();
    while !rest.is_empty() {
        let (piece, next) = rest.split_at(rest.floor_char_boundary(PIECE.min(rest.len())));
        reader.feed(piece);
        rest = next;
    }
    let manifests = reader.finish();
    let told = manifests.diagnostics.iter();
    found.extend(told.filter(|one| !is_told_better(one)).cloned());
    Some(draft(&manifests, &Location::of_file(source), found))
}

/// Of nodes and classes that are there twice, the check of the whole says more.
fn is_told_better(found: &Diagnostic) -> bool {
    let of = |kind: &str| found.message.starts_with(&format!("the {kind} "));
    found.id == "manifest/duplicate" && (of("Node") || of("PriorityClass"))
}

fn draft(manifests: &Manifests, whole: &Location, found: &mut Vec<Diagnostic>) -> Draft {
    let stream = &manifests.name;
    let at = |object: &Object| object.location(stream, &object.place);
    let mut draft = Draft {
        whole: Some(whole.clone()),
        ..Draft::default()
    };
    for object in &manifests.objects {
        match &object.body {
            Body::Node(body) => {
                let at = at(object);
                let value = node(object, body, &at, found);
                draft.nodes.push(Placed { value, at });
            }
            Body::PriorityClass(body) => draft.classes.push(Placed {
                value: class(object, body),
                at: at(object),
            }),
            _ => {}
        }
    }
    let derived = Derived::new(manifests, &draft.classes);
    (draft.workloads, draft.running) = derived.finish();
    draft
}

fn node(object: &Object, body: &ClusterNode, at: &Location, found: &mut Vec<Diagnostic>) -> Node {
    let amounts: &Amounts = &body.allocatable;
    for (resource, words) in [("cpu", "CPU"), ("memory", "memory")] {
        if amounts.get(resource).is_none() {
            found.push(finding::no_allocatable(at, &object.name, words));
        }
    }
    let pods = amounts.get("pods").and_then(|pods| pods.count());
    Node {
        name: object.name.to_string(),
        allocatable: Compute {
            cpu: amounts.cpu().unwrap_or_default(),
            memory: amounts.memory().unwrap_or_default(),
        },
        pods: pods.map_or(Node::PODS, |pods| u32::try_from(pods).unwrap_or(u32::MAX)),
        labels: object
            .labels
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        taints: body
            .taints
            .iter()
            .map(|taint| Taint {
                key: taint.key.to_string(),
                value: taint.value.as_deref().unwrap_or_default().to_owned(),
                effect: effect(taint.effect.as_deref().unwrap_or_default()),
            })
            .collect(),
    }
}

/// Reads the effect of a taint.
pub(super) fn effect(text: &str) -> TaintEffect {
    match text {
        "NoExecute" => TaintEffect::NoExecute,
        "PreferNoSchedule" => TaintEffect::PreferNoSchedule,
        _ => TaintEffect::NoSchedule,
    }
}

fn class(object: &Object, body: &PriorityClass) -> Class {
    Class {
        name: object.name.to_string(),
        value: i32::try_from(body.value).unwrap_or(i32::MAX),
        global_default: body.global_default,
        policy: policy(body.preemption_policy.as_deref()),
    }
}

/// Reads a preemption policy.
pub(super) fn policy(text: Option<&str>) -> Policy {
    match text {
        Some("Never") => Policy::Never,
        _ => Policy::PreemptLowerPriority,
    }
}
