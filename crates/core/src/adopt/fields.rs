//! The fields of the model that old values are searched for.

use serde_json::{Value as Json, json};

/// A field of an environment, and how its value is found in values.
pub(super) struct Field {
    /// Its dotted path; `settings.` stands for the component's own.
    pub(super) path: &'static str,
    /// How it is found.
    pub(super) by: By,
}

/// How a field's value is found.
pub(super) enum By {
    /// It is set to two marks in turn; where the rendered values differ, the old values have the field's value.
    Marks(fn() -> [Json; 2]),
    /// Each of these is tried.
    Trial(fn() -> Vec<Json>),
}

const fn text(path: &'static str) -> Field {
    Field {
        path,
        by: By::Marks(|| [json!("amark"), json!("bnote")]),
    }
}

const fn address(path: &'static str) -> Field {
    Field {
        path,
        by: By::Marks(|| [json!("amark:18181"), json!("bnote:29292")]),
    }
}

const fn copies(path: &'static str) -> Field {
    Field {
        path,
        by: By::Trial(|| vec![json!(1), json!(2), json!(3)]),
    }
}

const fn number(path: &'static str) -> Field {
    Field {
        path,
        by: By::Marks(|| [json!(71), json!(72)]),
    }
}

const fn count(path: &'static str) -> Field {
    Field {
        path,
        by: By::Marks(|| [json!(71_000), json!(72_000)]),
    }
}

const fn port(path: &'static str) -> Field {
    Field {
        path,
        by: By::Marks(|| [json!(18_181), json!(29_292)]),
    }
}

const fn duration(path: &'static str) -> Field {
    Field {
        path,
        by: By::Marks(|| [json!("11h"), json!("13h")]),
    }
}

const fn size(path: &'static str) -> Field {
    Field {
        path,
        by: By::Marks(|| [json!("11Gi"), json!("13Gi")]),
    }
}

const fn flag(path: &'static str) -> Field {
    Field {
        path,
        by: By::Trial(|| vec![json!(true), json!(false)]),
    }
}

/// The namespace, where it is part of addresses or labels.
pub(super) const NAMESPACE: Field = text("namespace");

/// What all components share; only set in a new environment.
pub(super) const SHARED: &[Field] = &[
    address("objectStore.endpoint"),
    text("objectStore.region"),
    flag("objectStore.tls"),
    flag("objectStore.pathStyle"),
    text("tenant"),
    text("cluster.domain"),
    text("cluster.dnsService"),
    text("cluster.dnsNamespace"),
    text("cluster.name"),
];

/// What one component has.
pub(super) fn own(component: &str) -> &'static [Field] {
    match component {
        "tempo" => TEMPO,
        "mimir" => MIMIR,
        "loki" => LOKI,
        "alloy" => ALLOY,
        "traefik" => TRAEFIK,
        _ => &[],
    }
}

const TEMPO: &[Field] = &[
    flag("settings.metricsGenerator.enabled"),
    flag("settings.metricsGenerator.spanMetrics"),
    flag("settings.metricsGenerator.serviceGraphs"),
    Field {
        path: "settings.metricsGenerator.dimensions",
        by: By::Marks(|| [json!(["amark"]), json!(["bnote"])]),
    },
    duration("settings.retention"),
    copies("settings.replicationFactor"),
    address("settings.kafka.address"),
    text("settings.kafka.topic"),
];

const MIMIR: &[Field] = &[
    duration("settings.retention"),
    copies("settings.replicationFactor"),
    count("settings.maxSeries"),
    count("settings.ingestionRate"),
    address("settings.kafka.address"),
    text("settings.kafka.topic"),
    count("settings.kafka.partitions"),
];

const LOKI: &[Field] = &[
    duration("settings.retention"),
    copies("settings.replicationFactor"),
    Field {
        path: "settings.schemaFrom",
        by: By::Marks(|| [json!("2011-11-11"), json!("2012-12-12")]),
    },
    flag("settings.canary"),
];

const ALLOY: &[Field] = &[
    port("settings.otlp.grpcPort"),
    port("settings.otlp.httpPort"),
    flag("settings.otlp.hostPorts"),
    duration("settings.memoryLimiter.checkInterval"),
    Field {
        path: "settings.memoryLimiter.limitPercentage",
        by: By::Marks(|| [json!(71), json!(72)]),
    },
    Field {
        path: "settings.memoryLimiter.spikeLimitPercentage",
        by: By::Marks(|| [json!(11), json!(12)]),
    },
    duration("settings.batch.timeout"),
    Field {
        path: "settings.batch.sendBatchSize",
        by: By::Marks(|| [json!(71), json!(72)]),
    },
    count("settings.batch.sendBatchMaxSize"),
    size("settings.wal.sizeLimit"),
    Field {
        path: "settings.remoteWrite",
        by: By::Trial(|| vec![json!([{"name": "mimir"}]), json!([])]),
    },
    number("settings.remoteWrite.0.queueConfig.maxShards"),
    number("settings.remoteWrite.0.queueConfig.minShards"),
    count("settings.remoteWrite.0.queueConfig.capacity"),
    count("settings.remoteWrite.0.queueConfig.maxSamplesPerSend"),
    duration("settings.remoteWrite.0.queueConfig.minBackoff"),
    duration("settings.remoteWrite.0.queueConfig.maxBackoff"),
    duration("settings.remoteWrite.0.queueConfig.sampleAgeLimit"),
];

const TRAEFIK: &[Field] = &[
    Field {
        path: "settings.logLevel",
        by: By::Marks(|| [json!("TRACE"), json!("FATAL")]),
    },
    flag("settings.accessLog"),
    Field {
        path: "settings.serviceType",
        by: By::Trial(|| vec![json!("LoadBalancer"), json!("ClusterIP"), json!("NodePort")]),
    },
    text("settings.ingressClass"),
];
