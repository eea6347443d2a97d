//! Reading what the core needs: environment files, their layers, contracts, charts.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::source::Source;

use crate::load::file::{Unread, whole};
use crate::outcome::Failure;
use crate::project::{Place, Project};
use helmwright::catalog::Catalog;
use helmwright::environment::Layers;

pub(crate) mod archive;
mod catalog;
pub(crate) mod chart;
pub(crate) mod file;
pub(crate) mod stream;

/// The environment files of a project.
pub(crate) struct Environments {
    /// Those that could be read, sorted by name.
    pub(crate) files: Vec<Arc<Source>>,
    /// What is wrong with the others.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads every `*.yaml` and `*.yml` directly in the folder of environments.
pub(crate) fn environments(folder: &Place) -> Result<Environments, Failure> {
    let mut found = Environments {
        files: Vec::new(),
        diagnostics: Vec::new(),
    };
    let mut failed = Vec::new();
    let names: Vec<OsString> = list(
        folder,
        "input/no-folder",
        "put environment files there, or name their folder with `--envs DIR`",
    )?
    .into_iter()
    .filter(|name| is_yaml(Path::new(name)))
    .collect();
    if names.is_empty() {
        return Err(no_environments(folder).into());
    }
    for name in names {
        let place = folder.child(Path::new(&name));
        match file::read(&place.path, &place.name) {
            Ok(source) => found.files.push(source),
            Err(Unread::Unfit(diagnostic)) => found.diagnostics.push(diagnostic),
            Err(unread) => failed.push(unread.diagnostic()),
        }
    }
    if failed.is_empty() {
        Ok(found)
    } else {
        Err(Failure::new(failed).after(found.diagnostics))
    }
}

/// Says that a folder holds no environment.
pub(crate) fn no_environments(folder: &Place) -> Diagnostic {
    Diagnostic::error("input/no-environments", "the folder holds no environment")
        .at(&whole(&folder.name))
        .why("an environment is a `.yaml` or `.yml` file directly in this folder that says `environment: NAME`")
        .help("put one there, or name another folder with `--envs DIR`")
}

/// Returns whether a file name is one of an environment. Hidden files are an editor's, not the user's.
fn is_yaml(name: &Path) -> bool {
    name.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
        && !name.to_string_lossy().starts_with('.')
}

/// Lists a folder, sorted.
fn list(folder: &Place, id: &'static str, help: &'static str) -> Result<Vec<OsString>, Diagnostic> {
    let failed = |error: std::io::Error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such folder",
            std::io::ErrorKind::NotADirectory => "this is a file, where a folder is meant",
            _ => "the folder cannot be read",
        };
        Diagnostic::error(id, message)
            .at(&whole(&folder.name))
            .why(error.to_string())
            .help(help)
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder.path).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name());
    }
    names.sort();
    Ok(names)
}

impl Layers for Project {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        let place = self.layer(name);
        match file::read(&place.path, &place.name) {
            Ok(source) => Ok(Some(source)),
            Err(Unread::Missing(_)) => Ok(None),
            Err(unread) => Err(vec![unread.diagnostic()]),
        }
    }
}

/// The bundled catalogue, or one with the contracts of `--schemas` added.
pub(crate) enum Held {
    /// What the library brings along.
    Bundled(&'static Catalog),
    /// With contracts of the user's.
    Extended(Box<Catalog>, BTreeSet<String>),
}

impl std::ops::Deref for Held {
    type Target = Catalog;

