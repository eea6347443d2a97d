//! The tree as it is against the tree as planned.

use std::collections::BTreeSet;

use helmwright::diagnostic::Diagnostic;

use crate::outcome::Failure;
use crate::parallel::Parallel;
use crate::paths::is_below;
use crate::write::index::{Digest, INDEX, Index, NEXT};
use crate::write::target::Target;
use helmwright::pipeline::{Executor, Sequential};
use helmwright::{Plan, PlannedFile};

/// What part of the tree a run is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// The layout of the tree.
    pub(crate) layout: String,
    /// The environments named on the command line; none means all.
    pub(crate) select: Vec<String>,
    /// Every environment there is.
    pub(crate) environments: Vec<String>,
    /// Whether the texts of outdated files are wanted, to show what changes.
    pub(crate) compare: bool,
}

/// How a planned file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no such file yet.
    Missing,
    /// It is there, byte for byte.
    Same,
    /// We wrote it, and the plan has changed since.
    Outdated,
    /// We wrote it, and somebody has changed it since.
    Edited,
    /// It was there before us.
    Foreign,
}

/// One planned file and what is there now.
#[derive(Debug)]
pub(crate) struct Surveyed<'p> {
    pub(crate) file: &'p PlannedFile,
    pub(crate) state: State,
    /// What is there now; kept only where it differs, and for outdated files only if wanted.
    pub(crate) bytes: Vec<u8>,
    /// The hash of the planned text.
    pub(crate) digest: Digest,
}

/// A file that we wrote once and that is no longer planned.
#[derive(Debug)]
pub(crate) struct Stale {
    pub(crate) path: String,
    /// The environment it was for, as its path says.
    pub(crate) environment: Option<String>,
    /// Whether somebody has changed it since.
    pub(crate) edited: bool,
}

/// Everything that a run needs to know of the tree before it changes anything.
#[derive(Debug)]
pub(crate) struct Survey<'p> {
    pub(crate) files: Vec<Surveyed<'p>>,
    pub(crate) stale: Vec<Stale>,
    /// Files of a record that are neither planned nor there: an interrupted run may have left their folders.
    pub(crate) gone: Vec<String>,
    /// Whether a run was interrupted before.
    pub(crate) interrupted: bool,
    /// What the record says now, with what an interrupted run had finished.
    pub(crate) index: Index,
    /// What the record will say.
    pub(crate) next: Index,
    /// Whether the record on disk says that already.
    pub(crate) index_is_current: bool,
    /// Records that cannot be read.
    pub(crate) broken_index: Vec<BrokenIndex>,
}

/// A record that cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct BrokenIndex {
    pub(crate) finding: Diagnostic,
    /// Whether it is a merge whose sides can be read, so that it is known what is ours.
    pub(crate) is_conflict: bool,
}

