//! `helmwright upgrade`: what another version of a chart makes of what is set.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use helmwright::contract::Contract;
use helmwright::diagnostic::Diagnostic;
use helmwright::pipeline::{Derived, Executor};
use helmwright::upgrade::{Rehearsal, Upgrade as Comparison, compare, rehearse};
use helmwright::yaml::{self, Map, Node, Value};
use helmwright::{Catalog, source::Source};

use self::told::{Release, Told};
use super::contract::of_files;
use super::model::{Model, Seen};
use super::validate::unknown;
use crate::args::{ChartName, Upgrade};
use crate::exit::Exit;
use crate::load::{self, Held, file};
use crate::outcome::{Failure, Outcome};
use crate::parallel::Parallel;
use crate::project::Project;

mod told;

/// Runs the verb.
pub(crate) fn run(args: &Upgrade, project: &Project) -> Result<Outcome, Failure> {
    let mut catalog = Shelf::open(project)?;
    let mut found = Vec::new();
    let mut sides = Vec::new();
    for side in [&args.from, &args.to] {
        match catalog.side(args.chart.as_deref(), side, project)? {
            Ok((contract, mut warnings)) => {
                sides.push(contract);
                found.append(&mut warnings);
            }
            Err(wrong) => return Ok(Outcome::new(wrong).closing("nothing was compared")),
        }
    }
    let [from, to] = sides.as_slice() else {
        return Ok(Outcome::new(found));
    };
    if from.chart != to.chart {
        found.push(
            Diagnostic::warning(
                "upgrade/other-chart",
                format!("`{}` and `{}` are two charts", from.chart, to.chart),
            )
            .why("their contracts are compared all the same, as if one had become the other")
            .help("name two versions of one chart"),
        );
    }
    let mut told = Told::new(from, to, args.all, &project.names);
    let outcome = if args.values.is_empty() {
        environments(args, project, &catalog, [from, to], &mut told)?
    } else {
        files(args, project, [from, to], &mut told)?
    };
    let mut outcome = match outcome {
        Some(broken) => return Ok(broken.closing("nothing was compared").and(found)),
        None => Outcome::new(told.findings()),
    };
    if outcome.exit == Exit::Success && told.any() {
        outcome = outcome.closing("no key of yours breaks");
    }
    Ok(outcome.with(told).and(found))
}

/// The contracts at hand, and those that were built from charts on the way.
struct Shelf {
    held: Held,
}

/// A contract with what is to be said of it, or what is wrong with its chart.
type Side = Result<(Arc<Contract>, Vec<Diagnostic>), Vec<Diagnostic>>;

impl Shelf {
    fn open(project: &Project) -> Result<Self, Failure> {
        let held = load::catalog(project)?;
        Ok(Self { held })
    }

    /// Returns the contract that `--from` or `--to` names.
    fn side(
        &mut self,
        chart: Option<&str>,
        side: &str,
        project: &Project,
    ) -> Result<Side, Failure> {
        if let Some(chart) = chart
            && let Some(contract) = self.held.contract(chart, side)
        {
            let contract = contract.map_err(|error| self.held.failure(&error))?;
            return Ok(Ok((contract, Vec::new())));
        }
        if fs::metadata(side).is_ok() {
            let built = match of_files(&project.place(Path::new(side)))? {
                Ok(built) => built,
                Err(wrong) => return Ok(Err(wrong)),
            };
            let (built, found) = built;
            self.add(built.contract.clone())?;
            return Ok(Ok((Arc::new(built.contract), found)));
        }
        Err(match chart {
            Some(chart) => unknown(
                &self.held,
                &ChartName {
                    name: chart.to_owned(),
                    version: side.to_owned(),
                },
            )
            .help("name the chart's folder or archive in place of the version, as `helm pull` fetches it"),
            None => Diagnostic::error(
                "upgrade/no-chart",
                format!("`{side}` is no chart's folder or archive"),
            )
            .why("without a chart's name, both sides are charts' files")
            .help("name the chart: `helmwright upgrade CHART --from VERSION --to VERSION`"),
        }
        .into())
    }

    /// Adds a contract, so that templates of its major version may serve it.
    fn add(&mut self, contract: Contract) -> Result<(), Failure> {
        if let Held::Bundled(_) = &self.held {
            let own = Catalog::bundled_with([]).map_err(|error| Failure::fault(&error))?;
            self.held = Held::Extended(Box::new(own), Default::default());
        }
        if let Held::Extended(catalog, _) = &mut self.held {
            catalog.add_contract(contract);
        }
        Ok(())
    }
}

