//! What templates inside values read: a user's text that goes through `tpl` may name other values.

use gotmpl::parse::{Expr, ListNode, Node, PipeNode};

use super::library::parse;

/// Returns the values paths that a text names when it is a template: `{{ .Values.a.b }}` names `a.b`.
pub(crate) fn paths_in(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    if !text.contains("{{") || !text.contains("Values") {
        return found;
    }
    if let Ok((nodes, defines)) = parse(text) {
        list(&nodes, &mut found);
        for define in &defines {
            list(&define.body, &mut found);
        }
    }
    found
}

fn list(nodes: &ListNode, found: &mut Vec<Vec<String>>) {
    for node in &nodes.nodes {
        match node {
            Node::List(inner) => list(inner, found),
            Node::Action(action) => pipe(&action.pipe, found),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                pipe(&branch.pipe, found);
                list(&branch.body, found);
                if let Some(other) = &branch.else_body {
                    list(other, found);
                }
            }
            Node::Template(call) => {
                if let Some(inner) = &call.pipe {
                    pipe(inner, found);
                }
            }
            Node::Define(define) => list(&define.body, found),
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
        }
    }
}

fn pipe(pipeline: &PipeNode, found: &mut Vec<Vec<String>>) {
    for command in &pipeline.commands {
        // `index .Values "a" "b"` names a path, too.
        if let [Expr::Identifier(_, name), Expr::Field(_, first), keys @ ..] =
            command.args.as_slice()
            && matches!(name.as_str(), "index" | "get" | "hasKey")
            && first.first().is_some_and(|first| first == "Values")
        {
            let mut path: Vec<String> = first[1..].iter().map(ToString::to_string).collect();
            for key in keys {
                match key {
                    Expr::String(_, key) => path.push(key.to_string()),
                    _ => break,
                }
            }
            found.push(path);
        }
        for arg in &command.args {
            expr(arg, found);
        }
    }
}

fn expr(expression: &Expr, found: &mut Vec<Vec<String>>) {
    match expression {
        Expr::Field(_, fields) | Expr::Variable(_, _, fields) | Expr::Chain(_, _, fields) => {
            if let Some(at) = fields.iter().position(|field| field == "Values") {
                found.push(fields[at + 1..].iter().map(ToString::to_string).collect());
            }
            if let Expr::Chain(_, inner, _) = expression {
                expr(inner, found);
            }
        }
        Expr::Pipe(_, inner) => pipe(inner, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_a_text_reads() {
        let text = r#"{{ .Values.a.b }} {{ if $.Values.c }}{{ index .Values "d" "e-f" }}{{ end }} .Values.not {{/* .Values.nor */}}"#;
        assert_eq!(
            paths_in(text),
            [vec!["a", "b"], vec!["c"], vec!["d", "e-f"], vec![]]
        );
        assert!(paths_in("{{ broken .Values.a").is_empty());
    }
}
