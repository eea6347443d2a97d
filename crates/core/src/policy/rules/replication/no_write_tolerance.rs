//! `replication/no-write-tolerance` (HW-HA-001): one ingester away, and writes fail.

use super::members;
use crate::components::{Ring, RingPurpose};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Subject, Verdict};
use crate::sizing::quorum::{
    Architecture, Tolerance, fails_in_one_request, partition_read_tolerance,
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/no-write-tolerance",
    entry: "HW-HA-001",
    summary: "Losing one ingester fails no write",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "For every ring that writes go through, `min(members, RF) - W >= 1` with `W = floor(RF/2) + 1`; with zones, zones are counted in place of members. Tempo 2 with RF 2 has W = 1 and passes, with a warning in prod that one copy is left. Where writes go through Kafka the factor says nothing of them: then each partition needs two consumers, or the newest data cannot be queried while one is away, which is a warning in prod. Where `assumptions.kafka` says how Kafka keeps the topic, at least 3 brokers hold each record and 2 must have it.",
    why: "A dead member still counts in the replica set, so with two copies both must answer. One item of a request that cannot reach its quorum fails the whole request.",
    source: "dskit, `ring/replication_strategy.go` and `ring/batch.go`; Loki, `pkg/distributor/distributor.go`; Tempo 2, `pkg/ring/ring.go`. The rollout plan asks for three ingesters with two copies, a layout that is reported to lose writes when one stops.",
    fix: "Set `replicationFactor: 3` with at least three ingesters, and recount the quota: memory and storage of each series rise by half.",
    passes: "mimir: {settings: {replicationFactor: 3}, roles: {ingester: {replicas: 3}}}",
    fails: "mimir: {settings: {replicationFactor: 2}, roles: {ingester: {replicas: 3}}}",
    check: Check::Environment(check),
};

/// What only makes the newest data unreadable for a while, or leaves one copy of it.
const RISK: Severities = Severities::WARNING.off_in_dev();

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for ring in facts.rings() {
        if ring.purpose != RingPurpose::Writes {
            continue;
        }
        let Some(count) = members::count(facts, ring) else {
            verdict.lacks("no ingester is in the stream");
            continue;
        };
        match ring.architecture {
            Architecture::Classic => writes(facts, ring, count, verdict),
            Architecture::Kafka => {
                brokers(facts, ring, verdict);
                partitions(ring, verdict);
            }
        }
    }
    if facts.environment.is_none() {
        verdict.lacks("no environment, and so no replication factor");
    }
}

fn writes(facts: &Facts<'_>, ring: &Ring, count: u32, verdict: &mut Verdict<'_>) {
    let tolerance = members::tolerance(ring, count);
    verdict.figure(|| Figure {
        subject: members::title(ring),
        value: format!("{} may be away", tolerance.crash),
        bound: "at least 1".to_owned(),
        formula: tolerance.formula(),
        holds: tolerance.crash >= 1,
    });
    // A ring that cannot write at all is `replication/too-few-replicas`.
    if !tolerance.works {
        return;
    }
    if tolerance.crash == 0 {
        verdict.found(without(facts, ring, count, &tolerance));
    } else if tolerance.copies_while_degraded < 2 {
        verdict.found(
            Finding::new(
                ring,
                format!(
                    "while one pod of {} is away, what is written has one copy",
                    members::title(ring)
                ),
            )
            .at(Some(ring.place.clone()))
            .why(format!(
                "{}, and then {} is left of it; a second loss before the block is in the object store loses data",
                tolerance.formula(),
                members::many(tolerance.copies_while_degraded, "copy")
            ))
            .help("set `settings.replicationFactor: 3`, which keeps two copies through the loss of one")
            .weighing(RISK),
        );
    }
}

