use snapbox::{Data, assert_data_eq};

use super::Sandbox;

#[track_caller]
fn help(arguments: &[&str], golden: Data) {
    let mut arguments = arguments.to_vec();
    arguments.push("--help");
    let run = Sandbox::new().run(&arguments).succeeds();
    assert_eq!(run.err, "");
    assert!(
        run.out.lines().all(|line| line.chars().count() <= 80),
        "{}",
        run.out
    );
    assert_data_eq!(run.out, golden);
}

#[test]
fn every_help_text_is_as_accepted() {
    help(&[], snapbox::file!["../help/helmwright.txt"]);
    help(&["generate"], snapbox::file!["../help/generate.txt"]);
    help(&["check"], snapbox::file!["../help/check.txt"]);
    help(&["validate"], snapbox::file!["../help/validate.txt"]);
    help(&["upgrade"], snapbox::file!["../help/upgrade.txt"]);
    help(&["verify"], snapbox::file!["../help/verify.txt"]);
    help(&["diff"], snapbox::file!["../help/diff.txt"]);
    help(&["compare"], snapbox::file!["../help/compare.txt"]);
    help(&["explain"], snapbox::file!["../help/explain.txt"]);
    help(&["budget"], snapbox::file!["../help/budget.txt"]);
    help(&["graph"], snapbox::file!["../help/graph.txt"]);
    help(&["simulate"], snapbox::file!["../help/simulate.txt"]);
    help(
        &["simulate", "preemption"],
        snapbox::file!["../help/simulate-preemption.txt"],
    );
    help(&["buckets"], snapbox::file!["../help/buckets.txt"]);
    help(&["secrets"], snapbox::file!["../help/secrets.txt"]);
    help(&["contract"], snapbox::file!["../help/contract.txt"]);
    help(
        &["contract", "build"],
        snapbox::file!["../help/contract-build.txt"],
    );
    help(
        &["contract", "list"],
        snapbox::file!["../help/contract-list.txt"],
    );
    help(&["schema"], snapbox::file!["../help/schema.txt"]);
    help(&["adopt"], snapbox::file!["../help/adopt.txt"]);
    help(&["init"], snapbox::file!["../help/init.txt"]);
    help(&["fix"], snapbox::file!["../help/fix.txt"]);
    help(&["completions"], snapbox::file!["../help/completions.txt"]);
    help(&["lint"], snapbox::file!["../help/lint.txt"]);
    help(&["rules"], snapbox::file!["../help/rules.txt"]);
    help(&["man"], snapbox::file!["../help/man.txt"]);
}

#[test]
fn version_is_the_crates() {
    let run = Sandbox::new().run(&["--version"]).succeeds();
    assert_eq!(
        run.out,
        format!("helmwright {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn wrong_usage_cannot_run() {
    let sandbox = Sandbox::new();
    sandbox.run(&[]).ends(2).says("Usage: helmwright");
    sandbox.run(&["generat"]).ends(2).says("'generate'");
    sandbox
        .run(&["generate", "--frce"])
        .ends(2)
        .says("'--force'");
    sandbox
        .run(&["schema", "tempo"])
        .ends(2)
        .says("tempo@2.2.4");
    sandbox
        .run(&["validate", "x", "--chart", "tempo"])
        .ends(2)
        .says("NAME@VERSION");
    sandbox
        .run(&["check", "--format", "xml"])
        .ends(2)
        .says("json");
    sandbox.run(&["contract"]).ends(2);
}
