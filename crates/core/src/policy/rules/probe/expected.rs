//! What probes must bear: how long healthy processes pause and start, how soon dead ones must be found.

use crate::environment::{Kind, PolicyClass};
use crate::policy::Facts;
use crate::units::Duration;
use crate::workload::Workload;

/// The longest time that a dead process may go unnoticed, where `assumptions.maxDetect` says nothing.
const MAX_DETECT: Duration = seconds(300);

/// The slowest start of what reads back a log or blocks, where `assumptions.expectedStart` says nothing.
const START: Duration = seconds(600);

const fn seconds(count: u64) -> Duration {
    Duration::from_millis(count * 1000)
}

/// Returns the longest pause of a healthy process: `assumptions.expectedPause`, else the class's.
///
/// # Source
///
/// The probe cascade for s3proxy, whose one thread also encrypts; the remote-write incident for the edge. A backend pauses for a
/// garbage collection, a flush or a full disk.
pub(super) fn pause(facts: &Facts<'_>, workload: &Workload) -> Duration {
    facts
        .assumptions()
        .expected_pause
        .unwrap_or(match workload.class {
            Some(PolicyClass::Edge) => seconds(30),
            Some(PolicyClass::S3proxy) => seconds(60),
            _ => seconds(20),
        })
}

/// Returns the longest time that a dead process may go unnoticed: `assumptions.maxDetect`, else 300 s.
pub(super) fn max_detect(facts: &Facts<'_>) -> Duration {
    facts.assumptions().max_detect.unwrap_or(MAX_DETECT)
}

/// Returns the slowest start of a workload's pods; nothing where nothing tells of one.
///
/// Ingesters read back their log and store-gateways their blocks: `assumptions.expectedStart`, else 600 s. Other pods that
/// keep something on a volume of their own read it too, but how much only the environment knows.
pub(super) fn start(facts: &Facts<'_>, workload: &Workload) -> Option<Duration> {
    let said = facts.assumptions().expected_start;
    match workload.kind {
        Some(Kind::Ingester | Kind::StoreGateway) => Some(said.unwrap_or(START)),
        _ => said.filter(|_| !workload.claims.is_empty()),
    }
}
