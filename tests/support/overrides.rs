//! Our shipped values files, and overrides drawn from their own paths.

#![expect(clippy::panic, reason = "a helper that fails, fails its test")]

use std::fs;

use helmwright::source::{Source, Span};
use helmwright::yaml::{self, Node};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{files, root};

/// A shipped values file.
#[derive(Clone, Debug)]
pub struct Golden {
    /// Its path.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// Returns every values file in `tests/golden`.
///
/// # Panics
///
/// If a file cannot be read, or there are fewer than the fifteen of three environments and five components.
pub fn goldens() -> Vec<Golden> {
    let found: Vec<Golden> = files(&root().join("tests/golden"), "values.yaml")
        .into_iter()
        .map(|file| Golden {
            text: fs::read_to_string(&file)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display())),
            file: file.display().to_string(),
        })
        .collect();
    assert!(
        found.len() >= 15,
        "three environments of five components: {}",
        found.len()
    );
    found
}

/// Reads a text that must be readable.
///
/// # Panics
///
/// If it is not.
pub fn read(name: &str, text: &str) -> Node {
    yaml::read(&Source::new(name, text))
        .unwrap_or_else(|found| panic!("{name}: {found:#?}\n{text}"))
}

/// Returns the paths of all keys in all maps, in the order of the text.
pub fn paths(node: &Node) -> Vec<Vec<String>> {
    fn visit(node: &Node, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        for (key, entry) in node.as_map().into_iter().flatten() {
            path.push(key.clone());
            found.push(path.clone());
            visit(&entry.value, path, found);
            path.pop();
        }
    }
    let mut found = Vec::new();
    visit(node, &mut Vec::new(), &mut found);
    found
}

/// Returns data with one value at a path.
pub fn at(path: &[String], value: Value) -> Value {
    let mut data = json!({});
    set(&mut data, path, value);
    data
}

/// Sets a value at a path, over whatever stands there.
fn set(data: &mut Value, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *data = value;
        return;
    };
    if !data.is_object() {
        *data = json!({});
    }
    set(&mut data[first.as_str()], rest, value);
}

/// Returns what differs between two texts, in whole lines: where in the first, and what in the second.
pub fn changed<'a>(before: &'a str, after: &'a str) -> (Span, &'a str) {
    let same = |pair: &(&str, &str)| pair.0 == pair.1;
    let lines = |text: &'a str| text.split_inclusive('\n');
    let top: usize = lines(before)
        .zip(lines(after))
        .take_while(same)
        .map(|(line, _)| line.len())
        .sum();
    let bottom: usize = lines(&before[top..])
        .rev()
        .zip(lines(&after[top..]).rev())
        .take_while(same)
        .map(|(line, _)| line.len())
        .sum();
    (
        Span::new(top, before.len() - bottom),
        &after[top..after.len() - bottom],
    )
}

/// A values file of ours with overrides for it: some at its own paths, some under new keys.
pub fn golden_and_overrides() -> impl Strategy<Value = (Golden, Value)> {
    prop::sample::select(goldens()).prop_flat_map(|golden| {
        let known = paths(&read(&golden.file, &golden.text));
        let places = (any::<prop::sample::Index>(), any::<bool>(), text(), data());
        let overrides = prop::collection::vec(places, 1..6).prop_map(move |places| {
            let mut all = json!({});
            for (index, is_new, name, value) in places {
                let mut path = known[index.index(known.len())].clone();
                if is_new {
                    path.pop();
                    path.push(name);
                }
                set(&mut all, &path, value);
            }
            all
        });
        (Just(golden), overrides)
    })
}

/// Data as an override may hold it.
fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i32>().prop_map(Value::from),
        1 => (-1_000_000..1_000_000_i64).prop_map(|number| json!(number as f64 / 8.0)),
        4 => text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Texts that are likely to be written or read wrongly.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b c",
        "é",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "\r\n",
        ": ",
        " #",
        "# ",
        "- ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&",
        "*",
        "!",
        "|",
        ">",
        "'",
        "\"",
        "%",
        "@",
        "`",
        "\\",
        "no",
        "on",
        "null",
        "~",
        "012",
        "1e3",
        "0x1F",
        "12:30",
        "2001-01-01",
        "=",
        "<<",
        "---",
        "...",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{200b}",
        "{{ .x }}",
        "${A}",
        "512Mi",
    ]);
    prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}
