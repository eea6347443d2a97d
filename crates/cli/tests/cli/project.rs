use super::{DEV, Sandbox, VALUES};

#[test]
fn the_project_file_is_found_above_and_flags_win() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "helmwright.toml",
        "envs = \"config\"\nout = \"tree\"\nlayout = \"{component}/values-{env}.yaml\"\n",
    );
    sandbox.write("config/dev.yaml", DEV);
    sandbox.write("a/b/note", "");
    sandbox.run_in("a/b", &["generate"], "").succeeds();
    assert!(sandbox.path("tree/traefik/values-dev.yaml").exists());
    sandbox
        .run_in("a", &["generate", "--out", "mine"], "")
        .succeeds();
    assert_eq!(
        sandbox.read("a/mine/traefik/values-dev.yaml"),
        sandbox.read("tree/traefik/values-dev.yaml")
    );
    sandbox.write("config/dev.yaml", "environment: dev\nnamespce: x\n");
    sandbox
        .run_in("a/b", &["check"], "")
        .ends(1)
        .prints("--> ../../config/dev.yaml:2:1");
    sandbox
        .run_in("a/b", &["check", "--message-format", "github"], "")
        .ends(1)
        .prints("file=config/dev.yaml,line=2");
}

#[test]
fn a_wrong_project_file_cannot_run() {
    let sandbox = Sandbox::with_dev();
    sandbox.write("helmwright.toml", "env = \"x\"\nlayout = \"{env}.yaml\"\n");
    sandbox
        .run(&["generate"])
        .ends(2)
        .says("--> helmwright.toml:1:1")
        .says("did you mean `envs`?")
        .says("--> helmwright.toml:2:10")
        .says("2 errors");
    sandbox.write("helmwright.toml", "= broken\n");
    sandbox
        .run(&["generate"])
        .ends(2)
        .says("project/broken-file");
    sandbox.write("helmwright.toml", "catalog = \"x\"\n");
    sandbox.run(&["generate"]).ends(2).says("input/no-folder");
}

#[test]
fn the_same_input_gives_the_same_bytes_wherever_it_lies() {
    let sandbox = Sandbox::generated();
    let expected = sandbox.read(VALUES);
    sandbox.write("elsewhere/note", "");
    let envs = sandbox.path("envs");
    for envs in ["../envs", envs.to_str().unwrap()] {
        sandbox
            .run_in("elsewhere", &["generate", "--envs", envs], "")
            .succeeds();
        assert_eq!(sandbox.read(&format!("elsewhere/{VALUES}")), expected);
    }
    sandbox
        .run(&["-C", "elsewhere", "--envs", "../envs", "check"])
        .succeeds();
    sandbox.write("envs/dev.yaml", "environment: dev\nnamespce: x\n");
    sandbox
        .run_in("elsewhere", &["check", "--envs", "../envs"], "")
        .ends(1)
        .prints("--> ../envs/dev.yaml:2:1");
}
