//! `replication/too-few-replicas` (HW-HA-002): more copies than members.

use super::members;
use crate::components::{Ring, RingPurpose};
use crate::diagnostic::Severity;
use crate::environment::Tier;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::sizing::quorum::{Architecture, read_tolerance};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/too-few-replicas",
    entry: "HW-HA-002",
    summary: "Replicas cover the replication factor",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "For every ring: with fewer members than the write quorum `floor(RF/2) + 1` nothing can be written, an error in every tier. With fewer members than RF, or fewer than zones, it is an error in prod and a warning elsewhere. Rings of store-gateways, index-gateways and alertmanagers, which leave out members that are away, need RF 1 where there is one member. With RF 1 and several ingesters each one that is away fails every query of recent data, which is a warning.",
    why: "A write needs floor(RF/2) + 1 of its copies in place, and copies that have no member count as missing: the ring answers that it needs two live replicas and found one.",
    source: "dskit, `ring/ring.go` and `ring/replication_strategy.go`, which Tempo, Mimir and Loki share. The rollout plan calls one replica of everything a minimal deployment, with the programs' own default of three copies.",
    fix: "Run as many pods as copies, or lower `replicationFactor`: 1 with fewer than three pods, else 3.",
    passes: "mimir: {settings: {replicationFactor: 1}, roles: {ingester: {replicas: 1}}}",
    fails: "mimir: {settings: {replicationFactor: 3}, roles: {ingester: {replicas: 1}}}",
    check: Check::Environment(check),
};

/// What works today, and fails with the first loss.
const TIGHT: Severities = Severities {
    prod: Some(Severity::Error),
    test: Some(Severity::Warning),
    dev: Some(Severity::Warning),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for ring in facts.rings() {
        let Some(count) = members::count(facts, ring) else {
            verdict.lacks("no member of a ring is in the stream");
            continue;
        };
        verdict.applies();
        let factor = ring.replication_factor;
        if count < factor {
            too_few(facts, ring, count, verdict);
        } else if let Some(zones) = ring.zones.filter(|zones| *zones > count) {
            let title = members::title(ring);
            verdict.found(
                Finding::new(
                    ring,
                    format!(
                        "{} of {title} cannot fill {}",
                        members::many(count, "pod"),
                        members::many(zones, "zone")
                    ),
                )
                .at(Some(ring.place.clone()))
                .why("each zone holds a copy of its own, and one without a pod holds none")
                .help(format!(
                    "run {zones} pods of it, or a multiple, or switch zones off"
                ))
                .weighing(TIGHT),
            );
        }
        if ring.purpose == RingPurpose::Writes && ring.architecture == Architecture::Classic {
            reads(facts, ring, count, verdict);
        }
    }
    if facts.environment.is_none() {
        verdict.lacks("no environment, and so no replication factor");
    }
}

fn too_few(facts: &Facts<'_>, ring: &Ring, count: u32, verdict: &mut Verdict<'_>) {
    let factor = ring.replication_factor;
    let pods = members::many(count, &format!("{} pod", ring.role));
    // Rings that leave out members which are away answer with whoever is there.
    let has_quorum = ring.purpose == RingPurpose::Writes;
    if !has_quorum && count > 1 {
        return;
    }
    let tolerance = members::tolerance(ring, count);
    let writes_through = has_quorum && ring.architecture == Architecture::Classic;
    let why = if writes_through {
        tolerance.formula()
    } else {
        format!("{factor} copies are asked for, and {count} can be kept")
    };
    let mut finding = Finding::new(ring, format!("{pods} cannot hold {factor} copies"))
        .at(Some(ring.place.clone()))
        .why(why)
        .help(help(facts, ring, count));
    if !writes_through || tolerance.works {
        finding = finding.weighing(TIGHT);
    }
    verdict.found(finding);
}

/// Says how the copies find members. In prod one copy is what `replication/no-write-tolerance` refuses.
fn help(facts: &Facts<'_>, ring: &Ring, count: u32) -> String {
    let (factor, role) = (ring.replication_factor, &ring.role);
    let keeps = ring.purpose == RingPurpose::Writes && ring.architecture == Architecture::Classic;
    if count >= 3 {
        return format!("set `replicationFactor: 3`, or run at least {factor} {role} pods");
    }
    if facts.tier != Tier::Prod || !keeps {
        return format!("set `replicationFactor: 1`, or run at least {factor} {role} pods");
    }
    if members::is_fixed(facts, ring) {
        return format!(
            "choose a variant of `{}` with a ring of ingesters; this one is a single process",
            ring.component
        );
    }
    match factor {
        3 => format!("run at least 3 {role} pods"),
        _ => format!("run at least 3 {role} pods, with `replicationFactor: 3`"),
    }
}

