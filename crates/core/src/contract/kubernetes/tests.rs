use std::collections::BTreeSet;

use super::super::Wording;
use super::super::schema::{Additional, Rare, Schema};
use super::super::terms::term;
use super::super::write::to_json;
use super::facts::facts;
use super::*;

/// Returns the name of the definition at a place, or the schema's types.
fn place(kind: Option<&str>, api_version: Option<&str>, path: &str) -> String {
    let path: Vec<Box<str>> = path.split('.').map(Box::from).collect();
    match at(kind, api_version, &path) {
        None => "-".to_owned(),
        Some(schema) => shown(&schema),
    }
}

fn shown(schema: &Schema) -> String {
    match schema.rare() {
        Some(Rare {
            reference: Some(reference),
            ..
        }) => reference.trim_start_matches("#/definitions/").to_owned(),
        _ => schema.types.words(),
    }
}

fn deployment(path: &str) -> String {
    place(Some("Deployment"), Some("apps/v1"), path)
}

#[test]
fn every_name_leads_to_a_type() {
    for name in facts().types.keys().chain(facts().written_types.keys()) {
        assert!(named(name).is_some(), "{name}");
    }
    for (key, name) in KEYS {
        let reference = term(name).unwrap_or_else(|| panic!("{key}"));
        assert!(reference.rare().is_none() || named(name).is_some(), "{key}");
    }
    for name in [
        "security-context",
        "strategy",
        "probe-with-switch",
        "claim-retention",
    ] {
        assert!(named(name).is_some(), "{name}");
    }
}

#[test]
fn suffixes_count() {
    assert_eq!(by_key("podAnnotations"), Some("strings"));
    assert_eq!(by_key("labelsOther"), None);
}

#[test]
fn places_of_a_workload() {
    assert_eq!(deployment("spec.template.spec"), "pod-spec");
    assert_eq!(
        deployment("spec.template.spec.containers.[].resources"),
        "resources"
    );
    assert_eq!(deployment("spec.template.spec.containers"), "containers");
    assert_eq!(deployment("spec.template.spec.containers.[]"), "container");
    assert_eq!(
        deployment("spec.template.spec.securityContext"),
        "pod-security-context"
    );
    assert_eq!(
        deployment("spec.template.spec.containers.[].securityContext"),
        "container-security-context"
    );
    assert_eq!(deployment("spec.strategy"), "deployment-strategy");
    assert_eq!(deployment("spec.replicas"), "a whole number");
    assert_eq!(deployment("metadata.labels"), "strings");
    assert_eq!(deployment("metadata.annotations.some/key"), "text");
    assert_eq!(deployment("spec.template.metadata.annotations"), "strings");
    assert_eq!(deployment("spec.replica"), "-");
    assert_eq!(
        deployment("spec.template.spec.containers.[].resources.limits.memory"),
        "text or a whole number"
    );
}

#[test]
fn forms_of_a_kind() {
    let hpa = |version| {
        place(
            Some("HorizontalPodAutoscaler"),
            version,
            "spec.targetCPUUtilizationPercentage",
        )
    };
    assert_eq!(hpa(Some("autoscaling/v1")), "a whole number");
    assert_eq!(hpa(Some("autoscaling/v2")), "-");
    assert_eq!(hpa(Some("autoscaling/v2beta1")), "-");
    let ingress = |version| place(Some("Ingress"), version, "spec.tls");
    assert_eq!(ingress(Some("networking.k8s.io/v1")), "a list");
    assert_eq!(ingress(None), "a list");
    assert_eq!(ingress(Some("extensions/v1beta1")), "-");
    let old = place(
        Some("Ingress"),
        Some("extensions/v1beta1"),
        "metadata.annotations",
    );
    assert_eq!(old, "strings");
    // The same kind of another group is another kind.
    assert_eq!(
        place(
            Some("Service"),
            Some("serving.knative.dev/v1"),
            "spec.ports"
        ),
        "-"
    );
    assert_eq!(place(Some("Probe"), None, "spec.prober.url"), "text");
}

