//! Reads one environment, and says what is wrong with another.

use helmwright::environment::NoLayers;
use helmwright::source::Source;
use helmwright::{Catalog, Environment};

/// Runs the example.
pub(crate) fn main() {
    let fine = Source::new(
        "envs/dev.yaml",
        "environment: dev\nnamespace: team-dev\ncomponents:\n  traefik: {}\n",
    );
    let read = Environment::read(&fine, &NoLayers, Catalog::bundled());
    let environment = read.environment.expect("nothing is wrong with it");
    assert_eq!(environment.namespace, "team-dev");

    let wrong = Source::new(
        "envs/test.yaml",
        "environment: test\nnamespace: team-test\ncomponents:\n  trafik: {}\n",
    );
    for finding in Environment::read(&wrong, &NoLayers, Catalog::bundled()).diagnostics {
        let start = finding
            .location()
            .expect("every finding here has a place")
            .start();
        assert_eq!((start.line, start.column), (4, 3));
        assert_eq!(
            finding.help.as_deref(),
            Some("did you mean `components.traefik`?")
        );
    }
}
