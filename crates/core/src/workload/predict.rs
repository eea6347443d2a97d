//! Workloads from the environment and the role table: what the values ask for.

mod container;
mod probe;
mod rollout;
mod spread;
#[cfg(test)]
mod tests;
mod volumes;

use super::overrides::{Overrides, Said};
use super::shared::Name;
use super::{Controller, Place, Resources, Workload};
use crate::catalog::Catalog;
use crate::components::{Described, Release, Role, RoleManifest};
use crate::environment::{Environment, PolicyClass};

/// Predicts what will run of one environment's releases.
///
/// Numbers are the environment's, else the role table's; an override at a path that the role table names wins over
/// both, and `null` there removes what our values write and the chart's default alike. `described` holds, for each
/// release, what its component says of itself.
///
/// Not seen are values that the environment omits, and overrides of what the role table does not name: zones of a
/// ring, a chart's other kinds of pods, a cache that is switched on, and containers, environment variables or volumes
/// for all pods of a chart. Labels are not known either, so every rule that keeps pods apart is taken to match its
/// own. What is rendered tells.
pub fn predict(
    environment: &Environment,
    releases: &[Release],
    described: &[Described],
    catalog: &Catalog,
) -> Vec<Workload> {
    let mut workloads = Vec::new();
    for (release, described) in releases.iter().zip(described) {
        let Some(manifest) = catalog.manifest(&release.component) else {
            continue;
        };
        let Some(variant) = manifest.variants.get(&release.variant) else {
            continue;
        };
        let overrides = Overrides::of(environment, &release.component);
        for (name, role) in &release.roles {
            let Some(facts) = variant.roles.get(name) else {
                continue;
            };
            if described.absent.contains(&name.as_str()) {
                continue;
            }
            let one = One {
                environment,
                release,
                role,
                facts,
                overrides,
            };
            if one.is_switched_off() {
                continue;
            }
            let workload = one.workload(manifest.policy_class);
            if workload.runs() {
                workloads.push(workload);
            }
        }
    }
    workloads
}

/// One role with all that is said of it.
struct One<'a> {
    environment: &'a Environment,
    release: &'a Release,
    role: &'a Role,
    facts: &'a RoleManifest,
    overrides: Overrides<'a>,
}

impl<'a> One<'a> {
    fn workload(&self, class: PolicyClass) -> Workload {
        let Self {
            environment,
            release,
            role,
            facts,
            ..
        } = self;
        let pod = &facts.pod;
        let controller = Controller::of(&facts.workload).unwrap_or(Controller::Deployment);
        let (replicas, most_replicas) = self.replicas(controller);
        let rollout = self.rollout(controller);
        let (claims, volumes) = self.volumes();
        let has_claims = !claims.is_empty();
        let (containers, init_containers) = self.containers();
        Workload {
            component: release.component.as_str().into(),
            role: role.name.as_str().into(),
            kind: Some(facts.kind),
            class: Some(class),
            controller,
            name: facts.workload_name(release).into(),
            namespace: release.namespace.as_str().into(),
            zone: None,
            already_running: environment
                .model
                .components
                .get(&release.component)
                .is_some_and(|section| section.already_running),
            replicas,
            most_replicas,
            singleton: pod.singleton,
            max_surge: rollout.surge,
            max_unavailable: rollout.unavailable,
            rolls: rollout.rolls,
            containers: containers.into(),
            init_containers: init_containers.into(),
            overhead: Resources::default(),
            claims: claims.into(),
            volumes: volumes.into(),
            claims_kept: self.claims_kept().filter(|_| has_claims),
            grace_seconds: self.grace(),
            disruptions: self.disruption(replicas).into_iter().collect(),
            spread: self.spread(),
            priority_class: self.priority_class().map(Name::from),
            reads_priority: facts.values.priority_class.is_some(),
            place: Place::Role,
        }
    }

    /// Returns whether an override switches the role off at the map that holds its values.
    fn is_switched_off(&self) -> bool {
        let Some((map, _)) = self
            .facts
            .values
            .resources
            .as_deref()
            .and_then(|path| path.rsplit_once('.'))
        else {
            return false;
        };
        self.overrides.below(map, "enabled").switch() == Some(false)
    }

    /// Returns how many pods there are at rest, and the most that an autoscaler makes.
    fn replicas(&self, controller: Controller) -> (u32, Option<u32>) {
        let role = self.role;
        if controller == Controller::DaemonSet {
            let nodes = self.environment.model.assumptions.nodes.as_ref();
            return (nodes.map_or(role.replicas, |nodes| nodes.count), None);
        }
        let paths = &self.facts.values;
        let scaling = self.said(paths.autoscaling.as_deref());
        let scaled = match scaling.key("enabled") {
            Said::Removed => false,
            said => said.switch().unwrap_or(role.autoscaling.is_some()),
        };
        if scaled && paths.autoscaling.is_some() {
            let set = role.autoscaling.as_ref();
            let least = scaling.key("minReplicas").parsed();
            let most = scaling.key("maxReplicas").parsed();
            let least = least.or(set.map(|set| set.min)).unwrap_or(role.replicas);
            return (least, most.or(set.map(|set| set.max)));
        }
        (self.set_replicas(), None)
    }

    /// Returns the number of pods that is set, which an autoscaler may change.
    fn set_replicas(&self) -> u32 {
        match self.said(self.facts.values.replicas.as_deref()) {
            // Kubernetes makes one where nobody says.
            Said::Removed => 1,
            said => said.parsed().unwrap_or(self.role.replicas),
        }
    }

    /// Returns the priority class: the first place that the chart looks at and that holds one.
    fn priority_class(&self) -> Option<String> {
        let own = self.facts.values.priority_class.as_deref()?;
        let held = |text: Option<String>| text.filter(|text| !text.is_empty());
        held(self.overrides.at(own).or(self.role.priority_class.clone())).or_else(|| {
            let further = &self.facts.pod.paths.priority_class;
            further
                .iter()
                .find_map(|path| held(self.overrides.at(path).text()))
        })
    }

    fn grace(&self) -> u32 {
        let pod = &self.facts.pod;
        let said = match &pod.paths.grace {
            Some(path) => self.overrides.at(path),
            None => self.beside("terminationGracePeriodSeconds"),
        };
        // Source: Kubernetes API reference, `PodSpec`.
        said.or(pod.grace).unwrap_or(30)
    }

    /// Returns what is said at a path that the role table may name.
    fn said(&self, path: Option<&str>) -> Said<'a> {
        path.map_or(Said::Nothing, |path| self.overrides.at(path))
    }

    /// Returns what is said at a key of the map that holds what belongs to the pod.
    fn beside(&self, key: &str) -> Said<'a> {
        if self.overrides.is_empty() {
            return Said::Nothing;
        }
        let paths = &self.facts.pod.paths;
        self.overrides
            .at(&paths.beside(self.facts.values.priority_class.as_deref(), key))
    }
}
