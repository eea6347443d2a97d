//! Questions about a template's syntax that need no walk.

use gotmpl::parse::{Expr, ListNode, Node};

/// Returns whether all that a list does is to fail.
pub(super) fn only_fails(list: &ListNode) -> bool {
    let mut fails = false;
    for node in &list.nodes {
        match node {
            Node::Text(text) if text.text.trim().is_empty() => {}
            Node::Action(action) => {
                let is_fail = action.pipe.commands.iter().any(|command| {
                    matches!(command.args.first(), Some(Expr::Identifier(_, name)) if name == "fail")
                });
                if !is_fail {
                    return false;
                }
                fails = true;
            }
            _ => return false,
        }
    }
    fails
}

/// Returns whether an expression calls nothing, so that looking at it twice changes nothing.
pub(super) fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Pipe(_, pipe) => match pipe.commands.as_slice() {
            [one] => one.args.len() == 1 && is_plain(&one.args[0]),
            _ => false,
        },
        Expr::Chain(_, inner, _) => is_plain(inner),
        Expr::Identifier(..) => false,
        _ => true,
    }
}
