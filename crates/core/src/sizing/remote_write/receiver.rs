//! What a receiver bears, and the numbers of shards that are safe.

use std::fmt;

use super::plural;

/// The part of a receiver that senders may fill, in tenths.
///
/// The rest is for queries, for restarts of single pods and for uneven connections.
pub const USABLE_TENTHS: u64 = 7;

/// Pods that send to one receiver in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Senders {
    /// How many pods.
    pub pods: u64,
    /// `max_shards` of each queue.
    pub max_shards: u64,
    /// Queues of one pod to this receiver.
    pub endpoints: u64,
}

impl Senders {
    /// Returns the pushes they have under way at most: `pods x max_shards x endpoints`.
    pub const fn pushes(self) -> u64 {
        self.pods
            .saturating_mul(self.max_shards)
            .saturating_mul(self.endpoints)
    }
}

/// Returns the pushes that all senders have under way at most: the sum of [`Senders::pushes`].
///
/// # Examples
///
/// ```
/// use helmwright::sizing::remote_write::{Senders, fan_in};
///
/// let clusters = [Senders { pods: 50, max_shards: 50, endpoints: 1 }];
/// assert_eq!(fan_in(&clusters), 2500);
/// ```
pub fn fan_in(senders: &[Senders]) -> u64 {
    senders
        .iter()
        .fold(0, |sum, sender| sender.pushes().saturating_add(sum))
}

/// Returns [`fan_in`] with its numbers, such as `50 pods x 50 shards x 1 endpoint = 2500 pushes`.
pub fn fan_in_formula(senders: &[Senders]) -> String {
    let terms: Vec<String> = senders
        .iter()
        .map(|sender| {
            format!(
                "{} x {} x {}",
                plural(sender.pods, "pod", "pods"),
                plural(sender.max_shards, "shard", "shards"),
                plural(sender.endpoints, "endpoint", "endpoints")
            )
        })
        .collect();
    let sum = plural(fan_in(senders), "push", "pushes");
    if terms.is_empty() {
        format!("no senders = {sum}")
    } else {
        format!("{} = {sum}", terms.join(" + "))
    }
}

/// What stands in front of the store, and what takes the samples.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::remote_write::Receiver;
///
/// let receiver = Receiver { proxies: 3, connections: 500, distributors: 2, in_flight: 2000 };
/// assert_eq!(receiver.capacity(), 1050);
/// assert_eq!(receiver.formula(), "min(3 proxies x 500, 2 distributors x 2000) x 0.7 = 1050 pushes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Pods of the proxy.
    pub proxies: u64,
    /// Connections that one of them may hold.
    pub connections: u64,
    /// Pods of the distributor.
    pub distributors: u64,
    /// Pushes that one of them may have under way.
    pub in_flight: u64,
}

impl Receiver {
    /// Returns the pushes it bears: `C_rx = min(proxies x connections, distributors x in flight) x 0.7`, a fraction left out.
    pub fn capacity(self) -> u64 {
        let least = u128::from(self.proxies)
            .saturating_mul(u128::from(self.connections))
            .min(u128::from(self.distributors).saturating_mul(u128::from(self.in_flight)));
        // Divided first in part, so that nothing overflows: least = 10 q + r.
        let tenths = u128::from(USABLE_TENTHS);
        let whole = (least / 10).saturating_mul(tenths) + least % 10 * tenths / 10;
        u64::try_from(whole).unwrap_or(u64::MAX)
    }

    /// Returns [`Self::capacity`] with its numbers.
    pub fn formula(self) -> String {
        format!(
            "min({} x {}, {} x {}) x 0.{USABLE_TENTHS} = {}",
            plural(self.proxies, "proxy", "proxies"),
            self.connections,
            plural(self.distributors, "distributor", "distributors"),
            self.in_flight,
            plural(self.capacity(), "push", "pushes")
        )
    }
}

/// Returns the most shards per queue that the receiver bears: `S_max = floor(C_rx / (P x E))`.
///
/// Nothing where nobody sends.
///
/// # Arguments
///
/// - `receiver_capacity`: `C_rx`, see [`Receiver::capacity`]
/// - `pods`: sender pods on the endpoint
/// - `endpoints`: queues per pod to it
///
/// # Examples
///
/// ```
/// use helmwright::sizing::remote_write::ceiling;
///
/// assert_eq!(ceiling(900, 50, 1), Some(18));
/// ```
pub fn ceiling(receiver_capacity: u64, pods: u64, endpoints: u64) -> Option<u64> {
    receiver_capacity.checked_div(pods.saturating_mul(endpoints))
}

