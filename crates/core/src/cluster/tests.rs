use super::*;
use crate::environment::Kind;
use crate::sizing::preemption::{Controller, Operator, TaintEffect};
use crate::sizing::rollout::{DisruptionBudget, IntOrPercent};

fn ids(read: &Read) -> Vec<String> {
    let line = |found: &Diagnostic| found.location().map_or(0, |at| at.start().line);
    read.diagnostics
        .iter()
        .map(|found| format!("{} {}", found.id, line(found)))
        .collect()
}

fn cluster(text: &str) -> Cluster {
    let read = read(&Source::new("cluster.yaml", text));
    assert_eq!(ids(&read), [""; 0]);
    read.cluster.unwrap()
}

#[test]
fn our_own_form() {
    let cluster = cluster(
        "nodes:
  - {name: big, count: 2, cpu: 16, memory: 60Gi, labels: {zone: a}, taints: [{key: only, value: obs, effect: NoSchedule}]}
  - {name: small, cpu: 500m, memory: 1Gi, pods: 5}
priorityClasses: [{name: medium, value: 2000, globalDefault: true, preemptionPolicy: Never}, {name: high, value: 3000}]
workloads:
  - {id: prod/mimir/ingester, tier: prod, role: ingester, kind: StatefulSet, replicas: 3, cpu: 4, memory: 15Gi, priorityClass: high,
     nodeSelector: {zone: a}, tolerations: [{key: only}], antiAffinity: kubernetes.io/hostname, pdb: {maxUnavailable: 1},
     replicationFactor: 3, readySeconds: 600, graceSeconds: 1200}
  - {id: web, replicas: 2, cpu: null, memory: 1Gi, pdb: {minAvailable: 50%}}
running:
  - {workload: prod/mimir/ingester, node: big-1, priority: 0}
  - {workload: web, count: 2, priority: -5}
",
    );
    let names: Vec<&str> = cluster
        .nodes
        .iter()
        .map(|node| node.name.as_str())
        .collect();
    assert_eq!(names, ["big-1", "big-2", "small"]);
    assert_eq!((cluster.nodes[0].pods, cluster.nodes[2].pods), (110, 5));
    assert_eq!(cluster.nodes[1].taints[0].effect, TaintEffect::NoSchedule);
    let ingester = &cluster.workloads[0];
    assert_eq!(ingester.controller, Controller::StatefulSet);
    assert_eq!(
        (ingester.write_tolerance, ingester.protected),
        (Some(1), true)
    );
    assert_eq!(
        (ingester.ready_seconds, ingester.grace_seconds),
        (600, 1200)
    );
    let budget = DisruptionBudget::MinAvailable(IntOrPercent::Percent(50));
    assert_eq!(cluster.workloads[1].budget, Some(budget));
    assert_eq!(cluster.running.unwrap().len(), 3);
}

#[test]
fn contradictions_come_all_at_once() {
    let text = "nodes:
  - {name: one, cpu: 4, memory: 8Gi}
  - {name: one, cpu: 8, memory: 8Gi}
  - {name: two, cpu: 1, memory: 1Gi, pods: 1}
priorityClasses:
  - {name: a, value: 1, globalDefault: true}
  - {name: b, value: 2, globalDefault: true}
  - {name: a, value: 3}
workloads:
  - {id: web, replicas: 1, cpu: 1, memory: 1Gi, priorityClass: aa, pdb: {maxUnavailable: 1, minAvailable: 1}}
running:
  - {workload: web, node: three, priority: 0}
  - {workload: wed, node: one, priority: 0}
  - {workload: web, node: two, priority: 0, count: 2}
";
    let read = read(&Source::new("cluster.yaml", text));
    assert!(read.cluster.is_none());
    assert_eq!(
        ids(&read),
        [
            "cluster/duplicate 3",
            "cluster/overcommitted 4",
            "cluster/overcommitted 4",
            "cluster/overcommitted 4",
            "cluster/several-defaults 7",
            "cluster/duplicate 8",
            "cluster/unknown-class 10",
            "cluster/budget-twice 10",
            "cluster/unknown-node 12",
            "cluster/unknown-workload 13",
        ]
    );
    assert!(read.diagnostics.iter().all(|found| found.help.is_some()));
}

