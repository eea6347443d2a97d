//! An edit that a finding offers really mends it: applied alone and read again, the finding is gone.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use helmwright::diagnostic::{Diagnostic, Fix};
use helmwright::environment::Layers;
use helmwright::fix::apply_fixes;
use helmwright::pipeline::DEFAULT_LAYOUT;
use helmwright::source::Source;
use helmwright::{Catalog, Request};
use helmwright_tests::{files, root};

struct Texts(Vec<Arc<Source>>);

impl Layers for Texts {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        Ok(self.0.iter().find(|source| source.name() == name).cloned())
    }
}

fn check(texts: &Texts) -> Vec<Diagnostic> {
    helmwright::build(&Request {
        files: texts.0.clone(),
        layers: texts,
        catalog: Catalog::bundled(),
        layout: DEFAULT_LAYOUT,
        select: Vec::new(),
        asked: helmwright::policy::Asked::default(),
    })
    .unwrap()
    .diagnostics
}

fn read(paths: &[std::path::PathBuf]) -> Texts {
    Texts(
        paths
            .iter()
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy();
                Source::new(format!("envs/{name}"), fs::read_to_string(path).unwrap())
            })
            .collect(),
    )
}

/// Returns every case: the texts of a file by itself, or of a folder `*.envs`.
fn cases() -> Vec<(String, Texts)> {
    let mut cases = Vec::new();
    for path in files(&root().join("tests/cases"), ".yaml") {
        let name = path.display().to_string();
        if name.ends_with(".env.yaml") {
            cases.push((name, read(&[path])));
        }
    }
    let mut folders: Vec<_> = files(&root().join("tests/cases"), ".yaml")
        .into_iter()
        .filter_map(|path| path.parent().map(Path::to_path_buf))
        .filter(|folder| folder.extension().is_some_and(|ending| ending == "envs"))
        .collect();
    folders.dedup();
    for folder in folders {
        cases.push((folder.display().to_string(), read(&files(&folder, ".yaml"))));
    }
    cases
}

/// Returns the texts with one fix.
fn mended(texts: &Texts, fix: &Fix) -> Texts {
    let mended = apply_fixes([fix]);
    assert!(!mended.is_empty(), "not applied: {fix:?}");
    Texts(
        texts
            .0
            .iter()
            .map(|source| {
                mended
                    .iter()
                    .find(|text| text.before.name() == source.name())
                    .map_or_else(
                        || Arc::clone(source),
                        |text| Source::new(source.name(), text.after.as_str()),
                    )
            })
            .collect(),
    )
}

#[test]
fn every_fix_mends_its_finding_and_brings_no_other_there() {
    let (mut safe, mut guesses) = (0, 0);
    for (name, texts) in cases() {
        for finding in check(&texts) {
            let Some(fix) = &finding.fix else { continue };
            *(if fix.safe { &mut safe } else { &mut guesses }) += 1;
            let edit = &fix.edits[0].location;
            let left = check(&mended(&texts, fix));
            let still: Vec<_> = left
                .iter()
                .filter(|other| {
                    other.message == finding.message
                        || other.location().is_some_and(|place| {
                            place.source.name() == edit.source.name()
                                && place.span.start == edit.span.start
                        })
                })
                .collect();
            assert!(still.is_empty(), "{name}: {}: {still:#?}", fix.title);
        }
    }
    assert!(safe >= 8 && guesses >= 8, "{safe} safe, {guesses} guesses");
}