fn without(facts: &Facts<'_>, ring: &Ring, count: u32, tolerance: &Tolerance) -> Finding {
    let title = members::title(ring);
    let factor = ring.replication_factor;
    let mut why = tolerance.formula();
    if let Some(share) = fails_in_one_request(factor, count)
        && ring.zones.is_none()
        && count > 1
    {
        why.push_str(&format!(
            "; each pod holds {share} of all {}, and a push with one of them fails until it is back",
            members::pieces(ring.backend)
        ));
    }
    let help = if members::is_fixed(facts, ring) {
        format!(
            "choose a variant of `{}` with a ring of ingesters; this one is a single process",
            ring.component
        )
    } else if let Some(zones) = ring.zones {
        format!("spread 3 copies over 3 zones; there are {factor} over {zones}")
    } else if count < 3 {
        "run 3 pods of it with `settings.replicationFactor: 3`".to_owned()
    } else {
        format!(
            "set `settings.replicationFactor: 3`, and recount the quota: each of the {} is then kept 3 times, not {factor}",
            members::pieces(ring.backend)
        )
    };
    Finding::new(
        ring,
        format!(
            "{title} with {} fails writes when 1 of {} is away; at least 1 should be tolerated",
            members::many(factor, "copy"),
            members::many(count, "pod")
        ),
    )
    .at(Some(ring.place.clone()))
    .why(why)
    .help(help)
}

/// The brokers that hold each record, and those that must have it, so that one may be lost and none of it is.
///
/// Source: Kafka documentation, `min.insync.replicas`: a typical scenario is a replication factor of 3 with 2 in sync.
const BROKERS: (u32, u32) = (3, 2);

/// Looks at Kafka itself, where it is known.
fn brokers(facts: &Facts<'_>, ring: &Ring, verdict: &mut Verdict<'_>) {
    let Some(topic) = &facts.assumptions().kafka else {
        return;
    };
    let (copies, in_sync) = BROKERS;
    let (replication, least) = (topic.replication, topic.min_in_sync);
    let away = replication.saturating_sub(least);
    let holds = replication >= copies && least >= in_sync && away >= 1;
    let formula = format!("replication {replication} - minInSync {least} = {away}");
    verdict.figure(|| Figure {
        subject: format!("{} Kafka", ring.component),
        value: format!("{} may be away", members::many(away, "broker")),
        bound: format!("at least 1, with {copies} copies and {in_sync} in sync"),
        formula: formula.clone(),
        holds,
    });
    if holds {
        return;
    }
    verdict.found(
        Finding::new(
            Subject::component(&ring.component),
            format!(
                "the Kafka that {} writes through holds {} with {least} in sync; {copies} with {in_sync} are needed",
                ring.component,
                members::many(replication, "copy")
            ),
        )
        .at(facts.setting("assumptions.kafka"))
        .why(if away == 0 {
            format!("{formula}: a write fails while one broker is away")
        } else {
            format!("{formula} brokers may be away, and a record may then be in one place only, where it is lost with it")
        })
        .help(format!("give the topic `replication.factor={copies}` and `min.insync.replicas={in_sync}`")),
    );
}

