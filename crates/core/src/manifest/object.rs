//! An object: what it is called, and what of it is kept.

use std::sync::Arc;

use super::config::{self, ConfigText, InlineCredential};
use super::context::Context;
use super::delivery::{self, Delivered};
use super::document::what;
use super::dump::{ClusterNode, Placement};
use super::finding;
use super::labels::Labels;
use super::monitor::Monitor;
use super::network::{NetworkPolicy, Service};
use super::place::{Document, Place, Text};
use super::pod::Pods;
use super::policy::{
    Autoscaler, DisruptionBudget, Limit, PriorityClass, Quota, VerticalAutoscaler,
};
use super::reader::Collector;
use super::secret;
use super::tree::{NULL, Node};
use super::volume::Claim;
use crate::source::Location;

/// A Kubernetes object, reduced to the fields that rules read.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its name; of an object with `generateName` that prefix.
    pub name: Text,
    /// The namespace it names itself; without one it goes where it is applied.
    pub namespace: Option<Text>,
    /// Its labels.
    pub labels: Labels,
    /// The chart's template it comes from, if the stream says so: `mimir/templates/ingester/ingester-statefulset.yaml`.
    pub template: Option<Text>,
    /// What is kept of it beside that.
    pub body: Body,
    /// Where its name stands.
    pub place: Place,
    kind: Arc<ObjectKind>,
    rare: Option<Box<Rare>>,
    line: u32,
}

/// What kind of object it is.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ObjectKind {
    api_version: Text,
    kind: Text,
}

/// What few objects have.
#[derive(Clone, Debug, Default)]
struct Rare {
    is_generated: bool,
    hook: Option<Text>,
    owner: Option<Owner>,
    placement: Option<Placement>,
    credentials: Box<[InlineCredential]>,
}

/// What is kept of an object, by its kind.
#[derive(Clone, Debug)]
pub enum Body {
    /// What makes pods.
    Pods(Arc<Pods>),
    /// A PodDisruptionBudget.
    DisruptionBudget(Arc<DisruptionBudget>),
    /// A PersistentVolumeClaim.
    Claim(Box<Claim>),
    /// A HorizontalPodAutoscaler.
    Autoscaler(Box<Autoscaler>),
    /// A VerticalPodAutoscaler.
    VerticalAutoscaler(Box<VerticalAutoscaler>),
    /// A ResourceQuota.
    Quota(Box<Quota>),
    /// A LimitRange.
    LimitRange(Box<Vec<Limit>>),
    /// A PriorityClass.
    PriorityClass(Box<PriorityClass>),
    /// A Service.
    Service(Arc<Service>),
    /// A NetworkPolicy.
    NetworkPolicy(Box<NetworkPolicy>),
    /// A node, of a dump of a cluster.
    Node(Box<ClusterNode>),
    /// A ConfigMap: the configurations in it; or a Secret with the configuration of an Alertmanager, and that alone.
    Config(Box<Vec<ConfigText>>),
    /// A Prometheus or an Alertmanager of the Prometheus operator.
    Monitor(Monitor),
    /// An Application of Argo CD, a HelmRelease or an OCIRepository of Flux: the charts that it installs.
    Delivery(Box<[Delivered]>),
    /// Anything else: its name is all that is kept.
    Other,
}

/// The object that controls another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its kind.
    pub kind: Text,
    /// Its name.
    pub name: Text,
}

impl Object {
    /// Returns its `apiVersion`: `apps/v1`.
    pub fn api_version(&self) -> &str {
        &self.kind.api_version
    }

    /// Returns its kind: `StatefulSet`.
    pub fn kind(&self) -> &str {
        &self.kind.kind
    }

    /// Returns the API group, empty for the core one.
    pub fn group(&self) -> &str {
        group(self.api_version())
    }

    /// Returns what findings call it: ``StatefulSet `mimir-ingester` ``.
    pub fn title(&self) -> String {
        format!("{} `{}`", self.kind(), self.name)
    }

    /// Returns the event that Helm runs it at, for a hook: `test`, `pre-install`.
    pub fn hook(&self) -> Option<&str> {
        self.rare.as_ref()?.hook.as_deref()
    }

