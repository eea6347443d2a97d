//! Our own mistakes: a broken asset. A user's mistakes are [`Diagnostic`](crate::diagnostic::Diagnostic)s.

use crate::diagnostic::Diagnostic;

/// Something of ours is broken; the message names the file.
///
/// [`Outside`](Self::Outside) alone is the user's: a component of a catalogue of theirs. [`build`](crate::build) puts
/// it among its findings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A template does not compile or does not render.
    #[error("template {name}: {detail}")]
    Template {
        /// The template's file.
        name: String,
        /// Where and why, as the engine says.
        detail: String,
        /// The engine's error.
        #[source]
        source: Box<minijinja::Error>,
    },
    /// A template's output is not what it must be.
    #[error("template {name} wrote text that {detail}")]
    Output {
        /// The template's file.
        name: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A component's manifest cannot be read.
    #[error("manifest {name}: {source}")]
    Manifest {
        /// The manifest's file.
        name: String,
        /// Why not.
        source: serde_yaml::Error,
    },
    /// A schema or contract cannot be read.
    #[error("schema {name}: {detail}")]
    Schema {
        /// The schema's file.
        name: String,
        /// Why not.
        detail: String,
    },
    /// A component of the user's cannot be rendered.
    #[error("{}", .0.iter().map(|found| found.message.as_str()).collect::<Vec<_>>().join("; "))]
    Outside(Vec<Diagnostic>),
    /// A file that must be there is not.
    #[error("asset {0} is missing")]
    Missing(String),
}
