//! `helmwright diff`: the tree on disk against what the environments give now, by values path.

use std::collections::BTreeMap;

use helmwright::pipeline::{Derived, Executor};
use helmwright::provenance::{self, Trace};
use helmwright::source::Source;
use helmwright::{Catalog, yaml};

use super::model::{Model, Seen};
use crate::args::Diff;
use crate::changes::{Changes, Group, Row};
use crate::exit::Exit;
use crate::outcome::{Failure, Outcome};
use crate::parallel::Parallel;
use crate::paths::Names;
use crate::project::Project;
use crate::write::survey::{State, Survey, Surveyed};
use crate::write::target::Target;

/// Runs the verb.
pub(crate) fn run(args: &Diff, project: &Project) -> Result<Outcome, Failure> {
    let model = match Model::read(project, &args.environments)? {
        Seen::Sound(model) => model,
        Seen::Broken(outcome) => return Ok(outcome.closing("the tree was not compared")),
    };
    let target = Target::new(&project.out).quietly(project.quiet);
    let plan = model.plan();
    let scope = super::scope(project, &model.build, &args.environments, true);
    let survey = Survey::take(&target, &plan, &scope)?;
    let looked_at = model
        .environments
        .iter()
        .map(|derived| derived.releases().len())
        .sum();
    let groups: Result<Vec<Vec<Group>>, helmwright::Error> = Parallel
        .map(&model.environments, |derived| {
            let found = Differing::of(derived, &project.layout, &survey);
            found.groups(&model.catalog, &target, &project.names)
        })
        .into_iter()
        .collect();
    let mut groups: Vec<Group> = groups
        .map_err(|error| model.catalog.failure(&error))?
        .into_iter()
        .flatten()
        .collect();
    groups.extend(survey.stale.iter().filter_map(|stale| {
        let environment = stale.environment.clone()?;
        Some(Group {
            name: environment,
            file: Some(project.names.shown(&target.name(&stale.path)).into_owned()),
            state: "stale",
            note: if stale.edited {
                "no longer planned; it was edited and will be kept".to_owned()
            } else {
                "no longer planned; the next `helmwright generate` removes it".to_owned()
            },
            rows: Vec::new(),
        })
    }));
    let changes = Changes {
        sides: ["tree".to_owned(), "model".to_owned()],
        groups,
        looked_at,
    };
    Ok(finish(model.diagnostics(), changes, args.exit_code))
}

/// Ends a run that compared: with 1 if that was asked for and there is a difference.
pub(super) fn finish(
    diagnostics: Vec<helmwright::diagnostic::Diagnostic>,
    changes: Changes,
    exit_code: bool,
) -> Outcome {
    let differs = changes.any();
    let mut outcome = Outcome::new(diagnostics).with(changes);
    if exit_code && differs {
        outcome.exit = Exit::Findings;
    }
    outcome
}

/// The files of one environment that are not as planned, by component.
struct Differing<'a> {
    derived: &'a Derived,
    files: Vec<(&'a str, &'a Surveyed<'a>)>,
}

impl<'a> Differing<'a> {
    fn of(derived: &'a Derived, layout: &str, survey: &'a Survey<'a>) -> Self {
        let files = derived
            .releases()
            .iter()
            .filter_map(|release| {
                let path = derived.path(layout, &release.component);
                let found = survey.files.iter().find(|found| found.file.path == path)?;
                (found.state != State::Same).then_some((release.component.as_str(), found))
            })
            .collect();
        Self { derived, files }
    }

    fn groups(
        &self,
        catalog: &Catalog,
        target: &Target,
        names: &Names,
    ) -> Result<Vec<Group>, helmwright::Error> {
        let there: Vec<&str> = self
            .files
            .iter()
            .filter(|(_, found)| found.state != State::Missing)
            .map(|(component, _)| *component)
            .collect();
        let traces: BTreeMap<&str, Trace> = if there.is_empty() {
            BTreeMap::new()
        } else {
            provenance::trace(self.derived, catalog, &there)?
        };
        Ok(self
            .files
            .iter()
            .map(|(component, found)| {
                let mut group = Group {
                    name: format!("{}/{component}", self.derived.environment().name),
                    file: Some(names.shown(&target.name(&found.file.path)).into_owned()),
                    state: "changed",
                    note: String::new(),
                    rows: Vec::new(),
                };
                compare(found, traces.get(component), names, &mut group);
                group
            })
            .collect())
    }
}

/// Tells what differs between a file as it is and as planned.
fn compare(found: &Surveyed<'_>, trace: Option<&Trace>, names: &Names, group: &mut Group) {
    let tell = |group: &mut Group, state, note: &str| {
        group.state = state;
        group.note = note.to_owned();
    };
    if found.state == State::Missing {
        return tell(
            group,
            "missing",
            "the file is missing; the next `helmwright generate` writes it",
        );
    }
    let old = std::str::from_utf8(&found.bytes)
        .ok()
        .map(|text| yaml::read(&Source::new(found.file.path.as_str(), text)));
    let new = yaml::read(&Source::new(
        found.file.path.as_str(),
        found.file.text.as_ref(),
    ));
    let (Some(Ok(old)), Ok(new)) = (old, new) else {
        return tell(
            group,
            "unreadable",
            "what is there cannot be read as values; `helmwright validate` says why",
        );
    };
    group.rows = helmwright::values::compare(&old, &new)
        .iter()
        .map(|change| Row::of(change, [None, trace], names))
        .collect();
    match found.state {
        State::Edited => tell(group, "edited", "the file was edited since it was written"),
        State::Foreign => tell(group, "foreign", "the file was not written by helmwright"),
        _ if group.rows.is_empty() => tell(
            group,
            "text",
            "the values are the same; comments, order or spelling differ",
        ),
        _ => {}
    }
}
