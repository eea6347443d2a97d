//! Values by path: each value of a tree with the place it lies at, and what differs between two trees.

use std::fmt;
use std::str::FromStr;

use crate::contract::path::{Step as Borrowed, show};
use crate::yaml::{Node, Value};

/// One step down a values tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into a key of a map.
    Key(String),
    /// Into an element of a list, counted from 0.
    Index(usize),
}

/// A place in a values tree, written `ingester.extraEnv[0].name`; a key with a dot stands in quotes.
///
/// # Examples
///
/// ```
/// use helmwright::values::Path;
///
/// let path: Path = "server.\"a.b\"[2]".parse()?;
/// assert_eq!(path.steps().len(), 3);
/// assert_eq!(path.to_string(), "server.\"a.b\"[2]");
/// # Ok::<(), helmwright::values::BadPath>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

impl Path {
    /// Returns its steps, from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Returns the path one key further.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    /// Returns the path one element further.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Returns whether it is the other path or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Returns its keys down to the first element of a list.
    pub fn keys(&self) -> Vec<&str> {
        self.0
            .iter()
            .map_while(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Index(_) => None,
            })
            .collect()
    }

    /// Returns the node at this path.
    pub fn find<'n>(&self, node: &'n Node) -> Option<&'n Node> {
        self.0
            .iter()
            .try_fold(node, |node, step| match (step, &node.value) {
                (Step::Key(key), _) => node.get(key),
                (Step::Index(index), Value::List(items)) => items.get(*index),
                (Step::Index(_), _) => None,
            })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<Borrowed<'_>> = self
            .0
            .iter()
            .map(|step| match step {
                Step::Key(key) => Borrowed::Key(key),
                Step::Index(index) => Borrowed::Index(*index),
            })
            .collect();
        formatter.write_str(&show(&steps))
    }
}

/// A text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a path is written `a.b[0].\"c.d\"`")]
pub struct BadPath;

impl FromStr for Path {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('[') {
                let (index, tail) = after.split_once(']').ok_or(BadPath)?;
                steps.push(Step::Index(index.parse().map_err(|_| BadPath)?));
                rest = tail;
            } else {
                if !steps.is_empty() {
                    rest = rest.strip_prefix('.').ok_or(BadPath)?;
                }
                let (key, tail) = first_key(rest)?;
                steps.push(Step::Key(key));
                rest = tail;
            }
        }
        Ok(Self(steps))
    }
}

/// Splits a path behind its first key, which may stand in quotes.
fn first_key(text: &str) -> Result<(String, &str), BadPath> {
    if text.starts_with('"') {
        let mut quoted = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let key = quoted.next().and_then(Result::ok).ok_or(BadPath)?;
        let tail = text.get(quoted.byte_offset()..).ok_or(BadPath)?;
        return Ok((key, tail));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    match text.split_at(end) {
        ("", _) => Err(BadPath),
        (key, tail) => Ok((key.to_owned(), tail)),
    }
}

/// Returns every value of a tree that holds no other, with its path, in the order of the text.
pub fn leaves(node: &Node) -> Vec<(Path, &Node)> {
    let mut found = Vec::new();
    collect(node, &Path::default(), &mut found);
    found
}

fn collect<'n>(node: &'n Node, path: &Path, found: &mut Vec<(Path, &'n Node)>) {
    match &node.value {
        Value::Map(map) if !map.is_empty() => {
            for (key, entry) in map {
                collect(&entry.value, &path.key(key), found);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &path.index(index), found);
            }
        }
        _ => found.push((path.clone(), node)),
    }
}

/// One value that is not the same in two trees; on one side it may be missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<'a> {
    /// Where it lies.
    pub path: Path,
    /// What it was; none if it was added.
    pub old: Option<&'a Node>,
    /// What it is; none if it was removed.
    pub new: Option<&'a Node>,
}

