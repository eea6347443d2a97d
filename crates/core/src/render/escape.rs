//! Braces that Helm must not run: some values go through its `tpl`.

use crate::contract::Contract;
use crate::yaml::{Node, Value};

/// A template action that writes two opening braces. Backquotes stand in any YAML style without escaping.
const ESCAPED: &str = "{{`{{`}}";

/// Escapes `{{` in every value that the chart passes through `tpl`, and leaves all other text as it is.
///
/// Closing braces need nothing: outside an action they are text.
pub fn escape_templates(text: &str, document: &Node, contract: &Contract) -> String {
    let mut spans = Vec::new();
    let mut path = Vec::new();
    collect(document, contract, &mut path, &mut spans);
    let mut escaped = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in spans {
        escaped.push_str(&text[done..start]);
        escaped.push_str(&text[start..end].replace("{{", ESCAPED));
        done = end;
    }
    escaped.push_str(&text[done..]);
    escaped
}

fn collect<'a>(
    node: &'a Node,
    contract: &Contract,
    path: &mut Vec<&'a str>,
    spans: &mut Vec<(usize, usize)>,
) {
    match &node.value {
        Value::String(text) if text.contains("{{") && contract.is_template(path) => {
            spans.push((node.location.span.start, node.location.span.end));
        }
        Value::Map(map) => {
            for (key, entry) in map {
                path.push(key);
                collect(&entry.value, contract, path, spans);
                path.pop();
            }
        }
        Value::List(items) => items
            .iter()
            .for_each(|item| collect(item, contract, path, spans)),
        _ => {}
    }
}
