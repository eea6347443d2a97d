//! Amounts of resources, as Kubernetes itself reads them.

use super::place::{Place, Text};
use crate::units::{Cpu, Memory, Storage};

/// Amounts by resource: `cpu`, `memory`, `requests.storage`, `nvidia.com/gpu`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Amounts(pub(super) Box<[Amount]>);

/// One amount.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    /// The resource.
    pub resource: Text,
    /// The amount as it is written.
    pub raw: Text,
    /// Where it is written.
    pub place: Place,
}

impl Amounts {
    /// Returns the amount of a resource.
    pub fn get(&self, resource: &str) -> Option<&Amount> {
        self.0.iter().find(|amount| &*amount.resource == resource)
    }

    /// Returns the amount of `cpu`, if it is one.
    pub fn cpu(&self) -> Option<Cpu> {
        self.get("cpu")?.cpu()
    }

    /// Returns the amount of `memory`, if it is one.
    pub fn memory(&self) -> Option<Memory> {
        self.get("memory")?.memory()
    }

    /// Returns the amount of `storage`, if it is one.
    pub fn storage(&self) -> Option<Storage> {
        self.get("storage")?.storage()
    }

    /// Returns all amounts in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Amount> {
        self.0.iter()
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Amount {
    /// Returns it as CPU, if it can be read; what is finer than a thousandth of a core is rounded up.
    pub fn cpu(&self) -> Option<Cpu> {
        scaled(&self.raw, 1000).ok().map(Cpu::from_millicores)
    }

    /// Returns it as memory, if it can be read; a fraction of a byte is rounded up.
    pub fn memory(&self) -> Option<Memory> {
        scaled(&self.raw, 1).ok().map(Memory::from_bytes)
    }

    /// Returns it as storage, if it can be read.
    pub fn storage(&self) -> Option<Storage> {
        scaled(&self.raw, 1).ok().map(Storage::from_bytes)
    }

    /// Returns it as a number of objects or devices, if it can be read.
    pub fn count(&self) -> Option<u64> {
        scaled(&self.raw, 1).ok()
    }
}

/// Returns why Kubernetes refuses a text as an amount that a container may ask for.
pub(super) fn refusal(text: &str) -> Option<String> {
    scaled(text, 1).err()
}

/// Reads an amount in so many parts of one, rounded up; above 2^63 - 1 it is that number, as for Kubernetes.
///
/// Source: `k8s.io/apimachinery/pkg/api/resource`, `ParseQuantity`.
fn scaled(text: &str, parts: u128) -> Result<u64, String> {
    const MOST: u64 = i64::MAX as u64;
    if text.is_empty() {
        return Err("nothing is written".to_owned());
    }
    let (negative, unsigned) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let number = unsigned
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(number);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err("it does not start with a number".to_owned());
    }
    if fraction.contains('.') {
        return Err("it has more than one decimal point".to_owned());
    }
    let (binary, decimal) = scale(suffix)?;
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().all(|digit| digit == b'0') {
        return Ok(0);
    }
    if negative {
        return Err("it is below zero".to_owned());
    }
    let mut value = Some(0_u128);
    for digit in digits() {
        let shifted = value.and_then(|value| value.checked_mul(10));
        value = shifted.and_then(|value| value.checked_add(u128::from(digit - b'0')));
    }
    let value = value
        .and_then(|value| value.checked_mul(parts))
        .and_then(|value| value.checked_mul(1 << binary));
    let Some(value) = value else {
        return Ok(MOST);
    };
    let fraction = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let exponent = i64::from(decimal).saturating_sub(fraction);
    let power = u32::try_from(exponent.unsigned_abs())
        .ok()
        .and_then(|exponent| 10_u128.checked_pow(exponent));
    let value = match (power, exponent < 0) {
        (Some(power), true) => value.div_ceil(power),
        (Some(power), false) => value.saturating_mul(power),
        (None, true) => 1,
        (None, false) => u128::MAX,
    };
    Ok(u64::try_from(value).map_or(MOST, |value| value.min(MOST)))
}

/// Returns the powers of two and of ten that a suffix stands for.
fn scale(suffix: &str) -> Result<(u32, i32), String> {
    Ok(match suffix {
        "" => (0, 0),
        "n" => (0, -9),
        "u" => (0, -6),
        "m" => (0, -3),
        "k" => (0, 3),
        "M" => (0, 6),
        "G" => (0, 9),
        "T" => (0, 12),
        "P" => (0, 15),
        "E" => (0, 18),
        "Ki" => (10, 0),
        "Mi" => (20, 0),
        "Gi" => (30, 0),
        "Ti" => (40, 0),
        "Pi" => (50, 0),
        "Ei" => (60, 0),
        _ => {
            let exponent = suffix
                .strip_prefix(['e', 'E'])
                .and_then(|exponent| exponent.parse().ok());
            (
                0,
                exponent.ok_or_else(|| format!("`{suffix}` is no suffix that it may end in"))?,
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_kubernetes_reads() {
        for (text, milli) in [
            ("0", 0),
            ("1", 1000),
            (".5", 500),
            ("5.", 5000),
            ("+1", 1000),
            ("1e3", 1_000_000),
            ("1E-3", 1),
            ("1500u", 2),
            ("1n", 1),
            ("100m", 100),
            ("1Ki", 1_024_000),
            ("0.5Mi", 524_288_000),
            ("-0", 0),
            ("9e99", i64::MAX as u64),
            ("1e-99", 1),
        ] {
            assert_eq!(scaled(text, 1000), Ok(milli), "{text}");
        }
        for text in [
            "", "m", "-1", "1.2.3", "1Kb", "1GB", "4gi", "1e", "e3", "1 Gi", " 1", "1e3Gi", "٣",
        ] {
            assert!(scaled(text, 1).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(text in "[-+]?[0-9.]{0,40}[a-zA-Z]{0,2}[-+]?[0-9]{0,4}") {
            let _ = (scaled(&text, 1), scaled(&text, 1000));
        }
    }
}
