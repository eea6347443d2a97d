//! What is said about a cluster that contradicts itself, one function for each name.

use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Location;

pub(super) fn no_nodes(at: &Location) -> Diagnostic {
    Diagnostic::error("cluster/no-nodes", "the cluster has no nodes")
        .at(at)
        .why("without nodes no pod finds a place, so nothing can be said of preemption")
        .help("list nodes under `nodes:`, or print them with `kubectl get nodes,pods,priorityclasses,pdb -A -o json`")
}

pub(super) fn no_allocatable(at: &Location, node: &str, resource: &str) -> Diagnostic {
    Diagnostic::error(
        "cluster/no-allocatable",
        format!("node `{node}` does not say how much {resource} it has for pods"),
    )
    .at(at)
    .why("what fits on a node is decided by `status.allocatable`")
    .help("print the nodes from the cluster, with `kubectl get nodes -o json`")
}

pub(super) fn duplicate(
    again: &Location,
    first: &Location,
    what: &str,
    name: &str,
    differ: bool,
) -> Diagnostic {
    let differently = if differ { " and differ" } else { "" };
    Diagnostic::error(
        "cluster/duplicate",
        format!("two {what} have the name `{name}`{differently}"),
    )
    .label(again, "again here")
    .label(first, "first here")
    .why("a name stands for one thing in a cluster, and which of the two is meant cannot be told")
    .help("leave one of them out, or give each its own name")
}

pub(super) fn several_defaults(
    again: &Location,
    first: &Location,
    name: &str,
    other: &str,
) -> Diagnostic {
    Diagnostic::error(
        "cluster/several-defaults",
        format!("both `{other}` and `{name}` are the default class"),
    )
    .label(again, "a second default")
    .label(first, "the first default")
    .why("pods without a class get the default one, and the API server refuses a second one")
    .help("leave `globalDefault: true` on one class at most")
}

pub(super) fn unknown_node<'a>(
    at: &Location,
    pod: &str,
    node: &str,
    nodes: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let help = nearest(node, nodes).map_or_else(
        || "list the node, or print nodes and pods of the same cluster at one time".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::error(
        "cluster/unknown-node",
        format!("{pod} runs on node `{node}`, which is not in the file"),
    )
    .at(at)
    .why("what it takes is not free elsewhere, so every placing would be wrong")
    .help(help)
}

pub(super) fn unknown_class<'a>(
    at: &Location,
    who: &str,
    class: &str,
    classes: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let mut classes = classes.peekable();
    let help = if classes.peek().is_none() {
        "list the classes as well: `kubectl get nodes,pods,priorityclasses,pdb -A -o json`"
            .to_owned()
    } else {
        nearest(class, classes).map_or_else(
            || "list the class, or name another one".to_owned(),
            |near| format!("did you mean `{near}`?"),
        )
    };
    Diagnostic::error(
        "cluster/unknown-class",
        format!("{who} names the priority class `{class}`, which is not in the file"),
    )
    .at(at)
    .why("the API server refuses a new pod with it, so its priority is not known")
    .help(help)
}

pub(super) fn unknown_workload<'a>(
    at: &Location,
    workload: &str,
    workloads: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let help = nearest(workload, workloads).map_or_else(
        || "list it under `workloads:`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::error(
        "cluster/unknown-workload",
        format!("pods of `{workload}` run, which is not in the file"),
    )
    .at(at)
    .why("what its pods request, and what brings them back, is not known")
    .help(help)
}

pub(super) fn overcommitted(
    at: &Location,
    node: &str,
    resource: &str,
    used: &str,
    there: &str,
) -> Diagnostic {
    Diagnostic::error(
        "cluster/overcommitted",
        format!("the pods on node `{node}` request {used} {resource}, and it has {there}"),
    )
    .at(at)
    .why("the scheduler never places more on a node than it has, so one of the numbers is wrong")
    .help("correct the node or its pods, or print both at one time")
}

pub(super) fn budget_twice(at: &Location, who: &str) -> Diagnostic {
    Diagnostic::error(
        "cluster/budget-twice",
        format!("the disruption budget of {who} has both `minAvailable` and `maxUnavailable`"),
    )
    .at(at)
    .why("the API server refuses it, for the two may contradict each other")
    .help("leave one of the two")
}
