//! Spans of time as Go's `time.ParseDuration` reads them: fractions and small units, but no days.

use super::{Duration, Problem};

/// Go's units of time.
const UNITS: [&str; 8] = ["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "m", "h"];

/// Checks a text: numbers with units in any order, a sign in front, or `0`.
pub(super) fn check(text: &str) -> Result<(), Problem> {
    let problem = |reason: String, near: Option<String>| Err(Problem { reason, near });
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(());
    }
    if rest.is_empty() {
        return problem("a duration is missing".to_owned(), None);
    }
    while !rest.is_empty() {
        let end = rest
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        if number.matches('.').count() > 1 || number.bytes().all(|byte| byte == b'.') {
            return problem(format!("`{text}` is no number with a unit"), None);
        }
        let end = after
            .find(|letter: char| letter.is_ascii_digit() || letter == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if unit.is_empty() {
            return problem(format!("`{text}` has no unit"), Some(format!("{text}s")));
        }
        if !UNITS.contains(&unit) {
            // Days and weeks are what is written most; in hours where it is a whole number of them.
            let near = text.parse::<Duration>().ok().map(Duration::to_go);
            return problem(
                format!("`{unit}` is no unit of time here (`ns`, `us`, `ms`, `s`, `m`, `h`)"),
                near,
            );
        }
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for text in [
            "0",
            "30s",
            "1.5h",
            "100us",
            "1h30m",
            "30m1h",
            "-1s",
            ".5s",
            "5.s",
            "2540400h10m10s",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for (text, near) in [
            ("", None),
            ("30", Some("30s")),
            ("7d", Some("168h")),
            ("1w", Some("168h")),
            ("1.5d", None),
            ("s", None),
            ("1..5s", None),
            ("1h 30m", None),
            ("ten", None),
        ] {
            assert_eq!(check(text).unwrap_err().near.as_deref(), near, "{text}");
        }
    }
}
