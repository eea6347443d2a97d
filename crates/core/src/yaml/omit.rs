//! Taking keys out of a text.

use std::sync::Arc;

use super::{Map, Node, Value, document, read};
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// Returns a text without some of its keys, each with the comment above it. The rest stays as it is written.
///
/// Paths are keys from the root down; what is not there is passed over. A map that loses all its keys stays, empty.
///
/// # Errors
///
/// Returns what [`read`] finds if the text is not YAML.
///
/// # Examples
///
/// ```
/// use helmwright::source::Source;
/// use helmwright::yaml;
///
/// let text = Source::new("a.yaml", "a: 1\n# About b.\nb:\n  c: 2\n  d: 3\ne: 4\n");
/// let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
/// assert_eq!(yaml::omit(&text, &[path(&["b", "c"])]).unwrap(), "a: 1\n# About b.\nb:\n  d: 3\ne: 4\n");
/// assert_eq!(yaml::omit(&text, &[path(&["b"])]).unwrap(), "a: 1\ne: 4\n");
/// ```
pub fn omit(source: &Arc<Source>, paths: &[Vec<String>]) -> Result<String, Vec<Diagnostic>> {
    let node = read(source)?;
    let wanted = without(node.clone(), paths, &mut Vec::new());
    let mut cuts = Vec::new();
    collect(source.text(), &node, paths, &mut Vec::new(), &mut cuts);
    cuts.sort_by_key(|cut| (cut.start, cut.end));
    let mut text = source.text().to_owned();
    for cut in cuts.iter().rev() {
        text.replace_range(cut.start..cut.end, cut.instead);
    }
    // A map in a line, say, cannot be cut by lines: then the data is what counts.
    let again = read(&Source::new(source.name(), text.as_str()));
    Ok(match again {
        Ok(again) if again.to_json() == wanted.to_json() => text,
        _ => document(&wanted),
    })
}

/// A range of bytes, and what stands there afterwards.
struct Cut {
    start: usize,
    end: usize,
    instead: &'static str,
}

/// Returns the data without the paths.
fn without(node: Node, paths: &[Vec<String>], at: &mut Vec<String>) -> Node {
    let Value::Map(map) = node.value else {
        return node;
    };
    let mut kept = Map::default();
    for (name, mut entry) in map {
        at.push(name.clone());
        if !paths.contains(at) {
            entry.value = without(entry.value, paths, at);
            kept.insert(name, entry);
        }
        at.pop();
    }
    Node::new(Value::Map(kept), node.location)
}

/// Collects the ranges to cut.
fn collect(
    text: &str,
    node: &Node,
    paths: &[Vec<String>],
    at: &mut Vec<String>,
    cuts: &mut Vec<Cut>,
) {
    let Some(map) = node.as_map() else {
        return;
    };
    let gone = |at: &mut Vec<String>, name: &String| {
        at.push(name.clone());
        let gone = paths.contains(at);
        at.pop();
        gone
    };
    if !map.is_empty() && map.keys().all(|name| gone(at, name)) {
        // From behind the colon to the end of the last value.
        let start = text[..node.location.span.start].trim_end().len();
        let start = comment_free(text, start);
        let end = line_end(text, node.location.span.end);
        cuts.push(Cut {
            start,
            end,
            instead: if start == 0 { "{}\n" } else { " {}\n" },
        });
        return;
    }
    for (name, entry) in map {
        if gone(at, name) {
            let start = with_comments(text, line_start(text, entry.key.span.start));
            let mut end = line_end(text, entry.value.location.span.end.max(entry.key.span.end));
            // Not two blank lines where the key stood between them.
            let before = text[..start].ends_with("\n\n") || start == 0;
            while before && text[end..].starts_with('\n') {
                end += 1;
            }
            cuts.push(Cut {
                start,
                end,
                instead: "",
            });
        } else {
            at.push(name.clone());
            collect(text, &entry.value, paths, at, cuts);
            at.pop();
        }
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// Returns where the line ends that a value ends in, its line break included.
fn line_end(text: &str, at: usize) -> usize {
    if text[..at].ends_with('\n') {
        return at;
    }
    text[at..]
        .find('\n')
        .map_or(text.len(), |length| at + length + 1)
}

/// Returns where the comments begin that stand directly above a line, in its column.
fn with_comments(text: &str, start: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = indent(text[start..].lines().next().unwrap_or_default());
    let mut first = start;
    while first > 0 {
        let above = line_start(text, first - 1);
        let line = &text[above..first];
        if !(line.trim_start().starts_with('#') && indent(line) == own) {
            break;
        }
        first = above;
    }
    first
}

/// Returns the end of the text before a position, comments between a key and its map left out.
fn comment_free(text: &str, at: usize) -> usize {
    let start = line_start(text, at);
    let line = &text[start..at];
    if start > 0 && line.trim_start().starts_with('#') {
        return comment_free(text, text[..start].trim_end().len());
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn omitted(text: &str, paths: &[&[&str]]) -> String {
        let paths: Vec<Vec<String>> = paths
            .iter()
            .map(|path| path.iter().map(|key| (*key).to_owned()).collect())
            .collect();
        omit(&Source::new("a.yaml", text), &paths).unwrap()
    }

    #[test]
    fn a_map_that_loses_all_is_empty() {
        assert_eq!(
            omitted("a:\n  b: 1\nc: 2\n", &[&["a", "b"]]),
            "a: {}\nc: 2\n"
        );
        assert_eq!(
            omitted("a:\n  # why\n  b: 1\n  d: 3\n", &[&["a", "b"], &["a", "d"]]),
            "a: {}\n"
        );
        assert_eq!(omitted("a: 1\n", &[&["a"]]), "{}\n");
    }

    #[test]
    fn texts_and_lists_go_whole() {
        let text = "a: |\n  one\n\n  two\nb:\n  - 1\n  - 2\n\n# c\nc: 3\n";
        assert_eq!(omitted(text, &[&["a"]]), "b:\n  - 1\n  - 2\n\n# c\nc: 3\n");
        assert_eq!(
            omitted(text, &[&["b"]]),
            "a: |\n  one\n\n  two\n\n# c\nc: 3\n"
        );
        assert_eq!(
            omitted(text, &[&["c"], &["x", "y"]]),
            "a: |\n  one\n\n  two\nb:\n  - 1\n  - 2\n\n"
        );
    }

    #[test]
    fn a_map_in_a_line_is_written_anew() {
        assert_eq!(omitted("a: {b: 1, c: 2}\n", &[&["a", "b"]]), "a:\n  c: 2\n");
    }
}
