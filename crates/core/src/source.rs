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
        Arc::new(Self {
            name: name.into(),
            text: text.into(),
            line_starts: OnceLock::new(),
        })
    }

    /// Returns the name shown to the user.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns line and column of a byte offset; offsets past the end count as the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let line = self.line(offset);
        let start = self.line_starts()[line - 1];
        Position {
            line,
            column: self.text[start..offset].chars().count() + 1,
        }
    }

    /// Returns the line of a byte offset, from 1, without counting characters.
    pub(crate) fn line(&self, offset: usize) -> usize {
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
        self.span == other.span && self.source.name() == other.source.name()
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
}
