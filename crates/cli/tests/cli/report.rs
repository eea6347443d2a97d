use serde_json::Value;

use super::{DEV, Sandbox, VALUES};

/// Returns a sandbox with one error in it.
fn wrong() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("envs/dev.yaml", DEV.replace("namespace", "namespce"));
    sandbox
}

#[test]
fn findings_are_the_product_of_check_and_talk_of_generate() {
    let sandbox = wrong();
    let run = sandbox.run(&["check"]).ends(1);
    assert!(
        run.out.contains("--> envs/dev.yaml:2:1") && !run.err.contains("-->"),
        "{}",
        run.err
    );
    let run = sandbox.run(&["generate"]).ends(1);
    assert!(
        run.err.contains("--> envs/dev.yaml:2:1") && run.out.is_empty(),
        "{}",
        run.out
    );
}

#[test]
fn json_is_one_object_that_stands_alone() {
    let sandbox = wrong();
    for verb in ["generate", "check"] {
        let run = sandbox.run(&[verb, "--message-format", "json"]).ends(1);
        let object: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(object["version"], 1);
        assert_eq!(object["diagnostics"][0]["file"], "envs/dev.yaml");
        assert_eq!(object["diagnostics"][0]["start"]["line"], 2);
        assert_eq!(run.err, "");
    }
    sandbox.write("envs/dev.yaml", DEV);
    let run = sandbox.run(&["generate", "--format", "json"]).succeeds();
    let object: Value = serde_json::from_str(&run.out).unwrap();
    let files = object["result"]["files"].as_array().unwrap();
    let values = files.iter().find(|file| file["path"] == VALUES).unwrap();
    assert_eq!(values["change"], "new");
    sandbox.write(VALUES, "edited: true\n");
    let run = sandbox.run(&["check", "--format", "json"]).ends(1);
    let object: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(object["result"]["differing"][0]["path"], VALUES);
    let run = sandbox
        .run(&["contract", "list", "--format", "json"])
        .succeeds();
    let object: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(object["result"]["contracts"][0]["chart"], "alertmanager");
    let run = sandbox
        .run(&["schema", "environment", "--format", "json"])
        .succeeds();
    let object: Value = serde_json::from_str(&run.out).unwrap();
    assert!(object["result"]["properties"].is_object());
}

#[test]
fn failures_are_objects_too() {
    let run = Sandbox::new()
        .run(&["check", "--message-format", "json"])
        .ends(2);
    let object: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(object["diagnostics"][0]["id"], "input/no-folder");
    assert_eq!(object["result"], Value::Null);
}

#[test]
fn sarif_stands_alone_on_its_stream() {
    let sandbox = wrong();
    let run = sandbox.run(&["check", "--message-format", "sarif"]).ends(1);
    let log: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["results"][0]["level"], "error");
    let run = sandbox
        .run(&["generate", "--message-format", "sarif"])
        .ends(1);
    assert!(
        serde_json::from_str::<Value>(&run.err).is_ok(),
        "{}",
        run.err
    );
}

#[test]
fn github_lines_name_file_and_line() {
    let run = wrong()
        .run(&["check", "--message-format", "github"])
        .ends(1);
    assert!(
        run.out
            .starts_with("::error file=envs/dev.yaml,line=2,col=1,"),
        "{}",
        run.out
    );
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let sandbox = wrong();
    assert!(!sandbox.run(&["check"]).ends(1).out.contains('\u{1b}'));
    assert!(
        sandbox
            .run(&["check", "--color", "always"])
            .ends(1)
            .out
            .contains("\u{1b}[")
    );
    assert!(
        !sandbox
            .run(&["check", "--color", "never"])
            .ends(1)
            .out
            .contains('\u{1b}')
    );
}

#[test]
fn quiet_leaves_findings_and_product() {
    let sandbox = wrong();
    let run = sandbox.run(&["check", "-q"]).ends(1);
    assert!(
        run.out.contains("error[") && run.err.is_empty(),
        "{}",
        run.err
    );
    sandbox.write("envs/dev.yaml", DEV);
    let run = sandbox.run(&["generate", "--quiet"]).succeeds();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    sandbox
        .run(&["contract", "list", "-q"])
        .succeeds()
        .prints("traefik@41.3.0");
}
