//! `storage/bucket-shared` (HW-OBJ-002): two owners of one bucket, who compact and delete each other's blocks.

use std::collections::BTreeMap;

use crate::diagnostic::Severity;
use crate::links::Bucket;
use crate::policy::{Check, Digest, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "storage/bucket-shared",
    entry: "HW-OBJ-002",
    summary: "A bucket belongs to one environment, one backend and one purpose",
    severities: Severities::everywhere(Severity::Error),
    waivable: false,
    condition: "Endpoint and bucket together are unique over all environments, backends and purposes. Dev shares no object store with prod; test and prod may, which is worth knowing.",
    why: "Each backend compacts and deletes what it finds in its bucket: two owners lose each other's blocks.",
    source: "The rollout plan puts test and prod on the same object store, so that the bucket's name and the access key are the only wall between them.",
    fix: "Let the name tell them apart: keep `environment` and `purpose` among `buckets.segments`, and `buckets.environment` unique.",
    passes: "buckets: {segments: [prefix, type, environment, purpose]}",
    fails: "buckets: {segments: [prefix, type, purpose]}",
    check: Check::Project(check),
};

fn check(environments: &[&Digest], verdict: &mut Verdict<'_>) {
    let mut taken: BTreeMap<(&str, &str), (&Digest, &Bucket)> = BTreeMap::new();
    for &digest in environments {
        for bucket in &digest.buckets {
            verdict.applies();
            let key = (bucket.endpoint.as_str(), bucket.name.as_str());
            let Some((first, owned)) = taken.get(&key) else {
                taken.insert(key, (digest, bucket));
                continue;
            };
            let words = |digest: &Digest, bucket: &Bucket| {
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
                .label(Some(digest.buckets_place.clone()), words(digest, bucket))
                .label(Some(first.buckets_place.clone()), words(first, owned))
                .why(format!(
                    "both use {}; each would compact and delete the other's blocks",
                    bucket.endpoint
                ))
                .help("let the name tell them apart: keep `environment` and `purpose` among `buckets.segments`, and `buckets.environment` unique")
                .in_environment(&digest.environment)
                .in_environment(&first.environment),
            );
        }
    }
}
