//! Plans and what they do.

use super::*;
use crate::environment::Kind;
use crate::sizing::pod::Compute;
use crate::sizing::rollout::{DisruptionBudget, IntOrPercent};
use crate::units::{Cpu, Memory};

fn size(cores: u64) -> Compute {
    Compute {
        cpu: Cpu::from_millicores(cores * 1000),
        memory: Memory::from_bytes(cores << 30),
    }
}

fn cluster(nodes: usize, workloads: Vec<Workload>) -> Cluster {
    Cluster {
        nodes: (0..nodes)
            .map(|index| Node::new(format!("node-{index}"), size(4)))
            .collect(),
        workloads,
        ..Cluster::default()
    }
}

fn run(cluster: &Cluster, plan: &[Event]) -> Report {
    simulate(cluster, plan, &Options::default()).unwrap()
}

fn counts(report: &Report, id: &str) -> (u32, u32) {
    let outcome = report.outcome(id).unwrap();
    (outcome.final_running, outcome.pending)
}

#[test]
fn pods_keep_the_priority_they_were_admitted_with() {
    let before = cluster(1, vec![Workload::new("old", 4, size(1))]);
    let high = Event::SetClasses(vec![Class::new("high", 9).global_default()]);
    let new = Event::Apply(Workload::new("new", 1, size(1)));
    let evicted = |plan: &[Event]| run(&before, plan).outcome("old").unwrap().evicted;
    assert_eq!(evicted(&[high.clone(), new.clone()]), 4);
    let restart = Event::Restart("old".to_owned());
    assert_eq!(evicted(&[high, restart, new]), 0);
}

#[test]
fn a_rollout_that_finds_no_place_stops() {
    let before = cluster(1, vec![Workload::new("web", 4, size(1))]);
    let larger = Event::Apply(Workload::new("web", 4, size(2)));
    let report = run(&before, &[larger]);
    // One pod makes way, and its larger successor does not fit.
    assert_eq!(counts(&report, "web"), (3, 1));
    assert_eq!(report.worst(), [Verdict::Capacity]);
}

#[test]
fn a_restart_takes_one_member_at_a_time() {
    let ring = |replicas| Workload {
        write_tolerance: Some(0),
        ready_seconds: 60,
        ..Workload::new("ring", replicas, size(1)).role(Kind::Ingester)
    };
    let report = run(
        &cluster(2, vec![ring(3)]),
        &[Event::Restart("ring".to_owned())],
    );
    let outcome = report.outcome("ring").unwrap();
    assert_eq!((outcome.min_ready, outcome.most_away), (2, 1));
    assert_eq!(report.worst(), [Verdict::QuorumLoss]);
    // Members that come are not missed before they are there.
    let report = run(
        &cluster(2, vec![ring(3)]),
        &[Event::Scale("ring".to_owned(), 6)],
    );
    assert_eq!(report.worst(), [Verdict::Safe]);
}

#[test]
fn a_lost_node_and_a_drained_one() {
    let web = Workload {
        budget: Some(DisruptionBudget::MaxUnavailable(IntOrPercent::Count(1))),
        ..Workload::new("web", 6, size(1))
    };
    let daemon = Workload {
        controller: Controller::DaemonSet,
        ..Workload::new("agent", 0, size(1))
    };
    let before = cluster(2, vec![daemon, web]);
    let lost = run(&before, &[Event::LoseNode("node-0".to_owned())]);
    assert_eq!(counts(&lost, "web"), (3, 3));
    assert_eq!(counts(&lost, "agent"), (1, 0));
    // The first pod that finds no place elsewhere uses the budget up.
    let drained = run(&before, &[Event::Drain("node-0".to_owned())]);
    assert_eq!(counts(&drained, "web"), (5, 1));
    assert_eq!(counts(&drained, "agent"), (2, 0));
}

