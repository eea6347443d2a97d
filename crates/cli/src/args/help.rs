//! How `helmwright --help` looks: one screen, the verbs by what one wants.

use std::fmt::Write as _;

use clap::CommandFactory as _;

use super::Cli;

/// The verbs by purpose, in the order of `--help`. A new verb is put where its user looks for it.
///
/// A line may name several verbs that belong together; it then has words of its own, for a screen has 24 lines.
const PURPOSES: [(&str, &[Line]); 5] = [
    ("Start", &[Line::One("init"), Line::One("adopt")]),
    ("Write", &[Line::One("generate"), Line::One("fix")]),
    (
        "Prove",
        &[
            Line::One("check"),
            Line::One("lint"),
            Line::One("simulate"),
            Line::One("validate"),
            Line::One("verify"),
            Line::One("upgrade"),
        ],
    ),
    (
        "See",
        &[
            Line::Some(
                &["diff", "compare"],
                "Show what changes, or how environments differ",
            ),
            Line::Some(
                &["explain", "rules"],
                "Say what a value or a finding means; list the rules",
            ),
            Line::Some(
                &["budget", "graph"],
                "Show what a namespace needs; draw what flows where",
            ),
            Line::Some(
                &["buckets", "secrets"],
                "List what must exist before a sync",
            ),
        ],
    ),
    (
        "More",
        &[
            Line::Some(
                &["contract", "schema"],
                "Build and list contracts; print a schema",
            ),
            Line::Some(
                &["completions", "man"],
                "Print a shell's completions, or a manual page",
            ),
        ],
    ),
];

/// One line of `--help`.
enum Line {
    /// A verb with its own words.
    One(&'static str),
    /// Verbs that share their words.
    Some(&'static [&'static str], &'static str),
}

impl Line {
    fn names(&self) -> &[&'static str] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Some(names, _) => names,
        }
    }
}

/// Columns of a terminal that nobody made larger.
const WIDTH: usize = 80;

/// Returns the whole command, with the verbs of `--help` grouped by purpose.
pub(crate) fn command() -> clap::Command {
    let command = Cli::command();
    let verbs = verbs(&command);
    let options = options(&command);
    command.help_template(format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{verbs}{options}\n\
         helmwright VERB --help says more and ends with an example\n"
    ))
}

/// Returns one line a verb; the first one of a purpose names it.
fn verbs(command: &clap::Command) -> String {
    let style = command.get_styles();
    let (header, literal) = (style.get_header(), style.get_literal());
    let mut text = String::new();
    for (purpose, lines) in PURPOSES {
        for (index, line) in lines.iter().enumerate() {
            let purpose = if index == 0 { purpose } else { "" };
            let about = match line {
                Line::One(name) => command
                    .find_subcommand(name)
                    .and_then(|verb| verb.get_about().map(ToString::to_string))
                    .unwrap_or_default(),
                Line::Some(_, words) => (*words).to_owned(),
            };
            let names = line.names().join(", ");
            let width = if matches!(line, Line::One(_)) { 9 } else { 16 };
            let _ = writeln!(
                text,
                "{header}{purpose:<6}{header:#} {literal}{names:<width$}{literal:#} {about}",
            );
        }
    }
    text
}

/// Returns the options without their meaning, which each verb's help tells.
fn options(command: &clap::Command) -> String {
    let style = command.get_styles();
    let (header, literal) = (style.get_header(), style.get_literal());
    let mut words: Vec<String> = command
        .get_arguments()
        .map(|option| {
            let name = match (option.get_long(), option.get_short()) {
                (Some(long), _) => format!("--{long}"),
                (None, Some(short)) => format!("-{short}"),
                (None, None) => String::new(),
            };
            let value = option.get_value_names().and_then(|names| names.first());
            match value.filter(|_| option.get_action().takes_values()) {
                Some(value) => format!("{name} {value}"),
                None => name,
            }
        })
        .collect();
    words.extend(["--help", "--version"].map(str::to_owned));
    let mut text = format!("{header}Options{header:#}");
    let mut column = "Options".len();
    for word in words {
        if column + 2 + word.len() > WIDTH {
            text.push_str("\n       ");
            column = "Options".len();
        }
        let _ = write!(text, "  {literal}{word}{literal:#}");
        column += 2 + word.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_command_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_verb_has_a_purpose() {
        let command = Cli::command();
        let shown: BTreeSet<&str> = PURPOSES
            .iter()
            .flat_map(|(_, lines)| lines.iter())
            .flat_map(Line::names)
            .copied()
            .collect();
        for verb in command.get_subcommands() {
            assert!(shown.contains(verb.get_name()), "{}", verb.get_name());
        }
    }

    #[test]
    fn the_help_of_every_verb_fits_and_ends_with_an_example() {
        let mut command = command();
        command.build();
        let all = command
            .get_subcommands()
            .flat_map(|verb| std::iter::once(verb).chain(verb.get_subcommands()));
        for verb in all {
            let help = verb.clone().render_help().to_string();
            let example = verb.get_after_help().unwrap().to_string();
            assert!(
                example.starts_with("Example: ") && example.contains("helmwright "),
                "{help}"
            );
            assert!(help.trim_end().ends_with(&example), "{help}");
            for line in help.lines() {
                assert!(line.chars().count() <= WIDTH, "{line}");
            }
        }
    }

    #[test]
    fn help_fits_a_screen() {
        let help = command().render_help().to_string();
        assert!(help.lines().count() <= 24, "{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}
