//! The command, ended, failed and halted at each step that changes the disk.
//!
//! The steps are those that `src/write/fault.rs` counts: every call that makes, writes, renames or removes something.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

mod fail;
mod halt;
mod kill;
mod swap;

/// Paths below a folder with what lies there; a folder ends in `/`.
type Tree = BTreeMap<String, String>;

/// Environments, the tree that was, and the tree that is to come of them.
struct Case {
    folder: tempfile::TempDir,
    old: Tree,
    new: Tree,
}

impl Case {
    /// Writes into an empty place.
    fn fresh(envs: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_envs(folder.path(), envs);
        let mut case = Self {
            folder,
            old: Tree::new(),
            new: Tree::new(),
        };
        case.new = case.outcome();
        case
    }

    /// Writes over what other environments gave.
    fn update(before: &[(&str, &str)], after: &[(&str, &str)]) -> Self {
        let mut case = Self::fresh(before);
        case.old = std::mem::take(&mut case.new);
        fs::remove_dir_all(case.folder.path().join("envs")).unwrap();
        write_envs(case.folder.path(), after);
        case.new = case.outcome();
        assert_ne!(case.old, case.new);
        case
    }

    /// What an undisturbed run makes of the old tree.
    fn outcome(&self) -> Tree {
        let out = self.place("undisturbed");
        let output = self.run(&["generate"], &out, "");
        assert!(output.status.success(), "{}", said(&output));
        let tree = read(&out);
        fs::remove_dir_all(&out).unwrap();
        tree
    }

    /// Returns a folder with the old tree, or a path where there is nothing if there was none.
    fn place(&self, name: &str) -> PathBuf {
        let out = self.folder.path().join(name);
        for (path, text) in &self.old {
            if path.ends_with('/') {
                fs::create_dir_all(out.join(path)).unwrap();
            } else {
                fs::create_dir_all(out.join(path).parent().unwrap()).unwrap();
                fs::write(out.join(path), text).unwrap();
            }
        }
        out
    }

    fn command(&self, arguments: &[&str], out: &Path, fault: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_helmwright"));
        command
            .args(arguments)
            .arg("--out")
            .arg(out)
            .current_dir(self.folder.path())
            .env("HELMWRIGHT_FAULT", fault)
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str], out: &Path, fault: &str) -> Output {
        self.command(arguments, out, fault).output().unwrap()
    }

    /// Returns the steps of an undisturbed run.
    fn steps(&self) -> Vec<String> {
        let out = self.place("steps");
        // As JSON, findings are not among the steps.
        let output = self.run(&["generate", "--message-format", "json"], &out, "list");
        assert!(output.status.success(), "{}", said(&output));
        fs::remove_dir_all(&out).unwrap();
        let steps: Vec<String> = said(&output).lines().map(str::to_owned).collect();
        assert!(steps.iter().any(|step| step == "rename"), "{steps:?}");
        steps
    }

    /// Runs something for each step, on two threads, each with a place of its own.
    fn at_each_step(&self, run: impl Fn(usize, &Path) + Sync) -> usize {
        let steps = self.steps().len();
        let next = AtomicUsize::new(1);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number > steps {
                            break;
                        }
                        let out = self.place(&format!("out-{number}"));
                        run(number, &out);
                        // What is left over when a step fails for good is somebody else's to remove.
                        let _ = fs::remove_dir_all(&out);
                    }
                });
            }
        });
        steps
    }

    /// Fails if a file is neither as it was nor as it is to be.
    #[track_caller]
    fn no_file_is_torn(&self, out: &Path) {
        for (path, text) in read(out) {
            if path.ends_with('/') || path.ends_with(".helmwright-new") {
                continue;
            }
            // The record is written ahead under another name.
            let name = path.trim_end_matches(".next");
            let whole = [&self.old, &self.new]
                .iter()
                .any(|tree| tree.get(name) == Some(&text));
            assert!(
                whole || name == ".helmwright.json" && is_record(&text),
                "{path} is torn"
            );
        }
    }

    /// Runs undisturbed; fails if the tree is then not as planned.
    #[track_caller]
    fn is_repaired(&self, out: &Path) {
        let output = self.run(&["generate"], out, "");
        assert!(output.status.success(), "{}", said(&output));
        assert_same(&read(out), &self.new);
    }
}

fn write_envs(folder: &Path, envs: &[(&str, &str)]) {
    fs::create_dir(folder.join("envs")).unwrap();
    for (name, text) in envs {
        fs::write(folder.join("envs").join(name), text).unwrap();
    }
}

/// Says whether a text is a whole record: what an interrupted run had finished is recorded on its own.
fn is_record(text: &str) -> bool {
    text.starts_with("{\n") && text.ends_with("\n}\n")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Reads everything below a folder.
fn read(folder: &Path) -> Tree {
    fn walk(folder: &Path, below: &str, tree: &mut Tree) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.unwrap();
            let path = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                tree.insert(format!("{path}/"), String::new());
                walk(&entry.path(), &format!("{path}/"), tree);
            } else {
                tree.insert(path, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut tree = Tree::new();
    walk(folder, "", &mut tree);
    tree
}

/// Compares two trees; a difference names the paths, not the texts.
#[track_caller]
fn assert_same(found: &Tree, expected: &Tree) {
    let paths = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(found), paths(expected));
    let differing: Vec<&String> = found
        .keys()
        .filter(|path| found[*path] != expected[*path])
        .collect();
    assert!(differing.is_empty(), "{differing:?} differ");
}

/// Two environments, small enough to run at each step in many ways.
const SMALL: [(&str, &str); 2] = [
    (
        "dev.yaml",
        "environment: dev\nnamespace: team-dev\ncomponents: {traefik: {version: 41.3.0}}\n",
    ),
    (
        "test.yaml",
        "environment: test\nnamespace: team-test\ncomponents: {traefik: {version: 41.3.0}}\n",
    ),
];

/// The same later: one file changed, one new, one stale.
const SMALL_LATER: [(&str, &str); 2] = [
    (
        "dev.yaml",
        "environment: dev\nnamespace: group-dev\ncomponents: {traefik: {version: 41.3.0}}\n",
    ),
    (
        "prod.yaml",
        "environment: prod\nnamespace: team-prod\ncomponents: {traefik: {version: 41.3.0}}\n",
    ),
];
