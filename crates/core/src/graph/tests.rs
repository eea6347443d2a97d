//! Environments drawn: whose an address is, what crosses, what is kept where.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use super::{Edge, Graph, NodeKind};
use crate::catalog::Catalog;
use crate::environment::{Environment, NoLayers};
use crate::peers;
use crate::pipeline::Derived;
use crate::source::Source;

const STORE: &str = "objectStore: {provider: seaweedfs, instance: store, endpoint: 'store.svc:8333', credentials: {secretName: keys}}\n";

/// Derives environments as those of one project.
fn derived(texts: &[&str]) -> Vec<Derived> {
    let catalog = Catalog::bundled();
    let read: Vec<Environment> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let source = Source::new(format!("envs/{index}.yaml"), *text);
            let read = Environment::read(&source, &NoLayers, catalog);
            read.environment.unwrap()
        })
        .collect();
    let all = peers::all(&read, catalog);
    read.into_iter()
        .map(|environment| Derived::among(environment, all.clone(), catalog, &mut Vec::new()))
        .collect()
}

fn drawn(derived: &[Derived]) -> Graph {
    let all: Vec<&Derived> = derived.iter().collect();
    Graph::of(&all, Catalog::bundled())
}

fn environment(name: &str, rest: &str) -> String {
    format!("environment: {name}\ntier: dev\nnamespace: obs-{name}\n{STORE}components:\n{rest}")
}

/// Returns what leaves a node: where it goes, and its lines.
fn from(graph: &Graph, id: &str) -> Vec<String> {
    let line = |edge: &Edge| format!("{}: {}", edge.to, graph.edge_lines(edge).join(", "));
    graph
        .edges
        .iter()
        .filter(|edge| edge.from == id)
        .map(line)
        .collect()
}

const ALL: &str =
    "  tempo: {variant: monolithic}\n  mimir: {}\n  loki: {variant: monolithic}\n  alloy: {}\n";

#[test]
fn an_agent_s_way_is_drawn_to_the_roles_that_answer() {
    let graph = drawn(&derived(&[&environment("dev", ALL)]));
    assert_eq!(
        from(&graph, "dev_alloy"),
        [
            "dev_mimir: metrics, http 80 /api/v1/push, tenant dev, to gateway",
            "dev_tempo: traces, grpc 4317, tenant dev",
            "dev_loki: logs, http 3100 /loki/api/v1/push, tenant dev",
        ]
    );
    assert_eq!(
        from(&graph, "dev_clients"),
        [
            "dev_alloy: traces, metrics, grpc 4317",
            "dev_alloy: traces, metrics, http 4318"
        ]
    );
    assert_eq!(from(&graph, "dev_pods"), ["dev_alloy: logs, stdout"]);
    assert_eq!(
        from(&graph, "dev_loki"),
        [
            "bucket_dts_logs_dev_chunks: chunks, s3 8333",
            "bucket_dts_logs_dev_ruler: ruler, s3 8333"
        ]
    );
}

#[test]
fn an_override_moves_the_arrow() {
    let text = environment(
        "dev",
        &ALL.replace(
            "  loki: {variant: monolithic}\n",
            "  loki: {variant: monolithic, values: {loki: {storage: {bucketNames: {chunks: mine}, type: s3}}}}\n",
        ),
    );
    let graph = drawn(&derived(&[&text]));
    assert_eq!(from(&graph, "dev_loki")[0], "bucket_mine: chunks, s3 8333");
}

