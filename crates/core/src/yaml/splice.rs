//! Values laid over a text that keeps its comments.

use std::sync::Arc;

use serde_json::Value as Json;

use super::comments::{Comments, is_within};
use super::write::{End, STEP, must_escape, new_line, write_key, write_value};
use super::{Entry, Map, Node, Value, flow, lines, merge, place, read};
use crate::error::Error;
use crate::source::{Location, Source, Span};

/// Lays overrides over the text that a tree was read from: [`merge`] with the text's comments.
///
/// The result reads as `merge(base, over)`. Lines of what is not touched stay byte for byte, in their
/// order. Of what is touched:
///
/// - A value is replaced in place, a list or a text of several lines as a whole. A list between
///   brackets stays one if both texts write it so on a line. A new key is added at the end of its map,
///   in the map's column.
/// - The line of a touched key ends with the place of the override's key, `# envs/prod.yaml:41`.
/// - The comment directly above it goes, with what stands behind it on the line or is indented below
///   it: it spoke of the value that is gone.
/// - A map between brackets is written as lines if something in it is touched, since each line names
///   one place. So is a map that is an alias or has explicit keys.
///
/// Time is linear in the two texts.
///
/// # Errors
///
/// [`Error::Output`] with the name of the text if the result does not read as the merged data. A text
/// without anchors does not cause that; where an override replaces an anchor that is used elsewhere, it
/// does.
///
/// # Examples
///
/// ```
/// use helmwright::source::Source;
/// use helmwright::yaml;
///
/// let read = |name, text| yaml::read(&Source::new(name, text)).unwrap();
/// let base = read("values.yaml", "# How many.\nreplicas: 1\n# Who asks.\nlabels:\n  team: a\n");
/// let over = read("envs/prod.yaml", "replicas: 3\nlabels: {tier: gold}\n");
/// assert_eq!(
///     yaml::splice(base, &over)?,
///     "replicas: 3 # envs/prod.yaml:1\n# Who asks.\nlabels:\n  team: a\n  tier: gold # envs/prod.yaml:2\n"
/// );
/// # Ok::<(), helmwright::Error>(())
/// ```
pub fn splice(base: Node, over: &Node) -> Result<String, Error> {
    let source = Arc::clone(&base.location.source);
    let mut splicer = Splicer {
        text: source.text(),
        edits: Vec::new(),
    };
    splicer.root(&base, over);
    let text = splicer.apply();
    let result = Source::new(source.name(), text.as_str());
    let wrong = match read(&result) {
        Ok(node) => {
            let merged = merge(base, over).to_json();
            difference(&node.to_json(), &merged, "").map(|path| {
                format!(
                    "holds other data than the template and the overrides together, at `{path}`"
                )
            })
        }
        Err(found) => Some(format!(
            "cannot be read once overrides are laid over it: {}",
            found
                .iter()
                .map(|found| found.message.as_str())
                .collect::<Vec<_>>()
                .join("; ")
        )),
    };
    match wrong {
        None => Ok(text),
        Some(detail) => Err(Error::Output {
            name: source.name().to_owned(),
            detail,
        }),
    }
}

/// A part of the text that something else takes the place of.
struct Edit {
    span: Span,
    text: String,
    /// Whether it must start on a line of its own.
    whole_lines: bool,
}

struct Splicer<'a> {
    text: &'a str,
    edits: Vec<Edit>,
}

