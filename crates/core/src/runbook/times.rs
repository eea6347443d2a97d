//! How long pods and rollouts take at most, by the windows of their probes.

use super::Runbook;
use super::text::{code, many, table};
use crate::components::Release;
use crate::sizing::probe::Window;
use crate::units::Duration;
use crate::workload::{Controller, ProbeNumbers, Rolls, Workload};

/// The least that a release is given, Helm's own patience.
const LEAST_MINUTES: u64 = 5;

/// How long a round may take where nothing restarts a pod that never answers.
///
/// Source: Kubernetes API reference, `progressDeadlineSeconds` of a Deployment: 600 s.
const PROGRESS: Duration = Duration::from_millis(600_000);

/// What is known of one rollout.
pub(super) struct Pace {
    /// How many pods or rounds of pods come one after the other.
    rounds: u32,
    /// When a pod is ready at the earliest.
    ready: Duration,
    /// When a pod that never answers is restarted; none where nothing restarts it.
    restarted: Option<Duration>,
}

impl Pace {
    pub(super) fn of(workload: &Workload) -> Option<Self> {
        if matches!(workload.controller, Controller::Job | Controller::CronJob) {
            return None;
        }
        let main = workload.main()?;
        let window = |probe: &ProbeNumbers| Window {
            period: probe.period,
            timeout: probe.timeout,
            failures: probe.failures,
        };
        let ready = main
            .readiness
            .as_ref()
            .map_or(0, |probe| probe.initial_delay);
        let restarted = match (&main.startup, &main.liveness) {
            (Some(startup), _) => Some(window(startup).startup_coverage(startup.initial_delay)),
            (None, Some(liveness)) => Some(window(liveness).first_restart(liveness.initial_delay)),
            (None, None) => None,
        };
        Some(Self {
            rounds: rounds(workload),
            ready: Duration::from_secs(u64::from(ready)).unwrap_or_default(),
            restarted,
        })
    }

    /// Returns how long the rollout takes if each pod comes up just before it would be restarted, or given up.
    fn longest(&self) -> Option<Duration> {
        let round = self.restarted.unwrap_or(PROGRESS);
        round.checked_mul(self.rounds.max(1))
    }
}

/// Returns how many groups of pods an update replaces one after the other.
fn rounds(workload: &Workload) -> u32 {
    let pods = workload.replicas;
    match (workload.controller, workload.rolls) {
        (_, Rolls::Recreate) => 1,
        (Controller::Deployment, _) => {
            let surge = workload.max_surge.rounded_up(pods);
            let away = workload.max_unavailable.rounded_down(pods);
            pods.div_ceil(surge.saturating_add(away).max(1))
        }
        (Controller::DaemonSet, _) => {
            let away = workload.max_unavailable.rounded_up(pods);
            pods.div_ceil(away.max(1))
        }
        _ => pods,
    }
}

impl Runbook<'_> {
    /// Returns the table of all roles.
    pub(super) fn times(&self) -> String {
        let mut rows = Vec::new();
        for (release, _) in self.in_order() {
            for workload in self.workloads_of(release) {
                let Some(pace) = Pace::of(workload) else {
                    continue;
                };
                let shown = |time: Option<Duration>| {
                    time.map_or_else(|| "-".to_owned(), |time| time.to_string())
                };
                rows.push(vec![
                    code(&format!(
                        "{}/{}",
                        workload.controller.name().to_lowercase(),
                        workload.name
                    )),
                    workload.replicas.to_string(),
                    many(pace.rounds, "round"),
                    pace.ready.to_string(),
                    shown(pace.restarted),
                    shown(pace.longest()),
                ]);
            }
        }
        if rows.is_empty() {
            return String::new();
        }
        format!(
            "{}\nA pod is not ready before its readiness probe first asks, and is restarted if it never answers. The last column is all rounds with pods \
             that come up just before that, or within {PROGRESS} where nothing restarts them: what takes longer is stuck, not slow.\n",
            table(
                &[
                    "workload",
                    "pods",
                    "rolled in",
                    "ready not before",
                    "restarted after",
                    "stuck after",
                ],
                &rows
            )
        )
    }

    /// Returns how many minutes a release is waited for: the slowest of its roles, and Helm's own patience at least.
    pub(super) fn minutes(&self, release: &Release) -> u64 {
        self.workloads_of(release)
            .filter_map(|workload| Pace::of(workload)?.longest())
            .map(|longest| longest.millis().div_ceil(60_000))
            .fold(LEAST_MINUTES, u64::max)
    }
}
