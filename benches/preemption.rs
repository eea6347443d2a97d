//! The preemption simulator on a large cluster: 1,000 nodes, 20,000 pods, and a plan that evicts them all.

use std::fmt::Write as _;
use std::sync::Arc;

use divan::counter::BytesCount;
use helmwright::environment::Kind;
use helmwright::sizing::pod::Compute;
use helmwright::sizing::preemption::{
    Class, Cluster, Controller, Event, Node, Options, Score, Workload, simulate,
};
use helmwright::sizing::rollout::{DisruptionBudget, IntOrPercent};
use helmwright::source::Source;
use helmwright::units::{Cpu, Memory};

fn main() {
    divan::main();
}

fn requests(millicores: u64, mebibytes: u64) -> Compute {
    Compute {
        cpu: Cpu::from_millicores(millicores),
        memory: Memory::from_bytes(mebibytes << 20),
    }
}

/// Returns 1,000 nodes of 16 cores in three zones, nearly filled by 20,000 pods of 200 workloads that name no class.
fn cluster() -> Cluster {
    let nodes = (0..1000_u32).map(|index| {
        let mut node = Node::new(format!("node-{index:04}"), requests(16_000, 61_440));
        node.labels
            .insert("zone".to_owned(), format!("zone-{}", index % 3));
        node
    });
    let workloads = (0..200_u64).map(|index| {
        let size = requests(400 + index % 7 * 100, 1024 + index % 5 * 512);
        let workload = Workload::new(format!("team-{index:03}/service"), 100, size);
        match index % 4 {
            0 => Workload {
                controller: Controller::StatefulSet,
                budget: Some(DisruptionBudget::MaxUnavailable(IntOrPercent::Count(1))),
                write_tolerance: Some(1),
                ready_seconds: 300,
                ..workload.role(Kind::Ingester)
            },
            1 => Workload {
                budget: Some(DisruptionBudget::MinAvailable(IntOrPercent::Percent(80))),
                ..workload
            },
            2 => Workload {
                anti_affinity: Some("kubernetes.io/hostname".to_owned()),
                ..workload
            },
            _ => workload,
        }
    });
    Cluster {
        nodes: nodes.collect(),
        workloads: workloads.collect(),
        ..Cluster::default()
    }
}

/// A default class that outranks all that runs, and more pods than there is room for.
fn outage() -> Vec<Event> {
    let mut plan = vec![Event::SetClasses(vec![
        Class::new("high", 3000),
        Class::new("medium", 2000).global_default(),
    ])];
    for index in 0..10 {
        let id = format!("new-{index}/ingester");
        let workload = Workload::new(id, 300, requests(2000, 8192)).role(Kind::Ingester);
        plan.push(Event::Apply(workload));
    }
    plan
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn place_20_000_pods(bencher: divan::Bencher<'_, '_>) {
    let cluster = cluster();
    bencher.bench(|| simulate(&cluster, &[], &Options::default()));
}

#[divan::bench(args = [Score::LeastAllocated, Score::MostAllocated], sample_count = 3, sample_size = 1)]
fn outage_of_20_000_pods(bencher: divan::Bencher<'_, '_>, score: Score) {
    let (cluster, plan) = (cluster(), outage());
    let options = Options {
        score,
        ..Options::default()
    };
    bencher.bench(|| simulate(&cluster, &plan, &options));
}

/// Every team gets a class of its own, each higher than the one before, and one more pod for each two: most of them have to wait.
fn contest() -> Vec<Event> {
    let workloads = cluster().workloads;
    let classes = (0..200_i32).map(|index| Class::new(format!("team-{index:03}"), index));
    let mut plan = vec![Event::SetClasses(classes.collect())];
    for (index, mut workload) in workloads.into_iter().enumerate() {
        workload.id = format!("new-{index:03}/service");
        workload.replicas = 50;
        plan.push(Event::Apply(workload.class(format!("team-{index:03}"))));
    }
    plan
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn contest_of_200_classes(bencher: divan::Bencher<'_, '_>) {
    let (cluster, plan) = (cluster(), contest());
    bencher.bench(|| simulate(&cluster, &plan, &Options::default()));
}

/// Returns what kubectl prints of 1,000 nodes and 20,000 pods: about 100 MB, most of it of no interest.
fn dump() -> Arc<Source> {
    let mut text = String::from("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n");
    let resources = r#""cpu": "16", "memory": "61440Mi", "pods": "110""#;
    for index in 0..1000 {
        let _ = writeln!(
            text,
            r#"{{"apiVersion": "v1", "kind": "Node", "metadata": {{"name": "node-{index:04}"}}, "status": {{"allocatable": {{{resources}}}}}}},"#
        );
    }
    let _ = writeln!(
        text,
        r#"{{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {{"name": "medium"}}, "value": 2000}}"#
    );
    let padding: String = (0..120)
        .map(|index| {
            format!(
                r#""f:field-{index}": {{"f:some": {{}}, ".": {{}}}},{}"#,
                "\n            "
            )
        })
        .collect();
    for index in 0..20_000 {
        let (node, owner) = (index % 1000, index / 100);
        let _ = writeln!(
            text,
            r#",{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "web-{owner}-{index}", "namespace": "team",
 "managedFields": [{{{padding} "f:last": {{}}}}], "labels": {{"app": "web-{owner}", "pod-template-hash": "1f"}},
 "ownerReferences": [{{"controller": true, "kind": "ReplicaSet", "name": "web-{owner}-1f"}}]}},
 "spec": {{"nodeName": "node-{node:04}", "priority": 0, "containers": [{{"name": "c", "image": "x", "env": [{{"name": "POD", "value": "{index}"}}],
 "resources": {{"requests": {{"cpu": "700m", "memory": "1Gi"}}}}}}]}},
 "status": {{"phase": "Running", "startTime": "2026-01-01T00:00:00Z"}}}}"#
        );
    }
    text.push_str("    ],\n    \"kind\": \"List\"\n}\n");
    Source::new("dump.json", text)
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn read_20_000_pods_of_kubectl(bencher: divan::Bencher<'_, '_>) {
    let dump = dump();
    let read = helmwright::cluster::read(&dump);
    assert!(read.cluster.is_some(), "{:?}", read.diagnostics.first());
    bencher
        .counter(BytesCount::of_str(dump.text()))
        .bench(|| helmwright::cluster::read(&dump));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn restart_20_000_pods(bencher: divan::Bencher<'_, '_>) {
    let cluster = cluster();
    let plan: Vec<Event> = cluster
        .workloads
        .iter()
        .map(|workload| Event::Restart(workload.id.clone()))
        .collect();
    bencher.bench(|| simulate(&cluster, &plan, &Options::default()));
}
