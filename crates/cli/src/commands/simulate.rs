//! `helmwright simulate preemption`: who is evicted if environments are applied, and in the standard events after that.

use std::path::Path;

use helmwright::cluster;
use helmwright::diagnostic::Diagnostic;
use helmwright::pipeline::Derived;
use helmwright::policy::scene::{Ran, Run, Scene, scenes};
use helmwright::policy::{Digest, rules};
use helmwright::sizing::preemption::{Remedy, Standard, Verdict};
use serde_json::Value;

use super::model::Model;
use crate::args::{EventName, SimulatePreemption};
use crate::exit::Exit;
use crate::load::file;
use crate::outcome::{Failure, Outcome, Product};
use crate::project::Project;

mod json;
mod text;
mod words;

const NOTHING: &str = "nothing was simulated";

/// Runs the verb.
pub(crate) fn run(args: &SimulatePreemption, project: &Project) -> Result<Outcome, Failure> {
    let close = |failure: Failure| failure.closing(NOTHING);
    let file = match &args.cluster {
        Some(path) => Some(read(path, project).map_err(close)?),
        None => None,
    };
    let mut diagnostics = Vec::new();
    let mut digests = Vec::new();
    // A file may be looked at by itself, where there is no project at all.
    let alone = file.is_some() && args.environments.is_empty() && !project.envs.path.exists();
    if !alone {
        let model = Model::look(project, &args.environments).map_err(close)?;
        digests.extend(
            model
                .environments
                .iter()
                .filter_map(|derived| digest(derived, &model)),
        );
        // What the rules say is `lint`'s, of this one too: it is said here of what was asked for.
        let broken = |found: &Diagnostic| rules::find(&found.id).is_none();
        diagnostics.extend(model.diagnostics().into_iter().filter(broken));
    }
    let mut stages = Stages::default();
    let digests: Vec<&Digest> = digests.iter().collect();
    match &file {
        Some(file) => {
            diagnostics.extend(file.diagnostics.iter().cloned());
            stages.add(Scene::on(file, &digests), args.event, &mut diagnostics);
        }
        None => {
            for group in scenes(&digests) {
                stages.add(Scene::of(&group), args.event, &mut diagnostics);
            }
        }
    }
    if stages.stages.is_empty() {
        return Err(Failure::new(diagnostics).closing(NOTHING));
    }
    let lacking = stages.lacking;
    stages.whole = args.event.is_some();
    let mut outcome = Outcome::new(diagnostics).with(stages);
    if lacking {
        outcome.exit = Exit::CouldNotRun;
        outcome = outcome.closing("not every cluster was simulated");
    }
    Ok(outcome)
}

/// Reads the cluster file; one that contradicts itself is a failure.
fn read(path: &Path, project: &Project) -> Result<cluster::Read, Failure> {
    let place = project.place(path);
    let opened = if path == Path::new("-") {
        path
    } else {
        &place.path
    };
    let source = file::read_dump(opened, &place.name)
        .map_err(|unread| Failure::from(unread.diagnostic()))?;
    let read = cluster::read(&source);
    if read.cluster.is_none() {
        return Err(Failure::new(read.diagnostics));
    }
    Ok(read)
}

fn digest(derived: &Derived, model: &Model) -> Option<Digest> {
    let inputs = derived.inputs(&model.catalog);
    Digest::new(&derived.facts(&inputs, &model.catalog))
}

/// The events that are simulated.
fn runs(event: Option<EventName>) -> Vec<Run> {
    let standard = match event {
        None => return Run::ALL.to_vec(),
        Some(EventName::LoseNode) => Standard::LoseNode,
        Some(EventName::AddIngester) => Standard::AddIngester,
        Some(EventName::RestartAll) => Standard::RestartAll,
        Some(EventName::Reverse) => Standard::Reverse,
    };
    vec![Run::After(standard)]
}

/// All clusters that were simulated.
#[derive(Default)]
struct Stages {
    stages: Vec<Stage>,
    /// Whether workloads are shown that nothing happens to.
    whole: bool,
    /// Whether a cluster could not be simulated.
    lacking: bool,
}

/// One cluster with what came of each event.
struct Stage {
    scene: Scene,
    acts: Vec<Act>,
}

/// One simulation with the change that makes it safe.
struct Act {
    ran: Ran,
    remedy: Option<Remedy>,
}

impl Act {
    /// Returns whether pods wait for a place at the end.
    fn leaves_some_waiting(&self) -> bool {
        self.ran.report.workloads.iter().any(|one| one.pending > 0)
    }

    /// Returns whether pods wait for a place, and nothing worse is said.
    fn only_waits(&self) -> bool {
        self.ran.report.worst() == [Verdict::Capacity]
    }
}

impl Stages {
    /// Simulates a scene, and says what is wrong with what came of it, or with the scene.
    fn add(
        &mut self,
        scene: Result<Scene, Vec<Diagnostic>>,
        event: Option<EventName>,
        found: &mut Vec<Diagnostic>,
    ) {
        let scene = match scene {
            Ok(scene) => scene,
            Err(wrong) => {
                self.lacking = true;
                return found.extend(wrong);
            }
        };
        let mut acts = Vec::new();
        for run in runs(event) {
            let ran = match scene.run(run) {
                Ok(ran) => ran,
                Err(refused) => {
                    self.lacking = true;
                    return found.push(*refused);
                }
            };
            let remedy = ran.remedy(&scene);
            let act = Act { ran, remedy };
            // Pods that wait after the plan wait in each event after it, which is no news.
            let waited = acts.first().is_some_and(Act::leaves_some_waiting);
            if !(waited && act.only_waits()) {
                let told = act.ran.told(&scene, act.remedy.as_ref(), true);
                found.extend(told.map(|told| told.diagnostic));
            }
            acts.push(act);
        }
        self.stages.push(Stage { scene, acts });
    }
}

impl Product for Stages {
    fn text(&self) -> String {
        let texts: Vec<String> = self
            .stages
            .iter()
            .map(|stage| text::render(stage, self.whole))
            .collect();
        texts.join("\n")
    }

    fn json(&self) -> Value {
        json::render(&self.stages)
    }
}
