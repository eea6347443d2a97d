//! The Secrets that all other components refer to: where they come from, never what is in them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::scope::Scope;
use super::{Component, Described};
use crate::diagnostic::Diagnostic;
use crate::secrets::{Needed, Reader};
use crate::units::Duration;

pub(super) const COMPONENT: Component = Component {
    id: "secrets",
    settings: SchemaGenerator::subschema_for::<SecretsSettings>,
    variant: |_| None,
    derive,
    describe: |_| Described::default(),
};

/// Where Secrets come from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SecretsSettings {
    /// The store that variant `external` fetches from.
    pub store: Option<Store>,
    /// What a Secret is called in that store: `{namespace}`, `{secret}` and `{environment}` are filled in.
    #[schemars(length(min = 1))]
    pub key_pattern: String,
    /// How often the store is asked.
    pub refresh_interval: Duration,
    /// Secrets that somebody else makes, such as certificates.
    pub except: Vec<String>,
}

impl Default for SecretsSettings {
    fn default() -> Self {
        Self {
            store: None,
            key_pattern: "{namespace}/{secret}".to_owned(),
            // The operator's own default.
            refresh_interval: Duration::from_millis(3_600_000),
            except: Vec::new(),
        }
    }
}

/// A store of the External Secrets Operator.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Store {
    /// Whether it belongs to the whole cluster or to one namespace.
    #[serde(default)]
    pub kind: StoreKind,
    /// Its name.
    pub name: String,
}

/// The kind of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum StoreKind {
    /// It belongs to the whole cluster.
    #[default]
    ClusterSecretStore,
    /// It is in the namespace of the Secret.
    SecretStore,
}

/// What stands where a value is to be filled in. It is no secret, and looks like none.
const PLACEHOLDER: &str = "fill-in";

/// What a Secret of one kind or another holds.
///
/// Source: Kubernetes documentation, "Secrets", types of Secret.
const IMAGES: (&str, &str) = ("kubernetes.io/dockerconfigjson", ".dockerconfigjson");

/// One Secret with all that is known of it.
#[derive(Default)]
struct Known<'a> {
    keys: BTreeSet<&'a str>,
    /// Whether a reader takes all of it.
    whole: bool,
    /// Whether images are pulled with it.
    images: bool,
    readers: BTreeSet<&'a str>,
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: SecretsSettings = scope.settings(found);
    check(scope, &settings, found);
    let mut all: BTreeMap<(&str, &str), Known<'_>> = BTreeMap::new();
    for needed in scope.references {
        if settings.except.contains(&needed.reference.secret) {
            continue;
        }
        add(&mut all, needed);
    }
    let secrets: Vec<Value> = all
        .into_iter()
        .map(|((namespace, name), known)| {
            let remote = settings
                .key_pattern
                .replace("{namespace}", namespace)
                .replace("{secret}", name)
                .replace("{environment}", &scope.environment.name);
            let readers: Vec<&str> = known.readers.into_iter().collect();
            let mut keys: Vec<&str> = known.keys.into_iter().collect();
            if known.images {
                keys = vec![IMAGES.1];
            }
            json!({
                "name": name,
                "namespace": namespace,
                "remote": remote,
                "whole": known.whole && !known.images,
                "keys_read": keys,
                "type": known.images.then_some(IMAGES.0),
                "usual_type": if known.images { IMAGES.0 } else { "Opaque" },
                "readers": readers.join(" and "),
            })
        })
        .collect();
    json!({
        "secrets": secrets,
        "store": settings.store.map(|store| json!({"kind": store.kind, "name": store.name})),
        "refresh_interval": settings.refresh_interval.to_go(),
        "placeholder": PLACEHOLDER,
    })
}

fn add<'a>(all: &mut BTreeMap<(&'a str, &'a str), Known<'a>>, needed: &'a Needed) {
    let reference = &needed.reference;
    let known = all
        .entry((&needed.namespace, &reference.secret))
        .or_default();
    known.readers.insert(&needed.component);
    known.images |= reference.reader == Reader::Images;
    match &reference.key {
        Some(key) => {
            known.keys.insert(key);
        }
        None => known.whole = true,
    }
}

fn check(scope: &Scope<'_>, settings: &SecretsSettings, found: &mut Vec<Diagnostic>) {
    let external = scope.release.variant == "external";
    if external && settings.store.is_none() {
        found.push(
            Diagnostic::error("environment/missing-key", "no store is named that Secrets are fetched from")
                .at(&scope.environment.key_location("components.secrets"))
                .why("every ExternalSecret names the store that it is fetched from")
                .help("add `settings.store: {kind: ClusterSecretStore, name: <name>}`, or choose variant `sops`"),
        );
    }
    if !settings.key_pattern.contains("{secret}") {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                "all Secrets would be fetched from one key of the store",
            )
            .at(&scope.location("settings.keyPattern"))
            .why("the pattern does not say which Secret is meant")
            .help("put `{secret}` into it, such as `{namespace}/{secret}`"),
        );
    }
}
