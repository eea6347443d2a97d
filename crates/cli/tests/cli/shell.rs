use std::process::{Command, Stdio};

use super::Sandbox;

#[test]
fn every_shell_gets_a_script_that_knows_the_verbs() {
    // No project is needed, so a broken one is no hindrance.
    let sandbox = Sandbox::new();
    sandbox.write("helmwright.toml", "???");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = sandbox.run(&["completions", shell]).succeeds();
        assert_eq!(run.err, "");
        for word in ["generate", "completions", "dry-run", "message-format"] {
            assert!(run.out.contains(word), "{shell}: no {word}");
        }
    }
    sandbox.run(&["completions", "csh"]).ends(2).says("bash");
}

#[test]
fn there_is_a_manual_page_for_all_and_for_each_verb() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["man"])
        .succeeds()
        .prints(".TH helmwright 1")
        .prints("helmwright\\-generate(1)");
    sandbox
        .run(&["man", "contract", "build"])
        .succeeds()
        .prints("helmwright\\-contract\\-build")
        .prints("Example: ");
    sandbox
        .run(&["man", "genrate"])
        .ends(2)
        .says("did you mean `generate`?");
}

#[test]
fn a_reader_that_stops_is_no_failure() {
    for arguments in [&["--help"][..], &["completions", "bash"], &["man"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_helmwright"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        assert!(output.status.success(), "{arguments:?}");
    }
}
