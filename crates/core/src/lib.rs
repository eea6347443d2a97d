//! Typed environments in, proven Helm values files out.

#[cfg(feature = "bundled")]
mod assets;
pub mod catalog;
pub mod components;
pub mod contract;
pub mod diagnostic;
pub mod environment;
mod error;
pub mod links;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod render;
pub mod source;
pub mod units;
pub mod yaml;

pub use catalog::Catalog;
pub use contract::Contract;
pub use environment::Environment;
pub use error::Error;
pub use pipeline::{Build, Request, build};
