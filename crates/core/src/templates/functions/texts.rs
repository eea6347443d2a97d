//! Functions that print, and those that compute with what is printed.

use std::rc::Rc;

use super::super::output::{Form, Output, Piece};
use super::super::text;
use super::super::value::Value;
use super::super::walk::Walker;

impl Walker<'_> {
    pub(super) fn text_function(
        &mut self,
        name: &str,
        args: &[Value],
        line: usize,
    ) -> Option<Value> {
        if let Some(texts) = args
            .iter()
            .map(Value::constant)
            .collect::<Option<Vec<_>>>()
            .filter(|texts| !texts.is_empty())
            && let Some(folded) = text::fold(name, &texts)
        {
            return Some(folded);
        }
        let last = || args.last().cloned().unwrap_or(Value::Nil);
        Some(match name {
            "print" | "println" | "cat" => self.printed(name, args, line),
            "printf" => self.formatted(args, line),
            "indent" | "nindent" => {
                let indent = match args.first() {
                    Some(Value::Number(number)) => text::to_index(*number),
                    _ => 0,
                };
                let inner = self.as_output(&last(), line);
                let mut output = Output::default();
                if name == "nindent" {
                    output.push_text("\n");
                }
                output.push(Piece::Nested {
                    output: inner,
                    indent,
                });
                Value::Output(Rc::new(output))
            }
            "quote" | "squote" => match last() {
                Value::Nil => Value::Nil,
                other => {
                    let origin = self.origin(line);
                    Value::Output(Rc::new(Output::of(other, Form::Quoted, origin)))
                }
            },
            // What only changes how a text looks leaves its places where they are.
            "trim"
            | "trimAll"
            | "trimSuffix"
            | "trimPrefix"
            | "trunc"
            | "abbrev"
            | "lower"
            | "upper"
            | "title"
            | "untitle"
            | "nospace"
            | "replace"
            | "toString"
            | "kebabcase"
            | "snakecase"
            | "camelcase"
            | "substr"
            | "wrap"
            | "repeat"
            | "regexReplaceAll"
            | "regexReplaceAllLiteral" => {
                for arg in &args[..args.len().saturating_sub(1)] {
                    self.consume_scalar(arg, line);
                }
                text::map(name, args).unwrap_or_else(last)
            }
            "int" | "int64" | "float64" | "toDecimal" | "ceil" | "floor" | "round" | "add"
            | "add1" | "addf" | "sub" | "subf" | "mul" | "mulf" | "div" | "divf" | "mod"
            | "max" | "maxf" | "min" | "minf" | "biggest" | "atoi" | "b64enc" | "b64dec"
            | "b32enc" | "sha256sum" | "sha1sum" | "sha512sum" | "adler32sum" | "md5sum"
            | "contains" | "hasPrefix" | "hasSuffix" | "regexMatch" | "regexFind"
            | "regexFindAll" | "semver" | "semverCompare" | "gt" | "ge" | "lt" | "le" | "join"
            | "toStrings" | "randAlphaNum" | "randAlpha" | "randNumeric" | "randBytes" | "now"
            | "date" | "dateInZone" | "ago" | "toDate" | "htmlDate" | "dateModify" | "duration"
            | "durationRound" | "unixEpoch" | "uuidv4" | "htpasswd" | "bcrypt"
            | "derivePassword" | "genPrivateKey" | "genCA" | "genSelfSignedCert"
            | "genSignedCert" | "urlquery" | "urlParse" | "urlJoin" | "html" | "js"
            | "getHostByName" | "base" | "dir" | "ext" | "clean" | "isAbs" | "osBase"
            | "plural" | "initials" | "swapcase" | "shuffle" | "seq" | "hello" | "ne" | "env"
            | "expandenv" => {
                for arg in args {
                    self.computed_with(arg, line);
                }
                // A list is joined, and what is no list counts as a list of one.
                if name == "join" {
                    self.note_kind(&last(), "string");
                    self.note_kind(&last(), "slice");
                }
                Value::Unknown
            }
            _ => return None,
        })
    }

    /// Notes that a value goes into a computation, with what a text printed before carries along.
    pub(super) fn computed_with(&mut self, value: &Value, line: usize) {
        match value {
            Value::Output(_) => self.consume(value, line),
            Value::List(list) => {
                for item in &list.items {
                    self.consume_scalar(item, line);
                }
            }
            other => self.consume_scalar(other, line),
        }
    }

    pub(in super::super) fn as_output(&mut self, value: &Value, line: usize) -> Rc<Output> {
        match value {
            Value::Output(output) => Rc::clone(output),
            Value::Text(text) => Rc::new(Output::text(text)),
            Value::Nil => Rc::default(),
            Value::Union(values) if values.iter().any(|one| matches!(one, Value::Output(_))) => {
                let sides = values.iter().map(|one| self.as_output(one, line)).collect();
                Rc::new(Output::choice(sides))
            }
            other => {
                let origin = self.origin(line);
                Rc::new(Output::of(other.clone(), Form::Plain, origin))
            }
        }
    }

    /// Prints values one after the other, with the spaces between them that each function writes.
    pub(super) fn printed(&mut self, name: &str, args: &[Value], line: usize) -> Value {
        let is_bare = |value: &Value| matches!(value, Value::Number(_) | Value::Bool(_));
        let mut output = Output::default();
        for (at, arg) in args.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| &args[at]);
            if before.is_some_and(|before| name != "print" || is_bare(before) && is_bare(arg)) {
                output.push_text(" ");
            }
            let inner = self.as_output(arg, line);
            output.push_output(&inner);
        }
        if name == "println" {
            output.push_text("\n");
        }
        Value::Output(Rc::new(output))
    }

    pub(super) fn formatted(&mut self, args: &[Value], line: usize) -> Value {
        let Some((format, args)) = args.split_first() else {
            return Value::Nil;
        };
        let Some(format) = format.constant() else {
            for arg in args {
                self.consume_scalar(arg, line);
            }
            self.consume_scalar(format, line);
            return Value::Unknown;
        };
        let mut output = Output::default();
        let mut args = args.iter();
        for part in text::verbs(&format) {
            match part {
                text::Part::Text(text) => output.push_text(&text),
                text::Part::Verb(verb) => {
                    if let Some(arg) = args.next() {
                        if verb == 'q' {
                            let origin = self.origin(line);
                            output.push(Piece::Value {
                                value: arg.clone(),
                                form: Form::Quoted,
                                origin,
                            });
                        } else {
                            let inner = self.as_output(arg, line);
                            output.push_output(&inner);
                        }
                    }
                }
            }
        }
        Value::Output(Rc::new(output))
    }
}
