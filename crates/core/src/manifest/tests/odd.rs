//! What is written oddly, and still means something.

use super::{findings, read};
use crate::manifest::Object;

/// Returns a Deployment with these lines of its only container, and of its `spec`.
fn deployment(spec: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{{spec}template: {{spec: {{containers: [{{name: web, {container}}}]}}}}}}\n"
    )
}

fn cpu(object: &Object) -> Option<String> {
    let container = &object.pods()?.pod.containers[0];
    Some(container.requests.cpu()?.to_string())
}

#[test]
fn the_last_of_a_key_counts_and_is_told_once_for_a_document() {
    let twice = deployment(
        "",
        "resources: {requests: {cpu: 1, memory: 1Gi, cpu: 2, cpu: 3}}",
    );
    let manifests = read(&format!("{twice}---\n{twice}"));
    assert_eq!(cpu(&manifests.objects[0]).as_deref(), Some("3"));
    assert_eq!(
        findings(&manifests),
        [
            "manifest/duplicate-key 4",
            "manifest/duplicate 8",
            "manifest/duplicate-key 9"
        ]
    );
    let json =
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "kind": "Secret", "metadata": {"name": "a"}}"#;
    let manifests = read(json);
    assert_eq!(manifests.objects[0].kind(), "Secret");
    assert_eq!(findings(&manifests), ["manifest/duplicate-key 1"]);
}

#[test]
fn what_an_anchor_brings_is_no_second_key() {
    let text = deployment(
        "",
        "resources: {limits: &all {cpu: 1, memory: 1Gi}, requests: {<<: *all, cpu: 2}}",
    );
    let manifests = read(&text);
    assert_eq!(findings(&manifests), [""; 0]);
    assert_eq!(cpu(&manifests.objects[0]).as_deref(), Some("2"));
}

#[test]
fn large_maps_keep_the_last_of_each_key() {
    let labels: String = (0..40).map(|number| format!("k{number}: a, ")).collect();
    let text = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: a, labels: {{{labels}k7: b}}}}\n"
    );
    let manifests = read(&text);
    assert_eq!(findings(&manifests), ["manifest/duplicate-key 3"]);
    assert_eq!(manifests.objects[0].labels.get("k7"), Some("b"));
}
