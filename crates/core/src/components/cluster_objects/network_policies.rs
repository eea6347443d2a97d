//! Network policies for the links that exist: whatever nobody needs is refused.
//!
//! Each release gets a policy for all its pods, which lets them call each other and the DNS, and one for each role that
//! calls or is called beyond that. Policies add up: a pod may do what any of those that select it allows.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::ApiServer;
use super::ends::{end, endpoint};
use super::policy::{Policy, Rule, in_namespace, named, on, tcp, write};
use crate::address::{Address, Whose};
use crate::components::scope::Scope;
use crate::components::{Callers, Described, Release, StoreBackend};
use crate::environment::Kind;
use crate::peers::Peer;

/// Returns the policies of all releases that have pods, as the template places them.
pub(super) fn derive(scope: &Scope<'_>, api: &ApiServer) -> Vec<Value> {
    let mut all = Policies::new(scope);
    for (at, (release, described)) in scope.releases.iter().zip(scope.others).enumerate() {
        all.flows(described);
        all.reads(at, described);
        all.calls(at, described);
        all.stores(at, described);
        all.doors(at, described);
        for (role, facts) in pods(release, described) {
            if facts.api {
                let rule = Rule::new("the API server", api.peers(), tcp(&api.ports));
                all.of(at, role).sends(rule);
            }
            if facts.anywhere {
                let why = "whom others name and this environment does not know";
                all.of(at, role)
                    .sends(Rule::new(why, Vec::new(), Vec::new()));
            }
        }
    }
    all.readers();
    all.finish()
}

/// Returns the roles of a release that have pods.
fn pods<'a>(
    release: &'a Release,
    described: &'a Described,
) -> impl Iterator<Item = (&'a str, &'a crate::components::RoleNetwork)> {
    release
        .network
        .roles
        .iter()
        .filter(|(name, _)| !described.absent.contains(&name.as_str()))
        .filter(|(name, _)| {
            release
                .roles
                .get(*name)
                .is_some_and(|role| role.replicas > 0)
        })
        .map(|(name, facts)| (name.as_str(), facts))
}

struct Policies<'a> {
    scope: &'a Scope<'a>,
    /// By release and role, in the order of both; the role is none for all pods of a release.
    roles: IndexMap<(usize, String), Policy>,
}

impl<'a> Policies<'a> {
    fn new(scope: &'a Scope<'a>) -> Self {
        let mut roles = IndexMap::new();
        for (at, (release, described)) in scope.releases.iter().zip(scope.others).enumerate() {
            for (role, _) in pods(release, described) {
                roles.insert((at, role.to_owned()), Policy::default());
            }
        }
        Self { scope, roles }
    }

    /// Returns the policy of a role. A role without pods has one that is never written.
    fn of(&mut self, release: usize, role: &str) -> &mut Policy {
        self.roles.entry((release, role.to_owned())).or_default()
    }

    fn release(&self, component: &str) -> Option<usize> {
        let mut releases = self.scope.releases.iter();
        releases.position(|release| release.component == component)
    }

    /// Returns the roles of a release that have pods.
    fn roles_of(&self, at: usize) -> Vec<String> {
        let (Some(release), Some(described)) =
            (self.scope.releases.get(at), self.scope.others.get(at))
        else {
            return Vec::new();
        };
        pods(release, described)
            .map(|(role, _)| role.to_owned())
            .collect()
    }

    /// Lets telemetry through, at both ends.
    fn flows(&mut self, described: &'a Described) {
        for flow in &described.flows {
            let Some(at) = self.release(&flow.from) else {
                continue;
            };
            let why = flow.signal.name();
            self.link(at, &flow.role, why, &flow.address);
        }
        for reading in &described.reads {
            if let Some(at) = self.release(&reading.from) {
                let why = reading.signal.name();
                self.link(at, &reading.role, why, &reading.address);
            }
        }
    }

