//! Alloy literals, written as its own formatter writes them.

use std::fmt::{self, Write};

use serde_json::Value;

/// Writes a value as an Alloy literal.
///
/// Strings escape what Alloy's scanner knows: `\a \b \f \n \r \t \v \\ \"` and `\uNNNN`; any
/// other escape would be refused. Source: the scanner of Alloy's syntax package.
pub(super) fn write_literal(out: &mut impl Write, value: &Value) -> fmt::Result {
    match value {
        Value::Null => out.write_str("null"),
        Value::Bool(bool) => write!(out, "{bool}"),
        Value::Number(number) => write!(out, "{number}"),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.write_str("[")?;
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.write_str(", ")?;
                }
                write_literal(out, item)?;
            }
            out.write_str("]")
        }
        Value::Object(map) if map.is_empty() => out.write_str("{}"),
        Value::Object(map) => {
            out.write_str("{ ")?;
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.write_str(", ")?;
                }
                write_string(out, key)?;
                out.write_str(" = ")?;
                write_literal(out, item)?;
            }
            out.write_str(" }")
        }
    }
}

fn write_string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for char in text.chars() {
        match char {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            // Control characters, and the line ends that YAML readers see in a block: the text travels in one.
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                write!(out, "\\u{:04x}", char as u32)?
            }
            char if char.is_control() => write!(out, "\\u{:04x}", char as u32)?,
            char => out.write_char(char)?,
        }
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn literals_are_alloy_s() {
        let mut out = String::new();
        write_literal(
            &mut out,
            &json!({"X-Scope-OrgID": "a\"b\\d\n\u{7f}", "n": [1, true]}),
        )
        .unwrap();
        assert_eq!(
            out,
            r#"{ "X-Scope-OrgID" = "a\"b\\d\n\u007f", "n" = [1, true] }"#
        );
    }
}
