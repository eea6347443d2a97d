//! What is measured: the workloads of one namespace, and what is known around them.

use std::collections::BTreeMap;

use crate::components::Release;
use crate::environment::Environment;
use crate::manifest::{Body, Manifests, Object, Volume, VolumeSource};
use crate::workload::Workload;

/// The workloads of one namespace, and what is known around them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'a> {
    /// The environment; none for a stream of manifests alone.
    pub environment: Option<&'a Environment>,
    /// Its releases.
    pub releases: &'a [Release],
    /// What runs; of other namespaces too.
    pub workloads: &'a [Workload],
    /// What the sections would start that are switched off and come later.
    pub planned: &'a [Workload],
    /// The objects of the stream; none in a prediction.
    pub manifests: Option<&'a Manifests>,
    /// The namespace; empty for all.
    pub namespace: &'a str,
    /// What is in which namespace, where many of them are measured one after the other.
    pub index: Option<&'a Namespaces<'a>>,
}

/// Workloads and objects by their namespace.
#[derive(Debug)]
pub struct Namespaces<'a> {
    workloads: BTreeMap<&'a str, Vec<&'a Workload>>,
    objects: BTreeMap<&'a str, Vec<&'a Object>>,
}

impl<'a> Namespaces<'a> {
    /// Looks through a stream once.
    pub fn of(scope: Scope<'a>) -> Self {
        let mut workloads: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
        for workload in scope.workloads() {
            workloads
                .entry(&workload.namespace)
                .or_default()
                .push(workload);
        }
        let mut objects: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
        for object in scope.objects().filter(|object| object.pods().is_none()) {
            let namespace = object.namespace.as_deref().unwrap_or_default();
            objects.entry(namespace).or_default().push(object);
        }
        Self { workloads, objects }
    }
}

/// Returns those of a namespace: what names none is in each.
fn within<'a, T>(
    index: &'a BTreeMap<&str, Vec<&'a T>>,
    namespace: &str,
) -> impl Iterator<Item = &'a T> + use<'a, T> {
    let nowhere = index.get("");
    let own = index.get(namespace).filter(|_| !namespace.is_empty());
    nowhere.into_iter().chain(own).flatten().copied()
}

impl<'a> Scope<'a> {
    /// Returns the workloads of the namespace.
    pub fn workloads(self) -> impl Iterator<Item = &'a Workload> {
        let known = self
            .index
            .map(|index| within(&index.workloads, self.namespace));
        let all = match known {
            Some(_) => &[],
            None => self.workloads,
        };
        let all = all.iter();
        known
            .into_iter()
            .flatten()
            .chain(all.filter(move |workload| self.holds(&workload.namespace)))
    }

    /// Returns the objects of the namespace; by an index without those that make pods.
    pub fn objects(self) -> impl Iterator<Item = &'a Object> {
        let known = self
            .index
            .map(|index| within(&index.objects, self.namespace));
        let all = match known {
            Some(_) => None,
            None => self.manifests,
        };
        let all = all.into_iter().flat_map(|manifests| &manifests.objects);
        known.into_iter().flatten().chain(
            all.filter(move |object| self.holds(object.namespace.as_deref().unwrap_or_default())),
        )
    }

    /// Returns the claims that are objects of their own, with whether the release that they belong to already runs.
    pub fn claims(self) -> impl Iterator<Item = (&'a Object, &'a crate::manifest::Claim, bool)> {
        self.objects().filter_map(move |object| match &object.body {
            Body::Claim(claim) => Some((object, &**claim, self.already_runs(object))),
            _ => None,
        })
    }

    /// Returns the workload whose pods share a claim that is an object of its own; none if none of the stream names it.
    pub fn holder(self, claim: &Object) -> Option<&'a Workload> {
        let is_named = |volume: &Volume| matches!(&volume.source, VolumeSource::Claim(name) if *name == claim.name);
        let objects = self
            .manifests
            .into_iter()
            .flat_map(|manifests| &manifests.objects);
        let owner = objects
            .filter(|object| object.namespace == claim.namespace)
            .find(|object| {
                object
                    .pods()
                    .is_some_and(|pods| pods.pod.volumes.iter().any(is_named))
            })?;
        let namespace = owner.namespace.as_deref().unwrap_or_default();
        self.workloads.iter().find(|workload| {
            workload.name == *owner.name
                && (workload.namespace == namespace || namespace.is_empty())
        })
    }

    /// Returns whether something belongs to the namespace; what names none does.
    fn holds(self, namespace: &str) -> bool {
        self.namespace.is_empty() || namespace.is_empty() || namespace == self.namespace
    }

    /// Returns whether an object is of a component that ran before the plan, by the chart it comes from.
    fn already_runs(self, object: &Object) -> bool {
        let Some((chart, _)) = object
            .template
            .as_deref()
            .and_then(|template| template.split_once('/'))
        else {
            return false;
        };
        self.releases
            .iter()
            .filter(|release| release.chart_name() == chart)
            .any(|release| {
                self.environment
                    .and_then(|environment| environment.model.components.get(&release.component))
                    .is_some_and(|section| section.already_running)
            })
    }
}
