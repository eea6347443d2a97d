//! `replication/split-ring` (HW-HA-009): members that do not find each other, or find those of another environment.

use std::collections::BTreeMap;

use super::{gossip, members};
use crate::components::{Release, Ring};
use crate::policy::{
    Check, Digest, Facts, Finding, GossipDigest, Rule, Severities, Subject, Verdict,
};
use crate::workload::Form;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/split-ring",
    entry: "HW-HA-009",
    summary: "All members of a ring find each other, and nobody else",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "A ring with more than one pod around it has a join address; every address names a Service in the release's own namespace; and its gossip has a label, which no other environment in the same cluster uses for that component. In manifests the Service is there, is headless, names pods that are not ready, has the port, and selects the pods of every ring of its component; and no NetworkPolicy closes that port over TCP. Gossip in Tempo, Mimir and Loki goes over TCP alone, so a closed UDP port is only worth knowing. The charts write one configuration for all roles of a backend, so replication factor and zones cannot differ between writer and reader; arguments of single roles are not looked at.",
    why: "Members that do not find each other are several small rings, each with a quorum of its own. Two environments that gossip into one ring write the data of one into pods of the other.",
    source: "dskit, memberlist configuration (`join_members`, `cluster_label`) and its TCP transport; Mimir's help of `-ingester.ring.*`: all components must agree on replication factor and heartbeat timeout.",
    fix: "Remove the override: each backend's address and label are written once, from the release's name, namespace and environment.",
    passes: "mimir: {}   # dns+mimir-gossip-ring.obs-prod.svc.cluster.local.:7946, label mimir-prod",
    fails: "mimir: {values: {mimir: {structuredConfig: {memberlist: {join_members: ['dns+mimir-gossip-ring.obs-test.svc:7946']}}}}}",
    check: Check::EnvironmentAndProject(check, compare),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for (release, described) in facts.releases.iter().zip(facts.described) {
        // All rings of a release gossip together.
        let Some(ring) = described.rings.first() else {
            continue;
        };
        if facts.form == Form::Predicted {
            verdict.applies();
            address(facts, release, ring, verdict);
            label(ring, verdict);
        } else if members::count(facts, ring).is_some() {
            verdict.applies();
            gossip::check(facts, release, &described.rings, verdict);
        }
    }
    verdict.lacks(if facts.environment.is_none() {
        "no environment, and so no rings"
    } else {
        "no ring runs"
    });
}

fn address(facts: &Facts<'_>, release: &Release, ring: &Ring, verdict: &mut Verdict<'_>) {
    let alone = ring.members < 2
        && facts
            .workloads
            .iter()
            .filter(|workload| workload.component == ring.component)
            .all(|workload| workload.role == ring.role);
    if ring.join.is_empty() && !alone {
        verdict.found(
            Finding::new(
                ring,
                format!(
                    "the pods of {} have no address to join each other by",
                    members::title(ring)
                ),
            )
            .at(Some(if members::is_fixed(facts, ring) {
                ring.place.clone()
            } else {
                ring.gossip_place.clone()
            }))
            .why("each starts a ring of its own: what one was sent the others do not find")
            .help(if members::is_fixed(facts, ring) {
                format!(
                    "run one pod, or choose a variant of `{}` whose pods form a ring",
                    ring.component
                )
            } else {
                "remove the override, so that the chart's own headless Service is joined".to_owned()
            }),
        );
    }
    for host in &ring.join {
        let Some(namespace) = Address::read(host).namespace else {
            continue;
        };
        if namespace != release.namespace {
            verdict.found(
                Finding::new(
                    Subject::component(&ring.component),
                    format!(
                        "{} joins a ring in namespace `{namespace}`, and runs in `{}`",
                        ring.component, release.namespace
                    ),
                )
                .at(Some(ring.gossip_place.clone()))
                .why(format!("`{host}` names pods of somebody else: data of this environment would be written there, and theirs here"))
                .help("remove the override; the address is made from the release's name and namespace"),
            );
        }
    }
}

fn label(ring: &Ring, verdict: &mut Verdict<'_>) {
    if ring.gossip_label.is_none() && !ring.join.is_empty() {
        verdict.found(
            Finding::new(
                Subject::component(&ring.component),
                format!("the gossip of {} has no label", ring.component),
            )
            .at(Some(ring.gossip_place.clone()))
            .why("a pod takes in whoever speaks to it: once another ring's pod gets an address that was known here, two rings become one")
            .help("remove the override; the label is made from the release's and the environment's name"),
        );
    }
}

