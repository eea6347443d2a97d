//! How many members of a ring may be away, per backend.
//!
//! A write goes to a *replica set* of `S = max(RF, members found)` copies and needs `W = floor(S/2)+1` of them. A member that is
//! unhealthy, or in a state the operation does not accept, is no candidate any more but still counts in `S`. One item of
//! a request that cannot reach `W` fails the whole request.
//!
//! # Source
//!
//! dskit, `ring/replication_strategy.go`, `ring/batch.go` and `ring/ring.go` (`GetReplicationSetForOperation`); Loki,
//! `pkg/distributor/distributor.go`; Tempo 2.x, `pkg/ring/ring.go`; Mimir documentation, "Ingest storage architecture".

use super::Ratio;

/// A backend whose write path is a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// Metrics.
    Mimir,
    /// Logs.
    Loki,
    /// Traces.
    Tempo,
    /// Profiles, in its first storage.
    Pyroscope,
    /// An index that its members keep by majority vote, all of it in each: Pyroscope's second storage.
    Raft,
}

/// Where a write becomes durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// In the ingesters, RF copies each.
    Classic,
    /// In Kafka (Mimir's ingest storage, Tempo 3): the replication factor of the ring says nothing about writes.
    Kafka,
}

/// How one operation chooses and counts its copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Working {
    NotApplicable,
    Majority,
    OwnStrategyOfTwo,
    IgnoreUnhealthy,
    Read,
    ReadZones,
    Partition,
}

/// What is counted: single members, or whole zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Member,
    Zone,
}

/// How many members (or whole zones) may be away before an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tolerance {
    /// Members that may be gone without notice, for the worst item of a request.
    pub crash: u32,
    /// Members that may be leaving in good order at the same time, again for the worst item.
    pub graceful: u32,
    /// The copies left of each item while `crash` members are away.
    pub copies_while_degraded: u32,
    /// What else must be known, in one sentence without a full stop; empty if nothing.
    pub note: &'static str,
    /// Whether the replication factor decides at all; if not, the numbers are zero and the note says why.
    pub applies: bool,
    /// Whether the operation works while every member is there.
    pub works: bool,
    /// The members (or zones) the operation must reach.
    pub needed: u32,
    /// The members (or zones) it can reach when every one is there.
    pub candidates: u32,
    replication_factor: u32,
    size: u32,
    unit: Unit,
    working: Working,
}

impl Tolerance {
    /// Returns the formula with its numbers, such as `write quorum floor(2/2)+1 = 2 of 2 copies, so 0 may be away`.
    pub fn formula(&self) -> String {
        let factor = self.replication_factor;
        let size = self.size;
        let (needed, candidates) = (self.needed, self.candidates);
        let (copies, members) = match self.unit {
            Unit::Member => (
                plural(candidates, "copy", "copies"),
                plural(size, "replica", "replicas"),
            ),
            Unit::Zone => (
                plural(candidates, "zone", "zones"),
                plural(size, "zone", "zones"),
            ),
        };
        let reached = if size < factor {
            format!("min({members}, RF {factor}) = {copies}")
        } else {
            copies
        };
        let body = match self.working {
            Working::NotApplicable => return format!("not applicable: {}", self.note),
            Working::Majority => {
                format!("write quorum floor({factor}/2)+1 = {needed} of {reached}")
            }
            Working::OwnStrategyOfTwo => {
                format!("write quorum {needed} of {reached} (Tempo's own strategy for RF 2)")
            }
            Working::IgnoreUnhealthy => {
                format!("{needed} healthy of {reached} is enough (unhealthy members are ignored)")
            }
            Working::Read => format!(
                "reads need max({size}, {factor}) - floor({factor}/2) = {needed} of {members}"
            ),
            Working::ReadZones => format!(
                "reads need min({size}, {factor}) - floor(min({size}, {factor})/2) = {needed} of {reached}"
            ),
            Working::Partition => format!(
                "reads need {needed} of {} of each partition",
                plural(size, "consumer", "consumers")
            ),
        };
        let away = match self.unit {
            Unit::Member => self.crash.to_string(),
            Unit::Zone => plural(self.crash, "whole zone", "whole zones"),
        };
        if self.works {
            format!("{body}, so {away} may be away")
        } else {
            format!("{body}, so it fails even with every member there")
        }
    }
}

