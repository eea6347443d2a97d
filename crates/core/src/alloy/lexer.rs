//! From text to tokens. A line break ends a statement only after what can end one, as in Go.

use super::problem::Problem;
use crate::source::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    /// A text in quotes; its span holds them.
    Text,
    /// A text in backticks.
    Raw,
    /// One of `{}[](),.=`.
    Sign(u8),
    /// `+`, `==` and their like; `!` and `-` too.
    Operator,
    /// The end of a statement.
    End,
    /// The end of the text.
    Nothing,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

const SYNTAX: &str = "Alloy refuses a configuration that it cannot read, and does not start";

/// Returns the tokens of a text, the last of them [`Kind::Nothing`].
pub(super) fn tokens(text: &str, problems: &mut Vec<Problem>) -> Vec<Token> {
    let mut lexer = Lexer {
        bytes: text.as_bytes(),
        text,
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        ends: false,
        tokens: Vec::new(),
        problems,
    };
    lexer.run();
    lexer.tokens
}

struct Lexer<'a, 'p> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    /// Whether a line break here ends a statement.
    ends: bool,
    tokens: Vec<Token>,
    problems: &'p mut Vec<Problem>,
}

impl Lexer<'_, '_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, start: usize, ends: bool) {
        let span = Span::new(start, self.at);
        self.tokens.push(Token { kind, span });
        self.ends = ends;
    }

    fn wrong(&mut self, message: String, help: &str, start: usize) {
        let span = Span::new(start, self.at.max(start + 1).min(self.bytes.len()));
        self.problems
            .push(Problem::refused(message, SYNTAX, help, span));
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            let start = self.at;
            match self.peek(0) {
                b'\n' => {
                    self.at += 1;
                    if self.ends {
                        self.push(Kind::End, start, false);
                    }
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'/' if self.peek(1) == b'/' => self.skip_line(),
                b'/' if self.peek(1) == b'*' => self.skip_comment(),
                b'#' => {
                    self.skip_line();
                    self.wrong(
                        "`#` begins no comment in Alloy".to_owned(),
                        "write `//` before the comment",
                        start,
                    );
                }
                b'"' => self.quoted(start),
                b'\'' => {
                    self.at += 1;
                    while !matches!(self.peek(0), 0 | b'\n' | b'\'') {
                        self.at += 1;
                    }
                    self.at = (self.at + 1).min(self.bytes.len());
                    self.wrong(
                        "a text stands in single quotes".to_owned(),
                        "use double quotes",
                        start,
                    );
                    self.push(Kind::Text, start, true);
                }
                b'`' => self.raw(start),
                b'0'..=b'9' => self.number(start),
                b'.' if self.peek(1).is_ascii_digit() => self.number(start),
                sign @ (b'{' | b'(' | b'[' | b',' | b'.') => {
                    self.at += 1;
                    self.push(Kind::Sign(sign), start, false);
                }
                sign @ (b'}' | b')' | b']') => {
                    self.at += 1;
                    self.push(Kind::Sign(sign), start, true);
                }
                b'=' if self.peek(1) != b'=' => {
                    self.at += 1;
                    self.push(Kind::Sign(b'='), start, false);
                }
                b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'|'
                | b'&' => self.operator(start),
                _ => self.other(start),
            }
        }
        if self.ends {
            self.push(Kind::End, self.at, false);
        }
        self.push(Kind::Nothing, self.at, false);
    }

    fn skip_line(&mut self) {
        while !matches!(self.peek(0), b'\n') && self.at < self.bytes.len() {
            self.at += 1;
        }
    }

    fn skip_comment(&mut self) {
        let start = self.at;
        match self.text[start + 2..].find("*/") {
            Some(length) => {
                let end = start + 2 + length + 2;
                let breaks = self.text[start..end].contains('\n');
                self.at = end;
                if breaks && self.ends {
                    self.push(Kind::End, start, false);
                }
            }
            None => {
                self.at = self.bytes.len();
                self.wrong(
                    "a comment does not end".to_owned(),
                    "close it with `*/`",
                    start,
                );
            }
        }
    }

    fn operator(&mut self, start: usize) {
        let pair = [self.peek(0), self.peek(1)];
        let double = matches!(&pair, b"==" | b"!=" | b"<=" | b">=" | b"||" | b"&&");
        self.at += if double { 2 } else { 1 };
        if !double && matches!(pair[0], b'|' | b'&') {
            let sign = char::from(pair[0]);
            self.wrong(format!("`{sign}` is no operator"), "write it twice", start);
        }
        self.push(Kind::Operator, start, false);
    }

    fn number(&mut self, start: usize) {
        while self.peek(0).is_ascii_digit() || self.peek(0) == b'.' {
            self.at += 1;
        }
        if matches!(self.peek(0), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(0), b'+' | b'-') {
                self.at += 1;
            }
            let digits = self.at;
            while self.peek(0).is_ascii_digit() {
                self.at += 1;
            }
            if self.at == digits {
                self.wrong(
                    "a number has an exponent without digits".to_owned(),
                    "write the exponent, such as `1e3`",
                    start,
                );
            }
        }
        self.push(Kind::Number, start, true);
    }

    fn raw(&mut self, start: usize) {
        match self.text[start + 1..].find('`') {
            Some(length) => self.at = start + 1 + length + 1,
            None => {
                self.at = self.bytes.len();
                self.wrong(
                    "a text in backticks does not end".to_owned(),
                    "close it with a backtick",
                    start,
                );
            }
        }
        self.push(Kind::Raw, start, true);
    }

    fn quoted(&mut self, start: usize) {
        self.at += 1;
        loop {
            match self.peek(0) {
                b'"' => {
                    self.at += 1;
                    break;
                }
                b'\\' => self.escape(),
                b'\n' => return self.unended(start),
                _ if self.at >= self.bytes.len() => return self.unended(start),
                _ => self.at += 1,
            }
        }
        self.push(Kind::Text, start, true);
    }

    fn unended(&mut self, start: usize) {
        self.wrong(
            "a text does not end on its line".to_owned(),
            "close it with `\"`, or put a text of several lines into backticks",
            start,
        );
        self.push(Kind::Text, start, true);
    }

    fn escape(&mut self) {
        let start = self.at;
        self.at += 2;
        let (digits, base) = match self.bytes.get(start + 1) {
            Some(b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'"') => return,
            Some(b'0'..=b'7') => {
                // The first of the three is a digit already.
                self.at -= 1;
                (3, 8)
            }
            Some(b'x') => (2, 16),
            Some(b'u') => (4, 16),
            Some(b'U') => (8, 16),
            _ => {
                self.at = start + 1;
                self.at = start
                    + 1
                    + self.text[start + 1..]
                        .chars()
                        .next()
                        .map_or(0, char::len_utf8);
                let what = self.text[start..self.at].to_owned();
                if !what.contains('\n') {
                    self.wrong(
                        format!("`{what}` is no escape"),
                        "double the backslash, or put the text into backticks",
                        start,
                    );
                } else {
                    self.at = start + 1;
                }
                return;
            }
        };
        let from = self.at;
        while self.at < from + digits && char::from(self.peek(0)).is_digit(base) {
            self.at += 1;
        }
        let written = self.text.get(from..self.at).unwrap_or_default();
        let letter = u32::from_str_radix(written, base).ok();
        let fits = if base == 8 {
            letter.is_some_and(|letter| letter < 256)
        } else {
            letter.is_some_and(|letter| char::from_u32(letter).is_some())
        };
        if written.len() < digits || !fits {
            let what = self.text.get(start..self.at).unwrap_or("\\").to_owned();
            self.wrong(
                format!("`{what}` is no escape"),
                "double the backslash, or put the text into backticks",
                start,
            );
        }
    }

    fn other(&mut self, start: usize) {
        let rest = &self.text[start..];
        let length: usize = rest
            .char_indices()
            .take_while(|(at, letter)| {
                *letter == '_' || letter.is_alphabetic() || (*at > 0 && letter.is_numeric())
            })
            .map(|(_, letter)| letter.len_utf8())
            .sum();
        if length > 0 {
            self.at += length;
            return self.push(Kind::Name, start, true);
        }
        let letter = rest.chars().next().unwrap_or('?');
        self.at += letter.len_utf8();
        self.wrong(
            format!("`{}` means nothing here", letter.escape_debug()),
            "remove it, or put it into a text in double quotes",
            start,
        );
    }
}
