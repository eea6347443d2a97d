//! The graph in the language of Graphviz.

use std::fmt::Write as _;

use super::{EdgeKind, Graph, Node, NodeKind};

impl Graph {
    /// Returns the graph as Graphviz reads it, ending in a newline.
    ///
    /// Solid arrows send, bold ones keep, dotted ones read.
    pub fn dot(&self) -> String {
        let mut text = "digraph helmwright {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
        for group in &self.groups {
            // Only a name that begins so is drawn as a frame.
            let _ = writeln!(
                text,
                "  subgraph \"cluster_{}\" {{\n    label=\"{}\";",
                group.id,
                escaped(&self.group_lines(group))
            );
            for node in self.nodes_in(Some(&group.id)) {
                let _ = writeln!(text, "    {}", self.dot_node(node));
            }
            text.push_str("  }\n");
        }
        for node in self.nodes_in(None) {
            let _ = writeln!(text, "  {}", self.dot_node(node));
        }
        for edge in &self.edges {
            let style = match edge.kind {
                EdgeKind::Sends | EdgeKind::Calls => "solid",
                EdgeKind::Keeps => "bold",
                EdgeKind::Reads => "dotted",
            };
            let _ = writeln!(
                text,
                "  \"{}\" -> \"{}\" [label=\"{}\", style={style}];",
                edge.from,
                edge.to,
                escaped(&self.edge_lines(edge))
            );
        }
        text.push_str("}\n");
        text
    }

    fn dot_node(&self, node: &Node) -> String {
        let shape = match node.kind {
            NodeKind::Component => "",
            NodeKind::Clients | NodeKind::Pods | NodeKind::Visitors => ", shape=oval",
            NodeKind::Bucket => ", shape=cylinder",
            NodeKind::Outside => ", shape=hexagon",
        };
        format!(
            "\"{}\" [label=\"{}\"{shape}];",
            node.id,
            escaped(&self.node_lines(node))
        )
    }
}

/// Returns lines as one label.
fn escaped(lines: &[String]) -> String {
    lines
        .iter()
        .map(|line| escape(line))
        .collect::<Vec<_>>()
        .join("\\n")
}

/// Writes out what a label could be taken for something else by: quotes, backslashes, which name things of the graph, and
/// HTML's entities.
pub(super) fn escape(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '&' => text.push_str("&amp;"),
            one if one.is_control() => text.push(' '),
            one => text.push(one),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_is_written_out() {
        for (line, label) in [
            ("a-b.c:1", "a-b.c:1"),
            ("\"\\N\"", "\\\"\\\\N\\\""),
            ("&lt;", "&amp;lt;"),
            ("a\nb", "a b"),
            ("<b>", "<b>"),
        ] {
            assert_eq!(escape(line), label, "{line}");
        }
    }
}
