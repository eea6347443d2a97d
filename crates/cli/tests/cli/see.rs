//! The verbs that look: what differs, why a value is as it is, what must exist.
//!
//! Their outputs are in `../see/`, accepted anew as the help texts are.

use snapbox::{Data, assert_data_eq};

use super::{Run, Sandbox};

/// Two environments over one layer, with an object store, an override and a secret of an agent's.
const BASE: &str = "objectStore:
  provider: seaweedfs
  instance: store
  endpoint: store-s3.storage.svc:8333
  credentials: {secretName: store-key}
buckets:
  prefix: obs
components:
  tempo:
    variant: monolithic
    settings:
      metricsGenerator: {enabled: false}
";

const DEV: &str = "environment: dev
extends: [base.yaml]
namespace: team-dev
components:
  tempo:
    settings: {retention: 3d}
  traefik:
    roles: {traefik: {replicas: 1}}
    values:
      deployment: {revisionHistoryLimit: 2}
";

const PROD: &str = "environment: prod
tier: dev
extends: [base.yaml]
namespace: team-prod
components:
  tempo:
    settings: {retention: 14d}
  traefik:
    roles: {traefik: {replicas: 3}}
  alloy:
    settings:
      remoteWrite:
        - name: control_room
          url: https://mimir.example.org/api/v1/push
          crossEnv: true
          basicAuth: {username: agent, passwordSecret: {name: control-room, key: password}}
";

fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("envs/base.yaml", BASE);
    sandbox.write("envs/dev.yaml", DEV);
    sandbox.write("envs/prod.yaml", PROD);
    sandbox
}

/// Generates, then changes the environments.
fn changed() -> Sandbox {
    let sandbox = project();
    sandbox.run(&["generate"]).succeeds();
    sandbox.write("envs/base.yaml", BASE.replace("prefix: obs", "prefix: tel"));
    sandbox.write(
        "envs/prod.yaml",
        PROD.replace("replicas: 3", "replicas: 1")
            .replace("retention: 14d", "retention: 21d")
            .replace("example.org", "example.net"),
    );
    sandbox
}

#[track_caller]
fn shows(run: Run, golden: Data) {
    assert_eq!(run.err, "");
    assert_data_eq!(run.out, golden.raw());
}

#[test]
fn no_difference_is_said() {
    let sandbox = project();
    sandbox.run(&["generate"]).succeeds();
    sandbox
        .run(&["diff", "--exit-code"])
        .succeeds()
        .prints("no difference in 5 components");
    sandbox
        .run(&["compare", "dev", "dev", "--exit-code"])
        .succeeds()
        .prints("no difference in 2 components");
}

#[test]
fn a_difference_names_the_line_that_made_it() {
    let sandbox = changed();
    shows(
        sandbox.run(&["diff"]).succeeds(),
        snapbox::file!["../see/diff.txt"],
    );
    shows(
        sandbox
            .run(&["diff", "prod", "--format", "json"])
            .succeeds(),
        snapbox::file!["../see/diff.json": Text],
    );
    shows(
        sandbox.run(&["diff", "--format", "markdown"]).succeeds(),
        snapbox::file!["../see/diff.md"],
    );
    sandbox.run(&["diff", "--exit-code"]).ends(1);
    sandbox.run(&["diff", "traefik"]).ends(2);
}

#[test]
fn colours_are_for_terminals() {
    let sandbox = changed();
    let plain = sandbox.run(&["diff"]).succeeds();
    assert!(!plain.out.contains('\u{1b}'));
    let coloured = sandbox.run(&["diff", "--color", "always"]).succeeds();
    assert!(coloured.out.contains("\u{1b}[33m~"), "{}", coloured.out);
}

#[test]
fn files_that_are_not_as_written_are_said_so() {
    let sandbox = project();
    sandbox
        .run(&["diff", "--exit-code"])
        .ends(1)
        .prints("the file is missing");
    sandbox.run(&["generate"]).succeeds();
    let values = "gitops/prod/traefik/values.yaml";
    let text = sandbox.read(values);
    sandbox.write(values, text.replace("replicas: 3", "replicas: 4"));
    sandbox
        .run(&["diff"])
        .succeeds()
        .prints("the file was edited since")
        .prints("deployment.replicas: 4 -> 3  (envs/prod.yaml:9)");
    sandbox.write(values, format!("{text}# by hand\n"));
    sandbox.run(&["diff"]).succeeds().prints("edited");
    sandbox.write(values, "a: [\n");
    sandbox.run(&["diff"]).succeeds().prints("cannot be read");
    sandbox.write(values, &text);
    sandbox.write("envs/dev.yaml", DEV.replace("  traefik:\n    roles: {traefik: {replicas: 1}}\n    values:\n      deployment: {revisionHistoryLimit: 2}\n", ""));
    sandbox
        .run(&["diff"])
        .succeeds()
        .prints("no longer planned");
}

#[test]
fn two_environments_are_compared() {
    let sandbox = project();
    shows(
        sandbox.run(&["compare", "dev", "prod"]).succeeds(),
        snapbox::file!["../see/compare.txt"],
    );
    sandbox
        .run(&["compare", "dev", "prod", "--exit-code"])
        .ends(1);
    sandbox
        .run(&["compare", "dev", "prd"])
        .ends(2)
        .says("did you mean `prod`?");
}

