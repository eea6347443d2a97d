//! The vectors of the specification: five nodes, a production ring and its stateless pods, and a new cluster's ring.

use super::*;
use crate::environment::Kind;
use crate::sizing::pod::Compute;
use crate::sizing::rollout::{DisruptionBudget, IntOrPercent};
use crate::units::{Cpu, Memory};

const RING: &str = "prod/ingester";
const STATELESS: &str = "prod/stateless";
const NEW: &str = "new/ingester";

fn requests(millicores: u64, gibibytes: u64) -> Compute {
    Compute {
        cpu: Cpu::from_millicores(millicores),
        memory: Memory::from_bytes(gibibytes << 30),
    }
}

fn nodes(count: usize) -> Vec<Node> {
    (1..=count)
        .map(|index| Node::new(format!("node-{index}"), requests(16_000, 60)))
        .collect()
}

fn ring() -> Workload {
    Workload {
        controller: Controller::StatefulSet,
        budget: Some(DisruptionBudget::MaxUnavailable(IntOrPercent::Count(1))),
        write_tolerance: Some(1),
        ..Workload::new(RING, 12, requests(4000, 15)).role(Kind::Ingester)
    }
}

fn stateless() -> Workload {
    Workload::new(STATELESS, 8, requests(1500, 4))
}

fn new(replicas: u32) -> Workload {
    Workload {
        controller: Controller::StatefulSet,
        write_tolerance: Some(1),
        ..Workload::new(NEW, replicas, requests(4000, 15)).role(Kind::Ingester)
    }
}

fn medium() -> Class {
    Class::new("medium", 2000).global_default()
}

fn classes(medium: Class) -> Event {
    Event::SetClasses(vec![
        Class::new("critical", 4000),
        Class::new("high", 3000),
        medium,
        Class::new("low", 1000),
    ])
}

fn before(count: usize) -> Cluster {
    Cluster {
        nodes: nodes(count),
        workloads: vec![ring(), stateless()],
        ..Cluster::default()
    }
}

/// Returns the cluster and the plan of a vector.
fn vector(name: char) -> (Cluster, Vec<Event>) {
    let readmit = |class: &str| {
        vec![
            classes(medium()),
            Event::Apply(ring().class(class)),
            Event::Restart(STATELESS.to_owned()),
        ]
    };
    let plan = |mut first: Vec<Event>, last: Workload| {
        first.push(Event::Apply(last));
        first
    };
    match name {
        'B' => (
            before(5),
            plan(vec![classes(Class::new("medium", 2000))], new(6)),
        ),
        'C' => (before(5), plan(readmit("high"), new(6))),
        'D' => (before(5), plan(vec![classes(medium().never())], new(6))),
        'E' => (before(5), plan(readmit("high"), new(6).class("high"))),
        'F' => (before(5), plan(readmit("medium"), new(6).class("high"))),
        'G' => (before(8), plan(vec![classes(medium())], new(6))),
        'H' => (before(5), plan(vec![classes(medium())], new(4))),
        _ => (before(5), plan(vec![classes(medium())], new(6))),
    }
}

fn run(name: char, score: Score) -> Report {
    let (cluster, plan) = vector(name);
    let options = Options {
        score,
        ..Options::default()
    };
    simulate(&cluster, &plan, &options).unwrap()
}

/// Returns evicted and pending pods of the production ring, its stateless pods, and the new ring.
fn counts(report: &Report) -> [(u32, u32); 3] {
    [RING, STATELESS, NEW].map(|id| {
        let outcome = report.outcome(id).unwrap();
        (outcome.evicted, outcome.pending)
    })
}

