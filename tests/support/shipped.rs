//! The environments of `envs/`, derived.

use std::fs;
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::environment::Layers;
use helmwright::pipeline::{Derived, neighbours};
use helmwright::source::Source;
use helmwright::{Catalog, Environment, peers};

use crate::{files, root};

/// The files of the repository, by their names in it.
struct Repository;

impl Layers for Repository {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        Ok(fs::read_to_string(root().join(name))
            .ok()
            .map(|text| Source::new(name, text)))
    }
}

/// Returns the shipped environments as a run sees them, sorted by name.
pub fn environments() -> Vec<Derived> {
    let catalog = Catalog::bundled();
    let read: Vec<Environment> = files(&root().join("envs"), ".yaml")
        .iter()
        .filter_map(|path| {
            let name = format!("envs/{}", path.file_name()?.to_string_lossy());
            let source = Repository.load(&name).ok()??;
            Environment::read(&source, &Repository, catalog).environment
        })
        .collect();
    let peers = neighbours(&read, catalog);
    let mut derived: Vec<Derived> = read
        .into_iter()
        .map(|environment| {
            let peers = if peers::sees_others(&environment, catalog) {
                Arc::clone(&peers)
            } else {
                peers::Peers::default()
            };
            Derived::among(environment, peers, catalog, &mut Vec::new())
        })
        .collect();
    derived.sort_by(|one, other| one.environment().name.cmp(&other.environment().name));
    derived
}
