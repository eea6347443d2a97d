//! `helmwright man`: a manual page.

use helmwright::diagnostic::{Diagnostic, nearest};

use crate::args::{self, Man};
use crate::outcome::{Failure, Outcome, Text};

/// Runs the verb.
pub(crate) fn run(args: &Man) -> Result<Outcome, Failure> {
    let mut whole = args::command();
    // What all verbs take becomes part of each of them.
    whole.build();
    let mut command = &whole;
    for word in &args.verb {
        command = match command.find_subcommand(word) {
            Some(below) => below,
            None => return Err(unknown(command, word).into()),
        };
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| Failure::fault(&error))?;
    Ok(Outcome::new(Vec::new()).with(Text {
        text: String::from_utf8_lossy(&page).into_owned(),
        is_json: false,
    }))
}

fn unknown(command: &clap::Command, word: &str) -> Diagnostic {
    let names: Vec<&str> = command
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    let help = match nearest(word, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "leave it out: there is nothing below this verb".to_owned(),
        None => format!("there are: {}", names.join(", ")),
    };
    Diagnostic::error("usage/unknown-verb", format!("there is no verb `{word}`"))
        .why("every verb has a manual page of its own")
        .help(help)
}
