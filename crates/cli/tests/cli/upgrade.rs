//! What another chart version breaks, from environments, files and charts.

use serde_json::Value;
use snapbox::assert_data_eq;

use super::Sandbox;

const BASE: &str = "components:
  traefik:
    version: 37.1.2
    values:
      ports:
        websecure:
          # Only modern clients.
          tls:
            options: strict
      logs: {access: {enabled: true}}
";

fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("envs/base.yaml", BASE);
    for name in ["dev", "test"] {
        sandbox.write(
            &format!("envs/{name}.yaml"),
            format!("environment: {name}\nextends: [base.yaml]\nnamespace: team-{name}\n"),
        );
    }
    sandbox
}

const TO_41: &[&str] = &["upgrade", "traefik", "--from", "37.1.2", "--to", "41.3.0"];

#[test]
fn overrides_of_environments_are_told_once_with_their_edits() {
    let run = project().run(TO_41).ends(1).says("error: 2 errors");
    // The counts behind it follow from contracts, which change with what is known of charts.
    let (told, counts) = run.out.split_once("\ndev/traefik, test/traefik: ").unwrap();
    assert_data_eq!(told.to_owned(), snapbox::file!["../see/upgrade.txt"]);
    assert!(
        counts.starts_with(
            "2 values of your own, of which 2 break; our template is made for 41.3.0 too"
        ),
        "{counts}"
    );
}

#[test]
fn an_environment_that_fits_is_well() {
    let sandbox = project();
    sandbox.write(
        "envs/base.yaml",
        "components: {traefik: {version: 37.1.2}}\n",
    );
    let run = sandbox.run(TO_41).succeeds().says("no key of yours breaks");
    assert!(run.out.contains("our template is made for 41.3.0 too"));
}

#[test]
fn what_no_template_of_ours_serves_is_one_finding_and_a_table() {
    let run = project()
        .run(&["upgrade", "traefik", "--from", "37.1.2", "--to", "24.0.0"])
        .ends(1);
    assert_eq!(
        run.out.matches("[version/unserved]").count(),
        1,
        "{}",
        run.out
    );
    assert!(run.out.contains("our template"), "{}", run.out);
}

#[test]
fn an_environments_own_lines_break_too() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "envs/dev.yaml",
        "environment: dev\nnamespace: team-dev\n\
         objectStore:\n  provider: seaweedfs\n  instance: store\n  endpoint: store-s3.storage.svc:8333\n  \
         credentials: {secretName: store-key}\nbuckets: {prefix: obs}\n\
         components:\n  tempo:\n    version: 2.26.2\n    roles: {ingester: {replicas: 3}}\n    \
         settings: {metricsGenerator: {enabled: false}}\n",
    );
    let run = sandbox
        .run(&[
            "upgrade",
            "tempo-distributed",
            "--from",
            "2.26.2",
            "--to",
            "3.3.0",
        ])
        .ends(1);
    assert!(
        run.out.contains("[environment/unknown-role]"),
        "{}",
        run.out
    );
}

#[test]
fn a_version_that_nobody_runs_cannot_be_compared() {
    let sandbox = project();
    let arguments = ["upgrade", "traefik", "--from", "24.0.0", "--to", "41.3.0"];
    let run = sandbox.run(&arguments).ends(2);
    assert!(run.out.contains("they run 37.1.2"), "{}", run.out);
    let mut all = arguments.to_vec();
    all.push("--all");
    let run = sandbox.run(&all).succeeds();
    assert!(run.out.contains("accessLog"), "{}", run.out);
    let run = sandbox
        .run(&["upgrade", "traefik", "--from", "37.1.2", "--to", "99.0.0"])
        .ends(2);
    assert!(run.out.contains("known versions of traefik"), "{}", run.out);
    let run = sandbox
        .run(&["upgrade", "--from", "1.0.0", "--to", "2.0.0"])
        .ends(2);
    assert!(run.out.contains("upgrade/no-chart"), "{}", run.out);
}

