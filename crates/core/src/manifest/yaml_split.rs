//! YAML documents: `---` in the first column ends one, whatever it is in.

use std::borrow::Cow;

use super::split::{End, LIST_BYTES, MAX_DOCUMENT, Pending, Piece, Sink};

/// How much of a document is kept that is too large to be read.
const HEAD: usize = 512;

/// The documents of a stream, found line by line. Offsets count from the start of the pending text.
#[derive(Debug, Default)]
pub(super) struct YamlSplit {
    /// Where the document or item at hand begins.
    start: usize,
    /// Where the first line begins that was not looked at.
    scanned: usize,
    /// Where the line after `items:` begins, in the document at hand.
    items: Option<usize>,
    /// What the lines are.
    inside: Inside,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    /// A document that is read whole.
    #[default]
    Document,
    /// A list whose items are read one by one; their dashes stand in this column, once one is seen.
    List(Option<usize>),
    /// Keys of a list beside its items.
    Tail,
    /// Something too large, reported already, in a list with its dashes in this column.
    Skipped(Option<usize>),
}

impl YamlSplit {
    /// Hands over the documents that are complete.
    pub(super) fn advance(&mut self, pending: &mut Pending, sink: &mut impl Sink) {
        while let Some(length) = pending.text[self.scanned..].find('\n') {
            let end = self.scanned + length + 1;
            if self.line(pending, self.scanned, end, sink) {
                self.scanned = end;
            }
        }
        self.bound(pending, sink);
        let done = self.start;
        if done > 0 {
            pending.drop_to(done);
            self.start = 0;
            self.scanned -= done;
            self.items = self.items.map(|items| items.saturating_sub(done));
        }
    }

    /// Hands over the rest.
    pub(super) fn finish(&mut self, pending: &mut Pending, sink: &mut impl Sink) {
        // A last line without its line break is one too.
        let end = pending.text.len();
        while self.scanned < end {
            let next = pending.text[self.scanned..]
                .find('\n')
                .map_or(end, |length| self.scanned + length + 1);
            if self.line(pending, self.scanned, next, sink) {
                self.scanned = next;
            }
        }
        if self.enter_list(end) {
            return self.finish(pending, sink);
        }
        self.emit(pending, end, End::Last, sink);
        self.start = end;
    }

    /// Looks at one line; `false` asks for the line at the new place.
    fn line(&mut self, pending: &mut Pending, at: usize, end: usize, sink: &mut impl Sink) -> bool {
        let line = Line::of(&pending.text[at..end]);
        match (line, self.inside) {
            (Line::Start | Line::End, _) => {
                let is_first = at == self.start && self.inside == Inside::Document;
                if line == Line::End || !is_first {
                    if self.enter_list(at) {
                        return false;
                    }
                    self.emit(pending, at, End::Whole, sink);
                }
                self.begin(if line == Line::Start { at } else { end });
            }
            (Line::Items, Inside::Document) => self.items = self.items.or(Some(end)),
            (_, Inside::Document) => {}
            (Line::Dash(found), Inside::List(column)) if column.is_none_or(|one| one == found) => {
                self.emit(pending, at, End::Whole, sink);
                self.start = at;
                self.inside = Inside::List(Some(found));
            }
            (Line::Items | Line::Key, Inside::List(_)) => {
                self.emit(pending, at, End::Whole, sink);
                self.start = at;
                self.inside = Inside::Tail;
            }
            (_, Inside::List(_)) => {}
            (Line::Dash(found), Inside::Skipped(Some(column))) if found == column => {
                self.start = at;
                self.inside = Inside::List(Some(column));
            }
            (Line::Items | Line::Key, Inside::Skipped(Some(_))) => {
                self.start = end;
                self.inside = Inside::Tail;
            }
            (_, Inside::Tail | Inside::Skipped(_)) => self.start = end,
        }
        true
    }

