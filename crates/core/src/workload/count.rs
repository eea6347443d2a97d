//! A number of pods, or a share of them.

use std::fmt;

/// A number of pods, or a share of them, as rollouts and disruption budgets state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Count {
    /// So many pods.
    Pods(u32),
    /// So many percent of the replicas.
    Percent(u32),
}

impl Count {
    /// What a Deployment does where nothing is said: a quarter more, a quarter less.
    ///
    /// Source: Kubernetes API reference, `RollingUpdateDeployment`.
    pub const QUARTER: Self = Self::Percent(25);

    /// Returns the pods of so many, a fraction counted as one.
    pub const fn rounded_up(self, replicas: u32) -> u32 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => share(replicas, percent, 99),
        }
    }

    /// Returns the pods of so many, a fraction not counted.
    pub const fn rounded_down(self, replicas: u32) -> u32 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => share(replicas, percent, 0),
        }
    }

    /// Reads what a manifest says: `1`, `"25%"`.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::workload::Count;
    ///
    /// assert_eq!(Count::read("15%"), Some(Count::Percent(15)));
    /// assert_eq!(Count::read("15%").map(|count| count.rounded_up(2)), Some(1));
    /// assert_eq!(Count::read("many"), None);
    /// ```
    pub fn read(text: &str) -> Option<Self> {
        match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().map(Self::Percent),
            None => text.parse().ok().map(Self::Pods),
        }
    }
}

const fn share(replicas: u32, percent: u32, round: u64) -> u32 {
    let pods = (replicas as u64 * percent as u64 + round) / 100;
    if pods > u32::MAX as u64 {
        u32::MAX
    } else {
        pods as u32
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pods(pods) => write!(formatter, "{pods}"),
            Self::Percent(percent) => write!(formatter, "{percent}%"),
        }
    }
}
