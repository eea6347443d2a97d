//! `simulate preemption`: on a cluster file, on environments, on both.
//!
//! Its outputs are in `../see/`, accepted anew as the help texts are.

use helmwright_tests::root;
use serde_json::Value;
use snapbox::{Data, assert_data_eq};

use super::machine::fits;
use super::{DEV, Run, Sandbox};

/// The pod-priority outage as a file: five nodes, production without a class, a default that came later, a new ring.
const OUTAGE: &str = "nodes:
  - {name: node, count: 5, cpu: 16, memory: 60Gi}
priorityClasses:
  - {name: critical, value: 4000}
  - {name: high, value: 3000}
  - {name: medium, value: 2000, globalDefault: true}
  - {name: low, value: 1000}
workloads:
  - {id: prod-ingester, role: ingester, kind: StatefulSet, replicas: 12, cpu: 4, memory: 15Gi,
     pdb: {maxUnavailable: 1}, replicationFactor: 3, readySeconds: 600}
  - {id: prod-stateless, replicas: 8, cpu: 1500m, memory: 4Gi}
  - {id: new-ingester, role: ingester, kind: StatefulSet, replicas: 6, cpu: 4, memory: 15Gi, replicationFactor: 3}
running:
  - {workload: prod-ingester, count: 12, priority: 0}
  - {workload: prod-stateless, count: 8, priority: 0}
";

/// Production runs without a class on three nodes, and nearly fills them.
const PROD: &str = "environment: prod
namespace: team-prod
assumptions: {nodes: {count: 3, cpu: 2, memory: 5.5Gi}}
priorityClasses: {medium: {value: 2000, globalDefault: true}}
objectStore: {provider: seaweedfs, instance: store, endpoint: 'store.svc:8333', credentials: {secretName: keys}}
components:
  mimir:
    alreadyRunning: true
";

fn with(file: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("cluster.yaml", file);
    sandbox
}

/// Returns a project in which test is new on the nodes of prod.
fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("envs/prod.yaml", PROD);
    let test = PROD
        .replace("prod", "test")
        .replace("    alreadyRunning: true\n", "    enabled: true\n");
    sandbox.write("envs/test.yaml", test);
    sandbox
}

fn simulate(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.run(&[&["simulate", "preemption"], arguments].concat())
}

fn json(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let run = simulate(sandbox, &[arguments, &["--format", "json"]].concat());
    let object: Value = serde_json::from_str(&run.out).unwrap();
    fits(&object, None, "simulate");
    fits(&object["result"], Some("simulate"), "simulate");
    object["result"].clone()
}

#[track_caller]
fn shows(run: Run, golden: Data) {
    assert_data_eq!(run.out + &run.err, golden.raw());
}

#[test]
fn the_outage_is_an_avalanche() {
    let sandbox = with(OUTAGE);
    let run = simulate(&sandbox, &["--cluster", "cluster.yaml"])
        .ends(1)
        .says("error[priority/avalanche]: the plan ends in AVALANCHE")
        .says("cluster.yaml:9:10");
    shows(run, snapbox::file!["../see/simulate-outage.txt"]);
    let result = json(&sandbox, &["--cluster", "cluster.yaml"]);
    let plan = &result["clusters"][0]["runs"][0];
    let counts = |id: &str| {
        let workloads = plan["workloads"].as_array().unwrap();
        let one = workloads.iter().find(|one| one["workload"] == id).unwrap();
        (one["evicted"].as_u64(), one["pending"].as_u64())
    };
    assert_eq!(counts("prod-ingester"), (Some(12), Some(2)));
    assert_eq!(counts("prod-stateless"), (Some(8), Some(0)));
    assert_eq!(counts("new-ingester"), (Some(0), Some(0)));
    let log = plan["log"].as_array().unwrap();
    let sum = |key: &str| -> u64 { log.iter().map(|one| one[key].as_u64().unwrap()).sum() };
    assert_eq!(sum("pdbViolations"), 10);
    let deepest = log.iter().map(|one| one["depth"].as_u64().unwrap()).max();
    assert_eq!(deepest, Some(7));
    assert_eq!(plan["smallestEdit"]["kind"], "one-more-node");
}

