//! What the events of a plan do.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::state::State;
use super::{Cluster, Controller, Event, Workload};

impl State {
    /// Makes the state before the plan.
    pub(super) fn begin(&mut self, cluster: &Cluster) {
        for pod in cluster.running.iter().flatten() {
            let Some(workload) = self.ids.get(&pod.workload).copied() else {
                continue;
            };
            let node = pod.node.as_deref().and_then(|name| self.places.node(name));
            let daemon = self.places.workloads[workload].spec.controller == Controller::DaemonSet;
            if daemon && node.is_none() {
                // It is for one node, which gets its pod below.
                continue;
            }
            let pin = node.filter(|_| daemon);
            let created = self.create(workload, pod.priority, pod.policy, pin, pod.requests);
            match node {
                Some(node) => self.bind(created, node),
                None => self.queue.push(&self.pods, created),
            }
        }
        self.settle();
        self.restart_counts();
        // What exists is placed before what is missing: that comes later, and may evict it.
        self.schedule_first();
        for workload in 0..self.places.workloads.len() {
            self.fill(workload);
        }
        self.schedule_first();
    }

    /// Places pods before the plan; as long as that evicts nobody, it is the state to compare with.
    fn schedule_first(&mut self) {
        self.schedule();
        self.settle();
        if self.log.is_empty() {
            self.restart_counts();
        }
    }

    /// Carries out one event, and all that follows from it.
    pub(super) fn event(&mut self, index: usize, event: &Event) {
        if index == self.judge_from && index > 0 {
            self.restart_judgement();
        }
        self.event = Some(index);
        match event {
            Event::SetClasses(classes) => self.classes.clone_from(classes),
            Event::Apply(workload) => self.apply(workload),
            Event::Remove(id) => self.with(id, Self::take_away),
            Event::Restart(id) => self.with(id, Self::roll),
            Event::Scale(id, replicas) => self.with(id, |state, at| state.scale(at, *replicas)),
            Event::AddReplica(id) => self.with(id, |state, at| {
                let replicas = state.places.workloads[at].desired.saturating_add(1);
                state.scale(at, replicas);
            }),
            Event::LoseNode(name) => {
                if let Some(node) = self.places.node(name) {
                    self.lose(node);
                }
            }
            Event::Drain(name) => {
                if let Some(node) = self.places.node(name) {
                    self.drain(node);
                }
            }
        }
        self.schedule();
        self.settle();
    }

    /// Forgets what happened, but not its outcome.
    pub(super) fn restart_judgement(&mut self) {
        self.log.clear();
        for pod in &mut self.pods {
            pod.cause = None;
            pod.depth = 0;
        }
        self.restart_counts();
    }

    fn restart_counts(&mut self) {
        for workload in &mut self.places.workloads {
            workload.evicted = 0;
            workload.before = workload.bound.max(1);
            workload.is_new = false;
            workload.ring.restart();
        }
    }

    fn with(&mut self, id: &str, act: impl FnOnce(&mut Self, usize)) {
        if let Some(workload) = self.ids.get(id).copied() {
            act(self, workload);
        }
    }

    fn apply(&mut self, workload: &Workload) {
        let known = self.ids.get(&workload.id).copied();
        let Some(at) = known.filter(|at| !self.places.workloads[*at].removed) else {
            let at = self.add_workload(workload);
            return self.fill(at);
        };
        let suit = self.places.suit(workload);
        let topology = workload
            .anti_affinity
            .as_deref()
            .map(|label| self.places.topology(label));
        let state = &mut self.places.workloads[at];
        let differ = state.spec.pods_differ(workload);
        let other_kind = state.spec.controller != workload.controller;
        let before = state.allowed();
        state.spec = workload.clone();
        state.suit = suit;
        state.topology = topology;
        self.places.budget_changed(at, before);
        self.places.recount(at);
        if other_kind {
            // One object is deleted and another one made.
            for pod in self.places.workloads[at].pods.clone() {
                self.delete(pod);
            }
        }
        if workload.controller == Controller::DaemonSet {
            self.leave_unsuitable(at);
            self.want(at, self.wanted(at));
            self.fill(at);
        } else {
            self.scale(at, workload.replicas);
        }
        if differ && !other_kind {
            self.roll(at);
        }
    }

    /// Takes the pods of a DaemonSet from the nodes that no longer suit it.
    fn leave_unsuitable(&mut self, workload: usize) {
        let suit = self.places.workloads[workload].suit;
        for pod in self.places.workloads[workload].pods.clone() {
            let pin = self.queue.shapes[self.pods[pod].shape].key.pin;
            let suits = pin.is_none_or(|node| self.places.suits(suit, node));
            if !suits {
                self.delete(pod);
            }
        }
    }

