//! Checks hand-written values against the contract of their chart version.

use helmwright::source::Source;
use helmwright::{Catalog, yaml};

/// Runs the example.
pub(crate) fn main() -> Result<(), helmwright::Error> {
    let contract = Catalog::bundled()
        .contract("traefik", "41.3.0")
        .expect("it is bundled")?;
    let source = Source::new("values.yaml", "livenesProbe:\n  timeoutSeconds: 5\n");
    let values = yaml::read(&source).expect("it is YAML");
    let found = contract.check(&values);
    assert_eq!(
        found[0].message,
        "chart traefik 41.3.0 has no key `livenesProbe`"
    );
    assert_eq!(
        found[0].help.as_deref(),
        Some("did you mean `livenessProbe`?")
    );
    Ok(())
}
