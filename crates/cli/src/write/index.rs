//! The record of what we wrote: `<out>/.helmwright.json`, one line a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::source::{Location, Source, Span};
use sha2::{Digest as _, Sha256};

use crate::load::file::decode;
use crate::paths::is_below;

/// The file that holds it.
pub(crate) const INDEX: &str = ".helmwright.json";

/// The index of a run that is under way, or that was interrupted.
pub(crate) const NEXT: &str = ".helmwright.json.next";

/// The hash of one file, SHA-256 in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digest(String);

impl Digest {
    /// Hashes a file's bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 64
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.to_owned()))
    }
}

/// Paths below the output folder with the hash of what we wrote there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    /// Sorted, so that the file is too, and a merge of two branches meets few conflicts.
    pub(crate) files: BTreeMap<String, Digest>,
}

impl Index {
    /// Returns the text of the index file.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::from("{");
        let mut separator = "\n";
        for (path, digest) in &self.files {
            let path = serde_json::Value::from(path.as_str());
            let _ = write!(text, "{separator}  {path}: \"{}\"", digest.0);
            separator = ",\n";
        }
        text.push_str("\n}\n");
        text
    }

    /// Reads the index file's bytes; `name` is how the file is called.
    pub(crate) fn parse(bytes: Vec<u8>, name: &str) -> Result<Self, Diagnostic> {
        if bytes.is_empty() {
            // What a power cut leaves of the first run's record.
            return Ok(Self::default());
        }
        let source = decode(bytes, name).map_err(|unread| broken(unread.diagnostic()))?;
        let entries: BTreeMap<String, String> =
            serde_json::from_str(source.text()).map_err(|error| {
                let conflict = source
                    .text()
                    .lines()
                    .any(|line| line.starts_with("<<<<<<<"));
                let why = if conflict {
                    "git left conflict markers in it".to_owned()
                } else {
                    error.to_string()
                };
                broken(
                    Diagnostic::error("", "")
                        .at(&line(&source, error.line()))
                        .why(why),
                )
            })?;
        let mut index = Self::default();
        for (path, digest) in entries {
            let Some(digest) = Digest::parse(&digest).filter(|_| is_below(&path)) else {
                let at = source.text().find(&path).unwrap_or_default();
                let place = Location::new(&source, Span::new(at, at + path.len()));
                return Err(broken(
                    Diagnostic::error("", "")
                        .at(&place)
                        .why("an entry is a path below this folder and a SHA-256 hash"),
                ));
            };
            index.files.insert(path, digest);
        }
        Ok(index)
    }
}

fn broken(found: Diagnostic) -> Diagnostic {
    let mut broken = Diagnostic::error("output/broken-index", "the record of generated files cannot be read").help(
        "delete it and run `helmwright generate`: files that are as planned are taken over, others are named",
    );
    broken.labels = found.labels;
    broken.why = found.why;
    broken
}

/// Returns the place of a line, counted from 1.
fn line(source: &Arc<Source>, number: usize) -> Location {
    let mut start = 0;
    for text in source
        .text()
        .split_inclusive('\n')
        .take(number.saturating_sub(1))
    {
        start += text.len();
    }
    let length = source.text()[start..].lines().next().map_or(0, str::len);
    Location::new(source, Span::new(start, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        let files =
            ["test/a", "dev/\"b\""].map(|path| (path.to_owned(), Digest::of(path.as_bytes())));
        Index {
            files: files.into(),
        }
    }

    #[test]
    fn comes_back_as_it_went_sorted_one_line_a_file() {
        let text = index().to_text();
        assert_eq!(
            Index::parse(text.clone().into_bytes(), INDEX).unwrap(),
            index()
        );
        assert_eq!(text.lines().count(), 4);
        assert!(
            text.lines()
                .nth(1)
                .unwrap()
                .starts_with("  \"dev/\\\"b\\\"\": \"")
        );
        assert_eq!(
            Index::parse(Index::default().to_text().into_bytes(), INDEX).unwrap(),
            Index::default()
        );
    }

    #[test]
    fn broken_ones_are_refused_with_their_line() {
        let hash = "0".repeat(64);
        let conflict =
            format!("{{\n<<<<<<< ours\n  \"a\": \"{hash}\"\n=======\n>>>>>>> theirs\n}}\n");
        let found = Index::parse(conflict.into_bytes(), INDEX).unwrap_err();
        assert_eq!(found.location().unwrap().start().line, 2);
        assert!(found.why.unwrap().contains("git"));
        for text in [
            format!("{{\"../a\": \"{hash}\"}}"),
            format!("{{\"/a\": \"{hash}\"}}"),
            "{\"a\": \"xyz\"}".to_owned(),
            "[]".to_owned(),
        ] {
            assert_eq!(
                Index::parse(text.into_bytes(), INDEX).unwrap_err().id,
                "output/broken-index"
            );
        }
        assert!(Index::parse(vec![0xff], INDEX).is_err());
        assert_eq!(Index::parse(Vec::new(), INDEX), Ok(Index::default()));
    }
}
