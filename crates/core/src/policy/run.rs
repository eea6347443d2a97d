//! Asking all rules, and joining what they say.

use super::change::Change;
use super::digest::Digest;
use super::facts::{Facts, Subject};
use super::rule::{Check, Rule};
use super::rules;
use super::verdict::{Figure, MOST, Status, Verdict};
use super::waivers::{Waived, Waivers};
use crate::diagnostic::{Diagnostic, Severity};
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
        verdict: Verdict<'_>,
        rule: &'static Rule,
        environment: Option<&str>,
        form: Form,
    ) {
        let open = !verdict.findings.is_empty();
        let waived = !verdict.waived.is_empty();
        let off = verdict.rule.severities.of(verdict.tier).is_none();
        let status = match (open, waived) {
            (true, _) => Status::Found,
            (false, true) => Status::Waived,
            (false, false) if off => Status::Off,
            (false, false) if verdict.applies => Status::Passed,
            (false, false) => Status::NotApplicable,
        };
        let more: Vec<Diagnostic> = verdict
            .left_out()
            .map(|(severity, count)| more(rule, severity, count))
            .collect();
        let found = verdict.findings.into_iter().map(|(_, found)| found);
        self.diagnostics.extend(found.chain(more).map(|mut found| {
            if let Some(name) = environment
                && !found.environments.iter().any(|one| one == name)
            {
                found.environments.push(name.to_owned());
            }
            found
        }));
        if verdict.wants_figures {
            let nothing = || "nothing it is about runs".to_owned();
            self.rows.push(Row {
                rule,
                environment: environment.map(str::to_owned),
                form,
                status,
                reason: (status == Status::NotApplicable)
                    .then(|| verdict.reason.unwrap_or_else(nothing)),
                figures: verdict.figures,
                waived: verdict.waived,
            });
        }
    }
}

/// Says that there is more than anybody reads.
fn more(rule: &Rule, severity: Severity, count: usize) -> Diagnostic {
    Diagnostic::new(
        severity,
        "lint/more-findings",
        format!("{count} further findings of `{}` are not shown", rule.id),
    )
    .why(format!(
        "of each rule and weight the first {MOST} are kept, in the order of the stream"
    ))
    .help("mend what is shown, and look again")
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
        let cover = |subject: &Subject, found: &Diagnostic| waivers.cover(rule.id, subject, found);
        let mut verdict = Verdict::new(rule, facts.tier, asked.rows).covered_by(&cover);
        check(facts, &mut verdict);
        report.add(verdict, rule, name, facts.form);
    }
    report
}

/// Asks every rule that compares environments. Each finding is weighed by the most important tier it touches.
pub fn run_project(digests: &[(&Digest, &Waivers)], asked: &Asked) -> Report {
    let mut report = Report::default();
    if digests.is_empty() {
        return report;
    }
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
        let cover = |subject: &Subject, found: &Diagnostic| {
            digests
                .iter()
                .filter(|(digest, _)| found.environments.contains(&digest.environment))
                .find_map(|(_, waivers)| waivers.cover(rule.id, subject, found))
        };
        let mut verdict = Verdict::new(rule, tier, asked.rows)
            .covered_by(&cover)
            .of(&tiers);
        verdict.today.clone_from(&asked.today);
        check(&environments, &mut verdict);
        report.add(verdict, rule, None, Form::Predicted);
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
        let cover = |subject: &Subject, found: &Diagnostic| {
            waivers
                .iter()
                .filter(|(name, _)| found.environments.iter().any(|one| one == name))
                .find_map(|(_, waivers)| waivers.cover(rule.id, subject, found))
        };
        let mut verdict = Verdict::new(rule, tier, asked.rows)
            .covered_by(&cover)
            .of(&tiers);
        verdict.today.clone_from(&asked.today);
        check(change, &mut verdict);
        report.add(verdict, rule, None, Form::Predicted);
    }
    report
}