/// Returns [`ceiling`] with its numbers, such as `floor(900 pushes / (50 pods x 1 endpoint)) = 18 shards`.
pub fn ceiling_formula(receiver_capacity: u64, pods: u64, endpoints: u64) -> String {
    let result = ceiling(receiver_capacity, pods, endpoints).map_or_else(
        || "no limit".to_owned(),
        |shards| plural(shards, "shard", "shards"),
    );
    format!(
        "floor({} / ({} x {})) = {result}",
        plural(receiver_capacity, "push", "pushes"),
        plural(pods, "pod", "pods"),
        plural(endpoints, "endpoint", "endpoints")
    )
}

/// The shards that are safe: enough for the load, not too many for the receiver.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::remote_write::{Fit, Range};
///
/// let range = Range { floor: 7, degraded_floor: 14, ceiling: Some(18) };
/// assert_eq!(range.to_string(), "[7, 14] .. 18");
/// assert_eq!(range.fit(10), Fit::Degraded);
/// assert_eq!(range.fit(3), Fit::TooFew);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// `S_min` at the latency of a normal day.
    pub floor: u64,
    /// `S_min` at the latency of a receiver in trouble.
    pub degraded_floor: u64,
    /// `S_max`; nothing where there is no limit.
    pub ceiling: Option<u64>,
}

/// Where a number of shards lies in a [`Range`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Below the floor: it cannot carry the load.
    TooFew,
    /// Safe on a normal day, and lagging while the receiver is slow.
    Degraded,
    /// Safe, also while the receiver is slow.
    Safe,
    /// Above the ceiling: the receiver cannot bear it.
    TooMany,
}

impl Range {
    /// Returns whether no number of shards is safe: the floor lies above the ceiling.
    pub fn is_empty(self) -> bool {
        self.ceiling.is_some_and(|ceiling| self.floor > ceiling)
    }

    /// Returns where a number of shards lies. What carries too little is too few, even where it is also too many.
    pub fn fit(self, shards: u64) -> Fit {
        if shards < self.floor {
            Fit::TooFew
        } else if self.ceiling.is_some_and(|ceiling| shards > ceiling) {
            Fit::TooMany
        } else if shards < self.degraded_floor {
            Fit::Degraded
        } else {
            Fit::Safe
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[{}, {}] .. ", self.floor, self.degraded_floor)?;
        match self.ceiling {
            Some(ceiling) => write!(formatter, "{ceiling}"),
            None => formatter.write_str("no limit"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_hold_their_numbers() {
        let senders = [
            Senders {
                pods: 50,
                max_shards: 50,
                endpoints: 1,
            },
            Senders {
                pods: 1,
                max_shards: 1,
                endpoints: 2,
            },
        ];
        assert_eq!(
            fan_in_formula(&senders),
            "50 pods x 50 shards x 1 endpoint + 1 pod x 1 shard x 2 endpoints = 2502 pushes"
        );
        assert_eq!(fan_in_formula(&[]), "no senders = 0 pushes");
        assert_eq!(
            ceiling_formula(900, 50, 1),
            "floor(900 pushes / (50 pods x 1 endpoint)) = 18 shards"
        );
        assert_eq!(
            ceiling_formula(900, 0, 1),
            "floor(900 pushes / (0 pods x 1 endpoint)) = no limit"
        );
    }

    #[test]
    fn a_range_may_be_empty_or_open() {
        let narrow = Range {
            floor: 7,
            degraded_floor: 14,
            ceiling: Some(10),
        };
        assert_eq!(
            [6, 7, 10, 11].map(|shards| narrow.fit(shards)),
            [Fit::TooFew, Fit::Degraded, Fit::Degraded, Fit::TooMany]
        );
        assert!(!narrow.is_empty());
        assert!(
            Range {
                floor: 11,
                ..narrow
            }
            .is_empty()
        );
        let open = Range {
            ceiling: None,
            ..narrow
        };
        assert_eq!(open.to_string(), "[7, 14] .. no limit");
        assert_eq!(open.fit(u64::MAX), Fit::Safe);
    }

    proptest! {
        #[test]
        fn three_tenths_stay_free(proxies in 0..10_000_u64, connections in 0..10_000_u64) {
            let receiver = Receiver { proxies, connections, distributors: u64::MAX, in_flight: u64::MAX };
            prop_assert_eq!(receiver.capacity(), proxies * connections * 7 / 10);
        }

        #[test]
        fn an_empty_range_has_no_safe_number(floor: u64, degraded: u64, ceiling: u64, shards: u64) {
            let range = Range { floor, degraded_floor: degraded, ceiling: Some(ceiling) };
            let safe = matches!(range.fit(shards), Fit::Safe | Fit::Degraded);
            prop_assert!(!(range.is_empty() && safe));
        }
    }
}
