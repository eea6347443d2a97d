//! The output folder: looking at it and changing it, never outside of it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use helmwright::diagnostic::Diagnostic;

use crate::load::file::whole;
use crate::project::Place;

/// Most bytes of an existing file that are read. We write no file near that size, so a longer one is not ours,
/// and its first bytes are enough to show that it differs.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The output folder. It may be a symbolic link itself; nothing below it may.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    place: Place,
}

/// What bars the way to a file: no flag changes that, so the run cannot go on.
pub(crate) type Blocked = Diagnostic;

/// Folders that were looked at, so that each is looked at once.
pub(crate) type Seen = BTreeMap<String, Result<bool, Blocked>>;

impl Target {
    /// Names the output folder.
    pub(crate) fn new(place: &Place) -> Self {
        Self {
            place: place.clone(),
        }
    }

    /// Returns how a file in it is called.
    pub(crate) fn name(&self, path: &str) -> String {
        crate::paths::join(&self.place.name, path)
    }

    /// Returns where a file in it lies.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        if path == "." {
            self.place.path.clone()
        } else {
            self.place.path.join(path)
        }
    }

    /// Says whether the output folder is there.
    pub(crate) fn exists(&self) -> Result<bool, Blocked> {
        match fs::metadata(&self.place.path) {
            Ok(metadata) if metadata.is_dir() => Ok(true),
            Ok(_) => Err(blocked(
                &self.place.name,
                "a file stands where the output folder is meant",
                "move it away, or name another folder with `--out DIR`",
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(not_readable(&self.place.name, &error)),
        }
    }

    /// Says whether the folder of a file is there, with no symbolic link on the way.
    pub(crate) fn has_folder(&self, path: &str, seen: &mut Seen) -> Result<bool, Blocked> {
        let Some((folder, _)) = path.rsplit_once('/') else {
            return Ok(true);
        };
        if let Some(known) = seen.get(folder) {
            return known.clone();
        }
        let found = match self.has_folder(folder, seen) {
            Ok(true) => self.look_at_folder(folder),
            other => other,
        };
        seen.insert(folder.to_owned(), found.clone());
        found
    }

    fn look_at_folder(&self, folder: &str) -> Result<bool, Blocked> {
        match fs::symlink_metadata(self.path(folder)) {
            Ok(metadata) if metadata.is_dir() => Ok(true),
            Ok(metadata) if metadata.is_symlink() => Err(self.is_link(folder)),
            Ok(_) => Err(blocked(
                &self.name(folder),
                "a file stands where a folder is needed",
                "move the file away",
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(not_readable(&self.name(folder), &error)),
        }
    }

    /// Reads a file whose folder is there; nothing if there is no such file.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Blocked> {
        let place = self.path(path);
        let failed = |error: io::Error| not_readable(&self.name(path), &error);
        let metadata = match fs::symlink_metadata(&place) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if metadata.is_symlink() {
            return Err(self.is_link(path));
        }
        if !metadata.is_file() {
            return Err(blocked(
                &self.name(path),
                "a folder stands where a file is needed",
                "move the folder away",
            ));
        }
        let mut bytes =
            Vec::with_capacity(usize::try_from(metadata.len().min(MAX_BYTES)).unwrap_or(0) + 1);
        File::open(&place)
            .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
            .map_err(failed)?;
        Ok(Some(bytes))
    }

    fn is_link(&self, path: &str) -> Blocked {
        let leads =
            fs::read_link(self.path(path)).map(|to| format!("it leads to `{}`", to.display()));
        Diagnostic::error("output/symbolic-link", "a symbolic link lies in the output folder")
            .at(&whole(&self.name(path)))
            .why(format!(
                "{}, and what is written or removed through it may lie outside of the output folder",
                leads.unwrap_or_else(|_| "it cannot be followed".to_owned())
            ))
            .help("replace the link by a real folder or file; only the output folder itself may be a link")
    }

    /// Makes a file's folder, and the output folder.
    pub(crate) fn make_folder(&self, path: &str) -> Result<(), Blocked> {
        let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let name = if folder == "." {
            &self.place.name
        } else {
            &self.name(folder)
        };
        fs::create_dir_all(self.path(folder)).map_err(|error| not_writable(name, &error))
    }

    /// Writes a text beside the file that it will become; `flush` brings it to the disk before it replaces anything.
    ///
    /// The name is fixed, so that the next run finds what an interrupted one left, and the file is always a new
    /// one: whatever stood there is unlinked, never followed.
    pub(crate) fn stage(&self, path: &str, text: &str, flush: bool) -> Result<(), Blocked> {
        let staged = self.path(&staged(path));
        let write = || {
            let mut file = match OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&staged)
            {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    fs::remove_file(&staged)?;
                    OpenOptions::new()
                        .write(true)
                        .create_new(true)
                        .open(&staged)?
                }
                other => other?,
            };
            file.write_all(text.as_bytes())?;
            if flush { file.sync_data() } else { Ok(()) }
        };
        write().map_err(|error| not_writable(&self.name(path), &error))
    }

    /// Puts a staged text in its place, in one step.
    pub(crate) fn commit(&self, path: &str) -> Result<(), Blocked> {
        fs::rename(self.path(&staged(path)), self.path(path))
            .map_err(|error| not_writable(&self.name(path), &error))
    }

    /// Removes what was staged, if it is there.
    pub(crate) fn unstage(&self, path: &str) {
        // Left-overs harm nobody; the run's own outcome is what counts.
        let _ = fs::remove_file(self.path(&staged(path)));
    }

    /// Renames one file of the output folder to another.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Blocked> {
        fs::rename(self.path(from), self.path(to))
            .map_err(|error| not_writable(&self.name(to), &error))
    }

    /// Removes a file, and its folders as far as they are empty then.
    pub(crate) fn remove(&self, path: &str) -> Result<(), Blocked> {
        fs::remove_file(self.path(path)).map_err(|error| not_writable(&self.name(path), &error))?;
        self.prune(path);
        Ok(())
    }

    /// Removes the folders of a file that is gone, as far as they are empty.
    pub(crate) fn prune(&self, path: &str) {
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            match fs::remove_dir(self.path(parent)) {
                // An interrupted run may have come this far.
                Err(error) if error.kind() != io::ErrorKind::NotFound => break,
                _ => folder = parent,
            }
        }
    }

    /// Brings the output folder's own names to the disk, where the system can do that. A journal keeps its order,
    /// so every earlier rename is on the disk then, too.
    pub(crate) fn flush_names(&self) {
        if cfg!(unix) {
            // A file system that cannot is no reason to fail: every file is whole already.
            let _ = File::open(&self.place.path).and_then(|folder| folder.sync_all());
        }
    }
}

