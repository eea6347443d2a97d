//! Spans of time as Prometheus writes them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// Units with their length in milliseconds, longest first: the order they must be written in.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DurationError {
    /// Nothing is written.
    #[error("a duration is missing")]
    Empty,
    /// The duration is below zero.
    #[error("`{text}` is negative")]
    Negative {
        /// What was written.
        text: String,
    },
    /// A number without a unit.
    #[error("`{text}` has no unit")]
    NoUnit {
        /// What was written.
        text: String,
        /// The same number in seconds.
        near: String,
    },
    /// No digit where a number should be.
    #[error("`{text}` is no number with a unit")]
    NotANumber {
        /// What was written.
        text: String,
    },
    /// A fraction such as `1.5h`; Prometheus reads whole numbers only.
    #[error("`{text}` has a fraction, and Prometheus durations are whole numbers with units")]
    Fraction {
        /// What was written.
        text: String,
    },
    /// Not one of `y`, `w`, `d`, `h`, `m`, `s`, `ms`.
    #[error("`{unit}` is no unit of time (`ms`, `s`, `m`, `h`, `d`, `w`, `y`)")]
    UnknownUnit {
        /// The unit found.
        unit: String,
        /// The whole duration as it was probably meant.
        near: Option<String>,
    },
    /// A unit twice, or a longer one after a shorter one.
    #[error("`{unit}` cannot follow a shorter or equal unit in `{text}`")]
    Order {
        /// The unit out of place.
        unit: &'static str,
        /// What was written.
        text: String,
    },
    /// Longer than 2^63 - 1 nanoseconds (292 years), the most that Go and Prometheus hold.
    #[error("`{text}` is longer than 292 years")]
    Overflow {
        /// What was written.
        text: String,
    },
}

impl DurationError {
    /// Returns the duration that was probably meant.
    pub fn near(&self) -> Option<&str> {
        match self {
            Self::NoUnit { near, .. } => Some(near),
            Self::UnknownUnit { near, .. } => near.as_deref(),
            _ => None,
        }
    }
}

/// A span of time, in milliseconds.
///
/// Whole numbers with the units `y` (365 days), `w`, `d`, `h`, `m`, `s` and
/// `ms`, each at most once, longest first. Shown in days where it is whole
/// days, otherwise in hours, minutes, seconds and milliseconds.
///
/// # Examples
///
/// ```
/// use helmwright::units::Duration;
///
/// let week: Duration = "1w".parse()?;
/// assert_eq!(week.to_string(), "7d");
/// assert_eq!(week.to_go(), "168h");
/// assert_eq!("90m".parse::<Duration>()?.to_string(), "1h30m");
/// # Ok::<(), helmwright::units::DurationError>(())
/// ```
///
/// # Source
///
/// Prometheus documentation, "Time durations":
/// <https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Makes a duration from milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Makes a duration from seconds, or nothing above 2^64 - 1 milliseconds.
    pub const fn from_secs(seconds: u64) -> Option<Self> {
        match seconds.checked_mul(1000) {
            Some(millis) => Some(Self(millis)),
            None => None,
        }
    }

    /// Makes a duration of so many days. No number of days that fits is too long.
    pub const fn from_days(days: u32) -> Self {
        Self(days as u64 * 24 * 3600 * 1000)
    }

    /// Returns the length in milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Returns the length in seconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "2^53 milliseconds are 285,000 years"
    )]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Returns the sum, or nothing above 2^64 - 1 milliseconds.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Returns so many times the length, or nothing above 2^64 - 1 milliseconds.
    #[must_use]
    pub const fn checked_mul(self, times: u32) -> Option<Self> {
        match self.0.checked_mul(times as u64) {
            Some(product) => Some(Self(product)),
            None => None,
        }
    }

    /// Returns the text for readers of Go durations, which know no unit above the hour.
    pub fn to_go(self) -> String {
        self.spell(&UNITS[3..])
    }

    fn spell(self, units: &[(&str, u64)]) -> String {
        if self.0 == 0 {
            return "0s".to_owned();
        }
        let mut rest = self.0;
        let mut text = String::new();
        for (unit, length) in units {
            let count = rest / length;
            if count > 0 {
                text.push_str(&count.to_string());
                text.push_str(unit);
                rest %= length;
            }
        }
        text
    }
}

impl FromStr for Duration {
    type Err = DurationError;