fn plural(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Returns the copies a write must reach: `W = floor(RF/2) + 1`.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::quorum::write_quorum;
///
/// assert_eq!([1, 2, 3, 4, 5].map(write_quorum), [1, 2, 2, 3, 3]);
/// ```
pub const fn write_quorum(replication_factor: u32) -> u32 {
    // At most 2^31: half of the largest factor, and one.
    replication_factor / 2 + 1
}

/// Returns how many ingesters may be away without a failed write.
///
/// - Without notice: `min(N, RF) - W`. Tempo 2.x has a strategy of its own for exactly RF 2, with `W = 1`.
/// - In good order: Mimir and Loki accept only active members and do not look further, so a leaving one costs as much as a
///   dead one. Tempo and Pyroscope look further when a member is not active: with `g` leaving, the set has
///   `S = min(RF + g, N)` members, `S - g` of them active, and the largest `g` with `S - g >= floor(max(RF, S)/2)+1` is tolerated.
/// - Kafka: not applicable, see [`Tolerance::applies`].
///
/// The true law of parity: with enough members, `RF = 2k` tolerates as much as `RF = 2k - 1`, namely `k - 1`; the even
/// copy costs its price and buys no availability of writes. More copies than members never help: each further one raises `W` in the end.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::quorum::{Architecture, Backend, write_tolerance};
///
/// let mimir = write_tolerance(Backend::Mimir, Architecture::Classic, 2, 3);
/// assert_eq!(mimir.crash, 0);
/// assert_eq!(mimir.formula(), "write quorum floor(2/2)+1 = 2 of 2 copies, so 0 may be away");
///
/// let tempo = write_tolerance(Backend::Tempo, Architecture::Classic, 2, 3);
/// assert_eq!((tempo.crash, tempo.copies_while_degraded), (1, 1));
/// ```
pub fn write_tolerance(
    backend: Backend,
    architecture: Architecture,
    replication_factor: u32,
    replicas: u32,
) -> Tolerance {
    if architecture == Architecture::Kafka {
        return not_applicable(replication_factor, replicas);
    }
    let own = backend == Backend::Tempo && replication_factor == 2;
    let mut tolerance = majority(own, replication_factor, replicas, Unit::Member);
    tolerance.graceful = match backend {
        Backend::Mimir | Backend::Loki | Backend::Raft => tolerance.crash,
        Backend::Tempo | Backend::Pyroscope => leaving(own, replication_factor, replicas),
    };
    tolerance.note = match (backend, own) {
        (_, true) => "while one ingester is away, what is written has one copy only",
        (Backend::Mimir, _) => {
            "an ingester that restarts stays in the ring and is missed until it is back, because the chart sets \
             `unregister_on_shutdown: false`"
        }
        (Backend::Loki, _) => {
            "an ingester that stops in good order is missed while it is LEAVING, and no longer once it left the ring"
        }
        (Backend::Raft, _) => "a member that was away reads the log when it is back",
        (Backend::Tempo | Backend::Pyroscope, _) => {
            "while an ingester is LEAVING, the next one of the ring takes its writes"
        }
    };
    tolerance
}

/// Returns how many whole zones may be away without a failed write, with zone awareness on.
///
/// Each copy lies in another zone, so a zone holds at most one copy of an item: `min(zones, RF) - W` zones, however
/// many ingesters each has. One whole zone of three is tolerated with RF 3; two zones with RF 3 tolerate none.
/// A zone that leaves in good order is counted as gone, which is the worst case.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::quorum::{Architecture, Backend, write_tolerance_of_zones};
///
/// let zones = write_tolerance_of_zones(Backend::Mimir, Architecture::Classic, 3, 3);
/// assert_eq!(zones.formula(), "write quorum floor(3/2)+1 = 2 of 3 zones, so 1 whole zone may be away");
/// ```
pub fn write_tolerance_of_zones(
    backend: Backend,
    architecture: Architecture,
    replication_factor: u32,
    zones: u32,
) -> Tolerance {
    if architecture == Architecture::Kafka {
        return not_applicable(replication_factor, zones);
    }
    let own = backend == Backend::Tempo && replication_factor == 2;
    majority(own, replication_factor, zones, Unit::Zone)
}

/// Returns how many members of Mimir's alertmanager ring may be away: `min(N, RF) - 1`.
///
/// That ring ignores unhealthy members and is content with one healthy copy.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::quorum::alertmanager_tolerance;
///
/// assert_eq!(alertmanager_tolerance(2, 2).crash, 1);
/// ```
pub fn alertmanager_tolerance(replication_factor: u32, replicas: u32) -> Tolerance {
    let candidates = replication_factor.min(replicas);
    let crash = candidates.saturating_sub(1);
    Tolerance {
        crash,
        graceful: crash,
        copies_while_degraded: candidates - crash,
        note: "",
        applies: true,
        works: candidates >= 1,
        needed: 1,
        candidates,
        replication_factor,
        size: replicas,
        unit: Unit::Member,
        working: Working::IgnoreUnhealthy,
    }
}

/// Returns how many ingesters may be away without a failed query of recent data, without zones.
///
/// A query asks the whole ring and needs `N - unhealthy >= max(N, RF) - floor(RF/2)`. With RF 1 any missing ingester
/// fails every recent query.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::quorum::{Architecture, Backend, read_tolerance};
///
/// let reads = read_tolerance(Backend::Loki, Architecture::Classic, 2, 3);
/// assert_eq!(reads.crash, 1);
/// assert_eq!(reads.formula(), "reads need max(3, 2) - floor(2/2) = 2 of 3 replicas, so 1 may be away");
/// ```
pub fn read_tolerance(
    _backend: Backend,
    architecture: Architecture,
    replication_factor: u32,
    replicas: u32,
) -> Tolerance {
    if architecture == Architecture::Kafka {
        return Tolerance {
            note: "a query needs one consumer of each partition, so the consumers per partition decide",
            ..not_applicable(replication_factor, replicas)
        };
    }
    let needed = replicas.max(replication_factor) - replication_factor / 2;
    let crash = replicas.saturating_sub(needed);
    Tolerance {
        crash,
        graceful: crash,
        copies_while_degraded: replication_factor.min(replicas).saturating_sub(crash),
        note: "",
        applies: true,
        works: replicas >= needed && replicas > 0,
        needed,
        candidates: replicas,
        replication_factor,
        size: replicas,
        unit: Unit::Member,
        working: Working::Read,
    }
}

/// Returns how many whole zones may be away without a failed query of recent data: `floor(min(zones, RF)/2)`.
///
/// One unhealthy member takes its whole zone out of the query.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::quorum::{Architecture, read_tolerance_of_zones};
///
/// assert_eq!(read_tolerance_of_zones(Architecture::Classic, 3, 3).crash, 1);
/// ```
pub fn read_tolerance_of_zones(
    architecture: Architecture,
    replication_factor: u32,
    zones: u32,
) -> Tolerance {
    if architecture == Architecture::Kafka {
        return Tolerance {
            note: "a query needs one consumer of each partition, so the consumers per partition decide",
            ..not_applicable(replication_factor, zones)
        };
    }
    let candidates = replication_factor.min(zones);
    let crash = candidates / 2;
    Tolerance {
        crash,
        graceful: crash,
        copies_while_degraded: candidates - crash,
        note: "one unhealthy member takes its whole zone out of the query",
        applies: true,
        works: candidates > 0,
        needed: candidates - crash,
        candidates,
        replication_factor,
        size: zones,
        unit: Unit::Zone,
        working: Working::ReadZones,
    }
}

/// Returns how many consumers of one Kafka partition may be away without a failed query: all but one.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::quorum::partition_read_tolerance;
///
/// assert_eq!(partition_read_tolerance(2).crash, 1);
/// assert_eq!(partition_read_tolerance(1).crash, 0);
/// ```
///
/// # Source
///
/// Mimir documentation, "Hash rings": in the ingest storage architecture a quorum of one consumer per partition is enough.
pub fn partition_read_tolerance(consumers: u32) -> Tolerance {
    let crash = consumers.saturating_sub(1);
    Tolerance {
        crash,
        graceful: crash,
        copies_while_degraded: consumers - crash,
        note: "",
        applies: true,
        works: consumers > 0,
        needed: 1,
        candidates: consumers,
        replication_factor: consumers,
        size: consumers,
        unit: Unit::Member,
        working: Working::Partition,
    }
}

/// Returns the probability that one item's replica set contains one given ingester: `RF / N`, at most all.
///
/// So much of the items, and any request that holds one of them, fails while that ingester is away and nothing is tolerated.
/// Nothing when there is no ingester.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::quorum::fails_in_one_request;
///
/// assert_eq!(fails_in_one_request(2, 3).map(|share| share.to_string()), Some("66.7%".into()));
/// ```
pub fn fails_in_one_request(replication_factor: u32, replicas: u32) -> Option<Ratio> {
    Ratio::new(
        u64::from(replication_factor.min(replicas)),
        u64::from(replicas),
    )
}

/// Returns the probability that a request of so many independent items avoids one given ingester: `(1 - RF/N)^items`.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::quorum::request_avoids;
///
/// // Of a hundred series, one request in 5 * 10^47 succeeds: every request fails.
/// assert!(request_avoids(2, 3, 100).is_some_and(|chance| chance < 1e-47));
/// ```
pub fn request_avoids(replication_factor: u32, replicas: u32, items: u32) -> Option<f64> {
    let hit = fails_in_one_request(replication_factor, replicas)?.as_f64();
    Some((1.0 - hit).powf(f64::from(items)))
}

fn not_applicable(replication_factor: u32, size: u32) -> Tolerance {
    Tolerance {
        crash: 0,
        graceful: 0,
        copies_while_degraded: 0,
        note: "writes go to Kafka, so the replication of its topics decides and not the ring's replication factor",
        applies: false,
        works: true,
        needed: 0,
        candidates: 0,
        replication_factor,
        size,
        unit: Unit::Member,
        working: Working::NotApplicable,
    }
}

fn majority(own: bool, replication_factor: u32, size: u32, unit: Unit) -> Tolerance {
    let needed = if own {
        1
    } else {
        write_quorum(replication_factor)
    };
    let candidates = replication_factor.min(size);
    let crash = candidates.saturating_sub(needed);
    Tolerance {
        crash,
        graceful: crash,
        copies_while_degraded: candidates - crash,
        note: "",
        applies: true,
        works: candidates >= needed,
        needed,
        candidates,
        replication_factor,
        size,
        unit,
        working: if own {
            Working::OwnStrategyOfTwo
        } else {
            Working::Majority
        },
    }
}

/// The largest number of leaving members where an operation looks further for each of them.
fn leaving(own: bool, replication_factor: u32, replicas: u32) -> u32 {
    let tolerated = |gone: u32| {
        let set = replication_factor.saturating_add(gone).min(replicas);
        let needed = if own {
            1
        } else {
            write_quorum(set.max(replication_factor))
        };
        set.checked_sub(gone).is_some_and(|active| active >= needed)
    };
    // Whether so many are tolerated changes once only, from yes to no: halve the interval.
    let (mut low, mut high) = (0, replicas);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if tolerated(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

#[cfg(test)]
mod tests;
