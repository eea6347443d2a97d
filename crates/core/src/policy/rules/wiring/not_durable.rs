//! `wiring/not-durable` (HW-WIRE-006): data that does not last as long as it is meant to.

use std::collections::BTreeMap;

use super::files;
use crate::components::StoreBackend;
use crate::environment::Tier;
use crate::manifest::{Body, Manifests};
use crate::policy::{Check, Digest, Facts, Figure, Finding, Rule, Severities, Subject, Verdict};
use crate::units::{Duration, Storage};
use crate::workload::{Controller, Form, VolumeKind, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "wiring/not-durable",
    entry: "HW-WIRE-006",
    summary: "What must last is on a volume or in an object store, and its size fits the retention",
    severities: Severities::ERROR,
    waivable: true,
    condition: "In prod, a backend whose data stands on its own disk has a volume for it, and so have Prometheus, Alertmanager and Grafana in a render: a pod of theirs without any claim is a finding, of Grafana a warning; a `Prometheus` or `Alertmanager` of the Prometheus operator has a `volumeClaimTemplate` in its `spec.storage`. For data on disk, retention in days x `assumptions.ingestPerDay` x 1.2 is at most the volume, else a warning. Over environments, prod keeps no less than test, and test no less than dev, else a warning. Logs that ingesters write ahead are `replication/ephemeral-wal`; the retention of an object store's own rules is not known here.",
    why: "What stands on a pod's own disk goes with the pod. A volume that is too small fills up before retention empties it.",
    source: "The observability-stack change moved prod from ephemeral disks to volumes. Charts leave them off: kube-prometheus-stack `storageSpec: {}`, grafana and tempo `persistence.enabled: false`.",
    fix: "Keep data in the object store, or give it a volume of retention x what comes in each day x 1.2.",
    passes: "loki: {settings: {retention: 7d}}   # in the object store",
    fails: "loki: {values: {loki: {storage: {type: filesystem}}}}   # with 7d, 2Gi a day and a volume of 10Gi",
    check: Check::EnvironmentAndProject(check, compare),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for (release, described) in facts.releases.iter().zip(facts.described) {
        let local = described
            .stores
            .iter()
            .find(|store| store.backend == StoreBackend::Disk);
        let Some(store) = local else {
            if !described.stores.is_empty() {
                verdict.applies();
            }
            continue;
        };
        verdict.applies();
        let component = release.component.as_str();
        let volume = facts
            .workloads
            .iter()
            .filter(|workload| workload.component == component)
            .flat_map(|workload| &workload.claims)
            .map(|claim| claim.size)
            .max();
        let Some(volume) = volume else {
            if facts.tier == Tier::Prod {
                verdict.found(
                    Finding::new(
                        Subject::component(component),
                        format!(
                            "{component} keeps its {} on the disk of its pods",
                            store.purpose
                        ),
                    )
                    .at(Some(store.place.clone()))
                    .why("no pod of it has a volume, so the data goes with the pod")
                    .help("keep it in the object store, or give the role `storage`"),
                );
            }
            continue;
        };
        let days = described.retention.as_ref().map(|retention| retention.time);
        let daily = facts.assumptions().ingest_per_day.get(component).copied();
        if let (Some(time), Some(daily)) = (days, daily) {
            size(component, time, daily, volume, &store.place, verdict);
        }
    }
    if let Some(manifests) = facts.manifests {
        monitors(facts, verdict);
        operated(facts, manifests, verdict);
    }
    verdict.lacks("nothing that must last");
}

