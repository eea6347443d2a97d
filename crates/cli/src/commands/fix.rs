//! `helmwright fix`: applies the safe fixes of findings to environment files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use helmwright::diagnostic::{Diagnostic, has_errors};
use helmwright::environment::Layers;
use helmwright::fix::apply;
use helmwright::pipeline::Build;
use helmwright::source::Source;
use serde_json::{Value, json};

use super::check::{Diff, draw};
use crate::args::Fix;
use crate::load::file::{self, whole};
use crate::outcome::{Failure, Outcome, Product};
use crate::project::{Place, Project};
use crate::write::target::{not_writable, write_alone};

/// How often the result is checked and mended again. A fix may bring what stands behind it to light; each of ours
/// mends its finding for good, so more rounds than layers of checks would mean that two fixes undo each other.
const ROUNDS: usize = 8;

/// Runs the verb.
pub(crate) fn run(args: &Fix, project: &Project) -> Result<Outcome, Failure> {
    const NOTHING: &str = "nothing was written";
    let mut texts = Texts::of(project);
    let mut fixes = 0;
    let mut build = texts
        .build(&args.environments)
        .map_err(|failure| failure.closing(NOTHING))?;
    for _ in 0..ROUNDS {
        let wanted = |finding: &&Diagnostic| {
            args.environments.is_empty()
                || finding
                    .environments
                    .iter()
                    .any(|name| args.environments.contains(name))
        };
        let mended = apply(build.diagnostics.iter().filter(wanted));
        if mended.is_empty() {
            break;
        }
        for text in mended {
            fixes += text.titles.len();
            texts.change(&text.before, text.after);
        }
        build = texts.build(&args.environments)?;
    }
    let Build { diagnostics, .. } = build;
    let changes = Changes {
        dry_run: args.dry_run,
        fixes,
        diffs: texts.diffs(),
    };
    if !args.dry_run {
        texts
            .write()
            .map_err(|failure| failure.after(diagnostics.clone()))?;
    }
    let closing = match (changes.fixes, has_errors(&diagnostics)) {
        (0, false) => "there is nothing to fix",
        (0, true) => "none of it can be fixed safely by an edit",
        (_, true) => "the rest cannot be fixed safely by an edit",
        (_, false) => "",
    };
    Ok(Outcome::new(diagnostics).with(changes).closing(closing))
}

/// The texts of environments and layers, with those that were changed.
struct Texts<'p> {
    project: &'p Project,
    /// By name: the text as it is on the disk, and as it will be.
    changed: BTreeMap<String, (Arc<Source>, Arc<Source>)>,
}

impl<'p> Texts<'p> {
    fn of(project: &'p Project) -> Self {
        Self {
            project,
            changed: BTreeMap::new(),
        }
    }

    fn build(&self, select: &[String]) -> Result<Build, Failure> {
        super::build_over(self.project, self, select, false, |source| {
            self.changed
                .get(source.name())
                .map_or(source, |(_, now)| Arc::clone(now))
        })
    }

    fn change(&mut self, before: &Arc<Source>, after: String) {
        let now = Source::new(before.name(), after);
        self.changed
            .entry(before.name().to_owned())
            .and_modify(|(_, text)| *text = Arc::clone(&now))
            .or_insert_with(|| (Arc::clone(before), now));
    }

    fn diffs(&self) -> Vec<Diff> {
        self.changed
            .iter()
            .map(|(name, (was, now))| Diff {
                path: self.project.names.shown(name).into_owned(),
                old: Some(was.text().to_owned()),
                new: now.text().to_owned(),
            })
            .collect()
    }

    /// Writes what changed, each file whole or not at all.
    fn write(&self) -> Result<(), Failure> {
        for (name, (was, now)) in &self.changed {
            let place = self.project.layer(name);
            self.write_one(&place, was, now)?;
        }
        Ok(())
    }

    fn write_one(&self, place: &Place, was: &Source, now: &Source) -> Result<(), Failure> {
        // The file itself is replaced, not the link that leads to it, and it keeps its permissions.
        let path =
            fs::canonicalize(&place.path).map_err(|error| not_writable(&place.name, &error))?;
        let permissions = fs::metadata(&path)
            .map_err(|error| not_writable(&place.name, &error))?
            .permissions();
        let present = file::read(&path, &place.name).map_err(file::Unread::diagnostic)?;
        if present.text() != was.text() {
            return Err(Diagnostic::error(
                "output/changed-meanwhile",
                "the file changed while it was being fixed",
            )
            .at(&whole(&place.name))
            .why("somebody's newer text would be lost")
            .help("run `helmwright fix` again")
            .into());
        }
        let real = Place {
            path,
            name: place.name.clone(),
        };
        write_alone(&real, now.text())?;
        fs::set_permissions(&real.path, permissions)
            .map_err(|error| not_writable(&place.name, &error))?;
        Ok(())
    }
}

impl Layers for Texts<'_> {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        match self.changed.get(name) {
            Some((_, now)) => Ok(Some(Arc::clone(now))),
            None => self.project.load(name),
        }
    }
}

/// What changes in which file.
struct Changes {
    dry_run: bool,
    fixes: usize,
    diffs: Vec<Diff>,
}

impl Product for Changes {
    fn text(&self) -> String {
        let mut text = String::new();
        for diff in &self.diffs {
            text.push_str(&draw(diff, "as it is", "fixed"));
        }
        if self.fixes > 0 {
            let _ = writeln!(
                text,
                "{} {} in {} {}",
                self.fixes,
                if self.dry_run { "to apply" } else { "applied" },
                self.diffs.len(),
                if self.diffs.len() == 1 {
                    "file"
                } else {
                    "files"
                }
            );
        }
        text
    }

    fn json(&self) -> Value {
        let files: Vec<Value> = self.diffs.iter().map(Diff::json).collect();
        json!({"dryRun": self.dry_run, "fixes": self.fixes, "files": files})
    }
}
