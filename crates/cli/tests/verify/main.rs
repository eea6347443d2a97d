//! `verify` with the real Helm 3 and Helm 4, on small charts of our own.
//!
//! The charts bear the name and version of one that the catalogue serves, and read what each test is about.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails is a failed test"
)]

mod probes;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// An environment whose values file sets forty leaves.
const ENVIRONMENT: &str =
    "environment: dev\nnamespace: team-dev\ncomponents: {traefik: {version: 41.3.0}}\n";

/// A template that shows every value but those left out, in a file inside a ConfigMap.
const ALL: &str = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: all, annotations: {checksum/x: \"{{ randAlphaNum 8 }}\"}}\n\
                   data:\n  random: {{ randAlphaNum 20 }}\n  all.yaml: |\n    {{- omit .Values OMITTED | toYaml | nindent 4 }}\n";

struct Project {
    folder: tempfile::TempDir,
    helm: PathBuf,
}

struct Run {
    code: i32,
    out: String,
    result: Value,
}

/// Returns a project for each Helm.
fn projects() -> [Project; 2] {
    ["HELMWRIGHT_HELM3", "HELMWRIGHT_HELM4"].map(|variable| {
        let helm = std::env::var_os(variable)
            .map(PathBuf::from)
            .unwrap_or_else(|| {
                panic!("{variable} is not set; `cargo xtask test` builds Helm and sets it")
            });
        let project = Project {
            folder: tempfile::tempdir().unwrap(),
            helm,
        };
        project.write("envs/dev.yaml", ENVIRONMENT);
        project.write(
            "charts/traefik/41.3.0/Chart.yaml",
            "apiVersion: v2\nname: traefik\nversion: 41.3.0\n",
        );
        project.write(
            "charts/traefik/41.3.0/values.yaml",
            "log: {level: INFO}\nservice: {spec: {type: ClusterIP}}\n",
        );
        project
    })
}

impl Project {
    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn template(&self, text: &str) {
        self.write("charts/traefik/41.3.0/templates/all.yaml", text);
    }

    /// Writes an environment with overrides, generates, and verifies.
    fn verify(&self, values: &str) -> Run {
        if !values.is_empty() {
            self.write(
                "envs/dev.yaml",
                &format!("environment: dev\nnamespace: team-dev\ncomponents:\n  traefik:\n    version: 41.3.0\n    values:\n{values}"),
            );
        }
        assert_eq!(self.run(&["generate"]).0, 0);
        let helm = self.helm.to_str().unwrap();
        let verify = ["verify", "--charts", "charts", "--helm", helm];
        let (code, out) = self.run(&verify);
        let (again, json) = self.run(&[&verify[..], &["--format", "json"]].concat());
        assert_eq!(again, code);
        let object: Value = serde_json::from_str(&json).unwrap();
        Run {
            code,
            out,
            result: object["result"]["releases"][0].clone(),
        }
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_helmwright"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HELMWRIGHT_CACHE", self.folder.path().join("cache"))
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
        )
    }
}

impl Run {
    fn list(&self, key: &str) -> Vec<&str> {
        let items = self.result[key].as_array();
        items
            .unwrap_or_else(|| panic!("{}", self.out))
            .iter()
            .map(|path| path.as_str().unwrap())
            .collect()
    }
}

fn all(omitted: &str) -> String {
    ALL.replace("OMITTED", omitted)
}

#[test]
fn a_chart_that_reads_everything_proves_everything_in_few_renders() {
    for project in projects() {
        project.template(&all("\"none\""));
        let run = project.verify("");
        assert_eq!(run.code, 0, "{}", run.out);
        assert_eq!(run.list("dead"), [""; 0]);
        assert_eq!(run.list("default"), ["log.level"]);
        let helm = project.helm.to_str().unwrap();
        let listed = project.run(&["verify", "--charts", "charts", "--helm", helm, "--defaults"]);
        assert!(
            listed.1.ends_with("default in\n  log.level\n"),
            "{}",
            listed.1
        );
        assert_eq!(run.result["objects"], 1);
        assert!(run.result["renders"].as_u64().unwrap() <= 20, "{}", run.out);
    }
}

