use std::fs;

use super::{DEV, Sandbox, VALUES};

#[test]
fn writes_values_contract_and_record() {
    let sandbox = Sandbox::with_dev();
    let run = sandbox.run(&["generate"]).succeeds();
    assert_eq!(
        run.out,
        "dev      3 written, 0 unchanged, 0 warnings\nshared   1 written, 0 unchanged\n"
    );
    assert_eq!(run.err, "");
    assert_eq!(
        sandbox.files("gitops"),
        [
            ".helmwright.json",
            ".schemas/traefik/41.3.0.schema.json",
            "dev/traefik/release.json",
            "dev/traefik/values.yaml",
            "docs/runbook-dev.md"
        ]
    );
    assert_eq!(
        sandbox.read(VALUES).lines().next(),
        Some("# yaml-language-server: $schema=../../.schemas/traefik/41.3.0.schema.json")
    );
    let run = sandbox.run(&["generate"]).succeeds();
    assert_eq!(
        run.out,
        "dev      0 written, 3 unchanged, 0 warnings\nshared   0 written, 1 unchanged\n"
    );
    sandbox
        .run(&["check"])
        .succeeds()
        .says("the tree is as planned");
}

#[test]
fn an_error_writes_nothing() {
    let sandbox = Sandbox::generated();
    let before = sandbox.read(VALUES);
    sandbox.write("envs/dev.yaml", DEV.replace("team-dev", "other-dev"));
    sandbox.write("envs/test.yaml", "environment: test\nnamespce: a\n");
    let run = sandbox
        .run(&["generate"])
        .ends(1)
        .says("namespce")
        .says("nothing was written\n");
    assert_eq!(run.out, "");
    assert_eq!(sandbox.read(VALUES), before);
    sandbox
        .run(&["check"])
        .ends(1)
        .prints("namespce")
        .says("the tree was not compared");
}

#[test]
fn a_dry_run_says_and_writes_nothing() {
    let sandbox = Sandbox::with_dev();
    let run = sandbox.run(&["generate", "--dry-run"]).succeeds();
    assert!(
        run.out
            .contains("would write   gitops/dev/traefik/values.yaml\n"),
        "{}",
        run.out
    );
    assert!(
        run.out
            .contains("dev      3 to write, 0 unchanged, 0 warnings\n"),
        "{}",
        run.out
    );
    assert!(!sandbox.path("gitops").exists());
}

#[test]
fn edited_files_are_kept_unless_forced() {
    let sandbox = Sandbox::generated();
    let generated = sandbox.read(VALUES);
    sandbox.write(VALUES, format!("{generated}mine: true\n"));
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("output/edited")
        .says(VALUES)
        .says("--force");
    assert!(sandbox.read(VALUES).ends_with("mine: true\n"));
    sandbox
        .run(&["check"])
        .ends(1)
        .prints("output/edited")
        .prints(&format!(
            "--- {VALUES} (as it is)\n+++ {VALUES} (as planned)\n@@ "
        ))
        .prints("\n-mine: true\n");
    sandbox.run(&["generate", "--force"]).succeeds();
    assert_eq!(sandbox.read(VALUES), generated);
}

#[test]
fn a_file_of_somebody_else_is_kept_unless_forced() {
    let sandbox = Sandbox::with_dev();
    sandbox.write(VALUES, "theirs: true\n");
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("output/foreign-file");
    assert_eq!(sandbox.files("gitops"), ["dev/traefik/values.yaml"]);
    sandbox.run(&["generate", "--force"]).succeeds();
}

