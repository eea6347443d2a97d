//! Reads arbitrary texts as a stream of manifests, whole and in pieces, and compares.
//!
//! The first byte says where the stream is cut.

#![no_main]

use helmwright::manifest::{Manifests, Reader};
use libfuzzer_sys::{Corpus, fuzz_target};

fn read(pieces: &[&str]) -> Manifests {
    let mut reader = Reader::new("stream");
    for piece in pieces {
        reader.feed(piece);
    }
    reader.finish()
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((cut, data)) = data.split_first() else {
        return Corpus::Reject;
    };
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    let cut = text.floor_char_boundary(text.len() * usize::from(*cut) / 256);
    let (before, after) = text.split_at(cut);
    let whole = read(&[text]);
    let pieces = read(&[before, after]);
    assert_eq!(format!("{whole:?}"), format!("{pieces:?}"));
    for diagnostic in &whole.diagnostics {
        assert!(diagnostic.help.is_some(), "{diagnostic:?}");
        let location = diagnostic.location().expect("every finding has a place");
        assert!(location.start() <= location.end());
    }
    Corpus::Keep
});
