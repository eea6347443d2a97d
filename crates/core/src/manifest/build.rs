//! From the steps through a text to the tree of what is wanted.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::tree::{Data, Field, Node, Scalar};
use super::wanted::Wanted;

/// How deep lists and maps may nest.
pub(super) const MAX_DEPTH: usize = 100;

/// How many nodes of one document are kept. The largest real objects (a quota, a pod of twenty containers) keep
/// a few thousand; a document of nothing but labels must not take the memory of the whole stream.
pub(super) const MAX_NODES: usize = 200_000;

/// Why a document cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_NODES`] kept nodes.
    TooMany,
    /// An alias stands for a value that contains it.
    Recursive,
}

/// A list or map whose end has not come yet.
struct Frame<'t> {
    data: Data<'t>,
    start: usize,
    /// What is kept of it; nothing where only its end matters.
    wanted: Option<&'static Wanted>,
    anchor: usize,
    /// The key whose value comes next, where it stands, and what is wanted of its value.
    key: Option<(Cow<'t, str>, usize, Option<&'static Wanted>)>,
    /// Kept for its anchor only: it stands in something that is not wanted.
    detached: bool,
}

/// Builds the documents of one text.
pub(super) struct Builder<'t> {
    wanted: &'static Wanted,
    frames: Vec<Frame<'t>>,
    anchors: HashMap<usize, Node<'t>>,
    nodes: usize,
    roots: Vec<Node<'t>>,
    repeated: Option<(Cow<'t, str>, usize)>,
}

static ANCHORED: Wanted = Wanted::All;

impl<'t> Builder<'t> {
    pub(super) fn new(wanted: &'static Wanted) -> Self {
        Self {
            wanted,
            frames: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            roots: Vec::new(),
            repeated: None,
        }
    }

    /// Returns the first key that is there twice in one map, and where it is again.
    pub(super) const fn repeated(&self) -> Option<&(Cow<'t, str>, usize)> {
        self.repeated.as_ref()
    }

