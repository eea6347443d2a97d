//! What one environment may know of the others of its project, for a component that serves them all.
//!
//! Environments are derived each by itself; only a component that its manifest calls `shared`, or of which it says
//! `seesOthers`, sees the others, and of them no more than this.

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::components::{self, Network, Reading, Release};
use crate::environment::{Environment, Tier};
use crate::links::Links;

/// One environment as others see it.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The environment's name.
    pub environment: String,
    /// Its tier.
    pub tier: Tier,
    /// Its namespace.
    pub namespace: String,
    /// The tenant of all it writes and reads.
    pub tenant: String,
    /// The cluster's name, if it has one.
    pub cluster: Option<String>,
    /// What it installs: component, namespace and the settings that it has, as they stand.
    pub releases: Vec<PeerRelease>,
    /// Where its components are reached, and its buckets.
    pub links: Links,
    /// What those of its components that serve all environments read, of others too.
    pub reads: Vec<Reading>,
}

/// One release as other environments see it.
#[derive(Clone, Debug)]
pub struct PeerRelease {
    /// The component's id.
    pub component: String,
    /// Its variant.
    pub variant: String,
    /// Where it goes.
    pub namespace: String,
    /// What the chart's objects are called.
    pub fullname: String,
    /// How its pods are found.
    pub network: Network,
}

/// All environments of a project that can be read, sorted by name, the own one among them.
pub type Peers = Arc<[Peer]>;

impl Peer {
    /// Returns how others see an environment. What is wrong with it is reported where it is derived itself.
    pub fn of(environment: &Environment, catalog: &Catalog) -> Self {
        let releases = components::resolve(environment, catalog, &mut Vec::new());
        let links = Links::derive(environment, &releases);
        Self::new(environment, &releases, links, Vec::new())
    }

    /// Returns how others see an environment whose releases and links are at hand.
    pub(crate) fn new(
        environment: &Environment,
        releases: &[Release],
        links: Links,
        reads: Vec<Reading>,
    ) -> Self {
        Self {
            environment: environment.name.clone(),
            tier: environment.tier,
            namespace: environment.namespace.clone(),
            tenant: environment.tenant.clone(),
            cluster: environment.model.cluster.name.clone(),
            releases: releases
                .iter()
                .map(|release| PeerRelease {
                    component: release.component.clone(),
                    variant: release.variant.clone(),
                    namespace: release.namespace.clone(),
                    fullname: release.fullname.clone(),
                    network: release.network.clone(),
                })
                .collect(),
            links,
            reads,
        }
    }

    /// Returns its release of a component.
    pub fn release(&self, component: &str) -> Option<&PeerRelease> {
        self.releases
            .iter()
            .find(|release| release.component == component)
    }

    /// Returns whether it runs a component.
    pub fn runs(&self, component: &str) -> bool {
        self.releases
            .iter()
            .any(|release| release.component == component)
    }
}

/// Returns how the environments of a project see each other, sorted by name.
pub fn all<'a>(
    environments: impl IntoIterator<Item = &'a Environment>,
    catalog: &Catalog,
) -> Peers {
    sorted(
        environments
            .into_iter()
            .map(|environment| Peer::of(environment, catalog))
            .collect(),
    )
}

/// Returns the same peers, sorted by name.
pub(crate) fn sorted(mut peers: Vec<Peer>) -> Peers {
    peers.sort_by(|one, other| one.environment.cmp(&other.environment));
    peers.into()
}

/// Returns the components of an environment that serve all environments, which only one of them runs.
pub fn shared<'a>(
    environment: &'a Environment,
    catalog: &'a Catalog,
) -> impl Iterator<Item = &'a str> {
    environment
        .model
        .components
        .iter()
        .filter(|(_, section)| section.enabled != Some(false))
        .map(|(id, _)| id.as_str())
        .filter(|id| catalog.manifest(id).is_some_and(|manifest| manifest.shared))
}

/// Returns whether an environment runs a component that looks at the others.
pub fn sees_others(environment: &Environment, catalog: &Catalog) -> bool {
    environment
        .model
        .components
        .iter()
        .filter(|(_, section)| section.enabled != Some(false))
        .filter_map(|(id, _)| catalog.manifest(id))
        .any(|manifest| manifest.shared || manifest.sees_others)
}
