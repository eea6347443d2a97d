//! `version/value-without-effect` (HW-VER-003): a value that changes nothing that is rendered.

use crate::diagnostic::Severity;
use crate::policy::{Check, Rule, Severities};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "version/value-without-effect",
    entry: "HW-VER-003",
    summary: "Every value that is set exists in that chart version and changes what is rendered",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "Each key is in the contract of the chart version, which `generate` and `check` look at (`contract/unknown-key`, `contract/dead-key`); and changing it changes the manifests, which `helmwright verify` tries with the real Helm (`effect/unread-default` is for a key that repeats the chart's default).",
    why: "Helm drops what no template reads without a word, so a limit, a replica or a probe that was set is simply not there.",
    source: "tempo-distributed has `ingester` and `compactor` in 2.26 and not in 3.x, and no Tempo chart has the store-gateway that the rollout plan sizes.",
    fix: "Take the near name that the finding offers, or remove the key.",
    passes: "tempo: {version: 2.26.2, values: {ingester: {replicas: 3}}}",
    fails: "tempo: {version: 3.3.0, values: {ingester: {replicas: 3}}}",
    check: Check::Elsewhere,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::environment::{Environment, NoLayers};
    use crate::pipeline::Derived;
    use crate::policy::tests::prod;
    use crate::source::Source;

    /// Returns the names of what is found when an environment is derived.
    fn found(more: &str) -> Vec<String> {
        let text = format!("{}    {more}\n", prod("tempo", ""));
        let catalog = Catalog::bundled();
        let read = Environment::read(&Source::new("env.yaml", text), &NoLayers, catalog);
        let mut found = read.diagnostics;
        if let Some(environment) = read.environment {
            Derived::new(environment, catalog, &mut found);
        }
        found.into_iter().map(|one| one.id.into_owned()).collect()
    }

    #[test]
    fn a_key_that_the_version_reads_passes_and_one_that_it_dropped_fails() {
        assert!(matches!(RULE.check, Check::Elsewhere));
        let old = found("version: 2.26.2\n    values: {ingester: {replicas: 3}}");
        assert_eq!(old, Vec::<String>::new());
        let new = found("version: 3.3.0\n    values: {ingester: {replicas: 3}}");
        assert!(
            new.iter()
                .any(|id| id == "contract/unknown-key" || id == "contract/dead-key"),
            "{new:?}"
        );
    }
}
