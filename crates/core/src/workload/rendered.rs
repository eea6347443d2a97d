//! Workloads from manifests: what a chart makes of its values.

mod disruption;
mod identity;
mod pod;
mod spread;
mod stock;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use self::identity::{Identity, Known};
use self::stock::Stock;
use super::shared::{Name, Parts};
use super::{Controller, Count, Place, Rolls, Workload};
use crate::catalog::Catalog;
use crate::components::Release;
use crate::environment::Environment;
use crate::manifest::{Autoscaler, Body, Manifests, Object, Pods};

/// Returns the workloads of a stream: what makes pods, with the budgets and autoscalers that are about them.
///
/// Of an environment the releases tell which object is which role, by its name. Else labels, the program's target and
/// its image tell what it probably is; where nothing does, kind and class are none. Hooks that only test a release are
/// left out, and so is what another object of the stream makes.
///
/// # Examples
///
/// ```
/// use helmwright::catalog::Catalog;
/// use helmwright::environment::Kind;
/// use helmwright::manifest::Reader;
/// use helmwright::workload::rendered;
///
/// let mut reader = Reader::new("stream");
/// reader.feed("{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: {replicas: 3, template: {spec: ");
/// reader.feed("{containers: [{name: x, image: 'grafana/mimir:3.0.0', args: ['-target=ingester']}]}}}}");
/// let workloads = rendered(&reader.finish(), None, &[], Catalog::bundled());
/// assert_eq!(workloads[0].title(), "mimir ingester");
/// assert_eq!((workloads[0].kind, workloads[0].replicas), (Some(Kind::Ingester), 3));
/// ```
pub fn rendered(
    manifests: &Manifests,
    environment: Option<&Environment>,
    releases: &[Release],
    catalog: &Catalog,
) -> Vec<Workload> {
    let known = Known { releases, catalog };
    let scalers = Scalers::of(manifests);
    let owners: BTreeSet<(&str, &str)> = manifests
        .objects
        .iter()
        .filter_map(Object::owner)
        .map(|owner| (&*owner.kind, &*owner.name))
        .collect();
    let present: BTreeSet<(&str, &str)> = manifests
        .objects
        .iter()
        .map(|object| (object.kind(), &*object.name))
        .filter(|named| owners.contains(named))
        .collect();
    let mut stock = Stock::default();
    let mut workloads = Vec::new();
    for (index, object) in manifests.objects.iter().enumerate() {
        let Some(pods) = object.pods() else {
            continue;
        };
        let is_test = object.hook().is_some_and(|hook| hook.contains("test"));
        let is_made = object
            .owner()
            .is_some_and(|owner| present.contains(&(&*owner.kind, &*owner.name)));
        if is_test || is_made {
            continue;
        }
        let one = One {
            environment,
            scalers: &scalers,
            object,
            index,
            pods,
            identity: known.identify(object, pods),
        };
        let (replicas, most_replicas) = one.replicas();
        // What does not run at all is no workload.
        if replicas > 0 {
            workloads.push(one.workload(replicas, most_replicas, &mut stock));
        }
    }
    workloads.shrink_to_fit();
    disruption::add(manifests, &mut workloads);
    workloads
}

/// An object that makes pods, with what is known of it.
struct One<'a> {
    environment: Option<&'a Environment>,
    scalers: &'a Scalers<'a>,
    object: &'a Object,
    /// Its number in the stream.
    index: usize,
    pods: &'a Pods,
    identity: Identity<'a>,
}

impl<'a> One<'a> {
    fn controller(&self) -> Controller {
        match self.object.kind() {
            // Without a Deployment above it, it keeps as many pods, and no rollout touches them.
            "ReplicaSet" => Controller::Deployment,
            kind => Controller::of(kind).unwrap_or(Controller::Pod),
        }
    }

