//! Follows expressions: fields, variables, pipelines, and the ways into maps and lists.

use std::rc::Rc;
use std::sync::Arc;

use gotmpl::parse::{CommandNode, Expr, Number, PipeNode};

use super::place::{How, PlaceId};
use super::value::{Dict, Value};
use super::walk::Walker;

/// A loop over a list of constants takes no more rounds than this.
const MAX_ROUNDS: usize = 256;

impl Walker<'_> {
    /// Follows a pipeline and binds its variables.
    pub(super) fn pipe(&mut self, pipe: &PipeNode) -> Value {
        let value = self.commands(pipe);
        for name in &pipe.decl {
            self.bind(name, value.clone(), pipe.is_assign);
        }
        value
    }

    /// Follows a pipeline without binding.
    pub(super) fn commands(&mut self, pipe: &PipeNode) -> Value {
        let mut piped = None;
        if self.enters(pipe.pos.line) {
            for command in &pipe.commands {
                let value = self.command(command, piped);
                piped = Some(self.bounded(value, command.pos.line));
            }
        }
        self.leaves();
        piped.unwrap_or(Value::Nil)
    }

    fn command(&mut self, command: &CommandNode, piped: Option<Value>) -> Value {
        let Some((first, rest)) = command.args.split_first() else {
            return piped.unwrap_or(Value::Nil);
        };
        let line = command.pos.line;
        let args = |walker: &mut Self| -> Vec<Value> {
            let mut args: Vec<_> = rest.iter().map(|expr| walker.expr(expr)).collect();
            args.extend(piped.clone());
            args
        };
        match first {
            Expr::Identifier(_, name) => {
                let args = args(self);
                self.function(name, args, line)
            }
            Expr::Field(_, fields) | Expr::Variable(_, _, fields)
                if !rest.is_empty() || piped.is_some() =>
            {
                let args = args(self);
                let (owner, method) = self.owner_of(first, fields);
                self.method(&owner, &method, &args, line)
            }
            Expr::Chain(_, inner, fields) if !rest.is_empty() => {
                let mut owner = self.expr(inner);
                let args = args(self);
                if let Some((method, path)) = fields.split_last() {
                    for field in path {
                        owner = self.field(&owner, field);
                    }
                    return self.method(&owner, method, &args, line);
                }
                Value::Unknown
            }
            other => self.expr(other),
        }
    }

    /// Returns what a method is called on, and its name.
    fn owner_of(&mut self, expr: &Expr, fields: &[gotmpl::parse::SmolStr]) -> (Value, String) {
        let mut owner = match expr {
            Expr::Variable(_, name, _) => self.variable(name),
            _ => self.frame.dot.clone(),
        };
        let Some((method, path)) = fields.split_last() else {
            return (owner, String::new());
        };
        for field in path {
            owner = self.field(&owner, field);
        }
        (owner, method.to_string())
    }

    fn method(&mut self, owner: &Value, method: &str, args: &[Value], line: usize) -> Value {
        match (owner, method) {
            (Value::Files(part), "Get" | "Lines") => {
                if let Some(path) = args.first().and_then(Value::constant) {
                    let files = &self.library.parts[*part].chart.files;
                    let text = files
                        .iter()
                        .find(|(name, _)| **name == *path)
                        .map(|(_, text)| Value::text(text));
                    return text.unwrap_or_else(|| Value::text(""));
                }
                for arg in args {
                    self.consume_scalar(arg, line);
                }
                Value::Unknown
            }
            _ => {
                for arg in args {
                    self.consume_scalar(arg, line);
                }
                Value::Unknown
            }
        }
    }

    /// Follows one expression.
    pub(super) fn expr(&mut self, expr: &Expr) -> Value {
        self.steps += 1;
        match expr {
            Expr::Dot(_) => self.frame.dot.clone(),
            Expr::Field(_, fields) => {
                let dot = self.frame.dot.clone();
                self.fields(dot, fields)
            }
            Expr::Variable(_, name, fields) => {
                self.steps += self.frame.variable_count() / 16;
                let value = self.variable(name);
                self.fields(value, fields)
            }
            Expr::Identifier(pos, name) => self.function(name, Vec::new(), pos.line),
            Expr::String(_, text) => Value::text(text),
            #[expect(
                clippy::cast_precision_loss,
                reason = "templates count in small numbers"
            )]
            Expr::Number(_, number) => Value::Number(match number {
                Number::Int(number) => *number as f64,
                Number::Uint(number) => *number as f64,
                Number::Float(number) => *number,
            }),
            Expr::Bool(_, bool) => Value::Bool(*bool),
            Expr::Nil(_) => Value::Nil,
            Expr::Pipe(_, pipe) => self.pipe(pipe),
            Expr::Chain(_, inner, fields) => {
                let value = self.expr(inner);
                self.fields(value, fields)
            }
        }
    }

    fn fields(&mut self, value: Value, fields: &[gotmpl::parse::SmolStr]) -> Value {
        fields
            .iter()
            .fold(value, |value, field| self.field(&value, field))
    }

    /// Returns the value of a key.
    pub(super) fn field(&mut self, value: &Value, key: &str) -> Value {
        self.field_within(value, key, 0)
    }

    fn field_within(&mut self, value: &Value, key: &str, depth: usize) -> Value {
        if depth > 16 || !self.goes_on(1) {
            return Value::Unknown;
        }
        match value {
            Value::Place(id, without) => {
                if without
                    .as_ref()
                    .is_some_and(|without| without.iter().any(|left| **left == *key))
                {
                    return Value::Nil;
                }
                self.below(*id, key, depth)
            }
            Value::Dict(dict) => {
                let (entry, bases, others) = {
                    let dict = dict.borrow();
                    (
                        dict.entries.get(key).cloned(),
                        dict.bases.clone(),
                        dict.others.clone(),
                    )
                };
                let mut values: Vec<Value> = entry.into_iter().collect();
                for base in &bases {
                    values.push(self.field_within(base, key, depth + 1));
                }
                values.extend(others);
                // A key that a map may lack: nothing is one of the alternatives only when it is the only one.
                values.retain(|value| !matches!(value, Value::Nil));
                Value::one_of(values)
            }
            Value::Union(values) => {
                let found: Vec<_> = values
                    .iter()
                    .map(|value| self.field_within(value, key, depth + 1))
                    .filter(|value| !matches!(value, Value::Nil))
                    .collect();
                Value::one_of(found)
            }
            Value::Root(part) => self.root_field(*part, key),
            Value::Chart(part) => {
                let chart = self.library.parts[*part].chart;
                match key {
                    "Name" => Value::text(&chart.name),
                    "Version" => Value::text(&chart.version),
                    "AppVersion" => chart
                        .app_version
                        .as_deref()
                        .map_or(Value::Unknown, Value::text),
                    _ => Value::Unknown,
                }
            }
            Value::Template(part) => match key {
                "BasePath" => {
                    Value::text(&format!("{}/templates", self.library.parts[*part].folder))
                }
                _ => Value::Unknown,
            },
            Value::Subcharts(part) => self.library.parts[*part]
                .below
                .iter()
                .find(|(name, _)| name == key)
                .map_or(Value::Unknown, |(_, part)| Value::Root(*part)),
            Value::Nil => Value::Nil,
            Value::Output(output) => {
                let structure = self.structure(output);
                match structure {
                    Value::Output(_) => Value::Unknown,
                    other => self.field_within(&other, key, depth + 1),
                }
            }
            _ => Value::Unknown,
        }
    }

    fn root_field(&self, part: usize, key: &str) -> Value {
        match key {
            "Values" => Value::place(self.library.parts[part].values),
            "Chart" => Value::Chart(part),
            "Template" => Value::Template(part),
            "Files" => Value::Files(part),
            "Subcharts" => Value::Subcharts(part),
            "Release" | "Capabilities" => Value::Unknown,
            // Nothing else stands there unless a template put it there.
            _ => self
                .context
                .get(&(part, Rc::from(key)))
                .cloned()
                .unwrap_or(Value::Nil),
        }
    }

    /// Returns the value of a key of a place; `global` of a subchart is also that of the chart above.
    fn below(&mut self, id: PlaceId, key: &str, depth: usize) -> Value {
        let own = Value::place(self.places.child(id, key));
        let mut values = vec![own];
        if key == "global" {
            let mut part = self
                .library
                .parts
                .iter()
                .position(|part| part.values == id)
                .and_then(|part| self.library.parts[part].parent);
            while let Some(above) = part {
                let values_above = self.library.parts[above].values;
                values.push(Value::place(self.places.child(values_above, key)));
                part = self.library.parts[above].parent;
            }
        }
        if let Some(overlay) = self.overlays.get(&(id, Rc::from(key))) {
            values.extend(overlay.iter().cloned());
        }
        // What a template lays over a whole map.
        if let Some(bases) = self.overlays.get(&(id, Rc::from(""))).cloned() {
            for base in bases {
                if !matches!(base, Value::Place(other, _) if other == id) {
                    values.push(self.field_within(&base, key, depth + 4));
                }
            }
        }
        Value::one_of(values)
    }

    /// Returns the value under a key that may be computed.
    pub(super) fn index(&mut self, value: &Value, key: &Value, line: usize) -> Value {
        let mut found = Vec::new();
        for key in key.alternatives() {
            match &key {
                Value::Number(_) => found.push(self.element(value)),
                Value::Key(_) | Value::Unknown | Value::Place(..) => {
                    let is_key = matches!(key, Value::Key(_));
                    if !is_key {
                        self.consume_scalar(&key, line);
                    }
                    found.push(self.computed(value, is_key, line));
                }
                other => match other.constants() {
                    Some(names) => {
                        for name in names {
                            found.push(self.field(value, &name));
                        }
                    }
                    None => {
                        self.consume_scalar(other, line);
                        found.push(self.computed(value, false, line));
                    }
                },
            }
        }
        Value::one_of(found)
    }

    /// Returns the value under a key that is not known.
    fn computed(&mut self, value: &Value, is_key: bool, line: usize) -> Value {
        let site = self.site(line);
        for one in value.alternatives() {
            if let Value::Place(id, _) = one {
                let place = self.places.get_mut(id);
                place.keyed = true;
                if !is_key {
                    place.computed.get_or_insert(site);
                }
            }
        }
        self.element(value)
    }

    /// Returns any element of a value.
    pub(super) fn element(&mut self, value: &Value) -> Value {
        self.element_within(value, 0)
    }

    fn element_within(&mut self, value: &Value, depth: usize) -> Value {
        if depth > 16 || !self.goes_on(1) {
            return Value::Unknown;
        }
        match value {
            Value::Place(id, _) => Value::place(self.places.each(*id)),
            Value::List(list) => Value::one_of(list.items.iter().cloned()),
            Value::Dict(dict) => {
                let dict: Dict = dict.borrow().clone();
                let mut values: Vec<Value> = dict.entries.values().cloned().collect();
                for base in &dict.bases {
                    values.push(self.element_within(base, depth + 1));
                }
                values.extend(dict.others.iter().cloned());
                Value::one_of(values)
            }
            Value::Union(values) => {
                let elements: Vec<_> = values
                    .iter()
                    .map(|value| self.element_within(value, depth + 1))
                    .collect();
                Value::one_of(elements)
            }
            Value::Nil => Value::Nil,
            _ => Value::Unknown,
        }
    }

    /// Returns key and value of each round of a loop.
    pub(super) fn rounds(&mut self, over: &Value, keyed: bool, line: usize) -> Vec<(Value, Value)> {
        let mut rounds = self.rounds_within(over, keyed, line, 0);
        rounds.truncate(MAX_ROUNDS);
        rounds
    }

    fn rounds_within(
        &mut self,
        over: &Value,
        keyed: bool,
        line: usize,
        depth: usize,
    ) -> Vec<(Value, Value)> {
        if depth > 16 || !self.goes_on(1) {
            return Vec::new();
        }
        match over {
            Value::Nil => Vec::new(),
            Value::List(list) => {
                let mut rounds: Vec<_> = list
                    .items
                    .iter()
                    .take(MAX_ROUNDS)
                    .map(|item| (Value::Unknown, item.clone()))
                    .collect();
                if rounds.is_empty() && list.loose {
                    rounds.push((Value::Unknown, Value::Unknown));
                }
                rounds
            }
            Value::Dict(dict) => {
                let dict: Dict = dict.borrow().clone();
                let mut rounds: Vec<_> = dict
                    .entries
                    .iter()
                    .take(MAX_ROUNDS)
                    .map(|(key, value)| (Value::Text(Rc::clone(key)), value.clone()))
                    .collect();
                for base in &dict.bases {
                    rounds.extend(self.rounds_within(base, keyed, line, depth + 1));
                    rounds.truncate(MAX_ROUNDS);
                }
                rounds.extend(
                    dict.others
                        .iter()
                        .map(|value| (Value::Unknown, value.clone())),
                );
                rounds
            }
            Value::Union(values) => {
                let mut rounds = Vec::new();
                for value in values.iter() {
                    rounds.extend(self.rounds_within(value, keyed, line, depth + 1));
                    rounds.truncate(MAX_ROUNDS);
                }
                rounds.truncate(MAX_ROUNDS);
                rounds
            }
            Value::Place(id, _) => {
                let origin = self.origin(line);
                self.places.read(*id, How::Ranged { keyed }, &origin);
                let each = self.places.each(*id);
                let mut rounds = vec![(Value::Key(*id), Value::place(each))];
                for (key, value) in self.laid_over(*id) {
                    if !key.is_empty() {
                        rounds.push((Value::Text(key), value));
                    }
                }
                rounds
            }
            other => {
                self.consume_scalar(other, line);
                vec![(Value::Unknown, Value::Unknown)]
            }
        }
    }

    /// Returns what templates set inside a map of the user's, with the keys; an empty key for a whole map.
    pub(super) fn laid_over(&self, id: PlaceId) -> Vec<(Rc<str>, Value)> {
        self.overlays
            .range((id, Rc::from(""))..(id + 1, Rc::from("")))
            .flat_map(|((_, key), values)| {
                values.iter().map(|value| (Rc::clone(key), value.clone()))
            })
            .collect()
    }

    /// Notes that a value is computed with.
    pub(super) fn consume_scalar(&mut self, value: &Value, line: usize) {
        let origin = self.origin(line);
        self.scalar(value, &origin, None);
    }

    /// Returns a place without some of its keys.
    pub(super) fn without(value: &Value, keys: &[Rc<str>]) -> Value {
        Self::without_within(value, keys, 0)
    }

    fn without_within(value: &Value, keys: &[Rc<str>], depth: usize) -> Value {
        // Maps that are merged into one another in a ring end here.
        if depth > 4 {
            return value.clone();
        }
        match value {
            Value::Place(id, known) => {
                let mut without: Vec<Arc<str>> = known.as_deref().unwrap_or_default().to_vec();
                for key in keys {
                    if !without.iter().any(|left| **left == **key) {
                        without.push((&**key).into());
                    }
                }
                Value::Place(*id, Some(without.into()))
            }
            Value::Union(values) => Value::one_of(
                values
                    .iter()
                    .map(|value| Self::without_within(value, keys, depth + 1)),
            ),
            Value::Dict(dict) => {
                let mut dict: Dict = dict.borrow().clone();
                for key in keys {
                    dict.entries.shift_remove(&**key);
                }
                dict.bases = dict
                    .bases
                    .iter()
                    .map(|base| Self::without_within(base, keys, depth + 1))
                    .collect();
                Value::dict(dict)
            }
            other => other.clone(),
        }
    }
}