    fn begin(&mut self, at: usize) {
        self.start = at;
        self.items = None;
        self.inside = Inside::Document;
    }

    /// Goes over to reading items one by one, if the document up to here is a long list.
    fn enter_list(&mut self, end: usize) -> bool {
        match self.items {
            Some(items) if self.inside == Inside::Document && end - self.start > LIST_BYTES => {
                self.start = items;
                self.scanned = items;
                self.inside = Inside::List(None);
                true
            }
            _ => false,
        }
    }

    /// Keeps what is pending small: what is certain to be too large is given up.
    fn bound(&mut self, pending: &mut Pending, sink: &mut impl Sink) {
        // A line that has only begun may still be the `---` of the next document.
        let rest = &pending.text[self.scanned..];
        let may_be_marker = rest.starts_with("---") || rest.starts_with("...") || rest.len() <= 4;
        let certain = if may_be_marker && rest.len() <= MAX_DOCUMENT {
            self.scanned
        } else {
            pending.text.len()
        };
        if self.enter_list(certain) {
            return self.advance(pending, sink);
        }
        let rest = &pending.text[self.scanned..];
        if matches!(self.inside, Inside::Tail | Inside::Skipped(_)) {
            // Of a line without end its first bytes are enough to know it by.
            if rest.len() > HEAD && certain > self.scanned {
                let kept = self.scanned + rest.floor_char_boundary(HEAD);
                pending.text.truncate(kept);
            }
            self.start = self.start.max(self.scanned);
        } else if certain - self.start > MAX_DOCUMENT {
            self.emit(pending, certain, End::TooLarge, sink);
            self.inside = Inside::Skipped(match self.inside {
                Inside::List(column) => column,
                _ => None,
            });
            self.start = self.scanned;
        }
    }

    /// Hands over what stands between the start and a place.
    fn emit(&mut self, pending: &mut Pending, end: usize, how: End, sink: &mut impl Sink) {
        if matches!(self.inside, Inside::Tail | Inside::Skipped(_)) || end <= self.start {
            return;
        }
        let at = pending.place(self.start);
        let text = &pending.text[self.start..end];
        let (text, end) = if text.len() > MAX_DOCUMENT || how == End::TooLarge {
            (&text[..text.floor_char_boundary(HEAD)], End::TooLarge)
        } else {
            (text, how)
        };
        let text = match self.inside {
            Inside::List(Some(column)) if dash(text) == Some(column) => {
                let mut item = text.to_owned();
                item.replace_range(column..=column, " ");
                Cow::Owned(item)
            }
            // What stands between `items:` and the first dash: comments.
            Inside::List(_) => return,
            _ => Cow::Borrowed(text),
        };
        let text = &*text;
        sink.document(Piece { text, at, end });
    }
}

/// What a line may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// `---`, alone or with something behind it.
    Start,
    /// `...`
    End,
    /// `items:`, with its items below.
    Items,
    /// An item, with its dash in this column.
    Dash(usize),
    /// Something else in the first column.
    Key,
    /// Anything else.
    Other,
}

impl Line {
    fn of(line: &str) -> Self {
        let is_marker = |marker: &str| {
            line.strip_prefix(marker)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        };
        match line.as_bytes().first() {
            Some(b'-') if is_marker("---") => Self::Start,
            Some(b'.') if is_marker("...") => Self::End,
            Some(b'-' | b' ') => dash(line).map_or(Self::Other, Self::Dash),
            Some(b'\t' | b'#' | b'\r' | b'\n') | None => Self::Other,
            Some(b'i') if line.trim_end() == "items:" => Self::Items,
            Some(_) => Self::Key,
        }
    }
}

/// Returns the column of the dash that a line begins with.
fn dash(line: &str) -> Option<usize> {
    let item = line.trim_start_matches(' ');
    let rest = item.strip_prefix('-')?;
    let column = line.len() - item.len();
    (rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r'])).then_some(column)
}
