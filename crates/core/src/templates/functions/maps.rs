//! Functions that make, change and merge maps.

use std::rc::Rc;

use super::super::place::How;
use super::super::value::{Dict, Value};
use super::super::walk::Walker;

impl Walker<'_> {
    pub(super) fn put(&mut self, dict: &mut Dict, key: &Value, value: Value, line: usize) {
        match key.constants() {
            Some(names) if names.len() == 1 => {
                dict.entries.insert(Rc::clone(&names[0]), value);
            }
            Some(names) => {
                for name in names {
                    let known = dict.entries.get(&name).cloned();
                    let joined = known.map_or_else(
                        || value.clone(),
                        |known| Value::one_of([known, value.clone()]),
                    );
                    dict.entries.insert(name, joined);
                }
            }
            None => {
                self.consume_scalar(key, line);
                dict.others.push(value);
            }
        }
    }

    pub(super) fn set(&mut self, args: &[Value], line: usize) -> Value {
        let [subject, key, value] = args else {
            return args.first().cloned().unwrap_or(Value::Nil);
        };
        for one in subject.alternatives() {
            match one {
                Value::Dict(dict) => {
                    let mut changed = dict.borrow().clone();
                    self.put(&mut changed, key, value.clone(), line);
                    *dict.borrow_mut() = changed;
                }
                Value::Place(id, _) => {
                    for name in key.constants().unwrap_or_default() {
                        let known = self.overlays.entry((id, name)).or_default();
                        if known.len() < 16
                            && !matches!(value, Value::Place(other, _) if *other == id)
                        {
                            known.push(value.clone());
                        }
                    }
                }
                Value::Root(part) => {
                    for name in key.constants().unwrap_or_default() {
                        let known = self.context.remove(&(part, Rc::clone(&name)));
                        let values = known.into_iter().chain([value.clone()]);
                        self.context.insert((part, name), Value::one_of(values));
                    }
                }
                _ => {}
            }
        }
        subject.clone()
    }

    pub(super) fn has_key(&mut self, subject: &Value, key: &Value, line: usize) -> Value {
        let found = self.index(subject, key, line);
        let origin = self.origin(line);
        let mut places = Vec::new();
        self.places_in(&found, &mut places, 0);
        for (id, _) in places {
            self.places.read(id, How::Asked, &origin);
        }
        match (subject, key.constant()) {
            (Value::Dict(dict), Some(key)) => {
                let dict = dict.borrow();
                if dict.entries.contains_key(&key) {
                    Value::Bool(true)
                } else if dict.bases.is_empty() && dict.others.is_empty() {
                    Value::Bool(false)
                } else {
                    Value::Unknown
                }
            }
            _ => Value::Unknown,
        }
    }

    pub(super) fn merge(&mut self, args: &[Value]) -> Value {
        let Some((first, others)) = args.split_first() else {
            return Value::Nil;
        };
        match first {
            Value::Dict(dict) => {
                let mut bases = Vec::new();
                for other in others {
                    let itself = matches!(other, Value::Dict(other) if Rc::ptr_eq(other, dict));
                    if !itself && !matches!(other, Value::Nil) {
                        bases.push(other.clone());
                    }
                }
                // The same few maps, merged again and again in a loop, count once.
                let mut dict = dict.borrow_mut();
                for base in bases {
                    if !dict.bases.iter().any(|known| known.same(&base)) {
                        dict.bases.push(base);
                    }
                }
                first.clone()
            }
            other => {
                // Helm merges into the first map itself: what is read of it later may come from the others.
                for one in other.alternatives() {
                    if let Value::Place(id, _) = one {
                        let overlay = self.overlays.entry((id, "".into())).or_default();
                        let room = 16_usize.saturating_sub(overlay.len());
                        overlay.extend(others.iter().take(room).cloned());
                    }
                }
                Value::dict(Dict::of(
                    args.iter()
                        .filter(|arg| !matches!(arg, Value::Nil))
                        .cloned()
                        .collect(),
                ))
            }
        }
    }

    pub(super) fn keys(&mut self, args: &[Value], line: usize) -> Value {
        let mut keys = Vec::new();
        let mut loose = false;
        for arg in args {
            for (key, _) in self.rounds(arg, true, line) {
                loose |= !matches!(key, Value::Text(_));
                keys.push(key);
            }
        }
        if loose {
            Value::loose_list(keys)
        } else {
            Value::list(keys)
        }
    }
}
