//! `storage/blocks-not-apart` (HW-OBJ-003): rules or alerts of Mimir in the place of its blocks.

use crate::components::{Store, StoreBackend};
use crate::diagnostic::Severity;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "storage/blocks-not-apart",
    entry: "HW-OBJ-003",
    summary: "Blocks, rules and alerts of Mimir are kept apart",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "Neither rules nor alerts of Mimir are kept at the same endpoint, in the same bucket and below the same prefix as its blocks, overrides included. Rules and alerts at the same place are a warning.",
    why: "Mimir refuses to start where rules or alerts lie beside blocks. It does not look at rules beside alerts, which then overwrite each other.",
    source: "Mimir, the check of its storage configuration at start: \"bucket name and storage prefix cannot be the same as the one used in blocks storage\".",
    fix: "Keep `purpose` among `buckets.segments`, and remove overrides of buckets; or give each a `storage_prefix`.",
    passes: "buckets: {segments: [prefix, type, environment, purpose]}",
    fails: "buckets: {segments: [prefix, type, environment]}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let of = |purpose: &str| {
        facts
            .described
            .iter()
            .flat_map(|described| &described.stores)
            .find(|store| store.component == "mimir" && store.purpose == purpose)
    };
    let Some(blocks) = of("blocks") else {
        return verdict.lacks("no Mimir with an object store");
    };
    verdict.applies();
    let (ruler, alerts) = (of("ruler"), of("alertmanager"));
    for (store, what) in [(ruler, "rules"), (alerts, "alerts")] {
        if let Some(store) = store.filter(|store| together(store, blocks)) {
            verdict.found(
                finding(
                    store,
                    blocks,
                    format!(
                        "mimir keeps {what} where its blocks are, in {}",
                        place(store)
                    ),
                )
                .why("Mimir refuses to start with the two in one place")
                .help(
                    "keep `purpose` among `buckets.segments`, or remove the override of the bucket",
                ),
            );
        }
    }
    if let (Some(ruler), Some(alerts)) = (ruler, alerts)
        && together(ruler, alerts)
        && !together(ruler, blocks)
    {
        verdict.found(
            finding(
                ruler,
                alerts,
                format!(
                    "mimir keeps rules and alerts in one place, {}",
                    place(ruler)
                ),
            )
            .why("Mimir does not check that pair, and one overwrites the other")
            .help("give them two buckets, or two prefixes")
            .weighing(Severities::everywhere(Severity::Warning)),
        );
    }
}

fn finding(store: &Store, other: &Store, message: String) -> Finding {
    let finding = Finding::new(Subject::component("mimir"), message)
        .label(Some(store.place.clone()), store.purpose.clone());
    if store.place == other.place {
        finding
    } else {
        finding.label(Some(other.place.clone()), other.purpose.clone())
    }
}

fn together(one: &Store, other: &Store) -> bool {
    one.backend == StoreBackend::S3
        && other.backend == StoreBackend::S3
        && one.endpoint == other.endpoint
        && one.bucket == other.bucket
        && one.prefix == other.prefix
}

fn place(store: &Store) -> String {
    if store.prefix.is_empty() {
        format!("bucket `{}`", store.bucket)
    } else {
        format!("bucket `{}` below `{}`", store.bucket, store.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, prod};

    fn with(values: &str) -> String {
        format!(
            "{}    values: {{mimir: {{structuredConfig: {values}}}}}\n",
            prod("mimir", "")
        )
    }

    #[test]
    fn three_buckets_and_three_prefixes_pass() {
        assert_eq!(asked(&RULE, &prod("mimir", "")), Vec::<String>::new());
        assert_eq!(
            asked(
                &RULE,
                &with(
                    "{ruler_storage: {storage_prefix: rules, s3: {bucket_name: dts-metrics-prod-blocks}}}"
                )
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn one_place_is_found() {
        assert_eq!(
            asked(
                &RULE,
                &with("{ruler_storage: {s3: {bucket_name: dts-metrics-prod-blocks}}}")
            ),
            ["error: mimir keeps rules where its blocks are, in bucket `dts-metrics-prod-blocks`"]
        );
        assert_eq!(
            asked(
                &RULE,
                &with("{ruler_storage: {s3: {bucket_name: dts-metrics-prod-alertmanager}}}")
            ),
            [
                "warning: mimir keeps rules and alerts in one place, bucket `dts-metrics-prod-alertmanager`"
            ]
        );
        let short = prod("mimir", "buckets: {segments: [prefix, type, environment]}");
        assert_eq!(asked(&RULE, &short).len(), 2);
    }

    #[test]
    fn without_mimir_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("loki", "")));
    }
}
