//! Pages of runbooks: what is in them, and what is not.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use crate::catalog::Catalog;
use crate::environment::NoLayers;
use crate::pipeline::{DEFAULT_LAYOUT, Request};
use crate::source::Source;

const STORE: &str = "objectStore: {provider: seaweedfs, instance: store, endpoint: 'store.svc:8333', credentials: {secretName: keys}}\n";

/// Returns the runbook of an environment `prod` of tier dev; `rest` is further lines at the top.
#[track_caller]
fn page(rest: &str, components: &str) -> String {
    let text =
        format!("environment: prod\ntier: dev\nnamespace: team\n{rest}components:\n{components}");
    let built = crate::build(&Request {
        files: vec![Source::new("envs/prod.yaml", text)],
        layers: &NoLayers,
        catalog: Catalog::bundled(),
        layout: DEFAULT_LAYOUT,
        select: Vec::new(),
        asked: Default::default(),
    })
    .unwrap();
    let found = built.diagnostics;
    assert!(built.plan.is_some(), "{found:#?}");
    let files = built.plan.unwrap().files;
    let file = files
        .iter()
        .find(|file| file.path == "docs/runbook-prod.md");
    file.unwrap().text.to_string()
}

fn headings(page: &str) -> Vec<&str> {
    page.lines().filter(|line| line.starts_with('#')).collect()
}

/// Returns the lines that begin with something.
fn lines<'p>(page: &'p str, start: &str) -> Vec<&'p str> {
    page.lines()
        .map(str::trim)
        .filter(|line| line.starts_with(start))
        .collect()
}

#[test]
fn the_smallest_environment_has_only_what_applies() {
    let page = page("", "  traefik: {}\n");
    assert_eq!(
        headings(&page),
        [
            "# Runbook of prod",
            "## 1. Before the first sync",
            "### 1. Namespace",
            "### 2. Quota",
            "## 2. Install, in this order",
            "### Wave 4: the rest",
            "## 3. Watch while it rolls",
            "### traefik",
            "## 4. Go back",
            "## 5. How long it takes",
        ]
    );
    assert_eq!(
        lines(&page, "helm "),
        [
            "helm upgrade --install traefik traefik --repo https://traefik.github.io/charts --version 41.3.0 -n team -f prod/traefik/values.yaml --wait --timeout 5m",
            "helm rollback traefik -n team --wait --timeout 5m",
        ]
    );
}

#[test]
fn releases_go_in_by_wave_and_out_in_the_opposite_order() {
    let page = page(
        STORE,
        "  alloy: {settings: {remoteWrite: []}}\n  tempo: {variant: monolithic, settings: {metricsGenerator: {enabled: false}}}\n  loki: {variant: monolithic}\n",
    );
    let order = |start: &str, word: usize| -> Vec<&str> {
        lines(&page, start)
            .into_iter()
            .filter_map(|line| line.split(' ').nth(word))
            .collect()
    };
    assert_eq!(order("helm upgrade", 3), ["loki", "tempo", "alloy"]);
    assert_eq!(order("helm rollback", 2), ["alloy", "tempo", "loki"]);
}