    fn workload(
        &self,
        replicas: u32,
        most_replicas: Option<u32>,
        stock: &mut Stock<'a>,
    ) -> Workload {
        let Self {
            object,
            pods,
            identity,
            ..
        } = self;
        let pod = &pods.pod;
        let facts = identity.facts;
        let controller = self.controller();
        let (rolls, max_surge, max_unavailable) = self.rollout(controller);
        let (claims, volumes) = self.volumes(stock);
        let main = identity.main(&pod.containers);
        Workload {
            component: stock.name(&identity.component),
            role: stock.name(&identity.role),
            kind: identity.kind,
            class: identity.class,
            controller,
            name: Name::from(&object.name),
            namespace: match (&object.namespace, identity.release) {
                (Some(namespace), _) => namespace.into(),
                (None, Some(release)) => stock.name(&release.namespace),
                (None, None) => stock.name(""),
            },
            zone: identity.zone.as_deref().map(|zone| stock.name(zone)),
            already_running: self
                .environment
                .and_then(|environment| environment.model.components.get(&identity.component))
                .is_some_and(|section| section.already_running),
            replicas,
            most_replicas,
            singleton: facts.is_some_and(|facts| facts.pod.singleton),
            max_surge,
            max_unavailable,
            rolls,
            containers: stock.containers(&pod.containers, main),
            init_containers: stock.containers(&pod.init_containers, 0),
            overhead: pod::resources(&pod.overhead),
            claims,
            volumes,
            claims_kept: match pods.claims_when_deleted.as_deref() {
                Some("Delete") => Some(false),
                Some(_) => Some(true),
                None => None,
            },
            grace_seconds: pod.grace.unwrap_or(30),
            disruptions: Parts::default(),
            spread: spread::of(pod),
            priority_class: pod.priority_class.as_ref().map(Name::from),
            reads_priority: facts.is_none_or(|facts| facts.values.priority_class.is_some()),
            place: Place::Manifest(self.index),
        }
    }

    /// Returns how many pods there are at rest, and the most that an autoscaler makes.
    fn replicas(&self) -> (u32, Option<u32>) {
        let said = self.pods.replicas;
        match self.controller() {
            Controller::DaemonSet => {
                let nodes = self
                    .environment
                    .and_then(|environment| environment.model.assumptions.nodes.as_ref());
                let count = nodes.map(|nodes| nodes.count);
                (count.or(self.identity.replicas).unwrap_or(1), None)
            }
            Controller::Pod => (1, None),
            Controller::Job | Controller::CronJob if self.pods.is_suspended => (0, None),
            Controller::Job | Controller::CronJob => {
                let most = self.pods.completions.unwrap_or(u32::MAX).max(1);
                (said.unwrap_or(1).min(most), None)
            }
            Controller::Deployment | Controller::StatefulSet => {
                match self.scalers.about(self.object) {
                    // At zero an autoscaler is off.
                    Some(scaler) if said != Some(0) => {
                        let fewest = scaler.min.unwrap_or(1);
                        (fewest, Some(scaler.max.unwrap_or(fewest)))
                    }
                    _ => (said.unwrap_or(1), None),
                }
            }
        }
    }

    /// Returns how pods give way: what is written, else Kubernetes' defaults.
    ///
    /// Source: Kubernetes API reference, `DeploymentStrategy`, `StatefulSetUpdateStrategy`, `DaemonSetUpdateStrategy`.
    fn rollout(&self, controller: Controller) -> (Rolls, Count, Count) {
        let rolls = match self.pods.strategy.as_deref() {
            _ if self.object.kind() == "ReplicaSet" => Rolls::OnDelete,
            Some("Recreate") => Rolls::Recreate,
            Some("OnDelete") => Rolls::OnDelete,
            _ => Rolls::Rolling,
        };
        let (surge, unavailable) = match controller {
            Controller::Deployment => (Count::QUARTER, Count::QUARTER),
            _ => (Count::Pods(0), Count::Pods(1)),
        };
        (
            rolls,
            self.pods.max_surge.unwrap_or(surge),
            self.pods.max_unavailable.unwrap_or(unavailable),
        )
    }
}

/// The autoscalers of a stream, by what they scale.
struct Scalers<'a>(BTreeMap<(&'a str, &'a str), Vec<(&'a Object, &'a Autoscaler)>>);

impl<'a> Scalers<'a> {
    fn of(manifests: &'a Manifests) -> Self {
        let mut scalers: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for object in &manifests.objects {
            if let Body::Autoscaler(scaler) = &object.body {
                let target = (&*scaler.target.kind, &*scaler.target.name);
                scalers.entry(target).or_default().push((object, &**scaler));
            }
        }
        Self(scalers)
    }

    /// Returns the autoscaler of an object.
    fn about(&self, object: &Object) -> Option<&'a Autoscaler> {
        let scalers = self.0.get(&(object.kind(), &*object.name))?;
        let scaler = scalers
            .iter()
            .find(|(scaler, _)| share_namespace(scaler, object))?;
        Some(scaler.1)
    }
}

/// Returns whether two objects may be in one namespace; one that names none goes where the other is.
fn share_namespace(one: &Object, other: &Object) -> bool {
    match (&one.namespace, &other.namespace) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}
