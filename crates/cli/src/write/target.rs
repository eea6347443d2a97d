//! The output folder: looking at it and changing it, never outside of it.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use helmwright::diagnostic::Diagnostic;

use crate::load::file::whole;
use crate::project::Place;
use crate::write::fault::{parts, point};
use crate::write::folder::{Folder, Kind, Stamp};
use crate::write::lock;

/// Most bytes of an existing file that are read. We write no file near that size, so a longer one is not ours,
/// and its first bytes are enough to show that it differs.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The output folder. It may be a symbolic link itself; nothing below it may.
#[derive(Debug)]
pub(crate) struct Target {
    place: Place,
    /// Whether nobody wants to hear that this run waits for another.
    quiet: bool,
    /// The open folder, which stays the same folder until the run ends, whatever its path then leads to.
    root: OnceLock<Folder>,
    /// What this run made and would leave behind empty: the output folder and those above it, then those in it.
    made: Mutex<(Vec<PathBuf>, Vec<String>)>,
}

/// What bars the way to a file: no flag changes that, so the run cannot go on.
pub(crate) type Blocked = Diagnostic;

impl Target {
    /// Names the output folder.
    pub(crate) fn new(place: &Place) -> Self {
        Self {
            place: place.clone(),
            quiet: false,
            root: OnceLock::new(),
            made: Mutex::default(),
        }
    }

    /// Keeps the run from saying that it waits for another.
    pub(crate) fn quietly(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    /// Returns how a file in it is called.
    pub(crate) fn name(&self, path: &str) -> String {
        crate::paths::join(&self.place.name, path)
    }

    /// Says whether the output folder is there; if so, keeps other runs from changing it until this one ends.
    pub(crate) fn exists(&self) -> Result<bool, Blocked> {
        if self.root.get().is_some() {
            return Ok(true);
        }
        self.open(false)
    }

    /// Makes the output folder if need be, and keeps other runs away from it until this one ends.
    pub(crate) fn begin(&self) -> Result<(), Blocked> {
        if self.root.get().is_some() {
            return Ok(());
        }
        loop {
            self.make_root()
                .map_err(|error| not_writable(&self.place.name, &error))?;
            if self.open(true)? {
                return Ok(());
            }
            // Another run that failed may have removed what it had made; a link that leads nowhere stays.
            if fs::symlink_metadata(&self.place.path).is_ok() {
                let error = io::ErrorKind::NotFound.into();
                return Err(not_writable(&self.place.name, &error));
            }
        }
    }

    /// Opens and locks the output folder, if it is there.
    fn open(&self, alone: bool) -> Result<bool, Blocked> {
        let name = &self.place.name;
        loop {
            let folder = match Folder::open(&self.place.path) {
                Ok(folder) => folder,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                    return Err(blocked(
                        name,
                        "a file stands where the output folder is meant",
                        "move it away, or name another folder with `--out DIR`",
                    ));
                }
                Err(error) => return Err(not_readable(name, &error)),
            };
            lock::wait(&folder, name, alone, self.quiet)?;
            // While this run waited, the other may have removed the folder that it had made.
            if folder.is_at(&self.place.path) {
                let _ = self.root.set(folder);
                return Ok(true);
            }
        }
    }

