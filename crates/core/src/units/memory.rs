//! Memory and storage in bytes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::kubernetes_quantity::{self, Finest};
use super::quantity::{MAXIMUM, Number, QuantityError, split};

/// Suffixes with their factors, largest first; binary ones come before decimal ones of the same rank.
const SUFFIXES: [(&str, u128); 13] = [
    ("Ei", 1 << 60),
    ("Pi", 1 << 50),
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("E", 1_000_000_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1_000),
    ("", 1),
];

/// A number and the suffix it was written with.
#[derive(Clone, Copy, Debug)]
struct Spelling {
    number: Number,
    suffix: &'static str,
}

/// Bytes, and how the user spelled them; equal and ordered by bytes alone.
#[derive(Clone, Copy, Debug, Default)]
struct Bytes {
    count: u64,
    spelling: Option<Spelling>,
}

impl Bytes {
    const fn new(count: u64) -> Self {
        Self {
            count,
            spelling: None,
        }
    }

    fn parse(text: &str, resource: &'static str) -> Result<Self, QuantityError> {
        let (number, written) = split(text)?;
        let Some((suffix, factor)) = SUFFIXES
            .iter()
            .copied()
            .find(|(suffix, _)| *suffix == written)
        else {
            return Err(refuse(text, number, written, resource));
        };
        let overflow = || QuantityError::Overflow {
            text: text.to_owned(),
        };
        let (count, _) = number.times(factor).ok_or_else(overflow)?;
        if count > MAXIMUM {
            return Err(overflow());
        }
        Ok(Self {
            count: u64::try_from(count).map_err(|_| overflow())?,
            spelling: Some(Spelling { number, suffix }),
        })
    }

    fn from_kubernetes(text: &str, resource: &'static str) -> Result<Self, QuantityError> {
        let count = kubernetes_quantity::read(text, Finest::One, resource, |number, written| {
            near_suffix(number, written)
        })?;
        // The usual spelling is kept, the rest is shown as computed.
        Ok(Self::parse(text, resource).unwrap_or(Self::new(count)))
    }
}

/// Says why a suffix is refused and which one is near.
fn refuse(text: &str, number: Number, written: &str, resource: &'static str) -> QuantityError {
    if written == "m" {
        return QuantityError::Thousandths {
            text: text.to_owned(),
            near: format!("{number}Mi"),
        };
    }
    QuantityError::UnknownSuffix {
        suffix: written.to_owned(),
        resource,
        known: "`Ki`, `Mi`, `Gi`, `Ti`, `Pi`, `Ei` are powers of 1024; `k`, `M`, `G`, `T`, `P`, `E` are powers of 1000",
        near: near_suffix(number, written),
    }
}

/// Returns the number with the suffix that is probably meant.
fn near_suffix(number: impl fmt::Display, written: &str) -> Option<String> {
    let letter = written.chars().next().map(|first| match first {
        'K' | 'k' => 'K',
        other => other.to_ascii_uppercase(),
    });
    letter
        .filter(|letter| "KMGTPE".contains(*letter))
        // `1e3` is a number, and no slip for `1Ei`.
        .filter(|_| written.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .map(|letter| {
            // `4GB` says powers of 1000, `4GiB`, `4gi` and a bare `g` or `K` say powers of 1024.
            let decimal = written.len() == 2 && written.ends_with(['B', 'b']);
            match (decimal, letter) {
                (true, 'K') => format!("{number}k"),
                (true, _) => format!("{number}{letter}"),
                (false, _) => format!("{number}{letter}i"),
            }
        })
}

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Spelling { number, suffix }) = self.spelling {
            return write!(formatter, "{number}{suffix}");
        }
        let count = u128::from(self.count);
        let whole = |(_, factor): &&(&str, u128)| count != 0 && count.is_multiple_of(*factor);
        let (suffix, factor) = SUFFIXES.iter().find(whole).copied().unwrap_or(("", 1));
        write!(formatter, "{}{suffix}", count / factor)
    }
}

