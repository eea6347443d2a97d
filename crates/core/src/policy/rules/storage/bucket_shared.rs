//! `storage/bucket-shared` (HW-OBJ-002): two owners of one bucket, who compact and delete each other's blocks.

use std::collections::BTreeMap;

use crate::diagnostic::Severity;
use crate::environment::Tier;

use crate::policy::{
    BucketDigest, Check, Digest, Finding, Rule, Severities, StoreDigest, Subject, Verdict,
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "storage/bucket-shared",
    entry: "HW-OBJ-002",
    summary: "A bucket belongs to one environment, one backend and one purpose",
    severities: Severities::everywhere(Severity::Error),
    waivable: false,
    condition: "Endpoint, bucket and prefix together are unique over all environments, backends and purposes, overrides included. An endpoint is the same in every spelling: letters, a dot at the end, and all names of a Service. Dev shares no object store with prod, neither by its instance nor by its endpoint; test and prod may, which is worth knowing. One endpoint under two instance names is a contradiction, a warning. Two purposes of one Mimir are `storage/blocks-not-apart`.",
    why: "Each backend compacts and deletes what it finds in its bucket: two owners lose each other's blocks.",
    source: "The rollout plan puts test and prod on the same object store, so that the bucket's name and the access key are the only wall between them.",
    fix: "Let the name tell them apart: keep `environment` and `purpose` among `buckets.segments`, and `buckets.environment` unique.",
    passes: "buckets: {segments: [prefix, type, environment, purpose]}",
    fails: "buckets: {segments: [prefix, type, purpose]}",
    check: Check::Project(check),
};

fn check(environments: &[&Digest], verdict: &mut Verdict<'_>) {
    let mut taken: BTreeMap<(&str, &str), (&Digest, &BucketDigest)> = BTreeMap::new();
    for &digest in environments {
        for bucket in &digest.buckets {
            verdict.applies();
            let key = (bucket.canonical.as_str(), bucket.name.as_str());
            let Some((first, owned)) = taken.get(&key) else {
                taken.insert(key, (digest, bucket));
                continue;
            };
            // Mimir refuses that by itself, which is another rule's to say.
            if first.environment == digest.environment
                && owned.component == bucket.component
                && bucket.component == "mimir"
            {
                continue;
            }
            let words = |digest: &Digest, bucket: &BucketDigest| {
                format!(
                    "{} {} of `{}`",
                    bucket.component, bucket.purpose, digest.environment
                )
            };
            verdict.found(
                Finding::new(
                    Subject::component(&bucket.component),
                    format!("bucket `{}` has two owners", bucket.name),
                )
                .label(Some(bucket.place.clone()), words(digest, bucket))
                .label(Some(owned.place.clone()), words(first, owned))
                .why(format!(
                    "both use {}; each would compact and delete the other's blocks",
                    place(&bucket.endpoint, &owned.endpoint)
                ))
                .help("let the name tell them apart: keep `environment` and `purpose` among `buckets.segments`, and `buckets.environment` unique")
                .in_environment(&digest.environment)
                .in_environment(&first.environment),
            );
        }
    }
    instances(environments, verdict);
}

/// Names an endpoint that may be written in two ways.
fn place(one: &str, other: &str) -> String {
    if one == other {
        one.to_owned()
    } else {
        format!("{one}, which `{other}` is as well")
    }
}

/// Looks at object stores that several environments use.
fn instances(environments: &[&Digest], verdict: &mut Verdict<'_>) {
    let prods: Vec<(&Digest, &StoreDigest)> = environments
        .iter()
        .filter(|digest| digest.tier == Tier::Prod)
        .filter_map(|&digest| Some((digest, digest.store.as_ref()?)))
        .collect();
    for &other in environments
        .iter()
        .filter(|digest| digest.tier != Tier::Prod)
    {
        // One of several that share it says enough.
        let met = other.store.as_ref().and_then(|own| {
            let shares = |(_, store): &&(&Digest, &StoreDigest)| {
                own.instance == store.instance || own.is_at(store)
            };
            prods
                .iter()
                .find(shares)
                .map(|(prod, store)| (*prod, *store, own))
        });
        if let Some((prod, store, shared)) = met {
            verdict.applies();
            let contradicts = shared.instance != store.instance;
            let finding = labelled(
                other,
                prod,
                if contradicts {
                    format!(
                        "`{}` and `{}` share the object store at `{}`, which they call `{}` and `{}`",
                        other.environment,
                        prod.environment,
                        shared.endpoint,
                        shared.instance,
                        store.instance
                    )
                } else {
                    format!(
                        "`{}` and `{}` share object store `{}`",
                        other.environment, prod.environment, store.instance
                    )
                },
            );
            verdict.found(match (other.tier, contradicts) {
                (Tier::Dev, _) => finding
                    .why("what is tried in dev may fill, slow down or stop the store of prod")
                    .help(format!("give `{}` a store of its own", other.environment)),
                (_, true) => finding.why(CONTRADICTION).help(ONE_NAME).weighing(Severities::everywhere(Severity::Warning)),
                (_, false) => finding
                    .why("they fail together, and only the bucket's name and the access key keep them apart")
                    .help("give each environment an access key that opens its own buckets alone")
                    .weighing(Severities::INFO),
            });
        }
    }
    names(environments, verdict);
}

const CONTRADICTION: &str =
    "one endpoint is one store; with two names nobody sees that they fail together";

const ONE_NAME: &str = "write the same `objectStore.instance`, or the endpoint of the other store";

