//! The `helmwright` command: reads files, calls the core, writes files, reports.

#![allow(
    clippy::result_large_err,
    reason = "a finding is made once, on a path that ends the run or the file"
)]

use std::process::ExitCode;

mod args;
mod commands;
mod config;
mod exit;
mod load;
mod outcome;
mod parallel;
mod paths;
mod project;
mod report;
mod write;

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output and is no failure; clap knows which is which.
            let code = error.exit_code();
            return match error.print() {
                Ok(()) if code == 0 => ExitCode::SUCCESS,
                // Nobody reads the help to its end (`| head`): that is no failure.
                Err(error) if code == 0 && error.kind() == std::io::ErrorKind::BrokenPipe => {
                    ExitCode::SUCCESS
                }
                _ => exit::Exit::CouldNotRun.into(),
            };
        }
    };
    let (outcome, view) = commands::run(&cli);
    match report::print(&outcome, &view) {
        Ok(()) => outcome.exit.into(),
        // Nobody reads any more (`| head`): that is no failure of the run.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => outcome.exit.into(),
        Err(_) => exit::Exit::CouldNotRun.into(),
    }
}
