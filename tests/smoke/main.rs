//! The smoke test's script, run by a real shell with the real curl against a stack that is played.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod stack;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use helmwright::source::Source;
use helmwright::yaml::{self, Node};
use helmwright_tests::root;
use stack::{Fault, Stack};
use tempfile::TempDir;

/// What came of a run.
struct Run {
    code: Option<i32>,
    said: String,
}

/// Returns the objects that the case writes.
fn objects() -> (Node, Node) {
    let file = root().join("tests/cases/smoke-test/valid-all.smoke-test.yaml");
    let text = fs::read_to_string(file).unwrap();
    let mut objects = yaml::read_all(&Source::new("case", text))
        .unwrap()
        .into_iter();
    (objects.next().unwrap(), objects.next().unwrap())
}

/// Runs the script with the environment that the Job gives it, its addresses led to the played stack.
fn run(stack: &Arc<Stack>, changed: &[(&str, &str)]) -> Run {
    let (map, job) = objects();
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("push-and-read.sh");
    let text = map.at(&["data", "push-and-read.sh"]).unwrap();
    fs::write(&script, text.as_str().unwrap()).unwrap();
    let mut command = Command::new("sh");
    command.arg(&script).current_dir(folder.path());
    let job = job.to_json();
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    for variable in container["env"].as_array().unwrap() {
        let name = variable["name"].as_str().unwrap();
        let value = match variable["value"].as_str() {
            Some(value) => here(stack, value),
            None => variable["valueFrom"]["fieldRef"]["fieldPath"]
                .as_str()
                .map(|path| path.replace("metadata.namespace", "team-dev"))
                .map(|path| path.replace("metadata.name", "smoke-test-x7k2p"))
                .unwrap(),
        };
        command.env(name, value);
    }
    // Long enough for a machine that has much else to do; what is never found says so itself.
    command
        .env("TIMEOUT_SECONDS", "60")
        .env("PAUSE_SECONDS", "0.1");
    for (name, value) in changed {
        command.env(name, value);
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    // What a pod prints, the agent reads.
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        stack.printed(&line);
        said += &format!("{line}\n");
    }
    let output = child.wait_with_output().unwrap();
    said += &String::from_utf8_lossy(&output.stderr);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "the script writes no file: {left:?}");
    Run {
        code: output.status.code(),
        said,
    }
}

/// Returns an address with the played stack in the place of the cluster's host.
fn here(stack: &Stack, value: &str) -> String {
    let Some(rest) = value.strip_prefix("http://") else {
        return value.to_owned();
    };
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    format!("{}{path}", stack.address())
}

/// What is waited for in vain is not waited for long.
const SOON: (&str, &str) = ("TIMEOUT_SECONDS", "2");

fn stack(fault: Fault) -> Arc<Stack> {
    Stack::start("dts-dev", fault)
}

#[test]
fn what_arrives_passes() {
    let run = run(&stack(Fault::None), &[]);
    assert_eq!(run.code, Some(0), "{}", run.said);
    for signal in ["traces", "metrics", "logs"] {
        assert!(
            run.said.contains(&format!("{signal}: arrived after")),
            "{}",
            run.said
        );
    }
    assert!(
        run.said.ends_with("all arrived: traces metrics logs\n"),
        "{}",
        run.said
    );
}

#[test]
fn what_comes_late_is_waited_for() {
    let run = run(&stack(Fault::Late(5)), &[]);
    assert_eq!(run.code, Some(0), "{}", run.said);
}

#[test]
fn an_agent_that_is_still_starting_is_waited_for() {
    let run = run(&stack(Fault::AgentStarts(4)), &[]);
    assert_eq!(run.code, Some(0), "{}", run.said);
}

#[test]
fn each_that_is_missing_is_named() {
    for (signal, backend) in [("traces", "Tempo"), ("metrics", "Mimir"), ("logs", "Loki")] {
        let run = run(&stack(Fault::Lost(signal)), &[SOON]);
        assert_eq!(run.code, Some(1), "{}", run.said);
        assert!(
            run.said.contains(&format!("{signal}: FAILED after"))
                && run
                    .said
                    .contains(&format!("{backend} does not have it for tenant dts-dev"))
                && run.said.ends_with(&format!("did not arrive: {signal}\n")),
            "{}",
            run.said
        );
        for other in ["traces", "metrics", "logs"] {
            let arrived = run.said.contains(&format!("{other}: arrived"));
            assert_eq!(arrived, other != signal, "{}", run.said);
        }
    }
}

#[test]
fn another_tenant_does_not_see_it() {
    let run = run(&stack(Fault::None), &[SOON, ("TENANT", "dts-prod")]);
    assert_eq!(run.code, Some(1), "{}", run.said);
    assert!(
        run.said.ends_with("did not arrive: traces metrics logs\n"),
        "{}",
        run.said
    );
    assert!(run.said.contains("for tenant dts-prod"), "{}", run.said);
}

#[test]
fn who_refuses_is_named() {
    let refused = run(&stack(Fault::AgentRefuses), &[SOON]);
    assert_eq!(refused.code, Some(1), "{}", refused.said);
    assert!(
        refused.said.contains("traces: FAILED") && refused.said.contains("Alloy did not take it"),
        "{}",
        refused.said
    );
    assert!(refused.said.contains("logs: arrived"), "{}", refused.said);

    let failing = run(&stack(Fault::BackendFails), &[SOON]);
    assert_eq!(failing.code, Some(1), "{}", failing.said);
    assert!(
        failing.said.contains("Mimir answers with status 500"),
        "{}",
        failing.said
    );

    let nobody = run(
        &stack(Fault::None),
        &[SOON, ("TEMPO_URL", "http://127.0.0.1:1")],
    );
    assert_eq!(nobody.code, Some(1), "{}", nobody.said);
    assert!(
        nobody.said.contains("Tempo does not answer"),
        "{}",
        nobody.said
    );
    assert!(
        nobody.said.ends_with("did not arrive: traces\n"),
        "{}",
        nobody.said
    );
}

#[test]
fn only_what_is_asked_for_is_pushed() {
    let stack = stack(Fault::None);
    let run = run(&stack, &[("SIGNALS", "traces")]);
    assert_eq!(run.code, Some(0), "{}", run.said);
    assert_eq!(stack.asked(), ["/v1/traces", "/api/traces/"]);
}

#[test]
fn values_stay_values() {
    let hostile = "a b;$(touch made)`touch made`'\"\\|&";
    let played = Stack::start(hostile, Fault::None);
    let run = run(&played, &[("TENANT", hostile)]);
    assert_eq!(run.code, Some(0), "{}", run.said);
}

/// Flux puts the values of variables into texts where they look like this.
#[test]
fn nothing_in_the_script_looks_like_a_variable_of_flux() {
    let (map, _) = objects();
    let text = map.at(&["data", "push-and-read.sh"]).unwrap();
    assert!(!text.as_str().unwrap().contains("${"));
}

#[test]
fn two_runs_have_different_ids() {
    let played = stack(Fault::None);
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let run = run(&played, &[("SIGNALS", "logs")]);
            let line = run.said.lines().next().unwrap().to_owned();
            line.rsplit(' ').next().unwrap().to_owned()
        })
        .collect();
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        assert!(
            id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{id}"
        );
    }
}
