//! What was proven, release by release.

use helmwright::diagnostic::has_errors;
use helmwright::effect::{Report, Verdict};
use serde_json::{Value, json};

use super::super::objects::{Objects, in_words};
use super::job::Job;
use crate::outcome::Product;
use crate::report::visible;
use crate::table;

/// Every release.
pub(super) struct Table {
    /// What Helm says of itself.
    pub(super) helm: String,
    pub(super) rows: Vec<Row>,
    /// Whether the values that equal their chart's default are listed.
    pub(super) defaults: bool,
}

/// One release.
pub(super) struct Row {
    environment: String,
    component: String,
    chart: String,
    version: String,
    state: State,
}

enum State {
    Lacking,
    Refused,
    Proven {
        report: Report,
        stored: bool,
    },
    /// Objects of ours, which no chart makes.
    Objects(Objects),
}

impl Row {
    pub(super) fn lacking(job: &Job<'_>) -> Self {
        Self::new(job, State::Lacking)
    }

    pub(super) fn refused(job: &Job<'_>) -> Self {
        Self::new(job, State::Refused)
    }

    pub(super) fn proven(job: &Job<'_>, report: Report, stored: bool) -> Self {
        Self::new(job, State::Proven { report, stored })
    }

    fn new(job: &Job<'_>, state: State) -> Self {
        Self {
            environment: job.derived.environment().name.clone(),
            component: job.release.component.to_owned(),
            chart: job.chart.name.clone(),
            version: job.chart.version.clone(),
            state,
        }
    }

    pub(super) fn objects(environment: &str, component: &str, objects: Objects) -> Self {
        Self {
            environment: environment.to_owned(),
            component: component.to_owned(),
            chart: String::new(),
            version: String::new(),
            state: State::Objects(objects),
        }
    }

    /// Returns what rows are sorted by: the objects of a release come after its chart.
    pub(super) fn place(&self) -> (&str, &str, bool) {
        let objects = matches!(self.state, State::Objects(_));
        (&self.environment, &self.component, objects)
    }

    const fn word(&self) -> &'static str {
        match &self.state {
            State::Lacking => "no chart",
            State::Refused => "refused",
            State::Proven { .. } => "rendered",
            State::Objects(_) => "objects",
        }
    }
}

/// Returns how many leaves are proven, the chart's default, dead, and undecided.
fn counts(report: &Report) -> [usize; 4] {
    [
        report.count(|verdict| matches!(verdict, Verdict::Proven(_))),
        report.count(|verdict| matches!(verdict, Verdict::Default { .. })),
        report.count(|verdict| *verdict == Verdict::Dead),
        report.count(|verdict| *verdict == Verdict::Undecided),
    ]
}

/// Returns the paths of a verdict.
fn paths(report: &Report, is: impl Fn(&Verdict) -> bool) -> Vec<String> {
    let those = report.leaves.iter().filter(|leaf| is(&leaf.verdict));
    those.map(|leaf| leaf.path.to_string()).collect()
}

impl Product for Table {
    fn text(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                let name = format!("{}/{}", row.environment, row.component);
                if let State::Objects(objects) = &row.state {
                    // What is written whole is not rendered, and none of it is a value of a chart.
                    let count = objects.count().to_string();
                    return vec![name, in_words(&objects.kinds), "-".to_owned(), count];
                }
                let mut cells = vec![name, format!("{} {}", row.chart, row.version)];
                if let State::Proven { report, stored } = &row.state {
                    cells.push(if *stored {
                        format!("({})", report.renders)
                    } else {
                        report.renders.to_string()
                    });
                    cells.push(report.objects.to_string());
                    cells.push(report.leaves.len().to_string());
                    cells.extend(counts(report).map(|count| count.to_string()));
                } else {
                    cells.push(row.word().to_owned());
                }
                cells
            })
            .collect();
        let mut text = table::draw(
            &[
                "release", "chart", "renders", "objects", "leaves", "proven", "default", "dead",
                "unknown",
            ],
            &rows,
        );
        for row in self.rows.iter().filter(|_| self.defaults) {
            if let State::Proven { report, .. } = &row.state {
                let equal = paths(report, |verdict| matches!(verdict, Verdict::Default { .. }));
                if !equal.is_empty() {
                    text.push_str(&format!(
                        "\n{}/{} equals the chart's default in\n",
                        row.environment, row.component
                    ));
                }
                for path in equal {
                    text.push_str(&format!("  {}\n", visible(&path)));
                }
            }
        }
        text
    }

    fn json(&self) -> Value {
        let objects: Vec<Value> = self
            .rows
            .iter()
            .filter_map(|row| match &row.state {
                State::Objects(objects) => Some(json!({
                    "environment": row.environment,
                    "component": row.component,
                    "kinds": objects.kinds,
                    "valid": !has_errors(&objects.found),
                })),
                _ => None,
            })
            .collect();
        let releases: Vec<Value> = self
            .rows
            .iter()
            .filter(|row| !matches!(row.state, State::Objects(_)))
            .map(|row| {
                let mut one = json!({
                    "environment": row.environment,
                    "component": row.component,
                    "chart": row.chart,
                    "version": row.version,
                    "state": row.word(),
                });
                if let State::Proven { report, stored } = &row.state {
                    one["renders"] = report.renders.into();
                    one["objects"] = report.objects.into();
                    one["leaves"] = report.leaves.len().into();
                    one["proven"] = counts(report)[0].into();
                    one["default"] =
                        paths(report, |verdict| matches!(verdict, Verdict::Default { .. })).into();
                    one["unread"] = paths(report, |verdict| {
                        *verdict == Verdict::Default { read: false }
                    })
                    .into();
                    one["dead"] = paths(report, |verdict| *verdict == Verdict::Dead).into();
                    one["undecided"] =
                        paths(report, |verdict| *verdict == Verdict::Undecided).into();
                    one["fromCache"] = (*stored).into();
                }
                one
            })
            .collect();
        json!({"helm": self.helm, "releases": releases, "objects": objects})
    }
}
