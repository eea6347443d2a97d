//! JSON values one after the other, and the items of a long list, found by their brackets.

use super::split::{End, LIST_BYTES, MAX_DOCUMENT, Pending, Piece, Sink};
use super::yaml_split::YamlSplit;

/// How much of a value is kept that is too large to be read.
const HEAD: usize = 512;

/// One JSON value that may be a list. Offsets count from the start of the pending text.
#[derive(Clone, Debug, Default)]
pub(super) struct JsonSplit {
    /// The first byte that was not looked at.
    scanned: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Where the last text of the outermost map begins, and whether it is `items`.
    key: usize,
    key_is_items: bool,
    /// The depth at which items stand, once the list has begun.
    item_depth: Option<usize>,
    /// The state just behind the `[` of the list, to come back to.
    list: Option<Box<JsonSplit>>,
    /// Whether items are read one by one.
    one_by_one: bool,
    /// Where the item at hand begins.
    item: Option<usize>,
    /// Whether what is at hand is too large, and reported.
    skipping: bool,
}

impl JsonSplit {
    /// Hands over what is complete; returns whether the value has ended.
    pub(super) fn advance(&mut self, pending: &mut Pending, sink: &mut impl Sink) -> bool {
        while self.scanned < pending.text.len() {
            let at = self.scanned;
            self.scanned += 1;
            let byte = pending.text.as_bytes()[at];
            if self.in_string {
                self.string(pending, at, byte);
                continue;
            }
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.key = at + 1;
                }
                b',' => self.key_is_items = false,
                b'{' | b'[' => self.open(byte, at),
                b'}' | b']' if self.close(at, pending, sink) => return true,
                _ => {}
            }
        }
        self.bound(pending, sink);
        false
    }

    /// Ends the stream within the value; a value that is no JSON may be YAML, and its text stays pending.
    pub(super) fn finish(
        &mut self,
        pending: &mut Pending,
        sink: &mut impl Sink,
    ) -> Option<YamlSplit> {
        if self.skipping && !self.one_by_one {
            return None;
        }
        if !self.one_by_one && self.list.is_none() {
            return Some(YamlSplit::default());
        }
        let head = pending.text[..pending.text.floor_char_boundary(HEAD)].to_owned();
        let at = pending.place(0);
        if self.enter_list() {
            self.advance(pending, sink);
        }
        sink.document(Piece {
            text: &head,
            at,
            end: End::CutList,
        });
        None
    }

    fn string(&mut self, pending: &Pending, at: usize, byte: u8) {
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.in_string = false;
            if self.depth == 1 {
                self.key_is_items = pending.text.get(self.key..at) == Some("items");
            }
        }
    }

    fn open(&mut self, byte: u8, at: usize) {
        if self.item_depth == Some(self.depth) {
            self.item = Some(at);
        }
        self.depth += 1;
        let begins_list = match self.depth {
            1 => byte == b'[',
            2 => byte == b'[' && self.key_is_items,
            _ => false,
        };
        if self.list.is_none() && self.item_depth.is_none() && !self.skipping && begins_list {
            self.item_depth = Some(self.depth);
            self.list = Some(Box::new(self.clone()));
        }
    }

    /// Ends a list or map; returns whether it was the whole value.
    fn close(&mut self, at: usize, pending: &mut Pending, sink: &mut impl Sink) -> bool {
        self.depth = self.depth.saturating_sub(1);
        let end = at + 1;
        if self.depth > 0 {
            if self.one_by_one
                && self.item_depth == Some(self.depth)
                && let Some(start) = self.item.take()
            {
                if !self.skipping {
                    emit(pending, start, end, sink);
                }
                self.skipping = false;
            }
            if self.item_depth.is_some_and(|depth| self.depth < depth) {
                // The list is over; a second one of the same name is none of Kubernetes'.
                self.item_depth = None;
            }
            return false;
        }
        if !self.one_by_one && !self.skipping {
            if end > LIST_BYTES && self.enter_list() {
                return false;
            }
            emit(pending, 0, end, sink);
        }
        pending.drop_to(end);
        true
    }

    /// Goes back to the begin of the list, to read its items one by one.
    fn enter_list(&mut self) -> bool {
        match self.list.take() {
            Some(list) if !self.one_by_one => {
                *self = *list;
                self.one_by_one = true;
                true
            }
            _ => false,
        }
    }

    fn bound(&mut self, pending: &mut Pending, sink: &mut impl Sink) {
        if !self.one_by_one && self.scanned > LIST_BYTES && self.enter_list() {
            self.advance(pending, sink);
            return;
        }
        let start = match (self.one_by_one, self.item) {
            (false, _) => 0,
            (true, Some(item)) => item,
            (true, None) => self.scanned,
        };
        if self.scanned - start > MAX_DOCUMENT && !self.skipping {
            emit(pending, start, self.scanned, sink);
            self.skipping = true;
        }
        let keep = if self.skipping { self.scanned } else { start };
        pending.drop_to(keep);
        self.scanned -= keep;
        self.key = self.key.saturating_sub(keep);
        self.item = self.item.map(|item| item.saturating_sub(keep));
    }
}

fn emit(pending: &mut Pending, start: usize, end: usize, sink: &mut impl Sink) {
    let at = pending.place(start);
    let text = &pending.text[start..pending.text.floor_char_boundary(end)];
    let (text, end) = if text.len() > MAX_DOCUMENT {
        (&text[..text.floor_char_boundary(HEAD)], End::TooLarge)
    } else {
        (text, End::Whole)
    };
    sink.document(Piece { text, at, end });
}