    /// Lets a component read what it shows or tests, of other environments too.
    fn reads(&mut self, at: usize, described: &'a Described) {
        let scope = self.scope;
        for read in &described.reads {
            let what = read.signal.name();
            if read.environment == scope.environment.name {
                self.link(at, &read.role, what, &read.address);
                continue;
            }
            let mut peers = scope.peers.iter();
            let Some(other) = peers.find(|peer| peer.environment == read.environment) else {
                continue;
            };
            let Some((labels, port)) = end(&other.links, read, |component| {
                Some(&other.release(component)?.network)
            }) else {
                continue;
            };
            let peer = json!({
                "podSelector": {"matchLabels": labels},
                "namespaceSelector": named(&read.namespace),
            });
            let why = format!("{what} of {} in {}", read.component, read.environment);
            let rule = Rule::new(why, vec![peer], tcp(&[port]));
            self.of(at, &read.role).sends(rule);
        }
    }

    /// Lets in the components of other environments that serve all of them.
    fn readers(&mut self) {
        let scope = self.scope;
        let own = &scope.environment.name;
        for other in scope.peers.iter().filter(|peer| peer.environment != *own) {
            for read in other.reads.iter().filter(|read| read.environment == *own) {
                let Some(sender) = other.release(&read.from) else {
                    continue;
                };
                let Some(labels) = sender.network.labels_of(&read.role) else {
                    continue;
                };
                let Some(to) = self.release(&read.component) else {
                    continue;
                };
                let Some(endpoint) = endpoint(scope.links, read) else {
                    continue;
                };
                let mut peer = json!({"podSelector": {"matchLabels": labels}});
                if sender.namespace != self.namespace(to) {
                    peer["namespaceSelector"] = named(&sender.namespace);
                }
                let why = format!("what {} of {} reads", read.from, other.environment);
                let rule = Rule::new(why, vec![peer], tcp(&[endpoint.target]));
                let targets = match &endpoint.role {
                    Some(role) => vec![role.clone()],
                    None => self.roles_of(to),
                };
                for target in targets {
                    self.of(to, &target).takes(rule.clone());
                }
            }
        }
    }

    /// Lets a component call what it needs besides.
    fn calls(&mut self, at: usize, described: &'a Described) {
        for call in &described.calls {
            let roles = if call.roles.is_empty() {
                self.roles_of(at)
            } else {
                call.roles.clone()
            };
            for role in roles {
                for address in call.address.split(',') {
                    self.link(at, &role, &call.name, address.trim());
                }
            }
        }
    }

    /// Lets the pods that keep data reach the object store.
    fn stores(&mut self, at: usize, described: &'a Described) {
        let mut endpoints: Vec<(&str, bool)> = Vec::new();
        for store in &described.stores {
            let one = (store.endpoint.as_str(), store.insecure);
            let named = store.backend == StoreBackend::S3 && !store.endpoint.is_empty();
            if named && !endpoints.contains(&one) {
                endpoints.push(one);
            }
        }
        // What keeps nothing itself may still go there: it makes buckets.
        if described.stores.is_empty()
            && let Some(store) = &self.scope.environment.model.object_store
        {
            endpoints.push((&store.endpoint, !store.tls));
        }
        let roles: Vec<&str> = match self.scope.releases.get(at) {
            Some(release) => pods(release, described)
                .filter(|(_, facts)| facts.store)
                .map(|(role, _)| role)
                .collect(),
            None => Vec::new(),
        };
        for role in roles {
            for (endpoint, insecure) in &endpoints {
                let usual = if *insecure { 80 } else { 443 };
                self.link_with(at, role, "the object store", endpoint, usual);
            }
        }
    }

    /// Lets in who is no component of the environment.
    fn doors(&mut self, at: usize, described: &'a Described) {
        for door in &described.doors {
            let own = self
                .scope
                .releases
                .get(at)
                .map(|release| &*release.namespace);
            let peers = match door.callers {
                Callers::Anyone => Vec::new(),
                Callers::Pods => vec![json!({"namespaceSelector": {}})],
                Callers::Edge => self.edge(own.unwrap_or_default()),
            };
            let rule = Rule::new(&*door.name, peers, tcp(&[door.port]));
            self.of(at, &door.role).takes(rule);
            if door.callers == Callers::Edge {
                self.let_proxies_in(at, &door.role, &door.name, door.port);
            }
        }
    }

    /// Returns the environment's proxies; any pod of the cluster where the environment runs none.
    fn edge(&self, own: &str) -> Vec<Value> {
        let peers: Vec<Value> = self
            .proxies()
            .map(|(at, role)| self.peer(at, Some(&role), own))
            .collect();
        if peers.is_empty() {
            vec![json!({"namespaceSelector": {}})]
        } else {
            peers
        }
    }

