//! `helmwright rules`: what the platform demands, one line a rule.

use helmwright::diagnostic::Severity;
use helmwright::environment::Tier;
use helmwright::policy::{Rule, rules};
use serde_json::{Value, json};

use crate::outcome::{Outcome, Product};
use crate::table;

/// Runs the verb.
pub(crate) fn run() -> Outcome {
    Outcome::new(Vec::new()).with(List)
}

struct List;

/// Returns what a finding of a rule weighs in a tier.
fn weight(rule: &Rule, tier: Tier) -> &'static str {
    rule.severities.of(tier).map_or("off", Severity::name)
}

impl Product for List {
    fn text(&self) -> String {
        let rows: Vec<Vec<String>> = rules::all()
            .map(|rule| {
                let weights = [Tier::Prod, Tier::Test, Tier::Dev].map(|tier| weight(rule, tier));
                let mut row = vec![rule.id.to_owned()];
                row.extend(weights.map(str::to_owned));
                row.push(rule.summary.to_owned());
                row
            })
            .collect();
        table::draw(&["rule", "prod", "test", "dev", "statement"], &rows)
    }

    fn json(&self) -> Value {
        let rules: Vec<Value> = rules::all()
            .map(|rule| {
                json!({
                    "id": rule.id,
                    "entry": rule.entry,
                    "group": rule.group().map(helmwright::policy::Group::name),
                    "summary": rule.summary,
                    "waivable": rule.waivable,
                    "severity": {
                        "prod": weight(rule, Tier::Prod),
                        "test": weight(rule, Tier::Test),
                        "dev": weight(rule, Tier::Dev),
                    },
                })
            })
            .collect();
        json!({"rules": rules})
    }
}