/// Returns what differs between two trees, in the order of the new text; what is gone follows the map it was in.
///
/// Maps are compared key by key, lists of one length element by element, other lists as a whole. What
/// was added or removed is told leaf by leaf. Places in the text do not count.
///
/// # Examples
///
/// ```
/// use helmwright::source::Source;
/// use helmwright::{values, yaml};
///
/// let read = |text| yaml::read(&Source::new("values.yaml", text)).unwrap();
/// let (old, new) = (read("a: {b: 1, c: 2}"), read("a: {b: 3, d: 4}"));
/// let paths: Vec<String> = values::compare(&old, &new)
///     .iter()
///     .map(|change| change.path.to_string())
///     .collect();
/// assert_eq!(paths, ["a.b", "a.d", "a.c"]);
/// ```
pub fn compare<'a>(old: &'a Node, new: &'a Node) -> Vec<Change<'a>> {
    let mut found = Vec::new();
    walk(&Path::default(), old, new, &mut found);
    found
}

fn walk<'a>(path: &Path, old: &'a Node, new: &'a Node, found: &mut Vec<Change<'a>>) {
    match (&old.value, &new.value) {
        (Value::Map(before), Value::Map(after)) => {
            for (key, entry) in after {
                let path = path.key(key);
                match before.get(key) {
                    Some(earlier) => walk(&path, &earlier.value, &entry.value, found),
                    None => one_side(&path, &entry.value, false, found),
                }
            }
            for (key, entry) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
                one_side(&path.key(key), &entry.value, true, found);
            }
        }
        (Value::List(before), Value::List(after)) if before.len() == after.len() => {
            for (index, (old, new)) in before.iter().zip(after).enumerate() {
                walk(&path.index(index), old, new, found);
            }
        }
        _ if !same(old, new) => found.push(Change {
            path: path.clone(),
            old: Some(old),
            new: Some(new),
        }),
        _ => {}
    }
}

/// Tells every leaf of what is on one side only; a list is told as a whole.
fn one_side<'a>(path: &Path, node: &'a Node, removed: bool, found: &mut Vec<Change<'a>>) {
    if let Value::Map(map) = &node.value
        && !map.is_empty()
    {
        for (key, entry) in map {
            one_side(&path.key(key), &entry.value, removed, found);
        }
        return;
    }
    let node = Some(node);
    let (old, new) = if removed { (node, None) } else { (None, node) };
    found.push(Change {
        path: path.clone(),
        old,
        new,
    });
}

/// Returns whether two nodes hold the same data.
pub fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, entry)| {
                    other
                        .get(key)
                        .is_some_and(|twin| same(&entry.value, &twin.value))
                })
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::yaml;

    fn changes(old: &str, new: &str) -> Vec<String> {
        let read = |text: &str| yaml::read(&Source::new("values.yaml", text)).unwrap();
        let (old, new) = (read(old), read(new));
        let side =
            |node: Option<&Node>| node.map_or("-".to_owned(), |node| node.to_json().to_string());
        compare(&old, &new)
            .iter()
            .map(|change| format!("{} {} {}", change.path, side(change.old), side(change.new)))
            .collect()
    }

    #[test]
    fn lists_of_one_length_go_by_index_and_others_as_a_whole() {
        assert_eq!(changes("a: [1, {b: 2}]", "a: [1, {b: 3}]"), ["a[1].b 2 3"]);
        assert_eq!(changes("a: [1]", "a: [1, 2]"), ["a [1] [1,2]"]);
        assert_eq!(changes("{}", "a: [1, 2]"), ["a - [1,2]"]);
    }

    #[test]
    fn what_is_on_one_side_is_told_leaf_by_leaf() {
        assert_eq!(changes("a: {b: 1, c: {}}", "{}"), ["a.b 1 -", "a.c {} -"]);
        assert_eq!(changes("a: {b: 1}", "a: null"), ["a {\"b\":1} null"]);
    }

    #[test]
    fn order_spelling_and_comments_are_no_difference() {
        assert_eq!(
            changes("a: {b: 1, c: 0x10}", "a:\n  c: 16 # x\n  b: 1\n"),
            [""; 0]
        );
    }

    #[test]
    fn paths_are_read_as_they_are_written() {
        for text in ["a", "a.b[0][1].c", "\"a.b\".c", "x[3]", ""] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), text);
        }
        for text in [".", "a.", "a..b", "a[", "a[x]", "\"a", "a]b[", "a\"b.\""] {
            let _ = text.parse::<Path>();
        }
        assert!("a..b".parse::<Path>().is_err());
        assert!("a[x]".parse::<Path>().is_err());
        assert!("a.".parse::<Path>().is_err());
    }
}
