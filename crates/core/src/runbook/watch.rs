//! What to look at while pods come up.

use std::fmt::Write as _;

use super::Runbook;
use super::text::{code, commands, many, table, word};
use crate::components::{Described, Release, RingPurpose};
use crate::sizing::quorum::Architecture;
use crate::workload::{Controller, Workload};

impl Runbook<'_> {
    /// Returns what to watch, release by release.
    pub(super) fn watch(&self) -> String {
        let mut text = String::new();
        for (release, described) in self.in_order() {
            let body = self.watch_one(release, described);
            if !body.is_empty() {
                if !text.is_empty() {
                    text.push('\n');
                }
                let _ = write!(text, "### {}\n\n{body}", release.component);
            }
        }
        if !text.is_empty() {
            text.insert_str(
                0,
                "Queries are in the words of PromQL and LogQL. Where nothing scrapes a pod yet, it answers the same names at `/metrics`.\n\n",
            );
        }
        text
    }

    fn watch_one(&self, release: &Release, described: &Described) -> String {
        let lasting: Vec<&Workload> = self
            .workloads_of(release)
            .filter(|workload| {
                !matches!(workload.controller, Controller::Job | Controller::CronJob)
            })
            .collect();
        let namespace = Self::in_namespace(&release.namespace);
        let rows: Vec<Vec<String>> = lasting
            .iter()
            .map(|workload| {
                vec![
                    code(&resource(workload)),
                    pods(workload),
                    workload
                        .main()
                        .and_then(|main| main.readiness.as_ref()?.path().map(code))
                        .unwrap_or_else(|| "-".to_owned()),
                ]
            })
            .collect();
        let mut lines = Vec::new();
        let names: Vec<String> = lasting
            .iter()
            .map(|workload| word(&resource(workload)).into_owned())
            .collect();
        let status = format!("kubectl {namespace} rollout status");
        let patience = format!("--timeout={}m", self.minutes(release));
        match names.as_slice() {
            [] => {}
            [only] => lines.push(format!("{status} {only} {patience}")),
            many => lines.push(format!(
                "for it in {}; do {status} $it {patience} || break; done",
                many.join(" ")
            )),
        }
        for workload in self.workloads_of(release) {
            if workload.controller == Controller::Job {
                lines.push(format!(
                    "kubectl {namespace} logs job/{} --tail=50",
                    word(&workload.name)
                ));
            }
        }
        let mut parts = vec![
            table(&["workload", "pods", "ready when it answers"], &rows),
            commands(&lines),
            table(
                &["query", "good"],
                &self.queries(release, described, &lasting),
            ),
        ];
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    /// Returns what to ask of metrics and logs, and what a good answer is.
    fn queries(
        &self,
        release: &Release,
        described: &Described,
        workloads: &[&Workload],
    ) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let Some(manifest) = self.catalog.manifest(&release.component) else {
            return rows;
        };
        if let Some(metric) = &manifest.ring_metric {
            for ring in described
                .rings
                .iter()
                // Through Kafka, what counts are partitions and not members.
                .filter(|ring| {
                    ring.purpose == RingPurpose::Writes
                        && ring.architecture == Architecture::Classic
                })
            {
                rows.push(vec![
                    code(&format!(
                        "max({metric}{{name=\"ingester\", state=\"ACTIVE\"}})"
                    )),
                    many(ring.members, "member"),
                ]);
            }
        }
        for watched in manifest
            .watch
            .iter()
            .filter(|watched| watched.serves(&release.variant))
        {
            rows.push(vec![code(&watched.query), watched.good.clone()]);
        }
        if self.reads_logs() && !workloads.is_empty() {
            rows.push(vec![
                code(&format!(
                    "{{namespace=\"{}\", pod=~\"{}-.*\"}} |~ \"level=(warn|error)\"",
                    release.namespace, release.fullname
                )),
                "quiet once all pods are ready".to_owned(),
            ]);
        }
        rows
    }

    /// Returns whether the output of pods is read and kept.
    fn reads_logs(&self) -> bool {
        self.described
            .iter()
            .any(|one| one.logs.as_ref().is_some_and(|logs| logs.scraped))
    }
}

/// Returns what kubectl calls a workload.
pub(super) fn resource(workload: &Workload) -> String {
    format!(
        "{}/{}",
        workload.controller.name().to_lowercase(),
        workload.name
    )
}

fn pods(workload: &Workload) -> String {
    match (workload.controller, workload.most_replicas) {
        (Controller::DaemonSet, _) => "one on each node".to_owned(),
        (_, Some(most)) => format!("{} to {most}", workload.replicas),
        (_, None) => workload.replicas.to_string(),
    }
}
