//! Where things stand, as far as the parser does not say.

use super::parser::Mark;
use crate::source::Span;

/// Returns the place of an indicator (`-` or `:`) if nothing but blanks, comments, line breaks,
/// anchors and tags comes before it.
pub(super) fn indicator(text: &str, from: usize, wanted: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match *bytes.get(at)? {
            byte if byte == wanted => return Some(at),
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => at = end_of_line(bytes, at),
            b'&' | b'!' => at = end_of_word(bytes, at),
            // The signs of an explicit key and of its value, and the `:` before a list.
            b'?' | b':' => at += 1,
            _ => return None,
        }
    }
}

/// Returns the span of a block scalar from its `|` or `>` to the end of its last line with text.
///
/// `content` is what the parser knows: the text without its header, and with what follows it.
pub(super) fn block_scalar(text: &str, from: usize, content: Span) -> Span {
    let bytes = text.as_bytes();
    let mut at = from;
    let start = loop {
        match bytes.get(at) {
            Some(b'|' | b'>') => break at,
            Some(b'#') => at = end_of_line(bytes, at),
            Some(b'&' | b'!') => at = end_of_word(bytes, at),
            Some(b' ' | b'\t' | b'\n' | b'\r' | b'?' | b':' | b'-') => at += 1,
            // Not as expected: what the parser says will do.
            _ => return content,
        }
    };
    let mut header = start + 1;
    while bytes
        .get(header)
        .is_some_and(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9'))
    {
        header += 1;
    }
    let body = text.get(content.start..content.end).unwrap_or_default();
    // A tab outside of the block would be indentation, so the last line may consist of one.
    let kept = body.trim_end_matches([' ', '\n', '\r']);
    if kept.is_empty() || content.start < header {
        return Span::new(start, header);
    }
    // Blanks at the end of the last line are part of the text.
    let end = content.start + kept.len();
    let tail = &bytes[end..content.end];
    let line = tail
        .iter()
        .position(|byte| matches!(byte, b'\n' | b'\r'))
        .unwrap_or(tail.len());
    Span::new(start, end + line)
}

/// Returns whether the last line of a text is empty or blank.
pub(super) fn ends_with_blank_line(text: &str) -> bool {
    let last = text.rfind(['\n', '\r']).map_or(text, |at| &text[at + 1..]);
    last.trim_matches([' ', '\t']).is_empty()
}

/// Returns a tab that stands where a line outside of brackets is indented, between two nodes.
///
/// `start_of_line` says that a node on the first line still counts as the start of one, as it does
/// behind `- `.
pub(super) fn tab_in_gap(text: &str, from: usize, to: usize, start_of_line: bool) -> Option<usize> {
    let bytes = text.as_bytes().get(..to)?;
    let mut indentation = start_of_line || from == 0;
    let mut broken = false;
    let mut at = from;
    loop {
        match *bytes.get(at)? {
            b'\t' if indentation => return Some(at),
            b'\n' | b'\r' => {
                indentation = true;
                broken = true;
            }
            b'-' | b'?' => indentation = true,
            // Behind the `:` of an explicit key a new line may start, behind others not.
            b':' => indentation = broken,
            b'#' => {
                at = end_of_line(bytes, at);
                continue;
            }
            b'&' | b'!' => {
                at = end_of_word(bytes, at);
                indentation = false;
                continue;
            }
            b'|' | b'>' => return None,
            _ => {}
        }
        at += 1;
    }
}

/// Returns a tab before the first character of a block scalar whose indentation Helm has to guess.
pub(super) fn tab_in_block(text: &str, from: usize, content: Span) -> Option<usize> {
    let header = block_scalar(text, from, Span::new(content.start, content.start));
    let sign = text.get(header.start..header.end)?;
    if content.start >= content.end || sign.contains(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let first_line = end_of_line(text.as_bytes(), header.end);
    let before = text.get(first_line..(content.start + 1).min(text.len()))?;
    before.find('\t').map(|tab| first_line + tab)
}

/// Returns the character to mark where reading stops; `from` is the end of what was read well.
pub(super) fn of_problem(text: &str, from: usize, offset: usize, mark: Mark) -> Span {
    // Where forbidden characters were masked, only the original text knows its boundaries.
    let offset = (0..=offset.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default();
    let found = match mark {
        Mark::Here | Mark::Colon => None,
        Mark::QuoteBefore => text
            .get(from..offset)
            .and_then(|before| before.find(['"', '\'']))
            .map(|quote| from + quote),
        Mark::Tab => {
            let line = text[..offset].rfind('\n').map_or(0, |at| at + 1);
            let tab_before = text[line..offset].find('\t').map(|tab| line + tab);
            tab_before.or_else(|| text[offset..].find('\t').map(|tab| offset + tab))
        }
    };
    let start = found.unwrap_or(offset);
    match text[start..].chars().next() {
        Some(character) if character == '\t' || !character.is_control() => {
            Span::new(start, start + character.len_utf8())
        }
        // The end of a line has nothing to mark.
        _ => Span::new(start, start),
    }
}

/// Returns the `:` of `key:value` on the line before an offset, written without the space it needs.
pub(super) fn colon_before(text: &str, offset: usize) -> Option<Span> {
    let before = text.get(..offset)?;
    let end = before.rfind('\n')?;
    let start = before[..end].rfind('\n').map_or(0, |at| at + 1);
    let line = &before[start..end];
    let colon = line.find(':')?;
    let name = line[..colon].trim_start_matches([' ', '-']);
    let is_key = !name.is_empty() && !name.contains([' ', '#', '"', '\'', '[', '{']);
    let has_value =
        line[colon + 1..].starts_with(|next: char| !next.is_whitespace() && next != '/');
    (is_key && has_value).then(|| Span::new(start + colon, start + colon + 1))
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest
        .iter()
        .position(|byte| matches!(byte, b'\n' | b'\r'))
        .unwrap_or(rest.len())
}

fn end_of_word(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
        .unwrap_or(rest.len())
}
