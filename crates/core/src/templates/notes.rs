//! Notes what becomes of values: asked for, printed, passed on.

use std::rc::Rc;

use super::layout::{Landed, Sink};
use super::output::Form;
use super::place::{How, Landing, Origin, PlaceId};
use super::value::{Dict, Value};
use super::walk::Walker;

impl Walker<'_> {
    /// Notes that a condition asks for what a value is made of.
    pub(super) fn ask(&mut self, value: &Value, line: usize, refuses: bool) {
        let origin = self.origin(line);
        let site = origin.site;
        let mut asked = Vec::new();
        self.places_in(value, &mut asked, 0);
        for (id, origin) in asked
            .into_iter()
            .map(|(id, own)| (id, own.unwrap_or_else(|| Rc::clone(&origin))))
        {
            if refuses && matches!(value, Value::Place(..)) {
                let place = self.places.get_mut(id);
                if !place.is_read() {
                    place.refused.get_or_insert(site);
                }
                continue;
            }
            self.places.read(id, How::Asked, &origin);
        }
    }

    /// Collects the places that a value is made of, not those below them.
    pub(super) fn places_in(
        &mut self,
        value: &Value,
        found: &mut Vec<(PlaceId, Option<Rc<Origin>>)>,
        depth: usize,
    ) {
        if depth > 16 || !self.goes_on(1) {
            return;
        }
        match value {
            Value::Place(id, _) | Value::Key(id) => found.push((*id, None)),
            Value::Union(values) => {
                for value in values.iter() {
                    self.places_in(value, found, depth + 1);
                }
            }
            Value::List(list) => {
                for value in &list.items {
                    self.places_in(value, found, depth + 1);
                }
            }
            Value::Dict(dict) => {
                let dict = dict.borrow().clone();
                for value in dict.bases.iter().chain(&dict.others) {
                    self.places_in(value, found, depth + 1);
                }
            }
            Value::Output(output) => {
                let mut values = Vec::new();
                output.each_value(&mut |value, _, origin| {
                    values.push((value.clone(), Rc::clone(origin)));
                });
                for (value, origin) in values {
                    let mut inner = Vec::new();
                    self.places_in(&value, &mut inner, depth + 1);
                    found.extend(
                        inner
                            .into_iter()
                            .map(|(id, own)| (id, own.or_else(|| Some(Rc::clone(&origin))))),
                    );
                }
            }
            _ => {}
        }
    }

    /// Notes that a value goes where it can no longer be followed.
    pub(super) fn consume(&mut self, value: &Value, line: usize) {
        let origin = self.origin(line);
        self.pass(value, &origin, None, 0);
    }

    /// Notes that a value is passed on whole.
    pub(super) fn pass(
        &mut self,
        value: &Value,
        origin: &Rc<Origin>,
        landing: Option<&Landing>,
        depth: usize,
    ) {
        if depth > 16 || !self.goes_on(1) {
            return;
        }
        match value {
            // A template that dumps all values, for a test or a message, reads none of them.
            Value::Place(id, _) if self.library.parts.iter().any(|part| part.values == *id) => {}
            Value::Place(id, without) => {
                let how = How::Passed {
                    landing: landing.cloned(),
                    without: without.as_deref().unwrap_or_default().to_vec(),
                };
                self.places.read(*id, how, origin);
                let laid_over = self.laid_over(*id);
                self.goes_on(8 * laid_over.len() as u64);
                for (key, value) in laid_over {
                    let inner = landing
                        .filter(|_| !key.is_empty())
                        .map(|landing| below(landing, &key));
                    if !matches!(value, Value::Place(other, _) if other == *id) {
                        self.pass(&value, origin, inner.as_ref(), depth + 4);
                    }
                }
            }
            Value::Key(id) => self.places.read(*id, How::Ranged { keyed: true }, origin),
            Value::Union(values) => {
                for value in values.iter() {
                    self.pass(value, origin, landing, depth + 1);
                }
            }
            Value::List(list) => {
                let inner = landing.map(|landing| below(landing, "[]"));
                for value in &list.items {
                    self.pass(value, origin, inner.as_ref(), depth + 1);
                }
            }
            Value::Dict(dict) => {
                let dict: Dict = dict.borrow().clone();
                for (key, value) in &dict.entries {
                    let inner = landing.map(|landing| below(landing, key));
                    self.pass(value, origin, inner.as_ref(), depth + 1);
                }
                for base in &dict.bases {
                    self.pass(base, origin, landing, depth + 1);
                }
                for other in &dict.others {
                    self.pass(other, origin, None, depth + 1);
                }
            }
            Value::Output(output) => {
                let mut values = Vec::new();
                output.each_value(&mut |value, form, origin| {
                    values.push((value.clone(), form, Rc::clone(origin)));
                });
                for (value, form, own) in values {
                    if form == Form::Whole {
                        self.pass(&value, &own, None, depth + 1);
                    } else {
                        self.scalar(&value, &own, None);
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes that a value is printed as a scalar.
    pub(super) fn scalar(&mut self, value: &Value, origin: &Rc<Origin>, landing: Option<&Landing>) {
        match value {
            // What was printed before knows itself whether it goes on whole.
            Value::Output(_) => self.pass(value, origin, None, 0),
            Value::Union(values) => {
                for value in values.iter() {
                    self.scalar(value, origin, landing);
                }
            }
            other => {
                let mut found = Vec::new();
                self.places_in(other, &mut found, 0);
                for (id, own) in found {
                    let origin = own.as_ref().unwrap_or(origin);
                    self.places.read(id, How::Printed(landing.cloned()), origin);
                }
            }
        }
    }
}

impl Sink for Walker<'_> {
    fn value(&mut self, landed: Landed<'_>) {
        let Landed {
            value,
            form,
            origin,
            landing,
            alone,
            in_quotes,
        } = landed;
        if landing.in_text && (in_quotes || form == Form::Quoted) {
            for one in value.alternatives() {
                if let Value::Place(id, _) = one {
                    self.places.get_mut(id).quoted_in_text = true;
                }
            }
        }
        match form {
            Form::Whole => self.pass(value, origin, Some(&landing), 0),
            Form::Quoted => self.scalar(value, origin, None),
            Form::Plain => {
                let exact = (alone && !landing.in_text).then_some(&landing);
                self.scalar(value, origin, exact);
            }
        }
    }
}

/// Returns the landing place of a key of what lands.
fn below(landing: &Landing, key: &str) -> Landing {
    let mut inner = landing.clone();
    inner.path.push(key.into());
    inner
}
