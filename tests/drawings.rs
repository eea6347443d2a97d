//! The real Mermaid and the real Graphviz as judges: they take every graph for what it is, whatever names it holds.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use helmwright::Catalog;
use helmwright::graph::{Edge, EdgeKind, Graph, Group, GroupKind, Node, NodeKind};
use helmwright::pipeline::Derived;
use helmwright_tests::shipped;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;

/// A language, with who reads it.
struct Language {
    variable: &'static str,
    write: fn(&Graph) -> String,
    /// What stands between the lines of a label.
    newline: &'static str,
    /// What a group's id begins with.
    group: &'static str,
}

const LANGUAGES: [Language; 2] = [
    Language {
        variable: "HELMWRIGHT_MERMAID",
        write: Graph::mermaid,
        newline: "<br/>",
        group: "",
    },
    Language {
        variable: "HELMWRIGHT_VIZ",
        write: Graph::dot,
        newline: "\n",
        group: "cluster_",
    },
];

/// Returns what a tool takes some texts for.
fn read(variable: &str, texts: &[String]) -> Vec<Value> {
    let program = std::env::var_os(variable).unwrap_or_else(|| {
        panic!("{variable} is not set; `cargo xtask test` installs the tool and sets it")
    });
    let mut child = Command::new("node")
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = serde_json::to_vec(texts).unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{variable}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn texts_of<'v>(read: &'v Value, of: &str, what: &str) -> Vec<&'v str> {
    let all = read[of].as_array().unwrap();
    all.iter().map(|one| one[what].as_str().unwrap()).collect()
}

#[test]
fn the_shipped_environments_are_drawn() {
    let environments = shipped::environments();
    let all: Vec<&Derived> = environments.iter().collect();
    let mut graphs: Vec<Graph> = all
        .iter()
        .map(|derived| Graph::of(&[derived], Catalog::bundled()))
        .collect();
    graphs.push(Graph::of(&all, Catalog::bundled()));
    for language in LANGUAGES {
        let texts: Vec<String> = graphs.iter().map(language.write).collect();
        for (graph, read) in graphs.iter().zip(read(language.variable, &texts)) {
            same_shape(graph, &read, &language);
            for (node, label) in graph.nodes.iter().zip(texts_of_nodes(graph, &read)) {
                assert!(
                    label.split(language.newline).any(|line| line == node.name)
                        || !matches!(node.kind, NodeKind::Component | NodeKind::Bucket),
                    "{label}"
                );
            }
        }
    }
}

/// Asserts that who lies where and what goes where is as in the graph.
fn same_shape(graph: &Graph, read: &Value, language: &Language) {
    assert!(read.get("error").is_none(), "{}", read["error"]);
    let mut ids = texts_of(read, "nodes", "id");
    let mut expected: Vec<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    let ends = |one: &Value| {
        let end = |which: &str| one[which].as_str().unwrap().to_owned();
        (end("from"), end("to"))
    };
    let mut edges: Vec<_> = read["edges"].as_array().unwrap().iter().map(ends).collect();
    let mut expected: Vec<_> = graph
        .edges
        .iter()
        .map(|edge| (edge.from.clone(), edge.to.clone()))
        .collect();
    edges.sort();
    expected.sort();
    assert_eq!(edges, expected);
    for group in &graph.groups {
        let id = format!("{}{}", language.group, group.id);
        let mut nodes: Vec<&str> = graph
            .nodes_in(Some(&group.id))
            .map(|node| node.id.as_str())
            .collect();
        let groups = read["groups"].as_array().unwrap();
        let found = groups
            .iter()
            .find(|found| found["id"] == id.as_str())
            .unwrap();
        let mut inside: Vec<&str> = found["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node.as_str().unwrap())
            .collect();
        nodes.sort_unstable();
        inside.sort_unstable();
        assert_eq!(inside, nodes);
    }
}

/// Returns the labels of the nodes, in the graph's order.
fn texts_of_nodes<'v>(graph: &Graph, read: &'v Value) -> Vec<&'v str> {
    let nodes = read["nodes"].as_array().unwrap();
    graph
        .nodes
        .iter()
        .map(|node| {
            let found = nodes.iter().find(|one| one["id"] == node.id.as_str());
            found.unwrap()["label"].as_str().unwrap()
        })
        .collect()
}

