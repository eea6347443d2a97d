//! One release: its chart, its renders, its proof.

use std::path::PathBuf;
use std::sync::Arc;

use helmwright::Catalog;
use helmwright::components::{Release, ReleaseChart};
use helmwright::diagnostic::Diagnostic;
use helmwright::effect::{self, Proof, Refusal, Rendered, Report};
use helmwright::pipeline::Derived;
use helmwright::source::Source;
use helmwright::yaml::Node;

use super::progress::Progress;
use super::stored;
use crate::helm::cache::{self, Cache};
use crate::helm::charts::Wanted;
use crate::helm::{self, Helm, Permits, Values};
use crate::project::Place;

/// What every release's proof needs.
pub(super) struct Tools<'a> {
    pub(super) helm: &'a Helm,
    pub(super) charts: Option<Place>,
    pub(super) cache: Option<&'a Cache>,
    /// Whether proofs that were made before do not count.
    pub(super) fresh: bool,
    pub(super) permits: Permits,
    pub(super) progress: Progress,
    pub(super) catalog: &'a Catalog,
}

/// A release of an environment with the values file that was generated for it.
pub(super) struct Job<'m> {
    pub(super) derived: &'m Derived,
    pub(super) release: &'m Release,
    pub(super) chart: &'m ReleaseChart,
    /// The values file, as an absolute path.
    pub(super) path: PathBuf,
    pub(super) source: Arc<Source>,
    pub(super) values: Node,
}

/// What became of a release.
pub(super) enum Ended {
    /// Its chart could not be had.
    Lacking(Vec<Diagnostic>),
    /// Helm does not render it.
    Refused(Refusal),
    /// Helm renders it, and every leaf is judged.
    Proven {
        report: Report,
        /// Whether the proof was made in an earlier run.
        stored: bool,
    },
}

impl Job<'_> {
    /// Returns how it is called: `prod/tempo`.
    pub(super) fn name(&self) -> String {
        format!(
            "{}/{}",
            self.derived.environment().name,
            self.release.component
        )
    }

    /// Finds the chart, renders it, and proves every leaf.
    pub(super) fn run(&self, tools: &Tools<'_>) -> Ended {
        let ended = self.prove(tools);
        tools.progress.finished(&self.name());
        ended
    }

    fn prove(&self, tools: &Tools<'_>) -> Ended {
        let environment = self.derived.environment();
        let section = environment.model.components.get(&self.release.component);
        let wanted = Wanted {
            chart: &self.chart.name,
            version: &self.chart.version,
            repository: &self.chart.repository,
            digest: section.and_then(|section| section.digest.as_deref()),
        };
        let found = {
            // One at a time for each chart would do; a place keeps downloads and unpacking bounded as well.
            let _permit = tools.permits.take();
            match wanted.find(tools.charts.as_ref(), tools.helm, tools.cache) {
                Ok(found) => found,
                Err(found) => return Ended::Lacking(found),
            }
        };
        let kubernetes = &environment.model.kubernetes;
        let release = helm::Release {
            name: self.release.name.clone(),
            namespace: self.release.namespace.clone(),
            kube_version: kubernetes.version.clone(),
            api_versions: kubernetes.api_versions.clone(),
            chart: found.path.clone(),
        };
        let entry = found
            .hash
            .as_ref()
            .map(|hash| self.entry(tools, &release, hash))
            .zip(tools.cache);
        if let Some((entry, cache)) = entry.as_ref().filter(|_| !tools.fresh)
            && let Some(report) = cache.read(entry).and_then(|text| stored::read(&text))
        {
            return Ended::Proven {
                report,
                stored: true,
            };
        }
        let render = |values: Values<'_>| {
            let _permit = tools.permits.take();
            let rendered = tools.helm.template(&release, values);
            tools.progress.rendered();
            rendered
        };
        let base = match render(Values::File(&self.path)) {
            Rendered::Text(text) => text,
            Rendered::Refused(said) => {
                return Ended::Refused(Refusal::read(&said, &self.chart.name));
            }
        };
        // As we write them, so that what our writer might do to a value is not taken for an effect.
        let written = helmwright::yaml::document(&self.values);
        let again = match render(Values::Text(&written)) {
            Rendered::Text(text) => text,
            Rendered::Refused(said) => {
                return Ended::Refused(Refusal::read(&said, &self.chart.name));
            }
        };
        let contract = tools
            .catalog
            .contract(&self.chart.name, &self.chart.version)
            .and_then(Result::ok);
        let words = |path: &helmwright::values::Path| {
            contract
                .as_ref()
                .map(|contract| effect::words(contract, path))
                .unwrap_or_default()
        };
        let defaults = found.chart.defaults();
        let mut proof = Proof::new(
            &self.values,
            &defaults,
            [&base, &again],
            &self.chart.name,
            &words,
        );
        loop {
            let probes = proof.ask();
            if probes.is_empty() {
                break;
            }
            let results = std::thread::scope(|scope| {
                let running: Vec<_> = probes
                    .iter()
                    .map(|probe| scope.spawn(|| render(Values::Text(&probe.values))))
                    .collect();
                running
                    .into_iter()
                    .map(|render| {
                        render
                            .join()
                            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    })
                    .collect()
            });
            proof.take(results);
        }
        let report = proof.finish();
        if let Some((entry, cache)) = &entry {
            cache.write(entry, &stored::write(&report));
        }
        Ended::Proven {
            report,
            stored: false,
        }
    }

    /// Returns the name of the proof's entry in the cache: the hash of all that it follows from.
    fn entry(&self, tools: &Tools<'_>, release: &helm::Release, chart: &str) -> String {
        let contract = tools
            .catalog
            .contract_text(&self.chart.name, &self.chart.version)
            .map(|text| text.to_string())
            .unwrap_or_default();
        let hash = cache::hash([
            stored::FORM,
            env!("CARGO_PKG_VERSION"),
            &tools.helm.version,
            chart,
            &contract,
            self.source.text(),
            &release.name,
            &release.namespace,
            &release.kube_version,
            &release.api_versions.join("\n"),
        ]);
        format!("verify/{hash}.json")
    }
}