impl<'p> Survey<'p> {
    /// Looks at every planned file and at every file of the record; changes nothing.
    pub(crate) fn take(target: &Target, plan: &'p Plan, scope: &Scope) -> Result<Self, Failure> {
        // Names in a plan come from environments and catalogues; none of them may lead elsewhere.
        if let Some(file) = plan.files.iter().find(|file| !is_below(&file.path)) {
            let wrong = format!("the plan leads out of the output folder: `{}`", file.path);
            return Err(Failure::fault(&std::io::Error::other(wrong)));
        }
        if !target.exists()? {
            return Ok(Self::of_nothing(plan));
        }
        let mut broken_index = Vec::new();
        let mut read = |file: &str| -> Result<Option<Vec<Index>>, Failure> {
            let Some(bytes) = target.read(file)? else {
                return Ok(None);
            };
            match Index::parse(bytes, &target.name(file)) {
                Ok(index) => Ok(Some(vec![index])),
                Err(broken) => {
                    broken_index.push(BrokenIndex {
                        is_conflict: !broken.sides.is_empty(),
                        finding: broken.finding,
                    });
                    Ok(Some(broken.sides))
                }
            }
        };
        let (recorded, pending) = (read(INDEX)?, read(NEXT)?);
        let interrupted = pending.is_some() || target.is_staged(NEXT) || target.is_staged(INDEX);
        let (recorded, pending) = (recorded.unwrap_or_default(), pending.unwrap_or_default());
        let on_disk = match recorded.as_slice() {
            [index] => Some(index.clone()),
            _ => None,
        };
        let mut index = Index::default();
        for (path, digest) in recorded.iter().flat_map(|side| &side.files) {
            let entry = index.files.entry(path.clone());
            entry.or_insert_with(|| digest.clone());
        }
        let index = fold(target, index, recorded.iter().skip(1).chain(&pending))?;
        let files = survey_files(target, plan, &index, scope.compare)?;
        let planned: BTreeSet<&str> = plan.files.iter().map(|file| file.path.as_str()).collect();
        let mut next = Index {
            files: files
                .iter()
                .map(|found| (found.file.path.clone(), found.digest.clone()))
                .collect(),
        };
        let mut stale = Vec::new();
        let mut gone = Vec::new();
        let mut blocked = Vec::new();
        for (path, digest) in index
            .files
            .iter()
            .filter(|(path, _)| !planned.contains(path.as_str()))
        {
            let environment = scope.environment_of(path);
            if !scope.covers(environment.as_deref()) {
                next.files.insert(path.clone(), digest.clone());
                continue;
            }
            match target.read(path) {
                Ok(None) => gone.push(path.clone()),
                Ok(Some(bytes)) => {
                    let edited = !bytes.is_empty() && Digest::of(&bytes) != *digest;
                    if edited {
                        next.files.insert(path.clone(), digest.clone());
                    }
                    stale.push(Stale {
                        path: path.clone(),
                        environment,
                        edited,
                    });
                }
                Err(found) => blocked.push(found),
            }
        }
        if !blocked.is_empty() {
            return Err(Failure::new(blocked));
        }
        // What an interrupted run meant to write and this one does not: its folder may be there, and a part of it.
        gone.extend(
            pending
                .iter()
                .flat_map(|pending| pending.files.keys())
                .filter(|path| !planned.contains(path.as_str()) && !index.files.contains_key(*path))
                .cloned(),
        );
        Ok(Self {
            files,
            stale,
            gone,
            interrupted,
            index_is_current: on_disk.as_ref() == Some(&next),
            index,
            next,
            broken_index,
        })
    }

    fn of_nothing(plan: &'p Plan) -> Self {
        let files: Vec<_> = survey_with(plan, |file| {
            let digest = Digest::of(file.text.as_bytes());
            Ok(Surveyed {
                file,
                state: State::Missing,
                bytes: Vec::new(),
                digest,
            })
        })
        .into_iter()
        .flatten()
        .collect();
        let next = Index {
            files: files
                .iter()
                .map(|found| (found.file.path.clone(), found.digest.clone()))
                .collect(),
        };
        Self {
            files,
            stale: Vec::new(),
            gone: Vec::new(),
            interrupted: false,
            index_is_current: next.files.is_empty(),
            index: Index::default(),
            next,
            broken_index: Vec::new(),
        }
    }

    /// Returns the planned files that are not there as planned.
    pub(crate) fn changes(&self) -> impl Iterator<Item = &Surveyed<'p>> {
        self.files.iter().filter(|found| found.state != State::Same)
    }

    /// Says whether it is not known which files are ours.
    pub(crate) fn is_blind(&self) -> bool {
        self.broken_index.iter().any(|broken| !broken.is_conflict)
    }

    /// Says whether the tree, its record included, is as planned.
    pub(crate) fn is_clean(&self) -> bool {
        self.changes().next().is_none()
            && self.stale.iter().all(|stale| stale.edited)
            && self.index_is_current
            && !self.interrupted
    }
}

/// Adds to the record what an interrupted run had finished, or what the other side of a merge had written.
///
/// Such a run left each file old or new. A file with the hash that a run was to give it is ours.
fn fold<'i>(
    target: &Target,
    mut index: Index,
    others: impl IntoIterator<Item = &'i Index>,
) -> Result<Index, Failure> {
    for (path, digest) in others.into_iter().flat_map(|other| &other.files) {
        if index.files.get(path) != Some(digest)
            && target
                .read(path)?
                .is_some_and(|bytes| Digest::of(&bytes) == *digest)
        {
            index.files.insert(path.clone(), digest.clone());
        }
    }
    Ok(index)
}

