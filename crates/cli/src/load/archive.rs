//! A chart's archive, unpacked in memory with limits.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use helmwright::diagnostic::Diagnostic;
use tar::{Archive, EntryType};

use crate::load::file::whole;
use crate::paths::is_below;

/// Most bytes that one archive may unpack to, nested archives included.
pub(crate) const MAX_UNPACKED: u64 = 64 * 1024 * 1024;

/// Most files in one chart, subcharts included; the largest chart known to us has about 400.
pub(crate) const MAX_FILES: usize = 10_000;

/// How deep packed subcharts may lie in one another.
pub(crate) const MAX_DEPTH: usize = 8;

/// What may still be unpacked.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: u64,
    files: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: MAX_UNPACKED,
            files: MAX_FILES,
        }
    }
}

impl Budget {
    /// Takes one file of some bytes.
    pub(crate) fn take(&mut self, bytes: u64, name: &str) -> Result<(), Diagnostic> {
        match (self.bytes.checked_sub(bytes), self.files.checked_sub(1)) {
            (Some(bytes), Some(files)) => {
                *self = Self { bytes, files };
                Ok(())
            }
            _ => Err(too_large(name)),
        }
    }
}

/// Unpacks a `.tgz`: paths below the archive's top folder, with their bytes.
pub(crate) fn unpack(
    packed: &[u8],
    name: &str,
    budget: &mut Budget,
) -> Result<Vec<(String, Vec<u8>)>, Diagnostic> {
    // Headers and padding count too, so an archive of a million empty entries ends as well.
    let mut reader = Limited {
        inner: MultiGzDecoder::new(packed),
        left: budget.bytes,
        exceeded: false,
    };
    let mut files = Vec::new();
    let outcome = read_entries(&mut reader, name, budget, &mut files);
    if reader.exceeded {
        return Err(too_large(name));
    }
    outcome.map(|()| files)
}

fn read_entries(
    reader: &mut impl Read,
    name: &str,
    budget: &mut Budget,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), Diagnostic> {
    let broken = |error: io::Error| {
        Diagnostic::error("chart/broken-archive", "the archive cannot be unpacked")
            .at(&whole(name))
            .why(error.to_string())
            .help("fetch it again with `helm pull`, or name the chart's folder")
    };
    for entry in Archive::new(reader).entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::Directory | EntryType::XGlobalHeader) {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes())
            .trim_start_matches("./")
            .to_owned();
        if !is_below(&path) {
            return Err(unsafe_entry(
                name,
                &path,
                "its path leads out of the archive's folder",
            ));
        }
        if !matches!(kind, EntryType::Regular | EntryType::Continuous) {
            return Err(unsafe_entry(name, &path, "it is a link or a device"));
        }
        budget.take(entry.size(), name)?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(broken)?;
        if let Some((_, below)) = path.split_once('/') {
            files.push((below.to_owned(), bytes));
        }
    }
    Ok(())
}

fn too_large(name: &str) -> Diagnostic {
    Diagnostic::error(
        "chart/too-large",
        "the chart unpacks to more than a chart has",
    )
    .at(&whole(name))
    .why(format!(
        "at most {} MiB in {MAX_FILES} files are read",
        MAX_UNPACKED / 1024 / 1024
    ))
    .help("name the chart itself, not a folder or archive that holds more")
}

fn unsafe_entry(name: &str, path: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "chart/unsafe-entry",
        format!("the archive's entry `{path}` is refused"),
    )
    .at(&whole(name))
    .why(format!(
        "{why}, and no chart that Helm packs has such an entry"
    ))
    .help("fetch the chart again from its repository with `helm pull`")
}

