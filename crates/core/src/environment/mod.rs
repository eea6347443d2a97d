//! The typed environment: what the user writes, layered, with the place of every value.

mod assumptions;
mod credential;
mod delivery;
mod editor;
mod files;
mod layers;
mod model;
mod read;
mod schema;
mod section;
mod validate;
mod waiver;

pub use assumptions::{Assumptions, KafkaTopic, Monitor, Nodes, Receiver, Rollout, Senders};
pub(crate) use credential::{
    check as find_credentials, has_userinfo, is_reference as is_credential_reference,
    is_secret_key as is_credential_key,
};
pub use delivery::{
    ArgoCd, ArgoCdOrder, ArgoCdStyle, Delivery, DeliveryMethod, Destination, Flux, FluxSource,
    FluxSourceKind, SyncPolicy,
};
pub(crate) use layers::Cache as LayerCache;
pub use layers::{Layers, NoLayers};
pub use model::{
    AllowedSkew, Amounts, BucketNaming, BucketSegment, Cluster, Credentials, Kind, Kubernetes,
    MemoryRange, Model, ObjectStore, PlanRow, Planned, PolicyClass, PreemptionPolicy, Presence,
    PriorityClass, Provider, ResourcePolicy, Tier, TierRanges, TierVariants,
};
pub use read::{Environment, Read};
pub use schema::schema_json;
pub(crate) use schema::schema_with;
pub use section::{
    Autoscaling, Pdb, Probe, Probes, ResourceAmounts, Resources, RoleSettings, RoleStorage, Section,
};
pub use waiver::Waiver;
