//! Which component and role an object is.

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::components::{Manifest, Release, RoleManifest};
use crate::environment::{Kind, PolicyClass};
use crate::manifest::{Container, Object, Pods};

const NAME: &str = "app.kubernetes.io/name";
const COMPONENT: &str = "app.kubernetes.io/component";

/// What an object is.
pub(super) struct Identity<'a> {
    pub(super) component: String,
    pub(super) role: String,
    pub(super) kind: Option<Kind>,
    pub(super) class: Option<PolicyClass>,
    pub(super) zone: Option<String>,
    pub(super) release: Option<&'a Release>,
    /// The role table's entry.
    pub(super) facts: Option<&'a RoleManifest>,
    /// How many pods the release says.
    pub(super) replicas: Option<u32>,
}

/// What objects are recognised by.
pub(super) struct Known<'a> {
    pub(super) releases: &'a [Release],
    pub(super) catalog: &'a Catalog,
}

/// Programs that we do not install and rules know all the same: by the name in a label or of an image, with the class
/// and the kind of their pods.
const OTHERS: [(&str, PolicyClass, Kind); 12] = [
    ("grafana", PolicyClass::Ui, Kind::Ui),
    ("nginx-ingress-controller", PolicyClass::Edge, Kind::Edge),
    ("ingress-nginx", PolicyClass::Edge, Kind::Edge),
    // A plain haproxy or envoy balances what is inside another release, such as a Redis, as often as what comes in.
    ("haproxy-ingress", PolicyClass::Edge, Kind::Edge),
    ("promtail", PolicyClass::Collector, Kind::Collector),
    ("fluent-bit", PolicyClass::Collector, Kind::Collector),
    ("vector", PolicyClass::Collector, Kind::Collector),
    ("node-exporter", PolicyClass::Collector, Kind::Collector),
    (
        "prometheus-node-exporter",
        PolicyClass::Collector,
        Kind::Collector,
    ),
    ("grafana-agent", PolicyClass::Collector, Kind::Collector),
    (
        "opentelemetry-collector",
        PolicyClass::Collector,
        Kind::Collector,
    ),
    ("k8s-monitoring", PolicyClass::Collector, Kind::Collector),
];

/// Roles of backends that no variant of ours has.
const ROLES: [(&str, Kind); 19] = [
    ("write", Kind::Ingester),
    ("segment-writer", Kind::Ingester),
    ("live-store", Kind::Ingester),
    ("single-binary", Kind::Ingester),
    ("read", Kind::Stateless),
    ("distributor", Kind::Stateless),
    ("querier", Kind::Stateless),
    ("query-frontend", Kind::Stateless),
    ("query-scheduler", Kind::Stateless),
    ("query-backend", Kind::Stateless),
    ("ruler-querier", Kind::Stateless),
    ("ruler-query-frontend", Kind::Stateless),
    ("ruler-query-scheduler", Kind::Stateless),
    ("ingester", Kind::Ingester),
    ("store-gateway", Kind::StoreGateway),
    ("compactor", Kind::Batch),
    ("compaction-worker", Kind::Batch),
    ("backend", Kind::Batch),
    ("alertmanager", Kind::Alerting),
];

impl<'a> Known<'a> {
    /// Says which component and role an object is.
    pub(super) fn identify(&self, object: &Object, pods: &Pods) -> Identity<'a> {
        self.by_release(object, pods)
            .or_else(|| self.by_catalog(object, pods))
            .unwrap_or_else(|| other(object, pods))
    }

    /// Looks for the workload names of the releases.
    fn by_release(&self, object: &Object, pods: &Pods) -> Option<Identity<'a>> {
        let mut best: Option<(usize, Identity<'a>)> = None;
        for release in self.releases {
            let elsewhere = object.namespace.as_deref();
            if elsewhere.is_some_and(|namespace| namespace != release.namespace) {
                continue;
            }
            let Some(manifest) = self.catalog.manifest(&release.component) else {
                continue;
            };
            let Some(variant) = manifest.variants.get(&release.variant) else {
                continue;
            };
            for (role, facts) in &variant.roles {
                let name = facts.workload_name(release);
                let Some(zone) = zone_behind(&object.name, &name, pods) else {
                    continue;
                };
                // A longer name says more: `tempo-query-frontend` before `tempo`.
                if best
                    .as_ref()
                    .is_some_and(|(length, _)| *length >= name.len())
                {
                    continue;
                }
                let identity = Identity {
                    component: release.component.to_owned(),
                    role: role.clone(),
                    kind: Some(facts.kind),
                    class: Some(manifest.policy_class),
                    zone,
                    release: Some(release),
                    facts: Some(facts),
                    replicas: release.roles.get(role).map(|role| role.replicas),
                };
                best = Some((name.len(), identity));
            }
        }
        best.map(|(_, identity)| identity)
    }

    /// Looks for the components that we know by labels, targets, names of containers and images.
    fn by_catalog(&self, object: &Object, pods: &Pods) -> Option<Identity<'a>> {
        let manifests = self.catalog.manifests();
        let manifest =
            names(object, pods).find_map(|name| manifest_of(manifests.values(), name))?;
        let release = self
            .releases
            .iter()
            .find(|release| release.component == manifest.id)
            .filter(|release| {
                object
                    .namespace
                    .as_deref()
                    .is_none_or(|one| one == release.namespace)
            });
        let roles = || {
            manifest
                .variants
                .values()
                .flat_map(|variant| &variant.roles)
        };
        let mut words = role_words(object, pods, &manifest.id);
        let found = words.iter().find_map(|(word, zone)| {
            let is_program = |facts: &RoleManifest| facts.pod.container.as_ref() == Some(word);
            let known = roles().find(|(role, _)| *role == word);
            let known = known.or_else(|| roles().find(|(_, facts)| is_program(facts)));
            if let Some((role, facts)) = known {
                return Some((role.clone(), Some(facts), facts.kind, zone.clone()));
            }
            let (role, kind) = ROLES.iter().find(|(role, _)| role == word)?;
            Some(((*role).to_owned(), None, *kind, zone.clone()))
        });
        let (role, facts, kind, zone) = match found {
            Some((role, facts, kind, zone)) => (role, facts, Some(kind), zone),
            None => {
                let is_cache = words.iter().any(|(word, _)| is_cache(word));
                let role = if words.is_empty() {
                    object.name.to_string()
                } else {
                    words.swap_remove(0).0
                };
                (role, None, is_cache.then_some(Kind::Stateless), None)
            }
        };
        Some(Identity {
            component: manifest.id.clone(),
            role,
            kind,
            class: Some(manifest.policy_class),
            zone,
            release,
            facts,
            replicas: None,
        })
    }
}