#[test]
fn the_other_vectors_of_the_outage() {
    let readmitted = OUTAGE.replace("priority: 0", "priority: 3000").replace(
        "id: prod-ingester,",
        "id: prod-ingester, priorityClass: high,",
    );
    for (file, worst) in [
        (OUTAGE.replace(", globalDefault: true", ""), "CAPACITY"),
        (readmitted, "CAPACITY"),
        (
            OUTAGE.replace(
                "globalDefault: true",
                "globalDefault: true, preemptionPolicy: Never",
            ),
            "CAPACITY",
        ),
        (OUTAGE.replace("count: 5", "count: 8"), "SAFE"),
        (OUTAGE.replace("replicas: 6", "replicas: 4"), "SAFE"),
    ] {
        let result = json(&with(&file), &["--cluster", "cluster.yaml"]);
        let plan = &result["clusters"][0]["runs"][0];
        assert_eq!(plan["event"], "plan");
        assert_eq!(plan["verdicts"], serde_json::json!([worst]), "{file}");
    }
}

#[test]
fn enough_nodes_are_safe() {
    let sandbox = with(&OUTAGE.replace("count: 5", "count: 8"));
    for event in ["add-ingester", "restart-all", "reverse"] {
        let arguments = ["--cluster", "cluster.yaml", "--event", event];
        let run = simulate(&sandbox, &arguments).succeeds().prints("SAFE");
        assert_eq!(run.err, "", "{event}");
        let result = json(&sandbox, &arguments);
        let runs = result["clusters"][0]["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0]["event"], event);
    }
    // Two of twelve ingesters stood on the node, for nothing keeps them apart.
    simulate(
        &sandbox,
        &["--cluster", "cluster.yaml", "--event", "lose-node"],
    )
    .ends(1)
    .says("the loss of the largest node ends in QUORUM_LOSS")
    .says("2 of 12 pods of `prod-ingester` are away at one time, and writes bear the loss of 1");
}

#[test]
fn environments_are_simulated_on_the_nodes_they_say() {
    let sandbox = project();
    let run = simulate(&sandbox, &[])
        .ends(1)
        .says("error[priority/avalanche]: the plan ends in AVALANCHE")
        .says("--> envs/prod.yaml")
        .prints("the cluster of test, prod: 3 nodes");
    shows(run, snapbox::file!["../see/simulate.txt"]);
    json(&sandbox, &[]);
    // By itself prod only runs; and lint says the same as the verb.
    simulate(&sandbox, &["prod"]).prints("the cluster of prod");
    sandbox
        .run(&["lint"])
        .ends(1)
        .prints("the plan ends in AVALANCHE");
    sandbox
        .run(&["generate"])
        .ends(1)
        .says("priority/avalanche");
    simulate(&sandbox, &["nowhere"])
        .ends(2)
        .says("nothing was simulated");
}

#[test]
fn without_nodes_nothing_is_simulated() {
    let sandbox = Sandbox::with_dev();
    simulate(&sandbox, &[])
        .ends(2)
        .says("error[simulate/no-nodes]")
        .says("assumptions: {nodes: {count: 5, cpu: 16, memory: 60Gi}}")
        .says("--cluster cluster.json")
        .says("nothing was simulated");
    sandbox.run(&["lint"]).succeeds();
    // Of two clusters one can be simulated.
    sandbox.write(
        "envs/lab.yaml",
        format!(
            "cluster: {{name: lab}}\ntier: dev\nassumptions: {{nodes: {{count: 2, cpu: 2, memory: 4Gi}}}}\n{}",
            DEV.replace("dev", "lab")
        ),
    );
    simulate(&sandbox, &[])
        .ends(2)
        .says("simulate/no-nodes")
        .says("not every cluster was simulated")
        .prints("cluster lab with lab: 2 nodes");
    simulate(&sandbox, &["lab"]).succeeds();
}

#[test]
fn what_contradicts_itself_is_refused() {
    let sandbox = with(
        "nodes: [{name: a, cpu: 1, memory: 1Gi}, {name: a, cpu: 2, memory: 1Gi}]
workloads: [{id: web, replicas: 1, cpu: 1, memory: 1Gi, priorityClass: gold}]
running: [{workload: wed, node: b, priority: 0}]
",
    );
    simulate(&sandbox, &["--cluster", "cluster.yaml"])
        .ends(2)
        .says("cluster/duplicate")
        .says("cluster/unknown-class")
        .says("cluster/unknown-workload")
        .says("nothing was simulated");
    simulate(&sandbox, &["--cluster", "none.yaml"])
        .ends(2)
        .says("input/missing-file");
    let project = project();
    let file = project.read("envs/test.yaml");
    project.write("envs/test.yaml", file.replace("count: 3", "count: 4"));
    simulate(&project, &[])
        .ends(2)
        .says("simulate/contradiction")
        .says("cluster.name");
    simulate(&project, &["--event", "explode"])
        .ends(2)
        .says("lose-node");
}

/// What `kubectl get nodes,pods,priorityclasses -o json` prints of one node with one pod of prod's ingesters.
const DUMP: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": {"allocatable": {"cpu": "4", "memory": "14Gi", "pods": "110"}}},
{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "low"}, "value": 10},
{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "mimir-ingester-0", "namespace": "team-prod",
  "ownerReferences": [{"controller": true, "kind": "StatefulSet", "name": "mimir-ingester"}]},
 "spec": {"nodeName": "n1", "priority": 0, "containers": [{"name": "ingester", "resources": {"requests": {"cpu": "200m", "memory": "2Gi"}}}]},
 "status": {"phase": "Running", "startTime": "2026-01-01T00:00:00Z"}}
]}
"#;

