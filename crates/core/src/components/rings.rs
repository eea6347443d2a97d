//! The rings that Tempo, Mimir and Loki form, and the Raft group of Pyroscope's index: how many members, how many copies, and where they find each other.
//!
//! The numbers are those that our templates write; an override of the chart's own path wins, as it does in the values.

use super::described::{Ring, RingPurpose};
use super::loki::LokiSettings;
use super::mimir::MimirSettings;
use super::scope::Scope;
use super::settings;
use super::tempo::TempoSettings;
use crate::sizing::quorum::{Architecture, Backend};
use crate::source::Location;
use crate::yaml::{Node, Value};

/// The port of gossip where nothing else is said.
///
/// Source: dskit's memberlist configuration, which all three share.
const GOSSIP_PORT: u32 = 7946;

/// How many zones a chart makes where zones are on and their list is not overridden.
const CHART_ZONES: u32 = 3;

/// What one ring is, before overrides.
struct Plan<'a> {
    /// The role whose pods are its members.
    role: &'a str,
    purpose: RingPurpose,
    architecture: Architecture,
    /// The number of copies that our template writes.
    factor: u32,
    /// Whether the setting `replicationFactor` decides it.
    by_setting: bool,
    paths: Paths<'a>,
}

/// Where the chart keeps what decides a ring, the strongest first.
#[derive(Default)]
struct Paths<'a> {
    /// The number of copies.
    factor: &'a [&'a str],
    /// The number of pods.
    replicas: &'a str,
    /// The chart's switch that makes one StatefulSet for each zone.
    zones: Option<&'a str>,
    /// The program's own switch for zones.
    aware: &'a [&'a str],
}

/// How members find each other.
struct Gossip {
    label: Option<String>,
    join: Vec<String>,
    place: Location,
}

impl Gossip {
    /// Takes what our templates and the chart write, and what overrides say instead; the first of these is the place.
    fn new(
        scope: &Scope<'_>,
        usual: (Option<String>, Vec<String>),
        labels: &[&str],
        joins: &[&str],
    ) -> Self {
        let (label, join) = (first(scope, labels), first(scope, joins));
        Self {
            label: label.map_or(usual.0, text),
            join: join.map_or(usual.1, list),
            place: match label.or(join) {
                Some(node) => node.location.clone(),
                None => scope
                    .environment
                    .key_location(&format!("components.{}", scope.release.component)),
            },
        }
    }
}

/// Returns the rings of Tempo: ingesters, or in Tempo 3 live-stores.
pub(super) fn tempo(scope: &Scope<'_>) -> Vec<Ring> {
    let settings: TempoSettings = scope.settings(&mut Vec::new());
    let label = format!("{}.{}", scope.release.name, scope.release.namespace);
    if scope.release.variant == "monolithic" {
        let plan = Plan {
            role: "tempo",
            purpose: RingPurpose::Writes,
            architecture: Architecture::Classic,
            // Run as one process, Tempo keeps its ring in memory, with itself as the only member.
            factor: 1,
            by_setting: false,
            paths: Paths {
                factor: &["tempo.ingester.lifecycler.ring.replication_factor"],
                replicas: "replicas",
                ..Paths::default()
            },
        };
        let gossip = Gossip::new(scope, (Some(label), Vec::new()), &[], &[]);
        return ring(scope, Backend::Tempo, &plan, &gossip)
            .into_iter()
            .collect();
    }
    let port = number(
        scope,
        &[
            "tempo.structuredConfig.memberlist.bind_port",
            "memberlist.bind_port",
        ],
    )
    .unwrap_or(GOSSIP_PORT);
    let join = format!("dns+{}-gossip-ring:{port}", scope.release.fullname);
    let gossip = Gossip::new(
        scope,
        (Some(label), vec![join]),
        &[
            "tempo.structuredConfig.memberlist.cluster_label",
            "memberlist.cluster_label",
        ],
        &["tempo.structuredConfig.memberlist.join_members"],
    );
    let plan = if scope.release.variant == "distributed-3" {
        Plan {
            role: "live-store",
            purpose: RingPurpose::Writes,
            architecture: Architecture::Kafka,
            factor: 1,
            by_setting: false,
            paths: Paths {
                replicas: "liveStore.replicas",
                ..Paths::default()
            },
        }
    } else {
        Plan {
            role: "ingester",
            purpose: RingPurpose::Writes,
            architecture: Architecture::Classic,
            factor: settings::replication_factor(scope, "ingester", settings.replication_factor),
            by_setting: settings.replication_factor.is_some(),
            paths: Paths {
                factor: &[
                    "tempo.structuredConfig.ingester.lifecycler.ring.replication_factor",
                    "ingester.config.replication_factor",
                ],
                replicas: "ingester.replicas",
                zones: Some("ingester.zoneAwareReplication"),
                aware: &["tempo.structuredConfig.ingester.lifecycler.ring.zone_awareness_enabled"],
            },
        }
    };
    ring(scope, Backend::Tempo, &plan, &gossip)
        .into_iter()
        .collect()
}