impl Splicer<'_> {
    fn root(&mut self, base: &Node, over: &Node) {
        let span = base.location.span;
        match (&base.value, &over.value) {
            (Value::Map(map), Value::Map(changes)) if !map.is_empty() => {
                if changes.is_empty() {
                    return;
                }
                if let Some(column) = self.block_column(base, map) {
                    return self.map(base, map, changes, column, 0);
                }
                let mut text = self.comment_line(span.end);
                self.write_over(&mut text, base, changes, 0);
                self.replace_root(span, text);
            }
            (_, Value::Map(changes)) if !changes.is_empty() => {
                let mut text = String::new();
                write_entries(&mut text, changes.iter(), 0);
                self.replace_root(span, text);
            }
            _ => self.replace_root(span, flow(&over.to_json())),
        }
    }

    /// Replaces everything between the first and the last byte of data.
    fn replace_root(&mut self, span: Span, mut text: String) {
        if span.start == span.end {
            let end = self.text.len();
            text.push('\n');
            return self.edit(Span::new(end, end), text, true);
        }
        let start = lines::start(self.text, span.start);
        let is_alone = lines::column(self.text, span.start).is_some();
        let start = if is_alone { start } else { span.start };
        self.edit(
            Span::new(start, lines::end(self.text, span.end)),
            text,
            true,
        );
    }

    /// Returns the comment behind an offset as a line of its own.
    fn comment_line(&self, from: usize) -> String {
        match lines::trailing_comment(self.text, from).trim_start() {
            "" => String::new(),
            comment => format!("{comment}\n"),
        }
    }

    /// Returns the column of a map's keys if it is written as lines that can be edited one by one.
    fn block_column(&self, node: &Node, map: &Map) -> Option<usize> {
        let first = map.values().find(|entry| is_within(&entry.key, node))?;
        let column = lines::column(self.text, first.key.span.start)?;
        let is_plain = map
            .values()
            .filter(|entry| is_within(&entry.key, node))
            .all(|entry| {
                lines::column(self.text, entry.key.span.start) == Some(column)
                    && self.colon(entry).is_some()
            });
        let is_lines = !node.location.text().starts_with(['{', '*']);
        (is_lines && is_plain).then_some(column)
    }

    fn colon(&self, entry: &Entry) -> Option<usize> {
        let end = entry.key.span.end;
        let colon = place::indicator(self.text, end, b':')?;
        // An explicit key has its `:` on another line.
        (lines::end(self.text, end) > colon).then_some(colon)
    }

    /// Edits a map that is written as lines; `floor` is where the data before it ends.
    fn map(&mut self, node: &Node, map: &Map, changes: &Map, column: usize, floor: usize) {
        let mut floor = floor;
        for (name, entry) in map {
            if !is_within(&entry.key, node) {
                continue;
            }
            if let Some(change) = changes.get(name) {
                self.entry(entry, change, column, floor);
            }
            floor = floor.max(entry.value.location.span.end);
        }
        let mut added = Map::new();
        for (name, change) in changes {
            match map.get(name) {
                None => {
                    added.insert(name.clone(), change.clone());
                }
                // It came by `<<`, and a key of its own replaces it whole.
                Some(entry) if !is_within(&entry.key, node) => {
                    let value = merge(entry.value.clone(), &change.value);
                    let key = change.key.clone();
                    added.insert(name.clone(), Entry { key, value });
                }
                Some(_) => {}
            }
        }
        if !added.is_empty() {
            self.add(node, &added, column);
        }
    }

    /// Edits one key and its value.
    fn entry(&mut self, entry: &Entry, change: &Entry, column: usize, floor: usize) {
        // The column of a block's keys is known only where each has its colon.
        let Some(colon) = self.colon(entry) else {
            return;
        };
        let end = entry.value.location.span.end;
        let mut text = String::new();
        match (&entry.value.value, &change.value.value) {
            (Value::Map(_), Value::Map(changes)) if changes.is_empty() => return,
            (Value::Map(map), Value::Map(changes)) if !map.is_empty() => {
                if let Some(column) = self.block_column(&entry.value, map) {
                    return self.map(&entry.value, map, changes, column, colon);
                }
                text.push_str(lines::trailing_comment(self.text, end));
                new_line(&mut text, column + STEP);
                self.write_over(&mut text, &entry.value, changes, column + STEP);
            }
            _ => {
                let above = lines::comment_above(self.text, entry.key.span.start, column, floor);
                self.edit(above, String::new(), false);
                if is_list_on_a_line(&entry.value) && is_list_on_a_line(&change.value) {
                    let list = flow(&change.value.to_json());
                    text = format!(" {list}{}", origin(&change.key));
                } else {
                    write_change(&mut text, change, column);
                }
            }
        }
        let end = lines::end_below(self.text, end, column + 1);
        self.edit(Span::new(colon + 1, end), text, false);
    }

    /// Adds keys at the end of a map that is written as lines.
    fn add(&mut self, node: &Node, added: &Map, column: usize) {
        let last = last_scalar(node);
        let header = header_of_block(last);
        let mut end = lines::end_below(self.text, node.location.span.end, column);
        if header.contains('+') {
            end = end.max(lines::end_of_blanks(
                self.text,
                lines::end(self.text, node.location.span.end),
            ));
        }
        let span = last.location.span;
        if !header.is_empty() && span.end == self.text.len() {
            // Without a line break at the end of the file the block has none, and now one follows.
            let kept: String = header
                .chars()
                .filter(|sign| *sign != '+' && *sign != '-')
                .collect();
            let place = Span::new(span.start, span.start + header.len());
            self.edit(place, format!("{kept}-"), false);
        }
        let mut text = " ".repeat(column);
        write_entries(&mut text, added.iter(), column);
        text.push('\n');
        let at = lines::next(self.text, end);
        self.edit(Span::new(at, at), text, true);
    }

    /// Writes a whole map with its overrides as lines, the first without indentation and the last
    /// without a line break.
    fn write_over(&self, out: &mut String, node: &Node, changes: &Map, column: usize) {
        let Some(map) = node.as_map() else {
            return;
        };
        let in_brackets = node.location.text().starts_with('{');
        let mut comments = if in_brackets {
            Comments::in_brackets(self.text, node, map)
        } else {
            Comments::default()
        };
        let mut is_first = true;
        let mut line = |out: &mut String| {
            if !std::mem::take(&mut is_first) {
                new_line(out, column);
            }
        };
        for (name, entry) in map {
            let (above, behind) = comments.take(entry);
            let base = &entry.value;
            let change = changes.get(name);
            // Maps merge, and an empty one changes nothing; all else replaces.
            let inner = match (&base.value, change.map(|change| &change.value.value)) {
                (Value::Map(map), Some(Value::Map(changes)))
                    if !map.is_empty() || changes.is_empty() =>
                {
                    Some(changes)
                }
                _ => None,
            };
            let replaced = change.filter(|_| inner.is_none());
            if replaced.is_none() {
                for comment in above {
                    line(out);
                    out.push_str(comment);
                }
            }
            line(out);
            write_key(out, name, column);
            let has_lines = in_brackets
                && base.as_map().is_some_and(|map| !map.is_empty())
                && base.location.text().contains('\n');
            if let Some(change) = replaced {
                write_change(out, change, column);
            } else if has_lines || inner.is_some_and(|changes| !changes.is_empty()) {
                out.push_str(&behind);
                new_line(out, column + STEP);
                self.write_over(out, base, inner.unwrap_or(&Map::new()), column + STEP);
            } else if in_brackets {
                out.push(' ');
                out.push_str(&flow(&base.to_json()));
                out.push_str(&behind);
            } else {
                write_value(out, &base.to_json(), column, "", End::Open);
            }
        }
        for comment in &comments.last {
            line(out);
            out.push_str(comment);
        }
        let added = changes.iter().filter(|(name, _)| !map.contains_key(*name));
        for (name, change) in added {
            line(out);
            write_key(out, name, column);
            write_change(out, change, column);
        }
    }

    fn edit(&mut self, span: Span, text: String, whole_lines: bool) {
        self.edits.push(Edit {
            span,
            text,
            whole_lines,
        });
    }

    /// Returns the text with all edits.
    fn apply(mut self) -> String {
        // Stable: of keys added at one place, those of the inner map come first.
        self.edits
            .sort_by_key(|edit| (edit.span.start, edit.span.end));
        let more: usize = self.edits.iter().map(|edit| edit.text.len() + 1).sum();
        let mut out = String::with_capacity(self.text.len() + more);
        let mut done = 0;
        for edit in &self.edits {
            // What lies in a part that is replaced as a whole goes with it.
            if edit.span.start < done {
                continue;
            }
            out.push_str(&self.text[done..edit.span.start]);
            if edit.whole_lines && !out.is_empty() && !out.ends_with(['\n', '\r', '\u{feff}']) {
                out.push('\n');
            }
            out.push_str(&edit.text);
            done = edit.span.end;
        }
        out.push_str(&self.text[done..]);
        if done == self.text.len() && !self.edits.is_empty() && !out.ends_with(['\n', '\r']) {
            // A literal block at the end of a file needs it.
            out.push('\n');
        }
        out
    }
}

