//! A second opinion on every mistake: a JSON Schema validator that is not ours.

use std::cell::Cell;
use std::collections::BTreeSet;

use anyhow::{Result, anyhow};
use helmwright::units::check_format;
use helmwright::yaml::Node;

/// The names of our formats.
const FORMATS: [&str; 4] = [
    "cpu-quantity",
    "memory-quantity",
    "storage-quantity",
    "prometheus-duration",
];

/// A validator of one contract, and where it thought otherwise than our own walk.
pub(crate) struct Second {
    validator: jsonschema::Validator,
    asked: Cell<usize>,
}

impl Second {
    /// Reads a contract's text.
    pub(crate) fn new(text: &str) -> Result<Self> {
        let schema: serde_json::Value = serde_json::from_str(text)?;
        let mut options = jsonschema::draft7::options();
        for format in FORMATS {
            // What a template engine or the program's environment fills in is not known before.
            options = options.with_format(format, move |text: &str| {
                text.contains("{{") || text.contains("${") || check_format(format, text).is_ok()
            });
        }
        let validator = options
            .should_validate_formats(true)
            .build(&schema)
            .map_err(|error| anyhow!("the other validator cannot read the contract: {error}"))?;
        Ok(Self {
            validator,
            asked: Cell::new(0),
        })
    }

    /// Returns what differs between our findings on some values and the validator's, if they do not agree.
    pub(crate) fn differs(&self, values: &Node, findings: &BTreeSet<String>) -> Option<String> {
        self.asked.set(self.asked.get() + 1);
        let errors: Vec<_> = self
            .validator
            .iter_errors(&values.to_json())
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        match (findings.first(), errors.first()) {
            (Some(ours), None) => Some(format!("only we refuse: {ours}")),
            (None, Some(theirs)) => Some(format!("only it refuses: {theirs}")),
            _ => None,
        }
    }

    /// Returns how many times it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.get()
    }
}
