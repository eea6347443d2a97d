//! Writing the plan, so that any end of the run leaves each file old or new.
//!
//! The order of a run:
//!
//! 1. look at everything ([`survey::Survey`]); stop before the first change if anything is in the way;
//! 2. write the record that will hold at the end to `.helmwright.json.next`: from here on an end shows;
//! 3. write every changed text beside its file;
//! 4. rename them all, remove what is stale;
//! 5. rename the record into place.
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
use crate::write::index::{INDEX, NEXT};
use crate::write::survey::{State, Survey, Surveyed};
use crate::write::target::Target;

pub(crate) mod findings;
pub(crate) mod index;
pub(crate) mod survey;
pub(crate) mod target;

/// Changes the tree to what was planned.
pub(crate) fn apply(target: &Target, survey: &Survey<'_>) -> Result<(), Failure> {
    if survey.is_clean() {
        return Ok(());
    }
    target.make_folder(INDEX)?;
    if survey.interrupted {
        clear(target, survey);
        // What the interrupted run finished is recorded before its own record is overwritten.
        put(target, INDEX, &survey.index.to_text(), true)?;
    }
    // The old record is replaced at the end, by renaming this one.
    let replaces = !survey.index.files.is_empty();
    put(target, NEXT, &survey.next.to_text(), replaces)?;
    let changes: Vec<&Surveyed<'_>> = survey.changes().collect();
    if let Err(failure) = stage(target, &changes) {
        for found in &changes {
            target.unstage(&found.file.path);
        }
        // No file has changed, so the record that was is still true.
        let _ = std::fs::remove_file(target.path(NEXT));
        return Err(failure.closing("nothing was changed"));
    }
    swap(target, survey, &changes).map_err(|found| {
        Failure::from(found)
            .closing("some files are new and some old; mend it and run `helmwright generate` again")
    })?;
    if replaces {
        target.flush_names();
    }
    Ok(())
}

fn stage(target: &Target, changes: &[&Surveyed<'_>]) -> Result<(), Failure> {
    for found in changes {
        target.make_folder(&found.file.path)?;
    }
    let (new, replacing): (Vec<&Surveyed<'_>>, Vec<&Surveyed<'_>>) = changes
        .iter()
        .partition(|found| found.state == State::Missing);
    let write =
        |found: &&Surveyed<'_>, flush| target.stage(&found.file.path, &found.file.text, flush);
    let failed: Vec<Diagnostic> = new
        .iter()
        .map(|found| write(found, false))
        .chain(map_waiting(&replacing, |found| write(found, true)))
        .filter_map(Result::err)
        .collect();
    if failed.is_empty() {
        Ok(())
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

fn swap(target: &Target, survey: &Survey<'_>, changes: &[&Surveyed<'_>]) -> Result<(), Diagnostic> {
    for found in changes {
        target.commit(&found.file.path)?;
    }
    for stale in survey.stale.iter().filter(|stale| !stale.edited) {
        target.remove(&stale.path)?;
    }
    for path in &survey.gone {
        target.prune(path);
    }
    target.rename(NEXT, INDEX)
}

/// Replaces one file of ours at the top of the tree.
fn put(target: &Target, path: &str, text: &str, flush: bool) -> Result<(), Diagnostic> {
    let put = target
        .stage(path, text, flush)
        .and_then(|()| target.commit(path));
    if put.is_err() {
        target.unstage(path);
    }
    put
}

/// Removes what an interrupted run may have left beside the files.
fn clear(target: &Target, survey: &Survey<'_>) {
    let planned = survey.files.iter().map(|found| &found.file.path);
    for path in planned.chain(survey.index.files.keys()) {
        target.unstage(path);
    }
    target.unstage(INDEX);
    target.unstage(NEXT);
}

#[cfg(test)]
mod tests;
