//! `replication/ephemeral-wal` (HW-HA-008): what ingesters hold, lost with the pod.

use super::members;
use crate::environment::Kind;
use crate::policy::{Check, Facts, Figure, Finding, Rule, Severities, Verdict};
use crate::sizing::quorum::Backend;
use crate::workload::{Controller, VolumeKind, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication/ephemeral-wal",
    entry: "HW-HA-008",
    summary: "Ingesters keep their write-ahead log on a claim and have time to stop",
    severities: Severities::ERROR.off_in_dev(),
    waivable: true,
    condition: "Every ingester is a StatefulSet with a claim of its own, which stays when the object is deleted, and has at least 300 s to stop in Tempo and 600 s in Mimir and Loki. A chart that has no key for that time is left out: the one of monolithic Tempo. Where writes go through Kafka the rule does not apply: what is lost is read again.",
    why: "None of the programs flushes on shutdown by itself, so the log on the volume is what saves the newest data, and a kill before it is closed means a long start.",
    source: "The rollout plan relies on a claim and on a flush at shutdown; Mimir's `flush-blocks-on-shutdown`, Tempo's `flush_all_on_shutdown` and Loki's `flush_on_shutdown` are off in the programs, and the Tempo charts ship without persistence. In the pod-priority outage nothing was lost because ingesters were given time to flush.",
    fix: "Keep persistence on, the claim policy at `Retain`, and the grace period long.",
    passes: "tempo: {roles: {ingester: {storage: {size: 10Gi}}}}",
    fails: "tempo: {values: {ingester: {persistence: {enabled: false}}}}",
    check: Check::Environment(check),
};

/// Returns the seconds that an ingester needs to leave its ring and close its log, where a number is known.
///
/// Source: what the charts ship: 300 s in tempo-distributed, 300 s to 1200 s in loki and mimir-distributed.
const fn least_grace(backend: Backend) -> Option<u32> {
    match backend {
        Backend::Tempo => Some(300),
        Backend::Mimir | Backend::Loki => Some(600),
        Backend::Pyroscope | Backend::Raft => None,
    }
}

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let repeated = members::Repeated::default();
    for (index, workload) in facts.workloads.iter().enumerate() {
        if !workload.is_kind(Kind::Ingester) {
            continue;
        }
        if members::reads_kafka(facts, workload) {
            verdict.lacks("writes are safe in Kafka");
            continue;
        }
        verdict.applies();
        if repeated.is(facts, index) {
            continue;
        }
        if workload.controller != Controller::StatefulSet {
            verdict.found(
                Finding::new(
                    workload,
                    format!(
                        "{} is a {}, and should be a StatefulSet",
                        workload.title(),
                        workload.controller.name()
                    ),
                )
                .at(facts.place(workload, "storage"))
                .why("only a StatefulSet gives each pod a name and a claim that come back with it")
                .help("choose the StatefulSet that its chart offers"),
            );
        }
        claim(facts, workload, verdict);
        grace(facts, workload, verdict);
    }
    verdict.lacks("no ingester runs");
}

fn claim(facts: &Facts<'_>, workload: &Workload, verdict: &mut Verdict<'_>) {
    let title = workload.title();
    if workload.claims.is_empty() {
        let memory = workload
            .volumes
            .iter()
            .any(|volume| volume.kind == VolumeKind::Memory);
        verdict.found(
            Finding::new(
                workload,
                format!("{title} keeps its write-ahead log {}", if memory { "in memory" } else { "in the pod, not on a claim" }),
            )
            .at(facts.place(workload, "storage.enabled"))
            .why("it is gone with the pod, and with it what was not yet in the object store; the programs do not flush on shutdown by themselves")
            .help(match facts.environment {
                Some(_) => format!("switch its persistence on, with `roles.{}.storage: {{size: 10Gi}}`", workload.role),
                None => "switch persistence on in the chart, so that its StatefulSet has `volumeClaimTemplates`".to_owned(),
            }),
        );
    } else if workload.claims_kept == Some(false) {
        verdict.found(
            Finding::new(
                workload,
                format!("the claims of {title} are deleted with its StatefulSet"),
            )
            .at(facts.place(workload, "storage"))
            .why("a StatefulSet that is made anew, as for a larger volume or another name, then starts with empty volumes")
            .help("set the claim retention policy to `whenDeleted: Retain`"),
        );
    }
}

