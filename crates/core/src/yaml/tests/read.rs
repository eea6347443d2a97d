//! Reading: data, places, and what is refused.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::{MAX_BYTES, MAX_DEPTH, Node, Value, document, read, read_all};
use super::{any_json, findings, hostile_text, json, node, source};

/// Returns the text that the node at a path covers.
fn text_at(text: &str, path: &[&str]) -> String {
    node(text)
        .at(path)
        .expect("the path exists")
        .location
        .text()
        .to_owned()
}

fn one(text: &str) -> (String, String) {
    let found = findings(text);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

fn pair(id: &str, text: &str) -> (String, String) {
    (id.to_owned(), text.to_owned())
}

#[test]
fn nothing_is_null() {
    for text in [
        "",
        "\n",
        "# only a comment\n",
        "---\n",
        "--- # x\n...\n",
        "~",
        "\u{feff}",
        " ",
    ] {
        assert_eq!(node(text).value, Value::Null, "{text:?}");
    }
}

#[test]
fn keys_are_resolved_like_values() {
    assert_eq!(
        json("1: a\non: b\nn: c\n012: d\n\"y\": e\n1.50: f\n.inf: g\n2001-01-01: h\n"),
        json!({"1": "a", "true": "b", "false": "c", "10": "d", "y": "e", "1.5": "f", ".inf": "g", "2001-01-01": "h"})
    );
}

#[test]
fn spans_are_exact() {
    let text = "é: 1 # one\n\"ü\" : 'it''s'\nmap: # x\n  a:   b c   # d\n  e: {f: [1, \"2\"], g: }  # h\nlist:\n- x\n-   - y\n    - z: 1\n      w: 2   \n\n# end\nlast: \"a\\n\n  b\"\n";
    assert_eq!(text_at(text, &["é"]), "1");
    assert_eq!(text_at(text, &["ü"]), "'it''s'");
    assert_eq!(
        text_at(text, &["map"]),
        "a:   b c   # d\n  e: {f: [1, \"2\"], g: }"
    );
    assert_eq!(text_at(text, &["map", "a"]), "b c");
    assert_eq!(text_at(text, &["map", "e"]), "{f: [1, \"2\"], g: }");
    assert_eq!(text_at(text, &["map", "e", "f"]), "[1, \"2\"]");
    assert_eq!(
        text_at(text, &["list"]),
        "- x\n-   - y\n    - z: 1\n      w: 2"
    );
    assert_eq!(text_at(text, &["last"]), "\"a\\n\n  b\"");
    let tree = node(text);
    let Value::List(items) = &tree.at(&["list"]).unwrap().value else {
        panic!("a list")
    };
    assert_eq!(items[1].location.text(), "- y\n    - z: 1\n      w: 2");
    let Value::List(inner) = &items[1].value else {
        panic!("a list")
    };
    assert_eq!(inner[1].location.text(), "z: 1\n      w: 2");
    let keys: Vec<_> = tree
        .as_map()
        .unwrap()
        .values()
        .map(|entry| entry.key.text())
        .collect();
    assert_eq!(keys, ["é", "\"ü\"", "map", "list", "last"]);
    assert_eq!(tree.location.span.start, 0);
    assert_eq!(tree.location.span.end, text.len() - 1);
}

#[test]
fn block_scalars_are_covered_from_sign_to_last_line() {
    let text = "a: |  # why\n  x\n\n  y  \n\n# c\nb: >-\n  z\n  z\nc: !!str |2+\n    q\n\n\nd:\n  - |\n    e\n  - |\n  - &f >\n\n    g\n";
    assert_eq!(text_at(text, &["a"]), "|  # why\n  x\n\n  y  ");
    assert_eq!(text_at(text, &["b"]), ">-\n  z\n  z");
    assert_eq!(text_at(text, &["c"]), "|2+\n    q");
    let tree = node(text);
    let Value::List(items) = &tree.at(&["d"]).unwrap().value else {
        panic!("a list")
    };
    let texts: Vec<_> = items.iter().map(|item| item.location.text()).collect();
    assert_eq!(texts, ["|\n    e", "|", ">\n\n    g"]);
    assert_eq!(
        json(text),
        json!({"a": "x\n\ny  \n", "b": "z z", "c": "  q\n\n\n", "d": ["e\n", "", "\ng\n"]})
    );
}

#[test]
fn a_missing_value_stands_behind_its_sign() {
    let text = "a:   # none\nb:\nc: [ , ]\n";
    assert_eq!(findings(text).len(), 1);
    let text = "a:   # none\nb:\nlist:\n  -   # c\n  -\n  - x\n? k\n";
    let tree = node(text);
    let start = |path: &[&str]| tree.at(path).unwrap().location.span.start;
    assert_eq!(&text[..start(&["a"])], "a:");
    assert_eq!(&text[start(&["b"]) - 2..start(&["b"])], "b:");
    let Value::List(items) = &tree.at(&["list"]).unwrap().value else {
        panic!("a list")
    };
    for item in &items[..2] {
        assert_eq!(item.value, Value::Null);
        assert_eq!(item.location.text(), "");
        assert_eq!(
            &text[item.location.span.start - 1..item.location.span.start],
            "-"
        );
    }
    assert_eq!(&text[start(&["k"]) - 1..start(&["k"])], "k");
}

/// Removes what a span leaves out: the line breaks at the end of a block.
fn trimmed(value: Json) -> Json {
    match value {
        Json::String(text) => text.trim_end().into(),
        Json::Array(items) => items.into_iter().map(trimmed).collect(),
        Json::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, trimmed(value)))
            .collect(),
        other => other,
    }
}

