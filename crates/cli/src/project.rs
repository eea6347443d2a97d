//! Where a run reads and writes: the project file, the defaults and the flags, in one.

use std::path::{Path, PathBuf};

use helmwright::diagnostic::Diagnostic;
use helmwright::pipeline::DEFAULT_LAYOUT;

use crate::args::Global;
use crate::config::{self, Config};
use crate::outcome::Failure;
use crate::paths::{Names, join, normal};

/// A file or folder: how it is opened and how it is called.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// What to open, from the working folder.
    pub(crate) path: PathBuf,
    /// Its name in findings and in output: relative to the project's folder, `/` between parts.
    pub(crate) name: String,
}

/// The settings of one run.
#[derive(Debug)]
pub(crate) struct Project {
    /// The project's folder, as seen from the working folder.
    root: PathBuf,
    /// How names are shown.
    pub(crate) names: Names,
    /// The folder of environment files.
    pub(crate) envs: Place,
    /// The folder that is written.
    pub(crate) out: Place,
    /// The folder of further contracts.
    pub(crate) schemas: Option<Place>,
    /// Where in the output folder a component's values go.
    pub(crate) layout: String,
    /// What was found about the project file.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The project's folder: where its file lies, or else the working folder.
#[derive(Debug)]
pub(crate) struct Home {
    /// The working folder.
    here: PathBuf,
    /// How many folders above it the project file lies.
    depth: usize,
    /// The project file, if there is one.
    file: Option<PathBuf>,
}

impl Home {
    /// Goes to the working folder of `-C` and finds the project file there or above.
    pub(crate) fn find(global: &Global) -> Result<Self, Failure> {
        if let Some(directory) = &global.directory {
            std::env::set_current_dir(directory).map_err(|error| {
                Diagnostic::error(
                    "project/no-folder",
                    format!("cannot go to the folder `{}`", directory.display()),
                )
                .why(error.to_string())
                .help("name an existing folder after `-C`")
            })?;
        }
        let here = std::env::current_dir().map_err(|error| {
            Diagnostic::error("project/no-folder", "the working folder cannot be found")
                .why(error.to_string())
                .help("go to a folder that exists, or name one with `-C`")
        })?;
        for depth in 0..here.ancestors().count() {
            let file = up(depth).join(config::FILE);
            if std::fs::symlink_metadata(&file).is_ok() {
                return Ok(Self {
                    here,
                    depth,
                    file: Some(file),
                });
            }
        }
        Ok(Self {
            here,
            depth: 0,
            file: None,
        })
    }

    /// Returns how the project's names are shown in the working folder.
    pub(crate) fn names(&self) -> Names {
        let below = self
            .here
            .ancestors()
            .nth(self.depth)
            .and_then(|top| self.here.strip_prefix(top).ok())
            .filter(|_| self.depth > 0)
            .map(normal)
            .unwrap_or_default();
        Names { below }
    }
}

/// Returns the path that leads some folders up.
fn up(depth: usize) -> PathBuf {
    std::iter::repeat_n("..", depth).collect()
}

impl Project {
    /// Reads the project file and lets the flags win over it.
    pub(crate) fn open(global: &Global, home: &Home) -> Result<Self, Failure> {
        let config = match &home.file {
            Some(file) => config::read(file)?,
            None => Config::default(),
        };
        Ok(Self::with(global, home, config))
    }

    fn with(global: &Global, home: &Home, config: Config) -> Self {
        let mut project = Self {
            root: up(home.depth),
            names: home.names(),
            envs: Place::default(),
            out: Place::default(),
            schemas: None,
            layout: config.layout.unwrap_or_else(|| DEFAULT_LAYOUT.to_owned()),
            diagnostics: config.diagnostics,
        };
        let pick = |flag: &Option<PathBuf>, setting: Option<String>| match (flag, setting) {
            (Some(path), _) => Some(project.place(path)),
            (None, Some(setting)) => Some(project.place_of(&normal(Path::new(&setting)))),
            (None, None) => None,
        };
        let envs = pick(
            &global.envs,
            Some(config.envs.unwrap_or_else(|| "envs".to_owned())),
        );
        let out = pick(
            &global.out,
            Some(config.out.unwrap_or_else(|| "gitops".to_owned())),
        );
        let schemas = pick(&global.schemas, config.schemas);
        project.envs = envs.unwrap_or_default();
        project.out = out.unwrap_or_default();
        project.schemas = schemas;
        project
    }

    /// Returns the place of a path that was typed in the working folder.
    pub(crate) fn place(&self, path: &Path) -> Place {
        let name = if path.is_absolute() {
            // A path into the project is called the same however it is typed, so that it gives the same bytes.
            std::path::absolute(&self.root)
                .ok()
                .map(|root| PathBuf::from(normal(&root)))
                .and_then(|root| Path::new(&normal(path)).strip_prefix(root).map(normal).ok())
                .unwrap_or_else(|| normal(path))
        } else {
            normal(&Path::new(&self.names.below).join(path))
        };
        Place {
            path: path.to_owned(),
            name,
        }
    }

    /// Returns the place of a name, which is relative to the project's folder.
    pub(crate) fn place_of(&self, name: &str) -> Place {
        Place {
            path: self.root.join(name),
            name: name.to_owned(),
        }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self {
            path: PathBuf::from("."),
            name: ".".to_owned(),
        }
    }
}

impl Place {
    /// Returns the place of a file in this folder.
    pub(crate) fn child(&self, file: &Path) -> Self {
        Self {
            path: self.path.join(file),
            name: join(&self.name, &normal(file)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(here: &str, depth: usize) -> Home {
        Home {
            here: here.into(),
            depth,
            file: None,
        }
    }

    fn global() -> Global {
        Global {
            directory: None,
            envs: None,
            out: None,
            schemas: None,
            format: Default::default(),
            message_format: Default::default(),
            color: Default::default(),
            quiet: false,
        }
    }

    #[test]
    fn defaults_lie_in_the_working_folder() {
        let project = Project::with(&global(), &home("/p", 0), Config::default());
        assert_eq!(
            (project.envs.name.as_str(), project.envs.path.as_path()),
            ("envs", Path::new("envs"))
        );
        assert_eq!(project.out.name, "gitops");
        assert_eq!(project.layout, DEFAULT_LAYOUT);
    }

    #[test]
    fn settings_are_relative_to_their_file_and_flags_to_the_working_folder() {
        let config = Config {
            envs: Some("./e".into()),
            schemas: Some("../s".into()),
            ..Config::default()
        };
        let flags = Global {
            out: Some("o".into()),
            ..global()
        };
        let project = Project::with(&flags, &home("/p/a/b", 2), config);
        assert_eq!(
            (project.envs.name.as_str(), project.envs.path.as_path()),
            ("e", Path::new("../../e"))
        );
        assert_eq!(
            (project.out.name.as_str(), project.out.path.as_path()),
            ("a/b/o", Path::new("o"))
        );
        assert_eq!(project.names.shown(&project.out.name), "o");
        assert_eq!(project.schemas.unwrap().name, "../s");
    }
}
