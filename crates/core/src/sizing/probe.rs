//! How long a process may pause before the kubelet acts on it.
//!
//! The kubelet runs one probe of a container at a time and acts after so many failures in a row. A tick that falls into a slow
//! probe fires at once when that probe ends, so failing probes follow each other every `E = max(period, timeout)`.
//!
//! # Source
//!
//! Kubernetes, `pkg/kubelet/prober/worker.go`; the probe cascade, where a 5 s timeout killed a single-threaded proxy under load.

use crate::units::Duration;

/// The delay before the first probe, in seconds, where none is set.
///
/// # Source
///
/// Kubernetes API reference, `Probe.initialDelaySeconds`.
pub const INITIAL_DELAY: u32 = 0;

/// The successes in a row that count as healthy again, where none are set; liveness and startup allow no other.
///
/// # Source
///
/// Kubernetes API reference, `Probe.successThreshold`.
pub const SUCCESS_THRESHOLD: u32 = 1;

/// The three numbers of a probe that decide how long a pause it bears.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::probe::Window;
///
/// let shipped = Window { period: 10, timeout: 5, failures: 3 };
/// assert_eq!(shipped.safe().to_string(), "25s");
/// assert_eq!(shipped.kill().to_string(), "35s");
///
/// let patient = Window { timeout: 60, ..shipped };
/// assert_eq!(patient.safe_formula(), "(3-1) x max(10, 60) + 60 = 180 s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// `periodSeconds`: seconds from one probe to the next.
    pub period: u32,
    /// `timeoutSeconds`: seconds a probe waits for its answer.
    pub timeout: u32,
    /// `failureThreshold`: failures in a row before the kubelet acts.
    pub failures: u32,
}

impl Default for Window {
    /// Kubernetes' own numbers: every 10 s, 1 s to answer, 3 failures.
    ///
    /// # Source
    ///
    /// Kubernetes API reference, `Probe`.
    fn default() -> Self {
        Self {
            period: 10,
            timeout: 1,
            failures: 3,
        }
    }
}

impl Window {
    /// Makes a window of what a manifest says; what is missing or zero is Kubernetes' own number.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::sizing::probe::Window;
    ///
    /// assert_eq!(Window::from_fields(None, Some(0), None), Window::default());
    /// assert_eq!(Window::from_fields(None, Some(2), None).safe().to_string(), "22s");
    /// ```
    pub fn from_fields(period: Option<u32>, timeout: Option<u32>, failures: Option<u32>) -> Self {
        let or = |given: Option<u32>, usual| given.filter(|number| *number > 0).unwrap_or(usual);
        let usual = Self::default();
        Self {
            period: or(period, usual.period),
            timeout: or(timeout, usual.timeout),
            failures: or(failures, usual.failures),
        }
    }

    /// Returns the time from one failing probe to the next: `E = max(period, timeout)`.
    pub fn spacing(self) -> Duration {
        seconds(u64::from(self.period.max(self.timeout)))
    }

    /// Returns the longest pause that never triggers: `P_safe = (F-1) x E + t`.
    ///
    /// A pause can begin just before a probe: that one fails after its timeout, each further one `E` later. An
    /// answer that comes exactly with the timeout counts as an answer.
    pub fn safe(self) -> Duration {
        let spacing = u64::from(self.period.max(self.timeout));
        let before_last = u64::from(self.failures).saturating_sub(1);
        seconds(
            before_last
                .saturating_mul(spacing)
                .saturating_add(u64::from(self.timeout)),
        )
    }

    /// Returns the shortest pause that always triggers: `P_kill = F x E + min(T, t)`.
    ///
    /// It is also the longest time until a dead process is found: a pause can begin just after a probe was answered.
    pub fn kill(self) -> Duration {
        let spacing = u64::from(self.period.max(self.timeout));
        seconds(
            u64::from(self.failures)
                .saturating_mul(spacing)
                .saturating_add(u64::from(self.period.min(self.timeout))),
        )
    }

    /// Returns the earliest restart after a start, without a startup probe: `initialDelay + P_safe`.
    ///
    /// # Arguments
    ///
    /// `initial_delay` is the probe's `initialDelaySeconds`.
    pub fn first_restart(self, initial_delay: u32) -> Duration {
        add(seconds(u64::from(initial_delay)), self.safe())
    }

