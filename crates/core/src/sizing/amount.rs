//! Amounts of any unit: counted alike, shown as operators write them.

use std::fmt;

use crate::units::{Cpu, Memory, Storage};

mod sealed {
    pub trait Sealed {}
}

/// An amount of one resource: CPU, memory, storage, or a number of things. No other type can be one.
///
/// The type keeps memory from being subtracted from storage; the unit is the smallest one (a thousandth of a core, a byte, a
/// thing).
pub trait Amount: Copy + Ord + fmt::Debug + sealed::Sealed {
    /// Makes an amount from its smallest units.
    fn from_units(units: u64) -> Self;

    /// Returns the amount in its smallest units.
    fn units(self) -> u64;

    /// Rounds up to what a person would write in a quota: CPU to 100m, memory and storage to whole Gi, other things not at all.
    ///
    /// An amount too large to round stays as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::sizing::amount::Amount;
    /// use helmwright::units::{Cpu, Memory};
    ///
    /// assert_eq!(Cpu::from_millicores(9310).presentable(), Cpu::from_millicores(9400));
    /// assert_eq!("37.25Gi".parse::<Memory>()?.presentable(), "38Gi".parse()?);
    /// # Ok::<(), helmwright::units::QuantityError>(())
    /// ```
    #[must_use]
    fn presentable(self) -> Self;

    /// Writes so many smallest units; a precision asks for so many decimals of the usual unit.
    #[doc(hidden)]
    fn write(units: u64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl sealed::Sealed for Cpu {}
impl Amount for Cpu {
    fn from_units(units: u64) -> Self {
        Self::from_millicores(units)
    }

    fn units(self) -> u64 {
        self.millicores()
    }

    fn presentable(self) -> Self {
        Self::from_units(next_multiple(self.units(), 100))
    }

    fn write(units: u64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{units}m")
    }
}

macro_rules! bytes {
    ($name:ident) => {
        impl sealed::Sealed for $name {}
        impl Amount for $name {
            fn from_units(units: u64) -> Self {
                Self::from_bytes(units)
            }

            fn units(self) -> u64 {
                self.bytes()
            }

            fn presentable(self) -> Self {
                Self::from_units(next_multiple(self.units(), GI))
            }

            fn write(units: u64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_bytes(units, formatter)
            }
        }
    };
}

bytes!(Memory);
bytes!(Storage);

impl sealed::Sealed for u64 {}
impl Amount for u64 {
    fn from_units(units: u64) -> Self {
        units
    }

    fn units(self) -> u64 {
        self
    }

    fn presentable(self) -> Self {
        self
    }

    fn write(units: u64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{units}")
    }
}

const KI: u64 = 1 << 10;
const MI: u64 = 1 << 20;
const GI: u64 = 1 << 30;

fn next_multiple(units: u64, of: u64) -> u64 {
    units.checked_next_multiple_of(of).unwrap_or(units)
}

/// Writes Gi to the nearest tenth, without a decimal where that is a whole number; below 1Gi Mi, Ki or bytes.
fn write_bytes(bytes: u64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(decimals) = formatter.precision() {
        let decimals = decimals.min(9);
        let scale = 10_u128.pow(u32::try_from(decimals).unwrap_or(9));
        let rounded = (u128::from(bytes) * scale + u128::from(GI) / 2) / u128::from(GI);
        return if decimals == 0 {
            write!(formatter, "{rounded}Gi")
        } else {
            write!(
                formatter,
                "{}.{:0decimals$}Gi",
                rounded / scale,
                rounded % scale
            )
        };
    }
    let nearest = |unit: u64| bytes / unit + u64::from(bytes % unit >= unit / 2);
    if bytes == 0 {
        return formatter.write_str("0Gi");
    }
    if bytes < KI {
        return write!(formatter, "{bytes}");
    }
    if nearest(KI) < KI {
        return write!(formatter, "{}Ki", nearest(KI));
    }
    if nearest(MI) < KI {
        return write!(formatter, "{}Mi", nearest(MI));
    }
    let tenths = (u128::from(bytes) * 10 + u128::from(GI) / 2) / u128::from(GI);
    if tenths.is_multiple_of(10) {
        write!(formatter, "{}Gi", tenths / 10)
    } else {
        write!(formatter, "{}.{}Gi", tenths / 10, tenths % 10)
    }
}

/// An amount as text: CPU in `m`, memory and storage in `Gi`.
///
/// Bytes are rounded to the nearest tenth of a Gi, and a whole number has no decimal: `13.5Gi`, `16Gi`; below 1Gi they
/// are shown in `Mi`, `Ki` or bytes. A precision of the formatter asks for Gi with so many decimals: `{:.1}` gives `16.0Gi`. It is text for
/// people: fractions of a Gi become whole bytes once, when they are read, and sums are made of bytes, never of these texts.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::amount::Shown;
/// use helmwright::units::{Cpu, Memory};
///
/// assert_eq!(Shown(Cpu::from_millicores(10_000)).to_string(), "10000m");
/// let memory: Memory = "25.3Gi".parse()?;
/// assert_eq!(Shown(memory).to_string(), "25.3Gi");
/// assert_eq!(format!("{:.1}", Shown("16Gi".parse::<Memory>()?)), "16.0Gi");
/// assert_eq!(Shown("0.5Gi".parse::<Memory>()?).to_string(), "512Mi");
/// # Ok::<(), helmwright::units::QuantityError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown<A>(pub A);

impl<A: Amount> fmt::Display for Shown<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        A::write(self.0.units(), formatter)
    }
}

