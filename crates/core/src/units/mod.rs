//! Numbers with a unit: CPU, memory, storage and durations, as Kubernetes and Prometheus spell them.

mod cpu;
mod duration;
mod memory;
mod quantity;

pub use cpu::Cpu;
pub use duration::{Duration, DurationError};
pub use memory::{Memory, Storage};
pub use quantity::QuantityError;

/// What is wrong with a text that should be a number with a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Why it was refused, without a full stop.
    pub reason: String,
    /// A text that is probably meant, such as `512Mi` for `512m`.
    pub near: Option<String>,
}

/// Checks a text against one of our JSON Schema `format` names; unknown formats accept anything.
///
/// The names are `cpu-quantity`, `memory-quantity`, `storage-quantity` and `prometheus-duration`: none of them is a
/// name of the standard, which other readers, Helm 4 among them, would check in their own way.
///
/// # Errors
///
/// Returns the reason, in words, and the spelling that is probably meant.
///
/// # Examples
///
/// ```
/// use helmwright::units::check_format;
///
/// assert!(check_format("memory-quantity", "4Gi").is_ok());
/// let problem = check_format("memory-quantity", "4GB").unwrap_err();
/// assert_eq!(problem.near.as_deref(), Some("4G"));
/// ```
pub fn check_format(format: &str, text: &str) -> Result<(), Problem> {
    fn quantity<T>(outcome: Result<T, QuantityError>) -> Result<(), Problem> {
        outcome.map(drop).map_err(|error| Problem {
            reason: error.to_string(),
            near: error.near().map(str::to_owned),
        })
    }
    match format {
        "cpu-quantity" => quantity(text.parse::<Cpu>()),
        "memory-quantity" => quantity(text.parse::<Memory>()),
        "storage-quantity" => quantity(text.parse::<Storage>()),
        "prometheus-duration" => text.parse::<Duration>().map(drop).map_err(|error| Problem {
            reason: error.to_string(),
            near: error.near().map(str::to_owned),
        }),
        _ => Ok(()),
    }
}
