//! What rules that compare environments keep of each: small, so that thousands fit.

use super::address::Address;
use super::scene::Occupant;
use crate::components::{Store, StoreBackend};
use crate::environment::{Environment, Kind, Tier};
use crate::source::Location;

/// One environment, as others see it.
#[derive(Clone, Debug)]
pub struct Digest {
    /// Its name.
    pub environment: String,
    /// Its tier.
    pub tier: Tier,
    /// The cluster it runs in: its name, else the domain.
    pub cluster: String,
    /// Its buckets.
    pub buckets: Vec<BucketDigest>,
    /// The object store.
    pub store: Option<StoreDigest>,
    /// Where that is said.
    pub store_place: Location,
    /// What it installs.
    pub releases: Vec<ReleaseDigest>,
    /// Whether it names priority classes at all.
    pub names_classes: bool,
    /// What runs, with its priority.
    pub workloads: Vec<WorkloadDigest>,
    /// The gossip of its rings, one for each component that has rings.
    pub gossip: Vec<GossipDigest>,
    /// Differences of versions that are meant: component and last day.
    pub allowed_skew: Vec<(String, String)>,
    /// What it brings to its cluster, as the simulator of preemption takes it.
    pub occupant: Occupant,
}

/// One bucket, or the part of one below a prefix, as other environments see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketDigest {
    /// The component's id.
    pub component: String,
    /// What is in it, such as `blocks`.
    pub purpose: String,
    /// Its name; with a prefix, `name/prefix`.
    pub name: String,
    /// The object store's endpoint, as it is written.
    pub endpoint: String,
    /// The endpoint in one spelling, by which two are compared.
    pub canonical: String,
    /// Where that is decided.
    pub place: Location,
}

/// An environment's object store, as other environments see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreDigest {
    /// What the environment calls it.
    pub instance: String,
    /// Its endpoint, as it is written.
    pub endpoint: String,
    /// The endpoint in one spelling, by which two are compared.
    pub canonical: String,
    /// The cluster's name; none where nobody says.
    pub cluster: Option<String>,
    /// Whether the endpoint is a Service of the cluster, which another cluster may have as well.
    pub in_cluster: bool,
}

impl StoreDigest {
    fn new(environment: &Environment) -> Option<Self> {
        let store = environment.model.object_store.as_ref()?;
        let canonical = canonical(environment, &store.endpoint);
        let host = canonical.split(':').next().unwrap_or_default();
        Some(Self {
            instance: store.instance.clone(),
            endpoint: store.endpoint.clone(),
            cluster: environment.model.cluster.name.clone(),
            // What has a top level domain has two dots at least, or is no Service.
            in_cluster: host.matches('.').count() == 1,
            canonical,
        })
    }

    /// Returns whether two endpoints are one, however they are written.
    pub fn is_at(&self, other: &Self) -> bool {
        let apart = self.in_cluster
            && matches!((&self.cluster, &other.cluster), (Some(one), Some(other)) if one != other);
        self.canonical == other.canonical && !apart
    }
}

/// Returns an endpoint of the object store in one spelling.
fn canonical(environment: &Environment, endpoint: &str) -> String {
    let tls = environment
        .model
        .object_store
        .as_ref()
        .is_some_and(|store| store.tls);
    Address::read(endpoint).canonical(
        &environment.model.cluster.domain,
        environment.namespace.as_str(),
        if tls { 443 } else { 80 },
    )
}

/// One release, as other environments see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseDigest {
    /// The component's id.
    pub component: String,
    /// The variant's id.
    pub variant: String,
    /// The chart's name.
    pub chart: String,
    /// The chart's version.
    pub version: String,
    /// The program that it runs, such as `tempo/2.10.8`; none where that is not known.
    pub program: Option<String>,
    /// How long it keeps what it stores, in milliseconds.
    pub retention: Option<u64>,
    /// Where the version is decided.
    pub place: Location,
}

/// One workload, as other environments see it.
#[derive(Clone, Debug)]
pub struct WorkloadDigest {
    /// The workload without what only its own environment needs.
    pub title: String,
    /// What its pods are.
    pub kind: Option<Kind>,
    /// Their priority.
    pub priority: i64,
    /// Where that is decided.
    pub place: Option<Location>,
}

