//! Numbers with a unit: CPU, memory, storage and durations, as Kubernetes and Prometheus spell them.

mod cpu;
mod duration;
mod go_duration;
mod kubernetes_quantity;
mod memory;
mod quantity;

pub use cpu::Cpu;
pub use duration::{Duration, DurationError};
pub use kubernetes_quantity::count_from_kubernetes;
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
/// The names are `cpu-quantity`, `memory-quantity`, `storage-quantity`, `prometheus-duration` and `go-duration`: none of them is a
/// name of the standard, which other readers, Helm 4 among them, would check in their own way. `date` is the standard's, and means the same.
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
        "go-duration" => go_duration::check(text),
        "date" => date(text),
        _ => Ok(()),
    }
}

/// Checks a day of the calendar, `2024-04-01`: JSON Schema's own format `date`.
fn date(text: &str) -> Result<(), Problem> {
    let numbers: Vec<u32> = text
        .split('-')
        .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        .filter_map(|part| part.parse().ok())
        .collect();
    let problem = |reason: &str| Problem {
        reason: format!("`{text}` {reason}"),
        near: None,
    };
    let shape = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    let &[year, month, day] = numbers.as_slice() else {
        return Err(problem("is no date of the form 2024-04-01"));
    };
    if !shape {
        return Err(problem("is no date of the form 2024-04-01"));
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(problem("has no such month")),
    };
    if (1..=days).contains(&day) {
        Ok(())
    } else {
        Err(problem("has no such day"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_of_the_calendar() {
        for text in ["2024-04-01", "2024-02-29", "2000-02-29", "1999-12-31"] {
            assert!(check_format("date", text).is_ok(), "{text}");
        }
        for text in [
            "yesterday",
            "2024-4-1",
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-04-31",
            "2024-04-00",
            "+024-04-01",
            "",
        ] {
            assert!(check_format("date", text).is_err(), "{text}");
        }
    }
}