#[test]
fn the_form_is_closed() {
    for (text, id) in [
        (
            "nodes: [{name: a, cpu: -1, memory: 1Gi}]\n",
            "cluster/bad-value 1",
        ),
        (
            "nodes: [{name: a, cpu: 1, memory: 4GB}]\n",
            "cluster/bad-value 1",
        ),
        (
            "nodes: [{name: a, cpu: '1e3', memory: 1Gi}]\n",
            "cluster/bad-value 1",
        ),
        (
            "nodes: [{name: a, cpu: 1, memory: 1Gi, lables: {}}]\n",
            "cluster/unknown-key 1",
        ),
        ("nodes: [{name: a, cpu: 1}]\n", "cluster/missing-key 1"),
        ("nodes: {}\n", "cluster/wrong-type 1"),
        ("nodes: []\n", "cluster/no-nodes 1"),
        ("", "cluster/no-nodes 1"),
        ("nodes: [\n", "yaml/syntax 1"),
        (
            "workloads: [{id: a, replicas: 9999999}]\n",
            "cluster/bad-value 1",
        ),
        (
            "priorityClasses: [{name: a, value: 4294967296}]\n",
            "cluster/bad-value 1",
        ),
    ] {
        let read = read(&Source::new("cluster.yaml", text));
        assert_eq!(ids(&read), [id], "{text}");
        assert!(read.cluster.is_none());
    }
}

const NODE: &str = r#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": {"zone": "a"}},
 "spec": {"taints": [{"key": "only", "effect": "NoExecute"}]},
 "status": {"allocatable": {"cpu": "3920m", "memory": "15Gi", "pods": "29"}}}"#;

fn pod(name: &str, owner: &str, labels: &str, spec: &str, status: &str) -> String {
    format!(
        r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "{name}", "namespace": "prod", "labels": {{{labels}}},
 "ownerReferences": [{{"controller": true, {owner}}}]}}, "spec": {{"containers": [{{"name": "c", "resources": {{"requests": {{"cpu": "1", "memory": "1Gi"}}}}}}], {spec}}}, "status": {{{status}}}}}"#
    )
}