#[test]
fn other_environments_and_hosts_outside_are_told_apart() {
    let sender = environment(
        "dev",
        "  alloy:\n    settings:\n      logs: {enabled: false}\n      remoteWrite:\n        - {name: own, url: 'http://mimir-gateway/api/v1/push'}\n        \
         - {name: test, url: 'http://mimir-gateway.obs-test.svc/api/v1/push', crossEnv: true}\n        \
         - {name: world, url: 'https://mimir.example.org/api/v1/push', crossEnv: true, tenant: us}\n  mimir: {}\n",
    );
    let receiver = environment("test", "  mimir: {}\n");
    let both = derived(&[&sender, &receiver]);
    let expected = [
        "dev_mimir: metrics, http 80 /api/v1/push, tenant dev, to gateway",
        "test_mimir: metrics, http 80 /api/v1/push, tenant dev, to gateway",
        "outside_mimir_example_org: metrics, https 443 /api/v1/push, tenant us",
    ];
    // What is not drawn itself stands there all the same, because it is known.
    for graph in [drawn(&both), drawn(&both[..1])] {
        assert_eq!(from(&graph, "dev_alloy"), expected);
        let crossing: Vec<bool> = graph
            .edges
            .iter()
            .filter(|edge| edge.from == "dev_alloy")
            .map(|edge| edge.crosses)
            .collect();
        assert_eq!(crossing, [false, true, true]);
        let outside = graph.node("outside_mimir_example_org").unwrap();
        assert_eq!((outside.kind, &outside.group), (NodeKind::Outside, &None));
        let test = graph.node("test_mimir").unwrap();
        assert_eq!(test.group.as_deref(), Some("env_test"));
    }
}

#[test]
fn namespaces_of_one_name_mean_the_own_one() {
    let text = environment(
        "a",
        "  mimir: {}\n  alloy: {settings: {logs: {enabled: false}}}\n",
    );
    let texts = [
        text.replace("obs-a", "obs"),
        text.replace("obs-a", "obs")
            .replace("environment: a", "environment: b"),
    ];
    let graph = drawn(&derived(&[&texts[0], &texts[1]]));
    assert!(from(&graph, "a_alloy")[0].starts_with("a_mimir: metrics"));
    assert!(from(&graph, "b_alloy")[0].starts_with("b_mimir: metrics"));
    assert!(graph.edges.iter().all(|edge| !edge.crosses));
}

#[test]
fn one_store_of_two_environments_is_drawn_once() {
    let one = environment("a", "  loki: {variant: monolithic}\n");
    let other = environment("b", "  loki: {variant: monolithic}\n");
    let graph = drawn(&derived(&[&one, &other]));
    let stores: Vec<&str> = graph
        .groups
        .iter()
        .filter(|group| group.kind == super::GroupKind::Store)
        .map(|group| group.id.as_str())
        .collect();
    assert_eq!(stores, ["store_store"]);
    assert_eq!(graph.nodes_in(Some("store_store")).count(), 4);
}

#[test]
fn kafka_is_what_data_goes_through() {
    let text = environment(
        "dev",
        "  mimir: {variant: kafka, settings: {kafka: {address: 'kafka.mq.svc:9092'}}}\n",
    );
    let graph = drawn(&derived(&[&text]));
    assert!(
        from(&graph, "dev_mimir").contains(&"outside_kafka_mq_svc: Kafka, tcp 9092".to_owned()),
        "{:?}",
        from(&graph, "dev_mimir")
    );
}

#[test]
fn who_reads_is_drawn_across_environments() {
    let dev = environment(
        "dev",
        "  tempo: {variant: monolithic, settings: {metricsGenerator: {enabled: false}}}\n",
    );
    let prod = environment("prod", "  grafana: {namespace: shared}\n");
    let graph = drawn(&derived(&[&dev, &prod]));
    let reads = from(&graph, "prod_grafana");
    assert!(
        reads
            .iter()
            .any(|read| read.starts_with("dev_tempo: reads traces, http 3200")),
        "{reads:?}"
    );
    let grafana = graph.node("prod_grafana").unwrap();
    assert_eq!(
        graph.node_lines(grafana).last().unwrap(),
        "namespace shared"
    );
}

#[test]
fn the_order_depends_on_nothing_else() {
    let environments = derived(&[&environment("dev", ALL), &environment("test", ALL)]);
    let (one, other) = (drawn(&environments), drawn(&environments));
    assert_eq!(one.mermaid(), other.mermaid());
    assert_eq!(one.dot(), other.dot());
    assert_eq!(one.json(), other.json());
}
