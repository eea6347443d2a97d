//! `remote-write/fan-in` (HW-RW-001): more pushes at a time than the receivers take.

use super::senders::{self, Capacity, Sender};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Subject, Verdict};
use crate::sizing::remote_write::{Senders, fan_in, fan_in_formula};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "remote-write/fan-in",
    entry: "HW-RW-001",
    summary: "The pushes of all senders fit the receiver",
    severities: Severities::ERROR,
    waivable: true,
    condition: "The sum over all that write into this environment's Mimir of pods x `maxShards` is at most min(proxies x connections, distributors x pushes in flight) x 0.7. Agents are one for each of `assumptions.nodes.count`, else one; agents elsewhere are `assumptions.senders`; a proxy takes 1024 connections and a distributor 2000 pushes unless `assumptions.receiver` says otherwise.",
    why: "Each shard holds a connection of its own. After an outage all senders use all their shards at once, and a receiver that is flooded does not come back.",
    source: "The remote-write incident: ten clusters of five agents at 200 shards each are 10,000 pushes at one proxy. Prometheus documentation, \"Remote write tuning\"; Mimir configuration reference, `max_inflight_push_requests`.",
    fix: "Lower `maxShards`, but not below what carries the load (`remote-write/shards-out-of-range`), or run more of the proxy and the distributor.",
    passes: "assumptions: {senders: {clusters: 10, podsEach: 5, maxShards: 10}, receiver: {capacity: 900}}",
    fails: "assumptions: {senders: {clusters: 10, podsEach: 5, maxShards: 50}, receiver: {capacity: 900}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let Some(capacity) = Capacity::of(facts) else {
        return verdict.lacks("no receiver of metrics");
    };
    let writers = senders::writers(facts);
    let Some(largest) = writers.iter().max_by_key(|writer| writer.sized().pushes()) else {
        return verdict.lacks("nobody writes metrics into it");
    };
    let sized: Vec<Senders> = writers.iter().map(|writer| writer.sized()).collect();
    let pushes = fan_in(&sized);
    verdict.figure(|| Figure {
        subject: "mimir".to_owned(),
        value: format!("{pushes} pushes at a time"),
        bound: format!("at most {}", capacity.pushes),
        formula: format!(
            "{}{}; {}",
            fan_in_formula(&sized),
            senders::guess(facts),
            capacity.formula()
        ),
        holds: pushes <= capacity.pushes,
    });
    if pushes <= capacity.pushes {
        return;
    }
    let place = largest
        .flow
        .map(|flow| senders::place(facts, flow, "queueConfig.maxShards"))
        .or_else(|| facts.setting("assumptions.senders"));
    verdict.found(
        Finding::new(
            Subject::component("mimir"),
            format!(
                "{pushes} pushes at a time from all senders are more than the {} that mimir takes",
                capacity.pushes
            ),
        )
        .at(place)
        .why(format!(
            "{}; {}",
            fan_in_formula(&sized),
            capacity.formula()
        ))
        .help(help(largest, pushes, capacity.pushes)),
    );
}

/// Says with how many shards of the largest sender the rest fits.
fn help(largest: &Sender<'_>, pushes: u64, capacity: u64) -> String {
    let others = pushes.saturating_sub(largest.sized().pushes());
    let shards = capacity
        .saturating_sub(others)
        .checked_div(largest.pods)
        .unwrap_or_default();
    let title = largest.title();
    if shards == 0 {
        format!(
            "run more of mimir's gateway and distributor: not even one shard of each of the {} pods of {title} fits",
            largest.pods
        )
    } else {
        format!(
            "set `maxShards: {shards}` for {title}, or run more of mimir's gateway and distributor"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, figures, prod};

    fn env(rest: &str) -> String {
        prod("mimir", rest) + "  alloy: {}\n"
    }

    #[test]
    fn what_the_receivers_take_passes_with_its_formula() {
        let env =
            env("assumptions: {senders: {clusters: 10, podsEach: 5}, receiver: {capacity: 900}}");
        assert_eq!(asked(&RULE, &env), Vec::<String>::new());
        let figures = figures(&RULE, &env);
        assert!(figures[0].starts_with("mimir: 510 pushes at a time (at most 900): 1 pod x 10 shards x 1 endpoint + 50 pods x 10 shards x 1 endpoint = 510 pushes; one agent counted"), "{figures:?}");
    }

    #[test]
    fn more_than_they_take_is_found() {
        let rest = "assumptions: {senders: {clusters: 10, podsEach: 5, maxShards: 50}, receiver: {capacity: 900}}";
        assert_eq!(
            asked(&RULE, &env(rest)),
            [
                "error: 2510 pushes at a time from all senders are more than the 900 that mimir takes"
            ]
        );
        let rest = "assumptions: {nodes: {count: 200, cpu: 4, memory: 16Gi}}";
        assert_eq!(asked(&RULE, &env(rest)).len(), 1);
    }

    #[test]
    fn without_mimir_or_senders_there_is_nothing_to_look_at() {
        assert!(!applies(&RULE, &prod("mimir", "")));
        assert!(!applies(&RULE, &prod("loki", "")));
    }
}
