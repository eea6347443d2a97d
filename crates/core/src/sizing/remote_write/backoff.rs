//! How long a shard sleeps between retries.

use crate::units::Duration;

/// The sleep of a shard between retries: doubled after each failure, up to a maximum, without any jitter.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::remote_write::Backoff;
///
/// let usual = Backoff::up_to("5s".parse()?);
/// assert_eq!(usual.sleep(0).to_string(), "30ms");
/// assert_eq!(usual.sleep(100).to_string(), "5s");
/// let (retries, elapsed) = usual.longest_reached().expect("30 ms doubled get there");
/// assert_eq!((retries, elapsed.to_string().as_str()), (8, "7s650ms"));
/// # Ok::<(), helmwright::units::DurationError>(())
/// ```
///
/// # Source
///
/// Prometheus, `storage/remote/queue_manager.go`, and its documentation, `min_backoff` (30 ms) and `max_backoff` (5 s).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// `min_backoff`: the first sleep.
    pub min: Duration,
    /// `max_backoff`: the longest sleep.
    pub max: Duration,
}

impl Backoff {
    /// The usual first sleep.
    pub const MIN: Duration = Duration::from_millis(30);

    /// Makes a backoff from the usual first sleep to a maximum.
    pub const fn up_to(max: Duration) -> Self {
        Self {
            min: Self::MIN,
            max,
        }
    }

    /// Returns the sleep after so many failures before it: `min(min_backoff x 2^n, max_backoff)`.
    pub fn sleep(self, failures: u32) -> Duration {
        let factor = 2_u64.checked_pow(failures).unwrap_or(u64::MAX);
        let doubled = Duration::from_millis(self.min.millis().saturating_mul(factor));
        doubled.min(self.max)
    }

    /// Returns the time slept before the sleep after so many failures begins; pushes themselves take no time in this sum.
    pub fn elapsed(self, failures: u32) -> Duration {
        // The sleep is the longest after 64 doublings, so only so many differ.
        let growing = failures.min(64);
        let slept = (0..growing).fold(0_u64, |sum, n| sum.saturating_add(self.sleep(n).millis()));
        let rest = u64::from(failures - growing).saturating_mul(self.sleep(64).millis());
        Duration::from_millis(slept.saturating_add(rest))
    }

    /// Returns after how many retries, and after what time, the longest sleep begins; nothing when the first sleep is zero.
    ///
    /// With 30 ms, 5 s is reached after 8 retries (7.65 s), 300 s after 14 (491 s).
    pub fn longest_reached(self) -> Option<(u32, Duration)> {
        (0..=64)
            .find(|failures| self.sleep(*failures) == self.max)
            .map(|failures| (failures, self.elapsed(failures)))
    }

    /// Returns how much longer than an outage a shard may stay silent: the whole sleep it is in when the outage ends.
    pub fn extra_silence(self, outage: Duration) -> Duration {
        // Below, `elapsed` grows with each failure; from 64 on the sleep is the longest.
        let last = (0..=64)
            .take_while(|failures| self.elapsed(*failures) <= outage)
            .last()
            .unwrap_or(0);
        self.sleep(last)
    }

    /// Returns how much of the time since the outage began is dropped at worst: what is older than the limit when the shard wakes.
    ///
    /// # Arguments
    ///
    /// `age_limit` is `sample_age_limit`; zero means that samples of any age are sent, so none are dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::sizing::remote_write::Backoff;
    ///
    /// let backoff = Backoff::up_to("5m".parse()?);
    /// assert_eq!(backoff.dropped("10m".parse()?, "5m".parse()?).to_string(), "10m");
    /// assert_eq!(backoff.dropped("10m".parse()?, "30m".parse()?).to_string(), "0s");
    /// # Ok::<(), helmwright::units::DurationError>(())
    /// ```
    pub fn dropped(self, outage: Duration, age_limit: Duration) -> Duration {
        if age_limit == Duration::ZERO {
            return Duration::ZERO;
        }
        let silent = outage
            .millis()
            .saturating_add(self.extra_silence(outage).millis());
        Duration::from_millis(silent.saturating_sub(age_limit.millis()))
    }

