//! Kubernetes types that charts pass through: closed again, so that a slip inside them is found.
//!
//! Written by hand from the API reference of Kubernetes 1.34
//! (<https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/>), only as deep as slips happen.
//! Every property admits null, as everywhere in a contract.

use super::schema::{Additional, Schema, Types};
use super::terms::{closed_map, term};

/// Where the values of a key are a known Kubernetes type whatever the chart.
///
/// The name of the type is a name of [`FIELDS`] or [`LISTS`].
const KEYS: &[(&str, &str)] = &[
    ("affinity", "affinity"),
    ("annotations", "strings"),
    ("behavior", "hpa-behavior"),
    ("containerSecurityContext", "container-security-context"),
    ("deploymentStrategy", "strategy"),
    ("dnsConfig", "dns-config"),
    ("env", "env"),
    ("envFrom", "env-from"),
    ("extraContainers", "containers"),
    ("extraEnv", "env"),
    ("extraEnvFrom", "env-from"),
    ("extraInitContainers", "containers"),
    ("extraVolumeMounts", "volume-mounts"),
    ("extraVolumes", "volumes"),
    ("hostAliases", "host-aliases"),
    ("initContainers", "containers"),
    ("labels", "strings"),
    ("lifecycle", "lifecycle"),
    ("livenessProbe", "probe"),
    ("nodeSelector", "strings"),
    ("persistentVolumeClaimRetentionPolicy", "claim-retention"),
    ("podDisruptionBudget", "disruption-budget"),
    ("podSecurityContext", "pod-security-context"),
    ("priorityClassName", "string"),
    ("readinessProbe", "probe"),
    ("resources", "resources"),
    ("runtimeClassName", "string"),
    ("schedulerName", "string"),
    ("securityContext", "security-context"),
    ("startupProbe", "probe"),
    ("strategy", "strategy"),
    ("terminationGracePeriodSeconds", "integer"),
    ("tolerations", "tolerations"),
    ("topologySpreadConstraints", "topology-spread"),
    ("updateStrategy", "strategy"),
    ("volumeMounts", "volume-mounts"),
    ("volumes", "volumes"),
];

/// Keys whose number may also be a percentage or a port's name.
const INTEGER_OR_STRING: &[&str] = &[
    "maxSurge",
    "maxUnavailable",
    "minAvailable",
    "port",
    "targetPort",
];

/// Charts of Mimir take one topology spread constraint as a map, or a list of them.
const ONE_OR_LIST: &str = "topology-spread-or-one";

