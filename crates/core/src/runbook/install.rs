//! What is installed, in which order, by which commands.

use std::fmt::Write as _;

use super::Runbook;
use super::text::{code, commands, many, word};
use crate::components::Release;
use crate::environment::DeliveryMethod;
use crate::workload::Controller;

/// What is brought in each wave, by the numbers of [`Manifest::wave`](crate::components::Manifest::wave).
const WAVES: [&str; 6] = [
    "objects of the cluster, and Secrets",
    "the object store",
    "buckets",
    "what keeps data",
    "the rest",
    "what talks to all of it",
];

impl Runbook<'_> {
    /// Returns the releases by wave, with the commands of what delivers them.
    pub(super) fn install(&self) -> String {
        let ordered = self.in_order();
        let mut text = self.handed_over();
        let mut wave = None;
        let mut number = 0;
        for (release, _) in ordered {
            if wave != Some(release.wave) {
                if !text.is_empty() && !text.ends_with("\n\n") {
                    text.push('\n');
                }
                wave = Some(release.wave);
                let what = usize::try_from(release.wave)
                    .ok()
                    .and_then(|wave| WAVES.get(wave));
                let _ = writeln!(
                    text,
                    "### Wave {}{}\n",
                    release.wave,
                    what.map(|what| format!(": {what}")).unwrap_or_default()
                );
            }
            number += 1;
            let _ = writeln!(text, "{number}. {}\n", self.step(release));
            let lines = self.commands_of(release);
            if !lines.is_empty() {
                let block = commands(&lines);
                let _ = writeln!(text, "{}\n", indented(&block));
            }
        }
        text
    }

    /// Returns what there is to say of a release: what it is, where it goes, and whether it is new.
    fn step(&self, release: &Release) -> String {
        let what = match &release.chart {
            Some(chart) => format!("{} {}", chart.name, chart.version),
            None => many(
                u32::try_from(self.objects_of(release).count()).unwrap_or(u32::MAX),
                "object",
            ),
        };
        let running = if self.already_running(release) {
            ", runs already: this upgrades it"
        } else {
            ""
        };
        format!(
            "**{}**: {} into {}{running}",
            release.component,
            code(&what),
            code(&release.namespace)
        )
    }

    /// Returns the commands that install a release.
    fn commands_of(&self, release: &Release) -> Vec<String> {
        match self.environment.model.delivery.method {
            DeliveryMethod::Helm => self.by_hand(release),
            DeliveryMethod::Argocd | DeliveryMethod::Flux => self.delivered(release),
        }
    }

    /// Returns the commands of who installs with Helm and kubectl.
    fn by_hand(&self, release: &Release) -> Vec<String> {
        let namespace = Self::in_namespace(&release.namespace);
        let mut lines = Vec::new();
        let jobs: Vec<&str> = self
            .workloads_of(release)
            .filter(|workload| release.chart.is_none() && workload.controller == Controller::Job)
            .map(|workload| workload.name.as_str())
            .collect();
        for job in &jobs {
            // A Job that ran cannot be changed.
            lines.push(format!(
                "kubectl {namespace} delete job {} --ignore-not-found",
                word(job)
            ));
        }
        for file in self.files_of(release) {
            let apply = match self.needs_namespace(release, file) {
                true => format!("kubectl {namespace} apply"),
                false => "kubectl apply".to_owned(),
            };
            lines.push(format!("{apply} -f {}", word(file)));
        }
        // Its pods may wait for what lies beside it.
        if let Some(chart) = &release.chart {
            let source = match chart.repository.strip_prefix("oci://") {
                Some(_) => word(&format!(
                    "{}/{}",
                    chart.repository.trim_end_matches('/'),
                    chart.name
                ))
                .into_owned(),
                None => format!("{} --repo {}", word(&chart.name), word(&chart.repository)),
            };
            lines.push(format!(
                "helm upgrade --install {} {source} --version {} {namespace} -f {} --wait --timeout {}m",
                word(&release.name),
                word(&chart.version),
                word(&self.layout.values(&self.environment.name, &release.component)),
                self.minutes(release),
            ));
        }
        for job in &jobs {
            lines.push(format!(
                "kubectl {namespace} wait --for=condition=complete job/{} --timeout=10m",
                word(job)
            ));
        }
        lines
    }

    /// Returns whether a file holds what goes to the namespace that `kubectl` is told.
    ///
    /// Where it is told one, it refuses objects that name another.
    fn needs_namespace(&self, release: &Release, file: &str) -> bool {
        let of_cluster = |kind: &str| {
            kind == "PriorityClass" || kind == "Namespace" || kind.starts_with("Cluster")
        };
        self.objects_of(release).any(|object| {
            &*object.file == file && object.namespace.is_none() && !of_cluster(&object.kind)
        })
    }
}

/// Returns a block as part of a numbered item.
fn indented(block: &str) -> String {
    block
        .lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("   {line}")
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}
