//! Lays printed text out as YAML, line by line, and says where each value lands.

use std::rc::Rc;
use std::sync::Arc;

use super::output::{Form, Output, Piece};
use super::place::{Landing, Origin};
use super::value::Value;

/// Stands for a printed value in a line.
const VALUE: char = '\u{1}';
/// How deep printed text may lie in printed text.
const DEEPEST: usize = 128;
/// A line's keys and quotes are looked for no further than this: each value of it looks at all that stands before.
const MAX_LINE: usize = 4096;
/// Keys and elements lie in one another no deeper than this.
const MAX_OPEN: usize = 64;

/// A value and where it lands.
pub(super) struct Landed<'a> {
    pub(super) value: &'a Value,
    pub(super) form: Form,
    pub(super) origin: &'a Rc<Origin>,
    pub(super) landing: Landing,
    /// Whether it is all that stands at its place.
    pub(super) alone: bool,
    /// Whether it stands in quotes that the template writes.
    pub(super) in_quotes: bool,
}

/// Who is told what lands where.
pub(super) trait Sink {
    /// A value lands.
    fn value(&mut self, landed: Landed<'_>);
    /// A key holds a text that the template writes.
    fn text(&mut self, path: &[Box<str>], text: &str) {
        let _ = (path, text);
    }
}

/// Lays out what a template prints.
pub(super) fn lay_out(output: &Output, sink: &mut impl Sink) {
    let mut page = Page::default();
    page.output(output, sink, 0);
    page.end_line(sink);
}

#[derive(Clone, Default)]
struct Page {
    /// The keys that are open, each with its column.
    open: Vec<Open>,
    /// The line under way.
    line: String,
    /// Whether an odd number of double and of single quotes is in what its end left out.
    left_out: [bool; 2],
    /// The columns that every new line is moved to the right.
    margin: usize,
    api_version: Option<Arc<str>>,
    kind: Option<Arc<str>>,
}

#[derive(Clone)]
struct Open {
    column: usize,
    key: Box<str>,
    /// Whether a text of several lines follows.
    is_text: bool,
    /// Whether its line ended without a value and nothing came since.
    is_bare: bool,
}

impl Page {
    fn output(&mut self, output: &Output, sink: &mut impl Sink, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for piece in output.pieces() {
            match piece {
                Piece::Text(text) => self.text(text, sink),
                Piece::Value {
                    value,
                    form,
                    origin,
                } => self.value(value, *form, origin, sink),
                Piece::Nested { output, indent } => {
                    if self.line.is_empty() {
                        self.line
                            .extend(std::iter::repeat_n(' ', self.margin + indent));
                    } else if *indent > 0 && self.line.trim().is_empty() {
                        self.line.extend(std::iter::repeat_n(' ', *indent));
                    }
                    self.margin += indent;
                    self.output(output, sink, depth + 1);
                    self.margin -= indent;
                }
                Piece::Choice(outputs) => self.choice(outputs, sink, depth),
            }
        }
    }

    fn choice(&mut self, outputs: &[Rc<Output>], sink: &mut impl Sink, depth: usize) {
        let Some((first, others)) = outputs.split_first() else {
            return;
        };
        let before = self.clone();
        self.output(first, sink, depth + 1);
        let mut longest = (size(first), None);
        for other in others {
            let mut page = before.clone();
            page.output(other, sink, depth + 1);
            // What is printed after it goes on from the side that prints more.
            let size = size(other);
            if size > longest.0 {
                longest = (size, Some(page));
            }
        }
        if let Some(page) = longest.1 {
            *self = page;
        }
        // Which form of a kind is written depends on the cluster: any may come.
        if is_version_choice(outputs) {
            self.api_version = None;
        }
    }

    fn text(&mut self, text: &str, sink: &mut impl Sink) {
        let mut lines = text.split('\n');
        if let Some(first) = lines.next() {
            self.push(first);
        }
        for line in lines {
            self.end_line(sink);
            self.push(line);
        }
    }

    fn push(&mut self, text: &str) {
        let room = MAX_LINE.saturating_sub(self.line.len());
        let (text, left_out) = text.split_at(text.floor_char_boundary(room));
        for (is_odd, quote) in self.left_out.iter_mut().zip(['"', '\'']) {
            *is_odd ^= left_out.matches(quote).count() % 2 == 1;
        }
        if text.is_empty() {
            return;
        }
        if self.line.is_empty() {
            self.line.extend(std::iter::repeat_n(' ', self.margin));
        }
        self.line.push_str(text);
    }

