//! `lint`, `rules` and waivers, as a user meets them.

use helmwright::policy::Group;
use snapbox::assert_data_eq;

use super::{Run, Sandbox};

/// One environment of tier prod whose Traefik breaks no rule.
const PROD: &str = "environment: prod
namespace: team-prod
components:
  traefik:
    version: 41.3.0
";

/// The same with a limit below its request: an error in every tier.
const BROKEN: &str = "environment: prod
namespace: team-prod
components:
  traefik:
    version: 41.3.0
    roles:
      traefik:
        resources: {requests: {cpu: 200m, memory: 1Gi}, limits: {memory: 512Mi}}
";

/// A stream of one Deployment of a backend, as another tool may print it.
const STREAM: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: mimir-querier
  labels: {app.kubernetes.io/name: mimir, app.kubernetes.io/component: querier}
spec:
  replicas: 2
  selector: {matchLabels: {app.kubernetes.io/name: mimir, app.kubernetes.io/component: querier}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: mimir, app.kubernetes.io/component: querier}
    spec:
      containers:
        - name: querier
          image: docker.io/grafana/mimir:3.0.4
          args: [-target=querier]
          resources: {requests: {cpu: 100m, memory: 512Mi}, limits: {cpu: 500m}}
";

fn with(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("envs/prod.yaml", text);
    sandbox
}

fn waived(rule: &str, expires: &str) -> String {
    format!(
        "{BROKEN}waivers:\n  - rule: {rule}\n    component: traefik\n    reason: a test of the old size\n    owner: platform team\n    expires: {expires}\n"
    )
}

#[test]
fn a_broken_rule_refuses_generate_and_writes_nothing() {
    let sandbox = with(BROKEN);
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("resources/limit-far-above-request")
        .says("envs/prod.yaml:8:");
    assert!(sandbox.files("gitops").is_empty());
    sandbox
        .run(&["lint"])
        .ends(1)
        .prints("resources/limit-far-above-request");
}

#[test]
fn quiet_is_one_line_a_finding() {
    let run = with(BROKEN).run(&["lint", "-q"]).ends(1);
    let line = run
        .out
        .lines()
        .find(|line| line.contains("resources/limit-far-above-request"))
        .unwrap();
    assert!(line.starts_with("envs/prod.yaml:8:"), "{line}");
    assert!(line.contains(": error: "), "{line}");
    assert!(
        run.out.lines().all(|line| line.ends_with(']')),
        "{}",
        run.out
    );
}

#[test]
fn a_rule_without_its_subject_does_not_apply() {
    let run = with(PROD).run(&["lint", "--verbose"]).succeeds();
    let row = |rule: &str| {
        run.out
            .lines()
            .find(|line| line.contains(rule))
            .unwrap_or_else(|| panic!("no {rule} in {}", run.out))
            .to_owned()
    };
    assert!(row("replication/no-write-tolerance").contains("not applicable"));
    assert!(row("resources/edge-unbounded").contains("passed"));
}

#[test]
fn a_waiver_covers_what_it_names_until_its_day() {
    let sandbox = with(&waived("resources/limit-far-above-request", "2999-12-31"));
    sandbox
        .run(&["lint"])
        .succeeds()
        .prints("a test of the old size")
        .prints("2999-12-31");
    sandbox.run(&["generate"]).succeeds();

    let sandbox = with(&waived("resources/limit-far-above-request", "2020-01-01"));
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("waiver/expired")
        .says("resources/limit-far-above-request");
}

#[test]
fn waivers_that_cannot_be_are_errors() {
    for (rule, finding) in [
        ("priority/default-class", "waiver/not-allowed"),
        ("storage/bucket-shared", "waiver/not-allowed"),
        ("storage/inline-credential", "waiver/not-allowed"),
        ("wiring/crosses-environments", "waiver/not-allowed"),
        ("resources/cpu-limits", "waiver/unknown-rule"),
    ] {
        with(&waived(rule, "2999-12-31"))
            .run(&["lint"])
            .ends(1)
            .prints(finding);
    }
    with(&waived("resources/cpu-limit", "2999-12-31"))
        .run(&["lint"])
        .ends(1)
        .prints("waiver/unused");
    with(&waived("resources/cpu-limit", "tomorrow"))
        .run(&["lint"])
        .ends(1)
        .prints("is no date");
}

#[test]
fn any_stream_can_be_piped_in() {
    let sandbox = Sandbox::new();
    sandbox
        .run_in(".", &["lint", "--manifests", "-", "--tier", "prod"], STREAM)
        .ends(1)
        .prints("resources/cpu-limit")
        .prints("<stdin>:");
    sandbox.write("m.yaml", STREAM);
    sandbox
        .run(&["lint", "--manifests", "m.yaml", "--tier", "dev", "-q"])
        .ends(1)
        .prints("m.yaml:");
}

