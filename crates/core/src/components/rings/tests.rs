use crate::policy::tests::{look, prod};

/// Returns the rings of a component: role, copies, members, zones, label, first address.
fn rings(component: &str, settings: &str) -> Vec<String> {
    look(&(prod(component, "") + settings), |facts| {
        let mut rings = Vec::new();
        for ring in facts.rings() {
            rings.push(format!(
                "{} {}/{} {:?} {} {}",
                ring.role,
                ring.replication_factor,
                ring.members,
                ring.zones,
                ring.gossip_label.as_deref().unwrap_or("-"),
                ring.join.first().map_or("-", String::as_str)
            ));
        }
        rings
    })
}

#[test]
fn without_overrides_rings_are_as_our_templates_write_them() {
    let join = "mimir-prod dns+mimir-gossip-ring.team-prod.svc.cluster.local.:7946";
    assert_eq!(
        rings("mimir", ""),
        [
            format!("ingester 3/3 None {join}"),
            format!("store-gateway 2/2 None {join}"),
            format!("alertmanager 3/3 None {join}"),
        ]
    );
    assert_eq!(
        rings("tempo", ""),
        ["ingester 3/3 None tempo.team-prod dns+tempo-gossip-ring:7946"]
    );
    assert_eq!(
        rings("loki", ""),
        ["loki 3/3 None loki-prod loki-memberlist.team-prod.svc.cluster.local"]
    );
    assert_eq!(
        rings("tempo", "    variant: monolithic\n"),
        ["tempo 1/1 None tempo.team-prod -"]
    );
}

#[test]
fn overrides_win_the_nearest_first() {
    let values = "    values: {ingester: {replicas: 6, config: {replication_factor: 5}, zoneAwareReplication: {enabled: true, zones: [{name: a}, {name: b}]}}, memberlist: {cluster_label: own, bind_port: 7000}}\n";
    assert_eq!(
        rings("tempo", values),
        ["ingester 5/6 Some(2) own dns+tempo-gossip-ring:7000"]
    );
    let values = "    values: {loki: {commonConfig: {replication_factor: 1}, ingester: {lifecycler: {ring: {replication_factor: 2}}}, memberlistConfig: {join_members: [other:1]}}}\n";
    assert_eq!(rings("loki", values), ["loki 2/3 None - other:1"]);
}

#[test]
fn index_gateways_form_a_ring_where_they_are_told_to() {
    let values = "    variant: distributed\n    values: {loki: {index_gateway: {mode: ring}}}\n";
    let found = rings("loki", values);
    assert_eq!(found.len(), 2);
    assert!(found[1].starts_with("index-gateway 3/2 None"), "{found:?}");
}

#[test]
fn pods_without_zones_are_all_in_one() {
    let values = "    values: {mimir: {structuredConfig: {store_gateway: {sharding_ring: {zone_awareness_enabled: true}}}}}\n";
    assert!(rings("mimir", values)[1].starts_with("store-gateway 2/2 Some(1)"));
}