    fn make_root(&self) -> io::Result<()> {
        let path = &self.place.path;
        let missing: Vec<&Path> = path
            .ancestors()
            .take_while(|path| {
                let found = fs::metadata(path);
                !path.as_os_str().is_empty()
                    && found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
            })
            .collect();
        for path in missing.into_iter().rev() {
            point("make folder")?;
            match fs::create_dir(path) {
                Ok(()) => self.made().0.push(path.to_owned()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn made(&self) -> MutexGuard<'_, (Vec<PathBuf>, Vec<String>)> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the folder of a file, with no symbolic link on the way, and does something in it.
    ///
    /// The outer error bars the way; the inner one is the step's own, or that there is no such folder.
    fn within<R>(
        &self,
        path: &str,
        step: impl FnOnce(&Folder, &str) -> io::Result<R>,
    ) -> Result<io::Result<R>, Blocked> {
        let missing = || Ok(Err(io::ErrorKind::NotFound.into()));
        if !self.exists()? {
            return missing();
        }
        let Some(root) = self.root.get() else {
            return missing();
        };
        let mut open: Option<Folder> = None;
        for folder in folders(path) {
            let here = open.as_ref().unwrap_or(root);
            match here.enter(split(folder).1) {
                Ok(entered) => open = Some(entered),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return missing(),
                Err(error) => return Err(self.shut(here, folder, &error)),
            }
        }
        Ok(step(open.as_ref().unwrap_or(root), split(path).1))
    }

    /// Says why a folder cannot be entered.
    fn shut(&self, above: &Folder, folder: &str, error: &io::Error) -> Blocked {
        let name = split(folder).1;
        match above.kind(name) {
            Ok(Some(Kind::Link)) => self.is_link(above, folder),
            Ok(Some(Kind::File | Kind::Other)) => blocked(
                &self.name(folder),
                "a file stands where a folder is needed",
                "move the file away",
            ),
            _ => not_readable(&self.name(folder), error),
        }
    }

    /// Does a step that changes something.
    fn change<R>(
        &self,
        path: &str,
        step: impl FnOnce(&Folder, &str) -> io::Result<R>,
    ) -> Result<R, Blocked> {
        self.within(path, step)?
            .map_err(|error| not_writable(&self.name(path), &error))
    }

    /// Reads a file; nothing if there is no such file.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Blocked> {
        let mut barred = None;
        let read = self.within(path, |folder, name| {
            let is_file = |file: &fs::File| file.metadata().map(|found| found.is_file());
            let opened = folder
                .read(name)
                .and_then(|file| Ok((is_file(&file)?, file)));
            let file = match opened {
                Ok((true, file)) => file,
                other => {
                    barred = self.is_no_file(folder, path);
                    return Err(other
                        .err()
                        .unwrap_or_else(|| io::ErrorKind::NotFound.into()));
                }
            };
            let length = file.metadata()?.len().min(MAX_BYTES);
            let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
            file.take(MAX_BYTES).read_to_end(&mut bytes)?;
            Ok(bytes)
        })?;
        match (barred, read) {
            (Some(found), _) => Err(found),
            (None, Ok(bytes)) => Ok(Some(bytes)),
            (None, Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            (None, Err(error)) => Err(not_readable(&self.name(path), &error)),
        }
    }

    /// Says what stands where a file is meant, if it is no file.
    fn is_no_file(&self, folder: &Folder, path: &str) -> Option<Blocked> {
        let (message, help) = match folder.kind(split(path).1) {
            Ok(Some(Kind::Link)) => return Some(self.is_link(folder, path)),
            Ok(Some(Kind::Folder)) => (
                "a folder stands where a file is needed",
                "move the folder away",
            ),
            Ok(Some(Kind::Other)) => (
                "a pipe, socket or device stands where a file is needed",
                "move it away",
            ),
            Ok(Some(Kind::File) | None) | Err(_) => return None,
        };
        Some(blocked(&self.name(path), message, help))
    }

    fn is_link(&self, folder: &Folder, path: &str) -> Blocked {
        let leads = folder
            .read_link(split(path).1)
            .map(|to| format!("it leads to `{}`", to.display()));
        Diagnostic::error("output/symbolic-link", "a symbolic link lies in the output folder")
            .at(&whole(&self.name(path)))
            .why(format!(
                "{}, and what is written or removed through it may lie outside of the output folder",
                leads.unwrap_or_else(|_| "it cannot be followed".to_owned())
            ))
            .help("replace the link by a real folder or file; only the output folder itself may be a link")
    }

    /// Says whether something was left where a file is written before it gets its name.
    pub(crate) fn is_staged(&self, path: &str) -> bool {
        self.within(path, |folder, name| folder.kind(&staged(name)))
            .is_ok_and(|found| matches!(found, Ok(Some(Kind::File))))
    }

    /// Makes a folder, if it is not there.
    pub(crate) fn make_folder(&self, folder: &str) -> Result<(), Blocked> {
        if self.change(folder, Folder::make)? {
            self.made().1.push(folder.to_owned());
        }
        Ok(())
    }

    /// Writes a text beside the file that it will become.
    ///
    /// The name is fixed, so that the next run finds what an interrupted one left, and the file is always a new
    /// one: whatever stood there is unlinked, never followed. If it will stand in place of a file (`over`), it gets
    /// that file's permissions and is flushed, so that even a power cut leaves the old file or the new one.
    pub(crate) fn stage(
        &self,
        path: &str,
        text: &str,
        over: Option<&str>,
    ) -> Result<Stamp, Blocked> {
        self.change(path, |folder, name| {
            let staged = staged(name);
            let mut file = match folder.create(&staged) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    folder.remove(&staged)?;
                    folder.create(&staged)?
                }
                other => other?,
            };
            if let Some(old) = over {
                folder.take_over(split(old).1, &file)?;
            }
            for part in parts(text).into_iter().filter(|part| !part.is_empty()) {
                point("write")?;
                file.write_all(part)?;
            }
            if over.is_some() {
                point("flush")?;
                file.sync_data()?;
            }
            Stamp::of(&file)
        })
    }

    /// Puts a staged text in its place, in one step.
    pub(crate) fn commit(&self, path: &str, stamp: &Stamp) -> Result<(), Blocked> {
        self.change(path, |folder, name| {
            folder.rename(&staged(name), stamp, name)
        })
    }

    /// Removes what was staged; says whether nothing is left of it.
    pub(crate) fn unstage(&self, path: &str) -> bool {
        let removed = self.within(path, |folder, name| {
            let staged = staged(name);
            match folder.kind(&staged)? {
                Some(Kind::File | Kind::Link) => folder.remove(&staged),
                // No file of ours, then.
                Some(Kind::Folder | Kind::Other) | None => Ok(()),
            }
        });
        match removed {
            Ok(Err(error)) => error.kind() == io::ErrorKind::NotFound,
            other => other.is_ok(),
        }
    }

    /// Removes a file of ours, if that can be done.
    pub(crate) fn discard(&self, path: &str) {
        let _ = self.within(path, Folder::remove);
    }

    /// Renames one file of the output folder itself to another.
    pub(crate) fn rename(&self, from: &str, stamp: &Stamp, to: &str) -> Result<(), Blocked> {
        self.change(to, |folder, name| folder.rename(from, stamp, name))
    }

    /// Removes a file, and its folders as far as they are empty then.
    pub(crate) fn remove(&self, path: &str) -> Result<(), Blocked> {
        self.change(path, Folder::remove)?;
        self.prune(path)
    }

    /// Removes the folders of a file that is gone, as far as they are empty.
    pub(crate) fn prune(&self, path: &str) -> Result<(), Blocked> {
        use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotFound, ResourceBusy};
        for folder in folders(path).collect::<Vec<_>>().into_iter().rev() {
            match self.within(folder, Folder::remove_folder)? {
                Ok(()) => {}
                Err(error) => match error.kind() {
                    // An interrupted run may have come this far.
                    NotFound => {}
                    DirectoryNotEmpty | AlreadyExists | ResourceBusy => break,
                    _ => return Err(not_writable(&self.name(folder), &error)),
                },
            }
        }
        Ok(())
    }

    /// Brings the output folder's own names to the disk, where the system can do that. A journal keeps its order,
    /// so every earlier rename is on the disk then, too.
    pub(crate) fn flush_names(&self) {
        // A file system that cannot is no reason to fail: every file is whole already.
        let _ = self.root.get().map(Folder::flush);
    }

    /// Keeps the folders that were made: they are not empty any more.
    pub(crate) fn keep_folders(&self) {
        *self.made() = Default::default();
    }
}

impl Drop for Target {
    /// Removes the folders that a run made and put nothing into.
    fn drop(&mut self) {
        let (above, below) = std::mem::take(&mut *self.made());
        for folder in below.iter().rev() {
            let _ = self.within(folder, Folder::remove_folder);
        }
        for folder in above.iter().rev() {
            let _ = point("remove folder").and_then(|()| fs::remove_dir(folder));
        }
    }
}

/// Returns the folders on the way to a file, outermost first.
pub(crate) fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// Splits a path into its folder and its last part.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Returns the name that a file has while it is written.
fn staged(name: &str) -> String {
    format!(".{}.helmwright-new", name.trim_start_matches('.'))
}

fn blocked(name: &str, message: &str, help: &str) -> Blocked {
    Diagnostic::error("output/blocked", message)
        .at(&whole(name))
        .why("helmwright replaces files by files, and nothing else")
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
    let target = Target::new(&Place {
        path: folder.to_owned(),
        name: crate::paths::normal(folder),
    });
    fs::create_dir_all(folder).map_err(|error| not_writable(&place.name, &error))?;
    let written = target
        .stage(&file, text, Some(&file))
        .and_then(|stamp| target.commit(&file, &stamp));
    if written.is_err() {
        target.unstage(&file);
    }
    written
}
