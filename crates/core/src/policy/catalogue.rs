//! All rules as one document, `docs/rules.md`.

use std::fmt::Write as _;

use super::rule::{Group, Severities};
use super::rules;
use crate::diagnostic::Severity;

/// Returns the whole catalogue in Markdown: a table of all rules, then a page for each.
pub fn catalogue() -> String {
    let mut text = String::from(
        "# Rules\n\n\
         What the platform demands. Made from the rules themselves; a test compares.\n\n\
         A rule reads the workloads that an environment will run, or those of any manifests, and who sends what where. \
         `helmwright lint` asks all of them, `generate` those that need no manifests. A tier weighs what is found: dev, test, prod. \
         What is knowingly not kept is waived in the environment file, with a reason, an owner and an end.\n",
    );
    for group in Group::all() {
        let _ = write!(
            text,
            "\n## {}\n\n| rule | statement | prod | test | dev | waivable |\n|---|---|---|---|---|---|\n",
            group.name()
        );
        for rule in rules::all().filter(|rule| rule.group() == Some(group)) {
            let Severities { prod, test, dev } = rule.severities;
            let [prod, test, dev] =
                [prod, test, dev].map(|severity| severity.map_or("off", Severity::name));
            let _ = writeln!(
                text,
                "| [`{id}`](#{anchor}) | {} | {prod} | {test} | {dev} | {} |",
                rule.summary,
                if rule.waivable { "yes" } else { "no" },
                id = rule.id,
                anchor = rule.id.replace('/', ""),
            );
        }
    }
    for rule in rules::all() {
        let _ = write!(text, "\n## {}\n\n{}\n", rule.id, rule.page());
    }
    text
}
