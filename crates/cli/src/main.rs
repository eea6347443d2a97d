//! The `helmwright` command: reads files, calls the core, writes files, reports.

#![allow(
    clippy::result_large_err,
    reason = "a finding is made once, on a path that ends the run or the file"
)]

use std::io::ErrorKind;
use std::process::ExitCode;

mod args;
mod changes;
mod clock;
mod commands;
mod config;
mod exit;
mod git;
mod helm;
mod load;
mod outcome;
mod parallel;
mod paths;
mod process;
mod project;
mod report;
mod table;
mod write;

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output and is no failure; clap knows which is which.
            let code = error.exit_code();
            return match error.print() {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => unprinted(&error),
                _ if code == 0 => ExitCode::SUCCESS,
                _ => exit::Exit::CouldNotRun.into(),
            };
        }
    };
    let (outcome, view) = commands::run(&cli);
    match report::print(&outcome, &view) {
        Ok(()) => outcome.exit.into(),
        // Nobody reads any more (`| head`): that is no failure of the run.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => outcome.exit.into(),
        Err(error) => unprinted(&error),
    }
}

fn unprinted(error: &std::io::Error) -> ExitCode {
    report::print_failed(error);
    exit::Exit::CouldNotRun.into()
}
