//! What each rule said, in both shapes.

use std::collections::{BTreeMap, BTreeSet};

use helmwright::policy::{Row, Status};
use serde_json::{Value, json};

use crate::outcome::Product;
use crate::table;

/// What came of all rules.
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    /// Whether rules that found nothing are shown too.
    pub(super) verbose: bool,
}

impl Table {
    /// Returns one line: how many rules ended how.
    fn summary(&self) -> String {
        // A rule counts once, by the worst that came of it anywhere.
        let mut worst: BTreeMap<&str, Status> = BTreeMap::new();
        for row in &self.rows {
            let status = worst.entry(row.rule.id).or_insert(row.status);
            *status = row.status.max(*status);
        }
        let environments: BTreeSet<&str> = self
            .rows
            .iter()
            .filter_map(|row| row.environment.as_deref())
            .collect();
        let parts: Vec<String> = [
            Status::Found,
            Status::Waived,
            Status::Passed,
            Status::NotApplicable,
            Status::Off,
        ]
        .into_iter()
        .map(|status| (worst.values().filter(|one| **one == status).count(), status))
        .filter(|(count, _)| *count > 0)
        .map(|(count, status)| format!("{count} {}", status.name()))
        .collect();
        let of = match environments.len() {
            0 => String::new(),
            1 => " of 1 environment".to_owned(),
            many => format!(" of {many} environments"),
        };
        format!("{} rules asked{of}: {}\n", worst.len(), parts.join(", "))
    }
}

impl Product for Table {
    fn text(&self) -> String {
        let mut text = String::new();
        let waived: Vec<Vec<String>> = self
            .rows
            .iter()
            .flat_map(|row| {
                row.waived.iter().map(|waived| {
                    vec![
                        row.environment.clone().unwrap_or_default(),
                        row.rule.id.to_owned(),
                        waived.diagnostic.message.clone(),
                        waived.expires.clone(),
                        waived.owner.clone(),
                        waived.reason.clone(),
                    ]
                })
            })
            .collect();
        if !waived.is_empty() {
            let heading = ["environment", "waived", "what", "until", "owner", "reason"];
            text.push_str(&table::draw(&heading, &waived));
            text.push('\n');
        }
        if self.verbose {
            let rows: Vec<Vec<String>> = self
                .rows
                .iter()
                .map(|row| {
                    vec![
                        row.environment.clone().unwrap_or_else(|| "all".to_owned()),
                        row.form.name().to_owned(),
                        row.rule.id.to_owned(),
                        row.status.name().to_owned(),
                        row.reason.clone().unwrap_or_default(),
                    ]
                })
                .collect();
            text.push_str(&table::draw(
                &["environment", "workloads", "rule", "ended", "because"],
                &rows,
            ));
            let figures: Vec<Vec<String>> = self
                .rows
                .iter()
                .flat_map(|row| {
                    row.figures.iter().map(|figure| {
                        vec![
                            row.environment.clone().unwrap_or_else(|| "all".to_owned()),
                            row.form.name().to_owned(),
                            row.rule.id.to_owned(),
                            figure.subject.clone(),
                            figure.value.clone(),
                            format!(
                                "{} {}",
                                if figure.holds { "ok:" } else { "NOT:" },
                                figure.bound
                            ),
                            figure.formula.clone(),
                        ]
                    })
                })
                .collect();
            if !figures.is_empty() {
                text.push('\n');
                text.push_str(&table::draw(
                    &[
                        "environment",
                        "workloads",
                        "rule",
                        "about",
                        "value",
                        "bound",
                        "formula",
                    ],
                    &figures,
                ));
            }
            text.push('\n');
        }
        text.push_str(&self.summary());
        text
    }

    fn json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "rule": row.rule.id,
                    "environment": row.environment,
                    "workloads": row.form.name(),
                    "status": row.status.name(),
                    "reason": row.reason,
                    "figures": row.figures.iter().map(|figure| json!({
                        "subject": figure.subject,
                        "value": figure.value,
                        "bound": figure.bound,
                        "formula": figure.formula,
                        "holds": figure.holds,
                    })).collect::<Vec<_>>(),
                    "waived": row.waived.iter().map(|waived| json!({
                        "message": waived.diagnostic.message,
                        "reason": waived.reason,
                        "owner": waived.owner,
                        "expires": waived.expires,
                    })).collect::<Vec<_>>(),
                })
            })
            .collect();
        json!({"rules": rows})
    }

    fn is_talk(&self) -> bool {
        !self.verbose
    }
}