/// Checks that what each span covers is, on its own, the same value.
fn check_spans(node: &Node, text: &str) {
    let location = &node.location;
    let line = text[..location.span.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let before = &text[line..location.span.start];
    let (alone, key) = if location.text().starts_with(['|', '>']) {
        // A block needs something to be indented under, in the column of its own key or item.
        let indent = match before.trim_end().strip_suffix('-') {
            Some(item) => item.len(),
            None => before.len() - before.trim_start_matches([' ', '-']).len(),
        };
        (
            format!("{}k: {}\n", " ".repeat(indent), location.text()),
            Some("k"),
        )
    } else {
        // Further lines keep their indentation if the first one gets the same.
        (
            format!(
                "{}{}\n",
                " ".repeat(before.chars().count()),
                location.text()
            ),
            None,
        )
    };
    let read = read(&source(&alone))
        .map(|node| key.and_then(|key| node.get(key)).unwrap_or(&node).to_json());
    assert_eq!(read.map(trimmed), Ok(trimmed(node.to_json())), "{alone:?}");
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| check_spans(item, text)),
        Value::Map(map) => map
            .values()
            .for_each(|entry| check_spans(&entry.value, text)),
        _ => {}
    }
}

#[test]
fn every_span_reads_back_to_its_value() {
    let text = "a: 1\nb:\n  - c: [x, {y: 'z'}]\n    d: \"q\"   \n  -\n  - - 1\n    - 2 # e\nf:\n- g:\n    h: on\nm: {n: , o: [1: 2]}\n? p\n: q\n";
    check_spans(&node(text), text);
}

#[test]
fn windows_line_ends_and_byte_order_marks_are_fine() {
    let text = "\u{feff}a: x\r\nb: |\r\n  q\r\n  r\r\nc: 3\r\n";
    assert_eq!(json(text), json!({"a": "x", "b": "q\nr\n", "c": 3}));
    assert_eq!(text_at(text, &["b"]), "|\r\n  q\r\n  r");
    assert_eq!(text_at(text, &["c"]), "3");
    assert_eq!(json("a: |\n  x"), json!({"a": "x"}));
}

#[test]
fn aliases_and_merges_are_expanded() {
    let text = "base: &b {x: 1, z: [2]}\ncopy: *b\nmore:\n  <<: *b\n  x: 3\nmany:\n  <<: [{x: 5, q: 1}, *b]\nname: &n key\n*n : v\n";
    assert_eq!(
        json(text),
        json!({
            "base": {"x": 1, "z": [2]}, "copy": {"x": 1, "z": [2]}, "more": {"x": 3, "z": [2]},
            "many": {"x": 5, "z": [2], "q": 1}, "name": "key", "key": "v",
        })
    );
    assert_eq!(text_at(text, &["copy"]), "*b");
    assert_eq!(text_at(text, &["copy", "z"]), "[2]");
    assert_eq!(json("\"<<\": 1"), json!({"<<": 1}));
}

