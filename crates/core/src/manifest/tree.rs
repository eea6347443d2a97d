//! One document as a tree of what is wanted of it, borrowed from its text.

use std::borrow::Cow;

use crate::yaml::Value;
use crate::yaml::parser::Style;
use crate::yaml::scalar::{self, Tag};

/// A value and the bytes of its document where it begins and ends.
#[derive(Clone, Debug)]
pub(super) struct Node<'t> {
    pub(super) data: Data<'t>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(super) enum Data<'t> {
    Scalar(Scalar<'t>),
    List(Vec<Node<'t>>),
    /// In the order of the text; of a key that is there twice only the last one is kept, as for Helm.
    Map(Vec<Field<'t>>),
}

/// A value that is not there.
pub(super) static NULL: Node<'static> = Node {
    data: Data::List(Vec::new()),
    start: 0,
    end: 0,
};

/// One key of a map.
#[derive(Clone, Debug)]
pub(super) struct Field<'t> {
    pub(super) key: Cow<'t, str>,
    pub(super) at: usize,
    pub(super) value: Node<'t>,
}

/// A scalar before its type is looked at.
#[derive(Clone, Debug)]
pub(super) struct Scalar<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) style: Style,
    pub(super) tag: Option<Tag>,
}

impl Scalar<'_> {
    fn resolve(&self) -> Value {
        scalar::resolve(&self.text, self.style == Style::Plain, self.tag).unwrap_or(Value::Null)
    }
}

impl<'t> Node<'t> {
    /// Returns the value of a key, if this is a map that has it and it is not null.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.field(key).map(|field| &field.value)
    }

    /// Returns a key with its value, as [`Self::get`] does.
    pub(super) fn field(&self, key: &str) -> Option<&Field<'t>> {
        self.fields()
            .iter()
            .rev()
            .find(|field| field.key == key)
            .filter(|field| !field.value.is_null())
    }

    /// Returns the value at a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the keys of a map, none for anything else.
    pub(super) fn fields(&self) -> &[Field<'t>] {
        match &self.data {
            Data::Map(fields) => fields,
            _ => &[],
        }
    }

    /// Returns the items of a list, none for anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the items of a list under a key.
    pub(super) fn list(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    /// Returns whether it is a map.
    pub(super) const fn is_map(&self) -> bool {
        matches!(self.data, Data::Map(_))
    }

    /// Returns a scalar's text as it is written, without quotes; nothing for null.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(scalar) if !self.is_null() => Some(&scalar.text),
            _ => None,
        }
    }

    /// Returns the text under a key, as [`Self::text`] does.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// Returns whether the value under a key is `true`.
    pub(super) fn is_true(&self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|node| node.value() == Value::Bool(true))
    }

    /// Returns whether it is null.
    pub(super) fn is_null(&self) -> bool {
        match &self.data {
            Data::Scalar(scalar) => {
                scalar.style == Style::Plain
                    && matches!(&*scalar.text, "" | "~" | "null" | "Null" | "NULL")
                    && matches!(scalar.tag, None | Some(Tag::Null))
            }
            _ => false,
        }
    }

    /// Returns the scalar's value as Kubernetes gets it, null for lists and maps.
    pub(super) fn value(&self) -> Value {
        match &self.data {
            Data::Scalar(scalar) => scalar.resolve(),
            _ => Value::Null,
        }
    }

    /// Returns how many nodes it holds, itself included.
    pub(super) fn size(&self) -> usize {
        match &self.data {
            Data::Scalar(_) => 1,
            Data::List(items) => items.iter().map(Node::size).sum::<usize>() + 1,
            Data::Map(fields) => {
                let fields = fields.iter().map(|field| field.value.size() + 1);
                fields.sum::<usize>() + 1
            }
        }
    }
}
