//! What charts are known to read, to refuse and to pass over in silence, told by their committed contracts.

#![expect(
    clippy::disallowed_methods,
    reason = "the core does no I/O, its tests read the repository"
)]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::fs;
use std::path::Path;

use helmwright::contract::Contract;
use helmwright::source::Source;

fn committed(chart: &str, version: &str) -> Contract {
    let path = format!("../../schemas/charts/{chart}/{version}.schema.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    Contract::from_json(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Returns the findings on a text of values: `<id> <path or message>`.
fn findings(contract: &Contract, values: &str) -> Vec<String> {
    let values = helmwright::yaml::read(&Source::new("values.yaml", values)).unwrap();
    contract
        .check(&values)
        .into_iter()
        .map(|finding| {
            assert!(
                finding.help.is_some() && finding.location().is_some(),
                "{finding:?}"
            );
            let quoted = finding
                .message
                .split('`')
                .nth(1)
                .unwrap_or_default()
                .to_owned();
            format!("{} {quoted}", finding.id)
        })
        .collect()
}

#[test]
fn contracts_know_the_traps() {
    const TEMPO: (&str, &str) = ("tempo", "2.2.4");
    const TEMPO_2: (&str, &str) = ("tempo-distributed", "2.26.2");
    const TEMPO_3: (&str, &str) = ("tempo-distributed", "3.3.0");
    const MIMIR: (&str, &str) = ("mimir-distributed", "6.0.6");
    const LOKI: (&str, &str) = ("loki", "18.11.0");
    const ALLOY: (&str, &str) = ("alloy", "1.11.1");
    const TRAEFIK_37: (&str, &str) = ("traefik", "37.1.2");
    const TRAEFIK_41: (&str, &str) = ("traefik", "41.3.0");
    let cases: &[((&str, &str), &str, &[&str])] = &[
        (
            TEMPO,
            "replicas: 1\nglobal: {anything: {goes: 1}}\npersistence: {enabled: true, size: 5Gi, storageClassName: fast}",
            &[],
        ),
        (
            TEMPO,
            "persistence: {storageClass: fast}",
            &["contract/unknown-key persistence.storageClass"],
        ),
        (
            TEMPO,
            "topologySpreadConstraints: []",
            &["contract/unknown-key topologySpreadConstraints"],
        ),
        (
            TEMPO,
            "tempo: {extraArgs: {config.expand-env: true}, retention: 7d}",
            &[],
        ),
        (
            TEMPO,
            "tempo: {storage: {trace: {backend: s3, s3: {bucket: b, endpoint: 'a:1', forcepathstyle: true, access_key: '${A}'}}}}",
            &[],
        ),
        (
            TEMPO,
            "tempo: {storage: {trace: {s3: {bucket_name: b}}}}",
            &["contract/unknown-key tempo.storage.trace.s3.bucket_name"],
        ),
        (
            TEMPO,
            "tempo: {metricsGenerator: {enabled: true, storage: {remote_write: [{url: 'http://m/push', headers: {X-Scope-OrgID: a}}]}}}",
            &[],
        ),
        (
            TEMPO,
            "tempo: {overrides: {defaults: {metrics_generator: {processors: [service-graphs, span-metrics]}}}}",
            &[],
        ),
        (
            TEMPO,
            "tempo: {resources: {limits: {memory: 512m}}}",
            &["contract/bad-value tempo.resources.limits.memory"],
        ),
        (
            TEMPO,
            "tempo: {resources: {limitz: {}}}",
            &["contract/unknown-key tempo.resources.limitz"],
        ),
        (
            TEMPO,
            "affinity: null\nreplicas: '1'",
            &["contract/wrong-type replicas"],
        ),
        (
            TEMPO_2,
            "distributor: {affinity: {}, topologySpreadConstraints: ''}",
            &["contract/wrong-type distributor.affinity"],
        ),
        (
            TEMPO_2,
            "querier: {podDisruptionBudget: {maxUnavailable: 1}}",
            &["contract/dead-key querier.podDisruptionBudget.maxUnavailable"],
        ),
        (
            TEMPO_2,
            "ingester: {replicas: 1, maxUnavailable: 1, config: {replication_factor: 1}, persistence: {enabled: true, storageClass: x}}",
            &[],
        ),
        (
            TEMPO_2,
            "defaults: {extraArgs: ['-config.expand-env=true'], extraEnvFrom: [{secretRef: {name: s3}}]}",
            &[],
        ),
        (
            TEMPO_2,
            "traces: {otlp: {grpc: {enabled: true}, http: {enabled: true}}}",
            &[],
        ),
        (
            TEMPO_2,
            "storage: {trace: {backend: s3, s3: {bucket: b, endpoint: 'a:1', insecure: true, forcepathstyle: true}}}",
            &[],
        ),
        (
            TEMPO_2,
            "backendWorker: {persistence: {enabled: true}}",
            &["contract/dead-key backendWorker.persistence.enabled"],
        ),
        (
            TEMPO_3,
            "backendWorker: {replicas: 2, maxUnavailable: 1, podDisruptionBudget: {enabled: true}}",
            &[],
        ),
        (
            TEMPO_3,
            "ingester: {replicas: 3}",
            &["contract/dead-key ingester"],
        ),
        (
            TEMPO_3,
            "liveStore: {persistence: {enabled: true}}",
            &["contract/dead-key liveStore.persistence"],
        ),
        (TEMPO_3, "ingest: {kafka: {address: 'kafka:9092'}}", &[]),
        (
            MIMIR,
            "ruler: {priorityClassName: high}\nkafka: {enabled: false, replicas: 1}\nminio: {enabled: false}\nrollout_operator: {enabled: false}",
            &[],
        ),
        (
            MIMIR,
            "memcached: {priorityClassName: high}",
            &["contract/dead-key memcached.priorityClassName"],
        ),
        (
            MIMIR,
            "mimir: {structuredConfig: {common: {storage: {backend: s3, s3: {endpoint: 'a:1', bucket_lookup_type: path}}}, blocks_storage: {s3: {bucket_name: b}}}}",
            &[],
        ),
        (
            MIMIR,
            "mimir: {structuredConfig: {ingest_storage: {enabled: false}, ingester: {push_grpc_method_enabled: true, ring: {replication_factor: 1}}, distributor: {remote_timeout: 2s}}}",
            &[],
        ),
        (
            MIMIR,
            "mimir: {structuredConfig: {blocks_storage: {s3: {bucketname: b}}}}",
            &["contract/unknown-key mimir.structuredConfig.blocks_storage.s3.bucketname"],
        ),
        (
            MIMIR,
            "ingester: {topologySpreadConstraints: [{maxSkew: 1}], podDisruptionBudget: null, zoneAwareReplication: {enabled: false}, persistentVolume: {storageClass: x, size: 5Gi}}",
            &[],
        ),
        (MIMIR, "config: x", &["contract/unknown-key config"]),
        (
            LOKI,
            "loki: {storage: {bucketNames: {chunks: a, ruler: b}, s3: {endpoint: 'a:1', s3ForcePathStyle: true, insecure: true}}, commonConfig: {replication_factor: 1}}",
            &[],
        ),
        (
            LOKI,
            "loki: {limits_config: {retention_period: 7d}, compactor: {retention_enabled: true, delete_request_store: s3, working_directory: /var/loki}}",
            &[],
        ),
        (
            LOKI,
            "loki: {limits_config: {retention_perod: 7d}}",
            &["contract/unknown-key loki.limits_config.retention_perod"],
        ),
        (
            LOKI,
            "gateway: {replica: 1}",
            &["contract/unknown-key gateway.replica"],
        ),
        (
            LOKI,
            "ingester: {persistence: {size: 33Gi}, updateStrategy: {type: OnDelete}}",
            &[
                "contract/dead-key ingester.persistence.size",
                "contract/dead-key ingester.updateStrategy",
            ],
        ),
        (
            LOKI,
            "ingester: {persistence: {enabled: true, claims: [{name: data, size: 33Gi, storageClass: x, accessModes: [ReadWriteOnce]}]}}",
            &[],
        ),
        (
            LOKI,
            "distributor: {maxUnavailable: 1, livenessProbe: {enabled: false}, podSecurityContext: {fsGroup: 1}}",
            &[],
        ),
        (
            LOKI,
            "lokiCanary: {enabled: false}\ntest: {enabled: false}\nchunksCache: {enabled: false, allocatedMemory: 512}",
            &[],
        ),
        (
            LOKI,
            "monitoring: {selfMonitoring: {enabled: false}}",
            &["contract/unknown-key monitoring.selfMonitoring"],
        ),
        (
            ALLOY,
            "alloy: {reporting: {enabled: false}}",
            &["contract/unknown-key alloy.reporting"],
        ),
        (
            ALLOY,
            "alloy: {enableReporting: false, extraPorts: [{name: otlp, port: 4317, targetPort: 4317, protocol: TCP}], mounts: {varlog: true}}",
            &[],
        ),
        (
            ALLOY,
            "agent: {extraPorts: []}",
            &["contract/unknown-key agent"],
        ),
        (
            ALLOY,
            "controller: {type: daemonset, podDisruptionBudget: {enabled: true, maxUnavailable: 1}, priorityClassName: x}",
            &[],
        ),
        (
            TRAEFIK_37,
            "livenessProbe: {timeoutSeconds: 5}\nlogs: {general: {level: INFO}}\nports: {websecure: {tls: {enabled: true}}, extra: {port: 9000, expose: {default: true}}}",
            &[],
        ),
        (
            TRAEFIK_37,
            "globalArguments: []",
            &["contract/unknown-key globalArguments"],
        ),
        (
            TRAEFIK_37,
            "log: {level: INFO}",
            &["contract/unknown-key log"],
        ),
        (
            TRAEFIK_37,
            "ports: {web: {redirectTo: websecure}}",
            &["contract/unknown-key ports.web.redirectTo"],
        ),
        (
            TRAEFIK_41,
            "log: {level: INFO}\naccessLog: {enabled: true}\ndeployment: {replicas: null}",
            &[],
        ),
        (
            TRAEFIK_41,
            "logs: {general: {level: INFO}}",
            &["contract/unknown-key logs"],
        ),
        (
            TRAEFIK_41,
            "deployment: {livenessProbe: {timeoutSeconds: 5}}",
            &["contract/unknown-key deployment.livenessProbe"],
        ),
        (
            TRAEFIK_41,
            "livenessProbe: {httpGet: {path: /}}",
            &["contract/unknown-key livenessProbe.httpGet"],
        ),
        (
            TRAEFIK_41,
            "livenessProbe: {timeoutSeconds: '5'}",
            &["contract/wrong-type livenessProbe.timeoutSeconds"],
        ),
        (
            TRAEFIK_41,
            "ports: {websecure: {tls: {enabled: true}}}",
            &["contract/unknown-key ports.websecure.tls"],
        ),
        (
            TRAEFIK_41,
            "ports: {web: {http: {redirections: {entryPoint: {to: websecure, scheme: https, permanent: true}}}}, otlp: {port: 4317}}",
            &[],
        ),
        (
            TRAEFIK_41,
            "ingressClass: {default: true}",
            &["contract/unknown-key ingressClass.default"],
        ),
        (
            TRAEFIK_41,
            "providers: {publishedService: {enabled: true}}",
            &["contract/unknown-key providers.publishedService"],
        ),
        (
            TRAEFIK_41,
            "podDisruptionBudget: {unhealthyPodEvictionPolicy: x}",
            &["contract/unknown-key podDisruptionBudget.unhealthyPodEvictionPolicy"],
        ),
        (
            TRAEFIK_41,
            "service: {spec: {internalTrafficPolicy: Local}}\nvolumes: [{name: a, mountPath: /b, type: secret}]",
            &[],
        ),
    ];
    let mut wrong = Vec::new();
    for ((chart, version), values, expected) in cases {
        let found = findings(&committed(chart, version), values);
        if found != *expected {
            wrong.push(format!(
                "{chart} {version}: {values}\n  found    {found:?}\n  expected {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn contracts_say_what_goes_through_tpl() {
    for (chart, version, path, expected) in [
        ("tempo", "2.2.4", &["config"][..], true),
        ("tempo", "2.2.4", &["tempo", "retention"], false),
        (
            "tempo-distributed",
            "2.26.2",
            &["distributor", "affinity"],
            true,
        ),
        (
            "tempo-distributed",
            "2.26.2",
            &["storage", "trace", "s3", "bucket"],
            true,
        ),
        (
            "mimir-distributed",
            "6.0.6",
            &["mimir", "structuredConfig", "limits", "anything"],
            true,
        ),
        (
            "loki",
            "18.11.0",
            &["loki", "limits_config", "retention_period"],
            true,
        ),
        ("loki", "18.11.0", &["gateway", "replicas"], false),
        ("alloy", "1.11.1", &["alloy", "configMap", "content"], true),
        ("traefik", "41.3.0", &["affinity", "podAntiAffinity"], true),
        ("traefik", "41.3.0", &["log", "level"], false),
    ] {
        assert_eq!(
            committed(chart, version).is_template(path),
            expected,
            "{chart} {version} {path:?}"
        );
    }
}
