//! Predictions of single things. `cargo xtask workloads` compares everything with what charts render.

use crate::policy::tests::look;
use crate::workload::{Count, Handler, ProbeNumbers, Rolls, SpreadRule, VolumeKind, Workload};

/// Returns what is predicted of an environment in prod; `component` is the lines of its section.
fn predicted(name: &str, component: &str) -> Vec<Workload> {
    with("", name, component)
}

fn with(rest: &str, name: &str, component: &str) -> Vec<Workload> {
    let section: String = component
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    let text = format!(
        "environment: prod\ntier: prod\nnamespace: team-prod\n{rest}\n\
         objectStore: {{provider: seaweedfs, instance: store, endpoint: 'store.svc:8333', credentials: {{secretName: keys}}}}\n\
         components:\n  {name}:\n    enabled: true\n{section}"
    );
    look(&text, |facts| facts.workloads.to_vec())
}

fn one(name: &str, role: &str, component: &str) -> Workload {
    let workloads = predicted(name, component);
    let at = workloads.iter().position(|workload| workload.role == role);
    workloads[at.unwrap_or_else(|| panic!("no {role} of {name}"))].clone()
}

fn mimir(role: &str, values: &str) -> Workload {
    one("mimir", role, &format!("values: {{{values}}}"))
}

fn seconds(probe: Option<&ProbeNumbers>) -> [u32; 4] {
    probe.map_or([0; 4], |probe| {
        [
            probe.initial_delay,
            probe.period,
            probe.timeout,
            probe.failures,
        ]
    })
}

#[test]
fn a_probe_of_the_chart_is_changed_by_number_and_removed_by_null() {
    let readiness = |values| {
        let workload = mimir("ingester", values);
        workload.main().unwrap().readiness.clone()
    };
    assert_eq!(seconds(readiness("").as_ref()), [60, 10, 1, 3]);
    let changed = readiness("ingester: {readinessProbe: {failureThreshold: 5}}");
    assert_eq!(seconds(changed.as_ref()), [60, 10, 1, 5]);
    assert_eq!(readiness("ingester: {readinessProbe: null}"), None);
}

#[test]
fn a_probe_that_the_chart_lacks_comes_with_the_environment_or_an_override() {
    let component = "roles: {querier: {probes: {liveness: {periodSeconds: 30}}}}";
    let workload = one("mimir", "querier", component);
    let liveness = workload.main().unwrap().liveness.as_ref();
    assert_eq!(seconds(liveness), [0, 30, 1, 3]);
    assert_eq!(liveness.unwrap().handler, Handler::Tcp);
    let workload = mimir(
        "querier",
        "querier: {livenessProbe: {httpGet: {path: /ready, port: http-metrics}}}",
    );
    assert_eq!(
        workload.main().unwrap().liveness.as_ref().unwrap().path(),
        Some("/ready")
    );
}

#[test]
fn a_role_s_own_probe_takes_the_place_of_the_common_one_as_a_whole() {
    let liveness = |values: &str| {
        let values = format!(
            "variant: distributed-2\nsettings: {{metricsGenerator: {{enabled: false}}}}\nvalues: {{{values}}}"
        );
        let workload = one("tempo", "querier", &values);
        seconds(workload.main().unwrap().liveness.as_ref())
    };
    assert_eq!(liveness(""), [60, 10, 5, 12]);
    assert_eq!(
        liveness("tempo: {livenessProbe: {failureThreshold: 8}}"),
        [60, 10, 5, 8]
    );
    assert_eq!(
        liveness(
            "querier: {livenessProbe: {httpGet: {path: /ready, port: 3200}, periodSeconds: 20}}"
        ),
        [0, 20, 1, 3]
    );
}

#[test]
fn a_probe_that_ours_hides_is_there_when_ours_is_removed() {
    let liveness = |values: &str| {
        let component = format!(
            "variant: distributed-2\nsettings: {{metricsGenerator: {{enabled: false}}}}\nvalues: {{{values}}}"
        );
        let workload = one("tempo", "ingester", &component);
        seconds(workload.main().unwrap().liveness.as_ref())
    };
    assert_eq!(liveness(""), [600, 10, 5, 12]);
    assert_eq!(liveness("ingester: {livenessProbe: null}"), [60, 10, 5, 12]);
}

#[test]
fn loki_s_probes_are_filled_up_with_ours() {
    let component =
        "variant: distributed\nroles: {querier: {probes: {liveness: {timeoutSeconds: 7}}}}";
    let workload = one("loki", "querier", component);
    let liveness = workload.main().unwrap().liveness.as_ref();
    assert_eq!(seconds(liveness), [0, 30, 7, 6]);
    let single = one(
        "loki",
        "loki",
        "values: {singleBinary: {livenessProbe: {periodSeconds: 9}}}",
    );
    let liveness = single.main().unwrap().liveness.as_ref();
    assert_eq!(seconds(liveness), [0, 9, 1, 3]);
}

