//! The small charts of `tests/charts`, rendered: they are charts, and what is said to be dead in them is.

use std::fs;
use std::path::PathBuf;

use helmwright::yaml::Node;
use helmwright_tests::overrides::read;
use helmwright_tests::root;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::oracle::HELMS;

fn folders() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join("tests/charts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

/// Returns values with something else at each dead place, but for those that a template refuses.
fn dead(expected: &Node) -> Value {
    let mut values = json!({});
    for (path, entry) in expected.get("values").and_then(Node::as_map).unwrap() {
        let is = |key: &str| entry.value.get(key).and_then(Node::as_str);
        if is("is") != Some("dead") || is("why").is_some() {
            continue;
        }
        let place = path
            .split('.')
            .fold(&mut values, |place, key| &mut place[key]);
        *place = json!("set by the test");
    }
    values
}

fn without_comments(text: &str) -> Vec<&str> {
    text.lines()
        .map(|line| line.split_once(" #").map_or(line, |(line, _)| line))
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect()
}

#[test]
fn small_charts_render_and_what_is_dead_in_them_has_no_effect() {
    folders().par_iter().for_each(|folder| {
        let name = folder.display();
        let text = fs::read_to_string(folder.join("expected.yaml")).unwrap();
        let expected = read("expected.yaml", &text);
        let refuses = expected.get("helm").and_then(Node::as_str) == Some("refuses");
        let dead = dead(&expected).to_string();
        for helm in HELMS {
            let plain = helm.template(folder, "{}");
            if refuses {
                assert!(plain.is_err(), "{helm:?} takes {name}");
                continue;
            }
            let plain = plain.unwrap_or_else(|error| panic!("{name}: {helm:?}: {error}"));
            let changed = helm
                .template(folder, &dead)
                .unwrap_or_else(|error| panic!("{name}: {helm:?}: {dead}: {error}"));
            let [plain, changed] = [&plain, &changed].map(|text| without_comments(text));
            assert_eq!(plain, changed, "{name}: {helm:?}: {dead} has an effect");
        }
    });
}
