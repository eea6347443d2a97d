//! Rules that adopted values break: they shall mean what they meant, so the breach is waived for a while.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::{Adopted, Request};
use crate::diagnostic::{Diagnostic, Severity};
use crate::environment::Environment;
use crate::pipeline::Derived;
use crate::policy::{self, Asked, Waivers, rules};
use crate::source::Source;

/// Waives the rules that the adopted environment breaks and the environment before did not, until a day such as
/// `2027-02-18`.
///
/// Nothing is added to an environment that has waivers of its own, for its list is the user's; and no rule is waived that
/// cannot be. `generate` then says what is left.
pub fn waive(adopted: &mut Adopted, request: &Request<'_>, until: &str) {
    let Some(text) = adopted.text.clone() else {
        return;
    };
    if adopted.alone {
        return;
    }
    let before = request
        .existing
        .as_ref()
        .map(|source| broken(source, request))
        .unwrap_or_default();
    let source = Source::new(request.file, text.as_str());
    let now = broken(&source, request);
    let new: Vec<&str> = now.difference(&before).copied().collect();
    let has_waivers = Environment::read(&source, request.layers, request.catalog)
        .environment
        .is_none_or(|environment| environment.node(&["waivers"]).is_some());
    if new.is_empty() || has_waivers {
        return;
    }
    let mut whole = format!(
        "{}\n\n# Adopted as it was. Mend these, or decide who answers for them and until when.\nwaivers:\n",
        text.trim_end()
    );
    for rule in &new {
        let _ = write!(
            whole,
            "  - rule: {rule}\n    component: {}\n    reason: adopted as it was\n    owner: to be named\n    expires: {until}\n",
            adopted.component
        );
    }
    for rule in new {
        adopted.diagnostics.push(
            Diagnostic::new(
                Severity::Warning,
                "adopt/waived",
                format!("`{rule}` is waived for {} until {until}", adopted.component),
            )
            .why("what was adopted breaks it, and shall mean what it meant")
            .help("mend it and remove the waiver, or write under `owner` who answers for it"),
        );
    }
    adopted.text = Some(whole);
}

/// Returns the rules that an environment breaks and that may be waived.
fn broken(source: &Arc<Source>, request: &Request<'_>) -> BTreeSet<&'static str> {
    let read = Environment::read(source, request.layers, request.catalog);
    let Some(environment) = read.environment else {
        return BTreeSet::new();
    };
    let derived = Derived::new(environment, request.catalog, &mut Vec::new());
    let waivers = Waivers::read(derived.environment(), None, &mut Vec::new());
    let inputs = derived.inputs(request.catalog);
    policy::run(
        &derived.facts(&inputs, request.catalog),
        &waivers,
        &Asked::default(),
    )
    .diagnostics
    .iter()
    .filter(|found| found.severity == Severity::Error)
    .filter_map(|found| rules::find(&found.id))
    .filter(|rule| rule.waivable)
    .map(|rule| rule.id)
    .collect()
}
