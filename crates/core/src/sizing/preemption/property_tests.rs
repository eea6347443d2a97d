//! What holds for every cluster and plan, and a second simulator to compare with.

use proptest::prelude::*;

use super::naive_tests::naive;
use super::state::State;
use super::*;
use crate::sizing::pod::Compute;
use crate::sizing::rollout::{DisruptionBudget, IntOrPercent};
use crate::units::{Cpu, Memory};

fn compute(cpu: u64, memory: u64) -> Compute {
    Compute {
        cpu: Cpu::from_millicores(cpu),
        memory: Memory::from_bytes(memory),
    }
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let node = (4..12_u64, 4..12_u64, 2..9_u32, 0..2_u8, any::<bool>());
    prop::collection::vec(node, 1..6).prop_map(|nodes| {
        let each = nodes.into_iter().enumerate();
        each.map(|(index, (cpu, memory, pods, zone, tainted))| {
            let mut node = Node::new(format!("node-{index}"), compute(cpu, memory));
            node.pods = pods;
            node.labels.insert("zone".to_owned(), zone.to_string());
            if tainted && index > 0 {
                node.taints.push(Taint {
                    key: "only".to_owned(),
                    value: String::new(),
                    effect: TaintEffect::NoSchedule,
                });
            }
            node
        })
        .collect()
    })
}

fn workload(id: String) -> impl Strategy<Value = Workload> {
    let class = prop::option::of(0..3_usize);
    let budget = prop::option::of((0..3_u32, any::<bool>()));
    let place = (0..6_u8, any::<bool>(), any::<bool>());
    (
        1..5_u32,
        1..6_u64,
        1..6_u64,
        class,
        budget,
        place,
        0..5_u8,
        0..90_u64,
    )
        .prop_map(
            move |(replicas, cpu, memory, class, budget, (apart, tolerant, zoned), kind, ready)| {
                let mut workload = Workload::new(id.clone(), replicas, compute(cpu, memory));
                workload.class = class.map(|index| format!("class-{index}"));
                workload.budget = budget.map(|(count, most)| match most {
                    true => DisruptionBudget::MaxUnavailable(IntOrPercent::Count(count)),
                    false => DisruptionBudget::MinAvailable(IntOrPercent::Percent(count * 40)),
                });
                workload.anti_affinity = match apart {
                    0 => Some("zone".to_owned()),
                    1 => Some("kubernetes.io/hostname".to_owned()),
                    _ => None,
                };
                if tolerant {
                    workload.tolerations.push(Toleration::default());
                }
                if zoned {
                    let zone = (cpu % 2).to_string();
                    workload.node_selector.insert("zone".to_owned(), zone);
                }
                workload.controller = match kind {
                    0 => Controller::StatefulSet,
                    1 => Controller::DaemonSet,
                    2 => Controller::None,
                    _ => Controller::Deployment,
                };
                workload.ready_seconds = ready;
                workload
            },
        )
}

fn classes() -> impl Strategy<Value = Vec<Class>> {
    prop::collection::vec((-2..5_i32, any::<bool>(), 0..4_u8), 3).prop_map(|classes| {
        let each = classes.into_iter().enumerate();
        each.map(|(index, (value, default, policy))| Class {
            name: format!("class-{index}"),
            value,
            global_default: default,
            policy: match policy {
                0 => Policy::Never,
                _ => Policy::PreemptLowerPriority,
            },
        })
        .collect()
    })
}

fn event() -> impl Strategy<Value = Event> {
    let id = || (0..4_u8).prop_map(|index| format!("team-{index}"));
    let node = || Just("node-0".to_owned());
    prop_oneof![
        classes().prop_map(Event::SetClasses),
        (4..7_u8).prop_flat_map(|index| workload(format!("new-{index}")).prop_map(Event::Apply)),
        (0..4_u8).prop_flat_map(|index| workload(format!("team-{index}")).prop_map(Event::Apply)),
        id().prop_map(Event::Restart),
        (id(), 0..6_u32).prop_map(|(id, replicas)| Event::Scale(id, replicas)),
        id().prop_map(Event::AddReplica),
        node().prop_map(Event::LoseNode),
        node().prop_map(Event::Drain),
        Just(Event::Remove("team-3".to_owned())),
    ]
}

fn cluster() -> impl Strategy<Value = Cluster> {
    let workloads: Vec<_> = (0..4)
        .map(|index| workload(format!("team-{index}")))
        .collect();
    (nodes(), classes(), workloads).prop_map(|(nodes, classes, workloads)| Cluster {
        nodes,
        classes,
        workloads,
        running: None,
    })
}

fn options(most: bool) -> Options {
    Options {
        score: if most {
            Score::MostAllocated
        } else {
            Score::LeastAllocated
        },
        ..Options::default()
    }
}

