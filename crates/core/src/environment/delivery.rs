//! What brings the files to the cluster, and what that tool must be told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tier;

/// What brings the files to the cluster. Values files are the same bytes whatever it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Delivery {
    /// The tool.
    pub method: DeliveryMethod,
    /// Whether what a release installed is deleted with it, once the release leaves the environment. Default: yes, but not in
    /// prod.
    pub cascade: Option<bool>,
    /// What Argo CD must know; looked at where `method` is `argocd`.
    pub argocd: ArgoCd,
    /// What Flux must know; looked at where `method` is `flux`.
    pub flux: Flux,
}

/// A tool that installs charts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryMethod {
    /// The Helm command line.
    #[default]
    Helm,
    /// Argo CD, through multi-source Applications that read the values files.
    Argocd,
    /// Flux, through HelmReleases that read the values files.
    Flux,
}

/// What Argo CD must know.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ArgoCd {
    /// The Git repository that the output is committed to, as Argo CD reads it. Needed.
    #[serde(rename = "repoURL")]
    pub repo_url: Option<String>,
    /// The branch, tag or commit that Argo CD follows there.
    pub target_revision: String,
    /// The output folder in that repository; `.` for its root.
    pub path: String,
    /// Argo CD's project of all Applications.
    pub project: String,
    /// The namespace that Argo CD runs in.
    pub namespace: String,
    /// The cluster that everything is installed in. Default: the one that Argo CD runs in.
    pub destination: Destination,
    /// Whether each release has an Application written for it, or one ApplicationSet makes them from `release.json`.
    pub style: ArgoCdStyle,
    /// What keeps the order of the releases. Default: `app-of-apps` with Applications, `rolling-sync` with an ApplicationSet.
    pub order: Option<ArgoCdOrder>,
    /// When Argo CD brings the cluster to what Git says.
    pub sync_policy: SyncPolicy,
}

impl Default for ArgoCd {
    fn default() -> Self {
        Self {
            repo_url: None,
            target_revision: "main".to_owned(),
            path: "gitops".to_owned(),
            project: "default".to_owned(),
            namespace: "argocd".to_owned(),
            destination: Destination::default(),
            style: ArgoCdStyle::default(),
            order: None,
            sync_policy: SyncPolicy::default(),
        }
    }
}

impl ArgoCd {
    /// Returns what keeps the order of the releases.
    pub fn ordered_by(&self) -> ArgoCdOrder {
        self.order.unwrap_or(match self.style {
            ArgoCdStyle::Applications => ArgoCdOrder::AppOfApps,
            ArgoCdStyle::Applicationset => ArgoCdOrder::RollingSync,
        })
    }
}

/// A cluster, as Argo CD knows it: by its name or by its address.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Destination {
    /// Its name in Argo CD.
    pub name: Option<String>,
    /// The address of its API server. Default, if there is no name: `https://kubernetes.default.svc`.
    pub server: Option<String>,
}

/// Who writes the Applications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ArgoCdStyle {
    /// We do: one for each release, and one for each environment that holds those.
    #[default]
    Applications,
    /// Argo CD does, by one ApplicationSet for all environments.
    Applicationset,
}

impl ArgoCdStyle {
    /// Returns the word in environment files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applications => "applications",
            Self::Applicationset => "applicationset",
        }
    }
}

/// What keeps the order of releases: priority classes first, then what keeps data, then the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArgoCdOrder {
    /// Sync waves of the Application that holds the others. Argo CD must be told how to see that an Application is healthy.
    AppOfApps,
    /// The rolling sync of the ApplicationSet. Its controller must have progressive syncs enabled.
    RollingSync,
    /// Nothing: all at once.
    None,
}

impl ArgoCdOrder {
    /// Returns the word in environment files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppOfApps => "app-of-apps",
            Self::RollingSync => "rolling-sync",
            Self::None => "none",
        }
    }
}

/// When Argo CD brings the cluster to what Git says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SyncPolicy {
    /// Whether it does so by itself. Default: yes, but not in prod.
    pub automated: Option<bool>,
    /// Whether it deletes by itself what Git no longer has. Default: where it is automated.
    pub prune: Option<bool>,
    /// Whether it undoes by itself what was changed in the cluster. Default: where it is automated.
    pub self_heal: Option<bool>,
    /// Whether it makes the namespace of a release.
    pub create_namespace: bool,
    /// Whether objects are applied by the API server. Applied by the client, an object must fit into an annotation of 256 KiB.
    pub server_side_apply: bool,
}

impl Default for SyncPolicy {
    fn default() -> Self {
        Self {
            automated: None,
            prune: None,
            self_heal: None,
            create_namespace: false,
            server_side_apply: true,
        }
    }
}

/// What Flux must know.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Flux {
    /// The namespace that Flux and its sources are in.
    pub namespace: String,
    /// The source that holds the output.
    pub source: FluxSource,
    /// The output folder in that source; `.` for its root.
    pub path: String,
    /// How often Flux looks for differences, such as `10m`.
    #[schemars(regex(pattern = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"))]
    pub interval: String,
    /// How long one release may take to be ready, such as `1h`: longer than the slowest takes by its runbook, or Flux gives up a rollout that is only slow.
    #[schemars(regex(pattern = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"))]
    pub timeout: String,
    /// How many times a failed install or upgrade is tried again.
    #[schemars(range(min = 0, max = 100))]
    pub retries: u32,
    /// Whether Flux makes the namespace of a release.
    pub create_namespace: bool,
    /// The Secret with the keys that SOPS files are decrypted by, in Flux' namespace; without it none are.
    pub decryption_secret: Option<String>,
}

impl Default for Flux {
    fn default() -> Self {
        Self {
            namespace: "flux-system".to_owned(),
            source: FluxSource::default(),
            path: "gitops".to_owned(),
            interval: "10m".to_owned(),
            timeout: "1h".to_owned(),
            retries: 3,
            create_namespace: false,
            decryption_secret: None,
        }
    }
}

/// A source of Flux.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FluxSource {
    /// What it is.
    pub kind: FluxSourceKind,
    /// Its name, in Flux' namespace.
    pub name: String,
}

impl Default for FluxSource {
    fn default() -> Self {
        Self {
            kind: FluxSourceKind::default(),
            name: "flux-system".to_owned(),
        }
    }
}

/// A kind of source of Flux.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum FluxSourceKind {
    /// A Git repository.
    #[default]
    GitRepository,
    /// An OCI artifact.
    #[serde(rename = "OCIRepository")]
    OciRepository,
    /// A bucket.
    Bucket,
}

impl Delivery {
    /// Returns whether what a release installed is deleted with it.
    pub fn cascades(&self, tier: Tier) -> bool {
        self.cascade.unwrap_or(tier != Tier::Prod)
    }
}