#[test]
fn missing_and_stale_files_are_drift() {
    let sandbox = Sandbox::generated();
    fs::remove_file(sandbox.path(VALUES)).unwrap();
    sandbox
        .run(&["check"])
        .ends(1)
        .prints("output/missing")
        .prints(VALUES);
    sandbox.run(&["generate"]).succeeds();
    sandbox.write(
        "envs/dev.yaml",
        DEV.replace("environment: dev", "environment: new\ntier: dev"),
    );
    sandbox
        .run(&["check"])
        .ends(1)
        .prints("output/stale")
        .prints("output/missing");
    let run = sandbox.run(&["generate"]).succeeds();
    assert_eq!(
        run.out,
        "new      3 written, 0 unchanged, 0 warnings\nshared   0 written, 1 unchanged, 3 removed\n"
    );
    assert!(!sandbox.path("gitops/dev").exists());
}

#[test]
fn naming_an_environment_narrows_what_is_written() {
    let sandbox = Sandbox::with_dev();
    sandbox.write("envs/test.yaml", DEV.replace("dev", "test"));
    sandbox.run(&["generate"]).succeeds();
    for name in ["dev", "test"] {
        let path = format!("envs/{name}.yaml");
        sandbox.write(&path, sandbox.read(&path).replace("team-", "group-"));
    }
    let run = sandbox.run(&["generate", "dev"]).succeeds();
    assert_eq!(
        run.out,
        "dev      3 written, 0 unchanged, 0 warnings
shared   0 written, 1 unchanged
"
    );
    assert!(sandbox.read(VALUES).contains("group-dev"));
    assert!(
        sandbox
            .read(&VALUES.replace("dev", "test"))
            .contains("team-test")
    );
    assert!(
        sandbox
            .path("gitops/.schemas/traefik/41.3.0.schema.json")
            .exists()
    );
    sandbox.run(&["check", "dev"]).succeeds();
    sandbox
        .run(&["check"])
        .ends(1)
        .prints("gitops/test/traefik/values.yaml");
}

#[test]
fn an_unknown_environment_cannot_run() {
    let sandbox = Sandbox::with_dev();
    sandbox
        .run(&["generate", "de"])
        .ends(2)
        .says("did you mean `dev`?");
    sandbox.run(&["check", "nowhere"]).ends(2);
    assert!(!sandbox.path("gitops").exists());
}

#[test]
fn an_interrupted_run_shows_and_is_repaired() {
    let sandbox = Sandbox::generated();
    fs::rename(
        sandbox.path("gitops/.helmwright.json"),
        sandbox.path("gitops/.helmwright.json.next"),
    )
    .unwrap();
    fs::remove_file(sandbox.path(VALUES)).unwrap();
    sandbox
        .run(&["check"])
        .ends(1)
        .prints("output/interrupted")
        .prints("output/missing");
    sandbox.run(&["generate"]).succeeds();
    sandbox.run(&["check"]).succeeds();
    assert_eq!(sandbox.files("gitops").len(), 5);
}

#[test]
fn a_target_that_cannot_be_written_cannot_run() {
    let sandbox = Sandbox::with_dev();
    sandbox.write("file", "");
    for out in ["file", "file/below"] {
        let run = sandbox
            .run(&["generate", "--out", out])
            .ends(2)
            .says("error: 1 error; nothing was written");
        assert_eq!(run.err.matches("error[").count(), 1, "{}", run.err);
    }
    sandbox.write("gitops/dev", "a file");
    sandbox
        .run(&["generate"])
        .ends(2)
        .says("output/blocked")
        .says("gitops/dev");
    sandbox.run(&["check"]).ends(2).prints("output/blocked");
    assert_eq!(sandbox.files("gitops"), ["dev"]);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_target_is_refused() {
    let sandbox = Sandbox::with_dev();
    fs::create_dir_all(sandbox.path("outside/traefik")).unwrap();
    fs::create_dir(sandbox.path("gitops")).unwrap();
    std::os::unix::fs::symlink(sandbox.path("outside"), sandbox.path("gitops/dev")).unwrap();
    for force in [&["generate"][..], &["generate", "--force"]] {
        sandbox
            .run(force)
            .ends(2)
            .says("output/symbolic-link")
            .says("gitops/dev");
    }
    assert!(sandbox.files("outside").is_empty());
    assert_eq!(sandbox.files("gitops"), [""; 0]);
}
