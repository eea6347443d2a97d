//! Trees written from plans made by hand.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::project::Place;
use crate::write::findings::{drift, obstacles};
use crate::write::survey::Scope;
use helmwright::{Plan, PlannedFile};

struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// Opens the tree, as each run does.
    fn target(&self) -> Target {
        Target::new(&Place {
            path: self.folder.path().join("out"),
            name: "out".into(),
        })
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("out").join(path)
    }

    fn generate(&self, plan: &Plan, select: &[&str], force: bool) -> Vec<String> {
        let target = self.target();
        target.begin().unwrap();
        let survey = Survey::take(&target, plan, &scope(select)).unwrap();
        let found = obstacles(&target, &survey, force);
        if !helmwright::diagnostic::has_errors(&found) {
            apply(&target, &survey).unwrap();
        }
        ids(&found)
    }

    fn check(&self, plan: &Plan) -> Vec<String> {
        let target = self.target();
        let survey = Survey::take(&target, plan, &scope(&[])).unwrap();
        ids(&drift(&target, &survey))
    }

    fn blocked(&self, plan: &Plan) -> Vec<String> {
        let failure = Survey::take(&self.target(), plan, &scope(&[])).unwrap_err();
        ids(&crate::outcome::Outcome::from(failure).diagnostics)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    /// Every file, with its text; the record left out.
    fn files(&self) -> Vec<(String, String)> {
        fn walk(folder: &Path, below: &str, files: &mut Vec<(String, String)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let path = format!("{below}{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    walk(&entry.path(), &format!("{path}/"), files);
                } else if path != INDEX {
                    files.push((path, fs::read_to_string(entry.path()).unwrap()));
                }
            }
        }
        let mut files = Vec::new();
        walk(&self.path("."), "", &mut files);
        files.sort();
        files
    }
}

fn scope(select: &[&str]) -> Scope {
    Scope {
        layout: helmwright::pipeline::DEFAULT_LAYOUT.into(),
        select: select.iter().map(|name| (*name).to_owned()).collect(),
        environments: vec!["dev".into(), "prod".into()],
        compare: true,
    }
}

fn plan(files: &[(&str, &str)]) -> Plan {
    let files = files
        .iter()
        .map(|(path, text)| PlannedFile {
            path: (*path).to_owned(),
            text: (*text).into(),
            environment: (!path.starts_with('.'))
                .then(|| path.split('/').next().unwrap().to_owned()),
        })
        .collect();
    Plan { files }
}

fn ids(found: &[Diagnostic]) -> Vec<String> {
    found
        .iter()
        .map(|found| {
            assert!(found.why.is_some() && found.help.is_some(), "{found:?}");
            format!("{} {}", found.id, found.location().unwrap().source.name())
        })
        .collect()
}

const TEMPO: &str = "dev/tempo/values.yaml";
const LOKI: &str = "dev/loki/values.yaml";
const PROD: &str = "prod/tempo/values.yaml";

#[test]
fn writes_all_then_nothing() {
    let tree = Tree::new();
    let plan = plan(&[(TEMPO, "a"), (PROD, "b"), (".schemas/tempo/1.json", "{}")]);
    assert_eq!(tree.check(&plan), ["output/missing out/"]);
    assert_eq!(tree.generate(&plan, &[], false), [""; 0]);
    let expected: Vec<_> = [(".schemas/tempo/1.json", "{}"), (TEMPO, "a"), (PROD, "b")]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into();
    assert_eq!(tree.files(), expected);
    assert_eq!(tree.check(&plan), [""; 0]);
    let before = fs::metadata(tree.path(INDEX)).unwrap().modified().unwrap();
    assert_eq!(tree.generate(&plan, &[], false), [""; 0]);
    assert_eq!(
        fs::metadata(tree.path(INDEX)).unwrap().modified().unwrap(),
        before
    );
}

#[test]
fn unchanged_files_are_not_rewritten() {
    let tree = Tree::new();
    tree.generate(&plan(&[(TEMPO, "a"), (LOKI, "b")]), &[], false);
    let modified = |path| fs::metadata(tree.path(path)).unwrap().modified().unwrap();
    let before = modified(TEMPO);
    tree.generate(&plan(&[(TEMPO, "a"), (LOKI, "c")]), &[], false);
    assert_eq!(modified(TEMPO), before);
    assert_eq!(tree.text(LOKI).unwrap(), "c");
}

