//! A flowchart in Mermaid's language, as Markdown on code forges shows it.

use std::fmt::Write as _;

use super::{EdgeKind, Graph, Node, NodeKind};

impl Graph {
    /// Returns the graph as a Mermaid flowchart, ending in a newline.
    ///
    /// Solid arrows send, thick ones keep, dotted ones read.
    pub fn mermaid(&self) -> String {
        let mut text = "flowchart LR\n".to_owned();
        for group in &self.groups {
            let _ = writeln!(
                text,
                "  subgraph {}[\"{}\"]",
                group.id,
                escaped(&self.group_lines(group))
            );
            for node in self.nodes_in(Some(&group.id)) {
                let _ = writeln!(text, "    {}", self.mermaid_node(node));
            }
            text.push_str("  end\n");
        }
        for node in self.nodes_in(None) {
            let _ = writeln!(text, "  {}", self.mermaid_node(node));
        }
        for edge in &self.edges {
            let arrow = match edge.kind {
                EdgeKind::Sends | EdgeKind::Calls => "-->",
                EdgeKind::Keeps => "==>",
                EdgeKind::Reads => "-.->",
            };
            let _ = writeln!(
                text,
                "  {} {arrow}|\"{}\"| {}",
                edge.from,
                escaped(&self.edge_lines(edge)),
                edge.to
            );
        }
        text
    }

    fn mermaid_node(&self, node: &Node) -> String {
        let (open, close) = match node.kind {
            NodeKind::Component => ("[\"", "\"]"),
            NodeKind::Clients | NodeKind::Pods | NodeKind::Visitors => ("([\"", "\"])"),
            NodeKind::Bucket => ("[(\"", "\")]"),
            NodeKind::Outside => ("{{\"", "\"}}"),
        };
        format!(
            "{}{open}{}{close}",
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
        .join("<br/>")
}

/// Writes out what a label could be taken for something else by: HTML, Markdown, entities, directives, addresses and icons.
///
/// What stays as it is are letters, digits and spaces, and those signs between two of them that mean nothing there.
pub(super) fn escape(line: &str) -> String {
    let characters: Vec<char> = line.chars().collect();
    let mut text = String::with_capacity(line.len());
    for (at, character) in characters.iter().enumerate() {
        let near = |by: Option<usize>| by.and_then(|at| characters.get(at)).copied();
        let (before, after) = (near(at.checked_sub(1)), near(at.checked_add(1)));
        let between = |before: Option<char>, after: Option<char>| {
            before.is_some_and(|one| one.is_ascii_alphanumeric())
                && after.is_some_and(|one| one.is_ascii_alphanumeric())
        };
        let plain = match character {
            // Mermaid writes its own entities with these letters while it works.
            'ﬂ' | 'ß' => false,
            character if character.is_alphanumeric() => true,
            // Two spaces, or one at an end, would become one, or none.
            ' ' => before.is_some_and(|one| one != ' ') && after.is_some(),
            ',' => after == Some(' ') && before.is_some_and(char::is_alphanumeric),
            '/' => before != Some('/') && after.is_some_and(|one| one.is_ascii_alphanumeric()),
            '-' | '_' => between(before, after),
            // An address that begins so is made a link.
            '.' => between(before, after) && !line[..byte_of(&characters, at)].ends_with("www"),
            _ => false,
        };
        if plain {
            text.push(*character);
        } else {
            let _ = write!(text, "#{};", u32::from(shown(*character)));
        }
    }
    text
}

/// Returns a character that can be shown in place of one that cannot.
fn shown(character: char) -> char {
    if character.is_control() {
        ' '
    } else {
        character
    }
}

fn byte_of(characters: &[char], at: usize) -> usize {
    characters.iter().take(at).map(|one| one.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a label as Mermaid does.
    fn read(label: &str) -> String {
        let mut text = String::new();
        let mut rest = label;
        while let Some((before, after)) = rest.split_once('#') {
            text.push_str(before);
            let (number, after) = after.split_once(';').unwrap();
            text.push(char::from_u32(number.parse().unwrap()).unwrap());
            rest = after;
        }
        text + rest
    }

    #[test]
    fn what_means_something_is_written_out() {
        for (line, label) in [
            ("dts-traces-prod-blocks", "dts-traces-prod-blocks"),
            ("http 80 /api/v1/push", "http 80 /api/v1/push"),
            ("prod, namespace ca7f8f-prod", "prod, namespace ca7f8f-prod"),
            ("a.b:1", "a.b#58;1"),
            ("\"<b>#;", "#34;#60;b#62;#35;#59;"),
            ("`x`", "#96;x#96;"),
            ("%%{init}%%", "#37;#37;#123;init#125;#37;#37;"),
            ("www.a.b", "www#46;a.b"),
            ("1. x", "1#46; x"),
            ("a\nb", "a#32;b"),
            ("fa:fa-home", "fa#58;fa-home"),
            ("_x_", "#95;x#95;"),
            ("", ""),
        ] {
            assert_eq!(escape(line), label, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(line in "\\PC*|[ -~]*|[\\x00-\\x20#;\"<&ﬂß°¶]*") {
            let label = escape(&line);
            let sound = label.chars().all(|one| one.is_alphanumeric() || " #;,./-_".contains(one));
            prop_assert!(sound, "{}", label);
            let expected: String = line.chars().map(shown).collect();
            prop_assert_eq!(read(&label), expected);
        }
    }
}
