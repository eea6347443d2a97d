//! What day it is: the core has no clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use helmwright::diagnostic::Diagnostic;

use crate::outcome::Failure;

/// The variable that stands for the clock where a run must give the same result on any day.
///
/// Source: reproducible-builds.org, "SOURCE_DATE_EPOCH specification": seconds since 1970.
const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// The last second that a date of four digits for the year has.
const LAST_SECOND: u64 = 253_402_300_799;

/// Refuses a `SOURCE_DATE_EPOCH` that is no time: the clock would be taken in its place without a word.
pub(crate) fn check() -> Result<(), Failure> {
    let Some(said) = std::env::var_os(VARIABLE) else {
        return Ok(());
    };
    let said = said.to_string_lossy();
    match seconds(&said) {
        Some(_) => Ok(()),
        None if said.trim().is_empty() => Ok(()),
        None => Err(Failure::from(
            Diagnostic::error(
                "input/bad-date",
                format!("`{VARIABLE}` is `{said}`, which is no number of seconds"),
            )
            .why("it stands for the clock, so that a run gives the same result on any day")
            .help("set it to whole seconds since 1970 up to the year 9999, such as the output of `date +%s`, or unset it"),
        )),
    }
}

/// Reads a time, as seconds since 1970.
fn seconds(text: &str) -> Option<u64> {
    let seconds = text.trim().parse().ok()?;
    (seconds <= LAST_SECOND).then_some(seconds)
}

/// Returns today's date in UTC as `2026-11-20`, or the day that `SOURCE_DATE_EPOCH` says.
pub(crate) fn today() -> Option<String> {
    in_days(0)
}

/// Returns the day so many days from [`today`].
pub(crate) fn in_days(days: i64) -> Option<String> {
    let said = std::env::var(VARIABLE)
        .ok()
        .and_then(|text| seconds(&text))
        .map(Duration::from_secs);
    let since = match said {
        Some(since) => since,
        None => SystemTime::now().duration_since(UNIX_EPOCH).ok()?,
    };
    i64::try_from(since.as_secs() / 86_400)
        .ok()
        .map(|today| date(today.saturating_add(days)))
}

/// Returns the date so many days after 1970-01-01.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn date(days: i64) -> String {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::{date, seconds};

    #[test]
    fn only_seconds_stand_for_the_clock() {
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds(" 1795132800\n"), Some(1_795_132_800));
        for wrong in ["", "today", "2026-11-20", "-1", "1e9", "253402300800"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_become_dates() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (19_782, "2024-02-29"),
            (20_777, "2026-11-20"),
            (10_957, "2000-01-01"),
        ] {
            assert_eq!(date(days), expected);
        }
    }
}
