//! One cluster with all its environments, before and after.

use std::collections::BTreeMap;

use super::occupant::{Actor, OwnClass};
use super::{Ran, Run, listed};
use crate::cluster;
use crate::diagnostic::Diagnostic;
use crate::environment::{Nodes, Tier};
use crate::policy::Digest;
use crate::sizing::pod::Compute;
use crate::sizing::preemption::{Class, Cluster, Node, Workload};
use crate::source::Location;

/// The most nodes that are made of `assumptions.nodes`.
const MOST_NODES: u32 = 10_000;

/// The priorities of the classes that Kubernetes itself brings.
///
/// # Source
///
/// Kubernetes documentation, "Guaranteed Scheduling For Critical Add-On Pods".
const SYSTEM_CLASSES: [(&str, i32); 2] = [
    ("system-cluster-critical", 2_000_000_000),
    ("system-node-critical", 2_000_001_000),
];

/// One cluster with all its environments, before the plan that they are and after it.
///
/// Without a cluster file the state before is what components with `alreadyRunning` are, under classes of which none is a default
/// unless it says `admittedAfter`; everything else is the plan. With a file the state before is what it says, and all of the
/// environments is the plan.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The cluster's name, where the environments say one.
    pub cluster: Option<String>,
    /// The environments, in the order in which they are rolled out: dev before test before prod.
    pub environments: Vec<String>,
    /// The most important tier that anything here is of.
    pub tier: Tier,
    /// What runs before the plan.
    pub before: Cluster,
    /// What runs after it.
    pub after: Cluster,
    places: BTreeMap<String, Location>,
}

/// Puts environments that share a cluster together; of several clusters the one of the first environment first.
pub fn scenes<'a>(digests: &[&'a Digest]) -> Vec<Vec<&'a Digest>> {
    let mut groups: Vec<Vec<&Digest>> = Vec::new();
    for &digest in digests {
        let group = groups
            .iter_mut()
            .find(|group| group.iter().any(|other| other.cluster == digest.cluster));
        match group {
            Some(group) => group.push(digest),
            None => groups.push(vec![digest]),
        }
    }
    groups
}

