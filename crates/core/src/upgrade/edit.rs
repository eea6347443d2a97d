//! The edits of a text that take a key out, or to another place.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Change, Kind, Sureness};
use crate::diagnostic::Edit;
use crate::fix::Mended;
use crate::source::{Location, Source, Span};
use crate::values::Path;
use crate::yaml::{self, Entry, Map, Node, Value};

/// How far a nested key is indented.
const STEP: usize = 2;

/// A text, read again, with one of its keys.
pub(super) struct Page {
    source: Arc<Source>,
    root: Node,
    /// The keys from the document's root to the key.
    at: Vec<String>,
    /// How many of them come before the values: in an environment file, `components.<id>.values`.
    above: usize,
}

impl Page {
    /// Finds a key by its place; `path` is where it is among the values. None if the text is not read that way again.
    pub(super) fn find(key: &Location, path: &Path) -> Option<Self> {
        let source = Arc::clone(&key.source);
        let root = yaml::read(&source).ok()?;
        let mut found = Vec::new();
        search(&root, key.span, &mut Vec::new(), &mut found);
        // Behind an alias, one place stands for several keys.
        let [at] = found.as_slice() else {
            return None;
        };
        let keys = path.keys();
        let above = at.len().checked_sub(keys.len())?;
        if at.get(above..)? != keys.as_slice() || keys.len() != path.steps().len() {
            return None;
        }
        Some(Self {
            source,
            root,
            at: at.clone(),
            above,
        })
    }

    /// Finds the same key in a newer text.
    fn again(&self, source: Arc<Source>) -> Option<Self> {
        let root = yaml::read(&source).ok()?;
        let page = Self {
            source,
            root,
            at: self.at.clone(),
            above: self.above,
        };
        page.entry(&page.at).is_some().then_some(page)
    }

    /// Returns the edits that mend a change, where the text allows some, and what they do.
    pub(super) fn edits(&self, change: &Change) -> Option<(String, Vec<Edit>)> {
        let path = &change.path;
        match (&change.kind, change.proposals.as_slice()) {
            (Kind::Moves | Kind::ChangesType { .. }, [one]) => Some((
                format!("move `{path}` to `{}`", one.path),
                self.carry(&one.path)?,
            )),
            (Kind::Dies | Kind::Ignored, []) => Some((format!("remove `{path}`"), self.remove()?)),
            _ => None,
        }
    }

    /// Returns the edit that takes the key out, and the maps above it that would be empty then.
    pub(super) fn remove(&self) -> Option<Vec<Edit>> {
        let gone = self.lonely(self.above + 1)?;
        let span = self.cut(gone, true)?;
        let edits = vec![self.edit(span, String::new())];
        let mut wanted = self.root.to_json();
        take(&mut wanted, gone)?;
        self.proven(edits, &wanted)
    }

    /// Returns the edits that bring the value to another place among the values.
    pub(super) fn carry(&self, to: &Path) -> Option<Vec<Edit>> {
        let (values, _) = self.at.split_at_checked(self.above)?;
        let mut new: Vec<String> = values.to_vec();
        new.extend(to.keys().into_iter().map(str::to_owned));
        let mut wanted = self.root.to_json();
        let value = take(&mut wanted, &self.at)?;
        let edits = if new.starts_with(&self.at) {
            self.wrap(new.get(self.at.len()..)?)?
        } else {
            let common = new
                .iter()
                .zip(&self.at)
                .take_while(|(one, other)| one == other)
                .count();
            let gone = self.lonely(common + 1)?;
            // What was there with the value is gone already.
            let _ = take(&mut wanted, gone);
            self.relocate(gone, &new)?
        };
        put(&mut wanted, &new, value)?;
        self.proven(edits, &wanted)
    }

    /// Returns the key, or the highest one above it that holds nothing else, no shorter than `least`.
    fn lonely(&self, least: usize) -> Option<&[String]> {
        let mut top = self.at.len();
        while top > least.max(self.above + 1) && self.map(self.at.get(..top - 1)?)?.len() == 1 {
            top -= 1;
        }
        self.at.get(..top)
    }