#[test]
fn alloy_s_readiness_has_two_numbers_beside_other_things() {
    let workload = one(
        "alloy",
        "alloy",
        "values: {alloy: {initialDelaySeconds: 25}}",
    );
    let program = workload.main().unwrap();
    assert_eq!(seconds(program.readiness.as_ref()), [25, 10, 1, 3]);
    assert_eq!(program.liveness, None);
}

#[test]
fn null_takes_away_a_request_that_our_values_write() {
    let workload = mimir(
        "ingester",
        "ingester: {resources: {limits: null, requests: {cpu: 2}}}",
    );
    let program = workload.main().unwrap();
    assert_eq!(program.limits.memory, None);
    assert_eq!(program.requests.cpu, "2".parse().ok());
    assert!(program.requests.memory.is_some());
    // Ours is a share of the limit that the environment sets, and stays.
    assert_eq!(program.variable("GOMEMLIMIT"), Some("3481MiB"));
    assert_eq!(program.variable("GOMAXPROCS"), Some("6"));
}

#[test]
fn a_list_of_variables_takes_the_place_of_ours() {
    let of = |values| {
        let workload = mimir("store-gateway", values);
        let program = workload.main().unwrap();
        program.variable("GOMEMLIMIT").map(str::to_owned)
    };
    assert_eq!(of("").as_deref(), Some("1740MiB"));
    // The chart's own is the request.
    assert_eq!(
        of("store_gateway: {env: []}").as_deref(),
        Some("1073741824")
    );
    let written = "store_gateway: {env: [{name: GOMEMLIMIT, value: 1GiB}]}";
    assert_eq!(of(written).as_deref(), Some("1GiB"));
}

#[test]
fn sidecars_follow_their_switch_and_further_containers_their_list() {
    let names = |component: &str| -> Vec<String> {
        let workload = one("alloy", "alloy", component);
        workload
            .containers
            .into_iter()
            .map(|container| container.name.to_string())
            .collect()
    };
    assert_eq!(names(""), ["alloy", "config-reloader"]);
    assert_eq!(
        names("values: {configReloader: {enabled: false}}"),
        ["alloy"]
    );
    assert_eq!(
        names("values: {controller: {extraContainers: [{name: beside}]}}"),
        ["alloy", "config-reloader", "beside"]
    );
}

#[test]
fn budgets_are_a_number_a_map_or_nothing() {
    let budget = |workload: Workload| {
        workload
            .disruptions
            .first()
            .map(|budget| (budget.max_unavailable, budget.min_available))
    };
    let of = |values| budget(mimir("querier", values));
    assert_eq!(of(""), Some((Some(Count::Pods(1)), None)));
    assert_eq!(of("querier: {podDisruptionBudget: null}"), None);
    assert_eq!(
        of("querier: {podDisruptionBudget: {maxUnavailable: null, minAvailable: 50%}}"),
        Some((None, Some(Count::Percent(50))))
    );
    let tempo = |values: &str| {
        let settings = "variant: distributed-2\nsettings: {metricsGenerator: {enabled: false}}";
        budget(one(
            "tempo",
            "querier",
            &format!("{settings}\nvalues: {{{values}}}"),
        ))
    };
    assert_eq!(
        tempo("querier: {maxUnavailable: 2}"),
        Some((Some(Count::Pods(2)), None))
    );
    assert_eq!(
        tempo("querier: {podDisruptionBudget: {enabled: false}}"),
        None
    );
    // The chart makes none for one pod, whatever is written.
    assert_eq!(tempo("querier: {replicas: 1}"), None);
    let traefik = |values: &str| {
        budget(one(
            "traefik",
            "traefik",
            &format!("roles: {{traefik: {{replicas: 1}}}}\nvalues: {{{values}}}"),
        ))
    };
    assert_eq!(traefik("podDisruptionBudget: {maxUnavailable: 1}"), None);
    assert_eq!(
        traefik("podDisruptionBudget: {enabled: true, maxUnavailable: 1}"),
        Some((Some(Count::Pods(1)), None))
    );
}

#[test]
fn rollouts_follow_the_strategy() {
    let of = |values| {
        let workload = mimir("distributor", values);
        (workload.rolls, workload.max_surge, workload.max_unavailable)
    };
    let usual = (Rolls::Rolling, Count::Percent(15), Count::Pods(0));
    assert_eq!(of(""), usual);
    assert_eq!(
        of("distributor: {strategy: {rollingUpdate: {maxSurge: 2}}}"),
        (Rolls::Rolling, Count::Pods(2), Count::Pods(0))
    );
    assert_eq!(
        of("distributor: {strategy: {type: Recreate, rollingUpdate: null}}").0,
        Rolls::Recreate
    );
}

