//! Quantities as the Kubernetes API reads them: every suffix and exponent, for every resource.

use super::quantity::{MAXIMUM, QuantityError};

/// What a number may be followed by, with its power of ten or of two.
const SUFFIXES: [(&str, Scale); 16] = [
    ("n", Scale::Ten(-9)),
    ("u", Scale::Ten(-6)),
    ("m", Scale::Ten(-3)),
    ("", Scale::Ten(0)),
    ("k", Scale::Ten(3)),
    ("M", Scale::Ten(6)),
    ("G", Scale::Ten(9)),
    ("T", Scale::Ten(12)),
    ("P", Scale::Ten(15)),
    ("E", Scale::Ten(18)),
    ("Ki", Scale::Kibi(1)),
    ("Mi", Scale::Kibi(2)),
    ("Gi", Scale::Kibi(3)),
    ("Ti", Scale::Kibi(4)),
    ("Pi", Scale::Kibi(5)),
    ("Ei", Scale::Kibi(6)),
];

#[derive(Clone, Copy, Debug)]
enum Scale {
    /// So many decimal places.
    Ten(i64),
    /// So many times 1024.
    Kibi(u32),
}

/// The unit that a fraction is rounded up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finest {
    /// Thousandths: CPU.
    Thousandth,
    /// Whole ones: bytes and things.
    One,
}

/// Returns the amount in its finest unit, a fraction of it counted as one, as the API does.
///
/// The text is not trimmed: the API refuses spaces.
pub(super) fn read(
    text: &str,
    finest: Finest,
    resource: &'static str,
    near: impl Fn(&str, &str) -> Option<String>,
) -> Result<u64, QuantityError> {
    let owned = || text.to_owned();
    if text.is_empty() {
        return Err(QuantityError::Empty);
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits_of = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = unsigned.split_at(digits_of(unsigned));
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits_of(rest)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(QuantityError::NotANumber { text: owned() });
    }
    let scale = SUFFIXES
        .iter()
        .find(|(known, _)| *known == suffix)
        .map(|(_, scale)| *scale)
        .or_else(|| exponent(suffix).map(Scale::Ten));
    let Some(scale) = scale else {
        let number = &text[..text.len() - suffix.len()];
        return Err(QuantityError::UnknownSuffix {
            suffix: suffix.to_owned(),
            resource,
            known: "`Ki` to `Ei`, `n`, `u`, `m`, `k`, `M`, `G`, `T`, `P`, `E`, or an exponent such as `e3`",
            near: near(number, suffix),
        });
    };
    let mut digits: Vec<u8> = whole
        .bytes()
        .chain(fraction.bytes())
        .map(|digit| digit - b'0')
        .collect();
    if digits.iter().all(|digit| *digit == 0) {
        return Ok(0);
    }
    if negative {
        return Err(QuantityError::Negative { text: owned() });
    }
    let places = match scale {
        Scale::Ten(places) => places,
        Scale::Kibi(times) => {
            (0..times).for_each(|_| times_1024(&mut digits));
            0
        }
    };
    let finer = if finest == Finest::Thousandth { 3 } else { 0 };
    let decimals = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    shifted(
        &digits,
        places.saturating_add(finer).saturating_sub(decimals),
    )
    .ok_or_else(|| QuantityError::Overflow { text: owned() })
}

/// Reads `e3`, `E-3` or `e+3`; a bare `E` is a suffix, and a bare `e` nothing.
fn exponent(suffix: &str) -> Option<i64> {
    let number = suffix.strip_prefix(['e', 'E'])?;
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // What does not fit is too large or too small for any quantity: half of the range is far enough.
    let size = digits
        .parse::<i64>()
        .unwrap_or(i64::MAX / 2)
        .min(i64::MAX / 2);
    Some(if number.starts_with('-') { -size } else { size })
}

