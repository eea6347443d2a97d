//! `replication/uneven-zones` (HW-HA-003): zones that are too few, or not alike.

use super::members;
use crate::components::Ring;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/uneven-zones",
    entry: "HW-HA-003",
    summary: "Zone awareness has enough zones and even replicas",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "For every ring with zone awareness: `zones >= RF`, and members divide evenly over zones; in manifests every zone has the same number of pods, and at least one. Pods in zones whose ring knows none are found in manifests, too. More zones than `cluster.zones` is a warning in prod: then they are zones by name only.",
    why: "Each zone holds one copy, and a read leaves out a whole zone when one of its members is unhealthy. So an uneven zone is a weak zone, and with fewer zones than copies a write cannot be placed.",
    source: "dskit, `ring/ring.go` (`GetReplicationSetForOperation`); Grafana Mimir documentation, \"Configure zone-aware replication\".",
    fix: "Run three zones with a multiple of three pods, or switch zones off.",
    passes: "mimir: {roles: {ingester: {replicas: 6}}, values: {ingester: {zoneAwareReplication: {enabled: true}}}}",
    fails: "mimir: {roles: {ingester: {replicas: 4}}, values: {ingester: {zoneAwareReplication: {enabled: true}}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for ring in facts.rings() {
        let Some(count) = members::count(facts, ring) else {
            continue;
        };
        match ring.zones {
            Some(zones) => zoned(facts, ring, count, zones, verdict),
            None => split_for_nothing(facts, ring, verdict),
        }
    }
    verdict.lacks("no ring looks at zones");
}

fn zoned(facts: &Facts<'_>, ring: &Ring, count: u32, zones: u32, verdict: &mut Verdict<'_>) {
    let factor = ring.replication_factor;
    let title = members::title(ring);
    let rest = count.checked_rem(zones).unwrap_or(0);
    verdict.figure(|| Figure {
        subject: title.clone(),
        value: format!(
            "{} in {}",
            members::many(count, "pod"),
            members::many(zones, "zone")
        ),
        bound: format!("at least {factor} zones, with as many pods each"),
        formula: format!("{count} mod {zones} = {rest}; {zones} zones for {factor} copies"),
        holds: zones >= factor && rest == 0,
    });
    if zones < factor {
        verdict.found(
            Finding::new(
                ring,
                format!(
                    "{} of {title} cannot hold {}",
                    members::many(zones, "zone"),
                    members::many(factor, "copy")
                ),
            )
            .at(Some(ring.place.clone()))
            .why(if zones == 1 {
                "its members are told no zones of their own, so all are in one, and each zone takes one copy"
            } else {
                "each zone takes one copy of a piece"
            })
            .help(format!(
                "define {factor} zones, or switch zone awareness off"
            )),
        );
    }
    // Fewer pods than zones is `replication/too-few-replicas`.
    let uneven = facts
        .workloads_of(&ring.component, &ring.role)
        .filter(|workload| workload.zone.is_some())
        .find(|workload| u64::from(workload.replicas) * u64::from(zones) != u64::from(count));
    if let Some(workload) = uneven {
        verdict.found(
            Finding::new(
                workload,
                format!(
                    "zone {} of {title} has {} of {count} in {zones} zones",
                    workload.zone.as_deref().unwrap_or_default(),
                    members::many(workload.replicas, "pod")
                ),
            )
            .at(facts.place(workload, "replicas"))
            .why(format!("{count} / {zones} is what each zone should have; a read leaves out a whole zone, and the smaller ones weigh as much"))
            .help(format!("run as many pods in each of the {zones} zones")),
        );
    } else if rest != 0 && count > zones {
        let next = u64::from(count - rest) + u64::from(zones);
        verdict.found(
            Finding::new(
                ring,
                format!("{} of {title} do not divide over {zones} zones", members::many(count, "pod")),
            )
            .at(replicas_place(facts, ring))
            .why(format!("{count} mod {zones} = {rest}; a read leaves out a whole zone, so the zones with fewer pods carry more each"))
            .help(format!("run {next} pods, or {}", count - rest)),
        );
    }
    let Some(environment) = facts.environment else {
        return;
    };
    let real = environment.model.cluster.zones;
    if real < zones {
        verdict.found(
            Finding::new(
                ring,
                format!(
                    "{title} is kept in {zones} zones, and the cluster has {}",
                    members::many(real, "failure domain")
                ),
            )
            .at(Some(environment.key_location("cluster.zones")))
            .why("pods of different zones then share nodes and lines, and are lost together")
            .help(format!("say how many there are with `cluster.zones`, or keep pods of different zones on different nodes; {zones} zones by name only order the rollout, and no more"))
            .weighing(Severities::WARNING.off_in_dev()),
        );
    }
}

