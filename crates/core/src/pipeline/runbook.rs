//! The runbook of an environment: the last file of it, for it names all others.

use std::sync::Arc;

use super::derived::{Derived, Inputs};
use crate::catalog::Catalog;
use crate::components::Release;
use crate::layout::Layout;
use crate::plan::PlannedFile;
use crate::runbook::{Object, Runbook};
use crate::secrets::{Needed, references};
use crate::yaml::Node;

/// What runbooks are written from that only shows while files are written.
#[derive(Default)]
pub(super) struct Noted {
    secrets: Vec<Needed>,
    objects: Vec<Object>,
}

impl Noted {
    /// Notes the Secrets that a release's values refer to.
    pub(super) fn values(&mut self, release: &Release, values: &Node) {
        let found = references(values, release).into_iter();
        self.secrets.extend(found.map(|reference| Needed {
            namespace: release.namespace.clone(),
            component: release.component.clone(),
            reference,
        }));
    }

    /// Notes the objects of a file, and the Secrets that they refer to.
    pub(super) fn file(&mut self, release: &Release, path: &str, objects: &[Node]) {
        let path: Arc<str> = Arc::from(path);
        for node in objects {
            let Some(object) = Object::read(&release.component, &path, node) else {
                continue;
            };
            let namespace = object.namespace.clone();
            // What makes a Secret does not wait for it.
            if !object.kind.ends_with("Secret") {
                let found = references(node, release).into_iter();
                self.secrets.extend(found.map(|reference| {
                    Needed {
                        namespace: namespace
                            .clone()
                            .unwrap_or_else(|| release.namespace.clone()),
                        component: release.component.clone(),
                        reference,
                    }
                }));
            }
            self.objects.push(object);
        }
    }
}

impl Derived {
    /// Writes the runbook from what was noted.
    pub(super) fn runbook(
        &self,
        noted: &Noted,
        inputs: &Inputs,
        layout: Layout<'_>,
        catalog: &Catalog,
    ) -> PlannedFile {
        let runbook = Runbook {
            environment: &self.environment,
            releases: &self.releases,
            described: self.described(),
            links: self.links(),
            workloads: &inputs.workloads,
            planned: &inputs.planned,
            secrets: &noted.secrets,
            objects: &noted.objects,
            layout,
            catalog,
        };
        PlannedFile {
            path: layout.runbook(&self.environment.name),
            text: Arc::from(runbook.page()),
            environment: Some(self.environment.name.clone()),
        }
    }
}
