//! The graph of some environments, from what their components say of themselves.

use super::id::Ids;
use super::resolve::{Found, Known, Services, answering};
use super::{Edge, EdgeKind, Graph, Group, GroupKind, Node, NodeKind};
use crate::alloy::Config;
use crate::catalog::Catalog;
use crate::components::{
    Call, Described, Flow, Language, Reading, Release, Signal, Store, StoreBackend,
};
use crate::environment::Kind;
use crate::links::Endpoint;
use crate::pipeline::Derived;
use crate::policy::Address;

impl Graph {
    /// Draws environments as they are described: predicted, overrides included.
    pub fn of(environments: &[&Derived], catalog: &Catalog) -> Self {
        let described: Vec<(&Derived, &[Described])> = environments
            .iter()
            .map(|derived| (*derived, derived.described()))
            .collect();
        Self::with(&described, catalog)
    }

    /// Draws environments by other descriptions than their own, one for each release: what was rendered, say.
    pub fn with(environments: &[(&Derived, &[Described])], catalog: &Catalog) -> Self {
        let drawn: Vec<&Derived> = environments.iter().map(|(derived, _)| *derived).collect();
        let mut draft = Draft {
            graph: Self::default(),
            ids: Ids::default(),
            services: Services::of(&drawn, catalog),
            catalog,
        };
        for derived in &drawn {
            let environment = derived.environment();
            draft.home(&environment.name, &environment.namespace);
        }
        for (derived, described) in environments {
            draft.environment(derived, described);
        }
        draft.graph
    }
}

struct Draft<'a> {
    graph: Graph,
    ids: Ids,
    services: Services,
    catalog: &'a Catalog,
}

/// How something is reached.
struct Reached {
    to: String,
    /// The environment it belongs to; none for what belongs to none here.
    environment: Option<String>,
    protocol: String,
    port: Option<u16>,
    path: String,
    role: Option<String>,
    endpoint: Option<String>,
}

