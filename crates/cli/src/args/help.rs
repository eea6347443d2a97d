//! How `helmwright --help` looks: one screen, the verbs by what one wants.

use std::fmt::Write as _;

use clap::CommandFactory as _;

use super::Cli;

/// The verbs by purpose, in the order of `--help`. A new verb is put where its user looks for it.
const PURPOSES: [(&str, &[&str]); 6] = [
    ("Start", &["init", "adopt"]),
    ("Write", &["generate", "fix"]),
    ("Prove", &["check", "validate", "verify", "upgrade"]),
    ("See", &["diff", "compare", "explain", "buckets", "secrets"]),
    ("Extend", &["contract", "schema"]),
    ("Shell", &["completions", "man"]),
];

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
    for (purpose, names) in PURPOSES {
        let known = names
            .iter()
            .filter_map(|name| command.find_subcommand(name));
        for (index, verb) in known.enumerate() {
            let purpose = if index == 0 { purpose } else { "" };
            let about = verb.get_about().map(ToString::to_string);
            let _ = writeln!(
                text,
                "{header}{purpose:<6}{header:#} {literal}{name:<11}{literal:#} {about}",
                name = verb.get_name(),
                about = about.unwrap_or_default()
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
            .flat_map(|(_, names)| names.iter().copied())
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
