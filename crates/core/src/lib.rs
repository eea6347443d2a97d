//! Typed environments in, proven Helm values files out.
//!
//! A platform team writes one typed file per environment. This library derives what must
//! agree (bucket names, addresses, tenants, replication, budgets of disruption), renders the
//! values files of Tempo, Mimir, Loki, Alloy and Traefik, and checks every key of them
//! against a closed contract of that exact chart version. Text goes in, data comes out: it
//! opens no file, asks no clock and starts no process. The command line `helmwright` does that.
//!
//! ```
//! # #[cfg(feature = "bundled")] {
//! use helmwright::environment::NoLayers;
//! use helmwright::source::Source;
//! use helmwright::{Catalog, Request, pipeline::DEFAULT_LAYOUT};
//!
//! let environment = Source::new(
//!     "envs/dev.yaml",
//!     "environment: dev\nnamespace: team-dev\ncomponents: {traefik: {version: 41.3.0}}\n",
//! );
//! let built = helmwright::build(&Request {
//!     files: vec![environment],
//!     layers: &NoLayers,
//!     catalog: Catalog::bundled(),
//!     layout: DEFAULT_LAYOUT,
//!     select: Vec::new(),
//!     asked: Default::default(),
//! })?;
//! let plan = built.plan.expect("nothing is wrong with this environment");
//! assert!(plan.files.iter().any(|file| file.path == "dev/traefik/values.yaml"));
//! # }
//! # Ok::<(), helmwright::Error>(())
//! ```
//!
//! # The path of data
//!
//! ```text
//! environment -> links, components -> render -> yaml -> contract -> policy -> plan
//!  layers,        releases, roles,     to text    spans,    keys and    rules on    paths and
//!  typed, spans   contexts                        overrides types       links       texts
//! ```
//!
//! Arrows go one way: a module may use what stands left of it, plus [`source`], [`diagnostic`]
//! and [`units`]. Only [`pipeline`] knows all steps.
//!
//! # In steps
//!
//! [`build`] is made of steps that can be used alone:
//!
//! - read an environment: [`Environment::read`]
//! - derive and render it: [`pipeline::render`]
//! - check a map against a contract: [`Contract::check`]
//! - build a contract from a chart's files: [`Contract::build`]
//!
//! # Errors
//!
//! What is wrong with a user's text is data: [`diagnostic::Diagnostic`], with what, where, why
//! and what now. All findings come at once, and any error means no plan. What is wrong with a
//! template, manifest or contract of ours is an [`Error`] that names the file.
//!
//! # Learn more
//!
//! - [`environment`]: the typed model, its layers and its JSON Schema
//! - [`components`]: the systems we know, and how one is added
//! - [`contract`]: what a chart version accepts and reads
//! - [`yaml`]: YAML as Helm reads and merges it
//! - [`budget`]: what a namespace needs against its quota
//! - [`sizing`]: quorum, probe windows, the remote-write range and the budget
//! - [`units`]: quantities and durations
//! - [`graph`]: who sends which signal where, drawn
//! - [`catalog`]: bundled templates, manifests and contracts, and a user's own

pub mod address;
pub mod adopt;
pub mod alloy;
mod assets;
pub mod budget;
pub mod catalog;
pub mod chart;
pub mod cluster;
pub mod components;
pub mod contract;
pub mod delivery;
pub mod diagnostic;
pub mod effect;
pub mod environment;
mod error;
pub mod explain;
pub mod findings;
pub mod fix;
pub mod graph;
pub mod layout;
pub mod links;
pub mod manifest;
pub mod peers;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod provenance;
pub mod render;
mod runbook;
pub mod secrets;
pub mod sizing;
pub mod source;
pub mod templates;
pub mod units;
pub mod upgrade;
pub mod values;
pub mod workload;
pub mod yaml;

pub use catalog::Catalog;
pub use contract::Contract;
pub use environment::Environment;
pub use error::Error;
pub use pipeline::{Build, Request, build, build_with};
pub use plan::{Plan, PlannedFile};
