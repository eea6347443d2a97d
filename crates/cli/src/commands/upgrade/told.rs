//! What an upgrade does, as a table and as data.

use std::collections::BTreeMap;

use clap::builder::styling::Style;
use helmwright::contract::Contract;
use helmwright::diagnostic::Diagnostic;
use helmwright::source::{Location, Source};
use helmwright::upgrade::{Change, Kind, Proposal, Rehearsal, Upgrade, compare, mend};
use helmwright::yaml::{Map, Node, Value as Yaml};
use serde_json::{Value, json};

use super::super::check::{Diff, draw};
use crate::outcome::Product;
use crate::paths::Names;
use crate::report::visible;
use crate::table;

/// As many changed defaults are named without `--all`.
const MOST_NAMED: usize = 8;

/// Everything that is told of two versions of a chart.
pub(super) struct Told {
    chart: String,
    from: String,
    to: String,
    /// What differs, whoever sets it.
    general: Vec<Change>,
    all: bool,
    pub(super) releases: Vec<Release>,
    names: Names,
}

/// One set of values: a file, or what an environment sets for the chart.
pub(super) struct Release {
    pub(super) name: String,
    /// What the environment would be with the new version; none for a file.
    pub(super) rehearsal: Option<Rehearsal>,
    pub(super) comparison: Upgrade,
    /// What is wrong with the environment's own lines then.
    pub(super) findings: Vec<Diagnostic>,
}

impl Told {
    pub(super) fn new(from: &Contract, to: &Contract, all: bool, names: &Names) -> Self {
        let nothing = Node::new(
            Yaml::Map(Map::new()),
            Location::of_file(&Source::new("", "")),
        );
        Self {
            chart: to.chart.clone(),
            from: from.version.clone(),
            to: to.version.clone(),
            general: compare(from, to, &nothing).general,
            all,
            releases: Vec::new(),
            names: names.clone(),
        }
    }

    /// Returns the edits that are at least likely, as differences of files.
    fn diffs(&self) -> Vec<Diff> {
        let changes = self
            .releases
            .iter()
            .flat_map(|release| &release.comparison.changes);
        mend(changes)
            .into_iter()
            .map(|text| Diff {
                path: self.names.shown(text.before.name()).into_owned(),
                old: Some(text.before.text().to_owned()),
                new: text.after,
            })
            .collect()
    }

    /// Returns whether anything that is set was looked at.
    pub(super) fn any(&self) -> bool {
        !self.releases.is_empty()
    }

    /// Returns what is found about what is set.
    pub(super) fn findings(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for release in &self.releases {
            let environment = release
                .rehearsal
                .is_some()
                .then(|| release.name.split('/').next())
                .flatten();
            for mut finding in release.comparison.findings() {
                finding.environments.extend(environment.map(str::to_owned));
                found.push(finding);
            }
            found.extend(release.findings.clone());
        }
        found
    }

    fn table(&self) -> String {
        let several = self.releases.len() > 1;
        // One line of a layer is the same to all environments over it.
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut known: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for release in &self.releases {
            for change in &release.comparison.changes {
                let row = vec![
                    change.path.to_string(),
                    change.kind.name().to_owned(),
                    then(change),
                    change
                        .proposals
                        .first()
                        .map_or("", |best| best.sureness.name())
                        .to_owned(),
                    self.place(change),
                ];
                match known.get(&row) {
                    Some(at) => {
                        if let Some(named) = rows.get_mut(*at).and_then(|row| row.last_mut()) {
                            named.push_str(&format!(", {}", release.name));
                        }
                    }
                    None => {
                        known.insert(row.clone(), rows.len());
                        let mut row = row;
                        row.push(release.name.clone());
                        rows.push(row);
                    }
                }
            }
        }
        if rows.is_empty() {
            return String::new();
        }
        let mut heading = vec!["key", "what", "then", "sure", "from"];
        if several {
            heading.push("in");
        } else {
            for row in &mut rows {
                row.pop();
            }
        }
        format!("{}\n", table::draw(&heading, &rows))
    }

    fn place(&self, change: &Change) -> String {
        let none = || if change.ours { "our template" } else { "" }.to_owned();
        change.key.as_ref().map_or_else(none, |key| {
            let file = self.names.shown(key.source.name());
            format!("{file}:{}", key.start().line)
        })
    }

