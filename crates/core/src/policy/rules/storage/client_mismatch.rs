//! `storage/client-mismatch` (HW-OBJ-005): a client that speaks to its object store in a way that this does not take.

use crate::components::{Store, StoreBackend};
use crate::environment::{Environment, ObjectStore, Provider};
use crate::policy::{Address, Check, Facts, Finding, Rule, Severities, Subject, Verdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "storage/client-mismatch",
    entry: "HW-OBJ-005",
    summary: "The clients of the object store suit the store and the environment",
    severities: Severities::ERROR,
    waivable: true,
    condition: "Each backend asks the environment's own `objectStore.endpoint`, written as host and port without scheme or bucket, signs for a region, and speaks plain HTTP exactly where `objectStore.tls` is false; overrides included. Stores of the cluster (all but `aws`) are addressed by path.",
    why: "A bucket in the host name needs DNS that stores in the cluster do not have, and another store's endpoint is the shortest way to write test data into prod.",
    source: "Loki, Mimir and Tempo configuration references, S3 clients; SeaweedFS documentation, \"Amazon S3 API\".",
    fix: "Remove the overrides; clients are derived from `objectStore`.",
    passes: "objectStore: {provider: seaweedfs, endpoint: 'seaweedfs-ha-s3.storage.svc:8333'}",
    fails: "tempo: {values: {storage: {trace: {s3: {endpoint: 'https://dts-traces-prod-blocks.seaweedfs-ha-s3'}}}}}",
    check: Check::Environment(check),
};

fn check(facts: &Facts<'_>, verdict: &mut Verdict<'_>) {
    let with_store = facts
        .environment
        .and_then(|environment| Some((environment, environment.model.object_store.as_ref()?)));
    let Some((environment, model)) = with_store else {
        return verdict.lacks("no object store");
    };
    let stores = facts
        .described
        .iter()
        .flat_map(|described| &described.stores)
        .filter(|store| store.backend == StoreBackend::S3);
    // Purposes of one component mostly share a client: what is wrong with it is said once.
    let mut said: Vec<(&str, &'static str)> = Vec::new();
    for store in stores {
        verdict.applies();
        look(
            store,
            environment,
            model,
            &mut |kind, message, why, help| {
                if said.contains(&(store.component.as_str(), kind)) {
                    return;
                }
                said.push((store.component.as_str(), kind));
                verdict.found(
                    Finding::new(Subject::component(&store.component), message)
                        .at(Some(store.place.clone()))
                        .why(why)
                        .help(help),
                );
            },
        );
    }
    verdict.lacks("no backend that keeps its data there");
}

fn look(
    store: &Store,
    environment: &Environment,
    model: &ObjectStore,
    found: &mut impl FnMut(&'static str, String, String, String),
) {
    let who = &store.component;
    if model.provider != Provider::Aws && store.path_style != Some(true) {
        found(
            "path",
            format!(
                "{who} puts the bucket's name into the host name of object store `{}`",
                model.instance
            ),
            "a store of the cluster has no DNS for that; it is addressed by path".to_owned(),
            "remove the override, or `objectStore.pathStyle: false`".to_owned(),
        );
    }
    let host = store
        .endpoint
        .split_once("://")
        .map_or(store.endpoint.as_str(), |(_, host)| host);
    let has_bucket = !store.bucket.is_empty()
        && host
            .strip_prefix(store.bucket.as_str())
            .is_some_and(|rest| rest.starts_with('.'));
    if store.endpoint.contains("://") || has_bucket {
        found(
            "endpoint",
            format!("{who} asks for the object store at `{}`", store.endpoint),
            "the client wants host and port; the scheme is `insecure`, and the bucket has a key of its own".to_owned(),
            format!("write `{}`, or remove the override", model.endpoint),
        );
    } else if !is_same(&store.endpoint, environment, model) {
        found(
            "endpoint",
            if store.endpoint.is_empty() {
                format!("{who} names no endpoint of the object store")
            } else {
                format!(
                    "{who} asks the object store at `{}`, and the environment's is `{}`",
                    store.endpoint, model.endpoint
                )
            },
            "what is written there belongs to no environment, or to another one".to_owned(),
            "remove the override, or change `objectStore.endpoint`".to_owned(),
        );
    }
    if store.region.is_empty() {
        found(
            "region",
            format!("{who} names no region of the object store"),
            "requests are signed for a region, also where the store takes any".to_owned(),
            format!("write `region: {}`, or remove the override", model.region),
        );
    }
    if store.insecure == model.tls {
        found(
            "tls",
            if store.insecure {
                format!("{who} speaks plain HTTP to an object store with TLS")
            } else {
                format!("{who} speaks TLS to an object store without")
            },
            format!("`objectStore.tls` is {}", model.tls),
            format!("write `insecure: {}`, or remove the override", !model.tls),
        );
    }
}

/// Returns whether an endpoint is the environment's own, however it is written.
fn is_same(endpoint: &str, environment: &Environment, model: &ObjectStore) -> bool {
    let canonical = |text: &str| {
        Address::read(text).canonical(
            &environment.model.cluster.domain,
            environment.namespace.as_str(),
            if model.tls { 443 } else { 80 },
        )
    };
    endpoint == model.endpoint || canonical(endpoint) == canonical(&model.endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{applies, asked, prod};

    fn tempo(values: &str) -> String {
        format!(
            "{}    values: {{storage: {{trace: {{s3: {values}}}}}}}\n",
            prod("tempo", "")
        )
    }

    #[test]
    fn what_is_derived_passes() {
        for component in ["tempo", "mimir", "loki"] {
            assert_eq!(asked(&RULE, &prod(component, "")), Vec::<String>::new());
        }
    }

    #[test]
    fn another_spelling_of_the_same_endpoint_passes() {
        let env = tempo("{endpoint: 'S3.obs.svc.cluster.local:8333'}")
            .replace("store.svc:8333", "s3.obs.svc:8333");
        assert_eq!(asked(&RULE, &env), Vec::<String>::new());
    }

    #[test]
    fn what_does_not_suit_is_found() {
        for (values, expected) in [
            (
                "{endpoint: 'https://dts-traces-prod-blocks.seaweedfs-ha-s3'}",
                "error: tempo asks for the object store at `https://dts-traces-prod-blocks.seaweedfs-ha-s3`",
            ),
            (
                "{endpoint: 'other.svc:8333'}",
                "error: tempo asks the object store at `other.svc:8333`, and the environment's is `store.svc:8333`",
            ),
            (
                "{forcepathstyle: false}",
                "error: tempo puts the bucket's name into the host name of object store `store`",
            ),
            (
                "{insecure: false}",
                "error: tempo speaks TLS to an object store without",
            ),
            (
                "{region: null}",
                "error: tempo names no region of the object store",
            ),
        ] {
            assert_eq!(asked(&RULE, &tempo(values)), [expected], "{values}");
        }
    }

    #[test]
    fn without_backends_it_does_not_apply() {
        assert!(!applies(&RULE, &prod("traefik", "")));
    }
}
