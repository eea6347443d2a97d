//! Texts that are templates themselves: what `tpl` is given, and what YAML a printed text holds.

use std::rc::Rc;

use crate::yaml::{Node, Value as Yaml};

use super::layout::{Landed, Sink, lay_out};
use super::library::Body;
use super::output::{Form, Output, Piece};
use super::place::{PlaceId, Places};
use super::value::{Dict, Value};
use super::walk::Walker;

/// Texts of one map that are read as templates; more than any chart has.
const MAX_TEXTS: usize = 512;

impl Walker<'_> {
    /// Follows `tpl`: marks the places that its text comes from, and reads default texts and constants as templates.
    pub(super) fn template_text(&mut self, text: &Value, context: &Value, line: usize) -> Value {
        let mut outputs = Vec::new();
        for one in text.alternatives() {
            match &one {
                Value::Text(constant) => outputs.push(self.run_text(constant, context, line)),
                Value::Nil => {}
                Value::Output(output) => {
                    if let Some(texts) = output.constants() {
                        for text in texts {
                            outputs.push(self.run_text(&text, context, line));
                        }
                        continue;
                    }
                    outputs.push(Rc::clone(output));
                    let mut places = Vec::new();
                    let mut whole = Vec::new();
                    output.each_value(&mut |value, form, _| {
                        whole.push((value.clone(), form == Form::Whole));
                    });
                    for (value, whole) in whole {
                        self.all_places(&value, whole, &mut places, 0);
                    }
                    for (id, _) in &places {
                        self.places.get_mut(*id).template = true;
                    }
                    // The texts run for their reads: what they print stands in the output already.
                    for (id, _) in places {
                        for output in self.run_defaults(id, context) {
                            self.lay_out_quietly(&output);
                        }
                    }
                }
                other => {
                    let mut places = Vec::new();
                    self.all_places(other, false, &mut places, 0);
                    let mut sides = Vec::new();
                    for (id, _) in places {
                        self.places.get_mut(id).template = true;
                        sides.extend(self.run_defaults(id, context));
                    }
                    let printed = self.as_output(other, line);
                    sides.insert(0, printed);
                    outputs.push(if sides.len() == 1 {
                        Rc::clone(&sides[0])
                    } else {
                        Rc::new(Output::choice(sides))
                    });
                }
            }
        }
        match outputs.len() {
            0 => Value::Nil,
            1 => Value::Output(outputs.remove(0)),
            _ => Value::Output(Rc::new(Output::choice(outputs))),
        }
    }

    /// Notes the reads of printed text whose place is not known.
    fn lay_out_quietly(&mut self, output: &Output) {
        let value = Value::Output(Rc::new(output.clone()));
        self.consume(&value, 0);
    }

    fn run_text(&mut self, text: &str, context: &Value, line: usize) -> Rc<Output> {
        if !text.contains("{{") {
            return Rc::new(Output::text(text));
        }
        if !self.goes_on(text.len() as u64 / 32) {
            return Rc::default();
        }
        let file = self.frame.file;
        let name = self
            .library
            .names
            .get(file as usize)
            .map_or_else(String::new, |name| format!("{name}:{line}"));
        let Some(nodes) = self.library.parse(file, &name, text) else {
            return Rc::default();
        };
        let body = Rc::new(Body { file, nodes });
        let key: Rc<str> = format!("tpl {text}").into();
        // A text is named by itself, so that one that calls itself ends.
        let before = self.default_of;
        self.default_of = before.or(Some(Places::TOP)).filter(|_| before.is_some());
        let output = self.call(&key, &body, context.clone());
        self.default_of = before;
        output
    }

    /// Runs the default texts at and below a place as templates.
    fn run_defaults(&mut self, id: PlaceId, context: &Value) -> Vec<Rc<Output>> {
        if self.reading_defaults.contains(&id) || self.reading_defaults.len() > 8 {
            return Vec::new();
        }
        let path = self.places.path(id);
        let mut texts = Vec::new();
        for (part, node) in self.default_nodes(&path) {
            collect(&node, part, &mut texts);
        }
        let letters: usize = texts.iter().map(|text| text.text.len()).sum();
        if !self.goes_on((texts.len() + letters / 32) as u64) {
            return Vec::new();
        }
        texts.truncate(MAX_TEXTS);
        self.reading_defaults.push(id);
        let before = self.default_of.replace(id);
        let mut outputs = Vec::new();
        for text in texts {
            if !self.goes_on(1 + (text.line + text.text.len()) as u64 / 32) {
                break;
            }
            let (file, name) = self.values_file(text.part);
            let Some(nodes) = self.library.parse(file, &name, &text.in_its_place()) else {
                continue;
            };
            let body = Rc::new(Body { file, nodes });
            let key: Rc<str> = format!("default of {}", path.join(".")).into();
            outputs.push(self.call(&key, &body, context.clone()));
        }
        self.default_of = before;
        self.reading_defaults.pop();
        outputs
    }

    /// Returns the number and the name of a chart's file of values.
    fn values_file(&mut self, part: usize) -> (u32, String) {
        let folder = &self.library.parts[part].folder;
        let name = match folder.split_once('/') {
            Some((_, below)) => format!("{below}/values.yaml"),
            None => "values.yaml".to_owned(),
        };
        let known = self
            .library
            .names
            .iter()
            .position(|known| **known == *name)
            .and_then(|at| u32::try_from(at).ok());
        let file = known
            .or_else(|| self.library.name(&name))
            .unwrap_or_default();
        (file, name)
    }

    /// Returns the defaults at a path: the chart's own, and those of the subcharts that the path leads into,
    /// each with the number of its chart.
    fn default_nodes(&self, path: &[std::sync::Arc<str>]) -> Vec<(usize, Node)> {
        let mut found = Vec::new();
        for (number, part) in self.library.parts.iter().enumerate() {
            let prefix = self.places.path(part.values);
            let Some(rest) = path.strip_prefix(prefix.as_slice()) else {
                continue;
            };
            let mut nodes = vec![&part.chart.values];
            for key in rest {
                nodes = nodes
                    .into_iter()
                    .flat_map(|node| match &node.value {
                        Yaml::List(items) if &**key == "*" => items.iter().collect(),
                        Yaml::Map(map) if &**key == "*" => {
                            map.values().map(|entry| &entry.value).collect()
                        }
                        Yaml::Map(map) => map
                            .get(&**key)
                            .map(|entry| &entry.value)
                            .into_iter()
                            .collect(),
                        _ => Vec::new(),
                    })
                    .collect();
            }
            found.extend(nodes.into_iter().map(|node| (number, node.clone())));
        }
        found
    }

    /// Collects the places that a value is made of; with `whole`, also through the maps and lists of templates.
    fn all_places(
        &mut self,
        value: &Value,
        whole: bool,
        found: &mut Vec<(PlaceId, Option<Rc<super::place::Origin>>)>,
        depth: usize,
    ) {
        if depth > 16 || !self.goes_on(1) {
            return;
        }
        match value {
            Value::Dict(dict) if whole => {
                let dict: Dict = dict.borrow().clone();
                for value in dict.entries.values().chain(&dict.bases).chain(&dict.others) {
                    self.all_places(value, true, found, depth + 1);
                }
            }
            Value::Union(values) => {
                for value in values.iter() {
                    self.all_places(value, whole, found, depth + 1);
                }
            }
            Value::Output(output) => {
                let mut inner = Vec::new();
                output.each_value(&mut |value, form, _| {
                    inner.push((value.clone(), form == Form::Whole));
                });
                for (value, whole) in inner {
                    self.all_places(&value, whole, found, depth + 1);
                }
            }
            other => self.places_in(other, found, depth),
        }
    }

    /// Returns what YAML a printed text holds: maps and lists with values in them.
    pub(super) fn structure(&mut self, output: &Output) -> Value {
        if let Some((value, form)) = output.only_value() {
            return match (value, form) {
                (Value::Output(inner), _) => {
                    let inner = Rc::clone(inner);
                    self.structure(&inner)
                }
                (value, Form::Whole) => value.clone(),
                // Text of the user's, read as YAML: what it holds is not known, that it is read is.
                (value, _) => {
                    let value = value.clone();
                    let mut reader = None;
                    output.each_value(&mut |_, _, origin| reader = Some(Rc::clone(origin)));
                    if let Some(origin) = reader {
                        self.scalar(&value, &origin, None);
                    }
                    Value::Unknown
                }
            };
        }
        if let [Piece::Choice(sides)] = output.pieces() {
            let sides: Vec<_> = sides.iter().map(|side| self.structure(side)).collect();
            return Value::one_of(sides);
        }
        let mut tree = Tree::default();
        if self.goes_on(output.size().weight) {
            lay_out(output, &mut tree);
        }
        for (value, origin) in std::mem::take(&mut tree.read) {
            self.scalar(&value, &origin, None);
        }
        tree.root.value()
    }
}