impl Scene {
    /// Makes a scene of environments that share a cluster, whose nodes they say.
    ///
    /// # Errors
    ///
    /// No environment says nodes, or two contradict each other, or a class is named that nobody brings.
    pub fn of(digests: &[&Digest]) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let ordered = in_order(digests);
        let nodes = nodes(&ordered, &mut found);
        let own = classes(&ordered, &mut found);
        let classes: Vec<Class> = own.iter().map(|own| own.class.clone()).collect();
        // Who says that all was admitted after a default became one has nothing that the default outranks.
        let classes_before = own
            .iter()
            .map(|own| Class {
                global_default: own.class.global_default && own.admitted_after,
                ..own.class.clone()
            })
            .collect();
        let mut scene = Self {
            cluster: digests
                .iter()
                .find_map(|digest| digest.occupant.cluster.clone()),
            environments: names(&ordered),
            tier: Tier::Dev,
            before: Cluster {
                nodes: nodes.clone(),
                classes: classes_before,
                ..Cluster::default()
            },
            after: Cluster {
                nodes,
                classes,
                ..Cluster::default()
            },
            places: BTreeMap::new(),
        };
        for (digest, actor) in actors(&ordered) {
            let workload = &actor.workload;
            scene.enter(digest, actor, workload.id.clone(), &mut found);
            if actor.already_running {
                scene.before.workloads.push(workload.clone());
            }
            scene.after.workloads.push(workload.clone());
        }
        scene.finish(found)
    }

    /// Makes a scene of what a file says that runs, and of environments that are applied to it; there may be none.
    ///
    /// A workload of an environment is the one of the file that has its id, or `<namespace>/<name>` of its object. What only
    /// a running cluster tells stays as it is: which nodes its pods may land on.
    ///
    /// # Errors
    ///
    /// The environments are of several clusters or contradict each other, or a class is named that nobody brings.
    pub fn on(file: &cluster::Read, digests: &[&Digest]) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let Some(before) = &file.cluster else {
            return Err(file.diagnostics.clone());
        };
        if let [first, rest @ ..] = digests {
            let other = rest.iter().find(|one| one.cluster != first.cluster);
            found.extend(other.map(|other| several_clusters(first, other)));
        }
        let ordered = in_order(digests);
        let mut classes_after = before.classes.clone();
        for own in classes(&ordered, &mut found) {
            match classes_after
                .iter_mut()
                .find(|class| class.name == own.class.name)
            {
                Some(class) => *class = own.class,
                None => classes_after.push(own.class),
            }
        }
        let mut scene = Self {
            cluster: digests
                .iter()
                .find_map(|digest| digest.occupant.cluster.clone()),
            environments: names(&ordered),
            tier: Tier::Dev,
            before: before.clone(),
            after: Cluster {
                nodes: before.nodes.clone(),
                classes: classes_after,
                workloads: before.workloads.clone(),
                running: None,
            },
            places: file.places.clone(),
        };
        for (digest, actor) in actors(&ordered) {
            let mut workload = actor.workload.clone();
            let known = before
                .workload(&workload.id)
                .or_else(|| before.workload(&actor.object));
            if let Some(known) = known {
                workload.id.clone_from(&known.id);
                workload.node_selector.clone_from(&known.node_selector);
                workload.node_affinity.clone_from(&known.node_affinity);
                workload.tolerations.clone_from(&known.tolerations);
            }
            scene.enter(digest, actor, workload.id.clone(), &mut found);
            // Of pods alone it is not known what they are to a ring, or how much they matter.
            let dumped = |one: &&mut Workload| one.id == workload.id && one.id == actor.object;
            if let Some(known) = scene.before.workloads.iter_mut().find(dumped) {
                known.tier = workload.tier;
                known.role = workload.role;
                known.protected = workload.protected;
                known.write_tolerance = workload.write_tolerance;
            }
            let all = &mut scene.after.workloads;
            match all.iter_mut().find(|one| one.id == workload.id) {
                Some(known) => *known = workload,
                None => all.push(workload),
            }
        }
        scene.finish(found)
    }

    /// Carries out the plan, or one of the standard events after it.
    ///
    /// # Errors
    ///
    /// A plan that the simulator refuses, such as one with too many pods.
    pub fn run(&self, run: Run) -> Result<Ran, Box<Diagnostic>> {
        Ran::of(self, run).map_err(|problem| Box::new(refused(&problem.to_string())))
    }

    /// Returns where a workload stands: in a cluster file its name, in an environment what decides its priority.
    pub fn place(&self, id: &str) -> Option<&Location> {
        self.places.get(id)
    }

    /// Returns the environment of a workload, if it is of one.
    pub fn environment(&self, id: &str) -> Option<&str> {
        let (environment, _) = id.split_once('/')?;
        self.environments
            .iter()
            .map(String::as_str)
            .find(|name| *name == environment)
    }

    /// Notes where an actor stands, and brings a class of Kubernetes' own that it names.
    fn enter(&mut self, digest: &Digest, actor: &Actor, id: String, found: &mut Vec<Diagnostic>) {
        let place = digest
            .workloads
            .get(actor.index)
            .and_then(|workload| workload.place.as_ref());
        if let Some(name) = &actor.workload.class
            && !self.after.classes.iter().any(|class| class.name == *name)
        {
            match SYSTEM_CLASSES.iter().find(|(system, _)| system == name) {
                Some((_, value)) => {
                    let class = Class::new(name.clone(), *value);
                    self.before.classes.push(class.clone());
                    self.after.classes.push(class);
                }
                None => found.push(unknown_class(&id, name, place, digest)),
            }
        }
        if let Some(place) = place {
            self.places.insert(id, place.clone());
        }
    }

    fn finish(mut self, found: Vec<Diagnostic>) -> Result<Self, Vec<Diagnostic>> {
        if !found.is_empty() {
            return Err(found);
        }
        let all = self.before.workloads.iter().chain(&self.after.workloads);
        self.tier = all.map(|workload| workload.tier).max().unwrap_or(Tier::Dev);
        Ok(self)
    }
}

/// Returns environments in the order in which changes are promoted: dev, test, prod, each by name.
fn in_order<'a>(digests: &[&'a Digest]) -> Vec<&'a Digest> {
    let mut ordered = digests.to_vec();
    ordered
        .sort_by(|one, other| (one.tier, &one.environment).cmp(&(other.tier, &other.environment)));
    ordered
}

fn names(digests: &[&Digest]) -> Vec<String> {
    digests
        .iter()
        .map(|digest| digest.environment.clone())
        .collect()
}

fn actors<'a>(digests: &[&'a Digest]) -> impl Iterator<Item = (&'a Digest, &'a Actor)> {
    digests.iter().flat_map(|&digest| {
        let actors = &digest.occupant.actors;
        actors.iter().map(move |actor| (digest, actor))
    })
}

