//! `remote-write/backoff-outlives-samples` (HW-RW-003): pauses and ages of samples that do not go together.

use super::senders;
use crate::components::{Flow, Queue};
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};
use crate::units::Duration;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "remote-write/backoff-outlives-samples",
    entry: "HW-RW-003",
    summary: "Pauses between tries and the age limit of samples fit together",
    severities: Severities::ERROR,
    waivable: true,
    condition: "An error: `maxBackoff` is not below `sampleAgeLimit`. Warnings: it is above a fifth of it; the limit is below four scrape intervals and one push timeout, or below `assumptions.longestOutage` without `acceptDataLoss`; there is no limit; or more than 50 senders share a receiver and pause for less than 10s.",
    why: "A shard that sleeps past the limit drops what it held, although the receiver is back. Without a limit samples that nobody takes any more are sent for ever, and keep a receiver from recovering.",
    source: "The remote-write incident: a limit of five minutes with pauses of up to five minutes lost five minutes more than the outage. Pauses double from 30 ms without any jitter (Prometheus, `queue_manager.go`); Alloy documentation, `prometheus.remote_write`, block `queue_config`.",
    fix: "Let `sampleAgeLimit` be at least five times `maxBackoff`, such as 30m and 5m.",
    passes: "queueConfig: {sampleAgeLimit: 15m, maxBackoff: 1m}",
    fails: "queueConfig: {sampleAgeLimit: 5m, maxBackoff: 5m}",
    check: Check::Environment(check),
};

/// Above so many senders of one receiver their pauses must be long.
const MANY: u64 = 50;

/// The shortest longest pause of many senders; 50 shards that try every 5 s keep a receiver busy with failing.
const LONG: Duration = Duration::from_millis(10_000);

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let mut any = false;
    let senders: u64 = senders::writers(facts).iter().map(|one| one.pods).sum();
    for (flow, queue) in senders::queues(facts) {
        any = true;
        verdict.applies();
        one(facts, flow, queue, verdict);
        if senders > MANY && queue.max_backoff < LONG && senders::arrives(facts, flow) {
            verdict.found(
                finding(
                    facts,
                    flow,
                    "maxBackoff",
                    format!(
                        "{senders} senders share a receiver, and `maxBackoff` of {} is {}, below {LONG}",
                        senders::title(flow),
                        queue.max_backoff
                    ),
                )
                .why(format!(
                    "while it is away, {senders} pods x {} shards try every {}",
                    queue.max_shards, queue.max_backoff
                ))
                .help("set `maxBackoff: 1m` or more")
                .weighing(Severities::WARNING),
            );
        }
    }
    if !any {
        verdict.lacks("nothing queues metrics");
    }
}

fn finding(facts: &Facts<'_>, flow: &Flow, key: &str, message: String) -> Finding {
    Finding::new(Subject::from(flow), message).at(Some(senders::place(
        facts,
        flow,
        &format!("queueConfig.{key}"),
    )))
}

