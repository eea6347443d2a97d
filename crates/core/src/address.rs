//! Whose an address is.

use crate::components::Release;
use crate::environment::Environment;
use crate::links::{Endpoint, Links};

/// An address, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// The scheme of a URL; none for `host:port`.
    pub scheme: Option<&'a str>,
    /// The host, without a dot at its end.
    pub host: &'a str,
    /// The port, where one is written.
    pub port: Option<u16>,
    /// The path of a URL; empty for none.
    pub path: &'a str,
}

/// Whose an address is.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// A component of this environment: its id, and its endpoint where the port is that of one.
    Component(&'a str, Option<(&'a str, &'a Endpoint)>),
    /// A Service of this environment's namespace, of no component.
    Namespace,
    /// A Service of another namespace.
    Elsewhere(&'a str),
    /// A host outside of the cluster.
    Outside,
}

impl<'a> Address<'a> {
    /// Takes an address apart: a URL, or `host:port`.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::address::Address;
    ///
    /// let address = Address::read("http://mimir-gateway.obs.svc:80/api/v1/push");
    /// assert_eq!((address.host, address.port, address.path), ("mimir-gateway.obs.svc", Some(80), "/api/v1/push"));
    /// ```
    pub fn read(text: &'a str) -> Self {
        // Prometheus' way to ask the DNS for addresses: `dnssrv+http://...`.
        let text = ["dnssrvnoa+", "dnssrv+", "dns+", "dns:///", "dns://"]
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .unwrap_or(text);
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
            _ => (authority, None),
        };
        Self {
            scheme,
            host: host.trim_end_matches('.'),
            port,
            path,
        }
    }

    /// Returns the port that is asked, the scheme's own where none is written.
    pub fn effective_port(&self) -> Option<u16> {
        self.port.or(match self.scheme {
            Some("http") => Some(80),
            Some("https") => Some(443),
            _ => None,
        })
    }

    /// Returns Service and namespace of a host in the cluster; the namespace is none for a bare name.
    fn service(&self, domain: &str) -> Option<(&'a str, Option<&'a str>)> {
        let inner = self
            .host
            .strip_suffix(domain)
            .and_then(|host| host.strip_suffix('.'))
            .unwrap_or(self.host);
        match inner.strip_suffix(".svc") {
            Some(name) => {
                // A pod of a headless Service has a name before it.
                let (rest, namespace) = name.rsplit_once('.')?;
                let service = rest.rsplit_once('.').map_or(rest, |(_, service)| service);
                Some((service, Some(namespace)))
            }
            None if !inner.contains('.') && !inner.is_empty() && inner != "localhost" => {
                Some((inner, None))
            }
            None => None,
        }
    }

    /// Returns host and port in one spelling, by which two addresses are compared: letters small, without a dot at the
    /// end, the port always there (`usual` where none is known), and a Service as `service.namespace` whichever of its
    /// names was written.
    ///
    /// `domain` is the cluster's, `namespace` the one that asks: a bare name is a Service there.
    pub fn canonical(&self, domain: &str, namespace: &str, usual: u16) -> String {
        let host = self.host.to_ascii_lowercase();
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        let inner = host
            .strip_suffix(&domain)
            .and_then(|host| host.strip_suffix('.'))
            .filter(|host| host.ends_with(".svc"))
            .unwrap_or(&host);
        // `a.svc` is a Service `a` of a namespace that is called so.
        let inner = inner
            .strip_suffix(".svc")
            .filter(|name| name.contains('.'))
            .unwrap_or(inner);
        let port = self.effective_port().unwrap_or(usual);
        if inner.contains('.') || inner.is_empty() || inner == "localhost" {
            format!("{inner}:{port}")
        } else {
            format!("{inner}.{namespace}:{port}")
        }
    }

    /// Returns Service and namespace of a host in the environment's cluster; none for a host outside.
    pub(crate) fn in_cluster(&self, environment: &'a Environment) -> Option<(&'a str, &'a str)> {
        let domain = environment.model.cluster.domain.trim_end_matches('.');
        let own = environment.namespace.as_str();
        match self.service(domain) {
            Some((service, namespace)) => Some((service, namespace.unwrap_or(own))),
            // `service.namespace` looks like a host on the internet; only the own namespace tells it apart.
            None => self
                .host
                .split_once('.')
                .filter(|(_, namespace)| namespace.eq_ignore_ascii_case(own)),
        }
    }

    /// Returns whose it is, by what an environment installs.
    pub fn whose_among(
        &self,
        environment: &'a Environment,
        links: Option<&'a Links>,
        releases: &'a [Release],
    ) -> Whose<'a> {
        let Some((service, namespace)) = self.in_cluster(environment) else {
            return Whose::Outside;
        };
        let mut component = None;
        for (id, name, endpoint) in links.into_iter().flat_map(Links::endpoints) {
            let mut host = endpoint.host.split('.');
            let same = host
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(service))
                && host
                    .next()
                    .is_some_and(|name| name.eq_ignore_ascii_case(namespace));
            if !same {
                continue;
            }
            let fits = self.effective_port() == Some(endpoint.port)
                && (endpoint.path.is_empty() || self.path.starts_with(&endpoint.path));
            if fits {
                return Whose::Component(id, Some((name, endpoint)));
            }
            component = Some(id);
        }
        // Services of a release that nobody need know begin with its name.
        let mut named = releases.iter().filter(|release| {
            release.namespace.eq_ignore_ascii_case(namespace)
                && service
                    .strip_prefix(release.fullname.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        let component =
            component.or_else(|| named.next().map(|release| release.component.as_str()));
        match component {
            Some(id) => Whose::Component(id, None),
            None if namespace.eq_ignore_ascii_case(environment.namespace.as_str()) => {
                Whose::Namespace
            }
            None => Whose::Elsewhere(namespace),
        }
    }
}