/// Looks at queries of recent data, which ask every member of the ring.
fn reads(facts: &Facts<'_>, ring: &Ring, count: u32, verdict: &mut Verdict<'_>) {
    // Where the chart fixes the number, more pods are no ring at all: that is `replication/split-ring`.
    if ring.zones.is_some() || members::is_fixed(facts, ring) {
        return;
    }
    let tolerance = read_tolerance(
        ring.backend,
        ring.architecture,
        ring.replication_factor,
        count,
    );
    verdict.figure(|| Figure {
        subject: members::title(ring),
        value: format!("{} may be away", tolerance.crash),
        bound: "at least 1 of several".to_owned(),
        formula: tolerance.formula(),
        holds: tolerance.crash >= 1 || count < 2,
    });
    if ring.replication_factor == 1 && count > 1 {
        verdict.found(
            Finding::new(
                ring,
                format!(
                    "{} hold one copy of each piece, so a query of recent data fails while 1 of {count} is away",
                    members::many(count, &format!("{} pod", ring.role))
                ),
            )
            .at(Some(ring.place.clone()))
            .why(tolerance.formula())
            .help(if count < 3 && facts.tier == Tier::Prod {
                "run three pods with `replicationFactor: 3`"
            } else if count < 3 {
                "run one pod, or three with `replicationFactor: 3`"
            } else {
                "set `replicationFactor: 3`"
            })
            .weighing(Severities::everywhere(Severity::Warning)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, figures, helps, prod};

    fn mimir(tier: &str, factor: u32, ingesters: u32) -> String {
        format!(
            "{}    settings: {{replicationFactor: {factor}}}\n    roles: {{ingester: {{replicas: {ingesters}}}}}\n",
            environment(tier, "mimir", "")
        )
    }

    #[test]
    fn as_many_pods_as_copies_pass() {
        for (tier, factor, pods) in [("prod", 3, 3), ("dev", 1, 1), ("test", 3, 6)] {
            assert_eq!(
                asked(&RULE, &mimir(tier, factor, pods)),
                Vec::<String>::new()
            );
        }
        assert_eq!(
            figures(&RULE, &mimir("prod", 3, 3))[0],
            "mimir ingester: 1 may be away (at least 1 of several): reads need max(3, 3) - floor(3/2) = 2 of 3 replicas, so 1 may be away"
        );
    }

    #[test]
    fn without_a_quorum_it_is_an_error_everywhere() {
        for tier in ["prod", "test", "dev"] {
            assert_eq!(
                asked(&RULE, &mimir(tier, 3, 1)),
                ["error: 1 ingester pod cannot hold 3 copies"],
                "{tier}"
            );
        }
    }

    #[test]
    fn a_bare_quorum_weighs_by_tier() {
        for (tier, word) in [("prod", "error"), ("test", "warning"), ("dev", "warning")] {
            assert_eq!(
                asked(&RULE, &mimir(tier, 3, 2)),
                [format!("{word}: 2 ingester pods cannot hold 3 copies")]
            );
        }
    }

    #[test]
    fn one_copy_on_several_pods_fails_reads() {
        assert_eq!(
            asked(&RULE, &mimir("dev", 1, 3)),
            [
                "warning: 3 ingester pods hold one copy of each piece, so a query of recent data fails while 1 of 3 is away"
            ]
        );
    }

    #[test]
    fn an_override_of_the_pods_is_counted() {
        let text = format!(
            "{}    values: {{ingester: {{replicas: 1}}, store_gateway: {{replicas: 1}}}}\n",
            prod("mimir", "")
        );
        assert_eq!(
            asked(&RULE, &text),
            [
                "error: 1 ingester pod cannot hold 3 copies",
                "error: 1 store-gateway pod cannot hold 2 copies",
            ]
        );
    }

    #[test]
    fn help_is_what_other_rules_take() {
        let told = |tier: &str, factor: u32, pods: u32| {
            helps(&RULE, &mimir(tier, factor, pods))
                .into_iter()
                .next()
                .unwrap()
        };
        assert_eq!(told("prod", 3, 2), "run at least 3 ingester pods");
        assert_eq!(
            told("prod", 2, 1),
            "run at least 3 ingester pods, with `replicationFactor: 3`"
        );
        assert_eq!(
            told("dev", 3, 2),
            "set `replicationFactor: 1`, or run at least 3 ingester pods"
        );
    }

    #[test]
    fn without_a_ring_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("traefik", "")));
    }
}