/// A reader that ends with an error past a number of bytes.
struct Limited<R> {
    inner: R,
    left: u64,
    exceeded: bool,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => {
                self.exceeded = true;
                Err(io::Error::other("too much to unpack"))
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Packs entries without a look at their paths, as an attacker would.
    pub(crate) fn pack(entries: &[(&str, &[u8], EntryType)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, bytes, kind) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            if *kind == EntryType::Symlink {
                header.set_link_name("/etc/passwd").unwrap();
            }
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn refusal(entries: &[(&str, &[u8], EntryType)]) -> String {
        unpack(&pack(entries), "a.tgz", &mut Budget::default())
            .unwrap_err()
            .id
            .into_owned()
    }

    #[test]
    fn strips_the_top_folder() {
        let packed = pack(&[
            ("tempo/", b"", EntryType::Directory),
            ("tempo/Chart.yaml", b"name: tempo", EntryType::Regular),
            ("tempo/templates/a.yaml", b"a", EntryType::Regular),
        ]);
        let files = unpack(&packed, "a.tgz", &mut Budget::default()).unwrap();
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["Chart.yaml", "templates/a.yaml"]);
    }

    #[test]
    fn refuses_paths_and_links_that_leave() {
        for path in ["../x", "/etc/x", "tempo/../../x"] {
            assert_eq!(
                refusal(&[(path, b"", EntryType::Regular)]),
                "chart/unsafe-entry",
                "{path}"
            );
        }
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo] {
            assert_eq!(refusal(&[("tempo/x", b"", kind)]), "chart/unsafe-entry");
        }
    }

    #[test]
    fn refuses_bombs() {
        let zeros = vec![0; 65 * 1024 * 1024];
        assert_eq!(
            refusal(&[("tempo/x", &zeros, EntryType::Regular)]),
            "chart/too-large"
        );
        let many = vec![("tempo/x", b"".as_slice(), EntryType::Regular); MAX_FILES + 1];
        assert_eq!(refusal(&many), "chart/too-large");
        let folders = vec![("tempo/", b"".as_slice(), EntryType::Directory); 140_000];
        assert_eq!(refusal(&folders), "chart/too-large");
    }

    /// Ten gigabytes of zeros behind a header: members of gzip follow one another, so the file is small.
    fn zeros(kind: EntryType) -> Vec<u8> {
        const PART: usize = 16 * 1024 * 1024;
        const PARTS: usize = 640;
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..7].copy_from_slice(b"tempo/x");
        header.set_entry_type(kind);
        header.set_size((PART * PARTS) as u64);
        header.set_mode(0o644);
        header.set_cksum();
        let member = |bytes: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            io::Write::write_all(&mut encoder, bytes).unwrap();
            encoder.finish().unwrap()
        };
        let mut packed = member(header.as_bytes());
        let part = member(&vec![0; PART]);
        for _ in 0..PARTS {
            packed.extend_from_slice(&part);
        }
        packed
    }

    #[test]
    fn ten_gigabytes_of_zeros_are_refused_wherever_they_stand() {
        // As a file; as the name or the attributes of the next one, which are read whole before it; and as a folder's.
        for kind in [
            EntryType::Regular,
            EntryType::GNULongName,
            EntryType::GNULongLink,
            EntryType::XHeader,
            EntryType::XGlobalHeader,
            EntryType::Directory,
        ] {
            let begin = std::time::Instant::now();
            let refused = unpack(&zeros(kind), "a.tgz", &mut Budget::default());
            let id = refused.map_err(|found| found.id.into_owned());
            assert_eq!(id.err().as_deref(), Some("chart/too-large"), "{kind:?}");
            assert!(begin.elapsed().as_secs() < 60, "{kind:?}");
        }
    }

    #[test]
    fn long_names_lead_out_no_more_than_short_ones() {
        let long = |kind: EntryType, name: &[u8]| {
            pack(&[
                ("././@LongLink", name, kind),
                ("tempo/x", b"", EntryType::Regular),
            ])
        };
        let outside = format!("tempo/{}../../../../x", "a/".repeat(2));
        let attribute = |path: &str| {
            let rest = format!(" path={path}\n");
            let length = (rest.len() + 2..)
                .find(|length| length.to_string().len() + rest.len() == *length)
                .unwrap();
            format!("{length}{rest}").into_bytes()
        };
        for packed in [
            long(EntryType::GNULongName, outside.as_bytes()),
            long(EntryType::XHeader, &attribute(&outside)),
            long(EntryType::XHeader, &attribute("/etc/cron.d/x")),
        ] {
            let refused = unpack(&packed, "a.tgz", &mut Budget::default()).unwrap_err();
            assert_eq!(refused.id, "chart/unsafe-entry");
        }
    }

    #[test]
    fn a_torn_archive_is_said() {
        let packed = pack(&[("tempo/Chart.yaml", b"name: tempo", EntryType::Regular)]);
        for torn in [&packed[..packed.len() / 2], b"no gzip", b""] {
            assert!(unpack(torn, "a.tgz", &mut Budget::default()).is_err());
        }
    }
}
