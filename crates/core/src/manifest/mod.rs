//! Rendered Kubernetes objects: the few fields that rules need, read from a stream of any length.
//!
//! A stream is what `helm template`, Kustomize or Argo CD print, or `kubectl get -o yaml` and `-o json`: YAML documents
//! between `---` lines, JSON values one after the other, or a `List` of objects. [`Reader`] takes it in pieces, keeps the
//! fields that [`Object`] has, and forgets the text; what remains grows with the number of objects, not with the bytes
//! of dashboards and definitions between them.
//!
//! ```
//! use helmwright::manifest::Reader;
//!
//! let mut reader = Reader::new("stdin");
//! reader.feed("apiVersion: policy/v1\nkind: PodDisruption");
//! reader.feed("Budget\nmetadata: {name: ingester}\nspec: {maxUnavailable: 1}\n");
//! let manifests = reader.finish();
//! assert_eq!(&*manifests.objects[0].name, "ingester");
//! assert!(manifests.diagnostics.is_empty());
//! ```
//!
//! What cannot be read is a diagnostic with its place, and the rest is read all the same. A stream without a single
//! object is [`Manifests::is_empty`]: then nothing was checked, whatever the rules say.

mod build;
mod config;
mod container;
mod context;
mod delivery;
mod document;
mod dump;
mod finding;
mod json;
mod json_split;
mod labels;
mod monitor;
mod network;
mod object;
mod place;
mod placement;
mod pod;
mod policy;
mod probe;
mod quantity;
mod reader;
mod selected;
mod selector;
mod split;
mod tree;
mod volume;
mod wanted;
mod yaml_split;

pub use config::{ConfigText, InlineCredential, MAX_CONFIG, MAX_CONFIGS};
pub use container::{Container, Mount, Port, Variable, VariableValue};
pub use delivery::Delivered;
pub use dump::{ClusterNode, NodeRequirement, NodeTerm, Placement, Taint};
pub use labels::Labels;
pub use monitor::Monitor;
pub use network::{NetworkPolicy, NetworkRule, PolicyPort, Service, ServicePort};
pub use object::{Body, Object, Owner};
pub use place::{Place, Text};
pub use placement::{AntiAffinity, SpreadConstraint, Toleration};
pub use pod::{Pod, Pods};
pub use policy::{
    Autoscaler, ContainerPolicy, DisruptionBudget, Limit, PriorityClass, Quota, Target,
    VerticalAutoscaler,
};
pub use probe::{Handler, Probe};
pub use quantity::{Amount, Amounts};
pub use reader::{Manifests, Reader};
pub use selected::PodIndex;
pub use selector::{Expression, Operator, Selector};
pub use split::MAX_DOCUMENT;
pub use volume::{Claim, Volume, VolumeSource};

#[cfg(test)]
mod tests;
