//! The files of this repository that travel inside the library.

use std::borrow::Cow;

use include_dir::{Dir, include_dir};

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static SCHEMAS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

/// Returns every bundled file as path and text. Files that are not UTF-8 are none of ours.
pub(crate) fn all() -> impl Iterator<Item = (Cow<'static, str>, Cow<'static, str>)> {
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
    found: &mut Vec<(Cow<'static, str>, Cow<'static, str>)>,
) {
    for file in folder.files() {
        if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            found.push((Cow::Owned(format!("{root}/{path}")), Cow::Borrowed(text)));
        }
    }
    for folder in folder.dirs() {
        collect(root, folder, found);
    }
}
