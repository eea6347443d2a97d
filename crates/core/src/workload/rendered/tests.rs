use super::*;
use crate::environment::{Kind, PolicyClass};
use crate::manifest::Reader;
use crate::workload::SpreadRule;

fn workloads(text: &str) -> Vec<Workload> {
    let mut reader = Reader::new("stream");
    reader.feed(text);
    rendered(&reader.finish(), None, &[], Catalog::bundled())
}

/// A Deployment with labels, a pod template and more of its spec.
fn object(kind: &str, name: &str, labels: &str, pod: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  template:\n    metadata: {{labels: {{{labels}}}}}\n    spec: {{{pod}}}\n{spec}---\n"
    )
}

#[test]
fn roles_are_known_by_labels_targets_and_images() {
    let named = "app.kubernetes.io/name: mimir";
    for (name, labels, pod, title, kind) in [
        (
            "x",
            &*format!("{named}, app.kubernetes.io/component: querier"),
            "containers: [{name: a}]",
            "mimir querier",
            Some(Kind::Stateless),
        ),
        (
            "x",
            named,
            "containers: [{name: a, args: [-target=store-gateway]}]",
            "mimir store-gateway",
            Some(Kind::StoreGateway),
        ),
        (
            "x",
            named,
            "containers: [{name: compactor}]",
            "mimir compactor",
            Some(Kind::Batch),
        ),
        (
            "x-mimir-ingester",
            "a: b",
            "containers: [{name: y, image: 'r:1/grafana/mimir@sha256:0'}]",
            "mimir ingester",
            Some(Kind::Ingester),
        ),
        (
            "x",
            "app.kubernetes.io/name: loki, app.kubernetes.io/component: single-binary",
            "containers: [{name: loki}]",
            "loki",
            Some(Kind::Ingester),
        ),
        (
            "x",
            "app.kubernetes.io/name: loki, app.kubernetes.io/component: write",
            "containers: [{name: loki}]",
            "loki write",
            Some(Kind::Ingester),
        ),
        (
            "x",
            named,
            "containers: [{name: chunks-cache}]",
            "mimir chunks-cache",
            Some(Kind::Stateless),
        ),
        (
            "x",
            "app.kubernetes.io/name: tempo-distributed, app.kubernetes.io/component: distributor",
            "containers: [{name: a}]",
            "tempo distributor",
            Some(Kind::Stateless),
        ),
        (
            "x",
            "app.kubernetes.io/name: pyroscope, app.kubernetes.io/component: distributor",
            "containers: [{name: a}]",
            "pyroscope distributor",
            Some(Kind::Stateless),
        ),
        (
            "x",
            "app.kubernetes.io/name: s3proxy-python",
            "containers: [{name: s3proxy-python}]",
            "s3proxy",
            Some(Kind::S3proxy),
        ),
        (
            "web",
            "app.kubernetes.io/name: shop",
            "containers: [{name: a}]",
            "shop web",
            None,
        ),
        ("web", "a: b", "containers: [{name: a}]", "web", None),
    ] {
        let found = workloads(&object("StatefulSet", name, labels, pod, ""));
        assert_eq!(
            (&*found[0].title(), found[0].kind),
            (title, kind),
            "{labels} {pod}"
        );
    }
    let edge = workloads(&object(
        "Deployment",
        "t",
        "app.kubernetes.io/name: traefik",
        "containers: [{name: traefik}]",
        "",
    ));
    assert!(edge[0].is(PolicyClass::Edge));
    let inside = workloads(&object(
        "Deployment",
        "s3proxy-redis-ha-haproxy",
        "app: redis-ha-haproxy",
        "containers: [{name: haproxy, image: 'haproxy:3.0'}]",
        "",
    ));
    assert_eq!(inside[0].class, None);
}

#[test]
fn zones_are_told_from_roles() {
    let found = workloads(&object(
        "StatefulSet",
        "mimir-ingester-zone-a",
        "app.kubernetes.io/name: mimir, app.kubernetes.io/component: ingester, zone: zone-a",
        "containers: [{name: ingester}]",
        "",
    ));
    assert_eq!(found[0].title(), "mimir ingester");
    assert_eq!(found[0].zone.as_deref(), Some("zone-a"));
}

#[test]
fn budgets_and_autoscalers_find_their_pods() {
    let text = object(
        "Deployment",
        "a",
        "app: x, zone: a",
        "containers: [{name: a}]",
        "  replicas: 3\n",
    ) + &object(
        "Deployment",
        "b",
        "app: x, zone: b",
        "containers: [{name: a}]",
        "",
    ) + "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: p}\nspec: {maxUnavailable: 50%, selector: {matchLabels: {app: x}}}\n---\n"
        + "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: q}\nspec: {minAvailable: 1, selector: {matchExpressions: [{key: zone, operator: NotIn, values: [b]}]}}\n---\n"
        + "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: none}\nspec: {minAvailable: 1}\n---\n"
        + "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: b}\nspec: {minReplicas: 2, maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: b}}\n";
    let found = workloads(&text);
    let names = |workload: &Workload| -> Vec<(String, Option<u32>)> {
        let all = workload.disruptions.iter();
        all.map(|one| (one.name.clone(), one.matches)).collect()
    };
    assert_eq!(
        names(&found[0]),
        [("p".to_owned(), Some(5)), ("q".to_owned(), Some(3))]
    );
    assert_eq!(names(&found[1]), [("p".to_owned(), Some(5))]);
    assert_eq!((found[1].replicas, found[1].most_replicas), (2, Some(9)));
    assert_eq!(found[0].max_surge, Count::QUARTER);
}

#[test]
fn spread_counts_where_it_is_about_the_pods_themselves() {
    let term = |labels: &str| {
        format!(
            "affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels: {{{labels}}}}}}}]}}}}, containers: [{{name: a}}]"
        )
    };
    let found = workloads(&object("Deployment", "a", "app: x", &term("app: x"), ""));
    assert_eq!(
        (found[0].spread.nodes, found[0].spread.misses_itself),
        (SpreadRule::Hard, false)
    );
    let found = workloads(&object("Deployment", "a", "app: x", &term("app: y"), ""));
    assert_eq!(
        (found[0].spread.nodes, found[0].spread.misses_itself),
        (SpreadRule::None, true)
    );
}

#[test]
fn what_does_not_stay_is_left_out() {
    let hook = object("Job", "a", "a: b", "containers: [{name: a}]", "")
        .replace("apps/v1", "batch/v1")
        .replace(
            "{name: a}\nspec",
            "{name: a, annotations: {helm.sh/hook: test}}\nspec",
        );
    assert!(workloads(&hook).is_empty());
    let made = object("Deployment", "d", "a: b", "containers: [{name: a}]", "")
        + &object("ReplicaSet", "d-1", "a: b", "containers: [{name: a}]", "").replace(
            "{name: d-1}",
            "{name: d-1, ownerReferences: [{kind: Deployment, name: d, controller: true}]}",
        );
    assert_eq!(workloads(&made).len(), 1);
    assert!(
        workloads(&object(
            "Deployment",
            "d",
            "a: b",
            "containers: [{name: a}]",
            "  replicas: 0\n"
        ))
        .is_empty()
    );
}
