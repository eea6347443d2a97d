//! Folders by their paths, for systems without `openat`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::Kind;
use crate::write::fault::point;

/// What would tell a file from every other; the standard library has nothing that would.
#[derive(Debug)]
pub(crate) struct Stamp;

impl Stamp {
    /// Takes it of an open file.
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(crate) fn of(_file: &File) -> io::Result<Self> {
        Ok(Self)
    }
}

/// A folder that was there when it was opened.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a folder by its path, in which links are followed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() {
            let path = path.to_owned();
            Ok(Self { path })
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// Opens a folder in this one.
    pub(crate) fn enter(&self, name: &str) -> io::Result<Self> {
        match self.kind(name)? {
            Some(Kind::Folder) => Ok(Self {
                path: self.path.join(name),
            }),
            Some(_) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Says what an entry is; nothing if there is none.
    pub(crate) fn kind(&self, name: &str) -> io::Result<Option<Kind>> {
        match fs::symlink_metadata(self.path.join(name)) {
            Ok(found) if found.is_symlink() => Ok(Some(Kind::Link)),
            Ok(found) if found.is_dir() => Ok(Some(Kind::Folder)),
            Ok(found) if found.is_file() => Ok(Some(Kind::File)),
            Ok(_) => Ok(Some(Kind::Other)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns where a link leads.
    pub(crate) fn read_link(&self, name: &str) -> io::Result<PathBuf> {
        fs::read_link(self.path.join(name))
    }

    /// Opens a file for reading.
    pub(crate) fn read(&self, name: &str) -> io::Result<File> {
        match self.kind(name)? {
            Some(Kind::File) | None => File::open(self.path.join(name)),
            Some(_) => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Makes a folder; says whether it was not there before.
    pub(crate) fn make(&self, name: &str) -> io::Result<bool> {
        point("make folder")?;
        match fs::create_dir(self.path.join(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a file that is not there yet, for writing.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        point("create")?;
        File::create_new(self.path.join(name))
    }

    /// Does nothing: the new file has the permissions that its folder gives.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as on Unix")]
    pub(crate) fn take_over(&self, _from: &str, _file: &File) -> io::Result<()> {
        Ok(())
    }

    /// Renames a file to another name in the same folder; a file or link of that name is replaced in one step.
    pub(crate) fn rename(&self, from: &str, _stamp: &Stamp, to: &str) -> io::Result<()> {
        point("rename")?;
        if self.kind(from)? != Some(Kind::File) {
            return Err(io::Error::other(
                "another program has replaced the new file",
            ));
        }
        fs::rename(self.path.join(from), self.path.join(to))
    }

    /// Removes a file, or a link itself.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        point("remove")?;
        fs::remove_file(self.path.join(name))
    }

    /// Removes a folder, if it is empty.
    pub(crate) fn remove_folder(&self, name: &str) -> io::Result<()> {
        point("remove folder")?;
        fs::remove_dir(self.path.join(name))
    }

    /// Does nothing: there is no handle to flush.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as on Unix")]
    pub(crate) fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    /// Says whether a path still leads to this folder.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        path == self.path
    }

    /// Cannot be done without a handle.
    #[expect(clippy::unused_self, reason = "as on Unix")]
    pub(crate) fn try_lock(&self, _alone: bool) -> io::Result<bool> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
