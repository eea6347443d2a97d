//! Which kinds are taken, and what their types are called.

/// The kinds that charts print, by API version.
pub(super) const KINDS: &[(&str, &[&str])] = &[
    (
        "admissionregistration.k8s.io/v1",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiregistration.k8s.io/v1", &["APIService"]),
    (
        "apps/v1",
        &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"],
    ),
    ("autoscaling/v1", &["HorizontalPodAutoscaler"]),
    ("autoscaling/v2", &["HorizontalPodAutoscaler"]),
    ("batch/v1", &["CronJob", "Job"]),
    (
        "networking.k8s.io/v1",
        &["Ingress", "IngressClass", "NetworkPolicy"],
    ),
    ("policy/v1", &["PodDisruptionBudget"]),
    (
        "rbac.authorization.k8s.io/v1",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    ),
    ("scheduling.k8s.io/v1", &["PriorityClass"]),
    ("storage.k8s.io/v1", &["StorageClass"]),
    (
        "v1",
        &[
            "ConfigMap",
            "Endpoints",
            "LimitRange",
            "Namespace",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
    ),
];

/// The kinds of custom resources that charts print without bringing their definitions, and those that we write.
pub(super) const CRD_KINDS: &[&str] = &[
    "Application",
    "ApplicationSet",
    "AppProject",
    "BackendTLSPolicy",
    "Certificate",
    "ClusterSecretStore",
    "ExternalSecret",
    "Gateway",
    "GatewayClass",
    "GitRepository",
    "GrafanaDashboard",
    "GRPCRoute",
    "HelmRelease",
    "HelmRepository",
    "HTTPRoute",
    "Kustomization",
    "ListenerSet",
    "OCIRepository",
    "PodMonitor",
    "Probe",
    "PrometheusRule",
    "ScaledObject",
    "SecretProviderClass",
    "SecretStore",
    "SecurityContextConstraints",
    "ServiceMonitor",
    "TCPRoute",
    "TLSRoute",
    "TriggerAuthentication",
    "UDPRoute",
    "VerticalPodAutoscaler",
];

/// The groups whose kinds only we write. Contracts of charts know only what charts print: an object of these groups among a
/// chart's extra objects stays open there, as any custom resource does.
pub(super) const WRITTEN: &[&str] = &[
    "argoproj.io",
    "external-secrets.io",
    "helm.toolkit.fluxcd.io",
    "kustomize.config.k8s.io",
    "kustomize.toolkit.fluxcd.io",
    "source.toolkit.fluxcd.io",
];

/// Places in custom resources that are closed no further, as the name of the kind's type and the key.
///
/// What Argo CD itself fills in, generators within generators and those that ask other services, and what each vendor of
/// secrets wants: together they are several times what all other kinds need, and nobody writes them here.
pub(super) const CUSTOM_OPEN: &[(&str, &[&str])] = &[
    ("application", &["operation"]),
    (
        "application-set",
        &[
            "clusterDecisionResource",
            "matrix",
            "merge",
            "plugin",
            "pullRequest",
            "scmProvider",
        ],
    ),
];

/// The key of custom resources whose keys are names of vendors: each is closed no further.
pub(super) const VENDORS: &[(&str, &str)] = &[
    ("cluster-secret-store", "provider"),
    ("secret-store", "provider"),
];

/// Kubernetes' types that are closed no further: volumes of vendors, and what nobody writes by hand.
pub(super) const LEFT_OPEN: &[&str] = &[
    "AWSElasticBlockStoreVolumeSource",
    "AzureDiskVolumeSource",
    "AzureFilePersistentVolumeSource",
    "AzureFileVolumeSource",
    "CephFSPersistentVolumeSource",
    "CephFSVolumeSource",
    "CinderPersistentVolumeSource",
    "CinderVolumeSource",
    "ClusterTrustBundleProjection",
    "ContainerRestartRule",
    "EphemeralContainer",
    "FCVolumeSource",
    "FileKeySelector",
    "FlexPersistentVolumeSource",
    "FlexVolumeSource",
    "FlockerVolumeSource",
    "GCEPersistentDiskVolumeSource",
    "GitRepoVolumeSource",
    "GlusterfsPersistentVolumeSource",
    "GlusterfsVolumeSource",
    "ISCSIPersistentVolumeSource",
    "ISCSIVolumeSource",
    "ManagedFieldsEntry",
    "OwnerReference",
    "PhotonPersistentDiskVolumeSource",
    "PodCertificateProjection",
    "PodResourceClaim",
    "PodSchedulingGate",
    "PortworxVolumeSource",
    "QuobyteVolumeSource",
    "RBDPersistentVolumeSource",
    "RBDVolumeSource",
    "ScaleIOPersistentVolumeSource",
    "ScaleIOVolumeSource",
    "StorageOSPersistentVolumeSource",
    "StorageOSVolumeSource",
    "TypedLocalObjectReference",
    "TypedObjectReference",
    "VsphereVirtualDiskVolumeSource",
    "WindowsSecurityContextOptions",
];

/// Types whose name is not the English of Kubernetes' own. Types of the same fields share one.
const RENAMED: &[(&str, &str)] = &[
    ("ConfigMapEnvSource", "config-map-ref"),
    ("ConfigMapKeySelector", "key-ref"),
    ("DaemonSetUpdateStrategy", "deployment-strategy"),
    ("EnvFromSource", "env-from-source"),
    ("EnvVar", "env-variable"),
    ("EnvVarSource", "env-value-from"),
    ("ExecAction", "probe-exec"),
    ("GRPCAction", "probe-grpc"),
    ("HPAScalingPolicy", "hpa-policy"),
    ("HPAScalingRules", "hpa-rules"),
    ("HTTPGetAction", "http-get"),
    ("HorizontalPodAutoscaler", "hpa"),
    ("HorizontalPodAutoscalerBehavior", "hpa-behavior"),
    ("HorizontalPodAutoscalerSpec", "hpa-spec"),
    ("LabelSelectorRequirement", "selector-requirement"),
    ("LocalObjectReference", "name-ref"),
    ("NodeSelectorRequirement", "selector-requirement"),
    ("ObjectFieldSelector", "field-ref"),
    ("PersistentVolumeClaim", "claim"),
    ("PersistentVolumeClaimSpec", "claim-spec"),
    ("PersistentVolumeClaimTemplate", "claim-template"),
    ("PodAntiAffinity", "pod-affinity"),
    ("PodDNSConfig", "dns-config"),
    ("PodDNSConfigOption", "dns-option"),
    ("PodDisruptionBudgetSpec", "disruption-budget"),
    ("ResourceFieldSelector", "resource-field-ref"),
    ("ResourceRequirements", "resources"),
    ("RollingUpdateDaemonSet", "deployment-rolling-update"),
    ("RollingUpdateDeployment", "deployment-rolling-update"),
    (
        "RollingUpdateStatefulSetStrategy",
        "stateful-set-rolling-update",
    ),
    ("SecretEnvSource", "config-map-ref"),
    ("SecretKeySelector", "key-ref"),
    ("SecurityContext", "container-security-context"),
    (
        "admissionregistration.v1.ServiceReference",
        "webhook-service",
    ),
    ("SleepAction", "lifecycle-sleep"),
    (
        "StatefulSetPersistentVolumeClaimRetentionPolicy",
        "stateful-set-claim-retention",
    ),
    ("StatefulSetUpdateStrategy", "stateful-set-strategy"),
    ("TCPSocketAction", "tcp-socket"),
    ("VolumeResourceRequirements", "claim-resources"),
];

/// Small types of Kubernetes that custom resources share by name and meaning, where their fields are the same.
pub(super) const SHARED: &[&str] = &[
    "cross-version-object-reference",
    "hpa-policy",
    "key-ref",
    "label-selector",
    "name-ref",
    "selector-requirement",
];

/// The kinds that are described by hand, and their types.
pub(super) const HAND_MADE_KINDS: &[(&str, &str)] = &[
    (
        "kustomize.config.k8s.io/v1beta1 Kustomization",
        "kustomize-file",
    ),
    ("route.openshift.io/v1 Route", "openshift-route"),
];

/// The route of OpenShift, from its API reference, and the file of kustomize, from the fields that its documentation
/// lists: the kinds without a schema at hand.
pub(super) const HAND_MADE: &[(&str, &[(&str, &str)])] = &[
    (
        "kustomize-config-map",
        &[
            ("behavior", "string"),
            ("env", "string"),
            ("envs", "[string]"),
            ("files", "[string]"),
            ("literals", "[string]"),
            ("name", "string"),
            ("namespace", "string"),
            ("options", "kustomize-options"),
        ],
    ),
    (
        "kustomize-file",
        &[
            ("apiVersion", "string"),
            ("buildMetadata", "[string]"),
            ("commonAnnotations", "{string}"),
            ("components", "[string]"),
            ("configMapGenerator", "[kustomize-config-map]"),
            ("configurations", "[string]"),
            ("crds", "[string]"),
            ("generatorOptions", "kustomize-options"),
            ("generators", "[string]"),
            ("helmCharts", "[map]"),
            ("helmGlobals", "map"),
            ("images", "[map]"),
            ("kind", "string"),
            ("labels", "[kustomize-label]"),
            ("metadata", "object-meta"),
            ("namePrefix", "string"),
            ("nameSuffix", "string"),
            ("namespace", "string"),
            ("openapi", "{string}"),
            ("patches", "[kustomize-patch]"),
            ("replacements", "[map]"),
            ("replicas", "[map]"),
            ("resources", "[string]"),
            ("secretGenerator", "[map]"),
            ("sortOptions", "map"),
            ("transformers", "[string]"),
            ("validators", "[string]"),
        ],
    ),
    (
        "kustomize-label",
        &[
            ("fields", "[map]"),
            ("includeSelectors", "boolean"),
            ("includeTemplates", "boolean"),
            ("pairs", "{string}"),
        ],
    ),
    (
        "kustomize-options",
        &[
            ("annotations", "{string}"),
            ("disableNameSuffixHash", "boolean"),
            ("immutable", "boolean"),
            ("labels", "{string}"),
        ],
    ),
    (
        "kustomize-patch",
        &[
            ("options", "{boolean}"),
            ("patch", "string"),
            ("path", "string"),
            ("target", "map"),
        ],
    ),
    (
        "openshift-route",
        &[
            ("apiVersion", "string"),
            ("kind", "string"),
            ("metadata", "object-meta"),
            ("spec", "openshift-route-spec"),
            ("status", "map"),
        ],
    ),
    ("openshift-route-port", &[("targetPort", "integer|string")]),
    (
        "openshift-route-spec",
        &[
            ("alternateBackends", "[openshift-route-target]"),
            ("host", "string"),
            ("httpHeaders", "map"),
            ("path", "string"),
            ("port", "openshift-route-port"),
            ("subdomain", "string"),
            ("tls", "openshift-route-tls"),
            ("to", "openshift-route-target"),
            ("wildcardPolicy", "string"),
        ],
    ),
    (
        "openshift-route-target",
        &[
            ("kind", "string"),
            ("name", "string"),
            ("weight", "integer"),
        ],
    ),
    (
        "openshift-route-tls",
        &[
            ("caCertificate", "string"),
            ("certificate", "string"),
            ("destinationCACertificate", "string"),
            ("externalCertificate", "name-ref"),
            ("insecureEdgeTerminationPolicy", "string"),
            ("key", "string"),
            ("termination", "string"),
        ],
    ),
];

/// Returns our name of a definition, `io.k8s.api.core.v1.PodSpec`: `pod-spec`.
pub(super) fn name_of(id: &str) -> String {
    let mut parts = id.rsplit('.');
    let last = parts.next().unwrap_or(id);
    let version = parts.next().unwrap_or_default();
    let renamed = RENAMED
        .iter()
        .find(|(name, _)| *name == last || name.contains('.') && id.ends_with(name));
    let name = match renamed {
        Some((_, name)) => (*name).to_owned(),
        None => kebab(last.strip_suffix("Source").unwrap_or(last)),
    };
    // The one old version of a kind that is still served.
    if name.starts_with("hpa") && version == "v1" {
        return format!("{name}-v1");
    }
    name
}

/// Returns a word in small letters with dashes: `HTTPHeader` is `http-header`.
pub(super) fn kebab(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase()
                    || letters.get(at + 1).is_some_and(|next| next.is_lowercase())
            });
        if starts_word {
            out.push('-');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// Returns the name of one element of a list: `endpoints` has `endpoint`, `policies` a `policy`.
pub(super) fn single(key: &str) -> String {
    if let Some(stem) = key.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["ses", "xes", "ches", "shes"] {
        if key.ends_with(ending) {
            return key[..key.len() - 2].to_owned();
        }
    }
    match key.strip_suffix('s') {
        Some(one) if !one.is_empty() => one.to_owned(),
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_words() {
        assert_eq!(kebab("HTTPIngressPath"), "http-ingress-path");
        assert_eq!(kebab("podAffinityTerm"), "pod-affinity-term");
        assert_eq!(
            name_of("io.k8s.api.core.v1.SecurityContext"),
            "container-security-context"
        );
        assert_eq!(
            name_of("io.k8s.api.core.v1.ConfigMapVolumeSource"),
            "config-map-volume"
        );
        assert_eq!(
            name_of("io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler"),
            "hpa-v1"
        );
        assert_eq!(
            name_of("io.k8s.api.admissionregistration.v1.ServiceReference"),
            "webhook-service"
        );
    }

    #[test]
    fn lists_have_elements() {
        assert_eq!(
            ["policies", "matches", "addresses", "rules", "to"].map(single),
            ["policy", "match", "address", "rule", "to"]
        );
    }
}
