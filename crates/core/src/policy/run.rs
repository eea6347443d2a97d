//! Asking all rules, and joining what they say.

use super::change::Change;
use super::digest::Digest;
use super::facts::Facts;
use super::rule::{Check, Rule};
use super::rules;
use super::verdict::{Figure, Status, Verdict};
use super::waivers::{Waived, Waivers};
use crate::diagnostic::Diagnostic;
use crate::environment::Tier;
use crate::workload::Form;

/// What is wanted of a run.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The day as `2026-11-20`, by which waivers end; without one none is over. The core has no clock.
    pub today: Option<String>,
    /// Whether a row for each rule is wanted, with the numbers it computed, also where nothing is wrong.
    pub rows: bool,
}

/// What all rules said.
#[derive(Debug, Default)]
pub struct Report {
    /// One row for each rule and form.
    pub rows: Vec<Row>,
    /// What was found and is not waived.
    pub diagnostics: Vec<Diagnostic>,
}

/// What came of one rule.
#[derive(Debug)]
pub struct Row {
    /// The rule.
    pub rule: &'static Rule,
    /// The environment; none for a rule about all of them, and for a stream alone.
    pub environment: Option<String>,
    /// What was looked at.
    pub form: Form,
    /// How it ended.
    pub status: Status,
    /// Why it did not apply.
    pub reason: Option<String>,
    /// What it computed.
    pub figures: Vec<Figure>,
    /// What it found and a waiver covers.
    pub waived: Vec<Waived>,
}

impl Report {
    /// Adds another run's results.
    pub fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.diagnostics.extend(other.diagnostics);
    }

    fn add(
        &mut self,
        verdict: Verdict<'static>,
        environment: Option<&str>,
        form: Form,
        cover: impl Fn(&super::Subject, &Diagnostic) -> Option<Waived>,
    ) {
        let off = verdict.rule.severities.of(verdict.tier).is_none() && verdict.findings.is_empty();
        let mut row = Row {
            rule: verdict.rule,
            environment: environment.map(str::to_owned),
            form,
            status: Status::NotApplicable,
            reason: None,
            figures: verdict.figures,
            waived: Vec::new(),
        };
        let mut open = false;
        for (subject, mut diagnostic) in verdict.findings {
            if let Some(name) = environment
                && !diagnostic.environments.iter().any(|one| one == name)
            {
                diagnostic.environments.push(name.to_owned());
            }
            match cover(&subject, &diagnostic).filter(|_| verdict.rule.waivable) {
                Some(waived) => row.waived.push(waived),
                None => {
                    open = true;
                    self.diagnostics.push(diagnostic);
                }
            }
        }
        row.status = match (open, row.waived.is_empty()) {
            (true, _) => Status::Found,
            (false, false) => Status::Waived,
            (false, true) if off => Status::Off,
            (false, true) if verdict.applies => Status::Passed,
            (false, true) => Status::NotApplicable,
        };
        if row.status == Status::NotApplicable {
            row.reason = Some(
                verdict
                    .reason
                    .unwrap_or_else(|| "nothing it is about runs".to_owned()),
            );
        }
        if verdict.wants_figures {
            self.rows.push(row);
        }
    }
}

/// Asks every rule that looks at one environment by itself.
pub fn run(facts: &Facts<'_>, waivers: &Waivers, asked: &Asked) -> Report {
    let mut report = Report::default();
    let name = facts
        .environment
        .map(|environment| environment.name.as_str());
    for rule in rules::all() {
        let (Check::Environment(check) | Check::EnvironmentAndProject(check, _)) = rule.check
        else {
            continue;
        };
        let mut verdict = Verdict::new(rule, facts.tier, asked.rows);
        check(facts, &mut verdict);
        report.add(verdict, name, facts.form, |subject, diagnostic| {
            waivers.cover(rule.id, subject, diagnostic)
        });
    }
    report
}

/// Asks every rule that compares environments. Each finding is weighed by the most important tier it touches.
pub fn run_project(digests: &[(&Digest, &Waivers)], asked: &Asked) -> Report {
    let mut report = Report::default();
    let environments: Vec<&Digest> = digests.iter().map(|(digest, _)| *digest).collect();
    let tier = environments
        .iter()
        .map(|digest| digest.tier)
        .max()
        .unwrap_or(Tier::Dev);
    let tiers: Vec<(String, Tier)> = environments
        .iter()
        .map(|digest| (digest.environment.clone(), digest.tier))
        .collect();
    for rule in rules::all() {
        let (Check::Project(check)
        | Check::ProjectAndChange(check, _)
        | Check::EnvironmentAndProject(_, check)) = rule.check
        else {
            continue;
        };
        let mut verdict = Verdict::new(rule, tier, asked.rows).of(&tiers);
        verdict.today.clone_from(&asked.today);
        check(&environments, &mut verdict);
        report.add(verdict, None, Form::Predicted, |subject, diagnostic| {
            digests
                .iter()
                .filter(|(digest, _)| diagnostic.environments.contains(&digest.environment))
                .find_map(|(_, waivers)| waivers.cover(rule.id, subject, diagnostic))
        });
    }
    report
}

/// Asks every rule that compares what was with what shall be.
pub fn run_change(change: &Change, waivers: &[(&str, &Waivers)], asked: &Asked) -> Report {
    let mut report = Report::default();
    let tier = change
        .after
        .iter()
        .map(|state| state.digest.tier)
        .max()
        .unwrap_or(Tier::Dev);
    let tiers: Vec<(String, Tier)> = change
        .after
        .iter()
        .map(|state| (state.digest.environment.clone(), state.digest.tier))
        .collect();
    for rule in rules::all() {
        let (Check::Change(check) | Check::ProjectAndChange(_, check)) = rule.check else {
            continue;
        };
        let mut verdict = Verdict::new(rule, tier, asked.rows).of(&tiers);
        verdict.today.clone_from(&asked.today);
        check(change, &mut verdict);
        report.add(verdict, None, Form::Predicted, |subject, diagnostic| {
            waivers
                .iter()
                .filter(|(name, _)| diagnostic.environments.iter().any(|one| one == name))
                .find_map(|(_, waivers)| waivers.cover(rule.id, subject, diagnostic))
        });
    }
    report
}
