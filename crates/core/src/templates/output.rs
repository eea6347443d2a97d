//! What a template prints, before it is laid out: texts, values, and what stands on both sides of a condition.

use std::rc::Rc;

use super::limits::Size;
use super::place::Origin;
use super::value::Value;

/// Printed text with values in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Output {
    pieces: Vec<Piece>,
    size: Size,
}

/// A piece of printed text.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(Rc<str>),
    Value {
        value: Value,
        form: Form,
        origin: Rc<Origin>,
    },
    /// Printed text inside, every line of it moved to the right.
    Nested {
        output: Rc<Output>,
        indent: usize,
    },
    /// One of these.
    Choice(Vec<Rc<Output>>),
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it prints, a scalar.
    Plain,
    /// As a scalar in quotes.
    Quoted,
    /// As YAML or JSON, with all below it.
    Whole,
}

/// Texts beyond this many are not told apart.
const MAX_TEXTS: usize = 16;
/// Pieces beyond this many are nested rather than laid flat.
const MAX_FLAT: usize = 1024;

impl Output {
    pub(super) fn text(text: &str) -> Self {
        let mut output = Self::default();
        output.push_text(text);
        output
    }

    pub(super) fn of(value: Value, form: Form, origin: Rc<Origin>) -> Self {
        Self::from(Piece::Value {
            value,
            form,
            origin,
        })
    }

    /// Makes one of several texts.
    pub(super) fn choice(sides: Vec<Rc<Self>>) -> Self {
        Self::from(Piece::Choice(sides))
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub(super) fn into_pieces(self) -> Vec<Piece> {
        self.pieces
    }

    pub(super) const fn size(&self) -> Size {
        self.size
    }

    pub(super) fn push(&mut self, piece: Piece) {
        let size = match &piece {
            Piece::Text(text) => Size::of_text(text),
            Piece::Value { value, .. } => value.size().around(),
            Piece::Nested { output, .. } => output.size.around(),
            Piece::Choice(outputs) => outputs
                .iter()
                .map(|output| output.size.around())
                .fold(Size::ONE, Size::beside),
        };
        self.size = self.size.beside(size);
        self.pieces.push(piece);
    }

    pub(super) fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(Piece::Text(text.into()));
        }
    }

    pub(super) fn push_output(&mut self, output: &Rc<Self>) {
        match output.pieces.as_slice() {
            [] => {}
            [one] => self.push(one.clone()),
            // A text that goes on and on in a loop grows longer, not deeper.
            pieces if output.size.is_deep() && pieces.len() < MAX_FLAT => {
                pieces.iter().cloned().for_each(|piece| self.push(piece))
            }
            _ => self.push(Piece::Nested {
                output: Rc::clone(output),
                indent: 0,
            }),
        }
    }

    /// Returns the texts it may be, if no value of the user's is in it.
    pub(super) fn constants(&self) -> Option<Vec<Rc<str>>> {
        let mut texts = vec![String::new()];
        for piece in &self.pieces {
            let more: Vec<Rc<str>> = match piece {
                Piece::Text(text) => vec![Rc::clone(text)],
                Piece::Value {
                    value,
                    form: Form::Plain,
                    ..
                } => value.constants()?,
                Piece::Value { .. } => return None,
                Piece::Nested { output, .. } => output.constants()?,
                Piece::Choice(outputs) => {
                    let mut all: Vec<Rc<str>> = Vec::new();
                    for output in outputs {
                        for text in output.constants()? {
                            if !all.contains(&text) {
                                all.push(text);
                            }
                        }
                    }
                    all
                }
            };
            if let [one] = more.as_slice() {
                for text in &mut texts {
                    text.push_str(one);
                }
                continue;
            }
            if texts.len() * more.len() > MAX_TEXTS {
                return None;
            }
            texts = texts
                .iter()
                .flat_map(|text| more.iter().map(move |end| format!("{text}{end}")))
                .collect();
        }
        Some(texts.into_iter().map(Into::into).collect())
    }

    /// Returns the one value it consists of, white space around it aside.
    pub(super) fn only_value(&self) -> Option<(&Value, Form)> {
        let mut only = None;
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) if text.trim().is_empty() => {}
                Piece::Value { value, form, .. } if only.is_none() => only = Some((value, *form)),
                Piece::Nested { output, .. } if only.is_none() => only = Some(output.only_value()?),
                _ => return None,
            }
        }
        only
    }

    /// Calls a function for every value in it.
    pub(super) fn each_value(&self, visit: &mut impl FnMut(&Value, Form, &Rc<Origin>)) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(_) => {}
                Piece::Value {
                    value,
                    form,
                    origin,
                } => visit(value, *form, origin),
                Piece::Nested { output, .. } => output.each_value(visit),
                Piece::Choice(outputs) => {
                    outputs.iter().for_each(|output| output.each_value(visit));
                }
            }
        }
    }
}

impl From<Piece> for Output {
    fn from(piece: Piece) -> Self {
        let mut output = Self::default();
        output.push(piece);
        output
    }
}
