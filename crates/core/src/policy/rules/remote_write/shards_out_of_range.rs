//! `remote-write/shards-out-of-range` (HW-RW-002): too few shards to carry the load, or no number that is safe.

use super::senders::{self, Capacity};
use crate::components::{Flow, Queue};
use crate::environment::{Assumptions, Kind};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Subject, Verdict};
use crate::sizing::remote_write::{CatchUp, Range, Sender, ceiling, ceiling_formula};
use crate::units::Duration;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "remote-write/shards-out-of-range",
    entry: "HW-RW-002",
    summary: "Shards carry the load and can catch up, and a safe number of them exists",
    severities: Severities::ERROR,
    waivable: true,
    condition: "For each destination of an agent, ceil(series / interval x catch-up x latency / batch) is at most `maxShards`, and at most what the receivers take for each sender. Inputs are `assumptions.seriesPerAgent` (100000), `scrapeInterval` (15s), `catchUp` (2) and `pushLatency` (1s); the range is also shown for `degradedLatency`. A destination outside of the environment has no ceiling, for its receivers are not known. Too many shards are `remote-write/fan-in`.",
    why: "A shard has one push under way at a time, so a cap that only protects the receiver turns an overload into samples that silently come later and later, and are dropped for their age.",
    source: "The remote-write incident: three shards carry 6,000 samples a second at one second a push, where 6,667 arrive; a day later there were ten. Alloy documentation, `prometheus.remote_write`, `max_shards`.",
    fix: "Raise `maxSamplesPerSend` before `maxShards`: 5000 instead of 2000 need 2.5 times fewer shards. Send fewer series, or run more receivers.",
    passes: "queueConfig: {maxShards: 10}   # 100,000 series at 15s and 1s a push need 7",
    fails: "queueConfig: {maxShards: 3}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let mut agents = senders::queues(facts)
        .filter(|(flow, _)| is_agent(facts, flow))
        .peekable();
    if agents.peek().is_none() {
        return verdict.lacks("no agent that sends metrics");
    }
    let receivers = Capacity::of(facts);
    // All agents that share the receivers.
    let sharing: u64 = senders::writers(facts)
        .iter()
        .filter(|writer| writer.flow.is_none_or(|flow| is_agent(facts, flow)))
        .map(|writer| writer.pods)
        .sum();
    for (flow, queue) in agents {
        let shared = receivers.filter(|_| senders::arrives(facts, flow));
        one(facts, flow, queue, shared, sharing, verdict);
    }
}

fn is_agent(facts: &Facts<'_>, flow: &Flow) -> bool {
    facts.workloads.iter().any(|workload| {
        workload.component == flow.from
            && workload.role == flow.role
            && workload.is_kind(Kind::Collector)
    })
}

fn one(
    facts: &Facts<'_>,
    flow: &Flow,
    queue: Queue,
    receivers: Option<Capacity>,
    sharing: u64,
    verdict: &mut Verdict<'_>,
) {
    let load = Load::of(facts.assumptions(), queue);
    let (Some(floor), Some(degraded)) = (
        load.sender.floor(load.latency),
        load.sender.floor(load.degraded),
    ) else {
        return verdict.lacks("`assumptions.scrapeInterval` is zero");
    };
    let range = Range {
        floor,
        degraded_floor: degraded,
        ceiling: receivers.and_then(|receivers| ceiling(receivers.pushes, sharing, 1)),
    };
    let shards = u64::from(queue.max_shards);
    let title = || senders::title(flow);
    let ceiling_words = || match receivers {
        Some(receivers) => format!(
            "; {} of {}",
            ceiling_formula(receivers.pushes, sharing, 1),
            receivers.formula()
        ),
        None => "; the receivers are not of this environment".to_owned(),
    };
    verdict.figure(|| Figure {
        subject: title(),
        value: format!("{shards} shards"),
        bound: range.to_string(),
        formula: format!(
            "{}; at {} {}{}{}; {} shards carry {} series and catch up",
            load.sender.floor_formula(load.latency),
            load.degraded,
            load.sender.floor_formula(load.degraded),
            ceiling_words(),
            senders::guess(facts),
            shards,
            load.sender
                .series_carried_catching_up(shards, load.latency)
                .unwrap_or_default(),
        ),
        holds: floor <= shards && !range.is_empty(),
    });
    let place = senders::place(facts, flow, "queueConfig.maxShards");
    if range.is_empty() {
        verdict.found(
            Finding::new(
                Subject::from(flow),
                format!(
                    "no number of shards is safe for {}: the load needs {floor}, and the receivers take {}",
                    title(),
                    range.ceiling.unwrap_or_default()
                ),
            )
            .at(Some(place))
            .why(format!(
                "{}{}",
                load.sender.floor_formula(load.latency),
                ceiling_words()
            ))
            .help(format!(
                "raise `maxSamplesPerSend` from {}, send fewer series, or run more of mimir's gateway and distributor",
                queue.max_samples_per_send
            )),
        );
    } else if shards < floor {
        verdict.found(
            Finding::new(
                Subject::from(flow),
                format!(
                    "{shards} shards of {} do not carry the load, which needs {floor}",
                    title()
                ),
            )
            .at(Some(place))
            .why(format!(
                "{}; {}",
                load.sender.floor_formula(load.latency),
                load.sender.series_carried_formula(shards, load.latency)
            ))
            .help(format!(
                "set `maxShards: {floor}`, or raise `maxSamplesPerSend` from {}",
                queue.max_samples_per_send
            )),
        );
    }
}