#[test]
fn environments_are_applied_to_what_runs() {
    let sandbox = project();
    sandbox.write("cluster.json", DUMP);
    let result = json(&sandbox, &["prod", "--cluster", "cluster.json"]);
    let piped = sandbox.run_in(
        ".",
        &[
            "simulate",
            "preemption",
            "prod",
            "--cluster",
            "-",
            "--format",
            "json",
        ],
        DUMP,
    );
    let piped: Value = serde_json::from_str(&piped.out).unwrap();
    assert_eq!(piped["result"], result);
    let cluster = &result["clusters"][0];
    assert_eq!(cluster["nodes"], 1);
    let names: Vec<&str> = cluster["priorityClasses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| class["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["low", "medium"]);
    let plan = cluster["runs"][0]["plan"].as_array().unwrap();
    let applied: Vec<&str> = plan
        .iter()
        .filter(|step| step["what"] == "apply")
        .map(|step| step["workload"].as_str().unwrap())
        .collect();
    assert!(applied.contains(&"team-prod/mimir-ingester"), "{applied:?}");
    assert!(applied.contains(&"prod/mimir/querier"), "{applied:?}");
}

#[test]
fn numbers_too_large_are_refused_or_wait() {
    let sandbox = Sandbox::new();
    let huge = DEV.replace(
        "{version: 41.3.0}",
        "{version: 41.3.0, roles: {traefik: {replicas: 1000, resources: {requests: {memory: 8E}}}}}",
    );
    let with_nodes = |count: u32| {
        format!("assumptions: {{nodes: {{count: {count}, cpu: 2, memory: 4Gi}}}}\n{huge}")
    };
    sandbox.write("envs/dev.yaml", with_nodes(2));
    simulate(&sandbox, &[]).succeeds().prints("CAPACITY");
    sandbox.write("envs/dev.yaml", with_nodes(4_000_000_000));
    simulate(&sandbox, &[])
        .ends(2)
        .says("simulate/refused")
        .says("4000000000 nodes are more than 10000");
}

#[test]
fn the_cluster_file_of_the_documentation_is_the_outage() {
    let text = std::fs::read_to_string(root().join("docs/simulate.md")).unwrap();
    let (_, rest) = text.split_once("```yaml\n").unwrap();
    let (file, _) = rest.split_once("```").unwrap();
    simulate(&with(file), &["--cluster", "cluster.yaml"])
        .ends(1)
        .prints("plan          AVALANCHE, QUORUM_LOSS, CASCADE, INVERSION");
}

#[test]
fn the_schema_of_a_cluster_file_is_printed() {
    let run = Sandbox::with_dev().run(&["schema", "cluster"]).succeeds();
    let schema: Value = serde_json::from_str(&run.out).unwrap();
    assert!(schema["properties"]["nodes"].is_object());
}