fn survey_files<'p>(
    target: &Target,
    plan: &'p Plan,
    index: &Index,
    compare: bool,
) -> Result<Vec<Surveyed<'p>>, Failure> {
    let outcomes = survey_with(plan, |file| {
        let digest = Digest::of(file.text.as_bytes());
        let (state, bytes) = match target.read(&file.path)? {
            None => (State::Missing, Vec::new()),
            Some(bytes) if bytes == file.text.as_bytes() => (State::Same, Vec::new()),
            Some(bytes) => {
                let state = match index.files.get(&file.path) {
                    None => State::Foreign,
                    // Nobody's work is lost with an empty file, and a power cut leaves such.
                    Some(_) if bytes.is_empty() => State::Outdated,
                    Some(recorded) if *recorded == Digest::of(&bytes) => State::Outdated,
                    Some(_) => State::Edited,
                };
                // A thousand environments' old texts are a lot to hold for nothing.
                let wanted = compare || state != State::Outdated;
                (state, if wanted { bytes } else { Vec::new() })
            }
        };
        Ok(Surveyed {
            file,
            state,
            bytes,
            digest,
        })
    });
    let mut files = Vec::with_capacity(outcomes.len());
    let mut blocked: Vec<Diagnostic> = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(found) => files.push(found),
            Err(found) => blocked.push(found),
        }
    }
    if blocked.is_empty() {
        Ok(files)
    } else {
        Err(Failure::new(blocked))
    }
}

fn survey_with<'p>(
    plan: &'p Plan,
    look: impl Fn(&'p PlannedFile) -> Result<Surveyed<'p>, Diagnostic> + Sync + Send,
) -> Vec<Result<Surveyed<'p>, Diagnostic>> {
    /// Below this many bytes to hash, starting threads costs more than they save.
    const WORTH_THREADS: usize = 4 * 1024 * 1024;
    let files: Vec<&'p PlannedFile> = plan.files.iter().collect();
    if files.iter().map(|file| file.text.len()).sum::<usize>() < WORTH_THREADS {
        Sequential.map(&files, |file| look(file))
    } else {
        Parallel.map(&files, |file| look(file))
    }
}

impl Scope {
    /// Says whether a file of this environment, or of none, may be removed by this run.
    fn covers(&self, environment: Option<&str>) -> bool {
        self.select.is_empty()
            || environment.is_some_and(|name| self.select.iter().any(|selected| selected == name))
    }

    /// Returns the environment that a path of the record was for.
    ///
    /// Of several that fit the layout, the longest name is meant: `prod-eu`, not `eu`.
    fn environment_of(&self, path: &str) -> Option<String> {
        self.environments
            .iter()
            .chain(&self.select)
            .filter(|name| {
                let pattern = self.layout.replacen("{env}", name, 1);
                pattern
                    .split_once("{component}")
                    .is_some_and(|(before, after)| {
                        path.strip_prefix(before)
                            .and_then(|rest| rest.strip_suffix(after))
                            .is_some_and(|component| {
                                !component.is_empty() && !component.contains('/')
                            })
                    })
            })
            .max_by_key(|name| name.len())
            .cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(layout: &str, select: &[&str]) -> Scope {
        Scope {
            layout: layout.into(),
            select: select.iter().map(|name| (*name).to_owned()).collect(),
            environments: ["eu", "prod-eu", "dev"].map(str::to_owned).into(),
            compare: false,
        }
    }

    #[test]
    fn a_path_says_its_environment() {
        let by_folder = scope("{env}/{component}/values.yaml", &[]);
        assert_eq!(
            by_folder.environment_of("dev/tempo/values.yaml").as_deref(),
            Some("dev")
        );
        assert_eq!(
            by_folder.environment_of(".schemas/tempo/2.2.4.schema.json"),
            None
        );
        assert_eq!(by_folder.environment_of("dev/a/b/values.yaml"), None);
        let by_file = scope("{component}/values-{env}.yaml", &[]);
        assert_eq!(
            by_file
                .environment_of("tempo/values-prod-eu.yaml")
                .as_deref(),
            Some("prod-eu")
        );
        let tail = scope("all/{component}-{env}.yaml", &[]);
        assert_eq!(
            tail.environment_of("all/tempo-prod-eu.yaml").as_deref(),
            Some("prod-eu")
        );
    }

    #[test]
    fn naming_some_environments_covers_only_these() {
        let all = scope("{env}/{component}", &[]);
        assert!(all.covers(None) && all.covers(Some("dev")));
        let dev = scope("{env}/{component}", &["dev"]);
        assert!(dev.covers(Some("dev")) && !dev.covers(Some("eu")) && !dev.covers(None));
    }
}
