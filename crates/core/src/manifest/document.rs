//! One document: its text to a tree, the tree to objects.

use super::build::{Builder, Refusal};
use super::finding;
use super::json::{self, JsonError};
use super::object;
use super::place::Document;
use super::reader::Collector;
use super::tree::{Data, Node, Scalar};
use super::wanted;
use crate::yaml::parser::{Event, Parser, Problem};

/// How deep the scanner may nest; it looks a little ahead of the builder.
const NESTING: usize = 120;

/// Reads a document; of the last one of a stream the end may be missing.
pub(super) fn read(mut document: Document<'_>, last: bool, collector: &mut Collector) {
    let text = document.text;
    let Some(body) = body(text) else {
        return;
    };
    collector.documents += 1;
    let template = template(&text[..body]);
    let looks_like_json = text[body..].starts_with(['{', '[']);
    if looks_like_json {
        let mut builder = Builder::new(&wanted::OBJECT);
        if json::read(text, body, &mut builder).is_ok() {
            return roots(builder, &mut document, template, collector);
        }
    }
    let mut builder = Builder::new(&wanted::OBJECT);
    let stopped = yaml(text, &mut builder);
    let Err(stop) = stopped else {
        return roots(builder, &mut document, template, collector);
    };
    // What was read before the place is whole only if it is a document of its own, which it is not.
    let diagnostic = match stop {
        Stop::Problem(problem) => {
            let end = text.trim_end().len();
            let last_line = text[..end].rfind('\n').map_or(0, |at| at + 1);
            let at_end = problem.unclosed
                || problem.offset >= end
                || (!text.ends_with('\n') && problem.offset >= last_line);
            let at = document_place(&mut document, problem.offset, collector);
            if last && at_end {
                finding::cut_off(&at, "a document")
            } else if looks_like_json {
                json_problem(&mut document, body, collector)
            } else {
                finding::syntax(&at, problem)
            }
        }
        Stop::Refused(refusal, offset) => refused(refusal, offset, &mut document, collector),
        Stop::UnknownAlias(name, offset) => {
            let at = document_place(&mut document, offset, collector);
            finding::unreadable(&at, &format!("there is no anchor `&{name}` before this"))
        }
    };
    collector.find(diagnostic);
}

fn document_place(
    document: &mut Document<'_>,
    offset: usize,
    collector: &mut Collector,
) -> crate::source::Location {
    let offset = document
        .text
        .floor_char_boundary(offset.min(document.text.trim_end().len()));
    let next = document.text[offset..].chars().next();
    let end = offset + next.map_or(0, char::len_utf8);
    collector.location(document, offset, end)
}

fn json_problem(
    document: &mut Document<'_>,
    body: usize,
    collector: &mut Collector,
) -> crate::diagnostic::Diagnostic {
    let mut builder = Builder::new(&wanted::OBJECT);
    match json::read(document.text, body, &mut builder) {
        Err(JsonError::Unexpected(offset)) => {
            finding::json_syntax(&document_place(document, offset, collector))
        }
        Err(JsonError::Refused(refusal, offset)) => refused(refusal, offset, document, collector),
        _ => finding::json_syntax(&document_place(document, document.text.len(), collector)),
    }
}

fn refused(
    refusal: Refusal,
    offset: usize,
    document: &mut Document<'_>,
    collector: &mut Collector,
) -> crate::diagnostic::Diagnostic {
    let at = document_place(document, offset, collector);
    match refusal {
        Refusal::TooMany => finding::too_many_values(&at),
        Refusal::TooDeep => finding::unreadable(&at, "it is nested more than 100 deep"),
        Refusal::Recursive => finding::unreadable(&at, "an alias stands for what contains it"),
    }
}

fn roots(
    builder: Builder<'_>,
    document: &mut Document<'_>,
    template: Option<&str>,
    collector: &mut Collector,
) {
    if let Some((key, at)) = builder.repeated() {
        // The name of a key is shown, never its value, which may be a secret.
        let location = document_place(document, *at, collector);
        collector.find(finding::duplicate_key(&location, key));
    }
    for root in builder.into_roots() {
        object::read(&root, document, template, collector);
    }
}

/// Returns where the first thing stands that is no blank, comment, directive or `---`.
fn body(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let rest = line.trim_start_matches([' ', '\t', '\u{feff}', '\r', '\n']);
        let (rest, skipped) = match rest.strip_prefix("---") {
            Some(after) if after.is_empty() || after.starts_with([' ', '\t', '\r', '\n']) => {
                let trimmed = after.trim_start();
                (trimmed, line.len() - trimmed.len())
            }
            _ => (rest, line.len() - rest.len()),
        };
        if !rest.is_empty() && !rest.starts_with(['#', '%']) {
            return Some(at + skipped);
        }
        at += line.len();
    }
    None
}

/// Returns the template that Helm names in a comment above an object.
fn template(head: &str) -> Option<&str> {
    let mut lines = head.lines().rev();
    lines.find_map(|line| Some(line.trim().strip_prefix("# Source: ")?.trim()))
}

/// Why a document is not read to its end.
enum Stop {
    Problem(Problem),
    Refused(Refusal, usize),
    UnknownAlias(String, usize),
}

fn yaml<'t>(text: &'t str, builder: &mut Builder<'t>) -> Result<(), Stop> {
    let mut parser = Parser::new(text, NESTING);
    while let Some(next) = parser.next() {
        let (event, span) = next.map_err(Stop::Problem)?;
        let done = match event {
            Event::Scalar {
                text,
                style,
                anchor,
                tag,
            } => {
                let scalar = Scalar { text, style, tag };
                builder.scalar(scalar, span.start, span.end, anchor)
            }
            Event::ListStart { anchor, .. } => {
                builder.open(Data::List(Vec::new()), span.start, anchor)
            }
            Event::MapStart { anchor, .. } => {
                builder.open(Data::Map(Vec::new()), span.start, anchor)
            }
            Event::ListEnd | Event::MapEnd => builder.close(span.end),
            Event::Alias(anchor) => builder.alias(anchor, span.start),
            Event::UnknownAlias(name) => return Err(Stop::UnknownAlias(name, span.start)),
            Event::DocumentStart { .. } | Event::DocumentEnd | Event::Anchor(_) => Ok(()),
        };
        done.map_err(|refusal| Stop::Refused(refusal, span.start))?;
    }
    Ok(())
}

/// Says what a document is that is no map.
pub(super) const fn what(node: &Node<'_>) -> &'static str {
    match node.data {
        Data::List(_) => "a list",
        Data::Scalar(_) => "a text",
        Data::Map(_) => "a map",
    }
}
