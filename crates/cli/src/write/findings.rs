//! What is said about a tree that is not as planned.

use helmwright::diagnostic::{Diagnostic, Severity};
use helmwright::layout::EXAMPLE;
use helmwright::source::{Location, Source, Span};

use crate::load::file::whole;
use crate::write::index::{INDEX, NEXT};
use crate::write::survey::{Stale, State, Survey, Surveyed};
use crate::write::target::Target;

/// Returns what stops `generate`: files that are not ours to overwrite, unless it is forced.
pub(crate) fn obstacles(target: &Target, survey: &Survey<'_>, force: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let in_the_way =
        |change: &&Surveyed<'_>| matches!(change.state, State::Edited | State::Foreign);
    let harmless =
        force || !survey.is_blind() || !survey.changes().any(|change| in_the_way(&change));
    found.extend(survey.broken_index.iter().map(|broken| Diagnostic {
        severity: if harmless {
            Severity::Warning
        } else {
            Severity::Error
        },
        ..broken.finding.clone()
    }));
    // Without the record every file that differs looks like another's: that the record is broken says it all.
    if !force && !survey.is_blind() {
        found.extend(
            survey
                .changes()
                .filter(in_the_way)
                .map(|change| differs(target, survey, change)),
        );
    }
    found.extend(
        survey
            .stale
            .iter()
            .filter(|stale| stale.edited)
            .map(|file| Diagnostic {
                severity: Severity::Warning,
                ..stale(target, file)
            }),
    );
    found.extend(
        survey
            .stale
            .iter()
            .filter_map(|stale| unread(target, stale)),
    );
    found
}

/// Says that a file which was filled from an example is not read any more, now that the example goes.
fn unread(target: &Target, stale: &Stale) -> Option<Diagnostic> {
    let filled = stale.path.strip_suffix(EXAMPLE)?;
    // What cannot be read is another's, and nothing of ours hangs on it.
    target.read(filled).ok().flatten()?;
    let found = Diagnostic::warning("output/unread", "nothing refers to what is in this file any more")
        .at(&whole(&target.name(filled)))
        .why("it was made from an example that is no longer planned; what a team fills in is never removed or overwritten")
        .help("delete it, if nothing else needs it");
    Some(match &stale.environment {
        Some(environment) => found.in_environment(environment.clone()),
        None => found,
    })
}

/// Returns every difference between tree and plan, for `check`.
pub(crate) fn drift(target: &Target, survey: &Survey<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = survey
        .broken_index
        .iter()
        .map(|broken| broken.finding.clone())
        .collect();
    let is_new = survey.files.len() > 1
        && survey.files.iter().all(|file| file.state == State::Missing)
        && survey.stale.is_empty()
        && found.is_empty()
        && !survey.interrupted;
    if is_new {
        // One finding for each file would say the same many times.
        found.push(
            Diagnostic::error(
                "output/missing",
                format!("none of the {} planned files is there", survey.files.len()),
            )
            .at(&whole(&target.name("")))
            .why("nothing was generated here yet, or `--out` names another folder")
            .help("run `helmwright generate`"),
        );
        return found;
    }
    found.extend(
        survey
            .changes()
            .map(|change| differs(target, survey, change)),
    );
    found.extend(survey.stale.iter().map(|file| stale(target, file)));
    if survey.interrupted {
        found.push(
            Diagnostic::error(
                "output/interrupted",
                "an earlier `helmwright generate` was interrupted",
            )
            .at(&whole(&target.name(NEXT)))
            .why("each file is old or new, but not all are of the same run")
            .help("run `helmwright generate`; it finishes what was left"),
        );
    }
    if found.is_empty() && !survey.index_is_current {
        found.push(
            Diagnostic::error(
                "output/outdated",
                "the record of generated files is not up to date",
            )
            .at(&whole(&target.name(INDEX)))
            .why("without it, edited files are not told from generated ones")
            .help("run `helmwright generate` and commit the file"),
        );
    }
    found
}

fn differs(target: &Target, survey: &Survey<'_>, change: &Surveyed<'_>) -> Diagnostic {
    let name = target.name(&change.file.path);
    let place = || first_difference(&name, &change.bytes, &change.file.text);
    let found = match change.state {
        State::Missing | State::Same => Diagnostic::error("output/missing", "a planned file is missing")
            .at(&whole(&name))
            .why("the environments say that it should be there")
            .help("run `helmwright generate`"),
        State::Outdated => Diagnostic::error("output/outdated", "the file is not what the environments say now")
            .at(&place())
            .why("the environments, the chart's contract or helmwright changed since it was written")
            .help("run `helmwright generate`"),
        State::Edited => Diagnostic::error("output/edited", "the file was edited after it was generated")
            .at(&place())
            .why("the next `helmwright generate` would lose the edit")
            .help(if change.file.path.ends_with("/values.yaml") {
                "move the edit to the component's `values:` in the environment file, or drop it with `helmwright generate --force`; `helmwright check` shows it"
            } else {
                "change the environment file it follows from, or drop the edit with `helmwright generate --force`; `helmwright check` shows it"
            }),
        State::Foreign if survey.is_blind() => Diagnostic::error("output/outdated", "the file is not what the environments say now")
            .at(&place())
            .why("without the record it is not known whether it was edited")
            .help("bring the record back, or overwrite the file with `helmwright generate --force`"),
        State::Foreign => Diagnostic::error("output/foreign-file", "a file that helmwright did not write is in the way")
            .at(&place())
            .why(if survey.index.files.is_empty() {
                format!("`{}` has no record of files that helmwright wrote: it may belong to another tool", target.name("").trim_end_matches('/'))
            } else {
                "files of others are never overwritten unasked".to_owned()
            })
            .help("name another folder with `--out DIR`, move the file away, or overwrite it with `helmwright generate --force`; `helmwright check` shows the difference"),
    };
    match &change.file.environment {
        Some(environment) => found.in_environment(environment.clone()),
        None => found,
    }
}

fn stale(target: &Target, stale: &Stale) -> Diagnostic {
    let name = target.name(&stale.path);
    let found = if stale.edited {
        Diagnostic::error(
            "output/stale",
            "the file is no longer planned, and was edited",
        )
        .at(&whole(&name))
        .why("an edited file is never removed, so that no work is lost")
        .help("keep what you need of it elsewhere, and delete it")
    } else {
        Diagnostic::error("output/stale", "the file is no longer planned")
            .at(&whole(&name))
            .why("no environment has this component any more")
            .help("run `helmwright generate`, which removes it")
    };
    match &stale.environment {
        Some(environment) => found.in_environment(environment.clone()),
        None => found,
    }
}

/// Returns the first line on disk that is not as planned, so that a finding can point at it.
fn first_difference(name: &str, bytes: &[u8], planned: &str) -> Location {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return whole(name);
    };
    let mut start = 0;
    for (line, expected) in text
        .split_inclusive('\n')
        .zip(planned.split_inclusive('\n'))
    {
        if line != expected {
            break;
        }
        start += line.len();
    }
    let length = text[start..].lines().next().map_or(0, str::len);
    Location::new(&Source::new(name, text), Span::new(start, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_the_first_line_that_differs() {
        let place = first_difference("x", b"a: 1\nb: 3\nc: 4\n", "a: 1\nb: 2\n");
        assert_eq!((place.start().line, place.text()), (2, "b: 3"));
        assert_eq!(
            first_difference("x", b"a: 1\n", "a: 1\nb: 2\n")
                .start()
                .line,
            2
        );
        assert_eq!(first_difference("x", b"\xff", "a").text(), "");
    }
}
