//! Writing, and reading back what was written.

use proptest::prelude::*;
use serde_json::json;

use super::super::{block, document, flow, scalar};
use super::{any_json, hostile_text, json as read, node};

#[test]
fn plain_where_all_agree_else_quoted() {
    for text in [
        "a",
        "a b",
        "512Mi",
        "30s",
        "7d",
        "a.b/c_d-e",
        "/var/log",
        "$(POD_IP)",
        "übung",
        "tempo",
        "1h30m",
        "x=y",
    ] {
        assert_eq!(scalar(text), text);
    }
    for text in [
        "",
        " a",
        "a ",
        "no",
        "On",
        "y",
        "null",
        "~",
        "012",
        "1e3",
        "1_000",
        "0x1F",
        "0o7",
        "1.5",
        "2001-01-01",
        "12:30",
        "=",
        "<<",
        "-",
        "a: b",
        "a #b",
        "[a",
        "{a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "|",
        ">",
        "'a",
        "#a",
        "a,b",
        "a:b",
        "3.2.1",
        "NaN",
        "- a",
        "? a",
    ] {
        assert_eq!(scalar(text), format!("\"{text}\""));
    }
    assert_eq!(scalar("say \"hi\""), "'say \"hi\"'");
    assert_eq!(scalar("it's \"x\""), "'it''s \"x\"'");
    assert_eq!(scalar("it's"), "\"it's\"");
    assert_eq!(scalar("\\d"), "'\\d'");
    assert_eq!(
        scalar("\u{7f}\u{85}\u{2028}\u{feff}\u{0}"),
        r#""\u007F\u0085\u2028\uFEFF\u0000""#
    );
    assert_eq!(scalar("\u{202e}"), r#""\u202E""#);
}

#[test]
fn numbers_stay_numbers_in_yaml_1_1() {
    assert_eq!(
        flow(&json!([
            1,
            -2,
            1.5,
            1e300,
            1e-7,
            1.25e-300,
            18_446_744_073_709_551_615_u64
        ])),
        "[1, -2, 1.5, 1.0e+300, 1.0e-7, 1.25e-300, 18446744073709551615]"
    );
}

#[test]
fn blocks_are_laid_out_for_review() {
    let value = json!({
        "empty": {}, "bare": [], "null": null, "nested": {"a": {"b": [1, [2, 3], {"c": "d"}]}},
        "clip": "a\nb\n", "strip": "a\nb", "keep": "a\n\n", "inner": "a\n\n  b\n", "lead": "  a\nb\n", "gap": "\n\na\n", "tab": "\ta\nb",
    });
    assert_eq!(
        block(&value, 0),
        "empty: {}\nbare: []\n\"null\": null\nnested:\n  a:\n    b:\n      - 1\n      - - 2\n        - 3\n      - c: d\n\
         clip: |\n  a\n  b\nstrip: |-\n  a\n  b\nkeep: |+\n  a\n\ninner: |\n  a\n\n    b\nlead: |2\n    a\n  b\ngap: |\n\n\n  a\n\
         tab: \"\\ta\\nb\""
    );
    assert_eq!(block(&json!("a\nb\n"), 4), "|\n    a\n    b");
    assert_eq!(block(&json!("a\nb\n"), 0), "\"a\\nb\\n\"");
    assert_eq!(block(&json!("  a\nb\n"), 4), "\"  a\\nb\\n\"");
    assert_eq!(
        block(&json!([{"a": 1, "b": 2}, "x"]), 2),
        "- a: 1\n    b: 2\n  - x"
    );
    assert_eq!(block(&json!({}), 2), "{}");
    assert_eq!(block(&json!([]), 2), "[]");
}

#[test]
fn long_keys_are_explicit() {
    let value = json!({"k".repeat(2000): {"a": [1]}, "b": {"k".repeat(2000): 1}});
    assert_eq!(read(&document(&node(&flow(&value)))), value);
}

proptest! {
    #[test]
    fn flow_reads_back(value in any_json()) {
        prop_assert_eq!(read(&flow(&value)), value);
    }

    #[test]
    fn documents_read_back(value in any_json()) {
        let text = format!("{}\n", block(&value, 0));
        prop_assert_eq!(&read(&text), &value, "{}", text);
    }

    #[test]
    fn blocks_read_back_where_they_stand(value in any_json(), after in hostile_text()) {
        let mut text = format!("a:\n  b:\n    {}\n  c: {}\n", block(&value, 4), scalar(&after));
        // On the line of a key only scalars may stand.
        if !value.is_object() && !value.is_array() {
            text.push_str(&format!("d:\n  e: {}\n", block(&value, 4)));
        }
        let back = read(&text);
        prop_assert_eq!(&back["a"]["b"], &value, "{}", text);
        prop_assert_eq!(&back["a"]["c"], &serde_json::Value::from(after), "{}", text);
    }

    #[test]
    fn scalars_read_back_as_value_key_and_item(text in hostile_text()) {
        let written = scalar(&text);
        prop_assert!(!written.contains('\n'));
        let back = read(&format!("{written}: {written}\nlist: [{written}, {{{written}: {written}}}]\n"));
        prop_assert_eq!(&back[&text], &serde_json::Value::from(text.clone()));
        prop_assert_eq!(&back["list"][1][&text], &serde_json::Value::from(text));
    }
}
