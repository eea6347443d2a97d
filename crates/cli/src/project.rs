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
    /// The project's folder as an absolute path.
    top: String,
    /// The working folder as an absolute path.
    here: PathBuf,
    /// Where the names of environment files begin, if not in the project's folder.
    outside: Option<PathBuf>,
    /// How names are shown.
    pub(crate) names: Names,
    /// The folder of environment files.
    pub(crate) envs: Place,
    /// The folder that is written.
    pub(crate) out: Place,
    /// The folder of further contracts.
    pub(crate) schemas: Option<Place>,
    /// The folder of charts.
    pub(crate) charts: Option<Place>,
    /// The folder of further components.
    pub(crate) catalog: Option<Place>,
    /// Where in the output folder a component's values go.
    pub(crate) layout: String,
    /// Whether only findings and products are wanted.
    pub(crate) quiet: bool,
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
        Names {
            below,
            outside: None,
        }
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
            top: home
                .here
                .ancestors()
                .nth(home.depth)
                .map(normal)
                .unwrap_or_default(),
            here: home.here.clone(),
            outside: None,
            names: home.names(),
            envs: Place::default(),
            out: Place::default(),
            schemas: None,
            charts: None,
            catalog: None,
            layout: config.layout.unwrap_or_else(|| DEFAULT_LAYOUT.to_owned()),
            quiet: global.quiet,
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
        let charts = pick(&None, config.charts);
        let catalog = pick(&global.catalog, config.catalog);
        project.envs = envs.unwrap_or_default();
        project.out = out.unwrap_or_default();
        project.schemas = schemas;
        project.charts = charts;
        project.catalog = catalog;
        project.name_outside();
        project
    }

    /// Gives environments outside of the project a name that is the same on every machine.
    ///
    /// Their names reach the generated files, which must not tell where they were made.
    fn name_outside(&mut self) {
        if !self.envs.name.starts_with('/') && self.envs.name.split('/').next() != Some("..") {
            return;
        }
        let path = PathBuf::from(normal(&self.here.join(&self.envs.path)));
        if let (Some(parent), Some(folder)) = (path.parent(), path.file_name()) {
            let alias = folder.to_string_lossy().into_owned();
            let name = std::mem::replace(&mut self.envs.name, alias.clone());
            self.names.outside = Some((alias, name));
            self.outside = Some(parent.to_owned());
        }
    }

    /// Returns the place of a path that was typed in the working folder.
    pub(crate) fn place(&self, path: &Path) -> Place {
        // A path into the project is called the same however it is typed.
        let whole = normal(&self.here.join(path));
        let name = match Path::new(&whole).strip_prefix(&self.top) {
            Ok(below) => normal(below),
            Err(_) if path.is_absolute() => whole,
            Err(_) => normal(&Path::new(&self.names.below).join(path)),
        };
        Place {
            path: path.to_owned(),
            name,
        }
    }

    /// Returns the folder of charts: the one that was named, else the project's.
    pub(crate) fn charts_in(&self, named: Option<&Path>) -> Option<Place> {
        named
            .map(|folder| self.place(folder))
            .or_else(|| self.charts.clone())
    }

    /// Returns the place of an environment file or layer by its name.
    pub(crate) fn layer(&self, name: &str) -> Place {
        match &self.outside {
            Some(folder) => Place {
                path: folder.join(name),
                name: name.to_owned(),
            },
            None => self.place_of(name),
        }
    }

    /// Returns the place of a name, which is relative to the project's folder.
    fn place_of(&self, name: &str) -> Place {
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
            catalog: None,
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

    #[test]
    fn a_path_has_one_name_however_it_is_typed() {
        let project = Project::with(&global(), &home("/p/a", 1), Config::default());
        for path in ["x/f.yaml", "./x/f.yaml", "../a/x/f.yaml", "/p/a/x/f.yaml"] {
            assert_eq!(project.place(Path::new(path)).name, "a/x/f.yaml");
        }
        assert_eq!(project.place(Path::new("/q/f.yaml")).name, "/q/f.yaml");
    }

    #[test]
    fn environments_elsewhere_have_names_that_do_not_tell_where() {
        for typed in ["/q/envs", "../q/envs", "../q/x/../envs/"] {
            let flags = Global {
                envs: Some(typed.into()),
                ..global()
            };
            let project = Project::with(&flags, &home("/p", 0), Config::default());
            assert_eq!(project.envs.name, "envs");
            assert_eq!(
                project.layer("other/base.yaml").path,
                Path::new("/q/other/base.yaml")
            );
            let shown = project.names.shown("envs/dev.yaml").into_owned();
            assert_eq!(normal(&Path::new("/p").join(shown)), "/q/envs/dev.yaml");
        }
    }
}