fn list(items: &[String]) -> String {
    let class = |name: &str, value: i32, more: &str| {
        format!(
            r#"{{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {{"name": "{name}"}}, "value": {value}{more}}}"#
        )
    };
    let budget = r#"{"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "prod"},
 "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/component": "ingester"}}}}"#;
    let mut all = vec![
        NODE.to_owned(),
        class("medium", 2000, r#", "globalDefault": true"#),
        class("high", 3000, r#", "preemptionPolicy": "Never""#),
        budget.to_owned(),
    ];
    all.extend_from_slice(items);
    format!(
        "{{\"apiVersion\": \"v1\", \"items\": [\n{}\n], \"kind\": \"List\"}}\n",
        all.join(",\n")
    )
}

#[test]
fn what_kubectl_prints() {
    let deployment = r#""kind": "ReplicaSet", "name": "web-7f9c""#;
    let set = r#""kind": "StatefulSet", "name": "mimir-ingester""#;
    let ingester = r#""app.kubernetes.io/component": "ingester""#;
    let running = r#""phase": "Running", "startTime": "2026-01-01T00:00:00Z", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:02:00Z"}]"#;
    let cluster = cluster(&list(&[
        pod(
            "web-7f9c-a",
            deployment,
            r#""pod-template-hash": "7f9c""#,
            r#""nodeName": "n1", "priority": 0"#,
            r#""phase": "Running", "startTime": "2026-01-02T00:00:00Z""#,
        ),
        pod(
            "web-7f9c-b",
            deployment,
            r#""pod-template-hash": "7f9c""#,
            r#""priority": 2000, "priorityClassName": "medium""#,
            r#""phase": "Pending""#,
        ),
        pod(
            "web-7f9c-c",
            deployment,
            r#""pod-template-hash": "7f9c""#,
            r#""nodeName": "gone", "priority": 0"#,
            r#""phase": "Succeeded""#,
        ),
        pod(
            "mimir-ingester-0",
            set,
            ingester,
            r#""nodeName": "n1", "priority": 3000, "priorityClassName": "high", "preemptionPolicy": "Never", "terminationGracePeriodSeconds": 1200,
 "tolerations": [{"operator": "Exists"}], "nodeSelector": {"zone": "a"},
 "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]}]}},
  "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app.kubernetes.io/component": "ingester"}}}]}}"#,
            running,
        ),
    ]));
    assert_eq!(cluster.nodes[0].allocatable.cpu.millicores(), 3920);
    assert_eq!(
        (cluster.nodes[0].pods, cluster.nodes[0].taints[0].effect),
        (29, TaintEffect::NoExecute)
    );
    assert_eq!(cluster.classes.len(), 2);
    let [web, ingester] = &cluster.workloads[..] else {
        panic!("two workloads");
    };
    assert_eq!(
        (web.id.as_str(), web.replicas, &web.class),
        ("prod/web", 2, &None)
    );
    assert_eq!(web.controller, Controller::Deployment);
    assert_eq!(
        (ingester.id.as_str(), ingester.role),
        ("prod/mimir-ingester", Kind::Ingester)
    );
    assert_eq!(ingester.class.as_deref(), Some("high"));
    assert_eq!(
        (ingester.ready_seconds, ingester.grace_seconds),
        (120, 1200)
    );
    assert_eq!(
        ingester.anti_affinity.as_deref(),
        Some("kubernetes.io/hostname")
    );
    assert_eq!(ingester.node_affinity[0][0].operator, Operator::In);
    assert!(ingester.budget.is_some() && web.budget.is_none());
    let running: Vec<_> = cluster
        .running
        .unwrap()
        .into_iter()
        .map(|pod| (pod.workload, pod.node, pod.priority))
        .collect();
    let node = Some("n1".to_owned());
    assert_eq!(
        running,
        [
            ("prod/mimir-ingester".to_owned(), node.clone(), 3000),
            ("prod/web".to_owned(), node, 0),
            ("prod/web".to_owned(), None, 2000),
        ]
    );
}

#[test]
fn a_dump_with_contradictions() {
    let owner = r#""kind": "ReplicaSet", "name": "web""#;
    let running = r#""phase": "Running", "startTime": "2026-01-02T00:00:00Z""#;
    let pods: Vec<String> = (0..4)
        .map(|index| {
            pod(
                &format!("web-{index}"),
                owner,
                "",
                r#""nodeName": "n1", "priority": 0"#,
                running,
            )
        })
        .chain([
            pod(
                "lost",
                owner,
                "",
                r#""nodeName": "n2", "priority": 0"#,
                running,
            ),
            pod(
                "odd",
                owner,
                "",
                r#""nodeName": "n1", "priorityClassName": "hihg", "priority": "x""#,
                running,
            ),
        ])
        .collect();
    let read = read(&Source::new("dump.json", list(&pods)));
    assert!(read.cluster.is_none());
    let mut found: Vec<String> = read
        .diagnostics
        .iter()
        .map(|found| found.id.to_string())
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "cluster/overcommitted",
            "cluster/unknown-class",
            "cluster/unknown-class",
            "cluster/unknown-node",
            "manifest/bad-value",
        ]
    );
    for found in &read.diagnostics {
        let at = found.location().unwrap();
        assert!(at.start().line > 1 && !at.text().is_empty(), "{found:?}");
    }
}

