//! What each verb does with components that are plain objects.

use std::fs;

use serde_json::Value;

use super::Sandbox;

/// An environment with a Job in a namespace of its own, and what it makes buckets for.
const ENVIRONMENT: &str = "environment: dev\nnamespace: team-dev\nquota: {cpu: 2, memory: 8Gi, storage: 64Gi}\n\
objectStore:\n  provider: seaweedfs\n  instance: store\n  endpoint: store.team-dev.svc:8333\n  credentials: {secretName: object-store}\n\
components:\n  buckets: {namespace: team-jobs}\n  cluster-objects: {settings: {resourceQuota: true}}\n  loki: {}\n  secrets: {variant: sops}\n";

const JOB: &str = "gitops/dev/buckets/job.yaml";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("envs/dev.yaml", ENVIRONMENT);
    sandbox
}

fn generated() -> Sandbox {
    let sandbox = sandbox();
    sandbox.run(&["generate"]).succeeds();
    sandbox
}

fn result(sandbox: &Sandbox, arguments: &[&str], code: i32) -> Value {
    let run = sandbox
        .run(&[arguments, &["--format", "json"]].concat())
        .ends(code);
    let object: Value = serde_json::from_str(&run.out).unwrap();
    super::machine::fits(&object, None, &format!("{arguments:?}"));
    super::machine::fits(
        &object["result"],
        Some(arguments[0]),
        &format!("{arguments:?}"),
    );
    object["result"].clone()
}

#[test]
fn validate_counts_objects_by_kind() {
    let sandbox = generated();
    let values = "gitops/dev/loki/values.yaml";
    let told = result(&sandbox, &["validate", JOB, values], 0);
    assert_eq!(told["files"][0]["holds"], "objects");
    assert_eq!(told["files"][0]["kinds"]["batch/v1 Job"], 1);
    assert_eq!(told["files"][1]["holds"], "values");
}

#[test]
fn validate_looks_into_lists_and_mixed_streams() {
    let sandbox = sandbox();
    let list = "apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}, dat: {}}\n";
    sandbox.write("list.yaml", list);
    sandbox.write("list.json", r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}]}"#);
    sandbox.write(
        "mixed.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\nreplicas: 2\n",
    );
    let told = result(&sandbox, &["validate", "list.yaml"], 1);
    assert_eq!(told["files"][0]["kinds"]["v1 ConfigMap"], 2);
    sandbox
        .run(&["validate", "list.yaml"])
        .ends(1)
        .prints("ConfigMap of v1 has no key `dat`")
        .prints("list.yaml:5:");
    sandbox.run(&["validate", "list.json"]).succeeds();
    sandbox
        .run(&["validate", "mixed.yaml"])
        .ends(1)
        .prints("object/no-kind")
        .prints("mixed.yaml:5:1");
}

#[test]
fn validate_does_not_take_objects_for_values() {
    let sandbox = generated();
    sandbox
        .run(&["validate", JOB, "--chart", "traefik@41.3.0"])
        .ends(1)
        .prints("object/not-values")
        .prints("leave out `--chart`");
}

#[test]
fn explain_says_what_a_component_without_a_chart_is() {
    let sandbox = generated();
    sandbox
        .run(&["explain", "dev/buckets"])
        .succeeds()
        .prints("Creates the buckets")
        .prints("namespace team-jobs")
        .prints("wave      2")
        .prints("writes    dev/buckets/job.yaml: 1 Job");
    let told = result(&sandbox, &["explain", "dev/cluster-objects"], 0);
    assert_eq!(told["objects"][0]["kinds"]["v1 ResourceQuota"], 1);
    sandbox
        .run(&["explain", "dev/buckets:image"])
        .ends(2)
        .says("explain/not-set")
        .says("helmwright explain dev/buckets");
    sandbox
        .run(&["explain", "dev/bucket"])
        .ends(2)
        .says("did you mean `dev/buckets`?");
}

