//! The buckets of all components, made by a Job that may run any number of times.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Component, Described};
use crate::diagnostic::Diagnostic;
use crate::environment::{ObjectStore, Provider};

pub(super) const COMPONENT: Component = Component {
    id: "buckets",
    settings: SchemaGenerator::subschema_for::<BucketsSettings>,
    variant: |_| None,
    derive,
    describe: |_| Described::default(),
};

/// How buckets are made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BucketsSettings {
    /// The image that holds the AWS command line and a shell, with an exact tag.
    #[schemars(length(min = 1))]
    pub image: String,
    /// How often each bucket is tried before the Job's pod gives up.
    #[schemars(range(min = 1, max = 100))]
    pub tries: u32,
    /// How many pods the Job starts after the first before it has failed.
    #[schemars(range(min = 0, max = 20))]
    pub backoff_limit: u32,
    /// Seconds that the finished Job stays to be looked at.
    #[schemars(range(min = 0))]
    pub ttl_seconds_after_finished: u32,
}

impl Default for BucketsSettings {
    fn default() -> Self {
        Self {
            image: "docker.io/amazon/aws-cli:2.27.50".to_owned(),
            // Pauses of 2, 4, 8, 16 s and then 30 s each: 20 tries wait for eight minutes, in which a store of one pod
            // with a volume to attach starts.
            tries: 20,
            backoff_limit: 3,
            ttl_seconds_after_finished: 86_400,
        }
    }
}

/// Where the pod may write: its home, which the command line keeps its configuration in.
const HOME: &str = "/home/buckets";

/// Seconds before the second try.
const FIRST_PAUSE: u32 = 2;

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: BucketsSettings = scope.settings(found);
    let store = scope.environment.model.object_store.as_ref();
    let component = scope.environment.key_location("components.buckets");
    let mut names: Vec<&str> = Vec::new();
    for bucket in scope.links.buckets() {
        if !names.contains(&bucket.name.as_str()) {
            names.push(&bucket.name);
        }
    }
    if store.is_none() {
        found.push(
            Diagnostic::error(
                "environment/missing-key",
                "there is no object store to create buckets in",
            )
            .at(&component)
            .why("endpoint, region and credentials are derived from `objectStore`")
            .help("add `objectStore:`, or remove `buckets`"),
        );
    } else if names.is_empty() {
        found.push(
            Diagnostic::error(
                "environment/missing-component",
                "no component keeps anything in a bucket",
            )
            .at(&component)
            .why("the Job would have nothing to create")
            .help("add a backend to the components, or remove `buckets`"),
        );
    }
    created_twice(scope, found);
    json!({
        "image": settings.image,
        "backoff_limit": settings.backoff_limit,
        "ttl_seconds": settings.ttl_seconds_after_finished,
        "bucket_names": names,
        "env": store.map(|store| env(store, &settings)).unwrap_or_default(),
    })
}

/// Returns the variables of the container. The command line reads those that begin with `AWS_`.
fn env(store: &ObjectStore, settings: &BucketsSettings) -> Vec<Value> {
    let secret = |name: &str, key: &str| {
        let reference = json!({"name": store.credentials.secret_name, "key": key});
        json!({"name": name, "valueFrom": {"secretKeyRef": reference}})
    };
    let plain = |name: &str, value: String| json!({"name": name, "value": value});
    let scheme = if store.tls { "https" } else { "http" };
    let style = if store.uses_path_style() {
        "path"
    } else {
        "virtual"
    };
    // Amazon wants to be told the place of a bucket, but for its first region, where it must not be named.
    let location = (store.provider == Provider::Aws && store.region != "us-east-1")
        .then(|| store.region.clone());
    vec![
        secret("AWS_ACCESS_KEY_ID", &store.credentials.access_key_id_key),
        secret(
            "AWS_SECRET_ACCESS_KEY",
            &store.credentials.secret_access_key_key,
        ),
        plain("AWS_ENDPOINT_URL", format!("{scheme}://{}", store.endpoint)),
        plain("AWS_DEFAULT_REGION", store.region.clone()),
        // Self-hosted stores do not know the checksums that newer clients add where none is asked for.
        plain("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required".into()),
        plain("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required".into()),
        // Nothing is asked of a cloud that the pod may not run in, and the script does the waiting.
        plain("AWS_EC2_METADATA_DISABLED", "true".into()),
        plain("AWS_MAX_ATTEMPTS", "1".into()),
        plain("AWS_PAGER", String::new()),
        plain("ADDRESSING_STYLE", style.into()),
        plain("LOCATION", location.unwrap_or_default()),
        plain("TRIES", settings.tries.to_string()),
        plain("FIRST_PAUSE", FIRST_PAUSE.to_string()),
        plain("HOME", HOME.into()),
    ]
}

/// Reports a store of the same environment that creates the buckets itself, as it does unless it is told not to.
fn created_twice(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    const STORE: &str = "seaweedfs";
    let runs = |release: &super::Release| release.component == STORE;
    let section = scope.environment.model.components.get(STORE);
    let creates = section.and_then(|section| {
        let settings = &section.settings;
        settings.get("createBuckets").and_then(Value::as_bool)
    });
    if !scope.releases.iter().any(runs) || creates == Some(false) {
        return;
    }
    let setting = format!("components.{STORE}.settings.createBuckets");
    found.push(
        Diagnostic::error(
            "environment/buckets-twice",
            "the buckets are created by two components",
        )
        .label(
            &scope.environment.key_location("components.buckets"),
            "by a Job here",
        )
        .label(
            &scope.environment.location(&setting),
            "by the store's chart here",
        )
        .why("whichever comes second finds them there, and which of the two owns them nobody can tell")
        .help(format!(
            "remove `buckets` from the components, or set `{setting}: false`"
        )),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_table_names_the_home() {
        let catalog = crate::catalog::Catalog::bundled();
        let manifest = catalog.manifest("buckets").unwrap();
        let pod = &manifest.variants["job"].roles["buckets"].pod;
        assert_eq!(pod.scratch[0].mount, HOME);
    }
}
