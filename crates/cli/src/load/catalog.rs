//! The folder of further components, read with bounds: how deep, how many files, and none that a link leads out of it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::source::Source;

use super::file::{self, whole};
use super::list;
use crate::outcome::Failure;
use crate::paths::normal;
use crate::project::Place;

/// The most files that are read. A component of ours has at most twenty.
const MOST_FILES: usize = 2_000;
/// The most entries that are looked at, those included that are no part of a component.
const MOST_ENTRIES: usize = 20_000;
/// `<id>/<variant>/objects/<name>.yaml.j2` and `<id>/schemas/<chart>/<version>.schema.json`.
const DEEPEST: usize = 4;

const HELP: &str =
    "it holds `<component>/component.yaml` and what belongs to it; see docs/extending.md";

/// What was found in the folder.
#[derive(Default)]
pub(super) struct Files {
    /// Each file under its path from the folder on.
    pub(super) files: Vec<(String, Arc<Source>)>,
    /// What is wrong with the others.
    pub(super) diagnostics: Vec<Diagnostic>,
    entries: usize,
}

/// Reads every file of the folder that may belong to a component.
pub(super) fn read(folder: &Place) -> Result<Files, Failure> {
    let mut found = Files::default();
    // The folder itself may be reached through a link; what lies in it may not lead out of it.
    let top = fs::canonicalize(&folder.path).unwrap_or_else(|_| folder.path.clone());
    let names = list(folder, "input/no-folder", HELP)?;
    found.folder(folder, Path::new(""), names, &top);
    let is_manifest = |(path, _): &(String, _)| {
        path.split_once('/')
            .is_some_and(|(_, rest)| rest == "component.yaml")
    };
    if found.diagnostics.is_empty() && !found.files.iter().any(is_manifest) {
        found.diagnostics.push(
            Diagnostic::error("catalog/empty", "the folder holds no component")
                .at(&whole(&folder.name))
                .why("a component is a folder with a `component.yaml`")
                .help(HELP),
        );
    }
    Ok(found)
}

impl Files {
    fn folder(&mut self, top: &Place, below: &Path, names: Vec<OsString>, real: &Path) {
        for name in names {
            self.entries += 1;
            if self.files.len() >= MOST_FILES || self.entries >= MOST_ENTRIES {
                self.too_many(top);
                return;
            }
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let path = below.join(&name);
            let place = top.child(&path);
            let Ok(kind) = fs::metadata(&place.path) else {
                // A link that leads nowhere says so where a component needs the file.
                self.broken(&place);
                continue;
            };
            let depth = path.components().count();
            if kind.is_dir() {
                if depth < DEEPEST
                    && self.stays(&place, real)
                    && let Ok(names) = list(&place, "input/no-folder", HELP)
                {
                    self.folder(top, &path, names, real);
                }
            } else if depth > 1 && is_part(&path) && self.stays(&place, real) {
                match file::read(&place.path, &place.name) {
                    Ok(source) => self.files.push((normal(&path), source)),
                    Err(unread) => self.diagnostics.push(unread.diagnostic()),
                }
            }
        }
    }

    /// Returns whether a file or folder lies in the catalogue's folder, links followed.
    fn stays(&mut self, place: &Place, real: &Path) -> bool {
        let lies = fs::canonicalize(&place.path).unwrap_or_else(|_| PathBuf::new());
        if lies.starts_with(real) {
            return true;
        }
        self.diagnostics.push(
            Diagnostic::error(
                "catalog/link-outside",
                "this leads out of the catalogue's folder",
            )
            .at(&whole(&place.name))
            .why("the same catalogue would be another one on another machine")
            .help("copy what it leads to in its place"),
        );
        false
    }

    fn broken(&mut self, place: &Place) {
        if is_part(Path::new(&place.name)) {
            self.diagnostics.push(
                Diagnostic::error("input/missing-file", "this leads to no file")
                    .at(&whole(&place.name))
                    .why("it is a link to something that is not there")
                    .help("copy what it was to lead to in its place, or remove it"),
            );
        }
    }

    fn too_many(&mut self, top: &Place) {
        if self
            .diagnostics
            .iter()
            .any(|found| found.id == "catalog/too-many-files")
        {
            return;
        }
        self.diagnostics.push(
            Diagnostic::error(
                "catalog/too-many-files",
                format!("the folder holds more than {MOST_FILES} files of components, or {MOST_ENTRIES} files"),
            )
            .at(&whole(&top.name))
            .why("a component has a few files; this is another folder than was meant")
            .help(HELP),
        );
    }
}

/// Returns whether a file's name is one of a component's.
fn is_part(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name == "component.yaml" || name.ends_with(".schema.json") || name.ends_with(".j2")
}
