//! A node with what runs on it and what is promised a place there.

use std::cmp::Reverse;

use super::{Node, Score};
use crate::sizing::pod::Compute;

/// What pods take of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Load {
    /// Thousandths of a core.
    pub(super) cpu: u64,
    /// Bytes.
    pub(super) memory: u64,
    /// Pods.
    pub(super) pods: u64,
}

impl Load {
    /// Returns what a pod takes.
    pub(super) const fn of_pod(requests: Compute) -> Self {
        Self {
            cpu: requests.cpu.millicores(),
            memory: requests.memory.bytes(),
            pods: 1,
        }
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_add(other.cpu),
            memory: self.memory.saturating_add(other.memory),
            pods: self.pods.saturating_add(other.pods),
        }
    }

    pub(super) const fn minus(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(other.cpu),
            memory: self.memory.saturating_sub(other.memory),
            pods: self.pods.saturating_sub(other.pods),
        }
    }

    pub(super) const fn within(self, capacity: Self) -> bool {
        self.cpu <= capacity.cpu && self.memory <= capacity.memory && self.pods <= capacity.pods
    }
}

/// A pod on a node.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) priority: i32,
    pub(super) start: u64,
    pub(super) pod: usize,
    pub(super) workload: usize,
    pub(super) load: Load,
}

impl Bound {
    /// The order in which pods are kept: by priority, then the one that started earlier.
    const fn order(&self) -> (Reverse<i32>, u64, usize) {
        (Reverse(self.priority), self.start, self.pod)
    }
}

/// A pending pod that evicted others for a place.
#[derive(Clone, Copy)]
pub(super) struct Nominee {
    pub(super) pod: usize,
    pub(super) priority: i32,
    pub(super) workload: usize,
    pub(super) load: Load,
}

/// A node and its pods.
pub(super) struct NodeState {
    pub(super) node: Node,
    pub(super) capacity: Load,
    /// Whether it takes pods: neither lost nor being drained.
    pub(super) open: bool,
    /// Whether it is there.
    pub(super) there: bool,
    pub(super) used: Load,
    /// Sorted by [`Bound::order`].
    pub(super) bound: Vec<Bound>,
    pub(super) nominees: Vec<Nominee>,
}

impl NodeState {
    pub(super) fn new(node: &Node) -> Self {
        Self {
            capacity: Load {
                cpu: node.allocatable.cpu.millicores(),
                memory: node.allocatable.memory.bytes(),
                pods: u64::from(node.pods),
            },
            node: node.clone(),
            open: true,
            there: true,
            used: Load::default(),
            bound: Vec::new(),
            nominees: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, bound: Bound) {
        let at = self
            .bound
            .partition_point(|other| other.order() < bound.order());
        self.used = self.used.plus(bound.load);
        self.bound.insert(at, bound);
    }

    pub(super) fn remove(&mut self, pod: usize) {
        if let Some(at) = self.bound.iter().position(|bound| bound.pod == pod) {
            let bound = self.bound.remove(at);
            self.used = self.used.minus(bound.load);
        }
    }

    /// Returns what nominees of at least this priority will take, one pod left out, and whether one is of a workload.
    pub(super) fn promised(
        &self,
        priority: i32,
        except: Option<usize>,
        workload: Option<usize>,
    ) -> (Load, bool) {
        let mut load = Load::default();
        let mut rival = false;
        for nominee in &self.nominees {
            if nominee.priority >= priority && Some(nominee.pod) != except {
                load = load.plus(nominee.load);
                rival |= Some(nominee.workload) == workload;
            }
        }
        (load, rival)
    }

    /// Returns how bad a place it is for a pod: the parts of CPU and memory that are taken with it, added up.
    pub(super) fn cost(&self, ask: Load, score: Score) -> u64 {
        /// One whole, as parts.
        const WHOLE: u128 = 1 << 40;
        let part = |taken: u64, capacity: u64| match capacity {
            0 => 0,
            _ => u128::from(taken) * WHOLE / u128::from(capacity),
        };
        let taken = self.used.plus(ask);
        let parts = part(taken.cpu, self.capacity.cpu) + part(taken.memory, self.capacity.memory);
        // What fits takes at most one whole of each.
        let parts = u64::try_from(parts.min(2 * WHOLE)).unwrap_or(u64::MAX);
        match score {
            Score::LeastAllocated => parts,
            Score::MostAllocated => u64::MAX - parts,
        }
    }
}
