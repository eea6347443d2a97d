//! Contradictions within a cluster.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::finding;
use crate::diagnostic::Diagnostic;
use crate::source::Location;
use crate::units::{Cpu, Memory};

/// Checks a cluster.
pub(super) fn check(draft: &Draft, found: &mut Vec<Diagnostic>) {
    if let (true, Some(whole)) = (draft.nodes.is_empty(), &draft.whole) {
        return found.push(finding::no_nodes(whole));
    }
    let nodes = draft
        .nodes
        .iter()
        .map(|node| (node.value.name.as_str(), &node.value, &node.at));
    once("nodes", nodes, found);
    let classes = draft
        .classes
        .iter()
        .map(|class| (class.value.name.as_str(), &class.value, &class.at));
    once("priority classes", classes, found);
    let workloads = draft
        .workloads
        .iter()
        .map(|one| (one.value.id.as_str(), &one.value, &one.at));
    once("workloads", workloads, found);
    defaults(draft, found);
    for workload in &draft.workloads {
        let who = format!("workload `{}`", workload.value.id);
        if let Some(class) = &workload.value.class {
            known_class(draft, class, &who, &workload.class_at, found);
        }
        if let Some(at) = &workload.both_at {
            found.push(finding::budget_twice(at, &who));
        }
    }
    running(draft, found);
}

fn once<'a, T: PartialEq + 'a>(
    what: &str,
    things: impl Iterator<Item = (&'a str, &'a T, &'a Location)>,
    found: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<&str, (&T, &Location)> = BTreeMap::new();
    for (name, thing, at) in things {
        match seen.get(name) {
            Some((first, first_at)) => {
                found.push(finding::duplicate(
                    at,
                    first_at,
                    what,
                    name,
                    *first != thing,
                ));
            }
            None => {
                seen.insert(name, (thing, at));
            }
        }
    }
}

fn defaults(draft: &Draft, found: &mut Vec<Diagnostic>) {
    let mut defaults = draft
        .classes
        .iter()
        .filter(|class| class.value.global_default);
    let Some(first) = defaults.next() else {
        return;
    };
    for other in defaults.filter(|other| other.value.name != first.value.name) {
        let (one, two) = (&first.value.name, &other.value.name);
        found.push(finding::several_defaults(&other.at, &first.at, two, one));
    }
}

fn known_class(draft: &Draft, class: &str, who: &str, at: &Location, found: &mut Vec<Diagnostic>) {
    let names = || draft.classes.iter().map(|class| class.value.name.as_str());
    if !names().any(|name| name == class) {
        found.push(finding::unknown_class(at, who, class, names()));
    }
}

fn running(draft: &Draft, found: &mut Vec<Diagnostic>) {
    let workloads: BTreeMap<&str, _> = draft
        .workloads
        .iter()
        .map(|workload| (workload.value.id.as_str(), &workload.value))
        .collect();
    let mut used: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    let nodes: BTreeMap<&str, _> = draft
        .nodes
        .iter()
        .map(|node| (node.value.name.as_str(), node))
        .collect();
    // A class that is not there is told once, not for each of a thousand pods.
    let mut told: Vec<&str> = Vec::new();
    for pod in draft.running.iter().flatten() {
        if let Some(class) = pod.class.as_deref().filter(|class| !told.contains(class)) {
            let before = found.len();
            known_class(draft, class, &pod.title, &pod.at, found);
            if found.len() > before {
                told.push(class);
            }
        }
        let Some(workload) = workloads.get(pod.value.workload.as_str()) else {
            let names = workloads.keys().copied();
            found.push(finding::unknown_workload(
                &pod.at,
                &pod.value.workload,
                names,
            ));
            continue;
        };
        let Some(name) = pod.value.node.as_deref() else {
            continue;
        };
        if !nodes.contains_key(name) {
            let names = nodes.keys().copied();
            found.push(finding::unknown_node(&pod.node_at, &pod.title, name, names));
            continue;
        }
        let requests = pod.value.requests.unwrap_or(workload.requests);
        let (cpu, memory, pods) = used.entry(name).or_default();
        *cpu = cpu.saturating_add(requests.cpu.millicores());
        *memory = memory.saturating_add(requests.memory.bytes());
        *pods += 1;
    }
    for (name, (cpu, memory, pods)) in used {
        let Some(node) = nodes.get(name) else {
            continue;
        };
        let there = node.value.allocatable;
        let (cpu, memory) = (Cpu::from_millicores(cpu), Memory::from_bytes(memory));
        let mut over = |resource: &str, used: String, there: String| {
            found.push(finding::overcommitted(
                &node.at, name, resource, &used, &there,
            ));
        };
        if cpu > there.cpu {
            over("CPU", cpu.to_string(), there.cpu.to_string());
        }
        if memory > there.memory {
            over("memory", memory.to_string(), there.memory.to_string());
        }
        if pods > u64::from(node.value.pods) {
            over("pods", pods.to_string(), node.value.pods.to_string());
        }
    }
}
