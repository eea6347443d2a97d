//! `remote-write/queue-memory` (HW-RW-004): queues that take too much of their agent's memory.

use std::collections::BTreeMap;

use super::senders;
use crate::components::{Flow, Queue};
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Subject, Verdict};
use crate::sizing::remote_write::BYTES_PER_SAMPLE;
use crate::units::Memory;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "remote-write/queue-memory",
    entry: "HW-RW-004",
    summary: "Full queues fit the memory of their sender",
    severities: Severities::WARNING,
    waivable: true,
    condition: "For each sender, the sum over its destinations of `maxShards` x (`capacity` + `maxSamplesPerSend`) x `assumptions.bytesPerSample` (150) is at most a quarter of its memory limit, or of its request where it has no limit; and each `capacity` is 3 to 10 times `maxSamplesPerSend`.",
    why: "Queues are full exactly when the receiver is slow, and an agent that is killed for its memory loses what it holds of all signals.",
    source: "Prometheus documentation, \"Remote write tuning\": shards multiply with the capacity; 50 shards of 12,000 samples take some 90 MB.",
    fix: "Lower `capacity` or `maxShards`, or raise the memory limit.",
    passes: "queueConfig: {maxShards: 10, capacity: 10000}   # 18 MB of 1Gi",
    fails: "queueConfig: {maxShards: 200, capacity: 10000}   # 360 MB of 256Mi",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let bytes = facts
        .assumptions()
        .bytes_per_sample
        .map_or(BYTES_PER_SAMPLE, u64::from);
    let mut by_sender: BTreeMap<(&str, &str), Vec<(&Flow, Queue)>> = BTreeMap::new();
    for (flow, queue) in senders::queues(facts) {
        verdict.applies();
        depth(facts, flow, queue, verdict);
        by_sender
            .entry((flow.from.as_str(), flow.role.as_str()))
            .or_default()
            .push((flow, queue));
    }
    if by_sender.is_empty() {
        return verdict.lacks("nothing queues metrics");
    }
    for ((component, role), queues) in by_sender {
        let memory = facts
            .workloads
            .iter()
            .filter(|workload| workload.component == component && workload.role == role)
            .filter_map(|workload| workload.main())
            .filter_map(|main| {
                main.limits
                    .memory
                    .map(|limit| (limit, "limit"))
                    .or_else(|| main.requests.memory.map(|request| (request, "request")))
            })
            .min_by_key(|(memory, _)| memory.bytes());
        let Some((memory, what)) = memory else {
            verdict.lacks(format!("{component} {role} has no memory limit or request"));
            continue;
        };
        let taken: u64 = queues.iter().fold(0, |sum, (_, queue)| {
            samples(queue).saturating_mul(bytes).saturating_add(sum)
        });
        let quarter = memory.bytes() / 4;
        let formula = || {
            let terms: Vec<String> = queues
                .iter()
                .map(|(_, queue)| {
                    format!(
                        "{} shards x ({} + {}) samples",
                        queue.max_shards, queue.capacity, queue.max_samples_per_send
                    )
                })
                .collect();
            format!(
                "({}) x {bytes} bytes = {} of {} / 4 = {}",
                terms.join(" + "),
                Memory::from_bytes(taken),
                memory,
                Memory::from_bytes(quarter)
            )
        };
        let title = if role == component {
            component.to_owned()
        } else {
            format!("{component} {role}")
        };
        verdict.figure(|| Figure {
            subject: title.clone(),
            value: Memory::from_bytes(taken).to_string(),
            bound: format!("at most {}", Memory::from_bytes(quarter)),
            formula: formula(),
            holds: taken <= quarter,
        });
        if taken > quarter {
            let (flow, queue) = queues[0];
            let shards = quarter / per_shard(&queue, bytes).max(1) / queues.len() as u64;
            verdict.found(
                Finding::new(
                    Subject::from(flow),
                    format!(
                        "full queues of {title} take {}, more than a quarter of its memory {what} of {memory}",
                        Memory::from_bytes(taken)
                    ),
                )
                .at(Some(senders::place(facts, flow, "queueConfig.maxShards")))
                .why(formula())
                .help(format!(
                    "set `maxShards` to {} or less, lower `capacity`, or raise the memory {what} to {} or more",
                    shards.max(1),
                    Memory::from_bytes(taken.saturating_mul(4))
                )),
            );
        }
    }
}

fn samples(queue: &Queue) -> u64 {
    u64::from(queue.max_shards)
        .saturating_mul(u64::from(queue.capacity) + u64::from(queue.max_samples_per_send))
}

fn per_shard(queue: &Queue, bytes: u64) -> u64 {
    (u64::from(queue.capacity) + u64::from(queue.max_samples_per_send)).saturating_mul(bytes)
}

/// Looks at how many pushes a shard holds.
fn depth(facts: &Facts<'_>, flow: &Flow, queue: Queue, verdict: &mut Verdict<'_>) {
    let (capacity, push) = (
        u64::from(queue.capacity),
        u64::from(queue.max_samples_per_send),
    );
    if (push * 3..=push * 10).contains(&capacity) {
        return;
    }
    verdict.found(
        Finding::new(
            Subject::from(flow),
            format!(
                "`capacity` {capacity} of {} is not 3 to 10 times `maxSamplesPerSend` {push}",
                senders::title(flow)
            ),
        )
        .at(Some(senders::place(facts, flow, "queueConfig.capacity")))
        .why(if capacity < push * 3 {
            "a shard that sends one push has too few samples ready for the next"
        } else {
            "memory grows with it, and samples wait longer without being sent sooner"
        })
        .help(format!("set `capacity` from {} to {}", push * 3, push * 10)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, figures, prod};

    fn env(queue: &str, memory: &str) -> String {
        format!(
            "{}  alloy:\n    roles:\n      alloy: {{resources: {{requests: {{cpu: 100m, memory: 128Mi}}, limits: {{memory: {memory}}}}}}}\n    settings:\n      remoteWrite:\n        - {{name: mimir, queueConfig: {queue}}}\n",
            prod("mimir", "")
        )
    }

    #[test]
    fn small_queues_pass_with_their_formula() {
        let env = env("{}", "1Gi");
        assert_eq!(asked(&RULE, &env), Vec::<String>::new());
        assert_eq!(
            figures(&RULE, &env),
            [
                "alloy: 18M (at most 256Mi): (10 shards x (10000 + 2000) samples) x 150 bytes = 18M of 1Gi / 4 = 256Mi"
            ]
        );
    }

    #[test]
    fn large_ones_are_found() {
        assert_eq!(
            asked(&RULE, &env("{maxShards: 200}", "256Mi")),
            [
                "warning: full queues of alloy take 360M, more than a quarter of its memory limit of 256Mi"
            ]
        );
        assert_eq!(
            asked(&RULE, &env("{capacity: 5000}", "1Gi")),
            [
                "warning: `capacity` 5000 of alloy to `mimir` is not 3 to 10 times `maxSamplesPerSend` 2000"
            ]
        );
    }

    #[test]
    fn without_queues_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("mimir", "")));
    }
}
