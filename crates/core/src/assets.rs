//! The files of this repository that travel inside the library, and texts that are looked at when they are needed.

use std::borrow::Cow;

/// A text that is checked to be one when it is first read: contracts are millions of bytes, and few are used.
#[derive(Clone, Debug)]
pub(crate) enum Lazy {
    Text(Cow<'static, str>),
    #[cfg(feature = "bundled")]
    Bytes(&'static [u8]),
}

impl Lazy {
    /// Returns the text; empty for a file of ours that is none, which a test forbids.
    pub(crate) fn get(&self) -> &str {
        match self {
            Self::Text(text) => text,
            #[cfg(feature = "bundled")]
            Self::Bytes(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
        }
    }

    pub(crate) fn into_text(self) -> Cow<'static, str> {
        match self {
            Self::Text(text) => text,
            #[cfg(feature = "bundled")]
            Self::Bytes(bytes) => Cow::Borrowed(std::str::from_utf8(bytes).unwrap_or_default()),
        }
    }
}

#[cfg(feature = "bundled")]
pub(crate) use bundled::all;

#[cfg(feature = "bundled")]
mod bundled {
    use std::borrow::Cow;

    use include_dir::{Dir, include_dir};

    use super::Lazy;

    static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");
    static SCHEMAS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

    /// Returns every bundled file as path and text.
    pub(crate) fn all() -> impl Iterator<Item = (Cow<'static, str>, Lazy)> {
        [("templates", &TEMPLATES), ("schemas", &SCHEMAS)]
            .into_iter()
            .flat_map(|(root, folder)| {
                let mut found = Vec::new();
                collect(root, folder, &mut found);
                found
            })
    }

    fn collect(
        root: &str,
        folder: &'static Dir<'static>,
        found: &mut Vec<(Cow<'static, str>, Lazy)>,
    ) {
        for file in folder.files() {
            if let Some(path) = file.path().to_str() {
                let text = Lazy::Bytes(file.contents());
                found.push((Cow::Owned(format!("{root}/{path}")), text));
            }
        }
        for folder in folder.dirs() {
            collect(root, folder, found);
        }
    }

    #[test]
    fn every_file_is_a_text() {
        for (path, file) in all() {
            let Lazy::Bytes(bytes) = file else { continue };
            assert!(std::str::from_utf8(bytes).is_ok(), "{path}");
        }
    }
}