/// Returns the nodes that the environments say; those that say none land on those of the others.
fn nodes(digests: &[&Digest], found: &mut Vec<Diagnostic>) -> Vec<Node> {
    let mut said = digests.iter().filter_map(|digest| {
        let (nodes, place) = digest.occupant.nodes.as_ref()?;
        Some((digest, nodes, place))
    });
    let Some((first, nodes, place)) = said.next() else {
        found.push(no_nodes(digests));
        return Vec::new();
    };
    let same = |one: &Nodes, other: &Nodes| {
        (one.count, one.cpu, one.memory) == (other.count, other.cpu, other.memory)
    };
    if let Some((other, _, other_place)) = said.find(|(_, other, _)| !same(nodes, other)) {
        let names = (first.environment.as_str(), other.environment.as_str());
        found.push(
            contradiction(names, "different nodes", (other_place, place))
                .help("say the nodes in a layer that both extend; or if they run in different clusters, name them with `cluster.name`"),
        );
    }
    if nodes.count > MOST_NODES {
        found.push(
            refused(&format!("{} nodes are more than {MOST_NODES}", nodes.count))
                .at(place)
                .in_environment(&first.environment),
        );
        return Vec::new();
    }
    let allocatable = Compute {
        cpu: nodes.cpu,
        memory: nodes.memory,
    };
    (1..=nodes.count)
        .map(|index| Node::new(format!("node-{index}"), allocatable))
        .collect()
}

/// Returns the classes that the environments bring, each once.
fn classes(digests: &[&Digest], found: &mut Vec<Diagnostic>) -> Vec<OwnClass> {
    let mut said: BTreeMap<&str, (&Digest, &OwnClass)> = BTreeMap::new();
    for digest in digests {
        for own in &digest.occupant.classes {
            let name = own.class.name.as_str();
            match said.get(name) {
                None => {
                    said.insert(name, (digest, own));
                }
                Some((first, earlier)) if earlier.class != own.class => {
                    let names = (first.environment.as_str(), digest.environment.as_str());
                    let what = format!("different priority classes `{name}`");
                    found.push(
                        contradiction(names, &what, (&own.place, &earlier.place))
                            .help("say the class in a layer that both extend, or give one of them another name"),
                    );
                }
                Some(_) => {}
            }
        }
    }
    said.values().map(|(_, own)| (*own).clone()).collect()
}

fn no_nodes(digests: &[&Digest]) -> Diagnostic {
    let names: Vec<String> = digests
        .iter()
        .map(|digest| format!("`{}`", digest.environment))
        .collect();
    let mut diagnostic = Diagnostic::error(
        "simulate/no-nodes",
        format!("nothing says which nodes {} may land on", listed(&names)),
    )
    .why("who is evicted depends on what each node has free")
    .help(
        "write `assumptions: {nodes: {count: 5, cpu: 16, memory: 60Gi}}` into the environment, with what the nodes let pods request; \
         or give a running cluster: `kubectl get nodes,pods,priorityclasses,pdb -A -o json > cluster.json`, then `--cluster cluster.json`",
    );
    if let Some(digest) = digests.first() {
        diagnostic = diagnostic.at(&digest.occupant.place);
    }
    for digest in digests {
        diagnostic = diagnostic.in_environment(&digest.environment);
    }
    diagnostic
}

fn contradiction(
    (one, other): (&str, &str),
    what: &str,
    (again, first): (&Location, &Location),
) -> Diagnostic {
    Diagnostic::error(
        "simulate/contradiction",
        format!("`{one}` and `{other}` share a cluster and say {what}"),
    )
    .label(again, "differs here")
    .label(first, "said here")
    .why("neither says that it runs in a cluster of its own, and one cluster has one answer")
    .in_environment(one)
    .in_environment(other)
}

fn several_clusters(one: &Digest, other: &Digest) -> Diagnostic {
    Diagnostic::error(
        "simulate/several-clusters",
        format!(
            "`{}` runs in cluster `{}`, and `{}` in `{}`",
            one.environment, one.cluster, other.environment, other.cluster
        ),
    )
    .label(&other.occupant.place, "in another cluster")
    .label(&one.occupant.place, "in one cluster")
    .why("the file of `--cluster` is one cluster")
    .help("name the environments that belong to the file: `helmwright simulate preemption ENV --cluster FILE`")
}

fn unknown_class(id: &str, class: &str, place: Option<&Location>, digest: &Digest) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "simulate/unknown-class",
        format!("`{id}` names the priority class `{class}`, which is not known"),
    )
    .why("the API server refuses a pod whose class it does not know, and without its value nothing can be said of who outranks whom")
    .help(format!(
        "list it under `priorityClasses:` of environment `{}`, or give a cluster file that has it",
        digest.environment
    ))
    .in_environment(&digest.environment);
    match place {
        Some(place) => diagnostic.at(place),
        None => diagnostic,
    }
}

/// Says that the simulator does not take a scene.
fn refused(what: &str) -> Diagnostic {
    Diagnostic::error("simulate/refused", format!("nothing is simulated: {what}"))
        .why("the simulator takes plans that make sense, up to a size that it was measured with")
        .help("correct the number, or simulate fewer environments at a time")
}