/// Returns the name that a file has while it is written.
fn staged(path: &str) -> String {
    let (folder, file) = match path.rsplit_once('/') {
        Some((folder, file)) => (format!("{folder}/"), file),
        None => (String::new(), path),
    };
    format!("{folder}.{}.helmwright-new", file.trim_start_matches('.'))
}

fn blocked(name: &str, message: &str, help: &str) -> Blocked {
    Diagnostic::error("output/blocked", message)
        .at(&whole(name))
        .why("helmwright never replaces a folder by a file or a file by a folder")
        .help(help)
}

fn not_readable(name: &str, error: &io::Error) -> Blocked {
    Diagnostic::error("output/unreadable", "what is there now cannot be read")
        .at(&whole(name))
        .why(error.to_string())
        .help("let this user read it, or name another folder with `--out DIR`")
}

/// Says that a file or folder cannot be written, and what mends that.
pub(crate) fn not_writable(name: &str, error: &io::Error) -> Blocked {
    use io::ErrorKind::{
        NotADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    let help = match error.kind() {
        StorageFull | QuotaExceeded => "make room on the disk and run the command again",
        PermissionDenied | ReadOnlyFilesystem => "let this user write there, or name another place",
        NotADirectory => "move away the file that stands where a folder is needed",
        _ => "mend the place, or name another one",
    };
    Diagnostic::error("output/not-writable", "this cannot be written")
        .at(&whole(name))
        .why(error.to_string())
        .help(help)
}

/// Writes one file on its own, such as a contract: whole or not at all.
pub(crate) fn write_alone(place: &Place, text: &str) -> Result<(), Blocked> {
    let folder = place.path.parent().unwrap_or(Path::new(""));
    let file = place
        .path
        .file_name()
        .map(|file| file.to_string_lossy().into_owned())
        .unwrap_or_default();
    if file.is_empty() || place.path.is_dir() {
        return Err(blocked(
            &place.name,
            "a folder stands where a file is meant",
            "name a file in it",
        ));
    }
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let target = Target {
        place: Place {
            path: folder.to_owned(),
            name: crate::paths::normal(folder),
        },
    };
    fs::create_dir_all(folder).map_err(|error| not_writable(&place.name, &error))?;
    let written = target
        .stage(&file, text, true)
        .and_then(|()| target.commit(&file));
    if written.is_err() {
        target.unstage(&file);
    }
    written
}
