//! Environments on one cluster, simulated.

use super::*;
use crate::cluster;
use crate::diagnostic::Diagnostic;
use crate::environment::{Kind, Tier};
use crate::policy::Digest;
use crate::policy::tests::{environment, look, prod};
use crate::sizing::preemption::{Controller, Event, Standard, Verdict};
use crate::sizing::rollout::{DisruptionBudget, IntOrPercent};
use crate::source::Source;

const NODES: &str = "assumptions: {nodes: {count: 4, cpu: 8, memory: 32Gi}}";

fn digest(text: &str) -> Digest {
    look(text, |facts| Digest::new(facts).unwrap())
}

fn ids(found: &[Diagnostic]) -> Vec<&str> {
    found.iter().map(|found| found.id.as_ref()).collect()
}

fn refused(digests: &[&Digest]) -> Vec<Diagnostic> {
    let found = Scene::of(digests).unwrap_err();
    assert!(found.iter().all(|found| found.help.is_some()));
    found
}

#[test]
fn workloads_become_those_of_the_simulator() {
    let classes = "priorityClasses: {high: {value: 3000, kinds: [ingester]}}";
    let one = digest(&prod("mimir", &format!("{NODES}\n{classes}")));
    let scene = Scene::of(&[&one]).unwrap();
    let ingester = scene.workload("prod/mimir/ingester").unwrap();
    assert_eq!(ingester.controller, Controller::StatefulSet);
    assert_eq!((ingester.tier, ingester.role), (Tier::Prod, Kind::Ingester));
    assert_eq!(ingester.class.as_deref(), Some("high"));
    assert_eq!(ingester.write_tolerance, Some(1));
    assert_eq!(
        ingester.budget,
        Some(DisruptionBudget::MaxUnavailable(IntOrPercent::Count(1)))
    );
    assert!(ingester.protected);
    assert_eq!(ingester.ready_seconds, 600);
    // What ranks highest comes first, for the scheduler takes it first.
    assert_eq!(scene.after.workloads[0].id, ingester.id);
    assert_eq!(scene.after.nodes.len(), 4);
    assert!(scene.before.workloads.is_empty());
    assert!(scene.place("prod/mimir/ingester").is_some());
}

#[test]
fn a_daemon_set_has_one_pod_on_each_node() {
    let scene = Scene::of(&[&digest(&prod("alloy", NODES))]).unwrap();
    let ran = scene.run(Run::Plan).unwrap();
    assert_eq!(
        ran.report
            .outcome("prod/alloy/alloy")
            .unwrap()
            .final_running,
        4
    );
    assert_eq!(ran.verdicts(&scene, true), [Verdict::Safe]);
}

#[test]
fn environments_of_one_cluster_are_one_scene() {
    let named = |name: &str, cluster: &str| {
        digest(&format!(
            "cluster: {{name: {cluster}}}\n{}",
            prod("mimir", "").replace(
                "environment: prod",
                &format!("environment: {name}\ntier: prod")
            )
        ))
    };
    let all = [
        digest(&prod("mimir", NODES)),
        named("eins", "lab"),
        digest(&environment("test", "mimir", "")),
        named("zwei", "lab"),
    ];
    let all: Vec<&Digest> = all.iter().collect();
    let groups: Vec<Vec<&str>> = scenes(&all)
        .iter()
        .map(|group| group.iter().map(|one| one.environment.as_str()).collect())
        .collect();
    assert_eq!(groups, [vec!["prod", "test"], vec!["eins", "zwei"]]);
    let scene = Scene::of(&scenes(&all)[0]).unwrap();
    assert_eq!(scene.environments, ["test", "prod"]);
    assert_eq!((scene.cluster.as_deref(), scene.tier), (None, Tier::Prod));
}

#[test]
fn what_cannot_be_one_cluster_is_said() {
    let bare = digest(&prod("mimir", ""));
    let found = refused(&[&bare]);
    assert_eq!(ids(&found), ["simulate/no-nodes"]);
    assert!(found[0].help.as_ref().unwrap().contains("--cluster"));

    let one = digest(&prod(
        "mimir",
        &format!("{NODES}\npriorityClasses: {{a: {{value: 1}}}}"),
    ));
    let other = digest(&environment(
        "test",
        "mimir",
        "assumptions: {nodes: {count: 5, cpu: 8, memory: 32Gi}}\npriorityClasses: {a: {value: 2}}",
    ));
    assert_eq!(
        ids(&refused(&[&one, &other])),
        ["simulate/contradiction", "simulate/contradiction"]
    );
    // Who says no nodes lands on those of the others.
    assert!(Scene::of(&[&one, &digest(&environment("test", "mimir", ""))]).is_ok());

    let many = digest(&prod(
        "mimir",
        "assumptions: {nodes: {count: 4000000000, cpu: 8, memory: 1Gi}}",
    ));
    assert_eq!(ids(&refused(&[&many])), ["simulate/refused"]);
}