#[test]
fn duplicates_are_found_by_their_resolved_name() {
    assert_eq!(one("a: 1\nb: 2\na: 3\n"), pair("yaml/duplicate-key", "a"));
    assert_eq!(one("y: 1\ntrue: 2\n"), pair("yaml/duplicate-key", "true"));
    assert_eq!(one("{1: a, \"1\": b}"), pair("yaml/duplicate-key", "\"1\""));
    let found = read(&source("a: 1\nx:\n  b: 1\n  b: 2\na: 3\na: 4\n")).unwrap_err();
    let places: Vec<_> = found
        .iter()
        .map(|diagnostic| {
            diagnostic
                .labels
                .iter()
                .map(|label| label.location.span.start)
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(places, [[17, 10], [22, 0], [27, 0]]);
}

#[test]
fn findings_name_place_and_way_out() {
    for (text, id, marked) in [
        ("a: 1\n---\nb: 2\n", "yaml/second-document", "---"),
        ("? [a]\n: 1\n", "yaml/complex-key", "[a]"),
        ("a: {{ x }}\n", "yaml/complex-key", "{ x }"),
        (
            "18446744073709551615: 1\n",
            "yaml/complex-key",
            "18446744073709551615",
        ),
        ("~: 1\n", "yaml/null-key", "~"),
        (": 1\n", "yaml/null-key", ""),
        ("a: *x\n", "yaml/unknown-anchor", "*x"),
        ("a: &x [*x]\n", "yaml/recursive-alias", "*x"),
        ("<<: 1\n", "yaml/merge-value", "1"),
        ("<<: [{a: 1}, 2]\n", "yaml/merge-value", "2"),
        (
            "x: &x {a: 1}\ny:\n  a: 2\n  <<: *x\n",
            "yaml/merge-order",
            "<<",
        ),
        ("a: !!int x\n", "yaml/tag-mismatch", "x"),
        ("a: .inf\n", "yaml/not-finite", ".inf"),
        ("%YAML 1.2\n---\na: 1\n", "yaml/version", "%YAML 1.2\n"),
        ("a: \u{7f}\n", "yaml/control-character", "\u{7f}"),
        ("a: \u{0}b\n", "yaml/control-character", "\u{0}"),
        ("a: b\u{feff}\n", "yaml/control-character", "\u{feff}"),
        ("# a\u{2028}b: 1\n", "yaml/line-separator", "\u{2028}"),
        ("a: b\u{85}\n", "yaml/line-separator", "\u{85}"),
        ("a: \"x\nb: 2\n", "yaml/syntax", "\""),
        ("a: 'x\n", "yaml/syntax", "'"),
        ("a: [1, 2\n", "yaml/syntax", "["),
        ("a:\n\tb: 1\n", "yaml/syntax", "\t"),
        ("a: |\n\tb\n", "yaml/syntax", "\t"),
        ("a: b: c\n", "yaml/syntax", ":"),
        ("x:\n  a:1\n  b: 2\n", "yaml/syntax", ":"),
        ("x:\n  - a:1\n    b: 2\n", "yaml/syntax", ":"),
        ("a: {b:, c: 1}\n", "yaml/syntax", ":"),
        ("a: [?b]\n", "yaml/syntax", "?b"),
        ("a: [b?, c]\n", "yaml/syntax", "b?"),
        ("a: &b.c 1\n", "yaml/anchor-name", "&b.c"),
        ("a: !!binary aGk=\n", "yaml/tag-mismatch", "aGk="),
        ("a: 1\n\t\nb: 2\n", "yaml/syntax", "\t"),
        ("-\ta\n", "yaml/syntax", "\t"),
        ("a: |\n  \tb\n", "yaml/syntax", "\t"),
        ("a: *.log\n", "yaml/unknown-anchor", "*.log"),
        ("- a\nb: 1\n", "yaml/syntax", "b"),
        ("[a]\nb: 1\n", "yaml/syntax", "b"),
        ("a: 'x' y\n", "yaml/syntax", "y"),
        ("a: \"\\q\"\n", "yaml/syntax", "\""),
        ("a:\n  b: 1\n c: 2\n", "yaml/syntax", "c"),
        ("a: @x\n", "yaml/syntax", "@"),
    ] {
        let (found, at) = findings(text).remove(0);
        assert_eq!((found.as_str(), at.as_str()), (id, marked), "{text:?}");
    }
}

#[test]
fn all_findings_are_collected() {
    let ids: Vec<_> = findings("a: 1\na: 2\nb: *x\nc: !!int d\ne: .nan\n~: 1\nf: [\n")
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(
        ids,
        [
            "yaml/duplicate-key",
            "yaml/unknown-anchor",
            "yaml/tag-mismatch",
            "yaml/not-finite",
            "yaml/null-key",
            "yaml/syntax"
        ]
    );
}

#[test]
fn a_near_anchor_is_offered() {
    let found = read(&source("a: &defaults {}\nb: *default\n")).unwrap_err();
    assert_eq!(found[0].help.as_deref(), Some("did you mean `*defaults`?"));
}

#[test]
fn bombs_and_depths_are_bounded() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let list = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(bomb, "a{level}: &a{level} [{list}]");
    }
    assert_eq!(one(&bomb).0, "yaml/alias-bomb");
    let mut deep = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        let _ = writeln!(deep, "a{level}: &a{level} [*a{}]", level - 1);
    }
    assert_eq!(one(&deep).0, "yaml/too-deep");
    for text in [
        "[".repeat(20_000),
        "{a: ".repeat(20_000),
        "- ".repeat(20_000),
        format!("{}{}", "[".repeat(20_000), "]".repeat(20_000)),
    ] {
        assert_eq!(one(&text).0, "yaml/too-deep");
    }
    let mut steps = String::new();
    for level in 0..2_000 {
        let _ = writeln!(steps, "{}a:", " ".repeat(level));
    }
    assert_eq!(one(&steps).0, "yaml/too-deep");
    let most = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert_eq!(json(&most).to_string(), most);
    assert_eq!(one(&"a".repeat(MAX_BYTES + 1)).0, "yaml/too-large");
}

