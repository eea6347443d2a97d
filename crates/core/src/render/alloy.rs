//! Alloy literals, written as its own formatter writes them.

use std::fmt::{self, Write};

use serde_json::{Map, Value};

/// Writes a value as an Alloy literal on one line.
///
/// Two attributes whose values are objects on one line must not follow one another: the formatter would
/// align the insides of the one with those of the other. [`attributes`] knows; a template leaves a line free.
///
/// # Errors
///
/// Fails for an object with a key that Alloy cannot write; see [`write_key`].
pub(super) fn write_literal(out: &mut impl Write, value: &Value) -> fmt::Result {
    match value {
        Value::Null => out.write_str("null"),
        Value::Bool(bool) => write!(out, "{bool}"),
        Value::Number(number) => write!(out, "{number}"),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.write_char('[')?;
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.write_str(", ")?;
                }
                write_literal(out, item)?;
            }
            out.write_char(']')
        }
        Value::Object(map) => {
            out.write_char('{')?;
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.write_str(", ")?;
                }
                write_key(out, key)?;
                out.write_str(" = ")?;
                write_literal(out, item)?;
            }
            out.write_char('}')
        }
    }
}

/// Returns an object as the attributes of a block, one a line and aligned; other data as a literal.
///
/// The first line stands where the caller is; all others begin with `indent` tabs. There is no last line break.
/// An attribute whose value is an object takes several lines.
///
/// # Errors
///
/// Fails for a key that Alloy cannot write, and for an object within a list, which no component takes.
pub(super) fn attributes(value: &Value, indent: usize) -> Result<String, fmt::Error> {
    let mut out = String::new();
    match value {
        Value::Object(map) => write_fields(&mut out, map, indent, false)?,
        _ => write_literal(&mut out, value)?,
    }
    Ok(out)
}

fn write_fields(
    out: &mut String,
    map: &Map<String, Value>,
    indent: usize,
    in_object: bool,
) -> fmt::Result {
    let mut fields: Vec<(String, &Value)> = Vec::with_capacity(map.len());
    for (name, value) in map {
        let mut written = String::new();
        if in_object {
            write_key(&mut written, name)?;
        } else {
            written.push_str(name);
        }
        fields.push((written, value));
    }
    let mut first = true;
    // A value of several lines ends the lines that are aligned with one another, and still is one of them.
    for run in fields.split_inclusive(|(_, value)| is_long(value)) {
        let width = run
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or_default();
        for (name, value) in run {
            if !first {
                new_line(out, indent);
            }
            first = false;
            write!(out, "{name:width$} = ")?;
            write_value(out, value, indent)?;
            if in_object {
                out.push(',');
            }
        }
    }
    Ok(())
}

fn write_value(out: &mut String, value: &Value, indent: usize) -> fmt::Result {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            new_line(out, indent + 1);
            write_fields(out, map, indent + 1, true)?;
            new_line(out, indent);
            out.push('}');
            Ok(())
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            Err(fmt::Error)
        }
        _ => write_literal(out, value),
    }
}

fn is_long(value: &Value) -> bool {
    value.as_object().is_some_and(|map| !map.is_empty())
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n('\t', indent));
}

/// Writes a key of an object.
///
/// Alloy's parser takes what stands between the quotes as it is, escapes and all, and its formatter quotes
/// that again. So a key that would need an escape has no spelling; who makes keys of a user's
/// words checks them first. Source: `syntax/parser/internal.go` and `syntax/printer/walker.go` of Alloy 1.18.
fn write_key(out: &mut impl Write, key: &str) -> fmt::Result {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if key.is_empty() || !key.bytes().all(plain) {
        return Err(fmt::Error);
    }
    write!(out, "\"{key}\"")
}

