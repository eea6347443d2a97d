//! Quotients of products that do not fit 64 bits.

/// A product of 64-bit numbers: exact as far as 128 bits reach, and about right beyond.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wide {
    exact: Option<u128>,
    about: f64,
}

impl Wide {
    /// Returns the difference, or nothing below zero.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        match (self.exact, other.exact) {
            (Some(left), Some(right)) => left.checked_sub(right).map(Self::new),
            _ => (self.about > other.about).then_some(Self {
                exact: None,
                about: self.about - other.about,
            }),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "the exact number stands beside it"
    )]
    fn new(exact: u128) -> Self {
        Self {
            exact: Some(exact),
            about: exact as f64,
        }
    }
}

/// What happens to a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    Up,
    Down,
}

/// Returns the product of all.
#[expect(
    clippy::cast_precision_loss,
    reason = "only used where 128 bits do not suffice"
)]
pub(super) fn product<const COUNT: usize>(factors: [u64; COUNT]) -> Wide {
    let exact = factors.iter().try_fold(1_u128, |product, factor| {
        product.checked_mul(u128::from(*factor))
    });
    // A zero makes the product exact even behind factors that overflow.
    if factors.contains(&0) {
        return Wide::new(0);
    }
    Wide {
        exact,
        about: factors.iter().map(|factor| *factor as f64).product(),
    }
}

/// Returns the quotient, at most the largest number; nothing when the divisor is zero.
pub(super) fn quotient(dividend: Wide, divisor: Wide, round: Round) -> Option<u64> {
    match (dividend.exact, divisor.exact) {
        (_, Some(0)) => None,
        (Some(dividend), Some(divisor)) => {
            let whole = match round {
                Round::Up => dividend.div_ceil(divisor),
                Round::Down => dividend / divisor,
            };
            Some(u64::try_from(whole).unwrap_or(u64::MAX))
        }
        _ => Some(saturate(dividend.about / divisor.about, round)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a quotient of positive numbers, and the cast keeps what is too large at the largest number"
)]
fn saturate(number: f64, round: Round) -> u64 {
    match round {
        Round::Up => number.ceil() as u64,
        Round::Down => number.floor() as u64,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn beyond_128_bits_it_is_about_right() {
        let huge = product([u64::MAX, u64::MAX, u64::MAX]);
        assert_eq!(
            quotient(huge, product([u64::MAX, u64::MAX]), Round::Down),
            Some(u64::MAX)
        );
        assert_eq!(quotient(product([5]), huge, Round::Down), Some(0));
        assert_eq!(quotient(product([5]), huge, Round::Up), Some(1));
        assert_eq!(
            quotient(huge, product([u64::MAX, u64::MAX, 0]), Round::Up),
            None
        );
        assert!(product([5]).minus(huge).is_none());
        assert!(huge.minus(product([5])).is_some());
        assert!(huge.minus(huge).is_none());
    }

    proptest! {
        #[test]
        fn small_numbers_are_exact(a: u32, b: u32, c in 1..u32::MAX) {
            let dividend = product([u64::from(a), u64::from(b)]);
            let exact = u64::from(a) * u64::from(b);
            let divisor = product([u64::from(c)]);
            prop_assert_eq!(quotient(dividend, divisor, Round::Down), Some(exact / u64::from(c)));
            prop_assert_eq!(quotient(dividend, divisor, Round::Up), Some(exact.div_ceil(u64::from(c))));
        }
    }
}
