//! How many shards carry the samples of a sender, and how many its receiver bears.
//!
//! A shard has one request under way at a time, so a sender moves `shards x batch / latency` samples in a second. Too few shards lag behind
//! while the receiver is slow; too many, from all senders together, keep it from recovering. Between both lies the safe [`Range`].
//!
//! # Source
//!
//! Prometheus, `storage/remote/queue_manager.go`, and its documentation, "Remote write tuning"; Alloy documentation,
//! `prometheus.remote_write`, block `queue_config`; the remote-write incident.

mod backoff;
mod receiver;
mod wide;

pub use backoff::Backoff;
pub use receiver::{
    Fit, Range, Receiver, Senders, USABLE_TENTHS, ceiling, ceiling_formula, fan_in, fan_in_formula,
};

use wide::{Round, product, quotient};

use crate::units::{Duration, Memory};

/// What one sample in a queue costs, in bytes, labels and all.
///
/// # Source
///
/// Prometheus documentation, "Remote write tuning": the queues of the usual setting, 50 shards of 12,000 samples, take some 90 MB.
pub const BYTES_PER_SAMPLE: u64 = 150;

/// The time a sender gets to make up for what it could not send.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::remote_write::CatchUp;
///
/// assert_eq!(CatchUp::default().factor(), Some(2.0));
/// assert_eq!(CatchUp { backlog: "30m".parse()?, drain: "10m".parse()? }.factor(), Some(4.0));
/// # Ok::<(), helmwright::units::DurationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatchUp {
    /// The samples that wait, as a time: the outage, or the age limit where that is shorter.
    pub backlog: Duration,
    /// How long it may take to send them.
    pub drain: Duration,
}

impl CatchUp {
    /// No catching up: what arrives is sent, no more.
    pub const NONE: Self = Self {
        backlog: Duration::ZERO,
        drain: Duration::from_millis(1),
    };

    /// Returns `H = 1 + backlog / drain`, or nothing when the drain takes no time.
    pub fn factor(self) -> Option<f64> {
        (self.drain > Duration::ZERO).then(|| 1.0 + self.backlog.seconds() / self.drain.seconds())
    }
}

impl Default for CatchUp {
    /// As long as the backlog itself: `H = 2`.
    fn default() -> Self {
        Self {
            backlog: Duration::from_millis(1),
            drain: Duration::from_millis(1),
        }
    }
}

/// One pod that sends samples to one endpoint.
///
/// Where the scrape interval, the batch or the drain is zero there is no answer, and the methods return nothing.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::remote_write::{CatchUp, Sender};
///
/// let sender = Sender {
///     series: 100_000,
///     scrape_interval: "15s".parse()?,
///     batch: 2000,
///     catch_up: CatchUp::default(),
/// };
/// assert_eq!(sender.floor("1s".parse()?), Some(7));
/// assert_eq!(
///     sender.floor_formula("1s".parse()?),
///     "ceil(100000 series / 15s x 2 x 1s / 2000 samples) = 7 shards"
/// );
/// # Ok::<(), helmwright::units::DurationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Active series of this pod.
    pub series: u64,
    /// The time between two samples of a series.
    pub scrape_interval: Duration,
    /// `max_samples_per_send`.
    pub batch: u64,
    /// How much faster than the samples arrive it must be able to send.
    pub catch_up: CatchUp,
}

impl Sender {
    /// Returns the samples that arrive: `R = series / scrape interval`, per second, a fraction left out.
    pub fn samples_per_second(self) -> Option<u64> {
        quotient(
            product([self.series, 1000]),
            product([self.scrape_interval.millis()]),
            Round::Down,
        )
    }

    /// Returns the fewest shards that carry the load: `S_min = ceil(R x H x L / B)`.
    ///
    /// # Arguments
    ///
    /// `latency` is what one push takes under load, at its 95th percentile.
    pub fn floor(self, latency: Duration) -> Option<u64> {
        let CatchUp { backlog, drain } = self.catch_up;
        let together = backlog.millis().saturating_add(drain.millis());
        quotient(
            product([self.series, latency.millis(), together]),
            product([self.scrape_interval.millis(), self.batch, drain.millis()]),
            Round::Up,
        )
    }

    /// Returns [`Self::floor`] with its numbers.
    pub fn floor_formula(self, latency: Duration) -> String {
        let Self {
            series,
            scrape_interval,
            batch,
            catch_up,
        } = self;
        let factor = catch_up
            .factor()
            .map_or_else(|| "(no drain time)".to_owned(), trimmed);
        let result = self.floor(latency).map_or_else(
            || "no answer".to_owned(),
            |shards| plural(shards, "shard", "shards"),
        );
        format!(
            "ceil({series} series / {scrape_interval} x {factor} x {latency} / {batch} samples) = {result}"
        )
    }

    /// Returns the series that so many shards carry, with nothing to catch up: `shards x B / L x interval`.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::sizing::remote_write::{CatchUp, Sender};
    ///
    /// let sender = Sender {
    ///     series: 0,
    ///     scrape_interval: "15s".parse()?,
    ///     batch: 2000,
    ///     catch_up: CatchUp::NONE,
    /// };
    /// assert_eq!(sender.series_carried(3, "500ms".parse()?), Some(180_000));
    /// assert_eq!(sender.series_carried(3, "2s".parse()?), Some(45_000));
    /// # Ok::<(), helmwright::units::DurationError>(())
    /// ```
    pub fn series_carried(self, shards: u64, latency: Duration) -> Option<u64> {
        quotient(
            product([shards, self.batch, self.scrape_interval.millis()]),
            product([latency.millis()]),
            Round::Down,
        )
    }

