mod odd;
mod pieces;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::workload::Count;

fn read(text: &str) -> Manifests {
    let mut reader = Reader::new("stream");
    reader.feed(text);
    reader.finish()
}

/// Reads objects, of which nothing is to be found.
fn objects(text: &str) -> Vec<Object> {
    let manifests = read(text);
    assert_eq!(findings(&manifests), [""; 0]);
    manifests.objects
}

/// Returns the findings as `name line`.
fn findings(manifests: &Manifests) -> Vec<String> {
    let line = |found: &Diagnostic| found.location().map(|at| at.start().line);
    let all = manifests.diagnostics.iter();
    all.map(|found| format!("{} {}", found.id, line(found).unwrap_or_default()))
        .collect()
}

fn names(objects: &[Object]) -> Vec<String> {
    let all = objects.iter();
    all.map(|object| format!("{}/{}", object.kind(), object.name))
        .collect()
}

const STATEFUL_SET: &str = r#"---
# Source: mimir/templates/ingester.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: mimir-ingester
  namespace: obs
  labels: {app.kubernetes.io/name: mimir}
spec:
  replicas: 3
  serviceName: mimir-ingester-headless
  podManagementPolicy: Parallel
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}
  updateStrategy:
    type: RollingUpdate
    rollingUpdate: {partition: 1}
  selector:
    matchLabels: {app: mimir}
  volumeClaimTemplates:
    - metadata: {name: storage}
      spec:
        storageClassName: fast
        resources: {requests: {storage: "10Gi"}}
  template:
    metadata:
      labels: {app: mimir, zone: a}
      annotations: {checksum/config: 0123, prometheus.io/scrape: "true"}
    spec:
      priorityClassName: high
      terminationGracePeriodSeconds: 1200
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname
              labelSelector: {matchLabels: {app: mimir}}
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}
      tolerations: [{key: node, effect: NoSchedule}]
      overhead: {cpu: 10m}
      initContainers:
        - {name: proxy, restartPolicy: Always, resources: {requests: {cpu: .5, memory: 1e9}}}
      containers:
        - name: ingester
          image: "grafana/mimir:3.0.0"
          args: ["-target=ingester", "-config.file=/etc/mimir.yaml"]
          ports: [{name: http, containerPort: 8080}]
          env:
            - {name: GOMEMLIMIT, value: "5GiB"}
            - name: S3_SECRET_KEY
              valueFrom: {secretKeyRef: {name: s3, key: secret}}
            - {name: OTHER, value: x}
          resources:
            requests:
              cpu: 200m
              memory: 2Gi
            limits:
              memory: 4Gi
          readinessProbe:
            httpGet: {path: /ready, port: http}
            timeoutSeconds: 3
          volumeMounts: [{name: storage, mountPath: /data}]
      volumes:
        - {name: tmp, emptyDir: {medium: Memory}}
        - {name: shared, persistentVolumeClaim: {claimName: shared}}
        - {name: none}
"#;

#[test]
fn a_workload_keeps_what_rules_read() {
    let objects = objects(STATEFUL_SET);
    let object = &objects[0];
    assert_eq!((object.kind(), object.group()), ("StatefulSet", "apps"));
    assert_eq!(
        object.template.as_deref(),
        Some("mimir/templates/ingester.yaml")
    );
    assert_eq!(object.namespace.as_deref(), Some("obs"));
    let pods = object.pods().unwrap();
    assert_eq!(
        (pods.replicas, pods.partition, pods.is_parallel),
        (Some(3), Some(1), true)
    );
    assert_eq!(pods.claims_when_deleted.as_deref(), Some("Delete"));
    assert_eq!(
        pods.claims[0].size().map(|size| size.bytes()),
        Some(10 << 30)
    );
    let pod = &pods.pod;
    assert!(pods.selector.as_ref().unwrap().matches(&pod.labels));
    assert_eq!(
        pod.annotations.iter().collect::<Vec<_>>(),
        [("prometheus.io/scrape", "true")]
    );
    assert_eq!(
        (pod.grace, pod.priority_class.as_deref()),
        (Some(1200), Some("high"))
    );
    assert!(pod.anti_affinity[0].required && !pod.spread[0].required);
    assert_eq!(pod.overhead.cpu().map(|cpu| cpu.millicores()), Some(10));
    let proxy = &pod.init_containers[0];
    assert!(proxy.is_sidecar);
    assert_eq!(proxy.requests.cpu().map(|cpu| cpu.millicores()), Some(500));
    assert_eq!(
        proxy.requests.memory().map(|memory| memory.bytes()),
        Some(1_000_000_000)
    );
    let ingester = &pod.containers[0];
    assert_eq!(
        ingester.limits.memory().map(|memory| memory.bytes()),
        Some(4 << 30)
    );
    assert_eq!(ingester.limits.cpu(), None);
    assert_eq!(ingester.flag("target"), Some("ingester"));
    assert_eq!(ingester.variable("GOMEMLIMIT"), Some("5GiB"));
    assert_eq!(ingester.env[1].value, VariableValue::Reference);
    assert_eq!(ingester.env[2].value, VariableValue::Unread);
    let probe = ingester.readiness.as_ref().unwrap();
    assert_eq!((probe.timeout, probe.period), (Some(3), None));
    assert!(matches!(&probe.handler, Some(Handler::Http { path, .. }) if &**path == "/ready"));
    let volumes: Vec<_> = pod.volumes.iter().map(|volume| &volume.source).collect();
    assert!(matches!(
        volumes[0],
        VolumeSource::EmptyDir {
            in_memory: true,
            ..
        }
    ));
    assert!(matches!(volumes[1], VolumeSource::Claim(name) if &**name == "shared"));
    assert!(matches!(
        volumes[2],
        VolumeSource::EmptyDir {
            in_memory: false,
            ..
        }
    ));
}

