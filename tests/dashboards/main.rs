//! Grafana's dashboards and data sources: what they name is there, and what they ask can be asked.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

mod boards;
mod expressions;
#[cfg(feature = "tools")]
mod parsers;
mod provisioning;
#[cfg(feature = "tools")]
mod watched;