#[test]
fn claims_follow_their_size_their_list_and_their_switch() {
    let workload = mimir(
        "ingester",
        "ingester: {persistentVolume: {size: 40Gi, storageClass: quick}}",
    );
    assert_eq!(workload.claims[0].name, "storage");
    assert_eq!(workload.claims[0].size, "40Gi".parse().unwrap());
    assert_eq!(workload.claims[0].class.as_deref(), Some("quick"));
    let list = "variant: distributed\nvalues: {ingester: {persistence: {claims: [{name: data, size: 20Gi}], enableStatefulSetAutoDeletePVC: true, whenDeleted: Delete}}}";
    let workload = one("loki", "ingester", list);
    assert_eq!(workload.claims[0].size, "20Gi".parse().unwrap());
    assert_eq!(workload.claims_kept, Some(false));
    let workload = mimir("ingester", "ingester: {persistentVolume: {enabled: false}}");
    assert!(workload.claims.is_empty());
    assert_eq!(workload.volumes[0].kind, VolumeKind::EmptyDir);
    assert_eq!(workload.volumes[0].mounts, ["/data"]);
}

#[test]
fn the_stricter_of_affinity_and_constraints_keeps_pods_apart() {
    let of = |role, values| mimir(role, values).spread.nodes;
    assert_eq!(of("ingester", ""), SpreadRule::Hard);
    assert_eq!(of("querier", ""), SpreadRule::Soft);
    assert_eq!(
        of(
            "querier",
            "querier: {topologySpreadConstraints: {whenUnsatisfiable: DoNotSchedule}}"
        ),
        SpreadRule::Hard
    );
    assert_eq!(
        of("querier", "querier: {topologySpreadConstraints: null}"),
        SpreadRule::None
    );
    let required = "querier: {affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname}]}}}";
    assert_eq!(of("querier", required), SpreadRule::Hard);
    let loki = one("loki", "loki", "values: {singleBinary: {affinity: null}}");
    assert_eq!(loki.spread.nodes, SpreadRule::None);
}

#[test]
fn pods_are_as_many_as_an_override_or_an_autoscaler_says() {
    assert_eq!(mimir("ruler", "ruler: {replicas: 5}").replicas, 5);
    assert_eq!(mimir("ruler", "ruler: {replicas: null}").replicas, 1);
    let scaled = mimir(
        "gateway",
        "gateway: {autoscaling: {enabled: true, minReplicas: 3, maxReplicas: 7}}",
    );
    assert_eq!((scaled.replicas, scaled.most_replicas), (3, Some(7)));
    let roles: Vec<String> = predicted("mimir", "values: {ruler: {enabled: false}}")
        .into_iter()
        .map(|workload| workload.role.to_string())
        .collect();
    assert!(!roles.contains(&"ruler".to_owned()));
    assert!(roles.contains(&"querier".to_owned()));
}

#[test]
fn a_pod_a_node_where_nodes_are_counted() {
    assert_eq!(one("alloy", "alloy", "").replicas, 1);
    let nodes = "assumptions: {nodes: {count: 7, cpu: 8, memory: 32Gi}}";
    let workloads = with(nodes, "loki", "settings: {canary: true}");
    let canary = workloads.iter().find(|workload| workload.role == "canary");
    assert_eq!(canary.unwrap().replicas, 7);
}

#[test]
fn what_settings_switch_off_is_absent() {
    let roles = |name: &str, component: &str| -> Vec<String> {
        predicted(name, component)
            .into_iter()
            .map(|workload| workload.role.to_string())
            .collect()
    };
    assert_eq!(roles("loki", ""), ["loki"]);
    assert_eq!(
        roles("tempo", "settings: {metricsGenerator: {enabled: false}}"),
        [
            "distributor",
            "ingester",
            "querier",
            "query-frontend",
            "compactor"
        ]
    );
}

#[test]
fn a_priority_class_comes_from_the_first_place_that_holds_one() {
    let of = |values: &str| {
        let workload = one("loki", "loki", &format!("values: {{{values}}}"));
        workload.priority_class
    };
    assert_eq!(of(""), None);
    assert_eq!(
        of("global: {priorityClassName: common}").as_deref(),
        Some("common")
    );
    assert_eq!(
        of("global: {priorityClassName: common}, singleBinary: {priorityClassName: own}")
            .as_deref(),
        Some("own")
    );
}

#[test]
fn the_grace_period_is_the_override_s_the_chart_s_or_thirty_seconds() {
    assert_eq!(mimir("ingester", "").grace_seconds, 1200);
    let shorter = "ingester: {terminationGracePeriodSeconds: 60}";
    assert_eq!(mimir("ingester", shorter).grace_seconds, 60);
    let none = "ingester: {terminationGracePeriodSeconds: null}";
    assert_eq!(mimir("ingester", none).grace_seconds, 30);
    let traefik = "values: {deployment: {terminationGracePeriodSeconds: 90}}";
    assert_eq!(one("traefik", "traefik", traefik).grace_seconds, 90);
}