/// What one agent has to send.
struct Load {
    sender: Sender,
    latency: Duration,
    degraded: Duration,
}

impl Load {
    fn of(assumptions: &Assumptions, queue: Queue) -> Self {
        let latency = assumptions
            .push_latency
            .unwrap_or(Duration::from_millis(1000));
        let degraded = assumptions
            .degraded_latency
            .unwrap_or(Duration::from_millis(latency.millis().saturating_mul(5)));
        Self {
            sender: Sender {
                series: assumptions.series_per_agent.unwrap_or(100_000),
                scrape_interval: assumptions
                    .scrape_interval
                    .unwrap_or(Duration::from_millis(15_000)),
                batch: u64::from(queue.max_samples_per_send),
                catch_up: catch_up(assumptions.catch_up.unwrap_or(2.0)),
            },
            latency,
            degraded,
        }
    }
}

/// Returns a factor as a backlog and the time to send it.
fn catch_up(factor: f64) -> CatchUp {
    // Thousandths, and no more than a billion times: what is typed is near two.
    let thousandths = ((factor - 1.0).clamp(0.0, 1e9) * 1000.0).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=1e12 above"
    )]
    let backlog = Duration::from_millis(thousandths as u64);
    CatchUp {
        backlog,
        drain: Duration::from_millis(1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, figures, prod};

    fn env(queue: &str, rest: &str) -> String {
        format!(
            "{}  alloy:\n    settings:\n      remoteWrite:\n        - {{name: mimir, queueConfig: {queue}}}\n",
            prod("mimir", rest)
        )
    }

    #[test]
    fn ten_shards_carry_a_hundred_thousand_series_and_three_do_not() {
        assert_eq!(
            asked(&RULE, &env("{maxShards: 10}", "")),
            Vec::<String>::new()
        );
        assert_eq!(
            asked(&RULE, &env("{maxShards: 3}", "")),
            ["error: 3 shards of alloy to `mimir` do not carry the load, which needs 7"]
        );
    }

    #[test]
    fn the_range_is_shown_also_when_it_passes() {
        let rest = "assumptions: {receiver: {capacity: 900}, senders: {clusters: 9, podsEach: 5}, nodes: {count: 5, cpu: 4, memory: 8Gi}}";
        let figures = figures(&RULE, &env("{maxShards: 10}", rest));
        assert!(figures[0].starts_with("alloy to `mimir`: 10 shards ([7, 34] .. 18): ceil(100000 series / 15s x 2 x 1s / 2000 samples) = 7 shards;"), "{figures:?}");
        assert!(
            figures[0].ends_with("10 shards carry 150000 series and catch up"),
            "{figures:?}"
        );
    }

    #[test]
    fn an_empty_range_is_found() {
        let rest = "assumptions: {receiver: {capacity: 100}, senders: {clusters: 9, podsEach: 5}, nodes: {count: 5, cpu: 4, memory: 8Gi}}";
        assert_eq!(
            asked(&RULE, &env("{maxShards: 10}", rest)),
            [
                "error: no number of shards is safe for alloy to `mimir`: the load needs 7, and the receivers take 2"
            ]
        );
    }

    #[test]
    fn without_an_agent_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("mimir", "")));
    }

    #[test]
    fn any_catch_up_is_a_factor() {
        for (factor, millis) in [
            (2.0, 1000),
            (1.0, 0),
            (1.5, 500),
            (f64::INFINITY, 1_000_000_000_000),
        ] {
            assert_eq!(catch_up(factor).backlog.millis(), millis, "{factor}");
        }
        assert_eq!(catch_up(f64::NAN).backlog.millis(), 0);
    }
}