fn grace(facts: &Facts<'_>, workload: &Workload, verdict: &mut Verdict<'_>) {
    let Some(backend) = members::backend(facts, workload) else {
        return;
    };
    // The role table says nothing of the grace period where a chart has no key for it.
    let no_key = facts.role(workload).map_or(
        workload.role == workload.component && backend == Backend::Tempo,
        |role| role.pod.grace.is_none(),
    );
    if no_key {
        return;
    }
    let Some(least) = least_grace(backend) else {
        return;
    };
    let seconds = workload.grace_seconds;
    verdict.figure(|| Figure {
        subject: workload.title(),
        value: format!("{seconds} s to stop"),
        bound: format!("at least {least} s"),
        formula: format!("terminationGracePeriodSeconds {seconds} >= {least}"),
        holds: seconds >= least,
    });
    if seconds < least {
        verdict.found(
            Finding::new(
                workload,
                format!(
                    "{} has {seconds} s to stop; it needs at least {least} s",
                    workload.title()
                ),
            )
            .at(facts.place(workload, "grace"))
            .why("a kill before the log is closed and the ring is left means a long start, in which nothing else may restart")
            .help(format!("set its `terminationGracePeriodSeconds: {least}` or more")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, environment, look, prod};

    const OFF: &str = "    values: {ingester: {persistence: {enabled: false}}}\n";

    #[test]
    fn a_claim_passes() {
        let text = prod("tempo", "");
        assert_eq!(asked(&RULE, &text), Vec::<String>::new());
        assert!(applies(&RULE, &text));
    }

    #[test]
    fn a_log_in_the_pod_fails_by_tier() {
        let said = "tempo ingester keeps its write-ahead log in the pod, not on a claim";
        let variant = "    variant: distributed-2\n";
        for (tier, word) in [
            ("prod", Some("error")),
            ("test", Some("warning")),
            ("dev", None),
        ] {
            let text = environment(tier, "tempo", "") + variant + OFF;
            let expected: Vec<String> = word
                .map(|word| format!("{word}: {said}"))
                .into_iter()
                .collect();
            assert_eq!(asked(&RULE, &text), expected);
        }
    }

    #[test]
    fn a_short_grace_and_a_fleeting_claim_fail() {
        let found = look(&prod("mimir", ""), |facts| {
            let mut workloads = facts.workloads.to_vec();
            for workload in &mut workloads {
                workload.grace_seconds = 30;
                workload.claims_kept = Some(false);
            }
            let facts = Facts {
                workloads: &workloads,
                environment: None,
                releases: &[],
                ..*facts
            };
            let mut verdict = Verdict::new(&RULE, facts.tier, true);
            check(&facts, &mut verdict);
            let messages = verdict.findings.into_iter();
            messages.map(|(_, found)| found.message).collect::<Vec<_>>()
        });
        assert_eq!(
            found,
            [
                "the claims of mimir ingester are deleted with its StatefulSet",
                "mimir ingester has 30 s to stop; it needs at least 600 s",
            ]
        );
    }

    #[test]
    fn pyroscope_has_its_own_time() {
        let found = look(&prod("mimir", ""), |facts| {
            let mut workloads = facts.workloads.to_vec();
            for workload in &mut workloads {
                workload.component = "pyroscope".into();
                workload.grace_seconds = 30;
            }
            let facts = Facts {
                workloads: &workloads,
                environment: None,
                releases: &[],
                ..*facts
            };
            crate::policy::tests::said(&RULE, &facts)
        });
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn behind_kafka_and_without_ingesters_it_does_not_apply() {
        let kafka = prod("mimir", "") + "    settings: {kafka: {address: 'kafka:9092'}}\n";
        assert!(!applies(&RULE, &kafka));
        assert!(!applies(&RULE, &prod("traefik", "")));
    }
}
