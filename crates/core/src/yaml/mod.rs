//! YAML as Helm sees it.
//!
//! Helm reads YAML in a way of its own: `no`, `on` and `y` are booleans, `012` is ten, the key `n`
//! becomes `false`, and of a key that is there twice the last wins. No YAML library for Rust reads
//! like that, so this module does.
//!
//! - [`read`] turns a text into a tree of [`Node`]s. Every value and key knows the bytes it was
//!   written with. What is certainly a mistake is a diagnostic, and all of them are collected.
//!   [`read_all`] does the same for rendered manifests, many to a file.
//! - [`merge`] and [`coalesce`] lay values over values the way Helm does with several files and
//!   with a chart's defaults.
//! - [`splice`] does what [`merge`] does in the text itself, with its comments and the order of its keys.
//! - [`scalar`], [`flow`], [`block`] and [`document`] write data so that Helm, Kubernetes and readers
//!   of YAML 1.1 and 1.2 all get the same data back.
//!
//! ```
//! use helmwright::source::Source;
//! use helmwright::yaml;
//!
//! let base = yaml::read(&Source::new("base.yaml", "replicas: 1\nlabels: {team: a}\n")).unwrap();
//! let prod = yaml::read(&Source::new("prod.yaml", "replicas: 3\nlabels: {tier: \"on\"}\n")).unwrap();
//! let values = yaml::merge(base, &prod);
//! assert_eq!(values.at(&["replicas"]).unwrap().location.source.name(), "prod.yaml");
//! assert_eq!(yaml::document(&values), "replicas: 3\nlabels:\n  team: a\n  tier: \"on\"\n");
//! ```
//!
//! The rules were taken from the sources of Helm 3.21 and 4.2 and of the libraries they use, and
//! compared with the programs.

mod characters;
mod comments;
mod finding;
mod lines;
mod mapping;
mod merge;
mod node;
mod omit;
pub(crate) mod parser;
mod place;
mod read;
mod reader;
pub(crate) mod scalar;
mod splice;
mod write;

pub use merge::{Helm, coalesce, coalesce_for, merge};
pub use node::{Entry, Map, Node, Value};
pub use omit::omit;
pub use read::{MAX_ALIAS_NODES, MAX_BYTES, MAX_DEPTH, MAX_FINDINGS, read, read_all};
pub use splice::splice;
pub use write::{block, document, flow, scalar};

#[cfg(test)]
mod tests;
