//! What rules that compare environments keep of each: small, so that thousands fit.

use crate::environment::{Kind, Tier};
use crate::links::Bucket;
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
    pub buckets: Vec<Bucket>,
    /// Where it decides its bucket names.
    pub buckets_place: Location,
    /// The object store's instance.
    pub store: Option<String>,
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
        let set = environment.node(&["buckets"]).is_some();
        Some(Self {
            environment: environment.name.clone(),
            tier: environment.tier,
            cluster: environment
                .model
                .cluster
                .name
                .clone()
                .unwrap_or_else(|| environment.model.cluster.domain.clone()),
            buckets: facts
                .links
                .map(|links| links.buckets().to_vec())
                .unwrap_or_default(),
            buckets_place: environment.location(if set { "buckets" } else { "environment" }),
            store: environment
                .model
                .object_store
                .as_ref()
                .map(|store| store.instance.clone()),
            store_place: environment.location("objectStore.instance"),
            releases: facts
                .releases
                .iter()
                .zip(facts.described)
                .map(|(release, described)| ReleaseDigest {
                    component: release.component.to_owned(),
                    variant: release.variant.clone(),
                    chart: release.chart.clone(),
                    version: release.version.clone(),
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
        })
    }
}