#[test]
fn places_are_lines_of_the_stream() {
    let text = format!("kind: Namespace\napiVersion: v1\nmetadata: {{name: a}}\n{STATEFUL_SET}");
    let manifests = read(&text);
    let object = &manifests.objects[1];
    let pods = object.pods().unwrap();
    let container = &pods.pod.containers[0];
    for (place, line) in [
        (&object.place, "  name: mimir-ingester"),
        (pods.replicas_place.as_ref().unwrap(), "  replicas: 3"),
        (
            &container.limits.get("memory").unwrap().place,
            "              memory: 4Gi",
        ),
        (
            container.resources_place.as_ref().unwrap(),
            "          resources:",
        ),
        (
            &container.readiness.as_ref().unwrap().place,
            "          readinessProbe:",
        ),
    ] {
        let location = manifests.location(object, place);
        let start = location.start();
        assert_eq!(text.lines().nth(start.line - 1), Some(line));
        assert_eq!(location.source.text(), line);
        assert_eq!(start.column - 1, line.find(location.text()).unwrap());
    }
}

#[test]
fn other_kinds_keep_their_fields() {
    let objects = objects(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 50%, unhealthyPodEvictionPolicy: AlwaysAllow}\n\
         ---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {minReplicas: 2, maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: a}}\n\
         ---\napiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: a}\nspec: {resourcePolicy: {containerPolicies: [{containerName: '*', maxAllowed: {memory: 1Gi}, controlledValues: RequestsOnly}]}}\n\
         ---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: a}\nspec: {hard: {requests.cpu: 10, pods: '50'}}\n\
         ---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: a}\nspec: {limits: [{type: Container, default: {cpu: 1}}]}\n\
         ---\napiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: -5\nglobalDefault: true\n\
         ---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: a}, ports: [{port: 7946}]}\n\
         ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}, ingress: [{ports: [{port: 7946, protocol: UDP}]}]}\n\
         ---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {resources: {requests: {storage: 5G}}}\n\
         ---\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\nspec: {template: {}}\n",
    );
    let mut seen = Vec::new();
    for object in &objects {
        seen.push(match &object.body {
            Body::DisruptionBudget(budget) => {
                assert_eq!(budget.min_available, Some(Count::Percent(50)));
                "budget"
            }
            Body::Autoscaler(scaler) => {
                assert_eq!(
                    (scaler.min, scaler.max, &*scaler.target.name),
                    (Some(2), Some(5), "a")
                );
                "autoscaler"
            }
            Body::VerticalAutoscaler(scaler) => {
                assert!(scaler.policies[0].max_allowed.memory().is_some());
                "vertical"
            }
            Body::Quota(quota) => {
                let cpu = quota.hard.get("requests.cpu").and_then(Amount::cpu);
                assert_eq!(cpu.map(|cpu| cpu.millicores()), Some(10_000));
                assert_eq!(quota.hard.get("pods").and_then(Amount::count), Some(50));
                "quota"
            }
            Body::LimitRange(limits) => {
                assert!(limits[0].default.cpu().is_some());
                "range"
            }
            Body::PriorityClass(class) => {
                assert_eq!((class.value, class.global_default), (-5, true));
                "class"
            }
            Body::Service(service) => {
                assert!(service.is_headless && service.publishes_not_ready);
                "service"
            }
            Body::NetworkPolicy(policy) => {
                assert!(policy.pods.is_empty() && policy.ingress[0].anywhere);
                "policy"
            }
            Body::Claim(claim) => {
                assert_eq!(claim.size().map(|size| size.bytes()), Some(5_000_000_000));
                "claim"
            }
            Body::Other => "other",
            Body::Pods(_)
            | Body::Config(_)
            | Body::Node(_)
            | Body::Monitor(_)
            | Body::Delivery(_) => "unexpected",
        });
    }
    assert_eq!(
        seen,
        [
            "budget",
            "autoscaler",
            "vertical",
            "quota",
            "range",
            "class",
            "service",
            "policy",
            "claim",
            "other"
        ]
    );
}