/// Writes a string.
///
/// It escapes what Alloy's scanner knows: `\n \r \t \\ \"`, `\uNNNN` and `\UNNNNNNNN`; most other escapes
/// would be refused. What is neither ASCII nor a letter or digit is escaped too: the text travels in a
/// block of YAML, whose readers break lines at some of these characters and refuse others.
/// Source: `syntax/scanner/scanner.go` of Alloy 1.18.
fn write_string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for char in text.chars() {
        match char {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            ' '..='~' => out.write_char(char)?,
            char if !char.is_ascii() && char.is_alphanumeric() => out.write_char(char)?,
            char if char <= '\u{ffff}' => write!(out, "\\u{:04x}", u32::from(char))?,
            char => write!(out, "\\U{:08x}", u32::from(char))?,
        }
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn literal(value: &Value) -> String {
        let mut out = String::new();
        write_literal(&mut out, value).unwrap();
        out
    }

    /// Reads a string as Alloy's scanner and Go's `strconv.Unquote` do; none for what they refuse.
    fn unquote(text: &str) -> Option<String> {
        let mut chars = text.strip_prefix('"')?.strip_suffix('"')?.chars();
        let mut out = String::new();
        while let Some(char) = chars.next() {
            if matches!(char, '"' | '\n' | '\0') {
                return None;
            }
            if char != '\\' {
                out.push(char);
                continue;
            }
            let length = match chars.next()? {
                'n' => {
                    out.push('\n');
                    continue;
                }
                'r' => {
                    out.push('\r');
                    continue;
                }
                't' => {
                    out.push('\t');
                    continue;
                }
                same @ ('"' | '\\') => {
                    out.push(same);
                    continue;
                }
                'u' => 4,
                'U' => 8,
                _ => return None,
            };
            let digits: String = chars.by_ref().take(length).collect();
            out.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
        }
        Some(out)
    }

    #[test]
    fn literals_are_alloy_s() {
        let value = json!({"X-Scope-OrgID": "a\"b\\d\n\u{7f}\u{2028}é😀", "n": [1, true, null], "e": {}, "l": []});
        assert_eq!(
            literal(&value),
            r#"{"X-Scope-OrgID" = "a\"b\\d\n\u007f\u2028é\U0001f600", "n" = [1, true, null], "e" = {}, "l" = []}"#
        );
    }

    #[test]
    fn keys_that_need_an_escape_have_no_spelling() {
        for key in ["", "a\"b", "a\\b", "a\nb", "é", "\u{7f}"] {
            let mut map = Map::new();
            map.insert(key.to_owned(), 1.into());
            assert!(
                write_literal(&mut String::new(), &map.into()).is_err(),
                "{key:?}"
            );
        }
    }

    #[test]
    fn attributes_are_aligned_until_a_value_takes_several_lines() {
        let value = json!({
            "source": "a",
            "expressions": {"level": "", "traceId": "trace.id", "in": {"a": 1, "bcd": 2}, "x": 1},
            "drop_malformed": true,
            "e": {},
        });
        let expected = "source      = \"a\"\n\
             \t\texpressions = {\n\
             \t\t\t\"level\"   = \"\",\n\
             \t\t\t\"traceId\" = \"trace.id\",\n\
             \t\t\t\"in\"      = {\n\
             \t\t\t\t\"a\"   = 1,\n\
             \t\t\t\t\"bcd\" = 2,\n\
             \t\t\t},\n\
             \t\t\t\"x\" = 1,\n\
             \t\t}\n\
             \t\tdrop_malformed = true\n\
             \t\te              = {}";
        assert_eq!(attributes(&value, 2).unwrap(), expected);
        assert_eq!(attributes(&json!([1, "a"]), 2).unwrap(), "[1, \"a\"]");
        assert!(attributes(&json!({"a": [{"b": 1}]}), 0).is_err());
    }

    proptest! {
        #[test]
        fn strings_come_back(text in any::<String>()) {
            let written = literal(&Value::String(text.clone()));
            prop_assert_eq!(unquote(&written), Some(text));
        }

        /// A literal is one line, and nothing in it stops a block of YAML from holding it as it is.
        #[test]
        fn strings_travel_in_yaml(text in any::<String>()) {
            let written = literal(&Value::String(text));
            prop_assert!(written.chars().all(|char| matches!(char, ' '..='~') || char.is_alphanumeric()));
        }

        #[test]
        fn lists_are_their_items(items in prop::collection::vec(any::<String>(), 0..8)) {
            let written = literal(&json!(items));
            let apart: Vec<String> = items.iter().map(|item| literal(&json!(item))).collect();
            prop_assert_eq!(written, format!("[{}]", apart.join(", ")));
        }
    }
}