/// Names that mean something in one of the languages, and any others.
fn name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "end",
        "\"",
        "a\"]; b",
        "#quot;",
        "#35;",
        "&lt;",
        "<b>x</b>",
        "</br>",
        "`md`",
        "**x**",
        "_x_",
        "1. x",
        "- x",
        "%%{init: {}}%%",
        "%% no comment",
        "fa:fa-home",
        "https://example.org/a?b=c#d",
        "www.example.org",
        "a@b.org",
        "\\N \\G \\E",
        "\\",
        "\\n",
        "$$x$$",
        "style a fill:#f9f;",
        "classDef x fill:#f9f;",
        "a --> b",
        "|x|",
        "{{x}}",
        "subgraph",
        "graph TD",
        "日本 é",
        "\u{1f600}",
        "ﬂ°°35¶ß",
        "a;b",
        "---\ntitle: x\n---",
        "x:::y",
        "click a call b()",
        "a\nb",
        "a\u{2028}b",
        "\u{202e}x",
    ])
    .prop_map(str::to_owned);
    prop_oneof![2 => known, 1 => "[ -~]{1,20}", 1 => "\\PC{1,12}"]
        .prop_filter("a name is not blank", |name| !name.trim().is_empty())
}

/// A graph of two hosts in a store, with such names everywhere.
fn graph(names: &[String]) -> Graph {
    let [group, one, other, edge] = names else {
        panic!("four names");
    };
    let node = |id: &str, name: &str, group: Option<&str>| Node {
        id: id.to_owned(),
        kind: NodeKind::Bucket,
        name: name.to_owned(),
        variant: String::new(),
        environment: None,
        namespace: None,
        group: group.map(str::to_owned),
    };
    Graph {
        groups: vec![Group {
            id: "store".to_owned(),
            kind: GroupKind::Store,
            name: group.clone(),
            detail: group.clone(),
        }],
        nodes: vec![node("one", one, Some("store")), node("other", other, None)],
        edges: vec![Edge {
            from: "one".to_owned(),
            to: "other".to_owned(),
            kind: EdgeKind::Keeps,
            name: edge.clone(),
            signals: Vec::new(),
            protocol: String::new(),
            port: None,
            path: String::new(),
            tenant: None,
            queue: None,
            from_role: None,
            to_role: None,
            endpoint: None,
            crosses: false,
        }],
    }
}

#[test]
fn any_name_is_shown_as_it_is() {
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(name(), 4);
    let cases: Vec<Vec<String>> = (0..300)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    let graphs: Vec<Graph> = cases.iter().map(|names| graph(names)).collect();
    for language in LANGUAGES {
        let texts: Vec<String> = graphs.iter().map(language.write).collect();
        for ((names, graph), read) in cases
            .iter()
            .zip(&graphs)
            .zip(read(language.variable, &texts))
        {
            same_shape(graph, &read, &language);
            let shown: Vec<String> = names
                .iter()
                .map(|name| {
                    name.chars()
                        .map(|one| if one.is_control() { ' ' } else { one })
                        .collect()
                })
                .collect();
            let labels = texts_of_nodes(graph, &read);
            let group = texts_of(&read, "groups", "label");
            let edge = texts_of(&read, "edges", "label");
            assert_eq!(
                group,
                [format!("object store {}", shown[0])],
                "{}",
                language.variable
            );
            assert_eq!(labels, [&shown[1], &shown[2]], "{}", language.variable);
            assert_eq!(edge, [&shown[3]], "{}", language.variable);
        }
    }
}