#[test]
fn a_daemon_set_comes_back_on_its_node() {
    let daemon = Workload {
        controller: Controller::DaemonSet,
        ..Workload::new("agent", 0, size(1)).class("high")
    };
    let before = cluster(2, vec![Workload::new("web", 8, size(1))]);
    let plan = [
        Event::SetClasses(vec![Class::new("high", 9)]),
        Event::Apply(daemon),
    ];
    let report = run(&before, &plan);
    assert_eq!(counts(&report, "agent"), (2, 0));
    assert_eq!(counts(&report, "web"), (6, 2));
}

/// Returns nodes of one zone.
fn zone(nodes: usize, workloads: Vec<Workload>) -> Cluster {
    let mut cluster = cluster(nodes, workloads);
    for node in &mut cluster.nodes {
        node.labels.insert("zone".to_owned(), "a".to_owned());
    }
    cluster
}

#[test]
fn a_pod_of_one_node_sees_its_zone_become_free() {
    let agent = Workload {
        controller: Controller::DaemonSet,
        anti_affinity: Some("zone".to_owned()),
        ..Workload::new("agent", 0, size(3))
    };
    let web = Workload::new("web", 1, size(4));
    let before = zone(2, vec![agent.clone()]);
    // The agent of the other node waits: the zone has one.
    assert_eq!(counts(&run(&before, &[]), "agent"), (1, 1));
    let lost = run(&before, &[Event::LoseNode("node-0".to_owned())]);
    assert_eq!(counts(&lost, "agent"), (1, 0));

    // On the other node it must preempt, and may only once the first is evicted.
    let before = Cluster {
        classes: vec![Class::new("high", 9), Class::new("agents", 1)],
        ..zone(2, vec![agent.class("agents"), web])
    };
    let mut new = Workload::new("new", 1, size(3)).class("high");
    new.node_selector
        .insert("kubernetes.io/hostname".to_owned(), "node-0".to_owned());
    let report = run(&before, &[Event::Apply(new)]);
    let preemptors: Vec<_> = report.log.iter().map(|one| &one.preemptor).collect();
    assert_eq!(preemptors, ["new", "agent"]);
    assert_eq!(counts(&report, "web"), (0, 1));
}

#[test]
fn a_nominated_pod_sees_its_zone_become_free() {
    let ring = Workload {
        anti_affinity: Some("zone".to_owned()),
        ..Workload::new("ring", 2, size(3))
    };
    let pod = |node: Option<&str>, priority| Running {
        workload: "ring".to_owned(),
        node: node.map(str::to_owned),
        priority,
        policy: Policy::default(),
        requests: None,
    };
    // The waiting pod evicts the other one, whose successor outranks it and takes the larger node of the same zone.
    let mut before = Cluster {
        classes: vec![Class::new("high", 9).global_default()],
        running: Some(vec![pod(Some("node-0"), 1), pod(None, 5)]),
        ..zone(2, vec![ring])
    };
    before.nodes[1].allocatable = size(8);
    let plan = [
        Event::SetClasses(Vec::new()),
        Event::LoseNode("node-1".to_owned()),
    ];
    let report = run(&before, &plan[..1]);
    assert_eq!(report.log.len(), 1);
    assert_eq!(counts(&report, "ring"), (1, 1));
    // With that node the successor is lost, and the place that was made is free.
    assert_eq!(counts(&run(&before, &plan), "ring"), (1, 1));
}

#[test]
fn a_rollout_and_its_way_back() {
    let before = cluster(
        2,
        vec![
            Workload::new("a", 1, size(1)),
            Workload::new("b", 1, size(1)),
        ],
    );
    let mut after = before.clone();
    after.classes = vec![Class::new("high", 1)];
    after.workloads = vec![
        Workload::new("a", 1, size(1)).class("high"),
        Workload::new("c", 1, size(1)),
    ];
    let plan = rollout(&before, &after);
    let told: Vec<Event> = vec![
        Event::SetClasses(after.classes.clone()),
        Event::Apply(after.workloads[0].clone()),
        Event::Apply(after.workloads[1].clone()),
        Event::Remove("b".to_owned()),
    ];
    assert_eq!(plan, told);
    let back = backwards(&before, &plan);
    assert_eq!(
        back,
        [
            Event::Apply(before.workloads[1].clone()),
            Event::Remove("c".to_owned()),
            Event::Apply(before.workloads[0].clone()),
            Event::SetClasses(Vec::new()),
        ]
    );
    for standard in Standard::ALL {
        let (plan, start) = standard.plan(&before, &after);
        assert_eq!(start, 4, "{}", standard.name());
        let options = Options {
            judge_from: start,
            ..Options::default()
        };
        let report = simulate(&before, &plan, &options).unwrap();
        assert_eq!(report.worst(), [Verdict::Safe], "{}", standard.name());
    }
}