#[test]
fn a_value_says_where_it_comes_from() {
    let sandbox = project();
    for (what, golden) in [
        (
            "dev/tempo:tempo.storage.trace.s3.bucket",
            snapbox::file!["../see/explain-bucket.txt"],
        ),
        (
            "dev/traefik:deployment.revisionHistoryLimit",
            snapbox::file!["../see/explain-override.txt"],
        ),
        (
            "dev/tempo:tempo.reportingEnabled",
            snapbox::file!["../see/explain-template.txt"],
        ),
        (
            "prod/traefik:podDisruptionBudget",
            snapbox::file!["../see/explain-map.txt"],
        ),
        (
            "storage/bucket-shared",
            snapbox::file!["../see/explain-finding.txt"],
        ),
    ] {
        shows(sandbox.run(&["explain", what]).succeeds(), golden);
    }
    let bucket = "dev/tempo:tempo.storage.trace.s3.bucket";
    shows(
        sandbox
            .run(&["explain", bucket, "--format", "json"])
            .succeeds(),
        snapbox::file!["../see/explain.json": Text],
    );
    sandbox
        .run(&["explain", "dev/tempo"])
        .succeeds()
        .prints("tempo.retention: 72h  (environment envs/dev.yaml:6)\n");
}

#[test]
fn what_cannot_be_explained_says_why() {
    let sandbox = project();
    sandbox
        .run(&["explain", "dev/temp"])
        .ends(2)
        .says("did you mean `dev/tempo`?");
    sandbox
        .run(&["explain", "storage/bucket-share"])
        .ends(2)
        .says("did you mean `storage/bucket-shared`?");
    sandbox
        .run(&["explain", "nonsense"])
        .ends(2)
        .says("ENV/COMPONENT");
    sandbox
        .run(&["explain", "dev/traefik:deployment.replica"])
        .ends(2)
        .says("did you mean `deployment.replicas`?");
    sandbox
        .run(&["explain", "dev/traefik:deployment.dnsPolicy"])
        .ends(2)
        .says("components.traefik.values");
    sandbox
        .run(&["explain", "dev/traefik:a..b"])
        .ends(2)
        .says("is no path");
}

#[test]
fn what_must_exist_is_listed() {
    let sandbox = project();
    shows(
        sandbox.run(&["buckets"]).succeeds(),
        snapbox::file!["../see/buckets.txt"],
    );
    shows(
        sandbox
            .run(&["buckets", "dev", "--format", "json"])
            .succeeds(),
        snapbox::file!["../see/buckets.json": Text],
    );
    shows(
        sandbox.run(&["secrets"]).succeeds(),
        snapbox::file!["../see/secrets.txt"],
    );
    shows(
        sandbox
            .run(&["secrets", "prod", "--format", "json"])
            .succeeds(),
        snapbox::file!["../see/secrets.json": Text],
    );
}

#[test]
fn what_flows_is_drawn() {
    let sandbox = project();
    shows(
        sandbox.run(&["graph"]).succeeds(),
        snapbox::file!["../see/graph.mmd": Text],
    );
    shows(
        sandbox.run(&["graph", "--format", "dot"]).succeeds(),
        snapbox::file!["../see/graph.dot": Text],
    );
    shows(
        sandbox
            .run(&["graph", "prod", "--format", "json"])
            .succeeds(),
        snapbox::file!["../see/graph.json": Text],
    );
    let plain = sandbox.run(&["graph", "prod"]).succeeds().out;
    for arguments in [
        &["graph", "prod", "--format", "mermaid"][..],
        &["--format", "mermaid", "graph", "prod"],
    ] {
        assert_eq!(sandbox.run(arguments).succeeds().out, plain);
    }
}

#[test]
fn a_graph_has_three_shapes_and_no_other_verb_has_them() {
    let sandbox = project();
    for shape in ["text", "markdown", "svg"] {
        sandbox
            .run(&["graph", "--format", shape])
            .ends(2)
            .says("[possible values: mermaid, dot, json]");
    }
    sandbox
        .run(&["--format", "text", "graph"])
        .ends(2)
        .says("error[input/no-drawing]: a graph has no shape `text`");
    sandbox
        .run(&["buckets", "--format", "dot"])
        .ends(2)
        .says("error[input/no-drawing]: this verb draws nothing");
}

#[test]
fn only_what_differs_has_markdown() {
    project()
        .run(&["buckets", "--format", "markdown"])
        .ends(2)
        .says("no Markdown");
}

#[test]
fn an_error_in_an_environment_ends_the_look() {
    let sandbox = project();
    sandbox.write("envs/dev.yaml", DEV.replace("retention", "retenton"));
    for arguments in [
        &["diff"][..],
        &["compare", "dev", "prod"],
        &["explain", "dev/tempo"],
        &["graph"],
        &["buckets"],
        &["secrets"],
    ] {
        sandbox.run(arguments).ends(1).says("retenton");
    }
}
