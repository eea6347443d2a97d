//! Nodes and workloads: where pods are, and where one could go.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::node::{Bound, Load, NodeState};
use super::shape::{Key, Price, Rank, Scratch};
use super::state::WorkloadState;
use super::{Cluster, Score, Workload};

/// How many changes are kept: 32 MB of them. Tests come there, too.
const MOST_CHANGES: usize = if cfg!(test) { 100 } else { 4 << 20 };

/// Where pods are.
pub(super) struct Places {
    /// Sorted by name.
    pub(super) nodes: Vec<NodeState>,
    pub(super) workloads: Vec<WorkloadState>,
    /// The nodes that changed, in order; a node can be there many times.
    pub(super) changes: Vec<usize>,
    /// How often [`Self::changes`] began anew.
    pub(super) epoch: u64,
    /// The workloads of which a pod left a domain of several nodes, since the queue last looked.
    pub(super) left: Vec<usize>,
    /// The entries of [`WorkloadState::around`] of all workloads.
    around: usize,
    suits: Vec<Suit>,
    topologies: Vec<Topology>,
    score: Score,
}

/// The nodes that one selector with one set of tolerations allows.
struct Suit {
    example: Workload,
    nodes: Vec<bool>,
}

/// The domains that one label of nodes makes.
struct Topology {
    label: String,
    domain: Vec<Option<usize>>,
    members: Vec<Vec<usize>>,
}

impl Places {
    pub(super) fn new(cluster: &Cluster, score: Score) -> Self {
        let mut nodes: Vec<NodeState> = cluster.nodes.iter().map(NodeState::new).collect();
        nodes.sort_by(|one, other| one.node.name.cmp(&other.node.name));
        Self {
            nodes,
            workloads: Vec::new(),
            changes: Vec::new(),
            epoch: 0,
            left: Vec::new(),
            around: 0,
            suits: Vec::new(),
            topologies: Vec::new(),
            score,
        }
    }

    /// Returns a node's index.
    pub(super) fn node(&self, name: &str) -> Option<usize> {
        self.nodes
            .binary_search_by(|node| node.node.name.as_str().cmp(name))
            .ok()
    }

    /// Returns the index of the nodes that a workload's selector and tolerations allow.
    pub(super) fn suit(&mut self, workload: &Workload) -> usize {
        let same = |suit: &Suit| suit.example.suits_alike(workload);
        if let Some(index) = self.suits.iter().position(same) {
            return index;
        }
        self.suits.push(Suit {
            example: workload.clone(),
            nodes: self
                .nodes
                .iter()
                .map(|node| workload.suits(&node.node))
                .collect(),
        });
        self.suits.len() - 1
    }

    /// Returns whether selector and tolerations allow a node.
    pub(super) fn allows(&self, suit: usize, node: usize) -> bool {
        self.nodes[node].open && self.suits[suit].nodes[node]
    }

    /// Returns whether selector and tolerations allow a node that is there, be it closed to new pods.
    pub(super) fn suits(&self, suit: usize, node: usize) -> bool {
        self.nodes[node].there && self.suits[suit].nodes[node]
    }

    /// Returns the index of the domains that a label makes.
    pub(super) fn topology(&mut self, label: &str) -> usize {
        if let Some(index) = self.topologies.iter().position(|one| one.label == label) {
            return index;
        }
        let mut values: BTreeMap<&str, usize> = BTreeMap::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut domain = Vec::with_capacity(self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            domain.push(node.node.label(label).map(|value| {
                let next = values.len();
                let at = *values.entry(value).or_insert(next);
                if at == members.len() {
                    members.push(Vec::new());
                }
                members[at].push(index);
                at
            }));
        }
        self.topologies.push(Topology {
            label: label.to_owned(),
            domain,
            members,
        });
        self.topologies.len() - 1
    }

    /// Puts a pod on a node.
    pub(super) fn bind(&mut self, node: usize, bound: Bound) {
        self.nodes[node].add(bound);
        self.moved(node, bound.workload, 1);
    }

    /// Takes a pod from a node.
    pub(super) fn unbind(&mut self, node: usize, pod: usize, workload: usize) {
        self.nodes[node].remove(pod);
        self.moved(node, workload, -1);
    }

    fn moved(&mut self, node: usize, workload: usize, by: i32) {
        self.changes.push(node);
        let state = &mut self.workloads[workload];
        let allowed = state.allowed();
        state.bound = state.bound.saturating_add_signed(by);
        let count = state.on.entry(node).or_default();
        *count = count.saturating_add_signed(by);
        if *count == 0 {
            state.on.remove(&node);
        }
        if let Some(topology) = state.topology {
            let topology = &self.topologies[topology];
            if let Some(domain) = topology.domain[node] {
                let count = state.domains.entry(domain).or_default();
                *count = count.saturating_add_signed(by);
                if topology.members[domain].len() > 1 {
                    state.around.extend(&topology.members[domain]);
                    self.around += topology.members[domain].len();
                    if by < 0 {
                        self.left.push(workload);
                    }
                }
            }
        }
        self.budget_changed(workload, allowed);
    }

