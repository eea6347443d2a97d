//! Functions that make and take lists, and those that ask what kind a value is.

use std::rc::Rc;

use super::super::place::How;
use super::super::text;
use super::super::value::{Dict, List, Value};
use super::super::walk::Walker;

/// A text is split into no more parts than this.
const MAX_PARTS: usize = 512;

impl Walker<'_> {
    pub(super) fn list_function(
        &mut self,
        name: &str,
        args: &[Value],
        line: usize,
    ) -> Option<Value> {
        let first = || args.first().cloned().unwrap_or(Value::Nil);
        let last = || args.last().cloned().unwrap_or(Value::Nil);
        Some(match name {
            "list" | "tuple" => Value::list(args.to_vec()),
            "append" | "push" => {
                let added = args.get(1).cloned().unwrap_or(Value::Nil);
                self.joined(&first(), vec![added], line)
            }
            "prepend" => {
                let added = args.get(1).cloned().unwrap_or(Value::Nil);
                match first() {
                    Value::List(list) => {
                        let mut items = vec![added];
                        items.extend(list.items.iter().cloned());
                        Value::List(Rc::new(List::new(items, list.loose)))
                    }
                    other => self.joined(&other, vec![added], line),
                }
            }
            "concat" => {
                let mut all = Value::list(Vec::new());
                for arg in args {
                    let items = match arg {
                        Value::List(list) => list.items.clone(),
                        other => vec![self.element_ranged(other, line)],
                    };
                    let exact = matches!((&all, arg), (Value::List(a), Value::List(b)) if !a.loose && !b.loose);
                    all = self.joined(&all, items, line);
                    if !exact && let Value::List(list) = &all {
                        all = Value::loose_list(list.items.clone());
                    }
                }
                all
            }
            "first" | "last" => match last() {
                Value::List(list) if !list.loose => {
                    let item = if name == "first" {
                        list.items.first()
                    } else {
                        list.items.last()
                    };
                    item.cloned().unwrap_or(Value::Nil)
                }
                other => self.element_ranged(&other, line),
            },
            "rest" | "initial" | "slice" | "without" | "compact" | "uniq" | "reverse" | "chunk"
            | "sortAlpha" => {
                let subject = if matches!(name, "slice" | "without") {
                    first()
                } else {
                    last()
                };
                for other in args.iter().skip(1) {
                    if matches!(name, "slice" | "without") {
                        self.consume_scalar(other, line);
                    }
                }
                match subject {
                    Value::List(list)
                        if matches!(name, "sortAlpha" | "uniq" | "compact" | "reverse") =>
                    {
                        Value::List(list)
                    }
                    Value::List(list) => Value::loose_list(list.items.clone()),
                    other => {
                        let element = self.element_ranged(&other, line);
                        Value::loose_list(vec![element])
                    }
                }
            }
            "has" => {
                self.ask(&first(), line, false);
                let list = last();
                self.ask(&list, line, false);
                let (Some(wanted), Value::List(list)) = (first().constant(), &list) else {
                    return Some(Value::Unknown);
                };
                if list.loose {
                    return Some(Value::Unknown);
                }
                let texts: Option<Vec<_>> = list.items.iter().map(Value::constant).collect();
                texts.map_or(Value::Unknown, |texts| Value::Bool(texts.contains(&wanted)))
            }
            "splitList" | "regexSplit" => {
                let separator = first().constant();
                let text = args.get(1).cloned().unwrap_or(Value::Nil).constant();
                match (separator, text) {
                    (Some(separator), Some(text)) if name == "splitList" => Value::list(
                        text.split(&*separator)
                            .take(MAX_PARTS)
                            .map(Value::text)
                            .collect(),
                    ),
                    (Some(pattern), Some(text)) if text::literal(&pattern).is_some() => {
                        let separator = text::literal(&pattern).unwrap_or_default();
                        Value::list(
                            text.split(&separator)
                                .take(MAX_PARTS)
                                .map(Value::text)
                                .collect(),
                        )
                    }
                    _ => {
                        for arg in args {
                            self.consume_scalar(arg, line);
                        }
                        Value::loose_list(vec![Value::Unknown])
                    }
                }
            }
            "split" => {
                let (separator, text) = (first().constant(), last().constant());
                match (separator, text) {
                    (Some(separator), Some(text)) => {
                        let mut dict = Dict::default();
                        for (at, part) in text.split(&*separator).take(MAX_PARTS).enumerate() {
                            dict.entries
                                .insert(format!("_{at}").into(), Value::text(part));
                        }
                        Value::dict(dict)
                    }
                    _ => {
                        self.consume_scalar(&last(), line);
                        Value::Unknown
                    }
                }
            }
            "until" | "untilStep" | "seq" => {
                for arg in args {
                    self.consume_scalar(arg, line);
                }
                Value::loose_list(vec![Value::Unknown])
            }
            "len" | "kindIs" | "kindOf" | "typeIs" | "typeOf" | "typeIsLike" | "deepEqual"
            | "isset" => {
                for arg in args {
                    self.ask(arg, line, false);
                }
                if name == "kindIs"
                    && let (Some(kind), value) = (first().constant(), last())
                {
                    return Some(kind_is(&kind, &value));
                }
                Value::Unknown
            }
            _ => return None,
        })
    }

    pub(super) fn joined(&mut self, list: &Value, more: Vec<Value>, line: usize) -> Value {
        match list {
            Value::List(known) => {
                let mut items = known.items.clone();
                if items.len() < 512 {
                    items.extend(more);
                }
                Value::List(Rc::new(List::new(items, known.loose)))
            }
            Value::Nil => Value::list(more),
            other => {
                let element = self.element(other);
                if let Value::Place(id, _) = other {
                    let origin = self.origin(line);
                    self.places.read(*id, How::Ranged { keyed: false }, &origin);
                }
                let mut items = vec![element];
                items.extend(more);
                Value::loose_list(items)
            }
        }
    }

    pub(super) fn element_ranged(&mut self, value: &Value, line: usize) -> Value {
        let values: Vec<_> = self
            .rounds(value, false, line)
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        Value::one_of(values)
    }

    /// Notes that templates tell a kind of value apart, so that it is one that may be there.
    pub(super) fn note_kind(&mut self, value: &Value, kind: &str) {
        let kind = match kind {
            "map" | "map[string]interface {}" => "map",
            "slice" | "[]interface {}" => "slice",
            "string" => "string",
            "bool" => "bool",
            "int" | "int64" | "float64" => "number",
            _ => return,
        };
        for one in value.alternatives() {
            if let Value::Place(id, _) = one {
                let place = self.places.get_mut(id);
                if !place.kinds.contains(&kind) {
                    place.kinds.push(kind);
                }
            }
        }
    }
}

fn kind_is(kind: &str, value: &Value) -> Value {
    let actual = match value {
        Value::Text(_) => "string",
        Value::Bool(_) => "bool",
        Value::Nil => "invalid",
        Value::Dict(_) => "map",
        Value::List(_) => "slice",
        _ => return Value::Unknown,
    };
    Value::Bool(actual == kind)
}