fn one(facts: &Facts<'_>, flow: &Flow, queue: Queue, verdict: &mut Verdict<'_>) {
    let assumptions = facts.assumptions();
    let (backoff, age) = (queue.max_backoff, queue.sample_age_limit);
    let title = || senders::title(flow);
    if age == Duration::ZERO {
        verdict.found(
            finding(facts, flow, "sampleAgeLimit", format!("samples of {title} are sent at any age", title = title()))
                .why("`sampleAgeLimit` is 0s: what the receiver refuses as too old is tried again without end")
                .help("set `sampleAgeLimit: 30m`, or as long as the longest outage that shall lose nothing")
                .weighing(Severities::WARNING),
        );
        return;
    }
    let fifth = Duration::from_millis(age.millis() / 5);
    if backoff >= age {
        verdict.found(
            finding(
                facts,
                flow,
                "maxBackoff",
                format!("`maxBackoff` {backoff} of {title} is not below `sampleAgeLimit` {age}", title = title()),
            )
            .why("a shard may sleep past the limit, and then drops what it held although the receiver is back")
            .help(advice(backoff, fifth)),
        );
    } else if backoff > fifth {
        verdict.found(
            finding(
                facts,
                flow,
                "maxBackoff",
                format!("`maxBackoff` {backoff} of {title} is above a fifth of `sampleAgeLimit` {age}, {fifth}", title = title()),
            )
            .why("a shard may sleep for that long after the receiver is back, and what gets older meanwhile is dropped")
            .help(advice(backoff, fifth))
            .weighing(Severities::WARNING),
        );
    }
    let interval = assumptions
        .scrape_interval
        .unwrap_or(Duration::from_millis(15_000));
    let least = Duration::from_millis(
        interval
            .millis()
            .saturating_mul(4)
            .saturating_add(queue.remote_timeout.millis()),
    );
    if age < least {
        verdict.found(
            finding(
                facts,
                flow,
                "sampleAgeLimit",
                format!("`sampleAgeLimit` {age} of {title} is below {least}", title = title()),
            )
            .why(format!(
                "4 x {interval} between samples + {} for a push = {least}: a single slow push drops samples",
                queue.remote_timeout
            ))
            .help(format!("set `sampleAgeLimit: {least}` or more, such as 30m"))
            .weighing(Severities::WARNING),
        );
    }
    if let Some(outage) = assumptions.longest_outage
        && age < outage
        && !assumptions.accept_data_loss
    {
        verdict.found(
            finding(
                facts,
                flow,
                "sampleAgeLimit",
                format!("`sampleAgeLimit` {age} of {title} is below the outage of {outage} that shall lose nothing", title = title()),
            )
            .why("`assumptions.longestOutage` says so; what is older than the limit is dropped")
            .help(format!("set `sampleAgeLimit: {outage}` or more, or `assumptions.acceptDataLoss: true`"))
            .weighing(Severities::WARNING),
        );
    }
}

fn advice(backoff: Duration, fifth: Duration) -> String {
    let least = Duration::from_millis(backoff.millis().saturating_mul(5));
    format!("set `maxBackoff: {fifth}` or less, or `sampleAgeLimit: {least}` or more")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, prod};

    fn env(queue: &str, rest: &str) -> String {
        format!(
            "{}  alloy:\n    settings:\n      remoteWrite:\n        - {{name: mimir, queueConfig: {queue}}}\n",
            prod("mimir", rest)
        )
    }

    #[test]
    fn what_fits_passes() {
        for queue in ["{}", "{sampleAgeLimit: 15m, maxBackoff: 1m}"] {
            assert_eq!(asked(&RULE, &env(queue, "")), Vec::<String>::new());
        }
        let rest = "assumptions: {longestOutage: 4h, acceptDataLoss: true}";
        assert_eq!(asked(&RULE, &env("{}", rest)), Vec::<String>::new());
    }

    #[test]
    fn what_does_not_is_found() {
        for (queue, rest, expected) in [
            (
                "{sampleAgeLimit: 5m, maxBackoff: 5m}",
                "",
                "error: `maxBackoff` 5m of alloy to `mimir` is not below `sampleAgeLimit` 5m",
            ),
            (
                "{sampleAgeLimit: 10m, maxBackoff: 5m}",
                "",
                "warning: `maxBackoff` 5m of alloy to `mimir` is above a fifth of `sampleAgeLimit` 10m, 2m",
            ),
            (
                "{sampleAgeLimit: 0s}",
                "",
                "warning: samples of alloy to `mimir` are sent at any age",
            ),
            (
                "{sampleAgeLimit: 1m, maxBackoff: 10s}",
                "",
                "warning: `sampleAgeLimit` 1m of alloy to `mimir` is below 1m30s",
            ),
            (
                "{}",
                "assumptions: {longestOutage: 4h}",
                "warning: `sampleAgeLimit` 30m of alloy to `mimir` is below the outage of 4h that shall lose nothing",
            ),
            (
                "{maxBackoff: 5s}",
                "assumptions: {senders: {clusters: 10, podsEach: 5}}",
                "warning: 51 senders share a receiver, and `maxBackoff` of alloy to `mimir` is 5s, below 10s",
            ),
        ] {
            assert_eq!(asked(&RULE, &env(queue, rest)), [expected], "{queue}");
        }
    }

    #[test]
    fn without_queues_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("mimir", "")));
    }
}
