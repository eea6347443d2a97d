//! Which fields of an object are kept; all others are dropped while the text is read.

/// What of a value is kept. Items of a list are treated like the list.
#[derive(Debug)]
pub(super) enum Wanted {
    /// The whole value.
    All,
    /// These keys of a map, and what of each.
    Keys(&'static [(&'static str, &'static Self)]),
}

impl Wanted {
    /// Returns what of a key's value is kept, or nothing.
    pub(super) fn of(&'static self, key: &str) -> Option<&'static Self> {
        match self {
            Self::All => Some(self),
            Self::Keys(keys) => keys
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, wanted)| *wanted),
        }
    }
}

static ALL: Wanted = Wanted::All;

/// The fields of any object, a `List` included.
pub(super) static OBJECT: Wanted = Wanted::Keys(&[
    ("apiVersion", &ALL),
    ("kind", &ALL),
    ("metadata", &METADATA),
    ("spec", &SPEC),
    ("items", &OBJECT),
    ("status", &STATUS),
    // ConfigMap.
    ("data", &ALL),
    // PriorityClass.
    ("value", &ALL),
    ("globalDefault", &ALL),
    ("preemptionPolicy", &ALL),
]);

/// What a dump says of nodes and pods.
static STATUS: Wanted = Wanted::Keys(&[
    ("allocatable", &ALL),
    ("phase", &ALL),
    ("startTime", &ALL),
    ("conditions", &CONDITION),
]);

static CONDITION: Wanted = Wanted::Keys(&[
    ("type", &ALL),
    ("status", &ALL),
    ("lastTransitionTime", &ALL),
]);

static METADATA: Wanted = Wanted::Keys(&[
    ("name", &ALL),
    ("generateName", &ALL),
    ("namespace", &ALL),
    ("labels", &ALL),
    ("annotations", &ALL),
    ("ownerReferences", &OWNER),
    ("deletionTimestamp", &ALL),
]);

static OWNER: Wanted = Wanted::Keys(&[("kind", &ALL), ("name", &ALL), ("controller", &ALL)]);

/// The `spec` of every kind that is read, laid over each other: the kind may come last.
static SPEC: Wanted = Wanted::Keys(&[
    ("replicas", &ALL),
    ("strategy", &ALL),
    ("updateStrategy", &ALL),
    ("selector", &ALL),
    ("template", &POD),
    ("serviceName", &ALL),
    ("podManagementPolicy", &ALL),
    ("minReadySeconds", &ALL),
    ("volumeClaimTemplates", &CLAIM),
    ("persistentVolumeClaimRetentionPolicy", &ALL),
    // Job and CronJob.
    ("parallelism", &ALL),
    ("completions", &ALL),
    ("suspend", &ALL),
    ("concurrencyPolicy", &ALL),
    ("jobTemplate", &JOB),
    // Pod.
    ("containers", &CONTAINER),
    ("initContainers", &CONTAINER),
    ("volumes", &ALL),
    ("affinity", &ALL),
    ("topologySpreadConstraints", &ALL),
    ("nodeSelector", &ALL),
    ("nodeName", &ALL),
    ("tolerations", &ALL),
    ("overhead", &ALL),
    ("hostNetwork", &ALL),
    ("priorityClassName", &ALL),
    ("priority", &ALL),
    ("preemptionPolicy", &ALL),
    ("terminationGracePeriodSeconds", &ALL),
    ("restartPolicy", &ALL),
    // PodDisruptionBudget.
    ("minAvailable", &ALL),
    ("maxUnavailable", &ALL),
    ("unhealthyPodEvictionPolicy", &ALL),
    // PersistentVolumeClaim.
    ("resources", &ALL),
    ("storageClassName", &ALL),
    ("accessModes", &ALL),
    // HorizontalPodAutoscaler and VerticalPodAutoscaler.
    ("scaleTargetRef", &ALL),
    ("minReplicas", &ALL),
    ("maxReplicas", &ALL),
    ("targetRef", &ALL),
    ("updatePolicy", &ALL),
    ("resourcePolicy", &ALL),
    // ResourceQuota and LimitRange.
    ("hard", &ALL),
    ("scopes", &ALL),
    ("scopeSelector", &ALL),
    ("limits", &ALL),
    // Service and NetworkPolicy.
    ("ports", &ALL),
    ("clusterIP", &ALL),
    ("publishNotReadyAddresses", &ALL),
    ("type", &ALL),
    // Node.
    ("taints", &ALL),
    ("podSelector", &ALL),
    ("policyTypes", &ALL),
    ("ingress", &NETWORK_RULE),
    ("egress", &NETWORK_RULE),
    // Prometheus and Alertmanager of the Prometheus operator.
    ("storage", &STORAGE),
    // Application of Argo CD; HelmRelease and OCIRepository of Flux.
    ("source", &CHART_SOURCE),
    ("sources", &CHART_SOURCE),
    ("chart", &CHART),
    ("ref", &ALL),
]);