/// How the members of one component's rings find each other, as other environments see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GossipDigest {
    /// The component's id.
    pub component: String,
    /// The namespace that it runs in.
    pub namespace: String,
    /// What sets its gossip apart.
    pub label: String,
    /// Where the ring is decided.
    pub place: Location,
}

impl Digest {
    /// Takes of an environment what rules that compare need; of a stream alone there is nothing to compare.
    pub fn new(facts: &super::Facts<'_>) -> Option<Self> {
        let environment = facts.environment?;
        Some(Self {
            environment: environment.name.clone(),
            tier: environment.tier,
            cluster: environment
                .model
                .cluster
                .name
                .clone()
                .unwrap_or_else(|| environment.model.cluster.domain.clone()),
            buckets: buckets(facts, environment),
            store: StoreDigest::new(environment),
            store_place: environment.location("objectStore.instance"),
            releases: facts
                .releases
                .iter()
                .zip(facts.described)
                .map(|(release, described)| ReleaseDigest {
                    component: release.component.to_owned(),
                    variant: release.variant.clone(),
                    chart: release.chart_name().to_owned(),
                    version: release.chart_version().to_owned(),
                    program: facts
                        .catalog
                        .program(release.chart_name(), release.chart_version())
                        .map(str::to_owned),
                    retention: described
                        .retention
                        .as_ref()
                        .map(|retention| retention.time.millis()),
                    place: environment
                        .location(&format!("components.{}.version", release.component)),
                })
                .collect(),
            names_classes: !environment.model.priority_classes.is_empty(),
            workloads: facts
                .workloads
                .iter()
                .map(|workload| WorkloadDigest {
                    title: workload.title(),
                    kind: workload.kind,
                    priority: facts.priority(workload),
                    place: facts.place(workload, "priorityClass"),
                })
                .collect(),
            gossip: facts
                .releases
                .iter()
                .zip(facts.described)
                .filter_map(|(release, described)| {
                    let ring = described.rings.first()?;
                    Some(GossipDigest {
                        component: release.component.to_owned(),
                        namespace: release.namespace.clone(),
                        label: ring.gossip_label.clone()?,
                        place: ring.gossip_place.clone(),
                    })
                })
                .collect(),
            allowed_skew: environment
                .model
                .allowed_skew
                .iter()
                .map(|skew| (skew.component.clone(), skew.until.clone()))
                .collect(),
            occupant: Occupant::of(facts)?,
        })
    }
}

/// Returns the buckets of an environment: as they are computed, unless an override says otherwise.
fn buckets(facts: &super::Facts<'_>, environment: &Environment) -> Vec<BucketDigest> {
    let set = environment.node(&["buckets"]).is_some();
    let usual = environment.location(if set { "buckets" } else { "environment" });
    let computed = facts.links.map_or(&[][..], |links| links.buckets());
    let stores: Vec<&Store> = facts
        .described
        .iter()
        .flat_map(|described| &described.stores)
        .collect();
    computed
        .iter()
        .filter_map(|bucket| {
            let store = stores.iter().find(|store| {
                store.component == bucket.component && store.purpose == bucket.purpose
            });
            let (mut name, mut endpoint, mut place) =
                (bucket.name.clone(), bucket.endpoint.clone(), usual.clone());
            if let Some(store) = store {
                // What is on a disk has no other owner.
                if store.backend != StoreBackend::S3 {
                    return None;
                }
                if store.bucket != name || store.endpoint != endpoint || !store.prefix.is_empty() {
                    place = store.place.clone();
                }
                name.clone_from(&store.bucket);
                if !store.prefix.is_empty() {
                    name = format!("{name}/{}", store.prefix);
                }
                endpoint.clone_from(&store.endpoint);
            }
            Some(BucketDigest {
                component: bucket.component.clone(),
                purpose: bucket.purpose.clone(),
                name,
                canonical: canonical(environment, &endpoint),
                endpoint,
                place,
            })
        })
        .collect()
}
