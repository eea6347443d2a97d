//! `version/unpinned` (HW-VER-001): a chart or an image that is not the same tomorrow.

use std::collections::BTreeSet;

use super::number;
use crate::diagnostic::Severity;
use crate::manifest::{Body, Manifests};
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};
use crate::workload::{Place, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "version/unpinned",
    entry: "HW-VER-001",
    summary: "Charts and images are pinned exactly",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "A chart's version is three numbers, no range and no wildcard; one that the environment does not name is the one that the variant serves first, and exact as well. In a render, charts of an `Application` of Argo CD, a `HelmRelease` or an `OCIRepository` of Flux are exact as well. An image, where it is known (in a render always), has a digest, or a tag that is neither empty nor one that moves: `latest`, `main`, `stable` and their like, or one number. A tag of two numbers moves where the program is known to number by three: by the label `app.kubernetes.io/version` of its object, or by the program that the chart runs. Of nginx that is a warning, for charts seldom say its version; of all others it is worth knowing. A chart's digest is compared when the chart is fetched.",
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
    if let Some(manifests) = facts.manifests {
        delivered(facts, manifests, verdict);
    }
    images(facts, verdict);
    verdict.lacks("no chart and no image");
}

/// Looks at what delivery tools install.
fn delivered(facts: &Facts<'_>, manifests: &Manifests, verdict: &mut Verdict<'_>) {
    for object in &manifests.objects {
        let Body::Delivery(charts) = &object.body else {
            continue;
        };
        for chart in charts {
            verdict.applies();
            let version = chart.version.as_deref();
            let wrong = match version {
                None => true,
                Some(tag) if chart.is_tag => MOVING.contains(&tag),
                Some(version) => !is_exact(version),
            };
            if !wrong {
                continue;
            }
            let what = match version {
                Some(version) if chart.is_tag => format!("tag `{version}`"),
                Some(version) => format!("version `{version}`"),
                None => "no version".to_owned(),
            };
            let of = match &*chart.chart {
                "" => String::new(),
                name => format!(" of {name}"),
            };
            let component = facts
                .releases
                .iter()
                .find(|release| *release.chart_name() == *chart.chart);
            verdict.found(
                Finding::new(
                    component.map_or(Subject::ENVIRONMENT, |release| {
                        Subject::component(&release.component)
                    }),
                    format!("{} asks for {what}{of}, which is not exact", object.title()),
                )
                .at(Some(manifests.location(object, &chart.place)))
                .why("the tool installs the newest that fits, whenever it looks: another chart may come of it tomorrow")
                .help("write three numbers, such as `2.26.2`"),
            );
        }
    }
}

/// Returns whether a version of a chart is one version: `2.26.2`, `=2.26.2`, a digest.
fn is_exact(version: &str) -> bool {
    let plain = version.strip_prefix('=').unwrap_or(version).trim();
    let joins = |letter: char| letter.is_whitespace() || matches!(letter, '|' | ',' | '*');
    version.starts_with("sha256:") || (!plain.contains(joins) && number::exact(plain).is_some())
}