/// Closed maps: their keys with terms, `name: term`.
const FIELDS: &[(&str, &str)] = &[
    (
        "affinity",
        "nodeAffinity: node-affinity, podAffinity: pod-affinity, podAntiAffinity: pod-affinity",
    ),
    (
        "amounts",
        "cpu: cpu-quantity, memory: memory-quantity, ephemeral-storage: storage-quantity, storage: storage-quantity",
    ),
    ("capabilities", "add: strings-list, drop: strings-list"),
    (
        "claim-retention",
        "whenDeleted: string, whenScaled: string, enabled: boolean",
    ),
    ("config-map-ref", "name: string, optional: boolean"),
    (
        "container",
        "name: string, image: string, imagePullPolicy: string, command: strings-list, args: strings-list, workingDir: string, \
         ports: list, env: env, envFrom: env-from, resources: resources, resizePolicy: list, restartPolicy: string, \
         restartPolicyRules: list, volumeMounts: volume-mounts, volumeDevices: list, livenessProbe: probe, readinessProbe: probe, \
         startupProbe: probe, lifecycle: lifecycle, terminationMessagePath: string, terminationMessagePolicy: string, \
         securityContext: container-security-context, stdin: boolean, stdinOnce: boolean, tty: boolean",
    ),
    (
        "container-security-context",
        "allowPrivilegeEscalation: boolean, appArmorProfile: map, capabilities: capabilities, privileged: boolean, \
         procMount: string, readOnlyRootFilesystem: boolean, runAsGroup: integer, runAsNonRoot: boolean, runAsUser: integer, \
         seLinuxOptions: map, seccompProfile: seccomp-profile, windowsOptions: map",
    ),
    (
        "disruption-budget",
        "minAvailable: integer|string, maxUnavailable: integer|string, unhealthyPodEvictionPolicy: string, selector: label-selector",
    ),
    (
        "dns-config",
        "nameservers: strings-list, searches: strings-list, options: dns-options",
    ),
    ("dns-option", "name: string, value: string"),
    (
        "env-from-source",
        "prefix: string, configMapRef: config-map-ref, secretRef: config-map-ref",
    ),
    (
        "env-value-from",
        "configMapKeyRef: key-ref, secretKeyRef: key-ref, fieldRef: field-ref, resourceFieldRef: map, fileKeyRef: map",
    ),
    (
        "env-variable",
        "name: string, value: string, valueFrom: env-value-from",
    ),
    ("field-ref", "apiVersion: string, fieldPath: string"),
    ("host-alias", "ip: string, hostnames: strings-list"),
    ("hpa-behavior", "scaleUp: hpa-rules, scaleDown: hpa-rules"),
    (
        "hpa-rules",
        "stabilizationWindowSeconds: integer, selectPolicy: string, policies: list, tolerance: string",
    ),
    (
        "http-get",
        "path: string, port: integer|string, host: string, scheme: string, httpHeaders: list",
    ),
    ("key-ref", "name: string, key: string, optional: boolean"),
    (
        "label-selector",
        "matchLabels: strings, matchExpressions: list",
    ),
    (
        "lifecycle",
        "postStart: lifecycle-handler, preStop: lifecycle-handler, stopSignal: string",
    ),
    (
        "lifecycle-handler",
        "exec: probe-exec, httpGet: http-get, sleep: map, tcpSocket: tcp-socket",
    ),
    (
        "node-affinity",
        "requiredDuringSchedulingIgnoredDuringExecution: map, preferredDuringSchedulingIgnoredDuringExecution: list",
    ),
    (
        "pod-affinity",
        "requiredDuringSchedulingIgnoredDuringExecution: list, preferredDuringSchedulingIgnoredDuringExecution: list",
    ),
    (
        "pod-security-context",
        "appArmorProfile: map, fsGroup: integer, fsGroupChangePolicy: string, runAsGroup: integer, runAsNonRoot: boolean, \
         runAsUser: integer, seLinuxChangePolicy: string, seLinuxOptions: map, seccompProfile: seccomp-profile, \
         supplementalGroups: list, supplementalGroupsPolicy: string, sysctls: list, windowsOptions: map",
    ),
    (
        "probe",
        "exec: probe-exec, grpc: probe-grpc, httpGet: http-get, tcpSocket: tcp-socket, initialDelaySeconds: integer, \
         periodSeconds: integer, timeoutSeconds: integer, successThreshold: integer, failureThreshold: integer, \
         terminationGracePeriodSeconds: integer",
    ),
    ("probe-exec", "command: strings-list"),
    ("probe-grpc", "port: integer|string, service: string"),
    (
        // A chart's own switch beside the probe's fields.
        "probe-with-switch",
        "enabled: boolean, exec: probe-exec, grpc: probe-grpc, httpGet: http-get, tcpSocket: tcp-socket, \
         initialDelaySeconds: integer, periodSeconds: integer, timeoutSeconds: integer, successThreshold: integer, \
         failureThreshold: integer, terminationGracePeriodSeconds: integer",
    ),
    ("resource-claim", "name: string, request: string"),
    (
        "resources",
        "requests: amounts, limits: amounts, claims: resource-claims",
    ),
    (
        "rolling-update",
        "maxSurge: integer|string, maxUnavailable: integer|string, partition: integer",
    ),
    ("seccomp-profile", "type: string, localhostProfile: string"),
    (
        // Charts use this one name for a pod's and for a container's.
        "security-context",
        "allowPrivilegeEscalation: boolean, appArmorProfile: map, capabilities: capabilities, fsGroup: integer, \
         fsGroupChangePolicy: string, privileged: boolean, procMount: string, readOnlyRootFilesystem: boolean, \
         runAsGroup: integer, runAsNonRoot: boolean, runAsUser: integer, seLinuxChangePolicy: string, seLinuxOptions: map, \
         seccompProfile: seccomp-profile, supplementalGroups: list, supplementalGroupsPolicy: string, sysctls: list, \
         windowsOptions: map",
    ),
    ("strategy", "type: string, rollingUpdate: rolling-update"),
    ("tcp-socket", "port: integer|string, host: string"),
    (
        "toleration",
        "key: string, operator: string, value: string, effect: string, tolerationSeconds: integer",
    ),
    (
        "topology-spread-constraint",
        "maxSkew: integer, topologyKey: string, whenUnsatisfiable: string, labelSelector: label-selector, \
         matchLabelKeys: strings-list, minDomains: integer, nodeAffinityPolicy: string, nodeTaintsPolicy: string",
    ),
    (
        "volume",
        "name: string, awsElasticBlockStore: map, azureDisk: map, azureFile: map, cephfs: map, cinder: map, configMap: map, \
         csi: map, downwardAPI: map, emptyDir: map, ephemeral: map, fc: map, flexVolume: map, flocker: map, \
         gcePersistentDisk: map, gitRepo: map, glusterfs: map, hostPath: map, image: map, iscsi: map, nfs: map, \
         persistentVolumeClaim: map, photonPersistentDisk: map, portworxVolume: map, projected: map, quobyte: map, rbd: map, \
         scaleIO: map, secret: map, storageos: map, vsphereVolume: map",
    ),
    (
        "volume-mount",
        "name: string, mountPath: string, subPath: string, subPathExpr: string, readOnly: boolean, recursiveReadOnly: string, \
         mountPropagation: string",
    ),
];