/// Multiplies a decimal number, most significant digit first.
fn times_1024(digits: &mut Vec<u8>) {
    let mut carry = 0_u32;
    for digit in digits.iter_mut().rev() {
        carry += u32::from(*digit) * 1024;
        *digit = u8::try_from(carry % 10).expect("a remainder of ten is below ten");
        carry /= 10;
    }
    let mut leading = Vec::new();
    while carry > 0 {
        leading.push(u8::try_from(carry % 10).expect("a remainder of ten is below ten"));
        carry /= 10;
    }
    leading.reverse();
    digits.splice(0..0, leading);
}

/// Returns the number moved by so many decimal places and rounded up, or nothing above what the API keeps.
fn shifted(digits: &[u8], places: i64) -> Option<u64> {
    let first = digits.iter().position(|digit| *digit > 0)?;
    let digits = &digits[first..];
    let length = i64::try_from(digits.len()).ok()?.saturating_add(places);
    // The largest amount has 19 digits.
    if length > 19 {
        return None;
    }
    let kept = usize::try_from(length).unwrap_or(0);
    let mut amount = 0_u128;
    for at in 0..kept {
        amount = amount * 10 + u128::from(digits.get(at).copied().unwrap_or(0));
    }
    if digits.iter().skip(kept).any(|digit| *digit > 0) {
        amount += 1;
    }
    u64::try_from(amount).ok().filter(|_| amount <= MAXIMUM)
}

