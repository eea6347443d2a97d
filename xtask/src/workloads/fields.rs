//! A workload as names and values, so that two can be compared and a difference named.

use std::collections::BTreeMap;

use helmwright::workload::{
    Container, Count, Handler, ProbeNumbers, Resources, VolumeKind, Workload,
};

/// Environment variables that rules read.
const VARIABLES: [&str; 2] = ["GOMAXPROCS", "GOMEMLIMIT"];

/// Folders that hold no data: temporary files, an image's start scripts, running queries, rules that a sidecar reads.
const NO_DATA: [&str; 4] = [
    "/tmp",
    "/docker-entrypoint.d",
    "/active-query-tracker",
    "/rules",
];

/// Returns everything that a prediction says of a workload, by name; what is not there has no entry.
pub(super) fn fields(workload: &Workload) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let mut set = |name: &str, value: String| {
        fields.insert(name.to_owned(), value);
    };
    set("component", workload.component.to_string());
    set("role", workload.role.to_string());
    set("kind", format!("{:?}", workload.kind));
    set("class", format!("{:?}", workload.class));
    set("controller", workload.controller.name().to_owned());
    set("namespace", workload.namespace.to_string());
    set("replicas", workload.replicas.to_string());
    if let Some(most) = workload.most_replicas {
        set("most replicas", most.to_string());
    }
    set("surge", workload.max_surge.to_string());
    set("unavailable", workload.max_unavailable.to_string());
    set("rolls", format!("{:?}", workload.rolls));
    set("grace", workload.grace_seconds.to_string());
    set("spread over nodes", format!("{:?}", workload.spread.nodes));
    set("spread over zones", format!("{:?}", workload.spread.zones));
    if let Some(class) = &workload.priority_class {
        set("priority class", class.to_string());
    }
    if let Some(kept) = workload.claims_kept {
        set("claims kept", kept.to_string());
    }
    for claim in &workload.claims {
        let class = claim.class.as_deref().unwrap_or("default");
        set(
            &format!("claim {}", claim.name),
            format!("{} of class {class}", claim.size),
        );
    }
    for volume in &workload.volumes {
        let is_scratch = matches!(volume.kind, VolumeKind::EmptyDir | VolumeKind::Memory);
        for mount in &volume.mounts {
            if is_scratch && !NO_DATA.contains(&mount.as_str()) {
                set(
                    &format!("volume {}", volume.name),
                    format!("{:?} at {mount}", volume.kind),
                );
            }
        }
    }
    for budget in &workload.disruptions {
        let said =
            |count: Option<Count>| count.map_or("none".to_owned(), |count| count.to_string());
        set(
            &format!("budget {}", budget.name),
            format!(
                "most away {}, least there {}, unhealthy evicted {}",
                said(budget.max_unavailable),
                said(budget.min_available),
                budget.evicts_unhealthy
            ),
        );
    }
    let containers = workload.containers.iter().enumerate();
    for (at, container) in containers {
        // The program comes first, and its name may be anything.
        let which = if at == 0 { "program" } else { "container" };
        of_container(which, container, &mut set);
    }
    for container in &workload.init_containers {
        of_container("first container", container, &mut set);
    }
    fields
}

fn of_container(which: &str, container: &Container, set: &mut impl FnMut(&str, String)) {
    let name = format!("{which} {}", container.name);
    set(&name, format!("restarts {}", container.restarts));
    set(&format!("{name} requests"), amounts(container.requests));
    set(&format!("{name} limits"), amounts(container.limits));
    for variable in &container.env {
        if VARIABLES.contains(&variable.name.as_str()) {
            let value = variable.value.as_deref().unwrap_or("a reference");
            set(&format!("{name} {}", variable.name), value.to_owned());
        }
    }
    let probes = [
        ("liveness", &container.liveness),
        ("readiness", &container.readiness),
        ("startup", &container.startup),
    ];
    for (kind, numbers) in probes {
        if let Some(numbers) = numbers {
            set(&format!("{name} {kind}"), probe(numbers));
        }
    }
}

fn amounts(resources: Resources) -> String {
    let cpu = resources
        .cpu
        .map_or("none".to_owned(), |cpu| cpu.to_string());
    let memory = resources
        .memory
        .map_or("none".to_owned(), |memory| memory.to_string());
    format!("{cpu} {memory}")
}

fn probe(numbers: &ProbeNumbers) -> String {
    let how = match &numbers.handler {
        Handler::Http { path } => format!("http {path}"),
        Handler::Tcp => "tcp".to_owned(),
        Handler::Exec => "exec".to_owned(),
        Handler::Grpc => "grpc".to_owned(),
    };
    format!(
        "{how}, delay {}, period {}, timeout {}{}, failures {}",
        numbers.initial_delay,
        numbers.period,
        numbers.timeout,
        if numbers.timeout_is_default {
            " by default"
        } else {
            ""
        },
        numbers.failures
    )
}