    fn count(&self, is_meant: impl Fn(&Kind) -> bool) -> usize {
        let meant = self.general.iter().filter(|change| is_meant(&change.kind));
        meant.count()
    }

    /// Returns sentences on what is no finding; those that hold of several sets of values name them together.
    fn notes(&self) -> Vec<String> {
        let mut told: Vec<(String, Vec<&str>)> = Vec::new();
        for release in &self.releases {
            for words in release.notes(&self.to) {
                match told.iter_mut().find(|(known, _)| *known == words) {
                    Some((_, names)) => names.push(&release.name),
                    None => told.push((words, vec![&release.name])),
                }
            }
        }
        let mut notes: Vec<String> = told
            .into_iter()
            .map(|(words, names)| format!("{}: {words}", names.join(", ")))
            .collect();
        let defaults = self.count(|kind| matches!(kind, Kind::ChangesDefault { .. }));
        let mut beside: Vec<&Change> = Vec::new();
        for release in &self.releases {
            let general = &release.comparison.general;
            for change in release
                .comparison
                .beside
                .iter()
                .filter_map(|at| general.get(*at))
            {
                if beside.iter().all(|known| known.path != change.path) {
                    beside.push(change);
                }
            }
        }
        let named: Vec<String> = beside
            .iter()
            .take(MOST_NAMED)
            .map(|change| format!("`{}` ({})", change.path, then(change)))
            .collect();
        let more = beside.len() - named.len();
        notes.push(match (defaults, named.len()) {
            (0, _) => "no default changes".to_owned(),
            (_, 0) => format!("{defaults} defaults change, none of them beside a key that is set"),
            _ => format!(
                "{defaults} defaults change, {} of them beside keys that are set: {}{}",
                beside.len(),
                named.join(", "),
                if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                }
            ),
        });
        notes.push(format!(
            "in general: {} new, {} removed, {} of another type{}",
            keys(self.count(|kind| *kind == Kind::New)),
            self.count(|kind| *kind == Kind::Removed),
            self.count(|kind| matches!(kind, Kind::ChangesType { .. })),
            if self.all { "" } else { "; `--all` lists them" }
        ));
        notes
    }
}

impl Release {
    /// Returns what is said of these values beside the table.
    fn notes(&self, to: &str) -> Vec<String> {
        let keys = self.comparison.keys;
        let broken = broken(&self.comparison);
        let mut notes = vec![match &self.rehearsal {
            Some(rehearsal) if rehearsal.is_served() => format!(
                "{}; our template is made for {to} too, and writes {} otherwise",
                match keys {
                    0 => "no values of your own".to_owned(),
                    _ => format!("{} of your own, of which {broken} break", values(keys)),
                },
                values(rehearsal.rewritten)
            ),
            Some(_) => format!(
                "{} written, of which {broken} break; the template in use is not made for {to}",
                values(keys)
            ),
            None => format!("{}, of which {broken} break", values(keys)),
        }];
        notes.extend(self.comparison.unsaid.iter().map(|unsaid| {
            let path = match unsaid.path.to_string() {
                path if path.is_empty() => "the top".to_owned(),
                path => format!("`{path}`"),
            };
            format!(
                "nothing can be said of {} below {path}: {} takes any key there ({})",
                values(unsaid.values),
                unsaid.version,
                unsaid.why
            )
        }));
        notes
    }
}

fn broken(comparison: &Upgrade) -> usize {
    comparison
        .changes
        .iter()
        .filter(|change| change.kind.breaks())
        .map(|change| change.values.max(1))
        .sum()
}

fn values(count: usize) -> String {
    match count {
        1 => "1 value".to_owned(),
        many => format!("{many} values"),
    }
}

fn keys(count: usize) -> String {
    match count {
        1 => "1 key".to_owned(),
        many => format!("{many} keys"),
    }
}