#[test]
fn documents_are_told_apart() {
    let manifests = objects(
        "\u{feff}# a comment\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: a\n---\n# nothing\n---\n\
         kind: Namespace\napiVersion: v1\nmetadata:\n  name: b\n...\n{\"kind\": \"ConfigMap\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"c\"}}\n\
         --- # here\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\ndata:\n  a: |\n    --- no\n     ---\n",
    );
    assert_eq!(
        names(&manifests),
        ["Service/a", "Namespace/b", "ConfigMap/c", "ConfigMap/d"]
    );
}

#[test]
fn lists_are_their_items() {
    let yaml = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n- {apiVersion: v1, kind: Namespace, metadata: {name: b}}\nkind: List\n";
    assert_eq!(names(&objects(yaml)), ["Service/a", "Namespace/b"]);
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"a}\\\"\\u0041\"}}]}";
    assert_eq!(names(&objects(json)), ["Service/a}\"A"]);
    let two = format!("{json}\n{}", json.replace("a}", "b}"));
    assert_eq!(objects(&two).len(), 2);
    let list = "[{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"a\"}}]";
    assert_eq!(names(&objects(list)), ["Service/a"]);
    let flow = "{apiVersion: v1, kind: Service, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Service, metadata: {name: b}}\n";
    assert_eq!(names(&objects(flow)), ["Service/a", "Service/b"]);
}

#[test]
fn anchors_and_merges_are_followed() {
    let objects = objects(
        "x: &l {app: a}\napiVersion: v1\nkind: Service\nmetadata: &m\n  name: &n s\n  labels: {<<: *l, zone: b}\nspec: {selector: *l, other: &o [*n]}\n",
    );
    let service = objects[0].service().unwrap();
    assert_eq!(service.selector.get("app"), Some("a"));
    assert_eq!(
        objects[0].labels.iter().collect::<Vec<_>>(),
        [("app", "a"), ("zone", "b")]
    );
}

#[test]
fn what_is_no_object_is_said() {
    for (text, found) in [
        ("", "manifest/empty 1"),
        ("\n---\n# nothing\n---\n", "manifest/empty 1"),
        ("hello\n", "manifest/not-an-object 1"),
        ("- a\n- b\n", "manifest/not-an-object 1"),
        ("---\nreplicas: 3\n", "manifest/no-kind 2"),
        ("kind: Pod\nmetadata: {name: a}\n", "manifest/no-kind 1"),
        ("apiVersion: v1\nkind: Service\n", "manifest/no-name 1"),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: [a]}\n",
            "manifest/no-name 3",
        ),
        ("a: b\n c: d\nx: y\n", "manifest/syntax 2"),
        ("{{- if .Values.x }}\n", "manifest/syntax 1"),
        ("a: *b\nc: d\n", "manifest/syntax 1"),
        ("a: &b [*b]\nc: d\n", "manifest/syntax 1"),
        ("apiVersion: v1\nkind: \"Serv", "manifest/cut-off 2"),
        ("apiVersion: v1\nkind: {a: [b, \n", "manifest/cut-off 2"),
        ("apiVersion: v1\nkind: Service\nmetad", "manifest/cut-off 3"),
        (
            "{\"apiVersion\": \"v1\", \"kind\": \"Ser",
            "manifest/cut-off 1",
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  template:\n    spec:\n      containers:\n",
            "manifest/incomplete 4",
        ),
    ] {
        assert_eq!(findings(&read(text)), [found], "{text}");
    }
}

#[test]
fn half_a_json_list_is_read_as_far_as_it_goes() {
    let manifests = read(
        "{\"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"a\"}},\n{\"apiVer",
    );
    assert_eq!(names(&manifests.objects), ["Service/a"]);
    assert_eq!(findings(&manifests), ["manifest/cut-off 1"]);
}

