//! Contracts of small charts made up for one point each.

use super::{Additions, Built, Contract};
use crate::chart::Chart;
use crate::source::Source;
use crate::yaml;

fn build_with(values: &str, additions: &str) -> Built {
    let chart = Chart::from_files([
        ("Chart.yaml", "name: demo\nversion: 1.2.3\n"),
        ("values.yaml", values),
    ])
    .unwrap();
    Contract::build(&chart, &Additions::from_yaml(additions).unwrap()).unwrap()
}

fn messages(contract: &Contract, values: &str) -> Vec<String> {
    let values = yaml::read(&Source::new("values.yaml", values)).unwrap();
    contract
        .check(&values)
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}

fn refused(values: &str, user: &str) -> Vec<String> {
    messages(&build_with(values, "[]").contract, user)
}

#[test]
fn closes_maps_with_their_own_keys() {
    let values = "service: {port: 80, type: ClusterIP}\nextra: {}\nnothing:\n";
    let fine =
        "service: {port: http, type: null}\nextra: {any: 1}\nnothing: [1]\nglobal: {x: {}}\n";
    assert_eq!(refused(values, fine), [""; 0]);
    assert_eq!(
        refused(values, "service: {prot: 80}\nother: 1\n"),
        [
            "chart demo 1.2.3 has no key `service.prot`",
            "chart demo 1.2.3 has no key `other`"
        ]
    );
}

#[test]
fn says_why_a_map_is_open() {
    let built = build_with("extra: {}\n", "[]");
    assert!(
        built
            .contract
            .property(&["extra"])
            .unwrap()
            .open()
            .is_some()
    );
    assert!(
        built
            .contract
            .property(&["global"])
            .unwrap()
            .open()
            .is_some()
    );
    assert!(built.contract.property(&["extra", "any"]).is_none());
}

#[test]
fn knows_kubernetes_types_by_their_key() {
    let values = "resources: {}\naffinity: {}\ntolerations: []\nnodeSelector: {}\npodAnnotations: {}\nextraEnvFrom: []\n";
    let fine = "resources: {limits: {memory: 1Gi, cpu: 0.5, hugepages-2Mi: 4Mi}}\naffinity: {podAntiAffinity: {}}\n\
                tolerations: [{key: a, effect: NoSchedule}]\nnodeSelector: {a: b}\npodAnnotations: {'a.b/c': 'true'}\n\
                extraEnvFrom: [{secretRef: {name: s3}}]\n";
    assert_eq!(refused(values, fine), [""; 0]);
    assert_eq!(
        refused(
            values,
            "resources: {limit: {}}\ntolerations: [{keys: a}]\npodAnnotations: {a: true}\nextraEnvFrom: [{secretReff: {}}]\n"
        ),
        [
            "chart demo 1.2.3 has no key `resources.limit`",
            "chart demo 1.2.3 has no key `tolerations[0].keys`",
            "chart demo 1.2.3 wants text at `podAnnotations.a`, not `true`",
            "chart demo 1.2.3 has no key `extraEnvFrom[0].secretReff`",
        ]
    );
}

#[test]
fn the_default_wins_over_the_kubernetes_type() {
    let values = "affinity: |\n  podAntiAffinity: {}\nlivenessProbe: {enabled: true, periodSeconds: 5}\nvolumes: {extra: []}\n";
    let fine =
        "affinity: ''\nlivenessProbe: {enabled: false, timeoutSeconds: 3}\nvolumes: {extra: [1]}\n";
    assert_eq!(refused(values, fine), [""; 0]);
    assert_eq!(
        refused(
            values,
            "affinity: {}\nlivenessProbe: {timeout: 3}\nvolumes: []\n"
        ),
        [
            "chart demo 1.2.3 wants text at `affinity`, not a map",
            "chart demo 1.2.3 has no key `livenessProbe.timeout`",
            "chart demo 1.2.3 wants a map at `volumes`, not a list",
        ]
    );
}

#[test]
fn takes_facts_from_the_charts_own_schema() {
    let chart = Chart::from_files([
        ("Chart.yaml", "name: demo\nversion: 1.2.3\n"),
        ("values.yaml", "kind: Deployment\nreplicas:\nports: {web: {port: 80}}\nprobe: {}\n"),
        (
            "values.schema.json",
            r#"{"properties": {
                "kind": {"enum": ["Deployment", "DaemonSet"], "description": "prose"},
                "replicas": {"type": ["integer", "null"], "minimum": 0},
                "ports": {"type": "object", "additionalProperties":
                    {"type": "object", "additionalProperties": false, "properties": {"port": {"type": "integer"}, "tls": {"type": "boolean"}}}},
                "probe": {"type": "object", "additionalProperties": false, "properties": {"path": {"type": "string"}}}}}"#,
        ),
    ])
    .unwrap();
    let contract = Contract::build(&chart, &Additions::default())
        .unwrap()
        .contract;
    assert!(!contract.to_json().contains("prose"));
    let fine = "kind: DaemonSet\nreplicas: 2\nports: {web: {tls: true}, more: {port: 1}}\nprobe: {path: /}\n";
    assert_eq!(messages(&contract, fine), [""; 0]);
    assert_eq!(
        messages(
            &contract,
            "kind: Job\nreplicas: -1\nports: {more: {prot: 1}}\nprobe: {pth: /}\n"
        )
        .len(),
        4
    );
}

