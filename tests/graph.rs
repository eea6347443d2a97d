//! What the graph draws is what the files say that are written.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::fs;

use helmwright::Catalog;
use helmwright::components::{self, Described, Flow};
use helmwright::graph::{EdgeKind, Graph, NodeKind};
use helmwright::manifest::Reader;
use helmwright::pipeline::Derived;
use helmwright::policy::Address;
use helmwright::source::Source;
use helmwright::yaml::{self, Node};
use helmwright_tests::{files, root, shipped};
use serde_json::json;

/// Reads the values file that is kept of a component of a shipped environment.
fn written(derived: &Derived, component: &str) -> Node {
    let path = format!(
        "tests/golden/{}/{component}/values.yaml",
        derived.environment().name
    );
    let text = fs::read_to_string(root().join(&path)).unwrap();
    yaml::read(&Source::new(path, text)).unwrap()
}

fn at<'n>(values: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.').try_fold(values, |node, key| node.get(key))
}

/// Describes the environment anew, with Alloy as its written configuration says.
fn as_rendered(derived: &Derived) -> Vec<Described> {
    let values = written(derived, "alloy");
    let config = at(&values, "alloy.configMap.content").unwrap().as_str();
    let object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "alloy", "namespace": derived.environment().namespace},
        "data": {"config.alloy": config.unwrap()},
    });
    let mut reader = Reader::new("rendered");
    reader.feed(&object.to_string());
    components::rendered(
        &reader.finish(),
        derived.releases(),
        derived.described().to_vec(),
    )
}

#[test]
fn agents_are_drawn_as_their_written_configuration_says() {
    for derived in shipped::environments() {
        let rendered = as_rendered(&derived);
        let texts = rendered.iter().map(|one| one.texts.len()).sum::<usize>();
        assert_eq!(texts, 1, "the configuration was read");
        let catalog = Catalog::bundled();
        let predicted = Graph::of(&[&derived], catalog).json();
        let drawn = Graph::with(&[(&derived, &rendered)], catalog).json();
        let sorted = |graph: &serde_json::Value| {
            let mut edges: Vec<String> = graph["edges"]
                .as_array()
                .unwrap()
                .iter()
                .map(ToString::to_string)
                .collect();
            edges.sort();
            edges
        };
        assert_eq!(sorted(&predicted), sorted(&drawn));
        assert!(sorted(&predicted).len() > 10);
    }
}

#[test]
fn every_other_flow_stands_in_the_written_values() {
    for derived in shipped::environments() {
        let flows: Vec<&Flow> = derived
            .described()
            .iter()
            .flat_map(|one| &one.flows)
            .filter(|flow| flow.from != "alloy")
            .collect();
        assert!(!flows.is_empty());
        for flow in flows {
            // Of plain objects all files of the component count.
            let folder = format!("tests/golden/{}/{}", derived.environment().name, flow.from);
            let values: String = files(&root().join(folder), ".yaml")
                .iter()
                .map(|file| fs::read_to_string(file).unwrap())
                .collect();
            // A script puts an address together from its parts.
            let is_chart = derived.release(&flow.from).unwrap().chart.is_some();
            let host = Address::read(&flow.address).host;
            assert!(
                values.contains(if is_chart { &flow.address } else { host }),
                "{flow:?}"
            );
            if let Some(tenant) = &flow.tenant {
                assert!(values.contains(tenant.as_str()), "{flow:?}");
            }
        }
    }
}

#[test]
fn every_bucket_and_address_is_that_of_the_links() {
    for derived in shipped::environments() {
        let graph = Graph::of(&[&derived], Catalog::bundled());
        let drawn: Vec<&str> = graph
            .nodes
            .iter()
            .filter(|node| node.kind == NodeKind::Bucket)
            .map(|node| node.name.as_str())
            .collect();
        let mut linked: Vec<&str> = derived
            .links()
            .buckets()
            .iter()
            .map(|bucket| bucket.name.as_str())
            .collect();
        let mut drawn = drawn;
        drawn.sort_unstable();
        linked.sort_unstable();
        assert_eq!(drawn, linked);
        for edge in graph
            .edges
            .iter()
            .filter(|edge| edge.kind == EdgeKind::Sends && !edge.crosses)
        {
            let to = graph.node(&edge.to).unwrap();
            let Some(name) = &edge.endpoint else {
                assert_eq!(edge.protocol, "stdout", "{edge:?}");
                continue;
            };
            let endpoint = derived.links().endpoint(&to.name, name).unwrap();
            assert_eq!(edge.port, Some(endpoint.port));
            assert!(edge.path.starts_with(&endpoint.path));
        }
    }
}