#[test]
fn one_bad_document_hides_no_other() {
    let manifests =
        read("a: [b\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n- c\n");
    assert_eq!(names(&manifests.objects), ["Service/a"]);
    assert_eq!(
        findings(&manifests),
        ["manifest/syntax 1", "manifest/not-an-object 7"]
    );
    assert!(!manifests.is_empty());
    assert!(read("a: b\n").is_empty());
}

#[test]
fn values_that_the_api_server_refuses_are_said() {
    let pod = |fields: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec:\n  {fields}\n  template:\n    spec:\n      containers: [{{name: a}}]\n"
        )
    };
    for (fields, found) in [
        ("replicas: -1", "`replicas: -1` is below zero"),
        ("replicas: three", "`replicas: three` is no whole number"),
        ("replicas: 1.5", "`replicas: 1.5` is no whole number"),
        (
            "strategy: {rollingUpdate: {maxSurge: lots}}",
            "`maxSurge: lots` is neither a number of pods nor a percentage",
        ),
        (
            "selector: {matchExpressions: [{key: a, operator: Is}]}",
            "`operator: Is` is no operator of a selector",
        ),
    ] {
        let manifests = read(&pod(fields));
        let messages: Vec<_> = manifests
            .diagnostics
            .iter()
            .map(|found| &found.message)
            .collect();
        assert_eq!(messages, [&format!("Deployment `a`: {found}")]);
        assert_eq!(findings(&manifests), ["manifest/bad-value 5"]);
    }
    let amounts = |amount: &str| {
        let text = pod("replicas: 3.0").replace(
            "{name: a}]",
            &format!("{{name: a, resources: {{limits: {{memory: {amount}}}}}}}]"),
        );
        read(&text)
    };
    for amount in ["1e3", ".5", "512Mi", "'1E2'", "1_000", "0x10", "0", "null"] {
        assert_eq!(findings(&amounts(amount)), [""; 0], "{amount}");
    }
    for amount in ["4GB", "-1Gi", "true", "[1]", "''", "1.2.3", "512 Mi"] {
        assert_eq!(
            findings(&amounts(amount)),
            ["manifest/quantity 8"],
            "{amount}"
        );
    }
}

#[test]
fn an_object_that_is_there_twice_is_said_once() {
    let one = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n";
    let manifests = read(&format!(
        "{one}{one}{}",
        one.replace("name: a", "name: a, namespace: b")
    ));
    assert_eq!(findings(&manifests), ["manifest/duplicate 7"]);
    assert_eq!(manifests.diagnostics[0].labels[1].location.start().line, 3);
    let generated = one.replace("name", "generateName");
    assert_eq!(findings(&read(&format!("{generated}{generated}"))), [""; 0]);
}

#[test]
fn configuration_is_kept_and_secrets_in_it_are_found() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  mimir.yaml: |\n    a: 1\n    secret_access_key: hunter2\n  dashboard.json: '{\"token\": \"hunter2\"}'\n---\n\
                apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\n";
    let manifests = read(text);
    let object = &manifests.objects[0];
    let Body::Config(texts) = &object.body else {
        panic!("no configuration");
    };
    assert_eq!(texts.len(), 1);
    let source = texts[0].source("stream", object);
    assert_eq!(source.position(5).line, 7);
    let found: Vec<_> = object
        .credentials()
        .iter()
        .map(|one| {
            (
                &*one.key,
                &*one.holder,
                manifests.location(object, &one.place),
            )
        })
        .map(|(key, holder, at)| format!("{key} {holder} {} {}", at.start().line, at.source.text()))
        .collect();
    assert_eq!(
        found,
        [
            "secret_access_key mimir.yaml 7 secret_access_key: ...",
            "token dashboard.json 8 dashboard.json: ..."
        ]
    );
    assert!(
        !format!("{manifests:?}")
            .replace("secret_access_key: hunter2", "")
            .contains("hunter2")
    );
    assert!(manifests.objects[1].credentials().is_empty());
}

#[test]
fn secrets_in_variables_and_arguments_are_found() {
    let manifests = read(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: c\n      args: [\"-s3.secret-key=hunter2\", \"-x.password=$(P)\"]\n      env:\n        - name: ADMIN_PASSWORD\n          value: hunter2\n",
    );
    let object = &manifests.objects[0];
    let keys: Vec<_> = object.credentials().iter().map(|one| &*one.key).collect();
    assert_eq!(keys, ["ADMIN_PASSWORD", "s3.secret-key"]);
    let lines: Vec<_> = object
        .credentials()
        .iter()
        .map(|one| manifests.location(object, &one.place).start().line)
        .collect();
    assert_eq!(lines, [10, 7]);
    for one in object.credentials() {
        assert!(!one.place.text().contains("hunter2"), "{:?}", one.place);
    }
}
