//! What a pod is made of, as far as rules read it.

use super::count::Count;
use super::shared::Name;
use crate::environment::Probe;
use crate::manifest;
use crate::sizing::probe::{INITIAL_DELAY, SUCCESS_THRESHOLD, Window};
use crate::source::Location;
use crate::units::{Cpu, Memory, Storage};

/// One container.
#[derive(Clone, Debug, Default)]
pub struct Container {
    /// Its name.
    pub name: Name,
    /// The image with its tag; none where a prediction does not know it.
    pub image: Option<Name>,
    /// What the scheduler reserves.
    pub requests: Resources,
    /// What the kernel enforces.
    pub limits: Resources,
    /// Whether it runs first and goes on running beside the others (`restartPolicy: Always`).
    pub restarts: bool,
    /// Environment variables that rules read.
    pub env: Vec<Variable>,
    /// When it is restarted.
    pub liveness: Option<ProbeNumbers>,
    /// When it gets no requests.
    pub readiness: Option<ProbeNumbers>,
    /// How long its start may take.
    pub startup: Option<ProbeNumbers>,
    /// Where it stands; none where only its role does.
    pub place: Option<ContainerPlace>,
}

/// Where a container stands. Rules ask [`Facts::container_place`](crate::policy::Facts::container_place) for the line.
#[derive(Clone, Debug)]
pub enum ContainerPlace {
    /// In an environment: the override that adds it.
    Override(Location),
    /// In a manifest, within the object of its workload.
    Manifest(manifest::Place),
}

impl Container {
    /// Returns the literal value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.env
            .iter()
            .find(|variable| variable.name == name)?
            .value
            .as_deref()
    }
}

/// Amounts of what a container may ask for; what is not said is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// CPU.
    pub cpu: Option<Cpu>,
    /// Memory.
    pub memory: Option<Memory>,
    /// What is said and cannot be read, so that it is none here; the reader reports it.
    pub unread: Unread,
}

/// Which amounts are there and cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// CPU.
    pub cpu: bool,
    /// Memory.
    pub memory: bool,
}

/// One environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, where it is written out and rules read it; none for a reference.
    pub value: Option<String>,
}

/// How a probe asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    /// A request for a path.
    Http {
        /// The path.
        path: String,
    },
    /// A connection.
    Tcp,
    /// A command in the container.
    Exec,
    /// The gRPC health service.
    Grpc,
}

/// One probe, with the numbers that hold: what is not set is Kubernetes' default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeNumbers {
    /// How it asks.
    pub handler: Handler,
    /// Seconds before the first one.
    pub initial_delay: u32,
    /// Seconds from one to the next.
    pub period: u32,
    /// Seconds until one counts as failed.
    pub timeout: u32,
    /// Failures in a row until something is done.
    pub failures: u32,
    /// Successes in a row that count as healthy again.
    pub successes: u32,
    /// Whether the timeout is Kubernetes' default of one second because nobody set it.
    pub timeout_is_default: bool,
}

impl ProbeNumbers {
    /// Makes a probe of what is said, with Kubernetes' defaults for the rest; a zero is not said.
    ///
    /// Source: Kubernetes API reference, `Probe`: 0 s, 10 s, 1 s, 3 failures.
    pub fn new(handler: Handler, said: &Probe) -> Self {
        let window = Window::from_fields(
            said.period_seconds,
            said.timeout_seconds,
            said.failure_threshold,
        );
        Self {
            handler,
            initial_delay: said.initial_delay_seconds.unwrap_or(INITIAL_DELAY),
            period: window.period,
            timeout: window.timeout,
            failures: window.failures,
            successes: SUCCESS_THRESHOLD,
            timeout_is_default: said.timeout_seconds.is_none_or(|timeout| timeout == 0),
        }
    }

    /// Sets the successes that it needs, where they are said.
    #[must_use]
    pub fn with_successes(mut self, said: Option<u32>) -> Self {
        if let Some(successes) = said.filter(|successes| *successes > 0) {
            self.successes = successes;
        }
        self
    }

    /// Returns the path of a request.
    pub fn path(&self) -> Option<&str> {
        match &self.handler {
            Handler::Http { path } => Some(path),
            _ => None,
        }
    }
}

/// A volume that each pod claims for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size: Storage,
    /// Its storage class; none for the cluster's default.
    pub class: Option<String>,
}

/// A volume that is no claim of the pod's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: VolumeKind,
    /// Where containers see it.
    pub mounts: Vec<String>,
}

/// What a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VolumeKind {
    /// Gone with the pod.
    EmptyDir,
    /// In memory, and gone with the pod.
    Memory,
    /// A claim that is shared, or made elsewhere.
    Claim,
    /// Of the node.
    HostPath,
    /// Configuration, secrets and the like.
    Other,
}

/// A disruption budget that matches a workload's pods.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Disruption {
    /// The object's name.
    pub name: String,
    /// How many may be away.
    pub max_unavailable: Option<Count>,
    /// How many must be there.
    pub min_available: Option<Count>,
    /// Whether pods that are not healthy may be evicted without asking (`AlwaysAllow`).
    pub evicts_unhealthy: bool,
    /// How many pods it matches in all, where manifests tell; else those of the workload.
    pub matches: Option<u32>,
}

impl Disruption {
    /// Returns how many of so many pods may be away, percentages rounded up as Kubernetes does.
    pub const fn allowed(&self, pods: u32) -> u32 {
        match (self.max_unavailable, self.min_available) {
            (Some(most), _) => most.rounded_up(pods),
            (None, Some(least)) => pods.saturating_sub(least.rounded_up(pods)),
            (None, None) => pods,
        }
    }
}

/// What keeps a workload's pods apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Over nodes.
    pub nodes: SpreadRule,
    /// Over zones.
    pub zones: SpreadRule,
    /// Whether the rule's selector matches the pods it is on; only manifests tell otherwise.
    pub misses_itself: bool,
}

/// How strictly pods are kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpreadRule {
    /// Not at all.
    #[default]
    None,
    /// Where it can be done.
    Soft,
    /// Else they wait.
    Hard,
}
