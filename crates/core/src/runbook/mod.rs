//! The runbook of an environment: what to create before the first sync, in which order to install, what to watch, what to
//! retire, how to go back, and how long it takes.
//!
//! Everything in it follows from the model. A section that does not apply is left out; there is no clock in it, and the same
//! environment gives the same bytes.

mod after;
mod before;
mod delivered;
mod install;
mod objects;
mod quota;
mod text;
mod times;
mod watch;

#[cfg(all(test, feature = "bundled"))]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::components::{Described, Release};
use crate::environment::{DeliveryMethod, Environment};
use crate::layout::Layout;
use crate::links::Links;
use crate::secrets::Needed;
use crate::workload::Workload;

pub(crate) use objects::Object;

/// What a runbook is written from.
pub(crate) struct Runbook<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) releases: &'a [Release],
    /// What the components say of themselves, one for each release.
    pub(crate) described: &'a [Described],
    pub(crate) links: &'a Links,
    /// What will run.
    pub(crate) workloads: &'a [Workload],
    /// What comes later.
    pub(crate) planned: &'a [Workload],
    /// The Secrets that values and objects refer to.
    pub(crate) secrets: &'a [Needed],
    /// The objects that are written as files.
    pub(crate) objects: &'a [Object],
    pub(crate) layout: Layout<'a>,
    pub(crate) catalog: &'a Catalog,
}

impl Runbook<'_> {
    /// Returns the page.
    pub(crate) fn page(&self) -> String {
        let environment = self.environment;
        let mut page = format!(
            "<!-- Made by helmwright from {files}. Do not edit: change those files, then run `helmwright generate`. -->\n\n\
             # Runbook of {name}\n\n\
             {facts}\n\
             Every command is run in the folder that holds {own}, with this cluster as the current one of `kubectl`.\n",
            files = environment.files.join(", ").replace("--", "- -"),
            name = environment.name,
            facts = self.facts(),
            own = text::code(&self.layout.runbook(&environment.name)),
        );
        let mut number = 0;
        for (title, body) in [
            ("Before the first sync", self.before()),
            ("Install, in this order", self.install()),
            ("Watch while it rolls", self.watch()),
            ("Retire", self.retire()),
            ("Go back", self.go_back()),
            ("How long it takes", self.times()),
        ] {
            if !body.is_empty() {
                number += 1;
                let _ = write!(page, "\n## {number}. {title}\n\n{}\n", body.trim_end());
            }
        }
        page
    }

    fn facts(&self) -> String {
        let environment = self.environment;
        let rows = [
            ("tier", environment.tier.name().to_owned()),
            ("namespace", text::code(&environment.namespace)),
            ("tenant", text::code(&environment.tenant)),
            (
                "delivered by",
                match environment.model.delivery.method {
                    DeliveryMethod::Helm => "Helm",
                    DeliveryMethod::Argocd => "Argo CD",
                    DeliveryMethod::Flux => "Flux",
                }
                .to_owned(),
            ),
        ];
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|(what, is)| vec![what.to_owned(), is])
            .collect();
        text::table(&[environment.name.as_str(), ""], &rows)
    }

    /// Returns the releases in the order that they are brought to the cluster, each with what it says of itself.
    fn in_order(&self) -> Vec<(&Release, &Described)> {
        // A component that found nothing to write is nothing to install.
        let is_something = |release: &Release| {
            release.chart.is_some() || self.objects_of(release).any(|object| !object.example)
        };
        let mut ordered: Vec<_> = self
            .releases
            .iter()
            .zip(self.described)
            .filter(|(release, _)| is_something(release))
            .collect();
        ordered.sort_by(|(one, _), (other, _)| {
            (one.wave, &one.component).cmp(&(other.wave, &other.component))
        });
        ordered
    }

    /// Returns the namespaces that releases go to, the environment's own among them, sorted.
    fn namespaces(&self) -> BTreeSet<&str> {
        let of_releases = self
            .releases
            .iter()
            .map(|release| release.namespace.as_str());
        of_releases
            .chain([self.environment.namespace.as_str()])
            .collect()
    }

    /// Returns the workloads of a release.
    fn workloads_of<'r>(&'r self, release: &'r Release) -> impl Iterator<Item = &'r Workload> {
        self.workloads
            .iter()
            .filter(|workload| workload.component == release.component && workload.runs())
    }

    /// Returns the objects of a release's files.
    fn objects_of<'r>(&'r self, release: &'r Release) -> impl Iterator<Item = &'r Object> {
        self.objects
            .iter()
            .filter(|object| object.component == release.component)
    }

    /// Returns the files of objects of a release, each once.
    fn files_of<'r>(&'r self, release: &'r Release) -> Vec<&'r str> {
        let mut files: Vec<&str> = self
            .objects_of(release)
            .filter(|object| !object.example)
            .map(|object| &*object.file)
            .collect();
        files.dedup();
        files
    }

    /// Returns the option that names a namespace.
    fn in_namespace(namespace: &str) -> String {
        format!("-n {}", text::word(namespace))
    }

    /// Returns whether a section says that its component ran before.
    fn already_running(&self, release: &Release) -> bool {
        self.environment
            .model
            .components
            .get(&release.component)
            .is_some_and(|section| section.already_running)
    }
}