/// Returns a number of things, such as the `pods` of a quota, as the Kubernetes API reads it.
///
/// # Errors
///
/// Those of [`Cpu::from_kubernetes`](super::Cpu::from_kubernetes).
///
/// # Examples
///
/// ```
/// use helmwright::units::count_from_kubernetes;
///
/// assert_eq!(count_from_kubernetes("1k"), Ok(1000));
/// ```
pub fn count_from_kubernetes(text: &str) -> Result<u64, QuantityError> {
    read(text, Finest::One, "count", |_, _| None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::{Cpu, Memory, Storage};

    /// Texts with thousandths and whole ones, as `resource.ParseQuantity` of apimachinery 0.37 reads and rounds them.
    #[test]
    fn reads_what_the_api_reads() {
        for (text, thousandths, ones) in [
            ("1e3", 1_000_000, 1000),
            ("12E6", 12_000_000_000, 12_000_000),
            (".5", 500, 1),
            ("5.", 5000, 5),
            ("+5", 5000, 5),
            ("1000.0", 1_000_000, 1000),
            ("-0", 0, 0),
            ("-.0", 0, 0),
            ("-0m", 0, 0),
            ("00012", 12_000, 12),
            ("1e+3", 1_000_000, 1000),
            ("1e-3", 1, 1),
            ("1e03", 1_000_000, 1000),
            ("5.e3", 5_000_000, 5000),
            ("+.5e-1", 50, 1),
            ("0e400", 0, 0),
            ("1e-400", 1, 1),
            ("1n", 1, 1),
            ("1u", 1, 1),
            ("1m", 1, 1),
            ("100m", 100, 1),
            ("0.5n", 1, 1),
            ("0.0001", 1, 1),
            ("1.Gi", 1_073_741_824_000, 1_073_741_824),
            (".5Gi", 536_870_912_000, 536_870_912),
            ("1.1Ki", 1_126_400, 1127),
            ("0.0000000001Ki", 1, 1),
            ("1k", 1_000_000, 1000),
        ] {
            assert_eq!(
                Cpu::from_kubernetes(text).map(Cpu::millicores),
                Ok(thousandths),
                "{text}"
            );
            assert_eq!(
                Memory::from_kubernetes(text).map(Memory::bytes),
                Ok(ones),
                "{text}"
            );
            assert_eq!(count_from_kubernetes(text), Ok(ones), "{text}");
        }
        let most = 9_223_372_036_854_775_807;
        assert_eq!(
            Memory::from_kubernetes("9223372036854775807")
                .unwrap()
                .bytes(),
            most
        );
        assert_eq!(
            Memory::from_kubernetes("1E").unwrap().bytes(),
            1_000_000_000_000_000_000
        );
        assert_eq!(Memory::from_kubernetes("7Ei").unwrap().bytes(), 7 << 60);
    }

    #[test]
    fn refuses_with_a_reason() {
        for text in [
            "",
            " ",
            " 1",
            "1 ",
            "NaN",
            "inf",
            "1GB",
            "1K",
            "1ki",
            "1e",
            "1e+",
            "1e1.5",
            "1+1",
            "1.1.M",
            "1.0.0",
            "++5",
            "--5",
            "0x10",
            "1_000",
            "1Mi5",
            "1m5",
            "1e5m",
            "1ee3",
            "1e+-3",
            "1i",
            "1Kii",
            "٣",
            "1e٣",
            "-1",
            "-1e3",
            "-1n",
            "9223372036854775808",
            "8Ei",
            "1e400",
            "1e99999999999999999999",
            "m",
            "Gi",
            ".",
            "+",
            "-",
            "null",
            "true",
        ] {
            let error = Memory::from_kubernetes(text).unwrap_err();
            assert!(!error.to_string().is_empty());
            assert!(Cpu::from_kubernetes(text).is_err(), "{text}");
            assert!(count_from_kubernetes(text).is_err(), "{text}");
        }
        assert!(Cpu::from_kubernetes("9223372036854775807").is_err());
        assert_eq!(
            Memory::from_kubernetes("1GB").unwrap_err().near(),
            Some("1G")
        );
        assert_eq!(
            Storage::from_kubernetes("1.5gi").unwrap_err().near(),
            Some("1.5Gi")
        );
        assert!(matches!(
            Cpu::from_kubernetes("-1"),
            Err(QuantityError::Negative { .. })
        ));
    }

    #[test]
    fn any_number_of_digits_is_exact() {
        let ones = "9".repeat(40);
        assert_eq!(
            Memory::from_kubernetes(&format!("1.{ones}"))
                .unwrap()
                .bytes(),
            2
        );
        assert_eq!(
            Memory::from_kubernetes(&format!("{ones}e-39"))
                .unwrap()
                .bytes(),
            10
        );
        let zeros = "0".repeat(100_000);
        assert_eq!(
            Memory::from_kubernetes(&format!("{zeros}1.{zeros}Ki"))
                .unwrap()
                .bytes(),
            1024
        );
        assert_eq!(
            Memory::from_kubernetes(&format!("1.{zeros}1Ki"))
                .unwrap()
                .bytes(),
            1025
        );
    }

    #[test]
    fn what_is_spelled_strictly_keeps_its_spelling() {
        assert_eq!(
            Memory::from_kubernetes("1.5Gi").unwrap().to_string(),
            "1.5Gi"
        );
        assert_eq!(Memory::from_kubernetes("1e3").unwrap().to_string(), "1k");
    }

    proptest! {
        #[test]
        fn agrees_with_the_strict_readers(text in "[0-9]{1,6}(\\.[0-9]{1,3})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?") {
            if let Ok(strict) = text.parse::<Memory>() {
                prop_assert_eq!(Memory::from_kubernetes(&text), Ok(strict));
                prop_assert_eq!(count_from_kubernetes(&text), Ok(strict.bytes()));
            }
            if let Ok(strict) = text.parse::<Cpu>() {
                prop_assert_eq!(Cpu::from_kubernetes(&text), Ok(strict));
            }
        }

        #[test]
        fn an_exponent_is_a_suffix(number in 0..100_000_u32, place in 0..4_usize) {
            let (suffix, exponent) = [("k", "e3"), ("M", "E6"), ("G", "e+9"), ("m", "e-3")][place];
            prop_assert_eq!(
                Storage::from_kubernetes(&format!("{number}{suffix}")),
                Storage::from_kubernetes(&format!("{number}{exponent}"))
            );
        }

        #[test]
        fn any_text_gives_an_answer(text in ".*", likely in "[-+]?[0-9.]{0,30}[eEinumkKMGTP]{0,2}[-+]?[0-9]{0,25}") {
            for text in [text, likely] {
                let _ = Memory::from_kubernetes(&text);
                let _ = Cpu::from_kubernetes(&text);
                let _ = count_from_kubernetes(&text);
            }
        }
    }
}
