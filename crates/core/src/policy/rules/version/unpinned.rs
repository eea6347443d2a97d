//! `version/unpinned` (HW-VER-001): a chart or an image that is not the same tomorrow.

use std::collections::BTreeSet;

use super::number;
use crate::diagnostic::Severity;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "version/unpinned",
    entry: "HW-VER-001",
    summary: "Charts and images are pinned exactly",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "A chart's version is three numbers, no range and no wildcard; one that the environment does not name is the one that the variant serves first, and exact as well. An image, where it is known (in a render always), has a digest, or a tag that is neither empty nor one that moves: `latest`, `main`, `stable` and their like, and `1.29`. Objects of delivery tools are not looked at, and a chart's digest is compared when the chart is fetched.",
    why: "What is rolled out tomorrow is not what was tested today. An unpinned tempo-distributed turned from ingesters into a layout around Kafka between 2.26 and 3.0.",
    source: "The rollout plan names charts without versions. Helm documentation, \"Chart dependencies\"; Kubernetes documentation, \"Images\".",
    fix: "Write the exact version, and the image's exact tag.",
    passes: "tempo: {version: 2.26.2}",
    fails: "tempo: {version: '>=2'}",
    check: Check::Environment(check),
};

/// Tags that move.
const MOVING: [&str; 10] = [
    "latest", "main", "master", "stable", "edge", "nightly", "dev", "next", "canary", "current",
];

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    if let Some(environment) = facts.environment {
        for (component, section) in &environment.model.components {
            let Some(version) = &section.version else {
                verdict.applies();
                continue;
            };
            verdict.applies();
            if number::exact(version).is_none() {
                verdict.found(
                    Finding::new(
                        Subject::component(component),
                        format!("version `{version}` of {component} is not exact"),
                    )
                    .at(Some(
                        environment.location(&format!("components.{component}.version")),
                    ))
                    .why("another chart may come of it tomorrow")
                    .help("write three numbers, such as `2.26.2`"),
                );
            }
        }
    }
    // The same image in many pods is one finding.
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for workload in facts.workloads {
        for container in workload.all_containers() {
            let Some(image) = container.image.as_deref() else {
                continue;
            };
            verdict.applies();
            let Some(what) = moving(image) else {
                continue;
            };
            if !seen.insert((workload.component.as_str(), image)) {
                continue;
            }
            let finding = Finding::new(
                workload,
                format!("image `{image}` of {} {what}", workload.component),
            )
            .at(facts
                .container_place(workload, container)
                .or_else(|| facts.place(workload, "image")))
            .why("a pod that is started again may run another program than its neighbours")
            .help("set the exact tag, or a digest");
            verdict.found(finding);
        }
    }
    verdict.lacks("no chart and no image");
}

/// Returns what is wrong with an image's tag.
fn moving(image: &str) -> Option<&'static str> {
    let (name, digest) = image
        .split_once('@')
        .map_or((image, None), |(name, digest)| (name, Some(digest)));
    if digest.is_some_and(|digest| !digest.is_empty()) {
        return None;
    }
    // A colon before the last slash is the registry's port.
    let last = name.rsplit_once('/').map_or(name, |(_, last)| last);
    let tag = last.split_once(':').map(|(_, tag)| tag).unwrap_or_default();
    if tag.is_empty() {
        return Some("has no tag, and so is `latest`");
    }
    let word = tag.split('-').next().unwrap_or(tag);
    if MOVING.contains(&tag) || MOVING.contains(&word) {
        return Some("has a tag that moves");
    }
    let plain = word.strip_prefix('v').unwrap_or(word);
    let numbers = plain.split('.').count();
    let is_number = plain
        .split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    (is_number && numbers < 3 && plain.len() < 7)
        .then_some("has a tag that moves with each release of its line")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment};

    #[test]
    fn tags_that_move_are_told_from_those_that_stay() {
        for fine in [
            "grafana/tempo:2.10.8",
            "quay.io:5000/a/b:v0.91.0",
            "a@sha256:0123",
            "memcached:1.6.39-alpine",
            "a:20240611",
            "a:r361-67ef9aa",
        ] {
            assert_eq!(moving(fine), None, "{fine}");
        }
        for wrong in [
            "a",
            "a:latest",
            "host:5000/a",
            "a:",
            "a:main-1234",
            "a:1.29",
            "a:v3",
            "a:3-alpine",
        ] {
            assert!(moving(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn exact_versions_pass() {
        let env = environment("dev", "loki", "") + "    version: 18.11.0\n";
        assert_eq!(asked(&RULE, &env), Vec::<String>::new());
        assert!(applies(&RULE, &env));
    }
}
