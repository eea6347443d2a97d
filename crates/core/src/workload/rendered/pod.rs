//! Containers and volumes of a manifest.

use super::One;
use super::stock::Stock;
use crate::environment::Probe as Numbers;
use crate::manifest::{self, Amounts, VariableValue, VolumeSource};
use crate::workload::{
    Claim, Container, ContainerPlace, Handler, Name, Parts, ProbeNumbers, Resources, Unread,
    Variable, Volume, VolumeKind,
};

/// Returns a container as rules read it.
pub(super) fn container(container: &manifest::Container) -> Container {
    let probe = |probe: &Option<Box<manifest::Probe>>| probe.as_deref().map(numbers);
    Container {
        name: Name::from(&container.name),
        image: container.image.as_ref().map(Name::from),
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
        place: Some(ContainerPlace::Manifest(container.place.clone())),
    }
}

impl<'a> One<'a> {
    /// Returns what each pod claims for itself, and its other volumes.
    pub(super) fn volumes(&self, stock: &mut Stock<'a>) -> (Parts<Claim>, Parts<Volume>) {
        let pod = &self.pods.pod;
        let mut claims: Vec<(&str, &manifest::Claim)> = Vec::new();
        claims.extend(self.pods.claims.iter().map(|one| (&*one.name, one)));
        let mut volumes = Vec::new();
        for volume in &pod.volumes {
            let kind = match &volume.source {
                VolumeSource::Ephemeral(one) => {
                    claims.push((&volume.name, one));
                    continue;
                }
                VolumeSource::EmptyDir { in_memory, .. } if *in_memory => VolumeKind::Memory,
                VolumeSource::EmptyDir { .. } => VolumeKind::EmptyDir,
                VolumeSource::Claim(_) => VolumeKind::Claim,
                VolumeSource::HostPath(_) => VolumeKind::HostPath,
                _ => VolumeKind::Other,
            };
            let mounts = pod.containers.iter();
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
        (stock.claims(claims), stock.volumes(volumes))
    }
}

/// Returns a claim as rules read it; none where its size is none.
pub(super) fn claim(name: &str, claim: &manifest::Claim) -> Option<Claim> {
    Some(Claim {
        name: name.to_owned(),
        size: claim.size()?,
        class: claim.class.as_deref().map(str::to_owned),
    })
}

/// Returns the amounts that rules count; what Kubernetes cannot read is none, and reported by the reader.
pub(super) fn resources(amounts: &Amounts) -> Resources {
    let (cpu, memory) = (amounts.cpu(), amounts.memory());
    Resources {
        cpu,
        memory,
        unread: Unread {
            cpu: cpu.is_none() && amounts.get("cpu").is_some(),
            memory: memory.is_none() && amounts.get("memory").is_some(),
        },
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
    ProbeNumbers::new(handler, &numbers).with_successes(probe.successes)
}