/// A default that is a template.
struct DefaultText {
    /// The number of its chart.
    part: usize,
    /// Where its first line stands in the chart's values.
    line: usize,
    text: String,
}

impl DefaultText {
    /// Returns the text with as many lines before it as stand there in the file, all in a comment.
    fn in_its_place(&self) -> String {
        let lines = "\n".repeat(self.line.saturating_sub(1));
        format!("{{{{/*{lines}*/}}}}{}", self.text)
    }
}

fn collect(node: &Node, part: usize, texts: &mut Vec<DefaultText>) {
    match &node.value {
        Yaml::String(text) if text.contains("{{") => {
            let is_block = node.location.text().starts_with(['|', '>']);
            texts.push(DefaultText {
                part,
                line: node.location.start().line + usize::from(is_block),
                text: text.clone(),
            });
        }
        Yaml::List(items) => items.iter().for_each(|item| collect(item, part, texts)),
        Yaml::Map(map) => map
            .values()
            .for_each(|entry| collect(&entry.value, part, texts)),
        _ => {}
    }
}

/// A printed text as a tree.
#[derive(Default)]
struct Tree {
    root: Branch,
    /// Values that are part of a longer text.
    read: Vec<(Value, Rc<super::place::Origin>)>,
}

#[derive(Default)]
struct Branch {
    children: indexmap::IndexMap<Box<str>, Self>,
    values: Vec<Value>,
}

