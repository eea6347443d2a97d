//! What the verbs that look into environments start from: each one derived, nothing rendered.

use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::peers::{self, Peers};
use helmwright::pipeline::{Build, Derived, Executor, neighbours};
use helmwright::{Environment, Plan};

use crate::load::{self, Held};
use crate::outcome::{Failure, Outcome};
use crate::parallel::Parallel;
use crate::project::Project;

/// The selected environments of a project, without errors.
pub(super) struct Model {
    /// What the whole run found, and the files it would write.
    pub(super) build: Build,
    /// The selected environments, sorted by name.
    pub(super) environments: Vec<Derived>,
    pub(super) catalog: Held,
}

/// What became of reading the environments.
pub(super) enum Seen {
    /// All is well.
    Sound(Box<Model>),
    /// There are errors, which end the run.
    Broken(Outcome),
}

impl Model {
    /// Reads and checks the environments as `generate` does, and keeps those that were asked for.
    pub(super) fn read(project: &Project, select: &[String]) -> Result<Seen, Failure> {
        let build = super::build(project, select)?;
        if build.plan.is_none() {
            return Ok(Seen::Broken(Outcome::new(build.diagnostics)));
        }
        Self::of(project, select, build).map(|model| Seen::Sound(Box::new(model)))
    }

    fn of(project: &Project, select: &[String], build: Build) -> Result<Self, Failure> {
        let catalog = load::catalog(project)?;
        let files = load::environments(&project.envs)?.files;
        let read: Vec<Environment> = Parallel
            .map(&files, |source| {
                Environment::read(source, project, &catalog).environment
            })
            .into_iter()
            .flatten()
            .collect();
        let sees_others = |one: &Environment| peers::sees_others(one, &catalog);
        let peers = if read.iter().any(sees_others) {
            neighbours(&read, &catalog)
        } else {
            Peers::default()
        };
        let mut environments: Vec<Derived> = Parallel.map(
            &read
                .into_iter()
                .filter(|one| select.is_empty() || select.contains(&one.name))
                .collect::<Vec<_>>(),
            |environment| {
                let peers = if sees_others(environment) {
                    Arc::clone(&peers)
                } else {
                    Peers::default()
                };
                Derived::among(environment.clone(), peers, &catalog, &mut Vec::new())
            },
        );
        environments.sort_by(|one, other| one.environment().name.cmp(&other.environment().name));
        Ok(Self {
            build,
            environments,
            catalog,
        })
    }

    /// Reads the environments although rules may be broken: for the verbs that show what rules look at.
    ///
    /// Environments that cannot be read at all are missing; why is among the findings.
    pub(super) fn look(project: &Project, select: &[String]) -> Result<Self, Failure> {
        let build = super::build_asking(project, select)?;
        Self::of(project, select, build)
    }

    /// Returns an environment by its name.
    pub(super) fn environment(&self, name: &str) -> Option<&Derived> {
        self.environments
            .iter()
            .find(|derived| derived.environment().name == name)
    }

    /// Returns the files that `generate` would write.
    pub(super) fn plan(&self) -> Plan {
        self.build.plan.clone().unwrap_or_default()
    }

    /// Returns what was found about the environments.
    pub(super) fn diagnostics(&self) -> Vec<Diagnostic> {
        self.build.diagnostics.clone()
    }
}
