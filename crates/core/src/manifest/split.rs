//! A stream of text, cut into documents as it comes in.

use super::json_split::JsonSplit;
use super::yaml_split::YamlSplit;
use crate::source::Position;

/// The largest object that is read, in bytes. Kubernetes itself stores none above 1.5 MiB and takes no request above
/// 3 MiB, so what is larger than 16 MiB is no object.
pub const MAX_DOCUMENT: usize = 16 * 1024 * 1024;

/// From this size on the items of a list are read one by one, which keeps only one of them at a time.
pub(super) const LIST_BYTES: usize = 4 * 1024 * 1024;

/// How much of a piece is looked at at a time, so that a stream handed over in one piece needs no second copy.
const STEP: usize = 64 * 1024;

/// A piece of the stream that is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    /// Where it begins.
    pub(super) at: Position,
    /// How it ended.
    pub(super) end: End,
}

/// How a piece ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Something follows, or it is closed.
    Whole,
    /// It is the last one of the stream and may be half.
    Last,
    /// It is longer than [`MAX_DOCUMENT`]; its text is its first bytes only.
    TooLarge,
    /// It is a list that the stream ends in; its items were handed over, its text is its first bytes.
    CutList,
}

/// Takes the documents.
pub(super) trait Sink {
    fn document(&mut self, piece: Piece<'_>);
}

/// Text that is not handled yet, and where it stands in the stream.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) text: String,
    /// An offset whose place is known, and the place; it only moves on.
    known: (usize, Position),
}

impl Pending {
    /// Forgets the first bytes.
    pub(super) fn drop_to(&mut self, offset: usize) {
        if offset > 0 {
            let at = self.place(offset);
            self.text.drain(..offset);
            self.known = (0, at);
        }
    }

    /// Returns the place of an offset in the stream; offsets come in rising order.
    pub(super) fn place(&mut self, offset: usize) -> Position {
        let (known, at) = self.known;
        if let Some(between) = self.text.get(known..offset) {
            self.known = (offset, after(at, between));
        }
        self.known.1
    }
}

/// Returns the place behind a text that begins at a place.
fn after(at: Position, text: &str) -> Position {
    let breaks = text.bytes().filter(|byte| *byte == b'\n').count();
    match text.rfind('\n') {
        Some(last) => Position {
            line: at.line + breaks,
            column: text[last + 1..].chars().count() + 1,
        },
        None => Position {
            line: at.line,
            column: at.column + text.chars().count(),
        },
    }
}

/// What the text at hand is.
#[derive(Debug)]
enum Mode {
    /// Nothing but blanks so far.
    Start,
    Yaml(YamlSplit),
    Json(JsonSplit),
}

/// Cuts a stream.
#[derive(Debug)]
pub(super) struct Splitter {
    pending: Pending,
    mode: Mode,
}

impl Splitter {
    pub(super) fn new() -> Self {
        Self {
            pending: Pending {
                text: String::new(),
                known: (0, Position { line: 1, column: 1 }),
            },
            mode: Mode::Start,
        }
    }

    /// Takes the next piece of the stream, cut anywhere.
    pub(super) fn feed(&mut self, piece: &str, sink: &mut impl Sink) {
        let mut rest = piece;
        while !rest.is_empty() {
            let (step, next) = rest.split_at(rest.ceil_char_boundary(STEP));
            self.pending.text.push_str(step);
            self.advance(sink);
            rest = next;
        }
    }

    /// Ends the stream.
    pub(super) fn finish(mut self, sink: &mut impl Sink) {
        if let Mode::Json(split) = &mut self.mode
            && let Some(back) = split.finish(&mut self.pending, sink)
        {
            // It looked like JSON and is not: YAML may begin with a bracket too.
            self.mode = Mode::Yaml(back);
            self.advance(sink);
        }
        if let Mode::Yaml(split) = &mut self.mode {
            split.finish(&mut self.pending, sink);
        }
    }

    fn advance(&mut self, sink: &mut impl Sink) {
        loop {
            match &mut self.mode {
                Mode::Start => match self.start() {
                    Some(mode) => self.mode = mode,
                    None => return,
                },
                Mode::Yaml(split) => return split.advance(&mut self.pending, sink),
                Mode::Json(split) => {
                    if !split.advance(&mut self.pending, sink) {
                        return;
                    }
                    self.mode = Mode::Start;
                }
            }
        }
    }

    /// Looks at the first character that is no blank.
    fn start(&mut self) -> Option<Mode> {
        let text = &self.pending.text;
        let is_blank = |character: char| character.is_ascii_whitespace() || character == '\u{feff}';
        let Some((first, character)) = text
            .char_indices()
            .find(|(_, character)| !is_blank(*character))
        else {
            // Blanks before the first word of a line are its indentation.
            let line = text.rfind('\n').map_or(0, |at| at + 1);
            self.pending.drop_to(line);
            return None;
        };
        if matches!(character, '{' | '[') {
            self.pending.drop_to(first);
            return Some(Mode::Json(JsonSplit::default()));
        }
        let line = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let line = line
            + if text[line..].starts_with('\u{feff}') {
                3
            } else {
                0
            };
        self.pending.drop_to(line);
        Some(Mode::Yaml(YamlSplit::default()))
    }
}
