//! One open folder.
//!
//! Every step names a single entry of an open folder and follows no symbolic link there. So a link that somebody puts
//! in the way after it was looked at leads no step out of the output folder: the step fails, or replaces the link itself.
//!
//! Off Unix there are no such calls in the standard library; paths are looked at just before each step, which leaves a
//! moment between the two.

#[cfg(not(unix))]
mod by_path;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(crate) use by_path::{Folder, Stamp};
#[cfg(unix)]
pub(crate) use unix::{Folder, Stamp};

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    Link,
    /// A pipe, a socket or a device.
    Other,
}