fn images(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    // The same image in many pods is one finding.
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for workload in facts.workloads {
        for container in workload.all_containers() {
            let Some(image) = container.image.as_deref() else {
                continue;
            };
            verdict.applies();
            let (what, severities) = match moving(image) {
                Tag::Stays => continue,
                Tag::Moves(what) => (what, RULE.severities),
                Tag::TwoNumbers { program, tag } => match scheme(facts, workload, program, tag) {
                    Scheme::Two => continue,
                    Scheme::Three => (LINE, RULE.severities),
                    Scheme::ProbablyThree => (LINE, Severities::WARNING),
                    Scheme::Unknown => (
                        "has a tag of two numbers, which moves if the program numbers by three",
                        Severities::INFO,
                    ),
                },
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
            .help("set the exact tag, or a digest")
            .weighing(severities);
            verdict.found(finding);
        }
    }
}

const LINE: &str = "has a tag that moves with each release of its line";

/// What a tag says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag<'a> {
    /// It is exact, as far as anybody can tell.
    Stays,
    /// It moves.
    Moves(&'static str),
    /// It is a whole version or a line of versions, as the program numbers.
    TwoNumbers { program: &'a str, tag: &'a str },
}

/// Looks at an image's tag.
fn moving(image: &str) -> Tag<'_> {
    let (name, digest) = image
        .split_once('@')
        .map_or((image, None), |(name, digest)| (name, Some(digest)));
    if digest.is_some_and(|digest| !digest.is_empty()) {
        return Tag::Stays;
    }
    // A colon before the last slash is the registry's port.
    let last = name.rsplit_once('/').map_or(name, |(_, last)| last);
    let (program, tag) = last.split_once(':').unwrap_or((last, ""));
    if tag.is_empty() {
        return Tag::Moves("has no tag, and so is `latest`");
    }
    let word = tag.split('-').next().unwrap_or(tag);
    if MOVING.contains(&tag) || MOVING.contains(&word) {
        return Tag::Moves("has a tag that moves");
    }
    let plain = word.strip_prefix('v').unwrap_or(word);
    let is_number = plain
        .split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    match plain.split('.').count() {
        // A longer one is a day or a build.
        1 if is_number && plain.len() < 7 => Tag::Moves(LINE),
        2 if is_number && plain.len() < 7 => Tag::TwoNumbers {
            program,
            tag: plain,
        },
        _ => Tag::Stays,
    }
}

/// How a program numbers its releases.
enum Scheme {
    /// By two numbers, so that two are exact.
    Two,
    /// By three, so that two move.
    Three,
    /// By three as its makers say, but nothing says which one runs here.
    ProbablyThree,
    /// Nobody says.
    Unknown,
}

