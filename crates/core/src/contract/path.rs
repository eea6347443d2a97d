//! Places in a values tree, written as people write them.

use std::fmt::Write as _;

/// One step down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// Into a key of a map.
    Key(&'a str),
    /// Into an element of a list.
    Index(usize),
}

/// Writes a path as `a.b[0]."c.d"`.
pub(crate) fn show(steps: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                let plain = !key.is_empty()
                    && !key.contains(|letter: char| {
                        letter == '.' || letter == '"' || letter.is_whitespace()
                    });
                if plain {
                    text.push_str(key);
                } else {
                    let _ = write!(text, "{key:?}");
                }
            }
            Step::Index(at) => {
                let _ = write!(text, "[{at}]");
            }
        }
    }
    text
}

/// Writes a path of keys only.
pub(super) fn show_keys(keys: &[&str]) -> String {
    show(&keys.iter().copied().map(Step::Key).collect::<Vec<_>>())
}

/// Splits a path as people write it, `a."b.c".d`, into its keys.
pub(crate) fn split(path: &str) -> Vec<String> {
    let mut keys = vec![String::new()];
    let mut quoted = false;
    for letter in path.chars() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => keys.push(String::new()),
            _ => {
                if let Some(key) = keys.last_mut() {
                    key.push(letter);
                }
            }
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_written() {
        let keys = ["a", "config.expand-env", "b"];
        assert_eq!(split(&show_keys(&keys)), keys);
    }
}
