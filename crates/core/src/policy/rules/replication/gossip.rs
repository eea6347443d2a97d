//! Gossip in manifests: the Service that members find each other by, and the policies that may close its port.

use super::members;
use super::split_ring::Address;
use crate::components::{Release, Ring};
use crate::diagnostic::Severity;
use crate::manifest::{
    Body, Manifests, NetworkPolicy, NetworkRule, Object, Pods, PolicyPort, Service,
};
use crate::policy::{Facts, Finding, Severities, Subject, Verdict};
use crate::source::Location;

/// The port of gossip where an address names none.
///
/// Source: dskit's memberlist configuration.
const PORT: u32 = 7946;

/// Looks at what a stream of manifests makes of the rings of one release.
pub(super) fn check(
    facts: &Facts<'_>,
    release: &Release,
    rings: &[Ring],
    verdict: &mut Verdict<'_>,
) {
    let (Some(manifests), Some(ring)) = (facts.manifests, rings.first()) else {
        return;
    };
    let view = View {
        manifests,
        namespace: &release.namespace,
        component: &ring.component,
    };
    let members: Vec<Member<'_>> = rings
        .iter()
        .flat_map(|ring| {
            facts
                .workloads_of(&ring.component, &ring.role)
                .filter_map(|workload| {
                    let object = view
                        .objects()
                        .find(|object| object.pods().is_some() && *object.name == *workload.name)?;
                    Some(Member {
                        ring,
                        pods: object.pods()?,
                        object,
                    })
                })
        })
        .collect();
    for join in &ring.join {
        let address = Address::read(join);
        let port = address.port.unwrap_or(PORT);
        if address
            .namespace
            .is_some_and(|namespace| namespace != release.namespace)
        {
            // Told of the prediction.
            continue;
        }
        service(&view, &address, port, &members, ring, verdict);
    }
    if let Some(join) = ring.join.first() {
        let port = Address::read(join).port.unwrap_or(PORT);
        policies(&view, port, &members, verdict);
    }
}

/// The objects of one namespace.
struct View<'a> {
    manifests: &'a Manifests,
    namespace: &'a str,
    component: &'a str,
}

impl<'a> View<'a> {
    /// Returns the objects of the namespace; one that names none goes there with the release.
    fn objects(&self) -> impl Iterator<Item = &'a Object> + use<'a> {
        let namespace = self.namespace;
        self.manifests.objects.iter().filter(move |object| {
            object
                .namespace
                .as_deref()
                .is_none_or(|own| own == namespace)
        })
    }

    fn place(&self, object: &Object) -> Option<Location> {
        Some(object.location(&self.manifests.name, &object.place))
    }

    fn finding(&self, message: String) -> Finding {
        Finding::new(Subject::component(self.component), message)
    }
}

/// The pods of one workload of a ring.
struct Member<'a> {
    ring: &'a Ring,
    pods: &'a Pods,
    object: &'a Object,
}

fn service(
    view: &View<'_>,
    address: &Address<'_>,
    port: u32,
    members: &[Member<'_>],
    ring: &Ring,
    verdict: &mut Verdict<'_>,
) {
    let name = address.service;
    let found = view
        .objects()
        .filter(|object| *object.name == *name)
        .find_map(|object| Some((object, object.service()?)));
    let Some((object, service)) = found else {
        verdict.found(
            view.finding(format!(
                "no Service `{name}` is there for {} to join by",
                view.component
            ))
            .at(Some(ring.gossip_place.clone()))
            .why("each pod then starts a ring of its own")
            .help("join the headless Service that the chart makes, or add one of that name"),
        );
        return;
    };
    if let Some(missing) = lacking(service, port) {
        verdict.found(
            view.finding(format!("Service `{name}`, which {} joins by, {missing}", view.component))
                .at(view.place(object))
                .why("members must find the others' own addresses, also those of pods that are not ready, because a pod is ready only once it has found them")
                .help(format!("make it headless (`clusterIP: None`) with `publishNotReadyAddresses: true` and port {port}")),
        );
    }
    for member in members {
        let labels = &member.pods.pod.labels;
        let selects = !service.selector.is_empty()
            && service
                .selector
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value));
        if !selects {
            verdict.found(
                Finding::new(
                    member.ring,
                    format!(
                        "Service `{name}` does not select the pods of {}",
                        members::title(member.ring)
                    ),
                )
                .at(view.place(object))
                .label(view.place(member.object), "these pods")
                .why("the others do not find them, and so send them nothing")
                .help("let the selector and the pods' labels agree; charts use `app.kubernetes.io/part-of: memberlist`"),
            );
        }
    }
}

