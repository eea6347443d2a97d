//! Killed at each step: no file is torn, `check` says so, the next `generate` repairs.

use std::os::unix::process::ExitStatusExt as _;

use super::{Case, SMALL, SMALL_LATER, assert_same, fs, read, said};
use helmwright_tests::root;

#[test]
fn a_first_run_of_all_files() {
    let envs = shipped();
    let case = Case::fresh(&borrowed(&envs));
    let values = case.new.keys().filter(|path| path.ends_with("values.yaml"));
    assert_eq!(values.count(), 16);
    let steps = killed_at_each_step(&case);
    // Each file is made, written in two parts and renamed.
    assert!(steps > 4 * 16, "{steps} steps");
}

#[test]
fn a_later_run_that_changes_and_removes_files() {
    let before = shipped();
    let mut after = before.clone();
    for (name, from, to) in [
        ("dev.yaml", "{retention: 3d}", "{retention: 4d}"),
        (
            "test.yaml",
            "  traefik:\n",
            "  traefik:\n    enabled: false\n",
        ),
        ("base.yaml", "# ", "# New: "),
    ] {
        let text = &mut after.iter_mut().find(|(file, _)| file == name).unwrap().1;
        assert!(text.contains(from), "{name} changes");
        *text = text.replacen(from, to, 1);
    }
    let case = Case::update(&borrowed(&before), &borrowed(&after));
    let stale = "test/traefik/values.yaml";
    assert!(case.old.contains_key(stale) && !case.new.contains_key(stale));
    killed_at_each_step(&case);
}

/// A run that repairs is killed at each of its steps, too.
#[test]
fn a_run_that_repairs() {
    let case = Case::update(&SMALL, &SMALL_LATER);
    let first = case.steps().len();
    for number in (1..=first).step_by(5) {
        for again in 1.. {
            let out = case.place("out");
            case.run(&["generate"], &out, &format!("kill@{number}"));
            let second = case.run(&["generate"], &out, &format!("kill@{again}"));
            case.no_file_is_torn(&out);
            case.is_repaired(&out);
            fs::remove_dir_all(&out).unwrap();
            if second.status.success() {
                break;
            }
        }
    }
}

/// The environments that the project ships.
fn shipped() -> Vec<(String, String)> {
    let mut envs: Vec<_> = fs::read_dir(root().join("envs"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    envs.sort();
    envs
}

fn borrowed(envs: &[(String, String)]) -> Vec<(&str, &str)> {
    envs.iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect()
}

fn killed_at_each_step(case: &Case) -> usize {
    const KILL: i32 = 9;
    case.at_each_step(|number, out| {
        let output = case.run(&["generate"], out, &format!("kill@{number}"));
        assert_eq!(output.status.signal(), Some(KILL), "{}", said(&output));
        case.no_file_is_torn(out);
        let before = read(out);
        let output = case.run(&["check"], out, "");
        // Before the very last step, bringing names to the disk, all is done.
        let expected = if before == case.new { 0 } else { 1 };
        let words = said(&output);
        assert_eq!(
            output.status.code(),
            Some(expected),
            "step {number}: {words}"
        );
        assert_same(&read(out), &before);
        case.is_repaired(out);
    })
}
