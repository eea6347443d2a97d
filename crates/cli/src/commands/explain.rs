//! `helmwright explain`.
use crate::args::Explain;
use crate::outcome::{Failure, Outcome};
use crate::project::Project;

/// Runs the verb.
pub(crate) fn run(_args: &Explain, _project: &Project) -> Result<Outcome, Failure> {
    Ok(Outcome::new(Vec::new()))
}