fn chart(sandbox: &Sandbox, folder: &str, version: &str, values: &str, template: &str) {
    sandbox.write(
        &format!("{folder}/Chart.yaml"),
        format!("apiVersion: v2\nname: shop\nversion: {version}\n"),
    );
    sandbox.write(&format!("{folder}/values.yaml"), values);
    sandbox.write(
        &format!("{folder}/templates/a.yaml"),
        format!("kind: ConfigMap\ndata:\n{template}"),
    );
}

fn shops() -> Sandbox {
    let sandbox = Sandbox::new();
    chart(
        &sandbox,
        "old",
        "1.0.0",
        "queue: {depth: 5}\nname: x\ngone: 1\n",
        "  a: {{ .Values.queue.depth }}\n  b: {{ .Values.name }}\n  c: {{ .Values.gone }}\n",
    );
    chart(
        &sandbox,
        "new",
        "2.0.0",
        "worker: {queue: {depth: 5}}\nname: x\n",
        "  a: {{ .Values.worker.queue.depth }}\n  b: {{ .Values.name }}\n",
    );
    sandbox
}

#[test]
fn two_chart_folders_are_compared() {
    let sandbox = shops();
    sandbox.write("mine.yaml", "queue:\n  depth: 9 # deep\nname: y\ngone: 2\n");
    let arguments = ["upgrade", "--from", "old", "--to", "new"];
    let mut mine = arguments.to_vec();
    mine.extend(["--values", "mine.yaml"]);
    let run = sandbox.run(&mine).ends(1);
    assert!(
        run.out.contains("queue  moves  worker.queue"),
        "{}",
        run.out
    );
    assert!(run.out.contains("gone   dies"), "{}", run.out);
    assert!(run.out.contains("+    depth: 9 # deep"), "{}", run.out);
    // Without environments the charts alone are compared.
    let mut all = arguments.to_vec();
    all.push("--all");
    let run = sandbox.run(&all).succeeds();
    assert!(run.out.contains("worker  new"), "{}", run.out);
    assert!(!run.err.contains("no key of yours"));
}

#[test]
fn broken_input_is_told() {
    let sandbox = shops();
    let with = |values: &str| {
        let arguments = [
            "upgrade", "--from", "old", "--to", "new", "--values", values,
        ];
        sandbox.run(&arguments)
    };
    with("none.yaml").ends(2);
    sandbox.write("broken.yaml", "a: [\n");
    with("broken.yaml").ends(1);
    sandbox.write("empty.yaml", "");
    with("empty.yaml").succeeds();
    sandbox.write("list.yaml", "[1, 2]\n");
    with("list.yaml").ends(1);
    sandbox.write(
        "other/Chart.yaml",
        "apiVersion: v2\nname: other\nversion: 1.0.0\n",
    );
    let run = sandbox.run(&["upgrade", "--from", "old", "--to", "other", "--all"]);
    assert!(run.out.contains("upgrade/other-chart"), "{}", run.out);
    sandbox.write("nochart/x", "");
    sandbox
        .run(&["upgrade", "--from", "old", "--to", "nochart", "--all"])
        .ends(1);
}

#[test]
fn findings_come_in_every_shape() {
    let sandbox = project();
    let shaped = |shape: &str| {
        let mut arguments = TO_41.to_vec();
        arguments.extend(["--message-format", shape]);
        sandbox.run(&arguments).ends(1)
    };
    assert!(
        shaped("github")
            .out
            .contains("::error file=envs/base.yaml,line=8")
    );
    let sarif: Value = serde_json::from_str(&shaped("sarif").out).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "upgrade/moves");
    let json: Value = serde_json::from_str(&shaped("json").out).unwrap();
    let change = &json["result"]["mine"][0]["changes"][0];
    assert_eq!(change["proposals"][0]["path"], "ports.websecure.http.tls");
    assert_eq!(change["proposals"][0]["sureness"], "certain");
    assert_eq!(json["result"]["edits"][0]["path"], "envs/base.yaml");
}