    fn deref(&self) -> &Catalog {
        match self {
            Self::Bundled(catalog) => catalog,
            Self::Extended(catalog, _) => catalog,
        }
    }
}

impl Held {
    /// Says what an error of the core means: a contract or a component of the user's that cannot be used, or else a
    /// fault of ours.
    pub(crate) fn failure(&self, error: &helmwright::Error) -> Failure {
        if let helmwright::Error::Outside(found) = error {
            return Failure::new(found.clone());
        }
        if let (Self::Extended(_, own), helmwright::Error::Schema { name, detail }) = (self, error)
            && let Some(file) = name
                .strip_prefix("schemas/charts/")
                .filter(|file| own.contains(*file))
        {
            return unreadable(file, detail).into();
        }
        Failure::fault(error)
    }
}

/// Says that a contract cannot be read.
pub(crate) fn unreadable(contract: &str, why: &str) -> Diagnostic {
    Diagnostic::error("contract/unreadable", format!("the contract `{contract}` cannot be read"))
        .why(why)
        .help("build it anew with `helmwright contract build`, or run `helmwright generate` if it lies in the output folder")
}

/// Returns the bundled catalogue with the contracts of `--schemas` and the components of `--catalog` added.
pub(crate) fn catalog(project: &Project) -> Result<Held, Failure> {
    if project.schemas.is_none() && project.catalog.is_none() {
        return Ok(Held::Bundled(Catalog::bundled()));
    }
    let texts = match &project.schemas {
        Some(folder) => contracts(folder)?,
        None => BTreeMap::new(),
    };
    let own = texts.keys().cloned().collect();
    let fault = |error: helmwright::Error| Failure::fault(&error);
    let mut catalog = Catalog::bundled_with(texts).map_err(fault)?;
    if let Some(folder) = &project.catalog {
        let read = catalog::read(folder)?;
        catalog = catalog.with_components(read.files).map_err(fault)?;
        catalog.add_findings(read.diagnostics);
    }
    Ok(Held::Extended(Box::new(catalog), own))
}

/// Reads the contracts of `--schemas`.
fn contracts(folder: &Place) -> Result<BTreeMap<String, String>, Failure> {
    const HELP: &str =
        "it holds `<chart>/<version>.schema.json`, as `helmwright contract build` writes them";
    let mut texts = BTreeMap::new();
    let mut failed = Vec::new();
    for chart in list(folder, "input/no-folder", HELP)? {
        let charts = folder.child(Path::new(&chart));
        if !fs::metadata(&charts.path).is_ok_and(|metadata| metadata.is_dir()) {
            continue;
        }
        for file in list(&charts, "input/no-folder", HELP)? {
            let place = charts.child(Path::new(&file));
            if !place.name.ends_with(".schema.json") {
                continue;
            }
            match file::read(&place.path, &place.name) {
                Ok(source) => {
                    let key = PathBuf::from(&chart).join(&file);
                    texts.insert(crate::paths::normal(&key), source.text().to_owned());
                }
                Err(unread) => failed.push(unread.diagnostic()),
            }
        }
    }
    if failed.is_empty() {
        Ok(texts)
    } else {
        Err(Failure::new(failed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let place = Place {
            path: folder.path().to_owned(),
            name: "envs".into(),
        };
        (folder, place)
    }

    #[test]
    fn reads_the_yaml_files_of_one_folder_in_order() {
        let (_folder, place) = folder_with(&[
            ("prod.yaml", "p"),
            ("dev.yml", "d"),
            ("notes.txt", "n"),
            (".hidden.yaml", "h"),
            ("below/x.yaml", "x"),
        ]);
        let found = environments(&place).ok().unwrap();
        let names: Vec<&str> = found.files.iter().map(|source| source.name()).collect();
        assert_eq!(names, ["envs/dev.yml", "envs/prod.yaml"]);
    }

    #[test]
    fn unfit_files_are_all_named() {
        let (folder, place) = folder_with(&[("a.yaml", "a"), ("c.yaml/x", "")]);
        fs::write(folder.path().join("b.yaml"), b"\xff").unwrap();
        let found = environments(&place).ok().unwrap();
        let ids: Vec<&str> = found
            .diagnostics
            .iter()
            .map(|found| found.id.as_ref())
            .collect();
        assert_eq!(ids, ["input/not-utf-8", "input/not-a-file"]);
        assert_eq!(found.files.len(), 1);
    }

    #[test]
    fn a_missing_or_empty_folder_stops() {
        let (folder, place) = folder_with(&[("notes.txt", "n")]);
        assert!(environments(&place).is_err());
        assert!(environments(&place.child(Path::new("no"))).is_err());
        assert!(environments(&place.child(Path::new("notes.txt"))).is_err());
        drop(folder);
    }

    #[test]
    fn further_contracts_join_the_bundled_ones() {
        let (_folder, place) = folder_with(&[
            ("loki/99.0.0.schema.json", "{}"),
            ("loki/readme.md", ""),
            ("x.json", ""),
        ]);
        let texts = contracts(&place).ok().unwrap();
        assert_eq!(
            texts.keys().collect::<Vec<_>>(),
            ["loki/99.0.0.schema.json"]
        );
    }
}
