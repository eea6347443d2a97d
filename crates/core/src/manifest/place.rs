//! Where something stands in a stream that is not kept.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::source::{Location, Position, Source, Span};

/// A text that many objects share: a name, an image, a line.
pub type Text = Arc<str>;

/// Longest piece of a line that is kept to show a place.
const WIDTH: usize = 160;

/// Texts above this length are not worth a look whether they are there already.
const MAX_SHARED: usize = 512;

/// A line of a stream, and the part of it that is meant.
///
/// The stream itself is not kept, so a place carries its line (of a long line the part around it).
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    line: u32,
    column: u32,
    start: u16,
    end: u16,
    text: Text,
}

impl Place {
    /// Returns the line in the stream, from 1.
    pub const fn line(&self) -> usize {
        self.line as usize
    }

    /// Returns the text of the line, or of the part of it that is kept.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the location that findings take; `name` is the name of the stream.
    pub fn location(&self, name: &str) -> Location {
        let first = Position {
            line: self.line as usize,
            column: self.column as usize,
        };
        Location::new(
            &Source::part(name, first, &*self.text),
            Span::new(self.start.into(), self.end.into()),
        )
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let marked = self
            .text
            .get(self.start.into()..self.end.into())
            .unwrap_or_default();
        write!(formatter, "{}: {marked}", self.line)
    }
}

/// Texts seen so far, each kept once.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Text>);

impl Texts {
    /// Returns the shared copy of a text.
    pub(super) fn share(&mut self, text: &str) -> Text {
        if text.len() > MAX_SHARED {
            return Arc::from(text);
        }
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Text = Arc::from(text);
        self.0.insert(Arc::clone(&new));
        new
    }
}

/// A document's text, with the lines of the stream it stands on.
#[derive(Debug)]
pub(super) struct Document<'t> {
    pub(super) text: &'t str,
    at: Position,
    line_starts: Vec<usize>,
}

impl<'t> Document<'t> {
    pub(super) fn new(text: &'t str, at: Position) -> Self {
        Self {
            text,
            at,
            line_starts: Vec::new(),
        }
    }

    /// Returns the place of some bytes; of several lines the first one.
    pub(super) fn place(&mut self, start: usize, end: usize, texts: &mut Texts) -> Place {
        let (line, column, text, marked) = self.excerpt(start, end);
        place(line, column, texts.share(text), marked)
    }

    /// Returns the place of a name whose value must not be repeated; nothing else of its line is kept.
    pub(super) fn masked(&mut self, start: usize, end: usize, texts: &mut Texts) -> Place {
        let (line, column, text, marked) = self.excerpt(start, end);
        let name = text.get(marked.clone()).unwrap_or_default();
        let column = column + text[..marked.start].chars().count();
        let shown = format!("{name}: ...");
        place(line, column, texts.share(&shown), 0..name.len())
    }

    /// Returns the bytes of a word on a line counted from the line of an offset.
    pub(super) fn find(&mut self, from: usize, lines: usize, word: &str) -> Option<Range<usize>> {
        let index = self.index(from) + lines;
        let start = *self.line_starts.get(index)?;
        let line = self.text[start..].lines().next()?;
        let at = start + line.find(word)?;
        Some(at..at + word.len())
    }

    /// Returns the line of an offset in the stream.
    pub(super) fn line(&mut self, offset: usize) -> usize {
        self.at.line + self.index(offset)
    }

    /// Returns the line of an offset within the document, from 0.
    fn index(&mut self, offset: usize) -> usize {
        if self.line_starts.is_empty() {
            let breaks = self.text.bytes().enumerate();
            self.line_starts.push(0);
            self.line_starts.extend(
                breaks
                    .filter(|(_, byte)| *byte == b'\n')
                    .map(|(at, _)| at + 1),
            );
        }
        self.line_starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    fn excerpt(&mut self, start: usize, end: usize) -> (usize, usize, &'t str, Range<usize>) {
        let text = self.text;
        let start = text.floor_char_boundary(start.min(text.len()));
        let index = self.index(start);
        let line_start = self.line_starts.get(index).copied().unwrap_or_default();
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |length| start + length);
        let end = text.floor_char_boundary(end.clamp(start, line_end));
        let from = if line_end - line_start <= WIDTH {
            line_start
        } else {
            text.ceil_char_boundary(line_start.max(start.saturating_sub(WIDTH / 4)))
        };
        let to = text
            .floor_char_boundary(line_end.min(from + WIDTH))
            .max(start);
        let shown = text[from..to].trim_end_matches('\r');
        let first = if index == 0 { self.at.column } else { 1 };
        let column = first + text[line_start..from].chars().count();
        let marked = (start - from).min(shown.len())..(end.min(to) - from).min(shown.len());
        (self.at.line + index, column, shown, marked)
    }
}

fn place(line: usize, column: usize, text: Text, marked: Range<usize>) -> Place {
    // Lines are cut to a few hundred bytes, and a stream of 2^32 lines has more than 4 GB.
    let small = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    let column = u32::try_from(column).unwrap_or(u32::MAX);
    Place {
        line,
        column,
        start: small(marked.start),
        end: small(marked.end),
        text,
    }
}
