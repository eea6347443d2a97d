//! A simulation as data.

use helmwright::policy::scene::edit as edit_words;
use helmwright::sizing::preemption::{Class, Edit, Event, Eviction, Outcome, Remedy, Stale};
use serde_json::{Value, json};

use super::{Act, Stage};

/// Returns the simulations of all clusters.
pub(super) fn render(stages: &[Stage]) -> Value {
    json!({"clusters": stages.iter().map(stage).collect::<Vec<_>>()})
}

fn stage(stage: &Stage) -> Value {
    let scene = &stage.scene;
    json!({
        "cluster": scene.cluster,
        "environments": scene.environments,
        "nodes": scene.after.nodes.len(),
        "workloads": scene.after.workloads.len(),
        "priorityClasses": scene.after.classes.iter().map(class).collect::<Vec<_>>(),
        "runs": stage.acts.iter().map(|one| act(stage, one)).collect::<Vec<_>>(),
    })
}

fn act(stage: &Stage, act: &Act) -> Value {
    let ran = &act.ran;
    let report = &ran.report;
    json!({
        "event": ran.run.name(),
        "verdicts": ran
            .verdicts(&stage.scene, true)
            .iter()
            .map(|verdict| verdict.name())
            .collect::<Vec<_>>(),
        "plan": ran.plan.iter().map(event).collect::<Vec<_>>(),
        "judgedFrom": ran.judged_from,
        "log": report.log.iter().map(eviction).collect::<Vec<_>>(),
        "workloads": report.workloads.iter().map(outcome).collect::<Vec<_>>(),
        "longestChain": report.chain,
        "stale": report.stale.iter().map(stale).collect::<Vec<_>>(),
        "smallestEdit": act.remedy.as_ref().map(remedy),
    })
}

fn class(class: &Class) -> Value {
    json!({
        "name": class.name,
        "value": class.value,
        "globalDefault": class.global_default,
        "preemptionPolicy": class.policy.name(),
    })
}

fn event(event: &Event) -> Value {
    match event {
        Event::SetClasses(classes) => {
            json!({"what": "set-classes", "classes": classes.iter().map(class).collect::<Vec<_>>()})
        }
        Event::Apply(workload) => json!({
            "what": "apply",
            "workload": workload.id,
            "replicas": workload.replicas,
            "cpuMillicores": workload.requests.cpu.millicores(),
            "memoryBytes": workload.requests.memory.bytes(),
            "priorityClass": workload.class,
        }),
        Event::Remove(id) => json!({"what": "remove", "workload": id}),
        Event::Restart(id) => json!({"what": "restart", "workload": id}),
        Event::Scale(id, replicas) => {
            json!({"what": "scale", "workload": id, "replicas": replicas})
        }
        Event::AddReplica(id) => json!({"what": "add-replica", "workload": id}),
        Event::LoseNode(name) => json!({"what": "lose-node", "node": name}),
        Event::Drain(name) => json!({"what": "drain", "node": name}),
    }
}

fn eviction(one: &Eviction) -> Value {
    let victims: Vec<Value> = one
        .victims
        .iter()
        .map(|victim| json!({"workload": victim.workload, "priority": victim.priority}))
        .collect();
    json!({
        "event": one.event,
        "step": one.step,
        "atSeconds": one.at,
        "preemptor": one.preemptor,
        "priority": one.priority,
        "node": one.node,
        "victims": victims,
        "pdbViolations": one.pdb_violations,
        "depth": one.depth,
        "cause": one.cause,
    })
}

fn outcome(one: &Outcome) -> Value {
    json!({
        "workload": one.id,
        "replicas": one.replicas,
        "evicted": one.evicted,
        "leastReady": one.min_ready,
        "mostAway": one.most_away,
        "running": one.final_running,
        "pending": one.pending,
        "protected": one.protected,
    })
}

fn stale(one: &Stale) -> Value {
    json!({
        "workload": one.workload,
        "event": one.event,
        "runningPriority": one.running,
        "pods": one.pods,
        "newPriority": one.new,
        "preempts": one.preempts,
        "protected": one.protected,
        "awayTogether": one.away,
    })
}

fn remedy(remedy: &Remedy) -> Value {
    let (kind, names): (_, Vec<Value>) = match &remedy.edit {
        Edit::ExplicitClass(given) => (
            "explicit-class",
            given
                .iter()
                .map(|(workload, class)| json!({"workload": workload, "priorityClass": class}))
                .collect(),
        ),
        Edit::Never(classes) => (
            "never",
            classes
                .iter()
                .map(|class| json!({"priorityClass": class}))
                .collect(),
        ),
        Edit::OneMoreNode { like } => ("one-more-node", vec![json!({"node": like})]),
    };
    let verdicts: Vec<&str> = remedy
        .report
        .verdicts
        .iter()
        .map(|verdict| verdict.name())
        .collect();
    json!({"kind": kind, "changes": names, "words": edit_words(&remedy.edit), "verdicts": verdicts})
}
