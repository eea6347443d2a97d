//! How the environments of a project see each other.

use std::sync::Arc;

use super::derived::Derived;
use crate::catalog::Catalog;
use crate::environment::Environment;
use crate::peers::{self, Peer, Peers};

/// Returns how the environments of a project see each other, with what the components that serve all of them read.
pub fn neighbours<'a>(
    environments: impl IntoIterator<Item = &'a Environment>,
    catalog: &Catalog,
) -> Peers {
    let environments: Vec<&Environment> = environments.into_iter().collect();
    let all = peers::all(environments.iter().copied(), catalog);
    with_reads(all, environments, catalog)
}

/// Adds what the components read that serve all environments. To know that, they must see the others first.
pub(super) fn with_reads<'a>(
    peers: Peers,
    environments: impl IntoIterator<Item = &'a Environment>,
    catalog: &Catalog,
) -> Peers {
    let serving: Vec<Peer> = environments
        .into_iter()
        .filter(|environment| peers::shared(environment, catalog).next().is_some())
        .map(|environment| {
            let peers = Arc::clone(&peers);
            let found = &mut Vec::new();
            Derived::among(environment.clone(), peers, catalog, found).into_peer()
        })
        .collect();
    if serving.is_empty() {
        return peers;
    }
    let found = |peer: &Peer| {
        serving
            .iter()
            .find(|one| one.environment == peer.environment)
            .cloned()
    };
    peers
        .iter()
        .map(|peer| found(peer).unwrap_or_else(|| peer.clone()))
        .collect()
}
