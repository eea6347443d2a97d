//! The page of a finding, and of a rule what it computes here.

use clap::builder::styling::Style;
use helmwright::findings;
use helmwright::policy::Row;
use serde_json::{Value, json};

use crate::outcome::Product;
use crate::table;

/// The page of a finding.
pub(super) struct Page {
    page: findings::Page,
    figures: Vec<Figure>,
}

/// One number that a rule computed for an environment of this project.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    environment: String,
    rule: &'static str,
    subject: String,
    value: String,
    bound: String,
    formula: String,
    holds: bool,
}

impl Figure {
    /// Returns the figures of rows, in the order of the environments.
    pub(super) fn of(rows: &[Row]) -> Vec<Self> {
        rows.iter()
            .flat_map(|row| {
                row.figures.iter().map(|figure| Self {
                    environment: row.environment.clone().unwrap_or_else(|| "all".to_owned()),
                    rule: row.rule.id,
                    subject: figure.subject.clone(),
                    value: figure.value.clone(),
                    bound: figure.bound.clone(),
                    formula: figure.formula.clone(),
                    holds: figure.holds,
                })
            })
            .collect()
    }

    /// Returns whether the figure is about a component, or one of its roles.
    pub(super) fn is_about(&self, component: &str) -> bool {
        self.subject
            .strip_prefix(component)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }

    /// Returns what it says to programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "environment": self.environment,
            "rule": self.rule,
            "subject": self.subject,
            "value": self.value,
            "bound": self.bound,
            "formula": self.formula,
            "holds": self.holds,
        })
    }
}

/// Draws figures as a table.
pub(super) fn draw(figures: &[Figure]) -> String {
    let rows: Vec<Vec<String>> = figures
        .iter()
        .map(|figure| {
            vec![
                figure.environment.clone(),
                figure.rule.to_owned(),
                figure.subject.clone(),
                figure.value.clone(),
                figure.bound.clone(),
                figure.formula.clone(),
            ]
        })
        .collect();
    table::draw(
        &["environment", "rule", "about", "value", "bound", "formula"],
        &rows,
    )
}

impl Page {
    /// Joins a page with what its rule computed.
    pub(super) fn new(page: findings::Page, rows: &[Row]) -> Self {
        let mut figures = Figure::of(rows);
        figures.retain(|figure| figure.rule == page.id);
        Self { page, figures }
    }
}

impl Product for Page {
    fn text(&self) -> String {
        let bold = Style::new().bold();
        let mut text = format!("{bold}{}{bold:#}\n\n{}\n", self.page.id, self.page.text);
        if !self.figures.is_empty() {
            text.push_str("\nIn this project:\n\n");
            text.push_str(&draw(&self.figures));
        }
        text
    }

    fn json(&self) -> Value {
        json!({
            "id": self.page.id,
            "page": self.page.text,
            "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(),
        })
    }
}
