//! The one place that knows the YAML parser in use (`granit-parser`).
//!
//! Everything else sees [`Event`]s with byte spans, and [`Problem`]s in our own words.

use std::borrow::Cow;

use granit_parser::{
    ErrorKind, Event as Raw, Parser as RawParser, ScalarStyle, ScanError, StrInput,
};

use super::scalar::Tag;
use crate::source::Span;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
    Block,
}

/// A step through the text. Anchors are numbers above 0; 0 means none.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    DocumentStart {
        version: Option<(u32, u32)>,
    },
    DocumentEnd,
    Scalar {
        text: Cow<'a, str>,
        style: Style,
        anchor: usize,
        tag: Option<Tag>,
    },
    ListStart {
        flow: bool,
        anchor: usize,
    },
    ListEnd,
    MapStart {
        flow: bool,
        anchor: usize,
    },
    MapEnd,
    Alias(usize),
    UnknownAlias(String),
    Anchor(String),
}

/// What to point at when reading stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The character itself.
    Here,
    /// The quote before, where the text started.
    QuoteBefore,
    /// The first tab of the line.
    Tab,
    /// A `:` on the line before that lacks its space, if there is one.
    Colon,
}

/// Why the text cannot be read on.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The byte where it shows.
    pub(crate) offset: usize,
    /// What is wrong.
    pub(crate) message: String,
    /// Why it is wrong.
    pub(crate) why: Option<&'static str>,
    /// What to do now.
    pub(crate) help: &'static str,
    /// What to point at.
    pub(crate) mark: Mark,
    /// Whether it is nesting beyond the limit.
    pub(crate) too_deep: bool,
    /// Whether something is open at the end of the text.
    pub(crate) unclosed: bool,
}

/// Reads events one after the other.
pub(crate) struct Parser<'a> {
    inner: RawParser<'a, StrInput<'a>>,
    text: &'a str,
}

impl<'a> Parser<'a> {
    /// Starts on a text; `nesting` bounds what the scanner keeps open, for lists and maps of each kind.
    pub(crate) fn new(text: &'a str, nesting: usize) -> Self {
        let mut options = granit_parser::options! {
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            flow_nesting_limit: nesting,
            block_nesting_limit: nesting,
        };
        options.set_emit_comments(false);
        Self {
            inner: RawParser::new_from_str_with_options(text, options),
            text,
        }
    }

    /// Returns the next event, or nothing at the end of the text.
    pub(crate) fn next(&mut self) -> Option<Result<(Event<'a>, Span), Problem>> {
        loop {
            let (raw, span) = match self.inner.next_event()? {
                Ok(next) => next,
                Err(error) => return Some(Err(problem(self.text, &error))),
            };
            let range = span.byte_range().unwrap_or_default();
            let empty = range.is_empty();
            let event = match raw {
                Raw::DocumentStart(_, version) => Event::DocumentStart {
                    version: version.map(|version| (version.major, version.minor)),
                },
                Raw::DocumentEnd => Event::DocumentEnd,
                Raw::Alias(anchor) => Event::Alias(anchor),
                Raw::UnresolvedAlias(name) => Event::UnknownAlias(name.into_owned()),
                Raw::Anchor(_, name) => Event::Anchor(name.into_owned()),
                Raw::Scalar(text, style, anchor, tag) => Event::Scalar {
                    // The parser writes `~` for a value that is not there.
                    text: if empty && style == ScalarStyle::Plain {
                        Cow::Borrowed("")
                    } else {
                        text
                    },
                    style: match style {
                        ScalarStyle::Plain => Style::Plain,
                        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                    },
                    anchor,
                    tag: tag.as_deref().map(tag_of),
                },
                Raw::SequenceStart(style, anchor, _) => Event::ListStart {
                    flow: style == granit_parser::StructureStyle::Flow,
                    anchor,
                },
                Raw::SequenceEnd => Event::ListEnd,
                Raw::MappingStart(style, anchor, _) => Event::MapStart {
                    flow: style == granit_parser::StructureStyle::Flow,
                    anchor,
                },
                Raw::MappingEnd => Event::MapEnd,
                // Start and end of the stream, comments, and what later versions may add.
                _ => continue,
            };
            return Some(Ok((event, Span::new(range.start, range.end))));
        }
    }
}

fn tag_of(tag: &granit_parser::Tag) -> Tag {
    match tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() {
        Some("str") => Tag::Str,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("null") => Tag::Null,
        Some("timestamp") => Tag::Timestamp,
        Some("merge") => Tag::Merge,
        Some("binary") => Tag::Binary,
        _ => Tag::Other,
    }
}

