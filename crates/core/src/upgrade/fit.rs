//! Whether a value fits a place of a contract, and what holds there without one.

use crate::contract::{Contract, Literal, Schema};
use crate::diagnostic::Diagnostic;
use crate::values::{Path, Step, leaves};
use crate::yaml::{Entry, Map, Node, Value};

/// Returns a schema's default, its own or that of what it refers to.
pub(super) fn default<'a>(schema: &'a Schema, root: &'a Schema) -> Option<&'a Literal> {
    let own = schema.default.as_ref();
    own.or_else(|| schema.resolve(root).default.as_ref())
}

/// Returns what a contract finds wrong with a value at a place.
pub(super) fn misfits(contract: &Contract, path: &Path, node: &Node) -> Vec<Diagnostic> {
    let mut tree = node.clone();
    for step in path.steps().iter().rev() {
        let Step::Key(key) = step else {
            continue;
        };
        let location = tree.location.clone();
        let entry = Entry {
            key: location.clone(),
            value: tree,
        };
        tree = Node::new(Value::Map(Map::from_iter([(key.clone(), entry)])), location);
    }
    let is_list = leaves(node).iter().any(|(path, _)| {
        path.steps()
            .iter()
            .any(|step| matches!(step, Step::Index(_)))
    });
    let mut found = contract.schema.check(&tree, &contract.wording());
    // What a map needs besides is looked at where the map is.
    found.retain(|finding| finding.id != "contract/missing-key" || is_list);
    found
}
