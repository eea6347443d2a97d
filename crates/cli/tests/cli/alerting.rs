//! The example of an Alertmanager's configuration, read where a Secret holds it.

use std::fs;

use super::{Run, Sandbox};

/// Asks the rules of prod about a Secret with the example, some words of it replaced.
fn asked(replaced: &[(&str, &str)]) -> Run {
    let file = helmwright_tests::root().join("docs/alertmanager.example.yaml");
    let mut text = fs::read_to_string(file).unwrap();
    for (old, new) in replaced {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}\n")).collect();
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: alertmanager}}\nstringData:\n  alertmanager.yaml: |\n{}",
        lines.concat()
    );
    Sandbox::new().run_in(
        ".",
        &["lint", "--manifests", "-", "--tier", "prod"],
        &secret,
    )
}

const FILLED: [(&str, &str); 2] = [
    ("heartbeat.example", "heartbeat.monitor.io"),
    ("hooks.slack.example", "hooks.slack.com"),
];

#[test]
fn the_example_passes_once_it_is_filled_in_and_not_before() {
    let filled = asked(&FILLED);
    assert_eq!(filled.code, 0, "{}{}", filled.out, filled.err);
    let raw = asked(&[]);
    assert_eq!(raw.code, 1);
    assert!(
        (raw.out + &raw.err).contains("ends at `heartbeat.example`"),
        "a placeholder is told"
    );
}

#[test]
fn a_heartbeat_that_is_caught_by_another_route_is_told() {
    let moved = asked(&[
        FILLED[0],
        FILLED[1],
        ("alertname = \"Watchdog\"", "alertname = \"Watch\""),
    ]);
    assert_eq!(moved.code, 1);
    assert!((moved.out + &moved.err).contains("has no route for the alert `Watchdog`"));
}