impl Draft<'_> {
    fn environment(&mut self, derived: &Derived, described: &[Described]) {
        for (release, described) in derived.releases().iter().zip(described) {
            if release
                .roles
                .values()
                .any(|role| role.kind == Kind::Collector)
            {
                self.taken_in(derived, release, described);
            }
            if release.roles.values().any(|role| role.kind == Kind::Edge) {
                self.visited(derived, release);
            }
        }
        for (release, described) in derived.releases().iter().zip(described) {
            for flow in &described.flows {
                self.flow(derived, release, flow);
            }
            for store in &described.stores {
                self.store(derived, release, store);
            }
            for call in &described.calls {
                self.call(derived, release, call);
            }
            for reading in &described.reads {
                self.reading(derived, release, reading);
            }
        }
    }

    /// Adds what comes to the agents: OTLP from programs, and the output of pods.
    fn taken_in(&mut self, derived: &Derived, release: &Release, described: &Described) {
        let name = &derived.environment().name;
        let mut signals: Vec<Signal> = described.flows.iter().map(|flow| flow.signal).collect();
        signals.sort_unstable();
        signals.dedup();
        let logs = described.logs.as_ref();
        let otlp: Vec<Signal> = signals
            .into_iter()
            .filter(|signal| match signal {
                Signal::Traces | Signal::Metrics => true,
                Signal::Logs => logs.is_some_and(|logs| logs.otlp),
                Signal::Profiles | Signal::Alerts => false,
            })
            .collect();
        // A configuration of the user's may take nothing in.
        let open = described
            .texts
            .iter()
            .filter(|text| text.language == Language::Alloy && !text.text.contains("{{"))
            .all(|text| {
                let config = Config::read(&text.text);
                config.named("otelcol.receiver.otlp").next().is_some()
            });
        if open && !otlp.is_empty() {
            let endpoints: Vec<(&str, &Endpoint)> = endpoints(derived, release)
                .filter(|(name, _)| name.starts_with("otlp-"))
                .collect();
            for (endpoint, to) in endpoints {
                let from = self.around(derived, NodeKind::Clients);
                let edge = Edge {
                    signals: otlp.clone(),
                    ..self.entry(derived, release, from, (endpoint, to))
                };
                self.graph.edges.push(edge);
            }
        }
        if logs.is_some_and(|logs| logs.scraped) {
            let from = self.around(derived, NodeKind::Pods);
            let to = self.component(&known(derived, release));
            self.graph.edges.push(Edge {
                from,
                to,
                kind: EdgeKind::Sends,
                name: name.clone(),
                signals: vec![Signal::Logs],
                protocol: "stdout".to_owned(),
                port: None,
                path: String::new(),
                tenant: None,
                queue: None,
                from_role: None,
                to_role: only_role(release),
                endpoint: None,
                crosses: false,
            });
        }
    }

    /// Adds what comes from outside.
    fn visited(&mut self, derived: &Derived, release: &Release) {
        for endpoint in endpoints(derived, release).collect::<Vec<_>>() {
            let from = self.around(derived, NodeKind::Visitors);
            let edge = self.entry(derived, release, from, endpoint);
            self.graph.edges.push(edge);
        }
    }

    /// Returns an edge from outside to an endpoint.
    fn entry(
        &mut self,
        derived: &Derived,
        release: &Release,
        from: String,
        (name, endpoint): (&str, &Endpoint),
    ) -> Edge {
        let known = known(derived, release);
        Edge {
            from,
            to: self.component(&known),
            kind: EdgeKind::Sends,
            name: name.to_owned(),
            signals: Vec::new(),
            protocol: endpoint.scheme.clone(),
            port: Some(endpoint.port),
            path: endpoint.path.clone(),
            tenant: None,
            queue: None,
            from_role: None,
            to_role: answering(&known, name, self.catalog),
            endpoint: Some(name.to_owned()),
            crosses: false,
        }
    }

    fn flow(&mut self, derived: &Derived, release: &Release, flow: &Flow) {
        let reached = self.reach(derived, &flow.address);
        let own = &derived.environment().name;
        let from = self.component(&known(derived, release));
        self.graph.edges.push(Edge {
            from,
            to: reached.to,
            kind: EdgeKind::Sends,
            name: flow.name.clone(),
            signals: vec![flow.signal],
            protocol: reached.protocol,
            port: reached.port,
            path: reached.path,
            tenant: flow.tenant.clone(),
            queue: flow.queue,
            from_role: Some(flow.role.clone()),
            to_role: reached.role,
            endpoint: reached.endpoint,
            crosses: flow.cross_env || reached.environment.as_ref() != Some(own),
        });
    }

    fn reading(&mut self, derived: &Derived, release: &Release, reading: &Reading) {
        let reached = self.reach(derived, &reading.address);
        let own = &derived.environment().name;
        let from = self.component(&known(derived, release));
        self.graph.edges.push(Edge {
            from,
            to: reached.to,
            kind: EdgeKind::Reads,
            name: reading.name.clone(),
            signals: vec![reading.signal],
            protocol: reached.protocol,
            port: reached.port,
            path: reached.path,
            tenant: reading.tenant.clone(),
            queue: None,
            from_role: Some(reading.role.clone()),
            to_role: reached.role,
            endpoint: reached.endpoint,
            crosses: reading.environment != *own,
        });
    }

    /// Adds what a component calls that is no component: each of its addresses.
    fn call(&mut self, derived: &Derived, release: &Release, call: &Call) {
        let from = self.component(&known(derived, release));
        let addresses = call.address.split(',').map(str::trim);
        for address in addresses.filter(|address| !address.is_empty()) {
            let reached = self.reach(derived, address);
            let own = &derived.environment().name;
            let known_scheme = address.contains("://");
            self.graph.edges.push(Edge {
                from: from.clone(),
                to: reached.to,
                kind: EdgeKind::Calls,
                name: call.name.clone(),
                signals: Vec::new(),
                protocol: if known_scheme {
                    reached.protocol
                } else {
                    "tcp".to_owned()
                },
                port: reached.port,
                path: reached.path,
                tenant: None,
                queue: None,
                from_role: match call.roles.as_slice() {
                    [only] => Some(only.clone()),
                    _ => None,
                },
                to_role: reached.role,
                endpoint: reached.endpoint,
                crosses: reached
                    .environment
                    .is_some_and(|environment| environment != *own),
            });
        }
    }

    /// Adds where a component keeps what lasts; what lies on the pods' own disks goes nowhere.
    fn store(&mut self, derived: &Derived, release: &Release, store: &Store) {
        if store.backend == StoreBackend::Disk || store.bucket.is_empty() {
            return;
        }
        let environment = derived.environment();
        let canonical = |text: &str| {
            let domain = &environment.model.cluster.domain;
            Address::read(text).canonical(domain, &environment.namespace, 443)
        };
        let known_store = environment.model.object_store.as_ref();
        let address = canonical(&store.endpoint);
        let (group, port) = if store.endpoint.is_empty() || store.backend == StoreBackend::Other {
            (None, None)
        } else {
            let name = known_store
                .filter(|known| canonical(&known.endpoint) == address)
                .map_or(&store.endpoint, |known| &known.instance);
            let group = self.group(
                &["store", name, &address],
                &["store", name],
                GroupKind::Store,
                name,
                &store.endpoint,
            );
            let usual = if store.insecure { 80 } else { 443 };
            let port = Address::read(&store.endpoint).port.unwrap_or(usual);
            (Some(group), Some(port))
        };
        let key = group.clone().unwrap_or_default();
        let to = self.node(
            &["bucket", &store.bucket, &key],
            &["bucket", &store.bucket],
            || Node {
                id: String::new(),
                kind: NodeKind::Bucket,
                name: store.bucket.clone(),
                variant: String::new(),
                environment: None,
                namespace: None,
                group,
            },
        );
        let from = self.component(&known(derived, release));
        self.graph.edges.push(Edge {
            from,
            to,
            kind: EdgeKind::Keeps,
            name: store.purpose.clone(),
            signals: Vec::new(),
            protocol: if store.backend == StoreBackend::S3 {
                "s3".to_owned()
            } else {
                String::new()
            },
            port,
            path: store.prefix.clone(),
            tenant: None,
            queue: None,
            from_role: None,
            to_role: None,
            endpoint: None,
            crosses: false,
        });
    }

    /// Returns whose an address is, and how it is reached.
    fn reach(&mut self, derived: &Derived, text: &str) -> Reached {
        let address = Address::read(text);
        let protocol = address.scheme.unwrap_or("grpc").to_owned();
        let path = address.path.to_owned();
        match self.services.find(text, derived) {
            Some(Found {
                known,
                endpoint,
                role,
                port,
            }) => Reached {
                to: self.component(&known),
                environment: Some(known.environment),
                protocol,
                port: Some(port),
                path,
                role,
                endpoint,
            },
            None => {
                let host = address.host.to_owned();
                Reached {
                    to: self.node(&["outside", &host], &["outside", &host], || Node {
                        id: String::new(),
                        kind: NodeKind::Outside,
                        name: host.clone(),
                        variant: String::new(),
                        environment: None,
                        namespace: None,
                        group: None,
                    }),
                    environment: None,
                    protocol,
                    port: address.effective_port(),
                    path,
                    role: None,
                    endpoint: None,
                }
            }
        }
    }

    /// Returns the node of a component.
    fn component(&mut self, known: &Known) -> String {
        let group = self.home(&known.environment, &known.home);
        let names = [known.environment.as_str(), known.component.as_str()];
        self.node(&["component", names[0], names[1]], &names, || Node {
            id: String::new(),
            kind: NodeKind::Component,
            name: known.component.clone(),
            variant: known.variant.clone(),
            environment: Some(known.environment.clone()),
            namespace: Some(known.namespace.clone()),
            group: Some(group),
        })
    }

    /// Returns the node of who is no component, but belongs to an environment.
    fn around(&mut self, derived: &Derived, kind: NodeKind) -> String {
        let environment = derived.environment();
        let group = self.home(&environment.name, &environment.namespace);
        // Programs and pods are the environment's own; visitors come from outside of it.
        let group = (kind != NodeKind::Visitors).then_some(group);
        let names = [environment.name.as_str(), kind.name()];
        self.node(&["around", names[0], names[1]], &names, || Node {
            id: String::new(),
            kind,
            name: kind.name().to_owned(),
            variant: String::new(),
            environment: Some(environment.name.clone()),
            namespace: None,
            group,
        })
    }

    fn home(&mut self, environment: &str, namespace: &str) -> String {
        self.group(
            &["environment", environment],
            &["env", environment],
            GroupKind::Environment,
            environment,
            namespace,
        )
    }

    /// Returns the id of a group, which is made if it is not there yet.
    fn group(
        &mut self,
        key: &[&str],
        hint: &[&str],
        kind: GroupKind,
        name: &str,
        detail: &str,
    ) -> String {
        let id = self.ids.of(key, hint);
        if !self.graph.groups.iter().any(|group| group.id == id) {
            self.graph.groups.push(Group {
                id: id.clone(),
                kind,
                name: name.to_owned(),
                detail: detail.to_owned(),
            });
        }
        id
    }

    /// Returns the id of a node, which is made if it is not there yet.
    fn node(&mut self, key: &[&str], hint: &[&str], make: impl FnOnce() -> Node) -> String {
        let id = self.ids.of(key, hint);
        if self.graph.node(&id).is_none() {
            self.graph.nodes.push(Node {
                id: id.clone(),
                ..make()
            });
        }
        id
    }
}

fn known(derived: &Derived, release: &Release) -> Known {
    let environment = derived.environment();
    Known {
        environment: environment.name.clone(),
        home: environment.namespace.clone(),
        component: release.component.clone(),
        variant: release.variant.clone(),
        namespace: release.namespace.clone(),
    }
}

/// Returns where a release is reached.
fn endpoints<'d>(
    derived: &'d Derived,
    release: &'d Release,
) -> impl Iterator<Item = (&'d str, &'d Endpoint)> {
    derived
        .links()
        .endpoints()
        .filter(|(component, _, _)| *component == release.component)
        .map(|(_, name, endpoint)| (name, endpoint))
}

fn only_role(release: &Release) -> Option<String> {
    match release.roles.keys().collect::<Vec<_>>().as_slice() {
        [only] => Some((*only).clone()),
        _ => None,
    }
}
