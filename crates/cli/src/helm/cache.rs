//! What need not be done twice: charts that were fetched, and proofs that were made.
//!
//! It lies in the user's cache folder, not in the project: it holds nothing to commit, and projects share it. Each
//! entry is named by the hash of all that it follows from, so none grows old; the folder may be removed at any time.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Names the cache folder, where the user's own is not wanted.
pub(crate) const VARIABLE: &str = "HELMWRIGHT_CACHE";

/// The cache folder.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    pub(crate) folder: PathBuf,
}

impl Cache {
    /// Returns the user's cache folder, if the system says which it is.
    pub(crate) fn of_user() -> Option<Self> {
        folder(|name| std::env::var_os(name)).map(|folder| Self { folder })
    }

    /// Reads an entry.
    pub(crate) fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(name)).ok()
    }

    /// Writes an entry, whole or not at all. That it cannot be written costs time later, and nothing else.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        let aside = path.with_extension(format!("{}.part", std::process::id()));
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&aside, text))
            .and_then(|()| fs::rename(&aside, &path));
        if written.is_err() {
            let _ = fs::remove_file(&aside);
        }
    }
}

fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let variable = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = variable(VARIABLE) {
        return Some(folder);
    }
    let user = variable("XDG_CACHE_HOME")
        // The specification asks to ignore a relative one.
        .filter(|folder| folder.is_absolute())
        .or_else(|| {
            if cfg!(windows) {
                variable("LOCALAPPDATA")
            } else if cfg!(target_os = "macos") {
                variable("HOME").map(|home| home.join("Library/Caches"))
            } else {
                variable("HOME").map(|home| home.join(".cache"))
            }
        });
    user.map(|folder| folder.join("helmwright"))
}

/// Returns the hash of some parts; two lists of parts never give the same bytes to hash.
pub(crate) fn hash<B: AsRef<[u8]>>(parts: impl IntoIterator<Item = B>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Returns the hash of a file's bytes, as `sha256sum` prints it.
pub(crate) fn digest(path: &Path) -> Option<String> {
    Some(hex(&Sha256::digest(fs::read(path).ok()?)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_users() {
        let with = |pairs: &'static [(&str, &str)]| {
            folder(|name| {
                pairs
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| OsString::from(value))
            })
        };
        let is = |path: &str| Some(PathBuf::from(path));
        assert_eq!(
            with(&[("HELMWRIGHT_CACHE", "/c"), ("HOME", "/h")]),
            is("/c")
        );
        assert_eq!(
            with(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]),
            is("/x/helmwright")
        );
        assert_eq!(with(&[]), None);
        if cfg!(target_os = "linux") {
            let relative = with(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")]);
            assert_eq!(relative, is("/h/.cache/helmwright"));
        }
    }

    #[test]
    fn entries_come_back_and_parts_do_not_run_together() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache {
            folder: folder.path().join("a"),
        };
        assert_eq!(cache.read("b/c.json"), None);
        cache.write("b/c.json", "text");
        assert_eq!(cache.read("b/c.json").as_deref(), Some("text"));
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
        assert_eq!(hash(["a"]).len(), 64);
    }
}
