//! Rendered Kubernetes objects: the few fields that workloads and rules need.

/// What a stream of manifests holds.
#[derive(Clone, Debug, Default)]
pub struct Manifests {}
