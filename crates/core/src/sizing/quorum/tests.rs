use proptest::prelude::*;

use super::Architecture::{Classic, Kafka};
use super::Backend::{Loki, Mimir, Pyroscope, Tempo};
use super::*;

#[test]
fn tolerances_by_replication_factor() {
    for (factor, quorum, write, read) in [
        (1, 1, 0, 0),
        (2, 2, 0, 1),
        (3, 2, 1, 1),
        (4, 3, 1, 2),
        (5, 3, 2, 2),
    ] {
        assert_eq!(write_quorum(factor), quorum);
        assert_eq!(
            write_tolerance(Mimir, Classic, factor, 5).crash,
            write,
            "RF {factor}"
        );
        assert_eq!(
            read_tolerance(Mimir, Classic, factor, 5).crash,
            read,
            "RF {factor}"
        );
    }
}

#[test]
fn tolerances_by_backend() {
    // RF 2 of 3 ingesters: crashed, leaving cleanly; RF 3: one away.
    for (backend, crash, graceful) in [
        (Mimir, 0, 0),
        (Loki, 0, 0),
        (Tempo, 1, 2),
        (Pyroscope, 0, 1),
    ] {
        let two = write_tolerance(backend, Classic, 2, 3);
        assert_eq!((two.crash, two.graceful), (crash, graceful), "{backend:?}");
        assert_eq!(two.copies_while_degraded, 2 - crash);
        assert!(two.applies && two.works && !two.note.is_empty());
        assert_eq!(
            write_tolerance(backend, Classic, 3, 3).crash,
            1,
            "{backend:?}"
        );
        assert!(!write_tolerance(backend, Kafka, 3, 3).applies);
        assert!(!read_tolerance(backend, Kafka, 3, 3).applies);
    }
    assert_eq!(alertmanager_tolerance(2, 3).crash, 1);
    assert_eq!(alertmanager_tolerance(3, 3).crash, 2);
    assert_eq!(alertmanager_tolerance(3, 1).crash, 0);
}

#[test]
fn too_few_members_write_nothing() {
    let alone = write_tolerance(Loki, Classic, 3, 1);
    assert!(!alone.works);
    assert_eq!(
        alone.formula(),
        "write quorum floor(3/2)+1 = 2 of min(1 replica, RF 3) = 1 copy, so it fails even with every member there"
    );
    assert!(write_tolerance(Loki, Classic, 1, 1).works);
    assert!(!write_tolerance(Mimir, Classic, 0, 3).works);
    assert!(!write_tolerance(Mimir, Classic, 3, 0).works);
    assert!(!read_tolerance(Mimir, Classic, 0, 0).works);
}

#[test]
fn formulas_hold_their_numbers() {
    assert_eq!(
        write_tolerance(Tempo, Classic, 2, 3).formula(),
        "write quorum 1 of 2 copies (Tempo's own strategy for RF 2), so 1 may be away"
    );
    assert_eq!(
        write_tolerance(Loki, Classic, 3, 2).formula(),
        "write quorum floor(3/2)+1 = 2 of min(2 replicas, RF 3) = 2 copies, so 0 may be away"
    );
    assert_eq!(
        alertmanager_tolerance(3, 3).formula(),
        "1 healthy of 3 copies is enough (unhealthy members are ignored), so 2 may be away"
    );
    assert_eq!(
        read_tolerance_of_zones(Classic, 3, 3).formula(),
        "reads need min(3, 3) - floor(min(3, 3)/2) = 2 of 3 zones, so 1 whole zone may be away"
    );
    assert_eq!(
        partition_read_tolerance(2).formula(),
        "reads need 1 of 2 consumers of each partition, so 1 may be away"
    );
    assert!(
        write_tolerance(Mimir, Kafka, 3, 3)
            .formula()
            .starts_with("not applicable: writes go to Kafka")
    );
}