/// Lists and the term of their elements.
const LISTS: &[(&str, &str)] = &[
    ("containers", "container"),
    ("dns-options", "dns-option"),
    ("env", "env-variable"),
    ("env-from", "env-from-source"),
    ("host-aliases", "host-alias"),
    ("resource-claims", "resource-claim"),
    ("strings-list", "string"),
    ("tolerations", "toleration"),
    ("topology-spread", "topology-spread-constraint"),
    ("volume-mounts", "volume-mount"),
    ("volumes", "volume"),
];

/// Returns the term of the Kubernetes type that a key of this name has, if it has one.
pub(super) fn by_key(key: &str) -> Option<&'static str> {
    if let Some((_, term)) = KEYS.iter().find(|(name, _)| *name == key) {
        return Some(term);
    }
    // `podAnnotations`, `serviceLabels`: a map of texts under any such name.
    (key.ends_with("Annotations") || key.ends_with("Labels")).then_some("strings")
}

/// Returns whether the number under a key may also be text, such as a percentage.
pub(super) fn is_integer_or_string(key: &str) -> bool {
    INTEGER_OR_STRING.contains(&key)
}

/// Returns the schema of a type's name; nothing if there is no such type.
pub(super) fn named(name: &str) -> Option<Schema> {
    if name == ONE_OR_LIST {
        let mut either = named("topology-spread-constraint")?;
        either.types = either.types.with(Types::ARRAY);
        either.items = Some(Box::new(term("topology-spread-constraint")?));
        return Some(either);
    }
    if name == "strings" {
        let mut strings = Schema::of(Types::OBJECT.with(Types::NULL));
        strings.additional =
            Additional::Schema(Box::new(Schema::of(Types::STRING.with(Types::NULL))));
        return Some(strings);
    }
    if let Some((_, element)) = LISTS.iter().find(|(list, _)| *list == name) {
        let mut list = Schema::of(Types::ARRAY.with(Types::NULL));
        list.items = Some(Box::new(term(element)?));
        return Some(list);
    }
    let (_, fields) = FIELDS.iter().find(|(map, _)| *map == name)?;
    let mut map = closed_map();
    for field in fields.split(',') {
        let (key, field_term) = field.trim().split_once(": ")?;
        map.set(key, term(field_term)?);
    }
    if name == "amounts" {
        // Extended resources carry a domain (`nvidia.com/gpu`), huge pages a prefix.
        let amount = || Schema::of(Types::STRING.with(Types::INTEGER).with(Types::NULL));
        map.rare_mut().pattern_properties =
            vec![("/".into(), amount()), ("^hugepages-".into(), amount())];
    }
    Some(map)
}

/// Returns whether [`named`] knows a name.
pub(super) fn is_named(name: &str) -> bool {
    name == "strings"
        || name == ONE_OR_LIST
        || FIELDS.iter().chain(LISTS).any(|(known, _)| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_a_type() {
        for (name, _) in FIELDS.iter().chain(LISTS) {
            assert!(named(name).is_some(), "{name}");
        }
        for (key, name) in KEYS {
            assert!(term(name).is_some(), "{key}");
        }
    }

    #[test]
    fn suffixes_count() {
        assert_eq!(by_key("podAnnotations"), Some("strings"));
        assert_eq!(by_key("labelsOther"), None);
    }
}
