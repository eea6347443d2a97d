//! The namespace's budget. To add a rule: a file here, its `mod` line, its table line.

mod exceeded;
mod headroom;
mod no_rollout_room;
mod plan_differs;
mod policy_conflict;

use crate::budget::{Bound, Dimension, Namespaces, Origin, Scope};
use crate::manifest::Body;
use crate::policy::{Facts, Rule};
use crate::source::Location;

/// The rules of this group, in the order of the catalogue.
pub(super) static RULES: &[&Rule] = &[
    &exceeded::RULE,
    &headroom::RULE,
    &no_rollout_room::RULE,
    &policy_conflict::RULE,
    &plan_differs::RULE,
];

/// Joins words as a sentence lists them: `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Looks at what is measured: the environment's namespace, or of a stream alone each one that has a `ResourceQuota`.
///
/// A stream without one is measured as a whole, for there may be nodes that it must fit on.
fn each_scope(facts: &Facts<'_>, mut look: impl FnMut(&Scope<'_>)) {
    let whole = Scope {
        environment: facts.environment,
        releases: facts.releases,
        workloads: facts.workloads,
        planned: facts.planned,
        manifests: facts.manifests,
        namespace: facts
            .environment
            .map_or("", |environment| environment.namespace.as_str()),
        index: None,
    };
    if facts.environment.is_some() {
        return look(&whole);
    }
    let mut namespaces: Vec<&str> = whole
        .objects()
        .filter(|object| matches!(object.body, Body::Quota(_)))
        .map(|object| object.namespace.as_deref().unwrap_or_default())
        .collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    if namespaces.is_empty() {
        return look(&whole);
    }
    let index = Namespaces::of(whole);
    for namespace in namespaces {
        look(&Scope {
            namespace,
            // A quota that names no namespace is held against everything.
            index: Some(&index).filter(|_| !namespace.is_empty()),
            ..whole
        });
    }
}

/// Returns where a bound stands.
fn place(facts: &Facts<'_>, bound: &Bound<'_>, dimension: Dimension) -> Option<Location> {
    let key = match bound.origin {
        Origin::Request => "quotaRequest",
        Origin::Today => "quota",
        Origin::Object(hard) => return Some(hard.place.clone()),
    };
    facts.setting(&format!("{key}.{}", dimension.key()))
}

/// Returns what to write where a bound is too small: `write `quotaRequest.memory: 45Gi``.
fn write(bound: &Bound<'_>, dimension: Dimension, units: u64) -> String {
    let shown = dimension.shown(units);
    match bound.origin {
        Origin::Request | Origin::Today => {
            format!("write `quotaRequest.{}: {shown}`", dimension.key())
        }
        Origin::Object(hard) => format!("write `{}: {shown}`", hard.key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{asked, prod};

    #[test]
    fn examples_are_what_they_say() {
        for (rule, component) in [
            (&exceeded::RULE, "mimir"),
            (&headroom::RULE, "mimir"),
            (&no_rollout_room::RULE, "mimir"),
            (&plan_differs::RULE, "traefik"),
        ] {
            for (piece, fails) in [(rule.passes, false), (rule.fails, true)] {
                let found = asked(rule, &prod(component, piece));
                assert_eq!(!found.is_empty(), fails, "{}: {found:#?}\n{piece}", rule.id);
            }
        }
    }

    #[test]
    fn words_are_listed_as_a_sentence_does() {
        let words = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(listed(&words), "a, b and c");
        assert_eq!(listed(&words[..1]), "a");
        assert_eq!(listed(&[]), "");
    }
}
