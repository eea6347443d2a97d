//! Blocks, attributes and expressions, each with its place.

use super::problem::Problem;
use super::{graph, parser};
use crate::source::Span;

/// A configuration that was read.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(super) body: Vec<Statement>,
    pub(super) problems: Vec<Problem>,
}

/// A line of a body.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `name = value`.
    Attribute {
        /// The name.
        name: String,
        /// The value.
        value: Expression,
    },
    /// `name "label" { ... }`.
    Block(Block),
}

/// A block: a component at the top, or a part of one.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its name, `loki.write`.
    pub name: String,
    /// Its label; none where it has none.
    pub label: Option<String>,
    /// What stands in it.
    pub body: Vec<Statement>,
    /// Where name and label stand.
    pub span: Span,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text in quotes.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A list.
    List(Vec<Expression>),
    /// An object: names and values.
    Object(Vec<(String, Expression)>),
    /// A name with what is asked of it: `loki.write.loki.receiver`.
    Reference(Vec<String>),
    /// Anything that is computed of other values.
    Computed(Vec<Expression>),
}

impl Config {
    /// Reads a text, and says what is wrong with it. Reading goes on after a mistake, with the next statement.
    pub fn read(text: &str) -> Self {
        let mut config = parser::parse(text);
        // What a broken text refers to is not known.
        if config.problems.is_empty() {
            config.problems = graph::check(&config);
        }
        config
    }

    /// Returns everything that is wrong, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Returns the blocks at the top that have a label: the components, and what is declared.
    pub fn components(&self) -> impl Iterator<Item = &Block> {
        blocks(&self.body).filter(|block| block.label.is_some())
    }

    /// Returns the components of one name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Block> {
        self.components().filter(move |block| block.name == name)
    }
}

impl Block {
    /// Returns what references call it: `loki.write.loki`.
    pub fn id(&self) -> String {
        match &self.label {
            Some(label) => format!("{}.{label}", self.name),
            None => self.name.clone(),
        }
    }

    /// Returns the blocks of a name in it.
    pub fn blocks<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Block> {
        blocks(&self.body).filter(move |block| block.name == name)
    }

    /// Returns the first block of a name in it.
    pub fn block(&self, name: &str) -> Option<&Block> {
        blocks(&self.body).find(|block| block.name == name)
    }

    /// Returns the value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&Expression> {
        self.body.iter().find_map(|statement| match statement {
            Statement::Attribute { name: own, value } if own == name => Some(value),
            _ => None,
        })
    }

    /// Returns an attribute that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attribute(name)?.as_str()
    }

    /// Returns the ids of the components that anything in it refers to, with what is asked of them.
    pub fn references(&self) -> Vec<(&[String], Span)> {
        let mut found = Vec::new();
        in_body(&self.body, &mut found);
        found
    }
}

impl Expression {
    /// Returns the text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of an object's key, whatever the case of its letters: names of headers have none.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(fields) => fields
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns what it refers to, at any depth.
    pub fn references(&self) -> Vec<(&[String], Span)> {
        let mut found = Vec::new();
        in_expression(self, &mut found);
        found
    }
}

fn blocks(body: &[Statement]) -> impl Iterator<Item = &Block> {
    body.iter().filter_map(|statement| match statement {
        Statement::Block(block) => Some(block),
        Statement::Attribute { .. } => None,
    })
}

fn in_body<'a>(body: &'a [Statement], found: &mut Vec<(&'a [String], Span)>) {
    for statement in body {
        match statement {
            Statement::Attribute { value, .. } => in_expression(value, found),
            Statement::Block(block) => in_body(&block.body, found),
        }
    }
}

fn in_expression<'a>(expression: &'a Expression, found: &mut Vec<(&'a [String], Span)>) {
    match &expression.value {
        Value::Reference(parts) => found.push((parts, expression.span)),
        Value::List(items) | Value::Computed(items) => {
            items.iter().for_each(|item| in_expression(item, found));
        }
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(_, item)| in_expression(item, found));
        }
        _ => {}
    }
}
