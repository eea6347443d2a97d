//! Pods that wait for a place, in the order of the scheduler's queue.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::places::Places;
use super::shape::{Key, Scratch, Shape};
use super::state::Pod;

/// How many shapes may remember nodes while none of their pods wait.
const IDLE_MEMORIES: usize = 64;

/// The queue: by priority, then by time, then by pod.
///
/// Of pods of one shape only the first stands in the queue: where it cannot go, none of the others can. A shape that found no use for any node
/// is looked at again when a node changes.
#[derive(Default)]
pub(super) struct Queue {
    /// The first pod of each shape, and every pod that has a nominated node.
    heads: BTreeSet<(Reverse<i32>, u64, usize)>,
    pub(super) shapes: Vec<Shape>,
    index: BTreeMap<Key, usize>,
    /// Shapes for which no node is of use.
    blocked: BTreeSet<usize>,
    /// The same for pods of one node only, by node.
    blocked_pins: BTreeMap<usize, BTreeSet<usize>>,
    /// Blocked shapes for which one node counts above others, its pods' only node or the nominated one of a parked pod, and which
    /// keep apart from pods of their workload, by workload: a pod that leaves another node of the domain may open that node.
    blocked_apart: BTreeMap<usize, BTreeSet<usize>>,
    /// Parked pods by their nominated node.
    parked: BTreeMap<usize, BTreeSet<usize>>,
    /// How many changes of nodes were looked at.
    seen: usize,
    idle: usize,
}

impl Queue {
    /// Returns the index of the shape with this key.
    pub(super) fn shape(&mut self, key: Key) -> usize {
        *self.index.entry(key).or_insert_with_key(|key| {
            self.shapes.push(Shape::new(key.clone()));
            self.shapes.len() - 1
        })
    }

    /// Returns the pod that is first.
    pub(super) fn first(&self) -> Option<usize> {
        self.heads.first().map(|(.., pod)| *pod)
    }

    /// Lets a pod without a nominated node wait.
    pub(super) fn push(&mut self, pods: &[Pod], pod: usize) {
        let shape = pods[pod].shape;
        self.shapes[shape].waiting.insert((pods[pod].enqueued, pod));
        self.update_head(shape);
    }

    /// Lets a pod with a nominated node wait.
    pub(super) fn push_nominated(&mut self, pods: &[Pod], pod: usize) {
        self.heads.insert(order(pods, pod));
    }

    /// Takes a pod out.
    pub(super) fn remove(&mut self, pods: &[Pod], pod: usize) {
        let shape = pods[pod].shape;
        if let Some(node) = pods[pod].nominated {
            self.heads.remove(&order(pods, pod));
            self.shapes[shape].parked.remove(&pod);
            if let Some(parked) = self.parked.get_mut(&node) {
                parked.remove(&pod);
            }
        } else {
            self.shapes[shape]
                .waiting
                .remove(&(pods[pod].enqueued, pod));
            self.update_head(shape);
        }
    }

    /// Puts a pod aside that can neither be placed nor preempt, and with it all pods of its shape.
    pub(super) fn block(&mut self, pods: &[Pod], pod: usize) {
        let at = pods[pod].shape;
        if let Some(node) = pods[pod].nominated {
            self.heads.remove(&order(pods, pod));
            self.shapes[at].parked.insert(pod);
            self.parked.entry(node).or_default().insert(pod);
        }
        self.shapes[at].blocked = true;
        let key = &self.shapes[at].key;
        if let Some((workload, _)) = key.apart
            && (key.pin.is_some() || pods[pod].nominated.is_some())
        {
            self.blocked_apart.entry(workload).or_default().insert(at);
        }
        match key.pin {
            Some(node) => self.blocked_pins.entry(node).or_default().insert(at),
            None => self.blocked.insert(at),
        };
        self.update_head(at);
    }

    /// The changes of nodes, all of which were looked at, begin anew.
    pub(super) const fn begin_anew(&mut self) {
        self.seen = 0;
    }

    /// Looks at the nodes that changed, and brings back the pods for which one may be of use.
    pub(super) fn wake(&mut self, pods: &[Pod], places: &mut Places, scratch: &mut Scratch) {
        for workload in places.left.drain(..) {
            for shape in self.blocked_apart.remove(&workload).unwrap_or_default() {
                self.blocked.remove(&shape);
                self.unblock(pods, shape);
            }
        }
        let seen = std::mem::replace(&mut self.seen, places.changes.len());
        for node in &places.changes[seen..] {
            for shape in self.blocked_pins.remove(node).unwrap_or_default() {
                self.unblock(pods, shape);
            }
            for pod in self.parked.remove(node).unwrap_or_default() {
                self.shapes[pods[pod].shape].parked.remove(&pod);
                self.heads.insert(order(pods, pod));
            }
        }
        let woken: Vec<usize> = self
            .blocked
            .iter()
            .copied()
            .filter(|shape| {
                let shape = &mut self.shapes[*shape];
                let empty = shape.waiting.is_empty() && shape.parked.is_empty();
                empty || shape.best(places, scratch).is_some()
            })
            .collect();
        for shape in woken {
            self.blocked.remove(&shape);
            self.unblock(pods, shape);
        }
    }

    fn unblock(&mut self, pods: &[Pod], at: usize) {
        self.shapes[at].blocked = false;
        for pod in std::mem::take(&mut self.shapes[at].parked) {
            if let Some(parked) = pods[pod]
                .nominated
                .and_then(|node| self.parked.get_mut(&node))
            {
                parked.remove(&pod);
            }
            self.heads.insert(order(pods, pod));
        }
        self.update_head(at);
    }

    /// Sees to it that the first pod of a shape stands in the queue, or none if the shape is blocked.
    fn update_head(&mut self, at: usize) {
        let shape = &mut self.shapes[at];
        let priority = Reverse(shape.key.priority);
        let head = shape.waiting.first().copied().filter(|_| !shape.blocked);
        if head == shape.head {
            return;
        }
        if let Some((enqueued, pod)) = shape.head {
            self.heads.remove(&(priority, enqueued, pod));
        }
        if let Some((enqueued, pod)) = head {
            self.heads.insert((priority, enqueued, pod));
        }
        shape.head = head;
        if head.is_none() && !shape.blocked && shape.remembers() {
            self.idle += 1;
            if self.idle > IDLE_MEMORIES {
                self.forget();
            }
        }
    }

    /// Frees what shapes without pods remember.
    fn forget(&mut self) {
        self.idle = 0;
        for shape in &mut self.shapes {
            if shape.waiting.is_empty() && shape.parked.is_empty() {
                shape.forget();
            }
        }
    }
}

fn order(pods: &[Pod], pod: usize) -> (Reverse<i32>, u64, usize) {
    (Reverse(pods[pod].priority), pods[pod].enqueued, pod)
}
