//! A stream of manifests, read piece by piece: it may be larger than memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use helmwright::diagnostic::Diagnostic;
use helmwright::manifest::{Manifests, Reader};

use super::file::whole;

/// What is read at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// Reads manifests from a file, or from standard input where its name is `-`.
///
/// A file that cannot be opened is an error; what is wrong in the text is among the manifests' findings.
pub(crate) fn manifests(path: &Path, name: &str) -> Result<Manifests, Diagnostic> {
    if path == Path::new("-") {
        return read(io::stdin().lock(), "<stdin>");
    }
    let failed = |error: io::Error| {
        Diagnostic::error("input/unreadable", "the manifests cannot be read")
            .at(&whole(name))
            .why(error.to_string())
            .help("name a file of manifests, or `-` for standard input")
    };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(Diagnostic::error(
            "input/not-a-file",
            "this is a folder, where a file is meant",
        )
        .at(&whole(name))
        .why("manifests are read from one stream")
        .help("pipe the files in: `cat DIR/*.yaml | helmwright lint --manifests -`"));
    }
    read(file, name)
}

fn read(mut input: impl Read, name: &str) -> Result<Manifests, Diagnostic> {
    let mut reader = Reader::new(name);
    let mut bytes = vec![0; PIECE];
    let mut held = 0;
    loop {
        let count = match input.read(&mut bytes[held..]) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(
                    Diagnostic::error("input/unreadable", "the manifests cannot be read")
                        .at(&whole(name))
                        .why(error.to_string())
                        .help("see that the file can be read to its end"),
                );
            }
        };
        let end = held + count;
        let (valid, broken) = match std::str::from_utf8(&bytes[..end]) {
            Ok(_) => (end, false),
            // What may become a character with the next bytes waits for them.
            Err(error) => (
                error.valid_up_to(),
                error.error_len().is_some() || count == 0 && held > 0,
            ),
        };
        if let Ok(text) = std::str::from_utf8(&bytes[..valid]) {
            reader.feed(text);
        }
        if broken {
            return Err(Diagnostic::error(
                "input/not-utf-8",
                format!("byte 0x{:02x} is not UTF-8 text", bytes[valid]),
            )
            .at(&whole(name))
            .why("manifests are UTF-8; what another encoding means would be a guess")
            .help("save them as UTF-8"));
        }
        if count == 0 {
            return Ok(reader.finish());
        }
        bytes.copy_within(valid..end, 0);
        held = end - valid;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            into[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn characters_may_come_in_pieces() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"größe\"}\n";
        let manifests = read(Slow(text.as_bytes()), "x").unwrap();
        assert!(manifests.diagnostics.is_empty());
        assert_eq!(manifests.objects.len(), 1);
    }

    #[test]
    fn broken_text_is_named() {
        for bytes in [&b"a: \xff\n"[..], b"a: \xc3"] {
            assert_eq!(read(Slow(bytes), "x").unwrap_err().id, "input/not-utf-8");
        }
    }
}