    /// Returns the start that a startup probe with this window covers: `initialDelay + F x max(T, t)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::sizing::probe::Window;
    ///
    /// let startup = Window { period: 10, timeout: 5, failures: 90 };
    /// assert_eq!(startup.startup_coverage(0).to_string(), "15m");
    /// ```
    pub fn startup_coverage(self, initial_delay: u32) -> Duration {
        let spacing = u64::from(self.period.max(self.timeout));
        add(
            seconds(u64::from(initial_delay)),
            seconds(u64::from(self.failures).saturating_mul(spacing)),
        )
    }

    /// Returns [`Self::safe`] with its numbers.
    pub fn safe_formula(self) -> String {
        format!("{} = {}", self.safe_terms(), whole(self.safe()))
    }

    /// Returns [`Self::kill`] with its numbers, such as `3 x max(10, 5) + min(10, 5) = 35 s`.
    pub fn kill_formula(self) -> String {
        let Self {
            period,
            timeout,
            failures,
        } = self;
        format!(
            "{failures} x max({period}, {timeout}) + min({period}, {timeout}) = {}",
            whole(self.kill())
        )
    }

    /// Returns [`Self::first_restart`] with its numbers, such as `60 + (3-1) x max(10, 5) + 5 = 85 s`.
    pub fn first_restart_formula(self, initial_delay: u32) -> String {
        format!(
            "{initial_delay} + {} = {}",
            self.safe_terms(),
            whole(self.first_restart(initial_delay))
        )
    }

    /// Returns [`Self::startup_coverage`] with its numbers, such as `0 + 90 x max(10, 5) = 900 s`.
    pub fn startup_coverage_formula(self, initial_delay: u32) -> String {
        let Self {
            period,
            timeout,
            failures,
        } = self;
        format!(
            "{initial_delay} + {failures} x max({period}, {timeout}) = {}",
            whole(self.startup_coverage(initial_delay))
        )
    }

    /// Returns both bounds with their numbers, in one line.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::sizing::probe::Window;
    ///
    /// assert_eq!(
    ///     Window::default().formula(),
    ///     "a pause of (3-1) x max(10, 1) + 1 = 21 s never triggers, one of 3 x max(10, 1) + min(10, 1) = 31 s always does"
    /// );
    /// ```
    pub fn formula(self) -> String {
        format!(
            "a pause of {} never triggers, one of {} always does",
            self.safe_formula(),
            self.kill_formula()
        )
    }

    fn safe_terms(self) -> String {
        let Self {
            period,
            timeout,
            failures,
        } = self;
        format!("({failures}-1) x max({period}, {timeout}) + {timeout}")
    }
}

/// The largest time there is where so many seconds do not fit.
fn seconds(count: u64) -> Duration {
    Duration::from_secs(count).unwrap_or(Duration::from_millis(u64::MAX))
}

fn add(left: Duration, right: Duration) -> Duration {
    left.checked_add(right)
        .unwrap_or(Duration::from_millis(u64::MAX))
}

fn whole(time: Duration) -> String {
    if time > YEAR {
        return "more than a year".to_owned();
    }
    format!("{} s", time.millis() / 1000)
}

/// Says a time, except one that is longer than anybody waits.
pub(crate) fn spoken(time: Duration) -> String {
    if time > YEAR {
        return "more than a year".to_owned();
    }
    time.to_string()
}

