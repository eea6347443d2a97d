//! Writing beside others: other runs, other tools, other systems' limits.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use super::{DEV, Run, Sandbox, VALUES};

const RECORD: &str = "gitops/.helmwright.json";

/// Two projects that disagree on every file, and one place to write to: whoever is last, the tree is theirs.
#[test]
fn runs_at_once_never_mix() {
    let sandbox = Sandbox::new();
    let mut trees = Vec::new();
    for team in ["red", "blue"] {
        for environment in ["dev", "test", "prod"] {
            let text = DEV
                .replace("team-dev", &format!("{team}-{environment}"))
                .replace("environment: dev", &format!("environment: {environment}"));
            sandbox.write(&format!("{team}/envs/{environment}.yaml"), text);
        }
        sandbox
            .run_in(team, &["generate", "--out", "../gitops"], "")
            .succeeds();
        trees.push(sandbox.texts("gitops"));
    }
    assert_eq!(trees[0].len(), 11);
    assert_ne!(trees[0], trees[1]);
    for round in 0..25 {
        // Every other time there is nothing yet, so that they also meet over the folder itself.
        if round % 2 == 0 {
            fs::remove_dir_all(sandbox.path("gitops")).unwrap();
        }
        let runs: Vec<_> = ["red", "blue", "red"]
            .iter()
            .map(|team| {
                Command::new(env!("CARGO_BIN_EXE_helmwright"))
                    .args(["generate", "--out", "../gitops"])
                    .current_dir(sandbox.path(team))
                    .stdout(Stdio::null())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for run in runs {
            let output = run.wait_with_output().unwrap();
            let words = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "round {round}: {words}");
        }
        let tree = sandbox.texts("gitops");
        assert!(trees.contains(&tree), "round {round}: {tree:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_refuses_while_another_holds_the_folder() {
    let sandbox = Sandbox::generated();
    let folder = File::open(sandbox.path("gitops")).unwrap();
    folder.lock().unwrap();
    let runs: Vec<Run> = std::thread::scope(|scope| {
        [&["generate"][..], &["check"], &["generate", "--dry-run"]]
            .map(|arguments| scope.spawn(|| sandbox.run(arguments)))
            .map(|run| run.join().unwrap())
            .into()
    });
    for run in runs {
        let run = run.ends(2).says("waiting for another run of helmwright");
        let all = format!("{}{}", run.out, run.err);
        assert!(all.contains("error[output/in-use]"), "{all}");
    }
    // Those that only look do not keep each other waiting, and the lock leaves nothing behind.
    folder.unlock().unwrap();
    folder.lock_shared().unwrap();
    sandbox.run(&["check"]).succeeds();
    assert_eq!(sandbox.files("gitops").len(), 5);
}

/// The kernel's own refusal in the middle of a text, as a full disk gives it: no file may grow past a block.
#[cfg(unix)]
#[test]
fn a_limit_on_file_size_changes_nothing() {
    let limited = |sandbox: &Sandbox, ignore: &str| {
        Command::new("sh")
            .arg("-c")
            .arg(format!("{ignore}ulimit -f 1; exec \"$0\" generate"))
            .arg(env!("CARGO_BIN_EXE_helmwright"))
            .current_dir(sandbox.path("."))
            .output()
            .unwrap()
    };
    let sandbox = Sandbox::with_dev();
    let output = limited(&sandbox, "trap '' XFSZ; ");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert_eq!(words.matches("error[").count(), 1, "{words}");
    assert!(words.contains("error[output/not-writable]"), "{words}");
    assert!(words.contains("nothing was changed"), "{words}");
    assert!(!sandbox.path("gitops").exists());

    let sandbox = Sandbox::generated();
    let before = sandbox.texts("gitops");
    sandbox.write("envs/dev.yaml", DEV.replace("team-dev", "group-dev"));
    assert_eq!(limited(&sandbox, "trap '' XFSZ; ").status.code(), Some(2));
    assert_eq!(sandbox.texts("gitops"), before);

    // Not ignored, the limit is a signal that kills in the middle of a write.
    assert_eq!(limited(&sandbox, "").status.code(), None);
    sandbox.run(&["check"]).ends(1).prints("output/interrupted");
    sandbox.run(&["generate"]).succeeds();
    assert_eq!(sandbox.files("gitops").len(), 5);
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_the_system_keeps_cannot_be_written() {
    let sandbox = Sandbox::with_dev();
    for out in ["/proc/gitops", "/proc/self/gitops", "/dev/null/gitops"] {
        let run = sandbox
            .run(&["generate", "--out", out])
            .ends(2)
            .says("nothing was written");
        assert_eq!(run.err.matches("error[").count(), 1, "{}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_permissions_and_owner() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let sandbox = Sandbox::with_dev();
    sandbox.write("envs/test.yaml", DEV.replace("dev", "test"));
    sandbox.run(&["generate"]).succeeds();
    let metadata = |path: &str| fs::metadata(sandbox.path(path)).unwrap();
    let fresh = metadata(RECORD).mode();
    for (path, mode) in [(VALUES, 0o640), (RECORD, 0o664)] {
        fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(mode)).unwrap();
        // Only root may; anybody else is the owner already.
        let _ = chown(sandbox.path(path), Some(4711), Some(4712));
    }
    let owner = (metadata(VALUES).uid(), metadata(VALUES).gid());
    let unchanged = VALUES.replace("dev", "test");
    let before = metadata(&unchanged);
    sandbox.write("envs/dev.yaml", DEV.replace("team-dev", "group-dev"));
    sandbox.write("envs/prod.yaml", DEV.replace("dev", "prod"));
    sandbox.run(&["generate"]).succeeds();
    assert!(sandbox.read(VALUES).contains("group-dev"));
    for (path, mode) in [
        (VALUES, 0o640),
        (RECORD, 0o664),
        (&VALUES.replace("dev", "prod"), fresh & 0o777),
    ] {
        assert_eq!(metadata(path).mode() & 0o777, mode, "{path}");
    }
    assert_eq!((metadata(VALUES).uid(), metadata(VALUES).gid()), owner);
    let after = metadata(&unchanged);
    assert_eq!(
        (after.ino(), after.mtime_nsec(), after.ctime_nsec()),
        (before.ino(), before.mtime_nsec(), before.ctime_nsec())
    );
}

#[test]
fn a_record_in_a_merge_is_read_from_both_sides() {
    let sandbox = Sandbox::generated();
    let ours = sandbox.read(RECORD);
    sandbox.write("envs/dev.yaml", DEV.replace("team-dev", "group-dev"));
    sandbox.run(&["generate"]).succeeds();
    let theirs = sandbox.read(RECORD);
    let (before, ours) = ours.split_at(ours.find("  \"dev/").unwrap());
    let theirs = &theirs[before.len()..];
    let lines = |text: &str| text.trim_end_matches("}\n").to_owned();
    sandbox.write(
        RECORD,
        format!(
            "{before}<<<<<<< HEAD\n{}=======\n{}>>>>>>> theirs\n}}\n",
            lines(ours),
            lines(theirs)
        ),
    );
    sandbox
        .run(&["check"])
        .ends(1)
        .prints("error[output/broken-index]")
        .prints("git left conflict markers in it")
        .prints("run `helmwright generate`");
    // The file on the disk is of either side: it is ours, and changes.
    sandbox.write("envs/dev.yaml", DEV.replace("team-dev", "club-dev"));
    sandbox
        .run(&["generate"])
        .succeeds()
        .says("warning[output/broken-index]");
    assert!(sandbox.read(VALUES).contains("club-dev"));
    sandbox.run(&["check"]).succeeds();
}

#[test]
fn a_record_that_cannot_be_trusted_is_written_anew_only_over_a_tree_as_planned() {
    let hash = "ba".repeat(32);
    for (record, why) in [
        (
            format!("{{\"../../outside\": \"{hash}\"}}"),
            "below this folder",
        ),
        (
            format!("{{\"/etc/passwd\": \"{hash}\"}}"),
            "below this folder",
        ),
        (
            format!("{{\"{VALUES}\": \"{hash}\", \"{VALUES}\": \"{hash}\"}}"),
            "recorded twice",
        ),
        ("{\"version\": 2}".to_owned(), "format is version 2"),
        ("nonsense".to_owned(), "expected"),
    ] {
        let sandbox = Sandbox::generated();
        sandbox.write("outside", "keep");
        sandbox.write(RECORD, &record);
        sandbox.run(&["check"]).ends(1).prints(why);
        sandbox.run(&["generate"]).succeeds().says(why);
        sandbox.run(&["check"]).succeeds();
        sandbox.write(RECORD, &record);
        sandbox.write(VALUES, "mine: true\n");
        let run = sandbox.run(&["generate"]).ends(1).says(why).says("--force");
        assert_eq!(run.err.matches("error[").count(), 1, "{}", run.err);
        assert_eq!(sandbox.read(VALUES), "mine: true\n");
        sandbox.run(&["generate", "--force"]).succeeds();
        sandbox.run(&["check"]).succeeds();
        assert_eq!(sandbox.read("outside"), "keep");
    }
}

#[test]
fn a_folder_of_another_tool_is_left_alone() {
    let sandbox = Sandbox::with_dev();
    sandbox.write(VALUES, "theirs: true\n");
    sandbox.write("gitops/kustomization.yaml", "resources: []\n");
    let before = sandbox.texts("gitops");
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("error[output/foreign-file]")
        .says("`gitops` has no record of files that helmwright wrote")
        .says("--out DIR");
    assert_eq!(sandbox.texts("gitops"), before);
    fs::remove_file(sandbox.path(VALUES)).unwrap();
    sandbox.run(&["generate"]).succeeds();
    assert_eq!(sandbox.read("gitops/kustomization.yaml"), "resources: []\n");
}

/// Whoever reads a pipe waits for its writer.
#[cfg(unix)]
#[test]
fn a_pipe_in_the_way_is_not_waited_for() {
    let sandbox = Sandbox::generated();
    for path in [VALUES, RECORD] {
        fs::remove_file(sandbox.path(path)).unwrap();
        let made = Command::new("mkfifo").arg(sandbox.path(path)).status();
        assert!(made.unwrap().success());
        sandbox
            .run(&["generate", "--force"])
            .ends(2)
            .says("error[output/blocked]: a pipe, socket or device")
            .says(path);
        fs::remove_file(sandbox.path(path)).unwrap();
        sandbox.run(&["generate"]).succeeds();
    }
}

/// A reader that goes away, as `head` does, is no failure and no panic.
#[cfg(unix)]
#[test]
fn nobody_reads_or_listens() {
    let sandbox = Sandbox::with_dev();
    let ends = |command: &str, code: i32| {
        let output = Command::new("sh")
            .arg("-c")
            .arg(command)
            .env("HELMWRIGHT", env!("CARGO_BIN_EXE_helmwright"))
            .env("TERM", "nonsense")
            .current_dir(sandbox.path("."))
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{command}: {words}");
        assert!(!words.contains("panicked"), "{command}: {words}");
        words
    };
    // The pipe is closed before anything is written to it.
    let closed = "| (exec <&-; sleep 0.6)";
    for verb in ["schema environment", "--help", "contract list", "generate"] {
        let words = ends(
            &format!("(sleep 0.2; \"$HELMWRIGHT\" {verb}; echo \"ended $?\" >&2) {closed}"),
            0,
        );
        assert_eq!(words, "ended 0\n", "{verb}");
    }
    assert_eq!(
        ends("\"$HELMWRIGHT\" schema environment | head -n 1", 0),
        ""
    );
    ends("\"$HELMWRIGHT\" generate >&- 2>&- <&-", 0);
    ends("\"$HELMWRIGHT\" check >&- 2>&-", 0);
    sandbox.run(&["check"]).succeeds();
    if fs::metadata("/dev/full").is_ok() {
        let words = ends("\"$HELMWRIGHT\" schema environment > /dev/full", 2);
        assert!(words.contains("cannot write to standard output"), "{words}");
        // What is said may be lost; the product is not.
        sandbox.write("envs/test.yaml", "environment: test\nnamespce: a\n");
        ends("\"$HELMWRIGHT\" generate 2> /dev/full", 1);
    }
}

impl Sandbox {
    /// Returns every file below a folder with its text, sorted.
    fn texts(&self, folder: &str) -> Vec<(String, String)> {
        self.files(folder)
            .into_iter()
            .map(|path| {
                let text = self.read(&format!("{folder}/{path}"));
                (path, text)
            })
            .collect()
    }
}
