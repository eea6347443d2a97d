//! Network policies, played: what every link needs gets through at both ends, and what nobody needs does not.
//!
//! The rules are Kubernetes' own: a pod that no policy selects may do anything; one that some policy selects may do what
//! any of these allows. Probes of the kubelet come from the node, and are let in whatever policies say.
//!
//! Source: Kubernetes documentation, "Network Policies".

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeMap;
use std::fmt;

use helmwright::address::Address;
use helmwright::components::{Described, Release};
use helmwright::environment::{Environment, NoLayers};
use helmwright::layout::DEFAULT_LAYOUT;
use helmwright::pipeline::{Derived, neighbours};
use helmwright::source::Source;
use helmwright::yaml::{self, Node, Value};
use helmwright::{Catalog, links::Endpoint};

type Labels = BTreeMap<String, String>;

/// A pod, as policies see it.
#[derive(Clone, Debug)]
struct Pod {
    name: String,
    namespace: String,
    labels: Labels,
}

impl fmt::Display for Pod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// One policy.
struct Policy(Node);

impl Policy {
    fn text(&self, path: &[&str]) -> &str {
        self.0.at(path).and_then(Node::as_str).unwrap()
    }

    fn selects(&self, pod: &Pod) -> bool {
        self.text(&["metadata", "namespace"]) == pod.namespace
            && matches(self.0.at(&["spec", "podSelector"]).unwrap(), &pod.labels)
    }

    fn rules(&self, way: Way) -> &[Node] {
        let key = match way {
            Way::In => "ingress",
            Way::Out => "egress",
        };
        list(self.0.at(&["spec", key]))
    }

    /// Says whether it lets a pod talk to another, or to somebody outside of the cluster, on a port.
    fn allows(&self, way: Way, other: Option<&Pod>, own: &str, port: u16, protocol: &str) -> bool {
        let peers = match way {
            Way::In => "from",
            Way::Out => "to",
        };
        self.rules(way).iter().any(|rule| {
            let ports = list(rule.get("ports"));
            let on = ports.is_empty()
                || ports.iter().any(|one| {
                    one.get("port").unwrap().value == Value::Integer(port.into())
                        && one.get("protocol").and_then(Node::as_str) == Some(protocol)
                });
            let peers = list(rule.get(peers));
            let with = peers.is_empty()
                || other.is_some_and(|other| peers.iter().any(|peer| is(peer, other, own)));
            on && with
        })
    }
}