/// Looks at stores of two names between environments that may share one.
fn names(environments: &[&Digest], verdict: &mut Verdict<'_>) {
    let mut first: BTreeMap<(&str, bool), (&Digest, &StoreDigest)> = BTreeMap::new();
    for &digest in environments {
        let Some(store) = &digest.store else {
            continue;
        };
        // What prod shares with others is looked at above.
        let key = (store.canonical.as_str(), digest.tier == Tier::Prod);
        let Some((other, same)) = first.get(&key) else {
            first.insert(key, (digest, store));
            continue;
        };
        if same.instance != store.instance && same.is_at(store) {
            let message = format!(
                "`{}` and `{}` call the object store at `{}` by two names, `{}` and `{}`",
                other.environment,
                digest.environment,
                store.endpoint,
                same.instance,
                store.instance
            );
            verdict.found(
                labelled(other, digest, message)
                    .why(CONTRADICTION)
                    .help(ONE_NAME)
                    .weighing(Severities::everywhere(Severity::Warning)),
            );
        }
    }
}

/// Starts a finding about the stores of two environments.
fn labelled(one: &Digest, other: &Digest, message: String) -> Finding {
    let label = |digest: &Digest| format!("`{}`", digest.environment);
    Finding::new(Subject::ENVIRONMENT, message)
        .label(Some(one.store_place.clone()), label(one))
        .label(Some(other.store_place.clone()), label(other))
        .in_environment(&one.environment)
        .in_environment(&other.environment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{compared, environment};

    fn env(tier: &str, store: &str, rest: &str) -> String {
        environment(tier, "mimir", rest)
            .replace("instance: store", &format!("instance: {store}"))
            .replace("store.svc:8333", &format!("{store}.stores.svc:8333"))
    }

    #[test]
    fn names_of_their_own_pass() {
        assert_eq!(
            compared(&RULE, &[&env("dev", "a", ""), &env("prod", "b", "")]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn two_owners_are_found_overrides_included() {
        let shared = "buckets: {segments: [prefix, type, purpose]}";
        assert_eq!(
            compared(
                &RULE,
                &[&env("test", "a", shared), &env("prod", "a", shared)]
            )
            .len(),
            4
        );
        let values = "    values: {mimir: {structuredConfig: {blocks_storage: {s3: {bucket_name: dts-metrics-prod-blocks}}}}}\n";
        assert_eq!(
            compared(
                &RULE,
                &[&(env("test", "a", "") + values), &env("prod", "a", "")]
            ),
            [
                "error: bucket `dts-metrics-prod-blocks` has two owners",
                "info: `test` and `prod` share object store `a`"
            ]
        );
    }

    #[test]
    fn one_endpoint_is_one_however_it_is_written() {
        let shared = "buckets: {segments: [prefix, type, purpose]}";
        let at = |tier: &str, endpoint: &str| {
            env(tier, "a", shared).replace("a.stores.svc:8333", endpoint)
        };
        for endpoint in [
            "seaweedfs-ha-s3.ca7f8f-prod.svc.cluster.local:8333",
            "seaweedfs-ha-s3.ca7f8f-prod.svc.cluster.local.:8333",
            "seaweedfs-ha-s3.ca7f8f-prod:8333",
            "SeaweedFS-HA-s3.ca7f8f-prod.svc:8333",
        ] {
            let said = compared(
                &RULE,
                &[
                    &at("test", endpoint),
                    &at("prod", "seaweedfs-ha-s3.ca7f8f-prod.svc:8333"),
                ],
            );
            assert_eq!(said.len(), 4, "{endpoint}: {said:?}");
        }
        let apart = compared(
            &RULE,
            &[&at("test", "s3.a.svc:8333"), &at("prod", "s3.b.svc:8333")],
        );
        assert_eq!(apart, ["info: `test` and `prod` share object store `a`"]);
    }

    #[test]
    fn dev_shares_no_store_with_prod_and_test_may() {
        assert_eq!(
            compared(&RULE, &[&env("dev", "a", ""), &env("prod", "a", "")]),
            ["error: `dev` and `prod` share object store `a`"]
        );
        assert_eq!(
            compared(&RULE, &[&env("test", "a", ""), &env("prod", "a", "")]),
            ["info: `test` and `prod` share object store `a`"]
        );
    }

    #[test]
    fn one_endpoint_under_two_names_is_one_store() {
        let named = |tier: &str, name: &str, endpoint: &str| {
            env(tier, name, "").replace(&format!("{name}.stores.svc:8333"), endpoint)
        };
        let prod = named("prod", "b", "s3.stores.svc:8333");
        assert_eq!(
            compared(&RULE, &[&named("dev", "a", "s3.stores:8333"), &prod]),
            [
                "error: `dev` and `prod` share the object store at `s3.stores:8333`, which they call `a` and `b`"
            ]
        );
        assert_eq!(
            compared(&RULE, &[&named("test", "a", "s3.stores:8333"), &prod]),
            [
                "warning: `test` and `prod` share the object store at `s3.stores:8333`, which they call `a` and `b`"
            ]
        );
        assert_eq!(
            compared(
                &RULE,
                &[&named("dev", "a", "s3.x:1"), &named("test", "b", "s3.x:1")]
            ),
            [
                "warning: `dev` and `test` call the object store at `s3.x:1` by two names, `a` and `b`"
            ]
        );
    }

    #[test]
    fn services_of_two_clusters_are_two_stores() {
        let of = |tier: &str, name: &str, endpoint: &str| {
            env(tier, name, &format!("cluster: {{name: {tier}}}"))
                .replace(&format!("{name}.stores.svc:8333"), endpoint)
        };
        let both = |endpoint: &str| {
            compared(
                &RULE,
                &[&of("dev", "a", endpoint), &of("prod", "b", endpoint)],
            )
        };
        assert_eq!(both("s3.stores.svc:8333"), Vec::<String>::new());
        assert_eq!(both("s3.example.org:443").len(), 1);
    }
}