macro_rules! byte_quantity {
    ($(#[$docs:meta])* $name:ident, $resource:literal, $format:literal, $about:literal) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Default)]
        pub struct $name(Bytes);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(Bytes::new(0));

            /// Makes an amount from bytes.
            pub const fn from_bytes(bytes: u64) -> Self {
                Self(Bytes::new(bytes))
            }

            /// Returns the amount in bytes; a fraction of a byte counts as one.
            pub const fn bytes(self) -> u64 {
                self.0.count
            }

            /// Returns the sum, or nothing above 2^64 - 1 bytes.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.bytes().checked_add(other.bytes()) {
                    Some(sum) => Some(Self::from_bytes(sum)),
                    None => None,
                }
            }

            /// Returns the difference, or nothing below zero.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.bytes().checked_sub(other.bytes()) {
                    Some(rest) => Some(Self::from_bytes(rest)),
                    None => None,
                }
            }

            /// Returns so many times the amount, or nothing above 2^64 - 1 bytes.
            #[must_use]
            pub const fn checked_mul(self, times: u32) -> Option<Self> {
                match self.bytes().checked_mul(times as u64) {
                    Some(product) => Some(Self::from_bytes(product)),
                    None => None,
                }
            }

            /// Reads what the Kubernetes API reads, from a manifest that others wrote.
            ///
            /// Any suffix and exponent is accepted (`129e6`, `.5`, `+5`, `100m`), and rounded up to a whole byte, as the API does. A
            /// file of ours is read by [`str::parse`], which refuses what is probably a slip.
            ///
            /// # Errors
            ///
            /// Those of [`Cpu::from_kubernetes`](super::Cpu::from_kubernetes), with a limit of 2^63 - 1 bytes.
            pub fn from_kubernetes(text: &str) -> Result<Self, QuantityError> {
                Bytes::from_kubernetes(text, $resource).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = QuantityError;

            /// Reads a quantity such as `512Mi`, `1.5Gi` or `10G`; no suffix means bytes.
            ///
            /// # Errors
            ///
            /// - [`QuantityError::Empty`], [`QuantityError::NotANumber`], [`QuantityError::Negative`].
            /// - [`QuantityError::Thousandths`] for `m`, which the API allows and nobody means.
            /// - [`QuantityError::UnknownSuffix`] for any other suffix, such as `GB`.
            /// - [`QuantityError::Overflow`] above 2^63 - 1 bytes.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Bytes::parse(text, $resource).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.bytes() == other.bytes()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.bytes().cmp(&other.bytes())
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.bytes().hash(state);
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Any;
                impl Visitor<'_> for Any {
                    type Value = $name;

                    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                        formatter.write_str(concat!("an amount of ", $resource, " such as `512Mi` or `1.5Gi`"))
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<$name, E> {
                        self.visit_str(&bytes.to_string())
                    }

                    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<$name, E> {
                        self.visit_str(&bytes.to_string())
                    }
                }
                deserializer.deserialize_any(Any)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $about,
                    "type": ["string", "integer"],
                    "format": $format,
                    "pattern": r"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E)?$",
                    "minimum": 0,
                })
            }
        }
    };
}

byte_quantity! {
    /// An amount of memory, in bytes.
    ///
    /// `Ki` to `Ei` are powers of 1024, `k` to `E` powers of 1000; no suffix
    /// means bytes. It is shown as it was spelled; a computed amount is shown
    /// in the largest unit that gives a whole number.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::units::Memory;
    ///
    /// let memory: Memory = "1.5Gi".parse()?;
    /// assert_eq!(memory.bytes(), 1_610_612_736);
    /// assert_eq!(memory.to_string(), "1.5Gi");
    /// assert_eq!(memory.checked_mul(2).map(|twice| twice.to_string()), Some("3Gi".into()));
    /// assert_eq!("512m".parse::<Memory>().unwrap_err().near(), Some("512Mi"));
    /// # Ok::<(), helmwright::units::QuantityError>(())
    /// ```
    ///
    /// # Source
    ///
    /// Kubernetes documentation, "Resource units in Kubernetes", section memory:
    /// <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
    Memory, "memory", "memory-quantity",
    "An amount of memory: `512Mi`, `1.5Gi`, `2G`, or bytes. `Ki` to `Ei` are powers of 1024, `k` to `E` powers of 1000."
}

