//! Who sends what where. To add a rule: a file here, its `mod` line, its table line.

mod alloy_broken_reference;
mod crosses_environments;
mod datasource_incomplete;
mod files;
mod logs_twice;
mod no_dead_mans_switch;
mod not_durable;
mod tenant_mismatch;

use crate::policy::Rule;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &crosses_environments::RULE,
    &logs_twice::RULE,
    &alloy_broken_reference::RULE,
    &datasource_incomplete::RULE,
    &tenant_mismatch::RULE,
    &not_durable::RULE,
    &no_dead_mans_switch::RULE,
];

#[cfg(test)]
mod tests {
    use crate::manifest::Reader;
    use crate::policy::tests::{look, said};
    use crate::policy::{Facts, Rule};
    use crate::workload::{self, Form};

    /// Returns what one rule says of an environment that was rendered to a stream.
    pub(super) fn rendered(rule: &'static Rule, text: &str, stream: &str) -> Vec<String> {
        let mut reader = Reader::new("stream");
        reader.feed(stream);
        let manifests = reader.finish();
        look(text, |facts| {
            let workloads =
                workload::rendered(&manifests, facts.environment, facts.releases, facts.catalog);
            let described =
                crate::components::rendered(&manifests, facts.releases, facts.described.to_vec());
            said(
                rule,
                &Facts {
                    form: Form::Rendered,
                    workloads: &workloads,
                    described: &described,
                    predicted: Some(facts.workloads),
                    manifests: Some(&manifests),
                    ..*facts
                },
            )
        })
    }
}
