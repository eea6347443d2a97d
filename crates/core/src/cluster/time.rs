//! Times as Kubernetes writes them.

/// Returns the seconds since 1970 of a time such as `2026-01-31T23:59:59Z`; fractions and other zones are none of Kubernetes'.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, sign: char| -> Option<[i64; 3]> {
        let mut parts = text.split(sign).map(|part| part.parse::<i64>().ok());
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        (parts.next().is_none() && numbers.iter().all(|number| (0..=9999).contains(number)))
            .then_some(numbers)
    };
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    // Years begin in March here, so that a leap day ends its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 153 + 2) / 5
        + day
        - 719_469;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_seconds() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2000-02-29T12:00:01Z"), Some(951_825_601));
        assert_eq!(seconds("2026-01-31T23:59:59Z"), Some(1_769_903_999));
        for text in [
            "",
            "yesterday",
            "2026-01-31",
            "2026-01-31T1:2Z",
            "2026-01-31T01:02:03+01:00",
            "-1-1-1T0:0:0Z",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
