//! Cases found by listing `tests/cases/`, run through the real binary.
//!
//! `<component>/valid-<what>.env.yaml` gives the files of that component, byte for byte: `values.yaml` as
//! `valid-<what>.values.yaml` beside it, a file of objects `job.yaml` as `valid-<what>.job.yaml`.
//! `<folder>/invalid-<what>.env.yaml` is refused with `<what>.report.txt`, and nothing is written.
//! In the folder `delivery` every file but values and what is hidden is expected, under `valid-<what>.tree/`.
//! A folder `<what>.envs/` in place of the file holds several environments and layers.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use helmwright_tests::{expect, root};
use tempfile::TempDir;

struct Case {
    /// The path without its ending: `tests/cases/tempo/valid-minimal`.
    stem: PathBuf,
    input: PathBuf,
    folder: String,
    name: String,
}

fn cases(prefix: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in listed(&root().join("tests/cases")) {
        for input in listed(&folder) {
            let file = input.file_name().unwrap().to_string_lossy().into_owned();
            let Some(name) = file
                .strip_suffix(".env.yaml")
                .or_else(|| file.strip_suffix(".envs"))
            else {
                continue;
            };
            if name.starts_with(prefix) {
                cases.push(Case {
                    stem: folder.join(name),
                    folder: folder.file_name().unwrap().to_string_lossy().into_owned(),
                    name: name.to_owned(),
                    input,
                });
            }
        }
    }
    assert!(!cases.is_empty(), "no case begins with {prefix}");
    cases
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

/// Runs `generate` on one case in a folder of its own.
fn generate(case: &Case) -> (TempDir, Output) {
    let folder = TempDir::new().unwrap();
    let envs = folder.path().join("envs");
    fs::create_dir(&envs).unwrap();
    if case.input.is_dir() {
        for file in helmwright_tests::files(&case.input, "") {
            let target = envs.join(file.strip_prefix(&case.input).unwrap());
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(&file, target).unwrap();
        }
    } else {
        fs::copy(&case.input, envs.join(format!("{}.yaml", case.name))).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_helmwright"))
        .args(["generate", "--color", "never"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    (folder, output)
}

fn with_ending(stem: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", stem.display()))
}

#[test]
fn valid_environments_give_their_values() {
    let mut wrong = Vec::new();
    for case in cases("valid-") {
        let (folder, output) = generate(&case);
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            wrong.push(format!("{}: {report}", case.stem.display()));
            continue;
        }
        let mut written = 0;
        let output = folder.path().join("gitops");
        if case.folder == "delivery" {
            let tree = with_ending(&case.stem, ".tree");
            let mut paths = BTreeSet::new();
            for file in helmwright_tests::files(&output, "") {
                let path = file.strip_prefix(&output).unwrap();
                // Runbooks are no part of delivery.
                let name = path.to_string_lossy();
                let is_other = name.starts_with('.') || name.starts_with("docs/");
                if !is_other && !path.ends_with("values.yaml") {
                    let text = fs::read_to_string(&file).unwrap();
                    wrong.extend(expect(&tree.join(path), &text).err());
                    paths.insert(tree.join(path));
                }
            }
            let left = helmwright_tests::files(&tree, "");
            let left = left.iter().filter(|file| !paths.contains(*file));
            wrong.extend(left.map(|file| format!("{} is not written", file.display())));
            continue;
        }
        for environment in listed(&output) {
            // Contracts lie in a folder of that kind too.
            if environment.ends_with(".schemas") {
                continue;
            }
            let folder = environment.join(&case.folder);
            if !folder.is_dir() {
                continue;
            }
            for file in listed(&folder) {
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                // The facts of a release are shown by the golden tree.
                if name != "release.json" {
                    written += 1;
                    let text = fs::read_to_string(&file).unwrap();
                    wrong
                        .extend(expect(&with_ending(&case.stem, &format!(".{name}")), &text).err());
                }
            }
        }
        if written == 0 {
            wrong.push(format!(
                "{}: {written} files of {}",
                case.stem.display(),
                case.folder
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn invalid_environments_are_refused_with_their_report() {
    let mut wrong = Vec::new();
    for case in cases("invalid-") {
        let (folder, output) = generate(&case);
        let report = String::from_utf8(output.stderr).unwrap();
        wrong.extend(expect(&with_ending(&case.stem, ".report.txt"), &report).err());
        if output.status.code() != Some(1) {
            wrong.push(format!(
                "{}: exit {:?}\n{report}",
                case.stem.display(),
                output.status.code()
            ));
        }
        if folder.path().join("gitops").exists() {
            wrong.push(format!("{}: something was written", case.stem.display()));
        }
        for part in ["-->", "= why:", "help: "] {
            if !report.contains(part) {
                wrong.push(format!(
                    "{}: a report without `{part}`\n{report}",
                    case.stem.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_expected_file_is_left_without_its_case() {
    for folder in listed(&root().join("tests/cases")) {
        for file in listed(&folder) {
            let name = file.display().to_string();
            let last = file.file_name().unwrap().to_string_lossy().into_owned();
            if !last.starts_with("valid-") && !last.starts_with("invalid-") {
                continue;
            }
            let stem = file.with_file_name(last.split('.').next().unwrap());
            let has = |ending: &str| with_ending(&stem, ending).exists();
            assert!(has(".env.yaml") || has(".envs"), "{name} has no input");
        }
    }
}
