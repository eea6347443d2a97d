//! `helmwright generate`: writes the plan.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use helmwright::diagnostic::{Diagnostic, Severity, has_errors, tidy};
use serde_json::{Value, json};

use crate::args::Generate;
use crate::outcome::{Failure, Outcome, Product};
use crate::project::Project;
use crate::report::visible;
use crate::write::survey::{State, Survey};
use crate::write::target::Target;
use crate::write::{apply, findings};

/// Runs the verb.
pub(crate) fn run(args: &Generate, project: &Project) -> Result<Outcome, Failure> {
    const NOTHING: &str = "nothing was written";
    let refuse = |failure: Failure| failure.closing(NOTHING);
    let build = super::build(project, &args.environments).map_err(refuse)?;
    let Some(plan) = &build.plan else {
        return Ok(Outcome::new(build.diagnostics).closing(NOTHING));
    };
    let mut diagnostics = build.diagnostics.clone();
    let target = Target::new(&project.out).quietly(project.quiet);
    if !args.dry_run {
        target
            .begin()
            .map_err(|found| refuse(found.into()).after(diagnostics.clone()))?;
    }
    let scope = super::scope(project, &build, &args.environments, false);
    let survey = match Survey::take(&target, plan, &scope) {
        Ok(survey) => survey,
        Err(failure) => return Err(refuse(failure).after(diagnostics)),
    };
    diagnostics.extend(findings::obstacles(&target, &survey, args.force));
    if has_errors(&diagnostics) {
        return Ok(Outcome::new(diagnostics).closing(NOTHING));
    }
    if !args.dry_run {
        apply(&target, &survey).map_err(|failure| failure.after(diagnostics.clone()))?;
    }
    tidy(&mut diagnostics);
    let selected: Vec<&String> = build
        .environments
        .iter()
        .filter(|name| args.environments.is_empty() || args.environments.contains(name))
        .collect();
    let summary = Summary::of(&survey, &target, &selected, &diagnostics, args.dry_run);
    Ok(Outcome::new(diagnostics).with(summary))
}

/// What became of the files, by environment.
struct Summary {
    dry_run: bool,
    /// Every file with what happens to it, sorted by path.
    files: Vec<Touched>,
    /// One line each; the shared files come last.
    lines: Vec<Line>,
}

struct Touched {
    path: String,
    environment: Option<String>,
    change: Change,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    New,
    Changed,
    Removed,
    Unchanged,
}

#[derive(Default)]
struct Line {
    environment: Option<String>,
    written: usize,
    unchanged: usize,
    removed: usize,
    warnings: usize,
}

impl Change {
    const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Summary {
    fn of(
        survey: &Survey<'_>,
        target: &Target,
        environments: &[&String],
        diagnostics: &[Diagnostic],
        dry_run: bool,
    ) -> Self {
        let planned = survey.files.iter().map(|found| Touched {
            path: target.name(&found.file.path),
            environment: found.file.environment.clone(),
            change: match found.state {
                State::Missing => Change::New,
                State::Same => Change::Unchanged,
                State::Outdated | State::Edited | State::Foreign => Change::Changed,
            },
        });
        let removed = survey
            .stale
            .iter()
            .filter(|stale| !stale.edited)
            .map(|stale| Touched {
                path: target.name(&stale.path),
                environment: stale.environment.clone(),
                change: Change::Removed,
            });
        let mut files: Vec<Touched> = planned.chain(removed).collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));

        let mut by_environment: BTreeMap<Option<&str>, Line> = BTreeMap::new();
        for name in environments {
            by_environment.entry(Some(name)).or_default();
        }
        for file in &files {
            let line = by_environment
                .entry(file.environment.as_deref())
                .or_default();
            match file.change {
                Change::New | Change::Changed => line.written += 1,
                Change::Removed => line.removed += 1,
                Change::Unchanged => line.unchanged += 1,
            }
        }
        for found in diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Warning)
        {
            for name in &found.environments {
                if let Some(line) = by_environment.get_mut(&Some(name.as_str())) {
                    line.warnings += 1;
                }
            }
        }
        let mut lines: Vec<Line> = by_environment
            .into_iter()
            .map(|(name, line)| Line {
                environment: name.map(str::to_owned),
                ..line
            })
            .collect();
        // `None` sorts first, and the shared files are the least of news.
        let shared = lines
            .iter()
            .filter(|line| line.environment.is_none())
            .count();
        lines.rotate_left(shared);
        Self {
            dry_run,
            files,
            lines,
        }
    }
}

impl Product for Summary {
    fn text(&self) -> String {
        let mut text = String::new();
        if self.dry_run {
            for file in self
                .files
                .iter()
                .filter(|file| file.change != Change::Unchanged)
            {
                let word = match file.change {
                    Change::New => "write  ",
                    Change::Changed => "change ",
                    Change::Removed | Change::Unchanged => "remove ",
                };
                let _ = writeln!(text, "would {word} {}", visible(&file.path));
            }
        }
        let written = if self.dry_run { "to write" } else { "written" };
        let removed = if self.dry_run { "to remove" } else { "removed" };
        let name = |line: &Line| {
            line.environment
                .as_deref()
                .map_or_else(|| "shared".to_owned(), |name| visible(name).into_owned())
        };
        let width = self
            .lines
            .iter()
            .map(|line| name(line).chars().count())
            .max()
            .unwrap_or(0);
        for line in &self.lines {
            let _ = write!(
                text,
                "{:width$}   {} {written}, {} unchanged",
                name(line),
                line.written,
                line.unchanged
            );
            if line.removed > 0 {
                let _ = write!(text, ", {} {removed}", line.removed);
            }
            if line.environment.is_some() {
                let noun = if line.warnings == 1 {
                    "warning"
                } else {
                    "warnings"
                };
                let _ = write!(text, ", {} {noun}", line.warnings);
            }
            text.push('\n');
        }
        text
    }

    fn json(&self) -> Value {
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|file| json!({"path": file.path, "environment": file.environment, "change": file.change.name()}))
            .collect();
        json!({"dryRun": self.dry_run, "files": files})
    }

    fn is_talk(&self) -> bool {
        !self.dry_run
    }
}
