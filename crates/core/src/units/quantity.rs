//! The grammar that all Kubernetes quantities share: a decimal number and a suffix.

use thiserror::Error;

/// The largest amount the Kubernetes API keeps; larger ones are silently capped at it.
///
/// # Source
///
/// `k8s.io/apimachinery/pkg/api/resource`, "No matter which of the three exponent forms is used,
/// no quantity may represent a number greater than 2^63-1 in magnitude".
pub(super) const MAXIMUM: u128 = i64::MAX as u128;

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// Nothing is written.
    #[error("a quantity is missing")]
    Empty,
    /// No digit where the number should be.
    #[error("`{text}` does not start with a number")]
    NotANumber {
        /// What was written.
        text: String,
    },
    /// The number is below zero.
    #[error("`{text}` is negative")]
    Negative {
        /// What was written.
        text: String,
    },
    /// The suffix is not one of Kubernetes' for this resource.
    #[error("`{suffix}` is no suffix of a {resource} quantity ({known})")]
    UnknownSuffix {
        /// The suffix found.
        suffix: String,
        /// `CPU`, `memory` or `storage`.
        resource: &'static str,
        /// The suffixes there are, in words.
        known: &'static str,
        /// The whole quantity as it was probably meant.
        near: Option<String>,
    },
    /// `m` on memory or storage: thousandths of a byte.
    #[error(
        "`m` means thousandths of a byte, so `{text}` is less than a byte a piece; megabytes are `M` or `Mi`"
    )]
    Thousandths {
        /// What was written.
        text: String,
        /// The same number in `Mi`.
        near: String,
    },
    /// More than 2^63 - 1 bytes, or more than 2^63 - 1 thousandths of a core.
    #[error("`{text}` is more than Kubernetes can count")]
    Overflow {
        /// What was written.
        text: String,
    },
    /// Finer than a thousandth of a core.
    #[error("`{text}` is finer than `1m`, the smallest amount of CPU")]
    TooFine {
        /// What was written.
        text: String,
    },
}

impl QuantityError {
    /// Returns the quantity that was probably meant.
    pub fn near(&self) -> Option<&str> {
        match self {
            Self::UnknownSuffix { near, .. } => near.as_deref(),
            Self::Thousandths { near, .. } => Some(near),
            _ => None,
        }
    }
}

/// A decimal number before its suffix: `mantissa / 10^decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) mantissa: u64,
    pub(super) decimals: u32,
}

impl Number {
    /// Returns `self * factor`, and whether a fraction was left over (then it is rounded up, as Kubernetes does).
    pub(super) fn times(self, factor: u128) -> Option<(u128, bool)> {
        let product = u128::from(self.mantissa).checked_mul(factor)?;
        let divisor = 10_u128.checked_pow(self.decimals)?;
        Some((product.div_ceil(divisor), product % divisor != 0))
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.mantissa.to_string();
        let decimals = self.decimals as usize;
        if decimals == 0 {
            return formatter.write_str(&digits);
        }
        let digits = format!("{digits:0>width$}", width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        write!(formatter, "{whole}.{fraction}")
    }
}

/// Splits a quantity into its number and its suffix.
pub(super) fn split(text: &str) -> Result<(Number, &str), QuantityError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(QuantityError::Empty);
    }
    if trimmed.starts_with('-') {
        return Err(QuantityError::Negative {
            text: trimmed.to_owned(),
        });
    }
    let end = trimmed
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(trimmed.len());
    let (number, suffix) = trimmed.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return Err(QuantityError::NotANumber {
            text: trimmed.to_owned(),
        });
    }
    let fraction = fraction.trim_end_matches('0');
    let overflow = || QuantityError::Overflow {
        text: trimmed.to_owned(),
    };
    let mut mantissa = 0_u64;
    for digit in whole.bytes().chain(fraction.bytes()) {
        mantissa = mantissa
            .checked_mul(10)
            .and_then(|shifted| shifted.checked_add(u64::from(digit - b'0')))
            .ok_or_else(overflow)?;
    }
    let decimals = u32::try_from(fraction.len()).map_err(|_| overflow())?;
    Ok((Number { mantissa, decimals }, suffix))
}
