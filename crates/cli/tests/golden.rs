//! The shipped environments give `tests/golden`, byte for byte.

use std::process::Command;

use helmwright_tests::{blessing, root};

#[test]
fn the_shipped_environments_give_the_golden_tree() {
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_helmwright"))
            .args(arguments)
            .args(["--color", "never", "--out", "tests/golden"])
            .current_dir(root())
            .output()
            .unwrap()
    };
    if blessing() {
        assert!(run(&["generate", "--force"]).status.success());
    }
    let output = run(&["check"]);
    assert!(
        output.status.success(),
        "`cargo xtask bless` accepts the new tree\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn two_runs_write_the_same_bytes() {
    let trees: Vec<_> = (0..2)
        .map(|_| {
            let out = tempfile::TempDir::new().unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_helmwright"))
                .args(["generate", "--out"])
                .arg(out.path().join("gitops"))
                .current_dir(root())
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            let files: Vec<_> = helmwright_tests::files(&out.path().join("gitops"), "")
                .into_iter()
                .map(|file| {
                    let relative = file.strip_prefix(out.path()).unwrap().to_path_buf();
                    (relative, std::fs::read(file).unwrap())
                })
                .collect();
            assert!(
                files.len() >= 16,
                "fifteen values files and the index: {}",
                files.len()
            );
            files
        })
        .collect();
    assert_eq!(trees[0], trees[1]);
}
