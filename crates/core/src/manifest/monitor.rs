//! What the Prometheus operator runs, as far as it must last.

use super::tree::Node;

/// A Prometheus or an Alertmanager that the Prometheus operator makes a StatefulSet of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Whether its pods get a volume that outlives them: `spec.storage` has a `volumeClaimTemplate`, and neither of the
    /// two that go before it.
    ///
    /// Source: Prometheus operator, API reference, `StorageSpec`: `emptyDir` goes before `ephemeral`, and that before
    /// `volumeClaimTemplate`; without `storage` it is an `emptyDir`.
    pub has_claim: bool,
}

impl Monitor {
    pub(super) fn read(spec: &Node<'_>) -> Self {
        let has = |key| spec.at(&["storage", key]).is_some();
        Self {
            has_claim: has("volumeClaimTemplate") && !has("emptyDir") && !has("ephemeral"),
        }
    }
}
