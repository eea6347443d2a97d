//! The three exit codes.

use std::process::ExitCode;

/// How a run ended, as a script sees it. The README has the same table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// No error was found.
    Success,
    /// It ran, and found errors or drift.
    Findings,
    /// It could not run: wrong usage, a folder that is not there, a target that cannot be written.
    CouldNotRun,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::Findings => Self::from(1),
            Exit::CouldNotRun => Self::from(2),
        }
    }
}
