//! The systems we know. One file each, and the table.
//!
//! To add one: a folder `templates/<id>/`, a file here, its `mod` line, its table line.

pub mod alert_rules;
pub mod alloy;
pub mod buckets;
pub mod cluster_objects;
mod described;
pub mod grafana;
pub mod loki;
mod manifest;
pub mod mimir;
mod network;
pub(crate) mod outside;
mod overrides;
mod pod;
pub mod pyroscope;
mod release;
mod rendered;
mod rings;
mod role;
pub mod s3proxy;
mod scope;
pub mod seaweedfs;
pub mod secrets;
pub mod settings;
pub mod smoke_test;
mod stores;
pub mod tempo;
pub mod traefik;
mod unsupported;

use schemars::{Schema, SchemaGenerator};

use crate::diagnostic::Diagnostic;

pub use described::{
    Alerting, Call, Callers, ClusterWide, ConfigText, Described, Door, Flow, Language, LogPaths,
    Queue, Reading, Retention, Ring, RingPurpose, Signal, Store, StoreBackend, Tenancy,
};
pub(crate) use manifest::Role as RoleManifest;
pub use manifest::{EndpointRule, LinkRule, Manifest, Variant, Watched, manifest_schema_json};
pub use network::{Network, RoleNetwork, VariantNetwork};
pub(crate) use outside::LINK_PARTS;
pub(crate) use pod::{ContainerFact, InMemory, ProbeFacts, SpreadBy, SpreadFact};
pub use release::{Release, ReleaseChart, planned, resolve};
pub use rendered::rendered;
pub use role::{Role, Scaling};
pub use scope::Scope;

/// One system: its settings, and what its templates need beyond what all components share.
pub struct Component {
    /// Its id, the name of its folder under `templates/`.
    pub id: &'static str,
    /// The JSON Schema of its `settings`.
    pub settings: fn(&mut SchemaGenerator) -> Schema,
    /// The variant that the settings call for, where they decide it and the environment names none.
    pub variant: fn(&serde_json::Value) -> Option<&'static str>,
    /// Computes what its templates place, beside what [`Scope::context`] gives to all.
    pub derive: fn(&Scope<'_>, &mut Vec<Diagnostic>) -> serde_json::Value,
    /// Says what rules may know of it. Settings that are wrong were reported by `derive`.
    pub describe: fn(&Scope<'_>) -> Described,
}

/// Every component, sorted by id.
pub static ALL: &[Component] = &[
    alert_rules::COMPONENT,
    alloy::COMPONENT,
    buckets::COMPONENT,
    cluster_objects::COMPONENT,
    grafana::COMPONENT,
    loki::COMPONENT,
    mimir::COMPONENT,
    pyroscope::COMPONENT,
    s3proxy::COMPONENT,
    seaweedfs::COMPONENT,
    secrets::COMPONENT,
    smoke_test::COMPONENT,
    tempo::COMPONENT,
    traefik::COMPONENT,
];

/// Returns the component of an id.
pub fn find(id: &str) -> Option<&'static Component> {
    ALL.iter().find(|component| component.id == id)
}