/// Writes keys with their values and places, as lines at `column`.
fn write_entries<'a>(
    out: &mut String,
    entries: impl Iterator<Item = (&'a String, &'a Entry)>,
    column: usize,
) {
    for (index, (name, entry)) in entries.enumerate() {
        if index > 0 {
            new_line(out, column);
        }
        write_key(out, name, column);
        write_change(out, entry, column);
    }
}

/// Writes what follows the `:` of a touched key.
fn write_change(out: &mut String, change: &Entry, column: usize) {
    let note = origin(&change.key);
    write_value(out, &change.value.to_json(), column, &note, End::Open);
}

/// Returns the comment that names the place of an override.
fn origin(key: &Location) -> String {
    let name: String = key
        .source
        .name()
        .chars()
        .map(|character| {
            if must_escape(character) {
                '?'
            } else {
                character
            }
        })
        .collect();
    format!(" # {name}:{}", key.source.line(key.span.start))
}

fn is_list_on_a_line(node: &Node) -> bool {
    let text = node.location.text();
    matches!(node.value, Value::List(_)) && text.starts_with('[') && !text.contains('\n')
}

/// Returns the last value of a tree that holds no others.
fn last_scalar(node: &Node) -> &Node {
    let last = match &node.value {
        Value::Map(map) => map.last().map(|(_, entry)| &entry.value),
        Value::List(items) => items.last(),
        _ => None,
    };
    last.map_or(node, last_scalar)
}

/// Returns the sign of a block scalar with what stands beside it; nothing for other values.
fn header_of_block(node: &Node) -> &str {
    let text = node.location.text();
    if node.as_str().is_none() || !text.starts_with(['|', '>']) {
        return "";
    }
    let end = text
        .find(|sign: char| !matches!(sign, '|' | '>' | '+' | '-') && !sign.is_ascii_digit())
        .unwrap_or(text.len());
    &text[..end]
}

/// Returns the path of the first difference between two values.
fn difference(left: &Json, right: &Json, path: &str) -> Option<String> {
    match (left, right) {
        (Json::Object(left), Json::Object(right)) => {
            let missing = right.keys().find(|key| !left.contains_key(*key));
            if let Some(key) = missing {
                return Some(format!("{path}.{key}"));
            }
            left.iter().find_map(|(key, value)| {
                let path = format!("{path}.{key}");
                match right.get(key) {
                    Some(other) => difference(value, other, &path),
                    None => Some(path),
                }
            })
        }
        _ => (left != right).then(|| path.to_owned()),
    }
}
