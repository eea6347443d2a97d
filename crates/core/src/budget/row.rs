//! What one role needs, and what the roles of a release come to.

use super::load::{Load, pods_at_rest, surge_pods};
use super::scope::Scope;
use crate::workload::{Controller, Workload};

/// What one workload needs.
#[derive(Clone, Debug)]
pub struct Row {
    /// The component's id; of pods that are not ours, the name they go by.
    pub component: String,
    /// The role's name; of pods that are not ours, the object's name.
    pub role: String,
    /// The zone, where the chart makes one object for each.
    pub zone: Option<String>,
    /// The Kubernetes kind of the object.
    pub controller: Controller,
    /// Whether it is inside `alreadyUsed`.
    pub already_running: bool,
    /// The most pods that an autoscaler makes; none without one.
    pub most_replicas: Option<u32>,
    /// What one pod asks for.
    pub pod: Load,
    /// What all its pods ask for at rest, also of one that already runs.
    pub at_rest: Load,
    /// How many pods a rollout adds.
    pub surge_pods: u32,
    /// What they ask for.
    pub surge: Load,
}

impl Row {
    /// Measures a workload.
    pub fn of(workload: &Workload) -> Self {
        let pod = Load::of_pod(workload);
        let surge_pods = surge_pods(workload);
        Self {
            component: workload.component.to_string(),
            role: workload.role.to_string(),
            zone: workload.zone.clone().map(String::from),
            controller: workload.controller,
            already_running: workload.already_running,
            most_replicas: workload.most_replicas,
            pod,
            at_rest: pod.times(pods_at_rest(workload)),
            surge_pods,
            surge: pod.times(surge_pods),
        }
    }
}

/// What a release needs: its roles and their sum.
#[derive(Clone, Debug)]
pub struct Group {
    /// The component's id; of pods that are not ours, the name they go by.
    pub component: String,
    /// The release's name; none of pods that are not ours.
    pub release: Option<String>,
    /// Whether it is inside `alreadyUsed`.
    pub already_running: bool,
    /// Its roles, in the order of the role table.
    pub rows: Vec<Row>,
}

impl Group {
    /// Puts workloads together by component; components in the order they come in.
    pub fn all(scope: &Scope<'_>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for workload in scope.workloads() {
            let row = Row::of(workload);
            let group = groups
                .iter_mut()
                .find(|group| group.component == row.component);
            match group {
                Some(group) => group.rows.push(row),
                None => groups.push(Self {
                    component: row.component.clone(),
                    release: scope
                        .releases
                        .iter()
                        .find(|release| release.component == row.component)
                        .map(|release| release.name.clone()),
                    already_running: row.already_running,
                    rows: vec![row],
                }),
            }
        }
        groups
    }

    /// Returns the sum of its roles at rest.
    pub fn at_rest(&self) -> Load {
        self.rows.iter().map(|row| row.at_rest).sum()
    }

    /// Returns the sum of what rollouts add to its roles.
    pub fn surge(&self) -> Load {
        self.rows.iter().map(|row| row.surge).sum()
    }
}
