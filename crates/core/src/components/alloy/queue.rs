//! The queue in front of a destination, and the log on disk behind all queues.

use schemars::JsonSchema;
use serde::Deserialize;

use super::remote_write::Place;
use crate::diagnostic::Diagnostic;
use crate::units::Duration;

/// How samples wait for their turn. There is one queue for each destination and agent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct QueueConfig {
    /// How many samples each shard holds. Default: 10000.
    #[schemars(range(min = 1))]
    pub capacity: u32,
    /// The most shards, which is also the most connections. Default: 10.
    #[schemars(range(min = 1))]
    pub max_shards: u32,
    /// The fewest shards. Default: 1.
    #[schemars(range(min = 1))]
    pub min_shards: u32,
    /// The most samples in one push. Default: 2000.
    #[schemars(range(min = 1))]
    pub max_samples_per_send: u32,
    /// How long a sample waits for a push to fill. Default: 5s.
    pub batch_send_deadline: Duration,
    /// The pause after the first failed push; it doubles with each further one. Default: 30ms.
    pub min_backoff: Duration,
    /// The longest pause. Default: 5m.
    pub max_backoff: Duration,
    /// Whether a push that was refused for its rate is tried again. Default: yes.
    pub retry_on_http_429: bool,
    /// The age from which samples are dropped instead of sent; 0s for none. Default: 30m.
    pub sample_age_limit: Duration,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            // Alloy's own, 1.18: five pushes for each shard.
            capacity: 10_000,
            // Alloy's own is 50, which lets a fleet flood one receiver after an outage; 3 was too few to drain.
            max_shards: 10,
            min_shards: 1,
            max_samples_per_send: 2_000,
            batch_send_deadline: Duration::from_millis(5_000),
            min_backoff: Duration::from_millis(30),
            // A receiver that comes back shall not meet every sender every five seconds, Alloy's own number.
            max_backoff: Duration::from_millis(5 * 60_000),
            retry_on_http_429: true,
            // Six of the longest pauses: a shard that just began to wait has time left to send what it holds.
            sample_age_limit: Duration::from_millis(30 * 60_000),
        }
    }
}

/// `max_keepalive_time` of the write-ahead log by default, Alloy 1.18.
const LONGEST_KEEPALIVE: Duration = Duration::from_millis(8 * 3_600_000);

/// Above `min_keepalive_time`, 5m by default; Alloy refuses a longest time that is no longer than the shortest.
const SHORTEST_KEEPALIVE: Duration = Duration::from_millis(10 * 60_000);

/// Returns how long unsent samples are worth their disk: until every destination would drop them for their age.
pub(super) fn keepalive<'a>(queues: impl Iterator<Item = &'a QueueConfig> + Clone) -> Duration {
    let ages = queues.map(|queue| queue.sample_age_limit);
    if ages.clone().any(|age| age == Duration::ZERO) {
        return LONGEST_KEEPALIVE;
    }
    ages.max()
        .unwrap_or(SHORTEST_KEEPALIVE)
        .max(SHORTEST_KEEPALIVE)
}

/// Reports numbers that each are fine and do not go together; Alloy itself checks none of them.
pub(super) fn check(
    place: &Place<'_>,
    name: &str,
    queue: &QueueConfig,
    found: &mut Vec<Diagnostic>,
) {
    let mut wrong = |key: &str, message: String, why: &str, help: String| {
        found.push(
            Diagnostic::error("environment/bad-value", message)
                .at(&place.of(&format!("queueConfig.{key}")))
                .why(why)
                .help(help),
        );
    };
    if queue.min_shards > queue.max_shards {
        wrong(
            "minShards",
            format!(
                "`minShards` {} is above `maxShards` {} for `{name}`",
                queue.min_shards, queue.max_shards
            ),
            "Alloy does not check it, and the queue would never run as told",
            format!(
                "set `minShards` to {} or less, or raise `maxShards`",
                queue.max_shards
            ),
        );
    }
    if queue.min_backoff > queue.max_backoff {
        wrong(
            "minBackoff",
            format!(
                "`minBackoff` {} is above `maxBackoff` {} for `{name}`",
                queue.min_backoff, queue.max_backoff
            ),
            "the pause begins at the one and ends at the other",
            format!(
                "set `minBackoff` to {} or less, or raise `maxBackoff`",
                queue.max_backoff
            ),
        );
    }
    if queue.min_backoff == Duration::ZERO {
        wrong(
            "minBackoff",
            format!("`minBackoff` is zero for `{name}`"),
            "the pause doubles from there, so a failed push would be tried again without any",
            "set `minBackoff: 30ms`".to_owned(),
        );
    }
    if queue.capacity < queue.max_samples_per_send {
        wrong(
            "capacity",
            format!(
                "`capacity` {} is below `maxSamplesPerSend` {} for `{name}`",
                queue.capacity, queue.max_samples_per_send
            ),
            "a shard would never hold enough for a full push",
            format!(
                "set `capacity` to {} or more: 3 to 10 pushes",
                u64::from(queue.max_samples_per_send) * 3
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_on_disk_outlives_the_oldest_sample_that_is_still_sent() {
        let keepalive = |minutes: &[u64]| {
            let queues: Vec<_> = minutes
                .iter()
                .map(|minutes| QueueConfig {
                    sample_age_limit: Duration::from_millis(minutes * 60_000),
                    ..QueueConfig::default()
                })
                .collect();
            keepalive(queues.iter()).to_go()
        };
        assert_eq!(keepalive(&[30, 45]), "45m");
        assert_eq!(keepalive(&[2]), "10m");
        assert_eq!(keepalive(&[30, 0]), "8h");
        assert_eq!(keepalive(&[]), "10m");
    }
}