    /// Returns how the longest sleep is reached, such as `30ms x 2^14 >= 5m: reached after 14 retries, 8m11s`.
    pub fn formula(self) -> String {
        match self.longest_reached() {
            Some((retries, elapsed)) => format!(
                "{} x 2^{retries} >= {}: reached after {retries} {}, {}",
                self.min,
                self.max,
                if retries == 1 { "retry" } else { "retries" },
                Duration::from_secs(elapsed.millis() / 1000).unwrap_or(elapsed)
            ),
            None => format!("{} never grows", self.min),
        }
    }

    /// Returns [`Self::extra_silence`] with its numbers, such as `10m outage + up to 5m asleep`.
    pub fn extra_silence_formula(self, outage: Duration) -> String {
        format!(
            "{outage} outage + up to {} asleep",
            self.extra_silence(outage)
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Duration {
        text.parse().unwrap()
    }

    #[test]
    fn retries_until_the_longest_sleep() {
        let reached = |max| Backoff::up_to(time(max)).longest_reached().unwrap();
        assert_eq!(reached("5s"), (8, Duration::from_millis(7650)));
        assert_eq!(reached("300s"), (14, Duration::from_millis(491_490)));
        assert_eq!(reached("30ms"), (0, Duration::ZERO));
        assert_eq!(reached("10ms"), (0, Duration::ZERO));
        let zero = Backoff {
            min: Duration::ZERO,
            max: time("5s"),
        };
        assert_eq!(zero.longest_reached(), None);
        assert_eq!(zero.formula(), "0s never grows");
        assert_eq!(
            Backoff::up_to(time("5m")).formula(),
            "30ms x 2^14 >= 5m: reached after 14 retries, 8m11s"
        );
    }

    #[test]
    fn silence_after_an_outage() {
        let backoff = Backoff::up_to(time("5m"));
        assert_eq!(backoff.extra_silence(Duration::ZERO), time("30ms"));
        assert_eq!(
            backoff.extra_silence(Duration::from_millis(491_489)),
            backoff.sleep(13)
        );
        assert_eq!(
            backoff.extra_silence(Duration::from_millis(491_490)),
            time("5m")
        );
        assert_eq!(backoff.extra_silence(time("30d")), time("5m"));
        assert_eq!(
            backoff.extra_silence_formula(time("10m")),
            "10m outage + up to 5m asleep"
        );
        // The remote-write incident: a shard that slept past the age limit dropped up to five minutes more.
        assert_eq!(backoff.dropped(time("10m"), time("5m")), time("10m"));
        assert_eq!(
            Backoff::up_to(time("1m")).dropped(time("10m"), time("15m")),
            Duration::ZERO
        );
        assert_eq!(backoff.dropped(time("10m"), Duration::ZERO), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn sleeps_grow_up_to_the_longest(min in 1..100_000_u64, max in 1..100_000_000_u64, failures in 0..200_u32) {
            let backoff = Backoff { min: Duration::from_millis(min), max: Duration::from_millis(max) };
            prop_assert!(backoff.sleep(failures) <= backoff.sleep(failures + 1));
            prop_assert!(backoff.sleep(failures) <= backoff.max);
            prop_assert_eq!(
                backoff.elapsed(failures).checked_add(backoff.sleep(failures)),
                Some(backoff.elapsed(failures + 1))
            );
            let (retries, _) = backoff.longest_reached().unwrap();
            prop_assert_eq!(backoff.sleep(retries), backoff.max);
            prop_assert!(retries == 0 || backoff.sleep(retries - 1) < backoff.max);
        }

        #[test]
        fn a_longer_limit_drops_less(outage in 0..10_000_000_u64, limit in 1..10_000_000_u64, max in 1..1_000_000_u64) {
            let backoff = Backoff::up_to(Duration::from_millis(max));
            let dropped = |limit| backoff.dropped(Duration::from_millis(outage), Duration::from_millis(limit));
            prop_assert!(dropped(limit + 1) <= dropped(limit));
        }

        #[test]
        fn any_numbers_give_an_answer(min: u64, max: u64, failures: u32, outage: u64, limit: u64) {
            let backoff = Backoff { min: Duration::from_millis(min), max: Duration::from_millis(max) };
            let outage = Duration::from_millis(outage);
            prop_assert!(backoff.sleep(failures) <= backoff.max);
            let _ = (backoff.elapsed(failures), backoff.dropped(outage, Duration::from_millis(limit)));
            prop_assert!(!backoff.formula().is_empty() && !backoff.extra_silence_formula(outage).is_empty());
        }
    }
}
