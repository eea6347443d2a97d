//! Typed environments in, proven Helm values files out.

pub mod chart;
pub mod contract;
pub mod diagnostic;
pub mod source;
pub mod units;
pub mod yaml;
