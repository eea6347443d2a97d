//! One role of one release with its numbers: the environment's word, else the manifest's.

use serde::Serialize;

use super::manifest;
use crate::environment::{Environment, Kind, Probe, Probes, Resources, RoleSettings, Tier};
use crate::units::Storage;

/// What a template sees of a role. Every field is always there; `none` means "say nothing to the chart".
#[derive(Clone, Debug, Serialize)]
pub struct Role {
    /// The role's name.
    pub name: String,
    /// What it is to rules and policies.
    pub kind: Kind,
    /// How many pods; with an autoscaler, the fewest.
    pub replicas: u32,
    /// Requests and limits.
    pub resources: Resources,
    /// The volume's size.
    pub storage: Option<Storage>,
    /// The volume's storage class.
    pub storage_class: Option<String>,
    /// How many pods may be away; none at one replica, where a budget would only block drains.
    pub max_unavailable: Option<u32>,
    /// The autoscaler.
    pub autoscaling: Option<Scaling>,
    /// Numbers of the liveness probe.
    pub liveness: Option<Probe>,
    /// Numbers of the readiness probe.
    pub readiness: Option<Probe>,
    /// Numbers of the startup probe.
    pub startup: Option<Probe>,
    /// The priority class.
    pub priority_class: Option<String>,
    /// The numbers of the probes that run where the environment says nothing. Templates see them filled in where a
    /// component derives a probe, and leave them to the chart elsewhere.
    #[serde(skip)]
    pub usual: Probes,
}

/// What a template sees of an autoscaler.
#[derive(Clone, Debug, Serialize)]
pub struct Scaling {
    /// The fewest pods.
    pub min: u32,
    /// The most pods.
    pub max: u32,
    /// The CPU use to aim at, in percent of the request.
    pub cpu: Option<u32>,
    /// The memory use to aim at, in percent of the request.
    pub memory: Option<u32>,
}

impl Role {
    /// Joins what the environment says of a role with the manifest's defaults for its tier.
    pub(super) fn resolve(
        name: &str,
        manifest: &manifest::Role,
        settings: Option<&RoleSettings>,
        environment: &Environment,
        tier: Tier,
    ) -> Self {
        let empty = RoleSettings::default();
        let settings = settings.unwrap_or(&empty);
        let autoscaling = settings.autoscaling.as_ref().map(|scaling| Scaling {
            min: scaling.min_replicas,
            max: scaling.max_replicas,
            cpu: scaling.target_cpu,
            memory: scaling.target_memory,
        });
        // The chart's budget looks at `replicas` even where an autoscaler rules, so both say the same.
        let replicas = autoscaling.as_ref().map_or_else(
            || settings.replicas.unwrap_or(manifest.replicas.get(tier)),
            |scaling| scaling.min,
        );
        let storage = settings.storage.as_ref().or(manifest.storage.as_ref());
        let max_unavailable = match &settings.pdb {
            Some(pdb) => Some(pdb.max_unavailable),
            None if replicas > 1 => Some(1),
            None => None,
        };
        let probes = settings.probes.clone().unwrap_or_default();
        Self {
            name: name.to_owned(),
            kind: manifest.kind,
            replicas,
            resources: settings
                .resources
                .clone()
                .unwrap_or_else(|| manifest.usual_resources(tier).clone()),
            storage: storage.map(|storage| storage.size),
            storage_class: storage.and_then(|storage| storage.class.clone()),
            max_unavailable,
            autoscaling,
            liveness: probes.liveness,
            readiness: probes.readiness,
            startup: probes.startup,
            priority_class: settings
                .priority_class
                .clone()
                .or_else(|| environment.priority_class_of(manifest.kind)),
            usual: manifest.pod.probes(),
        }
    }

    /// Returns the numbers of each probe, the environment's filled up with the usual ones.
    pub(super) fn filled(&self) -> Probes {
        let filled = |set: &Option<Probe>, usual: &Option<Probe>| {
            let usual = usual.clone().unwrap_or_default();
            Some(set.clone().unwrap_or_default().or(&usual))
        };
        Probes {
            liveness: filled(&self.liveness, &self.usual.liveness),
            readiness: filled(&self.readiness, &self.usual.readiness),
            startup: filled(&self.startup, &self.usual.startup),
        }
    }
}