/// Sees to it that no node holds more than it has, and that what is counted is what is there.
fn consistent(state: &State) {
    for (index, node) in state.places.nodes.iter().enumerate() {
        assert!(node.used.within(node.capacity));
        let load = node
            .bound
            .iter()
            .fold(node::Load::default(), |sum, one| sum.plus(one.load));
        assert_eq!(load, node.used);
        assert!(
            node.bound
                .iter()
                .all(|one| state.pods[one.pod].node == Some(index))
        );
        let nominees = node.nominees.iter();
        assert!(
            nominees
                .map(|one| state.pods[one.pod].nominated)
                .all(|at| at == Some(index))
        );
    }
    for workload in &state.places.workloads {
        let running = workload
            .pods
            .iter()
            .filter(|pod| state.pods[**pod].node.is_some());
        assert_eq!(running.count(), workload.bound as usize);
        assert_eq!(workload.on.values().sum::<u32>(), workload.bound);
        assert!(workload.domains.values().sum::<u32>() <= workload.bound);
        assert!(workload.ring.ready <= workload.bound);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_run_keeps_the_rules(cluster in cluster(), plan in prop::collection::vec(event(), 0..5), most: bool) {
        let options = options(most);
        let Ok(report) = simulate(&cluster, &plan, &options) else {
            return Ok(());
        };
        prop_assert_eq!(&simulate(&cluster, &plan, &options).unwrap(), &report);
        for eviction in &report.log {
            prop_assert!(!eviction.victims.is_empty());
            prop_assert!(eviction.victims.iter().all(|victim| victim.priority < eviction.priority));
        }
        let evicted: usize = report.log.iter().map(|eviction| eviction.victims.len()).sum();
        let counted: u32 = report.workloads.iter().map(|outcome| outcome.evicted).sum();
        prop_assert_eq!(evicted, counted as usize);
        prop_assert!(!report.verdicts.contains(&Verdict::NonTerminating));
        let mut state = State::new(&cluster, &plan, &options);
        state.begin(&cluster);
        consistent(&state);
        for (index, event) in plan.iter().enumerate() {
            state.event(index, event);
            consistent(&state);
        }
    }

    #[test]
    fn a_simulator_without_indexes_says_the_same(cluster in cluster(), new in workload("new".to_owned()), after in classes(), most: bool) {
        let plan = [Event::SetClasses(after), Event::Apply(new)];
        let report = simulate(&cluster, &plan, &options(most)).unwrap();
        let told: Vec<_> = report
            .log
            .iter()
            .map(|one| {
                let victims = one.victims.iter().map(|victim| victim.workload.clone()).collect::<Vec<_>>();
                (one.preemptor.clone(), one.node.clone(), victims, one.pdb_violations, one.depth)
            })
            .collect();
        prop_assert_eq!(told, naive(&cluster, &plan, most));
    }

    #[test]
    fn never_never_preempts(mut cluster in cluster(), plan in prop::collection::vec(event(), 0..5)) {
        let never = |classes: &mut Vec<Class>| {
            for class in classes.iter_mut() {
                class.policy = Policy::Never;
                class.value = class.value.max(0);
            }
        };
        never(&mut cluster.classes);
        let mut plan = plan;
        for event in &mut plan {
            if let Event::SetClasses(classes) = event {
                never(classes);
            }
        }
        if let Ok(report) = simulate(&cluster, &plan, &Options::default()) {
            prop_assert!(report.log.is_empty());
        }
    }

    #[test]
    fn nothing_is_evicted_where_all_fits(mut cluster in cluster(), plan in prop::collection::vec(event(), 0..5)) {
        for node in &mut cluster.nodes {
            node.allocatable = compute(1_000_000, 1_000_000);
            node.pods = 1_000;
        }
        let apart = |workload: &mut Workload| {
            workload.anti_affinity = None;
            workload.node_selector.clear();
        };
        cluster.workloads.iter_mut().for_each(apart);
        let plan: Vec<Event> = plan
            .into_iter()
            .filter(|event| !matches!(event, Event::LoseNode(_) | Event::Drain(_)))
            .map(|mut event| {
                if let Event::Apply(workload) = &mut event {
                    apart(workload);
                }
                event
            })
            .collect();
        if let Ok(report) = simulate(&cluster, &plan, &Options::default()) {
            prop_assert!(report.log.is_empty());
            prop_assert_eq!(report.worst(), [Verdict::Safe]);
        }
    }

    /// One size of pods, a full cluster, a default class from now on, and a pod too many: the closed form.
    #[test]
    fn a_stale_workload_is_evicted_once_through(nodes in 1..6_usize, each in 1..5_u64, extra in 1..4_u32, most: bool) {
        let pods = u32::try_from(nodes).unwrap() * u32::try_from(each).unwrap();
        let cluster = Cluster {
            nodes: (0..nodes).map(|index| Node::new(format!("node-{index}"), compute(each, each))).collect(),
            workloads: vec![Workload::new("old", pods, compute(1, 1))],
            ..Cluster::default()
        };
        let plan = [
            Event::SetClasses(vec![Class::new("medium", 2000).global_default()]),
            Event::Scale("old".to_owned(), pods + extra),
        ];
        let report = simulate(&cluster, &plan, &options(most)).unwrap();
        let outcome = report.outcome("old").unwrap();
        prop_assert_eq!((outcome.evicted, outcome.pending), (pods, extra));
        prop_assert_eq!(report.stale[0].pods, pods);
        prop_assert!(report.verdicts.contains(&Verdict::Avalanche));
    }
}