fn list(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

/// Says whether a selector matches labels; an empty one matches all.
fn matches(selector: &Node, labels: &Labels) -> bool {
    let wanted = selector.get("matchLabels").and_then(Node::as_map);
    wanted
        .into_iter()
        .flatten()
        .all(|(key, entry)| labels.get(key.as_str()).map(String::as_str) == entry.value.as_str())
}

/// Says whether a peer of a policy in namespace `own` is a pod.
fn is(peer: &Node, pod: &Pod, own: &str) -> bool {
    let name = Labels::from([(
        "kubernetes.io/metadata.name".to_owned(),
        pod.namespace.clone(),
    )]);
    let there = match peer.get("namespaceSelector") {
        Some(selector) => matches(selector, &name),
        None => pod.namespace == own,
    };
    peer.get("ipBlock").is_none()
        && there
        && peer
            .get("podSelector")
            .is_none_or(|selector| matches(selector, &pod.labels))
}

/// What an environment makes of its cluster.
struct World {
    policies: Vec<Policy>,
    pods: Vec<(usize, String, Pod)>,
    derived: Vec<Derived>,
}

impl World {
    /// Derives environments among each other, with the policies of all of them.
    fn of(texts: &[&str]) -> Self {
        let catalog = Catalog::bundled();
        let environments: Vec<Environment> = texts
            .iter()
            .map(|text| {
                let source = Source::new("envs/one.yaml", *text);
                let read = Environment::read(&source, &NoLayers, catalog);
                assert!(read.environment.is_some(), "{:?}", read.diagnostics);
                read.environment.unwrap()
            })
            .collect();
        let peers = neighbours(&environments, catalog);
        let mut world = Self {
            policies: Vec::new(),
            pods: Vec::new(),
            derived: Vec::new(),
        };
        for (at, environment) in environments.into_iter().enumerate() {
            let mut found = Vec::new();
            let derived = Derived::among(environment, peers.clone(), catalog, &mut found);
            let files = derived
                .objects_for("cluster-objects", DEFAULT_LAYOUT, catalog)
                .unwrap();
            for file in files {
                let source = Source::new(file.path.clone(), file.text.as_ref());
                let objects = yaml::read_all(&source).unwrap().into_iter();
                world.policies.extend(objects.map(Policy));
            }
            for (release, described) in derived.releases().iter().zip(derived.described()) {
                for (name, role) in &release.roles {
                    if role.replicas > 0 && !described.absent.contains(&name.as_str()) {
                        let labels = release.network.labels_of(name).unwrap();
                        let labels = labels.clone().into_iter().collect();
                        let pod = Pod {
                            name: format!("{}-{name}", release.component),
                            namespace: release.namespace.clone(),
                            labels,
                        };
                        world
                            .pods
                            .push((at, format!("{}/{name}", release.component), pod));
                    }
                }
            }
            world.derived.push(derived);
        }
        assert!(!world.policies.is_empty());
        world
    }

    fn pod(&self, at: usize, name: &str) -> &Pod {
        let mut pods = self.pods.iter();
        let found = pods.find(|(there, role, _)| *there == at && role == name);
        &found.unwrap_or_else(|| unreachable!("no {name}")).2
    }

    fn half(&self, way: Way, pod: &Pod, other: Option<&Pod>, port: u16, protocol: &str) -> bool {
        let mut selecting = self
            .policies
            .iter()
            .filter(|one| one.selects(pod))
            .peekable();
        selecting.peek().is_none()
            || selecting.any(|one| one.allows(way, other, &pod.namespace, port, protocol))
    }

    /// Says whether a pod reaches another.
    fn reaches(&self, from: &Pod, to: &Pod, port: u16) -> bool {
        self.goes(from, to, port, "TCP")
    }

    fn goes(&self, from: &Pod, to: &Pod, port: u16, protocol: &str) -> bool {
        self.half(Way::Out, from, Some(to), port, protocol)
            && self.half(Way::In, to, Some(from), port, protocol)
    }

    /// Returns the pods that answer at an address, and their port.
    fn answering(&self, address: &str) -> Option<(Vec<&Pod>, u16)> {
        let read = Address::read(address);
        self.derived.iter().enumerate().find_map(|(at, derived)| {
            let (component, endpoint) = endpoint_of(derived, &read)?;
            let role = endpoint.role.as_deref();
            let pods = self.pods.iter().filter(|(there, name, _)| {
                let (of, own) = name.split_once('/').unwrap();
                *there == at && of == component && role.is_none_or(|role| role == own)
            });
            Some((pods.map(|(_, _, pod)| pod).collect(), endpoint.target))
        })
    }

    /// Returns everything that is sent, read and stored: who, and where.
    fn links(&self) -> Vec<(Pod, String)> {
        let mut all = Vec::new();
        for (at, derived) in self.derived.iter().enumerate() {
            let told = derived.releases().iter().zip(derived.described());
            for (release, described) in told {
                for (role, address) in addresses(release, described) {
                    let name = format!("{}/{role}", release.component);
                    let known = self
                        .pods
                        .iter()
                        .any(|(there, own, _)| *there == at && *own == name);
                    if known {
                        all.push((self.pod(at, &name).clone(), address));
                    }
                }
            }
        }
        all
    }
}

fn endpoint_of<'d>(derived: &'d Derived, address: &Address<'_>) -> Option<(&'d str, &'d Endpoint)> {
    let mut endpoints = derived.links().endpoints();
    endpoints
        .find(|(_, _, endpoint)| {
            let host = endpoint.host.trim_end_matches(".cluster.local");
            (address.host == endpoint.host || address.host == host)
                && address.effective_port() == Some(endpoint.port)
        })
        .map(|(component, _, endpoint)| (component, endpoint))
}

