//! Exact fractions, shown as percentages.

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU64;

/// An exact fraction, below zero where more is used than there is.
///
/// Comparing is exact. Showing rounds to one decimal of a percent, to the nearest, halves away from zero; a
/// precision of the formatter asks for another number of decimals (nine at most). A rule therefore compares the ratio and never its
/// text: 19.96% is shown as `20.0%` and is below 20%.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::Ratio;
///
/// let headroom = Ratio::rest(32, 25).expect("32 is not zero");
/// assert_eq!(headroom.to_string(), "21.9%");
/// assert_eq!(format!("{headroom:.3}"), "21.875%");
/// assert!(headroom > Ratio::per_mille(200));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    negative: bool,
    part: u64,
    whole: NonZeroU64,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self {
        negative: false,
        part: 0,
        whole: NonZeroU64::MIN,
    };

    /// Makes `part / whole`, or nothing when the whole is zero.
    pub const fn new(part: u64, whole: u64) -> Option<Self> {
        match NonZeroU64::new(whole) {
            Some(whole) => Some(Self {
                negative: false,
                part,
                whole,
            }),
            None => None,
        }
    }

    /// Makes `(whole - used) / whole`, or nothing when the whole is zero.
    pub const fn rest(whole: u64, used: u64) -> Option<Self> {
        match NonZeroU64::new(whole) {
            Some(divisor) => Some(Self {
                negative: used > whole,
                part: whole.abs_diff(used),
                whole: divisor,
            }),
            None => None,
        }
    }

    /// Makes so many thousandths.
    pub const fn per_mille(thousandths: u32) -> Self {
        Self {
            negative: false,
            part: thousandths as u64,
            whole: NonZeroU64::new(1000).expect("1000 is not zero"),
        }
    }

    /// Returns whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.negative
    }

    /// Returns the numerator's size, without its sign.
    pub const fn part(self) -> u64 {
        self.part
    }

    /// Returns the denominator.
    pub const fn whole(self) -> u64 {
        self.whole.get()
    }

    /// Returns the nearest floating-point number, for JSON.
    #[expect(clippy::cast_precision_loss, reason = "a reader of JSON gets 53 bits")]
    pub fn as_f64(self) -> f64 {
        let size = self.part as f64 / self.whole.get() as f64;
        if self.negative { -size } else { size }
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ratio {}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let scaled =
            |one: &Self, another: &Self| u128::from(one.part) * u128::from(another.whole.get());
        let sizes = scaled(self, other).cmp(&scaled(other, self));
        match (
            self.negative && self.part > 0,
            other.negative && other.part > 0,
        ) {
            (false, false) => sizes,
            (true, true) => sizes.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = formatter.precision().unwrap_or(1).min(9);
        // 10^9 * 100 * 2^64 stays below 2^101.
        let scale = 10_u128.pow(u32::try_from(decimals).unwrap_or(9));
        let whole = u128::from(self.whole.get());
        let percent = (u128::from(self.part) * 100 * scale + whole / 2) / whole;
        let sign = if self.negative && percent > 0 {
            "-"
        } else {
            ""
        };
        let (before, after) = (percent / scale, percent % scale);
        if decimals == 0 {
            write!(formatter, "{sign}{before}%")
        } else {
            write!(formatter, "{sign}{before}.{after:0decimals$}%")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentages_are_rounded_to_the_nearest() {
        let shown = |part, whole| Ratio::new(part, whole).unwrap().to_string();
        assert_eq!(shown(1, 3), "33.3%");
        assert_eq!(shown(2, 3), "66.7%");
        assert_eq!(shown(1, 1), "100.0%");
        assert_eq!(shown(0, 7), "0.0%");
        assert_eq!(shown(5, 10_000), "0.1%");
        assert_eq!(shown(u64::MAX, 1), "1844674407370955161500.0%");
        assert_eq!(Ratio::rest(4, 5).unwrap().to_string(), "-25.0%");
        assert_eq!(Ratio::rest(100_000, 100_001).unwrap().to_string(), "0.0%");
        assert_eq!(format!("{:.0}", Ratio::per_mille(355)), "36%");
        assert_eq!(format!("{:.99}", Ratio::per_mille(1)), "0.100000000%");
        assert_eq!(Ratio::new(1, 0), None);
    }

    #[test]
    fn the_text_of_a_ratio_just_below_a_limit_may_be_the_limit() {
        let headroom = Ratio::rest(10_000, 8_004).unwrap();
        assert_eq!(headroom.to_string(), "20.0%");
        assert!(headroom < Ratio::per_mille(200));
    }

    proptest! {
        #[test]
        fn order_is_that_of_the_numbers(a in 0..1000_u64, b in 1..1000_u64, c in 0..1000_u64, d in 1..1000_u64) {
            let number = |whole: u64, used: u64| (i128::from(whole) - i128::from(used), i128::from(whole));
            let ((p, q), (r, s)) = (number(b, a), number(d, c));
            let left = Ratio::rest(b, a).unwrap();
            let right = Ratio::rest(d, c).unwrap();
            prop_assert_eq!(left.cmp(&right), (p * s).cmp(&(r * q)));
        }

        #[test]
        fn any_ratio_has_a_text_and_an_order(a: u64, b: u64, c: u64, d: u64, decimals in 0..12_usize) {
            if let (Some(left), Some(right)) = (Ratio::rest(a, b), Ratio::rest(c, d)) {
                prop_assert_eq!(left.cmp(&right), right.cmp(&left).reverse());
                let text = format!("{left:.decimals$}");
                prop_assert!(text.ends_with('%'));
            }
        }
    }
}