/// Looks for a version of the program whose tag has two numbers: in the labels of its object, and in what is known of
/// the chart. A label tells of another container's program, unless it begins with the tag or bears the program's name.
fn scheme(facts: &Facts<'_>, workload: &Workload, program: &str, tag: &str) -> Scheme {
    let object = match workload.place {
        Place::Manifest(index) => facts
            .manifests
            .and_then(|manifests| manifests.objects.get(index)),
        _ => None,
    };
    let label = |name: &str| object.and_then(|object| object.labels.get(name));
    let is_main = label("app.kubernetes.io/name") == Some(program) || workload.component == program;
    let labelled = label("app.kubernetes.io/version").map(|version| (is_main, version));
    let known = facts
        .releases
        .iter()
        .find(|release| workload.component == release.component)
        .and_then(|release| {
            facts
                .catalog
                .program(release.chart_name(), release.chart_version())
        })
        .and_then(|known| known.split_once('/'))
        .map(|(name, version)| (name == program, version));
    for (is_its_own, version) in [labelled, known].into_iter().flatten() {
        let version = version.strip_prefix('v').unwrap_or(version);
        let is_line = version
            .strip_prefix(tag)
            .is_some_and(|rest| rest.starts_with('.'));
        if version == tag {
            return Scheme::Two;
        }
        if number::exact(version).is_some() && (is_line || is_its_own) {
            return Scheme::Three;
        }
    }
    // Source: nginx documentation, "Download": mainline and stable versions have three numbers; its images' tags of two
    // numbers are moved to each of them (Docker Hub, `nginx`, "Supported tags").
    if matches!(program, "nginx" | "nginx-unprivileged") {
        Scheme::ProbablyThree
    } else {
        Scheme::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, rendered};

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
            assert_eq!(moving(fine), Tag::Stays, "{fine}");
        }
        for wrong in [
            "a",
            "a:latest",
            "host:5000/a",
            "a:",
            "a:main-1234",
            "a:v3",
            "a:3-alpine",
        ] {
            assert!(matches!(moving(wrong), Tag::Moves(_)), "{wrong}");
        }
        let (program, tag) = ("b", "1.29");
        for two in ["b:1.29", "host:5000/a/b:v1.29-alpine"] {
            assert_eq!(moving(two), Tag::TwoNumbers { program, tag }, "{two}");
        }
    }

    #[test]
    fn two_numbers_move_where_the_program_has_three() {
        let said = |labels: &str, image: &str| {
            let object = format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, labels: {{{labels}}}}}\nspec: {{template: {{spec: {{containers: [{{name: a, image: '{image}'}}]}}}}}}\n"
            );
            rendered(&RULE, &environment("prod", "traefik", ""), &object)
        };
        let version = |version: &str| format!("app.kubernetes.io/version: '{version}'");
        assert_eq!(
            said(&version("4.44"), "chrislusf/seaweedfs:4.44"),
            Vec::<String>::new()
        );
        let of = |labels: &str, image: &str| {
            let said = said(labels, image);
            assert_eq!(said.len(), 1, "{said:?}");
            said[0].split(':').next().unwrap_or_default().to_owned()
        };
        let named = format!("app.kubernetes.io/name: tempo, {}", version("2.10.8"));
        for (labels, image, expected) in [
            (version("4.44.1"), "chrislusf/seaweedfs:4.44", "error"),
            (named, "grafana/tempo:2.9", "error"),
            (version("3.0.4"), "other:2.9", "info"),
            (String::new(), "chrislusf/seaweedfs:4.44", "info"),
            (
                version("3.0.4"),
                "nginxinc/nginx-unprivileged:1.29-alpine",
                "warning",
            ),
            (version("4.44"), "a:latest", "error"),
        ] {
            assert_eq!(of(&labels, image), expected, "{labels} {image}");
        }
    }

    #[test]
    fn what_delivery_tools_install_is_exact() {
        let said = |object: &str| rendered(&RULE, &environment("dev", "loki", ""), object);
        let application = |source: &str| {
            said(&format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec: {source}\n"
            ))
        };
        let release = |version: &str, from: &str| {
            said(&format!(
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: a}}\nspec: {{chart: {{spec: {{chart: loki{version}, sourceRef: {{kind: {from}, name: b}}}}}}}}\n"
            ))
        };
        let repository = |reference: &str| {
            said(&format!(
                "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {{name: a}}\nspec: {{url: 'oci://host/a', ref: {reference}}}\n"
            ))
        };
        for fine in [
            application("{source: {chart: tempo, targetRevision: 2.26.2}}"),
            application("{source: {path: a, repoURL: 'https://host/a', targetRevision: HEAD}}"),
            release(", version: 2.26.2", "HelmRepository"),
            release("", "GitRepository"),
            repository("{semver: 2.26.2}"),
            repository("{semver: '*', digest: 'sha256:01'}"),
            repository("{tag: 2.26.2}"),
        ] {
            assert_eq!(fine, Vec::<String>::new());
        }
        for (found, expected) in [
            (
                application("{source: {chart: tempo, targetRevision: '>=2'}}"),
                "Application `a` asks for version `>=2` of tempo",
            ),
            (
                application("{sources: [{path: a}, {chart: tempo, targetRevision: 2.*}]}"),
                "Application `a` asks for version `2.*` of tempo",
            ),
            (
                application("{source: {chart: tempo}}"),
                "Application `a` asks for no version of tempo",
            ),
            (
                release(", version: 2.x", "HelmRepository"),
                "HelmRelease `a` asks for version `2.x` of loki",
            ),
            (
                release("", "HelmRepository"),
                "HelmRelease `a` asks for no version of loki",
            ),
            (
                repository("{semver: '~2.26.0'}"),
                "OCIRepository `a` asks for version `~2.26.0`",
            ),
            (
                repository("{tag: latest}"),
                "OCIRepository `a` asks for tag `latest`",
            ),
            (repository("{}"), "OCIRepository `a` asks for no version"),
        ] {
            assert_eq!(found, [format!("error: {expected}, which is not exact")]);
        }
        for (version, exact) in [
            ("2.26.2", true),
            ("=2.26.2", true),
            ("2.26.2-rc.1", true),
            ("2.26.2 - 3.0.0", false),
            ("2.26.2||3.0.0", false),
            ("2.26.2-0||3.0.0", false),
            ("2.26", false),
        ] {
            assert_eq!(is_exact(version), exact, "{version}");
        }
    }

    #[test]
    fn exact_versions_pass() {
        let env = environment("dev", "loki", "") + "    version: 18.11.0\n";
        assert_eq!(asked(&RULE, &env), Vec::<String>::new());
        assert!(applies(&RULE, &env));
    }
}
