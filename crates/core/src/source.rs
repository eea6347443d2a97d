//! Named texts and places in them.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// A text with the name a user knows it by, such as `envs/prod.yaml`.
///
/// Every [`Location`] shares its source, so a finding can be shown with its
/// line long after the step that made it.
pub struct Source {
    name: String,
    text: String,
    /// Where in the file the text begins: line 1, column 1, unless it is an excerpt.
    first: Position,
    line_starts: OnceLock<Vec<usize>>,
}

impl Source {
    /// Makes a shared source from a name and its text.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::source::{Position, Source};
    ///
    /// let source = Source::new("envs/dev.yaml", "tier: dev\nnamespace: a\n");
    /// assert_eq!(source.position(10), Position { line: 2, column: 1 });
    /// ```
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Self::part(name, START, text)
    }

    /// Makes a source of a few lines out of a longer text that is not kept; `first_line` counts from 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::source::{Position, Source};
    ///
    /// let source = Source::excerpt("stream", 812, "kind: Pod\nmetadata:\n");
    /// assert_eq!(source.position(10), Position { line: 813, column: 1 });
    /// ```
    pub fn excerpt(
        name: impl Into<String>,
        first_line: usize,
        text: impl Into<String>,
    ) -> Arc<Self> {
        let first = Position {
            line: first_line.max(1),
            column: 1,
        };
        Self::part(name, first, text)
    }

    /// Makes an excerpt that begins in the middle of a line, as one of a long line does.
    pub(crate) fn part(
        name: impl Into<String>,
        first: Position,
        text: impl Into<String>,
    ) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            text: text.into(),
            first,
            line_starts: OnceLock::new(),
        })
    }

    /// Returns the name shown to the user.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the whole text, of an excerpt its lines.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether two sources show the same part of the same file.
    ///
    /// Offsets of two excerpts of one file are not comparable.
    pub fn is_same_part(&self, other: &Self) -> bool {
        self.name == other.name && self.first == other.first
    }

    /// Returns where in the file the text begins, which is not the first line for an excerpt.
    pub(crate) const fn first(&self) -> Position {
        self.first
    }

    /// Returns line and column of a byte offset; offsets past the end count as the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let line = self.line_within(offset);
        let start = self.line_starts()[line - 1];
        let before = if line == 1 { self.first.column } else { 1 };
        Position {
            line: self.first.line.saturating_add(line - 1),
            column: self.text[start..offset]
                .chars()
                .count()
                .saturating_add(before),
        }
    }

    /// Returns the line of a byte offset, from 1, without counting characters.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.first.line.saturating_add(self.line_within(offset) - 1)
    }

    /// Returns the line of an offset within the text, from 1.
    fn line_within(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|start| *start <= offset)
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            std::iter::once(0)
                .chain(self.text.match_indices('\n').map(|(at, _)| at + 1))
                .collect()
        })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Source({})", self.name)
    }
}

/// A line and a column, both counted from 1; columns count characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Where a file begins.
const START: Position = Position { line: 1, column: 1 };

/// A range of bytes in a text, end excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Makes a span of bytes `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// A span in one source.
#[derive(Clone)]
pub struct Location {
    /// The text it lies in.
    pub source: Arc<Source>,
    /// The bytes it covers.
    pub span: Span,
}

impl Location {
    /// Makes a location.
    pub fn new(source: &Arc<Source>, span: Span) -> Self {
        Self {
            source: Arc::clone(source),
            span,
        }
    }

    /// Makes a location that means a whole file, or a file without readable text.
    pub fn of_file(source: &Arc<Source>) -> Self {
        Self::new(source, Span::default())
    }

    /// Returns the line and column where it starts.
    pub fn start(&self) -> Position {
        self.source.position(self.span.start)
    }

    /// Returns the line and column just past its end.
    pub fn end(&self) -> Position {
        self.source.position(self.span.end)
    }

    /// Returns the text it covers.
    pub fn text(&self) -> &str {
        self.source
            .text()
            .get(self.span.start..self.span.end)
            .unwrap_or_default()
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start();
        write!(
            formatter,
            "{}:{}:{}",
            self.source.name(),
            start.line,
            start.column
        )
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.span == other.span && self.source.is_same_part(&other.source)
    }
}

impl Eq for Location {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_clamp() {
        let source = Source::new("a", "é: 1\nb: 2");
        assert_eq!(source.position(2), Position { line: 1, column: 2 });
        assert_eq!(source.position(6), Position { line: 2, column: 1 });
        assert_eq!(source.position(999), Position { line: 2, column: 5 });
    }

    #[test]
    fn excerpts_count_on_from_their_first_line() {
        let source = Source::excerpt("a", 41, "a: 1\nb: 2");
        assert_eq!(
            source.position(5),
            Position {
                line: 42,
                column: 1
            }
        );
        assert_eq!(source.line(0), 41);
        let part = Source::part(
            "a",
            Position {
                line: 7,
                column: 90,
            },
            "b\nc",
        );
        assert_eq!(
            part.position(1),
            Position {
                line: 7,
                column: 91
            }
        );
        assert_eq!(part.position(2), Position { line: 8, column: 1 });
        let other = Source::excerpt("a", 42, "a: 1\nb: 2");
        let span = Span::new(0, 1);
        assert_ne!(Location::new(&source, span), Location::new(&other, span));
    }
}