/// Looks for two environments in one cluster whose gossip has the same label.
fn compare(environments: &[&Digest], verdict: &mut Verdict<'_>) {
    /// Who uses a label, by cluster, component and label.
    type Users<'a> = BTreeMap<(&'a str, &'a str, &'a str), Vec<(&'a Digest, &'a GossipDigest)>>;
    let mut known = Users::new();
    for &one in environments {
        for gossip in &one.gossip {
            let key = (
                one.cluster.as_str(),
                gossip.component.as_str(),
                gossip.label.as_str(),
            );
            let earlier = known.entry(key).or_default();
            // In one namespace they would be the same release, or the clusters are two without names.
            let other = earlier
                .iter()
                .find(|(_, first)| first.namespace != gossip.namespace)
                .copied();
            let Some((other, first)) = other else {
                // Any one of a namespace stands for all of it.
                if earlier.is_empty() {
                    earlier.push((one, gossip));
                }
                continue;
            };
            verdict.found(
                Finding::new(
                    Subject::component(&gossip.component),
                    format!(
                        "the gossip of {} has the label `{}` in `{}` and in `{}`",
                        gossip.component, gossip.label, other.environment, one.environment
                    ),
                )
                .label(Some(gossip.place.clone()), format!("in `{}`", one.environment))
                .label(Some(first.place.clone()), format!("in `{}`", other.environment))
                .why("addresses of pods come back in a cluster: once a pod of one environment has an address that the other knew, two rings become one")
                .help("remove the override; the label is made from the release's and the environment's name")
                .in_environment(&one.environment)
                .in_environment(&other.environment),
            );
        }
    }
    if environments.iter().any(|one| !one.gossip.is_empty()) {
        verdict.applies();
    }
}

/// An address that members join by: `dns+mimir-gossip-ring.obs-prod.svc.cluster.local.:7946`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// The Service's name.
    pub(super) service: &'a str,
    /// Its namespace, where the address says it.
    pub(super) namespace: Option<&'a str>,
    /// The port, where the address says it.
    pub(super) port: Option<u32>,
}

impl<'a> Address<'a> {
    /// Reads an address; of one outside the cluster's domain the namespace is not known.
    pub(super) fn read(text: &'a str) -> Self {
        let bare = text.rsplit_once('+').map_or(text, |(_, bare)| bare);
        let (host, port) = match bare.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (bare, None),
        };
        let mut labels = host.trim_end_matches('.').split('.');
        let service = labels.next().unwrap_or_default();
        let namespace = match (labels.next(), labels.next()) {
            (Some(namespace), None | Some("svc")) => Some(namespace),
            _ => None,
        };
        Self {
            service,
            namespace,
            port,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, compared, environment, prod};

    fn memberlist(tier: &str, text: &str) -> String {
        format!(
            "{}    values: {{mimir: {{structuredConfig: {{memberlist: {{{text}}}}}}}}}\n",
            environment(tier, "mimir", "")
        )
    }

    #[test]
    fn what_is_written_without_overrides_passes() {
        for component in ["mimir", "loki", "tempo"] {
            let text = prod(component, "");
            assert_eq!(asked(&RULE, &text), Vec::<String>::new());
            assert!(applies(&RULE, &text));
        }
        assert!(!applies(&RULE, &prod("traefik", "")));
    }

    #[test]
    fn the_ring_of_another_namespace_fails_by_tier() {
        let join = "join_members: ['dns+mimir-gossip-ring.team-other.svc:7946']";
        assert_eq!(
            asked(&RULE, &memberlist("prod", join)),
            ["error: mimir joins a ring in namespace `team-other`, and runs in `team-prod`"]
        );
        assert!(asked(&RULE, &memberlist("test", join))[0].starts_with("warning: "));
        assert!(asked(&RULE, &memberlist("dev", join)).is_empty());
    }

    #[test]
    fn no_address_and_no_label_fail() {
        assert_eq!(
            asked(&RULE, &memberlist("prod", "join_members: []")),
            ["error: the pods of mimir ingester have no address to join each other by"]
        );
        assert_eq!(
            asked(&RULE, &memberlist("prod", "cluster_label: ''")),
            ["error: the gossip of mimir has no label"]
        );
    }

    #[test]
    fn two_pods_of_one_process_do_not_find_each_other() {
        let text = prod("tempo", "") + "    variant: monolithic\n    values: {replicas: 2}\n";
        assert_eq!(
            asked(&RULE, &text),
            ["error: the pods of tempo have no address to join each other by"]
        );
    }

    #[test]
    fn one_label_in_two_environments_fails() {
        let label = "cluster_label: mimir";
        let (prod, test) = (memberlist("prod", label), memberlist("test", label));
        assert_eq!(
            compared(&RULE, &[&prod, &test]),
            ["error: the gossip of mimir has the label `mimir` in `prod` and in `test`"]
        );
        assert_eq!(
            compared(
                &RULE,
                &[&prod, &memberlist("test", "cluster_label: mimir-test")]
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn addresses_are_taken_apart() {
        for (text, service, namespace, port) in [
            (
                "dns+a-gossip-ring.obs.svc.cluster.local.:7946",
                "a-gossip-ring",
                Some("obs"),
                Some(7946),
            ),
            (
                "dns+tempo-gossip-ring:7946",
                "tempo-gossip-ring",
                None,
                Some(7946),
            ),
            (
                "loki-memberlist.obs.svc.cluster.local",
                "loki-memberlist",
                Some("obs"),
                None,
            ),
            (
                "dnssrv+_gossip._tcp.ring.example.org",
                "_gossip",
                None,
                None,
            ),
            ("a.b", "a", Some("b"), None),
            ("", "", None, None),
        ] {
            let address = Address::read(text);
            assert_eq!(
                (address.service, address.namespace, address.port),
                (service, namespace, port)
            );
        }
    }
}
