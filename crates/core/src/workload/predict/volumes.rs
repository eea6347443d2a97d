//! Claims and volumes of a prediction.

use super::One;
use crate::components::InMemory;
use crate::units::Storage;
use crate::workload::overrides::Said;
use crate::workload::{Claim, Volume, VolumeKind};
use crate::yaml::Node;

impl One<'_> {
    /// Returns what each pod claims for itself, and its other volumes for data.
    pub(super) fn volumes(&self) -> (Vec<Claim>, Vec<Volume>) {
        let pod = &self.facts.pod;
        let role = self.role;
        let name = pod.claim.as_deref().unwrap_or("data");
        let name = &*name.replace("{namespace}", &self.release.namespace);
        let mut volumes: Vec<Volume> = pod
            .scratch
            .iter()
            // A claim takes the place of the volume of its name.
            .filter(|fact| role.storage.is_none() || fact.name != name)
            .map(|fact| scratch(&fact.name, VolumeKind::EmptyDir, Some(&fact.mount)))
            .collect();
        let mut claims = Vec::new();
        let said = self.said(self.facts.values.storage.as_deref());
        let off = said.is_removed() || said.key("enabled").switch() == Some(false);
        let in_memory = said.key("inMemory").switch() == Some(true)
            && match pod.in_memory {
                Some(InMemory::WhenOn) => !off,
                Some(InMemory::WhenOff) => off,
                None => false,
            };
        if let Some(size) = role.storage {
            if off || in_memory {
                let kind = if in_memory {
                    VolumeKind::Memory
                } else {
                    VolumeKind::EmptyDir
                };
                volumes.push(scratch(name, kind, pod.mount.as_deref()));
            } else if let Some(items) = said.key("claims").items().or(said.items()) {
                // A list takes the place of the one that our values write.
                claims.extend(items.iter().filter_map(written));
            } else {
                let class = match said.key("storageClass") {
                    Said::Nothing => said.key("storageClassName"),
                    said => said,
                };
                claims.push(Claim {
                    name: name.to_owned(),
                    size: said.key("size").or(Some(size)).unwrap_or(size),
                    class: class.or(role.storage_class.clone()),
                });
            }
        }
        claims.extend(pod.claims.iter().map(|claim| Claim {
            name: claim.name.clone(),
            size: claim.size,
            class: None,
        }));
        (claims, volumes)
    }

    /// Returns whether claims stay when the object is deleted; none where neither the chart nor an override says.
    pub(super) fn claims_kept(&self) -> Option<bool> {
        let pod = &self.facts.pod;
        let asked = pod.claim_policy.as_ref().and_then(|policy| {
            let map = policy
                .map
                .as_deref()
                .or(self.facts.values.storage.as_deref())?;
            let said = self.overrides.at(map);
            if said.key(&policy.switch).switch() != Some(true) {
                return None;
            }
            Some(match said.key("whenDeleted").text() {
                Some(word) => word != "Delete",
                None => !policy.deletes,
            })
        });
        asked.or(pod.claim_kept)
    }
}

/// Reads a claim of a list in an override.
fn written(node: &Node) -> Option<Claim> {
    let said = Said::Is(node);
    Some(Claim {
        name: said.key("name").text()?,
        size: said.key("size").parsed::<Storage>()?,
        class: said.key("storageClass").text(),
    })
}

fn scratch(name: &str, kind: VolumeKind, mount: Option<&str>) -> Volume {
    Volume {
        name: name.to_owned(),
        kind,
        mounts: mount.map(str::to_owned).into_iter().collect(),
    }
}