/// What is left of a quota, or what it lacks: shown with a minus where more is required than there is.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::amount::Balance;
/// use helmwright::units::Cpu;
///
/// let balance = Balance { quota: Cpu::from_millicores(4000), required: Cpu::from_millicores(5530) };
/// assert_eq!(balance.to_string(), "-1530m");
/// assert_eq!(balance.shortfall(), Some(Cpu::from_millicores(1530)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance<A> {
    /// What there is.
    pub quota: A,
    /// What is asked for.
    pub required: A,
}

impl<A: Amount> Balance<A> {
    /// Returns what is missing, or nothing where it fits.
    pub fn shortfall(self) -> Option<A> {
        (self.required > self.quota).then(|| self.size())
    }

    fn size(self) -> A {
        A::from_units(self.quota.units().abs_diff(self.required.units()))
    }
}

impl<A: Amount> fmt::Display for Balance<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.required > self.quota {
            formatter.write_str("-")?;
        }
        Shown(self.size()).fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        Shown(text.parse::<Memory>().unwrap()).to_string()
    }

    #[test]
    fn whole_numbers_have_no_decimal() {
        for (text, expected) in [
            ("13.5Gi", "13.5Gi"),
            ("25.3Gi", "25.3Gi"),
            ("16Gi", "16Gi"),
            ("16384Mi", "16Gi"),
            ("7.04Gi", "7Gi"),
            ("7.05Gi", "7.1Gi"),
            ("512Mi", "512Mi"),
            ("1023.6Mi", "1Gi"),
            ("1536Ki", "2Mi"),
            ("700Ki", "700Ki"),
            ("1023.9Ki", "1Mi"),
            ("17", "17"),
            ("0", "0Gi"),
            ("2Ti", "2048Gi"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        assert_eq!(Shown(7_u64).to_string(), "7");
        assert_eq!(Shown(Cpu::from_millicores(2900)).to_string(), "2900m");
    }

    #[test]
    fn a_precision_forces_gi() {
        let memory = Shown("512Mi".parse::<Memory>().unwrap());
        assert_eq!(format!("{memory:.0}"), "1Gi");
        assert_eq!(format!("{memory:.2}"), "0.50Gi");
        assert_eq!(format!("{memory:.99}"), "0.500000000Gi");
    }

    #[test]
    fn sums_of_fractions_show_as_the_sum() {
        let parts = ["8.5Gi", "13.5Gi", "3.3Gi", "0.7Gi"];
        let sum = parts.iter().fold(Memory::ZERO, |sum, part| {
            sum.checked_add(part.parse().unwrap()).unwrap()
        });
        assert_eq!(Shown(sum).to_string(), "26Gi");
    }

    proptest! {
        #[test]
        fn rounding_up_never_lowers(units: u64) {
            prop_assert!(Cpu::from_units(units).presentable() >= Cpu::from_units(units));
            prop_assert!(Storage::from_units(units).presentable() >= Storage::from_units(units));
        }

        #[test]
        fn any_amount_has_a_text(quota: u64, required: u64, decimals in 0..12_usize) {
            let balance = Balance { quota: Memory::from_bytes(quota), required: Memory::from_bytes(required) };
            let text = format!("{balance} {balance:.decimals$}");
            prop_assert!(!text.is_empty());
            prop_assert_eq!(balance.shortfall().is_some(), required > quota);
            prop_assert_eq!(balance.to_string().starts_with('-'), required > quota);
        }

        #[test]
        fn shown_text_is_within_a_twentieth(gibis in 1..100_000_u64, rest in 0..GI) {
            let memory = Memory::from_bytes(gibis * GI + rest);
            let read: Memory = Shown(memory).to_string().parse().unwrap();
            prop_assert!(memory.bytes().abs_diff(read.bytes()) <= GI / 20 + 1);
        }
    }
}
