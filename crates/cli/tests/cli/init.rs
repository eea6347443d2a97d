use super::Sandbox;

#[test]
fn three_commands_lead_from_nothing_to_a_clean_check() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["init"]).succeeds();
    assert_eq!(run.err, "");
    assert!(run.out.ends_with("  helmwright generate\n"), "{}", run.out);
    let run = sandbox.run(&["generate"]).succeeds();
    assert_eq!(run.err, "");
    assert!(sandbox.path("gitops/dev/tempo/values.yaml").is_file());
    let run = sandbox.run(&["check"]).succeeds();
    assert_eq!(
        (run.out.as_str(), run.err.as_str()),
        ("", "the tree is as planned\n")
    );
}

#[test]
fn the_editor_finds_the_schema_of_this_version() {
    let sandbox = Sandbox::new();
    sandbox.run(&["init", "-q"]).succeeds();
    let schema = sandbox.run(&["schema", "environment"]).succeeds();
    assert_eq!(sandbox.read("schemas/environment.schema.json"), schema.out);
    for file in ["envs/base.yaml", "envs/dev.yaml"] {
        let text = sandbox.read(file);
        let to = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# yaml-language-server: $schema="))
            .unwrap();
        assert!(sandbox.path("envs").join(to).is_file(), "{to}");
    }
    let settings: serde_json::Value =
        serde_json::from_str(&sandbox.read(".vscode/settings.json")).unwrap();
    for (schema, files) in settings["yaml.schemas"].as_object().unwrap() {
        assert!(sandbox.path(schema).is_file(), "{schema}");
        assert_eq!(files, "envs/*.yaml");
    }
    let extensions: serde_json::Value =
        serde_json::from_str(&sandbox.read(".vscode/extensions.json")).unwrap();
    assert_eq!(extensions["recommendations"][0], "redhat.vscode-yaml");
}

#[test]
fn another_folder_is_made_and_named_in_what_comes_next() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["init", "my project/x"]).succeeds();
    assert!(
        run.out.contains("my project/x/envs/dev.yaml")
            && run
                .out
                .ends_with("  helmwright -C 'my project/x' generate\n"),
        "{}",
        run.out
    );
    sandbox.run(&["-C", "my project/x", "generate"]).succeeds();
    // A project above is another one, and its file need not even be readable.
    sandbox.write("my project/helmwright.toml", "???");
    sandbox.run(&["-C", "my project", "init", "y"]).succeeds();
    sandbox.run(&["-C", "my project/y", "generate"]).succeeds();
}

#[test]
fn nothing_is_overwritten_and_nothing_is_half_begun() {
    for taken in ["helmwright.toml", "envs/dev.yaml", ".vscode/settings.json"] {
        let sandbox = Sandbox::new();
        sandbox.write(taken, "mine");
        let before = sandbox.files(".");
        sandbox
            .run(&["init"])
            .ends(2)
            .says("output/already-there")
            .says(taken);
        assert_eq!(sandbox.files("."), before);
        assert_eq!(sandbox.read(taken), "mine");
    }
    let sandbox = Sandbox::new();
    sandbox.write("envs", "a file");
    sandbox.run(&["init"]).ends(2).says("nothing was written");
    assert_eq!(sandbox.files("."), ["envs"]);
}
