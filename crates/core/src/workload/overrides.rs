//! What an environment's overrides say at paths of a chart.

use std::str::FromStr;

use crate::environment::Environment;
use crate::yaml::{Node, Value};

/// The overrides of one release: the chart's own paths, which win over what our values write.
#[derive(Clone, Copy)]
pub(super) struct Overrides<'a> {
    root: Option<&'a Node>,
}

/// What is said at one path.
#[derive(Clone, Copy)]
pub(super) enum Said<'a> {
    /// Nothing: what our values write, or the chart's default, stays.
    Nothing,
    /// `null` there or above: what our values write and the chart's default both go.
    Removed,
    /// A value, which takes the place of another, or is merged into it where both are maps.
    Is(&'a Node),
}

impl<'a> Overrides<'a> {
    /// Returns the overrides of a component.
    pub(super) fn of(environment: &'a Environment, component: &str) -> Self {
        Self {
            root: environment.node(&["components", component, "values"]),
        }
    }

    /// Returns whether nothing is said at all, as in most environments.
    pub(super) const fn is_empty(self) -> bool {
        self.root.is_none()
    }

    /// Returns what is said at a path of the chart.
    pub(super) fn at(self, path: &str) -> Said<'a> {
        let Some(mut node) = self.root else {
            return Said::Nothing;
        };
        for key in crate::contract::split_path(path) {
            match node.get(&key) {
                None => return Said::Nothing,
                Some(next) if matches!(next.value, Value::Null) => return Said::Removed,
                Some(next) => node = next,
            }
        }
        Said::Is(node)
    }

    /// Returns what is said at a key below a path.
    pub(super) fn below(self, path: &str, key: &str) -> Said<'a> {
        if self.is_empty() {
            return Said::Nothing;
        }
        self.at(&format!("{path}.{key}"))
    }

    /// Returns whether a switch is set, and how.
    pub(super) fn switch(self, path: &str) -> Option<bool> {
        self.at(path).switch()
    }
}

impl<'a> Said<'a> {
    /// Returns the value.
    pub(super) fn node(self) -> Option<&'a Node> {
        match self {
            Self::Is(node) => Some(node),
            Self::Nothing | Self::Removed => None,
        }
    }

    /// Returns whether it is removed.
    pub(super) const fn is_removed(self) -> bool {
        matches!(self, Self::Removed)
    }

    /// Returns what is said at a key, where this is a map.
    pub(super) fn key(self, key: &str) -> Self {
        match self {
            Self::Is(node) => match node.get(key) {
                None => Self::Nothing,
                Some(node) if matches!(node.value, Value::Null) => Self::Removed,
                Some(node) => Self::Is(node),
            },
            said => said,
        }
    }

    /// Returns the truth value.
    pub(super) fn switch(self) -> Option<bool> {
        match self.node()?.value {
            Value::Bool(on) => Some(on),
            _ => None,
        }
    }

    /// Returns the scalar as text.
    pub(super) fn text(self) -> Option<String> {
        match &self.node()?.value {
            Value::String(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Returns what the scalar reads as; none where it does not.
    pub(super) fn parsed<T: FromStr>(self) -> Option<T> {
        self.text()?.parse().ok()
    }

    /// Returns the items, where this is a list.
    pub(super) fn items(self) -> Option<&'a [Node]> {
        match &self.node()?.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the value that holds: the override's, none where it is removed, else the other.
    pub(super) fn or<T: FromStr>(self, other: Option<T>) -> Option<T> {
        match self {
            Self::Nothing => other,
            Self::Removed => None,
            // A value that cannot be read is the contract's to refuse.
            Self::Is(_) => self.parsed().or(other),
        }
    }
}
