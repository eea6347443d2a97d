//! Writing the plan, so that any end of the run leaves each file old or new.
//!
//! The order of a run:
//!
//! 1. open the output folder and lock it ([`target::Target`]);
//! 2. look at everything ([`survey::Survey`]); stop before the first change if anything is in the way;
//! 3. write the record that will hold at the end to `.helmwright.json.next`: from here on an end shows;
//! 4. write every changed text beside its file;
//! 5. rename them all, remove what is stale;
//! 6. rename the record into place.
//!
//! `docs/writing.md` tells what this promises to a user.
//!
//! All texts are written before the first rename, so a full disk changes no file.
//!
//! A killed run needs no flush, only a power cut does. A text that *replaces* a file is flushed before its rename, or
//! a power cut could leave neither the old nor the new one. A text at a new path is not: nothing is lost with it, and
//! what a power cut leaves of it is an empty file, which the next run takes for its own. So a first run of 24 files
//! waits for no disk (0.5 ms in place of 4 ms and more), and a later one only for what it replaces.

use std::collections::BTreeSet;

use helmwright::diagnostic::Diagnostic;

use crate::outcome::Failure;
use crate::parallel::map_waiting;
use crate::write::folder::Stamp;
use crate::write::index::{INDEX, NEXT};
use crate::write::survey::{State, Survey, Surveyed};
use crate::write::target::{Target, folders};

mod conflict;
mod fault;
pub(crate) mod findings;
mod folder;
pub(crate) mod index;
mod lock;
pub(crate) mod survey;
pub(crate) mod target;

/// Changes the tree to what was planned.
pub(crate) fn apply(target: &Target, survey: &Survey<'_>) -> Result<(), Failure> {
    const UNCHANGED: &str = "nothing was changed";
    if survey.is_clean() {
        return Ok(());
    }
    // The old record is replaced at the end, by renaming the new one.
    let replaces = !survey.index.files.is_empty();
    let next = announce(target, survey, replaces)
        .map_err(|found| Failure::from(found).closing(UNCHANGED))?;
    let changes: Vec<&Surveyed<'_>> = survey.changes().collect();
    let staged = stage(target, &changes).map_err(|failure| {
        // No file has changed, so the record that was is still true. If something was left, the next run must know.
        let cleared = changes
            .iter()
            .filter(|found| !target.unstage(&found.file.path))
            .count()
            == 0;
        if cleared {
            target.discard(NEXT);
        }
        failure.closing(UNCHANGED)
    })?;
    target.keep_folders();
    swap(target, survey, &staged, &next).map_err(|found| {
        Failure::from(found)
            .closing("some files are new and some old; mend it and run `helmwright generate` again")
    })?;
    if replaces {
        target.flush_names();
    }
    Ok(())
}

/// Writes down what will be, once what an interrupted run left is out of the way.
fn announce(target: &Target, survey: &Survey<'_>, replaces: bool) -> Result<Stamp, Diagnostic> {
    target.begin()?;
    if survey.interrupted {
        clear(target, survey);
        // What the interrupted run finished is recorded before its own record is overwritten.
        put(target, INDEX, &survey.index.to_text(), Some(INDEX))?;
    }
    put(
        target,
        NEXT,
        &survey.next.to_text(),
        replaces.then_some(INDEX),
    )
}

/// A path with what was written for it.
type Staged<'p> = (&'p str, Stamp);

fn stage<'p>(target: &Target, changes: &[&Surveyed<'p>]) -> Result<Vec<Staged<'p>>, Failure> {
    // Sorted, a folder comes before those in it.
    let folders: BTreeSet<&str> = changes
        .iter()
        .filter(|found| found.state == State::Missing)
        .flat_map(|found| folders(&found.file.path))
        .collect();
    for folder in folders {
        target.make_folder(folder)?;
    }
    let (new, replacing): (Vec<&Surveyed<'p>>, Vec<&Surveyed<'p>>) = changes
        .iter()
        .partition(|found| found.state == State::Missing);
    let write = |found: &&Surveyed<'p>, over| {
        let file = found.file;
        let stamp = target.stage(&file.path, &file.text, over)?;
        Ok((file.path.as_str(), stamp))
    };
    let outcomes = new
        .iter()
        .map(|found| write(found, None))
        .chain(map_waiting(&replacing, |found| {
            write(found, Some(found.file.path.as_str()))
        }));
    let (mut staged, mut failed) = (Vec::with_capacity(changes.len()), Vec::new());
    for outcome in outcomes {
        match outcome {
            Ok(written) => staged.push(written),
            Err(found) => failed.push(found),
        }
    }
    if failed.is_empty() {
        Ok(staged)
    } else {
        Err(Failure::new(first_of_each_kind(failed)))
    }
}

/// A full disk fails for every file alike; one finding says it.
fn first_of_each_kind(failed: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    failed
        .into_iter()
        .filter(|found| seen.insert(found.why.clone()))
        .collect()
}

fn swap(
    target: &Target,
    survey: &Survey<'_>,
    staged: &[Staged<'_>],
    next: &Stamp,
) -> Result<(), Diagnostic> {
    for (path, stamp) in staged {
        target.commit(path, stamp)?;
    }
    for stale in survey.stale.iter().filter(|stale| !stale.edited) {
        target.remove(&stale.path)?;
    }
    for path in &survey.gone {
        target.prune(path)?;
    }
    target.rename(NEXT, next, INDEX)
}

/// Replaces one file of ours at the top of the tree.
fn put(target: &Target, path: &str, text: &str, over: Option<&str>) -> Result<Stamp, Diagnostic> {
    let put = target.stage(path, text, over).and_then(|stamp| {
        target.commit(path, &stamp)?;
        Ok(stamp)
    });
    if put.is_err() {
        target.unstage(path);
    }
    put
}

/// Removes what an interrupted run may have left beside the files.
fn clear(target: &Target, survey: &Survey<'_>) {
    let planned = survey.files.iter().map(|found| &found.file.path);
    let once_planned = survey.gone.iter().chain(survey.index.files.keys());
    for path in planned.chain(once_planned) {
        target.unstage(path);
    }
    target.unstage(INDEX);
    target.unstage(NEXT);
}

#[cfg(test)]
mod tests;