#[test]
fn a_zone_is_one_copy() {
    assert_eq!(write_tolerance_of_zones(Mimir, Classic, 3, 3).crash, 1);
    assert_eq!(write_tolerance_of_zones(Mimir, Classic, 3, 5).crash, 1);
    assert_eq!(write_tolerance_of_zones(Mimir, Classic, 3, 2).crash, 0);
    assert_eq!(write_tolerance_of_zones(Mimir, Classic, 2, 3).crash, 0);
    assert!(!write_tolerance_of_zones(Mimir, Kafka, 3, 3).applies);
    assert_eq!(read_tolerance_of_zones(Classic, 3, 2).crash, 1);
}

#[test]
fn a_request_of_many_series_never_avoids_a_dead_ingester() {
    let avoids = |items| request_avoids(2, 3, items).unwrap();
    assert!((avoids(1) - 1.0 / 3.0).abs() < 1e-12);
    assert!((avoids(5) - 1.0 / 243.0).abs() < 1e-12);
    assert_eq!(fails_in_one_request(3, 0), None);
    assert_eq!(fails_in_one_request(5, 3).unwrap().to_string(), "100.0%");
}

/// What has become of a member of the ring.
#[derive(Clone, Copy, PartialEq)]
enum Member {
    Fine,
    /// Dead, while the ring still shows it as active.
    Crashed,
    Leaving,
}

/// A ring with one token for each member, in order; member `i` lies in zone `i % zones` where there are zones.
struct Played {
    factor: u32,
    zones: Option<u32>,
    /// Whether the walk looks further for a member that is not active.
    extends: bool,
    own: bool,
}

impl Played {
    /// Walks the ring from every token as dskit does, and says whether each item finds its quorum.
    fn writes(&self, members: &[Member]) -> bool {
        (0..members.len()).all(|start| {
            let mut wanted = self.factor as usize;
            let mut zones = Vec::new();
            let mut set = Vec::new();
            for at in (0..members.len()).map(|step| (start + step) % members.len()) {
                if set.len() >= wanted {
                    break;
                }
                let zone = self.zones.map(|zones| at % zones as usize);
                if zone.is_some_and(|zone| zones.contains(&zone)) {
                    continue;
                }
                set.push(members[at]);
                if self.extends && members[at] == Member::Leaving {
                    wanted += 1;
                } else {
                    zones.extend(zone);
                }
            }
            let healthy = set.iter().filter(|member| **member == Member::Fine).count();
            let counted = set.len().max(self.factor as usize);
            healthy > if self.own { 0 } else { counted / 2 }
        })
    }

    /// Tries every choice of members (or of whole zones) of each size, and returns the largest size where all are borne.
    fn tolerance(&self, count: u32, away: Member) -> u32 {
        let things = self.zones.unwrap_or(count);
        let borne = |size: u32| {
            (0..1_u32 << things)
                .filter(|choice| choice.count_ones() == size)
                .all(|choice| {
                    let members: Vec<_> = (0..count)
                        .map(|at| {
                            if choice >> (at % things) & 1 == 1 {
                                away
                            } else {
                                Member::Fine
                            }
                        })
                        .collect();
                    self.writes(&members)
                })
        };
        (0..=things)
            .take_while(|size| borne(*size))
            .last()
            .unwrap_or(0)
    }
}

#[test]
fn every_choice_of_members_on_a_played_ring_agrees() {
    for factor in 1..=5 {
        for count in 1..=8 {
            for backend in [Mimir, Loki, Tempo, Pyroscope] {
                let played = Played {
                    factor,
                    zones: None,
                    extends: matches!(backend, Tempo | Pyroscope),
                    own: backend == Tempo && factor == 2,
                };
                let computed = write_tolerance(backend, Classic, factor, count);
                let case = format!("{backend:?}, RF {factor}, {count} members");
                assert_eq!(
                    computed.crash,
                    played.tolerance(count, Member::Crashed),
                    "{case}"
                );
                assert_eq!(
                    computed.graceful,
                    played.tolerance(count, Member::Leaving),
                    "{case}"
                );
                let whole = vec![Member::Fine; count as usize];
                assert_eq!(computed.works, played.writes(&whole), "{case}");
            }
        }
    }
}