/// Returns what a Service lacks to be joined by.
fn lacking(service: &Service, port: u32) -> Option<String> {
    if !service.is_headless {
        Some("is not headless: it stands for one pod at a time".to_owned())
    } else if !service.publishes_not_ready {
        Some("leaves out pods that are not ready".to_owned())
    } else if service.ports.iter().all(|open| open.number != port) {
        Some(format!("has no port {port}"))
    } else {
        None
    }
}

/// Looks for policies that select members and leave the port of gossip closed.
fn policies(view: &View<'_>, port: u32, members: &[Member<'_>], verdict: &mut Verdict<'_>) {
    for member in members {
        let selecting: Vec<(&Object, &NetworkPolicy)> = view
            .objects()
            .filter_map(|object| match &object.body {
                Body::NetworkPolicy(policy) => Some((object, &**policy)),
                _ => None,
            })
            .filter(|(_, policy)| policy.pods.matches(&member.pods.pod.labels))
            .collect();
        for (direction, word) in [(Direction::Ingress, "into"), (Direction::Egress, "out of")] {
            for protocol in ["TCP", "UDP"] {
                let closing: Vec<_> = selecting
                    .iter()
                    .filter(|(_, policy)| direction.is_closed_by(policy))
                    .collect();
                let opens = closing.iter().any(|(_, policy)| {
                    direction
                        .rules(policy)
                        .iter()
                        .any(|rule| opens(rule, port, protocol, member.pods))
                });
                let Some((object, _)) = closing.first().filter(|_| !opens) else {
                    continue;
                };
                let finding = Finding::new(
                    member.ring,
                    format!(
                        "no NetworkPolicy lets gossip {word} the pods of {} on port {port} over {protocol}",
                        members::title(member.ring)
                    ),
                )
                .at(view.place(object))
                .help(format!("add a rule for port {port} between the pods of the namespace"));
                verdict.found(if protocol == "TCP" {
                    finding.why("a policy that selects a pod closes all that no policy opens, so this member stays alone")
                } else {
                    finding
                        .why("Tempo, Mimir and Loki gossip over TCP alone; only a program with memberlist's own transport needs UDP")
                        .weighing(UDP)
                });
            }
        }
    }
}

/// What is closed and needed by nobody here.
const UDP: Severities = Severities {
    prod: Some(Severity::Info),
    test: Some(Severity::Info),
    dev: None,
};

/// Which way a policy looks.
#[derive(Clone, Copy)]
enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    /// Returns whether a policy closes what it does not open.
    ///
    /// Source: Kubernetes API reference, `NetworkPolicySpec.policyTypes`: without types a policy is about what comes
    /// in, and about what goes out where it has rules for that.
    fn is_closed_by(self, policy: &NetworkPolicy) -> bool {
        let named = |word: &str| policy.types.iter().any(|kind| **kind == *word);
        match self {
            Self::Ingress => policy.types.is_empty() || named("Ingress"),
            Self::Egress => {
                named("Egress") || (policy.types.is_empty() && !policy.egress.is_empty())
            }
        }
    }

    fn rules(self, policy: &NetworkPolicy) -> &[NetworkRule] {
        match self {
            Self::Ingress => &policy.ingress,
            Self::Egress => &policy.egress,
        }
    }
}

/// Returns whether a rule lets members of a ring speak to each other.
fn opens(rule: &NetworkRule, port: u32, protocol: &str, pods: &Pods) -> bool {
    // A peer that is no selector of pods, such as a whole namespace, may well hold them.
    let peers = rule.anywhere
        || rule.pods.is_empty()
        || rule
            .pods
            .iter()
            .any(|selector| selector.matches(&pods.pod.labels));
    let ports = rule.ports.is_empty()
        || rule
            .ports
            .iter()
            .any(|open| opens_port(open, port, protocol, pods));
    peers && ports
}