/// Returns the rings of Mimir: ingesters, store-gateways, alertmanagers.
pub(super) fn mimir(scope: &Scope<'_>) -> Vec<Ring> {
    let settings: MimirSettings = scope.settings(&mut Vec::new());
    let kafka = scope
        .overridden_switch("mimir.structuredConfig.ingest_storage.enabled")
        .unwrap_or(scope.release.variant == "kafka");
    let port =
        number(scope, &["mimir.structuredConfig.memberlist.bind_port"]).unwrap_or(GOSSIP_PORT);
    let join = format!(
        "dns+{}-gossip-ring.{}.svc.{}:{port}",
        scope.release.fullname,
        scope.release.namespace,
        settings::rooted_domain(scope)
    );
    let gossip = Gossip::new(
        scope,
        (Some(settings::ring_label(scope)), vec![join]),
        &["mimir.structuredConfig.memberlist.cluster_label"],
        &["mimir.structuredConfig.memberlist.join_members"],
    );
    let plans = [
        Plan {
            role: "ingester",
            purpose: RingPurpose::Writes,
            architecture: if kafka {
                Architecture::Kafka
            } else {
                Architecture::Classic
            },
            factor: settings::replication_factor(scope, "ingester", settings.replication_factor),
            by_setting: settings.replication_factor.is_some(),
            paths: Paths {
                factor: &["mimir.structuredConfig.ingester.ring.replication_factor"],
                replicas: "ingester.replicas",
                zones: Some("ingester.zoneAwareReplication"),
                aware: &["mimir.structuredConfig.ingester.ring.zone_awareness_enabled"],
            },
        },
        Plan {
            role: "store-gateway",
            purpose: RingPurpose::Reads,
            architecture: Architecture::Classic,
            factor: settings::copies_without_quorum(scope, "store-gateway"),
            by_setting: false,
            paths: Paths {
                factor: &["mimir.structuredConfig.store_gateway.sharding_ring.replication_factor"],
                replicas: "store_gateway.replicas",
                zones: Some("store_gateway.zoneAwareReplication"),
                aware: &[
                    "mimir.structuredConfig.store_gateway.sharding_ring.zone_awareness_enabled",
                ],
            },
        },
        Plan {
            role: "alertmanager",
            purpose: RingPurpose::Alerts,
            architecture: Architecture::Classic,
            factor: settings::replication_factor(scope, "alertmanager", None),
            by_setting: false,
            paths: Paths {
                factor: &["mimir.structuredConfig.alertmanager.sharding_ring.replication_factor"],
                replicas: "alertmanager.replicas",
                zones: Some("alertmanager.zoneAwareReplication"),
                aware: &[
                    "mimir.structuredConfig.alertmanager.sharding_ring.zone_awareness_enabled",
                ],
            },
        },
    ];
    plans
        .iter()
        .filter_map(|plan| ring(scope, Backend::Mimir, plan, &gossip))
        .collect()
}

