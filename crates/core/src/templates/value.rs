//! What an expression of a template may be: constants, places, and maps and lists of them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;

use super::limits::Size;
use super::output::Output;
use super::place::PlaceId;

/// What is known of an expression's value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Something that does not depend on the values below it, or whose reads are already noted.
    Unknown,
    /// Nothing.
    Nil,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    /// A value of the user's, without some of its keys.
    Place(PlaceId, Option<Rc<[Arc<str>]>>),
    /// The name of an element of a place.
    Key(PlaceId),
    Dict(Rc<RefCell<Dict>>),
    List(Rc<List>),
    /// One of several.
    Union(Rc<[Self]>),
    /// Text that was printed.
    Output(Rc<Output>),
    /// The context of a chart: `.Values`, `.Release` and so on; by the chart's number.
    Root(usize),
    /// `.Chart` of a chart.
    Chart(usize),
    /// `.Template` of a chart.
    Template(usize),
    /// `.Files` of a chart.
    Files(usize),
    /// `.Subcharts` of a chart.
    Subcharts(usize),
}

/// A map made by a template.
#[derive(Clone, Debug, Default)]
pub(super) struct Dict {
    /// What is known under each key.
    pub(super) entries: IndexMap<Rc<str>, Value>,
    /// Maps that were merged into it, and values under keys that are not known.
    pub(super) bases: Vec<Value>,
    /// Values under keys that are not known.
    pub(super) others: Vec<Value>,
}

/// A list made by a template.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    pub(super) items: Vec<Value>,
    /// Whether there may be more, fewer, or in another order.
    pub(super) loose: bool,
    size: Size,
}

impl List {
    pub(super) fn new(items: Vec<Value>, loose: bool) -> Self {
        let size = items
            .iter()
            .map(|item| item.size().around())
            .fold(Size::ONE, Size::beside);
        Self { items, loose, size }
    }
}

impl Dict {
    /// Makes a map of others.
    pub(super) fn of(bases: Vec<Value>) -> Self {
        let mut dict = Self::default();
        dict.bases = bases;
        dict
    }
}

/// Alternatives beyond this many are not told apart.
const MAX_ALTERNATIVES: usize = 64;

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub(super) const fn place(id: PlaceId) -> Self {
        Self::Place(id, None)
    }

    pub(super) fn dict(dict: Dict) -> Self {
        Self::Dict(Rc::new(RefCell::new(dict)))
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::new(items, false)))
    }

    pub(super) fn loose_list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::new(items, true)))
    }

    /// Returns one of several values; the same value counts once.
    pub(super) fn one_of(values: impl IntoIterator<Item = Self>) -> Self {
        let mut flat: Vec<Self> = Vec::new();
        let mut add = |value: Self| {
            if flat.len() < MAX_ALTERNATIVES && !flat.iter().any(|known| known.same(&value)) {
                flat.push(value);
            }
        };
        for value in values {
            match value {
                Self::Union(values) => values.iter().cloned().for_each(&mut add),
                other => add(other),
            }
        }
        match flat.len() {
            0 => Self::Nil,
            1 => flat.remove(0),
            _ => Self::Union(flat.into()),
        }
    }

    /// Returns the alternatives, one for a plain value.
    pub(super) fn alternatives(&self) -> Vec<Self> {
        match self {
            Self::Union(values) => values.to_vec(),
            other => vec![other.clone()],
        }
    }

    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown, Self::Unknown) | (Self::Nil, Self::Nil) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Number(left), Self::Number(right)) => left.to_bits() == right.to_bits(),
            (Self::Text(left), Self::Text(right)) => left == right,
            (Self::Place(left, without), Self::Place(right, also)) => {
                left == right && without == also
            }
            (Self::Key(left), Self::Key(right)) => left == right,
            (Self::Dict(left), Self::Dict(right)) => Rc::ptr_eq(left, right),
            (Self::List(left), Self::List(right)) => Rc::ptr_eq(left, right),
            (Self::Output(left), Self::Output(right)) => Rc::ptr_eq(left, right),
            (Self::Root(left), Self::Root(right))
            | (Self::Chart(left), Self::Chart(right))
            | (Self::Template(left), Self::Template(right))
            | (Self::Files(left), Self::Files(right))
            | (Self::Subcharts(left), Self::Subcharts(right)) => left == right,
            _ => false,
        }
    }

    /// Returns how much it is; what lies in a map is not counted.
    pub(super) fn size(&self) -> Size {
        match self {
            Self::Text(text) => Size::of_text(text),
            Self::Output(output) => output.size(),
            Self::List(list) => list.size,
            Self::Union(values) => values
                .iter()
                .map(Self::size)
                .fold(Size::default(), Size::beside),
            _ => Size::ONE,
        }
    }

    /// Returns whether it counts as true, if that does not depend on the user.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Nil => Some(false),
            Self::Bool(bool) => Some(*bool),
            Self::Number(number) => Some(*number != 0.0),
            Self::Text(text) => Some(!text.is_empty()),
            Self::Dict(dict) => {
                let dict = dict.borrow();
                if !dict.entries.is_empty() {
                    Some(true)
                } else if dict.bases.is_empty() && dict.others.is_empty() {
                    Some(false)
                } else {
                    None
                }
            }
            Self::List(list) if list.loose => None,
            Self::List(list) => Some(!list.items.is_empty()),
            Self::Union(values) => {
                let mut truths = values.iter().map(Self::truth);
                let first = truths.next()??;
                truths.all(|truth| truth == Some(first)).then_some(first)
            }
            Self::Output(output) => {
                let texts = output.constants()?;
                let first = !texts.first()?.is_empty();
                texts
                    .iter()
                    .all(|text| text.is_empty() != first)
                    .then_some(first)
            }
            Self::Root(_)
            | Self::Chart(_)
            | Self::Template(_)
            | Self::Files(_)
            | Self::Subcharts(_) => Some(true),
            Self::Unknown | Self::Place(..) | Self::Key(_) => None,
        }
    }

    /// Returns the texts it may be, if they are all known.
    pub(super) fn constants(&self) -> Option<Vec<Rc<str>>> {
        match self {
            Self::Text(text) => Some(vec![Rc::clone(text)]),
            Self::Nil => Some(vec!["".into()]),
            Self::Bool(bool) => Some(vec![bool.to_string().into()]),
            Self::Number(number) => Some(vec![number.to_string().into()]),
            Self::Output(output) => output.constants(),
            Self::Union(values) => {
                let mut all: Vec<Rc<str>> = Vec::new();
                for value in values.iter() {
                    for text in value.constants()? {
                        if !all.contains(&text) {
                            all.push(text);
                        }
                    }
                }
                Some(all)
            }
            _ => None,
        }
    }

    /// Returns the one text that it is, if that is known.
    pub(super) fn constant(&self) -> Option<Rc<str>> {
        match self.constants()?.as_slice() {
            [one] => Some(Rc::clone(one)),
            _ => None,
        }
    }

    /// Returns the texts that it may be, as far as they are known.
    pub(super) fn some_constants(&self) -> (Vec<Rc<str>>, bool) {
        let mut texts: Vec<Rc<str>> = Vec::new();
        let mut all = true;
        for value in self.alternatives() {
            match value.constants() {
                Some(known) => {
                    for text in known {
                        if !texts.contains(&text) {
                            texts.push(text);
                        }
                    }
                }
                None => all = false,
            }
        }
        (texts, all)
    }
}
