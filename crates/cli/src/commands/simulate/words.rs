//! Phrases of a simulation.

use helmwright::policy::scene::Scene;
use helmwright::sizing::preemption::{Event, Eviction};

/// Returns a number of things: `1 pod`, `2 pods`.
pub(super) fn count(number: usize, thing: &str) -> String {
    match (number, thing.strip_suffix('s').is_some()) {
        (1, _) => format!("1 {thing}"),
        (_, true) => format!("{number} {thing}es"),
        _ => format!("{number} {thing}s"),
    }
}

/// Returns what a scene is called: by its cluster's name, else by its environments.
pub(super) fn title(scene: &Scene) -> String {
    match (&scene.cluster, scene.environments.as_slice()) {
        (Some(name), []) => format!("cluster {name}"),
        (Some(name), names) => format!("cluster {name} with {}", names.join(", ")),
        (None, []) => "the cluster of the file".to_owned(),
        (None, names) => format!("the cluster of {}", names.join(", ")),
    }
}

/// Returns one event of a plan as an order.
pub(super) fn event(event: &Event) -> String {
    match event {
        Event::SetClasses(classes) => {
            let classes: Vec<String> = classes
                .iter()
                .map(|class| {
                    let default = if class.global_default {
                        ", the default"
                    } else {
                        ""
                    };
                    format!("{} {}{default}", class.name, class.value)
                })
                .collect();
            format!("set the priority classes: {}", classes.join("; "))
        }
        Event::Apply(workload) => {
            let class = workload
                .class
                .as_ref()
                .map(|class| format!(", class {class}"))
                .unwrap_or_default();
            format!(
                "apply {}: {} of {} and {}{class}",
                workload.id,
                count(workload.replicas as usize, "pod"),
                workload.requests.cpu,
                workload.requests.memory,
            )
        }
        Event::Remove(id) => format!("remove {id}"),
        Event::Restart(id) => format!("restart {id}"),
        Event::Scale(id, replicas) => format!("scale {id} to {replicas}"),
        Event::AddReplica(id) => format!("add one pod to {id}"),
        Event::LoseNode(name) => format!("lose node {name}"),
        Event::Drain(name) => format!("drain node {name}"),
    }
}

/// Returns the victims of a preemption: `2 prod-stateless (0)`.
pub(super) fn victims(one: &Eviction) -> String {
    let mut victims: Vec<(&str, i32, usize)> = Vec::new();
    for victim in &one.victims {
        match victims
            .iter_mut()
            .find(|(name, priority, _)| *name == victim.workload && *priority == victim.priority)
        {
            Some((.., count)) => *count += 1,
            None => victims.push((&victim.workload, victim.priority, 1)),
        }
    }
    let victims: Vec<String> = victims
        .into_iter()
        .map(|(name, priority, count)| format!("{count} {name} ({priority})"))
        .collect();
    victims.join(", ")
}
