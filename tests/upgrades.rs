//! What upgrades of real charts break: `tests/upgrades.yaml` against the contracts at hand.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::fs;

use helmwright::Catalog;
use helmwright::source::Source;
use helmwright::upgrade::{Change, Sureness, compare, mend};
use helmwright::yaml::{self, Node, Value};
use helmwright_tests::{files, root};

fn cases() -> Vec<Node> {
    let text = fs::read_to_string(root().join("tests/upgrades.yaml")).unwrap();
    let node = yaml::read(&Source::new("tests/upgrades.yaml", text)).unwrap();
    list(&node).to_vec()
}

fn list(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        _ => &[],
    }
}

fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

/// Returns the values of a case as a file of their own.
fn mine(case: &Node, name: &str) -> Node {
    let mine = yaml::block(&case.get("mine").unwrap().to_json(), 0);
    yaml::read(&Source::new(name, format!("{mine}\n"))).unwrap()
}

/// Says how a change is not as expected.
fn differs(expected: &Node, change: Option<&Change>) -> Option<String> {
    let path = text(expected, "path");
    let Some(change) = change else {
        return Some(format!("nothing is said of {path}"));
    };
    if change.kind.name() != text(expected, "what") {
        return Some(format!("{path} {}", change.kind.name()));
    }
    let Some(best) = change.proposals.first() else {
        let wanted = !text(expected, "to").is_empty();
        return wanted.then(|| format!("{path} goes nowhere"));
    };
    let least = match text(expected, "sure") {
        "certain" => Sureness::Certain,
        "likely" => Sureness::Likely,
        _ => Sureness::Guess,
    };
    (best.path.to_string() != text(expected, "to") || best.sureness < least)
        .then(|| format!("{path} to {} ({})", best.path, best.sureness.name()))
}

#[test]
fn every_known_break_is_told_and_nothing_else() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (chart, from, to) = (text(&case, "chart"), text(&case, "from"), text(&case, "to"));
        let contract = |version| {
            Catalog::bundled()
                .contract(chart, version)
                .unwrap()
                .unwrap()
        };
        let name = format!("{chart} {from} -> {to}");
        let found = compare(&contract(from), &contract(to), &mine(&case, &name));
        let expected = list(case.get("expect").unwrap());
        let is = |wanted: &Node, change: &&Change| change.path.to_string() == text(wanted, "path");
        for wanted in expected {
            let change = found.changes.iter().find(|change| is(wanted, change));
            wrong.extend(differs(wanted, change).map(|why| format!("{name}: {why}")));
        }
        for change in &found.changes {
            if !expected.iter().any(|wanted| is(wanted, &change)) {
                wrong.push(format!(
                    "{name}: {} {} too",
                    change.path,
                    change.kind.name()
                ));
            }
        }
        for wanted in case.get("general").map(list).unwrap_or_default() {
            let is_told =
                |change: &Change| is(wanted, &change) && change.kind.name() == text(wanted, "what");
            if !found.general.iter().any(is_told) {
                wrong.push(format!(
                    "{name}: {} is not in general",
                    text(wanted, "path")
                ));
            }
        }
        // A second upgrade of what was mended finds nothing that a likely edit would mend.
        for mended in mend(&found.changes) {
            let text = Source::new(name.as_str(), mended.after);
            let again = compare(&contract(from), &contract(to), &yaml::read(&text).unwrap());
            let left = mend(&again.changes);
            if !left.is_empty() {
                wrong.push(format!("{name}: not mended at once: {:?}", left[0].titles));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_version_is_the_same_as_itself() {
    for (chart, version) in Catalog::bundled().contracts() {
        let contract = Catalog::bundled()
            .contract(&chart, &version)
            .unwrap()
            .unwrap();
        let nothing = yaml::read(&Source::new("mine.yaml", "{}\n")).unwrap();
        let found = compare(&contract, &contract, &nothing);
        assert!(
            found.general.is_empty(),
            "{chart} {version}: {:?}",
            found.general
        );
        assert!(found.changes.is_empty() && found.unsaid.is_empty());
    }
}

/// Values files that we make ourselves, with the chart version that their first line names.
fn goldens() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for file in files(&root().join("tests/golden"), "values.yaml") {
        let text = fs::read_to_string(&file).unwrap();
        let line = text.lines().next().unwrap_or_default();
        let chart = line
            .rsplit_once(".schemas/")
            .and_then(|(_, path)| path.strip_suffix(".schema.json")?.split_once('/'));
        if let Some((chart, version)) = chart {
            found.push((chart.to_owned(), version.to_owned(), text.clone()));
        }
    }
    found
}

#[test]
fn every_version_to_every_other_is_told_and_mended() {
    let catalog = Catalog::bundled();
    let goldens = goldens();
    assert!(goldens.len() > 10, "{}", goldens.len());
    for (chart, version, text) in goldens {
        let from = catalog.contract(&chart, &version).unwrap().unwrap();
        let mine = yaml::read(&Source::new("mine.yaml", text)).unwrap();
        for (other, version) in catalog.contracts() {
            if other != chart {
                continue;
            }
            let to = catalog.contract(&chart, &version).unwrap().unwrap();
            let found = compare(&from, &to, &mine);
            for mended in mend(&found.changes) {
                let text = Source::new("mine.yaml", mended.after);
                let again = compare(&from, &to, &yaml::read(&text).unwrap());
                let count = |changes: &[Change]| {
                    changes.iter().filter(|change| change.kind.breaks()).count()
                };
                assert!(
                    count(&again.changes) < count(&found.changes),
                    "{chart} to {version}"
                );
            }
        }
    }
}