    /// Adds the pods that a workload lacks.
    fn fill(&mut self, workload: usize) {
        let state = &self.places.workloads[workload];
        if state.spec.controller != Controller::DaemonSet {
            let there = u32::try_from(state.pods.len()).unwrap_or(u32::MAX);
            for _ in there..state.desired {
                self.admit(workload, None, None);
            }
            return;
        }
        let pods = &self.places.workloads[workload].pods;
        let pins = pods
            .iter()
            .map(|pod| self.queue.shapes[self.pods[*pod].shape].key.pin);
        let pins: BTreeSet<Option<usize>> = pins.collect();
        for node in self.nodes_of(workload) {
            if !pins.contains(&Some(node)) {
                self.admit(workload, Some(node), None);
            }
        }
    }

    fn scale(&mut self, workload: usize, replicas: u32) {
        self.want(workload, replicas);
        let state = &self.places.workloads[workload];
        let extra = state.pods.len().saturating_sub(replicas as usize);
        let mut pods: Vec<usize> = state.pods.iter().copied().collect();
        // Those that wait go first, then the youngest.
        pods.sort_by_key(|pod| (self.pods[*pod].node.is_some(), Reverse(*pod)));
        for pod in pods.into_iter().take(extra) {
            self.delete(pod);
        }
        self.fill(workload);
    }

    fn take_away(&mut self, workload: usize) {
        self.want(workload, 0);
        for pod in self.places.workloads[workload].pods.clone() {
            self.delete(pod);
        }
        self.places.workloads[workload].removed = true;
    }

    /// Replaces the pods of a workload one by one, and stops at the first that finds no place.
    fn roll(&mut self, workload: usize) {
        self.schedule();
        let spec = &self.places.workloads[workload].spec;
        let grace = spec.grace_seconds;
        let daemon = spec.controller == Controller::DaemonSet;
        if spec.controller == Controller::None {
            return;
        }
        let mut pods: Vec<usize> = self.places.workloads[workload]
            .pods
            .iter()
            .copied()
            .collect();
        // A StatefulSet begins with its last pod; those that wait harm nobody.
        pods.sort_by_key(|pod| (self.pods[*pod].node.is_some(), Reverse(*pod)));
        for pod in pods {
            // It may have been evicted, and replaced, by an earlier one.
            if !self.places.workloads[workload].pods.contains(&pod) {
                continue;
            }
            let node = self.pods[pod].node;
            let pin = self.queue.shapes[self.pods[pod].shape].key.pin;
            self.delete(pod);
            if node.is_some() {
                self.pass(grace);
            }
            let new = self.admit(workload, if daemon { pin.or(node) } else { None }, None);
            self.schedule();
            self.settle();
            if node.is_some() && self.pods[new].node.is_none() || self.endless {
                return;
            }
        }
    }

    fn lose(&mut self, node: usize) {
        self.places.nodes[node].open = false;
        self.places.nodes[node].there = false;
        self.places.changes.push(node);
        let bound: Vec<usize> = self.places.nodes[node]
            .bound
            .iter()
            .map(|bound| bound.pod)
            .collect();
        let pinned: Vec<usize> = self.pinned(node);
        for pod in &bound {
            self.delete(*pod);
        }
        for pod in pinned {
            self.delete(pod);
        }
        for pod in bound {
            let workload = self.pods[pod].workload;
            match self.places.workloads[workload].spec.controller {
                Controller::None => {}
                Controller::DaemonSet => self.want(workload, self.wanted(workload)),
                _ => drop(self.admit(workload, None, None)),
            }
        }
    }

    /// Returns the waiting pods that only this node could take.
    fn pinned(&self, node: usize) -> Vec<usize> {
        self.queue
            .shapes
            .iter()
            .filter(|shape| shape.key.pin == Some(node))
            .flat_map(|shape| {
                shape
                    .waiting
                    .iter()
                    .map(|(_, pod)| *pod)
                    .chain(shape.parked.iter().copied())
            })
            .collect()
    }

    /// Closes a node and moves its pods, as far as budgets allow it.
    fn drain(&mut self, node: usize) {
        self.places.nodes[node].open = false;
        self.places.changes.push(node);
        loop {
            let next = self.places.nodes[node].bound.iter().find(|bound| {
                let workload = &self.places.workloads[bound.workload];
                workload.spec.controller != Controller::DaemonSet && workload.allowed() != Some(0)
            });
            let Some(next) = next.map(|bound| bound.pod) else {
                return;
            };
            let workload = self.pods[next].workload;
            let spec = &self.places.workloads[workload].spec;
            let (grace, controller) = (spec.grace_seconds, spec.controller);
            self.delete(next);
            self.pass(grace);
            if controller != Controller::None {
                self.admit(workload, None, None);
            }
            self.schedule();
            self.settle();
            if self.endless {
                return;
            }
        }
    }
}
