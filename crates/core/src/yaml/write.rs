//! Data to text that every reader takes for the same data.
//!
//! "Every reader" is Helm and Kubernetes (go-yaml v2), newer Go programs (go-yaml v3), PyYAML, and
//! readers of YAML 1.2. A text is written without quotes only where all of them agree that it is
//! text; in doubt it is quoted.

use serde_json::Value as Json;

use super::Node;
use super::characters::{is_old_line_break, is_printable};
use super::scalar::is_special;

/// Keys longer than this are written as explicit keys (`? key`), in bytes. YAML looks no more than
/// 1024 characters ahead for the `:`.
const MAX_SIMPLE_KEY: usize = 1000;

/// Columns that a level of nesting adds.
pub(super) const STEP: usize = 2;

/// What follows a written text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// One line break and then something else, or nothing.
    Known,
    /// Perhaps blank lines, which a literal block that ends with some would take for its own.
    Open,
}

/// Writes a text as a scalar on one line.
///
/// The result may stand as a value, as a key, and between brackets.
///
/// # Examples
///
/// ```
/// use helmwright::yaml::scalar;
///
/// assert_eq!(scalar("512Mi"), "512Mi");
/// assert_eq!(scalar("no"), r#""no""#);
/// assert_eq!(scalar("012"), r#""012""#);
/// assert_eq!(scalar(r#"say "hi""#), r#"'say "hi"'"#);
/// assert_eq!(scalar("two\nlines"), r#""two\nlines""#);
/// ```
#[must_use]
pub fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.contains(['"', '\\']) && !text.contains(must_escape) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double_quoted(text)
    }
}

/// Writes any data on one line, lists and maps between brackets.
///
/// # Examples
///
/// ```
/// use helmwright::yaml::flow;
///
/// let value = serde_json::json!({"args": ["-a", "b, c"], "on": true});
/// assert_eq!(flow(&value), r#"{args: ["-a", "b, c"], "on": true}"#);
/// ```
#[must_use]
pub fn flow(value: &Json) -> String {
    let mut out = String::new();
    write_flow(&mut out, value);
    out
}

/// Writes any data over as many lines as it needs, to stand at `indent` columns.
///
/// The first line has no indentation, since it stands where the caller is; all others have `indent`
/// columns or more. The last line has no line break; the caller must write one, since a literal block at
/// the end of a file is read differently without it. A text of several lines becomes a literal block
/// where that can hold it exactly; for that `indent` must be larger than the column of the key
/// or item that the text belongs to.
///
/// # Examples
///
/// ```
/// use helmwright::yaml::block;
///
/// let value = serde_json::json!({"args": ["a", {"b": 1, "c": {}}], "text": "one\ntwo\n"});
/// assert_eq!(
///     block(&value, 2),
///     "args:\n    - a\n    - b: 1\n      c: {}\n  text: |\n    one\n    two"
/// );
/// ```
#[must_use]
pub fn block(value: &Json, indent: usize) -> String {
    let mut out = String::new();
    match value {
        // The column of the parent is not known here, so no indentation indicator is right.
        Json::String(text) if indent > 0 && !needs_indicator(text) => {
            write_text(&mut out, text, indent, End::Known)
        }
        Json::String(text) => out.push_str(&scalar(text)),
        _ => write_block(&mut out, value, indent, End::Known),
    }
    out
}

/// Writes a whole file.
///
/// # Examples
///
/// ```
/// use helmwright::source::Source;
/// use helmwright::yaml;
///
/// let node = yaml::read(&Source::new("a.yaml", "{a: [1, yes], b: 012}")).unwrap();
/// assert_eq!(yaml::document(&node), "a:\n  - 1\n  - true\nb: 10\n");
/// ```
#[must_use]
pub fn document(node: &Node) -> String {
    let mut out = block(&node.to_json(), 0);
    out.push('\n');
    out
}

fn write_flow(out: &mut String, value: &Json) {
    match value {
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_flow(out, item);
            }
            out.push(']');
        }
        Json::Object(map) => {
            out.push('{');
            for (index, (name, value)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                let name = scalar(name);
                if name.len() > MAX_SIMPLE_KEY {
                    out.push_str("? ");
                }
                out.push_str(&name);
                out.push_str(": ");
                write_flow(out, value);
            }
            out.push('}');
        }
        _ => write_scalar(out, value),
    }
}

/// Writes the lines of a value whose first line starts at column `indent`.
pub(super) fn write_block(out: &mut String, value: &Json, indent: usize, end: End) {
    match value {
        Json::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    new_line(out, indent);
                }
                out.push_str("- ");
                let end = if index + 1 < items.len() {
                    End::Known
                } else {
                    end
                };
                match item {
                    Json::String(text) => write_text(out, text, indent + STEP, end),
                    _ => write_block(out, item, indent + STEP, end),
                }
            }
        }
        Json::Object(map) if !map.is_empty() => {
            for (index, (name, value)) in map.iter().enumerate() {
                if index > 0 {
                    new_line(out, indent);
                }
                write_key(out, name, indent);
                let end = if index + 1 < map.len() {
                    End::Known
                } else {
                    end
                };
                write_value(out, value, indent, "", end);
            }
        }
        Json::Array(_) => out.push_str("[]"),
        Json::Object(_) => out.push_str("{}"),
        _ => write_scalar(out, value),
    }
}

/// Writes a key that stands at column `indent`, with its `:`.
pub(super) fn write_key(out: &mut String, name: &str, indent: usize) {
    let name = scalar(name);
    if name.len() > MAX_SIMPLE_KEY {
        out.push_str("? ");
        out.push_str(&name);
        new_line(out, indent);
    } else {
        out.push_str(&name);
    }
    out.push(':');
}