    /// Reads `5m`, `1h30m`, `30ms`, `7d` or `0`.
    ///
    /// # Errors
    ///
    /// Returns a [`DurationError`] that says what is wrong and, where it can be guessed, what was meant.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let owned = || text.to_owned();
        if text.is_empty() {
            return Err(DurationError::Empty);
        }
        if text == "0" {
            return Ok(Self::ZERO);
        }
        if text.starts_with('-') {
            return Err(DurationError::Negative { text: owned() });
        }
        let mut rest = text;
        let mut longest_left = 0;
        let mut total = 0_u64;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(digits);
            if number.is_empty() {
                return Err(DurationError::NotANumber { text: owned() });
            }
            if after.starts_with('.') {
                return Err(DurationError::Fraction { text: owned() });
            }
            let end = after
                .find(|letter: char| letter.is_ascii_digit())
                .unwrap_or(after.len());
            let (unit, next) = after.split_at(end);
            let Some(at) = UNITS.iter().position(|(known, _)| *known == unit) else {
                return Err(unknown_unit(text, number, unit));
            };
            if at < longest_left {
                return Err(DurationError::Order {
                    unit: UNITS[at].0,
                    text: owned(),
                });
            }
            longest_left = at + 1;
            total = number
                .parse::<u64>()
                .ok()
                .and_then(|count| count.checked_mul(UNITS[at].1))
                .and_then(|part| total.checked_add(part))
                .filter(|total| *total <= i64::MAX.unsigned_abs() / 1_000_000)
                .ok_or_else(|| DurationError::Overflow { text: owned() })?;
            rest = next;
        }
        Ok(Self(total))
    }
}

/// Says which unit is meant by a word such as `min` or `hours`.
fn unknown_unit(text: &str, number: &str, unit: &str) -> DurationError {
    if unit.is_empty() {
        return DurationError::NoUnit {
            text: text.to_owned(),
            near: format!("{text}s"),
        };
    }
    let meant = match unit.trim().to_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" | "s" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "hr" | "hrs" | "hour" | "hours" | "h" => Some("h"),
        "day" | "days" | "d" => Some("d"),
        "week" | "weeks" | "w" => Some("w"),
        "year" | "years" | "y" => Some("y"),
        "msec" | "millis" | "milliseconds" => Some("ms"),
        _ => None,
    };
    DurationError::UnknownUnit {
        unit: unit.to_owned(),
        near: meant
            .filter(|_| text.len() == number.len() + unit.len())
            .map(|meant| format!("{number}{meant}")),
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = if self.0.is_multiple_of(UNITS[2].1) {
            &UNITS[2..]
        } else {
            &UNITS[3..]
        };
        formatter.write_str(&self.spell(units))
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A span of time: whole numbers with units, longest first (`30ms`, `5m`, `1h30m`, `7d`, `2w`).",
            "type": "string",
            "format": "prometheus-duration",
            "pattern": "^(0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$",
            "minLength": 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_prometheus_durations() {
        for (text, millis, shown, go) in [
            ("5m", 300_000, "5m", "5m"),
            ("1h30m", 5_400_000, "1h30m", "1h30m"),
            ("30ms", 30, "30ms", "30ms"),
            ("7d", 604_800_000, "7d", "168h"),
            ("2w", 1_209_600_000, "14d", "336h"),
            ("36h", 129_600_000, "36h", "36h"),
            ("1d12h", 129_600_000, "36h", "36h"),
            ("0s", 0, "0s", "0s"),
            ("0", 0, "0s", "0s"),
            ("1m30ms", 60_030, "1m30ms", "1m30ms"),
        ] {
            let duration: Duration = text.parse().unwrap();
            assert_eq!(duration.millis(), millis, "{text}");
            assert_eq!(duration.to_string(), shown);
            assert_eq!(duration.to_go(), go);
        }
    }

    #[test]
    fn refuses_with_a_reason() {
        for text in [
            "",
            "-5m",
            "5",
            "m",
            "1.5h",
            "5min",
            "5m5h",
            "5m5m",
            "5µs",
            "300y",
            "99999999999999999999s",
        ] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
        assert_eq!("5min".parse::<Duration>().unwrap_err().near(), Some("5m"));
        assert_eq!("30".parse::<Duration>().unwrap_err().near(), Some("30s"));
    }

    proptest! {
        #[test]
        fn shown_text_reads_back(millis in 0..=9_223_372_036_854_u64) {
            let duration = Duration(millis);
            prop_assert_eq!(duration.to_string().parse(), Ok(duration));
            prop_assert_eq!(duration.to_go().parse(), Ok(duration));
        }

        #[test]
        fn any_text_gives_an_answer(text in ".*") {
            let _ = text.parse::<Duration>();
        }
    }
}
