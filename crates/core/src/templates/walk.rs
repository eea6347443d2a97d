//! Walks templates: both sides of every condition, each loop once, named templates with what is handed to them.

use std::collections::BTreeMap;
use std::rc::Rc;

use gotmpl::parse::{BranchNode, Expr, ListNode, Node, PipeNode};

use super::layout::lay_out;
use super::library::{Body, Library};
use super::limits::MAX_STEPS;
use super::output::{Form, Output, Piece};
use super::place::{Origin, PlaceId, Places, Site};
use super::syntax::{is_plain, only_fails};
use super::value::Value;

/// Named templates call each other no deeper than this.
const DEEPEST_CALL: usize = 48;
/// The same template stands in its own call chain no more often than this.
const MAX_RECURSION: usize = 3;

/// What is known while templates are walked.
pub(super) struct Walker<'a> {
    pub(super) library: Library<'a>,
    pub(super) places: Places,
    pub(super) frame: Frame,
    /// The conditions that hold here.
    guards: Vec<PlaceId>,
    guards_shared: Rc<[PlaceId]>,
    /// The place whose default text is being read.
    pub(super) default_of: Option<PlaceId>,
    /// The templates that are being called, outermost first.
    calls: Vec<Rc<str>>,
    /// What templates print that were handed nothing but the chart's own context.
    known: BTreeMap<(Rc<str>, usize), Rc<Output>>,
    /// Values that templates set inside the user's: by place and key.
    pub(super) overlays: BTreeMap<(PlaceId, Rc<str>), Vec<Value>>,
    /// Values that templates set in the context of a chart, beside `.Values`: by the chart's number and key.
    pub(super) context: BTreeMap<(usize, Rc<str>), Value>,
    /// Default texts that are being read as templates, so that one that names itself ends.
    pub(super) reading_defaults: Vec<PlaceId>,
    pub(super) steps: u64,
    /// How deep templates, conditions, loops and pipelines lie in one another.
    pub(super) depth: usize,
    /// Whether the walk was cut short, and where.
    pub(super) cut: Option<Site>,
    /// Calls of templates whose names are computed.
    pub(super) unknown_calls: Vec<Site>,
}

/// What a template sees: its dot, its `$`, its variables.
pub(super) struct Frame {
    pub(super) file: u32,
    pub(super) dot: Value,
    pub(super) dollar: Value,
    variables: Vec<Variable>,
    /// How many conditions and loops lie around.
    depth: usize,
}

struct Variable {
    name: String,
    value: Value,
    depth: usize,
}

impl Frame {
    pub(super) const fn variable_count(&self) -> u64 {
        self.variables.len() as u64
    }

    fn new(file: u32, context: Value) -> Self {
        Self {
            file,
            dot: context.clone(),
            dollar: context,
            variables: Vec::new(),
            depth: 0,
        }
    }
}

impl<'a> Walker<'a> {
    pub(super) fn new(library: Library<'a>, places: Places) -> Self {
        Self {
            library,
            places,
            frame: Frame::new(0, Value::Nil),
            guards: Vec::new(),
            guards_shared: Rc::from([]),
            default_of: None,
            calls: Vec::new(),
            known: BTreeMap::new(),
            overlays: BTreeMap::new(),
            context: BTreeMap::new(),
            reading_defaults: Vec::new(),
            steps: 0,
            depth: 0,
            cut: None,
            unknown_calls: Vec::new(),
        }
    }

    /// Renders every file of every chart and notes what lands where.
    pub(super) fn walk_all(&mut self) {
        for part in 0..self.library.parts.len() {
            for name in self.library.parts[part].files.clone() {
                let Some(body) = self.library.bodies.get(&name).map(Rc::clone) else {
                    continue;
                };
                let output = self.call(&name, &body, Value::Root(part));
                self.lay_out(&output);
            }
        }
        if self.steps > MAX_STEPS {
            self.cut_at(0);
        }
    }

