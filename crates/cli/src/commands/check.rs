//! `helmwright check`: compares the tree with the plan and writes nothing.

use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff, TextDiffConfig};

use crate::args::Check;
use crate::outcome::{Failure, Outcome, Product};
use crate::project::Project;
use crate::report::visible;
use crate::write::findings;
use crate::write::survey::{State, Survey};
use crate::write::target::Target;

/// Runs the verb.
pub(crate) fn run(args: &Check, project: &Project) -> Result<Outcome, Failure> {
    let build = super::build(project, &args.environments)?;
    let Some(plan) = &build.plan else {
        return Ok(Outcome::new(build.diagnostics).closing("the tree was not compared"));
    };
    let target = Target::new(&project.out).quietly(project.quiet);
    let scope = super::scope(project, &build, &args.environments, true);
    let survey = match Survey::take(&target, plan, &scope) {
        Ok(survey) => survey,
        Err(failure) => return Err(failure.after(build.diagnostics)),
    };
    let mut diagnostics = build.diagnostics.clone();
    let drift = findings::drift(&target, &survey);
    let closing = if drift.is_empty() {
        "the tree is as planned"
    } else {
        "the tree is not as planned"
    };
    diagnostics.extend(drift);
    let diffs = survey
        .changes()
        .filter(|change| change.state != State::Missing)
        .map(|change| Diff {
            path: target.name(&change.file.path),
            old: String::from_utf8(change.bytes.clone()).ok(),
            new: change.file.text.to_string(),
        })
        .collect();
    Ok(Outcome::new(diagnostics)
        .with(Drift { diffs })
        .closing(closing))
}

/// The files that are there and differ.
struct Drift {
    diffs: Vec<Diff>,
}

/// Two texts of one file.
pub(super) struct Diff {
    pub(super) path: String,
    /// What is there; nothing if it is no text.
    pub(super) old: Option<String>,
    pub(super) new: String,
}

impl Diff {
    /// Most lines of one diff; a file that shares nothing with its plan says no more in ten thousand.
    const MAX_LINES: usize = 400;

    /// Longest line that is shown, in characters.
    const MAX_WIDTH: usize = 400;

    /// Returns the unified diff line by line: the sign, then the text.
    fn lines(&self) -> Vec<(char, String)> {
        let Some(old) = &self.old else {
            return vec![(
                ' ',
                "what is there is no text, so it is not shown".to_owned(),
            )];
        };
        // The bound only matters for files that have little in common; their diff is then longer, not wrong.
        let config = TextDiffConfig::default()
            .timeout(Duration::from_secs(2))
            .clone();
        let diff: TextDiff<'_, '_, str> = config.diff_lines(old.as_str(), self.new.as_str());
        let mut lines = Vec::new();
        for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
            lines.push(('@', hunk.header().to_string()));
            for change in hunk.iter_changes() {
                let sign = match change.tag() {
                    ChangeTag::Equal => ' ',
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                };
                let line: &str = change.value();
                let line = line.strip_suffix('\n').unwrap_or(line);
                let cut = line
                    .char_indices()
                    .nth(Self::MAX_WIDTH)
                    .map(|(at, _)| format!("{}...", &line[..at]));
                lines.push((sign, visible(cut.as_deref().unwrap_or(line)).into_owned()));
                if change.missing_newline() {
                    lines.push(('\\', " No newline at end of file".to_owned()));
                }
            }
        }
        if lines.len() > Self::MAX_LINES {
            let more = lines.len() - Self::MAX_LINES;
            lines.truncate(Self::MAX_LINES);
            lines.push((' ', format!("... and {more} lines more")));
        }
        lines
    }

    /// Returns path and difference for programs.
    pub(super) fn json(&self) -> Value {
        let lines: Vec<String> = self
            .lines()
            .into_iter()
            .map(|(sign, line)| match sign {
                '@' => line,
                sign => format!("{sign}{line}"),
            })
            .collect();
        json!({"path": self.path, "diff": lines.join("\n")})
    }
}

/// Draws a difference; `was` and `becomes` say which side is which.
pub(super) fn draw(diff: &Diff, was: &str, becomes: &str) -> String {
    let mut text = String::new();
    let bold = Style::new().bold();
    let mut push = |style: Style, line: &str| {
        text.push_str(&format!("{style}{line}{style:#}\n"));
    };
    let path = visible(&diff.path);
    push(bold, &format!("--- {path} ({was})"));
    push(bold, &format!("+++ {path} ({becomes})"));
    for (sign, line) in diff.lines() {
        match sign {
            '-' => push(AnsiColor::Red.on_default(), &format!("-{line}")),
            '+' => push(AnsiColor::Green.on_default(), &format!("+{line}")),
            '@' => push(AnsiColor::Cyan.on_default(), &line),
            sign => push(Style::new(), &format!("{sign}{line}")),
        }
    }
    text
}

impl Product for Drift {
    fn text(&self) -> String {
        self.diffs
            .iter()
            .map(|diff| draw(diff, "as it is", "as planned"))
            .collect()
    }

    fn json(&self) -> Value {
        let diffs: Vec<Value> = self.diffs.iter().map(Diff::json).collect();
        json!({"differing": diffs})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(old: &str, new: &str) -> Vec<String> {
        let diff = Diff {
            path: "x".into(),
            old: Some(old.into()),
            new: new.into(),
        };
        diff.lines()
            .into_iter()
            .map(|(sign, line)| format!("{sign}{line}"))
            .collect()
    }

    #[test]
    fn shows_the_changed_lines_with_some_around() {
        assert_eq!(
            lines("a\nb\nc\n", "a\nB\nc"),
            [
                "@@@ -1,3 +1,3 @@",
                " a",
                "-b",
                "-c",
                "+B",
                "+c",
                "\\ No newline at end of file"
            ]
        );
        assert_eq!(lines("a\u{1b}\n", "b\n")[1], "-a\\u{1b}");
    }

    #[test]
    fn long_differences_are_cut() {
        let old: String = (0..2_000).map(|line| format!("a{line}\n")).collect();
        let new: String = (0..2_000).map(|line| format!("b{line}\n")).collect();
        assert_eq!(lines(&old, &new).len(), Diff::MAX_LINES + 1);
        assert!(lines(&"x".repeat(1_000_000), "y\n")[1].len() < 500);
    }
}
