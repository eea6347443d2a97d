//! An earlier state of the environments, from git.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use helmwright::diagnostic::Diagnostic;
use helmwright::environment::Layers;
use helmwright::source::Source;

use crate::process::{Ended, Limits, run};
use crate::project::{Place, Project};

/// The longest a question may take, and the largest answer.
const LIMITS: Limits = Limits {
    time: Duration::from_secs(60),
    bytes: 64 * 1024 * 1024,
};

/// The project's files as they were at a revision.
pub(crate) struct Revision<'p> {
    /// What the user calls it.
    pub(crate) name: String,
    project: &'p Project,
}

impl<'p> Revision<'p> {
    /// Finds a revision of the repository that the environments lie in.
    pub(crate) fn find(project: &'p Project, name: &str) -> Result<Self, Diagnostic> {
        let revision = Self {
            name: name.to_owned(),
            project,
        };
        // What begins with a hyphen would be an option of git's.
        let commit = format!("{name}^{{commit}}");
        revision
            .git(&["rev-parse", "--quiet", "--verify", "--end-of-options", &commit])
            .map_err(|why| {
                if why.contains("not a git repository") {
                    return Diagnostic::error(
                        "git/no-repository",
                        "the folder of environments lies in no git repository",
                    )
                    .why(why)
                    .help("put the project under git, or leave `--against` out");
                }
                Diagnostic::error("git/no-revision", format!("there is no revision `{name}`"))
                    .why(why)
                    .help("name a commit, a tag or a branch of the repository that the environments lie in")
            })?;
        Ok(revision)
    }

    /// Returns the environment files and layers directly in the folder of environments.
    pub(crate) fn environments(&self) -> Result<Vec<Arc<Source>>, Diagnostic> {
        let listed = self
            .git(&[
                "ls-tree",
                "-z",
                "--name-only",
                "--end-of-options",
                &self.name,
                "./",
            ])
            .map_err(|why| self.failed(why))?;
        let mut sources = Vec::new();
        for file in listed.split('\0') {
            let is_yaml = file.ends_with(".yaml") || file.ends_with(".yml");
            if !is_yaml || file.starts_with('.') || file.contains('/') {
                continue;
            }
            let place = self.project.envs.child(std::path::Path::new(file));
            if let Some(source) = self.file(&place)? {
                sources.push(source);
            }
        }
        sources.sort_by(|one, other| one.name().cmp(other.name()));
        Ok(sources)
    }

    /// Returns a file's text at the revision; none if there was no such file.
    fn file(&self, place: &Place) -> Result<Option<Arc<Source>>, Diagnostic> {
        let folder = &self.project.envs.path;
        let below = pathdiff(&place.path, folder);
        let object = format!("{}:./{below}", self.name);
        match self.git(&["show", "--end-of-options", &object]) {
            Ok(text) => Ok(Some(Source::new(
                format!("{} at {}", place.name, self.name),
                text,
            ))),
            Err(why) if why.contains("does not exist") || why.contains("exists on disk") => {
                Ok(None)
            }
            Err(why) => Err(self.failed(why)),
        }
    }

    fn git(&self, arguments: &[&str]) -> Result<String, String> {
        let folder = self.project.envs.path.to_string_lossy();
        let mut all = vec!["-C", &folder];
        all.extend(arguments);
        match run("git", &all, None, LIMITS) {
            Ended::Success(text) => Ok(text),
            other => {
                let said = other.said();
                let said = said.trim();
                Err(if said.is_empty() {
                    "git knows no such object".to_owned()
                } else {
                    said.to_owned()
                })
            }
        }
    }

    fn failed(&self, why: String) -> Diagnostic {
        Diagnostic::error(
            "git/unreadable",
            format!("the environments at `{}` cannot be read", self.name),
        )
        .why(why)
        .help("see that `git show` works in the folder of environments")
    }
}

/// Returns a path relative to a folder, both as seen from the working folder, `/` between parts.
fn pathdiff(path: &std::path::Path, folder: &std::path::Path) -> String {
    use std::path::Component;
    let parts = |path: &std::path::Path| -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir if parts.last().is_some_and(|last| last != "..") => {
                    parts.pop();
                }
                other => parts.push(other.as_os_str().to_string_lossy().into_owned()),
            }
        }
        parts
    };
    let (path, folder) = (parts(path), parts(folder));
    let common = path
        .iter()
        .zip(&folder)
        .take_while(|(one, other)| one == other)
        .count();
    let up = std::iter::repeat_n("..".to_owned(), folder.len() - common);
    up.chain(path[common..].iter().cloned())
        .collect::<Vec<_>>()
        .join("/")
}

/// Layers as they were at a revision; each is asked of git once.
pub(crate) struct LayersThen<'r, 'p> {
    revision: &'r Revision<'p>,
    suffix: String,
    known: std::sync::Mutex<BTreeMap<String, Option<Arc<Source>>>>,
}

impl<'r, 'p> LayersThen<'r, 'p> {
    pub(crate) fn new(revision: &'r Revision<'p>) -> Self {
        Self {
            suffix: format!(" at {}", revision.name),
            revision,
            known: std::sync::Mutex::default(),
        }
    }
}

impl Layers for LayersThen<'_, '_> {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        let name = name.strip_suffix(&self.suffix).unwrap_or(name);
        if let Ok(known) = self.known.lock()
            && let Some(source) = known.get(name)
        {
            return Ok(source.clone());
        }
        let source = self
            .revision
            .file(&self.revision.project.layer(name))
            .map_err(|found| vec![found])?;
        if let Ok(mut known) = self.known.lock() {
            known.insert(name.to_owned(), source.clone());
        }
        Ok(source)
    }
}

#[cfg(test)]
mod tests {
    use super::pathdiff;
    use std::path::Path;

    #[test]
    fn paths_are_seen_from_the_folder_of_environments() {
        for (path, folder, expected) in [
            ("envs/base.yaml", "envs", "base.yaml"),
            ("../p/envs/../base.yaml", "../p/envs", "../base.yaml"),
            ("./layers/x.yaml", "./envs", "../layers/x.yaml"),
        ] {
            assert_eq!(pathdiff(Path::new(path), Path::new(folder)), expected);
        }
    }
}
