//! The scheduler again, word by word and without any index, to compare with.

use std::cmp::Reverse;

use super::cluster::admit;
use super::node::{Load, NodeState};
use super::*;

struct Pod {
    workload: usize,
    priority: i32,
    never: bool,
    pin: Option<usize>,
    enqueued: u64,
    start: u64,
    node: Option<usize>,
    nominated: Option<usize>,
    depth: u32,
    gone: bool,
}

/// Preemptor, node, victims, violations, depth.
type Told = (String, String, Vec<String>, u32, u32);

struct Naive {
    nodes: Vec<Node>,
    workloads: Vec<Workload>,
    classes: Vec<Class>,
    pods: Vec<Pod>,
    step: u64,
    most: bool,
    log: Vec<Told>,
}

/// Carries out a plan of classes and new workloads.
pub(super) fn naive(cluster: &Cluster, plan: &[Event], most: bool) -> Vec<Told> {
    let mut naive = Naive {
        nodes: cluster.nodes.clone(),
        workloads: Vec::new(),
        classes: cluster.classes.clone(),
        pods: Vec::new(),
        step: 0,
        most,
        log: Vec::new(),
    };
    for workload in &cluster.workloads {
        naive.apply(workload);
    }
    naive.schedule();
    for event in plan {
        match event {
            Event::SetClasses(classes) => naive.classes.clone_from(classes),
            Event::Apply(workload) => naive.apply(workload),
            _ => {}
        }
        naive.schedule();
    }
    naive.log
}

impl Naive {
    fn apply(&mut self, workload: &Workload) {
        let index = self.workloads.len();
        self.workloads.push(workload.clone());
        if workload.controller == Controller::DaemonSet {
            for node in 0..self.nodes.len() {
                if workload.suits(&self.nodes[node]) {
                    self.admit(index, Some(node), 0);
                }
            }
        } else {
            for _ in 0..workload.replicas {
                self.admit(index, None, 0);
            }
        }
    }

    fn admit(&mut self, workload: usize, pin: Option<usize>, depth: u32) {
        let class = self.workloads[workload].class.as_deref();
        let (priority, policy) = admit(&self.classes, class);
        self.pods.push(Pod {
            workload,
            priority,
            never: policy == Policy::Never,
            pin,
            enqueued: self.step,
            start: 0,
            node: None,
            nominated: None,
            depth,
            gone: false,
        });
    }

    fn load(&self, pod: usize) -> Load {
        Load::of_pod(self.workloads[self.pods[pod].workload].requests)
    }

    fn bound(&self, node: usize) -> Vec<usize> {
        let pods = (0..self.pods.len()).filter(|pod| self.pods[*pod].node == Some(node));
        pods.collect()
    }

    /// Returns whether a pod fits on a node with these pods on it, and those on other nodes as they are.
    fn fits(&self, pod: usize, node: usize, there: &[usize]) -> bool {
        let own = &self.workloads[self.pods[pod].workload];
        if !own.suits(&self.nodes[node]) || self.pods[pod].pin.is_some_and(|pin| pin != node) {
            return false;
        }
        let nominated = (0..self.pods.len()).filter(|other| {
            let state = &self.pods[*other];
            *other != pod
                && !state.gone
                && state.node.is_none()
                && state.nominated == Some(node)
                && state.priority >= self.pods[pod].priority
        });
        let there: Vec<usize> = there.iter().copied().chain(nominated).collect();
        let sum = there
            .iter()
            .fold(self.load(pod), |sum, other| sum.plus(self.load(*other)));
        let apart = own.anti_affinity.as_deref().is_some_and(|key| {
            let domain = |node: usize| self.nodes[node].label(key);
            let same = |other: &usize| self.pods[*other].workload == self.pods[pod].workload;
            let elsewhere = (0..self.nodes.len()).any(|other| {
                other != node && domain(other) == domain(node) && self.bound(other).iter().any(same)
            });
            domain(node).is_some() && (elsewhere || there.iter().any(same))
        });
        sum.within(NodeState::new(&self.nodes[node]).capacity) && !apart
    }

    fn schedule(&mut self) {
        while self.step() {}
    }

    /// Places one pod, or lets one preempt.
    fn step(&mut self) -> bool {
        let mut queue: Vec<usize> = (0..self.pods.len())
            .filter(|pod| self.pods[*pod].node.is_none() && !self.pods[*pod].gone)
            .collect();
        queue.sort_by_key(|pod| {
            (
                Reverse(self.pods[*pod].priority),
                self.pods[*pod].enqueued,
                *pod,
            )
        });
        for pod in queue {
            let free =
                (0..self.nodes.len()).filter(|node| self.fits(pod, *node, &self.bound(*node)));
            if let Some(node) = free.min_by_key(|node| (self.cost(pod, *node), *node)) {
                let state = &mut self.pods[pod];
                (state.node, state.nominated, state.start) = (Some(node), None, self.step);
                self.step += 1;
                return true;
            }
            if self.pods[pod].never {
                continue;
            }
            let candidates = (0..self.nodes.len()).filter_map(|node| self.victims(pod, node));
            if let Some((_, node, victims, violations)) = candidates.min_by_key(|one| one.0) {
                self.evict(pod, node, &victims, violations);
                return true;
            }
        }
        false
    }

