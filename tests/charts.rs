//! Small charts of ours, one construct each: `tests/charts/<name>`, with what their contracts must say beside them.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use helmwright::chart::Chart;
use helmwright::contract::{Additional, Built, Contract, Schema, Types};
use helmwright::source::Source;
use helmwright::yaml::{self, Node, Value};
use helmwright_tests::{files, root};

fn list(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn texts(node: Option<&Node>) -> Vec<&str> {
    list(node).iter().filter_map(Node::as_str).collect()
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key)?.as_str()
}

/// Builds the contract of the chart in a folder.
fn built(folder: &Path) -> Built {
    let files = files(folder, "").into_iter().map(|file| {
        let path = file.strip_prefix(folder).unwrap();
        (
            path.to_string_lossy().into_owned(),
            fs::read_to_string(&file).unwrap(),
        )
    });
    let chart = Chart::from_files(files).unwrap();
    Contract::build(&chart).unwrap()
}

/// Returns what holds at a path, and whether the way there is closed.
fn at<'c>(contract: &'c Contract, path: &[&str]) -> (Option<&'c Schema>, bool) {
    let mut closed = false;
    let mut schema = Some(&contract.schema);
    for key in path {
        let Some(above) = schema.map(|schema| schema.resolve(&contract.schema)) else {
            break;
        };
        closed = above.additional == Additional::Refused;
        schema = above.property(key, &contract.schema);
        if schema.is_none() && !closed {
            // What lies below an open map is as open.
            return (Some(above), false);
        }
        if schema.is_none() {
            return (None, closed);
        }
    }
    (schema, closed)
}

/// Says how one path's entry is not as expected.
fn differs(built: &Built, path: &str, expected: &Node) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut differ = |what: &str, found: String, wanted: &str| {
        if found != wanted {
            wrong.push(format!("{what} is {found}, not {wanted}"));
        }
    };
    let keys: Vec<&str> = path.split('.').collect();
    let contract = &built.contract;
    let (schema, closed) = at(contract, &keys);
    let resolved = schema.map(|schema| schema.resolve(&contract.schema));
    let open = schema
        .and_then(Schema::open)
        .or(resolved.and_then(Schema::open));
    let why = resolved.and_then(Schema::dead);
    let read = built.reads.at(&keys);
    let wanted = text(expected, "is").unwrap_or_default();
    let is = match resolved {
        None if closed => "unknown",
        None => "nowhere",
        Some(schema) if is_dead(schema) => "dead",
        Some(_) if open.is_some() && wanted == "open" => "open",
        Some(_) => "alive",
    };
    differ("it", is.to_owned(), wanted);
    if let (Some(schema), Some(wanted)) = (resolved, text(expected, "type")) {
        let names: Vec<_> = schema.types.without(Types::NULL).names().collect();
        differ("the type", names.join("|"), wanted);
    }
    if let Some(wanted) = expected.get("template") {
        let found = contract.is_template(&keys).to_string();
        differ("`template`", found, &wanted.to_json().to_string());
    }
    if let Some(wanted) = text(expected, "why") {
        let found = open.or(why).unwrap_or("nothing");
        if !found.contains(wanted) {
            differ("the reason", found.to_owned(), wanted);
        }
    }
    if is == "alive" && read.is_none() && !keys.contains(&"global") {
        differ("its reader", "nobody".to_owned(), "known");
    }
    if let Some(wanted) = text(expected, "read") {
        let found = read
            .as_ref()
            .map(|read| format!("{}:{}", read.file, read.line));
        differ("its reader", found.unwrap_or_default(), wanted);
    }
    if expected.get("when").is_some() {
        let mut found = read
            .as_ref()
            .map(|read| read.when.clone())
            .unwrap_or_default();
        found.sort();
        let mut wanted = texts(expected.get("when"));
        wanted.sort_unstable();
        differ("`when`", found.join(", "), &wanted.join(", "));
    }
    if let Some(wanted) = text(expected, "default_of") {
        let found = read.and_then(|read| read.default_of);
        differ("`default_of`", found.unwrap_or_default(), wanted);
    }
    wrong
        .into_iter()
        .map(|what| format!("{path}: {what}"))
        .collect()
}

/// Returns whether nothing below a key is read: a long default is told key by key.
fn is_dead(schema: &Schema) -> bool {
    schema.dead().is_some()
        || !schema.properties.is_empty()
            && schema.additional == Additional::Refused
            && schema.properties.iter().all(|(_, below)| is_dead(below))
}

/// Returns what a contract says of values, as `<verdict> <path>`.
fn said(contract: &Contract, values: &Node) -> Vec<String> {
    contract
        .check(values)
        .iter()
        .map(|finding| {
            let verdict = finding.id.trim_start_matches("contract/");
            // A message on a type quotes the words for it, too.
            let mut quoted = finding.message.split('`').skip(1).step_by(2);
            let path = quoted.find(|quoted| !matches!(*quoted, "true" | "false"));
            format!(
                "{} {}",
                verdict.trim_end_matches("-key"),
                path.unwrap_or_default()
            )
        })
        .collect()
}

fn check(folder: &Path) -> Vec<String> {
    let source = fs::read_to_string(folder.join("expected.yaml")).unwrap();
    let expected = yaml::read(&Source::new("expected.yaml", source)).unwrap();
    let built = built(folder);
    let mut wrong = Vec::new();
    let values = expected.get("values").and_then(Node::as_map).unwrap();
    for (path, entry) in values {
        wrong.extend(differs(&built, path, &entry.value));
    }
    let problems: Vec<String> = built
        .problems
        .iter()
        .map(|problem| format!("{}:{}", problem.file, problem.line))
        .collect();
    if problems != texts(expected.get("problems")) {
        wrong.push(format!("problems are {problems:?}"));
    }
    if built.missing != texts(expected.get("missing")) {
        wrong.push(format!("missing are {:?}", built.missing));
    }
    // The contract that is written says the same as the one that was built.
    let written = Contract::from_json(&built.to_json()).unwrap();
    for contract in [&built.contract, &written] {
        for values in list(expected.get("accepts")) {
            let found = said(contract, values);
            if !found.is_empty() {
                wrong.push(format!("{} is refused: {found:?}", values.to_json()));
            }
        }
        for case in list(expected.get("refuses")) {
            let values = case.get("values").unwrap();
            let wanted = format!(
                "{} {}",
                text(case, "as").unwrap_or_default(),
                text(case, "at").unwrap_or_default()
            );
            let found = said(contract, values);
            if found != [wanted.as_str()] {
                wrong.push(format!("{}: {found:?}, not {wanted}", values.to_json()));
            }
        }
        let defaults = fs::read_to_string(folder.join("values.yaml")).unwrap();
        let defaults = yaml::read(&Source::new("values.yaml", defaults)).unwrap();
        let found = said(contract, &defaults);
        if !found.is_empty() {
            wrong.push(format!("its own defaults are refused: {found:?}"));
        }
    }
    let unique: BTreeSet<String> = wrong.into_iter().collect();
    unique.into_iter().collect()
}

#[test]
fn every_construct_is_followed() {
    let mut folders: Vec<_> = fs::read_dir(root().join("tests/charts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let mut wrong = Vec::new();
    for folder in &folders {
        let name = folder.file_name().unwrap().to_string_lossy();
        wrong.extend(
            check(folder)
                .into_iter()
                .map(|what| format!("{name}: {what}")),
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(folders.len() >= 15, "only {} charts", folders.len());
}
