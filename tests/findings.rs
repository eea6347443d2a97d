//! Every finding that the program can print has its page in `docs/findings.md`.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;
use std::fs;

use helmwright::findings;
use helmwright_tests::{files, root};

/// Texts of that shape which are no names of findings.
const OTHERS: &[&str] = &["alert-rules/rules", "schemas/programs"];

/// The problems that one walker finds in values, environments and clusters, told with each group.
const WALKED: [&str; 5] = [
    "bad-value",
    "dead-key",
    "missing-key",
    "unknown-key",
    "wrong-type",
];

/// Returns the names of findings in the text of a module, tests left out.
fn names(text: &str) -> BTreeSet<String> {
    let code = text.split("mod tests {").next().unwrap_or_default();
    let mut names = BTreeSet::new();
    for line in code.lines() {
        let line = line.trim_start();
        if line.starts_with("//") {
            continue;
        }
        for text in line.split('"').skip(1).step_by(2) {
            let is_name = |part: &str| {
                !part.is_empty()
                    && part.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
                    })
            };
            if let Some((group, problem)) = text.split_once('/')
                && is_name(group)
                && is_name(problem)
                && !OTHERS.contains(&text)
            {
                names.insert(text.to_owned());
            }
        }
    }
    names
}

fn used() -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for folder in ["crates/core/src", "crates/cli/src"] {
        for file in files(&root().join(folder), ".rs") {
            let name = file.to_string_lossy().into_owned();
            if name.contains("/tests") || name.ends_with("_tests.rs") {
                continue;
            }
            used.extend(names(&fs::read_to_string(&file).unwrap()));
        }
    }
    for problem in WALKED {
        used.insert(format!("contract/{problem}"));
        used.insert(format!("environment/{problem}"));
        used.insert(format!("cluster/{problem}"));
        used.insert(format!("catalog/{problem}"));
        used.insert(format!("object/{problem}"));
        used.insert(format!("rules/{problem}"));
    }
    used.remove("environment/dead-key");
    used.remove("cluster/dead-key");
    used.remove("catalog/dead-key");
    used.remove("object/dead-key");
    used.remove("rules/dead-key");
    used
}

#[test]
fn every_finding_has_a_page() {
    let used = used();
    assert!(
        used.contains("storage/bucket-shared") && used.len() > 60,
        "{used:?}"
    );
    let without: Vec<&String> = used
        .iter()
        .filter(|id| findings::page(id).is_none())
        .collect();
    assert!(
        without.is_empty(),
        "no page in docs/findings.md: {without:?}"
    );
}

#[test]
fn no_page_is_left_without_its_finding() {
    let used = used();
    let left: Vec<&str> = findings::pages()
        .map(|page| page.id)
        .filter(|id| !used.contains(*id))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_walked_problem_is_not_forgotten() {
    let mut problems = BTreeSet::new();
    for file in ["check", "report", "unknown"] {
        let path = root().join(format!("crates/core/src/contract/{file}.rs"));
        let text = fs::read_to_string(path).unwrap();
        for part in text.split("self.push(").skip(1) {
            let problem = part.split('"').nth(1).unwrap_or_default();
            if part.trim_start().starts_with('"') {
                problems.insert(problem.to_owned());
            }
        }
    }
    for problem in problems {
        assert!(WALKED.contains(&problem.as_str()), "{problem}");
    }
}