#[test]
fn dead_keys_are_found_and_placed() {
    for project in projects() {
        project.template(&all("\"ingressClass\" \"accessLog\""));
        let run = project.verify("");
        assert_eq!(run.code, 1, "{}", run.out);
        assert_eq!(
            run.list("dead"),
            [
                "ingressClass.enabled",
                "ingressClass.isDefaultClass",
                "ingressClass.name",
                "accessLog.enabled"
            ]
        );
        assert!(
            run.out
                .contains("error[version/value-without-effect]: `accessLog.enabled`"),
            "{}",
            run.out
        );
    }
}

#[test]
fn what_a_template_refuses_goes_on_and_is_proven() {
    let guarded = format!(
        "{{{{- if not (has .Values.service.spec.type (list \"LoadBalancer\" \"ClusterIP\")) }}}}{{{{ fail \"no such type\" }}}}{{{{ end }}}}\n\
         {{{{- if gt (int .Values.deployment.replicas) 5 }}}}{{{{ fail (printf \"%v replicas are too many\" .Values.deployment.replicas) }}}}{{{{ end }}}}\n{}",
        all("\"none\"")
    );
    for project in projects() {
        project.template(&guarded);
        let run = project.verify("");
        assert_eq!(run.code, 0, "{}", run.out);
        assert_eq!(run.list("undecided"), [""; 0]);
        assert!(run.result["renders"].as_u64().unwrap() <= 40, "{}", run.out);
    }
}

#[test]
fn schemas_of_charts_bound_what_is_tried() {
    let schema = r#"{"properties": {"service": {"properties": {"spec": {"properties": {"type": {"enum": ["LoadBalancer"]}}}}},
        "deployment": {"properties": {"replicas": {"type": "integer", "maximum": 3}}}}}"#;
    for project in projects() {
        project.template(&all("\"service\""));
        project.write("charts/traefik/41.3.0/values.schema.json", schema);
        project.write(
            "charts/traefik/41.3.0/values.yaml",
            "service: {spec: {type: LoadBalancer}}\n",
        );
        let run = project.verify("");
        // A default that no other value may take the place of is said, and is no error.
        assert_eq!(run.code, 0, "{}", run.out);
        assert!(run.out.contains("effect/unread-default"), "{}", run.out);
        assert_eq!(run.list("dead"), [""; 0]);
        project.write("charts/traefik/41.3.0/values.yaml", "{}\n");
        let run = project.verify("");
        assert_eq!(
            run.list("undecided").len() + run.list("dead").len(),
            1,
            "{}",
            run.out
        );
    }
}

#[test]
fn texts_that_are_templates_stay_valid() {
    let templated = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ tpl .Values.ingressClass.name . | quote }}}\n\
                     data: {all: {{ tpl (.Values.additionalArguments | toYaml) . | quote }}}\n";
    for project in projects() {
        project.template(templated);
        let run = project.verify(
            "      ingressClass: {name: \"{{ .Release.Name }}\"}\n      additionalArguments: [\"--a={{ .Release.Namespace }}\", \"{{ .Release.Name }}\"]\n",
        );
        let dead = run.list("dead");
        for path in [
            "ingressClass.name",
            "additionalArguments[0]",
            "additionalArguments[1]",
        ] {
            assert!(!dead.contains(&path), "{}", run.out);
        }
        assert!(dead.contains(&"ingressClass.enabled"), "{}", run.out);
    }
}

#[test]
fn nulls_and_thresholds_are_told_apart_from_dead_keys() {
    let template = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: all}\ndata:\n  budget: {{ gt (int .Values.deployment.replicas) 1 | quote }}\n\
                    {{- with .Values.hub.namespaces }}\n  hub: {{ toYaml . | quote }}\n{{- end }}\n";
    for project in projects() {
        project.template(template);
        project.write(
            "charts/traefik/41.3.0/values.yaml",
            "hub: {namespaces: [a]}\n",
        );
        let run = project.verify("      hub: {namespaces: null, token: null}\n");
        let dead = run.list("dead");
        assert!(!dead.contains(&"deployment.replicas"), "{}", run.out);
        assert!(!dead.contains(&"hub.namespaces"), "{}", run.out);
        assert!(dead.contains(&"hub.token"), "{}", run.out);
        // An override is told at its own line.
        assert!(run.out.contains("envs/dev.yaml:7"), "{}", run.out);
    }
}

