//! What the tests of rules need: an environment in a line or two, and what one rule says of it.

use std::fmt::Write as _;

use super::{Change, Check, Digest, Facts, Rule, State, Verdict};
use crate::catalog::Catalog;
use crate::environment::{Environment, NoLayers};
use crate::manifest::Reader;
use crate::pipeline::Derived;
use crate::source::Source;
use crate::workload::{self, Form};

/// Returns an environment of tier prod that runs one component, with settings of one of its roles.
pub(crate) fn with(component: &str, role: &str, settings: &str) -> String {
    let mut text = prod(component, "");
    if !settings.is_empty() {
        let _ = write!(text, "    roles:\n      {role}: {settings}\n");
    }
    text
}

/// Returns an environment of tier prod that runs one component; `rest` is further lines at the top.
pub(crate) fn prod(component: &str, rest: &str) -> String {
    environment("prod", component, rest)
}

/// Returns an environment of a tier that runs one component; `rest` is further lines at the top.
pub(crate) fn environment(tier: &str, component: &str, rest: &str) -> String {
    let settings = match component {
        "tempo" => "{settings: {metricsGenerator: {enabled: false}}}",
        _ => "",
    };
    let section = settings
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    format!(
        "environment: {tier}\nnamespace: team-{tier}\n{rest}\n\
         objectStore: {{provider: seaweedfs, instance: store, endpoint: 'store.svc:8333', credentials: {{secretName: keys}}}}\n\
         components:\n  {component}:\n    enabled: true\n{}",
        section
            .map(|text| format!("    {text}\n"))
            .unwrap_or_default()
    )
}

/// Returns what one rule says of an environment: `severity: message`, one a finding.
pub(crate) fn asked(rule: &'static Rule, text: &str) -> Vec<String> {
    look(text, |facts| said(rule, facts))
}

/// Returns whether a rule's subject is there.
pub(crate) fn applies(rule: &'static Rule, text: &str) -> bool {
    look(text, |facts| {
        let mut verdict = Verdict::new(rule, facts.tier, true);
        let (Check::Environment(check) | Check::EnvironmentAndProject(check, _)) = rule.check
        else {
            panic!("{} looks at more than one environment", rule.id);
        };
        check(facts, &mut verdict);
        verdict.applies
    })
}

/// Proves the two pieces of a rule's page, which are settings of a role of this component.
pub(crate) fn example(rule: &'static Rule, component: &str) {
    for (piece, fails) in [(rule.passes, false), (rule.fails, true)] {
        let (role, _) = piece.split_once(':').unwrap();
        let text = format!("{}    roles:\n      {piece}\n", prod(component, ""));
        let found = asked(rule, &text)
            .iter()
            .any(|found| found.contains(&format!(" {component} {role} ")) || role == component);
        assert_eq!(found, fails, "{}: {piece}", rule.id);
    }
}

/// Returns what a rule says to do.
pub(crate) fn helps(rule: &'static Rule, text: &str) -> Vec<String> {
    look(text, |facts| {
        let mut verdict = Verdict::new(rule, facts.tier, true);
        if let Check::Environment(check) | Check::EnvironmentAndProject(check, _) = rule.check {
            check(facts, &mut verdict);
        }
        verdict
            .findings
            .into_iter()
            .map(|(_, found)| found.help.unwrap_or_default())
            .collect()
    })
}

/// Returns the formulas of the numbers that a rule computes.
pub(crate) fn figures(rule: &'static Rule, text: &str) -> Vec<String> {
    look(text, |facts| shown(rule, facts))
}

/// Returns the formulas of the numbers that a rule computes of facts.
pub(crate) fn shown(rule: &'static Rule, facts: &Facts<'_>) -> Vec<String> {
    let mut verdict = Verdict::new(rule, facts.tier, true);
    if let Check::Environment(check) | Check::EnvironmentAndProject(check, _) = rule.check {
        check(facts, &mut verdict);
    }
    verdict
        .figures
        .into_iter()
        .map(|figure| {
            format!(
                "{}: {} ({}): {}",
                figure.subject, figure.value, figure.bound, figure.formula
            )
        })
        .collect()
}

/// Returns what one rule says of several environments together.
pub(crate) fn compared(rule: &'static Rule, texts: &[&str]) -> Vec<String> {
    let (Check::Project(check)
    | Check::ProjectAndChange(check, _)
    | Check::EnvironmentAndProject(_, check)) = rule.check
    else {
        panic!("{} looks at one environment", rule.id);
    };
    let digests: Vec<Digest> = texts
        .iter()
        .map(|text| look(text, |facts| Digest::new(facts).unwrap()))
        .collect();
    let all: Vec<&Digest> = digests.iter().collect();
    let tier = all.iter().map(|digest| digest.tier).max().unwrap();
    let mut verdict = Verdict::new(rule, tier, true);
    check(&all, &mut verdict);
    messages(verdict)
}

/// Returns what one rule says of a change from some environments to others.
pub(crate) fn changed(rule: &'static Rule, before: &[&str], after: &[&str]) -> Vec<String> {
    let (Check::Change(check) | Check::ProjectAndChange(_, check)) = rule.check else {
        panic!("{} looks at one state", rule.id);
    };
    let states = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| look(text, |facts| State::new(facts).unwrap()))
            .collect::<Vec<State>>()
    };
    let change = Change {
        before_name: "main".to_owned(),
        before: states(before),
        after: states(after),
    };
    let tier = change
        .after
        .iter()
        .map(|state| state.digest.tier)
        .max()
        .unwrap();
    let mut verdict = Verdict::new(rule, tier, true);
    check(&change, &mut verdict);
    messages(verdict)
}

/// Looks at the facts of an environment, which must be sound.
pub(crate) fn look<T>(text: &str, see: impl FnOnce(&Facts<'_>) -> T) -> T {
    let catalog = Catalog::bundled();
    let read = Environment::read(&Source::new("env.yaml", text), &NoLayers, catalog);
    let environment = read
        .environment
        .unwrap_or_else(|| panic!("{:?}\n{text}", read.diagnostics));
    let mut found = Vec::new();
    let derived = Derived::new(environment, catalog, &mut found);
    let inputs = derived.inputs(catalog);
    see(&derived.facts(&inputs, catalog))
}

/// Returns what one rule says of facts.
pub(crate) fn said(rule: &'static Rule, facts: &Facts<'_>) -> Vec<String> {
    let (Check::Environment(check) | Check::EnvironmentAndProject(check, _)) = rule.check else {
        panic!("{} looks at more than one environment", rule.id);
    };
    let mut verdict = Verdict::new(rule, facts.tier, true);
    check(facts, &mut verdict);
    messages(verdict)
}

/// Returns what one rule says of an environment that was rendered to a stream.
pub(crate) fn rendered(rule: &'static Rule, text: &str, stream: &str) -> Vec<String> {
    let mut reader = Reader::new("stream");
    reader.feed(stream);
    let manifests = reader.finish();
    look(text, |facts| {
        let workloads =
            workload::rendered(&manifests, facts.environment, facts.releases, facts.catalog);
        let described =
            crate::components::rendered(&manifests, facts.releases, facts.described.to_vec());
        said(
            rule,
            &Facts {
                form: Form::Rendered,
                workloads: &workloads,
                described: &described,
                predicted: Some(facts.workloads),
                manifests: Some(&manifests),
                ..*facts
            },
        )
    })
}

fn messages(verdict: Verdict<'_>) -> Vec<String> {
    verdict
        .findings
        .into_iter()
        .map(|(_, found)| format!("{}: {}", found.severity.name(), found.message))
        .collect()
}