    /// Lays printed text out and notes where its values land.
    pub(super) fn lay_out(&mut self, output: &Output) {
        if self.goes_on(output.size().weight) {
            lay_out(output, self);
        }
    }

    /// Calls a template with a context.
    pub(super) fn call(&mut self, name: &Rc<str>, body: &Rc<Body>, context: Value) -> Rc<Output> {
        let memo = match &context {
            // What a template reads of a context that was added to may differ from call to call.
            Value::Root(part)
                if self.default_of.is_none()
                    && !self.context.keys().any(|(known, _)| known == part) =>
            {
                Some((Rc::clone(name), *part))
            }
            _ => None,
        };
        if let Some(known) = memo.as_ref().and_then(|key| self.known.get(key)) {
            return Rc::clone(known);
        }
        let recursion = self.calls.iter().filter(|known| *known == name).count();
        if self.calls.len() >= DEEPEST_CALL || recursion >= MAX_RECURSION {
            // What a template would go on with below here is read, to whatever depth.
            self.consume(&context, 0);
            return Rc::default();
        }
        self.calls.push(Rc::clone(name));
        // What a shared helper reads may be asked for elsewhere without the conditions around this call.
        let guards = memo.is_some().then(|| {
            (
                std::mem::take(&mut self.guards),
                Rc::clone(&self.guards_shared),
            )
        });
        if guards.is_some() {
            self.guards_shared = Rc::from([]);
        }
        let frame = std::mem::replace(&mut self.frame, Frame::new(body.file, context));
        let output = Rc::new(self.list(&body.nodes));
        self.frame = frame;
        if let Some((guards, shared)) = guards {
            self.guards = guards;
            self.guards_shared = shared;
        }
        self.calls.pop();
        if let Some(key) = memo {
            self.known.insert(key, Rc::clone(&output));
        }
        output
    }

    /// Calls the templates of all names that a value may be.
    pub(super) fn include(&mut self, name: &Value, context: &Value, line: usize) -> Value {
        let (names, all) = name.some_constants();
        if !all || names.is_empty() {
            let site = self.site(line);
            if !self.unknown_calls.contains(&site) {
                self.unknown_calls.push(site);
            }
            self.consume(name, line);
            self.consume(context, line);
        }
        let mut outputs = Vec::new();
        for name in names {
            if let Some((key, body)) = self.library.bodies.get_key_value(&*name) {
                let (key, body) = (Rc::clone(key), Rc::clone(body));
                outputs.push(self.call(&key, &body, context.clone()));
            }
        }
        match outputs.len() {
            0 => Value::Unknown,
            1 => Value::Output(outputs.remove(0)),
            _ => Value::Output(Rc::new(Output::choice(outputs))),
        }
    }

