use std::fs::{self, File};

use super::{DEV, Sandbox};

#[test]
fn a_missing_or_empty_folder_cannot_run() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["generate"])
        .ends(2)
        .says("input/no-folder")
        .says(" envs\n")
        .says("--envs DIR");
    fs::create_dir(sandbox.path("envs")).unwrap();
    sandbox
        .run(&["generate"])
        .ends(2)
        .says("input/no-environments");
    sandbox.write("envs/base.yaml", "namespace: team\n");
    sandbox.run(&["generate"]).ends(2).says("environment: NAME");
    sandbox.write("file", "");
    sandbox
        .run(&["check", "--envs", "file"])
        .ends(2)
        .prints("this is a file, where a folder is meant");
    sandbox
        .run(&["-C", "nowhere", "check"])
        .ends(2)
        .prints("nowhere");
}

#[test]
fn unfit_files_are_findings_all_at_once() {
    let sandbox = Sandbox::with_dev();
    sandbox.write("envs/latin.yaml", b"environment: a\n# caf\xe9\n");
    File::create(sandbox.path("envs/large.yaml"))
        .unwrap()
        .set_len(100_000_000)
        .unwrap();
    fs::create_dir(sandbox.path("envs/folder.yaml")).unwrap();
    sandbox.write("envs/broken.yaml", "environment: [\n");
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("envs/latin.yaml:2:6")
        .says("--> envs/large.yaml\n")
        .says("--> envs/folder.yaml\n")
        .says("envs/broken.yaml:")
        .says("4 errors");
}

#[test]
fn deep_and_multiplying_texts_are_findings() {
    let sandbox = Sandbox::with_dev();
    sandbox.write("envs/deep.yaml", "a: ".to_owned() + &"[".repeat(20_000));
    let bomb: String = (0..30)
        .map(|level| format!("l{}: &l{} [*l{level}, *l{level}]\n", level + 1, level + 1))
        .collect();
    sandbox.write("envs/bomb.yaml", format!("l0: &l0 x\n{bomb}"));
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("envs/deep.yaml")
        .says("envs/bomb.yaml");
}

#[test]
fn layers_are_read_beside_the_environments_and_elsewhere() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "envs/dev.yaml",
        "extends: [../layers/base.yaml]\nenvironment: dev\n",
    );
    sandbox.write("layers/base.yaml", DEV.replace("environment: dev\n", ""));
    sandbox.run(&["generate"]).succeeds();
    fs::remove_file(sandbox.path("layers/base.yaml")).unwrap();
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("envs/dev.yaml:1:11");
    sandbox.write("layers/base.yaml", b"\xff");
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("layers/base.yaml:1:1");
}

#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let sandbox = Sandbox::with_dev();
    sandbox.write(
        "envs/e\u{1b}[31m.yaml",
        "environment: x\n\"k\\e[2J\u{9b}\": \"\u{202e}\u{7f}\"\n",
    );
    for format in ["text", "github"] {
        let run = sandbox
            .run(&["check", "--message-format", format, "--color", "never"])
            .ends(1);
        let hidden = |text: &str| {
            text.chars()
                .any(|character| character.is_control() && character != '\n')
        };
        assert!(!hidden(&run.out) && !hidden(&run.err), "{:?}", run.out);
    }
}

#[cfg(unix)]
#[test]
fn hidden_files_and_dangling_links() {
    let sandbox = Sandbox::with_dev();
    std::os::unix::fs::symlink("nowhere", sandbox.path("envs/.#dev.yaml")).unwrap();
    sandbox.run(&["generate"]).succeeds();
    std::os::unix::fs::symlink("nowhere", sandbox.path("envs/link.yaml")).unwrap();
    sandbox
        .run(&["generate"])
        .ends(2)
        .says("input/missing-file")
        .says("envs/link.yaml");
}