#[test]
fn what_helm_says_is_told_at_the_value_and_its_line() {
    for project in projects() {
        project.template("kind: ConfigMap\nmetadata: {name: {{ .Values.log.level.name }}}\n");
        let run = project.verify("      log: {level: DEBUG}\n");
        assert_eq!(run.code, 1);
        for text in [
            "helm/refused",
            "traefik/templates/all.yaml:2",
            "gitops/dev/traefik/values.yaml",
            "envs/dev.yaml:7",
        ] {
            assert!(run.out.contains(text), "no {text} in {}", run.out);
        }
        project.template(&all("\"none\""));
        project.write(
            "charts/traefik/41.3.0/values.schema.json",
            r#"{"properties": {"log": {"properties": {"level": {"type": "integer"}}}}}"#,
        );
        let run = project.verify("      log: {level: ERROR}\n");
        assert!(
            run.out
                .contains("refuses `log.level`: got string, want integer"),
            "{}",
            run.out
        );
        assert!(run.out.contains("envs/dev.yaml:7"), "{}", run.out);
        // A chart that lacks a subchart is not whole.
        project.write(
            "charts/traefik/41.3.0/Chart.yaml",
            "apiVersion: v2\nname: traefik\nversion: 41.3.0\ndependencies: [{name: far, version: 1.0.0, repository: \"https://example.invalid\"}]\n",
        );
        let run = project.verify("");
        assert!(
            run.out.contains("Helm does not render") && run.out.contains("far"),
            "{}",
            run.out
        );
    }
}

#[test]
fn archives_do_as_well_as_folders() {
    for project in projects() {
        project.template(&all("\"none\""));
        let packed = Command::new(&project.helm)
            .args([
                "package",
                "charts/traefik/41.3.0",
                "--destination",
                "charts",
            ])
            .current_dir(project.folder.path())
            .output()
            .unwrap();
        assert!(packed.status.success(), "{packed:?}");
        fs::remove_dir_all(project.folder.path().join("charts/traefik")).unwrap();
        let run = project.verify("");
        assert_eq!(run.code, 0, "{}", run.out);
    }
}

/// Serves the files of a folder to whoever asks, until the test ends; returns the address.
fn serve(folder: PathBuf) -> String {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let name = line.split_whitespace().nth(1).unwrap_or_default();
            let mut header = String::new();
            while reader.read_line(&mut header).unwrap_or(0) > 2 {
                header.clear();
            }
            let body = fs::read(folder.join(name.trim_start_matches('/'))).unwrap_or_default();
            let mut stream = reader.into_inner();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(&body);
        }
    });
    address
}

#[test]
fn charts_are_fetched_once_and_must_be_the_pinned_ones() {
    for project in projects() {
        project.template(&all("\"none\""));
        let served = project.folder.path().join("served");
        fs::create_dir(&served).unwrap();
        let address = serve(served.clone());
        let helm = |arguments: &[&str]| {
            let output = Command::new(&project.helm)
                .args(arguments)
                .current_dir(project.folder.path())
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        helm(&[
            "package",
            "charts/traefik/41.3.0",
            "--destination",
            "served",
        ]);
        helm(&["repo", "index", "served", "--url", &address]);
        fs::remove_dir_all(project.folder.path().join("charts/traefik")).unwrap();
        let environment = |digest: &str| {
            project.write(
                "envs/dev.yaml",
                &format!("environment: dev\nnamespace: team-dev\ncomponents:\n  traefik: {{version: 41.3.0, repository: \"{address}\"{digest}}}\n"),
            );
        };
        environment("");
        let run = project.verify("");
        assert_eq!(run.code, 0, "{}", run.out);
        // Nothing is asked of the repository any more.
        fs::remove_dir_all(&served).unwrap();
        assert_eq!(project.verify("").code, 0);
        environment(", digest: \"sha256:00\"");
        assert_eq!(project.run(&["generate"]).0, 0);
        let helm = project.helm.to_str().unwrap();
        let (code, out) = project.run(&["verify", "--charts", "charts", "--helm", helm]);
        assert_eq!(code, 2, "{out}");
        assert!(out.contains("chart/wrong-digest"), "{out}");
    }
}