impl Branch {
    fn at(&mut self, path: &[Box<str>]) -> &mut Self {
        path.iter().fold(self, |branch, key| {
            branch.children.entry(key.clone()).or_default()
        })
    }

    fn value(self) -> Value {
        let Self {
            mut children,
            mut values,
        } = self;
        let items = children.shift_remove("[]");
        if !children.is_empty() {
            let mut dict = Dict::default();
            for (key, branch) in children {
                dict.entries.insert((&*key).into(), branch.value());
            }
            dict.bases = std::mem::take(&mut values);
            return Value::dict(dict);
        }
        if let Some(items) = items {
            // Lists that are printed among the elements bring elements of their own.
            let own = Value::loose_list(vec![items.value()]);
            return Value::one_of(std::iter::once(own).chain(values));
        }
        match values.len() {
            0 => Value::Unknown,
            1 => values.remove(0),
            _ => Value::dict(Dict::of(values)),
        }
    }
}

impl Sink for Tree {
    fn value(&mut self, landed: Landed<'_>) {
        let is_part = !landed.alone || landed.landing.in_text;
        if is_part && landed.form != Form::Whole {
            self.read
                .push((landed.value.clone(), Rc::clone(landed.origin)));
            return;
        }
        // A read of a default text stays one, whoever prints the value in the end.
        let is_default = landed.origin.default_of.is_some();
        let value = match landed.form {
            Form::Whole => landed.value.clone(),
            Form::Plain if !is_default || matches!(landed.value, Value::Text(_)) => {
                landed.value.clone()
            }
            Form::Plain | Form::Quoted => Value::Output(Rc::new(Output::of(
                landed.value.clone(),
                landed.form,
                Rc::clone(landed.origin),
            ))),
        };
        self.root.at(&landed.landing.path).values.push(value);
    }

    fn text(&mut self, path: &[Box<str>], text: &str) {
        let branch = self.root.at(path);
        if !text.is_empty() && branch.values.len() < 8 {
            branch.values.push(Value::text(text));
        }
    }
}
