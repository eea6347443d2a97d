//! Time that this thread has worked, so that a busy machine does not slow what is measured.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Returns the processor's time of this thread; wall time where the system does not tell it.
pub(crate) fn now() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    worked().unwrap_or_else(|| START.get_or_init(Instant::now).elapsed())
}

/// Linux counts it in nanoseconds.
fn worked() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}