/// What is longer is said as that: sums beyond some hundred million years are not even exact.
const YEAR: Duration = Duration::from_days(365);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(period: u32, timeout: u32, failures: u32) -> Window {
        Window {
            period,
            timeout,
            failures,
        }
    }

    #[test]
    fn windows_of_known_probes() {
        for (probe, safe, kill) in [
            (window(10, 5, 3), 25, 35),
            (window(10, 60, 3), 180, 190),
            (window(10, 2, 3), 22, 32),
            (window(10, 5, 5), 45, 55),
            (Window::default(), 21, 31),
            (window(5, 30, 3), 90, 95),
        ] {
            assert_eq!(probe.safe(), seconds(safe), "{probe:?}");
            assert_eq!(probe.kill(), seconds(kill), "{probe:?}");
        }
        assert_eq!(window(5, 3, 3).kill(), seconds(18));
        assert_eq!(window(30, 5, 5).kill(), seconds(155));
    }

    #[test]
    fn starts_that_are_covered() {
        assert_eq!(window(10, 5, 3).first_restart(60), seconds(85));
        assert_eq!(
            window(10, 5, 90).startup_coverage(INITIAL_DELAY),
            seconds(900)
        );
        assert_eq!(window(5, 30, 3).startup_coverage(10), seconds(100));
    }

    #[test]
    fn formulas_hold_their_numbers() {
        assert_eq!(
            window(10, 5, 3).kill_formula(),
            "3 x max(10, 5) + min(10, 5) = 35 s"
        );
        assert_eq!(
            window(10, 5, 3).first_restart_formula(60),
            "60 + (3-1) x max(10, 5) + 5 = 85 s"
        );
        assert_eq!(
            window(10, 5, 90).startup_coverage_formula(0),
            "0 + 90 x max(10, 5) = 900 s"
        );
    }

    #[test]
    fn endless_times_are_said_in_words() {
        let endless = window(u32::MAX, u32::MAX, u32::MAX);
        assert_eq!(spoken(endless.safe()), "more than a year");
        assert!(endless.kill_formula().ends_with(" = more than a year"));
        assert_eq!(spoken(YEAR), "365d");
    }

    /// Plays the kubelet's worker against a process that answers at once, but not from `phase` until `pause` later.
    ///
    /// Times are in tenths of a second. The process is probed at every multiple of the period; a tick during a probe is kept
    /// (one at most) and fires when the probe ends.
    fn triggers(probe: Window, phase: u64, pause: u64) -> bool {
        let (period, timeout) = (u64::from(probe.period) * 10, u64::from(probe.timeout) * 10);
        let (begin, end) = (phase, phase + pause);
        let mut now = 0;
        let mut failed = 0;
        loop {
            let wait = if (begin..end).contains(&now) {
                end - now
            } else {
                0
            };
            let done = now + wait.min(timeout);
            failed = if wait > timeout { failed + 1 } else { 0 };
            if failed >= probe.failures {
                return true;
            }
            if now >= end {
                return false;
            }
            // The latest tick that this probe's start had not used up yet, else the next one.
            let kept = done / period * period;
            now = if kept > now {
                done
            } else {
                (now / period + 1) * period
            };
        }
    }

    #[test]
    fn the_player_knows_the_simple_cases() {
        assert!(!triggers(Window::default(), 0, 0));
        assert!(!triggers(Window::default(), 0, 210));
        assert!(triggers(Window::default(), 0, 211));
        assert!(!triggers(Window::default(), 1, 211));
        assert!(triggers(Window::default(), 1, 310));
        assert!(!triggers(Window::default(), 1, 309));
    }

    proptest! {
        #[test]
        fn bounds_agree_with_every_phase(period in 1..12_u32, timeout in 1..25_u32, failures in 1..7_u32) {
            let probe = window(period, timeout, failures);
            let (safe, kill) = (probe.safe().millis() / 100, probe.kill().millis() / 100);
            let phases = 0..u64::from(period) * 10;
            prop_assert!(!phases.clone().any(|phase| triggers(probe, phase, safe)), "safe");
            prop_assert!(phases.clone().any(|phase| triggers(probe, phase, safe + 1)), "safe is the longest");
            prop_assert!(phases.clone().all(|phase| triggers(probe, phase, kill)), "kill");
            prop_assert!(!phases.clone().all(|phase| triggers(probe, phase, kill - 1)), "kill is the shortest");
        }

        #[test]
        fn larger_numbers_bear_longer_pauses(period in 1..5000_u32, timeout in 1..5000_u32, failures in 1..5000_u32) {
            let probe = window(period, timeout, failures);
            prop_assert!(probe.safe() < probe.kill());
            for more in [
                window(period + 1, timeout, failures),
                window(period, timeout + 1, failures),
                window(period, timeout, failures + 1),
            ] {
                prop_assert!(more.safe() >= probe.safe() && more.kill() >= probe.kill());
                prop_assert!(more.startup_coverage(0) >= probe.startup_coverage(0));
            }
        }

        #[test]
        fn any_numbers_give_an_answer(period: u32, timeout: u32, failures: u32, delay: u32) {
            let probe = window(period, timeout, failures);
            prop_assert!(probe.safe() <= probe.first_restart(delay));
            prop_assert!(probe.safe() <= probe.kill());
            prop_assert!(!probe.formula().is_empty());
            prop_assert!(!probe.first_restart_formula(delay).is_empty());
            prop_assert!(!probe.startup_coverage_formula(delay).is_empty());
        }
    }
}