#[test]
fn holds_subcharts_under_their_names() {
    let chart = Chart::from_files([
        (
            "Chart.yaml",
            "name: demo\nversion: 1.2.3\ndependencies:\n\
             - {name: store, version: 0.1.0, alias: minio, condition: 'minio.enabled,legacy.store'}\n\
             - {name: far, version: ^2, condition: far.enabled, tags: [extras]}\n",
        ),
        ("values.yaml", "minio: {size: 5Gi, only: parent}\nfar: {known: 1}\n"),
        ("charts/store/Chart.yaml", "name: store\nversion: 0.1.0\n"),
        ("charts/store/values.yaml", "size: 1Gi\nresources: {}\n"),
    ])
    .unwrap();
    let built = Contract::build(&chart, &Additions::default()).unwrap();
    assert_eq!(built.missing, ["far ^2"]);
    let contract = built.contract;
    let size = contract.property(&["minio", "size"]).unwrap();
    assert_eq!(size.default.as_ref().unwrap().shown(), "5Gi");
    let fine = "minio: {enabled: false, only: x, resources: {limits: {}}, global: {a: 1}}\nlegacy: {store: true}\n\
                tags: {extras: false}\nfar: {enabled: true, whatever: 1}\n";
    assert_eq!(messages(&contract, fine), [""; 0]);
    assert!(
        contract
            .property(&["far"])
            .unwrap()
            .open()
            .unwrap()
            .contains("far ^2")
    );
    assert_eq!(
        messages(&contract, "minio: {sise: 1Gi}\nstore: {}\n"),
        [
            "chart demo 1.2.3 has no key `minio.sise`",
            "chart demo 1.2.3 has no key `store`"
        ]
    );
}

#[test]
fn keeps_facts_and_leaves_prose() {
    let contract = build_with("a: 1\nconfig: |\n  # prose\n  b: 2\nlist: [a, b]\n", "[]").contract;
    let json = contract.to_json();
    assert!(!json.contains("prose"));
    assert!(json.contains(r#""default": ["a","b"]"#), "{json}");
    assert_eq!(Contract::from_json(&json).unwrap(), contract);
}

#[test]
fn additions_show_what_values_do_not() {
    let values =
        "role: {config: {}, old: {size: 1Gi, class: null}}\nother: {size: 2Gi}\ntext: ''\n";
    let additions = r#"
- under: [role, other]
  keys: {hostAliases: host-aliases, resources.limits: any, mounts: [{name: string}]}
- closed: {role.config: {s3: {bucket: string, insecure: boolean}, rest: program}}
  open: {other: "passed on"}
  template: [text]
  dead: {role.old: "no template reads it", role.never: "nor this"}
- versions: ["9.9.9"]
  keys: {later: string}
- keys: {'ports."*"': {port: integer}}
"#;
    // A wildcard needs its map.
    let chart = Chart::from_files([
        ("Chart.yaml", "name: demo\nversion: 1.2.3\n"),
        ("values.yaml", values),
    ])
    .unwrap();
    let built = Contract::build(&chart, &Additions::from_yaml(additions).unwrap()).unwrap();
    assert_eq!(
        built.lost,
        [
            "other.resources.limits",
            "ports.\"*\"",
            "role.resources.limits"
        ]
    );

    let additions = additions.replace(", resources.limits: any", "");
    let built = build_with(
        &format!("{values}ports: {{web: {{port: 80}}}}\n"),
        &additions,
    );
    let contract = built.contract;
    let fine = "role: {hostAliases: [{ip: a}], config: {s3: {bucket: b}, rest: {x: 1}}, mounts: [{name: a}], old: {size: 1Gi}}\n\
                other: {anything: 1}\nports: {more: {port: 1}}\n";
    assert_eq!(messages(&contract, fine), [""; 0]);
    assert!(contract.is_template(&["text"]));
    assert_eq!(
        messages(
            &contract,
            "role: {config: {s3: {buckets: b}}, mounts: [{nam: a}], old: {size: 2Gi}, never: 1}\nlater: x\nports: {more: {prot: 1}}\n"
        ),
        [
            "chart demo 1.2.3 has no key `role.config.s3.buckets`",
            "chart demo 1.2.3 has no key `role.mounts[0].nam`",
            "chart demo 1.2.3 never reads `role.old.size`",
            "chart demo 1.2.3 never reads `role.never`",
            "chart demo 1.2.3 has no key `later`",
            "chart demo 1.2.3 has no key `ports.more.prot`",
        ]
    );
}

#[test]
fn additions_say_what_is_wrong_with_them() {
    assert!(Additions::from_yaml("- {keyz: {}}").is_err());
    let chart = Chart::from_files([("Chart.yaml", "name: demo\nversion: 1.2.3\n")]).unwrap();
    let additions = Additions::from_yaml("- keys: {a: strnig}").unwrap();
    let error = Contract::build(&chart, &additions).unwrap_err();
    assert_eq!(error.to_string(), "`strnig` at `a` is no type");
    for text in ["- template: [a.b]", "- dead: {a.b: why}"] {
        let additions = Additions::from_yaml(text).unwrap();
        assert_eq!(Contract::build(&chart, &additions).unwrap().lost, ["a.b"]);
    }
}