#[test]
fn a_stream_without_objects_could_not_be_checked() {
    let sandbox = Sandbox::new();
    for (input, said) in [
        ("", "manifest/"),
        ("hello\n", "manifest/"),
        ("a: 1\n", "manifest/"),
        ("- 1\n- 2\n", "manifest/"),
        ("kind: [\n", "manifest/"),
    ] {
        sandbox
            .run_in(".", &["lint", "--manifests", "-", "--tier", "prod"], input)
            .ends(2)
            .prints(said)
            .says("nothing was checked");
    }
    sandbox
        .run(&["lint", "--manifests", "nowhere.yaml", "--tier", "prod"])
        .ends(2)
        .prints("nowhere.yaml");
}

#[test]
fn half_a_stream_says_where_it_ends() {
    let sandbox = Sandbox::new();
    for half in [
        &STREAM[..STREAM.find("resources:").unwrap() + 25],
        "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"kind\": \"Service\", ",
    ] {
        let run = sandbox.run_in(".", &["lint", "--manifests", "-", "--tier", "prod"], half);
        assert!(run.code != 0, "{}{}", run.out, run.err);
        assert!(run.out.contains("manifest/"), "{}", run.out);
    }
}

#[test]
fn quantities_are_read_as_the_server_reads_them() {
    let sandbox = Sandbox::new();
    for (cpu, memory, sound) in [
        ("1e3m", "1Gi", false),
        (".5", "1e9", true),
        ("1e-1", "5e8", true),
        ("\"+1\"", "1024M", true),
        ("1", "-1Gi", false),
        ("1", "4GB", false),
    ] {
        let text = STREAM.replace(
            "{requests: {cpu: 100m, memory: 512Mi}, limits: {cpu: 500m}}",
            &format!("{{requests: {{cpu: {cpu}, memory: {memory}}}}}"),
        );
        let run = sandbox.run_in(
            ".",
            &["lint", "--manifests", "-", "--tier", "prod", "-q"],
            &text,
        );
        assert_eq!(
            !run.out.contains("manifest/"),
            sound,
            "{cpu} {memory}: {}",
            run.out
        );
    }
}

#[test]
fn streams_of_an_environment_are_compared_with_its_prediction() {
    let sandbox = with(PROD);
    sandbox
        .run_in(".", &["lint", "prod", "--manifests", "-"], STREAM)
        .ends(1)
        .prints("quota/plan-differs");
    sandbox.write("envs/dev.yaml", PROD.replace("prod", "dev"));
    sandbox
        .run_in(".", &["lint", "--manifests", "-"], STREAM)
        .ends(2)
        .prints("lint/which-environment");
}

#[test]
fn warnings_can_be_denied() {
    let sandbox = with(&BROKEN.replace(
        "memory: 1Gi}, limits: {memory: 512Mi}",
        "memory: 256Mi}, limits: {memory: 768Mi}",
    ));
    sandbox.run(&["lint"]).succeeds().prints("warning");
    sandbox
        .run(&["lint", "--deny", "warnings"])
        .ends(1)
        .says("warnings are denied");
}

/// Runs a verb at the repository's root, on its own environments.
fn at_root(arguments: &[&str]) -> Run {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut all = vec!["-C", root];
    all.extend(arguments);
    Sandbox::new().run(&all)
}

#[test]
fn the_plan_is_reported_for_exactly_what_is_wrong_with_it() {
    let run = at_root(&["lint", "plan-raw", "--envs", "tests/envs"]).ends(1);
    assert_data_eq!(run.out, snapbox::file!["../see/lint-plan-raw.txt"]);
}

#[test]
fn the_incidents_are_found() {
    let run = at_root(&["lint", "--envs", "tests/incidents", "-q"]).ends(1);
    for group in Group::all() {
        let name = format!("[{}/", group.name());
        // The namespace of the incidents is large enough; the plan's is not.
        assert!(
            group == Group::Quota || run.out.contains(&name),
            "nothing of {name} in {}",
            run.out
        );
    }
    assert_data_eq!(run.out, snapbox::file!["../see/lint-incidents.txt"]);
}

#[test]
fn the_shipped_environments_keep_every_rule() {
    at_root(&["lint", "--deny", "warnings"]).succeeds();
}

#[test]
fn rules_are_listed_and_explained_without_a_project() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["rules"]).succeeds();
    assert_eq!(run.out.lines().count(), 52, "{}", run.out);
    for rule in [
        "resources/cpu-limit",
        "remote-write/retry-storm",
        "version/skew",
    ] {
        assert!(run.out.contains(rule), "no {rule} in {}", run.out);
        sandbox
            .run(&["explain", rule])
            .succeeds()
            .prints("Condition: ")
            .prints("Why: ")
            .prints("Source: ");
    }
}
