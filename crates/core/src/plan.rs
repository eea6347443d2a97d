//! The files to write: relative paths and texts. No disk.

use std::sync::Arc;

/// Every file of an output tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The files, sorted by path.
    pub files: Vec<PlannedFile>,
}

/// One file of an output tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its path below the output folder, with `/`.
    pub path: String,
    /// Its whole text.
    pub text: Arc<str>,
    /// The environment it belongs to; none for what environments share.
    pub environment: Option<String>,
}
