//! Renders the values files of one environment.

use helmwright::environment::NoLayers;
use helmwright::source::Source;
use helmwright::{Catalog, Environment, pipeline};

/// Runs the example.
pub(crate) fn main() -> Result<(), helmwright::Error> {
    let source = Source::new(
        "envs/dev.yaml",
        "environment: dev\nnamespace: team-dev\ncomponents:\n  traefik: {roles: {traefik: {replicas: 3}}}\n",
    );
    let mut read = Environment::read(&source, &NoLayers, Catalog::bundled());
    let environment = read.environment.take().expect("nothing is wrong with it");
    let files = pipeline::render(environment, Catalog::bundled(), &mut read.diagnostics)?;
    assert_eq!(files[0].path, "dev/traefik/values.yaml");
    assert!(files[0].text.contains("replicas: 3"));
    Ok(())
}