/// Looks at the readers of Kafka's partitions: each zone has one of each.
fn partitions(ring: &Ring, verdict: &mut Verdict<'_>) {
    let consumers = ring.zones.unwrap_or(1);
    let tolerance = partition_read_tolerance(consumers);
    verdict.figure(|| Figure {
        subject: members::title(ring),
        value: format!("{} may be away", tolerance.crash),
        bound: "at least 1".to_owned(),
        formula: tolerance.formula(),
        holds: tolerance.crash >= 1,
    });
    if tolerance.crash == 0 {
        verdict.found(
            Finding::new(
                ring,
                format!(
                    "each partition is read by {} of {}, so its newest data cannot be queried while that one is away; 2 should read it",
                    members::many(consumers, "pod"),
                    members::title(ring)
                ),
            )
            .at(Some(ring.place.clone()))
            .why(format!(
                "{}; writes are safe in Kafka all the while",
                tolerance.formula()
            ))
            .help("run the readers in zones, which each read every partition, or waive this with the longest restart that readers may notice")
            .weighing(RISK),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{asked, environment, figures, look, prod, with};

    fn mimir(tier: &str, factor: u32, ingesters: u32) -> String {
        format!(
            "{}    settings: {{replicationFactor: {factor}}}\n    roles: {{ingester: {{replicas: {ingesters}}}}}\n",
            environment(tier, "mimir", "")
        )
    }

    #[test]
    fn three_copies_pass_and_show_the_arithmetic() {
        let text = mimir("prod", 3, 3);
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
        assert_eq!(
            figures(&RULE, &text),
            [
                "mimir ingester: 1 may be away (at least 1): write quorum floor(3/2)+1 = 2 of 3 copies, so 1 may be away"
            ]
        );
    }

    #[test]
    fn two_copies_fail_by_tier() {
        let said = "mimir ingester with 2 copies fails writes when 1 of 3 pods is away; at least 1 should be tolerated";
        assert_eq!(
            asked(&RULE, &mimir("prod", 2, 3)),
            [format!("error: {said}")]
        );
        assert_eq!(
            asked(&RULE, &mimir("test", 2, 3)),
            [format!("warning: {said}")]
        );
        assert_eq!(asked(&RULE, &mimir("dev", 2, 3)), Vec::<String>::new());
    }

    #[test]
    fn tempo_has_a_strategy_of_its_own_for_two_copies() {
        let text = prod("tempo", "").replace(
            "{metricsGenerator",
            "{replicationFactor: 2, metricsGenerator",
        );
        assert_eq!(
            asked(&RULE, &text),
            ["warning: while one pod of tempo ingester is away, what is written has one copy"]
        );
    }

    #[test]
    fn one_process_has_nobody_to_take_over() {
        let text = format!("{}    variant: monolithic\n", prod("tempo", ""));
        assert_eq!(
            asked(&RULE, &text),
            [
                "error: tempo with 1 copy fails writes when 1 of 1 pod is away; at least 1 should be tolerated"
            ]
        );
    }

    #[test]
    fn an_override_wins_and_is_the_place() {
        let text = format!(
            "{}    values: {{mimir: {{structuredConfig: {{ingester: {{ring: {{replication_factor: 2}}}}}}}}}}\n",
            prod("mimir", "")
        );
        assert_eq!(asked(&RULE, &text).len(), 1);
        look(&text, |facts| {
            let ring = facts.rings().next().unwrap();
            assert_eq!((ring.replication_factor, ring.place.text()), (2, "2"));
        });
    }

    #[test]
    fn behind_kafka_readers_are_counted() {
        let text = format!(
            "{}    settings: {{kafka: {{address: 'kafka:9092'}}}}\n",
            prod("mimir", "")
        );
        let found = asked(&RULE, &text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("warning: each partition is read by 1 pod of mimir ingester"));
    }

    #[test]
    fn kafka_s_own_copies_are_counted_where_they_are_known() {
        let kafka = |replication: u32, in_sync: u32| {
            let topic = format!(
                "assumptions: {{kafka: {{replication: {replication}, minInSync: {in_sync}}}}}"
            );
            let text = prod("mimir", &topic) + "    settings: {kafka: {address: 'kafka:9092'}}\n";
            let mut found = asked(&RULE, &text);
            found.retain(|found| found.starts_with("error: "));
            found
        };
        assert_eq!(kafka(3, 2), Vec::<String>::new());
        for (replication, in_sync) in [(3, 1), (2, 2), (3, 3), (1, 1)] {
            let found = kafka(replication, in_sync);
            assert_eq!(found.len(), 1, "{replication} {in_sync}: {found:?}");
        }
        assert_eq!(
            kafka(2, 1),
            [
                "error: the Kafka that mimir writes through holds 2 copies with 1 in sync; 3 with 2 are needed"
            ]
        );
    }

    #[test]
    fn without_a_ring_there_is_nothing_to_say() {
        assert!(!crate::policy::tests::applies(
            &RULE,
            &with("traefik", "traefik", "")
        ));
    }
}
