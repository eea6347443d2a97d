//! Amounts of resources, as Kubernetes itself reads them.

use super::place::{Place, Text};
use crate::units::{Cpu, Memory, Problem, Storage, count_from_kubernetes};

/// Amounts by resource: `cpu`, `memory`, `requests.storage`, `nvidia.com/gpu`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Amounts(pub(super) Box<[Amount]>);

/// One amount.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    /// The resource.
    pub resource: Text,
    /// The amount as it is written.
    pub raw: Text,
    /// Where it is written.
    pub place: Place,
}

impl Amounts {
    /// Returns the amount of a resource.
    pub fn get(&self, resource: &str) -> Option<&Amount> {
        self.0.iter().find(|amount| &*amount.resource == resource)
    }

    /// Returns the amount of `cpu`, if it is one.
    pub fn cpu(&self) -> Option<Cpu> {
        self.get("cpu")?.cpu()
    }

    /// Returns the amount of `memory`, if it is one.
    pub fn memory(&self) -> Option<Memory> {
        self.get("memory")?.memory()
    }

    /// Returns the amount of `storage`, if it is one.
    pub fn storage(&self) -> Option<Storage> {
        self.get("storage")?.storage()
    }

    /// Returns all amounts in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Amount> {
        self.0.iter()
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Amount {
    /// Returns it as CPU, if Kubernetes can read it so.
    pub fn cpu(&self) -> Option<Cpu> {
        Cpu::from_kubernetes(&self.raw).ok()
    }

    /// Returns it as memory, if Kubernetes can read it so.
    pub fn memory(&self) -> Option<Memory> {
        Memory::from_kubernetes(&self.raw).ok()
    }

    /// Returns it as storage, if Kubernetes can read it so.
    pub fn storage(&self) -> Option<Storage> {
        Storage::from_kubernetes(&self.raw).ok()
    }

    /// Returns it as a number of objects or devices, if Kubernetes can read it so.
    pub fn count(&self) -> Option<u64> {
        count_from_kubernetes(&self.raw).ok()
    }
}

/// Returns why Kubernetes refuses a text as an amount of a resource that one may ask for.
pub(super) fn refusal(resource: &str, text: &str) -> Option<Problem> {
    // A quota names what it bounds in front: `requests.cpu`, `fast.storageclass.storage.k8s.io/requests.storage`.
    let last = resource.rsplit(['.', '/']).next().unwrap_or(resource);
    let error = match last {
        "cpu" => Cpu::from_kubernetes(text).err(),
        "memory" => Memory::from_kubernetes(text).err(),
        "storage" | "ephemeral-storage" => Storage::from_kubernetes(text).err(),
        _ => count_from_kubernetes(text).err(),
    }?;
    Some(Problem {
        reason: error.to_string(),
        near: error.near().map(str::to_owned),
    })
}