/// Returns the rings of Loki: ingesters or whole Lokis, and index-gateways where they form one.
pub(super) fn loki(scope: &Scope<'_>) -> Vec<Ring> {
    let settings: LokiSettings = scope.settings(&mut Vec::new());
    let monolithic = scope.release.variant == "monolithic";
    let role = if monolithic { "loki" } else { "ingester" };
    let gossip = loki_gossip(scope);
    let factor = settings::replication_factor(scope, role, settings.replication_factor);
    let by_setting = settings.replication_factor.is_some();
    let writers = Plan {
        role,
        purpose: RingPurpose::Writes,
        architecture: Architecture::Classic,
        factor,
        by_setting,
        paths: Paths {
            factor: &[
                "loki.structuredConfig.ingester.lifecycler.ring.replication_factor",
                "loki.ingester.lifecycler.ring.replication_factor",
                "loki.structuredConfig.common.replication_factor",
                "loki.commonConfig.replication_factor",
            ],
            replicas: if monolithic {
                "singleBinary.replicas"
            } else {
                "ingester.replicas"
            },
            zones: (!monolithic).then_some("ingester.zoneAwareReplication"),
            aware: &[
                "loki.structuredConfig.ingester.lifecycler.ring.zone_awareness_enabled",
                "loki.ingester.lifecycler.ring.zone_awareness_enabled",
            ],
        },
    };
    let mut rings: Vec<Ring> = ring(scope, Backend::Loki, &writers, &gossip)
        .into_iter()
        .collect();
    // The chart's index-gateways know nothing of each other unless they are told to.
    let mode = first(
        scope,
        &[
            "loki.structuredConfig.index_gateway.mode",
            "loki.index_gateway.mode",
        ],
    );
    if mode.and_then(Node::as_str) == Some("ring") {
        let readers = Plan {
            role: "index-gateway",
            purpose: RingPurpose::Reads,
            architecture: Architecture::Classic,
            factor,
            by_setting,
            paths: Paths {
                factor: &[
                    "loki.structuredConfig.index_gateway.ring.replication_factor",
                    "loki.index_gateway.ring.replication_factor",
                    "loki.structuredConfig.common.replication_factor",
                    "loki.commonConfig.replication_factor",
                ],
                replicas: "indexGateway.replicas",
                ..Paths::default()
            },
        };
        rings.extend(ring(scope, Backend::Loki, &readers, &gossip));
    }
    rings
}

/// Returns the Raft group that keeps Pyroscope's index: every member holds all of it, and a majority decides.
///
/// All pods of the release gossip, the members among them, by a label and a Service that the chart makes.
pub(super) fn pyroscope(scope: &Scope<'_>) -> Vec<Ring> {
    let monolithic = scope.release.variant == "monolithic";
    let (role, replicas, suffix) = if monolithic {
        ("pyroscope", "pyroscope.replicaCount", "")
    } else {
        let path = "architecture.microservices.v2.metastore.replicaCount";
        ("metastore", path, "-micro-services")
    };
    let release = scope.release;
    let join = format!(
        "dns+{}-memberlist.{}.svc.{}:{GOSSIP_PORT}",
        release.fullname,
        release.namespace,
        settings::rooted_domain(scope)
    );
    let label = format!("{}-{}{suffix}", release.namespace, release.fullname);
    let gossip = Gossip::new(scope, (Some(label), vec![join]), &[], &[]);
    let plan = Plan {
        role,
        purpose: RingPurpose::Writes,
        architecture: Architecture::Classic,
        factor: scope
            .overridden_number(replicas)
            .unwrap_or_else(|| scope.replicas(role)),
        by_setting: false,
        paths: Paths {
            replicas,
            ..Paths::default()
        },
    };
    ring(scope, Backend::Raft, &plan, &gossip)
        .into_iter()
        .collect()
}

