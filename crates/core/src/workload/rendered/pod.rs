//! Containers and volumes of a manifest.

use super::One;
use crate::environment::Probe as Numbers;
use crate::manifest::{self, Amounts, VariableValue, VolumeSource};
use crate::workload::{
    Claim, Container, Handler, ProbeNumbers, Resources, Variable, Volume, VolumeKind,
};

impl One<'_> {
    /// Returns the containers, the program first.
    pub(super) fn containers(&self) -> Vec<Container> {
        let containers = &self.pods.pod.containers;
        let main = self.identity.main(containers);
        let first = containers.get(main).into_iter();
        let others = containers
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != main)
            .map(|(_, container)| container);
        first
            .chain(others)
            .map(|container| self.container(container))
            .collect()
    }

    /// Returns the containers that run before them.
    pub(super) fn init_containers(&self) -> Vec<Container> {
        let containers = self.pods.pod.init_containers.iter();
        containers
            .map(|container| self.container(container))
            .collect()
    }

    fn container(&self, container: &manifest::Container) -> Container {
        let probe = |probe: &Option<Box<manifest::Probe>>| probe.as_deref().map(numbers);
        Container {
            name: container.name.to_string(),
            image: container.image.as_deref().map(str::to_owned),
            requests: resources(&container.requests),
            limits: resources(&container.limits),
            restarts: container.is_sidecar,
            env: container
                .env
                .iter()
                .map(|variable| Variable {
                    name: variable.name.to_string(),
                    value: match &variable.value {
                        VariableValue::Text(text) => Some(text.to_string()),
                        VariableValue::Unread | VariableValue::Reference => None,
                    },
                })
                .collect(),
            liveness: probe(&container.liveness),
            readiness: probe(&container.readiness),
            startup: probe(&container.startup),
            place: Some(self.manifests.location(self.object, &container.place)),
        }
    }

    /// Returns what each pod claims for itself, and its other volumes.
    pub(super) fn volumes(&self) -> (Vec<Claim>, Vec<Volume>) {
        let claim = |name: &str, claim: &manifest::Claim| {
            Some(Claim {
                name: name.to_owned(),
                size: claim.size()?,
                class: claim.class.as_deref().map(str::to_owned),
            })
        };
        let templates = self.pods.claims.iter();
        let mut claims: Vec<Claim> = templates.filter_map(|one| claim(&one.name, one)).collect();
        let mut volumes = Vec::new();
        for volume in &self.pods.pod.volumes {
            let kind = match &volume.source {
                VolumeSource::Ephemeral(one) => {
                    claims.extend(claim(&volume.name, one));
                    continue;
                }
                VolumeSource::EmptyDir { in_memory, .. } if *in_memory => VolumeKind::Memory,
                VolumeSource::EmptyDir { .. } => VolumeKind::EmptyDir,
                VolumeSource::Claim(_) => VolumeKind::Claim,
                VolumeSource::HostPath(_) => VolumeKind::HostPath,
                _ => VolumeKind::Other,
            };
            let mounts = self.pods.pod.containers.iter();
            let mut mounts: Vec<String> = mounts
                .flat_map(|container| &container.mounts)
                .filter(|mount| mount.volume == volume.name)
                .map(|mount| mount.path.to_string())
                .collect();
            mounts.sort();
            mounts.dedup();
            volumes.push(Volume {
                name: volume.name.to_string(),
                kind,
                mounts,
            });
        }
        (claims, volumes)
    }
}

/// Returns the amounts that rules count; what Kubernetes cannot read is none, and reported by the reader.
pub(super) fn resources(amounts: &Amounts) -> Resources {
    Resources {
        cpu: amounts.cpu(),
        memory: amounts.memory(),
    }
}

fn numbers(probe: &manifest::Probe) -> ProbeNumbers {
    let handler = match &probe.handler {
        Some(manifest::Handler::Http { path, .. }) => Handler::Http {
            path: path.to_string(),
        },
        Some(manifest::Handler::Exec { .. }) => Handler::Exec,
        Some(manifest::Handler::Grpc { .. }) => Handler::Grpc,
        Some(manifest::Handler::Tcp { .. }) | None => Handler::Tcp,
    };
    let numbers = Numbers {
        initial_delay_seconds: probe.initial_delay,
        period_seconds: probe.period,
        timeout_seconds: probe.timeout,
        failure_threshold: probe.failures,
    };
    ProbeNumbers::new(handler, &numbers)
}
