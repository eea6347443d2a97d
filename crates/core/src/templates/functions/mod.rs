//! The functions of Go templates, Sprig and Helm: what they hand on, and what they read.

mod lists;
mod logic;
mod maps;
mod texts;

use std::rc::Rc;

use super::output::{Form, Output};
use super::value::{Dict, Value};
use super::walk::Walker;

impl Walker<'_> {
    /// Calls a function; a piped value is the last argument.
    pub(super) fn function(&mut self, name: &str, args: Vec<Value>, line: usize) -> Value {
        let weight = args.iter().map(|arg| arg.size().weight).sum::<u64>();
        if !self.goes_on(1 + weight / 16) {
            return Value::Unknown;
        }
        // Functions with a `must` before their names differ only in how they fail.
        let plain = name
            .strip_prefix("must")
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
            .map(|rest| {
                let mut letters = rest.chars();
                letters
                    .next()
                    .map(|first| first.to_ascii_lowercase().to_string() + letters.as_str())
                    .unwrap_or_default()
            });
        let name = plain.as_deref().unwrap_or(name);
        if let Some(value) = self.known_function(name, &args, line) {
            return value;
        }
        if let Some(value) = self.text_function(name, &args, line) {
            return value;
        }
        // Unknown to us: whatever it is given may matter.
        for arg in &args {
            self.consume(arg, line);
        }
        Value::Unknown
    }

    fn known_function(&mut self, name: &str, args: &[Value], line: usize) -> Option<Value> {
        let first = || args.first().cloned().unwrap_or(Value::Nil);
        let last = || args.last().cloned().unwrap_or(Value::Nil);
        Some(match name {
            "include" => {
                let context = args.get(1).cloned().unwrap_or(Value::Nil);
                self.include(&first(), &context, line)
            }
            "tpl" => {
                let context = args.get(1).cloned().unwrap_or(Value::Nil);
                self.template_text(&first(), &context, line)
            }
            "toYaml" | "toYamlPretty" | "toJson" | "toPrettyJson" | "toRawJson" | "toToml" => {
                self.whole(&last(), line)
            }
            "fromYaml" | "fromJson" | "fromYamlArray" | "fromJsonArray" | "fromToml" => {
                self.parsed(&last(), line)
            }
            "default" => {
                let value = last();
                Self::or_default(&value, args)
            }
            "coalesce" => Self::or(args),
            "ternary" => {
                let condition = last();
                self.ask(&condition, line, false);
                match condition.truth() {
                    Some(true) => first(),
                    Some(false) => args.get(1).cloned().unwrap_or(Value::Nil),
                    None => Value::one_of(args.iter().take(2).cloned()),
                }
            }
            "and" => self.and(args, line),
            "or" => Self::or(args),
            "not" | "empty" => {
                self.ask(&last(), line, false);
                last()
                    .truth()
                    .map_or(Value::Unknown, |truth| Value::Bool(!truth))
            }
            "all" | "any" => self.asked(args, line),
            "eq" | "ne" => self.equal(name == "eq", args, line),
            "required" => last(),
            "lookup" => {
                for arg in args {
                    self.consume_scalar(arg, line);
                }
                Value::Unknown
            }
            "dict" => {
                let mut dict = Dict::default();
                for pair in args.chunks(2) {
                    if let [key, value] = pair {
                        self.put(&mut dict, key, value.clone(), line);
                    }
                }
                Value::dict(dict)
            }
            "set" => self.set(args, line),
            "unset" => {
                if let (Value::Dict(dict), Some(key)) =
                    (first(), args.get(1).and_then(Value::constant))
                {
                    let without = Self::without(&Value::Dict(Rc::clone(&dict)), &[key]);
                    if let Value::Dict(new) = without {
                        let new = new.borrow().clone();
                        *dict.borrow_mut() = new;
                    }
                }
                first()
            }
            "get" => {
                let key = args.get(1).cloned().unwrap_or(Value::Nil);
                self.index(&first(), &key, line)
            }
            "index" => {
                let mut value = first();
                for key in args.iter().skip(1) {
                    value = self.index(&value, key, line);
                }
                value
            }
            "hasKey" => self.has_key(&first(), &args.get(1).cloned().unwrap_or(Value::Nil), line),
            "dig" => {
                let Some((value, rest)) = args.split_last() else {
                    return Some(Value::Nil);
                };
                let Some((fallback, keys)) = rest.split_last() else {
                    return Some(Value::Nil);
                };
                let found = keys
                    .iter()
                    .fold(value.clone(), |value, key| self.index(&value, key, line));
                Value::one_of([found, fallback.clone()])
            }
            "pluck" => {
                let mut values = Vec::new();
                for value in args.iter().skip(1) {
                    values.push(self.index(value, &first(), line));
                }
                Value::loose_list(values)
            }
            "merge" | "mergeOverwrite" => self.merge(args),
            "deepCopy" => match last() {
                Value::Dict(dict) => {
                    let copy = dict.borrow().clone();
                    Value::dict(copy)
                }
                Value::Nil => Value::Nil,
                value @ (Value::Place(..) | Value::Union(_)) => Value::dict(Dict::of(vec![value])),
                other => other,
            },
            "omit" => {
                let (keys, all) = names(&args[1.min(args.len())..]);
                if !all {
                    for arg in args.iter().skip(1) {
                        self.consume_scalar(arg, line);
                    }
                }
                Self::without(&first(), &keys)
            }
            "pick" => {
                let mut dict = Dict::default();
                for key in args.iter().skip(1) {
                    let value = self.index(&first(), key, line);
                    self.put(&mut dict, key, value, line);
                }
                // What is picked may be missing, so the map may be empty.
                dict.bases.push(Value::Unknown);
                Value::dict(dict)
            }
            "keys" => self.keys(args, line),
            "values" => {
                let mut values = Vec::new();
                for (_, value) in self.rounds(&last(), false, line) {
                    values.push(value);
                }
                Value::loose_list(values)
            }
            "fail" => {
                // What a message of `fail` shows is not read for it.
                Value::Nil
            }
            _ => return self.list_function(name, args, line),
        })
    }

    /// Returns a value as YAML text.
    fn whole(&mut self, value: &Value, line: usize) -> Value {
        match value {
            Value::Text(_) | Value::Bool(_) | Value::Number(_) => value.clone(),
            _ => {
                let origin = self.origin(line);
                Value::Output(Rc::new(Output::of(value.clone(), Form::Whole, origin)))
            }
        }
    }

    /// Returns what a text of YAML or JSON holds.
    fn parsed(&mut self, value: &Value, line: usize) -> Value {
        match value {
            Value::Output(output) => self.structure(output),
            Value::Union(values) => {
                let parsed: Vec<_> = values
                    .iter()
                    .map(|value| self.parsed(value, line))
                    .collect();
                Value::one_of(parsed)
            }
            Value::Text(text) => {
                let output = Output::text(text);
                self.structure(&output)
            }
            Value::Nil => Value::Nil,
            other => {
                self.consume_scalar(other, line);
                Value::Unknown
            }
        }
    }
}

/// Returns the texts of all arguments, and whether all are known.
fn names(args: &[Value]) -> (Vec<Rc<str>>, bool) {
    let mut names = Vec::new();
    let mut all = true;
    for arg in args {
        match arg {
            Value::List(list) => {
                let (inner, known) = self::names(&list.items);
                names.extend(inner);
                all &= known && !list.loose;
            }
            other => match other.constants() {
                Some(texts) => names.extend(texts),
                None => all = false,
            },
        }
    }
    (names, all)
}