    /// Writes a single value as the one key of a map in its place.
    fn wrap(&self, keys: &[String]) -> Option<Vec<Edit>> {
        let node = &self.entry(&self.at)?.value;
        let text = node.location.text();
        if text.contains('\n') || text.is_empty() {
            return None;
        }
        let inner = keys.iter().rev().fold(text.to_owned(), |inner, key| {
            format!("{{{}: {inner}}}", yaml::scalar(key))
        });
        Some(vec![self.edit(node.location.span, inner)])
    }

    fn relocate(&self, gone: &[String], new: &[String]) -> Option<Vec<Edit>> {
        let span = self.cut(gone, false)?;
        // The deepest map on the way that is there.
        let mut depth = new.len() - 1;
        while depth > 0 && self.map(new.get(..depth)?).is_none() {
            depth -= 1;
        }
        let there = new.get(..depth)?;
        let map = self.map(there)?;
        if map.contains_key(new.get(depth)?) {
            return None;
        }
        let node = self.node(there)?;
        let missing = new.get(depth..)?;
        let text = self.source.text();
        if node.location.text().starts_with('{') {
            let entry = self.entry(&self.at)?;
            let value = entry.value.location.text();
            if value.contains('\n') {
                return None;
            }
            let (last, outer) = missing.split_last()?;
            let inner = format!("{}: {value}", yaml::scalar(last));
            let inner = outer.iter().rev().fold(inner, |inner, key| {
                format!("{}: {{{inner}}}", yaml::scalar(key))
            });
            if there == self.at.get(..self.at.len() - 1)? {
                // In one pair of brackets: what goes makes room for what comes.
                let own = Span::new(entry.key.span.start, entry.value.location.span.end);
                return Some(vec![self.edit(own, inner)]);
            }
            let start = node.location.span.start + 1;
            let comma = if map.is_empty() { "" } else { ", " };
            let insert = self.edit(Span::new(start, start), format!("{inner}{comma}"));
            return self.both(span, insert);
        }
        let indent = map
            .values()
            .next()
            .map(|first| column(text, first.key.span.start))?;
        let mut block = String::new();
        let (last, outer) = missing.split_last()?;
        for (step, key) in outer.iter().enumerate() {
            let blanks = " ".repeat(indent + STEP * step);
            block.push_str(&format!("{blanks}{}:\n", yaml::scalar(key)));
        }
        block.push_str(&self.block(last, indent + STEP * outer.len())?);
        block.insert_str(0, &self.comments_above(gone, indent)?);
        let at = if gone.get(..gone.len() - 1)? == there {
            span.start
        } else if self.at.starts_with(there) {
            // Beside the map that it was in.
            let beside = self.entry(self.at.get(..=depth)?)?;
            with_comments(text, line_start(text, beside.key.span.start))
        } else {
            let (_, entry) = map.last()?;
            line_end(text, end(entry))
        };
        if at > 0 && !text.get(..at)?.ends_with('\n') {
            block.insert(0, '\n');
        }
        if text.contains("\r\n") {
            block = block.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        self.both(span, self.edit(Span::new(at, at), block))
    }

    /// Returns the comments above the keys that go with a key as it was all they held.
    fn comments_above(&self, gone: &[String], indent: usize) -> Option<String> {
        let text = self.source.text();
        let mut comments = String::new();
        for depth in gone.len()..self.at.len() {
            let start = line_start(text, self.entry(self.at.get(..depth)?)?.key.span.start);
            for line in text.get(with_comments(text, start)..start)?.lines() {
                comments.push_str(&format!("{}{}\n", " ".repeat(indent), line.trim_start()));
            }
        }
        Some(comments)
    }

    /// Returns the key's text under another name, at another depth, with the comments above it.
    fn block(&self, name: &str, indent: usize) -> Option<String> {
        let text = self.source.text();
        let entry = self.entry(&self.at)?;
        let start = entry.key.span.start;
        let own = column(text, start);
        let first = line_start(text, start);
        if text.get(first..start)?.trim() != "" {
            // A key between brackets: its value fits on a line.
            let value = entry.value.location.text();
            let blanks = " ".repeat(indent);
            return (!value.contains('\n'))
                .then(|| format!("{blanks}{}: {value}\n", yaml::scalar(name)));
        }
        let mut block = String::new();
        let shift = |line: &str| {
            let bare = line.trim_start_matches(' ');
            let depth = (line.len() - bare.len() + indent).saturating_sub(own);
            if bare.trim().is_empty() {
                bare.to_owned()
            } else {
                format!("{}{bare}", " ".repeat(depth))
            }
        };
        for line in text
            .get(with_comments(text, first)..first)?
            .split_inclusive('\n')
        {
            block.push_str(&shift(line));
        }
        let rest = text.get(entry.key.span.end..line_end(text, end(entry)))?;
        for (at, line) in rest.split_inclusive('\n').enumerate() {
            if at == 0 {
                block.push_str(&format!(
                    "{}{}{line}",
                    " ".repeat(indent),
                    yaml::scalar(name)
                ));
            } else {
                block.push_str(&shift(line));
            }
        }
        if !block.ends_with('\n') {
            block.push('\n');
        }
        Some(block)
    }

    /// Returns the range that a key takes, with the comments above it; `alone`: nothing will stand in its place.
    fn cut(&self, path: &[String], alone: bool) -> Option<Span> {
        let text = self.source.text();
        let (name, above) = path.split_last()?;
        let map = self.map(above)?;
        let entry = map.get(name)?;
        let start = entry.key.span.start;
        let first = line_start(text, start);
        if text.get(first..start)?.trim().is_empty() && !self.in_brackets(above) {
            if alone && map.len() == 1 && path.len() > 1 {
                // An empty map stays, or the key above would be null.
                let parent = self.entry(above)?;
                let colon = parent.key.span.end;
                let from = colon + text.get(colon..)?.find(':')? + 1;
                let to = end(entry);
                return (from < to).then(|| Span::new(from, to));
            }
            return Some(Span::new(
                with_comments(text, first),
                line_end(text, end(entry)),
            ));
        }
        let at = map.get_index_of(name)?;
        if let Some((_, next)) = map.get_index(at + 1) {
            return Some(Span::new(start, next.key.span.start));
        }
        if let Some((_, before)) = at.checked_sub(1).and_then(|at| map.get_index(at)) {
            return Some(Span::new(end(before), end(entry)));
        }
        Some(Span::new(start, end(entry)))
    }

    fn in_brackets(&self, path: &[String]) -> bool {
        self.node(path)
            .is_some_and(|node| node.location.text().starts_with('{'))
    }

    /// Returns a removal and an insertion; where they touch they are one edit.
    fn both(&self, gone: Span, insert: Edit) -> Option<Vec<Edit>> {
        let at = insert.location.span.start;
        if gone.start <= at && at <= gone.end {
            return Some(vec![self.edit(gone, insert.replacement)]);
        }
        let mut edits = vec![self.edit(gone, String::new()), insert];
        edits.sort_by_key(|edit| edit.location.span);
        Some(edits)
    }

    /// Returns the edits if they give the wanted data.
    ///
    /// A map that would be empty is written as one.
    fn proven(&self, mut edits: Vec<Edit>, wanted: &serde_json::Value) -> Option<Vec<Edit>> {
        let read = |edits: &[Edit]| {
            let text = applied(self.source.text(), edits)?;
            Some(
                yaml::read(&Source::new(self.source.name(), text))
                    .ok()?
                    .to_json(),
            )
        };
        if read(&edits).as_ref() == Some(wanted) {
            return Some(edits);
        }
        if let [edit] = edits.as_mut_slice()
            && edit.replacement.is_empty()
        {
            " {}".clone_into(&mut edit.replacement);
        }
        (read(&edits).as_ref() == Some(wanted)).then_some(edits)
    }

    fn edit(&self, span: Span, replacement: String) -> Edit {
        Edit {
            location: Location::new(&self.source, span),
            replacement,
        }
    }

    fn node(&self, path: &[String]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, key| node.get(key))
    }

