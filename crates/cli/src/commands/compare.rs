//! `helmwright compare`: two environments, by values path.

use std::collections::BTreeMap;

use helmwright::Catalog;
use helmwright::components::Release;
use helmwright::pipeline::Derived;
use helmwright::provenance::{self, Trace};

use super::diff::finish;
use super::model::{Model, Seen};
use crate::args::Compare;
use crate::changes::{Changes, Group, Row};
use crate::outcome::{Failure, Outcome};
use crate::paths::Names;
use crate::project::Project;

/// Runs the verb.
pub(crate) fn run(args: &Compare, project: &Project) -> Result<Outcome, Failure> {
    let select = [args.old.clone(), args.new.clone()];
    let model = match Model::read(project, &select)? {
        Seen::Sound(model) => model,
        Seen::Broken(outcome) => return Ok(outcome.closing("nothing was compared")),
    };
    let (Some(old), Some(new)) = (model.environment(&args.old), model.environment(&args.new))
    else {
        return Ok(Outcome::new(model.diagnostics()));
    };
    let changes = compare(old, new, &model.catalog, &project.names)
        .map_err(|error| model.catalog.failure(&error))?;
    Ok(finish(model.diagnostics(), changes, args.exit_code))
}

fn compare(
    old: &Derived,
    new: &Derived,
    catalog: &Catalog,
    names: &Names,
) -> Result<Changes, helmwright::Error> {
    let mut components: Vec<&str> = Vec::new();
    for release in old.releases().iter().chain(new.releases()) {
        if !components.contains(&release.component.as_str()) {
            components.push(&release.component);
        }
    }
    components.sort_unstable();
    let traces: [BTreeMap<&str, Trace>; 2] = [
        provenance::trace(old, catalog, &components)?,
        provenance::trace(new, catalog, &components)?,
    ];
    let name = |derived: &Derived| derived.environment().name.clone();
    let mut groups = Vec::new();
    for component in &components {
        let (before, after) = match (old.release(component), new.release(component)) {
            (Some(before), Some(after)) => (before, after),
            (Some(_), None) => {
                groups.push(alone(component, &name(old)));
                continue;
            }
            _ => {
                groups.push(alone(component, &name(new)));
                continue;
            }
        };
        let (Some(one), Some(other)) =
            (old.tree(component, catalog)?, new.tree(component, catalog)?)
        else {
            continue;
        };
        let note = if chart(before) == chart(after) {
            String::new()
        } else {
            format!("{} -> {}", chart(before), chart(after))
        };
        let sides = [traces[0].get(component), traces[1].get(component)];
        let rows: Vec<Row> = helmwright::values::compare(&one, &other)
            .iter()
            .map(|change| Row::of(change, sides, names))
            .collect();
        if !rows.is_empty() || !note.is_empty() {
            groups.push(Group {
                name: (*component).to_owned(),
                file: None,
                state: "changed",
                note,
                rows,
            });
        }
    }
    Ok(Changes {
        sides: [name(old), name(new)],
        groups,
        looked_at: components.len(),
    })
}

/// Returns what is installed, in a few words.
fn chart(release: &Release) -> String {
    format!(
        "chart {} {}, variant {}",
        release.chart_name(),
        release.chart_version(),
        release.variant
    )
}

/// Says that only one of the two runs a component.
fn alone(component: &str, environment: &str) -> Group {
    Group {
        name: component.to_owned(),
        file: None,
        state: "one-sided",
        note: format!("only {environment} runs it"),
        rows: Vec::new(),
    }
}