#[test]
fn a_class_must_be_known() {
    let role = "    roles: {ingester: {priorityClass: gold}, querier: {priorityClass: system-cluster-critical}}\n";
    let text = format!("{}{role}", prod("mimir", NODES));
    assert_eq!(ids(&refused(&[&digest(&text)])), ["simulate/unknown-class"]);
    let text = text.replace("gold", "system-node-critical");
    let scene = Scene::of(&[&digest(&text)]).unwrap();
    assert_eq!(scene.after.classes.len(), 2);
    assert_eq!(scene.before.classes, scene.after.classes);
}

#[test]
fn a_default_that_came_later_holds_for_new_pods_only() {
    let text = |more: &str| {
        let classes = format!("priorityClasses: {{a: {{value: 2000, globalDefault: true{more}}}}}");
        prod("mimir", &format!("{NODES}\n{classes}")) + "    alreadyRunning: true\n"
    };
    let late = digest(&text(""));
    let scene = Scene::of(&[&late]).unwrap();
    assert!(scene.may_evict());
    let ran = scene.run(Run::Plan).unwrap();
    assert!(matches!(ran.plan.as_slice(), [Event::SetClasses(_)]));
    assert_eq!(ran.report.stale.len(), scene.after.workloads.len());
    let early = digest(&text(", admittedAfter: true"));
    let scene = Scene::of(&[&early]).unwrap();
    assert!(!scene.may_evict());
    assert!(scene.run(Run::Plan).unwrap().plan.is_empty());
}

#[test]
fn every_event_is_judged_by_itself() {
    let scene = Scene::of(&[&digest(
        &(prod("mimir", NODES) + "    alreadyRunning: true\n"),
    )])
    .unwrap();
    for run in Run::ALL {
        let ran = scene.run(run).unwrap();
        assert_eq!(ran.judged_from, usize::from(run != Run::Plan), "{run:?}");
        assert_eq!(ran.word(&scene, true), "SAFE", "{run:?}");
        assert!(ran.told(&scene, None, true).is_none());
    }
    let lost = scene.run(Run::After(Standard::LoseNode)).unwrap();
    assert!(matches!(lost.plan.last(), Some(Event::LoseNode(name)) if name == "node-1"));
}

const FILE: &str = "nodes: [{name: worker, count: 3, cpu: 8, memory: 32Gi, labels: {pool: obs}}]
priorityClasses: [{name: old, value: 7}]
workloads:
  - {id: team-prod/mimir-ingester, tier: dev, replicas: 3, cpu: 100m, memory: 1Gi, nodeSelector: {pool: obs}}
  - {id: web, replicas: 2, cpu: 100m, memory: 1Gi, priorityClass: old}
running:
  - {workload: team-prod/mimir-ingester, node: worker-1, priority: 0}
";

#[test]
fn a_file_is_the_state_before() {
    let file = cluster::read(&Source::new("cluster.yaml", FILE));
    let one = digest(&prod("mimir", "priorityClasses: {a: {value: 1}}"));
    let scene = Scene::on(&file, &[&one]).unwrap();
    // The object's name makes it the same workload, which stays where its selector puts it.
    assert!(scene.workload("prod/mimir/ingester").is_none());
    let ingester = scene.after.workload("team-prod/mimir-ingester").unwrap();
    assert_eq!(ingester.node_selector.len(), 1);
    assert_eq!(ingester.write_tolerance, Some(1));
    let before = scene.before.workload("team-prod/mimir-ingester").unwrap();
    assert_eq!((before.tier, before.write_tolerance), (Tier::Prod, Some(1)));
    assert!(scene.after.workload("prod/mimir/querier").is_some());
    assert_eq!(scene.after.workload("web"), scene.before.workload("web"));
    let names: Vec<&str> = scene
        .after
        .classes
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["old", "a"]);
    let ran = scene.run(Run::Plan).unwrap();
    assert!(
        !ran.plan
            .iter()
            .any(|event| matches!(event, Event::Remove(_)))
    );

    let alone = Scene::on(&file, &[]).unwrap();
    assert_eq!(alone.before.workloads, alone.after.workloads);
    let lab = digest(&format!(
        "cluster: {{name: lab}}\n{}",
        environment("test", "mimir", "")
    ));
    let found = Scene::on(&file, &[&one, &lab]).unwrap_err();
    assert_eq!(ids(&found), ["simulate/several-clusters"]);
}

#[test]
fn things_are_listed_as_one_says_them() {
    let names = |count: usize| -> Vec<String> { (1..=count).map(|one| one.to_string()).collect() };
    assert_eq!(listed(&names(1)), "1");
    assert_eq!(listed(&names(3)), "1, 2 and 3");
}
