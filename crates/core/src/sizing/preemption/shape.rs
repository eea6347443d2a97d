//! Pods that the scheduler cannot tell apart, and how good each node is for them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::best::Best;
use super::node::Load;
use super::places::Places;

/// What decides where a pod can go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) priority: i32,
    /// Whether it may not preempt.
    pub(super) never: bool,
    pub(super) load: Load,
    /// Index of the nodes that its selector and tolerations allow.
    pub(super) suit: usize,
    /// The workload, and the kind of domain of which each holds one of its pods.
    pub(super) apart: Option<(usize, usize)>,
    /// The only node, for pods of a DaemonSet.
    pub(super) pin: Option<usize>,
}

/// How good a node is; the smallest is best.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The pod fits.
    Free {
        /// See [`NodeState::cost`](super::node::NodeState::cost).
        cost: u64,
    },
    /// The pod fits once others are evicted.
    After(Price),
}

/// What a preemption costs: the keys by which the scheduler picks a node, in their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Price {
    /// Victims against their budget.
    pub(super) violations: u32,
    /// The highest priority of a victim.
    pub(super) highest: i32,
    /// The priorities of all victims, each moved by 2^31 to be positive.
    pub(super) sum: u64,
    /// How many victims.
    pub(super) victims: u32,
    /// When the first of the highest started; later is better.
    pub(super) start: Reverse<u64>,
}

/// Scratch space for rating nodes.
#[derive(Default)]
pub(super) struct Scratch {
    /// The last victims found.
    pub(super) victims: Vec<usize>,
    pub(super) violating: Vec<bool>,
    pub(super) left: Vec<(usize, u32)>,
}

/// Pods of one key that wait for a place.
pub(super) struct Shape {
    pub(super) key: Key,
    /// Waiting pods without a nominated node, by time.
    pub(super) waiting: BTreeSet<(u64, usize)>,
    /// Pods with a nominated node that can neither be placed nor preempt.
    pub(super) parked: BTreeSet<usize>,
    /// The one of `waiting` that stands in the queue.
    pub(super) head: Option<(u64, usize)>,
    /// Whether no node is of use.
    pub(super) blocked: bool,
    cache: Option<Cache>,
}

struct Cache {
    best: Best<Rank>,
    /// To which run of changes the next two belong.
    epoch: u64,
    /// How many changes of nodes it knows.
    seen: usize,
    /// How many changes around its own workload it knows.
    seen_apart: usize,
}

impl Shape {
    pub(super) const fn new(key: Key) -> Self {
        Self {
            key,
            waiting: BTreeSet::new(),
            parked: BTreeSet::new(),
            head: None,
            blocked: false,
            cache: None,
        }
    }

    /// Forgets what it knows of nodes.
    pub(super) fn forget(&mut self) {
        self.cache = None;
    }

    /// Returns whether it holds something that [`Self::forget`] frees.
    pub(super) const fn remembers(&self) -> bool {
        self.cache.is_some()
    }

    /// Returns the best node for a pod of this shape.
    pub(super) fn best(&mut self, places: &Places, scratch: &mut Scratch) -> Option<(usize, Rank)> {
        if let Some(node) = self.key.pin {
            let rank = places.rate(&self.key, node, None, scratch)?;
            return Some((node, rank));
        }
        let (node, rank) = self.refresh(places, scratch).best.best()?;
        Some((node, rank.clone()))
    }

    /// Returns the best node for one pod that has a nominated node, where its own nomination does not stand in its way.
    pub(super) fn best_of_nominated(
        &mut self,
        places: &Places,
        pod: usize,
        node: usize,
        scratch: &mut Scratch,
    ) -> Option<(usize, Rank)> {
        let own = places.rate(&self.key, node, Some(pod), scratch);
        if self.key.pin.is_some() {
            return own.map(|rank| (node, rank));
        }
        let best = &mut self.refresh(places, scratch).best;
        let general = best.take(node);
        best.set(node, own);
        let found = best.best().map(|(node, rank)| (node, rank.clone()));
        best.set(node, general);
        found
    }

    /// Rates the nodes that changed since the last time.
    fn refresh(&mut self, places: &Places, scratch: &mut Scratch) -> &mut Cache {
        let key = &self.key;
        let apart: &[usize] = key.apart.map_or(&[], |(workload, _)| {
            places.workloads[workload].around.as_slice()
        });
        let cache = self
            .cache
            .take()
            .filter(|cache| cache.epoch == places.epoch);
        let cache = cache.filter(|cache| {
            (places.changes.len() - cache.seen) + (apart.len() - cache.seen_apart)
                < places.nodes.len()
        });
        let mut cache = cache.unwrap_or_else(|| Cache {
            best: Best::new(
                (0..places.nodes.len())
                    .map(|node| places.rate(key, node, None, scratch))
                    .collect(),
            ),
            epoch: places.epoch,
            seen: places.changes.len(),
            seen_apart: apart.len(),
        });
        for node in places.changes[cache.seen..]
            .iter()
            .chain(&apart[cache.seen_apart..])
        {
            cache
                .best
                .set(*node, places.rate(key, *node, None, scratch));
        }
        cache.seen = places.changes.len();
        cache.seen_apart = apart.len();
        self.cache.insert(cache)
    }
}