    /// Returns the series that so many shards carry while they catch up: `shards x B / L x interval / H`.
    pub fn series_carried_catching_up(self, shards: u64, latency: Duration) -> Option<u64> {
        let CatchUp { backlog, drain } = self.catch_up;
        let together = backlog.millis().saturating_add(drain.millis());
        quotient(
            product([
                shards,
                self.batch,
                self.scrape_interval.millis(),
                drain.millis(),
            ]),
            product([latency.millis(), together]),
            Round::Down,
        )
    }

    /// Returns [`Self::series_carried`] with its numbers, such as `3 shards x 2000 samples / 2s x 15s = 45000 series`.
    pub fn series_carried_formula(self, shards: u64, latency: Duration) -> String {
        let carried = self.series_carried(shards, latency).map_or_else(
            || "any number of series".to_owned(),
            |series| format!("{series} series"),
        );
        format!(
            "{} x {} samples / {latency} x {} = {carried}",
            plural(shards, "shard", "shards"),
            self.batch,
            self.scrape_interval
        )
    }

    /// Returns how long the backlog of an outage takes: `R x min(O, A) / (shards x B / L - R)`.
    ///
    /// Nothing where the shards carry no more than what arrives: the backlog then never ends.
    ///
    /// # Arguments
    ///
    /// `age_limit` is `sample_age_limit`; zero means that samples of any age are sent.
    pub fn drain_time(
        self,
        shards: u64,
        latency: Duration,
        outage: Duration,
        age_limit: Duration,
    ) -> Option<Duration> {
        let waiting = waiting(outage, age_limit);
        let arriving = product([self.series, latency.millis()]);
        let sent = product([shards, self.batch, self.scrape_interval.millis()]);
        let backlog = product([waiting.millis(), self.series, latency.millis()]);
        quotient(backlog, sent.minus(arriving)?, Round::Up).map(Duration::from_millis)
    }

    /// Returns [`Self::drain_time`] with its numbers.
    pub fn drain_time_formula(
        self,
        shards: u64,
        latency: Duration,
        outage: Duration,
        age_limit: Duration,
    ) -> String {
        let per_second = |rate: Option<u64>| {
            rate.map_or_else(|| "unlimited".to_owned(), |rate| format!("{rate}/s"))
        };
        let arriving = per_second(self.samples_per_second());
        let sent = per_second(capacity(shards, self.batch, latency));
        let time = self
            .drain_time(shards, latency, outage, age_limit)
            .map_or_else(|| "never".to_owned(), |time| to_seconds(time).to_string());
        format!(
            "{arriving} x {} / ({sent} - {arriving}) = {time}",
            waiting(outage, age_limit)
        )
    }
}

/// Returns the samples that so many shards send in a second: `shards x B / L`, a fraction left out; nothing for a latency of zero.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::remote_write::capacity;
///
/// assert_eq!(capacity(50, 2000, "5s".parse()?), Some(20_000));
/// # Ok::<(), helmwright::units::DurationError>(())
/// ```
pub fn capacity(shards: u64, batch: u64, latency: Duration) -> Option<u64> {
    quotient(
        product([shards, batch, 1000]),
        product([latency.millis()]),
        Round::Down,
    )
}

/// Returns the memory that full queues take: `endpoints x shards x (capacity + B) x 150 bytes`; the largest amount where it does not fit.
///
/// # Examples
///
/// ```
/// use helmwright::sizing::remote_write::queue_memory;
///
/// assert_eq!(queue_memory(2, 10, 10_000, 2000).bytes(), 36_000_000);
/// ```
pub fn queue_memory(endpoints: u64, shards: u64, capacity: u64, batch: u64) -> Memory {
    let samples = endpoints
        .saturating_mul(shards)
        .saturating_mul(capacity.saturating_add(batch));
    Memory::from_bytes(samples.saturating_mul(BYTES_PER_SAMPLE))
}

/// Returns [`queue_memory`] with its numbers, such as `2 endpoints x 10 shards x (10000 + 2000) samples x 150 bytes = 36M`.
pub fn queue_memory_formula(endpoints: u64, shards: u64, capacity: u64, batch: u64) -> String {
    format!(
        "{} x {} x ({capacity} + {batch}) samples x {BYTES_PER_SAMPLE} bytes = {}",
        plural(endpoints, "endpoint", "endpoints"),
        plural(shards, "shard", "shards"),
        queue_memory(endpoints, shards, capacity, batch)
    )
}

/// What waits after an outage: a sample older than the limit is dropped, and a limit of zero is none.
fn waiting(outage: Duration, age_limit: Duration) -> Duration {
    if age_limit == Duration::ZERO {
        outage
    } else {
        outage.min(age_limit)
    }
}

/// Rounded up to whole seconds, for text.
fn to_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.millis().div_ceil(1000)).unwrap_or(time)
}

fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A factor as people write it: `2`, `1.5`, `1.33`.
fn trimmed(factor: f64) -> String {
    let text = format!("{factor:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