    fn proxies(&self) -> impl Iterator<Item = (usize, String)> + use<'a> {
        let releases = self.scope.releases.iter().enumerate();
        releases.flat_map(|(at, release)| {
            let roles = release.roles.iter();
            roles
                .filter(|(_, role)| role.kind == Kind::Edge)
                .map(move |(name, _)| (at, name.clone()))
        })
    }

    /// Lets the environment's proxies call a door.
    fn let_proxies_in(&mut self, at: usize, role: &str, why: &str, port: u16) {
        for (proxy, proxy_role) in self.proxies().collect::<Vec<_>>() {
            let own = self.namespace(proxy);
            let peer = self.peer(at, Some(role), &own);
            let rule = Rule::new(why, vec![peer], tcp(&[port]));
            self.of(proxy, &proxy_role).sends(rule);
        }
    }

    fn namespace(&self, at: usize) -> String {
        let release = self.scope.releases.get(at);
        release.map_or_else(String::new, |release| release.namespace.clone())
    }

    fn link(&mut self, at: usize, role: &str, what: &str, address: &'a str) {
        let read = Address::read(address);
        // Plain gRPC and Kafka name their port; a URL without one goes to its scheme's.
        let usual = match read.scheme {
            Some("redis" | "rediss") => 6379,
            _ => 443,
        };
        self.link_with(at, role, what, address, usual);
    }

    /// Allows a call at its beginning, and at its end if that is a release of this environment.
    fn link_with(&mut self, at: usize, role: &str, what: &str, address: &'a str, usual: u16) {
        let read = Address::read(address);
        let port = read.effective_port().unwrap_or(usual);
        let own = self.namespace(at);
        let scope = self.scope;
        let whose = read.whose_among(scope.environment, Some(scope.links), scope.releases);
        match whose {
            Whose::Component(id, endpoint) => {
                let Some(to) = self.release(id) else {
                    return;
                };
                let (target, port) = match endpoint {
                    Some((_, endpoint)) => (endpoint.role.as_deref(), endpoint.target),
                    None => (None, port),
                };
                let ports = tcp(&[port]);
                let peer = self.peer(to, target, &own);
                let why = format!("{what} to {id}");
                self.of(at, role)
                    .sends(Rule::new(why, vec![peer], ports.clone()));
                let sender = self.peer(at, Some(role), &self.namespace(to));
                let from = scope.releases.get(at).map(|release| &*release.component);
                let why = format!("{what} from {}", from.unwrap_or_default());
                let targets = match target {
                    Some(target) => vec![target.to_owned()],
                    None => self.roles_of(to),
                };
                for target in targets {
                    let rule = Rule::new(&*why, vec![sender.clone()], ports.clone());
                    self.of(to, &target).takes(rule);
                }
            }
            Whose::Namespace | Whose::Elsewhere(_) => {
                if let Some((peer, port, who)) = self.of_another(&read, &own) {
                    let rule = Rule::new(format!("{what} of {who}"), vec![peer], tcp(&[port]));
                    self.of(at, role).sends(rule);
                    return;
                }
                let namespace = match whose {
                    Whose::Elsewhere(namespace) => namespace,
                    _ => scope.environment.namespace.as_str(),
                };
                let rule = Rule::new(what, vec![in_namespace(namespace)], tcp(&[port]));
                self.of(at, role).sends(rule);
            }
            Whose::Outside => {
                let rule = Rule::new(what, Vec::new(), tcp(&[port]));
                self.of(at, role).sends(rule);
            }
        }
    }

    /// Returns the pods of another environment that answer at an address, their port, and whose they are.
    fn of_another(&self, address: &Address<'_>, from: &str) -> Option<(Value, u16, String)> {
        let domain = &self.scope.environment.model.cluster.domain;
        let wanted = address.canonical(domain, from, 0);
        // Reading addresses takes its time, and a project may have a thousand environments.
        let may_be = |peer: &&Peer| {
            let mut releases = peer.releases.iter();
            releases.any(|release| {
                from == release.namespace || address.host.contains(&release.namespace)
            })
        };
        self.scope.peers.iter().filter(may_be).find_map(|peer| {
            let (component, _, endpoint) = peer.links.endpoints().find(|(_, _, endpoint)| {
                let there = endpoint.address();
                Address::read(&there).canonical(domain, from, 0) == wanted
            })?;
            let release = peer.release(component)?;
            let network = &release.network;
            let role = endpoint.role.as_deref();
            let labels = role.and_then(|role| network.labels_of(role));
            let mut pods =
                json!({"podSelector": {"matchLabels": labels.unwrap_or(&network.labels)}});
            if release.namespace != from {
                pods["namespaceSelector"] = named(&release.namespace);
            }
            let who = format!("{component} in {}", peer.environment);
            Some((pods, endpoint.target, who))
        })
    }

    /// Returns the pods of a release, or of one role of it, as seen from a namespace.
    fn peer(&self, at: usize, role: Option<&str>, from: &str) -> Value {
        let Some(release) = self.scope.releases.get(at) else {
            return json!({});
        };
        let labels = role
            .and_then(|role| release.network.labels_of(role))
            .unwrap_or(&release.network.labels);
        let mut peer = json!({"podSelector": {"matchLabels": labels}});
        if release.namespace != from {
            peer["namespaceSelector"] = named(&release.namespace);
        }
        peer
    }

    /// Returns the policies of all pods that there are.
    fn finish(self) -> Vec<Value> {
        let mut written = Vec::new();
        for (at, (release, described)) in self
            .scope
            .releases
            .iter()
            .zip(self.scope.others)
            .enumerate()
        {
            let roles: Vec<&str> = pods(release, described).map(|(role, _)| role).collect();
            if roles.is_empty() {
                continue;
            }
            let mut all = self.all_pods(at, release);
            let own = |role: &str| self.roles.get(&(at, role.to_owned()));
            // Where there is one role, its pods are all pods.
            if let ([role], 1) = (roles.as_slice(), release.roles.len()) {
                if let Some(policy) = own(role) {
                    policy
                        .ingress
                        .iter()
                        .for_each(|rule| all.takes(rule.clone()));
                    policy
                        .egress
                        .iter()
                        .for_each(|rule| all.sends(rule.clone()));
                }
                let why = format!("The pods of {} do this and nothing else", release.component);
                let labels = &release.network.labels;
                let labels = release.network.labels_of(role).unwrap_or(labels);
                written.push(write(release, &release.fullname, &why, labels, &all));
                continue;
            }
            let why = format!(
                "All pods of {} do this and what a policy below adds for some of them",
                release.component
            );
            let labels = &release.network.labels;
            written.push(write(release, &release.fullname, &why, labels, &all));
            for role in roles {
                let Some(policy) = own(role) else {
                    continue;
                };
                let Some(labels) = release.network.labels_of(role) else {
                    continue;
                };
                if policy.ingress.is_empty() && policy.egress.is_empty() {
                    continue;
                }
                // A role may be called as its release.
                let name = format!("{}-role-{role}", release.fullname);
                let why = format!("What {role} of {} does besides", release.component);
                written.push(write(release, &name, &why, labels, policy));
            }
        }
        written
    }

    /// Returns the policy of all pods of a release: nothing but each other and the DNS.
    fn all_pods(&self, at: usize, release: &Release) -> Policy {
        let cluster = &self.scope.environment.model.cluster;
        let mut policy = Policy::default();
        if !release.network.members.is_empty() {
            let own = vec![self.peer(at, None, &release.namespace)];
            let ports: Vec<Value> = release
                .network
                .members
                .iter()
                .flat_map(|(name, port)| {
                    let udp = (name == "gossip").then(|| on("UDP", *port));
                    [Some(on("TCP", *port)), udp]
                })
                .flatten()
                .collect();
            let why = "its own pods among each other";
            policy.takes(Rule::new(why, own.clone(), ports.clone()));
            policy.sends(Rule::new(why, own, ports));
        }
        let dns = vec![on("UDP", DNS), on("TCP", DNS)];
        let server = vec![in_namespace(&cluster.dns_namespace)];
        policy.sends(Rule::new("the DNS of the cluster", server, dns));
        policy
    }
}

/// The port of the DNS. Source: RFC 1035, 4.2.
const DNS: u16 = 53;