    /// Marks the nodes for whose pods a budget's answer may be another than before.
    pub(super) fn budget_changed(&mut self, workload: usize, before: Option<u32>) {
        let state = &self.workloads[workload];
        let (Some(before), Some(now)) = (before, state.allowed()) else {
            return;
        };
        if before != now {
            let least = before.min(now);
            let more = state.on.iter().filter(|(_, count)| **count > least);
            self.changes.extend(more.map(|(node, _)| *node));
        }
    }

    /// Forgets the changes if they are many; returns whether it did. All who follow them begin anew, then.
    pub(super) fn compact(&mut self) -> bool {
        if self.changes.len() + self.around < MOST_CHANGES {
            return false;
        }
        self.changes.clear();
        for workload in &mut self.workloads {
            workload.around.clear();
        }
        self.around = 0;
        self.epoch += 1;
        true
    }

    /// Counts a workload's pods by domain anew.
    pub(super) fn recount(&mut self, workload: usize) {
        let state = &mut self.workloads[workload];
        state.domains.clear();
        if let Some(topology) = state.topology {
            for (node, count) in &state.on {
                if let Some(domain) = self.topologies[topology].domain[*node] {
                    *state.domains.entry(domain).or_default() += count;
                }
            }
        }
    }

    /// Returns how good a node is for a pod, and leaves the victims in the scratch space: filter, score and candidate of
    /// the scheduler in one. `except` is a pod whose own nomination is not counted.
    pub(super) fn rate(
        &self,
        key: &Key,
        index: usize,
        except: Option<usize>,
        scratch: &mut Scratch,
    ) -> Option<Rank> {
        scratch.victims.clear();
        if !self.allows(key.suit, index) {
            return None;
        }
        let node = &self.nodes[index];
        let own = key.apart.map(|(workload, _)| workload);
        let (promised, rival) = node.promised(key.priority, except, own);
        let taken = node.used.plus(promised);
        let (here, elsewhere) = self.neighbours(key, index);
        let lonely = here + elsewhere == 0 && !(rival && own.is_some());
        if lonely && taken.plus(key.load).within(node.capacity) {
            let cost = node.cost(key.load, self.score);
            return Some(Rank::Free { cost });
        }
        if key.never || elsewhere > 0 || rival {
            return None;
        }
        let first = node
            .bound
            .partition_point(|bound| bound.priority >= key.priority);
        let (stay, pool) = node.bound.split_at(first);
        let lower = pool
            .iter()
            .fold(Load::default(), |sum, bound| sum.plus(bound.load));
        let kept = taken.minus(lower).plus(key.load);
        // With a neighbour of at least the same priority on the node itself, evicting others is of no use.
        let beside = here > 0 && stay.iter().any(|bound| Some(bound.workload) == own);
        if pool.is_empty() || beside || !kept.within(node.capacity) {
            return None;
        }
        self.mark_violations(pool, scratch);
        let apart = own.filter(|_| here > 0);
        Some(Rank::After(spare(
            pool,
            kept,
            node.capacity,
            apart,
            scratch,
        )))
    }

    /// Returns how many pods of the same workload share a node's domain: on the node, and on others.
    fn neighbours(&self, key: &Key, node: usize) -> (u32, u32) {
        let Some((workload, topology)) = key.apart else {
            return (0, 0);
        };
        let Some(domain) = self.topologies[topology].domain[node] else {
            return (0, 0);
        };
        let state = &self.workloads[workload];
        let here = state.on.get(&node).copied().unwrap_or(0);
        let all = state.domains.get(&domain).copied().unwrap_or(0);
        (here, all.saturating_sub(here))
    }

    /// Walks a pool and marks the pods that push a budget below zero.
    fn mark_violations(&self, pool: &[Bound], scratch: &mut Scratch) {
        scratch.violating.clear();
        scratch.left.clear();
        for bound in pool {
            let known = scratch
                .left
                .iter()
                .position(|(workload, _)| *workload == bound.workload);
            let at = known.or_else(|| {
                let allowed = self.workloads[bound.workload].allowed()?;
                scratch.left.push((bound.workload, allowed));
                Some(scratch.left.len() - 1)
            });
            scratch.violating.push(match at {
                Some(at) if scratch.left[at].1 == 0 => true,
                Some(at) => {
                    scratch.left[at].1 -= 1;
                    false
                }
                None => false,
            });
        }
    }
}

/// Spares as many of a pool as still fit, first those whose budget would be violated, and returns what the others cost.
fn spare(
    pool: &[Bound],
    mut kept: Load,
    capacity: Load,
    apart: Option<usize>,
    scratch: &mut Scratch,
) -> Price {
    let mut price = Price {
        violations: 0,
        highest: i32::MIN,
        sum: 0,
        victims: 0,
        start: Reverse(u64::MAX),
    };
    for violating in [true, false] {
        for (bound, marked) in pool.iter().zip(&scratch.violating) {
            if *marked != violating {
                continue;
            }
            let with = kept.plus(bound.load);
            if with.within(capacity) && Some(bound.workload) != apart {
                kept = with;
                continue;
            }
            scratch.victims.push(bound.pod);
            price.victims += 1;
            price.violations += u32::from(violating);
            price.sum += u64::from(bound.priority.abs_diff(i32::MIN));
            if price.victims == 1 || bound.priority > price.highest {
                price.highest = bound.priority;
                price.start = Reverse(bound.start);
            } else if bound.priority == price.highest {
                price.start = Reverse(price.start.0.min(bound.start));
            }
        }
    }
    price
}
