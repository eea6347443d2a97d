//! `budget`, on the shipped environments and on the rollout plan as it was written.
//!
//! Its outputs are in `../see/`, accepted anew as the help texts are.

use std::process::Command;

use helmwright_tests::root;
use serde_json::Value;
use snapbox::{Data, assert_data_eq};

use super::machine::fits;
use super::{DEV, Sandbox};

/// Runs the verb where the shipped environments are.
fn budget(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_helmwright"))
        .arg("budget")
        .args(arguments)
        .args(["--color", "never"])
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn shows(arguments: &[&str], golden: Data) {
    assert_data_eq!(budget(arguments), golden.raw());
}

const PLAN: [&str; 3] = ["plan-raw", "--envs", "tests/envs"];

#[test]
fn the_budgets_of_the_shipped_environments() {
    shows(&[], snapbox::file!["../see/budget.txt"]);
    shows(
        &["--format", "markdown"],
        snapbox::file!["../see/budget.md"],
    );
    shows(
        &["--format", "json"],
        snapbox::file!["../see/budget.json": Text],
    );
}

#[test]
fn the_budget_of_the_plan_as_written() {
    let with = |format: &'static str| [&PLAN[..], &["--format", format]].concat();
    shows(&PLAN, snapbox::file!["../see/budget-plan-raw.txt"]);
    shows(
        &with("markdown"),
        snapbox::file!["../see/budget-plan-raw.md"],
    );
    shows(
        &with("json"),
        snapbox::file!["../see/budget-plan-raw.json": Text],
    );
}

/// Returns the words of a table's line.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect()
}

#[test]
fn the_plans_own_tables_come_out_to_the_digit() {
    let text = budget(&PLAN);
    let has = |expected: &[&str]| {
        assert!(
            text.lines().any(|line| cells(line) == expected),
            "{expected:?}\n{text}"
        );
    };
    for row in [
        ["tempo distributor", "2", "200m", "512Mi", "-"],
        ["tempo ingester", "3", "600m", "3Gi", "6Gi"],
        ["tempo querier", "2", "200m", "1Gi", "-"],
        ["tempo query-frontend", "2", "100m", "512Mi", "-"],
        ["tempo compactor", "1", "100m", "512Mi", "-"],
        ["tempo store-gateway", "2", "200m", "1Gi", "-"],
        ["mimir distributor", "2", "200m", "512Mi", "-"],
        ["mimir ingester", "3", "600m", "3Gi", "6Gi"],
        ["mimir querier", "2", "200m", "1Gi", "-"],
        ["mimir query-frontend", "2", "100m", "512Mi", "-"],
        ["mimir compactor", "1", "100m", "512Mi", "2Gi"],
        ["mimir store-gateway", "2", "200m", "1Gi", "-"],
        ["mimir alertmanager", "2", "100m", "512Mi", "2Gi"],
        ["total", "26", "2900m", "13.5Gi", "16Gi"],
    ] {
        has(&row);
    }
    for row in [
        [
            "CPU", "4000m", "2630m", "2900m", "950m", "6480m", "10000m", "35.2%",
        ],
        [
            "memory", "16Gi", "8.5Gi", "13.5Gi", "3.3Gi", "25.3Gi", "32Gi", "20.9%",
        ],
        [
            "storage", "64Gi", "55Gi", "16Gi", "2Gi", "73Gi", "96Gi", "24.0%",
        ],
    ] {
        has(&row);
    }
    for part in [
        "lacks 1530m of CPU, 6Gi of memory, 7Gi of storage",
        "one more pod for each of 7 Deployments (600m, 2.5Gi) leaves 29.2% of CPU, 13.1% of memory, 24.0% of storage free",
        "one more ingester for each of 2 backends (400m, 2Gi, 4Gi) leaves 25.2% of CPU, 6.9% of memory, 19.8% of storage free",
        "mimir ruler runs without a row",
        "mimir query-scheduler runs without a row",
        "mimir overrides-exporter runs without a row",
        "mimir gateway runs without a row",
        "tempo metrics-generator runs without a row",
        "mimir store-gateway: storage 4Gi, not 0Gi",
        "tempo store-gateway has a row, and no chart starts it",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn what_programs_read_has_its_form() {
    for arguments in [&PLAN[..], &[]] {
        let object: Value =
            serde_json::from_str(&budget(&[arguments, &["--format", "json"]].concat())).unwrap();
        fits(&object, None, "budget");
        fits(&object["result"], Some("budget"), "budget");
    }
}

#[test]
fn an_environment_without_a_quota_is_measured_all_the_same() {
    let sandbox = Sandbox::with_dev();
    sandbox
        .run(&["budget"])
        .succeeds()
        .prints("needed in the worst rollout")
        .prints("smallest quota, 20.0% free");
    sandbox
        .run(&["budget", "--format", "markdown"])
        .succeeds()
        .prints("We ask for the smallest quota that keeps the headroom");
    sandbox.run(&["budget", "nowhere"]).ends(2);
}

#[test]
fn numbers_too_large_to_add_are_shown_as_the_largest() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "envs/dev.yaml",
        DEV.replace(
            "{version: 41.3.0}",
            "{version: 41.3.0, roles: {traefik: {replicas: 1000, resources: {requests: {memory: 8E}}}}}",
        ) + "alreadyUsed: {cpu: 1, memory: 7E, storage: 7E}\nquota: {cpu: 0, memory: 0, storage: 0}\n",
    );
    for format in ["text", "json", "markdown"] {
        sandbox.run(&["budget", "--format", format]).succeeds();
    }
}

