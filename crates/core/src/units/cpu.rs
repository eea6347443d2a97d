//! CPU in thousandths of a core.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::kubernetes_quantity::{self, Finest};
use super::quantity::{MAXIMUM, QuantityError, split};

/// An amount of CPU, in thousandths of a core.
///
/// Written as cores (`2`, `0.1`) or as thousandths (`100m`); shown as whole
/// cores where it is whole, as thousandths otherwise. The same amount written
/// two ways is equal.
///
/// # Examples
///
/// ```
/// use helmwright::units::Cpu;
///
/// let cpu: Cpu = "0.1".parse()?;
/// assert_eq!(cpu.millicores(), 100);
/// assert_eq!(cpu.to_string(), "100m");
/// assert_eq!("2000m".parse::<Cpu>()?.to_string(), "2");
/// # Ok::<(), helmwright::units::QuantityError>(())
/// ```
///
/// # Source
///
/// Kubernetes documentation, "Resource units in Kubernetes", section CPU:
/// <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpu(u64);

impl Cpu {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Makes an amount from thousandths of a core.
    pub const fn from_millicores(millicores: u64) -> Self {
        Self(millicores)
    }

    /// Returns the amount in thousandths of a core.
    pub const fn millicores(self) -> u64 {
        self.0
    }

    /// Returns the sum, or nothing above 2^64 - 1 thousandths.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Returns the difference, or nothing below zero.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// Returns so many times the amount, or nothing above 2^64 - 1 thousandths.
    #[must_use]
    pub const fn checked_mul(self, times: u32) -> Option<Self> {
        match self.0.checked_mul(times as u64) {
            Some(product) => Some(Self(product)),
            None => None,
        }
    }

    /// Reads what the Kubernetes API reads, from a manifest that others wrote.
    ///
    /// Any suffix and exponent is accepted (`1e3`, `.5`, `+5`, `100000u`), and rounded up to a thousandth of a core, as the API
    /// does. A file of ours is read by [`str::parse`], which refuses what is probably a slip.
    ///
    /// # Errors
    ///
    /// - [`QuantityError::Empty`], and [`QuantityError::Negative`] below zero.
    /// - [`QuantityError::NotANumber`] without a digit in front. The API's own reader takes a bare `m` or `Gi` for zero, against its
    ///   grammar; here it is refused, because an empty value was put before a unit.
    /// - [`QuantityError::UnknownSuffix`] for `1K`, `1GB`, `1e` or spaces.
    /// - [`QuantityError::Overflow`] above 2^63 - 1 thousandths, which the API cuts or wraps.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::units::Cpu;
    ///
    /// assert_eq!(Cpu::from_kubernetes("5e-1"), Ok(Cpu::from_millicores(500)));
    /// assert_eq!(Cpu::from_kubernetes("0.0001"), Ok(Cpu::from_millicores(1)));
    /// ```
    ///
    /// # Source
    ///
    /// `k8s.io/apimachinery/pkg/api/resource`, the grammar of `Quantity`.
    pub fn from_kubernetes(text: &str) -> Result<Self, QuantityError> {
        kubernetes_quantity::read(text, Finest::Thousandth, "CPU", |_, _| None).map(Self)
    }
}

impl FromStr for Cpu {
    type Err = QuantityError;

