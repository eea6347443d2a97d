//! How much of a chart is read: templates that do not end, or that hand on more than any chart does, are cut short.
//!
//! The numbers are several times what the largest chart known to us takes, and small enough that no chart takes more
//! than a few seconds or overflows a thread's stack.

use std::rc::Rc;

use super::output::{Output, Piece};
use super::value::{Dict, Value};
use super::walk::Walker;

/// A chart takes no more steps than this; the most known to us are 0.5 million, of Loki's.
pub(super) const MAX_STEPS: u64 = 2_000_000;
/// Templates, conditions, loops and pipelines lie in one another no deeper than this; 49 in Loki's chart.
const DEEPEST: usize = 400;
/// Lists and printed texts lie in one another no deeper than this; 19 in Loki's chart.
pub(super) const DEEPEST_VALUE: u32 = 128;
/// A printed text has no more pieces than this, those inside it counted each time they are printed; 18 thousand in
/// Pyroscope's chart.
const HEAVIEST: u64 = 200_000;
/// Texts that templates compute are no longer than this, in bytes.
pub(super) const LONGEST_TEXT: usize = 256 * 1024;
/// Letters that count as one more piece.
const LETTERS: usize = 32;
/// A template is no longer than this, in bytes; the longest known to us has 130 KB.
pub(super) const LONGEST_TEMPLATE: usize = 1024 * 1024;
/// All templates of a chart are together no longer than this, in bytes; the most known to us are 1.7 MB.
pub(super) const MAX_TEMPLATES: usize = 16 * 1024 * 1024;
/// A template has no more `else if` and `else with` than this: the parser goes one deeper for each.
const MAX_CHAINED: usize = 100;

/// How much a value or a text is: pieces, and how deep they lie in one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) depth: u32,
    pub(super) weight: u64,
}

impl Size {
    pub(super) const ONE: Self = Self {
        depth: 0,
        weight: 1,
    };

    pub(super) const fn of_text(text: &str) -> Self {
        Self {
            depth: 0,
            weight: 1 + (text.len() / LETTERS) as u64,
        }
    }

    /// Returns the size of what holds this inside.
    pub(super) const fn around(self) -> Self {
        Self {
            depth: self.depth.saturating_add(1),
            weight: self.weight.saturating_add(1),
        }
    }

    /// Returns the size of both side by side.
    pub(super) fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            weight: self.weight.saturating_add(other.weight),
        }
    }

    /// Returns whether printed text of this size is laid flat rather than nested once more.
    pub(super) const fn is_deep(self) -> bool {
        self.depth >= DEEPEST_VALUE / 4
    }

    const fn is_too_much(self) -> bool {
        self.depth > DEEPEST_VALUE || self.weight > HEAVIEST
    }
}

impl Walker<'_> {
    /// Takes steps, and returns whether any are left.
    pub(super) const fn goes_on(&mut self, steps: u64) -> bool {
        self.steps = self.steps.saturating_add(steps);
        self.steps <= MAX_STEPS
    }

    /// Ends the reading here.
    pub(super) fn cut_at(&mut self, line: usize) {
        self.steps = MAX_STEPS.saturating_add(1);
        if self.cut.is_none() {
            self.cut = Some(self.site(line));
        }
    }

    /// Goes one deeper, and returns whether that is allowed.
    pub(super) fn enters(&mut self, line: usize) -> bool {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.cut_at(line);
        }
        self.goes_on(1)
    }

    /// Comes back from where [`Self::enters`] went.
    pub(super) const fn leaves(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Returns a value, unless it is larger than any chart's.
    pub(super) fn bounded(&mut self, value: Value, line: usize) -> Value {
        if value.size().is_too_much() {
            self.cut_at(line);
            return Value::Unknown;
        }
        value
    }

    /// Returns printed text, unless it is larger than any chart's.
    pub(super) fn bounded_output(&mut self, output: Output, line: usize) -> Output {
        if output.size().is_too_much() {
            self.cut_at(line);
            return Output::default();
        }
        output
    }
}

/// Returns why a text is not even parsed.
pub(super) fn refused(text: &str) -> Option<String> {
    if text.len() > LONGEST_TEMPLATE {
        return Some(format!("it has more than {} KiB", LONGEST_TEMPLATE / 1024));
    }
    let chained = text.split("{{").skip(1).filter(|action| {
        let action = action.strip_prefix('-').unwrap_or(action).trim_start();
        action.strip_prefix("else").is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.starts_with("if") || rest.starts_with("with")
        })
    });
    (chained.count() > MAX_CHAINED)
        .then(|| format!("it has more than {MAX_CHAINED} `else if` and `else with`"))
}

impl Drop for Dict {
    /// Takes apart what lies inside one after the other: maps set into maps may lie deeper than a stack is.
    fn drop(&mut self) {
        let mut left: Vec<Value> = Vec::new();
        empty(self, &mut left);
        while let Some(value) = left.pop() {
            match value {
                Value::Dict(dict) => {
                    if let Some(dict) = Rc::into_inner(dict) {
                        empty(&mut dict.into_inner(), &mut left);
                    }
                }
                Value::List(list) => {
                    if let Some(list) = Rc::into_inner(list) {
                        left.extend(list.items);
                    }
                }
                Value::Union(mut values) => {
                    if let Some(values) = Rc::get_mut(&mut values) {
                        let values = values.iter_mut();
                        left.extend(values.map(|value| std::mem::replace(value, Value::Nil)));
                    }
                }
                Value::Output(output) => take_apart(output, &mut left),
                _ => {}
            }
        }
    }
}

fn empty(dict: &mut Dict, left: &mut Vec<Value>) {
    left.extend(std::mem::take(&mut dict.entries).into_values());
    left.append(&mut dict.bases);
    left.append(&mut dict.others);
}

/// Texts lie in one another no deeper than a few dozen, but for the maps in them.
fn take_apart(output: Rc<Output>, left: &mut Vec<Value>) {
    let mut outputs = vec![output];
    while let Some(output) = outputs.pop() {
        let Some(output) = Rc::into_inner(output) else {
            continue;
        };
        for piece in output.into_pieces() {
            match piece {
                Piece::Text(_) => {}
                Piece::Value { value, .. } => left.push(value),
                Piece::Nested { output, .. } => outputs.push(output),
                Piece::Choice(sides) => outputs.extend(sides),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_in_maps_are_dropped_without_a_stack() {
        let mut value = Value::Nil;
        for _ in 0..200_000 {
            let mut dict = Dict::default();
            dict.entries.insert("a".into(), value);
            value = Value::dict(dict);
        }
        drop(value);
    }

    #[test]
    fn long_chains_of_conditions_are_refused() {
        let chain = |count| {
            format!(
                "{{{{if .a}}}}{}{{{{end}}}}",
                "{{- else if .b}}".repeat(count)
            )
        };
        assert_eq!(refused(&chain(MAX_CHAINED)), None);
        assert!(refused(&chain(MAX_CHAINED + 1)).is_some());
        assert_eq!(refused(&"else if ".repeat(1000)), None);
    }
}
