//! What the README shows is what happens.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::fs;

use helmwright::Catalog;
use helmwright::graph::Graph;
use helmwright_tests::{expect, root, shipped};

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn the_finding_it_shows_is_a_case() {
    let report =
        fs::read_to_string(root().join("tests/cases/traefik/invalid-probe-place.report.txt"))
            .unwrap();
    let finding = report
        .split("\n\n")
        .next()
        .unwrap()
        .replace("envs/invalid-probe-place.yaml", "envs/prod.yaml");
    assert!(
        readme().contains(&finding),
        "the README does not show\n{finding}"
    );
}

#[test]
fn each_rule_s_finding_it_shows_is_in_a_report() {
    let see = root().join("crates/cli/tests/see");
    let quiet = fs::read_to_string(see.join("lint-incidents.txt")).unwrap();
    let plan = fs::read_to_string(see.join("lint-plan-raw.txt")).unwrap();
    let readme = readme();
    let mut groups = std::collections::BTreeSet::new();
    for line in readme.lines().filter(|line| line.starts_with("tests/")) {
        let (place, rest) = line.split_once(": ").unwrap();
        let (severity, rest) = rest.split_once(": ").unwrap();
        let (message, id) = rest.rsplit_once(" [").unwrap();
        let drawn = format!("{severity}[{id}: {message}\n");
        assert!(
            quiet.lines().any(|found| found == line)
                || plan.contains(&drawn) && plan.contains(&format!("--> {place}\n")),
            "no report has `{line}`"
        );
        groups.insert(id.split('/').next().unwrap().to_owned());
    }
    assert_eq!(groups.len(), helmwright::policy::Group::all().len());
}

#[test]
fn the_environment_it_shows_is_shipped() {
    let dev = fs::read_to_string(root().join("envs/dev.yaml")).unwrap();
    let readme = readme();
    let shown = readme
        .split("```yaml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    for line in shown.lines() {
        assert!(dev.contains(line), "envs/dev.yaml has no line `{line}`");
    }
}

#[test]
fn it_names_every_variant_and_version() {
    let readme = readme();
    for manifest in Catalog::bundled().manifests().values() {
        for (variant, described) in &manifest.variants {
            assert!(
                readme.contains(&format!("`{variant}`")),
                "the README lacks {} {variant}",
                manifest.id
            );
            for version in &described.versions {
                assert!(
                    readme.contains(version),
                    "the README lacks {} {version}",
                    described.chart.as_deref().unwrap_or_default()
                );
            }
        }
    }
}

/// What stands above the graph in the README; the block that follows is `helmwright graph prod`.
const MARKER: &str = "<!-- graph prod -->\n```mermaid\n";

#[test]
fn the_graph_it_shows_is_prod_s() {
    let environments = shipped::environments();
    let prod = environments
        .iter()
        .find(|derived| derived.environment().name == "prod")
        .unwrap();
    let graph = Graph::of(&[prod], Catalog::bundled()).mermaid();
    let readme = readme();
    let (before, rest) = readme.split_once(MARKER).unwrap();
    let (_, after) = rest.split_once("```\n").unwrap();
    let now = format!("{before}{MARKER}{graph}```\n{after}");
    expect(&root().join("README.md"), &now).unwrap();
}