/// Says a parser's error in our words, with the reason and the way out where they are known.
fn problem(text: &str, error: &ScanError) -> Problem {
    let offset = error
        .marker()
        .byte_offset()
        .unwrap_or_default()
        .min(text.len());
    let (message, why, help): (Cow<'_, str>, _, _) = match error.kind() {
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabNotAllowed => (
            "a tab is used for indentation".into(),
            Some("YAML indents with spaces only, since tabs have no fixed width"),
            "replace the tab by spaces",
        ),
        ErrorKind::TabAtBlockScalarStart => (
            "the text of a block starts with a tab".into(),
            Some("YAML indents with spaces only, since tabs have no fixed width"),
            "indent the lines of the block with spaces",
        ),
        ErrorKind::TabInPlainScalar => (
            "a tab stands inside an unquoted text".into(),
            None,
            "put the text in double quotes and write the tab as `\\t`, or use spaces",
        ),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => (
            "a quote is opened here and never closed".into(),
            Some("everything after it is read as one text"),
            "add the closing quote",
        ),
        ErrorKind::InvalidQuotedScalarIndent => (
            "a quote is opened here and not closed before the indentation ends".into(),
            Some("the text between quotes may go on in further lines only if they are indented"),
            "add the closing quote, or indent the lines that belong to the text",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar => (
            "text follows a closing single quote".into(),
            Some("a single quote ends the text; inside single quotes it is written twice"),
            "write `''` for a quote inside, or remove what follows",
        ),
        ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "text follows a closing double quote".into(),
            Some("a double quote ends the text; inside double quotes it is written `\\\"`"),
            "write `\\\"` for a quote inside, or remove what follows",
        ),
        ErrorKind::UnknownQuotedScalarEscape => (
            "a double-quoted text holds an unknown escape".into(),
            Some("in double quotes a backslash starts an escape such as `\\n`"),
            "write `\\\\` for a backslash, or use single quotes",
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` starts a value where none may stand".into(),
            Some(
                "either the line before lacks its `:`, the indentation is off, or a text holds `: ` and is not quoted",
            ),
            "put a text that holds `: ` in quotes; write a space after each key's `:`; indent keys of one map alike",
        ),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => (
            "the indentation fits no map that is open here".into(),
            Some("the keys of one map start in the same column"),
            "indent this line like the other keys of its map",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            "a key stands between the items of a list".into(),
            Some("a list holds only items that start with `- `"),
            "indent the key under an item, or move it out of the list",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => (
            "a list item may not start here".into(),
            Some("items of a list stand on lines of their own below the key"),
            "start the list on the next line, or write it as `[a, b]`",
        ),
        ErrorKind::BlockEntryInFlowCollection => (
            "a `- ` stands inside brackets".into(),
            Some("between brackets items are parted by commas"),
            "write `[a, b]`, or the whole list as lines that start with `- `",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            "a key is not followed by `:`".into(),
            Some("each line of a map is `key: value`; a key stands on one line"),
            "write a `:` and a space after the key",
        ),
        ErrorKind::UnclosedFlowCollection { open } => (
            format!("`{open}` is opened here and never closed").into(),
            None,
            "add the closing bracket",
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => (
            format!("`{open}` is closed by `{close}`").into(),
            None,
            "close each bracket by its own kind",
        ),
        ErrorKind::MisplacedFlowCollectionEnd => (
            "a bracket is closed that was never opened".into(),
            None,
            "remove it, or put the text in quotes",
        ),
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::ExpectedFlowMappingSeparator => (
            "an item between brackets is missing or not finished".into(),
            Some("between brackets items are parted by exactly one comma"),
            "remove the extra comma, add the missing one, or put the text in quotes",
        ),
        ErrorKind::UnexpectedCharacter { character } => match character {
            '@' | '`' => (
                format!("an unquoted text starts with `{character}`").into(),
                Some("YAML reserves this character at the start of a text"),
                "put the text in quotes",
            ),
            '%' => (
                "an unquoted text starts with `%`".into(),
                Some("YAML reserves this character at the start of a text"),
                "put the text in quotes",
            ),
            _ => (
                format!(
                    "the character `{}` may not stand here",
                    character.escape_default()
                )
                .into(),
                None,
                "put the text in quotes",
            ),
        },
        ErrorKind::InvalidBlockScalarIndent => (
            "a line of a text block is indented less than its first line".into(),
            Some("the first line sets the indentation of the whole block"),
            "indent all lines of the block at least like the first",
        ),
        ErrorKind::InvalidBlockScalarHeader | ErrorKind::ZeroBlockScalarIndent => (
            "text follows `|` or `>` on the same line".into(),
            Some(
                "a block's text starts on the next line; beside the sign only `+`, `-` or a digit may stand",
            ),
            "start the text on the next line, or put it in quotes",
        ),
        ErrorKind::CommentNotSeparated => (
            "a `#` follows a value without a space".into(),
            Some("a comment starts with a space and `#`"),
            "write a space before `#`, or put the text in quotes",
        ),
        ErrorKind::CommentInterceptedScalar => (
            "a comment stands inside a text of several lines".into(),
            None,
            "move the comment, or put the text in quotes",
        ),
        ErrorKind::InvalidMappingValueWhitespace | ErrorKind::InvalidColonPlacement => (
            "a `:` is not followed by a space".into(),
            None,
            "write a space after the `:`",
        ),
        ErrorKind::ExpectedDocumentStart => (
            "text follows where the data has ended".into(),
            Some("a file holds one map, one list or one text; this belongs to none"),
            "indent it like what it belongs to, or remove it",
        ),
        ErrorKind::RecursionLimitExceeded => (
            "lists and maps are nested too deep".into(),
            None,
            "flatten the data",
        ),
        kind => (
            format!("the text is not YAML: {kind}").into(),
            None,
            "mend the line, or put the text in quotes",
        ),
    };
    Problem {
        offset,
        message: message.into_owned(),
        why,
        help,
        mark: match error.kind() {
            ErrorKind::InvalidQuotedScalarIndent => Mark::QuoteBefore,
            ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar => Mark::Tab,
            ErrorKind::MappingValueNotAllowed => Mark::Colon,
            _ => Mark::Here,
        },
        too_deep: matches!(error.kind(), ErrorKind::RecursionLimitExceeded),
        unclosed: matches!(
            error.kind(),
            ErrorKind::UnclosedQuotedScalar
                | ErrorKind::UnclosedFlowCollection { .. }
                | ErrorKind::UnexpectedEofFlowSequence
                | ErrorKind::UnexpectedEofFlowMapping
                | ErrorKind::UnexpectedEofImplicitFlowMapping
        ),
    }
}
