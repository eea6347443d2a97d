//! Functions that ask: which of several values holds, and whether two are equal.

use super::super::value::Value;
use super::super::walk::Walker;

impl Walker<'_> {
    pub(super) fn or_default(value: &Value, args: &[Value]) -> Value {
        let fallback = args.first().cloned().unwrap_or(Value::Nil);
        if args.len() < 2 {
            return value.clone();
        }
        match value.truth() {
            Some(true) => value.clone(),
            Some(false) => fallback,
            None => Value::one_of([value.clone(), fallback]),
        }
    }

    pub(super) fn and(&mut self, args: &[Value], line: usize) -> Value {
        if let Some(false) = args
            .iter()
            .find_map(|arg| arg.truth().filter(|truth| !truth))
        {
            // Go asks one after the other and stops at the first that is not true.
            for arg in args {
                if arg.truth() == Some(false) {
                    return arg.clone();
                }
                self.ask(arg, line, false);
            }
        }
        let Some((last, others)) = args.split_last() else {
            return Value::Nil;
        };
        let open = others.iter().any(|arg| arg.truth().is_none());
        for arg in others {
            self.ask(arg, line, false);
        }
        if open {
            Value::one_of([last.clone(), Value::Unknown])
        } else {
            last.clone()
        }
    }

    pub(super) fn or(args: &[Value]) -> Value {
        let mut possible = Vec::new();
        for arg in args {
            match arg.truth() {
                Some(true) => {
                    possible.push(arg.clone());
                    break;
                }
                Some(false) => {}
                None => possible.push(arg.clone()),
            }
        }
        if possible.is_empty() {
            return args.last().cloned().unwrap_or(Value::Nil);
        }
        Value::one_of(possible)
    }

    pub(super) fn asked(&mut self, args: &[Value], line: usize) -> Value {
        for arg in args {
            self.ask(arg, line, false);
        }
        Value::Unknown
    }

    pub(super) fn equal(&mut self, wants_equal: bool, args: &[Value], line: usize) -> Value {
        for arg in args {
            self.ask(arg, line, false);
        }
        let Some((first, others)) = args.split_first() else {
            return Value::Unknown;
        };
        let (Some(left), true) = (first.constants(), !others.is_empty()) else {
            return Value::Unknown;
        };
        let mut right = Vec::new();
        for other in others {
            match other.constants() {
                Some(texts) => right.extend(texts),
                None => return Value::Unknown,
            }
        }
        if left.len() == 1 && (others.len() == right.len()) {
            return Value::Bool(right.contains(&left[0]) == wants_equal);
        }
        // Several texts on one side: only that none of them fits is certain.
        if left.iter().all(|text| !right.contains(text)) {
            return Value::Bool(!wants_equal);
        }
        Value::Unknown
    }
}
