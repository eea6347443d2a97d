//! One file per rule, in one folder per group.

mod container;
mod priority;
mod probe;
mod quota;
mod remote_write;
mod replication;
mod resources;
mod storage;
mod version;
mod wiring;

use super::rule::Rule;

/// The rules by group, in the order of the catalogue.
static GROUPS: [&[&Rule]; 9] = [
    resources::RULES,
    quota::RULES,
    replication::RULES,
    priority::RULES,
    probe::RULES,
    remote_write::RULES,
    storage::RULES,
    wiring::RULES,
    version::RULES,
];

/// Returns every rule, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().flat_map(|rules| rules.iter().copied())
}

/// Returns the rule of a name.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_whole_page() {
        let mut seen = std::collections::BTreeSet::new();
        for rule in all() {
            assert!(seen.insert(rule.id), "{} twice", rule.id);
            assert!(rule.group().is_some(), "{}", rule.id);
            assert!(rule.entry.starts_with("HW-"), "{}", rule.id);
            for text in [
                rule.summary,
                rule.condition,
                rule.why,
                rule.source,
                rule.fix,
            ] {
                assert!(text.len() > 10, "{}: {text:?}", rule.id);
            }
            assert!(!rule.summary.ends_with('.'), "{}", rule.id);
        }
    }

    #[test]
    fn only_the_four_that_protect_others_cannot_be_waived() {
        let fixed: Vec<&str> = all()
            .filter(|rule| !rule.waivable)
            .map(|rule| rule.id)
            .collect();
        for id in &fixed {
            assert!(
                [
                    "priority/default-class",
                    "storage/bucket-shared",
                    "storage/inline-credential",
                    "wiring/crosses-environments",
                ]
                .contains(id),
                "{id}"
            );
        }
    }
}
