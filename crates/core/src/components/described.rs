//! What a component says of itself to rules: its rings, whom it sends what, what it keeps and for how long.
//!
//! Rules never look at the layout of a chart's values. What an override changes about these facts, the component
//! reads from the override, for it alone knows where its chart keeps them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::sizing::quorum::{
    Architecture, Backend, Tolerance, alertmanager_tolerance, write_tolerance,
    write_tolerance_of_zones,
};
use crate::source::{Location, Span};
use crate::units::Duration;

/// What rules may know of one release.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// Roles of the manifest that the settings switch off.
    pub absent: Vec<&'static str>,
    /// The rings that its pods form.
    pub rings: Vec<Ring>,
    /// What it sends, and where.
    pub flows: Vec<Flow>,
    /// What it asks of others, perhaps of other environments.
    pub reads: Vec<Reading>,
    /// What a project had before and this component takes away when it is installed: names, for the runbook.
    pub retires: Vec<String>,
    /// How long it keeps what it stores.
    pub retention: Option<Retention>,
    /// Texts in a language of the program's own, which it runs with.
    pub texts: Vec<ConfigText>,
    /// Whether the output of pods is read from their logs, and whether logs are also taken over OTLP.
    pub logs: Option<LogPaths>,
    /// Where it keeps what must last, one for each purpose.
    pub stores: Vec<Store>,
    /// Whether it tells tenants apart.
    pub tenancy: Option<Tenancy>,
    /// What it calls besides flows and stores.
    pub calls: Vec<Call>,
    /// Where its pods take requests from others than the environment's components.
    pub doors: Vec<Door>,
    /// Objects of the whole cluster that it writes.
    pub cluster_wide: Vec<ClusterWide>,
    /// The alerts that it raises, and whether anybody is told of them.
    pub alerting: Option<Alerting>,
}

/// An address that pods call for what is neither telemetry nor a store.
#[derive(Clone, Debug)]
pub struct Call {
    /// The roles whose pods call; empty for all.
    pub roles: Vec<String>,
    /// What is there, such as `Kafka`.
    pub name: String,
    /// A URL, or `host:port`; several are separated by commas.
    pub address: String,
}

impl Call {
    /// Makes a call that all pods of a release make.
    pub(super) fn of_all_pods(name: &str, address: &str) -> Self {
        Self {
            roles: Vec::new(),
            name: name.to_owned(),
            address: address.to_owned(),
        }
    }
}

/// A port that pods take requests on from others than the environment's components.
#[derive(Clone, Debug)]
pub struct Door {
    /// The role whose pods listen.
    pub role: String,
    /// What it is for, such as `OTLP over gRPC`.
    pub name: String,
    /// The pods' port.
    pub port: u16,
    /// Who may call.
    pub callers: Callers,
}

/// Who calls a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Callers {
    /// The environment's proxies: components of policy class `edge`.
    Edge,
    /// Any pod of the cluster.
    Pods,
    /// Anybody, from outside of the cluster too.
    Anyone,
}

/// An object of the whole cluster: of one name there is one, whatever environment writes it.
#[derive(Clone, Debug)]
pub struct ClusterWide {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Where the environment asks for it.
    pub place: Location,
}

/// Members that share what they hold.
#[derive(Clone, Debug)]
pub struct Ring {
    /// The component's id.
    pub component: String,
    /// The role whose pods are its members.
    pub role: String,
    /// Whose strategy decides on writes.
    pub backend: Backend,
    /// Whether writes go through the ring or through Kafka.
    pub architecture: Architecture,
    /// What the ring is for.
    pub purpose: RingPurpose,
    /// How many members hold each piece.
    pub replication_factor: u32,
    /// How many members there are.
    pub members: u32,
    /// In how many zones the members are kept; none where zone awareness is off.
    pub zones: Option<u32>,
    /// What sets its gossip apart from other rings on the same network.
    pub gossip_label: Option<String>,
    /// Where members find each other: host names, with ports.
    pub join: Vec<String>,
    /// Where that and the label are decided.
    pub gossip_place: Location,
    /// Where the replication factor is decided.
    pub place: Location,
}

impl Ring {
    /// Returns how many of so many members, or whole zones of them, may be away without a failed write; of alerts, without
    /// a lost one.
    pub fn tolerance(&self, members: u32) -> Tolerance {
        let (backend, architecture, factor) =
            (self.backend, self.architecture, self.replication_factor);
        match (self.purpose, self.zones) {
            (RingPurpose::Alerts, _) => alertmanager_tolerance(factor, members),
            (_, Some(zones)) => write_tolerance_of_zones(backend, architecture, factor, zones),
            (_, None) => write_tolerance(backend, architecture, factor, members),
        }
    }
}

/// What a ring decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingPurpose {
    /// Writes and recent reads: ingesters.
    Writes,
    /// Reads of blocks: store-gateways, index-gateways.
    Reads,
    /// Alerts: members that are away are left out.
    Alerts,
}

/// A kind of telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// Spans.
    Traces,
    /// Samples.
    Metrics,
    /// Lines.
    Logs,
    /// Profiles.
    Profiles,
    /// What rules raise.
    Alerts,
}

impl Signal {
    /// Returns the word shown to users.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Profiles => "profiles",
            Self::Alerts => "alerts",
        }
    }
}

