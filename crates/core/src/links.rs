//! What one component must know of another: addresses, buckets, the tenant. Derived once, handed to all.

use indexmap::IndexMap;
use serde::Serialize;

use crate::components::{EndpointRule, Release};
use crate::environment::{BucketSegment, Environment};

/// Everything that components of one environment must agree on.
#[derive(Clone, Debug, Default)]
pub struct Links {
    endpoints: IndexMap<(String, String), Endpoint>,
    buckets: Vec<Bucket>,
}

/// Where a component is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// The URL's scheme, or `grpc` for plain gRPC.
    pub scheme: String,
    /// The Service's full DNS name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The URL's path, empty or beginning with `/`.
    pub path: String,
    /// The role whose pods answer, where that is known.
    #[serde(skip)]
    pub role: Option<String>,
    /// The port of those pods, which the Service's may differ from.
    #[serde(skip)]
    pub target: u16,
}

impl Endpoint {
    fn new(rule: &EndpointRule, release: &Release, domain: &str) -> Self {
        Self {
            scheme: rule.scheme.clone(),
            host: format!(
                "{}{}.{}.svc.{domain}",
                release.fullname, rule.suffix, release.namespace
            ),
            port: rule.port,
            path: rule.path.clone(),
            role: answering(rule, release),
            target: rule.target.unwrap_or(rule.port),
        }
    }

    /// Returns whether an address, `host:port` or a URL, is this endpoint's, whichever of the Service's names it is.
    pub fn is_named(&self, address: &str) -> bool {
        let bare = address.split_once("://").map_or(address, |(_, bare)| bare);
        let bare = bare.split('/').next().unwrap_or_default();
        let (host, port) = match bare.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (bare, None),
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let own = self.host.trim_end_matches('.').to_ascii_lowercase();
        // `service.namespace` is the least that says where it is.
        let named = own == host
            || own
                .strip_prefix(&host)
                .is_some_and(|rest| rest == ".svc" || rest.starts_with(".svc."))
            || (host.ends_with(".svc") && own.starts_with(&format!("{host}.")));
        named && port.is_none_or(|port: u16| port == self.port)
    }

    /// Returns `host:port`, as gRPC clients take it.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Returns the whole URL; the default port of the scheme is left out.
    pub fn url(&self) -> String {
        let default = (self.scheme == "http" && self.port == 80)
            || (self.scheme == "https" && self.port == 443);
        let port = if default {
            String::new()
        } else {
            format!(":{}", self.port)
        };
        format!("{}://{}{port}{}", self.scheme, self.host, self.path)
    }
}

/// One bucket of one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// The component's id.
    pub component: String,
    /// What is in it, such as `blocks`.
    pub purpose: String,
    /// Its computed name.
    pub name: String,
    /// The object store's endpoint.
    pub endpoint: String,
}

impl Links {
    /// Derives the links of one environment from its releases.
    pub fn derive(environment: &Environment, releases: &[Release]) -> Self {
        let mut links = Self::default();
        for release in releases {
            for (name, rule) in &release.endpoint_rules {
                links.endpoints.insert(
                    (release.component.to_owned(), name.clone()),
                    Endpoint::new(rule, release, &environment.model.cluster.domain),
                );
            }
            if let Some(signal) = &release.signal
                && let Some(store) = &environment.model.object_store
            {
                for purpose in &release.bucket_purposes {
                    links.buckets.push(Bucket {
                        component: release.component.to_owned(),
                        purpose: purpose.clone(),
                        name: bucket_name(environment, signal, purpose),
                        endpoint: store.endpoint.clone(),
                    });
                }
            }
        }
        links
    }

    /// Returns where a component is reached, if the environment runs it and its variant offers that.
    pub fn endpoint(&self, component: &str, name: &str) -> Option<&Endpoint> {
        self.endpoints.get(&(component.to_owned(), name.to_owned()))
    }

    /// Returns all endpoints: component, name and where it is.
    pub fn endpoints(&self) -> impl Iterator<Item = (&str, &str, &Endpoint)> {
        self.endpoints
            .iter()
            .map(|((component, name), endpoint)| (component.as_str(), name.as_str(), endpoint))
    }

    /// Returns the name of a component's bucket.
    pub fn bucket(&self, component: &str, purpose: &str) -> Option<&str> {
        self.buckets
            .iter()
            .find(|bucket| bucket.component == component && bucket.purpose == purpose)
            .map(|bucket| bucket.name.as_str())
    }

    /// Returns all buckets, in the order of components and purposes.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }
}

/// Returns the role that answers at an endpoint: the one it names, the only one, or the one that its Service is named by.
fn answering(rule: &EndpointRule, release: &Release) -> Option<String> {
    let only = match release.roles.len() {
        1 => release.roles.keys().next().cloned(),
        _ => None,
    };
    let by_suffix = || {
        let name = rule.suffix.strip_prefix('-')?;
        release.roles.contains_key(name).then(|| name.to_owned())
    };
    rule.role.clone().or(only).or_else(by_suffix)
}

/// Joins a bucket's name from its segments: `dts-<type>-<env>-<purpose>` by default.
fn bucket_name(environment: &Environment, signal: &str, purpose: &str) -> String {
    let naming = &environment.model.buckets;
    let segments: Vec<&str> = naming
        .segments
        .iter()
        .map(|segment| match segment {
            BucketSegment::Prefix => naming.prefix.as_str(),
            BucketSegment::Type => naming.types.get(signal).map_or(signal, String::as_str),
            BucketSegment::Environment => {
                naming.environment.as_deref().unwrap_or(&environment.name)
            }
            BucketSegment::Purpose => purpose,
        })
        .collect();
    segments.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_goes_by_all_names_of_its_service() {
        let endpoint = Endpoint {
            scheme: "http".to_owned(),
            host: "store-s3.team.svc.cluster.local".to_owned(),
            port: 8333,
            path: String::new(),
            role: None,
            target: 8333,
        };
        for same in [
            "store-s3.team:8333",
            "store-s3.team.svc:8333",
            "Store-S3.team.svc.cluster.local.:8333",
            "http://store-s3.team.svc:8333/bucket",
            "store-s3.team.svc",
        ] {
            assert!(endpoint.is_named(same), "{same}");
        }
        for other in [
            "store-s3.other.svc:8333",
            "store-s3.team.svc:9000",
            "store.team:8333",
            "store-s3",
            "",
        ] {
            assert!(!endpoint.is_named(other), "{other}");
        }
    }
}
