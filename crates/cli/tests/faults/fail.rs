//! Each step fails: a full disk, a target that cannot be written.

use super::{Case, SMALL, SMALL_LATER, Tree, assert_same, read, said};
use std::path::Path;
use std::process::Output;

/// The system's numbers, the same on Linux, macOS and the BSDs.
const NO_SPACE: i32 = 28;
const READ_ONLY: i32 = 30;
const NO_PERMISSION: i32 = 13;

#[test]
fn one_step_fails() {
    for case in [Case::fresh(&SMALL), Case::update(&SMALL, &SMALL_LATER)] {
        case.at_each_step(|number, out| {
            let output = case.run(&["generate"], out, &format!("fail@{number}:{NO_SPACE}"));
            judge(&case, out, &output, "make room on the disk");
            // What was made and written before the step is cleared away.
            if said(&output).contains("nothing was") {
                assert_same(&read(out), &case.old);
            }
            case.is_repaired(out);
        });
    }
}

#[test]
fn every_step_fails_from_one_on() {
    for (error, help) in [
        (NO_SPACE, "make room on the disk"),
        (READ_ONLY, "let this user write there"),
        (NO_PERMISSION, "let this user write there"),
    ] {
        for case in [Case::fresh(&SMALL), Case::update(&SMALL, &SMALL_LATER)] {
            case.at_each_step(|number, out| {
                let output = case.run(&["generate"], out, &format!("fail@{number}-:{error}"));
                judge(&case, out, &output, help);
                if number == 1 {
                    assert_same(&read(out), &case.old);
                }
                case.is_repaired(out);
            });
        }
    }
}

/// A failed run says so once, and says truly whether anything has changed.
fn judge(case: &Case, out: &Path, output: &Output, help: &str) {
    let words = said(output);
    case.no_file_is_torn(out);
    if output.status.success() {
        // The step was one that the outcome does not hang on, such as removing an empty folder.
        return files_are(out, &case.new);
    }
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert_eq!(words.matches("error[").count(), 1, "{words}");
    assert!(words.contains("error[output/not-writable]"), "{words}");
    assert!(words.contains(help), "{words}");
    if words.contains("nothing was") {
        files_are(out, &case.old);
    } else {
        assert!(words.contains("some files are new and some old"), "{words}");
        let output = case.run(&["check"], out, "");
        assert_eq!(output.status.code(), Some(1));
        let found = String::from_utf8_lossy(&output.stdout);
        assert!(found.contains("output/interrupted"), "{found}");
    }
}

/// Compares the files that are somebody's: neither folders nor what a later run clears away.
fn files_are(out: &Path, expected: &Tree) {
    let is_file = |path: &str| {
        !path.ends_with('/') && !path.ends_with(".helmwright-new") && !path.ends_with(".next")
    };
    let files = |tree: &Tree| -> Tree {
        let mut tree = tree.clone();
        tree.retain(|path, _| is_file(path));
        tree
    };
    assert_same(&files(&read(out)), &files(expected));
}