#[test]
fn a_broken_rule_does_not_hide_the_numbers() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "envs/dev.yaml",
        format!("{DEV}quota: {{cpu: 100m, memory: 1Gi, storage: 0}}\n"),
    );
    sandbox.run(&["lint"]).ends(1).prints("quota/exceeded");
    sandbox
        .run(&["budget"])
        .succeeds()
        .prints("quota today")
        .prints("-100.0%");
}

#[test]
fn what_cannot_be_read_is_not_measured() {
    let sandbox = Sandbox::new();
    sandbox.write("envs/dev.yaml", DEV.replace("namespace", "namspace"));
    sandbox.run(&["budget"]).ends(1).says("namspace");
}

#[test]
fn without_helm_nothing_rendered_is_measured() {
    Sandbox::with_dev()
        .run(&["budget", "--render", "--helm", "no/such/helm"])
        .ends(2)
        .says("helm/not-found");
}

/// A Helm whose only chart starts three pods with a sidecar, whatever the values say, and claims a volume.
#[cfg(unix)]
const STAND_IN: &str = r#"#!/bin/sh
case "$1" in
version) echo v3.99.0+stand-in ;;
template) cat <<'END'
---
# Source: traefik/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: traefik
  labels: {app.kubernetes.io/name: traefik, app.kubernetes.io/instance: traefik}
spec:
  replicas: 3
  selector: {matchLabels: {app.kubernetes.io/name: traefik}}
  template:
    metadata: {labels: {app.kubernetes.io/name: traefik, app.kubernetes.io/instance: traefik}}
    spec:
      containers:
        - {name: traefik, image: 'traefik:v3', resources: {requests: {cpu: 200m, memory: 256Mi}, limits: {memory: 512Mi}}}
        - {name: geo, image: 'geo:v1', resources: {requests: {cpu: 50m, memory: 32Mi}}}
---
# Source: traefik/templates/claim.yaml
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: certificates}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
END
;;
*) exit 1 ;;
esac
"#;

#[cfg(unix)]
#[test]
fn what_is_rendered_is_measured_and_told_apart_from_what_was_predicted() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::new();
    sandbox.write(
        "envs/dev.yaml",
        "environment: dev\nnamespace: team-dev\ncomponents: {traefik: {version: 41.3.0, roles: {traefik: {replicas: 1}}}}\n",
    );
    sandbox.write(
        "charts/traefik/Chart.yaml",
        "apiVersion: v2\nname: traefik\nversion: 41.3.0\n",
    );
    sandbox.write("bin/helm", STAND_IN);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(sandbox.path("bin/helm"), executable).unwrap();
    let render = ["--render", "--helm", "bin/helm", "--charts", "charts"];
    let run = sandbox
        .run(&[&["budget"], &render[..]].concat())
        .succeeds()
        .prints("dev: namespace team-dev, tier dev, rendered")
        .prints("traefik has `geo` beside it: 150m, 96Mi")
        .prints("claim `certificates` is an object of its own: 1Gi");
    let has = |expected: &[&str]| {
        assert!(
            run.out.lines().any(|line| cells(line) == expected),
            "{expected:?}\n{}",
            run.out
        );
    };
    has(&[
        "traefik",
        "traefik",
        "3",
        "750m",
        "864Mi",
        "-",
        "1 pod: 250m, 288Mi",
    ]);
    has(&["needed at rest", "750m", "864Mi", "1Gi", "3", "1"]);
    sandbox
        .run(&[&["lint", "-q"], &render[..]].concat())
        .prints("traefik is rendered otherwise than predicted: pods 3, not 1")
        .prints("claim `certificates` of 1Gi is rendered and was not predicted");
}