#[test]
fn what_may_not_be_away_is_computed() {
    let ring = |components: &str| {
        let page = page(STORE, components);
        lines(&page, "- `")
            .iter()
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    let three = "  tempo: {variant: distributed-2, settings: {metricsGenerator: {enabled: false}, replicationFactor: 3}, roles: {ingester: {replicas: 3}}}\n";
    assert_eq!(
        ring(three),
        [
            "- `tempo ingester`: never fewer than 2 ready of 3 pods (write quorum floor(3/2)+1 = 2 of 3 copies, so 1 may be away)."
        ]
    );
    let one = three
        .replace("replicationFactor: 3", "replicationFactor: 1")
        .replace("replicas: 3", "replicas: 1");
    assert_eq!(
        ring(&one),
        [
            "- `tempo ingester`: no pod may be away, or writes fail (write quorum floor(1/2)+1 = 1 of 1 copy, so 0 may be away). Senders keep what they hold in their queues meanwhile."
        ]
    );
    // Through Kafka the ring says nothing of writes.
    let kafka = "  mimir: {variant: kafka, settings: {kafka: {address: 'kafka:9092'}}}\n";
    assert!(ring(kafka).is_empty());
}

#[test]
fn volumes_that_go_with_their_workload_are_named() {
    let tempo = "  tempo: {variant: monolithic, settings: {metricsGenerator: {enabled: false}}, values: {persistence: {enableStatefulSetAutoDeletePVC: true}}}\n";
    let page = page(STORE, tempo);
    assert_eq!(
        lines(&page, "- Do not delete"),
        [
            "- Do not delete `statefulset/tempo`: its volumes go with it, and with them what is not in the bucket yet."
        ]
    );
}

#[test]
fn buckets_are_made_by_hand_unless_a_job_makes_them() {
    let tempo = "  tempo: {variant: monolithic, settings: {metricsGenerator: {enabled: false}}}\n";
    let by_hand = page(STORE, tempo);
    assert_eq!(
        lines(&by_hand, "aws "),
        [
            "aws s3api create-bucket --endpoint-url http://store.svc:8333 --region us-east-1 --bucket dts-traces-prod-blocks"
        ]
    );
    let by_job = page(STORE, &format!("{tempo}  buckets: {{}}\n"));
    assert!(lines(&by_job, "aws ").is_empty());
    assert_eq!(
        lines(&by_job, "kubectl -n team")
            .into_iter()
            .filter(|line| line.contains("buckets"))
            .count(),
        3,
        "{by_job}"
    );
    // Objects name their namespaces themselves, and not all the same one.
    assert!(by_job.contains("   kubectl apply -f prod/buckets/"));
}

#[test]
fn secrets_are_listed_with_who_reads_them() {
    let tempo = "  tempo: {variant: monolithic, settings: {metricsGenerator: {enabled: false}}}\n";
    let page = page(STORE, tempo);
    assert_eq!(
        lines(&page, "| `keys`"),
        [
            "| `keys` | `team` | `access-key-id` | tempo | you |",
            "| `keys` | `team` | `secret-access-key` | tempo | you |",
        ]
    );
    assert!(page.contains("kubectl -n team describe secret keys\n"));
}

#[test]
fn classes_are_made_by_us_or_must_be_there() {
    let classes = "priorityClasses: {edge: {value: 10, kinds: [edge]}}\n";
    let alone = page(classes, "  traefik: {}\n");
    assert!(alone.contains("kubectl get priorityclass edge\n"));
    let ours = page(
        classes,
        "  traefik: {}\n  cluster-objects: {settings: {priorityClasses: true}}\n",
    );
    assert!(!ours.contains("kubectl get priorityclass"));
    assert!(ours.contains(
        "| `edge` | 10 | PreemptLowerPriority | wave 0, `prod/cluster-objects/priority-classes.yaml` |"
    ));
}

#[test]
fn a_rollout_is_given_the_time_of_its_slowest_role() {
    let page = page(
        STORE,
        "  tempo: {variant: distributed-2, settings: {metricsGenerator: {enabled: false}, replicationFactor: 3}, roles: {ingester: {replicas: 3}}}\n",
    );
    // (12 - 1) x 10 s + 5 s behind 600 s, three times.
    assert!(
        page.contains("| `statefulset/tempo-ingester` | 3 | 3 rounds | 30s | 11m55s | 35m45s |"),
        "{page}"
    );
    assert!(page.contains("--timeout 36m\n"));
}

#[test]
fn a_tool_that_delivers_is_told_once_and_then_watched() {
    let argocd = "delivery: {method: argocd, argocd: {repoURL: 'https://git.example.org/team.git', syncPolicy: {automated: false}}}\n";
    let by_hand = page(argocd, "  traefik: {}\n");
    for line in [
        "kubectl -n argocd get configmap argocd-cm -o yaml | grep resource.customizations.health.argoproj.io_Application",
        "kubectl apply -f argocd/prod.yaml",
        "argocd app sync prod --async",
        "until argocd app get prod-traefik >/dev/null 2>&1; do sleep 2; done",
        "argocd app terminate-op prod || true",
        "argocd app sync prod --resource argoproj.io:Application:prod-traefik",
        "argocd app sync prod-traefik",
        "argocd app wait prod-traefik --health --timeout 300",
        "git push",
    ] {
        assert_eq!(lines(&by_hand, line).first(), Some(&line), "{by_hand}");
    }
    assert!(lines(&by_hand, "helm ").is_empty());
    let automated = page(
        &argocd.replace("automated: false", "automated: true"),
        "  traefik: {}\n",
    );
    assert!(lines(&automated, "argocd app sync").is_empty());
    let flux = page("delivery: {method: flux}\n", "  traefik: {}\n");
    assert!(flux.contains("kubectl apply -f flux/prod.yaml\n"));
    assert!(flux.contains("kubectl -n flux-system wait kustomizations.kustomize.toolkit.fluxcd.io/prod-traefik --for=condition=Ready --timeout=5m\n"));
}

#[test]
fn the_same_environment_gives_the_same_page() {
    let again = || {
        page(
            STORE,
            "  alloy: {settings: {remoteWrite: []}}\n  loki: {variant: monolithic}\n",
        )
    };
    assert_eq!(again(), again());
}