#[test]
fn every_choice_of_zones_on_a_played_ring_agrees() {
    for factor in 1..=5 {
        for zones in 1..=5 {
            for each in 1..=3 {
                let played = Played {
                    factor,
                    zones: Some(zones),
                    extends: false,
                    own: false,
                };
                let computed = write_tolerance_of_zones(Mimir, Classic, factor, zones);
                assert_eq!(
                    computed.crash,
                    played.tolerance(zones * each, Member::Crashed),
                    "RF {factor}, {zones} zones of {each}"
                );
            }
        }
    }
}

/// Counts as the ring does: every set of crashed members, for a replica set of the first members.
fn by_hand(quorum: u32, copies: u32) -> u32 {
    (0..=copies)
        .take_while(|gone| copies - gone >= quorum)
        .last()
        .unwrap_or(0)
}

proptest! {
    #[test]
    fn the_law_of_parity(half in 1..u32::MAX / 2) {
        let odd = write_tolerance(Mimir, Classic, half * 2 - 1, u32::MAX);
        let even = write_tolerance(Mimir, Classic, half * 2, u32::MAX);
        prop_assert_eq!(odd.crash, half - 1);
        prop_assert_eq!(even.crash, half - 1);
    }

    #[test]
    fn more_copies_never_tolerate_less_while_members_suffice(factor in 1..1000_u32, extra in 1..1000_u32) {
        for backend in [Mimir, Loki, Tempo, Pyroscope] {
            let replicas = factor + extra;
            let before = write_tolerance(backend, Classic, factor, replicas);
            let after = write_tolerance(backend, Classic, factor + 1, replicas);
            prop_assert!(after.crash >= before.crash);
            prop_assert!(read_tolerance(backend, Classic, factor + 1, replicas).crash >= read_tolerance(backend, Classic, factor, replicas).crash);
        }
    }

    #[test]
    fn more_members_never_tolerate_less(factor in 0..50_u32, replicas in 0..50_u32) {
        for backend in [Mimir, Loki, Tempo, Pyroscope] {
            let before = write_tolerance(backend, Classic, factor, replicas);
            let after = write_tolerance(backend, Classic, factor, replicas + 1);
            prop_assert!(after.crash >= before.crash && after.graceful >= before.graceful);
            prop_assert!(read_tolerance(backend, Classic, factor, replicas + 1).crash >= read_tolerance(backend, Classic, factor, replicas).crash);
        }
    }

    #[test]
    fn counting_by_hand_agrees(factor in 1..40_u32, replicas in 1..60_u32) {
        let copies = factor.min(replicas);
        prop_assert_eq!(write_tolerance(Mimir, Classic, factor, replicas).crash, by_hand(write_quorum(factor), copies));
        let reads = (0..=replicas)
            .take_while(|gone| replicas - gone >= replicas.max(factor) - factor / 2)
            .last()
            .unwrap_or(0);
        prop_assert_eq!(read_tolerance(Loki, Classic, factor, replicas).crash, reads);
        let leaves = (0..=replicas)
            .take_while(|gone| {
                let set = (factor + gone).min(replicas);
                set >= *gone && set - gone > set.max(factor) / 2
            })
            .last()
            .unwrap_or(0);
        prop_assert_eq!(write_tolerance(Pyroscope, Classic, factor, replicas).graceful, leaves);
    }

    #[test]
    fn any_numbers_give_an_answer(factor: u32, replicas: u32) {
        for backend in [Mimir, Loki, Tempo, Pyroscope] {
            for architecture in [Classic, Kafka] {
                for tolerance in [
                    write_tolerance(backend, architecture, factor, replicas),
                    read_tolerance(backend, architecture, factor, replicas),
                    write_tolerance_of_zones(backend, architecture, factor, replicas),
                    read_tolerance_of_zones(architecture, factor, replicas),
                    alertmanager_tolerance(factor, replicas),
                    partition_read_tolerance(replicas),
                ] {
                    prop_assert!(tolerance.crash <= replicas);
                    prop_assert!(!tolerance.formula().is_empty());
                }
            }
        }
    }
}
