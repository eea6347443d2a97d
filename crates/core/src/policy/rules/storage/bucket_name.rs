//! `storage/bucket-name` (HW-OBJ-001): a bucket name that the object store refuses.

use crate::components::StoreBackend;
use crate::diagnostic::Severity;
use crate::environment::Provider;
use crate::policy::{Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "storage/bucket-name",
    entry: "HW-OBJ-001",
    summary: "Bucket names follow the convention and the rules of S3",
    severities: Severities::everywhere(Severity::Error),
    waivable: true,
    condition: "The name that overrides give a bucket is the computed one, `dts-<type>-<environment>-<purpose>` unless `buckets` says otherwise; and a name has 3 to 63 lower-case letters, digits, dots and hyphens, begins and ends with a letter or digit, is no IP address, and has none of the reserved prefixes and suffixes.",
    why: "The object store refuses such a bucket, or a client cannot address it.",
    source: "Amazon S3 user guide, \"General purpose bucket naming rules\"; SeaweedFS also keeps `filemeta` to itself. The rollout plan prints `dts-traces-dev-blocks-`, with a hyphen at its end.",
    fix: "Change `buckets.prefix`, `buckets.environment` or `buckets.segments`; names are computed from them and never typed.",
    passes: "environment: dev   # dts-traces-dev-blocks",
    fails: "buckets: {prefix: Dts}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let (Some(environment), Some(links)) = (facts.environment, facts.links) else {
        return verdict.lacks("no environment, and so no computed names");
    };
    let provider = environment
        .model
        .object_store
        .as_ref()
        .map(|store| store.provider);
    for bucket in links.buckets() {
        verdict.applies();
        let named = facts
            .described
            .iter()
            .flat_map(|described| &described.stores)
            .find(|store| {
                store.component == bucket.component
                    && store.purpose == bucket.purpose
                    && store.backend == StoreBackend::S3
            })
            .filter(|store| store.bucket != bucket.name);
        if let Some(store) = named {
            verdict.found(
                Finding::new(
                    Subject::component(&bucket.component),
                    format!(
                        "bucket `{}` of {} {} does not follow the convention, by which it is `{}`",
                        store.bucket, bucket.component, bucket.purpose, bucket.name
                    ),
                )
                .at(Some(store.place.clone()))
                .why(refused(&store.bucket, provider).unwrap_or_else(|| {
                    "a name that is typed may be another environment's, and nobody finds out whose data is in it".to_owned()
                }))
                .help("remove the override; names are computed from `buckets`"),
            );
        }
        let Some(why) = refused(&bucket.name, provider) else {
            continue;
        };
        let set = environment.node(&["buckets"]).is_some();
        let path = if set { "buckets" } else { "environment" };
        verdict.found(
            Finding::new(
                Subject::component(&bucket.component),
                format!("`{}` cannot be a bucket name", bucket.name),
            )
            .at(Some(environment.location(path)))
            .why(why)
            .help("change `buckets.prefix`, `buckets.environment` or the segments; names are computed from them"),
        );
    }
}

/// Returns why S3 refuses a bucket name.
///
/// Source: Amazon S3 user guide, "General purpose bucket naming rules"; SeaweedFS also keeps `filemeta` to itself.
fn refused(name: &str, provider: Option<Provider>) -> Option<String> {
    let edge = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let bytes = name.as_bytes();
    if !(3..=63).contains(&name.len()) {
        return Some(format!(
            "it has {} characters; S3 takes 3 to 63",
            name.len()
        ));
    }
    if let Some(wrong) = name
        .chars()
        .find(|char| !matches!(char, 'a'..='z' | '0'..='9' | '-' | '.'))
    {
        return Some(format!(
            "it holds `{wrong}`; S3 takes lower-case letters, digits, hyphens and dots"
        ));
    }
    if !edge(bytes.first()) || !edge(bytes.last()) {
        return Some("it does not begin and end with a letter or digit".to_owned());
    }
    if name.contains("..") {
        return Some("it holds two dots in a row".to_owned());
    }
    let numbers: Vec<&str> = name.split('.').collect();
    if numbers.len() == 4 && numbers.iter().all(|part| part.parse::<u8>().is_ok()) {
        return Some("it looks like an IP address".to_owned());
    }
    for prefix in ["xn--", "sthree-", "amzn-s3-demo-"] {
        if name.starts_with(prefix) {
            return Some(format!("the prefix `{prefix}` is reserved"));
        }
    }
    for suffix in ["-s3alias", "--ol-s3", ".mrap", "--x-s3"] {
        if name.ends_with(suffix) {
            return Some(format!("the suffix `{suffix}` is reserved"));
        }
    }
    (provider == Some(Provider::Seaweedfs) && name == "filemeta")
        .then(|| "SeaweedFS keeps that name to itself".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_computed_and_never_typed() {
        use crate::policy::tests::{applies, asked, prod};
        assert_eq!(asked(&RULE, &prod("tempo", "")), Vec::<String>::new());
        assert!(!applies(&RULE, &prod("traefik", "")));
        let typed = prod("mimir", "")
            + "    values: {mimir: {structuredConfig: {blocks_storage: {s3: {bucket_name: dts-traces-dev-blocks-}}}}}\n";
        assert_eq!(
            asked(&RULE, &typed),
            [
                "error: bucket `dts-traces-dev-blocks-` of mimir blocks does not follow the convention, by which it is `dts-metrics-prod-blocks`"
            ]
        );
    }

    #[test]
    fn the_plan_s_names_pass() {
        for name in [
            "dts-traces-dev-blocks",
            "dts-metrics-prod-alertmanager",
            "a.b.c",
        ] {
            assert_eq!(refused(name, Some(Provider::Seaweedfs)), None, "{name}");
        }
    }

    #[test]
    fn what_s3_refuses_is_refused() {
        let long = "a".repeat(64);
        for name in [
            "dts-traces-dev-blocks-",
            "ab",
            &long,
            "Dts-traces",
            "a..b",
            "192.168.0.1",
            "xn--a",
            "a--ol-s3",
            "filemeta",
            "-ab",
        ] {
            assert!(refused(name, Some(Provider::Seaweedfs)).is_some(), "{name}");
        }
    }
}
