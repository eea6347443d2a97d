//! The Secrets that an environment's files refer to, and what follows from them: the last step before the plan.

use serde_json::Value;

use super::asking::derive;
use super::derived::Derived;
use crate::catalog::Catalog;
use crate::components::{Release, Scope};
use crate::contract::broken;
use crate::environment::Section;
use crate::error::Error;
use crate::layout::DEFAULT_LAYOUT;
use crate::secrets::{Needed, references};
use crate::source::Source;
use crate::yaml::{self, Node};

impl Derived {
    /// Returns every Secret that the values and objects of this environment refer to, release by release; none if
    /// anything was wrong.
    ///
    /// # Errors
    ///
    /// As [`build`](super::build).
    pub fn secrets(&self, catalog: &Catalog) -> Result<Vec<Needed>, Error> {
        let mut needed = Vec::new();
        for release in &self.releases {
            if is_last(release, catalog) {
                continue;
            }
            let mut add = |node: &Node| {
                // An object may name another namespace than its release's.
                let own = node
                    .get("metadata")
                    .and_then(|metadata| metadata.get("namespace")?.as_str());
                let found = references(node, release).into_iter();
                needed.extend(found.map(|reference| Needed {
                    namespace: own.unwrap_or(&release.namespace).to_owned(),
                    component: release.component.clone(),
                    reference,
                }));
            };
            if let Some(tree) = self.tree(&release.component, catalog)? {
                add(&tree);
            }
            for file in self.objects_for(&release.component, DEFAULT_LAYOUT, catalog)? {
                let source = Source::new(file.path.clone(), file.text.as_ref());
                let objects =
                    yaml::read_all(&source).map_err(|findings| broken(&file.path, &findings))?;
                objects.iter().for_each(&mut add);
            }
        }
        Ok(needed)
    }

    /// Returns what the templates of a release see that follows from all others; none for a release that does not.
    pub(super) fn late(
        &self,
        release: &Release,
        catalog: &Catalog,
    ) -> Result<Option<Value>, Error> {
        if !is_last(release, catalog) {
            return Ok(None);
        }
        let needed = self.secrets(catalog)?;
        let empty = Section::default();
        let components = &self.environment.model.components;
        let scope = Scope {
            environment: &self.environment,
            section: components.get(&release.component).unwrap_or(&empty),
            release,
            releases: &self.releases,
            others: &self.described,
            links: &self.links,
            peers: &self.peers,
            catalog,
            references: &needed,
        };
        // What is wrong with its settings was found when the environment was derived.
        Ok(Some(derive(&scope, catalog, &mut Vec::new())))
    }
}

fn is_last(release: &Release, catalog: &Catalog) -> bool {
    catalog
        .manifest(&release.component)
        .is_some_and(|manifest| manifest.last)
}
