//! What is written oddly, and still means something.

use super::{findings, names, read};
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

/// Returns what is said of a text, without what it says why.
fn said(text: &str) -> Vec<String> {
    let told = read(text).diagnostics.into_iter();
    told.map(|found| found.message).collect()
}

#[test]
fn numbers_say_what_is_wrong_with_them() {
    let replicas = |value: &str| said(&deployment(&format!("replicas: {value}, "), "image: a"));
    let is = |what: &str| vec![format!("Deployment `web`: `replicas: {what}")];
    assert_eq!(replicas("'2'"), is("2` is a text, not a number"));
    assert_eq!(replicas("2147483648"), is("2147483648` is too large"));
    assert_eq!(replicas("3e9"), is("3e9` is too large"));
    assert_eq!(replicas("-1"), is("-1` is below zero"));
    assert_eq!(replicas("two"), is("two` is no whole number"));
    assert_eq!(replicas("2.5"), is("2.5` is no whole number"));
    assert_eq!(replicas("2e0"), [""; 0]);
}

#[test]
fn a_probe_is_a_map() {
    let found = said(&deployment("", "livenessProbe: true"));
    assert_eq!(
        found,
        ["Deployment `web`: `livenessProbe: true` is no probe"]
    );
}

#[test]
fn fields_that_exclude_each_other_are_found() {
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1, maxUnavailable: 1}\n";
    assert_eq!(
        said(budget),
        [
            "PodDisruptionBudget `a`: `maxUnavailable: 1` is beside `minAvailable`, and only one of them is allowed"
        ]
    );
    let rollout = |surge: &str, away: &str| {
        let spec = format!("strategy: {{rollingUpdate: {{{surge}maxUnavailable: {away}}}}}, ");
        said(&deployment(&spec, "image: a")).len()
    };
    assert_eq!(rollout("maxSurge: 0, ", "0"), 1);
    assert_eq!(rollout("maxSurge: 0%, ", "0"), 1);
    assert_eq!(rollout("maxSurge: 1, ", "0"), 0);
    assert_eq!(rollout("", "0"), 0);
}

#[test]
fn items_of_a_list_of_one_kind_need_not_repeat_it() {
    let text = "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: a}\n  spec: {template: {spec: {containers: [{name: a}]}}}\n";
    let manifests = read(text);
    assert_eq!(findings(&manifests), [""; 0]);
    assert_eq!(names(&manifests.objects), ["Deployment/a"]);
    assert!(manifests.objects[0].pods().is_some());
    let plain = read("apiVersion: v1\nkind: List\nitems: [{metadata: {name: a}}]\n");
    assert_eq!(findings(&plain), ["manifest/no-kind 3"]);
}

#[test]
fn a_stream_without_objects_says_so() {
    for text in [
        "null\n",
        "---\n~\n",
        "apiVersion: v1\nkind: List\n",
        "apiVersion: v1\nkind: List\nitems: []\n",
        r#"{"apiVersion": "v1", "kind": "List", "items": null}"#,
        "",
    ] {
        let manifests = read(text);
        assert_eq!(findings(&manifests).len(), 1, "{text}");
        assert_eq!(manifests.diagnostics[0].id, "manifest/empty", "{text}");
    }
}
