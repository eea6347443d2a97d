//! `helmwright completions`: a script for a shell.

use clap_complete::Shell as Script;

use crate::args::{self, Completions, Shell};
use crate::outcome::{Outcome, Text};

/// Runs the verb.
pub(crate) fn run(args: &Completions) -> Outcome {
    let shell = match args.shell {
        Shell::Bash => Script::Bash,
        Shell::Elvish => Script::Elvish,
        Shell::Fish => Script::Fish,
        Shell::Powershell => Script::PowerShell,
        Shell::Zsh => Script::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), "helmwright", &mut script);
    Outcome::new(Vec::new()).with(Text {
        text: String::from_utf8_lossy(&script).into_owned(),
        is_json: false,
    })
}
