//! Values of the shipped environments say who decides them, with formulas that hold and lines that are right.

#![cfg(feature = "bundled")]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a failed test")]
#![expect(
    clippy::disallowed_methods,
    reason = "the core does no I/O, its tests read the repository"
)]

use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::environment::Layers;
use helmwright::explain::{Explainer, Layer};
use helmwright::pipeline::Derived;
use helmwright::source::Source;
use helmwright::values::{Path, Step};
use helmwright::{Catalog, Environment};

/// The shipped environments.
struct Shipped;

impl Layers for Shipped {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        Ok(Some(Source::new(name, text(name))))
    }
}

fn text(name: &str) -> String {
    let path = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn derived(name: &str) -> Derived {
    let source = Source::new(
        format!("envs/{name}.yaml"),
        text(&format!("envs/{name}.yaml")),
    );
    let read = Environment::read(&source, &Shipped, Catalog::bundled());
    Derived::new(
        read.environment.unwrap(),
        Catalog::bundled(),
        &mut Vec::new(),
    )
}

/// Returns the formulas of a value: rule, inputs and result in one line each.
fn formulas(explainer: &Explainer<'_>, path: &str) -> Vec<String> {
    let told = explainer.explain(&path.parse().unwrap());
    assert_eq!(told.len(), 1, "{path}");
    told[0]
        .formulas
        .iter()
        .map(|formula| {
            let inputs: Vec<String> = formula
                .inputs
                .iter()
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            format!(
                "{} [{}] = {}",
                formula.text,
                inputs.join(", "),
                formula.result
            )
        })
        .collect()
}

/// Component, path and formula, in prod.
const FORMULAS: &[(&str, &str, &str)] = &[
    (
        "tempo",
        "storage.trace.s3.bucket",
        "prefix-type-environment-purpose [prefix dts, type traces, environment prod, purpose blocks] = dts-traces-prod-blocks",
    ),
    (
        "tempo",
        "ingester.maxUnavailable",
        "1 above one replica, else no budget [replicas 3] = 1",
    ),
    (
        "tempo",
        "ingester.priorityClassName",
        "the priority class whose `kinds` name the role's kind [kind ingester] = dts-ingester",
    ),
    (
        "mimir",
        "ingester.env[2].value",
        "85 % of the memory limit, in whole MiB [memory limit 4Gi] = 3481MiB",
    ),
    (
        "mimir",
        "mimir.structuredConfig.store_gateway.sharding_ring.replication_factor",
        "min(3, pods) [store-gateway pods 2] = 2",
    ),
    (
        "mimir",
        "mimir.structuredConfig.memberlist.cluster_label",
        "release-environment [release mimir, environment prod] = mimir-prod",
    ),
    (
        "tempo",
        "metricsGenerator.config.storage.remote_write[0].url",
        "mimir's address: <scheme>://<release><suffix>.<namespace>.svc.<domain>:<port><path>, without the scheme's own port [release mimir, suffix -gateway, namespace ca7f8f-prod, domain cluster.local, port 80, scheme http, path /api/v1/push] = http://mimir-gateway.ca7f8f-prod.svc.cluster.local/api/v1/push",
    ),
];

#[test]
fn every_value_has_its_line_and_formulas_their_numbers() {
    let derived = derived("prod");
    for (release, _) in derived.installed() {
        let explainer = Explainer::new(&derived, Catalog::bundled(), &release.component)
            .unwrap()
            .unwrap();
        lines_are_right(&explainer);
        for (component, path, formula) in FORMULAS {
            if *component == release.component {
                let found = formulas(&explainer, path);
                assert!(found.iter().any(|one| one == formula), "{path}: {found:#?}");
            }
        }
    }
}

fn lines_are_right(explainer: &Explainer<'_>) {
    for told in explainer.explain(&Path::default()) {
        let at = told.written.unwrap();
        let template = text(&at.file);
        let line = template.lines().nth(at.line - 1).unwrap();
        let key = told.path.steps().iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        });
        // What an expression writes as a whole, its keys included, has the expression's line; an element has its own.
        assert!(
            line.contains(key.unwrap()) || line.contains("{{") || line.trim().starts_with("- "),
            "{}: {}:{} {line}",
            told.path,
            at.file,
            at.line
        );
        assert!(told.layer != Layer::Template || told.causes.is_empty());
    }
}

#[test]
fn the_contract_says_type_and_default() {
    let derived = derived("prod");
    let explainer = Explainer::new(&derived, Catalog::bundled(), "tempo")
        .unwrap()
        .unwrap();
    let facts = explainer
        .facts(&"ingester.replicas".parse().unwrap())
        .unwrap();
    assert_eq!(
        (
            facts.chart.as_str(),
            facts.types.as_str(),
            facts.default.as_deref()
        ),
        ("tempo-distributed 2.26.2", "a whole number", Some("3"))
    );
    assert!(
        explainer
            .facts(&"ingester.replica".parse().unwrap())
            .is_none()
    );
    assert!(
        Explainer::new(&derived, Catalog::bundled(), "none")
            .unwrap()
            .is_none()
    );
}