    /// Reads `2`, `0.1` or `100m`.
    ///
    /// # Errors
    ///
    /// - [`QuantityError::Empty`], [`QuantityError::NotANumber`], [`QuantityError::Negative`].
    /// - [`QuantityError::UnknownSuffix`] for anything but `m` or nothing; Kubernetes also takes
    ///   `k` and larger, which for CPU is always a slip.
    /// - [`QuantityError::TooFine`] below a thousandth of a core.
    /// - [`QuantityError::Overflow`] above 2^63 - 1 thousandths.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, suffix) = split(text)?;
        let factor = match suffix {
            "" => 1000,
            "m" => 1,
            other => {
                let near = match other {
                    "M" | "mcpu" | "millicores" | "mc" => Some(format!("{number}m")),
                    "c" | "cpu" | "cores" | "core" | "CPU" => Some(number.to_string()),
                    _ => None,
                };
                return Err(QuantityError::UnknownSuffix {
                    suffix: other.to_owned(),
                    resource: "CPU",
                    known: "`m` for thousandths of a core, or nothing for cores",
                    near,
                });
            }
        };
        let overflow = || QuantityError::Overflow {
            text: text.to_owned(),
        };
        let (millicores, rounded) = number.times(factor).ok_or_else(overflow)?;
        if rounded {
            return Err(QuantityError::TooFine {
                text: text.to_owned(),
            });
        }
        if millicores > MAXIMUM {
            return Err(overflow());
        }
        u64::try_from(millicores).map(Self).map_err(|_| overflow())
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) {
            write!(formatter, "{}", self.0 / 1000)
        } else {
            write!(formatter, "{}m", self.0)
        }
    }
}

impl Serialize for Cpu {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cpu {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyCpu;
        impl Visitor<'_> for AnyCpu {
            type Value = Cpu;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an amount of CPU such as `100m`, `0.1` or `2`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cpu, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, cores: u64) -> Result<Cpu, E> {
                self.visit_str(&cores.to_string())
            }

            fn visit_i64<E: de::Error>(self, cores: i64) -> Result<Cpu, E> {
                self.visit_str(&cores.to_string())
            }

            fn visit_f64<E: de::Error>(self, cores: f64) -> Result<Cpu, E> {
                // The shortest text that reads back as this number is what the user wrote.
                self.visit_str(&cores.to_string())
            }
        }
        deserializer.deserialize_any(AnyCpu)
    }
}

impl JsonSchema for Cpu {
    fn schema_name() -> Cow<'static, str> {
        "Cpu".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An amount of CPU: cores (`2`, `0.1`) or thousandths of a core (`100m`).",
            "type": ["string", "number"],
            "format": "cpu-quantity",
            "pattern": r"^([0-9]+m|[0-9]+(\.[0-9]{1,3})?)$",
            "minimum": 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_cores_and_thousandths() {
        for (text, millicores) in [
            ("100m", 100),
            ("0.1", 100),
            (".5", 500),
            ("2", 2000),
            ("0", 0),
            ("1.250", 1250),
        ] {
            assert_eq!(text.parse(), Ok(Cpu(millicores)), "{text}");
        }
    }

    #[test]
    fn refuses_with_a_reason() {
        for text in [
            "",
            "m",
            "-1",
            "0.0001",
            "0.5m",
            "1Gi",
            "1.2.3",
            "1e3",
            "99999999999999999999",
            "٣",
        ] {
            assert!(text.parse::<Cpu>().is_err(), "{text}");
        }
        let error = "100M".parse::<Cpu>().unwrap_err();
        assert_eq!(error.near(), Some("100m"));
    }

    #[test]
    fn reads_numbers_of_a_document() {
        assert_eq!(serde_yaml::from_str::<Cpu>("0.1").unwrap(), Cpu(100));
        assert_eq!(serde_yaml::from_str::<Cpu>("2").unwrap(), Cpu(2000));
        assert_eq!(serde_yaml::from_str::<Cpu>("250m").unwrap(), Cpu(250));
        assert!(serde_yaml::from_str::<Cpu>("-2").is_err());
        assert!(serde_yaml::from_str::<Cpu>(".inf").is_err());
    }

    proptest! {
        #[test]
        fn shown_text_reads_back(millicores in 0..=i64::MAX as u64) {
            let cpu = Cpu(millicores);
            prop_assert_eq!(cpu.to_string().parse(), Ok(cpu));
        }

        #[test]
        fn any_text_gives_an_answer(text in ".*") {
            let _ = text.parse::<Cpu>();
        }

        #[test]
        fn arithmetic_never_wraps(a: u64, b: u64, times: u32) {
            prop_assert_eq!(Cpu(a).checked_add(Cpu(b)).is_some(), a.checked_add(b).is_some());
            prop_assert_eq!(Cpu(a).checked_mul(times).map(Cpu::millicores), a.checked_mul(u64::from(times)));
        }
    }
}