#[test]
fn edited_files_stop_the_run_unless_forced() {
    let tree = Tree::new();
    tree.generate(&plan(&[(TEMPO, "a"), (LOKI, "b")]), &[], false);
    tree.write(TEMPO, "mine");
    let new = plan(&[(TEMPO, "a2"), (LOKI, "b2")]);
    assert_eq!(
        tree.check(&new),
        [
            format!("output/edited out/{TEMPO}"),
            format!("output/outdated out/{LOKI}")
        ]
    );
    assert_eq!(
        tree.generate(&new, &[], false),
        [format!("output/edited out/{TEMPO}")]
    );
    assert_eq!(
        (
            tree.text(TEMPO).unwrap().as_str(),
            tree.text(LOKI).unwrap().as_str()
        ),
        ("mine", "b")
    );
    assert_eq!(tree.generate(&new, &[], true), [""; 0]);
    assert_eq!(
        (
            tree.text(TEMPO).unwrap().as_str(),
            tree.text(LOKI).unwrap().as_str()
        ),
        ("a2", "b2")
    );
}

#[test]
fn files_of_others_are_kept_unless_forced_and_taken_over_when_equal() {
    let tree = Tree::new();
    tree.write(TEMPO, "theirs");
    tree.write(LOKI, "b");
    tree.write("dev/tempo/notes.txt", "keep");
    let plan = plan(&[(TEMPO, "a"), (LOKI, "b")]);
    assert_eq!(
        tree.generate(&plan, &[], false),
        [format!("output/foreign-file out/{TEMPO}")]
    );
    assert_eq!(tree.text(INDEX), None);
    tree.generate(&plan, &[], true);
    assert_eq!(tree.text(TEMPO).unwrap(), "a");
    assert_eq!(tree.text("dev/tempo/notes.txt").unwrap(), "keep");
    assert_eq!(tree.check(&plan), [""; 0]);
}

#[test]
fn stale_files_go_only_unedited_and_their_empty_folders_with_them() {
    let tree = Tree::new();
    tree.generate(&plan(&[(TEMPO, "a"), (LOKI, "b"), (PROD, "c")]), &[], false);
    tree.write(LOKI, "mine");
    let new = plan(&[(PROD, "c")]);
    assert_eq!(
        tree.check(&new),
        [
            format!("output/stale out/{LOKI}"),
            format!("output/stale out/{TEMPO}")
        ]
    );
    assert_eq!(
        tree.generate(&new, &[], true),
        [format!("output/stale out/{LOKI}")]
    );
    assert!(!tree.path("dev/tempo").exists());
    assert_eq!(tree.text(LOKI).unwrap(), "mine");
    assert_eq!(tree.check(&new), [format!("output/stale out/{LOKI}")]);
    fs::remove_file(tree.path(LOKI)).unwrap();
    assert_eq!(tree.generate(&new, &[], false), [""; 0]);
    assert_eq!(tree.check(&new), [""; 0]);
}

#[test]
fn naming_an_environment_leaves_the_others_alone() {
    let tree = Tree::new();
    let old = plan(&[
        (TEMPO, "a"),
        (LOKI, "b"),
        (PROD, "c"),
        (".schemas/x.json", "{}"),
    ]);
    tree.generate(&old, &[], false);
    tree.generate(&plan(&[(TEMPO, "a2")]), &["dev"], false);
    assert_eq!(tree.text(LOKI), None);
    assert_eq!(tree.text(PROD).unwrap(), "c");
    assert_eq!(tree.text(".schemas/x.json").unwrap(), "{}");
    assert_eq!(
        tree.check(&plan(&[
            (TEMPO, "a2"),
            (PROD, "c"),
            (".schemas/x.json", "{}")
        ])),
        [""; 0]
    );
}

#[test]
fn an_interrupted_run_shows_and_is_finished_by_the_next() {
    let tree = Tree::new();
    let old = plan(&[(TEMPO, "a"), (LOKI, "b")]);
    tree.generate(&old, &[], false);
    let index = tree.text(INDEX).unwrap();
    let new = plan(&[(TEMPO, "a2"), (LOKI, "b2"), (PROD, "c2")]);
    tree.generate(&new, &[], false);
    let next = tree.text(INDEX).unwrap();
    // As if killed after one rename: one file is new, one old, one not there, one still staged.
    tree.write(INDEX, &index);
    tree.write(NEXT, &next);
    tree.write(LOKI, "b");
    fs::remove_dir_all(tree.path("prod")).unwrap();
    tree.write("prod/tempo/.values.yaml.helmwright-new", "c");
    assert!(
        tree.check(&new)
            .contains(&format!("output/interrupted out/{NEXT}"))
    );
    // Even a third plan finds no file that it holds for edited.
    let third = plan(&[(TEMPO, "a3"), (LOKI, "b3"), (PROD, "c3")]);
    assert_eq!(tree.generate(&third, &[], false), [""; 0]);
    assert_eq!(tree.check(&third), [""; 0]);
    let expected: Vec<_> = [(LOKI, "b3"), (TEMPO, "a3"), (PROD, "c3")]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into();
    assert_eq!(tree.files(), expected);
}