byte_quantity! {
    /// The size of a volume, in bytes; spelled like [`Memory`], but never mixed up with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::units::Storage;
    ///
    /// assert_eq!("10Gi".parse::<Storage>()?.bytes(), 10 << 30);
    /// # Ok::<(), helmwright::units::QuantityError>(())
    /// ```
    Storage, "storage", "storage-quantity",
    "The size of a volume: `10Gi`, `1.5Ti`, `50G`, or bytes. `Ki` to `Ei` are powers of 1024, `k` to `E` powers of 1000."
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_kubernetes_reads() {
        for (text, bytes) in [
            ("0", 0),
            ("128974848", 128_974_848),
            ("129M", 129_000_000),
            ("123Mi", 128_974_848),
            ("1.5Gi", 1_610_612_736),
            ("11.3Gi", 12_133_282_612),
            ("2k", 2000),
            ("7Ei", 7 << 60),
        ] {
            let memory: Memory = text.parse().unwrap();
            assert_eq!(memory.bytes(), bytes, "{text}");
            assert_eq!(memory.to_string(), text);
        }
    }

    #[test]
    fn offers_the_suffix_that_was_meant() {
        for (text, near) in [
            ("512m", "512Mi"),
            ("4GB", "4G"),
            ("4Gb", "4G"),
            ("4GiB", "4Gi"),
            ("4g", "4Gi"),
            ("4gi", "4Gi"),
            ("8KB", "8k"),
            ("8K", "8Ki"),
        ] {
            assert_eq!(
                text.parse::<Memory>().unwrap_err().near(),
                Some(near),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "Gi",
            "-1Gi",
            "8Ei",
            "1e3",
            "1 Gi",
            "1..5Gi",
            "1x",
            "99999999999999999999Gi",
        ] {
            assert!(text.parse::<Storage>().is_err(), "{text}");
        }
        assert!(serde_yaml::from_str::<Memory>("-1").is_err());
        assert_eq!(
            serde_yaml::from_str::<Memory>("1024").unwrap().bytes(),
            1024
        );
    }

    #[test]
    fn computed_amounts_take_the_largest_whole_unit() {
        assert_eq!(Memory::from_bytes(1_610_612_736).to_string(), "1536Mi");
        assert_eq!(Memory::from_bytes(2_000_000).to_string(), "2M");
        assert_eq!(Memory::from_bytes(1_000_001).to_string(), "1000001");
        assert_eq!(Memory::ZERO.to_string(), "0");
    }

    proptest! {
        #[test]
        fn shown_text_reads_back(bytes in 0..=i64::MAX as u64) {
            let memory = Memory::from_bytes(bytes);
            prop_assert_eq!(memory.to_string().parse(), Ok(memory));
        }

        #[test]
        fn spelled_text_reads_back(whole in 0..1000_u32, part in 0..1000_u32, unit in 0..SUFFIXES.len()) {
            let text = format!("{whole}.{part:03}{}", SUFFIXES[unit].0);
            if let Ok(storage) = text.parse::<Storage>() {
                let again: Storage = storage.to_string().parse().unwrap();
                prop_assert_eq!(storage, again);
                prop_assert_eq!(storage.to_string(), again.to_string());
            }
        }

        #[test]
        fn any_text_gives_an_answer(text in ".*") {
            let _ = text.parse::<Memory>();
        }

        #[test]
        fn arithmetic_never_wraps(a: u64, b: u64, times: u32) {
            let (left, right) = (Storage::from_bytes(a), Storage::from_bytes(b));
            prop_assert_eq!(left.checked_add(right).map(Storage::bytes), a.checked_add(b));
            prop_assert_eq!(left.checked_mul(times).map(Storage::bytes), a.checked_mul(u64::from(times)));
        }
    }
}
