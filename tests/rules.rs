//! The catalogue of rules, as text and as files.

use std::collections::BTreeSet;
use std::fs;

use helmwright::policy::{Group, catalogue, rules};
use helmwright_tests::{expect, files, root};

#[test]
fn the_page_of_rules_is_made_from_the_rules() {
    expect(&root().join("docs/rules.md"), &catalogue()).unwrap();
}

#[test]
fn every_rule_has_its_file_and_every_file_its_rule() {
    let folder = root().join("crates/core/src/policy/rules");
    let mut in_files = BTreeSet::new();
    for file in files(&folder, ".rs") {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        if !text.contains("static RULE: Rule") {
            continue;
        }
        let group = file.parent().unwrap().file_name().unwrap();
        let id = format!(
            "{}/{}",
            group.to_string_lossy().replace('_', "-"),
            name.replace('_', "-")
        );
        assert!(text.contains("#[cfg(test)]"), "{id} has no test");
        in_files.insert(id);
    }
    let known: BTreeSet<String> = rules::all().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(in_files, known);
    for group in Group::all() {
        assert!(
            known.iter().any(|id| id.starts_with(group.name())),
            "group {} is empty",
            group.name()
        );
    }
}
