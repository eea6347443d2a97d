//! `helmwright diff`: the tree on disk against what the environments give now, by values path.

use std::collections::BTreeMap;

use helmwright::pipeline::{Derived, Executor};
use helmwright::provenance::{self, Trace};
use helmwright::source::Source;
use helmwright::{Catalog, yaml};

use super::model::{Model, Seen};
use super::objects::by_name;
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
            let found = Differing::of(derived, &project.layout, &survey, &model.catalog)?;
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
    files: Vec<File<'a>>,
}

struct File<'a> {
    component: &'a str,
    found: &'a Surveyed<'a>,
    /// Whether it holds objects in place of values.
    objects: bool,
}

impl<'a> Differing<'a> {
    fn of(
        derived: &'a Derived,
        layout: &str,
        survey: &'a Survey<'a>,
        catalog: &Catalog,
    ) -> Result<Self, helmwright::Error> {
        let mut files = Vec::new();
        for release in derived.releases() {
            let component = release.component.as_str();
            let mut paths = Vec::new();
            if release.chart.is_some() {
                paths.push((derived.path(layout, component), false));
            }
            let objects = derived.objects_for(component, layout, catalog)?;
            paths.extend(objects.into_iter().map(|file| (file.path, true)));
            files.extend(paths.into_iter().filter_map(|(path, objects)| {
                let found = survey.files.iter().find(|found| found.file.path == path)?;
                (found.state != State::Same).then_some(File {
                    component,
                    found,
                    objects,
                })
            }));
        }
        Ok(Self { derived, files })
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
            .filter(|file| file.found.state != State::Missing && !file.objects)
            .map(|file| file.component)
            .collect();
        let traces: BTreeMap<&str, Trace> = if there.is_empty() {
            BTreeMap::new()
        } else {
            provenance::trace(self.derived, catalog, &there)?
        };
        Ok(self
            .files
            .iter()
            .map(|file| {
                let path = target.name(&file.found.file.path);
                let mut group = Group {
                    name: format!("{}/{}", self.derived.environment().name, file.component),
                    file: Some(names.shown(&path).into_owned()),
                    state: "changed",
                    note: String::new(),
                    rows: Vec::new(),
                };
                let trace = traces.get(file.component).filter(|_| !file.objects);
                compare(file, trace, names, &mut group);
                group
            })
            .collect())
    }
}

/// Tells what differs between a file as it is and as planned.
fn compare(file: &File<'_>, trace: Option<&Trace>, names: &Names, group: &mut Group) {
    let found = file.found;
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
    let read = |text: &str| {
        let source = Source::new(found.file.path.as_str(), text);
        if file.objects {
            by_name(&source)
        } else {
            yaml::read(&source).ok()
        }
    };
    let old = std::str::from_utf8(&found.bytes).ok().and_then(read);
    let (Some(old), Some(new)) = (old, read(&found.file.text)) else {
        return tell(
            group,
            "unreadable",
            if file.objects {
                "what is there cannot be read as objects; `helmwright validate` says why"
            } else {
                "what is there cannot be read as values; `helmwright validate` says why"
            },
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
            if file.objects {
                "the objects are the same; comments, order or spelling differ"
            } else {
                "the values are the same; comments, order or spelling differ"
            },
        ),
        _ => {}
    }
}
