//! The preemption simulator on a large cluster: 1,000 nodes, 20,000 pods, and a plan that evicts them all.

use helmwright::environment::Kind;
use helmwright::sizing::pod::Compute;
use helmwright::sizing::preemption::{
    Class, Cluster, Controller, Event, Node, Options, Score, Workload, simulate,
};
use helmwright::sizing::rollout::{DisruptionBudget, IntOrPercent};
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
