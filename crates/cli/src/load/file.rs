//! One text file, read with a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::source::{Location, Source, Span};

/// Largest text that is read, in bytes. The largest values file known to us has 0.3 MB; a file past this
/// limit is no environment and no values file, and is refused before its text is in memory.
pub(crate) const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// Largest dump of a cluster that is read, in bytes: twenty thousand pods have about 150 MB.
pub(crate) const MAX_DUMP_BYTES: u64 = 512 * 1024 * 1024;

/// Why a file gave no text.
#[derive(Debug)]
pub(crate) enum Unread {
    /// There is no such file.
    Missing(Diagnostic),
    /// There is one, but it is no text of ours: the user's to mend.
    Unfit(Diagnostic),
    /// The system does not let us read it.
    Failed(Diagnostic),
}

impl Unread {
    /// Returns the finding, whatever the reason.
    pub(crate) fn diagnostic(self) -> Diagnostic {
        match self {
            Self::Missing(found) | Self::Unfit(found) | Self::Failed(found) => found,
        }
    }
}

/// Reads a file whole, if it is a text of at most [`MAX_BYTES`].
pub(crate) fn read(path: &Path, name: &str) -> Result<Arc<Source>, Unread> {
    let bytes = read_bytes(path, name)?;
    decode(bytes, name)
}

/// Reads a file whole, or standard input where its name is `-`, if it is a text of at most [`MAX_DUMP_BYTES`].
pub(crate) fn read_dump(path: &Path, name: &str) -> Result<Arc<Source>, Unread> {
    if path == Path::new("-") {
        let bytes = read_limited(io::stdin().lock(), STDIN, 0, MAX_DUMP_BYTES)?;
        return decode(bytes, STDIN);
    }
    let bytes = read_bytes_up_to(path, name, MAX_DUMP_BYTES)?;
    decode(bytes, name)
}

/// What standard input is called in findings.
const STDIN: &str = "<stdin>";

/// Reads a file whole, if it has at most [`MAX_BYTES`].
pub(crate) fn read_bytes(path: &Path, name: &str) -> Result<Vec<u8>, Unread> {
    read_bytes_up_to(path, name, MAX_BYTES)
}

fn read_bytes_up_to(path: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Unread> {
    let failed = |error: io::Error| unread(&error, name);
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(Unread::Unfit(
            Diagnostic::error(
                "input/not-a-file",
                "this is a folder, where a file is meant",
            )
            .at(&whole(name))
            .why("only files are read, and a folder's name may end like one")
            .help("rename the folder, or name a file"),
        ));
    }
    if metadata.len() > limit {
        return Err(too_large(name, limit));
    }
    let expected = usize::try_from(metadata.len()).unwrap_or(0);
    read_limited(file, name, expected, limit)
}

/// Reads standard input as a file named `<stdin>`.
pub(crate) fn read_stdin() -> Result<Arc<Source>, Unread> {
    let bytes = read_limited(io::stdin().lock(), STDIN, 0, MAX_BYTES)?;
    decode(bytes, STDIN)
}

fn read_limited(
    reader: impl Read,
    name: &str,
    expected: usize,
    limit: u64,
) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::with_capacity(expected + 1);
    // One byte past the limit shows that there is more; a pipe has no length to ask for.
    reader
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unread(&error, name))?;
    if bytes.len() as u64 > limit {
        Err(too_large(name, limit))
    } else {
        Ok(bytes)
    }
}

/// Turns bytes into a source, or marks the first byte that is not UTF-8.
pub(crate) fn decode(bytes: Vec<u8>, name: &str) -> Result<Arc<Source>, Unread> {
    String::from_utf8(bytes)
        .map(|text| Source::new(name, text))
        .map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let byte = error.as_bytes().get(valid).copied().unwrap_or_default();
            let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()).into_owned());
            // The replacement character stands where the broken byte was.
            let place = Location::new(
                &source,
                Span::new(valid, valid + char::REPLACEMENT_CHARACTER.len_utf8()),
            );
            let help = if error.as_bytes().starts_with(&[0xff, 0xfe])
                || error.as_bytes().starts_with(&[0xfe, 0xff])
            {
                "save it as UTF-8; it looks like UTF-16"
            } else {
                "save it as UTF-8"
            };
            Unread::Unfit(
                Diagnostic::error(
                    "input/not-utf-8",
                    format!("byte 0x{byte:02x} is not UTF-8 text"),
                )
                .at(&place)
                .why("YAML files are UTF-8; what another encoding means would be a guess")
                .help(help),
            )
        })
}

/// Returns the place that means a whole file.
pub(crate) fn whole(name: &str) -> Location {
    Location::of_file(&Source::new(name, ""))
}

fn too_large(name: &str, limit: u64) -> Unread {
    Unread::Unfit(
        Diagnostic::error(
            "input/too-large",
            format!("the file is larger than {} MiB", limit / 1024 / 1024),
        )
        .at(&whole(name))
        .why("nothing of this kind that is known to us comes near that size, so it is not read")
        .help("name the file that is meant, or move this one elsewhere"),
    )
}

fn unread(error: &io::Error, name: &str) -> Unread {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound, PermissionDenied};
    match error.kind() {
        NotFound | NotADirectory | InvalidFilename | InvalidInput => Unread::Missing(
            Diagnostic::error("input/missing-file", "there is no such file")
                .at(&whole(name))
                .why(error.to_string())
                .help("check the name; paths count from the working folder"),
        ),
        kind => Unread::Failed(
            Diagnostic::error("input/unreadable", "the file cannot be read")
                .at(&whole(name))
                .why(error.to_string())
                .help(if kind == PermissionDenied {
                    "let this user read the file"
                } else {
                    "check the file and its disk"
                }),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_byte_has_line_and_column() {
        let Err(Unread::Unfit(found)) = decode(b"a: 1\nb: \xe4\n".to_vec(), "envs/dev.yaml") else {
            panic!("not refused");
        };
        assert_eq!(
            format!("{:?}", found.location().unwrap()),
            "envs/dev.yaml:2:4"
        );
        assert_eq!(found.message, "byte 0xe4 is not UTF-8 text");
        let Err(utf16) = decode(b"\xff\xfea\0".to_vec(), "x") else {
            panic!("not refused")
        };
        assert!(utf16.diagnostic().help.unwrap().contains("UTF-16"));
    }

    #[test]
    fn limits_hold_for_files_and_pipes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.yaml");
        File::create(&path).unwrap().set_len(100_000_000).unwrap();
        let Err(Unread::Unfit(found)) = read(&path, "large.yaml") else {
            panic!("not refused")
        };
        assert_eq!(found.id, "input/too-large");
        let Err(Unread::Unfit(found)) = read_limited(io::repeat(b'a'), "<stdin>", 0, MAX_BYTES)
        else {
            panic!("not refused")
        };
        assert_eq!(found.id, "input/too-large");
    }

    #[test]
    fn what_is_no_file_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path(), "x"), Err(Unread::Unfit(_))));
        assert!(matches!(
            read(&folder.path().join("no"), "x"),
            Err(Unread::Missing(_))
        ));
        assert!(matches!(
            read(Path::new("a\0b"), "x"),
            Err(Unread::Missing(_))
        ));
    }
}