/// Returns whom the pods of a release call: role and address.
fn addresses(release: &Release, described: &Described) -> Vec<(String, String)> {
    let flows = described.flows.iter();
    let mut all: Vec<(String, String)> = flows
        .map(|flow| (flow.role.clone(), flow.address.clone()))
        .collect();
    let reads = described.reads.iter();
    all.extend(reads.map(|read| (read.role.clone(), read.address.clone())));
    for (role, facts) in &release.network.roles {
        if facts.store {
            let stores = described.stores.iter();
            all.extend(stores.map(|store| (role.clone(), store.endpoint.clone())));
        }
        for call in described.calls.iter().filter(|call| call.roles.is_empty()) {
            all.push((role.clone(), call.address.clone()));
        }
    }
    all
}

const STORE: &str = "objectStore: {provider: seaweedfs, instance: seaweedfs, endpoint: ENDPOINT, credentials: {secretName: store}}\n";

fn environment(name: &str, endpoint: &str, components: &str) -> String {
    let store = STORE.replace("ENDPOINT", &format!("\"{endpoint}\""));
    format!(
        "environment: {name}\ntier: dev\nnamespace: team-{name}\n{store}components:\n  cluster-objects: {{settings: {{networkPolicies: true}}}}\n{components}"
    )
}

/// One pod of everything, and one pod for each task.
fn worlds() -> [World; 2] {
    let dev = environment(
        "dev",
        "seaweedfs-s3.team-dev.svc.cluster.local:8333",
        "  tempo: {variant: monolithic}\n  mimir: {}\n  loki: {}\n  alloy: {}\n  traefik: {namespace: edge}\n  seaweedfs: {settings: {createBuckets: false}}\n  buckets: {namespace: team-jobs}\n",
    );
    let test = environment(
        "test",
        "store.storage.svc:8333",
        "  tempo: {variant: distributed-2}\n  mimir: {}\n  loki: {variant: distributed}\n  alloy: {}\n  pyroscope: {variant: microservices}\n  traefik: {}\n  grafana: {namespace: boards}\n  smoke-test: {}\n",
    );
    [World::of(&[&dev]), World::of(&[&dev, &test])]
}

#[test]
fn every_link_gets_through_at_both_ends() {
    for world in worlds() {
        let mut checked = 0;
        let mut refused = Vec::new();
        for (from, address) in world.links() {
            let Some((pods, port)) = world.answering(&address) else {
                // Nobody of ours is there, so that only its own side is ours to open.
                let read = Address::read(&address);
                let namespace = read.host.split('.').nth(1).unwrap_or_default();
                let store = Pod {
                    name: "other".to_owned(),
                    namespace: namespace.to_owned(),
                    labels: Labels::new(),
                };
                let port = read.effective_port().unwrap();
                if !world.half(Way::Out, &from, Some(&store), port, "TCP") {
                    refused.push(format!("{from} may not call {address}"));
                }
                continue;
            };
            assert!(!pods.is_empty(), "nobody answers at {address}");
            for to in pods {
                checked += 1;
                if !world.reaches(&from, to, port) {
                    refused.push(format!("{from} does not reach {to} on {port} ({address})"));
                }
            }
        }
        assert!(refused.is_empty(), "{}", refused.join("\n"));
        assert!(checked > 8, "only {checked} links");
    }
}

#[test]
fn every_policy_selects_pods() {
    for world in worlds() {
        for policy in &world.policies {
            let selected = world.pods.iter().any(|(_, _, pod)| policy.selects(pod));
            assert!(selected, "{}", policy.text(&["metadata", "name"]));
        }
        for (_, name, pod) in &world.pods {
            let selected = world.policies.iter().any(|policy| policy.selects(pod));
            assert!(selected, "nothing selects {name}");
        }
    }
}