/// Returns what becomes of a key, in a few words.
fn then(change: &Change) -> String {
    if let Some(best) = change.proposals.first() {
        let more = match change.proposals.len() {
            1 => String::new(),
            many => format!(" or {} more", many - 1),
        };
        return format!("{}{more}", best.path);
    }
    match &change.kind {
        Kind::ChangesType { from, to } => format!("{from} -> {to}"),
        Kind::ChangesDefault { from, to } => format!("{} -> {}", from.shown(), to.shown()),
        Kind::New => change.evidence.clone(),
        _ => String::new(),
    }
}

impl Product for Told {
    fn text(&self) -> String {
        let bold = Style::new().bold();
        let mut text = format!(
            "{bold}{} {} -> {}{bold:#}\n\n",
            visible(&self.chart),
            visible(&self.from),
            visible(&self.to)
        );
        text.push_str(&self.table());
        for diff in self.diffs() {
            text.push_str(&draw(&diff, "as it is", &self.to));
            text.push('\n');
        }
        for note in self.notes() {
            text.push_str(&visible(&note));
            text.push('\n');
        }
        if self.all && !self.general.is_empty() {
            let rows: Vec<Vec<String>> = self
                .general
                .iter()
                .map(|change| {
                    vec![
                        change.path.to_string(),
                        change.kind.name().to_owned(),
                        then(change),
                    ]
                })
                .collect();
            text.push('\n');
            text.push_str(&table::draw(&["key", "what", "then"], &rows));
        }
        text
    }

    fn json(&self) -> Value {
        let releases: Vec<Value> = self
            .releases
            .iter()
            .map(|release| {
                let comparison = &release.comparison;
                let changes: Vec<Value> = comparison
                    .changes
                    .iter()
                    .map(|change| self.change(change))
                    .collect();
                let unsaid: Vec<Value> = comparison
                    .unsaid
                    .iter()
                    .map(|unsaid| {
                        json!({
                            "path": unsaid.path.to_string(),
                            "version": unsaid.version,
                            "why": unsaid.why,
                            "values": unsaid.values,
                        })
                    })
                    .collect();
                let beside: Vec<String> = comparison
                    .beside
                    .iter()
                    .filter_map(|at| comparison.general.get(*at))
                    .map(|change| change.path.to_string())
                    .collect();
                json!({
                    "name": release.name,
                    "values": comparison.keys,
                    "broken": broken(comparison),
                    "template": release.rehearsal.as_ref().map(|rehearsal| json!({
                        "served": rehearsal.is_served(),
                        "rewritten": rehearsal.rewritten,
                    })),
                    "changes": changes,
                    "unsaid": unsaid,
                    "defaultsBeside": beside,
                })
            })
            .collect();
        let general: Vec<Value> = self
            .general
            .iter()
            .map(|change| self.change(change))
            .collect();
        json!({
            "chart": self.chart,
            "from": self.from,
            "to": self.to,
            "mine": releases,
            "edits": self.diffs().iter().map(Diff::json).collect::<Vec<_>>(),
            "new": self.count(|kind| *kind == Kind::New),
            "removed": self.count(|kind| *kind == Kind::Removed),
            "types": self.count(|kind| matches!(kind, Kind::ChangesType { .. })),
            "defaults": self.count(|kind| matches!(kind, Kind::ChangesDefault { .. })),
            "all": self.all.then_some(general),
        })
    }
}

impl Told {
    fn change(&self, change: &Change) -> Value {
        let mut told = json!({
            "path": change.path.to_string(),
            "what": change.kind.name(),
            "breaks": change.kind.breaks(),
            "ours": change.ours,
            "why": change.evidence,
            "proposals": change.proposals.iter().map(proposal).collect::<Vec<_>>(),
            "file": change.key.as_ref().map(|key| self.names.shown(key.source.name())),
            "line": change.key.as_ref().map(|key| key.start().line),
        });
        let sides = match &change.kind {
            Kind::ChangesType { from, to } => Some((json!(from), json!(to))),
            Kind::ChangesDefault { from, to } => Some((from.to_json(), to.to_json())),
            _ => None,
        };
        if let Some((old, new)) = sides {
            told["old"] = old;
            told["new"] = new;
        }
        told
    }
}

fn proposal(proposal: &Proposal) -> Value {
    json!({
        "path": proposal.path.to_string(),
        "sureness": proposal.sureness.name(),
        "why": proposal.why,
    })
}
