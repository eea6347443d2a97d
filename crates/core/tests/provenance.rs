//! Each value of the shipped environments is traced to the lines it comes from.

#![cfg(feature = "bundled")]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a failed test")]
#![expect(
    clippy::disallowed_methods,
    reason = "the core does no I/O, its tests read the repository"
)]

use std::sync::Arc;

use helmwright::diagnostic::{Diagnostic, has_errors};
use helmwright::environment::Layers;
use helmwright::pipeline::Derived;
use helmwright::provenance::trace;
use helmwright::source::Source;
use helmwright::{Catalog, Environment};

/// The shipped environments.
struct Shipped;

impl Layers for Shipped {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        Ok(Some(shipped(name)))
    }
}

fn shipped(name: &str) -> Arc<Source> {
    let path = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
    Source::new(name, std::fs::read_to_string(path).unwrap())
}

fn derived(source: &Arc<Source>) -> Derived {
    let read = Environment::read(source, &Shipped, Catalog::bundled());
    let mut found = read.diagnostics;
    let derived = Derived::new(read.environment.unwrap(), Catalog::bundled(), &mut found);
    assert!(!has_errors(&found), "{found:?}");
    derived
}

fn causes(source: &Arc<Source>, component: &str, path: &str) -> Vec<String> {
    let traces = trace(&derived(source), Catalog::bundled(), &[component]).unwrap();
    traces[component]
        .causes(&path.parse().unwrap())
        .iter()
        .map(|cause| {
            let line = cause.location.source.text().lines();
            let line = line.skip(cause.location.start().line - 1);
            assert!(line.clone().next().unwrap().contains(&cause.text));
            format!("{} {}", cause.location.source.name(), cause.path)
        })
        .collect()
}

#[test]
fn a_number_comes_from_its_own_line() {
    let prod = shipped("envs/prod.yaml");
    assert_eq!(
        causes(&prod, "tempo", "ingester.replicas"),
        ["envs/prod.yaml components.tempo.roles.ingester.replicas"]
    );
    assert_eq!(
        causes(
            &prod,
            "tempo",
            "compactor.config.compaction.block_retention"
        ),
        ["envs/prod.yaml components.tempo.settings.retention"]
    );
}

#[test]
fn a_threshold_is_found_from_both_sides() {
    let prod = shipped("envs/prod.yaml");
    assert_eq!(
        causes(&prod, "mimir", "ingester.podDisruptionBudget"),
        ["envs/prod.yaml components.mimir.roles.ingester.replicas"]
    );
}

#[test]
fn a_bucket_comes_from_the_layer_and_the_environment() {
    assert_eq!(
        causes(
            &shipped("envs/prod.yaml"),
            "tempo",
            "storage.trace.s3.bucket"
        ),
        [
            "envs/base.yaml buckets.prefix",
            "envs/prod.yaml environment"
        ]
    );
}

#[test]
fn what_the_template_says_has_no_cause() {
    assert_eq!(
        causes(&shipped("envs/prod.yaml"), "tempo", "reportingEnabled"),
        [""; 0]
    );
}

#[test]
fn an_override_is_its_own_cause() {
    let text = "environment: dev\nnamespace: team-dev\ncomponents:\n  traefik:\n    version: 41.3.0\n    values:\n      deployment: {revisionHistoryLimit: 4}\n";
    let source = Source::new("envs/dev.yaml", text);
    assert_eq!(
        causes(&source, "traefik", "deployment.revisionHistoryLimit"),
        ["envs/dev.yaml components.traefik.values.deployment.revisionHistoryLimit"]
    );
}

#[test]
fn one_line_of_a_long_text_has_its_own_causes() {
    let traces = trace(
        &derived(&shipped("envs/prod.yaml")),
        Catalog::bundled(),
        &["alloy"],
    )
    .unwrap();
    let path = "alloy.configMap.content".parse().unwrap();
    let all = traces["alloy"].causes(&path);
    assert!(all.len() > 5, "{all:?}");
    let line = "\t\t\tmax_shards           = 10";
    let narrow: Vec<String> = traces["alloy"]
        .causes_of_lines(&path, &[line])
        .iter()
        .map(|cause| cause.path.to_string())
        .collect();
    assert_eq!(
        narrow,
        ["components.alloy.settings.remoteWrite[0].queueConfig.maxShards"]
    );
}

#[test]
fn one_component_s_address_reaches_another() {
    let found = causes(
        &shipped("envs/prod.yaml"),
        "tempo",
        "metricsGenerator.config.storage.remote_write",
    );
    assert!(
        found.contains(&"envs/prod.yaml namespace".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"envs/base.yaml cluster.domain".to_owned()),
        "{found:?}"
    );
}
