//! Whose Service an address names: a component of the environment that sends, else of another one.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::components::EndpointRule;
use crate::links::{Endpoint, Links};
use crate::pipeline::Derived;
use crate::policy::Address;

/// A component as others see it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) environment: String,
    /// The namespace that the environment goes to.
    pub(super) home: String,
    pub(super) component: String,
    pub(super) variant: String,
    pub(super) namespace: String,
}

/// An endpoint of a component.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) known: Known,
    /// The endpoint's name; none where the host is the component's and the port or path is not that of an endpoint.
    pub(super) endpoint: Option<String>,
    /// The role whose pods answer.
    pub(super) role: Option<String>,
    pub(super) port: u16,
}

/// Where components are reached, by the canonical name of the host.
#[derive(Debug, Default)]
pub(super) struct Services {
    by_host: BTreeMap<String, Vec<Service>>,
}

#[derive(Debug)]
struct Service {
    known: Known,
    name: String,
    endpoint: Endpoint,
    role: Option<String>,
}

impl Services {
    /// Collects the endpoints of the environments that are drawn, and of those that these know.
    pub(super) fn of(drawn: &[&Derived], catalog: &Catalog) -> Self {
        let mut services = Self::default();
        for derived in drawn {
            let environment = derived.environment();
            let domain = &environment.model.cluster.domain;
            let releases = derived.releases().iter().map(|release| Known {
                environment: environment.name.clone(),
                home: environment.namespace.clone(),
                component: release.component.clone(),
                variant: release.variant.clone(),
                namespace: release.namespace.clone(),
            });
            services.add(releases, derived.links(), domain, catalog);
        }
        for derived in drawn {
            let domain = &derived.environment().model.cluster.domain;
            for peer in derived.peers().iter() {
                if drawn
                    .iter()
                    .any(|one| one.environment().name == peer.environment)
                {
                    continue;
                }
                let releases = peer.releases.iter().map(|release| Known {
                    environment: peer.environment.clone(),
                    home: peer.namespace.clone(),
                    component: release.component.clone(),
                    variant: release.variant.clone(),
                    namespace: release.namespace.clone(),
                });
                services.add(releases, &peer.links, domain, catalog);
            }
        }
        services
    }

    fn add(
        &mut self,
        releases: impl Iterator<Item = Known>,
        links: &Links,
        domain: &str,
        catalog: &Catalog,
    ) {
        for known in releases {
            for (_, name, endpoint) in links
                .endpoints()
                .filter(|(component, _, _)| *component == known.component)
            {
                let address = endpoint.address();
                let host = host(&Address::read(&address), domain, &known.namespace);
                self.by_host.entry(host).or_default().push(Service {
                    role: answering(&known, name, catalog),
                    known: known.clone(),
                    name: name.to_owned(),
                    endpoint: endpoint.clone(),
                });
            }
        }
    }

    /// Returns whose an address is, as seen from an environment; none for a host that is nobody's here.
    pub(super) fn find(&self, address: &str, from: &Derived) -> Option<Found> {
        let own = from.environment();
        let address = Address::read(address);
        let host = host(&address, &own.model.cluster.domain, &own.namespace);
        let services = self.by_host.get(&host)?;
        // Two clusters may have the same namespace; what is meant is then the own one.
        let near = services
            .iter()
            .any(|service| service.known.environment == own.name);
        let mut candidates = services
            .iter()
            .filter(|service| !near || service.known.environment == own.name);
        let first = candidates.clone().next()?;
        let fits = |service: &&Service| {
            let usual = if service.endpoint.scheme == "grpc" {
                None
            } else {
                address.effective_port()
            };
            address.port.or(usual).unwrap_or(service.endpoint.port) == service.endpoint.port
                && address.path.starts_with(&service.endpoint.path)
        };
        // The longest path says most.
        let named = candidates
            .clone()
            .filter(fits)
            .max_by_key(|service| service.endpoint.path.len())
            .or_else(|| candidates.find(fits));
        Some(match named {
            Some(service) => Found {
                known: service.known.clone(),
                endpoint: Some(service.name.clone()),
                role: service.role.clone(),
                port: service.endpoint.port,
            },
            None => Found {
                known: first.known.clone(),
                endpoint: None,
                role: first.role.clone(),
                port: address.effective_port().unwrap_or(first.endpoint.port),
            },
        })
    }
}

/// Returns the role whose pods answer at an endpoint: that with the Service's name.
pub(super) fn answering(known: &Known, endpoint: &str, catalog: &Catalog) -> Option<String> {
    let variant = catalog
        .manifest(&known.component)?
        .variants
        .get(&known.variant)?;
    let rule: &EndpointRule = variant.endpoints.get(endpoint)?;
    let mut named = variant
        .roles
        .iter()
        .filter(|(_, role)| role.suffix == rule.suffix);
    match (named.next(), named.next()) {
        (Some((role, _)), None) => Some(role.clone()),
        _ => None,
    }
}

/// Returns a host in one spelling, without its port.
fn host(address: &Address<'_>, domain: &str, namespace: &str) -> String {
    let canonical = address.canonical(domain, namespace, 0);
    canonical
        .rsplit_once(':')
        .map_or_else(|| canonical.clone(), |(host, _)| host.to_owned())
}
