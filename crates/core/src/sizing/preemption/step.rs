//! The scheduler: one pod at a time is placed, or preempts others.

use super::Controller;
use super::node::Nominee;
use super::shape::Rank;
use super::state::{Entry, State};

impl State {
    /// Places and preempts until nothing more can be done.
    pub(super) fn schedule(&mut self) {
        self.queue
            .wake(&self.pods, &mut self.places, &mut self.scratch);
        let mut steps = 0;
        while let Some(pod) = self.queue.first() {
            if steps >= self.limit {
                self.endless = true;
                return;
            }
            match self.best(pod) {
                None => {
                    self.queue.block(&self.pods, pod);
                    continue;
                }
                Some((node, Rank::Free { .. })) => self.place(pod, node),
                Some((node, Rank::After(price))) => self.preempt(pod, node, price.violations),
            }
            steps += 1;
            self.queue
                .wake(&self.pods, &mut self.places, &mut self.scratch);
            if self.places.compact() {
                self.queue.begin_anew();
            }
        }
    }

    /// Returns the best node for a pod.
    fn best(&mut self, pod: usize) -> Option<(usize, Rank)> {
        let shape = &mut self.queue.shapes[self.pods[pod].shape];
        match self.pods[pod].nominated {
            None => shape.best(&self.places, &mut self.scratch),
            Some(node) => shape.best_of_nominated(&self.places, pod, node, &mut self.scratch),
        }
    }

    fn place(&mut self, pod: usize, node: usize) {
        self.queue.remove(&self.pods, pod);
        if self.pods[pod].nominated.is_some() {
            // It had to wait until its victims were gone, and its start takes a turn as well.
            self.pass(self.pods[pod].victims_grace);
        }
        self.bind(pod, node);
    }

    /// Evicts for a pod on a node. Budgets have no veto: they only chose the victims.
    fn preempt(&mut self, pod: usize, node: usize, violations: u32) {
        let shape = &self.queue.shapes[self.pods[pod].shape];
        self.places
            .rate(&shape.key, node, Some(pod), &mut self.scratch);
        let victims = std::mem::take(&mut self.scratch.victims);
        self.queue.remove(&self.pods, pod);
        self.withdraw(pod);
        self.displace_nominees(node, self.pods[pod].priority);
        let entry = self.log.len();
        self.log.push(Entry {
            event: self.event,
            step: self.step,
            at: self.clock.now(),
            preemptor: pod,
            node,
            victims: victims.clone(),
            violations,
            cause: self.pods[pod].cause,
            depth: self.pods[pod].depth,
        });
        let mut grace = 0;
        for victim in &victims {
            self.unbind(*victim);
            let workload = &mut self.places.workloads[self.pods[*victim].workload];
            workload.pods.remove(victim);
            workload.evicted = workload.evicted.saturating_add(1);
            grace = grace.max(workload.spec.grace_seconds);
        }
        self.nominate(pod, node);
        self.pods[pod].victims_grace = grace;
        for victim in &victims {
            let workload = self.pods[*victim].workload;
            match self.places.workloads[workload].spec.controller {
                Controller::None => {}
                Controller::DaemonSet => drop(self.admit(workload, Some(node), Some(entry))),
                _ => drop(self.admit(workload, None, Some(entry))),
            }
        }
        self.pass(grace);
        self.step += 1;
    }

    fn nominate(&mut self, pod: usize, node: usize) {
        let state = &mut self.pods[pod];
        state.nominated = Some(node);
        self.places.nodes[node].nominees.push(Nominee {
            pod,
            priority: state.priority,
            workload: state.workload,
            load: state.load,
        });
        self.places.changes.push(node);
        self.queue.push_nominated(&self.pods, pod);
    }

    /// Clears the nominations of lower priority on a node.
    fn displace_nominees(&mut self, node: usize, priority: i32) {
        let lower: Vec<usize> = self.places.nodes[node]
            .nominees
            .iter()
            .filter(|nominee| nominee.priority < priority)
            .map(|nominee| nominee.pod)
            .collect();
        for pod in lower {
            self.queue.remove(&self.pods, pod);
            self.withdraw(pod);
            self.queue.push(&self.pods, pod);
        }
    }
}