#[test]
fn vectors_under_least_allocated() {
    use Verdict::{Avalanche, Capacity, Inversion, QuorumLoss, Safe};
    for (name, wanted, worst) in [
        ('A', [(12, 2), (8, 0), (0, 0)], &[QuorumLoss, Avalanche][..]),
        ('B', [(0, 0), (0, 0), (0, 3)], &[Capacity]),
        ('C', [(0, 0), (0, 0), (0, 3)], &[Capacity]),
        ('D', [(0, 0), (0, 0), (0, 3)], &[Capacity]),
        ('E', [(0, 0), (4, 4), (0, 0)], &[Capacity]),
        ('F', [(1, 1), (2, 2), (0, 0)], &[Inversion]),
        ('G', [(0, 0), (0, 0), (0, 0)], &[Safe]),
        ('H', [(0, 0), (1, 0), (0, 0)], &[Safe]),
    ] {
        let report = run(name, Score::LeastAllocated);
        assert_eq!(counts(&report), wanted, "{name}");
        assert_eq!(report.worst(), worst, "{name}");
    }
}

#[test]
fn the_outage_in_detail() {
    use Verdict::{Avalanche, Cascade, Inversion, QuorumLoss};
    for (score, depth) in [(Score::LeastAllocated, 7), (Score::MostAllocated, 8)] {
        let report = run('A', score);
        assert_eq!(counts(&report), [(12, 2), (8, 0), (0, 0)], "{score:?}");
        assert_eq!(report.protected_evicted(), 12);
        let violations: u32 = report.log.iter().map(|one| one.pdb_violations).sum();
        assert_eq!(violations, 10);
        let deepest = report.log.iter().map(|one| one.depth).max();
        assert_eq!(deepest, Some(depth));
        assert_eq!(report.chain.len(), depth as usize + 1);
        assert_eq!(
            report.first_of_chain().map(|one| one.preemptor.as_str()),
            Some(NEW)
        );
        let all = [Inversion, Cascade, QuorumLoss, Avalanche];
        assert_eq!(report.verdicts, all.into_iter().collect());
        assert_eq!(report.stale.len(), 2);
        assert!(
            report
                .stale
                .iter()
                .all(|stale| stale.preempts && stale.event == Some(0))
        );
    }
}

#[test]
fn vectors_under_most_allocated_keep_their_verdicts() {
    for name in ['B', 'C', 'D', 'E', 'G', 'H'] {
        let report = run(name, Score::MostAllocated);
        assert!(report.is_acceptable(), "{name}: {:?}", report.verdicts);
    }
    assert_eq!(run('F', Score::MostAllocated).worst(), [Verdict::Inversion]);
}

#[test]
fn slow_starts_empty_the_ring() {
    for score in [Score::LeastAllocated, Score::MostAllocated] {
        for (intervals, least) in [(20, 1), (60, 0)] {
            let (mut cluster, plan) = vector('A');
            cluster.workloads[0].ready_seconds = intervals * Workload::GRACE_SECONDS;
            let options = Options {
                score,
                ..Options::default()
            };
            let report = simulate(&cluster, &plan, &options).unwrap();
            assert_eq!(
                report.outcome(RING).unwrap().min_ready,
                least,
                "{score:?} {intervals}"
            );
            assert_eq!(report.stale[0].away, 12);
        }
    }
}

#[test]
fn the_smallest_edit_of_the_outage_is_a_node() {
    let (cluster, plan) = vector('A');
    let remedies = remedies(&cluster, &plan, &Options::default());
    let told: Vec<_> = remedies
        .iter()
        .map(|remedy| (remedy.edit.clone(), remedy.report.worst()))
        .collect();
    let given = vec![
        (RING.to_owned(), "high".to_owned()),
        (STATELESS.to_owned(), "medium".to_owned()),
    ];
    assert_eq!(
        told,
        [
            (Edit::ExplicitClass(given), vec![Verdict::Capacity]),
            (
                Edit::Never(vec!["medium".to_owned()]),
                vec![Verdict::Capacity]
            ),
            (
                Edit::OneMoreNode {
                    like: "node-1".to_owned()
                },
                vec![Verdict::Safe]
            ),
        ]
    );
    let smallest = smallest_edit(&cluster, &plan, &Options::default()).unwrap();
    assert_eq!(smallest.edit, remedies[2].edit);
}