/// Returns where the number of a ring's members is decided.
fn replicas_place(facts: &Facts<'_>, ring: &Ring) -> Option<crate::source::Location> {
    facts
        .workloads_of(&ring.component, &ring.role)
        .next()
        .and_then(|workload| facts.place(workload, "replicas"))
        .or_else(|| Some(ring.place.clone()))
}

/// Looks for pods in zones that their ring does not know.
fn split_for_nothing(facts: &Facts<'_>, ring: &Ring, verdict: &mut Verdict<'_>) {
    let Some(workload) = facts
        .workloads_of(&ring.component, &ring.role)
        .find(|workload| workload.zone.is_some())
    else {
        return;
    };
    verdict.found(
        Finding::new(
            workload,
            format!(
                "the pods of {} are in zones, and their ring does not look at zones",
                members::title(ring)
            ),
        )
        .at(facts.place(workload, "replicas"))
        .why("two copies of one piece may then be in one zone, and are lost with it")
        .help("switch zone awareness on in the ring, too, or off in the chart"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, figures, prod};

    fn zones(tier: &str, pods: u32, real: u32, more: &str) -> String {
        format!(
            "{}    roles: {{ingester: {{replicas: {pods}}}}}\n    values: {{ingester: {{zoneAwareReplication: {{enabled: true{more}}}}}}}\n",
            environment(tier, "mimir", &format!("cluster: {{zones: {real}}}"))
        )
    }

    #[test]
    fn a_multiple_of_three_passes() {
        let text = zones("prod", 6, 3, "");
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
        assert_eq!(
            figures(&RULE, &text),
            [
                "mimir ingester: 6 pods in 3 zones (at least 3 zones, with as many pods each): 6 mod 3 = 0; 3 zones for 3 copies"
            ]
        );
    }

    #[test]
    fn what_does_not_divide_fails_by_tier() {
        let said = "4 pods of mimir ingester do not divide over 3 zones";
        assert_eq!(
            asked(&RULE, &zones("prod", 4, 3, "")),
            [format!("error: {said}")]
        );
        assert_eq!(
            asked(&RULE, &zones("test", 4, 3, "")),
            [format!("warning: {said}")]
        );
        assert_eq!(asked(&RULE, &zones("dev", 4, 3, "")), Vec::<String>::new());
    }

    #[test]
    fn two_zones_cannot_hold_three_copies() {
        assert_eq!(
            asked(
                &RULE,
                &zones("prod", 4, 2, ", zones: [{name: a}, {name: b}]")
            ),
            ["error: 2 zones of mimir ingester cannot hold 3 copies"]
        );
    }

    #[test]
    fn a_ring_that_looks_at_zones_nobody_has_is_found() {
        let text = format!(
            "{}    values: {{mimir: {{structuredConfig: {{ingester: {{ring: {{zone_awareness_enabled: true}}}}}}}}}}\n",
            prod("mimir", "")
        );
        assert_eq!(
            asked(&RULE, &text),
            ["error: 1 zone of mimir ingester cannot hold 3 copies"]
        );
    }

    #[test]
    fn zones_by_name_only_are_worth_a_warning() {
        assert_eq!(
            asked(&RULE, &zones("prod", 3, 1, "")),
            ["warning: mimir ingester is kept in 3 zones, and the cluster has 1 failure domain"]
        );
    }

    #[test]
    fn without_zones_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("mimir", "")));
    }
}