#[test]
fn without_a_kind_the_end_decides() {
    assert_eq!(place(None, None, "resources"), "resources");
    assert_eq!(place(None, None, "securityContext"), "security-context");
    assert_eq!(
        place(None, None, "containers.[].securityContext"),
        "container-security-context"
    );
    assert_eq!(
        place(None, None, "spec.template.spec.securityContext"),
        "pod-security-context"
    );
    assert_eq!(
        place(None, None, "spec.volumeClaimTemplates.[].spec"),
        "claim-spec"
    );
    assert_eq!(place(None, None, "metadata.labels"), "strings");
    // A custom resource may mean its own by a common name.
    assert_eq!(place(Some("Rollout"), None, "spec.strategy"), "-");
    assert_eq!(
        place(Some("Rollout"), None, "spec.template.spec.tolerations"),
        "tolerations"
    );
    assert_eq!(place(Some("Anything"), None, "metadata.name"), "text");
    assert_eq!(
        place(Some("List"), Some("v1"), "items.[].metadata.labels"),
        "strings"
    );
}

/// Returns a schema as the root of a document, with all definitions that it needs.
pub(super) fn whole(schema: Schema) -> Schema {
    fn collect(schema: &Schema, names: &mut BTreeSet<String>) {
        let below = schema.properties.iter().map(|(_, schema)| schema);
        for schema in below.chain(schema.items.as_deref()) {
            collect(schema, names);
        }
        if let Additional::Schema(other) = &schema.additional {
            collect(other, names);
        }
        let name = schema.rare().and_then(|rare| {
            rare.reference
                .as_deref()?
                .strip_prefix("#/definitions/")
                .map(str::to_owned)
        });
        if let Some(name) = name
            && names.insert(name.clone())
        {
            let definition = named(&name).unwrap_or_else(|| panic!("no type {name}"));
            collect(&definition, names);
        }
    }
    let mut names = BTreeSet::new();
    collect(&schema, &mut names);
    let mut root = schema;
    root.rare_mut().definitions = names
        .into_iter()
        .filter_map(|name| Some((Box::from(&*name), named(&name)?)))
        .collect();
    root
}

/// Checks a manifest against the schema of its kind.
fn check(manifest: &str) -> Vec<String> {
    let node = crate::yaml::read(&crate::source::Source::new("manifest", manifest)).unwrap();
    let text = |key| node.get(key).and_then(crate::yaml::Node::as_str);
    let schema = at(text("kind"), text("apiVersion"), &[]).unwrap();
    let findings = whole(schema).check(&node, &Wording::chart("demo", "1"));
    findings
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}

#[test]
fn manifests_fit() {
    for manifest in include_str!("manifests.yaml").split("\n---\n") {
        assert_eq!(check(manifest), [""; 0], "{manifest}");
    }
}

#[test]
fn slips_in_manifests_are_found() {
    let slips = [
        ("volumeMounts:", "volumeMount:"),
        ("cpu: 100m", "cpus: 100m"),
        ("mountPath: /data", "mountpath: /data"),
        ("topologyKey: zone", "topologykey: zone"),
        ("name: LEVEL", "nmae: LEVEL"),
        ("replicas: 2", "replicas: two"),
        ("whenUnsatisfiable: ", "whenUnsatisfied: "),
        ("runAsNonRoot: true", "runAsNonroot: true"),
        ("fsGroup: 1000", "fsgroup: 1000"),
    ];
    let manifest = include_str!("manifests.yaml")
        .split("\n---\n")
        .next()
        .unwrap();
    for (right, wrong) in slips {
        assert!(manifest.contains(right), "{right}");
        let found = check(&manifest.replace(right, wrong));
        assert!(!found.is_empty(), "{wrong}");
    }
}

#[test]
fn a_pod_stays_small() {
    let pod = to_json(&whole(Schema::reference_to("pod-spec")));
    assert!(pod.len() < 36_000, "{}", pod.len());
}
