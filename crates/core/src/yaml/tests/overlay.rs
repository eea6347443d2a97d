//! Any overrides over any text.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::{Node, block, flow, merge, read, splice};
use super::splice::over;
use super::{any_json, hostile_text, node};

/// Returns the paths of all maps' keys in a text, with whether the value is a map.
fn paths(node: &Node) -> Vec<(Vec<String>, bool)> {
    let mut found = Vec::new();
    let mut open = vec![(Vec::new(), node)];
    while let Some((path, node)) = open.pop() {
        for (key, entry) in node.as_map().into_iter().flatten() {
            let mut path: Vec<String> = path.clone();
            path.push(key.clone());
            found.push((path.clone(), entry.value.as_map().is_some()));
            open.push((path, &entry.value));
        }
    }
    found
}

/// Sets a value at a path, over whatever stands there.
fn set(data: &mut Json, path: &[String], value: Json) {
    let Some((first, rest)) = path.split_first() else {
        *data = value;
        return;
    };
    if !data.is_object() {
        *data = json!({});
    }
    set(&mut data[first.as_str()], rest, value);
}

/// Overrides for a text: some values of its own paths, some keys that are new.
fn overrides(base: &Node) -> impl Strategy<Value = Json> + use<> {
    let known = paths(base);
    let places = (
        any::<prop::sample::Index>(),
        any::<bool>(),
        hostile_text(),
        any_json(),
    );
    prop::collection::vec(places, 0..6).prop_map(move |places| {
        let mut data = json!({});
        for (index, is_new, name, value) in places {
            let mut path = Vec::new();
            if !known.is_empty() {
                path = known[index.index(known.len())].0.clone();
            }
            if is_new || path.is_empty() {
                path.pop();
                path.push(name);
            }
            set(&mut data, &path, value);
        }
        data
    })
}

fn laid_over(base: &str, overrides: &Json) -> Result<(), TestCaseError> {
    let over = over(&format!("# Prod.\n{}\n", block(overrides, 0)));
    let merged = merge(node(base), &over);
    let text = splice(node(base), &over)
        .map_err(|error| TestCaseError::fail(format!("{error}\n{base}\n{overrides}")))?;
    let back = node(&text);
    prop_assert_eq!(back.to_json(), merged.to_json(), "{}", text);
    prop_assert_eq!(paths(&back), paths(&merged), "the order of keys: {}", text);
    // Laid over itself again nothing changes but what is already marked.
    let again =
        splice(back, &over).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    prop_assert_eq!(node(&again).to_json(), merged.to_json());
    Ok(())
}

/// Texts with all ways to write a value, and comments between.
fn any_text() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "1",
        "text",
        "'it''s'",
        "\"a # b\"",
        "null",
        "",
        "{}",
        "[]",
        "[a, {b: 1}]",
        "{b: 1, c: {d: [2]}, \"e\":3,}",
        "{b: 1, # b\n~  # Of c.\n~  c: {d: 2}\n~  # End.\n~ }",
        "|\n~  a\n\n~   # b",
        "|+\n~  a\n\n",
        "|2-\n~   a\n~  b",
        ">-\n~  a\n~  b",
        "\"a\n~  b\"",
        "a\n~  b",
        "# c\n~- x\n~# c\n~- y: 1\n~  z: 2",
        "\n~ - x # c\n~ # c",
        "!!str 1",
        "\n~  # c\n~  far",
    ]);
    let comment = prop::sample::select(vec![
        "",
        "",
        "\n",
        "~# Above.\n",
        "\n~# Apart.\n\n",
        "~  # Deep.\n",
        "~# A.\n~# B.\n",
    ]);
    let name = prop::sample::select(vec!["a", "b", "c", "d", "\"e f\"", "1", "on", "'g'"]);
    let behind = prop::sample::select(vec!["", "", " # why", " "]);
    let leaf = (comment.clone(), name.clone(), value, behind).prop_map(
        |(comment, name, value, behind)| {
            let behind = if value.contains('\n') { "" } else { behind };
            vec![(
                name.to_owned(),
                format!("{comment}~{name}: {value}{behind}\n"),
            )]
        },
    );
    let map = leaf.prop_recursive(3, 20, 4, move |inner| {
        (
            comment.clone(),
            name.clone(),
            prop::collection::vec(inner, 1..4),
            1..4usize,
        )
            .prop_map(|(comment, name, parts, step)| {
                let step = " ".repeat(step);
                let body = once_each(parts).replace('~', &format!("~{step}"));
                vec![(name.to_owned(), format!("{comment}~{name}:\n{body}"))]
            })
    });
    (
        prop::collection::vec(map, 0..5),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(parts, cut, windows)| {
            let mut text = once_each(parts).replace('~', "");
            if cut {
                text.truncate(text.trim_end_matches('\n').len());
            }
            if windows {
                text.replace('\n', "\r\n")
            } else {
                text
            }
        })
}

/// Joins parts, of each name the first.
fn once_each(parts: Vec<Vec<(String, String)>>) -> String {
    let mut seen = std::collections::BTreeSet::new();
    parts
        .into_iter()
        .flatten()
        .filter(|(name, _)| seen.insert(name.clone()))
        .map(|(_, text)| text)
        .collect()
}

proptest! {
    #[test]
    fn any_overrides_over_any_text(
        (text, overrides) in any_text()
            .prop_filter("a text that can be read", |text| read(&super::source(text)).is_ok())
            .prop_flat_map(|text| { let overrides = overrides(&node(&text)); (Just(text), overrides) })
    ) {
        laid_over(&text, &overrides)?;
    }

    #[test]
    fn any_data_over_any_data(base in any_json(), overrides in any_json()) {
        for base in [format!("{}\n", block(&base, 0)), flow(&base)] {
            laid_over(&base, &overrides)?;
        }
    }
}