    fn map(&self, path: &[String]) -> Option<&Map> {
        self.node(path)?.as_map()
    }

    fn entry(&self, path: &[String]) -> Option<&Entry> {
        let (name, above) = path.split_last()?;
        self.map(above)?.get(name)
    }
}

/// Applies the edits of some changes, one after the other, each to what the ones before it left.
///
/// The texts come sorted by name. A change whose place is told as a [guess](Sureness::Guess) is left out, and one
/// that an earlier edit is in the way of. Two that are the same are one.
pub(super) fn mend<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Vec<Mended> {
    let mut texts: BTreeMap<String, Mended> = BTreeMap::new();
    let mut done: Vec<(String, Vec<String>)> = Vec::new();
    for change in changes {
        let key = change.key.as_ref();
        let Some(page) = key.and_then(|key| Page::find(key, &change.path)) else {
            continue;
        };
        let name = page.source.name().to_owned();
        let own = (name.clone(), page.at.clone());
        let sure = change
            .proposals
            .first()
            .is_none_or(|best| best.sureness > Sureness::Guess);
        if done.contains(&own) || !sure {
            continue;
        }
        let now = texts.get(&name).map_or_else(
            || Arc::clone(&page.source),
            |text| Source::new(name.as_str(), text.after.as_str()),
        );
        let edits = page
            .again(Arc::clone(&now))
            .and_then(|page| page.edits(change));
        let Some((title, edits)) = edits else {
            continue;
        };
        let Some(after) = applied(now.text(), &edits) else {
            continue;
        };
        done.push(own);
        let text = texts.entry(name).or_insert_with(|| Mended {
            before: Arc::clone(&page.source),
            after: String::new(),
            titles: Vec::new(),
        });
        text.after = after;
        text.titles.push(title);
    }
    texts.into_values().collect()
}