#[test]
fn explicit_tags_count() {
    assert_eq!(
        json("a: !!str 12\nb: !!int \"12\"\nc: !!float 1\nd: !!str\ne: !foo on\nf: !bar [1]\n"),
        json!({"a": "12", "b": 12, "c": 1.0, "d": "", "e": "on", "f": [1]})
    );
}

#[test]
fn many_documents_are_read_where_asked() {
    let text = "# first\na: &x 1\n---\n---\nb: 2\n...\n---\n- c\n";
    let all = read_all(&source(text)).unwrap();
    assert_eq!(
        all.iter().map(Node::to_json).collect::<Vec<_>>(),
        [json!({"a": 1}), json!({"b": 2}), json!(["c"])]
    );
    assert_eq!(all[2].location.text(), "- c");
    assert_eq!(read_all(&source("")), Ok(Vec::new()));
    let found = read_all(&source("a: &x 1\n---\nb: *x\n")).unwrap_err();
    assert_eq!(found[0].id, "yaml/unknown-anchor");
}

proptest! {
    #[test]
    fn written_spans_read_back(value in any_json(), flow in any::<bool>()) {
        let text = if flow { super::super::flow(&value) } else { super::super::block(&value, 0) };
        let text = text + "\n";
        check_spans(&node(&text), &text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in hostile_text(), more in hostile_text()) {
        for text in [text.clone(), format!("a: {text}\n  {more}\n- b"), format!("{{{text}: {more}}}"), format!("a: |\n {text}\n{more}")] {
            match read(&source(&text)) {
                Ok(node) => {
                    let written = document(&node);
                    prop_assert_eq!(read(&source(&written)).map(|again| again.to_json()), Ok(node.to_json()), "{}", written);
                }
                Err(found) => {
                    prop_assert!(!found.is_empty());
                    for diagnostic in found {
                        prop_assert!(diagnostic.help.is_some());
                        for label in &diagnostic.labels {
                            let span = label.location.span;
                            prop_assert!(text.get(span.start..span.end).is_some(), "{:?}", diagnostic);
                        }
                    }
                }
            }
        }
    }
}
