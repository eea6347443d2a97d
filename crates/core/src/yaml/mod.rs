//! YAML as Helm sees it, with places and comments kept.

mod node;

pub use node::{Entry, Map, Node, Value};