/// Returns a text with edits, which are sorted.
fn applied(text: &str, edits: &[Edit]) -> Option<String> {
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        let span = edit.location.span;
        text.get(span.start..span.end)?;
        text.replace_range(span.start..span.end, &edit.replacement);
    }
    Some(text)
}

/// Finds the keys that stand at a place.
fn search(node: &Node, span: Span, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let Value::Map(map) = &node.value else {
        return;
    };
    for (name, entry) in map {
        at.push(name.clone());
        if entry.key.span == span {
            found.push(at.clone());
        }
        search(&entry.value, span, at, found);
        at.pop();
    }
}

/// Takes a value out of data.
fn take(data: &mut serde_json::Value, path: &[String]) -> Option<serde_json::Value> {
    let (last, above) = path.split_last()?;
    let map = above.iter().try_fold(data, |data, key| data.get_mut(key))?;
    map.as_object_mut()?.remove(last)
}

/// Puts a value into data.
fn put(data: &mut serde_json::Value, path: &[String], value: serde_json::Value) -> Option<()> {
    let (last, above) = path.split_last()?;
    let mut at = data;
    for key in above {
        let map = at.as_object_mut()?;
        at = map
            .entry(key.clone())
            .or_insert_with(|| serde_json::Value::Object(serde_json::Map::new()));
    }
    at.as_object_mut()?.insert(last.clone(), value);
    Some(())
}

fn end(entry: &Entry) -> usize {
    entry.value.location.span.end.max(entry.key.span.end)
}

fn column(text: &str, at: usize) -> usize {
    at - line_start(text, at)
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1)
}

/// Returns where the line ends that a value ends in, its line break included.
fn line_end(text: &str, at: usize) -> usize {
    if text.get(..at).is_some_and(|before| before.ends_with('\n')) {
        return at;
    }
    text.get(at..)
        .and_then(|after| after.find('\n'))
        .map_or(text.len(), |length| at + length + 1)
}

/// Returns where the comments begin that stand directly above a line, in its column.
fn with_comments(text: &str, start: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = indent(
        text.get(start..)
            .unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default(),
    );
    let mut first = start;
    while first > 0 {
        let above = line_start(text, first - 1);
        let line = text.get(above..first).unwrap_or_default();
        if !(line.trim_start().starts_with('#') && indent(line) == own) {
            break;
        }
        first = above;
    }
    first
}
