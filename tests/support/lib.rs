//! What several tests need: the repository's folders, and expected files that one variable accepts anew.

pub mod mutants;
pub mod overrides;
pub mod shipped;
pub mod validator;

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// Returns whether new output is to be accepted: `HELMWRIGHT_BLESS=1`, which `cargo xtask bless` sets.
pub fn blessing() -> bool {
    std::env::var_os("HELMWRIGHT_BLESS").is_some_and(|value| value == "1")
}

/// Compares a text with an expected file, or writes the file when [`blessing`].
///
/// # Errors
///
/// Returns the difference, and how to accept it.
pub fn expect(file: &Path, actual: &str) -> Result<(), String> {
    let expected = fs::read_to_string(file).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    if blessing() {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        return fs::write(file, actual).map_err(|error| format!("{}: {error}", file.display()));
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), actual);
    Err(format!(
        "{} differs; `cargo xtask bless` accepts the new text\n{}",
        file.display(),
        diff.unified_diff()
            .context_radius(3)
            .header("expected", "actual")
    ))
}

/// Returns the files below a folder with one of the endings, sorted.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, ending, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}