    fn end_line(&mut self, sink: &mut impl Sink) {
        let line = std::mem::take(&mut self.line);
        self.left_out = [false; 2];
        let content = line.trim_start();
        let column = line.len() - content.len();
        let content = content.trim_end();
        if content.is_empty() || self.in_text(column) || content.starts_with('#') {
            return;
        }
        // What a value brings at the start of a line is not known: later lines tell by their columns what ends.
        if content.starts_with(VALUE) && split_key(content).is_none() {
            return;
        }
        if content == "---" || content.starts_with("--- ") {
            self.open.clear();
            self.api_version = None;
            self.kind = None;
            return;
        }
        // A value of its own on a line goes on what the line before began.
        if split_key(last_part(content)).is_none() && !content.starts_with('-') {
            self.fill(column);
            return;
        }
        self.open_keys(content, column);
        if let Some((key, value)) = split_key(last_part(content)) {
            let value = value.trim();
            let plain = value.trim_matches(['"', '\'']);
            if column == 0 && !value.contains(VALUE) && !plain.is_empty() {
                match key {
                    "kind" => self.kind = Some(plain.into()),
                    "apiVersion" => self.api_version = Some(plain.into()),
                    _ => {}
                }
            }
            if !value.contains(VALUE) && !value.starts_with(['|', '>', '{', '[', '&', '#']) {
                let path: Vec<_> = self.open.iter().map(|open| open.key.clone()).collect();
                sink.text(&path, plain);
            }
        }
    }

    /// Returns whether a line at a column belongs to a text that an earlier line began.
    fn in_text(&mut self, column: usize) -> bool {
        while let Some(last) = self.open.last() {
            if last.is_text && column > last.column {
                return true;
            }
            if !last.is_text {
                return false;
            }
            self.open.pop();
        }
        false
    }

    /// Opens a key or an element, unless they lie deeper than any object's.
    fn push_open(&mut self, open: Open) {
        if self.open.len() < MAX_OPEN {
            self.open.push(open);
        }
    }

    /// Closes the keys that a line at a column ends, and opens its own.
    fn open_keys(&mut self, content: &str, column: usize) {
        let mut content = content;
        let mut column = column;
        self.close(column, content.starts_with("- ") || content == "-");
        for open in &mut self.open {
            open.is_bare = false;
        }
        while let Some(rest) = content
            .strip_prefix("- ")
            .or_else(|| (content == "-").then_some(""))
        {
            self.push_open(Open {
                column,
                key: "[]".into(),
                is_text: false,
                is_bare: false,
            });
            let inner = rest.trim_start();
            column += content.len() - inner.len();
            content = inner;
        }
        if let Some((key, value)) = split_key(content) {
            self.push_open(Open {
                column,
                key: key.trim_matches(['"', '\'']).into(),
                is_text: value.trim_start().starts_with(['|', '>']),
                is_bare: value.trim().is_empty(),
            });
        }
    }

    /// Closes the keys at a column and to the right of it; a list may stand at the column of its key.
    fn close(&mut self, column: usize, is_item: bool) {
        while let Some(last) = self.open.last() {
            let stays = if is_item && &*last.key != "[]" {
                last.column <= column
            } else {
                last.column < column
            };
            if stays {
                break;
            }
            self.open.pop();
        }
    }

