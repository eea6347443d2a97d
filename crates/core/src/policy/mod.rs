//! What the platform demands: rules over links, each in a file of its own.

pub mod rules;
