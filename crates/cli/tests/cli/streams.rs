//! Streams of manifests that are larger than what is kept of them.

use std::fmt::Write as _;

use super::{Run, Sandbox};

/// What a process of the tests' build maps before it reads anything, with room for other machines, in KiB.
const BASE: usize = 200 * 1024;

/// Asks about a stream with so many KiB of memory for what is kept of it, where a shell can say so.
fn lint(sandbox: &Sandbox, kept: usize, stream: &str) -> Run {
    sandbox.run_bounded(
        &["lint", "--manifests", "-", "--tier", "prod"],
        BASE + kept,
        stream,
    )
}

/// A release with many findings, as a chart prints it; what is not kept of it is most of its text.
fn release(number: usize, text: &str) -> String {
    format!(
        "---
# Source: web/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: team-{number}
  labels: {{app.kubernetes.io/name: web, app.kubernetes.io/instance: web-{number}}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app.kubernetes.io/name: web, app.kubernetes.io/instance: web-{number}}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: web, app.kubernetes.io/instance: web-{number}}}
    spec:
      containers:
        - name: web
          image: grafana/grafana:latest
          env:
            - {{name: GOMEMLIMIT, value: 1GiB}}
          resources:
            limits: {{cpu: 500m, memory: 512Mi}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: web, namespace: team-{number}}}
spec:
  minAvailable: 2
  selector:
    matchLabels: {{app.kubernetes.io/instance: web-{number}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {{name: web, namespace: team-{number}}}
spec:
  hard: {{requests.cpu: 100m}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: dashboards, namespace: team-{number}}}
data:
  web.json: '{text}'
"
    )
}

#[test]
fn memory_grows_with_what_is_kept_alone() {
    let text = "{\"panels\": []} ".repeat(400);
    let mut stream = String::new();
    for number in 0..4_000 {
        stream.push_str(&release(number, &text));
    }
    assert!(stream.len() > 25 << 20, "{}", stream.len());
    let sandbox = Sandbox::new();
    let run = lint(&sandbox, 64 * 1024, &stream).ends(1);
    assert_eq!(
        run.out.matches("[replication/pdb-blocks-drain]").count(),
        1_001
    );
    assert!(
        run.out
            .contains("3000 further findings of `replication/pdb-blocks-drain` are not shown"),
        "{}",
        run.out.lines().take(20).collect::<String>()
    );
}

#[test]
fn what_is_no_object_ends_soon() {
    let mut noise = String::new();
    let mut state = 1_u64;
    while noise.len() < 24 << 20 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        write!(noise, "{state:x}").unwrap();
    }
    let sandbox = Sandbox::new();
    for (stream, said) in [
        (noise, "manifest/too-large"),
        ("\0".repeat(24 << 20), "manifest/"),
        (
            "a: ".to_owned() + &"x".repeat(24 << 20),
            "manifest/too-large",
        ),
    ] {
        lint(&sandbox, 64 * 1024, &stream)
            .ends(2)
            .prints(said)
            .says("nothing was checked");
    }
}