/// Returns how members of Loki find each other: `memberlistConfig` replaces all that the chart says of it.
fn loki_gossip(scope: &Scope<'_>) -> Gossip {
    let whole = scope
        .overridden("loki.memberlistConfig")
        .and_then(Node::as_map)
        .is_some_and(|map| !map.is_empty());
    let own = if whole {
        "loki.memberlistConfig"
    } else {
        "loki.extraMemberlistConfig"
    };
    let service = scope
        .overridden("memberlist.service.name")
        .and_then(text)
        .unwrap_or_else(|| format!("{}-memberlist", scope.release.fullname));
    let join = format!(
        "{service}.{}.svc.{}",
        scope.release.namespace, scope.environment.model.cluster.domain
    );
    let structured = "loki.structuredConfig.memberlist";
    let labels = [
        format!("{structured}.cluster_label"),
        format!("{own}.cluster_label"),
    ];
    let joins = [
        format!("{structured}.join_members"),
        format!("{own}.join_members"),
    ];
    let usual = if whole {
        (None, Vec::new())
    } else {
        (Some(settings::ring_label(scope)), vec![join])
    };
    Gossip::new(
        scope,
        usual,
        &labels.each_ref().map(String::as_str),
        &joins.each_ref().map(String::as_str),
    )
}

/// Makes a ring of its plan and the overrides; none where its role does not run.
fn ring(scope: &Scope<'_>, backend: Backend, plan: &Plan<'_>, gossip: &Gossip) -> Option<Ring> {
    let paths = &plan.paths;
    let overridden = scope.overridden_number(paths.replicas);
    let members = overridden.unwrap_or(scope.role(plan.role)?.replicas);
    if members == 0 {
        return None;
    }
    let factor = first(scope, paths.factor);
    Some(Ring {
        component: scope.release.component.to_owned(),
        role: plan.role.to_owned(),
        backend,
        architecture: plan.architecture,
        purpose: plan.purpose,
        replication_factor: factor.and_then(whole).unwrap_or(plan.factor),
        members,
        zones: zones(scope, paths),
        gossip_label: gossip.label.clone(),
        join: gossip.join.clone(),
        gossip_place: gossip.place.clone(),
        place: place(scope, plan, factor),
    })
}

/// Returns where a ring's replication factor is decided: the override's line, the setting, or what it was made from.
fn place(scope: &Scope<'_>, plan: &Plan<'_>, factor: Option<&Node>) -> Location {
    if let Some(node) = factor {
        return node.location.clone();
    }
    if plan.by_setting {
        return scope.location("settings.replicationFactor");
    }
    match scope.overridden(plan.paths.replicas) {
        Some(node) => node.location.clone(),
        None => scope.environment.key_location(&format!(
            "components.{}.roles.{}.replicas",
            scope.release.component, plan.role
        )),
    }
}

/// Returns how many zones a ring knows; none where it does not look at zones. Our templates switch them off.
fn zones(scope: &Scope<'_>, paths: &Paths<'_>) -> Option<u32> {
    let split = paths
        .zones
        .is_some_and(|path| scope.overridden_switch(&format!("{path}.enabled")) == Some(true));
    let aware = first(scope, paths.aware).map_or(split, |node| node.value == Value::Bool(true));
    if !aware {
        return None;
    }
    if !split {
        // Members that are told no zone of their own are all in the same one.
        return Some(1);
    }
    let list = paths
        .zones
        .and_then(|path| scope.overridden(&format!("{path}.zones")));
    Some(match list.map(|node| &node.value) {
        Some(Value::List(zones)) => u32::try_from(zones.len()).unwrap_or(u32::MAX),
        _ => CHART_ZONES,
    })
}

/// Returns the first override that there is.
fn first<'a>(scope: &Scope<'a>, paths: &[&str]) -> Option<&'a Node> {
    paths.iter().find_map(|path| scope.overridden(path))
}

fn whole(node: &Node) -> Option<u32> {
    match node.value {
        Value::Integer(number) => u32::try_from(number).ok(),
        _ => None,
    }
}

fn number(scope: &Scope<'_>, paths: &[&str]) -> Option<u32> {
    first(scope, paths).and_then(whole)
}

/// Returns a text; an empty one is none.
fn text(node: &Node) -> Option<String> {
    let text = node.as_str().unwrap_or_default();
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// Returns a list of texts.
fn list(node: &Node) -> Vec<String> {
    match &node.value {
        Value::List(nodes) => nodes
            .iter()
            .filter_map(Node::as_str)
            .map(str::to_owned)
            .collect(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
