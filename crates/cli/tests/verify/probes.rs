//! Probes that a chart reads in one version and not in another, as the encrypting proxy of the probe cascade.
//!
//! The chart here is of our own making: it bears the name of the real one, another version, and reads its probes.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What the chart asks where nobody says anything.
const VALUES: &str = "\
replicaCount: 3
image: {repository: ghcr.io/example/s3proxy, tag: latest, pullPolicy: IfNotPresent}
s3: {host: s3.example.org, region: us-east-1}
redis-ha: {enabled: true}
secrets:
  existingSecrets:
    enabled: false
    name: \"\"
    keys: {encryptKey: A, awsAccessKeyId: B, awsSecretAccessKey: C}
logLevel: DEBUG
resources: {requests: {cpu: 100m, memory: 512Mi}, limits: {cpu: 500m, memory: 512Mi}}
podDisruptionBudget: {enabled: true, minAvailable: 1}
startupProbe:
  httpGet: {path: /readyz, port: http}
  initialDelaySeconds: 2
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: http}
  initialDelaySeconds: 5
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: http}
  initialDelaySeconds: 5
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 3
";

const TEMPLATE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Chart.Name }}}
spec:
  replicas: {{ .Values.replicaCount }}
  selector: {matchLabels: {app.kubernetes.io/name: {{ .Chart.Name }}}}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {{ .Chart.Name }}
        app.kubernetes.io/instance: {{ .Release.Name }}
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          env:
            - {name: S3PROXY_HOST, value: {{ .Values.s3.host | quote }}}
            - {name: S3PROXY_REGION, value: {{ .Values.s3.region | quote }}}
            - {name: S3PROXY_LOG_LEVEL, value: {{ .Values.logLevel | quote }}}
            {{- if index .Values \"redis-ha\" \"enabled\" }}
            - {name: S3PROXY_REDIS_URL, value: redis}
            {{- end }}
            {{- with .Values.secrets.existingSecrets }}
            {{- if .enabled }}
            - name: S3PROXY_ENCRYPT_KEY
              valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .keys.encryptKey }}}}
            - name: AWS_ACCESS_KEY_ID
              valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .keys.awsAccessKeyId }}}}
            - name: AWS_SECRET_ACCESS_KEY
              valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .keys.awsSecretAccessKey }}}}
            {{- end }}
            {{- end }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
          startupProbe:
            {{- toYaml .Values.startupProbe | nindent 12 }}
          livenessProbe:
            {{- toYaml .Values.livenessProbe | nindent 12 }}
          readinessProbe:
            {{- toYaml .Values.readinessProbe | nindent 12 }}
{{- if .Values.podDisruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: {{ .Chart.Name }}}
spec:
  minAvailable: {{ .Values.podDisruptionBudget.minAvailable }}
  selector: {matchLabels: {app.kubernetes.io/name: {{ .Chart.Name }}}}
{{- end }}
";

const READS: &str = "2026.5.0";

fn environment(version: &str) -> String {
    format!(
        "environment: dev\nnamespace: team-dev\n\
         objectStore: {{provider: seaweedfs, instance: store, endpoint: 'store.team-dev.svc:8333', credentials: {{secretName: keys}}}}\n\
         components:\n  s3proxy:\n    version: {version}\n    roles: {{s3proxy: {{probes: {{liveness: {{timeoutSeconds: 60}}}}}}}}\n"
    )
}

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn helmwright(folder: &Path, helm: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_helmwright"))
        .args(arguments)
        .args(["--color", "never"])
        .env("HELMWRIGHT_HELM", helm)
        .env("HELMWRIGHT_CACHE", folder.join("cache"))
        .current_dir(folder)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn one_number_of_a_probe_is_taken_where_the_version_reads_it_and_refused_where_it_does_not() {
    for project in super::projects() {
        let folder = project.folder.path();
        let chart = format!("charts/s3proxy-python/{READS}");
        project.write(
            &format!("{chart}/Chart.yaml"),
            &format!(
                "apiVersion: v2\nname: s3proxy-python\nversion: {READS}\nappVersion: {READS}\n"
            ),
        );
        project.write(&format!("{chart}/values.yaml"), VALUES);
        project.write(&format!("{chart}/templates/all.yaml"), TEMPLATE);
        let run = |arguments: &[&str]| helmwright(folder, &project.helm, arguments);
        let contract = format!("schemas/s3proxy-python/{READS}.schema.json");
        let built = run(&["contract", "build", &chart, "--to", &contract]);
        assert_eq!(built.code, 0, "{}", built.err);

        // The version that has its probes written down in its template.
        project.write("envs/dev.yaml", &environment("2026.2.0"));
        let refused = run(&["generate", "--schemas", "schemas"]);
        assert_eq!(refused.code, 1, "{}", refused.err);
        let said = "error[environment/unsupported-setting]: chart s3proxy-python 2026.2.0 has no way to set \
                    `probes.liveness.timeoutSeconds` for `s3proxy`";
        assert!(refused.err.contains(said), "{}", refused.err);
        assert!(refused.err.contains("envs/dev.yaml:7:"), "{}", refused.err);
        let help = format!("or set `version: {READS}`, whose contract has it");
        assert!(refused.err.contains(&help), "{}", refused.err);
        assert!(!folder.join("gitops").exists());

        // The version that reads them: only the number that is set is written, and Helm fills in the rest.
        project.write("envs/dev.yaml", &environment(READS));
        let taken = run(&["generate", "--schemas", "schemas"]);
        assert_eq!(taken.code, 0, "{}", taken.err);
        let path = folder.join("gitops/dev/s3proxy/values.yaml");
        let values = fs::read_to_string(&path).unwrap();
        let (_, probe) = values.split_once("\nlivenessProbe:\n").unwrap();
        assert!(probe.starts_with("  timeoutSeconds: 60\n\n"), "{values}");
        for other in ["readinessProbe", "startupProbe", "httpGet"] {
            assert!(!values.contains(other), "{values}");
        }
        let rendered = Command::new(&project.helm)
            .args(["template", "s3proxy", &chart, "--values"])
            .arg(&path)
            .current_dir(folder)
            .output()
            .unwrap();
        let rendered = String::from_utf8(rendered.stdout).unwrap();
        let liveness: Vec<&str> = rendered
            .lines()
            .skip_while(|line| line.trim() != "livenessProbe:")
            .skip(1)
            .take_while(|line| line.trim() != "readinessProbe:")
            .map(str::trim)
            .collect();
        assert_eq!(
            liveness,
            [
                "failureThreshold: 3",
                "httpGet:",
                "path: /healthz",
                "port: http",
                "initialDelaySeconds: 5",
                "periodSeconds: 10",
                "timeoutSeconds: 60",
            ]
        );

        // What was predicted is what is rendered, rules hold on both, and every value has its effect.
        let linted = run(&[
            "lint",
            "--render",
            "--charts",
            "charts",
            "--schemas",
            "schemas",
            "--format",
            "json",
        ]);
        let report: Value = serde_json::from_str(&linted.out).unwrap();
        let worse: Vec<&Value> = report["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["severity"] != "info")
            .collect();
        assert!(worse.is_empty(), "{worse:#?}");
        let proven = run(&["verify", "--charts", "charts", "--schemas", "schemas"]);
        assert_eq!(proven.code, 0, "{}", proven.err);
    }
}