    /// Returns what controls it: the ReplicaSet of a pod in a dump of a cluster.
    pub fn owner(&self) -> Option<&Owner> {
        self.rare.as_ref()?.owner.as_ref()
    }

    /// Returns where it runs, of a pod in a dump of a cluster.
    pub fn placement(&self) -> Option<&Placement> {
        self.rare.as_ref()?.placement.as_ref()
    }

    /// Returns whether the name is only the begin of one that the API server makes up.
    pub fn is_generated(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.is_generated)
    }

    /// Returns the secrets that stand in it in clear text.
    pub fn credentials(&self) -> &[InlineCredential] {
        self.rare.as_ref().map_or(&[], |rare| &rare.credentials)
    }

    /// Returns the line of the stream where it begins, from 1.
    pub const fn line(&self) -> usize {
        self.line as usize
    }

    /// Returns the location of a place of this object; `stream` is the name of the stream.
    pub fn location(&self, stream: &str, place: &Place) -> Location {
        place.location(stream, self.line())
    }

    /// Returns what the API server tells it by.
    pub(super) fn key(&self) -> (&str, &str, Option<&str>, &str) {
        (
            self.group(),
            self.kind(),
            self.namespace.as_deref(),
            &self.name,
        )
    }

    /// Returns what makes pods, if it does.
    pub fn pods(&self) -> Option<&Pods> {
        match &self.body {
            Body::Pods(pods) => Some(pods),
            _ => None,
        }
    }

    /// Returns the disruption budget, if it is one.
    pub fn disruption_budget(&self) -> Option<&DisruptionBudget> {
        match &self.body {
            Body::DisruptionBudget(budget) => Some(budget),
            _ => None,
        }
    }

    /// Returns the Service, if it is one.
    pub fn service(&self) -> Option<&Service> {
        match &self.body {
            Body::Service(service) => Some(service),
            _ => None,
        }
    }
}

/// Reads an object, or each one of a list.
pub(super) fn read(
    root: &Node<'_>,
    document: &mut Document<'_>,
    template: Option<&str>,
    collector: &mut Collector,
) {
    read_of(root, None, document, template, collector);
}