#[test]
fn diff_shows_which_objects_change() {
    let sandbox = generated();
    sandbox.run(&["diff"]).succeeds().prints("no difference");
    let changed = ENVIRONMENT.replace("cpu: 2,", "cpu: 3,").replace(
        "loki: {}",
        "loki: {}\n  tempo: {variant: monolithic, settings: {metricsGenerator: {enabled: false}}}",
    );
    sandbox.write("envs/dev.yaml", changed);
    sandbox
        .run(&["diff"])
        .succeeds()
        .prints("dev/cluster-objects")
        .prints("\"ResourceQuota team-dev/cluster-objects\".spec.hard.\"requests.cpu\": \"2\" -> \"3\"")
        .prints("dev/buckets")
        .prints("\"Job team-jobs/buckets\".spec.template.spec.containers[0].args: [dts-logs-dev-chunks, dts-logs-dev-ruler] -> [");
    fs::remove_file(sandbox.path(JOB)).unwrap();
    sandbox
        .run(&["diff"])
        .succeeds()
        .prints("the file is missing");
    let told = result(&sandbox, &["diff"], 0);
    assert_eq!(told["differs"], true);
}

#[test]
fn secrets_of_objects_are_listed_in_their_own_namespace() {
    let sandbox = sandbox();
    let told = result(&sandbox, &["secrets"], 0);
    let listed: Vec<(&str, &str, &str)> = told["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap();
            (
                text("namespace"),
                text("key"),
                one["readers"][0]["component"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            ("team-dev", "access-key-id", "loki"),
            ("team-dev", "secret-access-key", "loki"),
            ("team-jobs", "access-key-id", "buckets"),
            ("team-jobs", "secret-access-key", "buckets"),
        ]
    );
}

#[test]
fn jobs_count_while_they_run_and_where_they_run() {
    let sandbox = Sandbox::new();
    let dev = |environment: &str| {
        sandbox.write("envs/dev.yaml", environment);
        let told = result(&sandbox, &["budget", "dev"], 0);
        told["environments"][0].clone()
    };
    let here = dev(&ENVIRONMENT.replace("{namespace: team-jobs}", "{}"));
    let job = &here["releases"][0];
    assert_eq!(job["component"], "buckets", "{here:#}");
    assert_eq!(job["atRest"]["cpuMillicores"], 0);
    assert_eq!(job["rollout"]["cpuMillicores"], 50);
    // In another namespace it is not this quota's affair.
    let elsewhere = dev(ENVIRONMENT);
    assert_eq!(elsewhere["namespace"], "team-dev");
    assert_eq!(
        elsewhere["releases"][0]["component"], "loki",
        "{elsewhere:#}"
    );
}

#[test]
fn lint_sees_the_pods_of_jobs() {
    let sandbox = Sandbox::new();
    let heavy = ENVIRONMENT.replace(
        "{namespace: team-jobs}",
        "{roles: {buckets: {resources: {requests: {memory: 64Mi}}}}}",
    );
    sandbox.write("envs/dev.yaml", heavy);
    sandbox
        .run(&["lint"])
        .ends(1)
        .prints("resources/missing-request")
        .prints("buckets");
}

#[test]
fn what_a_team_fills_in_stays_as_it_is() {
    let sandbox = generated();
    let example = "gitops/dev/secrets/object-store.yaml.example";
    let filled = "gitops/dev/secrets/object-store.yaml";
    let text = fs::read_to_string(sandbox.path(example)).unwrap();
    assert!(text.contains("access-key-id: fill-in"), "{text}");
    let encrypted = text.replace("fill-in", "ENC[AES256_GCM,data:aGk=]");
    sandbox.write(filled, &encrypted);
    // A later run leaves it alone, and `check` has nothing to say of it.
    sandbox.write("envs/dev.yaml", ENVIRONMENT.replace("cpu: 2,", "cpu: 3,"));
    sandbox.run(&["generate"]).succeeds();
    sandbox.run(&["check"]).succeeds();
    assert_eq!(fs::read_to_string(sandbox.path(filled)).unwrap(), encrypted);
    // The reference goes, and the example with it; what was filled in stays.
    let other = ENVIRONMENT.replace("secretName: object-store", "secretName: another");
    sandbox.write("envs/dev.yaml", other);
    sandbox
        .run(&["generate"])
        .succeeds()
        .says("output/unread")
        .says(filled);
    assert!(!sandbox.path(example).exists());
    assert_eq!(fs::read_to_string(sandbox.path(filled)).unwrap(), encrypted);
    assert!(
        sandbox
            .path("gitops/dev/secrets/another.yaml.example")
            .exists()
    );
}