#[test]
fn what_came_before_is_not_judged() {
    let before = cluster(1, vec![Workload::new("old", 4, size(1))]);
    let plan = [
        Event::SetClasses(vec![Class::new("high", 9)]),
        Event::Apply(Workload::new("new", 1, size(1)).class("high")),
        Event::Remove("new".to_owned()),
    ];
    let judged = |judge_from| {
        let options = Options {
            judge_from,
            ..Options::default()
        };
        simulate(&before, &plan, &options).unwrap()
    };
    assert_eq!(judged(0).log.len(), 1);
    assert_eq!(judged(0).log[0].event, Some(1));
    assert_eq!(judged(2).log.len(), 0);
    assert_eq!(judged(2).worst(), [Verdict::Safe]);
    assert_eq!(judged(3).log.len(), 0);
}

#[test]
fn a_full_stop_is_told() {
    let before = cluster(1, vec![Workload::new("old", 4, size(1))]);
    let plan = [
        Event::SetClasses(vec![Class::new("high", 9).global_default()]),
        Event::Apply(Workload::new("new", 1, size(1))),
    ];
    let options = Options {
        max_steps: Some(3),
        ..Options::default()
    };
    let report = simulate(&before, &plan, &options);
    let worst = report.map(|report| report.worst()).unwrap();
    assert!(worst.contains(&Verdict::NonTerminating));
}

#[test]
fn a_waiting_pod_preempts_before_the_plan() {
    let mut before = cluster(
        1,
        vec![
            Workload::new("old", 4, size(1)),
            Workload::new("new", 1, size(1)),
        ],
    );
    let pod = |workload: &str, node: Option<&str>, priority| Running {
        workload: workload.to_owned(),
        node: node.map(str::to_owned),
        priority,
        policy: Policy::default(),
        requests: None,
    };
    let mut running = vec![pod("old", Some("node-0"), 0); 4];
    running.push(pod("new", None, 5));
    before.running = Some(running.clone());
    let report = run(&before, &[]);
    assert_eq!(report.log.len(), 1);
    assert_eq!(report.log[0].event, None);
    // Its own requests count, not those of its workload.
    running[0].requests = Some(size(2));
    running.remove(1);
    before.running = Some(running);
    assert_eq!(counts(&run(&before, &[]), "old"), (2, 2));
}

#[test]
fn what_cannot_be_simulated_is_named() {
    let before = cluster(1, vec![Workload::new("web", 1, size(1))]);
    let problem = |cluster: &Cluster, plan: &[Event]| {
        let report = simulate(cluster, plan, &Options::default());
        report.map(drop).unwrap_err().to_string()
    };
    for (event, told) in [
        (
            Event::Restart("wbe".to_owned()),
            "step 1 of the plan names the workload `wbe`, which does not exist; did you mean `web`?",
        ),
        (
            Event::LoseNode("far".to_owned()),
            "step 1 of the plan names the node `far`, which does not exist",
        ),
        (
            Event::Apply(Workload::new("new", 1, size(1)).class("high")),
            "step 1 of the plan names the class `high`, which does not exist",
        ),
        (
            Event::Scale("web".to_owned(), u32::MAX),
            "there are more than 200000 pods",
        ),
    ] {
        assert_eq!(problem(&before, &[event]), told);
    }
    let mut twice = before.clone();
    twice.nodes.push(twice.nodes[0].clone());
    assert_eq!(
        problem(&twice, &[]),
        "there are two nodes of the name `node-0`"
    );
}
