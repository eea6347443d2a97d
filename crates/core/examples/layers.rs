//! Gives the library its layers from memory instead of from a disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::environment::Layers;
use helmwright::source::Source;
use helmwright::{Catalog, Environment};

struct Memory(BTreeMap<&'static str, &'static str>);

impl Layers for Memory {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        Ok(self.0.get(name).map(|text| Source::new(name, *text)))
    }
}

/// Runs the example.
pub(crate) fn main() {
    let layers = Memory(BTreeMap::from([(
        "envs/base.yaml",
        "cluster: {domain: k8s.example.org}\ncomponents:\n  traefik: {settings: {logLevel: WARN}}\n",
    )]));
    let source = Source::new(
        "envs/dev.yaml",
        "environment: dev\nextends: [base.yaml]\nnamespace: team-dev\n",
    );
    let read = Environment::read(&source, &layers, Catalog::bundled());
    let environment = read.environment.expect("nothing is wrong with it");
    assert_eq!(environment.model.cluster.domain, "k8s.example.org");
    // Every value remembers the file and line it came from.
    let place = environment.location("components.traefik.settings.logLevel");
    assert_eq!(format!("{place:?}"), "envs/base.yaml:3:34");
}
