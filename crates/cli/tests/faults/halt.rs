//! Halted in the middle: what another run does meanwhile, and what a signal leaves.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::{Case, SMALL, SMALL_LATER, assert_same, fs, read, said};

/// A run that stands before one of its steps.
pub(super) struct Halted {
    child: Child,
    messages: BufReader<std::process::ChildStderr>,
}

impl Halted {
    pub(super) fn before(case: &Case, out: &Path, step: usize) -> Self {
        let mut child = case
            .command(&["generate"], out, &format!("halt@{step}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut messages = BufReader::new(child.stderr.take().unwrap());
        messages.read_line(&mut String::new()).unwrap();
        Self { child, messages }
    }

    /// Lets it go on to its end; returns its exit code and what it said.
    pub(super) fn resume(mut self) -> (Option<i32>, String) {
        drop(self.child.stdin.take());
        let mut words = String::new();
        self.messages.read_to_string(&mut words).unwrap();
        (self.child.wait().unwrap().code(), words)
    }

    /// Sends it a signal by name; returns the number of the one it died of.
    fn signal(mut self, name: &str) -> Option<i32> {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().signal()
    }
}

/// Returns the number of the first step of a kind.
fn first(case: &Case, kind: &str) -> usize {
    1 + case.steps().iter().position(|step| step == kind).unwrap()
}

fn middle(case: &Case) -> usize {
    case.steps().len() / 2
}

#[test]
fn another_run_waits_its_turn() {
    let case = Case::update(&SMALL, &SMALL_LATER);
    let out = case.place("out");
    let halted = Halted::before(&case, &out, middle(&case));
    let waiting: Vec<Child> = ["generate", "check"]
        .map(|verb| {
            case.command(&[verb], &out, "")
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .into();
    let tree = read(&out);
    std::thread::sleep(Duration::from_secs(1));
    assert_same(&read(&out), &tree);
    assert_eq!(halted.resume().0, Some(0));
    for child in waiting {
        let output: Output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        assert!(
            said(&output).contains("waiting for another run"),
            "{}",
            said(&output)
        );
    }
    assert_same(&read(&out), &case.new);
}

#[test]
fn a_run_does_not_wait_for_ever() {
    let case = Case::fresh(&SMALL);
    let out = case.place("out");
    let halted = Halted::before(&case, &out, middle(&case));
    let output = case.run(&["generate", "--quiet"], &out, "");
    assert_eq!(output.status.code(), Some(2));
    let words = said(&output);
    assert!(words.contains("error[output/in-use]"), "{words}");
    assert!(!words.contains("waiting"), "{words}");
    assert_eq!(halted.resume().0, Some(0));
    assert_same(&read(&out), &case.new);
}

#[test]
fn a_signal_leaves_what_the_next_run_finishes_and_no_lock() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("KILL", 9)] {
        let case = Case::update(&SMALL, &SMALL_LATER);
        let out = case.place("out");
        let halted = Halted::before(&case, &out, middle(&case));
        assert_eq!(halted.signal(name), Some(number));
        case.no_file_is_torn(&out);
        let output = case.run(&["check"], &out, "");
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        let found = String::from_utf8_lossy(&output.stdout);
        assert!(found.contains("output/interrupted"), "{found}");
        case.is_repaired(&out);
    }
}

#[test]
fn a_folder_that_goes_away_takes_nothing_with_it() {
    let case = Case::fresh(&SMALL);
    let out = case.place("out");
    let halted = Halted::before(&case, &out, first(&case, "rename"));
    let away = case.folder.path().join("away");
    fs::rename(&out, &away).unwrap();
    fs::create_dir(&out).unwrap();
    // The run stays in the folder that it opened.
    assert_eq!(halted.resume().0, Some(0));
    assert!(read(&out).is_empty());
    assert_same(&read(&away), &case.new);
}
