//! Sizes as the Go runtime spells them in `GOMEMLIMIT`.

/// What `GOMEMLIMIT` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GoSize {
    /// No limit, in so many words.
    Off,
    /// So many bytes.
    Bytes(u64),
}

impl GoSize {
    /// Reads `5222MiB`, `6GiB`, `1048576`, `off`; nothing for what Go refuses to start with, such as `6Gi`.
    ///
    /// # Source
    ///
    /// Go, package `runtime`, "Environment Variables": `B`, `KiB`, `MiB`, `GiB` and `TiB`, or no unit for bytes.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text == "off" {
            return Some(Self::Off);
        }
        let units = [
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
            ("TiB", 1_u64 << 40),
            ("B", 1),
        ];
        let (number, factor) = units
            .into_iter()
            .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
            .unwrap_or((text, 1));
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let bytes = number.parse::<u64>().ok()?.checked_mul(factor)?;
        (bytes <= i64::MAX.unsigned_abs()).then_some(Self::Bytes(bytes))
    }

    /// Returns a spelling of so many bytes: whole mebibytes, rounded down, where there are any.
    pub(super) fn spell(bytes: u64) -> String {
        match bytes >> 20 {
            0 => bytes.to_string(),
            mebibytes => format!("{mebibytes}MiB"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_spellings_of_go() {
        for (text, bytes) in [
            ("0", 0),
            ("1048576", 1 << 20),
            ("12B", 12),
            ("3KiB", 3 << 10),
            ("5222MiB", 5222 << 20),
            ("6GiB", 6 << 30),
            ("1TiB", 1 << 40),
        ] {
            assert_eq!(GoSize::read(text), Some(GoSize::Bytes(bytes)), "{text}");
        }
        assert_eq!(GoSize::read("off"), Some(GoSize::Off));
    }

    #[test]
    fn what_go_refuses() {
        for text in [
            "",
            "6Gi",
            "6GB",
            "6 GiB",
            "-1",
            "+1",
            "1.5GiB",
            "GiB",
            "OFF",
            "9223372036854775808",
            "99999999999TiB",
        ] {
            assert_eq!(GoSize::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_spelled_is_read(bytes in 0..=i64::MAX.unsigned_abs()) {
            let Some(GoSize::Bytes(read)) = GoSize::read(&GoSize::spell(bytes)) else {
                return Err(TestCaseError::fail("not read"));
            };
            prop_assert!(read <= bytes && bytes - read < 1 << 20);
        }

        #[test]
        fn any_text_is_read_or_not(text in ".{0,20}") {
            let _ = GoSize::read(&text);
        }
    }
}