/// Compares values files; each by itself, but what one sets another need not.
fn files(
    args: &Upgrade,
    project: &Project,
    [from, to]: [&Contract; 2],
    told: &mut Told,
) -> Result<Option<Outcome>, Failure> {
    let mut wrong = Vec::new();
    let mut unread = Vec::new();
    let mut trees: Vec<(String, Node)> = Vec::new();
    for path in &args.values {
        let place = project.place(path);
        match file::read(&place.path, &place.name) {
            Ok(source) => match yaml::read(&source) {
                Ok(tree) if matches!(tree.value, Value::Map(_) | Value::Null) => {
                    trees.push((place.name, as_map(tree, &source)));
                }
                Ok(tree) => wrong.extend(from.check(&tree)),
                Err(mut found) => wrong.append(&mut found),
            },
            Err(file::Unread::Unfit(found)) => wrong.push(found),
            Err(missing) => unread.push(missing.diagnostic()),
        }
    }
    if !unread.is_empty() {
        return Err(Failure::new(unread).after(wrong));
    }
    if !wrong.is_empty() {
        return Ok(Some(Outcome::new(wrong)));
    }
    for (name, tree) in &trees {
        let mut comparison = compare(from, to, tree);
        comparison.changes.retain(|change| {
            change.kind != helmwright::upgrade::Kind::BecomesRequired
                || trees
                    .iter()
                    .all(|(_, tree)| change.path.find(tree).is_none())
        });
        told.releases.push(Release {
            name: name.clone(),
            rehearsal: None,
            comparison,
            findings: Vec::new(),
        });
    }
    Ok(None)
}

/// A file without values is an empty map.
fn as_map(tree: Node, source: &Arc<Source>) -> Node {
    match tree.value {
        Value::Null => Node::new(
            Value::Map(Map::new()),
            helmwright::source::Location::of_file(source),
        ),
        _ => tree,
    }
}

/// Compares what the project's environments set for the chart at the old version.
fn environments(
    args: &Upgrade,
    project: &Project,
    shelf: &Shelf,
    [from, to]: [&Contract; 2],
    told: &mut Told,
) -> Result<Option<Outcome>, Failure> {
    if args.all && fs::metadata(&project.envs.path).is_err() {
        told.releases.clear();
        return Ok(None);
    }
    let model = match Model::read(project, &[])? {
        Seen::Sound(model) => model,
        Seen::Broken(outcome) => return Ok(Some(outcome)),
    };
    let chosen: Vec<(&Derived, &str)> = model
        .environments
        .iter()
        .filter_map(|derived| {
            let mut installed = derived.installed();
            installed
                .find(|(_, chart)| chart.name == from.chart && chart.version == from.version)
                .map(|(release, _)| (derived, release.component.as_str()))
        })
        .collect();
    if chosen.is_empty() && !args.all {
        return Err(not_run(&model, from).into());
    }
    let rehearsed: Vec<Result<Option<Rehearsal>, helmwright::Error>> = Parallel
        .map(&chosen, |(derived, component)| {
            rehearse(derived, &shelf.held, component, &to.version)
        });
    for ((derived, component), rehearsal) in chosen.iter().zip(rehearsed) {
        let rehearsal = rehearsal.map_err(|error| shelf.held.failure(&error))?;
        let Some(rehearsal) = rehearsal else {
            continue;
        };
        let environment = &derived.environment().name;
        let comparison: Comparison = rehearsal
            .upgrade(derived, &shelf.held, component, from, to)
            .map_err(|error| shelf.held.failure(&error))?;
        told.releases.push(Release {
            name: format!("{environment}/{component}"),
            findings: rehearsal.findings.clone(),
            rehearsal: Some(rehearsal),
            comparison,
        });
    }
    Ok(None)
}

/// Says that no environment runs the chart at the old version, and which versions are run.
fn not_run(model: &Model, from: &Contract) -> Diagnostic {
    let mut versions: Vec<String> = model
        .environments
        .iter()
        .flat_map(|derived| derived.installed())
        .filter(|(_, chart)| chart.name == from.chart)
        .map(|(_, chart)| chart.version.clone())
        .collect();
    versions.sort();
    versions.dedup();
    Diagnostic::error(
        "upgrade/not-run",
        format!("no environment runs chart {} {}", from.chart, from.version),
    )
    .why(if versions.is_empty() {
        format!("none of them runs chart {} at all", from.chart)
    } else {
        format!("they run {}", versions.join(", "))
    })
    .help("name a version that they run, a values file with `--values FILE`, or `--all` to compare the charts alone")
}
