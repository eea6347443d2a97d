//! Templates place values and never compute: the rules that keep every expression a whole value.

use std::fs;

use helmwright_tests::{files, root};

/// Returns what is wrong with a template, line by line.
fn complaints(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut complain = |what: &str| found.push(format!("{name}:{}: {what}: {line}", index + 1));
        let mut rest = line;
        let mut before = String::new();
        while let Some((ahead, tail)) = rest.split_once("{{") {
            let Some((expression, after)) = tail.split_once("}}") else {
                complain("an expression ends on its own line");
                break;
            };
            before.push_str(ahead);
            let expression = expression.trim_matches('-').trim();
            if expression.contains('~')
                || [" + ", " - ", " * ", " / ", " % "]
                    .iter()
                    .any(|sign| expression.contains(sign))
            {
                complain("values are joined and computed in `derive`");
            }
            for filter in expression.split('|').skip(1) {
                if !filter.trim().starts_with("block(") {
                    complain("the one filter is `block`");
                }
            }
            let is_macro_call = expression.starts_with("pods.")
                || expression.contains('(') && !expression.contains('|');
            if !is_macro_call {
                let whole = after.is_empty()
                    || after.trim_start().starts_with(['#', '/'])
                    || name.ends_with(".alloy.j2") && after.trim() == "{";
                let alone = before.trim().is_empty() || before.ends_with([' ', '\t']);
                if !(is_key(&before, after) || whole && alone) {
                    complain("an expression is a whole value, or a whole key");
                }
            }
            rest = after;
            if is_key(&before, after) {
                before = String::new();
            }
        }
        for statement in line.split("{%").skip(1) {
            if statement.contains('~') {
                complain("values are joined in `derive`");
            }
        }
    }
    found
}

/// `{{ name }}:` as a key of its own, with the value behind it.
fn is_key(before: &str, after: &str) -> bool {
    before.trim().is_empty() && (after == ":" || after.starts_with(": "))
}

#[test]
fn templates_only_place_values() {
    let templates = files(&root().join("templates"), ".j2");
    assert!(templates.len() >= 10, "every variant has one");
    let found: Vec<String> = templates
        .iter()
        .flat_map(|file| {
            complaints(
                &file.display().to_string(),
                &fs::read_to_string(file).unwrap(),
            )
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_rules_catch_what_they_forbid() {
    for wrong in [
        "a: {{ b }}:{{ c }}",
        "a: \"{{ b }}\"",
        "a: {{ b ~ c }}",
        "a: {{ b | safe }}",
        "a: {{ b + 1 }}",
        "a: {{ b }}x",
    ] {
        assert!(!complaints("x.yaml.j2", wrong).is_empty(), "{wrong}");
    }
    for right in [
        "a: {{ b }}",
        "  {{ b | block(2) }}",
        "- {{ b }}",
        "{{ a }}:",
        "{{ a }}: {{ b }}",
        "a: {{ b }} # why",
        "  {{ pods.sized(role.a) }}",
    ] {
        assert!(complaints("x.yaml.j2", right).is_empty(), "{right}");
    }
}