#[test]
fn an_interrupted_run_is_finished_even_if_every_file_is_in_place() {
    let tree = Tree::new();
    let plan = plan(&[(TEMPO, "a")]);
    tree.generate(&plan, &[], false);
    fs::rename(tree.path(INDEX), tree.path(NEXT)).unwrap();
    assert_eq!(
        tree.check(&plan),
        [format!("output/interrupted out/{NEXT}")]
    );
    tree.generate(&plan, &[], false);
    assert_eq!(tree.check(&plan), [""; 0]);
}

#[test]
fn what_a_power_cut_leaves_is_repaired() {
    let tree = Tree::new();
    let plan = plan(&[(TEMPO, "a"), (LOKI, "b")]);
    tree.generate(&plan, &[], false);
    tree.write(LOKI, "");
    assert_eq!(tree.check(&plan), [format!("output/outdated out/{LOKI}")]);
    assert_eq!(tree.generate(&plan, &[], false), [""; 0]);
    tree.write(NEXT, "");
    tree.write(INDEX, "");
    tree.generate(&plan, &[], false);
    assert_eq!(tree.check(&plan), [""; 0]);
}

#[test]
fn a_broken_record_is_written_anew_if_the_tree_is_as_planned() {
    let tree = Tree::new();
    let old = plan(&[(TEMPO, "a")]);
    tree.generate(&old, &[], false);
    let broken = format!("output/broken-index out/{INDEX}");
    tree.write(INDEX, "{\"version\": 2}\n");
    assert_eq!(tree.check(&old), [broken.as_str()]);
    assert_eq!(tree.generate(&old, &[], false), [broken.as_str()]);
    assert_eq!(tree.check(&old), [""; 0]);
    tree.write(INDEX, "{");
    let new = plan(&[(TEMPO, "a2")]);
    assert_eq!(
        tree.check(&new),
        [broken.clone(), format!("output/outdated out/{TEMPO}")]
    );
    assert_eq!(tree.generate(&new, &[], false), [broken.as_str()]);
    assert_eq!(tree.text(TEMPO).unwrap(), "a");
    assert_eq!(tree.generate(&new, &[], true), [broken.as_str()]);
    assert_eq!(tree.text(TEMPO).unwrap(), "a2");
    assert_eq!(tree.check(&new), [""; 0]);
}

#[test]
fn a_merge_of_records_is_finished() {
    let tree = Tree::new();
    tree.generate(&plan(&[(TEMPO, "ours"), (LOKI, "ours")]), &[], false);
    let ours = tree.text(INDEX).unwrap();
    tree.generate(&plan(&[(TEMPO, "theirs"), (PROD, "theirs")]), &[], false);
    let theirs = tree.text(INDEX).unwrap();
    tree.write(
        INDEX,
        &format!("<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n"),
    );
    tree.write(LOKI, "ours");
    tree.write(".schemas/x.json", "mine");
    // Of both sides every file is known: the one that changes, and those that go.
    let merged = plan(&[(TEMPO, "both")]);
    let broken = format!("output/broken-index out/{INDEX}");
    assert_eq!(tree.generate(&merged, &[], false), [broken.as_str()]);
    let expected: Vec<_> = [(".schemas/x.json", "mine"), (TEMPO, "both")]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into();
    assert_eq!(tree.files(), expected);
    assert_eq!(tree.check(&merged), [""; 0]);
    // An edit stays an edit.
    tree.write(
        INDEX,
        &format!("<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n"),
    );
    tree.write(PROD, "edited");
    assert_eq!(
        tree.generate(&plan(&[(TEMPO, "both"), (PROD, "new")]), &[], false),
        [broken, format!("output/edited out/{PROD}")]
    );
}

#[test]
fn what_an_interrupted_run_staged_goes_even_if_nobody_plans_it_any_more() {
    let tree = Tree::new();
    tree.generate(&plan(&[(TEMPO, "a"), (PROD, "b")]), &[], false);
    let next = tree.text(INDEX).unwrap();
    tree.generate(&plan(&[(TEMPO, "a")]), &[], false);
    tree.write(NEXT, &next);
    tree.write("prod/tempo/.values.yaml.helmwright-new", "b");
    tree.generate(&plan(&[(TEMPO, "a")]), &["dev"], false);
    assert_eq!(tree.files().len(), 1);
    assert!(!tree.path("prod").exists());
    // Not even the announcement was finished: no file has changed, but something lies there.
    tree.write(".helmwright.json.next.helmwright-new", "{");
    let check = tree.check(&plan(&[(TEMPO, "a")]));
    assert_eq!(check, [format!("output/interrupted out/{NEXT}")]);
    tree.generate(&plan(&[(TEMPO, "a")]), &[], false);
    assert_eq!(tree.files().len(), 1);
}