#[test]
fn pods_of_a_release_find_each_other_and_the_names_of_others() {
    for (at, world) in worlds().iter().enumerate() {
        let dns = Pod {
            name: "dns".to_owned(),
            namespace: "kube-system".to_owned(),
            labels: Labels::new(),
        };
        for (_, _, pod) in &world.pods {
            for protocol in ["UDP", "TCP"] {
                assert!(world.half(Way::Out, pod, Some(&dns), 53, protocol), "{pod}");
            }
        }
        for (one, other) in [
            ("mimir/distributor", "mimir/ingester"),
            ("mimir/ingester", "mimir/compactor"),
        ] {
            let (one, other) = (world.pod(at, one), world.pod(at, other));
            assert!(world.reaches(one, other, 9095) && world.reaches(one, other, 8080));
            assert!(world.goes(one, other, 7946, "TCP") && world.goes(one, other, 7946, "UDP"));
            assert!(!world.goes(one, other, 9095, "UDP"));
        }
    }
}

#[test]
fn what_nobody_needs_is_refused() {
    let [dev, both] = worlds();
    let application = Pod {
        name: "shop".to_owned(),
        namespace: "shop".to_owned(),
        labels: Labels::new(),
    };
    let reached =
        |world: &World, at, name, port| world.reaches(&application, world.pod(at, name), port);
    // Applications hand in telemetry at the agent, and nowhere else; what is outside comes in by the proxy alone.
    assert!(reached(&dev, 0, "alloy/alloy", 4317) && reached(&dev, 0, "alloy/alloy", 4318));
    for (name, port) in [
        ("alloy/alloy", 12345),
        ("tempo/tempo", 4317),
        ("mimir/gateway", 8080),
        ("mimir/ingester", 9095),
        ("loki/loki", 3100),
        ("seaweedfs/s3", 8333),
    ] {
        assert!(!reached(&dev, 0, name, port), "{name} on {port}");
    }
    let outside = |name, port| dev.half(Way::In, dev.pod(0, name), None, port, "TCP");
    assert!(outside("traefik/traefik", 8000) && outside("traefik/traefik", 8443));
    assert!(!outside("traefik/traefik", 8080) && !outside("alloy/alloy", 4317));
    // Neither does a pod of ours go where it has nothing to do.
    for (from, to, port) in [
        ("loki/loki", "mimir/gateway", 8080),
        ("tempo/tempo", "loki/loki", 3100),
        ("alloy/alloy", "mimir/ingester", 8080),
        ("mimir/gateway", "seaweedfs/s3", 8333),
        ("traefik/traefik", "mimir/gateway", 8080),
        ("buckets/buckets", "mimir/gateway", 8080),
    ] {
        let (one, other) = (dev.pod(0, from), dev.pod(0, to));
        assert!(
            !dev.reaches(one, other, port),
            "{from} reaches {to} on {port}"
        );
    }
    let outside = |name| dev.half(Way::Out, dev.pod(0, name), None, 443, "TCP");
    assert!(!outside("mimir/ingester") && !outside("loki/loki") && outside("alloy/alloy"));
    // Environments are closed to each other, but for what serves both.
    let (alloy, grafana) = (both.pod(1, "alloy/alloy"), both.pod(1, "grafana/grafana"));
    assert!(!both.reaches(alloy, both.pod(0, "mimir/gateway"), 8080));
    assert!(both.reaches(grafana, both.pod(0, "mimir/gateway"), 8080));
    assert!(both.reaches(grafana, both.pod(0, "loki/loki"), 3100));
    assert!(!both.reaches(grafana, both.pod(0, "mimir/ingester"), 8080));
    // Its pages are behind the proxy of its environment.
    assert!(both.reaches(both.pod(1, "traefik/traefik"), grafana, 3000));
    assert!(!both.reaches(&application, grafana, 3000));
}
