//! Everything that changes while a plan is carried out.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::admit;
use super::node::{Bound, Load};
use super::queue::Queue;
use super::shape::{Key, Scratch};
use super::timeline::{Clock, Ring};
use super::{Class, Cluster, Controller, Event, Options, Policy, Workload};
use crate::sizing::pod::Compute;

use super::places::Places;

/// A pod.
pub(super) struct Pod {
    pub(super) workload: usize,
    pub(super) priority: i32,
    pub(super) load: Load,
    /// Index of its shape in the queue.
    pub(super) shape: usize,
    /// Where it runs.
    pub(super) node: Option<usize>,
    /// Where it evicted others to make room for itself.
    pub(super) nominated: Option<usize>,
    /// When it began to wait.
    pub(super) enqueued: u64,
    /// The preemption that it replaces a victim of, as an index of the log.
    pub(super) cause: Option<usize>,
    /// How many preemptions lead to it.
    pub(super) depth: u32,
    /// How long its victims take to stop, in seconds.
    pub(super) victims_grace: u64,
    pub(super) ready: bool,
    pub(super) ready_at: u64,
}

/// A workload and its pods.
pub(super) struct WorkloadState {
    pub(super) spec: Workload,
    /// How many pods it wants.
    pub(super) desired: u32,
    /// All its pods, running or waiting.
    pub(super) pods: BTreeSet<usize>,
    /// How many run.
    pub(super) bound: u32,
    /// How many run on each node.
    pub(super) on: BTreeMap<usize, u32>,
    /// How many run in each domain of its anti-affinity.
    pub(super) domains: BTreeMap<usize, u32>,
    pub(super) topology: Option<usize>,
    pub(super) suit: usize,
    /// Nodes whose domain changed by a pod of this workload.
    pub(super) around: Vec<usize>,
    pub(super) evicted: u32,
    pub(super) ring: Ring,
    /// How many ran before the plan; of a workload that the plan brings, the most it wanted.
    pub(super) before: u32,
    /// Whether the plan brought it.
    pub(super) is_new: bool,
    /// Whether the plan took it away.
    pub(super) removed: bool,
}

impl WorkloadState {
    /// Returns how many pods its budget lets go; nothing without one.
    pub(super) fn allowed(&self) -> Option<u32> {
        let all = self.spec.budget?.allowed(self.desired);
        let away = u64::from(self.desired.saturating_sub(self.bound));
        Some(u32::try_from(all.saturating_sub(away)).unwrap_or(u32::MAX))
    }
}

/// One preemption.
pub(super) struct Entry {
    pub(super) event: Option<usize>,
    pub(super) step: u64,
    pub(super) at: u64,
    pub(super) preemptor: usize,
    pub(super) node: usize,
    pub(super) victims: Vec<usize>,
    pub(super) violations: u32,
    pub(super) cause: Option<usize>,
    pub(super) depth: u32,
}

/// Everything that changes while a plan is carried out.
pub(super) struct State {
    pub(super) places: Places,
    pub(super) ids: BTreeMap<String, usize>,
    pub(super) classes: Vec<Class>,
    pub(super) pods: Vec<Pod>,
    pub(super) queue: Queue,
    pub(super) scratch: Scratch,
    pub(super) clock: Clock,
    pub(super) log: Vec<Entry>,
    /// Counts placings and preemptions.
    pub(super) step: u64,
    /// How many steps one event may take.
    pub(super) limit: usize,
    pub(super) endless: bool,
    /// The event that is carried out.
    pub(super) event: Option<usize>,
    pub(super) judge_from: usize,
}

impl State {
    pub(super) fn new(cluster: &Cluster, plan: &[Event], options: &Options) -> Self {
        let mut state = Self {
            places: Places::new(cluster, options.score),
            ids: BTreeMap::new(),
            classes: cluster.classes.clone(),
            pods: Vec::new(),
            queue: Queue::default(),
            scratch: Scratch::default(),
            clock: Clock::default(),
            log: Vec::new(),
            step: 0,
            limit: 0,
            endless: false,
            event: None,
            judge_from: options.judge_from,
        };
        for workload in &cluster.workloads {
            state.add_workload(workload);
        }
        state.limit = options
            .max_steps
            .unwrap_or_else(|| state.most_pods(cluster, plan).saturating_mul(50));
        state
    }

    /// Returns the most pods that the plan wants at any time.
    fn most_pods(&self, cluster: &Cluster, plan: &[Event]) -> usize {
        let mut wanted: BTreeMap<&str, u64> = BTreeMap::new();
        let nodes = cluster.nodes.len() as u64;
        let pods = |workload: &Workload| match workload.controller {
            Controller::DaemonSet => nodes,
            _ => u64::from(workload.replicas),
        };
        for workload in &cluster.workloads {
            wanted.insert(&workload.id, pods(workload));
        }
        let sum = |wanted: &BTreeMap<&str, u64>| wanted.values().sum::<u64>();
        let mut most = sum(&wanted).max(cluster.running.as_ref().map_or(0, Vec::len) as u64);
        for event in plan {
            let (id, count) = match event {
                Event::Apply(workload) => (&workload.id, pods(workload)),
                Event::Scale(id, replicas) => (id, u64::from(*replicas)),
                Event::AddReplica(id) => (id, wanted.get(id.as_str()).map_or(1, |now| now + 1)),
                _ => continue,
            };
            wanted.insert(id, count);
            most = most.max(sum(&wanted));
        }
        usize::try_from(most).unwrap_or(usize::MAX).max(1)
    }

