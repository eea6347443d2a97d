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

/// The kinds of custom resources that charts print without bringing their definitions.
pub(super) const CRD_KINDS: &[&str] = &[
    "BackendTLSPolicy",
    "Certificate",
    "Gateway",
    "GatewayClass",
    "GrafanaDashboard",
    "GRPCRoute",
    "HTTPRoute",
    "ListenerSet",
    "PodMonitor",
    "Probe",
    "PrometheusRule",
    "ScaledObject",
    "SecretProviderClass",
    "SecurityContextConstraints",
    "ServiceMonitor",
    "TCPRoute",
    "TLSRoute",
    "TriggerAuthentication",
    "UDPRoute",
    "VerticalPodAutoscaler",
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

/// The route of OpenShift, from its API reference: the one kind without a schema at hand.
pub(super) const HAND_MADE: &[(&str, &[(&str, &str)])] = &[
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