#[test]
fn a_record_that_points_outside_removes_nothing() {
    let tree = Tree::new();
    let outside = tree.folder.path().join("outside");
    fs::write(&outside, "keep").unwrap();
    let hash = "ba".repeat(32);
    tree.write(INDEX, &format!("{{\"../outside\": \"{hash}\"}}"));
    tree.generate(&plan(&[(TEMPO, "a")]), &[], true);
    assert_eq!(fs::read_to_string(outside).unwrap(), "keep");
}

#[test]
fn a_file_or_folder_in_the_way_blocks() {
    let tree = Tree::new();
    tree.write("dev", "a file");
    assert_eq!(
        tree.blocked(&plan(&[(TEMPO, "a")])),
        ["output/blocked out/dev"]
    );
    tree.write("prod/tempo/values.yaml/x", "");
    assert_eq!(
        tree.blocked(&plan(&[(PROD, "a"), (TEMPO, "a")])),
        [
            "output/blocked out/dev",
            &format!("output/blocked out/{PROD}")
        ]
    );
    let tree = Tree::new();
    fs::write(tree.path(""), "a file").unwrap_or_default();
    fs::write(tree.folder.path().join("out"), "a file").unwrap();
    assert_eq!(tree.blocked(&plan(&[(TEMPO, "a")])), ["output/blocked out"]);
}

#[cfg(unix)]
#[test]
fn symbolic_links_below_the_target_block_and_nothing_is_touched() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new();
    let outside = tree.folder.path().join("outside");
    fs::create_dir_all(outside.join("tempo")).unwrap();
    fs::create_dir_all(tree.path("prod/tempo")).unwrap();
    symlink(&outside, tree.path("dev")).unwrap();
    symlink(outside.join("secret"), tree.path(PROD)).unwrap();
    let new = plan(&[(TEMPO, "a"), (LOKI, "b"), (PROD, "c")]);
    assert_eq!(
        tree.blocked(&new),
        [
            "output/symbolic-link out/dev",
            &format!("output/symbolic-link out/{PROD}")
        ]
    );
    assert_eq!(fs::read_dir(outside.join("tempo")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn stale_files_are_not_removed_through_a_link() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new();
    tree.generate(&plan(&[(TEMPO, "a"), (PROD, "c")]), &[], false);
    let outside = tree.folder.path().join("outside");
    fs::rename(tree.path("dev"), &outside).unwrap();
    symlink(&outside, tree.path("dev")).unwrap();
    assert_eq!(
        tree.blocked(&plan(&[(PROD, "c")])),
        ["output/symbolic-link out/dev"]
    );
    assert!(outside.join("tempo/values.yaml").exists());
}

#[cfg(unix)]
#[test]
fn the_output_folder_itself_may_be_a_link() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new();
    fs::create_dir(tree.folder.path().join("real")).unwrap();
    symlink(
        tree.folder.path().join("real"),
        tree.folder.path().join("out"),
    )
    .unwrap();
    tree.generate(&plan(&[(TEMPO, "a")]), &[], false);
    assert_eq!(
        fs::read_to_string(tree.folder.path().join("real").join(TEMPO)).unwrap(),
        "a"
    );
}

#[test]
fn a_failed_write_changes_no_file() {
    let tree = Tree::new();
    let old = plan(&[(LOKI, "b"), (TEMPO, "a")]);
    tree.generate(&old, &[], false);
    // A folder where the staged file should go: the write fails even for root.
    tree.write("dev/tempo/.values.yaml.helmwright-new/x", "");
    let new = plan(&[(LOKI, "b2"), (TEMPO, "a2")]);
    let target = tree.target();
    target.begin().unwrap();
    let survey = Survey::take(&target, &new, &scope(&[])).unwrap();
    let outcome = crate::outcome::Outcome::from(apply(&target, &survey).unwrap_err());
    drop((survey, target));
    assert_eq!(outcome.closing, "nothing was changed");
    assert_eq!(
        ids(&outcome.diagnostics),
        [format!("output/not-writable out/{TEMPO}")]
    );
    assert_eq!(tree.text(LOKI).unwrap(), "b");
    assert_eq!(tree.text("dev/loki/.values.yaml.helmwright-new"), None);
    assert_eq!(tree.check(&old), [""; 0]);
}
