//! When pods are ready.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::state::{Pod, State, WorkloadState};

/// The clock, in seconds from the start of the plan.
///
/// Evicting takes the grace period of the victims, and so does the placing of the pod that evicted them; other placings take no time. A
/// placed pod is ready after its workload's time to become ready.
#[derive(Default)]
pub(super) struct Clock {
    now: u64,
    /// Pods that become ready, by time.
    starting: BinaryHeap<Reverse<(u64, usize)>>,
}

/// The ready pods of one workload.
#[derive(Default)]
pub(super) struct Ring {
    pub(super) ready: u32,
    /// The most that were ready at once: only they can be lost.
    peak: u32,
    /// The fewest that were ready after one was lost.
    least: Option<u32>,
    /// The most that were away at once.
    away: u32,
}

impl Ring {
    /// Starts counting again from what is ready now.
    pub(super) fn restart(&mut self) {
        self.peak = self.ready;
        self.least = (self.ready > 0).then_some(self.ready);
        self.away = 0;
    }

    /// A workload has fewer members now.
    pub(super) fn limit(&mut self, desired: u32) {
        self.peak = self.peak.min(desired);
    }

    /// Returns the fewest that were ready.
    pub(super) fn least(&self) -> u32 {
        self.least.map_or(self.ready, |least| least.min(self.ready))
    }

    /// Returns the most members that were away at once.
    pub(super) const fn away(&self) -> u32 {
        self.away
    }

    fn gain(&mut self) {
        self.ready = self.ready.saturating_add(1);
        self.peak = self.peak.max(self.ready);
    }

    fn lose(&mut self) {
        self.ready = self.ready.saturating_sub(1);
        self.least = Some(self.least.map_or(self.ready, |least| least.min(self.ready)));
        self.away = self.away.max(self.peak.saturating_sub(self.ready));
    }
}

impl Clock {
    /// Returns the time in seconds.
    pub(super) const fn now(&self) -> u64 {
        self.now
    }

    /// A pod was placed.
    pub(super) fn started(&mut self, pod: &mut Pod, index: usize, workload: &mut WorkloadState) {
        pod.ready_at = self.now.saturating_add(workload.spec.ready_seconds);
        if workload.spec.ready_seconds == 0 {
            pod.ready = true;
            workload.ring.gain();
        } else {
            self.starting.push(Reverse((pod.ready_at, index)));
        }
    }

    /// A pod was taken from its node.
    pub(super) fn stopped(&mut self, pod: &mut Pod, workload: &mut WorkloadState) {
        if std::mem::take(&mut pod.ready) {
            workload.ring.lose();
        }
    }
}

impl State {
    /// Lets time pass.
    pub(super) fn pass(&mut self, seconds: u64) {
        self.clock.now = self.clock.now.saturating_add(seconds);
        while let Some(Reverse((at, pod))) = self.clock.starting.peek().copied() {
            if at > self.clock.now {
                break;
            }
            self.clock.starting.pop();
            let state = &mut self.pods[pod];
            // It may have been evicted meanwhile; a pod is never placed twice.
            if state.node.is_some() && !state.ready {
                state.ready = true;
                self.places.workloads[state.workload].ring.gain();
            }
        }
    }

    /// Waits until every placed pod is ready.
    pub(super) fn settle(&mut self) {
        let last = self.clock.starting.iter().map(|Reverse((at, _))| *at).max();
        self.pass(last.map_or(0, |at| at.saturating_sub(self.clock.now)));
    }
}