    /// Returns the documents that are read whole.
    pub(super) fn into_roots(self) -> Vec<Node<'t>> {
        self.roots
    }

    /// Takes a scalar, which may be a key.
    pub(super) fn scalar(
        &mut self,
        scalar: Scalar<'t>,
        start: usize,
        end: usize,
        anchor: usize,
    ) -> Result<(), Refusal> {
        if self.is_skipping() {
            if anchor != 0 {
                self.keep(anchor, &leaf(scalar, start, end))?;
            }
            return Ok(());
        }
        if let Some(frame) = self.frames.last_mut()
            && matches!(frame.data, Data::Map(_))
            && frame.key.is_none()
        {
            let key = scalar.text;
            let wanted = match &*key {
                "<<" => frame.wanted,
                name => frame.wanted.and_then(|wanted| wanted.of(name)),
            };
            frame.key = Some((key, start, wanted));
            return Ok(());
        }
        if anchor == 0 && self.value_wanted().is_none() {
            self.drop_value();
            return Ok(());
        }
        let node = leaf(scalar, start, end);
        if anchor != 0 {
            self.keep(anchor, &node)?;
            if self.value_wanted().is_none() {
                self.drop_value();
                return Ok(());
            }
        }
        self.deliver(node)
    }

    /// Starts a list (`data` is an empty one) or map.
    pub(super) fn open(
        &mut self,
        data: Data<'t>,
        start: usize,
        anchor: usize,
    ) -> Result<(), Refusal> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(Refusal::TooDeep);
        }
        let mut wanted = None;
        let mut detached = false;
        if self.is_skipping() {
            detached = anchor != 0;
        } else if let Some(frame) = self.frames.last_mut()
            && matches!(frame.data, Data::Map(_))
            && frame.key.is_none()
        {
            // A list or map as a key: no object of Kubernetes has one, so its value is dropped with it.
            frame.key = Some((Cow::Borrowed(""), start, None));
        } else {
            wanted = self.value_wanted();
            if wanted.is_none() {
                self.drop_value();
                detached = anchor != 0;
            }
        }
        self.frames.push(Frame {
            data,
            start,
            wanted: if detached { Some(&ANCHORED) } else { wanted },
            anchor,
            key: None,
            detached,
        });
        Ok(())
    }

    /// Ends the list or map that was opened last.
    pub(super) fn close(&mut self, end: usize) -> Result<(), Refusal> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        if frame.wanted.is_none() {
            return Ok(());
        }
        let mut node = Node {
            data: frame.data,
            start: frame.start,
            end: end.max(frame.start),
        };
        if let Data::Map(fields) = &mut node.data {
            if let Some(again) = repeated(fields) {
                let found = (fields[again].key.clone(), fields[again].at);
                self.repeated.get_or_insert(found);
                keep_last(fields);
            }
            if merge_in(fields) {
                keep_last(fields);
            }
        }
        if frame.anchor != 0 {
            self.keep(frame.anchor, &node)?;
        }
        if frame.detached {
            return Ok(());
        }
        self.deliver(node)
    }

    /// Takes an alias; an unknown one is a problem of the caller.
    pub(super) fn alias(&mut self, anchor: usize, start: usize) -> Result<(), Refusal> {
        if self.is_skipping() {
            return Ok(());
        }
        let expects_key = self
            .frames
            .last()
            .is_some_and(|frame| matches!(frame.data, Data::Map(_)) && frame.key.is_none());
        if !expects_key && self.value_wanted().is_none() {
            self.drop_value();
            return Ok(());
        }
        let node = self.anchors.get(&anchor).ok_or(Refusal::Recursive)?;
        self.nodes += node.size();
        if self.nodes > MAX_NODES {
            return Err(Refusal::TooMany);
        }
        let mut node = node.clone();
        if expects_key {
            return match node.data {
                Data::Scalar(scalar) => self.scalar(scalar, start, start, 0),
                _ => Ok(()),
            };
        }
        node.start = start;
        self.deliver(node)
    }

    /// Returns whether what comes belongs to something that is not wanted.
    fn is_skipping(&self) -> bool {
        self.frames
            .last()
            .is_some_and(|frame| frame.wanted.is_none())
    }

    /// Returns what is wanted of the value that comes next.
    fn value_wanted(&self) -> Option<&'static Wanted> {
        match self.frames.last() {
            None => Some(self.wanted),
            Some(frame) => match &frame.data {
                Data::Map(_) => frame.key.as_ref().and_then(|(.., wanted)| *wanted),
                _ => frame.wanted,
            },
        }
    }

    /// Passes over the value of a key that is not wanted.
    fn drop_value(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.key = None;
        }
    }

    fn keep(&mut self, anchor: usize, node: &Node<'t>) -> Result<(), Refusal> {
        self.nodes += node.size();
        if self.nodes > MAX_NODES {
            return Err(Refusal::TooMany);
        }
        self.anchors.insert(anchor, node.clone());
        Ok(())
    }

    fn deliver(&mut self, node: Node<'t>) -> Result<(), Refusal> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Refusal::TooMany);
        }
        let Some(frame) = self.frames.last_mut() else {
            self.roots.push(node);
            // Anchors end with their document.
            self.anchors.clear();
            self.nodes = 0;
            return Ok(());
        };
        match &mut frame.data {
            Data::Map(fields) => {
                if let Some((key, at, _)) = frame.key.take() {
                    fields.push(Field {
                        key,
                        at,
                        value: node,
                    });
                }
            }
            Data::List(items) => items.push(node),
            Data::Scalar(_) => {}
        }
        Ok(())
    }
}

fn leaf<'t>(scalar: Scalar<'t>, start: usize, end: usize) -> Node<'t> {
    Node {
        data: Data::Scalar(scalar),
        start,
        end,
    }
}

/// Maps with more keys are looked through by hash.
const FEW: usize = 16;

/// Returns the first key that is there again.
fn repeated(fields: &[Field<'_>]) -> Option<usize> {
    let mut seen = HashSet::new();
    fields.iter().enumerate().position(|(index, field)| {
        field.key != "<<"
            && if fields.len() > FEW {
                !seen.insert(&*field.key)
            } else {
                fields[..index].iter().any(|other| other.key == field.key)
            }
    })
}

/// Leaves the last one of each key, as Helm and Kubernetes do.
fn keep_last(fields: &mut Vec<Field<'_>>) {
    let mut seen = HashSet::new();
    let mut last: Vec<bool> = fields
        .iter()
        .rev()
        .map(|field| field.key == "<<" || seen.insert(&*field.key))
        .collect();
    fields.retain(|_| last.pop().unwrap_or(true));
}

/// Puts what `<<` brings before the keys of the map itself, which win; returns whether there is any.
fn merge_in(fields: &mut Vec<Field<'_>>) -> bool {
    if !fields.iter().any(|field| field.key == "<<") {
        return false;
    }
    let mut merged = Vec::new();
    let mut own = Vec::new();
    for field in fields.drain(..) {
        if field.key != "<<" {
            own.push(field);
            continue;
        }
        match field.value.data {
            Data::Map(part) => merged.extend(part),
            // The first of several wins, so it is put last.
            Data::List(parts) => {
                for part in parts.into_iter().rev() {
                    if let Data::Map(part) = part.data {
                        merged.extend(part);
                    }
                }
            }
            Data::Scalar(_) => {}
        }
    }
    merged.extend(own);
    *fields = merged;
    true
}
