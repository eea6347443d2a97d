//! Where something stands in a stream that is not kept.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use crate::source::{Location, Position, Source, Span};

/// A text that many objects share: a name, an image, a line.
pub type Text = Arc<str>;

/// Longest piece of a line that is kept to show a place.
const WIDTH: usize = 160;

/// A line of an object, and the part of it that is meant.
///
/// The stream itself is not kept, so a place carries its line (of a long line the part around it). It counts from the
/// object's first line, so that equal parts of objects are kept once:
/// [`Object::location`](super::Object::location) says where it is in the stream.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Place {
    line: u32,
    column: u32,
    start: u16,
    end: u16,
    text: Text,
}

impl Place {
    /// Returns how many lines it stands below the first line of its object.
    pub const fn line(&self) -> usize {
        self.line as usize
    }

    /// Returns the text of the line, or of the part of it that is kept.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the location that findings take: in the stream of a name, of an object that begins on a line.
    pub(super) fn location(&self, name: &str, line: usize) -> Location {
        let first = Position {
            line: line + self.line as usize,
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
        write!(formatter, "+{}: {marked}", self.line)
    }
}

/// Texts seen so far, each kept once.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Text>);

/// Parts of objects seen so far, each kept once: releases of one chart differ in little.
#[derive(Debug)]
pub(super) struct Pool<T: ?Sized>(HashSet<Arc<T>>);

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self(HashSet::new())
    }
}

impl<T: Eq + Hash> Pool<T> {
    /// Returns the shared copy of a part.
    pub(super) fn share(&mut self, part: T) -> Arc<T> {
        if let Some(known) = self.0.get(&part) {
            return Arc::clone(known);
        }
        let new = Arc::new(part);
        self.0.insert(Arc::clone(&new));
        new
    }
}

impl Texts {
    /// Returns whether a text is kept already.
    pub(super) fn has(&self, text: &str) -> bool {
        self.0.contains(text)
    }

    /// Returns the shared copy of a text.
    pub(super) fn share(&mut self, text: &str) -> Text {
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
    /// The line of the document on which the object at hand begins.
    base: usize,
}

impl<'t> Document<'t> {
    pub(super) fn new(text: &'t str, at: Position) -> Self {
        Self {
            text,
            at,
            line_starts: Vec::new(),
            base: 0,
        }
    }

    /// Begins an object; returns the line of the stream where it begins, from 1.
    pub(super) fn begin(&mut self, offset: usize) -> usize {
        self.base = self.index(offset);
        self.at.line + self.base
    }

    /// Returns the location of some bytes, for a finding.
    pub(super) fn location(&mut self, start: usize, end: usize, name: &str) -> Location {
        let (index, column, text, marked) = self.excerpt(start, end);
        let first = Position {
            line: self.at.line + index,
            column,
        };
        Location::new(
            &Source::part(name, first, text),
            Span::new(marked.start, marked.end),
        )
    }

    /// Returns the place of some bytes; of several lines the first one.
    pub(super) fn place(&mut self, start: usize, end: usize, texts: &mut Texts) -> Place {
        let (line, column, text, marked) = self.excerpt(start, end);
        let line = line.saturating_sub(self.base);
        place(line, column, texts.share(text), marked)
    }

    /// Returns the place of a name whose value must not be repeated; nothing else of its line is kept.
    pub(super) fn masked(&mut self, start: usize, end: usize, texts: &mut Texts) -> Place {
        let (line, column, text, marked) = self.excerpt(start, end);
        let name = text.get(marked.clone()).unwrap_or_default();
        let column = column + text[..marked.start].chars().count();
        let shown = format!("{name}: ...");
        let line = line.saturating_sub(self.base);
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

    /// Returns how many lines below the first one of the object an offset stands.
    pub(super) fn line(&mut self, offset: usize) -> usize {
        self.index(offset).saturating_sub(self.base)
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
        (index, column, shown, marked)
    }
}

fn place(line: usize, column: usize, text: Text, marked: Range<usize>) -> Place {
    // Lines are cut to a few hundred bytes, and a document has a few million lines at most.
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