/// Reads an object, or each one of a list; `listed` is what the list that it is in says of its items.
fn read_of(
    root: &Node<'_>,
    listed: Option<(&str, &str)>,
    document: &mut Document<'_>,
    template: Option<&str>,
    collector: &mut Collector,
) {
    if root.is_null() {
        return;
    }
    if !root.is_map() {
        let items = root.items();
        if !items.is_empty() && items.iter().all(Node::is_map) {
            // What some programs print for a List.
            for item in items {
                read(item, document, template, collector);
            }
            return;
        }
        let location = collector.location(document, root.start, root.end);
        return collector.find(finding::not_an_object(&location, what(root)));
    }
    let of_list = listed.unzip();
    let api_version = root.text_of("apiVersion").or(of_list.0);
    let kind = root.text_of("kind").or(of_list.1);
    let missing = match (api_version, kind) {
        (Some(_), Some(_)) => None,
        (None, None) => Some("`apiVersion` and no `kind`"),
        (None, _) => Some("`apiVersion`"),
        (_, None) => Some("`kind`"),
    };
    let (Some(api_version), Some(kind), None) = (api_version, kind, missing) else {
        let location = collector.location(document, root.start, root.end);
        return collector.find(finding::no_kind(&location, missing.unwrap_or_default()));
    };
    if kind.ends_with("List") && root.at(&["metadata", "name"]).is_none() {
        // A list of one kind, as the API itself gives it, does not repeat the kind in its items.
        let of_items = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for item in root.list("items") {
            let listed = of_items.map(|kind| (api_version, kind));
            read_of(item, listed, document, template, collector);
        }
        return;
    }
    let name = root.at(&["metadata", "name"]);
    let Some(name_node) = name.or_else(|| root.at(&["metadata", "generateName"])) else {
        let location = collector.location(document, root.start, root.end);
        return collector.find(finding::no_name(&location, kind));
    };
    let Some(text) = name_node.text() else {
        let location = collector.location(document, name_node.start, name_node.end);
        return collector.find(finding::no_name(&location, kind));
    };
    let metadata = root.get("metadata").unwrap_or(&NULL);
    let line = document.begin(root.start);
    let mut context = Context {
        document,
        collector,
        title: format!("{kind} `{text}`"),
        credentials: Vec::new(),
    };
    let context = &mut context;
    let annotations = metadata.get("annotations").unwrap_or(&NULL);
    let body = body(root, api_version, kind, context);
    let rare = Rare {
        is_generated: name.is_none(),
        hook: context.text(annotations, "helm.sh/hook"),
        owner: owner(metadata, context),
        placement: (kind == "Pod" && root.get("status").is_some())
            .then(|| Placement::read(root, context)),
        credentials: context.credentials(),
    };
    let is_rare = rare.is_generated
        || rare.hook.is_some()
        || rare.owner.is_some()
        || rare.placement.is_some()
        || !rare.credentials.is_empty();
    let type_of = ObjectKind {
        api_version: context.share(api_version),
        kind: context.share(kind),
    };
    let object = Object {
        name: context.share(text),
        namespace: context.text(metadata, "namespace"),
        labels: context.labels(metadata, "labels"),
        template: template.map(|template| context.share(template)),
        body,
        place: context.place(name_node),
        kind: context.collector.pools.kinds.share(type_of),
        rare: is_rare.then(|| Box::new(rare)),
        // A stream of 2^32 lines has more than 4 GB; then places are off, and nothing else.
        line: u32::try_from(line).unwrap_or(u32::MAX),
    };
    collector.objects.push(object);
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Reads what is kept of a kind. Custom resources may bear the name of a kind of Kubernetes, so the group counts.
fn body(root: &Node<'_>, api_version: &str, kind: &str, context: &mut Context<'_, '_, '_>) -> Body {
    let group = group(api_version);
    let spec = root.get("spec").unwrap_or(&NULL);
    match (group, kind) {
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job" | "CronJob")
        | ("", "Pod") => {
            let pods = Pods::read(root, kind, context);
            Body::Pods(context.collector.pools.pods.share(pods))
        }
        ("policy", "PodDisruptionBudget") => {
            let budget = DisruptionBudget::read(spec, context);
            Body::DisruptionBudget(context.collector.pools.budgets.share(budget))
        }
        ("", "PersistentVolumeClaim") => Body::Claim(Box::new(Claim::read(root, context))),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            Body::Autoscaler(Box::new(Autoscaler::read(spec, context)))
        }
        ("autoscaling.k8s.io", "VerticalPodAutoscaler") => {
            Body::VerticalAutoscaler(Box::new(VerticalAutoscaler::read(spec, context)))
        }
        ("", "ResourceQuota") => Body::Quota(Box::new(Quota::read(spec, context))),
        ("", "LimitRange") => Body::LimitRange(Box::new(Limit::read(spec, context))),
        ("scheduling.k8s.io", "PriorityClass") => {
            Body::PriorityClass(Box::new(PriorityClass::read(root, context)))
        }
        ("", "Service") => {
            let service = Service::read(spec, context);
            Body::Service(context.collector.pools.services.share(service))
        }
        ("", "Secret") => match secret::read(root, context) {
            texts if texts.is_empty() => Body::Other,
            texts => Body::Config(Box::new(texts)),
        },
        ("networking.k8s.io", "NetworkPolicy") => {
            Body::NetworkPolicy(Box::new(NetworkPolicy::read(spec, context)))
        }
        ("", "Node") => Body::Node(Box::new(ClusterNode::read(root, context))),
        ("", "ConfigMap") => match config::read(root, context) {
            texts if texts.is_empty() => Body::Other,
            texts => Body::Config(Box::new(texts)),
        },
        ("monitoring.coreos.com", "Prometheus" | "Alertmanager") => {
            Body::Monitor(Monitor::read(spec))
        }
        ("argoproj.io", "Application")
        | ("helm.toolkit.fluxcd.io", "HelmRelease")
        | ("source.toolkit.fluxcd.io", "OCIRepository") => {
            Body::Delivery(delivery::read(spec, kind, context))
        }
        _ => Body::Other,
    }
}

fn owner(metadata: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Option<Owner> {
    let owners = metadata.list("ownerReferences").iter();
    let owner = owners
        .into_iter()
        .find(|owner| owner.is_true("controller"))?;
    Some(Owner {
        kind: context.text(owner, "kind")?,
        name: context.text(owner, "name")?,
    })
}
