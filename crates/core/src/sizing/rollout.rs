//! How many pods a rolling update adds, and how many a disruption budget lets go.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A number of pods, or a percentage of them: what Kubernetes calls `IntOrString`.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::rollout::IntOrPercent;
///
/// assert_eq!("25%".parse(), Ok(IntOrPercent::Percent(25)));
/// assert_eq!("1".parse(), Ok(IntOrPercent::Count(1)));
/// assert!("25.5%".parse::<IntOrPercent>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntOrPercent {
    /// So many pods.
    Count(u32),
    /// So many hundredths of the pods.
    Percent(u32),
}

/// What a Deployment takes for `maxSurge` and `maxUnavailable` where nothing is set.
///
/// # Source
///
/// Kubernetes API reference, `RollingUpdateDeployment`.
pub const DEPLOYMENT_DEFAULT: IntOrPercent = IntOrPercent::Percent(25);

impl IntOrPercent {
    /// Returns the pods meant of so many, a fraction of a pod counted as one.
    pub fn of_rounded_up(self, pods: u32) -> u64 {
        match self {
            Self::Count(count) => u64::from(count),
            Self::Percent(percent) => (u64::from(pods) * u64::from(percent)).div_ceil(100),
        }
    }

    /// Returns the pods meant of so many, a fraction of a pod left out.
    pub fn of_rounded_down(self, pods: u32) -> u64 {
        match self {
            Self::Count(count) => u64::from(count),
            Self::Percent(percent) => u64::from(pods) * u64::from(percent) / 100,
        }
    }
}

impl FromStr for IntOrPercent {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_suffix('%') {
            Some(percent) => percent.parse().map(Self::Percent),
            None => text.parse().map(Self::Count),
        }
    }
}

impl fmt::Display for IntOrPercent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Percent(percent) => write!(formatter, "{percent}%"),
        }
    }
}

/// Returns the pods a Deployment starts beside its own in an update: `maxSurge`, a percentage rounded up.
///
/// A StatefulSet adds none. A DaemonSet adds its `maxSurge`, zero where none is set.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::rollout::{DEPLOYMENT_DEFAULT, IntOrPercent, surge_pods};
///
/// assert_eq!(surge_pods(2, DEPLOYMENT_DEFAULT), 1);
/// assert_eq!(surge_pods(2, IntOrPercent::Percent(15)), 1);
/// assert_eq!(surge_pods(5, IntOrPercent::Count(0)), 0);
/// ```
///
/// # Source
///
/// Kubernetes, `ResolveFenceposts` of the Deployment controller: surge rounds up, unavailable rounds down.
pub fn surge_pods(replicas: u32, max_surge: IntOrPercent) -> u64 {
    max_surge.of_rounded_up(replicas)
}

/// Returns the pods an update may take away first: `maxUnavailable`, a percentage rounded down.
///
/// Where both this and the surge come to zero the update could not move; the controller then takes one pod away.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::rollout::{DEPLOYMENT_DEFAULT, IntOrPercent, unavailable_pods};
///
/// assert_eq!(unavailable_pods(3, DEPLOYMENT_DEFAULT, DEPLOYMENT_DEFAULT), 0);
/// assert_eq!(unavailable_pods(3, DEPLOYMENT_DEFAULT, IntOrPercent::Count(0)), 1);
/// ```
pub fn unavailable_pods(
    replicas: u32,
    max_unavailable: IntOrPercent,
    max_surge: IntOrPercent,
) -> u64 {
    let away = max_unavailable.of_rounded_down(replicas);
    if away == 0 && surge_pods(replicas, max_surge) == 0 {
        1
    } else {
        away
    }
}

/// What a PodDisruptionBudget says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisruptionBudget {
    /// So many pods must stay.
    MinAvailable(IntOrPercent),
    /// So many pods may go.
    MaxUnavailable(IntOrPercent),
}

impl DisruptionBudget {
    /// Returns the pods that may be evicted while all are healthy; percentages round up, both ways.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::sizing::rollout::{DisruptionBudget, IntOrPercent};
    ///
    /// assert_eq!(DisruptionBudget::MinAvailable(IntOrPercent::Percent(50)).allowed(3), 1);
    /// assert_eq!(DisruptionBudget::MaxUnavailable(IntOrPercent::Percent(50)).allowed(3), 2);
    /// assert_eq!(DisruptionBudget::MinAvailable(IntOrPercent::Count(1)).allowed(1), 0);
    /// ```
    ///
    /// # Source
    ///
    /// Kubernetes, the disruption controller, `getExpectedPodCount`.
    pub fn allowed(self, pods: u32) -> u64 {
        let all = u64::from(pods);
        match self {
            Self::MinAvailable(stay) => all.saturating_sub(stay.of_rounded_up(pods)),
            Self::MaxUnavailable(go) => go.of_rounded_up(pods).min(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rounds_as_the_controller_does() {
        for (replicas, percent, up, down) in [
            (1, 25, 1, 0),
            (2, 25, 1, 0),
            (4, 25, 1, 1),
            (5, 25, 2, 1),
            (0, 25, 0, 0),
            (3, 100, 3, 3),
            (3, 200, 6, 6),
        ] {
            let share = IntOrPercent::Percent(percent);
            assert_eq!(surge_pods(replicas, share), up);
            assert_eq!(share.of_rounded_down(replicas), down);
        }
    }

    #[test]
    fn reads_and_shows_the_text_of_a_manifest() {
        for text in ["0", "1", "25%", "100%"] {
            assert_eq!(text.parse::<IntOrPercent>().unwrap().to_string(), text);
        }
        for text in ["", "%", "-1", "1.5", "25 %", "99999999999"] {
            assert!(text.parse::<IntOrPercent>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_update_always_moves(replicas: u32, surge in 0..200_u32, away in 0..100_u32) {
            let (surge, away) = (IntOrPercent::Percent(surge), IntOrPercent::Percent(away));
            prop_assert!(surge_pods(replicas, surge) + unavailable_pods(replicas, away, surge) >= 1);
        }

        #[test]
        fn a_budget_never_lets_more_go_than_there_are(pods: u32, number: u32) {
            for share in [IntOrPercent::Count(number), IntOrPercent::Percent(number)] {
                prop_assert!(DisruptionBudget::MinAvailable(share).allowed(pods) <= u64::from(pods));
                prop_assert!(DisruptionBudget::MaxUnavailable(share).allowed(pods) <= u64::from(pods));
                prop_assert!(share.of_rounded_down(pods) <= share.of_rounded_up(pods));
            }
        }
    }
}