    pub(super) fn site(&self, line: usize) -> Site {
        Site {
            file: self.frame.file,
            line: u32::try_from(line).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn origin(&self, line: usize) -> Rc<Origin> {
        Rc::new(Origin {
            site: self.site(line),
            guards: Rc::clone(&self.guards_shared),
            default_of: self.default_of,
        })
    }

    /// Walks nodes in order, and returns what they print.
    pub(super) fn list(&mut self, list: &ListNode) -> Output {
        let mut output = Output::default();
        self.enters(list.pos.line);
        for node in &list.nodes {
            if !self.goes_on(1) {
                self.cut_at(list.pos.line);
                break;
            }
            self.node(node, &mut output);
            output = self.bounded_output(output, list.pos.line);
        }
        self.leaves();
        output
    }

    fn node(&mut self, node: &Node, output: &mut Output) {
        match node {
            Node::Text(text) => output.push_text(&text.text),
            Node::List(list) => {
                let inner = Rc::new(self.list(list));
                output.push_output(&inner);
            }
            Node::Action(action) => {
                let value = self.pipe(&action.pipe);
                if action.pipe.decl.is_empty() {
                    self.print(value, action.pos.line, output);
                }
            }
            Node::If(branch) => self.branch(branch, false, output),
            Node::With(branch) => self.branch(branch, true, output),
            Node::Range(branch) => self.range(branch, output),
            Node::Template(call) => {
                let context = call
                    .pipe
                    .as_ref()
                    .map_or(Value::Nil, |pipe| self.pipe(pipe));
                let value = self.include(&Value::text(&call.name), &context, call.pos.line);
                self.print(value, call.pos.line, output);
            }
            Node::Define(_) | Node::Break(_) | Node::Continue(_) => {}
        }
    }

    fn print(&mut self, value: Value, line: usize, output: &mut Output) {
        match value {
            Value::Text(text) => output.push_text(&text),
            Value::Output(inner) => output.push_output(&inner),
            Value::Nil => {}
            value @ Value::Union(_) => {
                let inner = self.as_output(&value, line);
                output.push_output(&inner);
            }
            value => {
                let origin = self.origin(line);
                output.push(Piece::Value {
                    value,
                    form: Form::Plain,
                    origin,
                });
            }
        }
    }

    fn branch(&mut self, branch: &BranchNode, sets_dot: bool, output: &mut Output) {
        let variables = self.frame.variables.len();
        let value = self.pipe(&branch.pipe);
        let line = branch.pos.line;
        let refuses = branch.else_body.is_none() && only_fails(&branch.body);
        self.ask(&value, line, refuses);
        let truth = value.truth();
        let guards = self.guards_of(&branch.pipe, &value);
        let is_open = truth.is_none();
        self.frame.depth += usize::from(is_open);
        let mut sides = Vec::new();
        if truth != Some(false) {
            let count = self.guards.len();
            self.guards.extend(guards);
            if self.guards.len() > count {
                self.guards_shared = self.guards.as_slice().into();
            }
            let dot = sets_dot.then(|| std::mem::replace(&mut self.frame.dot, value.clone()));
            sides.push(Rc::new(self.list(&branch.body)));
            if let Some(dot) = dot {
                self.frame.dot = dot;
            }
            if self.guards.len() > count {
                self.guards.truncate(count);
                self.guards_shared = self.guards.as_slice().into();
            }
            self.frame
                .variables
                .truncate(variables.max(self.declared(&branch.pipe, variables)));
        }
        if truth != Some(true) {
            if let Some(body) = &branch.else_body {
                sides.push(Rc::new(self.list(body)));
            } else if is_open {
                sides.push(Rc::default());
            }
        }
        self.frame.variables.truncate(variables);
        self.frame.depth -= usize::from(is_open);
        match sides.len() {
            0 => {}
            1 => output.push_output(&sides[0]),
            _ => output.push(Piece::Choice(sides)),
        }
    }

    /// Returns how many variables stand when a branch's own are kept for its other side.
    fn declared(&self, pipe: &PipeNode, before: usize) -> usize {
        let own = if pipe.is_assign { 0 } else { pipe.decl.len() };
        (before + own).min(self.frame.variables.len())
    }

    fn range(&mut self, branch: &BranchNode, output: &mut Output) {
        let variables = self.frame.variables.len();
        let line = branch.pos.line;
        let over = self.commands(&branch.pipe);
        // `$_` says that the keys are of no interest.
        let keyed = matches!(branch.pipe.decl.as_slice(), [index, _] if index != "$_");
        let rounds = self.rounds(&over, keyed, line);
        // A loop that may not run at all, or not in this way, is like a condition.
        let is_certain = match &over {
            Value::List(list) => !list.loose,
            Value::Dict(dict) => dict.borrow().bases.is_empty() && dict.borrow().others.is_empty(),
            _ => false,
        };
        self.frame.depth += usize::from(!is_certain);
        let guards = self.guards.len();
        if let Value::Place(id, _) = &over {
            self.guards.push(*id);
            self.guards_shared = self.guards.as_slice().into();
        }
        let mut sides = Vec::new();
        for (key, value) in rounds {
            let names: Vec<&str> = branch.pipe.decl.iter().map(|name| name.as_str()).collect();
            match names.as_slice() {
                [element] => self.bind(element, value.clone(), branch.pipe.is_assign),
                [index, element] => {
                    self.bind(index, key, branch.pipe.is_assign);
                    self.bind(element, value.clone(), branch.pipe.is_assign);
                }
                _ => {}
            }
            let dot = std::mem::replace(&mut self.frame.dot, value);
            sides.push(Rc::new(self.list(&branch.body)));
            self.frame.dot = dot;
            self.frame.variables.truncate(variables);
        }
        if self.guards.len() > guards {
            self.guards.truncate(guards);
            self.guards_shared = self.guards.as_slice().into();
        }
        for side in &sides {
            output.push_output(side);
        }
        if let Some(body) = &branch.else_body {
            let other = Rc::new(self.list(body));
            output.push(Piece::Choice(vec![Rc::default(), other]));
        }
        self.frame.variables.truncate(variables);
        self.frame.depth -= usize::from(!is_certain);
    }

    pub(super) fn variable(&self, name: &str) -> Value {
        if name == "$" {
            return self.frame.dollar.clone();
        }
        self.frame
            .variables
            .iter()
            .rev()
            .find(|variable| variable.name == name)
            .map_or(Value::Unknown, |variable| variable.value.clone())
    }

    /// Declares a variable, or assigns to one; what is assigned under a condition may also not be.
    pub(super) fn bind(&mut self, name: &str, value: Value, is_assign: bool) {
        self.steps += self.frame.variable_count() / 16;
        let depth = self.frame.depth;
        let known = self
            .frame
            .variables
            .iter_mut()
            .rev()
            .find(|variable| variable.name == name);
        match known {
            Some(variable) if is_assign => {
                variable.value = if variable.depth < depth {
                    Value::one_of([variable.value.clone(), value])
                } else {
                    value
                };
            }
            _ => self.frame.variables.push(Variable {
                name: name.to_owned(),
                value,
                depth,
            }),
        }
    }

    /// Returns the places that are set when a condition holds.
    fn guards_of(&mut self, pipe: &PipeNode, value: &Value) -> Vec<PlaceId> {
        let mut guards = Vec::new();
        let [one] = pipe.commands.as_slice() else {
            return guards;
        };
        match one.args.as_slice() {
            [Expr::Identifier(_, name), args @ ..] if name == "and" => {
                for arg in args {
                    self.guards_in(arg, &mut guards);
                }
            }
            [Expr::Identifier(_, name), first, ..] if name == "eq" => {
                self.guards_in(first, &mut guards);
            }
            [Expr::Identifier(..), ..] => {}
            [_] => {
                if let Value::Place(id, _) = value {
                    guards.push(*id);
                }
            }
            _ => {}
        }
        guards
    }

    fn guards_in(&mut self, expr: &Expr, guards: &mut Vec<PlaceId>) {
        match expr {
            Expr::Field(..) | Expr::Variable(..) | Expr::Dot(_) => {
                if let Value::Place(id, _) = self.expr(expr) {
                    guards.push(id);
                }
            }
            Expr::Chain(_, inner, _) if matches!(**inner, Expr::Pipe(..)) => {
                if is_plain(expr)
                    && let Value::Place(id, _) = self.expr(expr)
                {
                    guards.push(id);
                }
            }
            Expr::Pipe(_, pipe) if is_plain(expr) => {
                let value = self.commands(pipe);
                if let Value::Place(id, _) = value {
                    guards.push(id);
                }
            }
            Expr::Pipe(_, pipe) => {
                let nested = self.guards_of(pipe, &Value::Unknown);
                guards.extend(nested);
            }
            _ => {}
        }
    }
}
