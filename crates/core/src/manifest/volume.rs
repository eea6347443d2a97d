//! Volumes and claims of pods.

use super::context::Context;
use super::place::{Place, Text};
use super::quantity::Amounts;
use super::tree::Node;
use crate::units::Storage;

/// A volume of a pod that is no claim of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Volume {
    /// Its name.
    pub name: Text,
    /// What it is.
    pub source: VolumeSource,
}

/// What a volume is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VolumeSource {
    /// Gone with the pod.
    EmptyDir {
        /// Whether it is in memory.
        in_memory: bool,
        /// The most it may hold.
        limit: Option<Text>,
    },
    /// A claim by its name.
    Claim(Text),
    /// A claim that is made and deleted with the pod.
    Ephemeral(Box<Claim>),
    /// A ConfigMap by its name.
    ConfigMap(Text),
    /// A Secret by its name.
    Secret(Text),
    /// A path of the node.
    HostPath(Text),
    /// Several in one.
    Projected,
    /// Anything else, by its key: `nfs`, `csi`.
    Other(Text),
}

/// What is claimed of the cluster's storage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Its name.
    pub name: Text,
    /// What it requests; `storage` is its size.
    pub requests: Amounts,
    /// Its storage class; none for the cluster's default.
    pub class: Option<Text>,
    /// Where it stands.
    pub place: Place,
}

impl Claim {
    /// Returns its size.
    pub fn size(&self) -> Option<Storage> {
        self.requests.storage()
    }

    /// Reads a PersistentVolumeClaim, or a template of one.
    pub(super) fn read(node: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        let name = node.at(&["metadata", "name"]);
        let spec = node.get("spec").unwrap_or(node);
        let requests = spec.get("resources").unwrap_or(node);
        Self {
            name: context.share(name.and_then(Node::text).unwrap_or_default()),
            requests: context.amounts(requests, "requests"),
            class: context.text(spec, "storageClassName"),
            place: context.place(name.unwrap_or(node)),
        }
    }
}

impl Volume {
    pub(super) fn read(node: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Self {
        let source = node.fields().iter().find(|field| field.key != "name");
        let name = context.name(node, "name");
        let Some(field) = source else {
            // Kubernetes makes an empty directory of a volume that says nothing.
            let source = VolumeSource::EmptyDir {
                in_memory: false,
                limit: None,
            };
            return Self { name, source };
        };
        let value = &field.value;
        let source = match &*field.key {
            "emptyDir" => VolumeSource::EmptyDir {
                in_memory: value.text_of("medium") == Some("Memory"),
                limit: context.text(value, "sizeLimit"),
            },
            "persistentVolumeClaim" => VolumeSource::Claim(context.name(value, "claimName")),
            "ephemeral" => {
                let template = value.get("volumeClaimTemplate").unwrap_or(value);
                VolumeSource::Ephemeral(Box::new(Claim::read(template, context)))
            }
            "configMap" => VolumeSource::ConfigMap(context.name(value, "name")),
            "secret" => VolumeSource::Secret(context.name(value, "secretName")),
            "hostPath" => VolumeSource::HostPath(context.name(value, "path")),
            "projected" => VolumeSource::Projected,
            other => VolumeSource::Other(context.share(other)),
        };
        Self { name, source }
    }
}