/// Something sent from one component to an address.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The component that sends.
    pub from: String,
    /// The role whose pods send.
    pub role: String,
    /// What it calls the destination.
    pub name: String,
    /// What is sent.
    pub signal: Signal,
    /// The whole URL, or `host:port` for plain gRPC.
    pub address: String,
    /// The tenant it is sent as; none where no header goes along.
    pub tenant: Option<String>,
    /// Whether the environment says that it leaves the environment on purpose.
    pub cross_env: bool,
    /// How samples wait; none where there is no such queue.
    pub queue: Option<Queue>,
    /// The path of the destination in the environment, where its settings stand one by one.
    pub setting: Option<String>,
    /// Where the environment decides it.
    pub place: Location,
}

/// Something that one component asks another for: a panel of Grafana its data source.
///
/// Of a component that serves all environments, some of these lead to components of other environments.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The component that asks.
    pub from: String,
    /// The role whose pods ask.
    pub role: String,
    /// What it calls what it reads: the data source `Tempo (dev)`.
    pub name: String,
    /// What is read.
    pub signal: Signal,
    /// The environment that is asked.
    pub environment: String,
    /// The component that is asked.
    pub component: String,
    /// The namespace of the Service that is asked.
    pub namespace: String,
    /// The whole URL.
    pub address: String,
    /// The Service's port.
    pub port: u16,
    /// The tenant whose data are asked for; none where no header goes along.
    pub tenant: Option<String>,
    /// Where the environment decides it.
    pub place: Location,
}

/// The queue before one destination, in one agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// How many samples each shard holds.
    pub capacity: u32,
    /// The most shards, and so the most connections.
    pub max_shards: u32,
    /// The most samples in one push.
    pub max_samples_per_send: u32,
    /// The longest pause between two tries.
    pub max_backoff: Duration,
    /// The age from which samples are dropped; zero for none.
    pub sample_age_limit: Duration,
    /// How long one push may take.
    pub remote_timeout: Duration,
}

/// How long something is kept.
#[derive(Clone, Debug)]
pub struct Retention {
    /// The time.
    pub time: Duration,
    /// Where the environment decides it.
    pub place: Location,
}

/// Whether a backend tells tenants apart.
#[derive(Clone, Debug)]
pub struct Tenancy {
    /// Whether it does; without it every request is of one tenant, whatever its header says.
    pub on: bool,
    /// The tenant of all requests where it does not.
    pub fixed: &'static str,
    /// Where the environment decides it.
    pub place: Location,
}

/// Alerts, and who is told.
#[derive(Clone, Debug)]
pub struct Alerting {
    /// The names of the alerts that rules raise.
    pub alerts: Vec<String>,
    /// The Secret that holds the configuration of the Alertmanager; none where nobody is told.
    pub configuration: Option<String>,
    /// Where the environment decides it.
    pub place: Location,
}

/// A text that a program runs with.
#[derive(Clone, Debug)]
pub struct ConfigText {
    /// The component's id.
    pub component: String,
    /// What it is written in.
    pub language: Language,
    /// The text.
    pub text: String,
    /// Where it begins.
    pub place: Location,
}

impl ConfigText {
    /// Returns the place of a span of the text.
    pub fn at(&self, span: Span) -> Location {
        within(&self.place, &self.text, span)
    }
}

/// Returns the place of a span of a text that stands at `place`: the line in a block of YAML, else the whole text.
pub(crate) fn within(place: &Location, text: &str, span: Span) -> Location {
    let whole = place.text();
    if whole == text {
        let at = place.span.start;
        return Location::new(&place.source, Span::new(at + span.start, at + span.end));
    }
    if !whole.starts_with('|') {
        return place.clone();
    }
    let before = text.get(..span.start).unwrap_or_default();
    let wanted = before.bytes().filter(|byte| *byte == b'\n').count();
    // Behind the header each line of a literal block is one of the text.
    let Some((at, line)) = whole
        .split_inclusive('\n')
        .scan(place.span.start, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        })
        .nth(wanted + 1)
    else {
        return place.clone();
    };
    let shown = line.trim();
    let start = at + line.find(shown).unwrap_or_default();
    Location::new(&place.source, Span::new(start, start + shown.len()))
}

/// The language of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Alloy's syntax.
    Alloy,
    /// YAML.
    Yaml,
}

/// The ways that logs take.
#[derive(Clone, Debug)]
pub struct LogPaths {
    /// Whether the output of pods is read.
    pub scraped: bool,
    /// Whether logs that come over OTLP are sent on.
    pub otlp: bool,
    /// Where the environment decides it.
    pub place: Location,
}

/// Where a backend keeps one kind of data.
#[derive(Clone, Debug)]
pub struct Store {
    /// The component's id.
    pub component: String,
    /// What is kept there: blocks, ruler, alertmanager, chunks.
    pub purpose: String,
    /// What keeps it.
    pub backend: StoreBackend,
    /// The bucket's name; empty where none is named.
    pub bucket: String,
    /// What all names in the bucket begin with; empty for nothing.
    pub prefix: String,
    /// The address of the object store; empty where none is named.
    pub endpoint: String,
    /// The region that requests are signed for; empty where none is named.
    pub region: String,
    /// Whether the client speaks plain HTTP.
    pub insecure: bool,
    /// Whether buckets are addressed by path; none where the client decides by the address.
    pub path_style: Option<bool>,
    /// Where the environment decides it.
    pub place: Location,
}

/// What keeps data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreBackend {
    /// A store with an S3 interface.
    S3,
    /// The pod's own disk.
    Disk,
    /// Another cloud's store, of which rules know nothing.
    Other,
}
