//! Unpacks arbitrary bytes as the archive of a chart, and reads what comes out as a chart.
//!
//! The reader belongs to the command line, which is no library: its files are taken in by their paths.

#![no_main]
#![allow(dead_code, clippy::result_large_err, reason = "files of another crate, of which a part is used")]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/cli/src/load"]
mod load {
    pub(crate) mod archive;
    pub(crate) mod chart;
    pub(crate) mod file;
}

#[path = "../../crates/cli/src/paths.rs"]
mod paths;

mod project {
    use std::path::{Path, PathBuf};

    #[derive(Clone, Debug)]
    pub(crate) struct Place {
        pub(crate) path: PathBuf,
        pub(crate) name: String,
    }

    impl Place {
        pub(crate) fn child(&self, name: &Path) -> Self {
            Self {
                path: self.path.join(name),
                name: format!("{}/{}", self.name, name.display()),
            }
        }
    }
}

/// Packs a tar as it stands: its bytes are found sooner than those of a stream of gzip.
fn packed(data: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(data).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fuzz_target!(|data: &[u8]| {
    let inputs = match data.split_first() {
        Some((b't', tar)) => packed(tar),
        _ => data.to_vec(),
    };
    let Ok(texts) = load::chart::unpacked(&inputs, "input.tgz") else {
        return;
    };
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    assert!(bytes as u64 <= load::archive::MAX_UNPACKED);
    assert!(texts.len() <= load::archive::MAX_FILES);
    for (path, _) in &texts {
        assert!(paths::is_below(path), "{path}");
    }
    let _ = helmwright::chart::Chart::from_files(texts);
});
