//! The record of what we wrote: `<out>/.helmwright.json`, one line a file.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::source::{Location, Source, Span};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::load::file::decode;
use crate::paths::is_below;
use crate::write::conflict;

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
            let path = Value::from(path.as_str());
            let _ = write!(text, "{separator}  {path}: \"{}\"", digest.0);
            separator = ",\n";
        }
        text.push_str("\n}\n");
        text
    }

    /// Reads the index file's bytes; `name` is how the file is called.
    pub(crate) fn parse(bytes: Vec<u8>, name: &str) -> Result<Self, Broken> {
        if bytes.is_empty() {
            // What a power cut leaves of the first run's record.
            return Ok(Self::default());
        }
        let source = decode(bytes, name).map_err(|unread| {
            let found = unread.diagnostic();
            Broken::new(found.location().cloned(), found.message)
        })?;
        let Some((line, sides)) = conflict::sides(source.text()) else {
            return Self::read(&source);
        };
        let sides: Result<Vec<Self>, Broken> = sides
            .into_iter()
            .map(|side| Self::read(&Source::new(name, side)))
            .collect();
        let at = Some(place_of_line(&source, line));
        let mut broken = Broken::new(at, "git left conflict markers in it");
        if let Ok(sides) = sides {
            broken.finding.help = Some(
                "run `helmwright generate`: it knows the files of either side, and writes the record anew".to_owned(),
            );
            broken.sides = sides;
        }
        Err(broken)
    }

    fn read(source: &Arc<Source>) -> Result<Self, Broken> {
        let entries: Entries = serde_json::from_str(source.text()).map_err(|error| {
            Broken::new(Some(place_of_line(source, error.line())), error.to_string())
        })?;
        let mut index = Self::default();
        for (path, digest) in entries.0 {
            let place = |last| place_of_key(source, &path, last);
            if path == "version" && !digest.is_string() {
                let mut broken = Broken::new(
                    place(false),
                    format!("its format is version {digest}, which this helmwright does not know"),
                );
                broken.finding.help = Some(
                    "use the helmwright that wrote it; `helmwright generate` with `--force` writes it anew".to_owned(),
                );
                return Err(broken);
            }
            let digest = digest.as_str().and_then(Digest::parse);
            let Some(digest) = digest.filter(|_| is_below(&path) && path != INDEX && path != NEXT)
            else {
                return Err(Broken::new(
                    place(false),
                    "an entry is a path below this folder and a SHA-256 hash",
                ));
            };
            if index.files.insert(path.clone(), digest).is_some() {
                return Err(Broken::new(place(true), "a file is recorded twice"));
            }
        }
        Ok(index)
    }
}

/// A record that cannot be read as it is.
#[derive(Debug, PartialEq)]
pub(crate) struct Broken {
    pub(crate) finding: Diagnostic,
    /// What each side of a merge recorded, if that is all that is wrong.
    pub(crate) sides: Vec<Index>,
}

impl Broken {
    fn new(place: Option<Location>, why: impl Into<String>) -> Self {
        let finding = Diagnostic::error(
            "output/broken-index",
            "the record of generated files cannot be read",
        )
        .why(why)
        .help("run `helmwright generate`: if every file is as planned, it writes the record anew; if not, bring the record back, or overwrite what differs with `--force`; `helmwright check` shows it");
        Self {
            finding: match place {
                Some(place) => finding.at(&place),
                None => finding,
            },
            sides: Vec::new(),
        }
    }
}

/// A JSON object as it stands, so that a key that stands twice is seen.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Entries;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of paths and hashes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

/// Returns the place of a key, the first or the last of that name.
fn place_of_key(source: &Arc<Source>, key: &str, last: bool) -> Option<Location> {
    let quoted = Value::from(key).to_string();
    let text = source.text();
    let at = if last {
        text.rfind(&quoted)
    } else {
        text.find(&quoted)
    };
    at.map(|at| Location::new(source, Span::new(at, at + quoted.len())))
}

/// Returns the place of a line, counted from 1.
fn place_of_line(source: &Arc<Source>, number: usize) -> Location {
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
        for (text, line, why) in [
            (
                format!("{{\n\"../a\": \"{hash}\"}}"),
                2,
                "below this folder",
            ),
            (format!("{{\"/a\": \"{hash}\"}}"), 1, "below this folder"),
            (
                format!("{{\".helmwright.json\": \"{hash}\"}}"),
                1,
                "below this folder",
            ),
            ("{\n\"a\": \"xyz\"}".to_owned(), 2, "SHA-256"),
            ("{\"a\": {}}".to_owned(), 1, "SHA-256"),
            (
                format!("{{\n\"a\": \"{hash}\",\n\"a\": \"{hash}\"}}"),
                3,
                "twice",
            ),
            (
                "{\"version\": 2, \"files\": {}}".to_owned(),
                1,
                "format is version 2,",
            ),
            ("[]".to_owned(), 1, "an object of paths"),
            ("\n{\"a\": ".to_owned(), 2, "EOF"),
        ] {
            let broken = Index::parse(text.clone().into_bytes(), INDEX).unwrap_err();
            let found = &broken.finding;
            assert_eq!(found.id, "output/broken-index");
            assert_eq!(found.location().unwrap().start().line, line, "{text}");
            assert!(found.why.as_ref().unwrap().contains(why), "{found:?}");
            assert!(found.help.is_some() && broken.sides.is_empty());
        }
        assert!(Index::parse(vec![0xff], INDEX).is_err());
        assert_eq!(Index::parse(Vec::new(), INDEX), Ok(Index::default()));
    }

    #[test]
    fn both_sides_of_a_merge_are_read() {
        let [zero, one] = ["0", "1"].map(|digit| digit.repeat(64));
        let conflict = format!(
            "{{\n<<<<<<< ours\n  \"a\": \"{zero}\",\n=======\n  \"a\": \"{one}\",\n>>>>>>> theirs\n  \"b\": \"{one}\"\n}}\n"
        );
        let broken = Index::parse(conflict.clone().into_bytes(), INDEX).unwrap_err();
        assert_eq!(broken.finding.location().unwrap().start().line, 2);
        assert!(broken.finding.why.unwrap().contains("git"));
        let recorded: Vec<&str> = broken
            .sides
            .iter()
            .map(|side| side.files["a"].0.as_str())
            .collect();
        assert_eq!(recorded, [&zero, &one]);
        assert!(broken.sides.iter().all(|side| side.files["b"].0 == one));
        let cut = conflict.replace("}\n", "\n");
        assert!(
            Index::parse(cut.into_bytes(), INDEX)
                .unwrap_err()
                .sides
                .is_empty()
        );
    }
}