fn opens_port(open: &PolicyPort, port: u32, protocol: &str, pods: &Pods) -> bool {
    if open.protocol.as_deref().unwrap_or("TCP") != protocol {
        return false;
    }
    let Some(said) = open.port.as_deref() else {
        return true;
    };
    match said.parse::<u32>() {
        Ok(first) => (first..=open.end.unwrap_or(first)).contains(&port),
        Err(_) => pods
            .pod
            .containers
            .iter()
            .flat_map(|container| container.ports.iter())
            .any(|named| named.name.as_deref() == Some(said) && named.number == port),
    }
}

#[cfg(test)]
mod tests {
    use super::super::split_ring::RULE;
    use super::*;
    use crate::manifest::Reader;
    use crate::policy::Check;
    use crate::policy::tests::{look, prod};
    use crate::workload::Form;

    const PODS: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: mimir-ingester}
spec:
  template:
    metadata: {labels: {app.kubernetes.io/part-of: memberlist, role: ingester}}
    spec: {containers: [{name: ingester, image: x, ports: [{name: gossip, containerPort: 7946}]}]}
";
    const SERVICE: &str = "
---
apiVersion: v1
kind: Service
metadata: {name: mimir-gossip-ring}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector: {app.kubernetes.io/part-of: memberlist}
  ports: [{name: gossip, port: 7946}]
";
    const POLICY: &str = "
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {}}], ports: [{port: http}]}]
";

    /// Asks about a stream of an environment with Mimir.
    fn asked(stream: &str) -> Vec<String> {
        let mut reader = Reader::new("stream");
        reader.feed(stream);
        let manifests = reader.finish();
        assert!(
            manifests.diagnostics.is_empty(),
            "{:?}",
            manifests.diagnostics
        );
        look(&prod("mimir", ""), |facts| {
            let facts = Facts {
                form: Form::Rendered,
                manifests: Some(&manifests),
                ..*facts
            };
            let Check::EnvironmentAndProject(check, _) = RULE.check else {
                panic!("it looks at both");
            };
            let mut verdict = Verdict::new(&RULE, facts.tier, true);
            check(&facts, &mut verdict);
            verdict
                .findings
                .iter()
                .map(|(_, found)| format!("{}: {}", found.severity.name(), found.message))
                .collect()
        })
    }

    #[test]
    fn a_headless_service_that_selects_them_passes() {
        assert_eq!(asked(&format!("{PODS}{SERVICE}")), Vec::<String>::new());
    }

    #[test]
    fn a_service_that_cannot_be_joined_by_fails() {
        assert_eq!(
            asked(PODS),
            ["error: no Service `mimir-gossip-ring` is there for mimir to join by"]
        );
        for (from, to, said) in [
            (
                "clusterIP: None",
                "clusterIP: 10.0.0.1",
                "is not headless: it stands for one pod at a time",
            ),
            (
                "publishNotReadyAddresses: true",
                "publishNotReadyAddresses: false",
                "leaves out pods that are not ready",
            ),
            ("port: 7946", "port: 80", "has no port 7946"),
        ] {
            assert_eq!(
                asked(&format!("{PODS}{}", SERVICE.replace(from, to))),
                [format!(
                    "error: Service `mimir-gossip-ring`, which mimir joins by, {said}"
                )]
            );
        }
        assert_eq!(
            asked(&format!(
                "{PODS}{}",
                SERVICE.replace("part-of: memberlist", "part-of: other")
            )),
            ["error: Service `mimir-gossip-ring` does not select the pods of mimir ingester"]
        );
    }

    #[test]
    fn a_policy_that_leaves_the_port_closed_fails() {
        assert_eq!(
            asked(&format!("{PODS}{SERVICE}{POLICY}")),
            [
                "error: no NetworkPolicy lets gossip into the pods of mimir ingester on port 7946 over TCP",
                "info: no NetworkPolicy lets gossip into the pods of mimir ingester on port 7946 over UDP",
            ]
        );
        for open in [
            "[{port: gossip}, {port: 7946, protocol: UDP}]",
            "[{port: 7000, endPort: 8000}, {protocol: UDP}]",
        ] {
            let policy = POLICY.replace("[{port: http}]", open);
            assert_eq!(
                asked(&format!("{PODS}{SERVICE}{policy}")),
                Vec::<String>::new(),
                "{open}"
            );
        }
    }
}