    /// Adds a workload without pods.
    pub(super) fn add_workload(&mut self, workload: &Workload) -> usize {
        let index = self.places.workloads.len();
        let suit = self.places.suit(workload);
        let topology = workload
            .anti_affinity
            .as_deref()
            .map(|label| self.places.topology(label));
        self.ids.insert(workload.id.clone(), index);
        self.places.workloads.push(WorkloadState {
            spec: workload.clone(),
            desired: 0,
            pods: BTreeSet::new(),
            bound: 0,
            on: BTreeMap::new(),
            domains: BTreeMap::new(),
            topology,
            suit,
            around: Vec::new(),
            evicted: 0,
            ring: Ring::default(),
            before: 0,
            is_new: self.event.is_some(),
            removed: false,
        });
        self.want(index, self.wanted(index));
        index
    }

    /// Returns how many pods a workload should have now.
    pub(super) fn wanted(&self, workload: usize) -> u32 {
        let state = &self.places.workloads[workload];
        match state.spec.controller {
            Controller::DaemonSet => {
                let nodes = 0..self.places.nodes.len();
                let suitable = nodes.filter(|node| self.places.suits(state.suit, *node));
                u32::try_from(suitable.count()).unwrap_or(u32::MAX)
            }
            _ => state.spec.replicas,
        }
    }

    /// Returns the open nodes that a workload's selector and tolerations allow.
    pub(super) fn nodes_of(&self, workload: usize) -> Vec<usize> {
        let suit = self.places.workloads[workload].suit;
        (0..self.places.nodes.len())
            .filter(|node| self.places.allows(suit, *node))
            .collect()
    }

    /// Sets how many pods a workload wants.
    pub(super) fn want(&mut self, workload: usize, desired: u32) {
        let state = &mut self.places.workloads[workload];
        let allowed = state.allowed();
        state.desired = desired;
        if self.event.is_none() || state.is_new {
            state.before = state.before.max(desired);
        }
        state.ring.limit(desired);
        self.places.budget_changed(workload, allowed);
    }

    /// Makes a new pod, with the priority that the classes give it now, and lets it wait for a place.
    pub(super) fn admit(
        &mut self,
        workload: usize,
        pin: Option<usize>,
        after: Option<usize>,
    ) -> usize {
        let spec = &self.places.workloads[workload].spec;
        let (priority, policy) = admit(&self.classes, spec.class.as_deref());
        let pod = self.create(workload, priority, policy, pin, None);
        if let Some(entry) = after {
            self.pods[pod].cause = Some(entry);
            self.pods[pod].depth = self.log[entry].depth.saturating_add(1);
        }
        self.queue.push(&self.pods, pod);
        pod
    }

    /// Makes a pod that neither runs nor waits.
    pub(super) fn create(
        &mut self,
        workload: usize,
        priority: i32,
        policy: Policy,
        pin: Option<usize>,
        requests: Option<Compute>,
    ) -> usize {
        let pod = self.pods.len();
        let state = &mut self.places.workloads[workload];
        state.pods.insert(pod);
        let load = Load::of_pod(requests.unwrap_or(state.spec.requests));
        let shape = self.queue.shape(Key {
            priority,
            never: policy == Policy::Never,
            load,
            suit: state.suit,
            apart: state.topology.map(|topology| (workload, topology)),
            pin,
        });
        self.pods.push(Pod {
            workload,
            priority,
            load,
            shape,
            node: None,
            nominated: None,
            enqueued: self.step,
            cause: None,
            depth: 0,
            victims_grace: 0,
            ready: false,
            ready_at: 0,
        });
        pod
    }

    /// Puts a pod on a node.
    pub(super) fn bind(&mut self, pod: usize, node: usize) {
        self.withdraw(pod);
        let state = &mut self.pods[pod];
        state.node = Some(node);
        let bound = Bound {
            priority: state.priority,
            start: self.step,
            pod,
            workload: state.workload,
            load: state.load,
        };
        self.places.bind(node, bound);
        let workload = &mut self.places.workloads[self.pods[pod].workload];
        self.clock.started(&mut self.pods[pod], pod, workload);
        self.step += 1;
    }

    /// Takes a pod from its node.
    pub(super) fn unbind(&mut self, pod: usize) {
        let state = &mut self.pods[pod];
        if let Some(node) = state.node.take() {
            self.places.unbind(node, pod, state.workload);
            self.clock
                .stopped(state, &mut self.places.workloads[state.workload]);
        }
    }

    /// Takes a pod's nomination back.
    pub(super) fn withdraw(&mut self, pod: usize) {
        if let Some(node) = self.pods[pod].nominated.take() {
            self.places.nodes[node]
                .nominees
                .retain(|nominee| nominee.pod != pod);
            self.places.changes.push(node);
        }
    }

    /// Ends a pod, running or waiting.
    pub(super) fn delete(&mut self, pod: usize) {
        if self.pods[pod].node.is_some() {
            self.unbind(pod);
        } else {
            self.queue.remove(&self.pods, pod);
            self.withdraw(pod);
        }
        let workload = self.pods[pod].workload;
        self.places.workloads[workload].pods.remove(&pod);
    }
}
