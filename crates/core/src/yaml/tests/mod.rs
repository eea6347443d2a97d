//! Tests of the module as a whole.

mod merge;
mod overlay;
mod read;
mod splice;
mod write;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::Node;
use crate::source::Source;

fn source(text: &str) -> Arc<Source> {
    Source::new("values.yaml", text)
}

fn node(text: &str) -> Node {
    super::read(&source(text)).unwrap_or_else(|found| panic!("{text:?}: {found:#?}"))
}

fn json(text: &str) -> Json {
    node(text).to_json()
}

/// Returns the names and marked texts of what is found.
fn findings(text: &str) -> Vec<(String, String)> {
    match super::read(&source(text)) {
        Ok(node) => panic!("{text:?} reads as {}", node.to_json()),
        Err(found) => found
            .iter()
            .map(|diagnostic| {
                assert!(diagnostic.help.is_some(), "{diagnostic:?} has no help");
                let location = diagnostic.location().expect("every finding has a place");
                assert!(
                    text.is_char_boundary(location.span.start)
                        && text.is_char_boundary(location.span.end)
                );
                (diagnostic.id.to_string(), location.text().to_owned())
            })
            .collect(),
    }
}

/// Texts that are likely to be written or read wrongly.
fn hostile_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "\r",
        "\r\n",
        "a",
        "b c",
        "é",
        "日本",
        "😀",
        ":",
        ": ",
        " #",
        "#",
        "- ",
        "-",
        "? ",
        "?",
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
        "\\n",
        "no",
        "on",
        "y",
        "N",
        "null",
        "~",
        "012",
        "0x1F",
        "0o7",
        "0b1",
        "1e3",
        "1_000",
        "1.5",
        ".5",
        ".inf",
        "-.nan",
        "12:30",
        "2001-01-01",
        "=",
        "<<",
        "---",
        "...",
        "\u{0}",
        "\u{7}",
        "\u{1b}",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{2029}",
        "\u{feff}",
        "\u{200b}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{1fffe}",
        "{{ x }}",
        "$(A)",
        "$x",
        "true",
        "x: y",
        "512Mi",
        "30s",
        "http://a.b/c?d=e#f",
        "~a",
        "(",
        "+1",
        "-1",
        "^",
        ";",
    ]);
    prop_oneof![
        4 => prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
        1 => "[0-9a-fxobeEtTzZ_.:+-]{1,8}",
        1 => "[ -~]{0,12}",
        1 => "[a-z \n\t#:'\"-]{0,40}",
    ]
}

/// Any JSON that a values file may hold.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>()
            .prop_filter("JSON has finite numbers only", |number| number.is_finite())
            .prop_map(Json::from),
        hostile_text().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((hostile_text(), inner), 0..5)
                .prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}
