//! The lines of a text: where they start and end, and which comments belong to what.

use crate::source::Span;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Returns where the line of an offset starts; a byte order mark is not part of its line.
pub(super) fn start(text: &str, offset: usize) -> usize {
    match text[..offset].rfind(['\n', '\r']) {
        Some(at) => at + 1,
        None if text.starts_with(BYTE_ORDER_MARK) => BYTE_ORDER_MARK.len_utf8().min(offset),
        None => 0,
    }
}

/// Returns where the line of an offset ends, before its line break.
pub(super) fn end(text: &str, offset: usize) -> usize {
    text[offset..]
        .find(['\n', '\r'])
        .map_or(text.len(), |at| offset + at)
}

/// Returns where the next line starts; `end` is where this one ends.
pub(super) fn next(text: &str, end: usize) -> usize {
    let rest = &text.as_bytes()[end..];
    end + match rest {
        [b'\r', b'\n', ..] => 2,
        [_, ..] => 1,
        [] => 0,
    }
}

/// Returns the column of an offset if nothing but spaces stands before it on its line.
pub(super) fn column(text: &str, offset: usize) -> Option<usize> {
    let before = &text[start(text, offset)..offset];
    before
        .bytes()
        .all(|byte| byte == b' ')
        .then_some(before.len())
}

/// Returns the comment at the end of a line, with the blanks before it; `from` is where data ends.
pub(super) fn trailing_comment(text: &str, from: usize) -> &str {
    let rest = text[from..end(text, from)].trim_end();
    if rest.trim_start().starts_with('#') {
        rest
    } else {
        ""
    }
}

/// Returns the lines of the comment directly above a key: those of the key's own column, without a
/// blank line between. `floor` is where the data before the key ends.
pub(super) fn comment_above(text: &str, key: usize, column: usize, floor: usize) -> Span {
    let below = start(text, key);
    let floor = match text.starts_with(BYTE_ORDER_MARK) {
        true => floor.max(BYTE_ORDER_MARK.len_utf8()),
        false => floor,
    };
    let mut top = below;
    while top > floor {
        // The line break before `top` has one byte or two.
        let above = text[..top].strip_suffix('\n').map_or(top - 1, |text| {
            text.strip_suffix('\r').unwrap_or(text).len()
        });
        let line = start(text, above);
        if line < floor || comment_column(&text[line..above]) != Some(column) {
            break;
        }
        top = line;
    }
    Span::new(top, below)
}

/// Returns where the lines end that belong to what ends at `from`: its own line, and comments
/// below it that stand at `column` or deeper. Blank lines count only between them.
pub(super) fn end_below(text: &str, from: usize, column: usize) -> usize {
    let mut last = end(text, from);
    let mut at = last;
    while at < text.len() {
        let line = next(text, at);
        at = end(text, line);
        match comment_column(&text[line..at]) {
            Some(found) if found >= column => last = at,
            None if is_blank(&text[line..at]) => {}
            _ => break,
        }
    }
    last
}

/// Returns where the blank lines end that follow the line which ends at `from`.
pub(super) fn end_of_blanks(text: &str, from: usize) -> usize {
    let mut last = from;
    while last < text.len() {
        let line = next(text, last);
        let at = end(text, line);
        if line == text.len() || !is_blank(&text[line..at]) {
            break;
        }
        last = at;
    }
    last
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Returns the column of a line that holds only a comment.
fn comment_column(line: &str) -> Option<usize> {
    let comment = line.trim_start_matches(' ');
    comment
        .starts_with('#')
        .then_some(line.len() - comment.len())
}