/// Returns retention x what comes in each day x 1.2, in bytes.
fn needed(time: Duration, daily: Storage) -> u64 {
    // In milliseconds of a day, times twelve tenths.
    let bytes = u128::from(daily.bytes()) * u128::from(time.millis()) / 86_400_000 * 12 / 10;
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn size(
    component: &str,
    time: Duration,
    daily: Storage,
    volume: Storage,
    place: &crate::source::Location,
    verdict: &mut Verdict<'_>,
) {
    let needed = Storage::from_bytes(needed(time, daily));
    let formula = || format!("{time} x {daily} a day x 1.2 = {needed}");
    verdict.figure(|| Figure {
        subject: component.to_owned(),
        value: format!("a volume of {volume}"),
        bound: format!("at least {needed}"),
        formula: formula(),
        holds: needed.bytes() <= volume.bytes(),
    });
    if needed.bytes() > volume.bytes() {
        verdict.found(
            Finding::new(
                Subject::component(component),
                format!("{component} keeps {time} of {daily} a day on a volume of {volume}"),
            )
            .at(Some(place.clone()))
            .why(formula())
            .help(format!(
                "give it {needed} or more, or keep it for a shorter time"
            ))
            .weighing(Severities::WARNING),
        );
    }
}

/// Looks at what watches over the rest.
fn monitors(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    for workload in facts.workloads {
        let (what, severities) = match workload.component.as_str() {
            "prometheus" | "alertmanager" => (workload.component.as_str(), RULE.severities),
            "grafana" => ("grafana", Severities::WARNING),
            _ => continue,
        };
        if !matches!(
            workload.controller,
            Controller::StatefulSet | Controller::Deployment
        ) {
            continue;
        }
        verdict.applies();
        if facts.tier != Tier::Prod || lasts(workload) {
            continue;
        }
        // Grafana may forget everything that it is given anew from files, as our component gives it.
        let is_given = || match facts.form {
            Form::Predicted => true,
            Form::Rendered => files::any(facts, files::is_datasource_file),
        };
        if what == "grafana" && is_given() {
            continue;
        }
        verdict.found(
            Finding::new(
                workload,
                format!("{} keeps its state on the disk of its pods", workload.title()),
            )
            .at(facts.place(workload, "storage"))
            .why("none of its volumes outlives the pod")
            .help(match what {
                "grafana" => "give it a volume or a database, or provision all data sources, dashboards and alert rules from files",
                _ => "give it a volume claim",
            })
            .weighing(severities),
        );
    }
}

/// Looks at what the Prometheus operator makes pods of, which are not in the render themselves.
fn operated(facts: &Facts<'_>, manifests: &Manifests, verdict: &mut Verdict<'_>) {
    for object in &manifests.objects {
        let Body::Monitor(monitor) = &object.body else {
            continue;
        };
        verdict.applies();
        if facts.tier != Tier::Prod || monitor.has_claim {
            continue;
        }
        verdict.found(
            Finding::new(
                Subject::component(object.kind().to_ascii_lowercase()),
                format!("{} keeps its state on the disk of its pods", object.title()),
            )
            .at(Some(manifests.location(object, &object.place)))
            .why("its `spec.storage` has no `volumeClaimTemplate`, so the operator gives its pods a disk that goes with them")
            .help("give it `storage.volumeClaimTemplate`; kube-prometheus-stack calls it `storageSpec` of Prometheus, `storage` of Alertmanager"),
        );
    }
}

fn lasts(workload: &Workload) -> bool {
    !workload.claims.is_empty()
        || workload
            .volumes
            .iter()
            .any(|volume| volume.kind == VolumeKind::Claim)
}

/// Compares how long environments keep what a component stores.
fn compare(environments: &[&Digest], verdict: &mut Verdict<'_>) {
    // The shortest of each tier, for the longest of the tier below must not be longer.
    let mut kept: BTreeMap<&str, Vec<(Tier, u64, &Digest, usize)>> = BTreeMap::new();
    for &digest in environments {
        for (at, release) in digest.releases.iter().enumerate() {
            if let Some(time) = release.retention {
                kept.entry(release.component.as_str()).or_default().push((
                    digest.tier,
                    time,
                    digest,
                    at,
                ));
            }
        }
    }
    for (component, all) in kept {
        let longest = |below: Tier| {
            all.iter()
                .filter(|(tier, ..)| *tier < below)
                .max_by_key(|(tier, time, ..)| (*tier, *time))
        };
        let (to_test, to_prod) = (longest(Tier::Test), longest(Tier::Prod));
        for (tier, time, digest, at) in &all {
            // The nearest tier below that has it, and there the longest.
            let below = match tier {
                Tier::Dev => None,
                Tier::Test => to_test,
                Tier::Prod => to_prod,
            };
            let Some((_, longer, other, _)) = below else {
                continue;
            };
            verdict.applies();
            if time >= longer {
                continue;
            }
            let (time, longer) = (Duration::from_millis(*time), Duration::from_millis(*longer));
            verdict.found(
                Finding::new(
                    Subject::component(component),
                    format!(
                        "{component} keeps {time} in `{}`, and {longer} in `{}`",
                        digest.environment, other.environment
                    ),
                )
                .at(digest.releases.get(*at).map(|release| release.place.clone()))
                .why("what matters more is to be kept no shorter: an incident is looked into for longer than a trial")
                .help(format!("keep {longer} or more in `{}`", digest.environment))
                .weighing(Severities::WARNING)
                .in_environment(&digest.environment)
                .in_environment(&other.environment),
            );
        }
    }
    verdict.lacks("no two tiers keep the same thing");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules::wiring::tests::rendered;
    use crate::policy::tests::{applies, asked, compared, environment, prod};

    fn local(rest: &str, role: &str) -> String {
        format!(
            "{}    settings: {{retention: 7d}}\n    roles: {{loki: {role}}}\n    values: {{loki: {{storage: {{type: filesystem}}}}}}\n",
            prod("loki", rest)
        )
    }

    #[test]
    fn the_object_store_and_a_volume_that_fits_pass() {
        assert_eq!(asked(&RULE, &prod("loki", "")), Vec::<String>::new());
        assert!(applies(&RULE, &prod("loki", "")));
        let rest = "assumptions: {ingestPerDay: {loki: 1Gi}}";
        assert_eq!(
            asked(&RULE, &local(rest, "{storage: {size: 10Gi}}")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_volume_that_is_too_small_is_found() {
        let rest = "assumptions: {ingestPerDay: {loki: 2Gi}}";
        assert_eq!(
            asked(&RULE, &local(rest, "{storage: {size: 10Gi}}")),
            ["warning: loki keeps 7d of 2Gi a day on a volume of 10Gi"]
        );
    }

    #[test]
    fn without_backends_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("traefik", "")));
    }

    #[test]
    fn what_an_operator_runs_needs_a_claim_in_prod() {
        let said = |tier: &str, spec: &str| {
            let object = format!(
                "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {{name: k8s}}\nspec: {spec}\n"
            );
            rendered(&RULE, &environment(tier, "traefik", ""), &object)
        };
        let found = ["error: Prometheus `k8s` keeps its state on the disk of its pods"];
        for spec in [
            "{}",
            "{storage: {}}",
            "{storage: {emptyDir: {}}}",
            "{storage: {emptyDir: {}, volumeClaimTemplate: {spec: {}}}}",
            "{storage: {volumeClaimTemplate: null}}",
        ] {
            assert_eq!(said("prod", spec), found, "{spec}");
            assert_eq!(said("test", spec), Vec::<String>::new(), "{spec}");
        }
        let claim =
            "{storage: {volumeClaimTemplate: {spec: {resources: {requests: {storage: 20Gi}}}}}}";
        assert_eq!(said("prod", claim), Vec::<String>::new());
    }

    #[test]
    fn prod_keeps_no_less_than_test() {
        let env = |tier: &str, time: &str| {
            format!(
                "{}    settings: {{retention: {time}}}\n",
                environment(tier, "loki", "")
            )
        };
        assert_eq!(
            compared(
                &RULE,
                &[&env("dev", "3d"), &env("test", "7d"), &env("prod", "7d")]
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            compared(
                &RULE,
                &[&env("dev", "3d"), &env("test", "7d"), &env("prod", "5d")]
            ),
            ["warning: loki keeps 5d in `prod`, and 7d in `test`"]
        );
    }
}