/// Writes what follows the `:` of a key at column `indent`; `note` ends the key's line.
pub(super) fn write_value(out: &mut String, value: &Json, indent: usize, note: &str, end: End) {
    let is_block = match value {
        Json::Array(items) => !items.is_empty(),
        Json::Object(map) => !map.is_empty(),
        _ => false,
    };
    if is_block {
        out.push_str(note);
        new_line(out, indent + STEP);
        write_block(out, value, indent + STEP, end);
        return;
    }
    out.push(' ');
    let line = out.len();
    match value {
        Json::String(text) => write_text(out, text, indent + STEP, end),
        _ => write_block(out, value, indent + STEP, end),
    }
    // Behind the `|` of a literal block a comment may stand; in the block it would be text.
    let at = out[line..].find('\n').map_or(out.len(), |at| line + at);
    out.insert_str(at, note);
}

/// Writes a text whose further lines may stand at column `indent`, [`STEP`] behind its parent.
fn write_text(out: &mut String, text: &str, indent: usize, end: End) {
    let last_line = text.strip_suffix('\n').unwrap_or(text).rsplit('\n').next();
    let ends_blank = last_line.is_none_or(|line| line.trim_matches([' ', '\t']).is_empty());
    if !is_literal(text) || end == End::Open && ends_blank {
        out.push_str(&scalar(text));
        return;
    }
    out.push('|');
    if needs_indicator(text) {
        out.push_str(&STEP.to_string());
    }
    let body = text.strip_suffix('\n').unwrap_or(text);
    if body.len() == text.len() {
        out.push('-');
    } else if body.ends_with('\n') {
        out.push('+');
    }
    for line in body.split('\n') {
        if line.is_empty() {
            out.push('\n');
        } else {
            new_line(out, indent);
            out.push_str(line);
        }
    }
}

/// Returns whether a literal block can hold a text exactly, in every reader.
fn is_literal(text: &str) -> bool {
    let first = text.split('\n').find(|line| !line.is_empty());
    text.contains('\n')
        && !text.contains(|character: char| character != '\n' && must_escape(character) && character != '\t')
        // Where the indentation is guessed from the first line, neither may be in doubt.
        && first.is_some_and(|line| !line.starts_with('\t') && !line.trim_matches([' ', '\t']).is_empty())
}

/// Returns whether the first line of a text starts with a blank, so that readers cannot guess where
/// the text's own indentation starts.
fn needs_indicator(text: &str) -> bool {
    text.split('\n')
        .find(|line| !line.is_empty())
        .is_some_and(|line| line.starts_with(' '))
}

fn write_scalar(out: &mut String, value: &Json) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Json::Number(number) => out.push_str(&number_text(&number.to_string())),
        Json::String(text) => out.push_str(&scalar(text)),
        Json::Array(_) | Json::Object(_) => write_flow(out, value),
    }
}

/// Rewrites a JSON number so that YAML 1.1 takes it for one: with a point and a signed exponent.
fn number_text(json: &str) -> String {
    let Some((mantissa, exponent)) = json.split_once(['e', 'E']) else {
        return json.to_owned();
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) {
        ""
    } else {
        "+"
    };
    format!("{mantissa}{point}e{sign}{exponent}")
}

pub(super) fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Returns whether a text may go without quotes.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    (first.is_ascii_alphanumeric()
        || matches!(first, b'_' | b'/' | b'$' | b'(')
        || !first.is_ascii())
        && *last != b' '
        && text.chars().all(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' => true,
            '_' | '-' | '.' | '/' | '+' | '=' | '@' | '$' | '(' | ')' | '~' | ';' | '^' => true,
            _ => !character.is_ascii() && character.is_alphanumeric(),
        })
        && !is_word(text)
        && !is_special(text)
        && !looks_like_number(text)
}

/// Returns whether some reader takes a word for a boolean, a null or a number.
fn is_word(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n"
            | "yes"
            | "no"
            | "on"
            | "off"
            | "true"
            | "false"
            | "null"
            | "nil"
            | "none"
            | "nan"
            | "inf"
            | "infinity"
    )
}

/// Returns whether some reader may take a text for a number, a date or a time; wider than any does.
fn looks_like_number(text: &str) -> bool {
    let prefixed = |prefix: &str| {
        text.get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    text.starts_with(|character: char| character.is_ascii_digit())
        && (prefixed("0x")
            || prefixed("0o")
            || prefixed("0b")
            || text.bytes().all(|byte| {
                byte.is_ascii_digit()
                    || matches!(
                        byte,
                        b'_' | b'.'
                            | b':'
                            | b'+'
                            | b'-'
                            | b'e'
                            | b'E'
                            | b't'
                            | b'T'
                            | b'z'
                            | b'Z'
                            | b' '
                    )
            }))
}

/// Returns whether a character is written as an escape: what readers refuse or break lines at, and
/// what a reviewer cannot see.
pub(super) fn must_escape(character: char) -> bool {
    !is_printable(character)
        || is_old_line_break(character)
        || matches!(character, '\t' | '\n' | '\r' | '\u{a0}' | '\u{ad}')
        // Blanks without width, and signs that change the direction of the text around them.
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

/// Writes a text between double quotes; the result is JSON, too.
fn double_quoted(text: &str) -> String {
    use std::fmt::Write as _;

    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            character if must_escape(character) => {
                // All characters that are escaped lie below U+10000.
                let _ = write!(out, "\\u{:04X}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}