/// Returns what nobody knows, by the names it bears.
fn other(object: &Object, pods: &Pods) -> Identity<'static> {
    let known = names(object, pods).find_map(|name| OTHERS.iter().find(|(one, ..)| *one == name));
    let kind = known.map(|(_, _, kind)| *kind);
    let label = pods
        .pod
        .labels
        .get(NAME)
        .or_else(|| object.labels.get(NAME));
    let component = match (known, label) {
        (Some((name, ..)), _) => *name,
        (None, Some(label)) => label,
        (None, None) => &object.name,
    };
    Identity {
        component: component.to_owned(),
        role: object.name.to_string(),
        kind,
        class: known.map(|(_, class, _)| *class),
        zone: None,
        release: None,
        facts: None,
        replicas: None,
    }
}

/// Returns what an object may be called by: labels first, then the image of its program; those beside it say nothing.
fn names<'o>(object: &'o Object, pods: &'o Pods) -> impl Iterator<Item = &'o str> {
    let labels = [&pods.pod.labels, &object.labels]
        .into_iter()
        .flat_map(|labels| [labels.get(NAME), labels.get("app")]);
    let program = pods.pod.containers.first();
    let image = program.and_then(|container| image_name(container.image.as_deref()?));
    labels.flatten().chain(image)
}

/// Returns the last part of an image's name: `mimir` of `registry:5000/grafana/mimir:3.0.0@sha256:0`.
fn image_name(image: &str) -> Option<&str> {
    let image = image.split('@').next()?;
    image.rsplit('/').next()?.split(':').next()
}

/// Returns the component that a name stands for; a chart's longer name does, too: `tempo-distributed`.
fn manifest_of<'a>(
    mut manifests: impl Iterator<Item = &'a Manifest>,
    name: &str,
) -> Option<&'a Manifest> {
    manifests.find(|manifest| {
        let charts = manifest
            .variants
            .values()
            .filter_map(|variant| variant.chart.as_deref());
        manifest.id == name || charts.into_iter().any(|chart| chart == name)
    })
}

/// Returns the words that may be the role's name, the surest first, each with the zone behind it.
fn role_words(object: &Object, pods: &Pods, component: &str) -> Vec<(String, Option<String>)> {
    let labels = &pods.pod.labels;
    let label = labels
        .get(COMPONENT)
        .or_else(|| object.labels.get(COMPONENT));
    let flags = pods.pod.containers.iter();
    let target = flags
        .into_iter()
        .find_map(|container| container.flag("target"));
    let behind = object
        .name
        .rsplit_once(component)
        .filter(|_| !component.is_empty())
        .map(|(_, rest)| {
            rest.trim_start_matches("-distributed")
                .trim_start_matches('-')
        });
    let container = pods
        .pod
        .containers
        .first()
        .map(|container| &*container.name);
    let mut words = Vec::new();
    for word in [label, target, behind, container].into_iter().flatten() {
        if word.is_empty() {
            continue;
        }
        // Charts write `ingester-zone-a` where they mean the ingester of a zone.
        let (word, zone) = match word.split_once("-zone-") {
            Some((role, zone)) => (role, Some(format!("zone-{zone}"))),
            None => (word, labels.get("zone").map(str::to_owned)),
        };
        let is_all = matches!(word, "all" | "single-binary" | "scalable-single-binary");
        let word = if is_all && !component.is_empty() {
            component
        } else {
            word
        };
        words.push((word.to_owned(), zone));
    }
    words
}

/// Returns the zone that follows a role's name in an object's; the outer nothing: it is another object.
fn zone_behind(object: &str, role: &str, pods: &Pods) -> Option<Option<String>> {
    let rest = object.strip_prefix(role)?;
    if rest.is_empty() {
        return Some(None);
    }
    let zone = rest.strip_prefix('-')?;
    let label = pods.pod.labels.get("zone");
    (zone.starts_with("zone-") || label == Some(zone)).then(|| Some(zone.to_owned()))
}

fn is_cache(word: &str) -> bool {
    word.ends_with("cache") || word.starts_with("memcached")
}

impl Identity<'_> {
    /// Returns which container the role is about.
    pub(super) fn main(&self, containers: &[Arc<Container>]) -> usize {
        let expected = self
            .facts
            .and_then(|facts| facts.pod.container.as_deref())
            .into_iter()
            .chain([&*self.role, &*self.component]);
        expected
            .into_iter()
            .find_map(|name| {
                containers
                    .iter()
                    .position(|container| *container.name == *name)
            })
            .unwrap_or(0)
    }
}