    fn cost(&self, pod: usize, node: usize) -> u64 {
        let mut state = NodeState::new(&self.nodes[node]);
        for other in self.bound(node) {
            state.used = state.used.plus(self.load(other));
        }
        let score = if self.most {
            Score::MostAllocated
        } else {
            Score::LeastAllocated
        };
        state.cost(self.load(pod), score)
    }

    #[expect(
        clippy::type_complexity,
        reason = "the keys of the specification, in their order"
    )]
    fn victims(
        &self,
        pod: usize,
        node: usize,
    ) -> Option<(
        (u32, i32, i64, usize, Reverse<u64>, usize),
        usize,
        Vec<usize>,
        u32,
    )> {
        let priority = self.pods[pod].priority;
        let (mut kept, mut pool): (Vec<usize>, Vec<usize>) = self
            .bound(node)
            .into_iter()
            .partition(|other| self.pods[*other].priority >= priority);
        if pool.is_empty() || !self.fits(pod, node, &kept) {
            return None;
        }
        pool.sort_by_key(|one| {
            (
                Reverse(self.pods[*one].priority),
                self.pods[*one].start,
                *one,
            )
        });
        let mut allowed: Vec<Option<i64>> = (0..self.workloads.len())
            .map(|at| self.allowed(at))
            .collect();
        let mut groups = [Vec::new(), Vec::new()];
        for one in &pool {
            let violating = allowed[self.pods[*one].workload]
                .as_mut()
                .is_some_and(|left| {
                    *left -= 1;
                    *left < 0
                });
            groups[usize::from(!violating)].push(*one);
        }
        let mut victims = Vec::new();
        let mut violations = 0;
        for (group, pods) in groups.iter().enumerate() {
            for one in pods {
                kept.push(*one);
                if !self.fits(pod, node, &kept) {
                    kept.pop();
                    victims.push(*one);
                    violations += u32::from(group == 0);
                }
            }
        }
        let highest = victims.iter().map(|one| self.pods[*one].priority).max()?;
        let sum = victims
            .iter()
            .map(|one| i64::from(self.pods[*one].priority) + (1 << 31))
            .sum();
        let first = victims
            .iter()
            .filter(|one| self.pods[**one].priority == highest);
        let start = first.map(|one| self.pods[*one].start).min()?;
        let key = (
            violations,
            highest,
            sum,
            victims.len(),
            Reverse(start),
            node,
        );
        Some((key, node, victims, violations))
    }

    fn allowed(&self, workload: usize) -> Option<i64> {
        let spec = &self.workloads[workload];
        let pods = |bound: bool| {
            let pods = self.pods.iter();
            pods.filter(|pod| {
                pod.workload == workload && !pod.gone && (!bound || pod.node.is_some())
            })
            .count()
        };
        let wanted = match spec.controller {
            Controller::DaemonSet => pods(false),
            _ => spec.replicas as usize,
        };
        let all = spec.budget?.allowed(u32::try_from(wanted).unwrap());
        let away = wanted.saturating_sub(pods(true));
        Some(
            i64::try_from(all)
                .unwrap()
                .saturating_sub(i64::try_from(away).unwrap())
                .max(0),
        )
    }

    fn evict(&mut self, pod: usize, node: usize, victims: &[usize], violations: u32) {
        let id = |naive: &Self, pod: usize| naive.workloads[naive.pods[pod].workload].id.clone();
        self.log.push((
            id(self, pod),
            self.nodes[node].name.clone(),
            victims.iter().map(|victim| id(self, *victim)).collect(),
            violations,
            self.pods[pod].depth,
        ));
        let priority = self.pods[pod].priority;
        for other in &mut self.pods {
            if other.nominated == Some(node) && other.priority < priority {
                other.nominated = None;
            }
        }
        self.pods[pod].nominated = Some(node);
        for victim in victims {
            let state = &mut self.pods[*victim];
            (state.node, state.gone) = (None, true);
            let (workload, pin) = (state.workload, state.pin);
            if self.workloads[workload].controller != Controller::None {
                self.admit(workload, pin, self.pods[pod].depth + 1);
            }
        }
        self.step += 1;
    }
}
