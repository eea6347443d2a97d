//! From tokens to blocks and attributes.

use super::lexer::{Kind, Token, tokens};
use super::problem::Problem;
use super::tree::{Block, Config, Expression, Statement, Value};
use crate::source::Span;

/// How deep blocks and values may nest; no configuration that Alloy takes is near it.
const MAX_DEPTH: usize = 64;

/// How many problems are kept; nobody reads more.
const MAX_PROBLEMS: usize = 50;

const SYNTAX: &str = "Alloy refuses a configuration that it cannot read, and does not start";

/// Reads a text.
pub(super) fn parse(text: &str) -> Config {
    let mut problems = Vec::new();
    let tokens = tokens(text, &mut problems);
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        depth: 0,
        problems,
    };
    let body = parser.body(None);
    let mut problems = parser.problems;
    problems.sort_by_key(|problem| problem.span);
    problems.truncate(MAX_PROBLEMS);
    Config { body, problems }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    problems: Vec<Problem>,
}

impl Parser<'_> {
    fn token(&self) -> Token {
        self.tokens
            .get(self.at)
            .or_else(|| self.tokens.last())
            .copied()
            .unwrap_or(Token {
                kind: Kind::Nothing,
                span: Span::default(),
            })
    }

    fn kind(&self) -> Kind {
        self.token().kind
    }

    fn next(&mut self) -> Token {
        let token = self.token();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is(&self, sign: u8) -> bool {
        self.kind() == Kind::Sign(sign)
    }

    fn takes(&mut self, sign: u8) -> bool {
        let is = self.is(sign);
        if is {
            self.next();
        }
        is
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn wrong(&mut self, message: impl Into<String>, help: &str, span: Span) {
        self.problems
            .push(Problem::refused(message, SYNTAX, help, span));
    }

    fn unexpected(&mut self, wanted: &str) {
        let token = self.token();
        let what = match token.kind {
            Kind::Nothing => "the text ends".to_owned(),
            Kind::End => "the line ends".to_owned(),
            _ => format!("`{}` stands", self.slice(token.span)),
        };
        self.wrong(
            format!("{what} where {wanted} is wanted"),
            "see the lines before: a bracket, a comma or a quote may be missing",
            token.span,
        );
    }

    /// Reads statements up to a closing sign, which is left there.
    fn body(&mut self, until: Option<u8>) -> Vec<Statement> {
        let mut body = Vec::new();
        loop {
            if self.kind() == Kind::Nothing || until.is_some_and(|sign| self.is(sign)) {
                return body;
            }
            if self.kind() == Kind::End {
                self.next();
                continue;
            }
            let before = self.at;
            let found = self.problems.len();
            body.extend(self.statement());
            if self.problems.len() > found {
                self.skip_statement(before);
                continue;
            }
            if !matches!(self.kind(), Kind::End | Kind::Nothing)
                && !until.is_some_and(|sign| self.is(sign))
            {
                self.unexpected("the end of the line");
                self.skip_statement(before);
            }
        }
    }

    /// Skips to the end of the line, past brackets that open on it; always past where the statement began.
    fn skip_statement(&mut self, before: usize) {
        let mut open = 0_usize;
        loop {
            match self.kind() {
                Kind::Nothing => return,
                Kind::Sign(b'{' | b'[' | b'(') => open += 1,
                Kind::Sign(b'}' | b']' | b')') => {
                    if open == 0 {
                        // It closes what is around; unless nothing was read at all, it is left to it.
                        if self.at == before {
                            self.next();
                        }
                        return;
                    }
                    open -= 1;
                }
                Kind::End if open == 0 => return,
                _ => {}
            }
            self.next();
        }
    }

    fn statement(&mut self) -> Option<Statement> {
        let first = self.token();
        if first.kind != Kind::Name || is_word(self.slice(first.span)) {
            self.unexpected("the name of a block or an attribute");
            return None;
        }
        let mut name = String::new();
        let mut end;
        loop {
            let token = self.token();
            if token.kind != Kind::Name {
                self.unexpected("a name");
                return None;
            }
            name.push_str(self.slice(token.span));
            end = token.span.end;
            self.next();
            if !self.takes(b'.') {
                break;
            }
            name.push('.');
        }
        if self.takes(b'=') {
            if name.contains('.') {
                self.wrong(
                    format!("attribute `{name}` has a dot in its name"),
                    "an attribute's name is one word",
                    Span::new(first.span.start, end),
                );
            }
            let value = self.expression();
            return Some(Statement::Attribute { name, value });
        }
        let mut label = None;
        if matches!(self.kind(), Kind::Text | Kind::Raw) {
            let token = self.next();
            let written = self.slice(token.span);
            let inner = written
                .get(1..written.len().saturating_sub(1))
                .unwrap_or_default()
                .to_owned();
            end = token.span.end;
            // An empty label is none.
            let is_fine = inner.is_empty() || is_name(&inner);
            if token.kind == Kind::Raw || !is_fine {
                self.wrong(
                    format!("`{inner}` cannot be a label"),
                    "a label has letters, digits and `_`, begins with no digit, and stands in double quotes",
                    token.span,
                );
            }
            label = Some(inner).filter(|label| !label.is_empty());
        }
        let span = Span::new(first.span.start, end);
        if !self.takes(b'{') {
            self.unexpected("`=` or `{`");
            return None;
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.wrong(
                "blocks nest too deep",
                "write fewer of them into each other",
                span,
            );
            self.depth -= 1;
            return None;
        }
        let body = self.body(Some(b'}'));
        self.depth -= 1;
        if !self.takes(b'}') {
            self.wrong(
                format!("block `{name}` is not closed"),
                "close it with `}`",
                span,
            );
        }
        Some(Statement::Block(Block {
            name,
            label,
            body,
            span,
        }))
    }

    fn expression(&mut self) -> Expression {
        let start = self.token().span.start;
        let mut parts = vec![self.operand()];
        // `!` stands before a value, never between two.
        while self.kind() == Kind::Operator && self.slice(self.token().span) != "!" {
            self.next();
            parts.push(self.operand());
        }
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            last => {
                parts.extend(last);
                self.computed(parts, start)
            }
        }
    }

    fn computed(&self, parts: Vec<Expression>, start: usize) -> Expression {
        let end = parts.last().map_or(start, |part| part.span.end);
        Expression {
            value: Value::Computed(parts),
            span: Span::new(start, end.max(start)),
        }
    }

    fn operand(&mut self) -> Expression {
        let start = self.token().span.start;
        while self.kind() == Kind::Operator && matches!(self.slice(self.token().span), "!" | "-") {
            self.next();
        }
        self.depth += 1;
        let mut value = if self.depth > MAX_DEPTH {
            let span = self.token().span;
            self.wrong(
                "values nest too deep",
                "write fewer of them into each other",
                span,
            );
            self.null()
        } else {
            self.primary()
        };
        loop {
            if self.takes(b'.') {
                let token = self.token();
                if token.kind != Kind::Name {
                    self.unexpected("a name");
                    break;
                }
                self.next();
                let name = self.slice(token.span).to_owned();
                if let Value::Reference(parts) = &mut value.value {
                    parts.push(name);
                    value.span.end = token.span.end;
                }
            } else if self.is(b'[') || self.is(b'(') {
                let close = if self.is(b'[') { b']' } else { b')' };
                self.next();
                let mut inside = self.list(close);
                inside.insert(0, value);
                value = self.computed(inside, start);
            } else {
                break;
            }
        }
        self.depth -= 1;
        value
    }

    fn null(&self) -> Expression {
        Expression {
            value: Value::Null,
            span: self.token().span,
        }
    }

    fn primary(&mut self) -> Expression {
        let token = self.token();
        let written = self.slice(token.span);
        let value = match token.kind {
            Kind::Name => match written {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                name => Value::Reference(vec![name.to_owned()]),
            },
            Kind::Number => Value::Number(written.to_owned()),
            Kind::Text => Value::Text(unescape(written)),
            Kind::Raw => Value::Text(written.trim_matches('`').to_owned()),
            Kind::Sign(b'(') => {
                self.next();
                let inner = self.expression();
                if !self.takes(b')') {
                    self.unexpected("`)`");
                }
                return inner;
            }
            Kind::Sign(b'[') => {
                self.next();
                let items = self.list(b']');
                let end = self.before();
                return Expression {
                    value: Value::List(items),
                    span: Span::new(token.span.start, end),
                };
            }
            Kind::Sign(b'{') => {
                self.next();
                let fields = self.fields();
                let end = self.before();
                return Expression {
                    value: Value::Object(fields),
                    span: Span::new(token.span.start, end),
                };
            }
            _ => {
                self.unexpected("a value");
                return self.null();
            }
        };
        self.next();
        Expression {
            value,
            span: token.span,
        }
    }

    /// Returns where the last token that was taken ends.
    fn before(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(0, |token| token.span.end)
    }

    fn list(&mut self, close: u8) -> Vec<Expression> {
        let mut items = Vec::new();
        while !self.is(close) && self.kind() != Kind::Nothing {
            let before = self.at;
            items.push(self.expression());
            if self.is(close) {
                break;
            }
            if !self.takes(b',') {
                self.unexpected("`,` or the end of the list");
                if self.at == before || self.problems.len() > MAX_PROBLEMS {
                    return items;
                }
                self.next();
            }
        }
        if !self.takes(close) {
            self.unexpected("the end of the list");
        }
        items
    }

    fn fields(&mut self) -> Vec<(String, Expression)> {
        let mut fields = Vec::new();
        while !self.is(b'}') && self.kind() != Kind::Nothing {
            let token = self.token();
            let written = self.slice(token.span);
            let name = match token.kind {
                Kind::Name => written.to_owned(),
                // Keys are taken as they stand between the quotes.
                Kind::Text | Kind::Raw => written
                    .get(1..written.len().saturating_sub(1))
                    .unwrap_or_default()
                    .to_owned(),
                _ => {
                    self.unexpected("a key");
                    return fields;
                }
            };
            self.next();
            if !self.takes(b'=') {
                self.unexpected("`=`");
                return fields;
            }
            fields.push((name, self.expression()));
            if self.is(b'}') {
                break;
            }
            if !self.takes(b',') {
                self.unexpected("`,` or `}`");
                return fields;
            }
        }
        if !self.takes(b'}') {
            self.unexpected("`}`");
        }
        fields
    }
}

/// Returns whether a name is one of the language's own values.
fn is_word(name: &str) -> bool {
    matches!(name, "true" | "false" | "null")
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().enumerate().all(|(at, letter)| {
            letter == '_' || letter.is_alphabetic() || (at > 0 && letter.is_numeric())
        })
}

/// Returns what a text in quotes means; escapes of numbers, which no address has, stay as they are.
fn unescape(written: &str) -> String {
    let inner = written
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(written);
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut out = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(plain @ ('\\' | '"')) => out.push(plain),
            Some(other) => out.extend(['\\', other]),
            None => {}
        }
    }
    out
}
