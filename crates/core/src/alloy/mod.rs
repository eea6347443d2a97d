//! Alloy's configuration language: texts that users write or charts render, read back.
//!
//! [`Config::read`] gives blocks, attributes and references with their places in the text, and everything that Alloy
//! itself would refuse before it starts: a character that begins no comment, a string that does not end, a component
//! that this version does not have, a reference that leads nowhere.
//!
//! ```
//! use helmwright::alloy::{Config, Weight};
//!
//! let config = Config::read("loki.write \"loki\" {\n\tendpoint {\n\t\turl = \"http://loki:3100\"\n\t}\n}\n");
//! // Nothing sends to it yet, which Alloy does not mind.
//! assert!(config.problems().iter().all(|problem| problem.weight == Weight::Idle));
//! let block = config.components().next().expect("one is written");
//! assert_eq!(block.id(), "loki.write.loki");
//! assert_eq!(block.block("endpoint").and_then(|endpoint| endpoint.text("url")), Some("http://loki:3100"));
//! ```
//!
//! Source: the scanner and parser of Alloy 1.18, and its documentation, "Alloy configuration syntax".

mod components;
mod graph;
mod lexer;
mod parser;
mod problem;
mod tree;

pub use problem::{Problem, Weight};
pub use tree::{Block, Config, Expression, Statement, Value};

#[cfg(test)]
mod tests;