#[test]
fn yaml_of_kubectl_is_read_as_well() {
    let text = "apiVersion: v1
items:
- apiVersion: v1
  kind: Node
  metadata: {name: n1}
  status: {allocatable: {cpu: \"2\", memory: 4Gi, pods: \"10\"}}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web, namespace: prod}
  spec: {replicas: 3, template: {spec: {containers: [{name: c, resources: {requests: {cpu: 500m}}}]}}}
- apiVersion: v1
  kind: Pod
  metadata: {name: web-1-x, namespace: prod, labels: {pod-template-hash: \"1\"}, ownerReferences: [{controller: true, kind: ReplicaSet, name: web-1}]}
  spec: {nodeName: n1, priority: 0, containers: [{name: c, resources: {requests: {cpu: 250m}}}]}
  status: {phase: Running, startTime: \"2026-01-01T00:00:00Z\"}
kind: List
";
    let cluster = cluster(text);
    assert_eq!(cluster.workloads.len(), 1);
    // The Deployment says what new pods are, the pod what it is itself.
    assert_eq!(cluster.workloads[0].replicas, 3);
    assert_eq!(cluster.workloads[0].requests.cpu.millicores(), 500);
    let running = cluster.running.unwrap();
    assert_eq!(
        running[0]
            .requests
            .map(|requests| requests.cpu.millicores()),
        Some(250)
    );
}

#[test]
fn the_schema_is_closed_and_described() {
    let schema: serde_json::Value = serde_json::from_str(&schema_json()).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        assert!(definition.get("description").is_some(), "{name}");
    }
}

#[test]
fn the_outage_from_a_file() {
    use crate::sizing::preemption::{Options, Verdict, rollout, simulate};
    let before = "nodes: [{name: node, count: 5, cpu: 16, memory: 60Gi}]
workloads:
  - &ring {id: prod/ingester, role: ingester, kind: StatefulSet, replicas: 12, cpu: 4, memory: 15Gi, pdb: {maxUnavailable: 1}, replicationFactor: 3}
  - {id: prod/stateless, replicas: 8, cpu: 1500m, memory: 4Gi}
";
    let after = format!(
        "{before}  - {{id: new/ingester, role: ingester, kind: StatefulSet, replicas: 6, cpu: 4, memory: 15Gi}}
priorityClasses: [{{name: medium, value: 2000, globalDefault: true}}]
"
    );
    let (before, after) = (cluster(before), cluster(&after));
    let report = simulate(&before, &rollout(&before, &after), &Options::default()).unwrap();
    assert_eq!(report.worst(), [Verdict::QuorumLoss, Verdict::Avalanche]);
    assert_eq!(
        report
            .outcome("prod/ingester")
            .map(|one| (one.evicted, one.pending)),
        Some((12, 2))
    );
}

#[test]
fn what_is_printed_twice_counts_once() {
    let owner = r#""kind": "ReplicaSet", "name": "web""#;
    let running = r#""phase": "Running", "startTime": "2026-01-02T00:00:00Z""#;
    let pod = pod(
        "web-1",
        owner,
        "",
        r#""nodeName": "n1", "priority": 0"#,
        running,
    );
    let twice = read(&Source::new("dump.json", list(&[pod.clone(), pod])));
    assert_eq!(twice.cluster.unwrap().workloads[0].replicas, 1);
    assert_eq!(twice.diagnostics.len(), 1);
    let node = list(&[NODE.to_owned()]);
    let node = read(&Source::new("dump.json", node));
    assert_eq!(node.diagnostics.len(), 1);
    assert_eq!(node.diagnostics[0].id, "cluster/duplicate");
}

mod any_text {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn gives_an_answer(parts in prop::collection::vec(prop::sample::select(vec![
            "nodes: ", "[", "]", "{", "}", "name: a", ", ", "cpu: 1", "memory: 1Gi", "count: 10000", "\n", "- ", "  ", "workloads: ", "running:",
            "id: a", "apiVersion: v1", "kind: Pod", "kind: Node", "metadata: {name: a}", "status: ", "null", "priority: -1", "workload: a", "replicas: 9",
        ]), 0..20)) {
            let read = read(&Source::new("any.yaml", parts.concat()));
            prop_assert!(read.cluster.is_some() != has_errors(&read.diagnostics));
        }
    }
}
