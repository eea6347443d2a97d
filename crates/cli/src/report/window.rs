//! The few lines around a finding: never the whole file, never a whole long line.

use std::ops::Range;

use helmwright::source::{Source, Span};

use super::escape::push;

/// Most characters of one line that are shown.
const WIDTH: usize = 120;

/// Characters kept before a mark on a line that is cut.
const BEFORE: usize = 40;

/// Most lines that one mark covers; a longer one is drawn on its first line.
const MARKED_LINES: usize = 6;

/// Most bytes between two marks that are shown in one piece.
const APART: usize = 4096;

/// A piece of a text, and where marks lie in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// The piece, hidden characters written out, long lines cut.
    pub(crate) text: String,
    /// The number of its first line.
    pub(crate) line: usize,
    /// The marks in the order given, as bytes of the piece.
    pub(crate) marks: Vec<Range<usize>>,
}

/// Returns whether two spans lie near enough for one window.
pub(crate) fn are_near(one: Span, other: Span) -> bool {
    one.start.abs_diff(other.start) <= APART
}

/// Cuts out the lines of some spans that are near each other.
pub(crate) fn cut(source: &Source, spans: &[Span]) -> Window {
    let text = source.text();
    let spans: Vec<Range<usize>> = spans.iter().map(|span| clamp(text, *span)).collect();
    let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
    let last = spans.iter().map(|span| span.end).max().unwrap_or(0);
    let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
    let mut window = Window {
        text: String::new(),
        line: source.position(start).line,
        marks: Vec::new(),
    };
    let mut edges: Vec<(usize, usize)> = spans
        .iter()
        .flat_map(|span| [(span.start, 0), (span.end, 0)])
        .collect();
    edges.sort_unstable();
    let mut at = start;
    for line in text[start..end].split_inclusive('\n') {
        line_into(&mut window.text, line, at, &mut edges);
        at += line.len();
    }
    for (_, new) in edges.iter_mut().filter(|(old, _)| *old >= end) {
        *new = window.text.len();
    }
    let new = |old: usize| {
        edges
            .iter()
            .find(|(edge, _)| *edge == old)
            .map_or(0, |(_, new)| *new)
    };
    window.marks = spans
        .iter()
        .map(|span| new(span.start)..new(span.end).max(new(span.start)))
        .collect();
    window
}

/// Brings a span into the text, onto characters, and onto a few lines.
fn clamp(text: &str, span: Span) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    let marked = &text[start..end];
    let trimmed = marked.trim_end_matches(['\n', '\r', ' ']).len();
    let marked = if trimmed > 0 {
        &marked[..trimmed]
    } else {
        marked
    };
    let length = match marked.match_indices('\n').nth(MARKED_LINES - 1) {
        Some(_) => marked.lines().next().map_or(0, str::len),
        None => marked.len(),
    };
    start..start + length
}

/// Adds a line that begins at byte `at` of the source, and notes where the edges in it come to lie.
fn line_into(text: &mut String, line: &str, at: usize, edges: &mut [(usize, usize)]) {
    let body = line.strip_suffix('\n').unwrap_or(line);
    let body = body.strip_suffix('\r').unwrap_or(body);
    let own: Vec<usize> = (0..edges.len())
        .filter(|edge| (at..at + line.len()).contains(&edges[*edge].0))
        .collect();
    let mark = own
        .first()
        .map_or(0, |edge| edges[*edge].0 - at)
        .min(body.len());
    let (from, to) = shown(body, mark);
    if from > 0 {
        text.push_str("...");
    }
    let mut own = own.into_iter().peekable();
    for (offset, character) in body[from..to].char_indices() {
        while let Some(edge) = own.next_if(|edge| edges[*edge].0 <= at + from + offset) {
            edges[edge].1 = text.len();
        }
        push(text, character);
    }
    for edge in own {
        edges[edge].1 = text.len();
    }
    if to < body.len() {
        text.push_str("...");
    }
    if line.ends_with('\n') {
        text.push('\n');
    }
}

/// Returns the bytes of a line that are shown: all, or some around a mark.
fn shown(line: &str, mark: usize) -> (usize, usize) {
    // Bytes are at least as many as characters; most lines need no more than this comparison.
    if line.len() <= WIDTH || line.char_indices().nth(WIDTH).is_none() {
        return (0, line.len());
    }
    let mark = line.floor_char_boundary(mark);
    let from = line[..mark]
        .char_indices()
        .rev()
        .nth(BEFORE - 1)
        .map_or(0, |(at, _)| at);
    let to = line[from..]
        .char_indices()
        .nth(WIDTH)
        .map_or(line.len(), |(at, _)| from + at);
    (from, to)
}

#[cfg(test)]
#[allow(
    clippy::single_range_in_vec_init,
    reason = "one mark is a list of one range"
)]
mod tests {
    use super::*;

    fn window(text: &str, spans: &[(usize, usize)]) -> Window {
        let spans: Vec<Span> = spans
            .iter()
            .map(|(start, end)| Span::new(*start, *end))
            .collect();
        cut(&Source::new("x", text), &spans)
    }

    #[test]
    fn shows_the_line_of_the_mark() {
        let found = window("a: 1\nb: 2\nc: 3\n", &[(8, 9)]);
        assert_eq!(
            found,
            Window {
                text: "b: 2".into(),
                line: 2,
                marks: vec![3..4]
            }
        );
    }

    #[test]
    fn spans_past_the_end_are_brought_back() {
        for span in [(4, 99), (99, 120), (3, 1), (0, 0)] {
            let found = window("a: é\n", &[span]);
            for mark in found.marks {
                assert!(found.text.get(mark).is_some(), "{span:?}");
            }
        }
        assert_eq!(window("", &[(0, 5)]).text, "");
    }

    #[test]
    fn hidden_characters_are_written_out_and_the_mark_moves_along() {
        let found = window("a: \u{1b}[2J x\r\nb: 1\n", &[(8, 9)]);
        assert_eq!(found.text, "a: \\u{1b}[2J x");
        assert_eq!(&found.text[found.marks[0].clone()], "x");
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("{}MARK{}\n", "x".repeat(500_000), "y".repeat(500_000));
        let found = window(&text, &[(500_000, 500_004)]);
        assert!(
            found.text.len() < 130
                && found.text.starts_with("...x")
                && found.text.ends_with("y...")
        );
        assert_eq!(&found.text[found.marks[0].clone()], "MARK");
        let all = window(&text, &[(0, text.len())]);
        assert!(all.text.len() < 130);
    }

    #[test]
    fn long_marks_are_drawn_on_their_first_line() {
        let text = "a:\n".to_owned() + &"  - b\n".repeat(100_000);
        let found = window(&text, &[(0, text.len())]);
        assert_eq!((found.text.as_str(), found.marks), ("a:", vec![0..2]));
        let few = window("a:\n  b: 1\n  c: 2\nd: 3\n", &[(3, 17)]);
        assert_eq!(few.text, "  b: 1\n  c: 2");
    }

    #[test]
    fn two_marks_share_a_window() {
        let found = window("a: 1\nb: 2\nc: 3\n", &[(13, 14), (3, 4)]);
        assert_eq!(found.text, "a: 1\nb: 2\nc: 3");
        assert_eq!(found.marks, [13..14, 3..4]);
    }
}
