//! The comments of a map between brackets.

use std::collections::HashMap;

use super::{Entry, Map, Node};
use crate::source::Location;

/// The comments of one map, by the keys they stand with.
#[derive(Default)]
pub(super) struct Comments<'a> {
    /// By the start of a key: the lines above it, and what stands behind its value.
    by_key: HashMap<usize, (Vec<&'a str>, String)>,
    /// The lines behind all keys.
    pub(super) last: Vec<&'a str>,
}

impl<'a> Comments<'a> {
    /// Finds them.
    pub(super) fn in_brackets(text: &'a str, node: &Node, map: &Map) -> Self {
        let mut comments = Self::default();
        let mut floor = node.location.span.start;
        let mut previous = None;
        let own = map.values().filter(|entry| is_within(&entry.key, node));
        let places = own.map(|entry| (entry.key.span.start, entry.value.location.span.end));
        for (key, end) in places.chain([(node.location.span.end, node.location.span.end)]) {
            let gap = text.get(floor..key).unwrap_or_default();
            let (behind, mut above) = between(gap);
            match (behind, previous) {
                (Some(comment), Some(previous)) => {
                    let entry: &mut (_, String) = comments.by_key.entry(previous).or_default();
                    entry.1 = format!(" {comment}");
                }
                (Some(comment), None) => above.insert(0, comment),
                (None, _) => {}
            }
            if key == node.location.span.end {
                comments.last = above;
            } else {
                comments.by_key.insert(key, (above, String::new()));
            }
            previous = Some(key);
            floor = floor.max(end);
        }
        comments
    }

    /// Returns the comments above a key and behind its value.
    pub(super) fn take(&mut self, entry: &Entry) -> (Vec<&'a str>, String) {
        self.by_key
            .remove(&entry.key.span.start)
            .unwrap_or_default()
    }
}

/// Splits what stands between two nodes into the comment on the first one's line and the comments on
/// lines of their own.
fn between(gap: &str) -> (Option<&str>, Vec<&str>) {
    let mut parts = gap.split(['\n', '\r']);
    (
        parts.next().and_then(comment),
        parts.filter_map(comment).collect(),
    )
}

/// Returns the comment in a line that holds no data.
fn comment(line: &str) -> Option<&str> {
    line.find('#').map(|at| line[at..].trim_end())
}

/// Returns whether a key stands in the map itself; one that came by `<<` or an alias does not.
pub(super) fn is_within(key: &Location, node: &Node) -> bool {
    node.location.span.start <= key.span.start && key.span.end <= node.location.span.end
}
