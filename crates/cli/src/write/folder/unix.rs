//! Folders by their handles: `openat` and its kin.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};

use super::Kind;
use crate::write::fault::point;

/// What tells a file from every other.
#[derive(Debug)]
pub(crate) struct Stamp(fs::Stat);

impl Stamp {
    /// Takes it of an open file.
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        Ok(Self(fs::fstat(file)?))
    }
}

/// An open folder.
#[derive(Debug)]
pub(crate) struct Folder {
    handle: File,
}

impl Folder {
    const OPEN: OFlags = OFlags::RDONLY
        .union(OFlags::DIRECTORY)
        .union(OFlags::CLOEXEC);

    /// Opens a folder by its path, in which links are followed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let handle = fs::open(path, Self::OPEN, Mode::empty())?.into();
        Ok(Self { handle })
    }

    /// Opens a folder in this one.
    pub(crate) fn enter(&self, name: &str) -> io::Result<Self> {
        let flags = Self::OPEN.union(OFlags::NOFOLLOW);
        let handle = fs::openat(&self.handle, name, flags, Mode::empty())?.into();
        Ok(Self { handle })
    }

    /// Says what an entry is; nothing if there is none.
    pub(crate) fn kind(&self, name: &str) -> io::Result<Option<Kind>> {
        match fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Kind::File,
                FileType::Directory => Kind::Folder,
                FileType::Symlink => Kind::Link,
                _ => Kind::Other,
            })),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns where a link leads.
    pub(crate) fn read_link(&self, name: &str) -> io::Result<PathBuf> {
        let to = fs::readlinkat(&self.handle, name, Vec::new())?;
        Ok(OsString::from_vec(to.into_bytes()).into())
    }

    /// Opens a file for reading; a pipe does not keep it waiting.
    pub(crate) fn read(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(fs::openat(&self.handle, name, flags, Mode::empty())?.into())
    }

    /// Makes a folder; says whether it was not there before.
    pub(crate) fn make(&self, name: &str) -> io::Result<bool> {
        point("make folder")?;
        match fs::mkdirat(&self.handle, name, Mode::from_raw_mode(0o777)) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a file that is not there yet, for writing.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        point("create")?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        Ok(fs::openat(&self.handle, name, flags, Mode::from_raw_mode(0o666))?.into())
    }

    /// Gives a new file the permissions of the one that it will replace, and its owner where the system lets us.
    pub(crate) fn take_over(&self, from: &str, file: &File) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let old = match fs::statat(&self.handle, from, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(old) if FileType::from_raw_mode(old.st_mode) == FileType::RegularFile => old,
            _ => return Ok(()),
        };
        let new = file.metadata()?;
        if (old.st_uid, old.st_gid) != (new.uid(), new.gid()) {
            point("change owner")?;
            // Only root may give a file away. Whoever may replace the file may own the new one.
            let _ = fchown(file, Some(old.st_uid), Some(old.st_gid));
        }
        let permissions = Mode::RWXU | Mode::RWXG | Mode::RWXO;
        let mode = Mode::from_raw_mode(old.st_mode) & permissions;
        if mode != Mode::from_raw_mode(fs::fstat(file)?.st_mode) & permissions {
            point("change mode")?;
            fs::fchmod(file, mode)?;
        }
        Ok(())
    }

    /// Renames a file to another name in the same folder; a file or link of that name is replaced in one step.
    ///
    /// It must be the file of the stamp: somebody may have put another thing in its place.
    pub(crate) fn rename(&self, from: &str, stamp: &Stamp, to: &str) -> io::Result<()> {
        point("rename")?;
        let found = fs::statat(&self.handle, from, AtFlags::SYMLINK_NOFOLLOW)?;
        if (found.st_dev, found.st_ino) != (stamp.0.st_dev, stamp.0.st_ino) {
            return Err(io::Error::other(
                "another program has replaced the new file",
            ));
        }
        Ok(fs::renameat(&self.handle, from, &self.handle, to)?)
    }

    /// Removes a file, or a link itself.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        point("remove")?;
        Ok(fs::unlinkat(&self.handle, name, AtFlags::empty())?)
    }

    /// Removes a folder, if it is empty.
    pub(crate) fn remove_folder(&self, name: &str) -> io::Result<()> {
        point("remove folder")?;
        Ok(fs::unlinkat(&self.handle, name, AtFlags::REMOVEDIR)?)
    }

    /// Brings the folder's names to the disk.
    pub(crate) fn flush(&self) -> io::Result<()> {
        point("flush names")?;
        self.handle.sync_all()
    }

    /// Says whether a path still leads to this folder.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        match (std::fs::metadata(path), self.handle.metadata()) {
            (Ok(there), Ok(here)) => (there.dev(), there.ino()) == (here.dev(), here.ino()),
            _ => false,
        }
    }

    /// Locks the folder for as long as it is open; says no if another process has it.
    pub(crate) fn try_lock(&self, alone: bool) -> io::Result<bool> {
        let outcome = if alone {
            self.handle.try_lock()
        } else {
            self.handle.try_lock_shared()
        };
        match outcome {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
