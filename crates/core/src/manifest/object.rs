//! An object: what it is called, and what of it is kept.

use super::config::{self, ConfigText, InlineCredential};
use super::context::Context;
use super::document::what;
use super::finding;
use super::network::{NetworkPolicy, Service};
use super::place::{Document, Place, Text, Texts};
use super::pod::Pods;
use super::policy::{
    Autoscaler, DisruptionBudget, Limit, PriorityClass, Quota, VerticalAutoscaler,
};
use super::reader::Collector;
use super::tree::{NULL, Node};
use super::volume::Claim;

/// A Kubernetes object, reduced to the fields that rules read.
#[derive(Clone, Debug)]
pub struct Object {
    /// `apps/v1`.
    pub api_version: Text,
    /// `StatefulSet`.
    pub kind: Text,
    /// Its name; of an object with `generateName` that prefix.
    pub name: Text,
    /// Whether the name is only the begin of one that the API server makes up.
    pub is_generated: bool,
    /// The namespace it names itself; without one it goes where it is applied.
    pub namespace: Option<Text>,
    /// Its labels.
    pub labels: Labels,
    /// The event that Helm runs it at, for a hook: `test`, `pre-install`.
    pub hook: Option<Text>,
    /// The chart's template it comes from, if the stream says so: `mimir/templates/ingester/ingester-statefulset.yaml`.
    pub template: Option<Text>,
    /// What controls it: the ReplicaSet of a pod in a dump of a cluster.
    pub owner: Option<Box<Owner>>,
    /// Secrets that stand in it in clear text.
    pub credentials: Box<[InlineCredential]>,
    /// What is kept of it beside that.
    pub body: Body,
    /// Where its name stands.
    pub place: Place,
}

/// What is kept of an object, by its kind.
#[derive(Clone, Debug)]
pub enum Body {
    /// What makes pods.
    Pods(Box<Pods>),
    /// A PodDisruptionBudget.
    DisruptionBudget(Box<DisruptionBudget>),
    /// A PersistentVolumeClaim.
    Claim(Box<Claim>),
    /// A HorizontalPodAutoscaler.
    Autoscaler(Box<Autoscaler>),
    /// A VerticalPodAutoscaler.
    VerticalAutoscaler(Box<VerticalAutoscaler>),
    /// A ResourceQuota.
    Quota(Box<Quota>),
    /// A LimitRange.
    LimitRange(Box<[Limit]>),
    /// A PriorityClass.
    PriorityClass(Box<PriorityClass>),
    /// A Service.
    Service(Box<Service>),
    /// A NetworkPolicy.
    NetworkPolicy(Box<NetworkPolicy>),
    /// A ConfigMap: the configurations in it.
    Config(Box<[ConfigText]>),
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
    /// Returns the API group, empty for the core one.
    pub fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
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

/// Labels by name.
///
/// # Examples
///
/// ```
/// use helmwright::manifest::Labels;
///
/// let labels: Labels = [("app", "mimir"), ("zone", "a")].into_iter().collect();
/// assert_eq!(labels.get("zone"), Some("a"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Box<[(Text, Text)]>);

impl Labels {
    /// Returns the value of a label.
    pub fn get(&self, name: &str) -> Option<&str> {
        let index = self.0.binary_search_by(|(key, _)| (**key).cmp(name)).ok()?;
        self.0.get(index).map(|(_, value)| &**value)
    }

    /// Returns the labels, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn read(node: Option<&Node<'_>>, texts: &mut Texts) -> Self {
        let fields = node.map_or(&[][..], Node::fields);
        let pairs = fields.iter().filter_map(|field| {
            let value = field.value.text()?;
            Some((texts.share(&field.key), texts.share(value)))
        });
        pairs.collect()
    }
}

impl FromIterator<(Text, Text)> for Labels {
    fn from_iter<I: IntoIterator<Item = (Text, Text)>>(pairs: I) -> Self {
        let mut pairs: Vec<(Text, Text)> = pairs.into_iter().collect();
        pairs.sort();
        // Of a name that is there twice the last one counts; which that was is lost, so the greater one does.
        pairs.dedup_by(|later, earlier| {
            later.0 == earlier.0 && {
                earlier.1 = later.1.clone();
                true
            }
        });
        Self(pairs.into_boxed_slice())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let owned = |(name, value): (&str, &str)| (Text::from(name), Text::from(value));
        pairs.into_iter().map(owned).collect()
    }
}

/// Reads an object, or each one of a list.
pub(super) fn read(
    root: &Node<'_>,
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
    let (api_version, kind) = (root.text_of("apiVersion"), root.text_of("kind"));
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
        for item in root.list("items") {
            read(item, document, template, collector);
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
    let mut context = Context {
        document,
        collector,
        title: format!("{kind} `{text}`"),
        credentials: Vec::new(),
    };
    let context = &mut context;
    let annotations = metadata.get("annotations").unwrap_or(&NULL);
    let body = body(root, api_version, kind, context);
    let object = Object {
        api_version: context.share(api_version),
        kind: context.share(kind),
        name: context.share(text),
        is_generated: name.is_none(),
        namespace: context.text(metadata, "namespace"),
        labels: context.labels(metadata, "labels"),
        hook: context.text(annotations, "helm.sh/hook"),
        template: template.map(|template| context.share(template)),
        owner: owner(metadata, context),
        credentials: context.credentials(),
        body,
        place: context.place(name_node),
    };
    collector.objects.push(object);
}

/// Reads what is kept of a kind. Custom resources may bear the name of a kind of Kubernetes, so the group counts.
fn body(root: &Node<'_>, api_version: &str, kind: &str, context: &mut Context<'_, '_, '_>) -> Body {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let spec = root.get("spec").unwrap_or(&NULL);
    match (group, kind) {
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job" | "CronJob")
        | ("", "Pod") => Body::Pods(Box::new(Pods::read(root, kind, context))),
        ("policy", "PodDisruptionBudget") => {
            Body::DisruptionBudget(Box::new(DisruptionBudget::read(spec, context)))
        }
        ("", "PersistentVolumeClaim") => Body::Claim(Box::new(Claim::read(root, context))),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            Body::Autoscaler(Box::new(Autoscaler::read(spec, context)))
        }
        ("autoscaling.k8s.io", "VerticalPodAutoscaler") => {
            Body::VerticalAutoscaler(Box::new(VerticalAutoscaler::read(spec, context)))
        }
        ("", "ResourceQuota") => Body::Quota(Box::new(Quota::read(spec, context))),
        ("", "LimitRange") => Body::LimitRange(Limit::read(spec, context)),
        ("scheduling.k8s.io", "PriorityClass") => {
            Body::PriorityClass(Box::new(PriorityClass::read(root, context)))
        }
        ("", "Service") => Body::Service(Box::new(Service::read(spec, context))),
        ("networking.k8s.io", "NetworkPolicy") => {
            Body::NetworkPolicy(Box::new(NetworkPolicy::read(spec, context)))
        }
        ("", "ConfigMap") => Body::Config(config::read(root, context)),
        _ => Body::Other,
    }
}

fn owner(metadata: &Node<'_>, context: &mut Context<'_, '_, '_>) -> Option<Box<Owner>> {
    let owners = metadata.list("ownerReferences").iter();
    let owner = owners
        .into_iter()
        .find(|owner| owner.is_true("controller"))?;
    Some(Box::new(Owner {
        kind: context.text(owner, "kind")?,
        name: context.text(owner, "name")?,
    }))
}