    fn value(&mut self, value: &Value, form: Form, origin: &Rc<Origin>, sink: &mut impl Sink) {
        if self.line.is_empty() {
            self.line.extend(std::iter::repeat_n(' ', self.margin));
        }
        let line = self.line.clone();
        let content = line.trim_start();
        let column = line.len() - content.len();
        if is_in_comment(content) && !self.is_text_at(column) {
            return;
        }
        let (landing, alone) = if self.is_text_at(column.max(usize::from(content.is_empty()))) {
            (self.landing(&self.open, true), false)
        } else {
            let mut page = Self {
                line: String::new(),
                ..self.clone()
            };
            if content.is_empty() {
                page.close_for_value(column);
                (page.landing(&page.open, false), true)
            } else {
                page.open_keys(content, column);
                let rest = split_key(last_part(content)).map_or_else(
                    || last_part(content).trim().to_owned(),
                    |(_, rest)| rest.trim().to_owned(),
                );
                let alone = matches!(&*rest, "" | "\"" | "'" | "-");
                let in_text = page.open.last().is_some_and(|open| open.is_text);
                (page.landing(&page.open, in_text), alone)
            }
        };
        let in_quotes = (self.left_out.iter().zip(['"', '\'']))
            .any(|(is_odd, quote)| (line.matches(quote).count() % 2 == 1) != *is_odd);
        sink.value(Landed {
            value,
            form,
            origin,
            landing,
            alone,
            in_quotes,
        });
        // What comes at a deeper column belongs to the last key: it is not bare any more.
        if content.is_empty() {
            self.fill(column);
        }
        // `kind: {{ .kind | default "HTTPRoute" }}`: the chart's own word tells the form of the object.
        if column == 0 && matches!(content.trim_end(), "kind:" | "apiVersion:") {
            let mut words = value.some_constants().0;
            words.retain(|word| !word.is_empty());
            // Of several forms of one kind the cluster takes its pick: none of them is certain.
            if content.starts_with("api") && words.len() > 1 {
                words.clear();
            }
            let word = words.first().map(|word| Arc::from(&**word));
            if content.starts_with("kind") {
                self.kind = word;
            } else {
                self.api_version = word;
            }
        }
        if self.line.len() < MAX_LINE {
            self.line.push(VALUE);
        }
    }

    /// Notes that the keys before a column have their values.
    fn fill(&mut self, column: usize) {
        for open in &mut self.open {
            open.is_bare &= open.column >= column;
        }
    }

    fn is_text_at(&self, column: usize) -> bool {
        self.open
            .iter()
            .any(|open| open.is_text && column > open.column)
    }

    /// Closes what cannot hold a map or a list that begins at a column.
    fn close_for_value(&mut self, column: usize) {
        while let Some(last) = self.open.last() {
            // A list may stand at the column of its key.
            if last.column < column || (last.column == column && last.is_bare) {
                break;
            }
            // After elements at this very column more of them follow.
            let was_item = last.column == column && &*last.key == "[]";
            self.open.pop();
            if was_item && self.open.last().is_some_and(|last| &*last.key != "[]") {
                break;
            }
        }
    }

    fn landing(&self, open: &[Open], in_text: bool) -> Landing {
        Landing {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            path: open.iter().map(|open| open.key.clone()).collect(),
            in_text,
        }
    }
}

/// Returns whether more than one side writes an `apiVersion`, and nothing longer than that.
fn is_version_choice(sides: &[Rc<Output>]) -> bool {
    let writes = |side: &&Rc<Output>| {
        side.pieces().iter().any(|piece| match piece {
            Piece::Text(text) => {
                text.trim_start().starts_with("apiVersion:") && text.trim().len() < 80
            }
            Piece::Choice(inner) => is_version_choice(inner),
            _ => false,
        })
    };
    sides.iter().filter(writes).count() > 1
}

fn size(output: &Output) -> usize {
    output
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.trim().len(),
            Piece::Value { .. } => 1,
            Piece::Nested { output, .. } => size(output),
            Piece::Choice(outputs) => outputs.iter().map(|output| size(output)).max().unwrap_or(0),
        })
        .sum()
}

/// Returns whether what follows a line's beginning stands in a comment.
fn is_in_comment(content: &str) -> bool {
    let is_even = |text: &str, quote| text.matches(quote).count() % 2 == 0;
    content.starts_with('#')
        || content
            .split_once(" #")
            .is_some_and(|(before, _)| is_even(before, '"') && is_even(before, '\''))
}

/// Returns what follows the dashes of a line.
fn last_part(content: &str) -> &str {
    let mut content = content;
    while let Some(rest) = content.strip_prefix("- ") {
        content = rest.trim_start();
    }
    content
}

/// Splits `key: value` of one line.
fn split_key(content: &str) -> Option<(&str, &str)> {
    if content.starts_with(['{', '[', '|', '>', '#', '%', '*', '&', '!']) {
        return None;
    }
    if let Some(quote) = content
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))
    {
        let end = content[1..].find(quote)? + 1;
        let rest = content[end + 1..].strip_prefix(':')?;
        return Some((&content[1..end], rest));
    }
    let mut from = 0;
    loop {
        let at = from + content[from..].find(':')?;
        let rest = &content[at + 1..];
        if rest.is_empty() || rest.starts_with([' ', '\t', VALUE]) {
            return Some((content[..at].trim_end(), rest));
        }
        from = at + 1;
    }
}
