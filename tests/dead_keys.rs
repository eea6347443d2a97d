//! What charts read, refuse and pass over in silence: `tests/dead_keys.yaml` against the committed contracts.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::fs;

use helmwright::Catalog;
use helmwright::contract::Contract;
use helmwright::source::Source;
use helmwright::yaml::{self, Node, Value};
use helmwright_tests::root;

const VERDICTS: [&str; 5] = ["alive", "dead", "unknown", "wrong-type", "bad-value"];

fn cases() -> Vec<Node> {
    let text = fs::read_to_string(root().join("tests/dead_keys.yaml")).unwrap();
    let node = yaml::read(&Source::new("tests/dead_keys.yaml", text)).unwrap();
    list(&node).to_vec()
}

fn list(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        _ => &[],
    }
}

/// Returns the paths of a case: one, several or none.
fn paths(case: &Node) -> Vec<&str> {
    match case.get("at") {
        Some(one) if one.as_str().is_some() => one.as_str().into_iter().collect(),
        Some(several) => list(several).iter().filter_map(Node::as_str).collect(),
        None => Vec::new(),
    }
}

/// Returns what a contract says of values, as `<verdict> <path>`.
fn said(contract: &Contract, values: &Node) -> Vec<String> {
    let found = contract.check(values);
    for finding in &found {
        assert!(
            finding.help.is_some() && finding.location().is_some(),
            "{finding:?}"
        );
    }
    let path = |message: &str| message.split('`').nth(1).unwrap_or_default().to_owned();
    found
        .iter()
        .map(|finding| {
            let id = finding.id.trim_start_matches("contract/");
            let id = id.trim_end_matches("-key");
            format!("{id} {}", path(&finding.message))
        })
        .collect()
}

/// Says how a case comes out other than it should.
fn differs(case: &Node) -> Option<String> {
    let text = |key| case.get(key).and_then(Node::as_str).unwrap_or_default();
    let (chart, verdict) = (text("chart"), text("verdict"));
    if !VERDICTS.contains(&verdict) {
        return Some(format!("`{verdict}` is no verdict"));
    }
    let catalog = Catalog::bundled();
    let Some((name, version)) = chart.split_once('@') else {
        return Some("`chart` is not name@version".to_owned());
    };
    let Some(contract) = catalog.contract(name, version) else {
        return Some("there is no such contract".to_owned());
    };
    let contract = contract.unwrap();
    let found = said(&contract, case.get("values")?);
    let expected: Vec<String> = match verdict {
        "alive" => Vec::new(),
        _ => paths(case)
            .iter()
            .map(|path| format!("{verdict} {path}"))
            .collect(),
    };
    if found != expected {
        return Some(format!("found {found:?}, expected {expected:?}"));
    }
    if verdict != "alive" {
        return expected
            .is_empty()
            .then(|| "a refused key needs its path".to_owned());
    }
    let reads = catalog.reads(name, version).unwrap();
    paths(case).into_iter().find_map(|path| {
        let keys: Vec<&str> = path.split('.').collect();
        reads
            .at(&keys)
            .is_none()
            .then(|| format!("no template reads {path}"))
    })
}

#[test]
fn contracts_know_the_traps() {
    let cases = cases();
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let why = differs(case)?;
            let values = case.get("values").map(Node::to_json).unwrap_or_default();
            let chart = case.get("chart").and_then(Node::as_str).unwrap_or("?");
            Some(format!("{chart} {values}\n  {why}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(cases.len() > 100, "only {} cases", cases.len());
}