static CHART_SOURCE: Wanted =
    Wanted::Keys(&[("chart", &ALL), ("repoURL", &ALL), ("targetRevision", &ALL)]);

static CHART: Wanted = Wanted::Keys(&[("spec", &CHART_SPEC)]);

static CHART_SPEC: Wanted =
    Wanted::Keys(&[("chart", &ALL), ("version", &ALL), ("sourceRef", &ALL)]);

static STORAGE: Wanted = Wanted::Keys(&[
    ("volumeClaimTemplate", &PRESENT),
    ("ephemeral", &PRESENT),
    ("emptyDir", &PRESENT),
]);

/// That it is there is all that counts.
static PRESENT: Wanted = Wanted::Keys(&[]);

static NETWORK_RULE: Wanted = Wanted::Keys(&[("ports", &ALL), ("from", &ALL), ("to", &ALL)]);

static JOB: Wanted = Wanted::Keys(&[("spec", &JOB_SPEC)]);

static JOB_SPEC: Wanted = Wanted::Keys(&[
    ("template", &POD),
    ("parallelism", &ALL),
    ("completions", &ALL),
    ("suspend", &ALL),
]);

static POD: Wanted = Wanted::Keys(&[("metadata", &METADATA), ("spec", &POD_SPEC)]);

static POD_SPEC: Wanted = Wanted::Keys(&[
    ("containers", &CONTAINER),
    ("initContainers", &CONTAINER),
    ("volumes", &ALL),
    ("affinity", &ALL),
    ("topologySpreadConstraints", &ALL),
    ("nodeSelector", &ALL),
    ("nodeName", &ALL),
    ("tolerations", &ALL),
    ("overhead", &ALL),
    ("hostNetwork", &ALL),
    ("priorityClassName", &ALL),
    ("priority", &ALL),
    ("preemptionPolicy", &ALL),
    ("terminationGracePeriodSeconds", &ALL),
    ("restartPolicy", &ALL),
]);

static CONTAINER: Wanted = Wanted::Keys(&[
    ("name", &ALL),
    ("image", &ALL),
    ("restartPolicy", &ALL),
    ("resources", &ALL),
    ("ports", &ALL),
    ("env", &ALL),
    ("envFrom", &ALL),
    ("command", &ALL),
    ("args", &ALL),
    ("livenessProbe", &ALL),
    ("readinessProbe", &ALL),
    ("startupProbe", &ALL),
    ("volumeMounts", &ALL),
]);

static CLAIM: Wanted = Wanted::Keys(&[("metadata", &METADATA), ("spec", &CLAIM_SPEC)]);

static CLAIM_SPEC: Wanted = Wanted::Keys(&[
    ("resources", &ALL),
    ("storageClassName", &ALL),
    ("accessModes", &ALL),
]);
