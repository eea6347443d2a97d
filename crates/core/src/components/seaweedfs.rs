//! SeaweedFS: the object store of one environment, where the environment runs its own.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::scope::Scope;
use super::{Component, Described, settings};
use crate::diagnostic::Diagnostic;
use crate::environment::Provider;

pub(super) const COMPONENT: Component = Component {
    id: "seaweedfs",
    settings: SchemaGenerator::subschema_for::<SeaweedfsSettings>,
    variant: |_| None,
    derive,
    describe,
};

/// What only SeaweedFS has. It serves the environment that runs it: buckets of other environments are not created.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SeaweedfsSettings {
    /// Whether a Job of the chart creates this environment's buckets. Default: yes.
    pub create_buckets: bool,
    /// The Secret whose key `seaweedfs_s3_config` says who may do what with which access keys. Default: the S3 Service's
    /// name with `-config` behind it.
    #[schemars(length(min = 1, max = 253))]
    pub config_secret: Option<String>,
    /// How many more copies of each object there are: one digit each for other data centres, other racks, and other
    /// servers of the same rack. Default: `001` with two volume servers or more, else `000`.
    #[schemars(regex(pattern = "^[0-9]{3}$"))]
    pub replication: Option<String>,
}

impl Default for SeaweedfsSettings {
    fn default() -> Self {
        Self {
            create_buckets: true,
            config_secret: None,
            replication: None,
        }
    }
}

/// Says what rules may know of it.
fn describe(scope: &Scope<'_>) -> Described {
    let settings: SeaweedfsSettings = scope.settings(&mut Vec::new());
    Described {
        absent: if buckets(scope, &settings).is_empty() {
            vec!["bucket-hook"]
        } else {
            Vec::new()
        },
        ..Described::default()
    }
}

fn derive(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) -> Value {
    let settings: SeaweedfsSettings = scope.settings(found);
    endpoint(scope, found);
    let volumes = scope.replicas("volume");
    let usual = if volumes > 1 { "001" } else { "000" };
    let replication = settings.replication.as_deref().unwrap_or(usual);
    copies(scope, replication, volumes, found);
    if scope.replicas("master").is_multiple_of(2) {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("{} masters decide by majority", scope.replicas("master")),
            )
            .at(&scope.key_location("roles.master.replicas"))
            .why("an even number bears the loss of no more than the odd number below it")
            .help("run 1, 3 or 5"),
        );
    }
    let mut probes = Map::new();
    let mut memory = Map::new();
    for role in scope.release.roles.values() {
        let name = role.name.replace('-', "_");
        let filled = role.filled();
        probes.insert(
            name.clone(),
            json!({"liveness": filled.liveness, "readiness": filled.readiness}),
        );
        memory.insert(name, settings::go_memory_limit(scope, &role.name).into());
    }
    json!({
        "probes": probes,
        "go_memory": memory,
        "replication": replication,
        "budgets": budgets(scope),
        "config_secret": settings
            .config_secret
            .clone()
            .unwrap_or_else(|| format!("{}-s3-config", scope.release.fullname)),
        "create_buckets": buckets(scope, &settings),
    })
}

/// Returns the disruption budgets, which the chart has none of: one for each role with several pods.
fn budgets(scope: &Scope<'_>) -> Vec<Value> {
    let roles = scope.release.roles.values();
    roles
        .filter_map(|role| {
            let most = role.max_unavailable?;
            let name = format!("{}-{}", scope.release.fullname, role.name);
            Some(json!({"name": name, "role": role.name, "max_unavailable": most}))
        })
        .collect()
}

/// Returns the buckets that the chart is to create, in order.
fn buckets<'a>(scope: &'a Scope<'_>, settings: &SeaweedfsSettings) -> Vec<&'a str> {
    scope
        .links
        .buckets()
        .iter()
        .filter(|_| settings.create_buckets)
        .map(|bucket| bucket.name.as_str())
        .collect()
}

/// Reports an environment whose backends ask another store than the one that it runs.
fn endpoint(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(store), Some(own)) = (
        &scope.environment.model.object_store,
        scope.links.endpoint("seaweedfs", "s3"),
    ) else {
        return;
    };
    let proxy = scope.links.endpoint("s3proxy", "s3");
    if store.provider != Provider::Seaweedfs
        || own.is_named(&store.endpoint)
        || proxy.is_some_and(|proxy| proxy.is_named(&store.endpoint))
    {
        return;
    }
    found.push(
        Diagnostic::error(
            "environment/bad-value",
            format!(
                "`{}` is not the SeaweedFS that this environment runs",
                store.endpoint
            ),
        )
        .at(&scope.environment.location("objectStore.endpoint"))
        .label(
            &scope.environment.key_location("components.seaweedfs"),
            "it runs here",
        )
        .why(format!(
            "its S3 Service is `{}`; what backends write elsewhere it does not hold",
            own.address()
        ))
        .help(format!(
            "write `endpoint: {}`, or remove `seaweedfs` where another store is meant",
            own.address()
        )),
    );
}

/// Reports copies that there are not enough servers for.
fn copies(scope: &Scope<'_>, replication: &str, volumes: u32, found: &mut Vec<Diagnostic>) {
    let digits = replication.bytes().filter(u8::is_ascii_digit);
    let needed = digits.fold(1_u32, |sum, digit| sum + u32::from(digit - b'0'));
    if needed > volumes {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("replication `{replication}` needs {needed} volume servers, and there are {volumes}"),
            )
            .at(&scope.key_location("settings.replication"))
            .why("each copy lies on a server of its own; without enough of them no object can be written")
            .help(format!("run {needed} pods of `volume`, or keep fewer copies")),
        );
    }
}
